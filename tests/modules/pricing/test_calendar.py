"""When dated contracts expire: the published tables, and years of Fridays."""

from datetime import UTC, datetime

import pytest

from lonja.modules.pricing.calendar import WEEK_MS, Duration, Durations, expiries, name_of
from lonja.modules.pricing.terms import ListingTerms, Terms

SIX, FOUR = ListingTerms(2, 2, 2), ListingTerms(2, 0, 2)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text + "+00:00").timestamp()) * 1_000


# Public announcements: "new BTC expiries" of November 2023, "July 5, July 26 and August 30 dates" of June 2024.
PUBLISHED = [
    ("2023-11-17T08:00", SIX, "231124 231201 231229 240126 240329 240628"),
    ("2024-06-21T08:00", SIX, "240628 240705 240726 240830 240927 241227"),
    ("2024-06-21T07:59", SIX, "240621 240628 240726 240830 240927 241227"),
    ("2024-06-21T08:00", FOUR, "240628 240705 240927 241227"),
    ("2025-12-19T08:00", SIX, "251226 260102 260130 260227 260327 260626"),
]


@pytest.mark.parametrize(("now", "terms", "wanted"), PUBLISHED)
def test_the_published_expiries(now: str, terms: ListingTerms, wanted: str) -> None:
    found = expiries(at(now), terms)
    assert " ".join(name_of("X", expiry.expiry_ms)[2:] for expiry in found) == wanted
    assert list(Duration)[: len(found)] == [one.duration for one in found] or terms == FOUR


def test_every_expiry_is_a_friday_at_eight() -> None:
    for expiry in expiries(at("2025-03-03T00:00"), SIX):
        moment = datetime.fromtimestamp(expiry.expiry_ms // 1_000, UTC)
        assert (moment.weekday(), moment.hour, moment.minute) == (4, 8, 0)


@pytest.mark.parametrize("terms", [SIX, FOUR])
def test_a_contract_once_listed_lives_to_its_end(terms: ListingTerms) -> None:
    now = at("2020-01-03T08:00")
    for _ in range(520):
        before = {one.expiry_ms for one in expiries(now, terms)}
        now += WEEK_MS
        after = {one.expiry_ms for one in expiries(now, terms)}
        assert len(after) == sum(terms)
        assert {expiry for expiry in before if expiry > now} <= after


def test_what_is_listed_when() -> None:
    """Public: bi-monthly every third-to-last Friday of a month, bi-quarterly that of January, April, July, October."""
    listed: dict[str, set[str]] = {}
    now = at("2025-01-03T08:00")
    for _ in range(52):
        known = {one.expiry_ms for one in expiries(now, SIX)}
        now += WEEK_MS
        for one in expiries(now, SIX):
            if one.expiry_ms not in known and one.duration in (Duration.NEXT_MONTH, Duration.NEXT_QUARTER):
                listed.setdefault(one.duration, set()).add(name_of("X", now)[2:])
    assert listed[Duration.NEXT_QUARTER] == {"250117", "250411", "250711", "251017"}
    assert {"250214", "250314", "250516", "250613", "250815", "250912"} <= listed[Duration.NEXT_MONTH]


def test_names_are_the_venues() -> None:
    assert name_of("BTC-USDT", at("2025-12-26T08:00")) == "BTC-USDT-251226"


def test_majors_have_monthly_contracts_and_others_not() -> None:
    terms = Terms.of_file()
    now = at("2025-06-02T00:00")
    assert terms.listing("BTC-USD", now) == SIX
    assert terms.listing("SOL-USDT", now) == FOUR


def test_what_a_contract_is_called_changes_when_another_ends() -> None:
    durations, end = Durations(), at("2023-12-01T08:00")
    asked = [at(text) for text in ("2023-11-17T08:00", "2023-11-24T07:59", "2023-11-24T08:00", "2023-12-01T08:00")]
    assert [durations.of("X", end, now_ms, SIX) for now_ms in asked] == ["next_week", "next_week", "this_week", ""]
    assert durations.of("X", end + 1, asked[0], SIX) == ""
