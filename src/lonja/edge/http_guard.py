"""Bounds on what a client may do before its request is understood.

Why here: uvicorn reads heads of any length and waits for the rest of a request for ever, and either would let a
stranger hold memory and sockets. Bodies are bounded by the application, which knows what it expects. Invariant:
whatever is no request is answered in the envelope too, and ends the connection.
"""

import asyncio

import msgspec
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_BYTES_MAX = 65_536
"""Longest request line and headers together; framing and trailers of a body count too."""
REQUEST_WAIT_S = 20.0
"""How long a request may take from its first byte to its last, and a new connection to its first request."""


class GuardedHttp(HttpToolsProtocol):
    """uvicorn's protocol with bounds in bytes and time."""

    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _is_whole = False
    _answering: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A client connected; the first request is due soon."""
        super().connection_made(transport)
        self._expect_rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_waiting()
        self._drop_answer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take data, unless what is no body grows beyond its bound."""
        self._head_bytes += len(data)
        self._is_whole = False
        super().data_received(data)
        if self._is_whole:
            self._stop_waiting()
        elif self._timer is None and not self.transport.is_closing():
            self._expect_rest()
        if self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn hangs up, whatever was asked
        """The client says no more, but may listen: what it asked is answered before the connection ends."""
        last = self.pipeline[0][0] if self.pipeline else self.cycle
        if getattr(last, "response_complete", True) or last.more_body:
            return False
        last.keep_alive = False
        # Under TLS the way back is closed with the way in.
        return self.transport.get_extra_info("sslcontext") is None

    def on_message_begin(self) -> None:
        """A request begins."""
        self._is_whole = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head is complete; what follows is its body."""
        super().on_headers_complete()
        # A question mark with nothing behind it is lost in parsing, yet clients sign what they send.
        if self.url.endswith(b"?") and "raw_path" in self.scope:
            self.scope["raw_path"] += b"?"

    def on_body(self, body: bytes) -> None:
        """A part of a body came in."""
        self._head_bytes -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is complete; what follows is the next one."""
        self._head_bytes = 0
        self._is_whole = True
        super().on_message_complete()

    def shutdown(self) -> None:
        """The house closes: what was asked is answered first, but for the rest of a request nobody waits."""
        if getattr(self.cycle, "more_body", False) and not self.pipeline:
            self.transport.close()
        else:
            super().shutdown()

    def is_stuck(self) -> bool:
        """Whether the client leaves so much unread that nothing more is written."""
        return self.flow.write_paused

    def cut_off(self) -> None:
        """Hang up at once; what was still to be answered is dropped."""
        self._drop_answer()
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP request, and hang up."""
        body = msgspec.json.encode({"code": "400", "msg": msg, "data": []})
        head = b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n"
        self.transport.write(b"%scontent-length: %d\r\n\r\n%s" % (head, len(body), body))
        self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _drop_answer(self) -> None:
        """Write no more. uvicorn itself tells only the request that came last, which with several is another one."""
        if self._answering is not None:
            self._answering.disconnected = True

    def _expect_rest(self) -> None:
        self._timer = self.loop.call_later(REQUEST_WAIT_S, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
