"""A hundred thousand people with a million sessions, written straight into the tables of a house.

Every row has the form and the length of a real one, but only the people who are looked up, every ``SEALED_EACH``-th, have
keys and fields that open: sealing all of them would take minutes and change no look-up.
"""

import os
from collections.abc import Iterator
from typing import Final, NamedTuple

from rich.console import Console
from rich.progress import Progress
from sqlalchemy import Connection, Engine, Table, insert

from lonja.modules.identity.api import Client, Contact, ContactKind, People
from lonja.modules.identity.people.tables import Base, DeviceRow, SessionRow, UserRow
from lonja.modules.identity.people.tokens import digest_of

SEALED_EACH: Final = 200
DEVICES_EACH: Final = 2
AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
_BATCH: Final = 5_000
_HASH: Final = "$argon2id$v=19$m=19456,t=2,p=1$" + "c" * 22 + "$" + "d" * 43
Row = dict[str, object]


class Crowd(NamedTuple):
    """How many people there are, each with the same number of sessions, since when."""

    people: int
    sessions_each: int
    now_ms: int

    def known(self) -> range:
        """The numbers of the people who can be looked up."""
        return range(1, self.people + 1, SEALED_EACH)


def email_of(number: int) -> str:
    """The address of a person."""
    return f"person{number}@example.com"


def session_token(number: int, session: int) -> str:
    """The token of a session."""
    return f"session-{number}-{session}"


def device_token(number: int, device: int) -> str:
    """The token of a device."""
    return f"device-{number}-{device}"


def fill(people: People, crowd: Crowd) -> None:
    """Write everybody, with a bar on standard error."""
    database = people.parts.database
    steps: tuple[tuple[type[Base], Iterator[Row], int], ...] = (
        (UserRow, _users(people, crowd), crowd.people),
        (DeviceRow, _devices(people, crowd), crowd.people * DEVICES_EACH),
        (SessionRow, _sessions(crowd), crowd.people * crowd.sessions_each),
    )
    with Progress(console=Console(stderr=True), transient=True) as progress:
        for model, rows, count in steps:
            task = progress.add_task(f"{database.dialect.name}: {model.__tablename__}", total=count)
            for batch in _batches(rows):
                _write(database, model, batch)
                progress.advance(task, len(batch))
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # What a running database does by itself after a while: know its tables, and have them in their place.
        connection.exec_driver_sql("ANALYZE")


def _users(people: People, crowd: Crowd) -> Iterator[Row]:
    users, known = people.parts.users, set(crowd.known())
    for number in range(1, crowd.people + 1):
        contact, subject = Contact(ContactKind.EMAIL, email_of(number)), f"user {number}"
        key = users.envelopes.new_key(subject) if number in known else os.urandom(250)
        opens = number in known
        yield {
            "user_id": number,
            "account": number + 1,
            "state": "active",
            "revision": 0,
            "sealed_key": key,
            "password_hash": _HASH,
            "password_changed_ms": crowd.now_ms,
            "residence": "CH",
            "email_digest": users.index.digest(contact.kind, contact.value),
            "sealed_email": users.envelopes.seal(key, subject, "email", contact.value) if opens else os.urandom(50),
            "created_ms": crowd.now_ms,
            "last_active_ms": crowd.now_ms,
            "state_changed_ms": crowd.now_ms,
        }


def _devices(people: People, crowd: Crowd) -> Iterator[Row]:
    known = set(crowd.known())
    with people.parts.transaction() as session:
        keys = {number: session.get_one(UserRow, number).sealed_key for number in known}
    for number in range(1, crowd.people + 1):
        for device in range(DEVICES_EACH):
            seal = people.parts.users.envelopes.seal
            name, place = os.urandom(44), os.urandom(50)
            if number in known:
                name = seal(keys[number], f"user {number}", "device_name", "Firefox on Linux")
                place = seal(keys[number], f"user {number}", "device_place", "203.0.113.7\nValencia")
            yield {
                "device_id": (number - 1) * DEVICES_EACH + device + 1,
                "user_id": number,
                "token_digest": digest_of(device_token(number, device)),
                "sealed_name": name,
                "sealed_place": place,
                "created_ms": crowd.now_ms,
                "authorized_ms": crowd.now_ms,
                "last_seen_ms": crowd.now_ms + device,
            }


def _sessions(crowd: Crowd) -> Iterator[Row]:
    environment = Client("203.0.113.7", AGENT).environment
    for number in range(1, crowd.people + 1):
        for session in range(crowd.sessions_each):
            yield {
                "token_digest": digest_of(session_token(number, session)),
                "csrf_digest": digest_of(f"csrf-{number}-{session}"),
                "user_id": number,
                "device_id": (number - 1) * DEVICES_EACH + session % DEVICES_EACH + 1,
                "environment": environment,
                "created_ms": crowd.now_ms,
                "last_seen_ms": crowd.now_ms,
                "step_up_ms": crowd.now_ms,
                # The newest one lives; the others ended, as most sessions that are kept have.
                "ended_ms": None if session == 0 else crowd.now_ms,
                "end_reason": "" if session == 0 else "signed_out",
            }


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(database: Engine, model: type[Base], batch: list[Row]) -> None:
    table = model.__table__
    assert isinstance(table, Table), "models are mapped to tables"
    with database.begin() as connection:
        if database.dialect.name == "postgresql":
            _copy(connection, table, batch)
        else:
            connection.execute(insert(table), batch)


def _copy(connection: Connection, table: Table, batch: list[Row]) -> None:
    """As PostgreSQL takes rows quickest."""
    names = list(batch[0])
    driver = connection.connection.driver_connection
    assert driver is not None, "a connection that is open has one"
    with driver.cursor().copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in batch:
            copy.write_row([row[name] for name in names])
