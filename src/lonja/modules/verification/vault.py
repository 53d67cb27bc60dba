"""Applicants and their sealed fields in one database.

Why here: the one place that opens and seals what applicants state and hand in. Invariant: whoever changes anything of a
person counts their row up first, so that two who do wait for each other.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, TypeVar

import msgspec
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from lonja.modules.verification.database import transaction
from lonja.modules.verification.forms import Address, Answers, Person, Stated
from lonja.modules.verification.tables import (
    ApplicantRow,
    DocumentRow,
    HitRow,
    HouseKeyRow,
    StepRow,
    SubmissionRow,
    UploadCountRow,
    UploadRow,
)
from lonja.storage.envelopes import BlindIndex, Envelopes, new_index_key
from lonja.storage.ports import SecretBox
from lonja.storage.rows import insert_once

_Form = TypeVar("_Form", Person, Answers, Address)
_INDEX_CONTEXT: Final = "verification:index"


class Vault:
    """Rows of applicants. Methods with a ``session`` run in the caller's transaction."""

    def __init__(self, database: Engine, box: SecretBox, clock: Callable[[], int]) -> None:
        """``box`` seals the keys. Raises ``DataCorruptError`` when the database belongs to another box."""
        self._database = database
        self._envelopes = Envelopes(box)
        self.clock = clock
        self.index = BlindIndex(self._index_key(box))

    def transaction(self) -> AbstractContextManager[Session]:
        """A transaction, kept when its block ends and undone when it raises."""
        return transaction(self._database)

    def claim(self, session: Session, user_id: int) -> ApplicantRow:
        """The row of a person, made when there is none, locked until the end of the transaction; to be called first."""
        if not self._count_up(session, user_id):
            values = {"sealed_key": self._envelopes.new_key(_subject(user_id)), "screened_edition": "", "revision": 0}
            insert_once(session, ApplicantRow, user_id=user_id, **values, created_ms=self.clock())
            self._count_up(session, user_id)
        return session.get_one(ApplicantRow, user_id, populate_existing=True)

    def find(self, session: Session, user_id: int) -> ApplicantRow | None:
        """The row of a person as it is, None for who never applied."""
        return session.get(ApplicantRow, user_id)

    def seal(self, row: ApplicantRow, field: str, value: bytes | msgspec.Struct) -> bytes:
        """A field of ``row``, sealed."""
        plain = msgspec.json.encode(value) if isinstance(value, msgspec.Struct) else value
        return self._envelopes.seal(row.sealed_key, _subject(row.user_id), field, plain)

    def open(self, row: ApplicantRow, field: str, sealed: bytes) -> bytes:
        """A sealed field of ``row``. Raises ``DataCorruptError``."""
        return self._envelopes.open(row.sealed_key, _subject(row.user_id), field, sealed)

    def stated(self, row: ApplicantRow | None) -> Stated:
        """All that a person stated."""
        if row is None:
            return Stated(None, None, None)

        return Stated(
            self._read(row, "person", row.sealed_person, Person),
            self._read(row, "answers", row.sealed_answers, Answers),
            self._read(row, "address", row.sealed_address, Address),
        )

    def person_digest(self, person: Person) -> bytes:
        """Tells whether somebody states another name or birth date than before."""
        return self.index.digest("person", f"{person.whole_name.casefold()}|{person.birth_date}")

    def forget(self, user_id: int) -> None:
        """Destroy the key of a person, and all rows about them; documents may be used again. Raises ``DataError``."""
        with self.transaction() as session:
            row = session.get(ApplicantRow, user_id)
            if row is not None:
                self._envelopes.forget(_subject(user_id), row.sealed_key)
            for model in (UploadRow, UploadCountRow, SubmissionRow, DocumentRow, StepRow, HitRow, ApplicantRow):
                session.execute(delete(model).where(model.user_id == user_id))

    def _read(self, row: ApplicantRow, field: str, sealed: bytes | None, form: type[_Form]) -> _Form | None:
        return None if sealed is None else msgspec.json.decode(self.open(row, field, sealed), type=form)

    def _count_up(self, session: Session, user_id: int) -> bool:
        counted = update(ApplicantRow).where(ApplicantRow.user_id == user_id).values(revision=ApplicantRow.revision + 1)
        found = counted.returning(ApplicantRow.user_id).execution_options(synchronize_session=False)
        return session.execute(found).first() is not None

    def _index_key(self, box: SecretBox) -> bytes:
        with self.transaction() as session:
            insert_once(session, HouseKeyRow, number=1, sealed_index_key=box.seal(new_index_key(), _INDEX_CONTEXT))
            sealed = session.scalars(select(HouseKeyRow.sealed_index_key)).one()
            return box.open(sealed, _INDEX_CONTEXT)


def _subject(user_id: int) -> str:
    return f"applicant {user_id}"
