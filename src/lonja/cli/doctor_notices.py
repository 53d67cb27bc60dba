"""What the doctor looks at in the notices of a data folder: texts sealed, messages carried, the list signed.

Why here: it reads through a connection of its own that can write nothing, like all of the doctor's.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from lonja.bootstrap.notices import CHANNELS_NAME, NOTICES_NAME
from lonja.modules.notices.api import State, open_list
from lonja.primitives.errors import DataError

_SEALED_BYTES_MIN = 28
"""A nonce and a tag, with nothing between them."""


def examine_notices(root: Path) -> Iterator[tuple[str, str]]:
    """Grades and sentences. Raises ``sqlite3.Error``."""
    path = root / NOTICES_NAME
    if not path.exists():
        yield "ok", "none yet"
        return
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'notice_messages'").fetchone():
            yield "ok", "none yet"
            return
        yield from _sealed(connection)
        yield from _carried(connection)
        keys = dict(connection.execute("SELECT name, public FROM notice_keys").fetchall())
    yield from _signed(root / CHANNELS_NAME, str(keys.get("channels", "")))


def _sealed(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Texts and addresses are encrypted: what is stored neither reads as text nor is too short to be sealed."""
    total = readable = 0
    for (stored,) in connection.execute("SELECT sealed_content FROM notice_messages WHERE sealed_content IS NOT NULL"):
        total += 1
        readable += len(stored) < _SEALED_BYTES_MIN or _is_text(stored)
    if readable:
        yield (
            "bad",
            f"{readable} of {total} messages are not encrypted. Remove them, and look who wrote to the database.",
        )
    else:
        yield "ok", f"the texts and addresses of {total} messages are encrypted"


def _is_text(stored: bytes) -> bool:
    try:
        return stored.decode("utf-8").isprintable()
    except UnicodeDecodeError:
        return False


def _carried(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    counts = dict(connection.execute("SELECT state, count(*) FROM notice_messages GROUP BY state").fetchall())
    waiting, dead = counts.get(State.WAITING.value, 0), counts.get(State.DEAD.value, 0)
    if dead:
        yield "note", f"{dead} messages were given up, {waiting} wait: see the log for why"
    else:
        yield "ok", f"{counts.get(State.DELIVERED.value, 0)} messages delivered, {waiting} wait"


def _signed(path: Path, public_key: str) -> Iterator[tuple[str, str]]:
    try:
        channels = open_list(path.read_bytes(), bytes.fromhex(public_key))
    except FileNotFoundError:
        yield "note", f"{path.name} is missing; the next start signs a new one"
    except DataError as error:
        yield "bad", f"{path.name}: {error}"
    else:
        yield "ok", f"{path.name}, version {channels.version}, was signed by this house"
