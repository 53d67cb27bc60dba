"""A WebSocket client that may break every rule: frames as bytes, half-closes, resets. What comes back is held to the
rules strictly."""

import contextlib
import os
import socket
import struct
import time
from typing import NamedTuple, Self
from urllib.parse import urlsplit

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
FIN = 0x80
UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Frame(NamedTuple):
    """One frame of the server."""

    kind: int
    payload: bytes

    @property
    def close_code(self) -> int:
        """The code of a close frame; 1005 when it has none."""
        return int.from_bytes(self.payload[:2]) if len(self.payload) >= 2 else 1005


class EndedError(Exception):
    """The server hung up."""


def framed(kind: int, payload: bytes, *, first: int = FIN, masked: bool = True) -> bytes:
    """A client's frame; ``first`` holds the flags beside the kind."""
    size, mark = len(payload), 0x80 if masked else 0
    if size > 0xFFFF:
        length = struct.pack("!BQ", mark | 127, size)
    else:
        length = struct.pack("!BH", mark | 126, size) if size > 125 else bytes((mark | size,))
    if not masked:
        return bytes((first | kind,)) + length + payload
    mask = os.urandom(4)
    repeated = (mask * (size // 4 + 1))[:size]
    hidden = (int.from_bytes(payload) ^ int.from_bytes(repeated)).to_bytes(size)
    return bytes((first | kind,)) + length + mask + hidden


class RawSocket:
    """One connection, until the end of the ``with`` block."""

    def __init__(self, url: str, *, wait_s: float = 10.0) -> None:
        self._where = urlsplit(url)
        self._wait_s = wait_s
        self._socket = socket.create_connection((self._where.hostname, self._where.port), timeout=wait_s)
        self._read = bytearray()
        self._unsent = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def upgrade(self) -> None:
        self.send(UPGRADE.format(path=self._where.path, host=self._where.netloc).encode())
        head = self.head()
        assert head.startswith(b"HTTP/1.1 101 "), head[:200]

    def send(self, data: bytes) -> None:
        """Raises ``EndedError`` when the server has hung up."""
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise EndedError from error

    def send_some(self, data: bytes) -> None:
        """Send as much of it as is taken at once, after what was not taken before. Raises ``EndedError``."""
        self._unsent += data if len(self._unsent) < len(data) else b""
        self._socket.setblocking(False)
        try:
            del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            return
        except (BrokenPipeError, ConnectionResetError) as error:
            raise EndedError from error

    def half_close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Hang up without a goodbye; what is under way is lost."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def head(self) -> bytes:
        """The head of an HTTP answer, or what there was of it when the server hung up."""
        while b"\r\n\r\n" not in self._read:
            try:
                self._more(time.monotonic() + self._wait_s)
            except EndedError:
                break
        head, end, rest = bytes(self._read).partition(b"\r\n\r\n")
        self._read = bytearray(rest)
        return head + end

    def rest(self) -> bytes:
        """All until the server hangs up. Raises ``TimeoutError``."""
        deadline = time.monotonic() + self._wait_s
        with contextlib.suppress(EndedError):
            while True:
                self._more(deadline)
        return bytes(self._read)

    def frame(self, deadline: float) -> Frame:
        """The next frame. Raises ``EndedError``, and ``TimeoutError`` when none comes until then."""
        while (found := self._whole()) is None:
            self._more(deadline)
        return found

    def _whole(self) -> Frame | None:
        read = self._read
        if len(read) < 2:
            return None
        assert read[0] & 0x70 == 0, "an extension bit is set"
        assert read[0] & FIN, "a frame in parts"
        assert read[1] < 0x80, "a masked frame"
        at, size = 2, int(read[1])
        if size > 125:
            at = 4 if size == 126 else 10
            if len(read) < at:
                return None
            size = int.from_bytes(read[2:at])
        if len(read) < at + size:
            return None
        found = Frame(read[0] & 0x0F, bytes(read[at : at + size]))
        del read[: at + size]
        return found

    def _more(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        try:
            data = self._socket.recv(65_536)
        except ConnectionResetError as error:
            raise EndedError from error
        if not data:
            raise EndedError
        self._read += data
