"""The audit log only grows, its chain shows every change, and nothing personal stands in it readably."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from lonja.modules.backoffice.api import StaffSession, verify_chain
from lonja.modules.backoffice.chain import FIRST_PREVIOUS, Link
from lonja.modules.backoffice.tables import AuditHeadRow, AuditRow
from lonja.primitives.errors import RefusedError
from tests.modules.backoffice.conftest import ALICE, CAL, FIN, KAY, Office, refused, unguard

WORDS = ("one", "two", "three", "four", "five")


def fill(office: Office) -> None:
    for word in WORDS:
        office.back.audit.append("system", "test.write", f"user:{ALICE}", {"word": word})


def test_an_entry_is_read_as_it_was_written(office: Office) -> None:
    sequence = office.back.audit.append("staff:3", "customer.read", "user:101", {"why": "Zoë rang"}, reference="case:7")
    (entry,) = office.back.read_audit(CAL, subject="user:101")
    assert (entry.sequence, entry.time_ms, entry.actor) == (sequence, office.now_ms, "staff:3")
    assert (entry.action, entry.subject, entry.reference) == ("customer.read", "user:101", "case:7")
    assert entry.detail == {"why": "Zoë rang"}
    assert "Zoë" not in repr(entry)


def test_pages_go_back_in_time(office: Office) -> None:
    fill(office)
    first = office.back.read_audit(CAL, subject="user:101", limit=2)
    second = office.back.read_audit(CAL, subject="user:101", limit=2, before=first[-1].sequence)
    assert [entry.detail["word"] for entry in (*first, *second)] == ["five", "four", "three", "two"]
    assert office.back.read_audit(CAL, actor="staff:99") == ()


def test_reading_the_log_is_in_the_log(office: Office) -> None:
    office.back.read_audit(CAL, actor="staff:1")
    entry = office.back.read_audit(CAL)[0]
    assert (entry.actor, entry.action, entry.detail["actor"]) == (f"staff:{CAL.user_id}", "audit.read", "staff:1")
    with refused("not_permitted"):
        office.back.read_audit(FIN)
    with refused("page_invalid"):
        office.back.read_audit(CAL, limit=201)


@pytest.mark.parametrize("name", ["", "x" * 81, "two\nlines", "nul\0"])
def test_bad_names_are_refused(office: Office, name: str) -> None:
    length = office.back.audit.verify().entries
    for names in ((name, "a.b", "user:1"), ("system", name, "user:1"), ("system", "a.b", name)):
        with refused("name_invalid"):
            office.back.audit.append(*names)
    assert office.back.audit.verify().entries == length


def test_personal_detail_is_sealed_and_can_be_forgotten(office: Office, database: Engine) -> None:
    office.back.audit.append("system", "test.write", f"user:{ALICE}", {"name": "Alice Liddell"})
    with database.connect() as connection:
        assert all(b"Liddell" not in detail for detail in connection.scalars(select(AuditRow.detail)))
    office.back.forget(ALICE)
    office.back.audit.append("system", "test.write", f"user:{ALICE}", {"name": "somebody new"})
    new, old = office.back.read_audit(CAL, subject=f"user:{ALICE}")
    assert (old.action, old.detail) == ("test.write", {})
    assert new.detail == {"name": "somebody new"}
    assert office.back.audit.verify().broken is None


def test_the_digest_is_over_the_one_before_and_the_canonical_entry() -> None:
    link = Link(1, 2, "staff:3", "a.b", "user:4", "", 5, b"\xff")
    canonical = (
        b'{"action":"a.b","actor":"staff:3","detail":"ff","key_id":5,"reference":"","sequence":1,'
        b'"subject":"user:4","time_ms":2}'
    )
    assert link.digest(FIRST_PREVIOUS) == sha256(bytes(32) + canonical).digest()
    assert link.digest(b"\1" * 32) == sha256(b"\1" * 32 + canonical).digest()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE backoffice_audit SET actor = 'nobody' WHERE sequence = 2",
        "DELETE FROM backoffice_audit WHERE sequence = 2",
        "DELETE FROM backoffice_audit",
        "UPDATE backoffice_audit_head SET length = 1",
        "DELETE FROM backoffice_audit_head",
        "sqlite: INSERT OR REPLACE INTO backoffice_audit SELECT * FROM backoffice_audit WHERE sequence = 2",
        "postgresql: TRUNCATE backoffice_audit",
        "postgresql: TRUNCATE backoffice_audit_head",
    ],
)
def test_the_database_refuses_to_alter_the_log(office: Office, database: Engine, statement: str) -> None:
    fill(office)
    before = office.back.audit.verify()
    only, _, rest = statement.rpartition(": ")
    if only and only != database.dialect.name:
        return
    with database.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(rest))
    assert office.back.audit.verify() == before


def _sequences(first: int) -> dict[str, Callable[[], object]]:
    two = AuditRow.sequence == first + 1
    return {
        "altered": lambda: update(AuditRow).where(two).values(actor="nobody"),
        "sealed detail altered": lambda: update(AuditRow).where(two).values(detail=b"else"),
        "time altered": lambda: update(AuditRow).where(two).values(time_ms=1),
        "taken out": lambda: delete(AuditRow).where(two),
        "digest altered": lambda: update(AuditRow).where(two).values(digest=bytes(32)),
    }


@pytest.mark.parametrize("how", sorted(_sequences(0)))
def test_whoever_gets_past_the_triggers_is_found(office: Office, database: Engine, how: str) -> None:
    first = office.back.audit.verify().entries + 1
    fill(office)
    with database.begin() as connection:
        unguard(connection)
        connection.execute(_sequences(first)[how]())  # type: ignore[call-overload]
    report = office.back.audit.verify()
    assert (report.broken, report.entries) == (first + 1, first)
    assert report.problem


def test_a_log_cut_at_its_end_is_found(office: Office, database: Engine) -> None:
    fill(office)
    last = office.back.audit.verify().entries
    with database.begin() as connection:
        unguard(connection)
        connection.execute(delete(AuditRow).where(AuditRow.sequence == last))
    report = office.back.audit.verify()
    assert (report.broken, report.problem) == (last, "is missing at the end of the log")


def test_an_entry_that_was_put_behind_is_found(office: Office, database: Engine) -> None:
    fill(office)
    report = office.back.audit.verify()
    link = Link(report.entries + 1, 1, "staff:3", "a.b", "user:4", "", 1, b"")
    values = {name: getattr(link, name) for name in Link.__slots__} | {"digest": link.digest(report.digest)}
    with database.begin() as connection:
        connection.execute(insert(AuditRow).values(**values))
    assert office.back.audit.verify().broken == link.sequence


def test_a_log_without_its_end_cannot_be_judged(office: Office, database: Engine) -> None:
    with database.begin() as connection:
        unguard(connection)
        head = connection.execute(select(AuditHeadRow.__table__)).one()
        connection.execute(delete(AuditHeadRow))
    assert verify_chain(database).broken is not None
    with database.begin() as connection:
        connection.execute(insert(AuditHeadRow).values(**head._mapping))


def test_threads_never_fork_the_chain(office: Office) -> None:
    before, together, count = office.back.audit.verify().entries, threading.Barrier(4), 8

    def write(thread: int) -> list[int]:
        together.wait()
        return [
            office.back.audit.append(f"staff:{thread}", "test.write", f"user:{n % 3}", {"n": str(n)})
            for n in range(count)
        ]

    with ThreadPoolExecutor(4) as pool:
        written = [sequence for sequences in pool.map(write, range(4)) for sequence in sequences]
    assert sorted(written) == list(range(before + 1, before + 4 * count + 1))
    report = office.back.audit.verify()
    assert (report.entries, report.broken) == (before + 4 * count, None)


def test_a_walk_is_not_confused_by_who_appends_meanwhile(office: Office) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            office.back.audit.append("system", "test.write", "house")

    writer = threading.Thread(target=write)
    writer.start()
    reports = [office.back.audit.verify() for _ in range(10)]
    stop.set()
    writer.join()
    assert [report.broken for report in reports] == [None] * 10


WORK = st.sampled_from(["append", "open", "take", "note", "wrong", "forget", "record"])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(work=st.lists(WORK, max_size=12))
def test_whatever_happens_in_whatever_order_the_chain_stays_whole(office: Office, work: list[str]) -> None:
    back, before = office.back, office.back.audit.verify().entries
    case = back.cases.open("kyc", ALICE, "first")
    outsider = StaffSession(999, signed_in_with_passkey=True)
    for step in work:
        match step:
            case "append":
                back.audit.append("system", "test.write", f"user:{ALICE}", {"a": "b"})
            case "open":
                case = back.cases.open("kyc", ALICE, "next")
            case "take":
                try_to(lambda: back.cases.take(KAY, case))  # noqa: B023  it is called at once
            case "note":
                back.cases.note(KAY, case, "noted")
            case "wrong":
                try_to(lambda: back.cases.read(outsider, case))  # noqa: B023  it is called at once
            case "forget":
                back.forget(ALICE)
            case "record":
                back.record(KAY, "document.read", ALICE, {"document": "7"})
    report = back.audit.verify()
    assert (report.broken, report.entries) == (None, before + 1 + len(work))


def try_to(act: Callable[[], object]) -> None:
    with suppress(RefusedError):
        act()
