"""The other form of the core, compiled or interpreted, lives the same lives again and must tell the same.

Why here: one process runs one form, so another process, started with the switch turned, judges the lives of this one.
It replays their journals, which costs little beside the checks that the first life went through.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from lonja.compiled import SWITCH, compiled_folder
from lonja.core import IS_COMPILED
from lonja.core.hashing import state_hash
from lonja.core.replay import replay_rows
from lonja.core.state import State
from tests.simulation.simulator import Row

FORMS = {True: "compiled", False: "interpreted"}


class Life(NamedTuple):
    """What a seed lived: its journal, the running digest of its events, the hash of its state at the end."""

    rows: list[Row]
    digest: bytes
    state: str


Judge = Callable[[Life], str]
"""Says what the other form made otherwise, "" when nothing."""


def relive(rows: list[Row]) -> tuple[bool, bytes, str]:
    """Replay a journal: by which form, and what came of it."""
    state = State()
    last = [replayed for _, replayed in replay_rows(state, rows)][-1]
    return IS_COMPILED, last.event_digest, state_hash(state)


@contextmanager
def other_form() -> Iterator[Judge | None]:
    """A judge of the other form in a process of its own, or None when no compiled core fits the present sources."""
    if not compiled_folder().is_dir():
        yield None
        return
    before = os.environ.get(SWITCH)
    os.environ[SWITCH] = "0" if IS_COMPILED else "1"
    try:
        pool = multiprocessing.get_context("spawn").Pool(1)
    finally:
        del os.environ[SWITCH]
        if before is not None:
            os.environ[SWITCH] = before
    with pool:
        yield lambda life: difference(life, pool.apply(relive, (life.rows,)))


def difference(life: Life, again: tuple[bool, bytes, str]) -> str:
    """What the two forms made otherwise, "" when nothing."""
    is_compiled, digest, state = again
    assert is_compiled != IS_COMPILED, "the judge runs the same form of the core"
    if (digest, state) == (life.digest, life.state):
        return ""
    what = "other events" if digest != life.digest else "the same events and another state"
    return f"The {FORMS[is_compiled]} core gives {what}, from the same commands, than the {FORMS[IS_COMPILED]} one."
