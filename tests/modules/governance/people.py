"""Anybody, anywhere, at any time: what the properties of entitlements are tried on."""

from hypothesis import strategies as st

from lonja.modules.governance.api import (
    AccountState,
    Capability,
    HoldFact,
    RestrictionFact,
    RuleBook,
    SessionFacts,
    UserFacts,
)

RULES = RuleBook.of_folder()
NOW = 1_790_000_000_000
DAY = 86_400_000

SANCTIONED = ("CU", "IR", "KP", "SY", "UA-43", "UA-40", "UA-14", "UA-09")
PLACES = ("", "DE", "FR", "CH", "SG", "GB", "JP", "US", "US-NY", "PR", "CN", "BR", "UA", "UA-32", *SANCTIONED)
FACTORS = ("authenticator", "phone", "email")
HOLDS = sorted({rule.name.split(".")[1] for rule in RULES.rules() if rule.name.startswith("hold.")})
RESTRICTIONS = sorted({rule.name.split(".")[1] for rule in RULES.rules() if rule.name.startswith("restriction.")})


def subset(names):
    return st.frozensets(st.sampled_from(names))


def someone(residence=None) -> st.SearchStrategy[UserFacts]:
    """A person living at one of ``residence``."""
    return st.builds(
        UserFacts,
        residence=st.sampled_from(residence or PLACES),
        kyc_level=st.integers(0, 3),
        state=st.sampled_from(AccountState),
        factors=subset(FACTORS) | st.just(frozenset(FACTORS)),
        tests_passed=subset(("leverage", "payment_tokens")),
        restrictions=st.lists(st.builds(RestrictionFact, st.sampled_from(RESTRICTIONS)), max_size=2).map(tuple),
        holds=st.lists(
            st.builds(HoldFact, st.sampled_from(HOLDS), st.none() | st.integers(NOW - DAY, NOW + DAY)), max_size=3
        ).map(tuple),
        questionnaire_since_ms=st.sampled_from((0, NOW - 15 * DAY, NOW - DAY)),
        used=st.dictionaries(st.sampled_from(Capability), st.integers(0, 10**11), max_size=4),
    )


SESSIONS = st.builds(
    SessionFacts, place=st.sampled_from(PLACES), scopes=st.none() | subset(("read", "trade", "withdraw"))
)
MOMENTS = st.sampled_from((NOW, NOW - 5 * 365 * DAY, NOW - 2 * 365 * DAY, 0)) | st.integers(0, 4_000_000_000_000)


def ready(residence: str = "CH", level: int = 2, **others) -> UserFacts:
    """Somebody with all factors."""
    return UserFacts(residence, level, factors=frozenset(FACTORS), **others)
