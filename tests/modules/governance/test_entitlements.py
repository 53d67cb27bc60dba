"""What a person may do: a table of cases, and what holds for everybody at any time."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lonja.modules.governance.api import (
    ANY_SESSION,
    HOUSE,
    PACKAGED,
    AccountState,
    Capability,
    Decision,
    Effect,
    Entity,
    HoldFact,
    Reason,
    RestrictionFact,
    SessionFacts,
    Unit,
    UserFacts,
    entitlements,
    serving_entity,
)
from lonja.modules.governance.capabilities import PATHS_OF_TRADE, TRADING, capabilities
from lonja.modules.governance.rulebook import RuleBook
from lonja.primitives.errors import DataError
from tests.modules.governance.people import DAY, MOMENTS, NOW, RULES, SANCTIONED, SESSIONS, ready, someone

C = Capability
PROPERTY = settings(max_examples=50, deadline=None)
IN_2020, IN_2023 = 1_590_000_000_000, 1_690_000_000_000

CASES = [
    # who, capability, effect, reason
    (ready(), C.TRADE_SPOT, "allow", Reason.ALLOWED),
    (ready(level=0), C.TRADE_SPOT, "deny", Reason.KYC_LEVEL_TOO_LOW),
    (ready(level=0), C.MONEY_WITHDRAW, "limit", Reason.CEILING),
    (ready(level=1), C.TRADE_OPTIONS, "deny", Reason.KYC_LEVEL_TOO_LOW),
    (ready("US-CA"), C.TRADE_SPOT, "deny", Reason.PLACE_CLOSED),
    (ready("US-CA"), C.API_TRADE, "deny", Reason.PLACE_CLOSED),
    (ready("US-CA"), C.WALLET, "allow", Reason.ALLOWED),
    (ready("US-CA"), C.MONEY_WITHDRAW, "allow", Reason.ALLOWED),
    (ready("CN"), C.TRADE_SPOT, "deny", Reason.PLACE_CLOSED),
    (ready("CN"), C.WALLET, "allow", Reason.ALLOWED),
    (ready("CU"), C.TRADE_SPOT, "deny", Reason.PLACE_SANCTIONED),
    (ready("CU"), C.MONEY_WITHDRAW, "deny", Reason.PLACE_SANCTIONED),
    (ready("CU"), C.WALLET, "deny", Reason.PLACE_SANCTIONED),
    (ready("UA-43"), C.TRADE_SPOT, "deny", Reason.PLACE_SANCTIONED),
    (ready("UA-14"), C.TRADE_SPOT, "deny", Reason.PLACE_SANCTIONED),
    (ready("UA-32"), C.TRADE_SPOT, "allow", Reason.ALLOWED),
    (ready("GB"), C.TRADE_PERPETUAL, "deny", Reason.PRODUCT_CLOSED),
    (ready("GB"), C.TRADE_SPOT, "allow", Reason.ALLOWED),
    (ready("DE"), C.TRADE_OPTIONS, "deny", Reason.PRODUCT_CLOSED),
    (ready("DE"), C.TRADE_PERPETUAL, "deny", Reason.KNOWLEDGE_TEST_MISSING),
    (ready("DE", tests_passed=frozenset({"leverage"})), C.TRADE_PERPETUAL, "allow", Reason.ALLOWED),
    (ready("SG"), C.TRADE_SPOT, "deny", Reason.KNOWLEDGE_TEST_MISSING),
    (ready("DE", level=0), C.MONEY_DEPOSIT, "deny", Reason.KYC_LEVEL_TOO_LOW),
    (ready(""), C.TRADE_SPOT, "deny", Reason.RESIDENCE_MISSING),
    (ready(""), C.SECURITY_MANAGE, "allow", Reason.ALLOWED),
    (replace(ready(), factors=frozenset({"email"})), C.TRADE_SPOT, "deny", Reason.FACTORS_MISSING),
    (replace(ready(), factors=frozenset({"email"})), C.ACCOUNT_OPERATE, "deny", Reason.FACTORS_MISSING),
    (replace(ready(), factors=frozenset({"email"})), C.SECURITY_MANAGE, "allow", Reason.ALLOWED),
    (ready(state=AccountState.FROZEN), C.TRADE_SPOT, "deny", Reason.ACCOUNT_FROZEN),
    (ready(state=AccountState.CLOSING), C.TRADE_SPOT, "deny", Reason.ACCOUNT_CLOSING),
    (ready(state=AccountState.CLOSED), C.ACCOUNT_VIEW, "deny", Reason.ACCOUNT_CLOSED),
    (ready(restrictions=(RestrictionFact("dispute"),)), C.MONEY_WITHDRAW, "deny", Reason.RESTRICTED),
    (ready(restrictions=(RestrictionFact("dispute"),)), C.TRADE_SPOT, "allow", Reason.ALLOWED),
    (ready(restrictions=(RestrictionFact("p2p_cancels"),)), C.P2P_BUY, "deny", Reason.RESTRICTED),
    (ready(restrictions=(RestrictionFact("judicial"),)), C.TRADE_SPOT, "deny", Reason.RESTRICTED),
    (ready(holds=(HoldFact("password_changed", NOW + 1),)), C.MONEY_WITHDRAW, "deny", Reason.ON_HOLD),
    (ready(holds=(HoldFact("password_changed", NOW + 1),)), C.P2P_SELL, "deny", Reason.ON_HOLD),
    (ready(holds=(HoldFact("password_changed", NOW + 1),)), C.TRADE_SPOT, "allow", Reason.ALLOWED),
    (ready(holds=(HoldFact("password_changed", NOW),)), C.MONEY_WITHDRAW, "limit", Reason.CEILING),
    (ready(holds=(HoldFact("case", None),)), C.MONEY_WITHDRAW, "deny", Reason.ON_HOLD),
    (ready(questionnaire_since_ms=NOW - 14 * DAY), C.TRADE_SPOT, "limit", Reason.QUESTIONNAIRE_OVERDUE),
    (ready(questionnaire_since_ms=NOW - 14 * DAY), C.MONEY_DEPOSIT, "deny", Reason.QUESTIONNAIRE_OVERDUE),
    (ready(questionnaire_since_ms=NOW - 14 * DAY), C.MONEY_WITHDRAW, "limit", Reason.CEILING),
    (ready(questionnaire_since_ms=NOW - 14 * DAY + 1), C.TRADE_SPOT, "allow", Reason.ALLOWED),
    (ready(level=1, used={C.P2P_BUY: 500_000}), C.P2P_BUY, "deny", Reason.CEILING_REACHED),
    # What cannot be mended comes first: nobody is sent to verify for a closed product.
    (ready("GB", level=0), C.TRADE_PERPETUAL, "deny", Reason.PRODUCT_CLOSED),
    (replace(ready("CU"), factors=frozenset()), C.TRADE_SPOT, "deny", Reason.PLACE_SANCTIONED),
    (HOUSE, C.TRADE_SPOT, "allow", Reason.ALLOWED),
    (HOUSE, C.MONEY_WITHDRAW, "allow", Reason.ALLOWED),
]


@pytest.mark.parametrize(("who", "capability", "effect", "reason"), CASES)
def test_cases(who: UserFacts, capability: Capability, effect: str, reason: Reason) -> None:
    decision = entitlements(who, ANY_SESSION, RULES, NOW).of(capability)
    assert (decision.effect, decision.reason) == (effect, reason)


def test_what_is_left_of_a_ceiling_is_told() -> None:
    who = ready(level=1, used={C.MONEY_WITHDRAW: 49_900_050})
    decision = entitlements(who, ANY_SESSION, RULES, NOW).of(C.MONEY_WITHDRAW)
    assert (decision.limit, decision.unit) == (99_950, Unit.USD_CENTS_24H)
    assert decision.sentence == "Withdrawing: up to 999.50 USD in 24 hours."
    assert (decision.rule, decision.version) == ("limit.money.withdraw", "2018-01-01")


def test_leverage_is_capped_by_entity() -> None:
    def cap(residence: str) -> int | None:
        who = ready(residence, 3, tests_passed=frozenset({"leverage"}))
        return entitlements(who, ANY_SESSION, RULES, NOW).of(C.LEVERAGE_DERIVATIVES).limit

    assert (cap("BR"), cap("DE")) == (125, 10)


def test_the_sentence_tells_what_to_do() -> None:
    who = replace(ready(), factors=frozenset({"email"}))
    decision = entitlements(who, ANY_SESSION, RULES, NOW).of(C.TRADE_SPOT)
    assert decision.sentence == "Spot trading: not possible. Link an authenticator app and a phone number first."


def test_of_several_holds_the_longest_is_told() -> None:
    holds = (HoldFact("password_changed", NOW + 5), HoldFact("new_device", NOW + 9))
    decision = entitlements(ready(holds=holds), ANY_SESSION, RULES, NOW).of(C.MONEY_WITHDRAW)
    assert decision.rule == "hold.new_device.closes"


SCOPES = [
    # scopes, what they allow of the three
    (None, {C.TRADE_SPOT, C.MONEY_WITHDRAW, C.API_READ}),
    (frozenset({"read"}), {C.API_READ}),
    (frozenset({"read", "trade"}), {C.API_READ, C.TRADE_SPOT}),
    (frozenset({"read", "withdraw"}), {C.API_READ, C.MONEY_WITHDRAW}),
]


@pytest.mark.parametrize(("scopes", "allowed"), SCOPES)
def test_a_key_does_what_its_scopes_say(scopes: frozenset[str] | None, allowed: set[Capability]) -> None:
    answer = entitlements(ready(), SessionFacts(scopes=scopes), RULES, NOW)
    assert {c for c in (C.TRADE_SPOT, C.MONEY_WITHDRAW, C.API_READ) if answer.allows(c)} == allowed


def test_a_session_from_a_sanctioned_place_moves_nothing() -> None:
    answer = entitlements(ready(), SessionFacts(place="IR"), RULES, NOW)
    assert {answer.of(c).reason for c in PATHS_OF_TRADE} == {Reason.SESSION_PLACE_SANCTIONED}
    assert answer.allows(C.ACCOUNT_VIEW)


ENTITIES = [("DE", "eea"), ("NO", "eea"), ("CH", "global"), ("US-NY", "us"), ("PR", "us"), ("SG", "global")]


@pytest.mark.parametrize(("residence", "entity"), ENTITIES)
def test_the_residence_decides_who_serves(residence: str, entity: str) -> None:
    assert serving_entity(residence, RULES, NOW) == entity
    assert serving_entity("", RULES, NOW) == Entity.GLOBAL


DATED = [
    # residence, capability, before, after
    ("CN", C.TRADE_SPOT, IN_2020, IN_2023),
    ("UA-14", C.TRADE_SPOT, IN_2020, IN_2023),
    ("GB", C.TRADE_PERPETUAL, IN_2020, IN_2023),
]


@pytest.mark.parametrize(("residence", "capability", "open_ms", "closed_ms"), DATED)
def test_a_rule_takes_effect_by_the_clock(residence: str, capability: Capability, open_ms: int, closed_ms: int) -> None:
    who = ready(residence)
    assert entitlements(who, ANY_SESSION, RULES, open_ms).allows(capability)
    assert not entitlements(who, ANY_SESSION, RULES, closed_ms).allows(capability)


def height(decision: Decision) -> tuple[int, int]:
    """How much a decision permits; greater permits more."""
    return {Effect.DENY: 0, Effect.LIMIT: 1, Effect.ALLOW: 2}[decision.effect], decision.limit or 0


@PROPERTY
@given(someone(), SESSIONS, MOMENTS)
def test_raising_a_kyc_level_never_removes_a_permission(who: UserFacts, session: SessionFacts, now_ms: int) -> None:
    steps = [entitlements(replace(who, kyc_level=level), session, RULES, now_ms) for level in range(4)]
    for capability in Capability:
        heights = [height(step.of(capability)) for step in steps]
        assert heights == sorted(heights), capability


@PROPERTY
@given(someone(SANCTIONED), SESSIONS, st.integers(NOW, 4_000_000_000_000))
def test_a_sanctioned_residence_never_trades_by_any_path(who: UserFacts, session: SessionFacts, now_ms: int) -> None:
    answer = entitlements(who, session, RULES, now_ms)
    assert not any(answer.allows(capability) for capability in PATHS_OF_TRADE)


def _loosened() -> RuleBook:
    texts = {path.name: path.read_text() for path in PACKAGED.glob("*.toml")}
    texts["account.toml"] = texts["account.toml"].replace(
        'value = ["account.view"], source = "What is held stays', 'value = ["everything"], source = "What is held stays'
    )
    return RuleBook(texts)


LOOSENED = _loosened()


@PROPERTY
@given(someone(SANCTIONED), SESSIONS)
def test_not_even_when_a_rule_file_would_keep_trading_open(who: UserFacts, session: SessionFacts) -> None:
    answer = entitlements(who, session, LOOSENED, NOW)
    assert not any(answer.allows(capability) for capability in PATHS_OF_TRADE)


@PROPERTY
@given(someone(), SESSIONS, MOMENTS)
def test_every_answer_carries_a_reason_and_a_rule(who: UserFacts, session: SessionFacts, now_ms: int) -> None:
    answer = entitlements(who, session, RULES, now_ms)
    for capability, decision in answer.decisions.items():
        assert decision.reason in Reason
        assert (decision.effect is Effect.ALLOW) == (decision.reason is Reason.ALLOWED)
        assert (decision.limit is not None) == (decision.effect is Effect.LIMIT)
        assert len(decision.sentence) > 10
        assert decision.sentence.endswith(".")
        row = RULES.row(decision.rule, answer.entity, now_ms, who.residence)
        assert row.version == decision.version, capability


@PROPERTY
@given(someone(), SESSIONS, MOMENTS)
def test_equal_facts_give_equal_answers(who: UserFacts, session: SessionFacts, now_ms: int) -> None:
    assert entitlements(who, session, RULES, now_ms) == entitlements(replace(who), session, RULES, now_ms)


@PROPERTY
@given(someone(), SESSIONS, MOMENTS, st.integers(0, 400 * DAY))
def test_an_answer_changes_only_at_the_moment_it_names(
    who: UserFacts, session: SessionFacts, now_ms: int, later_ms: int
) -> None:
    now = entitlements(who, session, RULES, now_ms)
    assume(now.until_ms is None or now_ms + later_ms < now.until_ms)
    assert entitlements(who, session, RULES, now_ms + later_ms).decisions == now.decisions


@PROPERTY
@given(someone(), MOMENTS)
def test_a_session_only_takes_away(who: UserFacts, now_ms: int) -> None:
    whole = entitlements(who, ANY_SESSION, RULES, now_ms)
    key = entitlements(who, SessionFacts(scopes=frozenset({"read"})), RULES, now_ms)
    assert all(height(key.of(c)) <= height(whole.of(c)) for c in Capability)


def test_every_capability_has_its_rules() -> None:
    named = {rule.name for rule in RULES.rules()}
    assert {f"gate.{c}" for c in Capability} <= named
    for rule in RULES.rules():
        if rule.name.endswith((".closes", "_closes", "_keeps", ".opens")):
            for row in rule.rows:
                assert isinstance(row.value, tuple)
                assert (
                    capabilities(str(name) for name in row.value) is not None
                )  # raises for a name that does not exist


def test_a_rule_that_names_nothing_real_is_an_error() -> None:
    with pytest.raises(DataError, match=r"'trade\.moon'"):
        capabilities(["trading", "trade.moon"])


def test_trading_is_among_the_paths_of_trade() -> None:
    assert TRADING < PATHS_OF_TRADE
    assert C.WALLET not in PATHS_OF_TRADE
