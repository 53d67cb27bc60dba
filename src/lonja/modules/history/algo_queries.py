"""Reading algo orders: newest first, cut by ids and times. Those that never went live are nobody's business."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from lonja.core.kinds import AlgoState
from lonja.modules.history.algo_records import AlgoRecord
from lonja.modules.history.algo_tables import IS_LIVE, AlgoRow
from lonja.modules.history.queries import Page, paged
from lonja.modules.history.statements import table_of

_COLUMNS = table_of(AlgoRow).c
_ALGOS = select(*(_COLUMNS[name] for name in AlgoRecord._fields))
_LIVE = int(AlgoState.LIVE)


class AlgoFilter(NamedTuple):
    """Which ended algo orders; None and () do not matter."""

    instrument: int | None = None
    instrument_type: int | None = None
    kinds: Sequence[int] = ()
    states: Sequence[int] = ()
    algo_id: int | None = None


def algos(connection: Connection, account: int, wanted: AlgoFilter, page: Page) -> list[AlgoRecord]:
    """Ended algo orders of ``account``; the page's times are those of their creation."""
    query = _ALGOS.where(_COLUMNS.account == account, _COLUMNS.state != _LIVE, _COLUMNS.waiting == 0)
    for column, value in (
        (_COLUMNS.instrument, wanted.instrument),
        (_COLUMNS.instrument_type, wanted.instrument_type),
        (_COLUMNS.algo_id, wanted.algo_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.kinds:
        query = query.where(_COLUMNS.kind.in_(wanted.kinds))
    if wanted.states:
        query = query.where(_COLUMNS.state.in_(wanted.states))
    rows = connection.execute(paged(query, _COLUMNS.algo_id, _COLUMNS.created_time_ms, page))
    return [AlgoRecord._make(row) for row in rows]


def algo(connection: Connection, account: int, algo_id: int | None, client_algo_id: str) -> AlgoRecord | None:
    """The algo order with ``algo_id``, or else the newest with ``client_algo_id``; None when ``account`` has none."""
    query = _ALGOS.where(_COLUMNS.account == account, _COLUMNS.waiting == 0)
    if algo_id is not None:
        query = query.where(_COLUMNS.algo_id == algo_id)
    else:
        query = query.where(_COLUMNS.client_algo_id == client_algo_id).order_by(_COLUMNS.algo_id.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else AlgoRecord._make(row)


def algos_of_orders(connection: Connection, orders: Sequence[int]) -> list[AlgoRecord]:
    """What was attached to some orders, oldest first."""
    query = _ALGOS.where(_COLUMNS.parent_order_id.in_(orders)).order_by(_COLUMNS.algo_id)
    return [AlgoRecord._make(row) for row in connection.execute(query)]


def live_algos(connection: Connection) -> list[AlgoRecord]:
    """All open algo orders."""
    # As text, since an index of some rows only serves a condition that is told as the index tells it.
    return [AlgoRecord._make(row) for row in connection.execute(_ALGOS.where(IS_LIVE))]
