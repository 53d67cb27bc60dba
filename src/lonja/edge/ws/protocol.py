"""The bridge from uvicorn to picows: one port serves REST and WebSocket.

uvicorn parses the first request of a connection and, when it asks for an upgrade, makes an object of the class in its
``ws`` option, feeds it the request again and makes it the transport's protocol. picows' protocol speaks everything
from there, but reads through a buffer of its own, so the request is written into that buffer.
Invariant: a refused handshake leaves nothing behind.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from picows import WSAutoPingStrategy, WSListener, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows.picows import WSProtocol  # type: ignore[attr-defined, unused-ignore]

from lonja.edge.wire.channels import ENDPOINTS
from lonja.edge.ws.connection import FRAME_BYTES_MAX
from lonja.edge.ws.hub import Hub

_HANDSHAKE_S = 5.0
_READ_BUFFER_BYTES = 4_096
_SIMULATED_HEADER = "x-simulated-trading"
_SIMULATED_QUERY = b"brokerId=9999"

# picows reports every misbehaving client as an error; what matters of that is in the metrics.
_quiet_log = logging.getLogger("lonja.edge.ws.transport")
_quiet_log.setLevel(logging.CRITICAL)


class UpgradedProtocol(WSProtocol):  # type: ignore[misc, unused-ignore]  # a compiled class
    """The protocol of one upgraded connection, made by uvicorn."""

    def __init__(self, hub: Hub, **_uvicorn: object) -> None:
        """``_uvicorn`` (config, server state, application state) is of no use here."""
        super().__init__(
            host_port=None,
            ws_path=None,
            is_client_side=False,
            ws_listener_factory=self._respond,
            logger=_quiet_log,
            disconnect_on_exception=True,
            websocket_handshake_timeout=_HANDSHAKE_S,
            enable_auto_ping=False,
            auto_ping_idle_timeout=1.0,
            auto_ping_reply_timeout=1.0,
            auto_ping_strategy=WSAutoPingStrategy.PING_WHEN_IDLE,
            enable_auto_pong=False,
            max_frame_size=FRAME_BYTES_MAX,
            extra_headers=None,
            read_buffer_init_size=_READ_BUFFER_BYTES,
        )
        self._hub = hub
        self._address = ""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Remember who calls."""
        self._address = transport.get_extra_info("peername")[0]
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Take the upgrade request, which uvicorn read; later data goes straight into the buffer."""
        view = memoryview(data)
        while view:
            buffer = self.get_buffer(len(view))
            size = min(len(buffer), len(view))
            buffer[:size] = view[:size]
            self.buffer_updated(size)
            view = view[size:]

    def _respond(self, request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        path, _, query = request.path.partition(b"?")
        endpoint = ENDPOINTS.get(path.rstrip(b"/"))
        if endpoint is None:
            return _refused(HTTPStatus.NOT_FOUND)
        address = self._hub.caller(self._address, request.headers)
        if not self._hub.admits(address):
            return _refused(HTTPStatus.TOO_MANY_REQUESTS)
        simulated = request.headers.get(_SIMULATED_HEADER) == "1" or _SIMULATED_QUERY in query.split(b"&")
        return self._hub.accept(endpoint, address, simulated=simulated)


def _refused(status: HTTPStatus) -> WSUpgradeResponseWithListener:
    response = WSUpgradeResponse.create_error_response(status, status.phrase.encode())
    return WSUpgradeResponseWithListener(response, None)


def protocol_for(hub: Hub) -> Callable[..., UpgradedProtocol]:
    """What uvicorn takes as its ``ws`` option."""
    return partial(UpgradedProtocol, hub)
