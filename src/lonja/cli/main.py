"""The command line of lonja. Each command is a function of its own module; this is their table of contents."""

from typing import Annotated

import typer

from lonja.cli.errors import FriendlyApp
from lonja.cli.lazy import Entry, LazyGroup


class Commands(LazyGroup):
    """All commands."""

    entries = {  # noqa: RUF012  # a table of contents, not changed
        "sandbox": Entry(
            "lonja.cli.sandbox",
            "sandbox_command",
            "Start a sandbox exchange, or continue the one in the data folder. Ctrl+C ends it.",
            is_large=True,
        ),
        "top": Entry(
            "lonja.cli.top", "top_command", "Watch a running exchange: books, rates, latency, lag. Ctrl+C ends it."
        ),
        "trade": Entry(
            "lonja.cli.trade",
            "trade_app",
            "Place, cancel and list orders by hand. Signs with keys of sandbox.json, or with LONJA_API_KEY,"
            " LONJA_SECRET_KEY and LONJA_PASSPHRASE.",
        ),
        "markets": Entry(
            "lonja.cli.markets",
            "markets_command",
            "List the instruments of a running exchange with price, change, spread and volume.",
        ),
        "replay": Entry(
            "lonja.cli.replay",
            "replay_command",
            "Replay the whole journal: check every event digest and snapshot, show speed and the hash of the state.",
            is_large=True,
        ),
        "doctor": Entry("lonja.cli.doctor", "doctor_command", "Check a data folder; exit with 0 when it is sound."),
        "version": Entry("lonja.cli.version", "version_command", "Show the version."),
        "keys": Entry(
            "lonja.cli.keys", "keys_app", "Make, list and remove API keys. A running server notices within a second."
        ),
        "staff": Entry(
            "lonja.cli.staff",
            "staff_app",
            "Members of staff. A running server notices at their next request.",
        ),
        "providers": Entry(
            "lonja.cli.providers",
            "providers_app",
            "Providers that people may sign in by. A server reads them when it starts.",
        ),
        "channels": Entry(
            "lonja.cli.channels",
            "channels_app",
            "The signed list of official channels. A server reads it when it starts.",
        ),
        "projections": Entry("lonja.cli.projections", "projections_app", "Orders, fills, bills and candles in SQL."),
    }


app = FriendlyApp(no_args_is_help=True, pretty_exceptions_enable=False)


def _say_version(wanted: bool) -> None:
    if wanted:
        Commands.entries["version"].load("version")([])


@app.callback(cls=Commands)
def lonja(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    """Run a complete crypto exchange yourself, speaking the OKX v5 API."""
