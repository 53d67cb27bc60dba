"""Who owns an institution in the end: sums, circles, and the line at 25 percent."""

from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.modules.verification.due_diligence.ownership import (
    APPLICANT,
    Holding,
    Owner,
    OwnerKind,
    Ownership,
    beneficial_owners,
    check_ownership,
    effective_shares,
    gaps,
)
from lonja.primitives.errors import RefusedError

KINDS = {"p": OwnerKind.PERSON, "c": OwnerKind.COMPANY, "t": OwnerKind.TRUST, "d": OwnerKind.DISPERSED}


def tree(text: str) -> Ownership:
    """``p1 60 of applicant, c1 40 of applicant``: percent, and kinds by the first letter."""
    holdings = [line.split() for line in text.split(",") if line.strip()]
    names = dict.fromkeys(
        name for owner, _, _, owned in holdings for name in (owner, owned) if name != APPLICANT and name[0] in KINDS
    )
    owners = tuple(Owner(name, KINDS[name[0]], name, name if name[0] == "p" else "") for name in names)
    return Ownership(owners, tuple(Holding(a, c, int(float(b) * 100)) for a, b, _, c in holdings))


TREES = [
    # tree, gaps, people from 25 %
    ("p1 100 of applicant", (), "p1"),
    ("p1 25 of applicant, p2 75 of applicant", (), "p1 p2"),
    ("p1 24.99 of applicant, p2 75.01 of applicant", (), "p2"),
    ("p1 60 of applicant", (APPLICANT,), "p1"),
    ("", (APPLICANT,), ""),
    ("c1 100 of applicant, p1 50 of c1, p2 50 of c1", (), "p1 p2"),
    ("c1 50 of applicant, p1 50 of applicant, p2 50 of c1, p3 50 of c1", (), "p1 p2 p3"),
    ("c1 50 of applicant, p1 50 of applicant, p2 49 of c1, p3 51 of c1", (), "p1 p3"),
    ("c1 50 of applicant, c2 50 of applicant, p1 30 of c1, d1 70 of c1, p1 20 of c2, d2 80 of c2", (), "p1"),
    ("c1 100 of applicant, c2 100 of c1, t3 100 of c2, p1 100 of t3", (), "p1"),
    ("c1 100 of applicant, p1 99 of c1", ("c1",), "p1"),
    ("d1 100 of applicant", (), ""),
]


@pytest.mark.parametrize(("text", "missing", "people"), TREES)
def test_shares_add_up_through_every_company(text: str, missing: tuple[str, ...], people: str) -> None:
    ownership = tree(text)
    check_ownership(ownership)
    assert gaps(ownership) == missing
    assert [owner.owner_id for owner in beneficial_owners(ownership, 2500)] == people.split()


@pytest.mark.parametrize(
    ("ownership", "code"),
    [
        (tree("c1 100 of applicant, c2 100 of c1, c1 100 of c2"), "ownership_cycle"),
        (tree("c1 100 of applicant, c1 50 of c1"), "ownership_cycle"),
        (tree("c1 50 of c2, c2 50 of c3, c3 50 of c1"), "ownership_cycle"),
        (tree("p1 60 of applicant, p2 50 of applicant"), "ownership_over_full"),
        (tree("p1 60 of applicant, p1 20 of applicant"), "ownership_twice"),
        (tree("p1 60 of applicant, p2 50 of p1"), "ownership_kind"),
        (tree("d1 60 of applicant, p2 50 of d1"), "ownership_kind"),
        (tree("x1 60 of applicant"), "ownership_unknown"),
        (tree("p1 60 of x1"), "ownership_unknown"),
        (Ownership((Owner("a", OwnerKind.PERSON, "A"), Owner("a", OwnerKind.PERSON, "B")), ()), "ownership_id"),
        (Ownership((Owner(APPLICANT, OwnerKind.COMPANY, "A"),), ()), "ownership_id"),
    ],
    ids=str,
)
def test_what_cannot_be_true_is_refused(ownership: Ownership, code: str) -> None:
    with pytest.raises(RefusedError, check=lambda error: error.code == code):
        check_ownership(ownership)


def test_attack_a_person_under_two_ids_does_not_stay_under_the_line() -> None:
    owners = tuple(Owner(name, OwnerKind.PERSON, name, "ann") for name in ("a", "b"))
    others = (Owner("c", OwnerKind.DISPERSED, "The rest"),)
    shares = (Holding("a", APPLICANT, 1300), Holding("b", APPLICANT, 1300), Holding("c", APPLICANT, 7400))
    ownership = Ownership(owners + others, shares)
    assert [owner.owner_id for owner in beneficial_owners(ownership, 2500)] == ["a", "b"]


@st.composite
def full_trees(draw: st.DrawFn) -> Ownership:
    """Companies in a row, each owned in full by later ones and by people; so without circles."""
    count = draw(st.integers(0, 5))
    owned = [APPLICANT, *(f"c{number}" for number in range(count))]
    holdings, owners = [], {f"c{number}": OwnerKind.COMPANY for number in range(count)}
    for position, company in enumerate(owned):
        people = [f"p{number}" for number in range(draw(st.integers(1, 3)))]
        buyers = draw(st.lists(st.sampled_from(owned[position + 1 :] or people), max_size=2, unique=True))
        chosen = list(dict.fromkeys([*buyers, *people]))
        cuts = sorted(
            draw(st.lists(st.integers(1, 9_999), min_size=len(chosen) - 1, max_size=len(chosen) - 1, unique=True))
        )
        parts = [after - before for before, after in zip([0, *cuts], [*cuts, 10_000], strict=True)]
        holdings += [Holding(owner, company, part) for owner, part in zip(chosen, parts, strict=True)]
        owners |= dict.fromkeys(people, OwnerKind.PERSON)
    return Ownership(tuple(Owner(name, kind, name, name) for name, kind in owners.items()), tuple(holdings))


def walked(ownership: Ownership, owned: str = APPLICANT, share: Fraction = Fraction(1)) -> dict[str, Fraction]:
    """The obvious way: along every path, multiplying."""
    found: defaultdict[str, Fraction] = defaultdict(Fraction)
    for holding in ownership.holdings:
        if holding.owned == owned:
            part = share * Fraction(holding.share_bps, 10_000)
            found[holding.owner] += part
            for owner, more in walked(ownership, holding.owner, part).items():
                found[owner] += more
    return found


@given(full_trees())
def test_shares_are_those_of_walking_every_path(ownership: Ownership) -> None:
    check_ownership(ownership)
    shares, twin = effective_shares(ownership), walked(ownership)
    assert {owner: share for owner, share in shares.items() if share} == {o: s for o, s in twin.items() if s}
    people = {owner.owner_id for owner in ownership.owners if owner.kind is OwnerKind.PERSON}
    assert sum(share for owner, share in shares.items() if owner in people) == 1
