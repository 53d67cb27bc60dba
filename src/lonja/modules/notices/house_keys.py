"""The keys of the house in the notices' database: made once, sealed, the same for every process.

Invariant: of two processes that start at once both end up with the same key.
"""

from collections.abc import Callable

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lonja.modules.notices.tables import HouseKeyRow
from lonja.storage.ports import SecretBox
from lonja.storage.rows import insert_into


class HouseKeys:
    """Keys by name. Blocking."""

    def __init__(self, database: Engine, box: SecretBox) -> None:
        """``box`` seals them."""
        self._database = database
        self._box = box

    def ensure(self, name: str, make: Callable[[], tuple[bytes, str]], now_ms: int) -> tuple[bytes, str]:
        """The key ``name`` and its public part; ``make`` makes both when there is none. Raises ``DataError``."""
        found = self._find(name)
        if found is None:
            key, public = make()
            row = {
                "name": name,
                "sealed_key": self._box.seal(key, _context(name)),
                "public": public,
                "created_ms": now_ms,
            }
            with Session(self._database) as session, session.begin():
                session.execute(insert_into(self._database, HouseKeyRow).values(row).on_conflict_do_nothing())
            found = self._find(name)
        assert found is not None, "it was just made"
        return found

    def _find(self, name: str) -> tuple[bytes, str] | None:
        with Session(self._database) as session:
            row = session.scalar(select(HouseKeyRow).where(HouseKeyRow.name == name))
            return None if row is None else (self._box.open(row.sealed_key, _context(name)), row.public)


def _context(name: str) -> str:
    return f"notices:{name}"
