"""``lonja doctor``: look at a data folder and say what is wrong with it and what to do.

Why here: it reads through the same adapters as the server, but takes no lock and changes nothing, so it may be run
while a server works. Invariant: one line per finding; the exit code is 0 exactly when no line says ``bad``.
"""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from cryptography import x509

from lonja.adapters.clock import SystemClock
from lonja.adapters.data_folder import JOURNAL_NAME, SNAPSHOTS_NAME, check_layout, lock_holder
from lonja.adapters.journal_sqlite import SqliteJournal
from lonja.adapters.snapshots_file import FileSnapshots
from lonja.bootstrap.backoffice import BACKOFFICE_NAME, verify_audit
from lonja.bootstrap.defaults import DEFAULT_DATA
from lonja.bootstrap.identity import IDENTITY_NAME, KEY_FILE_NAME
from lonja.bootstrap.projections import PROJECTIONS_NAME
from lonja.cli.doctor_notices import examine_notices
from lonja.cli.doctor_sealed import examine_sealed
from lonja.core.state_views import StateViews
from lonja.engine.recovery import recover
from lonja.primitives.errors import LonjaError

SPACE_LOW_BYTES = 1_000_000_000
SPACE_TOO_LOW_BYTES = 50_000_000
CERTIFICATE_WARNING = timedelta(days=14)
_OTHERS = 0o077
_PRIVATE_MARKS = (b"PRIVATE KEY-----", b"AGE-SECRET-KEY-")
_LAST_SEQUENCE_COLUMN = "last_sequence"


class Finding(NamedTuple):
    """One line: ``ok``, ``note`` (worth knowing) or ``bad``, what it is about, and a sentence."""

    grade: str
    subject: str
    sentence: str


def doctor_command(
    data: Annotated[
        Path, typer.Option("--data", help="The data folder; a server may be running on it.")
    ] = DEFAULT_DATA,
) -> None:
    """Check a data folder; exit with 0 when it is sound."""
    is_sound = True
    for finding in examine(data):
        typer.echo(f"{finding.grade:4}  {finding.subject}: {finding.sentence}")
        is_sound = is_sound and finding.grade != "bad"
    typer.echo("The data folder is sound." if is_sound else "The data folder needs attention.")
    raise typer.Exit(0 if is_sound else 1)


def examine(root: Path) -> Iterator[Finding]:
    """All findings about ``root``. Without a readable layout nothing else is looked at."""
    try:
        check_layout(root)
    except LonjaError as error:
        yield Finding("bad", "layout", str(error))
        return
    yield Finding("ok", "layout", "known to this version")
    for subject, check in _checks(_projected_sequences(root)).items():
        try:
            yield from check(root)
        except LonjaError as error:
            yield Finding("bad", subject, str(error))
        except (OSError, sqlite3.Error) as error:
            yield Finding("bad", subject, f"cannot be read ({error}). Check the rights of the files, and the disk.")


def _checks(projected: dict[str, int]) -> dict[str, Callable[[Path], Iterator[Finding]]]:
    return {
        "lock": _lock,
        "rights": _rights,
        "space": _space,
        "journal": _journal,
        "snapshots": _snapshots,
        "recovery": partial(_recovery, projected),
        "database": _databases,
        "audit": _audit,
        "notices": _notices,
        "secrets": _secrets,
        "keys": _private_files,
        "certificates": _certificates,
    }


def _lock(root: Path) -> Iterator[Finding]:
    holder = lock_holder(root)
    yield Finding("ok", "lock", "free" if holder is None else f"held by a running server (pid {holder})")


def _rights(root: Path) -> Iterator[Finding]:
    mode = root.stat().st_mode & 0o777
    if mode & _OTHERS:
        yield Finding("note", "rights", f"other users may enter the folder (mode {mode:o}). Run: chmod 700 {root}")
    else:
        yield Finding("ok", "rights", "the folder is its owner's alone")


def _space(root: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(root).free
    text = f"{free / 1e9:.1f} GB free"
    if free < SPACE_TOO_LOW_BYTES:
        yield Finding("bad", "space", f"{text}: orders will be refused soon. Free some space on this disk.")
    elif free < SPACE_LOW_BYTES:
        yield Finding("note", "space", f"{text}, which is little. Free some space on this disk.")
    else:
        yield Finding("ok", "space", text)


def _journal(root: Path) -> Iterator[Finding]:
    rows = commands = 0
    with closing(SqliteJournal(root / JOURNAL_NAME, read_only=True)) as journal:
        for row in journal.rows():
            rows += 1
            commands += row.command_count
    size = sum(path.stat().st_size for path in root.glob(f"{JOURNAL_NAME}*"))
    yield Finding("ok", "journal", f"{commands} commands in {rows} rows, {size} bytes, all checksums right")


def _snapshots(root: Path) -> Iterator[Finding]:
    checked = list(FileSnapshots(root / SNAPSHOTS_NAME).check())
    for snapshot in checked:
        if snapshot.problem:
            remedy = "Delete it: the journal holds everything."
            yield Finding("bad", "snapshots", f"{snapshot.path.name} {snapshot.problem}. {remedy}")
        else:
            yield Finding("ok", "snapshots", f"{snapshot.path.name} is intact")
    if not checked:
        yield Finding("ok", "snapshots", "none yet")


def _recovery(projected: dict[str, int], root: Path) -> Iterator[Finding]:
    """Whether a start would succeed, and whether projections know nothing the journal does not."""
    with closing(SqliteJournal(root / JOURNAL_NAME, read_only=True)) as journal:
        recovered = recover(journal, FileSnapshots(root / SNAPSHOTS_NAME))
    views = StateViews(recovered.state)
    last_sequence = views.last_sequence()
    replayed = f"{recovered.replayed} of {recovered.next_command} commands replayed"
    yield Finding("ok", "recovery", f"a start would succeed ({replayed}, last event {last_sequence})")
    yield from _money(views)
    for name, sequence in projected.items():
        if sequence > last_sequence:
            remedy = f"Run: lonja projections rebuild --data {root}"
            sentence = f"{name} knows event {sequence}, the journal ends with {last_sequence}. {remedy}"
            yield Finding("bad", "projections", sentence)
        else:
            yield Finding("ok", "projections", f"{name} stands at event {sequence}")


def _money(views: StateViews) -> Iterator[Finding]:
    """Whether the balances of each currency, with the margins of isolated positions and the house's own, sum to zero."""
    totals = Counter[int]()
    settled_in = sorted({family.settle for family in views.families()})
    for account in range(views.account_count()):
        for balance in views.balances(account):
            totals[balance.currency] += balance.cash
        for currency in settled_in:
            totals[currency] += views.margin(account, currency).isolated_margin
    names = [currency.name for currency in views.currencies() if totals[currency.currency]]
    if names:
        remedy = "Restore the journal from a copy."
        yield Finding("bad", "money", f"the balances of {', '.join(names)} do not sum to zero. {remedy}")
    else:
        yield Finding("ok", "money", f"the balances of each of {len(totals)} currencies sum to zero")


def _databases(root: Path) -> Iterator[Finding]:
    for path in _other_databases(root):
        is_projected = path.name == PROJECTIONS_NAME
        remedy = "Delete it: it is made anew from the journal." if is_projected else "Restore it from a copy."
        try:
            with closing(_opened(path)) as connection:
                answer = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
        except sqlite3.OperationalError as error:
            # The file may be as good as ever: a full disk and a folder without rights are told like this.
            yield Finding("bad", "database", f"{path.name} cannot be read ({error}). Check its rights, and the disk.")
            continue
        except sqlite3.DatabaseError as error:
            answer = str(error)
        if answer == "ok":
            yield Finding("ok", "database", f"{path.name} is intact")
        else:
            yield Finding("bad", "database", f"{path.name} is damaged ({answer}). {remedy}")


def _notices(root: Path) -> Iterator[Finding]:
    for grade, sentence in examine_notices(root):
        yield Finding(grade, "notices", sentence)


def _secrets(root: Path) -> Iterator[Finding]:
    """Whether what is secret or personal is encrypted, and stands nowhere in plain."""
    for grade, sentence in examine_sealed(root):
        yield Finding(grade, "secrets", sentence)


def _audit(root: Path) -> Iterator[Finding]:
    """Whether nobody altered what staff did."""
    report = verify_audit(root)
    if report is None:
        yield Finding("ok", "audit", "nothing yet")
    elif report.broken is None:
        yield Finding("ok", "audit", f"the chain of {report.entries} entries is whole ({report.digest.hex()[:16]})")
    else:
        remedy = f"Find out who could write to {BACKOFFICE_NAME}, keep it as evidence, and compare it with a copy."
        yield Finding("bad", "audit", f"entry {report.broken} {report.problem}. {remedy}")


def _private_files(root: Path) -> Iterator[Finding]:
    if (root / IDENTITY_NAME).exists() and not (root / KEY_FILE_NAME).exists():
        sentence = f"{KEY_FILE_NAME} is missing, without which nobody can read the API keys. Restore it from a copy."
        yield Finding("bad", "keys", sentence)
    for path in sorted(root.rglob("*")):
        mode = path.stat().st_mode & 0o777 if path.is_file() else 0
        if mode & _OTHERS and _is_private(path):
            yield Finding("bad", "keys", f"others may read {path.name} (mode {mode:o}). Run: chmod 600 {path}")


def _is_private(path: Path) -> bool:
    if path.suffix not in {".pem", ".key", ".age", ".txt"}:
        return False
    data = path.read_bytes()
    return any(mark in data for mark in _PRIVATE_MARKS)


def _certificates(root: Path) -> Iterator[Finding]:
    now = datetime.fromtimestamp(SystemClock().now_ms() / 1_000, UTC)
    for path in sorted(root.rglob("*.pem")):
        data = path.read_bytes()
        if b"BEGIN CERTIFICATE" not in data:
            continue
        try:
            ends = min(certificate.not_valid_after_utc for certificate in x509.load_pem_x509_certificates(data))
        except ValueError as error:
            yield Finding("bad", "certificates", f"{path.name} cannot be read ({error}). Delete it and start again.")
            continue
        if ends <= now:
            yield Finding("bad", "certificates", f"{path.name} ended on {ends:%Y-%m-%d}. Delete it and start again.")
        elif ends - now < CERTIFICATE_WARNING:
            yield Finding("note", "certificates", f"{path.name} ends on {ends:%Y-%m-%d}")
        else:
            yield Finding("ok", "certificates", f"{path.name} is valid until {ends:%Y-%m-%d}")


def _projected_sequences(root: Path) -> dict[str, int]:
    """Database and table names with the last event they know; read before the journal, which only grows."""
    found: dict[str, int] = {}
    for path in _other_databases(root):
        try:
            with closing(_opened(path)) as connection:
                for table in _tables_with(connection, _LAST_SEQUENCE_COLUMN):
                    query = f'SELECT max({_LAST_SEQUENCE_COLUMN}) FROM "{table}"'  # noqa: S608  our own table names
                    found[f"{path.name}, {table}"] = int(connection.execute(query).fetchone()[0] or 0)
        except sqlite3.Error:
            continue  # the integrity check will say it
    return found


def _tables_with(connection: sqlite3.Connection, column: str) -> list[str]:
    query = (
        "SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND c.name = ?"
        " ORDER BY t.name"
    )
    return [str(name) for (name,) in connection.execute(query, (column,))]


def _other_databases(root: Path) -> list[Path]:
    return sorted(path for path in root.glob("*.sqlite") if path.name != JOURNAL_NAME)


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
