"""The doctor proves on a folder with people in it that what is secret is sealed, and finds what is not, wherever it lies."""

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary

from lonja.adapters.clock import ManualClock, SystemClock
from lonja.bootstrap.identity import KEY_FILE_NAME, open_box, open_identity
from lonja.bootstrap.sealed_fields import BOXED, SEALED
from lonja.bootstrap.settings import Settings
from lonja.bootstrap.staff_folder import open_staff_folder
from lonja.bootstrap.wiring import build_house
from lonja.cli.doctor_plain import examine_plain
from lonja.cli.doctor_sealed import examine_sealed
from lonja.modules.backoffice.tables import Base as BackOfficeBase
from lonja.modules.identity.api import Client
from lonja.modules.identity.people.tables import Base as PeopleBase
from lonja.modules.identity.tables import Base as IdentityBase
from lonja.modules.notices.tables import Base as NoticesBase
from lonja.modules.verification.api import NewPaper
from lonja.modules.verification.due_diligence.tables import Base as DueDiligenceBase
from lonja.modules.verification.tables import Base as VerificationBase
from tests.bootstrap.test_verification import hand_everything_in

NOW_MS = SystemClock().now_ms()
EMAIL, PHONE = "alice.needle@example.com", "+14155550133"
METADATA = (IdentityBase, PeopleBase, NoticesBase, BackOfficeBase, VerificationBase, DueDiligenceBase)
DIGESTS = ("_digest", "digest", "_hash")
PUBLIC = {
    "passkeys.credential_id",
    "passkeys.public_key",
    "sign_ins.environment",
    "sessions.environment",
    "dd_institutions.attested_form",
}
"""Binary columns that are neither secret nor personal: public keys, and digests by another name."""


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a house where a person signed in, was written to, and is the subject of a case."""
    umask = os.umask(0o077)
    root = tmp_path_factory.mktemp("house")
    identity = open_identity(root, lambda: NOW_MS)
    identity.register_account("alice", 2, -1)
    identity.create_key(2, permissions=("trade",), passphrase="Correct-horse-1")
    identity.close()
    folder = open_staff_folder(root)
    people = folder.people
    user_id = people.sign_ups.enroll(EMAIL, "Quarry-7-lantern", "ES", NOW_MS)
    people.sign_ins.admit(user_id, "passkey", Client("203.0.113.7", "Firefox"), NOW_MS)
    people.tell(user_id, "notice", {"title": "hello"})
    case = folder.office.cases.open("appeal", user_id, f"write to {EMAIL} or call {PHONE}", ("restriction:1",))
    folder.office.cases.withdraw(case, "by telephone")
    folder.close()
    os.umask(umask)
    return root


@pytest.fixture
def root(lived_in: Path, tmp_path: Path) -> Path:
    return shutil.copytree(lived_in, tmp_path / "house")


def bad(root: Path) -> list[str]:
    return [sentence for grade, sentence in examine_sealed(root) if grade == "bad"]


def change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def test_a_sound_house(root: Path) -> None:
    found = list(examine_sealed(root))
    assert {grade for grade, _ in found} == {"ok"}
    assert any("identity.sqlite" in sentence and "open with the house's key" in sentence for _, sentence in found)
    assert found[-1][1].startswith("no address, number or secret stands in plain in ")


def test_a_folder_without_people(tmp_path: Path) -> None:
    assert list(examine_sealed(tmp_path)) == [("ok", "none yet")]
    assert not (tmp_path / KEY_FILE_NAME).exists(), "looking makes no key"


@pytest.mark.parametrize(
    ("file", "statement", "value", "where"),
    [
        ("identity.sqlite", "UPDATE users SET sealed_email = ?", EMAIL, "users.sealed_email"),
        ("identity.sqlite", "UPDATE users SET sealed_email = ?", EMAIL.encode(), "users.sealed_email"),
        ("identity.sqlite", "UPDATE users SET sealed_key = ?", b"x" * 200, "users.sealed_key"),
        ("identity.sqlite", "UPDATE devices SET sealed_place = sealed_name WHERE ? = 1", 1, "devices.sealed_place"),
        ("identity.sqlite", "UPDATE api_keys SET sealed_secret = ?", b"y" * 64, "api_keys.sealed_secret"),
        ("identity.sqlite", "UPDATE users SET password_hash = ?", "Quarry-7-lantern", "users.password_hash"),
        ("identity.sqlite", "UPDATE api_keys SET passphrase_hash = ?", b"Correct-horse-1", "api_keys.passphrase_hash"),
        (
            "notices.sqlite",
            "UPDATE notice_messages SET sealed_content = ?",
            b"z" * 90,
            "notice_messages.sealed_content",
        ),
        ("backoffice.sqlite", "UPDATE backoffice_cases SET summary = ?", b"w" * 90, "backoffice_cases.summary"),
    ],
)
def test_what_is_not_sealed_by_the_house_is_found(
    root: Path, file: str, statement: str, value: object, where: str
) -> None:
    change(root / file, statement, value)
    assert any(sentence.startswith(f"{file}, {where}: ") for sentence in bad(root))


def test_a_value_moved_to_another_person_does_not_open(root: Path) -> None:
    path = root / "identity.sqlite"
    folder = open_staff_folder(root)
    folder.people.sign_ups.enroll("mallory@example.com", "Quarry-7-lantern", "ES", NOW_MS)
    folder.close()
    change(path, "UPDATE users SET sealed_email = (SELECT sealed_email FROM users WHERE user_id = 1) WHERE user_id = 2")
    assert any("users.sealed_email: 1 of 2" in sentence for sentence in bad(root))


def test_somebody_who_was_forgotten_is_no_finding(root: Path) -> None:
    change(root / "identity.sqlite", "UPDATE users SET sealed_key = x'', sealed_email = NULL")
    change(root / "backoffice.sqlite", "UPDATE backoffice_subject_keys SET sealed_key = NULL, current = NULL")
    assert bad(root) == []


def test_a_key_of_another_house_opens_nothing(root: Path, tmp_path: Path) -> None:
    (root / KEY_FILE_NAME).unlink()
    open_box(root)
    assert any("users.sealed_key" in sentence for sentence in bad(root))


def secret_of(root: Path) -> str:
    """The secret of the API key, which only who has the house's key can know."""
    identity = open_identity(root, lambda: NOW_MS)
    (entry,) = identity.list_keys(None)
    key = identity.find_key(entry.api_key)
    identity.close()
    assert key is not None
    return key.secret.decode()


@pytest.mark.parametrize(
    ("needle", "what"),
    [
        (EMAIL, "1 e-mail addresses"),
        (EMAIL.upper(), "1 e-mail addresses"),
        ("somebody@else.example.org", "1 e-mail addresses"),
        (PHONE, "1 telephone numbers"),
        ("SECRET", "1 secrets of people"),
        ("-----BEGIN PRIVATE KEY-----", "1 private keys"),
        ("AGE-SECRET-KEY-1QQQQ", "1 private keys"),
    ],
)
@pytest.mark.parametrize("where", ["server.log", "deep/copy.bin", "projections.sqlite"])
def test_a_needle_is_found_in_any_file(root: Path, needle: str, what: str, where: str) -> None:
    planted = secret_of(root) if needle == "SECRET" else needle
    path = root / where
    path.parent.mkdir(exist_ok=True)
    # Across the border of two pieces that are read one after the other, and beside other bytes.
    path.write_bytes(b"\x00" * ((1 << 20) - 7) + planted.encode() + b"\x00rest")
    (sentence,) = bad(root)
    assert sentence.startswith(f"{path.name} holds ")
    assert what in sentence
    assert planted not in sentence


def test_what_was_deleted_from_a_database_is_found_too(root: Path) -> None:
    path = root / "governance.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE told (text)")
        connection.execute("INSERT INTO told VALUES (?)", (f"call {PHONE}",))
        connection.commit()
        connection.execute("DELETE FROM told")
        connection.commit()
    assert any(path.name in sentence for sentence in bad(root))


def test_what_is_shown_by_purpose_is_no_finding(root: Path) -> None:
    (root / "sandbox.json").write_text(f'{{"identifier": "{EMAIL}"}}')
    assert bad(root) == []


@pytest.mark.parametrize("value", [EMAIL, EMAIL.encode(), b"short", "a text of more than twenty-eight letters"])
def test_a_sealed_column_that_it_cannot_open_is_judged_by_its_bytes(root: Path, value: object) -> None:
    path = root / "identity.sqlite"
    change(path, "CREATE TABLE later (sealed_thing BLOB)")
    change(path, "INSERT INTO later VALUES (?)", os.urandom(40))
    assert bad(root) == []
    change(path, "INSERT INTO later VALUES (?)", value)
    assert any("later.sealed_thing: 1 are not encrypted" in sentence for sentence in bad(root))


def test_noise_is_no_finding(tmp_path: Path) -> None:
    noise = (
        b"a@b.c 12+34 +0123456789012 user@localhost 1e+100 2026-01-01T00:00:00+00:00 x@@y.zz " + bytes(range(256)) * 99
    )
    (tmp_path / "noise").write_bytes(noise)
    assert [grade for grade, _ in examine_plain(tmp_path, [])] == ["ok"]


def test_files_that_others_may_read(root: Path) -> None:
    root.chmod(0o755)
    assert bad(root) == []
    (root / "identity.sqlite").chmod(0o644)
    assert bad(root)[0].startswith("others may read identity.sqlite (mode 644). Run: chmod 600 ")
    root.chmod(0o700)
    assert bad(root) == [], "the folder keeps others out"


def test_no_binary_column_of_any_module_escapes_the_doctor() -> None:
    known = {f"{row.table}.{row.column}" for rows in BOXED.values() for row in rows}
    known |= {f"{row.table}.{column}" for rows in SEALED.values() for row in rows for column in row.fields}
    binary = {
        f"{table.name}.{column.name}"
        for base in METADATA
        for table in base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary) and not column.name.endswith(DIGESTS)
    }
    assert known <= binary
    assert all(".sealed_" in name for name in binary - PUBLIC - known), "or it is judged by nobody"


async def test_what_verification_and_due_diligence_keep_opens_too(tmp_path: Path) -> None:
    house = await build_house(Settings(data=tmp_path), ManualClock(NOW_MS))
    user_id = house.people.sign_ups.enroll(EMAIL, "Quarry-7-lantern", "ES", NOW_MS)
    await asyncio.to_thread(hand_everything_in, house, user_id)
    today = datetime.fromtimestamp(NOW_MS // 1_000, UTC).date().isoformat()
    residence = house.diligence.residence
    await asyncio.to_thread(residence.begin, user_id, "PT")
    paper = NewPaper("utility_bill", "bill.pdf", b"%PDF-1.7\nx\n%%EOF\n", today)
    await asyncio.to_thread(residence.add_paper, user_id, paper)
    await house.close()
    found = list(examine_sealed(tmp_path))
    assert {grade for grade, _ in found} == {"ok"}, found
    told = {sentence.partition(":")[0] for _, sentence in found}
    assert {"verification.sqlite", "due_diligence.sqlite", "backoffice.sqlite", "notices.sqlite"} <= told
