"""The same commands as one batch and one by one."""

from collections.abc import Sequence

from lonja.core import commands as c
from lonja.core.apply import apply_batch
from lonja.core.layout import encode_command
from lonja.core.snapshot import dump_state
from tests.core.scenario import Floor


def apply_both_ways(whole: Floor, single: Floor, commands: Sequence[c.Command]) -> bytes:
    """Expect answers, events and state of both to be alike, of two floors that were; returns the answers."""
    first = whole.state.next_command
    applied = apply_batch(whole.state, b"".join(map(encode_command, commands)), first)
    parts = [
        apply_batch(single.state, encode_command(command), first + number) for number, command in enumerate(commands)
    ]
    assert applied.outcomes == b"".join(part.outcomes for part in parts)
    assert applied.events == b"".join(part.events for part in parts)
    assert dump_state(whole.state) == dump_state(single.state)
    return applied.outcomes
