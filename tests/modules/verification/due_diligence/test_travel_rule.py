"""The Travel Rule: what each place asks, withdrawals that wait, and deposits that stay locked until they are explained."""

import json
import threading
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from coincurve import PrivateKey

from lonja.modules.verification.api import (
    Chain,
    Declaration,
    Direction,
    NewTransfer,
    OtherSide,
    Person,
    Step,
    Transfer,
    TransferState,
)
from lonja.modules.verification.due_diligence import ivms101
from lonja.modules.verification.due_diligence.travel_needs import NeedRules, Outcome, need_of
from tests.modules.verification.due_diligence.conftest import Bureau, refused
from tests.modules.verification.due_diligence.test_funds import address_of, sign
from tests.modules.verification.due_diligence.test_institutions import fill, hand_in

KEY = PrivateKey(sha256(b"own wallet").digest())
WALLET = address_of(KEY)
OWN, BOB = Declaration(), Declaration(other=OtherSide(given_names="Bob", family_names="Stone", country="GB"))
AT_KRAKEN = Declaration(vasp="Kraken")
_NAMED = {"surname": "Stone", "given_names": "Ann", "birth_date": "1980-02-01", "residence": "CH"}
ANN_STONE = msgspec.convert({name: _NAMED.get(name, "") for name in Person.__struct_fields__}, Person)
SMALL, LARGE = 50_000, 500_000
"""500 and 5,000 USD."""


def transfer(reference: str = "1", value_cents: int = LARGE, address: str = WALLET, amount: int = 100) -> NewTransfer:
    return NewTransfer(reference, "ETH", amount, value_cents, Chain.ETHEREUM, address)


def customer(bureau: Bureau) -> int:
    """A customer whose name is verified."""
    user_id = bureau.person()
    bureau.stated[user_id] = ANN_STONE
    bureau.levels.pass_step(user_id, Step.IDENTITY)
    return user_id


def held(bureau: Bureau, user_id: int) -> list[tuple[str, int | None]]:
    return [(hold.currency, hold.amount) for hold in bureau.rights.holds.of(user_id) if hold.kind == "travel_rule"]


def cleared(bureau: Bureau, user_id: int, found: Transfer) -> bool:
    """Whether a transfer goes on once the names in it were looked at; until then it is in review."""
    assert found.state is TransferState.IN_REVIEW
    bureau.diligence.keep_house()
    return bureau.diligence.travel_rule.show(user_id, found.transfer_id).is_cleared


FULL = OtherSide("Bob", "Stone", country="GB", address_lines=("1 High Street",))
RULES = NeedRules(100_000, 300_000, 1_000_000, ("name",), ("name", "address"), ("Kraken",))
NEEDS = [
    # direction, value, declaration, proved, outcome, missing
    ("withdrawal", 99_999, None, False, Outcome.CLEARED, ()),
    ("withdrawal", 100_000, None, False, Outcome.DATA_NEEDED, ("declaration",)),
    ("withdrawal", 100_000, OWN, False, Outcome.CLEARED, ()),
    ("withdrawal", 1_000_000, OWN, False, Outcome.PROOF_NEEDED, ()),
    ("withdrawal", 1_000_000, OWN, True, Outcome.CLEARED, ()),
    ("withdrawal", 299_999, BOB, False, Outcome.CLEARED, ()),
    ("withdrawal", 300_000, BOB, False, Outcome.DATA_NEEDED, ("address",)),
    ("withdrawal", 300_000, Declaration(other=FULL), False, Outcome.CLEARED, ()),
    ("withdrawal", 1_000_000, Declaration(other=FULL), False, Outcome.REVIEW, ()),
    ("withdrawal", 5_000_000, AT_KRAKEN, False, Outcome.CLEARED, ()),
    ("withdrawal", 100_000, Declaration(vasp="Elsewhere"), False, Outcome.VASP_NOT_CONNECTED, ()),
    ("deposit", 100_000, Declaration(vasp="Elsewhere"), False, Outcome.REVIEW, ()),
    ("deposit", 100_000, None, False, Outcome.DATA_NEEDED, ("declaration",)),
    ("deposit", 100_000, Declaration(other=OtherSide(given_names="Bob")), False, Outcome.DATA_NEEDED, ("name",)),
    ("deposit", 100_000, Declaration(other=OtherSide("A", "B", "C Ltd")), False, Outcome.DATA_NEEDED, ("name",)),
    ("deposit", 100_000, Declaration(other=OtherSide(company="C Ltd")), False, Outcome.CLEARED, ()),
]


@pytest.mark.parametrize(("direction", "cents", "declaration", "proved", "outcome", "missing"), NEEDS)
def test_what_is_needed_follows_from_value_and_declaration(
    direction: str, cents: int, declaration: Declaration | None, proved: bool, outcome: Outcome, missing: tuple
) -> None:
    assert need_of(Direction(direction), cents, declaration, RULES, is_proved=proved) == (outcome, missing)


@pytest.mark.parametrize(
    ("residence", "cents", "cleared"),
    [("CH", 99_999, True), ("CH", 100_000, False), ("DE", 1, False), ("US", 299_999, True)],
)
def test_each_entity_has_a_line_of_its_own(small_bureau: Bureau, residence: str, cents: int, cleared: bool) -> None:
    small_bureau.town.now_ms = 1_750_000_000_000
    ann = small_bureau.person(residence=residence)
    found = small_bureau.diligence.travel_rule.withdrawal(ann, transfer(value_cents=cents))
    assert found.is_cleared is cleared


def test_a_withdrawal_goes_once_its_other_side_is_named(bureau: Bureau) -> None:
    user_id, rule = bureau.person(), bureau.diligence.travel_rule
    fill(bureau, user_id)
    hand_in(bureau, user_id)
    bureau.decide("kyb", "approved")
    waiting = rule.withdrawal(user_id, transfer())
    assert (waiting.state, waiting.missing) == (TransferState.DATA_NEEDED, ("declaration",))
    assert rule.of(user_id) == (waiting,)
    answered = rule.answer(user_id, waiting.transfer_id, BOB)
    assert rule.of(user_id) == (answered,)
    assert rule.payload(user_id, waiting.transfer_id) == b""
    assert cleared(bureau, user_id, answered)
    assert rule.withdrawal(user_id, transfer()).is_cleared
    payload = ivms101.read_payload(rule.payload(user_id, waiting.transfer_id))
    assert ivms101.names_of(payload.originator.originator_persons[0]) == {"quarry capital ag"}
    assert ivms101.names_of(payload.beneficiary.beneficiary_persons[0]) == {"stone"}
    assert payload.beneficiary.account_number == (WALLET,)
    assert rule.of(user_id) == ()


def test_a_declaration_may_come_with_the_withdrawal_and_is_remembered(small_bureau: Bureau) -> None:
    bureau = small_bureau
    user_id, rule = customer(bureau), bureau.diligence.travel_rule
    assert cleared(bureau, user_id, rule.withdrawal(user_id, transfer("1"), BOB))
    assert cleared(bureau, user_id, rule.withdrawal(user_id, transfer("2")))
    assert rule.withdrawal(user_id, transfer("small", SMALL)).is_cleared
    other = address_of(PrivateKey(sha256(b"other").digest()))
    assert not rule.withdrawal(user_id, transfer("3", address=other)).is_cleared
    bureau.wait(days=366)
    assert not rule.withdrawal(user_id, transfer("4")).is_cleared


def test_who_is_not_verified_cannot_name_themselves(small_bureau: Bureau) -> None:
    bureau = small_bureau
    ann, rule = bureau.person(), bureau.diligence.travel_rule
    waiting = rule.withdrawal(ann, transfer())
    with refused("verification_needed"):
        rule.answer(ann, waiting.transfer_id, OWN)
    assert rule.show(ann, waiting.transfer_id).state is TransferState.DATA_NEEDED


def test_an_exchange_that_is_not_connected_gets_nothing(small_bureau: Bureau) -> None:
    bureau = small_bureau
    user_id, rule = customer(bureau), bureau.diligence.travel_rule
    with refused("vasp_not_connected"):
        rule.withdrawal(user_id, transfer(), AT_KRAKEN)
    assert rule.vasps(user_id) == ()


def test_a_wallet_of_ones_own_is_proved_by_a_signature_in_the_eea(small_bureau: Bureau) -> None:
    bureau = small_bureau
    bureau.town.now_ms = 1_750_000_000_000
    user_id, rule = bureau.person(), bureau.diligence.travel_rule
    bureau.stated[user_id] = ANN_STONE
    bureau.levels.pass_step(user_id, Step.IDENTITY)
    bureau.town.people.moving.move(user_id, "DE", (), bureau.clock())
    waiting = rule.withdrawal(user_id, transfer(), OWN)
    assert waiting.state is TransferState.PROOF_NEEDED
    challenge = rule.challenge(user_id, waiting.transfer_id)
    with refused("signature_wrong"):
        rule.prove(user_id, waiting.transfer_id, challenge.challenge_id, sign(PrivateKey(b"\x07" * 32), challenge.text))
    assert rule.prove(user_id, waiting.transfer_id, challenge.challenge_id, sign(KEY, challenge.text)).is_cleared
    assert rule.withdrawal(user_id, transfer("2")).is_cleared  # said and proved before


def test_a_person_is_named_as_verified_and_not_before(small_bureau: Bureau) -> None:
    bureau = small_bureau
    ann, rule = bureau.person(), bureau.diligence.travel_rule
    bureau.stated[ann] = ANN_STONE
    with refused("verification_needed"):
        rule.withdrawal(ann, transfer(), OWN)
    bureau.levels.pass_step(ann, Step.IDENTITY)
    cleared = rule.withdrawal(ann, transfer(), OWN)
    (sender,) = ivms101.read_payload(rule.payload(ann, cleared.transfer_id)).originator.originator_persons
    assert sender == ivms101.natural_customer("Ann", "Stone", "CH", (), str(ann))


# -- Deposits ------------------------------------------------------------------------------------------------------------


def test_a_deposit_is_held_before_it_is_shown_and_free_once_explained(bureau: Bureau) -> None:
    user_id, rule = customer(bureau), bureau.diligence.travel_rule
    waiting = rule.deposit(user_id, transfer())
    assert (waiting.state, held(bureau, user_id)) == (TransferState.DATA_NEEDED, [("ETH", 100)])
    assert bureau.rights.holds.withdrawable(user_id, "ETH", 250).amount == 150
    assert bureau.titles()[-1] == "a deposit waits: tell us who sent it"
    answered = rule.answer(user_id, waiting.transfer_id, BOB)
    assert held(bureau, user_id) == [("ETH", 100)]
    assert cleared(bureau, user_id, answered)
    assert held(bureau, user_id) == []
    assert rule.deposit(user_id, transfer()).is_cleared  # custody asks again
    assert held(bureau, user_id) == []


def test_small_deposits_and_those_with_a_good_message_are_free(small_bureau: Bureau, shared_folder: Path) -> None:
    bureau = small_bureau
    user_id, rule = customer(bureau), bureau.diligence.travel_rule
    assert rule.deposit(user_id, transfer("1", SMALL)).is_cleared
    message = json.loads((shared_folder / "data/ivms101/identity_payload.json").read_text())
    for_another = json.dumps(message).encode()
    assert not rule.deposit(user_id, transfer("2"), for_another).is_cleared
    ann = ivms101.natural_person("Ann", "STONE")
    message["beneficiary"]["beneficiaryPersons"] = [json.loads(msgspec.json.encode(ann))]
    told = rule.deposit(user_id, transfer("3"), json.dumps(message).encode())
    assert held(bureau, user_id) == [("ETH", 100)] * 2
    assert cleared(bureau, user_id, told)
    assert not rule.deposit(user_id, transfer("4"), b"{}").is_cleared
    assert held(bureau, user_id) == [("ETH", 100)] * 2


def test_a_deposit_from_an_unknown_exchange_is_looked_at_by_staff(bureau: Bureau) -> None:
    user_id, rule = customer(bureau), bureau.diligence.travel_rule
    first = rule.answer(user_id, rule.deposit(user_id, transfer("1")).transfer_id, AT_KRAKEN)
    assert first.state is TransferState.IN_REVIEW
    bureau.decide("travel_rule", "accepted")
    assert rule.find(user_id, Direction.DEPOSIT, "1").is_cleared
    assert held(bureau, user_id) == []
    other = address_of(PrivateKey(b"\x05" * 32))
    second = rule.deposit(user_id, transfer("2", address=other))
    rule.answer(user_id, second.transfer_id, AT_KRAKEN)
    bureau.decide("travel_rule", "returned")
    assert rule.find(user_id, Direction.DEPOSIT, "2").state is TransferState.RETURNED
    assert held(bureau, user_id) == [("ETH", 100)]  # until custody has given it back
    with refused("transfer_not_found"):
        rule.given_back(user_id, "1")
    rule.given_back(user_id, "2")
    assert held(bureau, user_id) == []


def test_a_deposit_nobody_explains_becomes_a_case(small_bureau: Bureau) -> None:
    bureau = small_bureau
    user_id, rule = bureau.person(), bureau.diligence.travel_rule
    rule.deposit(user_id, transfer())
    bureau.wait(days=29)
    bureau.diligence.keep_house()
    assert bureau.cases("travel_rule") == []
    bureau.wait(days=1)
    for _ in range(2):
        bureau.diligence.keep_house()
    assert len(bureau.cases("travel_rule")) == 1
    assert held(bureau, user_id) == [("ETH", 100)]


def test_a_crash_before_the_hold_ends_is_mended(small_bureau: Bureau) -> None:
    bureau = small_bureau
    user_id, rule = customer(bureau), bureau.diligence.travel_rule
    waiting = rule.deposit(user_id, transfer())
    real, rule._after = rule._after, rule.show  # type: ignore[method-assign]
    rule.answer(user_id, waiting.transfer_id, BOB)
    rule._after = real  # type: ignore[method-assign]
    assert held(bureau, user_id) == [("ETH", 100)]
    again = bureau.open()
    again.keep_house()
    assert held(bureau, user_id) == []
    again.close()


def test_attack_a_transfer_cannot_change_under_its_reference(bureau: Bureau) -> None:
    user_id, rule = customer(bureau), bureau.diligence.travel_rule
    rule.withdrawal(user_id, transfer(), BOB)
    for changed in (transfer(amount=101), transfer(address=address_of(PrivateKey(b"\x06" * 32)))):
        with refused("transfer_differs"):
            rule.withdrawal(user_id, changed)


def test_attack_transfers_of_others_are_not_there(small_bureau: Bureau) -> None:
    bureau = small_bureau
    user_id, eve = customer(bureau), bureau.person("eve@example.com")
    rule = bureau.diligence.travel_rule
    waiting = rule.deposit(user_id, transfer())
    for attempt in (
        lambda: rule.show(eve, waiting.transfer_id),
        lambda: rule.answer(eve, waiting.transfer_id, BOB),
        lambda: rule.challenge(eve, waiting.transfer_id),
        lambda: rule.payload(eve, waiting.transfer_id),
    ):
        with refused("transfer_not_found"):
            attempt()


def test_of_two_answers_at_once_one_is_taken(bureau: Bureau) -> None:
    user_id, rule = customer(bureau), bureau.diligence.travel_rule
    waiting, outcomes = rule.deposit(user_id, transfer()), list[Transfer | str]()

    def answer() -> None:
        try:
            outcomes.append(rule.answer(user_id, waiting.transfer_id, BOB).state)
        except Exception as error:  # noqa: BLE001
            outcomes.append(getattr(error, "code", repr(error)))

    threads = [threading.Thread(target=answer) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["in_review", "not_answerable", "not_answerable"]
    assert cleared(bureau, user_id, rule.show(user_id, waiting.transfer_id))
    assert held(bureau, user_id) == []
