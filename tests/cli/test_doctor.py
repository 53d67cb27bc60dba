"""``lonja doctor`` says what is wrong with a data folder and what to do; it changes nothing and takes no lock."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from lonja.adapters.clock import SystemClock
from lonja.adapters.journal_sqlite import SqliteJournal
from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.adapters.snapshots_file import FileSnapshots
from lonja.bootstrap.backoffice import BACKOFFICE_NAME, open_back_office
from lonja.bootstrap.storage import open_engine
from lonja.cli import doctor as doctor_module
from lonja.cli.doctor import doctor_command
from lonja.engine.recovery import Recovered, recover
from tests.cli.data_folders import COMMAND_COUNT, fill
from tests.engine.house import order
from tests.modules.desk import RandomDesk


def doctor(root: Path) -> tuple[int, list[str]]:
    app = typer.Typer()
    app.command()(doctor_command)
    result = CliRunner().invoke(app, ["--data", str(root)])
    return result.exit_code, result.stdout.splitlines()


def about(lines: list[str], subject: str) -> list[str]:
    return [line for line in lines if f"  {subject}: " in line]


@pytest.fixture
async def root(tmp_path: Path) -> Path:
    """A sound data folder."""
    await fill(tmp_path / "data")
    return tmp_path / "data"


async def test_a_sound_folder(root: Path) -> None:
    code, lines = doctor(root)
    assert code == 0
    assert [line[:4] for line in lines[:-1]] == ["ok  "] * (len(lines) - 1)
    assert f"{COMMAND_COUNT} commands" in about(lines, "journal")[0]
    assert "a start would succeed" in about(lines, "recovery")[0]
    assert len(about(lines, "snapshots")) == 3
    assert lines[-1] == "The data folder is sound."


async def test_a_server_at_work(root: Path) -> None:
    stored = open_engine(root, SystemClock())
    await stored.engine.submit(order())
    code, lines = doctor(root)
    assert code == 0
    assert about(lines, "lock") == [f"ok    lock: held by a running server (pid {os.getpid()})"]
    assert f"{COMMAND_COUNT + 1} commands" in about(lines, "journal")[0]
    await stored.engine.submit(order())
    await stored.stop()


async def test_a_killed_server_leaves_a_sound_folder(root: Path, tmp_path: Path) -> None:
    stored = open_engine(root, SystemClock())
    await stored.engine.submit(order())
    shutil.copytree(root, tmp_path / "copy")
    await stored.stop()
    code, lines = doctor(tmp_path / "copy")
    assert (code, f"{COMMAND_COUNT + 1} commands" in about(lines, "journal")[0]) == (0, True)


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def damage_newest_snapshot(root: Path) -> None:
    path = max((root / "snapshots").iterdir())
    path.write_bytes(path.read_bytes()[:-3])


def project_too_far(root: Path) -> None:
    change(root / "projections.sqlite", "CREATE TABLE projection_state (name TEXT, last_sequence INTEGER)")
    change(root / "projections.sqlite", "INSERT INTO projection_state VALUES ('all', 100000)")


def expose_key(root: Path) -> None:
    path = root / "secrets.key"
    path.write_text("# comment\nAGE-SECRET-KEY-1TEST\n")
    path.chmod(0o644)


def remove_last_row(root: Path) -> None:
    change(
        root / "journal.sqlite", "DELETE FROM journal WHERE first_command = (SELECT max(first_command) FROM journal)"
    )


BAD: list[tuple[str, Callable[[Path], object], str, str]] = [
    (
        "changed row",
        lambda root: change(root / "journal.sqlite", "UPDATE journal SET epoch = 5 WHERE first_command = 27"),
        "journal",
        "command 27 is damaged. Restore",
    ),
    (
        "missing row",
        lambda root: change(root / "journal.sqlite", "DELETE FROM journal WHERE first_command = 27"),
        "journal",
        "command 27 is missing. Restore",
    ),
    ("missing last row", remove_last_row, "recovery", "acknowledged commands are missing"),
    ("no journal", lambda root: (root / "journal.sqlite").unlink(), "journal", "cannot be used"),
    ("cut snapshot", damage_newest_snapshot, "snapshots", "is cut off. Delete it"),
    ("projections ahead", project_too_far, "projections", "Run: lonja projections rebuild"),
    ("damaged keys", lambda root: (root / "identity.sqlite").write_bytes(b"?" * 5_000), "database", "Restore it"),
    (
        "damaged projections",
        lambda root: (root / "projections.sqlite").write_bytes(b"?" * 5_000),
        "database",
        "made anew",
    ),
    (
        "database that does not open",
        lambda root: (root / "projections.sqlite").mkdir(),
        "database",
        "projections.sqlite cannot be read (disk I/O error). Check its rights, and the disk.",
    ),
    ("exposed key", expose_key, "keys", "Run: chmod 600"),
    ("newer layout", lambda root: (root / "layout").write_text("lonja data folder, layout 9\n"), "layout", "layout 9"),
    ("no layout", lambda root: (root / "layout").unlink(), "layout", "not a data folder"),
    (
        "unreadable certificate",
        lambda root: (root / "server.pem").write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"),
        "certificates",
        "cannot be read",
    ),
]


@pytest.mark.parametrize(("damage", "subject", "sentence"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
async def test_what_is_bad_is_named(root: Path, damage: Callable[[Path], object], subject: str, sentence: str) -> None:
    damage(root)
    code, lines = doctor(root)
    assert code == 1
    assert lines[-1] == "The data folder needs attention."
    bad = [line for line in about(lines, subject) if line.startswith("bad ")]
    assert len(bad) == 1
    assert sentence in bad[0]


def write_certificate(root: Path, days: float) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    (root / "server.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


@pytest.mark.parametrize(
    ("days", "grade", "sentence"), [(-1, "bad ", "ended on"), (5, "note", "ends on"), (100, "ok  ", "valid until")]
)
async def test_certificates_end(root: Path, days: float, grade: str, sentence: str) -> None:
    write_certificate(root, days)
    code, lines = doctor(root)
    (line,) = about(lines, "certificates")
    assert line.startswith(grade)
    assert sentence in line
    assert code == (1 if grade == "bad " else 0)


def test_a_folder_open_to_others_is_worth_a_note(root: Path) -> None:
    root.chmod(0o755)
    code, lines = doctor(root)
    assert code == 0
    assert about(lines, "rights")[0].startswith("note  rights: other users may enter")


@pytest.mark.parametrize(
    ("limit", "grade", "expected"), [("SPACE_LOW_BYTES", "note", 0), ("SPACE_TOO_LOW_BYTES", "bad ", 1)]
)
async def test_little_space(root: Path, monkeypatch: pytest.MonkeyPatch, limit: str, grade: str, expected: int) -> None:
    monkeypatch.setattr(doctor_module, limit, 10**18)
    code, lines = doctor(root)
    assert code == expected
    assert about(lines, "space")[0].startswith(grade)


async def test_money_from_nowhere(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def with_one_unit_more(journal: SqliteJournal, snapshots: FileSnapshots) -> Recovered:
        recovered = recover(journal, snapshots)
        recovered.state.ledger.words[0] += 1
        return recovered

    assert about(doctor(root)[1], "money") == ["ok    money: the balances of each of 2 currencies sum to zero"]
    monkeypatch.setattr(doctor_module, "recover", with_one_unit_more)
    code, lines = doctor(root)
    assert code == 1
    assert about(lines, "money")[0].startswith("bad   money: the balances of BTC do not sum to zero.")


async def test_margins_of_isolated_positions_are_money_too(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = RandomDesk(1, 300_000, contracts=True)
    desk.run(150)
    currencies, accounts = range(len(desk.views.currencies())), range(desk.views.account_count())
    margins = [desk.views.margin(account, currency).isolated_margin for account in accounts for currency in currencies]
    assert sum(margins) > 0
    monkeypatch.setattr(doctor_module, "recover", lambda *_: Recovered(desk.state, 1, b"", 1, 0))
    assert about(doctor(root)[1], "money") == ["ok    money: the balances of each of 3 currencies sum to zero"]


async def test_nothing_is_changed(root: Path) -> None:
    def contents() -> dict[str, bytes]:
        return {
            path.name: path.read_bytes() for path in root.rglob("*") if path.is_file() and path.suffix != ".sqlite-shm"
        }

    before = contents()
    doctor(root)
    assert {name: data for name, data in contents().items() if data or name in before} == before


async def test_an_audit_log_that_somebody_altered(root: Path) -> None:
    assert about(doctor(root)[1], "audit") == ["ok    audit: nothing yet"]
    office = open_back_office(root, MemorySecretBox(), SystemClock().now_ms)
    office.staff.make_first(1)
    office.audit.append("staff:1", "customer.read", "user:7")
    code, lines = doctor(root)
    assert code == 0
    assert "the chain of 2 entries is whole" in about(lines, "audit")[0]
    office.close()
    with closing(sqlite3.connect(root / BACKOFFICE_NAME)) as connection, connection:
        connection.execute("DROP TRIGGER backoffice_audit_update")
        connection.execute("UPDATE backoffice_audit SET subject = 'user:8' WHERE sequence = 2")
    code, lines = doctor(root)
    assert code == 1
    assert about(lines, "audit")[0].startswith("bad   audit: entry 2 does not fit the entry before it, or was altered.")
    with closing(sqlite3.connect(root / BACKOFFICE_NAME)) as connection, connection:
        connection.execute("DROP TABLE backoffice_audit")
    assert "no such table" in about(doctor(root)[1], "audit")[0]
