"""One WebSocket connection: frames in, frames out, and how it ends.

Why here: the rules of the transport (fragments, pings, sizes, closing, slow readers) apart from those of the
exchange's protocol (``session_ops``). Frames to send are collected and written once per turn of the event loop.
Invariant: what was delivered is sent whole and in order, or the connection is closed.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import Protocol

from picows import WSFrame, WSListener, WSMsgType, WSTransport

from lonja.edge.ws.frames import pong_frame, text_frame
from lonja.edge.ws.postman import Postman

FRAME_BYTES_MAX = 131_072
"""Longest frame and longest joined message; longer ones close the connection with 1009."""
BUFFER_SOFT_BYTES = 1 << 20
BUFFER_HARD_BYTES = 16 << 20
SLOW_GRACE_S = 5.0
CLOSE_WAIT_S = 1.0
IDLE_S = 30.0

GOING_AWAY = 1001
PROTOCOL_ERROR = 1002
NOT_TEXT = 1003
INVALID_TEXT = 1007
TOO_BIG = 1009
INTERNAL_ERROR = 1011
LOGIN_FAILED = 4001
IDLE = 4004
SLOW = 4005
KEY_GONE = 4007
HOUSE_FULL = 4008
TOO_MANY_CHANNELS = 4009

_SENT_CODES = frozenset((1000, 1001, 1002, 1003, *range(1007, 1015)))
_OWN_CODES_FROM, _OWN_CODES_TO = 3_000, 4_999
"""Codes that a close frame may hold."""
_PONG_TEXT = text_frame(b"pong")
_log = logging.getLogger(__name__)


class Handler(Protocol):
    """Who understands what a connection receives."""

    def on_opened(self) -> None:
        """The handshake is done."""

    def on_text(self, text: bytes) -> None:
        """A whole text message that is valid UTF-8 arrived."""

    def on_closing(self) -> None:
        """From now on nothing is sent any more; told once."""

    def on_closed(self) -> None:
        """The socket is gone."""


def _nowhere(data: bytes) -> None:
    """Where frames go before there is a socket."""


class Limits:
    """Bounds of one connection, in bytes and seconds."""

    def __init__(
        self,
        *,
        buffer_soft_bytes: int = BUFFER_SOFT_BYTES,
        buffer_hard_bytes: int = BUFFER_HARD_BYTES,
        slow_grace_s: float = SLOW_GRACE_S,
        idle_s: float = IDLE_S,
    ) -> None:
        """A reader is slow that leaves ``buffer_soft_bytes`` unread for ``slow_grace_s``, or the hard bound at all."""
        self.buffer_soft_bytes = buffer_soft_bytes
        self.buffer_hard_bytes = buffer_hard_bytes
        self.slow_grace_s = slow_grace_s
        self.idle_s = idle_s


class Connection(WSListener):  # type: ignore[misc, unused-ignore]  # a compiled class
    """The server's end of one connection."""

    def __init__(
        self,
        endpoint: str,
        address: str,
        limits: Limits,
        postman: Postman,
        make_handler: "Callable[[Connection], Handler]",
    ) -> None:
        """``address`` is the peer's IP address."""
        super().__init__()
        self.endpoint = endpoint
        self.address = address
        self.id = secrets.token_hex(4)
        self.end_reason = "peer"
        self.closing = False
        self._limits = limits
        self._postman = postman
        self._handler = make_handler(self)
        self._loop = asyncio.get_running_loop()
        self._websocket: WSTransport | None = None
        self._transport: asyncio.Transport | None = None
        self._write: Callable[[bytes], None] = _nowhere
        self._needs_care = False
        self._has_said_goodbye = False
        self.frames: list[bytes] = []
        self._answered_bytes = 0
        self._fragments: list[bytes] = []
        self._fragments_bytes = 0
        self._last_traffic = self._loop.time()
        self._slow_timer: asyncio.TimerHandle | None = None
        self._abort_timer: asyncio.TimerHandle | None = None

    # What picows calls.

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake is done."""
        self._websocket = transport
        self._transport = transport.underlying_transport
        self._write = self._transport.write
        self._transport.set_write_buffer_limits(self._limits.buffer_soft_bytes)
        self._handler.on_opened()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The socket is gone, for whatever reason."""
        del transport
        self._end()
        self.frames.clear()
        for timer in (self._slow_timer, self._abort_timer):
            if timer is not None:
                timer.cancel()
        self._handler.on_closed()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame arrived."""
        try:
            self._take_frame(transport, frame)
        except Exception:  # noqa: BLE001  # one request's fault must not end the process
            _log.exception("WebSocket request failed", extra={"endpoint": self.endpoint})
            self.close(INTERNAL_ERROR, "internal error", "fault")

    def pause_writing(self) -> None:
        """The peer reads slower than we write."""
        self._needs_care = True
        if self._slow_timer is None and not self.closing:
            self._slow_timer = self._loop.call_later(self._limits.slow_grace_s, self._drop_slow)

    def resume_writing(self) -> None:
        """The peer has caught up."""
        self._needs_care = self.closing
        if self._slow_timer is not None:
            self._slow_timer.cancel()
            self._slow_timer = None

    # What the house calls.

    def deliver(self, frame: bytes) -> None:
        """Send ``frame`` at the end of this turn of the event loop."""
        if self.closing:
            return
        self._postman.send((self,), frame)
        self._answered_bytes += len(frame)
        # One turn can bring megabytes of requests; what they are answered must not wait in memory for its end.
        if self._answered_bytes > self._limits.buffer_soft_bytes and self.frames:
            self.flush(self._loop.time())

    def flush(self, now_s: float) -> None:
        """Write what is waiting (``Mailbox``)."""
        frames, websocket = self.frames, self._websocket
        self._answered_bytes = 0
        if websocket is not None and websocket.is_close_frame_sent:
            # picows refused a frame; what belongs before its close frame is too late.
            frames.clear()
            return
        data = frames[0] if len(frames) == 1 else b"".join(frames)
        frames.clear()
        self._last_traffic = now_s
        if self._needs_care:
            self._write_with_care(data)
        else:
            self._write(data)

    def send_text(self, payload: bytes) -> None:
        """Send a text message at the end of this turn of the event loop."""
        self.deliver(text_frame(payload))

    def close(self, code: int, reason: str, end_reason: str) -> None:
        """Send what is waiting and a close frame, then end; ``end_reason`` is one word for the metrics."""
        if self.closing:
            return
        self.end_reason = end_reason
        self._end()
        if self.frames:
            self.flush(self._loop.time())
        self._say_goodbye(code, reason)
        # The peer answers with a close frame; one that does not is cut off.
        self._abort_timer = self._loop.call_later(CLOSE_WAIT_S, self.abort)

    def abort(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            self._transport.abort()

    def check_idle(self) -> None:
        """Close when nothing was said either way for too long, or when the peer broke the protocol and stays."""
        if self._websocket is not None and self._websocket.is_close_frame_sent:
            self.abort()
        elif self._loop.time() - self._last_traffic >= self._limits.idle_s:
            self.close(IDLE, "no data for 30 s", "idle")

    def buffered_bytes(self) -> int:
        """How much was written and not yet taken by the network."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    # Details.

    def _end(self) -> None:
        if not self.closing:
            self.closing = self._needs_care = True
            self._handler.on_closing()

    def _say_goodbye(self, code: int, reason: str) -> None:
        self._has_said_goodbye = True
        if self._websocket is not None:
            # By way of picows, which then knows that no other close frame may follow.
            self._websocket.send_close(code, reason)  # type: ignore[arg-type]  # takes those it has no name for too

    def _write_with_care(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > self._limits.buffer_hard_bytes:
            self._drop_slow()
        else:
            transport.write(data)

    def _drop_slow(self) -> None:
        self._slow_timer = None
        if self.closing:
            return
        self.close(SLOW, "client reads too slowly", "slow")

    def _take_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self._last_traffic = self._loop.time()
        kind = frame.msg_type
        if transport.is_close_frame_sent and not self._has_said_goodbye:
            # picows refused an earlier frame and hangs up in a moment; nothing after that frame counts.
            self._end()
        elif kind == WSMsgType.CLOSE:
            self._finish(transport, frame)
        elif self.closing:
            return
        elif frame.rsv1 or frame.rsv2 or frame.rsv3:
            self.close(PROTOCOL_ERROR, "no extension was agreed", "protocol")
        elif kind == WSMsgType.TEXT and frame.fin and not self._fragments:
            self._take_text(frame.get_payload_as_bytes())
        elif kind == WSMsgType.PING:
            self.deliver(pong_frame(frame.get_payload_as_bytes()))
        elif kind in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self._take_fragment(kind == WSMsgType.TEXT, frame)
        elif kind == WSMsgType.BINARY:
            self.close(NOT_TEXT, "text frames only", "protocol")

    def _take_fragment(self, first: bool, frame: WSFrame) -> None:
        if first == bool(self._fragments):
            self.close(PROTOCOL_ERROR, "fragments out of order", "protocol")
            return
        self._fragments.append(frame.get_payload_as_bytes())
        self._fragments_bytes += frame.payload_size
        if self._fragments_bytes > FRAME_BYTES_MAX or len(self._fragments) > FRAME_BYTES_MAX:
            self.close(TOO_BIG, "message too long", "protocol")
        elif frame.fin:
            text = b"".join(self._fragments)
            self._fragments, self._fragments_bytes = [], 0
            self._take_text(text)

    def _take_text(self, text: bytes) -> None:
        if text == b"ping":
            self.deliver(_PONG_TEXT)
            return
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            self.close(INVALID_TEXT, "text is not UTF-8", "protocol")
            return
        self._handler.on_text(text)

    def _finish(self, transport: WSTransport, frame: WSFrame) -> None:
        if self.frames:
            self.flush(self._loop.time())
        if not self.closing:
            self._end()
            self._say_goodbye(_answered_code(frame.get_payload_as_bytes()), "")
        transport.underlying_transport.close()


def _answered_code(payload: bytes) -> int:
    """The code that answers a client's close frame: its own, unless it has none or one that may not be sent."""
    if not payload:
        return GOING_AWAY
    code = int.from_bytes(payload[:2])
    return code if code in _SENT_CODES or _OWN_CODES_FROM <= code <= _OWN_CODES_TO else PROTOCOL_ERROR
