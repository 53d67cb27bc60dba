"""Rights put together: what changes anywhere is what the gate answers by."""

from dataclasses import replace

import pytest

from lonja.modules.governance.api import (
    ANY_SESSION,
    AccountState,
    Capability,
    Effect,
    Gate,
    Reason,
    Rights,
    UserFacts,
    open_database,
)
from tests.modules.governance.people import NOW, RULES, ready

ANN, ACCOUNT, SUB, STRANGER = 1, 10, 11, 20
ORDER = (Capability.TRADE_SPOT,)


class Register:
    """What others know of people."""

    def __init__(self) -> None:
        self.known = {ANN: ready(level=0)}
        self.accounts = {ANN: ACCOUNT}

    def facts(self, user_id: int) -> UserFacts:
        return self.known.get(user_id, UserFacts(state=AccountState.CLOSED))

    def account_of(self, user_id: int) -> int | None:
        return self.accounts.get(user_id)

    def user_of(self, account: int) -> int | None:
        return next((user for user, own in self.accounts.items() if own == account), None)


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def rights(tmp_path, register: Register, clock):
    database = open_database(f"sqlite:///{tmp_path}/governance.sqlite")
    made = Rights(database, RULES, clock, register, lambda account: account // 10 * 10)
    yield made
    made.close()


def answer(rights: Rights, account: int = ACCOUNT) -> Reason | None:
    decision = rights.gate.refusal(account, ORDER, NOW)
    return None if decision is None else decision.reason


def test_verification_opens_the_gate_at_once(rights: Rights) -> None:
    assert answer(rights) is Reason.KYC_LEVEL_TOO_LOW
    assert answer(rights, SUB) is Reason.KYC_LEVEL_TOO_LOW
    assert answer(rights, STRANGER) is None
    assert rights.standings.set_kyc_level(ANN, 1)
    assert not rights.standings.set_kyc_level(ANN, 1)
    assert answer(rights) is None
    assert answer(rights, SUB) is None


def test_a_restriction_closes_the_gate_and_lifting_it_opens_it(rights: Rights) -> None:
    rights.standings.set_kyc_level(ANN, 1)
    assert answer(rights) is None
    placed = rights.restrictions.place(ANN, "risk_review", reference="a", placed_by="staff:1")
    assert answer(rights) is Reason.RESTRICTED
    rights.restrictions.lift(placed.restriction_id, "staff:1", {"compliance"})
    assert answer(rights) is None


def test_a_change_elsewhere_is_told(rights: Rights, register: Register) -> None:
    told: list[int] = []
    rights.subscribe(told.append)
    assert answer(rights) is Reason.KYC_LEVEL_TOO_LOW
    register.known[ANN] = replace(register.known[ANN], residence="CU")
    rights.changed(ANN)
    assert answer(rights) is Reason.PLACE_SANCTIONED
    assert told == [ANN]


def test_a_person_who_gets_an_account_is_no_longer_the_operator(rights: Rights, register: Register) -> None:
    assert answer(rights, STRANGER) is None
    register.known[2], register.accounts[2] = ready("US"), STRANGER
    rights.changed(2)
    assert answer(rights, STRANGER) is Reason.PLACE_CLOSED


def test_somebody_who_is_gone_may_do_nothing(rights: Rights, register: Register) -> None:
    assert answer(rights) is Reason.KYC_LEVEL_TOO_LOW
    register.known.clear()
    register.accounts.clear()
    rights.changed(ANN, ACCOUNT)
    assert answer(rights) is Reason.ACCOUNT_CLOSED


def test_entitlements_know_all_that_is_kept(rights: Rights) -> None:
    rights.standings.set_kyc_level(ANN, 1)
    rights.standings.spend(ANN, Capability.MONEY_WITHDRAW, 100, None, "w1")
    assert rights.entitlements(ANN, ANY_SESSION).of(Capability.MONEY_WITHDRAW).limit == 50_000_000 - 100
    rights.holds.place(ANN, "new_device", reference="a")
    assert rights.entitlements(ANN, ANY_SESSION).of(Capability.MONEY_WITHDRAW).effect is Effect.DENY


def test_what_verification_would_open_is_shown_before(rights: Rights) -> None:
    opened = {found.capability: (found.now.limit, found.then.limit) for found in rights.what_opens(ANN, 1)}
    assert opened[Capability.MONEY_WITHDRAW] == (20_000, 50_000_000)
    assert Capability.TRADE_SPOT in opened
    assert Capability.TRADE_OPTIONS not in opened
    assert rights.what_opens(ANN, 0) == ()


def test_what_verification_would_open_is_shown_before_all_factors_are_linked(
    rights: Rights, register: Register
) -> None:
    register.known[ANN] = replace(register.known[ANN], factors=frozenset())
    rights.changed(ANN)
    opened = {found.capability: found for found in rights.what_opens(ANN, 1)}
    assert opened[Capability.TRADE_SPOT].now.reason is Reason.FACTORS_MISSING
    assert opened[Capability.TRADE_SPOT].then.effect is Effect.ALLOW
    assert rights.what_opens(ANN, 0) == ()


def test_rules_of_the_future_are_not_told_as_changes(rights: Rights, clock) -> None:
    assert {change.version for change in rights.rule_changes(1_730_000_000_000)} == {"2024-12-30"}
    clock.now_ms = 1_735_516_799_999
    assert rights.rule_changes(1_730_000_000_000) == ()


def test_a_level_that_does_not_exist_is_refused(rights: Rights) -> None:
    for level in (-1, 4):
        with pytest.raises(ValueError, match="no KYC level"):
            rights.standings.set_kyc_level(ANN, level)


def test_what_was_read_first_is_never_kept_last() -> None:
    """A change that comes in while the gate decides by the old facts is seen at the next look-up."""
    facts = [ready(), ready("CU")]
    gate = Gate(RULES, lambda account: account)
    gate.govern(ACCOUNT, lambda: facts[0])
    decide = gate._people[ACCOUNT][0]
    plain = type(decide).renew

    class Interrupted:
        """The rules, during whose reading the facts change."""

        def __getattr__(self, name: str) -> object:
            if facts[0] is not facts[1]:
                facts[0] = facts[1]
                gate.renew(ACCOUNT)
            return getattr(RULES, name)

    plain(decide, Interrupted(), NOW)  # type: ignore[arg-type]
    assert gate.refusal(ACCOUNT, ORDER, NOW).reason is Reason.PLACE_SANCTIONED
