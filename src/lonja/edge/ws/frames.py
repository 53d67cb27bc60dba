"""WebSocket frames as byte strings, built once and sent to many.

Why here: frames from server to client carry no mask, so one byte string serves every subscriber of a channel, and
several frames joined are one write. Invariant: every frame is final and uncompressed.
"""

import struct

_SHORT_MAX = 125
_MEDIUM_MAX = 0xFFFF
_TEXT = 0x81
_PONG = 0x8A


def text_frame(payload: bytes) -> bytes:
    """A text frame around UTF-8 ``payload``."""
    return _header(_TEXT, len(payload)) + payload


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping frame; ``payload`` is at most 125 bytes."""
    return _header(_PONG, len(payload)) + payload


def _header(first: int, size: int) -> bytes:
    if size <= _SHORT_MAX:
        return bytes((first, size))
    if size <= _MEDIUM_MAX:
        return struct.pack("!BBH", first, 126, size)
    return struct.pack("!BBQ", first, 127, size)
