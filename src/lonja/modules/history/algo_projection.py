"""From events to rows of algo orders; a part of ``projection``.

Why all open ones are kept: there are few beside orders, and a fill does not say to whose algo order it belongs.
Invariant: as there.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from lonja.core.algo_events import (
    AlgoActivated,
    AlgoAmended,
    AlgoDetailed,
    AlgoEnded,
    AlgoFollowing,
    AlgoLinked,
    AlgoPlaced,
    AlgoTriggered,
)
from lonja.core.events import Event, Filled
from lonja.modules.history.algo_fold import AlgoFold
from lonja.modules.history.algo_queries import live_algos
from lonja.modules.history.algo_records import AlgoRecord
from lonja.modules.history.order_fold import OrderFold
from lonja.modules.history.statements import Statements, write


class AlgoProjection:
    """Projects the events of algo orders."""

    def __init__(self, orders: OrderFold) -> None:
        """``orders`` is told which orders come from algo orders."""
        self._fold = AlgoFold(orders)
        self._is_loaded = False
        self._changed: dict[int, AlgoRecord] = {}
        fold = self._fold
        # Any: each function takes its own kind of event; the table guarantees that it gets that kind.
        folded: dict[type[Event], Callable[[Any], AlgoRecord | None]] = {
            AlgoPlaced: fold.placed,
            AlgoAmended: fold.amended,
            AlgoActivated: fold.activated,
            AlgoFollowing: fold.following,
            AlgoTriggered: fold.triggered,
            AlgoEnded: fold.ended,
            AlgoLinked: fold.linked,
        }
        self.table: dict[type[Event], Callable[[Any], None]] = {
            kind: self._noting(apply) for kind, apply in folded.items()
        }
        """What to do with which event."""
        self.table[AlgoDetailed] = fold.detailed

    def begin(self, connection: Connection) -> None:
        """Read what is open, unless that is known; before the events of a transaction."""
        self._changed = {}
        if not self._is_loaded:
            self._fold.adopt(live_algos(connection))
            self._is_loaded = True

    def forget(self) -> None:
        """Drop what may differ from the database."""
        self._fold.forget()
        self._is_loaded = False

    def filled(self, event: Filled) -> None:
        """An order traded, maybe one of an algo order."""
        self._note(self._fold.filled(event))

    def write(self, connection: Connection, statements: Statements) -> None:
        """Write what changed."""
        write(connection, statements.put_algos, list(self._changed.values()))

    def _noting(self, apply: Callable[[Any], AlgoRecord | None]) -> Callable[[Any], None]:
        return lambda event: self._note(apply(event))

    def _note(self, record: AlgoRecord | None) -> None:
        if record is not None:
            self._changed[record.algo_id] = record
