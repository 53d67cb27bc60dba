"""From where and how often API keys were used, for their owners to look at.

Why counted in memory: every request of a client is a use, and a row per request would cost more than the request.
Invariant: uses are written with the next ``flush``; a removed key leaves none.
"""

from typing import Final, NamedTuple

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from lonja.modules.identity.database import session_on
from lonja.modules.identity.tables import ApiKeyRow, KeyUseRow
from lonja.primitives.errors import DataError
from lonja.storage.rows import insert_into

_SHOWN_MAX: Final = 100
_WAITING_MAX: Final = 10_000


class KeyUse(NamedTuple):
    """Uses of a key from one network address."""

    address: str
    use_count: int
    first_ms: int
    last_ms: int


class KeyUses:
    """The uses of all keys in one database."""

    def __init__(self, database: Engine, url: str) -> None:
        """Nothing was used yet."""
        self._database, self._url = database, url
        self._waiting: dict[tuple[str, str], KeyUse] = {}

    def note(self, api_key: str, address: str, now_ms: int) -> None:
        """Count one use; about a microsecond. Beyond thousands of addresses at once the rest is not counted."""
        known = self._waiting.get((api_key, address))
        if known is not None:
            self._waiting[api_key, address] = KeyUse(address, known.use_count + 1, known.first_ms, now_ms)
        elif len(self._waiting) < _WAITING_MAX:
            self._waiting[api_key, address] = KeyUse(address, 1, now_ms, now_ms)

    def flush(self) -> None:
        """Write what was counted (blocking). Raises ``DataError``; it is kept for the next attempt then."""
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            with session_on(self._database, self._url) as session:
                for (api_key, _), use in waiting.items():
                    self._add(session, api_key, use)
        except DataError:
            self._waiting = waiting | self._waiting
            raise

    def of(self, api_key: str) -> list[KeyUse]:
        """From where a key was used, last first (blocking). Raises ``DataError``."""
        self.flush()
        query = select(KeyUseRow).where(KeyUseRow.api_key == api_key).order_by(KeyUseRow.last_ms.desc())
        with session_on(self._database, self._url) as session:
            rows = session.scalars(query.limit(_SHOWN_MAX)).all()
            return [KeyUse(row.address, row.use_count, row.first_ms, row.last_ms) for row in rows]

    @staticmethod
    def forget(session: Session, api_key: str) -> None:
        """Forget the uses of a key that is removed."""
        session.execute(delete(KeyUseRow).where(KeyUseRow.api_key == api_key))

    @staticmethod
    def _add(session: Session, api_key: str, use: KeyUse) -> None:
        row = session.get(ApiKeyRow, api_key)
        if row is None or row.removed_ms is not None:
            return
        first = insert_into(session.get_bind(), KeyUseRow).values(api_key=api_key, **use._asdict())
        session.execute(
            first.on_conflict_do_update(
                index_elements=[KeyUseRow.api_key, KeyUseRow.address],
                set_={"use_count": KeyUseRow.use_count + use.use_count, "last_ms": use.last_ms},
            )
        )
