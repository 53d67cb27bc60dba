"""Commands on their way to the journal: packed, waiting, stamped with the time.

Why here: the sequencer reads better when the bytes are handled elsewhere.
Invariant: an entry, that is what one sender sent at once, is never split over two batches.
"""

import asyncio
import struct
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import structlog

from lonja.core.commands import Command
from lonja.core.layout import TIME_OFFSET, WORD_BYTES, encode_command
from lonja.core.views import Outcome
from lonja.engine.api import Answer, IsLate
from lonja.engine.limits import EngineLimits
from lonja.primitives.errors import LonjaError

_log = structlog.get_logger("lonja.engine")
_WORD = struct.Struct("<q")
_OUTCOME = struct.Struct("<qq")


class Entry(NamedTuple):
    """Packed commands of one sender; ``answer`` is None when nobody waits, ``is_late`` when they may wait for ever."""

    records: bytes
    command_count: int
    answer: Answer | None
    is_late: IsLate | None = None


class CommandQueue:
    """Entries in the order of arrival."""

    def __init__(self, limits: EngineLimits) -> None:
        """Empty."""
        self._limits = limits
        self._entries: deque[Entry] = deque()
        self.count = 0

    def has_room(self, count: int) -> bool:
        """Whether ``count`` more commands may wait."""
        return self.count + count <= self._limits.queue_commands_max

    def add(self, entry: Entry) -> None:
        """Let ``entry`` wait."""
        self._entries.append(entry)
        self.count += entry.command_count

    def take_batch(self) -> list[Entry]:
        """Remove what goes into the next group commit: all that waits, up to the limits, at least one entry."""
        taken: list[Entry] = []
        commands = size = 0
        while self._entries:
            entry = self._entries[0]
            commands += entry.command_count
            size += len(entry.records)
            if taken and (commands > self._limits.batch_commands_max or size > self._limits.batch_bytes_max):
                break
            if len(taken) == self._limits.batch_entries_max:
                break
            taken.append(self._entries.popleft())
            self.count -= entry.command_count
        return taken

    def take_all(self) -> list[Entry]:
        """Remove everything."""
        taken = list(self._entries)
        self._entries.clear()
        self.count = 0
        return taken


def apart_late(entries: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    """The entries whose senders still want them, and the others."""
    if all(entry.is_late is None for entry in entries):
        return entries, []
    wanted, late = list[Entry](), list[Entry]()
    for entry in entries:
        (late if entry.is_late is not None and entry.is_late() else wanted).append(entry)
    return wanted, late


def settle(future: asyncio.Future[list[Outcome]], answer: list[Outcome] | LonjaError) -> None:
    """Pass ``answer`` on to whoever awaits ``future``, unless they gave up."""
    if future.done():
        return
    if isinstance(answer, LonjaError):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def pack(command: Command) -> bytes | None:
    """``command`` as a packed record, or None when a field has a value that no record can hold."""
    try:
        return encode_command(command)
    except (struct.error, TypeError, ValueError, AttributeError):
        return None


def in_chunks(records: Iterable[bytes], limits: EngineLimits) -> Iterator[list[bytes]]:
    """``records`` in order, cut into lists that each fit one group commit."""
    chunk: list[bytes] = []
    size = 0
    for record in records:
        if chunk and (len(chunk) == limits.batch_commands_max or size + len(record) > limits.batch_bytes_max):
            yield chunk
            chunk, size = [], 0
        chunk.append(record)
        size += len(record)
    if chunk:
        yield chunk


def stamped(entries: Iterable[Entry], time_ms: int) -> bytes:
    """The records of all entries with ``time_ms`` written into each."""
    body = bytearray(b"".join([entry.records for entry in entries]))
    offset, end = 0, len(body)
    read_word, write_word = _WORD.unpack_from, _WORD.pack_into
    while offset < end:
        write_word(body, offset + TIME_OFFSET, time_ms)
        offset += read_word(body, offset)[0] * WORD_BYTES
    return bytes(body)


def unpack_outcomes(packed: bytes) -> list[Outcome]:
    """Outcomes as the core packs them: two words each."""
    return [Outcome(rejection, identity) for rejection, identity in _OUTCOME.iter_unpack(packed)]


def _tell(answer: Answer, told: list[Outcome] | LonjaError) -> None:
    try:
        answer(told)
    except Exception:  # noqa: BLE001  a callback may raise anything
        # What is applied is applied; the fault of one sender is no reason to leave the others without an answer.
        _log.exception("a sender could not take its answer")


def answer_with_outcomes(entries: Iterable[Entry], outcomes: list[Outcome]) -> None:
    """Give each sender that waits its share of ``outcomes``."""
    position = 0
    for entry in entries:
        if entry.answer is not None:
            _tell(entry.answer, outcomes[position : position + entry.command_count])
        position += entry.command_count


def answer_with_error(entries: Iterable[Entry], error: LonjaError) -> int:
    """Tell each sender that waits, with an error object of its own; how many commands that was."""
    count = 0
    for entry in entries:
        count += entry.command_count
        if entry.answer is not None:
            _tell(entry.answer, type(error)(error.message, error.remedy))
    return count
