"""Facts about people, kept in the transaction that makes them true and told until every listener has taken them.

Why not simply called: a crash between a changed password and the hold that follows from it would leave the hold out.
Invariant: facts are told in order, at least once; listeners know a repeat by its number.
"""

import threading
from collections.abc import Callable

import msgspec
import structlog
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from lonja.modules.identity.people.events import PeopleEvent
from lonja.modules.identity.people.tables import FactRow
from lonja.primitives.errors import LonjaError

Listener = Callable[[int, PeopleEvent], None]
"""Takes a fact and its number; raises ``LonjaError`` to be told again later."""
_BATCH = 100

_log = structlog.get_logger("lonja.people")


class Facts:
    """The facts not yet told, in the users' database."""

    def __init__(self, database: Engine) -> None:
        """Nobody listens yet."""
        self._database = database
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()

    def subscribe(self, listener: Listener) -> None:
        """Tell ``listener`` whatever is told from now on."""
        self._listeners.append(listener)

    def record(self, session: Session, event: PeopleEvent) -> None:
        """Keep ``event`` with the caller's transaction; call ``deliver`` after it."""
        session.add(FactRow(body=msgspec.json.encode(event).decode()))

    def deliver(self) -> None:
        """Tell what was kept. What a listener could not take stays, and so does what follows it."""
        with self._lock:
            while self._deliver_some():
                pass

    def _deliver_some(self) -> bool:
        with Session(self._database) as session:
            rows = session.scalars(select(FactRow).order_by(FactRow.number).limit(_BATCH)).all()
        for row in rows:
            event = msgspec.json.decode(row.body, type=PeopleEvent)
            try:
                for listener in self._listeners:
                    listener(row.number, event)
            except LonjaError as error:
                _log.warning("a fact could not be told", fact=type(event).__name__, problem=error.message)
                return False
            with Session(self._database) as session, session.begin():
                session.execute(delete(FactRow).where(FactRow.number == row.number))
        return len(rows) == _BATCH
