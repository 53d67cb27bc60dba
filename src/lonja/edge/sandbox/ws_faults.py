"""Faults of sockets: delayed, dropped and half-open connections, stalled and gapped feeds.

Why here: what a client sends and what it gets passes through here on its way in a sandbox, and nowhere else, so that
neither the protocol nor the feeds know of it. Delays are real time. Invariant: what is delayed keeps its order, within
a connection on the way in and within a channel on the way out.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable

from lonja.edge.orders import OPERATIONS
from lonja.edge.sandbox.fault_codes import struck_refusal
from lonja.edge.wire.control import instrument_in, login_key, pushed_channel
from lonja.edge.wire.ws_events import error, operation_reply
from lonja.edge.wire.ws_requests import Request, RequestError, parse_request
from lonja.edge.ws.connection import SLOW, Connection
from lonja.edge.ws.postman import Mailbox, Postman
from lonja.modules.identity.api import Identity
from lonja.modules.sandbox.api import FaultBook, FaultKind, Moment, Point, Strike

_WAITING_MAX = 1_000
"""Requests of one connection that may be held back."""
_CUTS = (FaultKind.DROP, FaultKind.OUTAGE)
_Send = Callable[[Iterable[Mailbox], bytes], None]


class _Socket:
    """What is known of one connection."""

    __slots__ = ("account", "connection", "counted", "due_s", "is_dead", "lines", "number", "pass_on", "waiting")

    def __init__(self, connection: Connection, pass_on: Callable[[bytes], None]) -> None:
        self.connection = connection
        self.counted = (-1, -1)
        self.number = 0
        self.pass_on = pass_on
        self.account = -1
        self.is_dead = False
        self.waiting: deque[bytes] = deque()
        self.due_s = 0.0
        self.lines: dict[str, _Line] = {}


class _Line:
    """Frames of one channel that are held back."""

    __slots__ = ("due_s", "frames")

    def __init__(self) -> None:
        self.frames: deque[tuple[float, bytes]] = deque()
        self.due_s = 0.0


class SocketFaults:
    """Lets the faults of ``book`` happen to WebSocket connections."""

    def __init__(self, book: FaultBook, identity: Identity, clock: Callable[[], int]) -> None:
        """``identity`` tells whose key a login names, ``clock`` the exchange's time in ms."""
        self._book = book
        self._identity = identity
        self._clock = clock
        self._sockets: dict[Mailbox, _Socket] = {}
        self._numbers: Counter[tuple[int, str]] = Counter()
        self._day = book.day
        self._marked: set[Mailbox] = set()
        """Sockets that are dead or have frames held back, whatever rules there are now."""

    def postman(self) -> Postman:
        """Who delivers what the house sends."""
        return _TroubledPostman(self, self._book, self._marked)

    def opened(self, connection: Connection, on_text: Callable[[bytes], None]) -> Callable[[bytes], None]:
        """A connection is open: ``on_text`` as it behaves on a bad day."""
        socket = self._sockets[connection] = _Socket(connection, on_text)

        def troubled(text: bytes) -> None:
            if self._book.is_active or socket.is_dead or socket.waiting or socket.account < 0:
                self._take(socket, text)
            else:
                on_text(text)

        moment = Moment(Point.CONNECT, connection.endpoint, ("ws connect", "connect"), -1, "", self._number(socket))
        self._cut(socket, self._book.strike(moment))
        return troubled

    def closed(self, connection: Connection) -> None:
        """A connection is gone."""
        self._sockets.pop(connection, None)
        self._marked.discard(connection)

    # What clients send.

    def _take(self, socket: _Socket, text: bytes) -> None:
        if socket.is_dead:
            return
        try:
            request = parse_request(text)
        except RequestError:
            self._pass_on(socket, text, 0)
            return
        self._learn_account(socket, request)
        strikes = self._book.strike(self._moment(socket, request))
        late = [strike for strike in strikes if strike.rule.after]
        if self._cut(socket, [strike for strike in strikes if not strike.rule.after]):
            return
        refused = next((strike.rule for strike in strikes if strike.rule.kind is FaultKind.ERROR), None)
        if refused is not None:
            socket.connection.send_text(self._refusal(socket, request, refused.code))
            return
        delay_ms = sum(strike.delay_ms for strike in strikes if strike.rule.kind is FaultKind.LATENCY)
        self._pass_on(socket, text, delay_ms)
        self._cut(socket, late)

    def _learn_account(self, socket: _Socket, request: Request) -> None:
        """Whose key a login names. A client that claims another's key only invites the faults meant for it."""
        if request.op == "login" and request.args:
            key = self._identity.find_key(login_key(request.args[0]))
            socket.account = socket.account if key is None else key.account

    def _number(self, socket: _Socket) -> int:
        """Which connection of its account and endpoint it is, in order of the day.

        Counted apart for each account, so that connections of others do not change a client's day.
        """
        counted = (self._book.day, socket.account)
        if socket.counted != counted:
            if self._day != self._book.day:
                self._day = self._book.day
                self._numbers.clear()
            socket.counted = counted
            client = (socket.account, socket.connection.endpoint)
            self._numbers[client] += 1
            socket.number = self._numbers[client]
        return socket.number

    def _moment(self, socket: _Socket, request: Request) -> Moment:
        instrument = instrument_in(request.args[0] if request.args else {})
        names = (f"ws {request.op[:40]}", request.op[:40])
        return Moment(
            Point.REQUEST, socket.connection.endpoint, names, socket.account, instrument, self._number(socket)
        )

    def _pass_on(self, socket: _Socket, text: bytes, delay_ms: int) -> None:
        if not delay_ms and not socket.waiting:
            socket.pass_on(text)
            return
        if len(socket.waiting) >= _WAITING_MAX:
            socket.connection.close(SLOW, "too many requests wait", "slow")
            return
        loop = asyncio.get_running_loop()
        # Never before what was sent earlier: a connection keeps its order.
        socket.due_s = max(socket.due_s, loop.time() + delay_ms / 1000)
        socket.waiting.append(text)
        loop.call_at(socket.due_s, self._pass_first, socket)

    def _pass_first(self, socket: _Socket) -> None:
        text = socket.waiting.popleft()
        if not socket.is_dead and not socket.connection.closing:
            socket.pass_on(text)

    def _refusal(self, socket: _Socket, request: Request, code: str) -> bytes:
        reason = struck_refusal(code)
        if request.op in OPERATIONS:
            now_us = self._clock() * 1000
            return operation_reply(request.id, request.op, code, reason.message, [], now_us, now_us)
        return error(RequestError(reason.code, reason.message, request.id), socket.connection.id)

    def _cut(self, socket: _Socket, strikes: list[Strike]) -> bool:
        """Cut the connection, or let it go deaf and dumb; whether one of ``strikes`` wants that."""
        for strike in strikes:
            if strike.rule.kind in _CUTS:
                socket.is_dead = True
                socket.connection.end_reason = "fault"
                socket.connection.abort()
            elif strike.rule.kind is FaultKind.HALF_OPEN:
                socket.is_dead = True
        if socket.is_dead:
            self._marked.add(socket.connection)
        return socket.is_dead

    # What the house sends.

    def send(self, mailboxes: Iterable[Mailbox], frame: bytes, send: _Send) -> None:
        """Give ``frame`` to those of ``mailboxes`` that are to have it now; hold it back or lose it for others."""
        pushed = pushed_channel(frame)
        if pushed is None:
            send([box for box in mailboxes if not self._is_dead(box)], frame)
            return
        channel, instrument = pushed
        now = [box for box in mailboxes if self._passes(box, channel, instrument, frame, send)]
        if now:
            send(now, frame)

    def _is_dead(self, box: Mailbox) -> bool:
        socket = self._sockets.get(box)
        return socket is not None and socket.is_dead

    def _passes(self, box: Mailbox, channel: str, instrument: str, frame: bytes, send: _Send) -> bool:
        socket = self._sockets.get(box)
        if socket is None:
            return True
        moment = Moment(
            Point.PUSH, socket.connection.endpoint, (channel,), socket.account, instrument, self._number(socket)
        )
        if socket.is_dead or self._cut(socket, strikes := self._book.strike(moment)):
            return False
        if any(strike.rule.kind is FaultKind.GAP for strike in strikes):
            return False
        delay_ms = sum(strike.delay_ms for strike in strikes)
        line_name = f"{channel}|{instrument}"
        if not delay_ms and line_name not in socket.lines:
            return True
        self._hold(socket, line_name, delay_ms, frame, send)
        return False

    def _hold(self, socket: _Socket, name: str, delay_ms: int, frame: bytes, send: _Send) -> None:
        """Keep ``frame`` back, and what follows it on its channel."""
        loop = asyncio.get_running_loop()
        self._marked.add(socket.connection)
        line = socket.lines.setdefault(name, _Line())
        line.due_s = max(line.due_s, loop.time() + delay_ms / 1000)
        line.frames.append((line.due_s, frame))
        if len(line.frames) == 1:
            loop.call_at(line.due_s, self._release, socket, name, send)

    def _release(self, socket: _Socket, name: str, send: _Send) -> None:
        loop, line = asyncio.get_running_loop(), socket.lines[name]
        while line.frames and line.frames[0][0] <= loop.time():
            frame = line.frames.popleft()[1]
            if not socket.is_dead and not socket.connection.closing:
                send((socket.connection,), frame)
        if line.frames:
            loop.call_at(line.frames[0][0], self._release, socket, name, send)
        else:
            del socket.lines[name]
            if not socket.lines and not socket.is_dead:
                self._marked.discard(socket.connection)


class _TroubledPostman(Postman):
    """A postman whose letters may be late or lost."""

    def __init__(self, faults: SocketFaults, book: FaultBook, marked: set[Mailbox]) -> None:
        super().__init__()
        self._faults = faults
        self._book = book
        self._marked = marked

    def send(self, mailboxes: Iterable[Mailbox], frame: bytes) -> None:
        """Give ``frame`` to those who are to have it."""
        if self._book.is_active or self._marked:
            self._faults.send(mailboxes, frame, super().send)
        else:
            super().send(mailboxes, frame)
