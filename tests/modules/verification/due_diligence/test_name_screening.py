"""Screening of institutions, of whoever owns or runs them, and of the other side of transfers; nobody is tipped off."""

import json
from contextlib import nullcontext
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete, func, select, update

from lonja.bootstrap.due_diligence import ScreenedLists
from lonja.modules.governance.api import ANY_SESSION, Capability, Effect
from lonja.modules.verification.api import (
    Declaration,
    EntityType,
    Institution,
    InstitutionState,
    Listed,
    Named,
    NameLists,
    Officials,
    OtherSide,
    Ownership,
    Transfer,
    TransferState,
    lists_of,
)
from lonja.modules.verification.due_diligence import due_diligence, ivms101
from lonja.modules.verification.due_diligence.institution_forms import Form, Official, Role, named_in
from lonja.modules.verification.due_diligence.name_screening import Finding, HitState
from lonja.modules.verification.due_diligence.ownership import APPLICANT, Holding, Owner, OwnerKind
from lonja.modules.verification.due_diligence.tables import InstitutionRow, NameHitRow, ScreeningRow
from lonja.modules.verification.matching import Matcher
from lonja.primitives.errors import LonjaError
from tests.modules.verification.due_diligence.conftest import CAL, Bureau, refused
from tests.modules.verification.due_diligence.test_institutions import (
    ADDRESSES,
    ANN,
    ENTITY,
    OWNERSHIP,
    PEOPLE,
    TIM,
    fill,
    hand_in,
    revision,
)
from tests.modules.verification.due_diligence.test_travel_rule import BOB, customer, held, transfer


def lists(*rows: str, remark: str = "-0-") -> NameLists:
    """A list with ``rows`` of a name and a kind."""
    numbered = (f"{number},{row},TEST{',-0-' * 7},{remark}\n" for number, row in enumerate(rows, 1))
    return lists_of({"sdn.csv": "".join(numbered)})


FORM = Form(ENTITY, ADDRESSES, PEOPLE, OWNERSHIP)
NOBODY = lists('"OTHER, Somebody",individual')
QUARRY = lists('"QUARRY CAPITAL LTD",-0-')
ANNS = lists('"STONE, Ann",individual', remark="DOB 1980")
TIMS = lists('"ROCK, Tim",individual')
BOBS = lists('"STONE, Bob",individual')
KRAKENS = lists('"KRAKEN",-0-')


def screened(bureau: Bureau, used: NameLists) -> None:
    """From now on the house uses these lists."""
    bureau.screening.use(used)
    bureau.diligence.keep_house()


def applied(bureau: Bureau, contact: str = "ann@example.com") -> int:
    """An application handed in, the short way: without papers and signature."""
    user_id, diligence = bureau.person(contact), bureau.diligence
    number = diligence.institutions.begin(user_id, EntityType.PRIVATE_COMPANY).application_id
    with diligence.parts.transaction() as session:
        sealed = diligence.parts.vault.seal(session, user_id, "institution_form", msgspec.json.encode(FORM))
        row = session.get_one(InstitutionRow, number)
        row.sealed_form, row.state, row.round = sealed, InstitutionState.IN_REVIEW, 1
        diligence.names.want(session, user_id, f"institution:{number}", named_in(FORM))
    diligence.keep_house()
    return user_id


def hits(bureau: Bureau) -> list[tuple[str, str]]:
    with bureau.diligence.parts.transaction() as session:
        found = session.execute(select(NameHitRow.entry, NameHitRow.state).order_by(NameHitRow.hit_id)).all()
    return [(entry, state) for entry, state in found]


def found(bureau: Bureau, user_id: int) -> Institution:
    return bureau.diligence.institutions.find(user_id)


def shown(bureau: Bureau, user_id: int) -> tuple[object, ...]:
    """All that a person sees of an application, but its numbers and texts."""
    seen = found(bureau, user_id)
    when = (seen.attested_ms, seen.submitted_ms, seen.decided_ms)
    return seen.state, seen.revision, seen.progress, seen.remedies, when, bureau.titles()


# -- Institutions ------------------------------------------------------------------------------------------------------


def test_everybody_in_a_form_is_named_and_a_person_once() -> None:
    ownership = Ownership(
        (
            Owner("a", OwnerKind.PERSON, "Ann Stone-Hill", "ann"),
            Owner("b", OwnerKind.COMPANY, "Bee Ltd", "ann"),
            Owner("c", OwnerKind.PERSON, "Cal Sand"),
            Owner("d", OwnerKind.DISPERSED, "Staff"),
            Owner("e", OwnerKind.TRUST, "Elm Trust"),
        ),
        (Holding("a", APPLICANT, 10_000),),
    )
    assert named_in(Form()) == ()
    assert named_in(Form(ENTITY, people=Officials((ANN, TIM)), ownership=ownership)) == (
        Named("institution", ("Quarry Capital AG",), is_organization=True),
        Named("person:ann", ("Ann Stone", "Ann Stone-Hill"), "1980-02-01"),
        Named("person:tim", ("Tim Rock",), "1990-02-01"),
        Named("owner:b", ("Bee Ltd",), is_organization=True),
        Named("owner:c", ("Cal Sand",)),
        Named("owner:e", ("Elm Trust",), is_organization=True),
    )


def test_attack_nothing_an_applicant_sees_tells_a_listed_name_from_another(small_bureau: Bureau) -> None:
    """Also not the moment at which staff approved the papers."""
    bureau = small_bureau
    seen = []
    for used in (NOBODY, QUARRY):
        bureau.screening.use(used)
        bureau.town.post.sent.clear()
        user_id = bureau.person(f"{used.edition}@example.com")
        views = []
        for step in (fill, hand_in):
            step(bureau, user_id)
            views.append(shown(bureau, user_id))
            bureau.diligence.keep_house()
            views.append(shown(bureau, user_id))
        if used is QUARRY:
            bureau.decide("kyb", "approved")
            views.append(shown(bureau, user_id))
        else:
            views.append(views[-1])
            bureau.decide("kyb", "approved")
            assert found(bureau, user_id).state is InstitutionState.APPROVED
        seen.append(views)
    assert seen[0] == seen[1]
    assert found(bureau, user_id).state is InstitutionState.IN_REVIEW


def test_a_hit_is_a_case_with_what_was_stated_and_what_is_listed(small_bureau: Bureau) -> None:
    bureau = small_bureau
    bureau.screening.use(ANNS)
    user_id = applied(bureau)
    (case_id,) = bureau.cases("screening_hit")
    case = bureau.office.cases.read(CAL, case_id)
    assert case.user_id == user_id
    (name,) = case.evidence
    values = dict(bureau.office.evidence.read(CAL, case_id, name).values)
    assert values.pop("found_ms") == str(bureau.clock())
    assert values == {
        "about": f"institution:{found(bureau, user_id).application_id}",
        "entry": "sdn:1",
        "score": "100",
        "edition": ANNS.edition,
        "part": "person:ann",
        "stated_name": "Ann Stone",
        "stated_birth_date": "1980-02-01",
        "listed_names": "STONE, Ann",
        "listed_birth_years": "1980",
        "list": "OFAC SDN 1, TEST",
    }
    with refused("evidence_unknown"):
        bureau.diligence.exhibit("name_hit", "99")


def test_an_approval_waits_for_the_hit_and_goes_on_when_it_is_somebody_else(bureau: Bureau) -> None:
    bureau.screening.use(QUARRY)
    user_id = applied(bureau)
    bureau.decide("kyb", "approved")
    for _ in range(2):
        bureau.diligence.keep_house()
    assert (found(bureau, user_id).state, bureau.rights.facts(user_id).kyc_level) == (InstitutionState.IN_REVIEW, 0)
    bureau.decide("screening_hit", "false_hit")
    assert (found(bureau, user_id).state, bureau.rights.facts(user_id).kyc_level) == (InstitutionState.APPROVED, 2)
    assert bureau.titles().count("your institution was verified") == 1
    assert hits(bureau) == [("sdn:1", HitState.CLEARED)]


def test_a_hit_that_is_cleared_first_approves_nobody(small_bureau: Bureau) -> None:
    small_bureau.screening.use(QUARRY)
    user_id = applied(small_bureau)
    small_bureau.decide("screening_hit", "false_hit")
    assert found(small_bureau, user_id).state is InstitutionState.IN_REVIEW
    small_bureau.decide("kyb", "approved")
    assert found(small_bureau, user_id).state is InstitutionState.APPROVED


def test_a_confirmed_hit_restricts_and_refuses_as_any_refusal_does(small_bureau: Bureau) -> None:
    bureau = small_bureau
    plain = applied(bureau, "plain@example.com")
    bureau.decide("kyb", "refused")
    screened(bureau, ANNS)
    user_id = applied(bureau)
    bureau.decide("screening_hit", "true_hit")
    assert bureau.cases("kyb") == []
    one, other = found(bureau, plain), found(bureau, user_id)
    assert (one.state, one.remedies, one.revision) == (other.state, other.remedies, other.revision)
    assert bureau.titles() == ["your institution could not be verified"] * 2
    decision = bureau.rights.entitlements(user_id, ANY_SESSION).decisions[Capability.TRADE_SPOT]
    assert (decision.effect, decision.reason) == (Effect.DENY, "restricted")
    with refused("applied_recently"):
        bureau.diligence.institutions.begin(user_id, found(bureau, user_id).entity_type)


def test_a_confirmed_hit_after_the_papers_were_approved_refuses_too(small_bureau: Bureau) -> None:
    small_bureau.screening.use(QUARRY)
    user_id = applied(small_bureau)
    small_bureau.decide("kyb", "approved")
    small_bureau.decide("screening_hit", "true_hit")
    assert found(small_bureau, user_id).state is InstitutionState.REFUSED
    assert small_bureau.rights.facts(user_id).kyc_level == 0
    assert small_bureau.diligence.institutions.legal_person(user_id) is None


def test_another_owner_is_screened_and_those_who_stay_are_not_asked_about_again(bureau: Bureau) -> None:
    bureau.screening.use(ANNS)
    user_id = applied(bureau)
    bureau.decide("screening_hit", "false_hit")
    bureau.decide("kyb", "more_needed", "owner_missing")
    institutions = bureau.diligence.institutions
    both = lists('"STONE, Ann",individual', '"SAND, Cleopatra",individual')
    new = Official("cleo", "Cleopatra", "Sand", "1970-01-01", "CH", "CH", (Role.SENIOR_MANAGER,))
    screened(bureau, both)
    institutions.save(user_id, revision(bureau, user_id), Officials((ANN, TIM, new)))
    bureau.diligence.keep_house()
    assert hits(bureau) == [("sdn:1", HitState.CLEARED), ("sdn:2", HitState.OPEN)]
    assert len(bureau.cases("screening_hit")) == 1


def test_another_birth_date_is_somebody_else_to_ask_about(small_bureau: Bureau) -> None:
    bureau = small_bureau
    bureau.screening.use(TIMS)
    user_id = applied(bureau)
    bureau.decide("screening_hit", "false_hit")
    bureau.decide("kyb", "more_needed", "owner_missing")
    older = Official("tim", "Tim", "Rock", "1960-02-01", "DE", "CH", TIM.roles)
    bureau.diligence.institutions.save(user_id, revision(bureau, user_id), Officials((ANN, older)))
    bureau.diligence.keep_house()
    assert [state for _, state in hits(bureau)] == [HitState.CLEARED, HitState.OPEN]


# -- New lists ---------------------------------------------------------------------------------------------------------


def test_a_new_list_finds_an_approved_institution_and_takes_nothing_away_by_itself(small_bureau: Bureau) -> None:
    bureau = small_bureau
    user_id = applied(bureau)
    bureau.decide("kyb", "approved")
    before = shown(bureau, user_id)
    screened(bureau, QUARRY)
    assert len(bureau.cases("screening_hit")) == 1
    assert (shown(bureau, user_id), bureau.rights.facts(user_id).kyc_level) == (before, 2)
    assert bureau.rights.restrictions.of(user_id) == []
    bureau.decide("screening_hit", "true_hit")
    assert [restriction.kind for restriction in bureau.rights.restrictions.of(user_id)] == ["risk_review"]
    assert shown(bureau, user_id) == before


def test_screening_again_and_again_is_one_hit_and_one_case(bureau: Bureau) -> None:
    applied(bureau)
    for remark in ("a", "b", "c"):
        screened(bureau, lists('"STONE, Ann",individual', remark=remark))
        bureau.diligence.keep_house()
    assert hits(bureau) == [("sdn:1", HitState.OPEN)]
    assert len(bureau.cases("screening_hit")) == 1


def test_a_new_list_is_gone_through_in_portions_and_each_name_once(
    small_bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau, woken, asked = small_bureau, list[bool](), list[int]()
    for number in range(3):
        applied(bureau, f"{number}@example.com")
    monkeypatch.setattr(due_diligence, "AT_ONCE", 2)
    bureau.diligence.names.wake = lambda: woken.append(True)
    real = bureau.diligence.names._screen

    def counted(number: int) -> None:
        asked.append(number)
        real(number)

    monkeypatch.setattr(bureau.diligence.names, "_screen", counted)
    for portion, wakes in ((2, 1), (3, 1), (3, 1)):
        bureau.screening.use(QUARRY)
        bureau.diligence.keep_house()
        assert (len(asked), len(woken)) == (portion, wakes)
    assert len(set(asked)) == 3


def test_a_crash_between_a_hit_and_its_case_leaves_no_hit_without_one(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise LonjaError("The disk is full.")

    applied(bureau)
    with monkeypatch.context() as broken:
        broken.setattr(bureau.office.cases, "open", full)
        with pytest.raises(LonjaError):
            screened(bureau, QUARRY)
    assert bureau.cases("screening_hit") == []
    again = bureau.open()
    again.keep_house()
    assert len(bureau.cases("screening_hit")) == 1
    again.close()


def test_one_whose_row_is_damaged_keeps_nobody_else_from_being_screened(small_bureau: Bureau) -> None:
    bureau = small_bureau
    damaged, _ = applied(bureau, "a@example.com"), applied(bureau, "b@example.com")
    with bureau.diligence.parts.transaction() as session:
        broken = update(ScreeningRow).where(ScreeningRow.user_id == damaged)
        session.execute(broken.values(sealed_names=b"x" * 40))
    screened(bureau, QUARRY)
    assert len(bureau.cases("screening_hit")) == 1


def test_an_application_of_before_that_is_damaged_keeps_nobody_else_from_being_screened(small_bureau: Bureau) -> None:
    bureau = small_bureau
    damaged, _ = applied(bureau, "a@example.com"), applied(bureau, "b@example.com")
    with bureau.diligence.parts.transaction() as session:
        session.execute(delete(ScreeningRow))
        broken = update(InstitutionRow).where(InstitutionRow.user_id == damaged)
        session.execute(broken.values(sealed_form=b"x" * 40))
    bureau.diligence.keep_house()
    screened(bureau, QUARRY)
    assert len(bureau.cases("screening_hit")) == 1


def test_a_crash_before_what_follows_a_decision_is_mended(
    small_bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau = small_bureau
    bureau.screening.use(QUARRY)
    user_id = applied(bureau)
    bureau.decide("kyb", "approved")

    def down(*_: object) -> None:
        raise LonjaError("The power is out.")

    with monkeypatch.context() as broken:
        broken.setattr(bureau.diligence.institutions, "_raise_level", down)
        bureau.decide("screening_hit", "false_hit")
    assert found(bureau, user_id).state is InstitutionState.IN_REVIEW
    bureau.diligence.keep_house()
    assert (found(bureau, user_id).state, bureau.rights.facts(user_id).kyc_level) == (InstitutionState.APPROVED, 2)


def test_who_is_gone_or_refused_is_screened_no_more(small_bureau: Bureau) -> None:
    bureau = small_bureau
    gone = applied(bureau, "gone@example.com")
    bureau.decide("kyb", "approved")
    bureau.diligence.account_closed(gone)
    applied(bureau)
    bureau.decide("kyb", "refused")
    screened(bureau, QUARRY)
    assert hits(bureau) == []


def test_what_was_found_is_forgotten_with_the_person(bureau: Bureau) -> None:
    bureau.screening.use(QUARRY)
    user_id = applied(bureau)
    bureau.diligence.account_closed(user_id)
    bureau.wait(days=11 * 365)
    bureau.diligence.keep_house()
    with bureau.diligence.parts.transaction() as session:
        counts = [session.scalar(select(func.count()).select_from(model)) for model in (ScreeningRow, NameHitRow)]
    assert counts == [0, 0]


def test_institutions_of_before_there_was_screening_are_screened(bureau: Bureau) -> None:
    applied(bureau)
    bureau.decide("kyb", "approved")
    with bureau.diligence.parts.transaction() as session:
        session.execute(delete(ScreeningRow))
    screened(bureau, QUARRY)
    bureau.diligence.keep_house()
    assert hits(bureau) == [("sdn:1", HitState.OPEN)]


def test_attack_a_name_that_cannot_be_compared_is_not_taken(small_bureau: Bureau) -> None:
    bureau = small_bureau
    user_id, rule = customer(bureau), bureau.diligence.travel_rule
    firm = bureau.person("firm@example.com")
    institutions = bureau.diligence.institutions
    institutions.begin(firm, EntityType.TRUST)
    for name, is_taken in (("中国石油", False), ("!!!", False), ("Οργανισμός 7", True), ("360 Ltd", True)):
        entity = msgspec.structs.replace(ENTITY, name=name)
        with nullcontext() if is_taken else refused("name_script"):
            institutions.save(firm, revision(bureau, firm), entity)
        with nullcontext() if is_taken else refused("name_script"):
            rule.withdrawal(user_id, transfer(name), Declaration(other=OtherSide(company=name, country="CN")))


# -- Transfers ---------------------------------------------------------------------------------------------------------


def seen(rule_answer: Transfer) -> tuple[object, ...]:
    return rule_answer.state, rule_answer.missing, rule_answer.due_ms, rule_answer.can_prove


def test_attack_an_answer_is_the_same_whoever_is_named(small_bureau: Bureau) -> None:
    bureau = small_bureau
    user_id, rule = customer(bureau), bureau.diligence.travel_rule
    bureau.screening.use(BOBS)
    tom = Declaration(other=OtherSide(given_names="Tom", family_names="Hill", country="GB"))
    answers = [rule.withdrawal(user_id, transfer(str(number)), named) for number, named in enumerate((BOB, tom))]
    assert seen(answers[0]) == seen(answers[1])
    bureau.diligence.keep_house()
    assert [rule.show(user_id, answer.transfer_id).state for answer in answers] == ["in_review", "cleared"]
    assert bureau.titles() == []


def test_a_withdrawal_waits_for_the_hit_and_a_name_is_asked_about_once(bureau: Bureau) -> None:
    user_id, rule = customer(bureau), bureau.diligence.travel_rule
    bureau.screening.use(BOBS)
    first = rule.withdrawal(user_id, transfer("1"), BOB)
    bureau.diligence.keep_house()
    bureau.decide("screening_hit", "false_hit")
    assert rule.show(user_id, first.transfer_id).is_cleared
    second = rule.withdrawal(user_id, transfer("2"), BOB)
    bureau.diligence.keep_house()
    assert rule.show(user_id, second.transfer_id).is_cleared
    assert bureau.cases("screening_hit") == []


def test_with_a_confirmed_name_money_stays_where_it_is(bureau: Bureau) -> None:
    user_id, rule = customer(bureau), bureau.diligence.travel_rule
    bureau.screening.use(BOBS)
    waiting = rule.answer(user_id, rule.deposit(user_id, transfer()).transfer_id, BOB)
    bureau.diligence.keep_house()
    bureau.decide("screening_hit", "true_hit")
    for _ in range(2):
        bureau.diligence.keep_house()
    assert rule.show(user_id, waiting.transfer_id).state is TransferState.IN_REVIEW
    assert held(bureau, user_id) == [("ETH", 100)]
    assert "risk_review" in [restriction.kind for restriction in bureau.rights.restrictions.of(user_id)]
    assert bureau.titles() == ["a deposit waits: tell us who sent it"]


def test_a_transfer_that_staff_accept_waits_for_the_name_too(small_bureau: Bureau) -> None:
    bureau = small_bureau
    user_id, rule = customer(bureau), bureau.diligence.travel_rule
    bureau.screening.use(KRAKENS)
    waiting = rule.answer(user_id, rule.deposit(user_id, transfer()).transfer_id, Declaration(vasp="Kraken Ltd."))
    bureau.diligence.keep_house()
    before = rule.show(user_id, waiting.transfer_id)
    bureau.decide("travel_rule", "accepted")
    assert rule.show(user_id, waiting.transfer_id) == before == waiting
    assert held(bureau, user_id) == [("ETH", 100)]
    bureau.decide("screening_hit", "false_hit")
    assert rule.show(user_id, waiting.transfer_id).is_cleared
    assert held(bureau, user_id) == []
    assert bureau.titles()[1:] == ["your transfer goes on"]


def test_whom_another_exchange_names_as_sender_is_screened(small_bureau: Bureau, shared_folder: Path) -> None:
    bureau = small_bureau
    user_id, rule = customer(bureau), bureau.diligence.travel_rule
    message = json.loads((shared_folder / "data/ivms101/identity_payload.json").read_text())
    sender = ivms101.natural_person("Bob", "Stone")
    for side, persons in (("originator", [sender]), ("beneficiary", [ivms101.natural_person("Ann", "Stone")])):
        message[side][f"{side}Persons"] = json.loads(msgspec.json.encode(persons))
    bureau.screening.use(BOBS)
    told = rule.deposit(user_id, transfer(), json.dumps(message).encode())
    assert (told.state, held(bureau, user_id)) == (TransferState.IN_REVIEW, [("ETH", 100)])
    bureau.diligence.keep_house()
    assert hits(bureau) == [("sdn:1", HitState.OPEN)]
    assert not rule.show(user_id, told.transfer_id).is_cleared
    bureau.decide("screening_hit", "false_hit")
    assert (rule.show(user_id, told.transfer_id).is_cleared, held(bureau, user_id)) == (True, [])


def test_what_is_held_is_screened_with_a_new_list_and_what_is_cleared_is_not(bureau: Bureau) -> None:
    user_id, rule = customer(bureau), bureau.diligence.travel_rule
    cleared = rule.withdrawal(user_id, transfer("1"), BOB)
    bureau.diligence.keep_house()
    screened(bureau, BOBS)
    assert (hits(bureau), rule.show(user_id, cleared.transfer_id).is_cleared) == ([], True)
    other = Declaration(vasp="Kraken")
    rule.answer(user_id, rule.deposit(user_id, transfer("2", address="bc1q")).transfer_id, other)
    bureau.diligence.keep_house()
    assert hits(bureau) == []
    screened(bureau, KRAKENS)
    assert hits(bureau) == [("sdn:1", HitState.OPEN)]


def test_attack_no_request_touches_the_lists_so_none_takes_longer_for_a_listed_name(
    small_bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau = small_bureau

    def touched(*_: object, **__: object) -> tuple[()]:
        raise AssertionError("a request looked into the lists")

    bureau.screening.use(ANNS)
    user_id, other, rule = bureau.person("firm@example.com"), customer(bureau), bureau.diligence.travel_rule
    with monkeypatch.context() as guarded:
        for name in ("find", "find_organizations"):
            guarded.setattr(Matcher, name, touched)
        fill(bureau, user_id)
        hand_in(bureau, user_id)
        rule.withdrawal(other, transfer("1"), BOB)
        rule.answer(other, rule.deposit(other, transfer("2")).transfer_id, Declaration(vasp="Elsewhere"))
    bureau.diligence.keep_house()
    assert len(bureau.cases("screening_hit")) == 1


def test_nobody_s_names_are_clear_before_they_were_screened(small_bureau: Bureau) -> None:
    names = small_bureau.diligence.names
    user_id = small_bureau.person()
    with small_bureau.diligence.parts.transaction() as session:
        names.want(session, user_id, "institution:7", (Named("institution", ("Acme",), is_organization=True),))
    findings = [names.finding("institution:7"), names.finding("institution:8")]
    names.screen("institution:7")
    assert [*findings, names.finding("institution:7")] == [Finding.OPEN, Finding.CLEAR, Finding.CLEAR]
    small_bureau.screening.use(NOBODY)
    assert names.finding("institution:7") is Finding.OPEN


def test_names_lie_sealed(small_bureau: Bureau) -> None:
    bureau = small_bureau
    bureau.screening.use(ANNS)
    applied(bureau)
    bureau.diligence.parts.database.dispose()
    raw = b"".join(path.read_bytes() for path in bureau.folder.glob("due_diligence.sqlite*"))
    assert b"Stone" not in raw
    assert b"Quarry" not in raw


# -- The port ----------------------------------------------------------------------------------------------------------


def test_the_lists_of_verification_answer_the_port(small_bureau: Bureau) -> None:
    port = ScreenedLists(small_bureau.screening)
    small_bureau.screening.use(NOBODY)
    before = port.edition
    small_bureau.screening.use(lists('"STONE, Ann",individual', '"STONE ANN",-0-', remark="DOB 1980"))
    assert port.edition != before
    person = Named("x", ("Ann Stone",), "1980-02-01")
    assert Listed("sdn:1", 100, ("STONE, Ann",), (1980,), "OFAC SDN 1, TEST") in port.like(person, "CH")
    company = Named("x", ("Stone Ann GmbH",), is_organization=True)
    assert [listed.entry for listed in port.like(company, "CH")] == ["sdn:2"]
    assert port.like(Named("x", ("Ann Stone",), "1980-02-31"), "")[0].score == 100
    assert port.like(Named("x", ("Tom Hill",)), "CH") == ()
    assert "Stone" not in repr(person)
