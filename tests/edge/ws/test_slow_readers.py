"""A client that does not read is closed, and nobody else notices."""

import asyncio
import contextlib
import os
import socket
from pathlib import Path

from lonja.edge.ws.connection import Connection, Limits
from tests.edge.ws.house import BUY, TRADER, Client, House, eventually, open_house
from tests.edge.ws.rebuilt_book import RebuiltBook
from tests.fuzz.raw_socket import TEXT, framed

BOOKS = {"channel": "books", "instId": "QUIET-USDT"}


def _stop_reading(client: Client, server_side: Connection) -> None:
    client.transport.underlying_transport.pause_reading()
    # Small buffers in the kernel let the backlog show at once.
    for transport in (client.transport.underlying_transport, server_side._transport):
        assert transport is not None
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)


async def _churn(house: House, turns: int) -> None:
    """Change many levels between any two pushes."""
    for turn in range(turns):
        orders = [await house.place(TRADER, BUY, 9_000 + turn % 2 + 2 * step, 1 + turn % 7) for step in range(100)]
        await asyncio.sleep(0.1)
        for order_id in orders:
            await house.cancel(TRADER, order_id)


async def test_a_client_that_leaves_data_unread_is_closed_and_others_miss_nothing(tmp_path: Path) -> None:
    limits = Limits(buffer_soft_bytes=2_000, slow_grace_s=0.3)
    async with (
        open_house(tmp_path, limits=limits) as house,
        house.client("public") as slow,
        house.client("public") as good,
    ):
        for client in (slow, good):
            await client.subscribe(BOOKS)
        book = RebuiltBook()
        book.take(await good.next_of("books"))
        hub = house.servers.hub
        _stop_reading(slow, hub.connections()[0])
        await _churn(house, 15)
        await eventually(lambda: len(hub.connections()) == 1)
        page, _ = house.services.metrics.exposition()
        assert b'lonja_closed_sockets_total{endpoint="public",reason="slow"} 1.0' in page
        sequence = house.services.market_data.book(1).sequence
        while book.sequence < sequence:
            book.take(await good.next_of("books"))
        assert book.checksums > 10


async def test_the_hard_bound_closes_at_once(tmp_path: Path) -> None:
    limits = Limits(buffer_soft_bytes=1_000, buffer_hard_bytes=20_000, slow_grace_s=60.0)
    async with open_house(tmp_path, limits=limits) as house, house.client("public") as slow:
        _stop_reading(slow, house.servers.hub.connections()[0])
        junk = {"op": "subscribe", "args": [{"channel": "x" * 60_000}]}
        async with asyncio.timeout(60):
            while house.servers.hub.connections():
                slow.send(junk)
                await asyncio.sleep(0.001)
        page, _ = house.services.metrics.exposition()
        assert b'reason="slow"' in page


async def test_answers_to_a_burst_do_not_pile_up_within_one_turn(tmp_path: Path) -> None:
    limits = Limits(buffer_soft_bytes=50_000, buffer_hard_bytes=1_000_000, slow_grace_s=60.0)
    async with open_house(tmp_path, limits=limits) as house, house.client("public") as slow:
        (connection,) = house.servers.hub.connections()
        slow.transport.underlying_transport.pause_reading()
        sock = slow.transport.underlying_transport.get_extra_info("socket")
        # Its refusal repeats it, each character as six.
        burst = memoryview(framed(TEXT, b"\x01" * 100_000) * 60)
        peak = 0
        async with asyncio.timeout(60):
            while house.servers.hub.connections():
                with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
                    burst = burst[os.write(sock.fileno(), burst) :]
                await asyncio.sleep(0)
                peak = max(peak, connection.buffered_bytes())
        assert 600_000 < peak < 1_000_000 + 2 * 600_100
