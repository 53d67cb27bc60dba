"""People who sign in while others trade, all on one core: what a sign-in costs, and what an order then waits for.

Every sign-in is whole: password, code of an authenticator, a known device, a new session. Its floor is one Argon2id hash
of the same cost and nothing else. Orders come one after another on a connection of their own, so that each waits for
nothing but the server; their floor is the same order while nobody signs in.
"""

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyotp
import uvloop

from bench.load import HOST, compact, far_order, signed_request
from bench.machine import Load, Server, loaded, running_server, scratch_folder
from bench.people_server import AGENT, PASSWORD, Told
from bench.report import Row
from lonja.modules.identity.api import HashCost
from lonja.modules.identity.people.passwords import PasswordHasher
from lonja.modules.sandbox.api import QUIET

PEOPLE = 240
AT_ONCE = 8
"""How many people are between password and session at any moment."""
QUIET_S = 5.0
EACH_S = 0.02
"""An order, and this much later the next."""
HASHES = 40
ORDER_P99_MS = 50.0
"""What nobody notices who trades by hand, and far less than the 1 s after which exchanges call themselves disturbed."""
_HEAD_END = b"\r\n\r\n"
_ORDER_TAKEN = b'"sCode":"0"'


class Seen(NamedTuple):
    """What was measured: milliseconds of each sign-in and order, and memory."""

    sign_ins_ms: list[float]
    load: Load
    calm_ms: list[float]
    busy_ms: list[float]
    memory_mib: float
    hash_ms: float


class Line:
    """One connection for requests, one after another."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Use ``connect``."""
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, port: int) -> "Line":
        """A new connection."""
        return cls(*await asyncio.open_connection(HOST, port))

    async def ask(self, request: bytes) -> bytes:
        """The body of the answer to ``request``."""
        self._writer.write(request)
        head = await self._reader.readuntil(_HEAD_END)
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                return await self._reader.readexactly(int(line.partition(b":")[2]))
        return b""

    async def post(self, path: str, body: dict[str, str], device_token: str) -> dict[str, str]:
        """Ask the account API. Raises ``RuntimeError`` when it refuses."""
        content = compact(body)
        head = (
            f"POST /api/account{path} HTTP/1.1",
            f"Host: {HOST}",
            f"User-Agent: {AGENT}",
            "Content-Type: application/json",
            f"X-Device-Token: {device_token}",
            f"Content-Length: {len(content)}",
        )
        raw = await self.ask(("\r\n".join(head) + "\r\n\r\n" + content).encode())
        answer: dict[str, str] = msgspec.json.decode(raw)
        if "code" in answer:
            raise RuntimeError(f"{path} was refused: {answer}")
        return answer

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def sign_in_rows(people: int = PEOPLE, quiet_s: float = QUIET_S) -> list[Row]:
    """Start an exchange with ``people`` in it and let each sign in once."""
    with scratch_folder() as folder, running_server("people", str(folder), str(people)) as house:
        return rows_of(uvloop.run(_measure(house, quiet_s)))


def rows_of(seen: Seen) -> list[Row]:
    """The lines of the table."""
    cpu_ms, cost = seen.load.cpu_us / 1_000, HashCost()
    signing = f"{_figures(seen.sign_ins_ms)}, {seen.load.rate:.0f}/s, {cpu_ms:.1f} ms CPU each"
    slow = percentile(seen.busy_ms, 99)
    pace = f"{statistics.median(seen.calm_ms) / statistics.median(seen.busy_ms):.2f}"
    share = f"{seen.hash_ms / cpu_ms:.2f} of the CPU is the hash"
    hashing = f"{seen.hash_ms:.1f} ms CPU, {cost.memory_kib / 1_024:.0f} MiB: one Argon2id hash"
    return [
        Row(f"sign-in by password and authenticator, {AT_ONCE} at once, one core", signing, hashing, share),
        Row(
            f"order while {AT_ONCE} people sign in on the same core",
            _figures(seen.busy_ms),
            f"{_figures(seen.calm_ms)}: nobody signs in",
            f"{pace} (machine shared)" if seen.load.is_disturbed else pace,
            f"p99 less than {ORDER_P99_MS:.0f} ms",
            # What others do on the machine is no promise of ours.
            None if seen.load.is_disturbed else slow < ORDER_P99_MS,
        ),
        Row(f"memory that {AT_ONCE} sign-ins at once add", f"{seen.memory_mib:,.0f} MiB at the peak"),
    ]


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that ``percent`` of all do not exceed."""
    return sorted(values)[(len(values) * percent - 1) // 100]


async def _measure(house: Server, quiet_s: float) -> Seen:
    port, people = house.told["rest"], list(house.told["people"])
    trader, ends = await Line.connect(port), time.perf_counter() + quiet_s
    calm_ms = await _orders(house, trader, lambda: time.perf_counter() > ends)
    before_mib = _peak_mib(house.pid)
    signing = asyncio.create_task(loaded(house, _sign_all_in(port, people, sign_ins_ms := list[float]())))
    busy_ms = await _orders(house, trader, signing.done)
    trader.close()
    return Seen(sign_ins_ms, await signing, calm_ms, busy_ms, _peak_mib(house.pid) - before_mib, _hash_ms())


async def _sign_all_in(port: int, people: list[Told], times_ms: list[float]) -> int:
    waiting = iter(people)

    async def one_after_another() -> None:
        line = await Line.connect(port)
        for person in waiting:
            began = time.perf_counter()
            await _sign_in(line, person)
            times_ms.append((time.perf_counter() - began) * 1_000)
        line.close()

    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    return len(people)


async def _sign_in(line: Line, person: Told) -> None:
    token = person["device_token"]
    step = await line.post("/sign-in", {"identifier": person["email"], "password": PASSWORD}, token)
    answer = {"method": "authenticator", "answer": pyotp.TOTP(person["secret"]).now()}
    done = await line.post("/sign-in/factor", {"sign_in": step["sign_in"], **answer}, token)
    if done["stage"] != "done":
        raise RuntimeError(f"nobody was signed in: {done}")


async def _orders(house: Server, line: Line, is_over: Callable[[], bool]) -> list[float]:
    """Milliseconds of each order until ``is_over``."""
    times_ms = []
    while not is_over():
        order = signed_request(house.told, far_order(QUIET))
        began = time.perf_counter()
        answer = await line.ask(order)
        times_ms.append((time.perf_counter() - began) * 1_000)
        if _ORDER_TAKEN not in answer:
            raise RuntimeError(f"an order was refused: {answer.decode()}")
        await asyncio.sleep(EACH_S)
    return times_ms


def _hash_ms() -> float:
    """Processor time of one check of a password, as the house configures it."""
    hasher = PasswordHasher()
    stored = hasher.hash(PASSWORD)
    began = time.process_time()
    for _ in range(HASHES):
        hasher.fits(PASSWORD, stored)
    return (time.process_time() - began) / HASHES * 1_000


def _peak_mib(pid: int) -> float:
    """The most memory that a process had so far."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (peak,) = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return peak / 1_024


def _figures(times_ms: Sequence[float]) -> str:
    return f"p50 {statistics.median(times_ms):.1f} ms, p99 {percentile(times_ms, 99):.1f} ms"
