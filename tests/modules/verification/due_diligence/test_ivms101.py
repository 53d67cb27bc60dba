"""IVMS101: the real examples are read, judged and written again as they were."""

import json
from datetime import date
from pathlib import Path

import msgspec
import pytest

from lonja.modules.verification.due_diligence import ivms101
from lonja.primitives.errors import RefusedError

TODAY = date(2026, 1, 1)
EXAMPLES = [
    ("identity_payload", ivms101.Payload),
    ("natural_person", ivms101.NaturalPerson),
    ("legal_person", ivms101.LegalPerson),
    ("person_natural_person", ivms101.Person),
    ("person_legal_person", ivms101.Person),
    ("address", ivms101.Address),
    ("national_identification", ivms101.NationalIdentification),
]


@pytest.fixture(scope="module")
def examples(shared_folder: Path) -> dict[str, bytes]:
    return {file.stem: file.read_bytes() for file in (shared_folder / "data/ivms101").glob("*.json")}


@pytest.mark.parametrize(("name", "kind"), EXAMPLES)
def test_an_example_is_the_same_after_reading_and_writing(
    examples: dict[str, bytes], name: str, kind: type[msgspec.Struct]
) -> None:
    read = msgspec.json.decode(examples[name], type=kind)
    assert json.loads(msgspec.json.encode(read)) == json.loads(examples[name])


def test_every_example_is_tried(examples: dict[str, bytes]) -> None:
    assert set(examples) == {name for name, _ in EXAMPLES}


def test_the_whole_example_keeps_the_standard(examples: dict[str, bytes]) -> None:
    payload = ivms101.read_payload(examples["identity_payload"])
    assert ivms101.problems_of(payload, TODAY) == ()
    assert ivms101.names_of(payload.originator.originator_persons[0]) == {"howard", "price"}


ALTERED = [
    # path, value, what is said of it
    ("originator.originatorPersons.0.naturalPerson.dateAndPlaceOfBirth.dateOfBirth", "2092-10-04", "originator.0: the date of birth is not in the past"),
    ("originator.originatorPersons.0.naturalPerson.dateAndPlaceOfBirth.dateOfBirth", "1992-13-04", "originator.0: the date of birth is not in the past"),
    ("originator.originatorPersons.0.naturalPerson.name.nameIdentifier.0.nameIdentifierType", "ALIA", "originator.0: a legal name is missing"),
    ("beneficiary.beneficiaryPersons.0.naturalPerson.geographicAddress.0.buildingNumber", None, "beneficiary.0: an address has neither a street with a building nor lines"),
    ("originatingVASP.originatingVASP.legalPerson.nationalIdentification.nationalIdentifier", "506700T7Z685VUOZL878", "originating_vasp: the LEI has a wrong check digit"),
    ("beneficiaryVASP.beneficiaryVASP.legalPerson.nationalIdentification.registrationAuthority", None, "beneficiary_vasp: the registration authority is missing"),
    ("beneficiary.beneficiaryPersons.0.naturalPerson", None, "beneficiary.0: either natural or legal"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "said"), ALTERED)
def test_what_breaks_the_standard_is_named(examples: dict[str, bytes], path: str, value: str | None, said: str) -> None:
    raw = json.loads(examples["identity_payload"])
    *way, last = path.split(".")
    inner = raw
    for step in way:
        inner = inner[int(step)] if step.isdigit() else inner[step]
    inner.pop(last) if value is None else inner.update({last: value})
    assert ivms101.problems_of(ivms101.read_payload(json.dumps(raw).encode()), TODAY) == (said,)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"originator": {}, "beneficiary": {}}',
        b"[" * 100_000,
        b" " * 70_000,
        b'{"originator": {"originatorPersons": [{"naturalPerson": {"name": {"nameIdentifier": []}}}]}}',
    ],
)
def test_attack_what_is_no_message_is_refused_without_being_repeated(raw: bytes) -> None:
    with pytest.raises(RefusedError, check=lambda error: error.code == "payload_invalid") as refused:
        ivms101.read_payload(raw)
    assert "name" not in str(refused.value).lower()


def test_unknown_fields_and_codes_are_refused(examples: dict[str, bytes]) -> None:
    for old, new in ((b'"LEGL"', b'"LEGAL"'), (b'"HOME"', b'"HUT"'), (b'"postCode"', b'"zip"'), (b'"US"', b'"usa"')):
        with pytest.raises(RefusedError):
            ivms101.read_payload(examples["identity_payload"].replace(old, new))


@pytest.mark.parametrize(
    ("text", "is_lei"),
    [
        ("506700T7Z685VUOZL877", True),
        ("283100RWUNF913WOJT02", True),
        ("506700T7Z685VUOZL87", False),
        ("506700t7z685vuozl877", False),
        ("506700T7Z685VUOZL8\u0667\u0667", False),
        ("213800AQUAUP6I215N33", False),
    ],
)
def test_an_lei_has_its_check_digits(text: str, is_lei: bool) -> None:
    assert ivms101.is_lei(text) is is_lei
