"""Bounds on what a client may do before its request is understood.

Why here: uvicorn reads heads of any length and waits for the first request for ever, and either would let a stranger
hold memory and sockets. Bodies are bounded by the application, which knows what it expects.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 65_536
"""Longest request line and headers together."""
HEAD_WAIT_S = 20.0
"""How long a new connection may take to send the head of its first request."""

_UNBOUNDED = -(2**62)


class GuardedHttp(HttpToolsProtocol):
    """uvicorn's protocol with a bounded head."""

    _head_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A client connected; the first head is due soon."""
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEAD_WAIT_S, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take data, unless the head grows beyond its bound."""
        self._head_bytes += len(data)
        super().data_received(data)
        # A body does not count and every complete request starts anew, so only a head that does not end gets here.
        if self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_headers_complete(self) -> None:
        """A head is complete; what follows is its body."""
        self._stop_waiting()
        self._head_bytes = _UNBOUNDED
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """A request is complete; what follows is the next head."""
        self._head_bytes = 0
        super().on_message_complete()

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
