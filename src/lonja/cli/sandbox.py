"""``lonja sandbox``: a whole exchange with live markets, in the foreground."""

import gc
import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from lonja.bootstrap.defaults import DEFAULT_DATA, DEFAULT_PORT, SANDBOX_FILE
from lonja.bootstrap.logging import configure_logging
from lonja.bootstrap.networks import networks_of
from lonja.bootstrap.notice_settings import notice_settings
from lonja.bootstrap.sandbox import SandboxFile, run_sandbox
from lonja.bootstrap.settings import MIRRORED, FeedSettings, ReviewSettings, ServerSettings, Settings, clock_settings
from lonja.bootstrap.staff_settings import STAFF_HOST, staff_settings
from lonja.modules.sandbox.api import INSTRUMENTS, SandboxOptions


class Control(StrEnum):
    """Who may use the controls below ``/sandbox/``."""

    LOCAL = "local"
    ANY = "any"
    OFF = "off"


class Review(StrEnum):
    """Who compares faces."""

    STAFF = "staff"
    LOCAL = "local"


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


ReviewOption = Annotated[Review, typer.Option(help="Who compares faces with documents: staff, or nobody (local).")]
NetworkOption = Annotated[
    list[str] | None,
    typer.Option(help="Network staff may work from; may be given often.", show_default="this machine"),
]
StaffHostOption = Annotated[
    str, typer.Option(help="Address the door of staff listens on; others than loopback speak TLS.", metavar="HOST")
]
StaffPortOption = Annotated[
    int | None,
    typer.Option(help="Port of staff, pages and API; 0 picks a free one.", show_default="8090, or next to --tls-port"),
]
PairsOption = Annotated[
    int | None, typer.Option(help="How many pairs of the catalogue to list.", show_default="all", min=3)
]
ProxyOption = Annotated[
    list[str] | None,
    typer.Option(help="Network of proxies believed about who calls; may be given often.", show_default="none"),
]
ReplayOption = Annotated[
    list[str] | None,
    typer.Option(help="Recorded books or trades to repeat; may be given often.", metavar="[INST=]FILE"),
]
StartOption = Annotated[
    str, typer.Option(help="When the exchange begins: ISO 8601 or milliseconds.", show_default="now")
]


def sandbox_command(
    data: Annotated[Path, typer.Option(help="Where everything is kept; made when absent.")] = DEFAULT_DATA,
    port: Annotated[int, typer.Option(help="Port for http and ws; 0 picks free ones.")] = DEFAULT_PORT,
    tls_port: Annotated[
        int | None, typer.Option(help="Port for https and wss.", show_default="8443, or next to --port")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; others than loopback are reachable.")] = "127.0.0.1",
    seed: Annotated[int, typer.Option(help="Seed of the simulated markets.")] = 1,
    rate_limits: Annotated[Switch, typer.Option(help="Whether OKX's rate limits are enforced.")] = Switch.ON,
    without_traders: Annotated[
        str, typer.Option(help="Instruments left to you besides QUIET-USDT, by commas.", metavar="INST,INST")
    ] = "",
    pairs: PairsOption = None,
    contracts: Annotated[Switch, typer.Option(help="Whether contracts on these pairs are listed.")] = Switch.ON,
    replay: ReplayOption = None,
    mirror: Annotated[str, typer.Option(help="Another v5 server to follow: http(s)://host[:port].")] = "",
    mirror_instruments: Annotated[
        str, typer.Option(help="What to follow of it, by commas.", metavar="INST,INST")
    ] = ",".join(MIRRORED),
    mirror_ca: Annotated[Path | None, typer.Option(help="Certificate authority of that server.")] = None,
    speed: Annotated[str, typer.Option(help="How fast time passes: 0 stands still, 60 is a minute a second.")] = "1",
    start: StartOption = "",
    notice: Annotated[int, typer.Option(help="Seconds before the end at which clients are told of it.")] = 0,
    smtp: Annotated[
        str, typer.Option(help="Server that takes real mail; the password is in LONJA_SMTP_PASSWORD.", metavar="URL")
    ] = "",
    smtp_ca: Annotated[Path | None, typer.Option(help="Certificate authority of that server.")] = None,
    mail_sender: Annotated[str, typer.Option(help="Address that mail comes from.", metavar="ADDRESS")] = "",
    message_hook: Annotated[
        str, typer.Option(help="Provider of texts and calls; the secret is in LONJA_HOOK_SECRET.", metavar="URL")
    ] = "",
    staff_network: NetworkOption = None,
    staff_host: StaffHostOption = STAFF_HOST,
    staff_port: StaffPortOption = None,
    trusted_proxy: ProxyOption = None,
    review: ReviewOption = Review.STAFF,
    control: Annotated[Control, typer.Option(help="Who may use /sandbox/: this machine, any, none.")] = Control.LOCAL,
) -> None:
    """Start a sandbox exchange, or continue the one in the data folder. Ctrl+C ends it."""
    configure_logging()
    # Balances and sealed secrets are the owner's alone, also when the folder was made by somebody less careful.
    os.umask(0o077)
    names = frozenset(_names(without_traders))
    settings = Settings(
        data=data,
        server=ServerSettings(
            host=host,
            port=port,
            tls_port=tls_port,
            rate_limits=rate_limits is Switch.ON,
            control=control.value,
            notice_s=notice,
            trusted_proxies=networks_of("--trusted-proxy", trusted_proxy or ()),
        ),
        sandbox=SandboxOptions(seed, names, pairs or len(INSTRUMENTS), contracts=contracts is Switch.ON),
        clock=clock_settings(speed, start),
        feeds=FeedSettings(tuple(replay or ()), mirror, _names(mirror_instruments), mirror_ca),
        notices=notice_settings(smtp, message_hook, os.environ, smtp_ca=smtp_ca, sender=mail_sender),
        staff=staff_settings(tuple(staff_network or ()), staff_host, staff_port),
        review=ReviewSettings(compares_faces=review is Review.STAFF, specimens=True),
    )
    show = _shown_on_terminal() if sys.stderr.isatty() else _ignore

    uvloop.run(run_sandbox(settings, show, _tell_where(data, show, signs=control is not Control.OFF)))


def _tell_where(data: Path, show: Callable[[str], None], *, signs: bool) -> Callable[[SandboxFile], None]:
    """What happens once the sandbox in ``data`` answers, which ``signs`` for its ready staff or does not."""

    def ready(told: SandboxFile) -> None:
        show("")
        # What lives now lives long; without it each full collection would walk all of it and stall orders.
        gc.collect()
        gc.freeze()
        where = f"{told.rest} and {told.rest_tls}"
        _say(f"lonja sandbox answers on {where}; keys and addresses are in {data / SANDBOX_FILE}")
        ready_staff = "; ready members of staff sign in there by one click" if signs else ""
        _say(f"staff work at {told.staff_door}/staff{ready_staff}")

    return ready


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip().upper() for name in text.split(",") if name.strip())


def _say(text: str) -> None:
    """Print ``text``, though nobody may be listening any more: clients find everything in the file."""
    try:
        print(text, flush=True)
    except OSError:
        # What could not be written would be tried again, and complained about, at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _ignore(_: str) -> None:
    pass


def _shown_on_terminal() -> Callable[[str], None]:
    """One line on standard error that is written over and over, by log lines too: the cursor stands at its start."""

    def show(text: str) -> None:
        sys.stderr.write(f"\r\x1b[2K{text}{' ...' if text else ''}\r")
        sys.stderr.flush()

    return show
