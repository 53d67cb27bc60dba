"""The whole sandbox at work: every pair live, a thousand subscribers of books, two hundred clients that trade.

What is measured is what an operator asks: how busy the process is, how much memory it has, and how long the slowest of a
hundred orders takes. Beside it stands the bare library, which sends as many messages of the same length to as many
subscribers and answers as many clients, but keeps nothing and matches nothing.
"""

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

import uvloop

from bench.load import PRIVATE_PATH, Client, Crowd, compact, far_order, login_message, open_client
from bench.machine import SERVER_CORE, Load, Server, loaded, running_server, scratch_folder, take_load_core
from bench.report import Row
from bench.servers import FAN_OUT_PATH
from lonja.modules.sandbox.api import QUIET

SUBSCRIBERS = 1_000
TRADERS = 200
EACH_S = 1.0
"""A client sends an order, and this much later the next."""
SECONDS = 20.0
PUBLIC_PATH = "/ws/v5/public"
_READY_S = 120.0
_ORDER_TAKEN = b'"sCode":"0"'


class Seen(NamedTuple):
    """What one server showed."""

    load: Load
    orders_ms: list[float]
    delivered: int
    message_bytes: int
    memory_mib: float

    def figures(self) -> str:
        """As the table shows it."""
        rate, busy = self.delivered / self.load.seconds, self.load.cpu_seconds / self.load.seconds
        middle, slow = statistics.median(self.orders_ms), percentile(self.orders_ms, 99)
        return (
            f"{busy:.0%} of a core, {self.memory_mib:,.0f} MiB, orders p50 {middle:.1f} ms, p99 {slow:.1f} ms,"
            f" {rate:,.0f} pushes/s"
        )


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that ``percent`` of all do not exceed."""
    return sorted(values)[(len(values) * percent - 1) // 100]


def live_rows() -> list[Row]:
    """One line: the sandbox beside the bare library."""
    take_load_core()
    with scratch_folder() as folder, _running_sandbox(folder) as sandbox:
        return [uvloop.run(_row(sandbox))]


@contextmanager
def _running_sandbox(folder: Path) -> Iterator[Server]:
    """``lonja sandbox`` as users start it, except that connections are not counted."""
    program = str(Path(sys.executable).with_name("lonja"))
    command = [program, "sandbox", "--data", str(folder), "--port", "0", "--rate-limits", "off"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        os.sched_setaffinity(process.pid, range(os.cpu_count() or 1))
        try:
            if not process.stdout.readline():
                raise RuntimeError("the sandbox did not start")
            os.sched_setaffinity(process.pid, {SERVER_CORE})
            told = json.loads((folder / "sandbox.json").read_text())
            keys = told["accounts"][0]
            port = int(told["rest"].rsplit(":", 1)[1])
            yield Server(process.pid, {"ws": port, **keys})
        finally:
            process.send_signal(signal.SIGTERM)


async def _row(sandbox: Server) -> Row:
    crowd = Crowd(b"")
    names = await _instruments(sandbox.told["ws"])
    async with _traders(sandbox, login=True) as traders:
        await _follow_all(crowd, sandbox.told["ws"], names)
        ours = await _seen(sandbox, crowd, traders)
    crowd.close()
    rate, size = ours.delivered / ours.load.seconds, ours.message_bytes
    with running_server("floor", "300", "") as floor:
        bare_crowd = Crowd(b"")
        await bare_crowd.connect(floor.told["ws"], FAN_OUT_PATH.decode(), SUBSCRIBERS, None)
        speaker = await open_client(Client, floor.told["ws"], FAN_OUT_PATH.decode())
        async with _traders(floor, login=False) as traders:
            speaking = asyncio.create_task(_speak(speaker, b"0" * size, rate / SUBSCRIBERS))
            bare = await _seen(floor, bare_crowd, traders)
            speaking.cancel()
        bare_crowd.close()
    what = f"{len(names):,} pairs live, {SUBSCRIBERS:,} subscribers on books, {TRADERS} order clients"
    return Row(what, ours.figures(), bare.figures(), f"{bare.load.cpu_seconds / ours.load.cpu_seconds:.2f} (by CPU)")


async def _instruments(port: int) -> list[str]:
    """The names of all live pairs, read as a client reads them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET /api/v5/public/instruments?instType=SPOT HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    )
    answer = await reader.read(-1)
    writer.close()
    return [row["instId"] for row in json.loads(answer.partition(b"\r\n\r\n")[2])["data"]]


async def _follow_all(crowd: Crowd, port: int, names: Sequence[str]) -> None:
    """Spread the crowd over all pairs."""
    for number in range(SUBSCRIBERS):
        wish = {"op": "subscribe", "args": [{"channel": "books", "instId": names[number % len(names)]}]}
        await crowd.join(port, PUBLIC_PATH, compact(wish).encode())


@asynccontextmanager
async def _traders(server: Server, *, login: bool) -> AsyncIterator[list[Client]]:
    clients = [await open_client(Client, server.told["ws"], PRIVATE_PATH) for _ in range(TRADERS)]
    if login:
        for client in clients:
            await client.ask(login_message(server.told))
    yield clients
    for client in clients:
        client.close()


async def _seen(server: Server, crowd: Crowd, traders: list[Client]) -> Seen:
    orders_ms: list[float] = []
    before, bytes_before = crowd.tally.answered, crowd.tally.answered_bytes

    async def work() -> int:
        await asyncio.gather(*(_trade(trader, number, orders_ms) for number, trader in enumerate(traders)))
        return len(orders_ms)

    load = await loaded(server, work())
    delivered = crowd.tally.answered - before
    size = (crowd.tally.answered_bytes - bytes_before) // max(1, delivered)
    return Seen(load, orders_ms, delivered, size, _resident_mib(server.pid))


async def _trade(client: Client, number: int, orders_ms: list[float]) -> None:
    """Send orders at an even pace, no two clients at the same moment; how long each took goes to ``orders_ms``."""
    message = compact({"id": "1", "op": "order", "args": [far_order(QUIET)]}).encode()
    start = time.perf_counter() + number / TRADERS * EACH_S
    for turn in range(int(SECONDS / EACH_S)):
        await asyncio.sleep(start + turn * EACH_S - time.perf_counter())
        begun = time.perf_counter()
        answer = await client.ask(message)
        orders_ms.append((time.perf_counter() - begun) * 1e3)
        assert _ORDER_TAKEN in answer or answer.startswith(b"0"), answer


async def _speak(speaker: Client, message: bytes, each_second: float) -> None:
    """Have the floor send ``message`` to the crowd again and again."""
    start = time.perf_counter()
    turn = 0
    while True:
        turn += 1
        await asyncio.sleep(start + turn / each_second - time.perf_counter())
        speaker.send(message)


def _resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
