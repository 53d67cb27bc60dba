"""What the log tells of people: each fact about their protection, and never who they are."""

import pytest
from structlog.testing import capture_logs

from lonja.bootstrap.security_log import log_fact
from lonja.modules.identity.api import (
    FactorBound,
    PeopleEvent,
    ResidenceChanged,
    SecurityChanged,
    SignedIn,
    SignInRefused,
    StateChanged,
    UserCreated,
)

ANN, NOW, WORDS = 1, 1_790_000_000_000, "my wife Eve left me"
FACTS: list[tuple[PeopleEvent, dict[str, object]]] = [
    (UserCreated(ANN, "CH", NOW), {"residence": "CH"}),
    (
        SignedIn(ANN, 7, is_new_device=True, passed=("password", "email"), time_ms=NOW),
        {"passed": ("password", "email")},
    ),
    (SignInRefused(ANN, 7, NOW), {"device_id": 7}),
    (SecurityChanged(ANN, "password", NOW), {"what": "password"}),
    (FactorBound(ANN, "phone", NOW), {"factor": "phone"}),
    (ResidenceChanged(ANN, "DE", NOW), {"residence": "DE"}),
    (StateChanged(ANN, 2, "frozen", WORDS, NOW), {"state": "frozen"}),
]


@pytest.mark.parametrize(("fact", "told"), FACTS)
def test_every_fact_is_a_line_without_words_of_the_person(fact: PeopleEvent, told: dict[str, object]) -> None:
    with capture_logs() as lines:
        log_fact(5, fact)
    (line,) = lines
    assert told.items() <= line.items()
    assert (line["user_id"], line["time_ms"], line["fact"]) == (ANN, NOW, 5)
    assert line["what_happened"] == type(fact).__name__
    assert WORDS not in str(line)


def test_no_kind_of_fact_is_missing_here() -> None:
    assert {type(fact) for fact, _ in FACTS} == set(PeopleEvent.__args__)
