"""The whole exchange under load, beside the bare libraries it stands on: REST orders, WebSocket orders, fan-out."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

import uvloop

from bench.load import (
    PRIVATE_PATH,
    Client,
    Crowd,
    RestLoad,
    SocketLoad,
    compact,
    far_order,
    login_message,
    open_client,
    signed_request,
)
from bench.machine import DISTURBED_SHARE, Load, Server, loaded, running_server, scratch_folder, take_load_core
from bench.report import Row, ratio_row
from bench.servers import FAN_OUT_PATH
from lonja.modules.sandbox.api import QUIET

ROUNDS = 5
ROUND_S = 1.5
WARM_UP_S = 0.5
REST_CONNECTIONS = 64
REST_RATIO = 0.5
SOCKET_CONNECTIONS = 4
BLOCK, BLOCKS = 32, 4
SOCKET_RATE = 50_000
SUBSCRIBERS = 1_000
FAN_OUT_RATIO = 0.7
TICK_S = 0.1
TICKS = 20
PUBLIC_PATH = "/ws/v5/public"
BOOKS = "books"
_ORDER_TAKEN = b'"sCode":"0"'
_ANYTHING = b""

Run = Callable[[], Awaitable[int]]


class _Load(Protocol):
    async def run(self, seconds: float) -> int: ...


class Compared(NamedTuple):
    """Medians of rounds of the exchange and of the floor, taken in turns, so that both had the same neighbors."""

    rate: float
    cpu_us: float
    floor_rate: float
    floor_cpu_us: float
    strangers: float

    @property
    def is_disturbed(self) -> bool:
        """Whether wall time tells of strangers."""
        return self.strangers > DISTURBED_SHARE

    @property
    def cpu_ratio(self) -> float:
        """Capacity of a core over that of the floor."""
        return self.floor_cpu_us / self.cpu_us

    def row(self, what: str, least: float) -> Row:
        """Judged by the wall clock, or by processor time when strangers were about."""
        ratio = self.cpu_ratio if self.is_disturbed else self.rate / self.floor_rate
        judge = "by CPU: machine shared" if self.is_disturbed else f"{self.cpu_ratio:.2f} by CPU"
        row = ratio_row(
            what, _figures(self.rate, self.cpu_us), _figures(self.floor_rate, self.floor_cpu_us), ratio, least
        )
        return row._replace(ratio=f"{row.ratio} ({judge})")


def rest_row(house: Server) -> Row:
    """Signed orders over REST."""
    return uvloop.run(_rest_row(house))


def socket_row(house: Server) -> Row:
    """Orders over WebSocket, many under way on each connection."""
    return uvloop.run(_socket_row(house))


def fan_out_row(house: Server) -> Row:
    """A book that a thousand follow and that changes all the time."""
    return uvloop.run(_fan_out_row(house))


ROWS: dict[str, Callable[[Server], Row]] = {"rest": rest_row, "ws": socket_row, "fan-out": fan_out_row}
"""The parts of this file by name."""


def exchange_rows(names: list[str], note: Callable[[str], None]) -> list[Row]:
    """Start an exchange and measure the named parts on it."""
    take_load_core()
    rows = []
    with scratch_folder() as folder, running_server("house", str(folder)) as house:
        for name in names:
            note(name)
            rows.append(ROWS[name](house))
    return rows


async def _rest_row(house: Server) -> Row:
    request = signed_request(house.told, far_order(QUIET))
    ours = RestLoad(request, _ORDER_TAKEN)
    await ours.connect(house.told["rest"], REST_CONNECTIONS)
    await ours.run(WARM_UP_S)
    with running_server("floor", "2", house.told["secret_key"]) as floor:
        bare = RestLoad(request, _ORDER_TAKEN)
        await bare.connect(floor.told["rest"], REST_CONNECTIONS)
        compared = await _compared(house, ours, floor, bare)
        bare.close()
    ours.close()
    return compared.row(f"signed REST order, accepted and durable, {REST_CONNECTIONS} connections", REST_RATIO)


async def _socket_row(house: Server) -> Row:
    message = compact({"id": "1", "op": "order", "args": [far_order(QUIET)]}).encode()
    ours = SocketLoad(message, _ORDER_TAKEN, block=BLOCK, blocks=BLOCKS)
    await ours.connect(house.told["ws"], SOCKET_CONNECTIONS, login_message(house.told))
    await ours.run(WARM_UP_S)
    with running_server("floor", str(len(ours.tally.last_answer))) as floor:
        bare = SocketLoad(message, _ANYTHING, block=BLOCK, blocks=BLOCKS)
        await bare.connect(floor.told["ws"], SOCKET_CONNECTIONS, None)
        compared = await _compared(house, ours, floor, bare)
        bare.close()
    ours.close()
    row = compared.row(f"WebSocket order, durable, {SOCKET_CONNECTIONS} connections, pipelined", 0.0)
    capacity = 1e6 / compared.cpu_us if compared.is_disturbed else compared.rate
    return row._replace(target=f"at least {SOCKET_RATE:,}/s", is_met=capacity >= SOCKET_RATE)


async def _fan_out_row(house: Server) -> Row:
    subscription = compact({"op": "subscribe", "args": [{"channel": BOOKS, "instId": QUIET}]}).encode()
    ours, bare = Crowd(BOOKS.encode()), Crowd(_ANYTHING)
    trader = await open_client(Client, house.told["ws"], PRIVATE_PATH)
    await trader.ask(login_message(house.told))
    await ours.connect(house.told["ws"], PUBLIC_PATH, SUBSCRIBERS, subscription)
    await _change_book(trader, ours, 2)
    told = ours.tally.last_answer
    with running_server("floor", "2") as floor:
        await bare.connect(floor.told["ws"], FAN_OUT_PATH.decode(), SUBSCRIBERS, None)
        speaker = await open_client(Client, floor.told["ws"], FAN_OUT_PATH.decode())
        rounds: tuple[list[Load], list[Load]] = ([], [])
        for _ in range(ROUNDS):
            rounds[0].append(await loaded(house, _change_book(trader, ours, TICKS)))
            rounds[1].append(await loaded(floor, _repeat(speaker, told, bare, TICKS)))
        bare.close()
        speaker.close()
    ours.close()
    trader.close()
    compared = _medians(*rounds)
    row = ratio_row(
        f"{BOOKS} to {SUBSCRIBERS:,} subscribers, per delivery",
        f"{compared.cpu_us:.1f} us CPU",
        f"{compared.floor_cpu_us:.1f} us CPU",
        compared.cpu_ratio,
        FAN_OUT_RATIO,
    )
    return row._replace(ratio=f"{row.ratio} (by CPU)")


async def _change_book(trader: Client, crowd: Crowd, ticks: int) -> int:
    """Place and cancel an order in turns; each change reaches the whole crowd before the next."""
    name = {"instId": QUIET, "clOrdId": "bench"}
    resting = {**far_order(QUIET), "ordType": "post_only", **name}
    steps = [("order", resting), ("cancel-order", name)]
    deliveries = 0
    for tick in range(ticks):
        operation, arg = steps[tick % 2]
        answer = await trader.ask(compact({"id": "1", "op": operation, "args": [arg]}).encode())
        assert _ORDER_TAKEN in answer, answer
        deliveries += await crowd.heard(1)
    return deliveries


async def _repeat(speaker: Client, message: bytes, crowd: Crowd, ticks: int) -> int:
    """Have the floor send ``message`` to the crowd, as often as the exchange sends changes of books."""
    loop = asyncio.get_running_loop()
    deliveries = 0
    for _ in range(ticks):
        await asyncio.sleep(TICK_S - loop.time() % TICK_S)
        speaker.send(message)
        deliveries += await crowd.heard(1)
    return deliveries


async def _compared(house: Server, ours: _Load, floor: Server, bare: _Load) -> Compared:
    await bare.run(WARM_UP_S)
    rounds: tuple[list[Load], list[Load]] = ([], [])
    for _ in range(ROUNDS):
        rounds[0].append(await loaded(house, ours.run(ROUND_S)))
        rounds[1].append(await loaded(floor, bare.run(ROUND_S)))
    return _medians(*rounds)


def _medians(ours: list[Load], bare: list[Load]) -> Compared:
    return Compared(
        statistics.median(load.rate for load in ours),
        statistics.median(load.cpu_us for load in ours),
        statistics.median(load.rate for load in bare),
        statistics.median(load.cpu_us for load in bare),
        statistics.median(load.strangers for load in (*ours, *bare)),
    )


def _figures(rate: float, cpu_us: float) -> str:
    return f"{rate:,.0f}/s, {cpu_us:.1f} us CPU"
