"""Who owns an institution, through whatever companies, down to people.

Pure. Shares are basis points of what is owned (10,000 is all of it). What a person owns in the end is the sum over all
ways from the institution to the person of the product of the shares on each. Exact, in fractions, since a line is drawn
at 25 %. Invariant: what passes ``check_ownership`` has no cycle, so the sums end.
"""

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Final

import msgspec

from lonja.primitives.errors import RefusedError

APPLICANT: Final = "applicant"
"""The id of the institution itself."""
WHOLE_BPS: Final = 10_000
_NODES_MAX: Final = 200
_HOLDINGS_MAX: Final = 1_000

Id = Annotated[str, msgspec.Meta(pattern="^[a-z0-9_-]{1,40}$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class OwnerKind(StrEnum):
    """What an owner is. Only companies and trusts are owned themselves; with the others the question ends."""

    PERSON = "person"
    COMPANY = "company"
    TRUST = "trust"
    LISTED_COMPANY = "listed_company"
    GOVERNMENT = "government"
    DISPERSED = "dispersed"


ENDS: Final = frozenset({OwnerKind.PERSON, OwnerKind.LISTED_COMPANY, OwnerKind.GOVERNMENT, OwnerKind.DISPERSED})
"""Kinds with which the question who owns them ends. Dispersed: many, none of whom comes near the line."""


class Owner(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An owner; a person's ``person_id`` is the one in the list of people."""

    owner_id: Id
    kind: OwnerKind
    name: Name
    person_id: str = ""


class Holding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``owner`` has ``share_bps`` of ``owned`` (``applicant`` for the institution itself)."""

    owner: str
    owned: str
    share_bps: Annotated[int, msgspec.Meta(gt=0, le=WHOLE_BPS)]


class Ownership(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole tree (people may own by several ways, so it is a graph without cycles)."""

    owners: Annotated[tuple[Owner, ...], msgspec.Meta(max_length=_NODES_MAX)]
    holdings: Annotated[tuple[Holding, ...], msgspec.Meta(max_length=_HOLDINGS_MAX)]


def check_ownership(ownership: Ownership) -> None:
    """Raise ``RefusedError`` for what cannot be true, whatever is still to be added."""
    kinds = {owner.owner_id: owner.kind for owner in ownership.owners}
    if len(kinds) != len(ownership.owners) or APPLICANT in kinds:
        raise _refusal("ownership_id", "Two owners have one id, or one has that of the institution.")
    pairs = {(holding.owner, holding.owned) for holding in ownership.holdings}
    if len(pairs) != len(ownership.holdings):
        raise _refusal("ownership_twice", "One holding stands there twice.", "Add the shares up.")
    for holding in ownership.holdings:
        if holding.owner not in kinds or holding.owned not in (APPLICANT, *kinds):
            raise _refusal("ownership_unknown", f"A holding names {holding.owner} of {holding.owned}: not both exist.")
        if holding.owned != APPLICANT and kinds[holding.owned] in ENDS:
            raise _refusal("ownership_kind", f"{holding.owned} is no company or trust, so nobody has shares in it.")
    for owned, sum_bps in _sums(ownership).items():
        if sum_bps > WHOLE_BPS:
            said = f"{sum_bps // 100}.{sum_bps % 100:02d}"
            raise _refusal("ownership_over_full", f"The shares in {owned} add up to {said} %.", "Correct the shares.")
    try:
        _order(ownership.holdings)
    except CycleError:
        raise _refusal(
            "ownership_cycle", "Companies own each other in a circle.", "Name who stands outside of it."
        ) from None


def gaps(ownership: Ownership) -> tuple[str, ...]:
    """What does not add up yet: ids of whatever is not owned in full, and of owners that own nothing."""
    sums = _sums(ownership)
    wanted = [APPLICANT, *(owner.owner_id for owner in ownership.owners if owner.kind not in ENDS)]
    owning = {holding.owner for holding in ownership.holdings}
    idle = [owner.owner_id for owner in ownership.owners if owner.owner_id not in owning]
    return tuple(dict.fromkeys([owned for owned in wanted if sums.get(owned, 0) != WHOLE_BPS] + idle))


def effective_shares(ownership: Ownership) -> dict[str, Fraction]:
    """What part of the institution each owner has in the end, by id."""
    by_owner: defaultdict[str, list[Holding]] = defaultdict(list)
    for holding in ownership.holdings:
        by_owner[holding.owner].append(holding)
    shares = {APPLICANT: Fraction(1)}
    for node in _order(ownership.holdings):
        if node != APPLICANT:
            parts = (shares.get(held.owned, Fraction(0)) * held.share_bps for held in by_owner[node])
            shares[node] = sum(parts, Fraction(0)) / WHOLE_BPS
    del shares[APPLICANT]
    return shares


def beneficial_owners(ownership: Ownership, line_bps: int) -> tuple[Owner, ...]:
    """The people who own ``line_bps`` or more in the end, by whatever ways."""
    shares = effective_shares(ownership)
    people: defaultdict[str, Fraction] = defaultdict(Fraction)
    for owner in ownership.owners:
        # One person may stand there under several ids, which is how a line is stayed under.
        people[owner.person_id or owner.owner_id] += shares.get(owner.owner_id, Fraction(0))
    line = Fraction(line_bps, WHOLE_BPS)
    return tuple(
        owner
        for owner in ownership.owners
        if owner.kind is OwnerKind.PERSON and people[owner.person_id or owner.owner_id] >= line
    )


def _sums(ownership: Ownership) -> dict[str, int]:
    sums: defaultdict[str, int] = defaultdict(int)
    for holding in ownership.holdings:
        sums[holding.owned] += holding.share_bps
    return sums


def _order(holdings: Sequence[Holding]) -> list[str]:
    """Ids so that whatever is owned comes before its owners. Raises ``CycleError``."""
    sorter: TopologicalSorter[str] = TopologicalSorter({APPLICANT: ()})
    for holding in holdings:
        sorter.add(holding.owner, holding.owned)
    return list(sorter.static_order())


def _refusal(code: str, message: str, remedy: str = "") -> RefusedError:
    return RefusedError(code, message, remedy)
