"""A saved state with what recovery must know about it: where in history it stands and what its hash was.

Why here: the port stores bytes; this gives them a meaning. Layout: one line of JSON, then the dumped state.
Invariant: a snapshot that does not give back its own hash is not used.
"""

import json
import struct
from typing import NamedTuple

from lonja.core.hashing import hash_of_dump, state_hash
from lonja.core.snapshot import MAGIC, VERSION, dump_state, load_state
from lonja.core.state import State
from lonja.core.state_views import StateViews
from lonja.primitives.errors import DataCorruptError, DataVersionError

FORMAT = 1


class SnapshotHead(NamedTuple):
    """Where a state stands: after all commands before ``next_command`` and all events up to ``last_sequence``."""

    format: int
    shard: int
    epoch: int
    next_command: int
    last_sequence: int
    event_digest: str
    state_hash: str


def pack_snapshot(state: State, shard: int, epoch: int, next_command: int, event_digest: bytes) -> bytes:
    """``state`` and its head as bytes."""
    dumped = dump_state(state)
    last_sequence = StateViews(state).last_sequence()
    head = SnapshotHead(FORMAT, shard, epoch, next_command, last_sequence, event_digest.hex(), hash_of_dump(dumped))
    return json.dumps(head._asdict()).encode() + b"\n" + dumped


def read_head(data: bytes) -> SnapshotHead:
    """The head of a packed snapshot. Raises ``DataVersionError`` for one of another version, also of its state."""
    end = data.index(b"\n")
    fields = json.loads(data[:end])
    if fields.get("format") != FORMAT:
        raise DataVersionError(f"The snapshot has format {fields.get('format')}, this program reads {FORMAT}.")
    magic, version = struct.unpack_from("<qq", data, end + 1)
    if (magic, version) != (MAGIC, VERSION):
        raise DataVersionError(f"The state in the snapshot has version {version}, this program reads {VERSION}.")
    return SnapshotHead(**fields)


def unpack_snapshot(data: bytes) -> tuple[SnapshotHead, State]:
    """Head and state, verified. Raises ``DataVersionError`` or ``DataCorruptError``."""
    head = read_head(data)
    state = load_state(data[data.index(b"\n") + 1 :])
    if (found := state_hash(state)) != head.state_hash:
        raise DataCorruptError(f"The snapshot before command {head.next_command} has hash {found}, not its own.")
    return head, state
