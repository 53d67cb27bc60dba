"""Sessions over WebSocket in which hostile frames are sent, and every one of them must get its answer."""

import json
import random
import re
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any, Final

import msgspec

from lonja.edge.wire.ws_requests import ARGS_BYTES_MAX
from lonja.edge.ws.connection import FRAME_BYTES_MAX
from tests.fuzz.attack import ComplaintError
from tests.fuzz.documented import (
    CHANNEL_NAMES,
    CLOSE_CODES,
    NOTICES,
    OPERATION_EVENTS,
    SOCKET_CODES,
    SOCKET_ERRORS,
)
from tests.fuzz.hostile import Scene
from tests.fuzz.raw_socket import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    PING,
    PONG,
    TEXT,
    EndedError,
    Frame,
    RawSocket,
    framed,
)

WAIT_S: Final = 20.0
ENDPOINTS: Final = ("public", "private", "business")
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_DECODER: Final = msgspec.json.Decoder(float_hook=str)


class ClosedError(Exception):
    """The exchange closed the connection in a way that is documented for what was sent."""


def asked(text: bytes) -> tuple[str, int]:
    """What a message asks for ("" when it is illegal) and how many answers it gets, as documented."""
    try:
        message = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return "", 1
    if not isinstance(message, dict) or not isinstance(message.get("op"), str) or message["op"] in ("", "ping"):
        return "", 1
    op, name, args = message["op"], message.get("id"), message.get("args")
    is_named = name in (None, "") or (
        isinstance(name, (str, int)) and not isinstance(name, bool) and _ID.fullmatch(_text(name)) is not None
    )
    if not isinstance(args, list) or not all(isinstance(arg, dict) for arg in args):
        return op, 1
    is_each_answered = op in ("subscribe", "unsubscribe") and is_named and len(text) <= ARGS_BYTES_MAX
    return op, max(len(args), 1) if is_each_answered else 1


def _text(value: str | int) -> str:
    try:
        return str(value)
    except ValueError:  # longer than Python is willing to print
        return ""


class Talk:
    """One connection: what was sent on it, and what must come back."""

    def __init__(self, socket: RawSocket, scene: Scene, counted: Counter[str]) -> None:
        self.socket = socket
        self.scene = scene
        self.counted = counted
        self.may_close: set[int] = set()
        self._due = 0
        self._text_pongs = 0
        self._pongs: deque[bytes] = deque()
        self._last = b""

    def say(self, text: bytes, cuts: int = 0) -> None:
        """Send a message, in ``cuts`` + 1 fragments with a ping between them."""
        if text == b"ping":
            self._text_pongs += 1
        else:
            op, answers = asked(text)
            self._due += answers
            if op == "login":
                self.may_close.add(4001)
            self._last = text
        at = sorted(self.scene.chance.randrange(len(text) + 1) for _ in range(cuts))
        parts = [text[begin:end] for begin, end in zip([0, *at], [*at, len(text)], strict=True)]
        for number, part in enumerate(parts):
            kind, flags = CONTINUATION if number else TEXT, FIN if number == cuts else 0
            self.send(framed(kind, part, first=flags))
            if number < cuts:
                self.ping(b"between")

    def ping(self, payload: bytes) -> None:
        self._pongs.append(payload)
        self.send(framed(PING, payload))

    def send(self, data: bytes) -> None:
        self.counted["frames"] += 1
        try:
            self.socket.send(data)
        except EndedError:
            self._ended()

    def settle(self) -> None:
        """Read until everything was answered. Raises ``ClosedError`` and ``ComplaintError``."""
        self.say(b"ping")
        deadline = time.monotonic() + WAIT_S
        while self._due or self._pongs or self._text_pongs:
            try:
                self._take(self.socket.frame(deadline))
            except TimeoutError:
                missing = (self._due, len(self._pongs), self._text_pongs)
                raise ComplaintError(f"{missing} answers are missing, last sent {self._last[:500]!r}") from None
            except EndedError:
                self._ended()

    def finish(self, codes: set[int]) -> None:
        """Read to the end of the connection, which is closed with one of ``codes``; none: without a word."""
        self.may_close |= codes
        deadline = time.monotonic() + WAIT_S
        try:
            while True:
                self._take(self.socket.frame(deadline))
        except ClosedError:
            self._hung_up(deadline)
        except EndedError:
            self._ended(is_silent=not codes)
        except TimeoutError:
            raise ComplaintError(f"the connection stays open, {codes} was expected") from None

    def _hung_up(self, deadline: float) -> None:
        try:
            raise ComplaintError(f"{self.socket.frame(deadline)} after the close frame")
        except EndedError:
            return
        except TimeoutError:
            raise ComplaintError("the connection stays open after its close frame") from None

    def _ended(self, *, is_silent: bool = False) -> None:
        # What the exchange says before it hangs up can be lost when it had not read all of ours.
        if is_silent or self.may_close:
            raise ClosedError
        raise ComplaintError(f"it hung up without a word, last sent {self._last[:500]!r}")

    def _take(self, frame: Frame) -> None:
        if frame.kind == CLOSE:
            self.counted[f"close {frame.close_code}"] += 1
            if frame.close_code not in self.may_close:
                raise ComplaintError(f"closed with {frame}, last sent {self._last[:500]!r}")
            raise ClosedError
        if frame.kind == PONG:
            if not self._pongs or self._pongs.popleft() != frame.payload:
                raise ComplaintError(f"{frame} answers no ping")
        elif frame.kind != TEXT:
            raise ComplaintError(f"{frame} is no text")
        elif frame.payload == b"pong":
            self._text_pongs -= 1
        elif self._is_answer(json.loads(frame.payload)):
            self._due -= 1
        if self._due < 0 or self._text_pongs < 0:
            raise ComplaintError(f"more answers than requests: {frame.payload[:500]!r}, last sent {self._last[:500]!r}")

    def _is_answer(self, told: dict[str, Any]) -> bool:
        """Whether this is the answer to a request; complains of what is not documented."""
        if "event" in told:
            return self._is_event(told)
        if "op" in told:
            self._check_reply(told)
            return True
        self.counted["pushes"] += 1
        if told["arg"]["channel"] not in CHANNEL_NAMES or not isinstance(told["data"], list):
            raise ComplaintError(f"a push of no channel: {told}")
        return False

    def _is_event(self, told: dict[str, Any]) -> bool:
        name = told["event"]
        self.counted[f"event {name} {told.get('code', '')}"] += 1
        if not isinstance(told["connId"], str) or (name == "error" and told["code"] not in SOCKET_ERRORS):
            raise ComplaintError(f"an undocumented event: {told}")
        if name not in (*OPERATION_EVENTS, *NOTICES):
            raise ComplaintError(f"an unknown event: {told}")
        return name in OPERATION_EVENTS

    def _check_reply(self, told: dict[str, Any]) -> None:
        codes = SOCKET_CODES[told["op"]]
        rows = [row["sCode"] for row in told["data"] if "sCode" in row]
        for code in (told["code"], *rows):
            self.counted[f"{told['op']} {code}"] += 1
            if code not in codes:
                raise ComplaintError(f"an undocumented code: {told}, last sent {self._last[:500]!r}")
        self.scene.order_ids += [row["ordId"] for row in told["data"] if row.get("sCode") == "0"]


# What is done on a connection that goes on.


def _message(talk: Talk) -> None:
    talk.say(talk.scene.message())


def _fragments(talk: Talk) -> None:
    talk.say(talk.scene.message(), talk.scene.chance.choice((1, 2, 30)))


def _bytewise(talk: Talk) -> None:
    """A frame that arrives in pieces."""
    talk.say(b"ping")
    data = framed(TEXT, b"ping")
    talk._text_pongs += 1
    for at in range(0, len(data), 3):
        talk.send(data[at : at + 3])


def _pings(talk: Talk) -> None:
    for number in range(talk.scene.chance.choice((1, 100))):
        talk.ping(b"%d" % number * talk.scene.chance.choice((1, 30)))


def _unasked_pong(talk: Talk) -> None:
    talk.send(framed(PONG, b"nobody asked"))


MOVES: Final[tuple[Callable[[Talk], None], ...]] = (
    *(_message,) * 30,
    *(_fragments,) * 4,
    _bytewise,
    _pings,
    _unasked_pong,
)

# How a connection ends: what is sent, and the codes it may be closed with.

_TOO_LONG: Final = b"x" * (FRAME_BYTES_MAX + 1)
_HALF: Final = b"x" * (FRAME_BYTES_MAX // 2 + 1)
ENDINGS: Final[tuple[tuple[bytes, set[int]], ...]] = (
    (framed(CLOSE, b"\x03\xe8bye"), {1000}),
    (framed(CLOSE, b"\x0f\xa0"), {4000}),
    (framed(CLOSE, b""), {1001}),
    (framed(CLOSE, b"\x03"), {1002}),
    (framed(CLOSE, b"\x00\x00"), {1002}),
    (framed(CLOSE, b"\x03\xed"), {1002}),
    (framed(CLOSE, b"\x03\xe8" + b"x" * 200), {1002}),
    (framed(BINARY, b"\x00\x01"), {1003}),
    (framed(TEXT, b"x", first=0) + framed(BINARY, b"x"), {1003}),
    (framed(TEXT, b"\xff\xfe"), {1007}),
    (framed(TEXT, b"\xed\xa0\x80"), {1007}),
    (framed(TEXT, b"\xc3", first=0) + framed(CONTINUATION, b"\x28"), {1007}),
    (framed(TEXT, _TOO_LONG), {1009}),
    (framed(TEXT, _HALF, first=0) + framed(CONTINUATION, _HALF), {1009}),
    (b"\x81\xff\x7f" + b"\xff" * 7 + b"mask", {1009}),
    (b"\x81\xff" + b"\xff" * 8 + b"mask", {1002}),
    (framed(TEXT, b"x", first=0) + framed(TEXT, b"x"), {1002}),
    (framed(CONTINUATION, b"x"), {1002}),
    (framed(TEXT, b"ping", masked=False), {1002}),
    (framed(TEXT, b"ping", first=FIN | 0x40), {1002}),
    (framed(PING, b"x", first=FIN | 0x10), {1002}),
    (framed(PING, b"x", first=0), {1002}),
    (framed(PING, b"x" * 126), {1002}),
    (framed(3, b"x"), {1002}),
    (framed(11, b"x"), {1002}),
)


def _end(talk: Talk, chance: random.Random) -> None:
    lot = chance.random()
    if lot < 0.1:
        talk.socket.reset()
        return
    if lot < 0.3:
        talk.say(talk.scene.message())
        talk.send(framed(TEXT, b"never finished")[: chance.randrange(2, 10)])
        talk.socket.half_close()
        talk.finish(set())
        return
    data, codes = chance.choice(ENDINGS)
    assert codes <= CLOSE_CODES | {1000, 4000}
    talk.may_close |= codes
    talk.send(data)
    if chance.random() < 0.5:
        # A second goodbye after their own is refused, if it is read at all.
        codes = codes | ({1002} if data[0] == FIN | CLOSE else set())
        talk.send(framed(CLOSE, int.to_bytes(min(codes), 2)) + framed(TEXT, b"after the end"))
    talk.finish(codes)


def one_session(url: str, scene: Scene, counted: Counter[str]) -> None:
    """A connection from its beginning to some end, as the chance of the scene has it."""
    chance = scene.chance
    endpoint = chance.choice(ENDPOINTS)
    counted["connections"] += 1
    with RawSocket(f"{url}/{endpoint}") as socket:
        socket.upgrade()
        talk = Talk(socket, scene, counted)
        try:
            if chance.random() < (0.3 if endpoint == "public" else 0.85):
                talk.say(json.dumps(scene.login()).encode())
                talk.settle()
                talk.may_close.clear()
            for _ in range(chance.randrange(1, 12)):
                for _ in range(chance.choice((1, 3, 20))):
                    chance.choice(MOVES)(talk)
                talk.settle()
            _end(talk, chance)
        except ClosedError:
            counted["closed"] += 1
