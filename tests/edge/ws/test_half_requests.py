"""Clients that are in the middle of a request when the house closes."""

import asyncio
import logging
import time
from pathlib import Path

import pytest

from tests.edge.ws.house import open_house

HEAD = b"POST /api/v5/trade/order HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
HALVES = [
    b"GET /api/v5/public/ti",
    HEAD,
    HEAD + b'Content-Length: 100\r\n\r\n{"instId"',
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
]


async def test_the_end_neither_waits_for_them_nor_complains(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with open_house(tmp_path) as house:
        clients = [await asyncio.open_connection("127.0.0.1", house.servers.port) for _ in HALVES]
        for (_, writer), half in zip(clients, HALVES, strict=True):
            writer.write(half)
        await asyncio.sleep(0.1)
        began = time.monotonic()
        await house.servers.close()
        assert time.monotonic() - began < 0.9, "the time that is given to answers"
    for reader, writer in clients:
        assert await asyncio.wait_for(reader.read(), 10.0) == b""
        writer.close()
    assert [record.getMessage() for record in caplog.records] == []


@pytest.mark.parametrize("requests", [1, 3])
async def test_a_client_that_says_no_more_is_answered_before_the_connection_ends(tmp_path: Path, requests: int) -> None:
    async with open_house(tmp_path) as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.servers.port)
        writer.write(b"GET /api/v5/public/time HTTP/1.1\r\nHost: here\r\n\r\n" * requests)
        writer.write_eof()
        answers = await asyncio.wait_for(reader.read(), 10.0)
        assert answers.count(b"HTTP/1.1 200 OK") == answers.count(b'{"code":"0"') == requests
        writer.close()


@pytest.mark.parametrize("half", HALVES)
async def test_half_a_request_that_never_goes_on_ends_the_connection(tmp_path: Path, half: bytes) -> None:
    async with open_house(tmp_path) as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.servers.port)
        writer.write(half)
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 10.0) == b""
        writer.close()


async def test_what_was_asked_is_answered_before_the_end(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.servers.port)
        writer.write(b"GET /api/v5/public/time HTTP/1.1\r\nHost: here\r\n\r\n" + HALVES[0])
        await reader.readuntil(b'"code":"0"')
        await house.servers.close()
        writer.close()
