"""Runs a sandbox: the house, its simulated markets, its listeners, and the file that tells clients where it is.

Why here: joins ``build_house`` with the sandbox module and the edge. Invariant: ``sandbox.json`` is written only when
everything it names answers.
"""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path

import msgspec
import structlog

from lonja.adapters.clock import SteadyClock, SystemClock
from lonja.adapters.durable_files import write_atomically
from lonja.adapters.provider_local import LocalProvider
from lonja.bootstrap.certificates import TlsFiles, check_certificates, ensure_certificates
from lonja.bootstrap.defaults import SANDBOX_FILE, page_origin
from lonja.bootstrap.feeds import open_feeds
from lonja.bootstrap.memory import settle
from lonja.bootstrap.providers import offer_providers
from lonja.bootstrap.sandbox_keys import SandboxAccount, SandboxKeys
from lonja.bootstrap.sandbox_markets import OpenMarkets, open_markets
from lonja.bootstrap.sandbox_staff import ReadyDesk, SandboxStaff, ensure_staff
from lonja.bootstrap.settings import ServerSettings, Settings
from lonja.bootstrap.staff_door import staff_listener
from lonja.bootstrap.wiring import House, build_house
from lonja.core import IS_COMPILED
from lonja.edge.sandbox.app import control_app
from lonja.edge.sandbox.control import SandboxControl
from lonja.edge.sandbox.order_faults import RejectedOrders
from lonja.edge.sandbox.rest_faults import RestFaults
from lonja.edge.sandbox.ws_faults import SocketFaults
from lonja.edge.server import RunningServers, SandboxParts, StaffListener, serve
from lonja.modules.sandbox.api import (
    REAL_SPEED,
    FaultBook,
    SandboxAccounts,
    SandboxClock,
    SimulatedMarkets,
    Timekeeper,
)
from lonja.primitives.errors import DataError, LonjaError, SettingsError

CERTIFICATES_FOLDER = "tls"

_log = structlog.get_logger("lonja.sandbox")


class SandboxFile(msgspec.Struct, frozen=True):
    """What ``sandbox.json`` says."""

    rest: str
    rest_tls: str
    ws: str
    ws_tls: str
    ca_file: str
    staff_door: str
    accounts: list[SandboxAccount]
    staff: Sequence[SandboxStaff]


async def run_sandbox(settings: Settings, report: Callable[[str], None], ready: Callable[[SandboxFile], None]) -> None:
    """Run until SIGTERM or SIGINT. ``report`` hears what the start is doing, ``ready`` that it answers.

    Raises ``LonjaError`` when it cannot start, or when the engine had to stop by itself.
    """
    check_ports(settings)
    # Before the engine is opened: what is found damaged later finds it with new orders and snapshots.
    check_certificates(settings.data / CERTIFICATES_FOLDER)
    feeds = open_feeds(settings.feeds)
    settings = replace(settings, sandbox=replace(settings.sandbox, followed=feeds.instrument_ids))
    if not IS_COMPILED:
        _log.warning("the core runs interpreted: slower, same results; make setup compiles it where a C compiler is")
    clock = SandboxClock(SystemClock(), SteadyClock())
    async with AsyncExitStack() as opened:
        report("opening the data folder")
        faults = FaultBook(settings.sandbox.seed, clock.now_ms)
        house = await build_house(settings, clock, _counted(report), clock.real_now_ms, RejectedOrders(faults))
        opened.push_async_callback(house.close)
        keys = SandboxKeys(house.data, house.identity, house.box)
        world = await open_markets(house, settings, clock, report)
        markets = world.markets
        for feed in feeds.feeds:
            await feed.start()
            opened.push_async_callback(feed.close)
            markets.follow(feed)
        if feeds.feeds:
            # What is followed has a book from the start, also while time stands.
            await markets.turn()
        timekeeper = Timekeeper(house.engine, clock, markets, house.prices)
        await timekeeper.mark()
        opened.push_async_callback(timekeeper.mark)
        keys.ensure(world.customers)
        tls = ensure_certificates(house.data / CERTIFICATES_FOLDER, (settings.server.host, settings.staff.host))
        provider = LocalProvider()
        control = replace(_control(house, settings, timekeeper, world, keys, faults), provider=provider)
        ready_desk = ReadyDesk()
        door = staff_listener(
            house.staff_api, house.services, settings, None if settings.server.control == "off" else ready_desk
        )
        servers = await _serve(house, settings.server, tls, _parts(house, settings.server, control), door)
        opened.push_async_callback(servers.close)
        ready_desk.people = await _move_to(house, settings, servers)
        told = _sandbox_file(settings, servers, tls, keys.shown, ready_desk.people)
        provider.move_to(page_origin(servers.port))
        if settings.server.control != "off":
            await asyncio.to_thread(offer_providers, house.people, clock.real_now_ms, provider)
        stop = _stop_signal()
        _write(house.data / SANDBOX_FILE, told)
        keys.on_added = lambda: _write(house.data / SANDBOX_FILE, msgspec.structs.replace(told, accounts=keys.shown))
        following = _follow(opened, house, markets, clock)
        settle()
        ready(told)
        await _wait(stop, house, following)
        await _give_notice(stop, servers, settings.server.notice_s, clock.speed, report)
        report("stopping")


def check_ports(settings: Settings) -> None:
    """Raise ``SettingsError`` when a port cannot be had; early, because the rest of a first start takes seconds."""
    server, staff = settings.server, settings.staff
    places = ((server.host, server.port), (server.host, server.chosen_tls_port), (staff.host, settings.staff_port))
    for host, port in places:
        if port:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            try:
                socket.create_server((host, port), family=family).close()
            except OSError as error:
                raise _unbindable(host, port, error) from error


def _control(
    house: House,
    settings: Settings,
    timekeeper: Timekeeper,
    world: OpenMarkets,
    keys: SandboxKeys,
    faults: FaultBook,
) -> SandboxControl:
    return SandboxControl(
        catalogue=house.services.catalogue,
        timekeeper=timekeeper,
        accounts=SandboxAccounts(house.engine, house.identity, keys),
        markets=world.markets,
        indices=world.indices,
        faults=faults,
        seed=settings.sandbox.seed,
        local_only=settings.server.control == "local",
    )


def _parts(house: House, server: ServerSettings, control: SandboxControl) -> SandboxParts:
    if server.control == "off":
        return SandboxParts()
    return SandboxParts(
        control=control_app(control, house.notices),
        around=RestFaults(control.faults, house.identity).around,
        sockets=SocketFaults(control.faults, house.identity, house.engine.now_ms),
    )


async def _serve(
    house: House, server: ServerSettings, tls: TlsFiles, parts: SandboxParts, staff: StaffListener
) -> RunningServers:
    try:
        return await serve(
            house.services,
            server.host,
            server.port,
            server.chosen_tls_port,
            tls.certificate_file,
            tls.key_file,
            sandbox=parts,
            staff=staff,
        )
    except OSError as error:
        raise _unbindable(server.host, server.port, error) from error


async def _move_to(house: House, settings: Settings, servers: RunningServers) -> Sequence[SandboxStaff]:
    """Tell the house where it is; the ready staff there. Passkeys belong to a name, never to a number like 127.0.0.1."""
    origin, door = page_origin(servers.port), settings.staff.address(servers.staff_port, "localhost")
    house.notices.move_to(f"http://{settings.server.address}:{servers.port}")
    people, now_ms = house.people, house.engine.now_ms()
    people.passkeys.move_to((origin, f"https://localhost:{servers.tls_port}", door))
    people.connected.move_to(origin)
    return await asyncio.to_thread(ensure_staff, house.data, house.box, people, house.back_office, door, now_ms)


def _unbindable(host: str, port: int, error: OSError) -> SettingsError:
    if error.errno == errno.EADDRINUSE:
        return SettingsError(f"Port {port} is in use by another program.", "Choose another --port; 0 picks a free one.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return SettingsError(f"Port {port} may not be used by you.", "Choose a --port above 1023, or 0 for a free one.")
    return SettingsError(f"Cannot listen on {host}: {error.strerror}.", "Choose another --host or --port.")


def _sandbox_file(
    settings: Settings,
    running: RunningServers,
    tls: TlsFiles,
    accounts: list[SandboxAccount],
    staff: Sequence[SandboxStaff],
) -> SandboxFile:
    server = settings.server
    plain, secure = f"{server.address}:{running.port}", f"{server.address}:{running.tls_port}"
    return SandboxFile(
        rest=f"http://{plain}",
        rest_tls=f"https://{secure}",
        ws=f"ws://{plain}/ws/v5",
        ws_tls=f"wss://{secure}/ws/v5",
        ca_file=str(tls.ca_file.resolve()),
        staff_door=settings.staff.address(running.staff_port),
        accounts=accounts,
        staff=staff,
    )


def _write(path: Path, told: SandboxFile) -> None:
    try:
        write_atomically(path, msgspec.json.format(msgspec.json.encode(told)), b"\n")
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}.", "Check the folder and the disk.") from error


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _follow(
    opened: AsyncExitStack, house: House, markets: SimulatedMarkets, clock: SandboxClock
) -> list[asyncio.Task[None]]:
    """Let traders act and prices of contracts follow, as time passes."""
    following = [
        asyncio.create_task(markets.run(clock, house.prices)),
        asyncio.create_task(house.prices.run(lambda: not clock.speed)),
    ]
    for task in following:
        opened.push_async_callback(_end, task)
    return following


async def _wait(stop: asyncio.Event, house: House, following: list[asyncio.Task[None]]) -> None:
    """Until a signal; what follows the clock and fails is only logged, an engine that fails ends the sandbox."""
    for task in following:
        task.add_done_callback(_log_failure)
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait((stopped, house.engine.ended), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not stop.is_set():
        cause = house.engine.ended.exception()
        raise LonjaError(f"The engine stopped because of a fault: {cause!r}.", "Start again; nothing durable is lost.")


async def _give_notice(
    stop: asyncio.Event, servers: RunningServers, notice_s: int, speed: int, report: Callable[[str], None]
) -> None:
    """Let clients know ``notice_s`` before the end, and go on until then; a second signal cuts that short."""
    if notice_s:
        report(f"clients have {notice_s} s to leave; once more Ctrl+C ends at once")
        servers.hub.announce_closing(notice_s * 1_000 * speed // REAL_SPEED)
        stop.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), notice_s)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("what follows the clock stopped", exc_info=error)


def _counted(report: Callable[[str], None]) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        report(f"replaying the journal, {done:,} of {total:,} commands")

    return progress


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await task
