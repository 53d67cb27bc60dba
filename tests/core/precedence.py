"""Tables of reasons to refuse a command, and the two questions asked of each table.

Why here: every command that can be refused has such a table. Invariant: each reason alone is told, of two the one that
stands first in ``rejections``, and a refused command changes nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from lonja.core import commands as c
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state
from tests.core.scenario import Floor

OF_CONTRACTS = (
    Rejection.MARK_PRICE_MISSING,
    Rejection.ACCOUNT_MODE_FORBIDS,
    Rejection.POSITION_SIDE_INVALID,
    Rejection.POSITION_NOT_FOUND,
    Rejection.REDUCES_BEYOND_POSITION,
    Rejection.POSITION_ABOVE_MAX,
    Rejection.LEVERAGE_ABOVE_TIER,
    Rejection.WOULD_LIQUIDATE,
)
"""Refusals of orders for contracts alone; ``test_contract_placing`` has them in a table."""


@dataclass(frozen=True)
class Reason:
    """A rejection, and fields that give a sound command this reason to be refused."""

    rejection: Rejection
    fields: dict[str, Any]


def refused(floor: Floor, command: c.Command) -> Rejection:
    """Why ``floor`` refuses ``command``; the command's number is used again."""
    rejection, events = floor.apply_unchecked(command)
    floor.state.next_command -= 1
    assert events == []
    return rejection


@contextmanager
def nothing_changes(floor: Floor) -> Iterator[None]:
    """Expect the state to be the same to the last byte."""
    before = dump_state(floor.state)
    yield
    assert dump_state(floor.state) == before, "a refused command changed something"


def expect_each(floor: Floor, sound: c.Command, reasons: list[Reason]) -> None:
    """Expect each reason alone to be told."""
    with nothing_changes(floor):
        for reason in reasons:
            assert refused(floor, sound._replace(**reason.fields)) == reason.rejection, reason


def expect_precedence(floor: Floor, sound: c.Command, reasons: list[Reason], pairs_min: int) -> None:
    """Expect of each two reasons that do not contradict each other, at least ``pairs_min`` pairs, the first."""
    assert reasons == sorted(reasons, key=lambda reason: list(Rejection).index(reason.rejection))
    pairs = 0
    with nothing_changes(floor):
        for one, other in combinations(reasons, 2):
            fields = _both(one, other)
            if fields is not None and one.rejection != other.rejection:
                pairs += 1
                assert refused(floor, sound._replace(**fields)) == one.rejection, f"{one} and {other}"
    assert pairs >= pairs_min


def _both(one: Reason, other: Reason) -> dict[str, Any] | None:
    """Fields that give both reasons at once, unless they contradict each other."""
    contradict = any(one.fields[name] != other.fields[name] for name in one.fields.keys() & other.fields.keys())
    return None if contradict else {**one.fields, **other.fields}
