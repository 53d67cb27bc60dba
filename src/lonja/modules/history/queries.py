"""Reading the projections: newest first, cut by ids and times."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, text

from lonja.core.kinds import OrderState, Side
from lonja.modules.history.models import (
    IS_HELD,
    IS_LIQUIDATED_PAIR,
    IS_NOT_ALL_KNOWN,
    IS_PARTIAL,
    Base,
    BillRow,
    CandleRow,
    FillRow,
    InstrumentRow,
    MarginRow,
    OrderRow,
    PositionRow,
    TradeRow,
)
from lonja.modules.history.order_fold import IDS_PER_SEQUENCE
from lonja.modules.history.position_fold import PositionEnd, PositionRecord
from lonja.modules.history.records import BillKind, BillRecord, CandleRecord, FillRecord, OrderRecord, TradeRecord
from lonja.modules.history.statements import table_of
from lonja.modules.history.waiting_margin import WaitingMargin

_FIRST_ENDED = int(OrderState.FILLED)
_CANCELED = int(OrderState.CANCELED)
_BUY, _SELL = int(Side.BUY), int(Side.SELL)


class Page(NamedTuple):
    """Which rows of a list: ids older than ``after_id`` and newer than ``before_id``, times inclusive, newest first."""

    after_id: int | None = None
    before_id: int | None = None
    begin_ms: int | None = None
    end_ms: int | None = None
    limit: int = 100


class OrderFilter(NamedTuple):
    """Which orders; None does not matter. ``instruments`` names several.

    ``unfilled_since_ms`` leaves out orders canceled earlier without a fill, ``updated_since_ms`` all that ended earlier.
    """

    instrument: int | None = None
    instrument_type: int | None = None
    order_type: int | None = None
    time_in_force: int | None = None
    post_only: int | None = None
    state: int | None = None
    ended_only: bool = False
    unfilled_since_ms: int | None = None
    updated_since_ms: int | None = None
    instruments: Sequence[int] | None = None
    category: int | None = None


def _columns(model: type[Base], names: Sequence[str]) -> list[ColumnElement[object]]:
    columns = table_of(model).c
    return [columns[name] for name in names]


_ORDERS = select(*_columns(OrderRow, OrderRecord._fields))
_FILLS = select(*_columns(FillRow, FillRecord._fields))
_POSITIONS = select(*_columns(PositionRow, PositionRecord._fields))
_BILLS = select(*_columns(BillRow, BillRecord._fields))
_CANDLES = select(*_columns(CandleRow, CandleRecord._fields))
_TRADES = select(*_columns(TradeRow, TradeRecord._fields))

Query = Select[*tuple[Any, ...]]


def paged(
    query: Query,
    row_id: ColumnElement[int],
    time_ms: ColumnElement[int],
    page: Page,
) -> Query:
    """``query`` cut to one page."""
    if page.after_id is not None:
        query = query.where(row_id < page.after_id)
    if page.before_id is not None:
        query = query.where(row_id > page.before_id)
    if page.begin_ms is not None:
        query = query.where(time_ms >= page.begin_ms)
    if page.end_ms is not None:
        query = query.where(time_ms <= page.end_ms)
    return query.order_by(row_id.desc()).limit(page.limit)


def orders(connection: Connection, account: int, wanted: OrderFilter, page: Page) -> list[OrderRecord]:
    """Orders of ``account``; the page's times are those of their creation."""
    columns = table_of(OrderRow).c
    query = _ORDERS.where(columns.account == account)
    for name in ("instrument", "instrument_type", "order_type", "time_in_force", "post_only", "state", "category"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(columns[name] == value)
    if wanted.instruments is not None:
        query = query.where(columns.instrument.in_(wanted.instruments))
    if wanted.ended_only:
        query = query.where(columns.state >= _FIRST_ENDED)
    if wanted.unfilled_since_ms is not None:
        forgotten = and_(columns.state == _CANCELED, columns.filled == 0)
        query = query.where(or_(~forgotten, columns.updated_time_ms >= wanted.unfilled_since_ms))
    if wanted.updated_since_ms is not None:
        query = query.where(columns.updated_time_ms >= wanted.updated_since_ms)
    rows = connection.execute(paged(query, columns.order_id, columns.created_time_ms, page))
    return [OrderRecord._make(row) for row in rows]


def order(
    connection: Connection,
    account: int,
    order_id: int | None,
    client_order_id: str | None,
    instrument: int | None,
) -> OrderRecord | None:
    """The order with ``order_id``, or else the newest with ``client_order_id``; None when ``account`` has none."""
    columns = table_of(OrderRow).c
    query = _ORDERS.where(columns.account == account)
    if instrument is not None:
        query = query.where(columns.instrument == instrument)
    if order_id is not None:
        query = query.where(columns.order_id == order_id)
    else:
        query = query.where(columns.client_order_id == client_order_id).order_by(columns.order_id.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else OrderRecord._make(row)


def orders_to_adopt(connection: Connection) -> list[OrderRecord]:
    """All open orders of which more was projected than the engine still knows."""
    # As text, since an index of some rows only serves a condition that is told as the index tells it.
    found = (connection.execute(_ORDERS.where(condition)) for condition in (IS_PARTIAL, IS_NOT_ALL_KNOWN))
    return [OrderRecord._make(row) for rows in found for row in rows]


def liquidated_pairs(  # which pairs, which mode, and when
    connection: Connection,
    sold: Sequence[int],
    bought: Sequence[int],
    margin_mode: int | None,
    page: Page,
) -> list[OrderRecord]:
    """Liquidations of everybody's positions in pairs, newest first: of long ones in ``sold``, of short ones in ``bought``."""
    columns = table_of(OrderRow).c
    longs = and_(columns.side == _SELL, columns.instrument.in_(sold))
    shorts = and_(columns.side == _BUY, columns.instrument.in_(bought))
    # As text, for the same reason.
    query = _ORDERS.where(IS_LIQUIDATED_PAIR, or_(longs, shorts))
    if margin_mode is not None:
        query = query.where(columns.margin_mode == margin_mode)
    rows = connection.execute(paged(query, columns.order_id, columns.created_time_ms, page))
    return [OrderRecord._make(row) for row in rows]


class FillFilter(NamedTuple):
    """Which fills; None does not matter. ``instruments`` names several."""

    instrument: int | None = None
    instrument_type: int | None = None
    order_id: int | None = None
    side: int | None = None
    position_side: int | None = None
    instruments: Sequence[int] | None = None
    category: int | None = None


def fills(connection: Connection, account: int, wanted: FillFilter, page: Page) -> list[FillRecord]:
    """Fills of ``account``."""
    columns = table_of(FillRow).c
    query = _FILLS.where(columns.account == account)
    for name in ("instrument", "instrument_type", "order_id", "side", "position_side", "category"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(columns[name] == value)
    if wanted.instruments is not None:
        query = query.where(columns.instrument.in_(wanted.instruments))
    return [FillRecord._make(row) for row in connection.execute(paged(query, columns.fill_id, columns.time_ms, page))]


class BillFilter(NamedTuple):
    """Which bills; None does not matter.

    ``between_accounts``: transfers to or from another account, or none of these. ``inverse``: of inverse contracts, or
    of linear ones.
    """

    ledger: int | None = None
    currency: int | None = None
    kind: int | None = None
    subkind: int | None = None
    instrument: int | None = None
    instrument_type: int | None = None
    other_account: int | None = None
    client_transfer_id: str | None = None
    between_accounts: bool | None = None
    margin_mode: int | None = None
    inverse: bool | None = None


def bills(connection: Connection, account: int, wanted: BillFilter, page: Page) -> list[BillRecord]:
    """Bills of ``account``."""
    columns = table_of(BillRow).c
    query = _BILLS.where(columns.account == account)
    for name, value in wanted._asdict().items():
        if value is not None and name in columns:
            query = query.where(columns[name] == value)
    if wanted.inverse is not None:
        listed = table_of(InstrumentRow).c
        contracts = select(listed.instrument).where(listed.contract_value > 0, listed.inverse == int(wanted.inverse))
        query = query.where(columns.instrument.in_(contracts))
    if wanted.between_accounts is not None:
        crosses = and_(columns.other_account >= 0, columns.other_account != account)
        query = query.where(crosses if wanted.between_accounts else ~crosses)
    return [BillRecord._make(row) for row in connection.execute(paged(query, columns.bill_id, columns.time_ms, page))]


class PositionFilter(NamedTuple):
    """Which lives of positions; None does not matter."""

    instrument: int | None = None
    instrument_type: int | None = None
    margin_mode: int | None = None
    position_side: int | None = None
    ended: int | None = None
    pocket: int | None = None


def positions(
    connection: Connection,
    account: int,
    wanted: PositionFilter,
    before_ms: int | None,
    after_ms: int | None,
    limit: int,
) -> list[PositionRecord]:
    """Lives of positions of ``account`` of which something was closed, those changed last first.

    Changed before ``before_ms`` and after ``after_ms``; where several changed at the time at which ``limit`` cuts, all of
    these are given, so that pages by time leave out none.
    """
    columns = table_of(PositionRow).c
    query = _POSITIONS.where(columns.account == account, columns.ended != int(PositionEnd.NONE))
    for name, value in wanted._asdict().items():
        if value is not None:
            query = query.where(columns[name] == value)
    if before_ms is not None:
        query = query.where(columns.updated_time_ms < before_ms)
    if after_ms is not None:
        query = query.where(columns.updated_time_ms > after_ms)
    newest_first = (columns.updated_time_ms.desc(), columns.life.desc())
    found = list(map(PositionRecord._make, connection.execute(query.order_by(*newest_first).limit(limit))))
    if len(found) == limit:
        last = found[-1]
        same = query.where(columns.updated_time_ms == last.updated_time_ms, columns.life < last.life)
        found += map(PositionRecord._make, connection.execute(same.order_by(*newest_first)))
    return found


def positions_held(connection: Connection) -> list[PositionRecord]:
    """All positions that were open when last projected."""
    return [PositionRecord._make(row) for row in connection.execute(_POSITIONS.where(IS_HELD))]


def margins_waiting(connection: Connection) -> list[WaitingMargin]:
    """What came with orders of pockets that were open when last projected."""
    return [WaitingMargin._make(row) for row in connection.execute(select(table_of(MarginRow)))]


def transfer(
    connection: Connection, accounts: Sequence[int], transfer_id: int | None, client_transfer_id: str
) -> BillRecord | None:
    """A bill of the transfer with ``transfer_id``, or else of the newest with ``client_transfer_id``.

    Only transfers in which one of ``accounts`` takes part; None when there is none.
    """
    columns = table_of(BillRow).c
    query = _BILLS.where(columns.account.in_(accounts), columns.kind == int(BillKind.TRANSFER))
    if transfer_id is not None:
        first = transfer_id * IDS_PER_SEQUENCE
        query = query.where(columns.bill_id >= first, columns.bill_id < first + IDS_PER_SEQUENCE)
    else:
        # The second condition lets the index of such bills be used.
        query = query.where(columns.client_transfer_id == client_transfer_id, text("client_transfer_id != ''"))
    row = connection.execute(query.order_by(columns.bill_id.desc()).limit(1)).first()
    return None if row is None else BillRecord._make(row)


def candles(connection: Connection, instrument: int, period_ms: int, begin_ms: int, end_ms: int) -> list[CandleRecord]:
    """Candles that open in [begin, end), oldest first, and before them the last one that opened earlier."""
    columns = table_of(CandleRow).c
    of_instrument = _CANDLES.where(columns.instrument == instrument, columns.period_ms == period_ms)
    earlier = of_instrument.where(columns.open_time_ms < begin_ms).order_by(columns.open_time_ms.desc()).limit(1)
    inside = of_instrument.where(columns.open_time_ms >= begin_ms, columns.open_time_ms < end_ms)
    rows = [*connection.execute(earlier), *connection.execute(inside.order_by(columns.open_time_ms))]
    return [CandleRecord._make(row) for row in rows]


def instruments(connection: Connection) -> list[int]:
    """Codes of all instruments."""
    return list(connection.scalars(select(InstrumentRow.instrument).order_by(InstrumentRow.instrument)))


def recent_trades(connection: Connection, count: int) -> list[TradeRecord]:
    """The last ``count`` trades of each instrument, oldest first."""
    table = table_of(TradeRow)
    columns = table.c
    newest = (
        select(columns.instrument, func.max(columns.trade_id).label("trade_id")).group_by(columns.instrument).subquery()
    )
    query = _TRADES.join(newest, columns.instrument == newest.c.instrument)
    query = query.where(columns.trade_id > newest.c.trade_id - count).order_by(columns.instrument, columns.trade_id)
    return [TradeRecord._make(row) for row in connection.execute(query)]


def past_trades(connection: Connection, instrument: int, page: Page) -> list[TradeRecord]:
    """Trades of one instrument on ``page``."""
    columns = table_of(TradeRow).c
    query = _TRADES.where(columns.instrument == instrument)
    return [TradeRecord._make(row) for row in connection.execute(paged(query, columns.trade_id, columns.time_ms, page))]
