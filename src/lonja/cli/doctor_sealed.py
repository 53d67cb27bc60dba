"""What the doctor proves of secrets and personal data: what is sealed opens with the house's key, and stands nowhere plain.

Why here: it reads through connections of its own that can write nothing. Invariant: what was opened is never shown; a
finding names file, table and column, or a file and how many places.
"""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from lonja.adapters.secrets_age import open_age_box
from lonja.bootstrap.identity import KEY_FILE_NAME
from lonja.bootstrap.sealed_fields import BOXED, HASHED, SEALED, BoxedColumn, SealedColumns
from lonja.cli.doctor_plain import examine_plain, needles_of
from lonja.primitives.errors import DataCorruptError
from lonja.storage.envelopes import Envelopes
from lonja.storage.ports import SecretBox

SAMPLE_MAX: Final = 1_000
"""How many values of one column are opened; of more, so many are drawn by lot."""
_ARGON2: Final = "$argon2id$"
_OTHERS: Final = 0o077
_SEALED_BYTES_MIN: Final = 28
"""A nonce and a tag, with nothing between them."""
_SECRET_SUFFIXES: Final = (".sqlite", ".key", ".age", ".sqlite-wal", ".sqlite-shm", ".pem", ".json")


class _Opened(NamedTuple):
    """How one column fared."""

    total: int
    tried: int
    broken: int
    plain: list[bytes]


def examine_sealed(root: Path) -> Iterator[tuple[str, str]]:
    """Grades and sentences. Raises ``LonjaError`` when the key cannot be used, and ``sqlite3.Error``."""
    key_file = root / KEY_FILE_NAME
    if not key_file.exists():
        yield "ok", "none yet"
        return
    box, opened = open_age_box(key_file), list[bytes]()
    for name in sorted({*BOXED, *SEALED}):
        path = root / name
        if path.exists():
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
                yield from _database(connection, name, box, opened)
    yield from _readable_by_others(root)
    needles = needles_of(opened)
    yield from examine_plain(root, needles)


def _database(
    connection: sqlite3.Connection, name: str, box: SecretBox, opened: list[bytes]
) -> Iterator[tuple[str, str]]:
    total = tried = 0
    for column, found in _columns(connection, name, box):
        total, tried = total + found.total, tried + found.tried
        opened += found.plain
        if found.broken:
            remedy = "Look who wrote to the database, and restore it from a copy."
            yield "bad", f"{name}, {column}: {found.broken} of {found.tried} are not sealed by this house. {remedy}"
    yield from _unknown(connection, name)
    for table, column in HASHED.get(name, ()):
        yield from _hashed(connection, name, table, column)
    if total:
        sample = "" if tried == total else f", {tried} of them drawn by lot"
        yield "ok", f"{name}: {total} values are encrypted and open with the house's key{sample}"


def _columns(connection: sqlite3.Connection, name: str, box: SecretBox) -> Iterator[tuple[str, _Opened]]:
    for boxed in BOXED.get(name, ()):
        if _has(connection, boxed.table, boxed.column):
            yield f"{boxed.table}.{boxed.column}", _boxed(connection, boxed, box)
    envelopes = Envelopes(box)
    for columns in SEALED.get(name, ()):
        for column in columns.fields:
            if _has(connection, columns.table, column):
                yield f"{columns.table}.{column}", _sealed(connection, columns, column, envelopes)


def _boxed(connection: sqlite3.Connection, boxed: BoxedColumn, box: SecretBox) -> _Opened:
    where = f"length(t.{boxed.column}) > 0"
    total = _count(connection, f"{boxed.table} t", where)
    query = f"SELECT t.{boxed.column}, {boxed.context} FROM {boxed.table} t WHERE {where} {_SAMPLE}"  # noqa: S608  # ours
    tried, plain = 0, list[bytes]()
    for sealed, context in connection.execute(query):
        tried += 1
        try:
            secret = box.open(bytes(sealed), context)
        except (DataCorruptError, TypeError, ValueError):
            continue
        plain.append(secret)
    is_secret = boxed.column == "sealed_secret"
    return _Opened(total, tried, tried - len(plain), plain if is_secret else [])


def _sealed(connection: sqlite3.Connection, columns: SealedColumns, column: str, envelopes: Envelopes) -> _Opened:
    rows = f"{columns.table} t {columns.join}"
    where = f"length(t.{column}) > 0 AND length({columns.key}) > 0"
    total = _count(connection, rows, where)
    # What stands here is our own table of columns.
    query = (
        f"SELECT {columns.key}, {columns.subject}, {columns.fields[column]}, t.{column}"  # noqa: S608
        f" FROM {rows} WHERE {where} {_SAMPLE}"
    )
    tried, plain = 0, list[bytes]()
    for sealed_key, subject, field, sealed in connection.execute(query):
        tried += 1
        try:
            plain.append(envelopes.open(bytes(sealed_key), subject, field, bytes(sealed)))
        except (DataCorruptError, TypeError, ValueError):
            continue
    return _Opened(total, tried, tried - len(plain), plain)


def _unknown(connection: sqlite3.Connection, name: str) -> Iterator[tuple[str, str]]:
    """Sealed columns that this command cannot open must at least look like noise, and not be too short for it."""
    known = {(row.table, row.column) for row in BOXED.get(name, ())}
    known |= {(row.table, column) for row in SEALED.get(name, ()) for column in row.fields}
    query = (
        "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c"
        " WHERE t.type = 'table' AND c.name LIKE 'sealed\\_%' ESCAPE '\\' ORDER BY t.name, c.name"
    )
    for table, column in connection.execute(query).fetchall():
        if (table, column) in known:
            continue
        values = connection.execute(f'SELECT "{column}" FROM "{table}" WHERE length("{column}") > 0')  # noqa: S608
        plain = sum(1 for (stored,) in values if not _is_noise(stored))
        if plain:
            yield "bad", f"{name}, {table}.{column}: {plain} are not encrypted. Look who wrote to the database."


def _is_noise(stored: object) -> bool:
    if not isinstance(stored, bytes) or len(stored) < _SEALED_BYTES_MIN:
        return False
    try:
        return not stored.decode("utf-8").isprintable()
    except UnicodeDecodeError:
        return True


def _hashed(connection: sqlite3.Connection, name: str, table: str, column: str) -> Iterator[tuple[str, str]]:
    if not _has(connection, table, column):
        return
    query = f"SELECT {column} FROM {table} WHERE length({column}) > 0"  # noqa: S608  # ours
    weak = sum(1 for (stored,) in connection.execute(query) if not _is_slow_hash(stored))
    if weak:
        remedy = "Whoever these belong to must choose new ones; look who wrote to the database."
        yield "bad", f"{name}, {table}.{column}: {weak} are no slow hashes. {remedy}"


def _is_slow_hash(stored: str | bytes) -> bool:
    """Argon2id as text, or the salted scrypt of passphrases: its cost, a salt of 16 bytes, 32 bytes of hash."""
    if isinstance(stored, str):
        return stored.startswith(_ARGON2)
    return len(stored) == 49 and 14 <= stored[0] <= 20


def _readable_by_others(root: Path) -> Iterator[tuple[str, str]]:
    """Files that others may read although the folder does not keep them out."""
    if not stat.S_IMODE(root.stat().st_mode) & _OTHERS:
        return
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name.endswith(_SECRET_SUFFIXES) and stat.S_IMODE(path.stat().st_mode) & _OTHERS:
            if path.suffix == ".pem" and b"PRIVATE KEY" not in path.read_bytes():
                continue
            mode = stat.S_IMODE(path.stat().st_mode)
            yield "bad", f"others may read {path.name} (mode {mode:o}). Run: chmod 600 {path}, and chmod 700 {root}"


_SAMPLE: Final = f"ORDER BY random() LIMIT {SAMPLE_MAX}"


def _count(connection: sqlite3.Connection, rows: str, where: str) -> int:
    query = f"SELECT count(*) FROM {rows} WHERE {where}"  # noqa: S608  # our own table of columns
    return int(connection.execute(query).fetchone()[0])


def _has(connection: sqlite3.Connection, table: str, column: str) -> bool:
    query = "SELECT 1 FROM pragma_table_info(?) WHERE name = ?"
    return connection.execute(query, (table, column)).fetchone() is not None
