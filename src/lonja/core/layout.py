"""Packed records: how a command or event becomes bytes and comes back.

A record is ``[words, kind, field ...]`` in little-endian 8-byte words; text takes two or four words. The journal, the
event stream and snapshots hold nothing else. Invariant: ``decode(encode(record)) == record`` with the same type.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Generic, TypeVar

from lonja.core.commands import COMMAND_KINDS, Command
from lonja.core.events import EVENT_KINDS, Event
from lonja.core.texts import Text16, Text32

WORD_BYTES = 8
TIME_OFFSET = 2 * WORD_BYTES
"""Where a command keeps its ``time_ms``: the sequencer stamps it there."""

_FORMATS: dict[object, str] = {int: "q", Text16: "16s", Text32: "32s"}
_PREFIX = struct.Struct("<qq")
_R = TypeVar("_R")


class Codec(Generic[_R]):
    """Packs and unpacks one record type."""

    def __init__(self, record_type: type[Any], kind: int) -> None:
        """Derive the layout from the annotations of ``record_type``, in order."""
        annotations = [record_type.__annotations__[name] for name in record_type._fields]
        self.record_type = record_type
        self.kind = kind
        self._struct = struct.Struct("<qq" + "".join(_FORMATS[annotation] for annotation in annotations))
        self._fields = struct.Struct("<16x" + "".join(_FORMATS[annotation] for annotation in annotations))
        # The struct above gives as many values as the record has fields, so the check that ``_make`` does is left out.
        self._make: Callable[[Iterable[Any]], _R] = partial(tuple.__new__, record_type)
        self._texts = tuple(i for i, annotation in enumerate(annotations) if annotation is not int)
        self._widths = [int(_FORMATS[annotation][:-1] or 0) for annotation in annotations]
        self.size_bytes = self._struct.size
        self.words = self.size_bytes // WORD_BYTES

    def encode(self, record: Any) -> bytes:
        """``record`` as bytes. Raises ``struct.error`` for values that cannot be stored.

        ``struct`` alone would cut long text and pad with what text may not contain, so both are refused here.
        """
        if not self._texts:
            return self._struct.pack(self.words, self.kind, *record)
        fields: list[Any] = list(record)
        for index in self._texts:
            text = fields[index]
            if len(text) > self._widths[index] or not (text.isascii() and text.isprintable()):
                raise struct.error(f"text that does not fit: {text!r}")
            fields[index] = text.encode("ascii")
        return self._struct.pack(self.words, self.kind, *fields)

    def decode(self, data: bytes | memoryview, offset: int) -> _R:
        """The record at ``offset`` bytes."""
        packed = self._fields.unpack_from(data, offset)
        if not self._texts:
            return self._make(packed)
        fields: list[Any] = list(packed)
        for index in self._texts:
            fields[index] = fields[index].rstrip(b"\0").decode("ascii")
        return self._make(fields)

    def word_offset(self, field: str) -> int:
        """Index of the first word of ``field`` within the record."""
        names = self.record_type._fields
        before = "".join(_FORMATS[self.record_type.__annotations__[name]] for name in names[: names.index(field)])
        return 2 + struct.calcsize("<" + before) // WORD_BYTES


COMMAND_CODECS: dict[type[Command], Codec[Command]] = {t: Codec(t, k) for t, k in COMMAND_KINDS.items()}
EVENT_CODECS: dict[type[Event], Codec[Event]] = {t: Codec(t, k) for t, k in EVENT_KINDS.items()}
_COMMANDS_BY_KIND = {codec.kind: codec for codec in COMMAND_CODECS.values()}
_EVENTS_BY_KIND = {codec.kind: codec for codec in EVENT_CODECS.values()}


def encode_command(command: Command) -> bytes:
    """``command`` as a packed record."""
    return COMMAND_CODECS[type(command)].encode(command)


def decode_command(data: bytes | memoryview, offset: int) -> Command:
    """The command at ``offset`` bytes. Raises ``KeyError`` for an unknown kind."""
    return _COMMANDS_BY_KIND[_PREFIX.unpack_from(data, offset)[1]].decode(data, offset)


def decode_commands(data: bytes | memoryview) -> Iterator[Command]:
    """The commands packed one after another in ``data``."""
    offset = 0
    while offset < len(data):
        words, kind = _PREFIX.unpack_from(data, offset)
        yield _COMMANDS_BY_KIND[kind].decode(data, offset)
        offset += words * WORD_BYTES


def decode_events(data: bytes | memoryview) -> Iterator[Event]:
    """The events packed one after another in ``data``."""
    offset = 0
    while offset < len(data):
        words, kind = _PREFIX.unpack_from(data, offset)
        yield _EVENTS_BY_KIND[kind].decode(data, offset)
        offset += words * WORD_BYTES
