"""An institution's application: sections, attestation, review by two, remedies, handing in again."""

import threading

import msgspec
import pytest
from sqlalchemy import func, select

from lonja.modules.verification.api import (
    Addresses,
    EntityData,
    EntityType,
    Institution,
    InstitutionState,
    Officials,
    Ownership,
    PostalAddress,
    Section,
    lists_of,
)
from lonja.modules.verification.due_diligence import ivms101
from lonja.modules.verification.due_diligence.institution_forms import Official, Role
from lonja.modules.verification.due_diligence.ownership import APPLICANT, Holding, Owner, OwnerKind
from lonja.modules.verification.due_diligence.tables import InstitutionRow
from tests.modules.verification.due_diligence.conftest import CLEO, Bureau, paper, refused

STREET = PostalAddress("Bahnhofstrasse 1", "Zug", "6300", "CH")
ENTITY = EntityData("Quarry Capital AG", "CHE-123.456.789", "CH", "2015-05-04", "Trades for itself")
ADDRESSES = Addresses(STREET, STREET)
ANN = Official("ann", "Ann", "Stone", "1980-02-01", "CH", "CH", (Role.DIRECTOR, Role.BENEFICIAL_OWNER))
TIM = Official("tim", "Tim", "Rock", "1990-02-01", "DE", "CH", (Role.AUTHORIZED_TRADER,))
PEOPLE = Officials((ANN, TIM))
OWNERSHIP = Ownership(
    (Owner("ann", OwnerKind.PERSON, "Ann Stone", "ann"), Owner("rest", OwnerKind.DISPERSED, "Staff")),
    (Holding("ann", APPLICANT, 8_000), Holding("rest", APPLICANT, 2_000)),
)
PAPERS = (
    ("certificate_of_incorporation", ""),
    ("articles", ""),
    ("register_of_directors", ""),
    ("ownership_chart", "2023-10-01"),
    ("address_proof", "2023-10-01"),
    ("board_resolution", "2023-10-01"),
)


def problems(found: Institution) -> dict[str, list[str]]:
    return {part.section: [problem.about for problem in part.problems] for part in found.progress if part.problems}


def states(found: Institution) -> dict[str, str]:
    return {part.section: part.state for part in found.progress}


def revision(bureau: Bureau, user_id: int) -> int:
    return bureau.diligence.institutions.find(user_id).revision


def fill(bureau: Bureau, user_id: int) -> Institution:
    institutions = bureau.diligence.institutions
    seen = institutions.begin(user_id, EntityType.PRIVATE_COMPANY).revision
    for section in (ENTITY, ADDRESSES, PEOPLE, OWNERSHIP):
        seen = institutions.save(user_id, seen, section).revision
    for further, (kind, issued_on) in enumerate(PAPERS):
        institutions.add_paper(user_id, seen + further, paper(kind, issued_on=issued_on))
    return institutions.find(user_id)


def attest(bureau: Bureau, user_id: int, person_id: str = "ann", name: str = "Ann Stone") -> Institution:
    institutions = bureau.diligence.institutions
    seen = institutions.find(user_id)
    return institutions.attest(user_id, seen.revision, seen.attestation.text_hash, person_id, name)


def hand_in(bureau: Bureau, user_id: int) -> Institution:
    return bureau.diligence.institutions.submit(user_id, attest(bureau, user_id).revision)


def test_an_application_is_filled_in_section_by_section(bureau: Bureau) -> None:
    ann = bureau.person()
    begun = bureau.diligence.institutions.begin(ann, EntityType.PRIVATE_COMPANY)
    assert states(begun) == dict.fromkeys(Section, "missing")
    assert bureau.diligence.institutions.begin(ann, EntityType.TRUST).entity_type is EntityType.PRIVATE_COMPANY
    filled = fill(bureau, ann)
    assert states(filled) == dict.fromkeys(Section, "complete") | {"attestation": "missing"}
    with refused("application_incomplete"):
        bureau.diligence.institutions.submit(ann, filled.revision)
    assert hand_in(bureau, ann).state is InstitutionState.IN_REVIEW


def test_what_is_missing_is_named_with_what_to_do(small_bureau: Bureau) -> None:
    bureau = small_bureau
    user_id = bureau.person()
    fill(bureau, user_id)
    institutions = bureau.diligence.institutions
    nobody = Officials((Official("kid", "Kid", "Stone", "2010-01-01", "CH", "CH", (Role.PARTNER,)),))
    institutions.save(user_id, revision(bureau, user_id), nobody)
    half = Ownership(OWNERSHIP.owners, OWNERSHIP.holdings[:1])
    found = institutions.save(user_id, revision(bureau, user_id), half)
    assert problems(found) == {
        "people": ["director", "authorized_trader", "kid"],
        "ownership": [APPLICANT, "rest", "ann"],
    }
    old = next(each for each in found.papers if each.kind == "address_proof")
    institutions.remove_paper(user_id, revision(bureau, user_id), old.paper_id)
    assert problems(institutions.find(user_id))["papers"] == ["address_proof"]
    institutions.add_paper(user_id, revision(bureau, user_id), paper("address_proof", issued_on="2023-07-01"))
    assert problems(institutions.find(user_id))["papers"] == ["address_proof"]  # four months old


def test_without_anybody_above_the_line_a_manager_is_named(small_bureau: Bureau) -> None:
    user_id = small_bureau.person()
    fill(small_bureau, user_id)
    spread = Ownership((Owner("all", OwnerKind.DISPERSED, "Many"),), (Holding("all", APPLICANT, 10_000),))
    found = small_bureau.diligence.institutions.save(user_id, revision(small_bureau, user_id), spread)
    assert problems(found) == {"people": ["senior_manager"]}


@pytest.mark.parametrize(
    ("entity_type", "roles", "kinds"),
    [
        (EntityType.PUBLIC_COMPANY, ["director", "authorized_trader"], 5),
        (EntityType.FUND, ["director|partner", "authorized_trader"], 7),
        (EntityType.TRUST, ["trustee", "settlor", "beneficiary", "authorized_trader"], 3),
        (EntityType.FINANCIAL_FIRM, ["director", "authorized_trader"], 7),
    ],
)
def test_each_type_has_papers_and_roles_of_its_own(
    small_bureau: Bureau, entity_type: EntityType, roles: list[str], kinds: int
) -> None:
    user_id, institutions = small_bureau.person(), small_bureau.diligence.institutions
    institutions.begin(user_id, entity_type)
    nobody = Officials((Official("x", "X", "Y", "1980-01-01", "CH", "CH", (Role.SENIOR_MANAGER,)),))
    institutions.save(user_id, 0, nobody)
    found = institutions.save(user_id, 1, ENTITY)
    assert problems(found)["people"] == roles
    assert len(problems(found)["papers"]) == kinds
    needs = entity_type in (EntityType.FUND, EntityType.FINANCIAL_FIRM)
    assert states(found)["ownership"] == ("missing" if needs else "complete")


def test_any_change_after_the_attestation_voids_it(small_bureau: Bureau) -> None:
    bureau = small_bureau
    user_id = bureau.person()
    fill(bureau, user_id)
    institutions = bureau.diligence.institutions
    changes = (
        lambda: institutions.save(user_id, revision(bureau, user_id), ENTITY),
        lambda: institutions.add_paper(user_id, revision(bureau, user_id), paper("other")),
    )
    for change in changes:
        assert states(attest(bureau, user_id))["attestation"] == "complete"
        change()
        assert states(institutions.find(user_id))["attestation"] == "missing"


def test_only_who_may_sign_signs_with_the_full_name_and_the_text_in_force(small_bureau: Bureau) -> None:
    bureau = small_bureau
    user_id = bureau.person()
    fill(bureau, user_id)
    with refused("signer_unfit"):
        attest(bureau, user_id, "nobody", "Ann Stone")
    with refused("signature_differs"):
        attest(bureau, user_id, "ann", "Tim Rock")
    with refused("attestation_changed"):
        bureau.diligence.institutions.attest(user_id, revision(bureau, user_id), "0" * 64, "ann", "Ann Stone")
    signed = attest(bureau, user_id, "tim", " tim rock ")
    assert signed.attested_ms == bureau.clock()


def test_two_approve_an_institution_and_then_its_rights_open(small_bureau: Bureau) -> None:
    bureau = small_bureau
    user_id = bureau.person()
    fill(bureau, user_id)
    hand_in(bureau, user_id)
    (case_id,) = bureau.cases("kyb")
    shown = {name.split(":")[0]: bureau.office.evidence.read(CLEO, case_id, name) for name in bureau.evidence(case_id)}
    assert shown["institution"].values["form.entity.name"] == "Quarry Capital AG"
    assert shown["institution"].values["signer"] == "ann\nAnn Stone"
    with refused("not_editable"):
        bureau.diligence.institutions.save(user_id, revision(bureau, user_id), ENTITY)
    bureau.decide("kyb", "approved")
    assert bureau.diligence.institutions.find(user_id).state is InstitutionState.APPROVED
    assert bureau.rights.facts(user_id).kyc_level == 2
    assert "your institution was verified" in bureau.titles()
    person = bureau.diligence.institutions.legal_person(user_id)
    assert ivms101.names_of(person) == {"quarry capital ag"}


def test_remedies_are_told_and_it_is_handed_in_again(bureau: Bureau) -> None:
    user_id = bureau.person()
    fill(bureau, user_id)
    hand_in(bureau, user_id)
    bureau.decide("kyb", "more_needed", "owner_missing - and I think he lies")
    found = bureau.diligence.institutions.find(user_id)
    assert (found.state, found.remedies) == (InstitutionState.MORE_NEEDED, ("owner_missing",))
    assert hand_in(bureau, user_id).state is InstitutionState.IN_REVIEW
    bureau.decide("kyb", "refused")
    assert bureau.diligence.institutions.find(user_id).state is InstitutionState.REFUSED
    with refused("applied_recently"):
        bureau.diligence.institutions.begin(user_id, EntityType.FUND)
    bureau.wait(days=30)
    assert bureau.diligence.institutions.begin(user_id, EntityType.FUND).state is InstitutionState.DRAFT


def test_of_two_changes_at_once_one_is_refused(bureau: Bureau) -> None:
    user_id = bureau.person()
    bureau.diligence.institutions.begin(user_id, EntityType.TRUST)
    bureau.diligence.institutions.save(user_id, 0, ENTITY)
    with refused("changed_meanwhile"):
        bureau.diligence.institutions.save(user_id, 0, ADDRESSES)
    assert bureau.diligence.institutions.find(user_id).form.addresses is None


def test_a_person_who_was_verified_cannot_become_an_institution(small_bureau: Bureau) -> None:
    bureau = small_bureau
    ann = bureau.person()
    bureau.rights.standings.set_kyc_level(ann, 1)
    with refused("account_personal"):
        bureau.diligence.institutions.begin(ann, EntityType.FUND)


def test_attack_nobody_at_a_sanctioned_place_applies(small_bureau: Bureau) -> None:
    user_id = small_bureau.person(residence="KP")
    with refused("apply_denied"):
        small_bureau.diligence.institutions.begin(user_id, EntityType.FUND)


def test_a_circle_and_a_wrong_date_are_refused_when_saved(small_bureau: Bureau) -> None:
    user_id, institutions = small_bureau.person(), small_bureau.diligence.institutions
    institutions.begin(user_id, EntityType.FUND)
    circle = Ownership(
        (Owner("a", OwnerKind.COMPANY, "A"), Owner("b", OwnerKind.COMPANY, "B")),
        (Holding("a", APPLICANT, 10_000), Holding("a", "b", 10_000), Holding("b", "a", 10_000)),
    )
    with refused("ownership_cycle"):
        institutions.save(user_id, 0, circle)
    with refused("date_invalid"):
        institutions.save(user_id, 0, EntityData("A", "1", "CH", "2023-02-30", "x"))
    with refused("date_invalid"):
        institutions.save(user_id, 0, EntityData("A", "1", "CH", "2099-01-01", "x"))
    assert institutions.find(user_id).revision == 0


NEW_PEOPLE = Officials((ANN, TIM, Official("cleo", "Cleo", "Sand", "1970-01-01", "CH", "CH", (Role.SENIOR_MANAGER,))))


def approved(bureau: Bureau) -> int:
    user_id = bureau.person()
    fill(bureau, user_id)
    hand_in(bureau, user_id)
    bureau.decide("kyb", "approved")
    return user_id


def change(bureau: Bureau, user_id: int, name: str = "Quarry Holding AG") -> None:
    institutions = bureau.diligence.institutions
    seen = institutions.begin_change(user_id).revision
    seen = institutions.save(user_id, seen, NEW_PEOPLE).revision
    seen = institutions.save(user_id, seen, msgspec.structs.replace(ENTITY, name=name)).revision
    for further, (kind, issued_on) in enumerate(PAPERS):
        institutions.add_paper(user_id, seen + further, paper(kind, issued_on=issued_on))
    hand_in(bureau, user_id)


def named(bureau: Bureau, user_id: int) -> set[str]:
    return set(ivms101.names_of(bureau.diligence.institutions.legal_person(user_id)))


def test_a_change_begins_with_what_was_approved_and_is_in_force_once_approved(bureau: Bureau) -> None:
    user_id, institutions = approved(bureau), bureau.diligence.institutions
    since_ms = bureau.clock()
    bureau.wait(days=1)
    begun = institutions.begin_change(user_id)
    assert (begun.state, begun.in_force_since_ms) == (InstitutionState.DRAFT, since_ms)
    assert begun.form.entity == ENTITY
    assert states(begun) == dict.fromkeys(Section, "complete") | {"papers": "missing", "attestation": "missing"}
    change(bureau, user_id)
    assert institutions.begin_change(user_id).state is InstitutionState.IN_REVIEW
    assert (named(bureau, user_id), bureau.rights.facts(user_id).kyc_level) == ({"quarry capital ag"}, 2)
    (case_id,) = bureau.cases("kyb")
    about = [name for name in bureau.evidence(case_id) if name.startswith("institution:")]
    forms = [bureau.office.evidence.read(CLEO, case_id, name).values["form.entity.name"] for name in about]
    assert sorted(forms) == ["Quarry Capital AG", "Quarry Holding AG"]
    bureau.decide("kyb", "approved")
    found = institutions.find(user_id)
    assert (found.state, found.in_force_since_ms) == (InstitutionState.APPROVED, bureau.clock())
    assert (named(bureau, user_id), bureau.rights.facts(user_id).kyc_level) == ({"quarry holding ag"}, 2)
    assert bureau.titles() == ["your institution was verified", "the change of your institution was approved"]


def test_a_refused_change_leaves_what_was_approved_in_force(bureau: Bureau) -> None:
    user_id, institutions = approved(bureau), bureau.diligence.institutions
    change(bureau, user_id)
    bureau.decide("kyb", "refused")
    found = institutions.find(user_id)
    assert (found.state, found.in_force_since_ms) == (InstitutionState.REFUSED, bureau.clock())
    assert (named(bureau, user_id), bureau.rights.facts(user_id).kyc_level) == ({"quarry capital ag"}, 2)
    assert institutions.begin(user_id, EntityType.FUND).state is InstitutionState.REFUSED, "nothing new begins"
    with refused("applied_recently"):
        institutions.begin_change(user_id)
    bureau.wait(days=30)
    assert institutions.begin_change(user_id).form.entity == ENTITY


def test_attack_another_owner_of_an_approved_institution_is_screened_before_the_change_is_approved(
    small_bureau: Bureau,
) -> None:
    bureau = small_bureau
    user_id = approved(bureau)
    bureau.screening.use(lists_of({"sdn.csv": f'1,"SAND, Cleo",individual,TEST{",-0-" * 8}\n'}))
    change(bureau, user_id)
    bureau.diligence.keep_house()
    bureau.decide("kyb", "approved")
    assert bureau.diligence.institutions.find(user_id).state is InstitutionState.IN_REVIEW
    assert named(bureau, user_id) == {"quarry capital ag"}
    bureau.decide("screening_hit", "true_hit")
    found = bureau.diligence.institutions.find(user_id)
    assert (found.state, named(bureau, user_id)) == (InstitutionState.REFUSED, {"quarry capital ag"})


def test_only_what_is_approved_can_be_changed_and_one_change_at_a_time(bureau: Bureau) -> None:
    user_id, institutions = bureau.person(), bureau.diligence.institutions
    for begun in (False, True):
        if begun:
            institutions.begin(user_id, EntityType.TRUST)
        with refused("not_approved"):
            institutions.begin_change(user_id)
    other = bureau.person("other@example.com")
    fill(bureau, other)
    hand_in(bureau, other)
    bureau.decide("kyb", "approved")
    begun_at_once = [threading.Thread(target=institutions.begin_change, args=(other,)) for _ in range(3)]
    for thread in begun_at_once:
        thread.start()
    for thread in begun_at_once:
        thread.join()
    with bureau.diligence.parts.transaction() as session:
        count = session.scalar(select(func.count()).where(InstitutionRow.user_id == other))
    assert count == 2


def test_papers_keep_their_rules_for_institutions_too(small_bureau: Bureau) -> None:
    user_id, institutions = small_bureau.person(), small_bureau.diligence.institutions
    institutions.begin(user_id, EntityType.FUND)
    with refused("paper_kind"):
        institutions.add_paper(user_id, 0, paper("selfie"))
    with refused("date_invalid"):
        institutions.add_paper(user_id, 0, paper("license", issued_on="tomorrow"))
    with refused("date_invalid"):
        institutions.add_paper(user_id, 0, paper("license", issued_on="2099-01-01"))


def test_a_person_without_an_application_has_none(small_bureau: Bureau) -> None:
    user_id = small_bureau.person()
    with refused("application_not_found"):
        small_bureau.diligence.institutions.find(user_id)
