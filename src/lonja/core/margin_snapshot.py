"""Leverages beyond those of single positions as the last part of a snapshot.

Why here: ``snapshot`` is long. Invariant: the part is missing while nobody has chosen any.
"""

from typing import Final

from librt.strings import BytesWriter, write_i64_le
from mypy_extensions import i64

from lonja.core.cursor import Cursor
from lonja.core.state import State

MARGINS: Final[i64] = -3
"""Begins the part; what may stand there otherwise is the beginning of a part before."""


def dump_margins(state: State, out: BytesWriter) -> None:
    """Write the part."""
    if not state.family_leverages:
        return
    write_i64_le(out, MARGINS)
    write_i64_le(out, len(state.family_leverages))
    for key, leverage in sorted(state.family_leverages.items()):
        for value in (*key, leverage):
            write_i64_le(out, value)


def load_margins(state: State, cursor: Cursor) -> None:
    """Read the part. Raises ``ValueError`` when it is something else."""
    if cursor.word() != MARGINS:
        raise ValueError("bytes left over after the snapshot")
    for _ in range(cursor.word()):
        account: int = cursor.word()
        family: int = cursor.word()
        side: int = cursor.word()
        state.family_leverages[account, family, side] = cursor.word()
