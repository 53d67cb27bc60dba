"""Decided cases and approved acts, kept in the transaction that makes them true and told until taken.

Why not simply called: a crash between a decision and what follows from it would leave the rest out. Invariant: the
facts of one topic are told in order, at least once; who listens knows a repeat by its number.
"""

import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from lonja.modules.backoffice.database import transaction
from lonja.modules.backoffice.tables import FactRow
from lonja.primitives.errors import LonjaError

Teller = Callable[[int, int], None]
"""Takes a fact's number and the number of what it is about; raises ``LonjaError`` to be asked again later."""
_BATCH: Final = 100

_log = structlog.get_logger("lonja.backoffice")


class Facts:
    """The facts not yet told."""

    def __init__(self, database: Engine) -> None:
        """Nobody listens yet."""
        self._database = database
        self._tellers: defaultdict[str, list[Teller]] = defaultdict(list)
        self._told: list[Callable[[Session, str, int], None]] = []
        self._turn = threading.Lock()
        self._is_more = False

    def subscribe(self, topic: str, teller: Teller) -> None:
        """Ask ``teller`` for every fact of ``topic`` from now on."""
        self._tellers[topic].append(teller)

    def is_heard(self, topic: str) -> bool:
        """Whether anybody asked to be told facts of ``topic``."""
        return topic in self._tellers

    def when_told(self, follow: Callable[[Session, str, int], None]) -> None:
        """Call ``follow`` in the transaction that takes a fact off, with its topic and what it is about."""
        self._told.append(follow)

    def record(self, session: Session, topic: str, about: int) -> None:
        """Keep a fact with the caller's transaction; call ``deliver`` after it."""
        session.add(FactRow(topic=topic, about=about))

    def deliver(self) -> None:
        """Tell what was kept. A fact that could not be taken stays, and so does what follows it in its topic.

        Whoever comes while another tells, also a listener itself, leaves it to that one.
        """
        self._is_more = True
        while self._is_more and self._turn.acquire(blocking=False):
            try:
                self._is_more = False
                self._deliver_all()
            finally:
                self._turn.release()

    def _deliver_all(self) -> None:
        last, stuck = 0, set[str]()
        while True:
            with transaction(self._database) as session:
                query = select(FactRow.number, FactRow.topic, FactRow.about)
                rows = session.execute(query.where(FactRow.number > last).order_by(FactRow.number).limit(_BATCH)).all()
            for number, topic, about in rows:
                last = number
                if topic not in stuck and not self._tell(number, topic, about):
                    stuck.add(topic)
            if len(rows) < _BATCH:
                return

    def _tell(self, number: int, topic: str, about: int) -> bool:
        try:
            for teller in self._tellers[topic]:
                teller(number, about)
        except LonjaError as error:
            _log.warning("a fact could not be told", topic=topic, number=number, problem=error.message)
            return False
        with transaction(self._database) as session:
            for follow in self._told:
                follow(session, topic, about)
            session.execute(delete(FactRow).where(FactRow.number == number))
        return True
