"""One port for REST and WebSocket, plain and TLS."""

import asyncio
import ssl
from pathlib import Path

import pytest
from picows import WSError, ws_connect

from lonja.edge import http_guard
from lonja.edge.ws.hub import CONNECTION_RATE
from tests.edge.ws.house import Client, House, eventually, open_house, trusting

_PING = "ping"


async def _get(port: int, context: ssl.SSLContext | None, target: str) -> tuple[bytes, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.split(b"\r\n")[0], body


async def test_both_ports_serve_rest_and_websocket(house: House) -> None:
    context = trusting(house.ca_file)
    for port, tls in ((house.servers.port, None), (house.servers.tls_port, context)):
        status, _ = await _get(port, tls, "/api/v5/public/time")
        assert status == b"HTTP/1.1 200 OK"
        scheme = "ws" if tls is None else "wss"
        _, client = await ws_connect(Client, f"{scheme}://localhost:{port}/ws/v5/public", ssl_context=tls)
        assert isinstance(client, Client)
        assert await client.ask(_PING) == "pong"
        client.transport.disconnect()
        await client.transport.wait_disconnected()


async def test_every_endpoint_opens(house: House) -> None:
    for target in ("public", "private", "business", "public?brokerId=9999", "public/"):
        async with house.client(target) as client:
            assert await client.ask(_PING) == "pong"


async def test_an_upgrade_of_another_path_is_refused(house: House) -> None:
    for path in ("/ws/v5/other", "/ws/v5", "/api/v5/public/time"):
        with pytest.raises(WSError, match="404"):
            await ws_connect(Client, f"ws://127.0.0.1:{house.servers.port}{path}")


async def test_a_broken_handshake_is_refused_and_forgotten(house: House) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.servers.port)
    writer.write(b"GET /ws/v5/public HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
    writer.close()
    await writer.wait_closed()
    exposition, _ = house.services.metrics.exposition()
    assert b'lonja_open_sockets{endpoint="public"} 1.0' not in exposition


async def test_a_client_that_offers_compression_gets_none(house: House) -> None:
    offer = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
    async with house.client("public", extra_headers=offer) as client:
        assert "Sec-WebSocket-Extensions" not in client.transport.response.headers
        assert await client.ask(_PING) == "pong"


async def test_more_connections_than_three_a_second_are_refused(tmp_path: Path) -> None:
    async with open_house(tmp_path, rate_limits=True) as house:
        clients = [await ws_connect(Client, house.url("public")) for _ in range(CONNECTION_RATE.limit)]
        assert CONNECTION_RATE.limit / CONNECTION_RATE.window_s == 3
        with pytest.raises(WSError):
            await ws_connect(Client, house.url("public"))
        for transport, _ in clients:
            transport.disconnect()
            await transport.wait_disconnected()


async def test_closing_says_goodbye_within_two_seconds(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.client("public") as client:
        started = asyncio.get_running_loop().time()
        closing = asyncio.create_task(house.servers.close())
        notice = await client.next()
        assert (notice["event"], notice["code"]) == ("notice", "64008")
        assert await client.end() == 1001
        await closing
        assert asyncio.get_running_loop().time() - started < 2
        with pytest.raises(OSError, match="Connect"):
            await asyncio.open_connection("127.0.0.1", house.servers.port)


async def test_notice_is_given_before_the_house_closes(tmp_path: Path) -> None:
    status = {"op": "subscribe", "args": [{"channel": "status"}]}
    async with open_house(tmp_path) as house, house.client("public") as early:
        await early.ask(status)
        house.servers.hub.announce_closing(60_000)
        notice, push = await early.next(), await early.next()
        assert (notice["event"], notice["code"], set(notice)) == ("notice", "64008", {"event", "code", "msg", "connId"})
        assert push["data"][0]["state"] == "scheduled"
        assert 59_000 < int(push["data"][0]["begin"]) - house.engine.now_ms() <= 60_000
        # Until then all goes on, and who comes late is told too.
        async with house.client("private") as late:
            assert (await late.next())["code"] == "64008"
            assert await late.ask(_PING) == "pong"
        closing = asyncio.create_task(house.servers.close())
        assert (await early.next())["data"][0]["state"] == "ongoing"
        assert await early.end() == 1001
        assert early.messages.empty()
        await closing


async def test_closing_does_not_wait_for_a_client_that_stopped_reading(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.client("public") as client:
        client.transport.underlying_transport.pause_reading()
        started = asyncio.get_running_loop().time()
        await house.servers.close()
        assert asyncio.get_running_loop().time() - started < 2


async def test_open_sockets_are_counted(house: House) -> None:
    def count() -> bytes:
        page, _ = house.services.metrics.exposition()
        return next(line for line in page.splitlines() if line.startswith(b'lonja_open_sockets{endpoint="business"}'))

    async with house.client("business") as client:
        await client.ask(_PING)
        assert count().endswith(b" 1.0")
    await eventually(lambda: count().endswith(b" 0.0"))


async def test_a_half_closed_socket_is_cleaned_up(house: House) -> None:
    async with house.client("public") as client:
        await client.subscribe({"channel": "tickers", "instId": "QUIET-USDT"})
        client.transport.underlying_transport.write_eof()
        await asyncio.wait_for(client.transport.wait_disconnected(), 20)


async def test_a_head_that_does_not_end_is_refused(house: House) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.servers.port)
    writer.write(b"GET /api/v5/public/time HTTP/1.1\r\nX-Long: " + b"x" * (http_guard.HEAD_BYTES_MAX + 1))
    assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
    writer.close()
    await writer.wait_closed()


async def test_long_bodies_do_not_count_as_heads(house: House) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.servers.port)
    for _ in range(3):
        head = b"POST /api/v5/trade/order HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
        writer.write(head + b"x" * 100_000)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 401 ")
        await reader.readuntil(b"}")
    writer.close()
    await writer.wait_closed()


async def test_a_client_that_says_nothing_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_guard, "REQUEST_WAIT_S", 0.2)
    async with open_house(tmp_path) as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.servers.port)
        writer.write(b"GET / HT")
        assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()
        await writer.wait_closed()


async def test_the_wait_for_a_head_does_not_end_a_websocket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_guard, "REQUEST_WAIT_S", 0.2)
    async with open_house(tmp_path) as house, house.client("public") as client:
        await asyncio.sleep(0.4)
        assert await client.ask(_PING) == "pong"
