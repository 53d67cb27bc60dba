"""From events to rows: one run of events becomes one transaction, together with how far the projections are.

Why nothing is kept between transactions but a cache: when one fails, the same events are simply projected again.
Invariant: the rows depend on the events alone, not on how they were cut into transactions.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from lonja.core.algo_events import ContractIndexSet
from lonja.core.collateral_events import (
    CollateralTaken,
    DebtCovered,
    InterestAccrued,
    LoanChanged,
    MarginTierDefined,
    PocketOpened,
)
from lonja.core.events import (
    AccountCreated,
    BalanceCorrected,
    CandleImported,
    ContractListed,
    CurrencyCreated,
    Deposited,
    Event,
    FamilyDefined,
    Filled,
    IndexPriceSet,
    InstrumentListed,
    InstrumentStateChanged,
    LeverageSet,
    MarkPriceSet,
    OrderAmended,
    OrderCanceled,
    OrderMargined,
    OrderPlaced,
    PositionChanged,
    Transferred,
    Withdrawn,
)
from lonja.core.kinds import AccountKind, InstrumentState, Liquidity, MarginMode, OrderState
from lonja.core.margin_events import CrossPocketOpened, OrderReduces, PocketLeverageSet, PocketTakenOver
from lonja.modules.history.algo_projection import AlgoProjection
from lonja.modules.history.bills import correction_bill, deposit_bill, fill_bills, transfer_bills, withdrawal_bill
from lonja.modules.history.candle_changes import CandleChanges
from lonja.modules.history.fill_prices import PriceFold
from lonja.modules.history.fill_prices import PriceRow as Prices
from lonja.modules.history.house_orders import OrderAndFill, house_order, pair_order
from lonja.modules.history.loan_bills import collateral_bills, covered_bill, interest_bill, loan_bill, taken_over_bills
from lonja.modules.history.margin_bills import shown_bills
from lonja.modules.history.models import (
    TRADES_KEPT,
    CandleRow,
    CurrencyRow,
    CustomerRow,
    FamilyRow,
    InstrumentRow,
    OrderRow,
    PocketRow,
    PriceRow,
    ProjectionStateRow,
    TradeRow,
)
from lonja.modules.history.order_fold import InstrumentFacts, OrderFold, PocketName, TrackedOrder, fill_record
from lonja.modules.history.pocket_fold import Pair
from lonja.modules.history.pocket_terms import PocketTerms
from lonja.modules.history.position_projection import PositionProjection
from lonja.modules.history.records import BillRecord, FillRecord, OrderRecord
from lonja.modules.history.statements import Row, statements_of, table_of, write

STATE_NAME = "history"
ORDERS_CACHED = 50_000
_IDS_PER_SELECT = 500
_CUSTOMER = int(AccountKind.CUSTOMER)
_TAKER = int(Liquidity.TAKER)
_ISOLATED = int(MarginMode.ISOLATED)
_CROSS = int(MarginMode.CROSS)
_FIRST_ENDED = int(OrderState.FILLED)


class Changes:
    """Rows that a run of events gives."""

    def __init__(self) -> None:
        """Start with none."""
        self.orders: dict[int, TrackedOrder] = {}
        self.fills: list[FillRecord] = []
        self.bills: list[BillRecord] = []
        self.begun_again: set[int] = set()
        self.candles = CandleChanges()
        self.trades: dict[tuple[int, int], Row] = {}
        self.customers: list[Row] = []
        self.pockets: list[Row] = []
        self.currencies: list[Row] = []
        self.instruments: list[Row] = []
        self.families: list[Row] = []


class Projection:
    """Projects events onto one database. Used by one thread at a time."""

    def __init__(self, dialect: str) -> None:
        """``dialect`` is SQLAlchemy's name of the database's dialect."""
        self._statements = statements_of(dialect)
        self._fold = OrderFold()
        self._terms = PocketTerms()
        self._positions = PositionProjection()
        self._algos = AlgoProjection(self._fold)
        self._prices = PriceFold()
        self._has_prices = False
        self._scales: dict[int, int] = {}
        self._changes = Changes()
        # Any: each function takes its own kind of event; the table guarantees that it gets that kind.
        self._table: dict[type[Event], Callable[[Any], None]] = {
            CurrencyCreated: self._on_currency,
            AccountCreated: self._on_account,
            InstrumentListed: self._on_listed,
            FamilyDefined: self._on_family,
            ContractListed: self._on_contract,
            Deposited: self._on_deposited,
            Withdrawn: self._on_withdrawn,
            Transferred: self._on_transferred,
            BalanceCorrected: self._on_corrected,
            OrderPlaced: self._on_placed,
            OrderMargined: self._on_margined,
            OrderReduces: self._terms.reduces,
            Filled: self._on_filled,
            PositionChanged: self._on_position_changed,
            LeverageSet: self._on_leverage_set,
            OrderCanceled: self._on_canceled,
            OrderAmended: self._on_amended,
            CandleImported: self._on_candle,
            InstrumentStateChanged: self._on_state,
            PocketOpened: self._on_pocket,
            InterestAccrued: lambda event: self._add_bills((interest_bill(event),)),
            LoanChanged: lambda event: self._add_bills((loan_bill(event),)),
            CollateralTaken: self._on_taken,
            DebtCovered: self._on_covered,
            MarginTierDefined: self._positions.lent,
            PocketLeverageSet: self._on_pocket_leverage,
            CrossPocketOpened: self._on_cross_pocket,
            PocketTakenOver: self._on_taken_over,
            IndexPriceSet: self._prices.on_index,
            ContractIndexSet: self._prices.on_index,
            MarkPriceSet: self._prices.on_mark,
            **self._algos.table,
        }

    def load(self, connection: Connection) -> int:
        """Read what projecting needs; returns the last projected sequence (0: nothing yet)."""
        self.forget()
        for account in connection.scalars(select(CustomerRow.account)):
            self._fold.add_account(account, _CUSTOMER)
        for pocket, *name in connection.execute(select(table_of(PocketRow)).order_by(PocketRow.pocket)):
            self._fold.add_pocket(pocket, PocketName._make(name))
        for row in connection.execute(select(table_of(CurrencyRow))):
            self._scales[row.currency] = row.scale
            self._prices.add_currency(row.currency, row.name)
        for row in connection.execute(select(table_of(InstrumentRow))):
            self._fold.instruments[row.instrument] = InstrumentFacts._make(row[2:])
            if not row.contract_value:
                self._prices.add_pair(row.instrument, row.instrument_id, row.base, row.quote)
        for row in connection.execute(select(table_of(FamilyRow))):
            self._fold.families[row.family] = row.instrument_type, row.settle
        stored = connection.scalar(
            select(ProjectionStateRow.last_sequence).where(ProjectionStateRow.name == STATE_NAME)
        )
        return stored or 0

    def project(self, connection: Connection, events: Sequence[Event], epoch: int) -> None:
        """Write what ``events`` (at least one) change, and how far that is. On any error call ``forget``."""
        self._changes = Changes()
        self._load_prices(connection)
        self._load_orders(connection, events)
        self._algos.begin(connection)
        self._positions.begin(connection, events)
        table = self._table
        for event in events:
            apply = table.get(type(event))
            if apply is not None:
                apply(event)
        self._write(connection)
        last = events[-1]
        write(connection, self._statements.put_state, [(STATE_NAME, last.sequence, epoch, last.time_ms)])
        self._trim()

    def forget(self) -> None:
        """Drop what was cached of orders, positions and prices, because it may differ from the database."""
        self._has_prices = False
        self._fold.forget()
        self._algos.forget()
        self._positions.forget()

    def adopt_prices(self, connection: Connection, prices: Sequence[Prices]) -> None:
        """Take over what the engine knows after the last projected event."""
        self._load_prices(connection)
        write(connection, self._statements.put_prices, self._prices.adopt(prices))

    def _load_prices(self, connection: Connection) -> None:
        if not self._has_prices:
            stored = connection.execute(select(table_of(PriceRow)))
            self._prices.load((instrument, mark, index) for instrument, mark, index in stored)
            self._has_prices = True

    def _load_orders(self, connection: Connection, events: Sequence[Event]) -> None:
        """Read the orders that the events change, as far as they are neither cached nor new."""
        known = self._fold.open_orders
        new = {event.order_id for event in events if type(event) is OrderPlaced}
        wanted = {
            event.order_id: None
            for event in events
            if isinstance(event, Filled | OrderCanceled | OrderAmended)
            and event.order_id not in known
            and event.order_id not in new
            and self._fold.is_customer(event.account)
        }
        ids = list(wanted)
        for first in range(0, len(ids), _IDS_PER_SELECT):
            some = ids[first : first + _IDS_PER_SELECT]
            query = select(*(table_of(OrderRow).c[name] for name in OrderRecord._fields))
            for row in connection.execute(query.where(OrderRow.order_id.in_(some), OrderRow.state < _FIRST_ENDED)):
                record = OrderRecord._make(row)
                known[record.order_id] = TrackedOrder(record)

    def _trim(self) -> None:
        """Let go of the orders cached first, beyond the bound."""
        known = self._fold.open_orders
        for order_id in list(known)[: max(0, len(known) - ORDERS_CACHED)]:
            del known[order_id]

    def _write(self, connection: Connection) -> None:
        changes, statements = self._changes, self._statements
        write(connection, statements.put_customers, changes.customers)
        write(connection, statements.put_pockets, changes.pockets)
        write(connection, statements.put_currencies, changes.currencies)
        write(connection, statements.put_families, changes.families)
        write(connection, statements.put_instruments, changes.instruments)
        write(connection, statements.put_prices, self._prices.take_changed())
        write(connection, statements.put_orders, [order.fields() for order in changes.orders.values()])
        write(connection, statements.put_fills, changes.fills)
        write(connection, statements.put_bills, changes.bills)
        for table in (CandleRow, TradeRow) if changes.begun_again else ():
            connection.execute(delete(table).where(table.instrument.in_(changes.begun_again)))
        write(connection, statements.put_trades, list(changes.trades.values()))
        changes.candles.write(connection, statements)
        self._algos.write(connection, statements)
        self._positions.write(connection, statements)

    # --- events

    def _on_currency(self, event: CurrencyCreated) -> None:
        self._scales[event.currency] = event.scale
        self._prices.on_currency(event)
        self._changes.currencies.append((event.currency, event.name, event.scale))

    def _on_account(self, event: AccountCreated) -> None:
        self._fold.add_account(event.account, event.kind)
        if event.kind == _CUSTOMER:
            self._changes.customers.append((event.account,))

    def _on_pocket(self, event: PocketOpened) -> None:
        """A pocket is shown where its owner is."""
        self._add_pocket(event.pocket, PocketName(event.account, event.instrument, _ISOLATED))

    def _on_cross_pocket(self, event: CrossPocketOpened) -> None:
        self._add_pocket(event.pocket, PocketName(event.account, event.instrument, _CROSS, event.currency))

    def _on_taken_over(self, event: PocketTakenOver) -> None:
        if event.pocket in self._fold.pockets:
            facts = self._fold.instruments[event.instrument]
            self._add_bills(taken_over_bills(event, facts))
            self._take(event, self._fold.pockets[event.pocket])

    def _add_pocket(self, pocket: int, name: PocketName) -> None:
        if self._fold.add_pocket(pocket, name):
            self._changes.pockets.append((pocket, *name))

    def _on_listed(self, event: InstrumentListed) -> None:
        facts = self._fold.add_spot(event)
        self._prices.on_listed(event)
        self._changes.instruments.append((event.instrument, event.instrument_id, *facts))

    def _on_family(self, event: FamilyDefined) -> None:
        self._fold.add_family(event)
        self._changes.families.append((event.family, event.name, event.instrument_type, event.settle))

    def _on_contract(self, event: ContractListed) -> None:
        facts = self._fold.add_contract(event)
        self._changes.instruments.append((event.instrument, event.instrument_id, *facts))

    def _on_deposited(self, event: Deposited) -> None:
        self._add_bills((deposit_bill(event),))

    def _on_withdrawn(self, event: Withdrawn) -> None:
        self._add_bills((withdrawal_bill(event),))

    def _on_transferred(self, event: Transferred) -> None:
        self._add_bills(transfer_bills(event))
        for account in (event.account, event.to_account):
            if account in self._fold.pockets:
                self._terms.transferred(event)
                self._positions.emptied(event, account)

    def _on_taken(self, event: CollateralTaken) -> None:
        self._add_bills(collateral_bills(event))
        name = self._fold.pockets.get(event.account)
        if name is not None:
            self._take(event, name)

    def _on_covered(self, event: DebtCovered) -> None:
        self._add_bills((covered_bill(event),))
        name = self._fold.pockets.get(event.account)
        if name is not None:
            self._positions.covered(event, self._pair(name.instrument))

    def _take(self, event: CollateralTaken | PocketTakenOver, name: PocketName) -> None:
        """A liquidation of a pocket stands among its owner's orders and fills."""
        pair = self._pair(name.instrument)
        change = self._positions.taken(event, pair)
        prices = self._prices.at_fill(name.instrument)
        found = None if change is None else pair_order(*change, pair.facts, prices)
        if found is not None:
            found[0].leverage = self._positions.pocket_leverage(name)
            found[0].margin_currency = name.currency
            self._note(found[0])
            self._changes.fills.append(found[1])

    def _pair(self, instrument: int) -> Pair:
        facts = self._fold.instruments[instrument]
        return Pair(facts, self._scales[facts.base], self._scales[facts.quote])

    def _on_corrected(self, event: BalanceCorrected) -> None:
        self._add_bills((correction_bill(event),))

    def _add_bills(self, bills: Iterable[BillRecord]) -> None:
        shown = [bill for bill in bills if self._fold.is_customer(bill.account)]
        self._changes.bills += shown_bills(shown, self._fold.pockets)

    def _on_placed(self, event: OrderPlaced) -> None:
        order = self._fold.placed(event)
        name = self._fold.pockets.get(event.account)
        if order is not None and name is not None:
            self._terms.apply(order, event, name, self._positions.pocket_leverage(name))
            if self._terms.came is not None:
                self._positions.placed(event, self._terms.came)
        self._note(order)

    def _on_margined(self, event: OrderMargined) -> None:
        self._note(self._fold.margined(event))
        if self._fold.is_customer(event.account):
            self._positions.margined(event)

    def _on_filled(self, event: Filled) -> None:
        if event.liquidity == _TAKER:
            self._add_trade(event)
        self._algos.filled(event)
        order = self._fold.filled(event)
        if order is None:
            return
        self._note(order)
        facts = self._fold.instruments[event.instrument]
        if facts.contract_value:
            return  # what the position gained follows, and with it the fill
        prices = self._prices.at_fill(event.instrument)
        self._changes.fills.append(fill_record(order, event.sequence, event.notional, 0, prices))
        bills = fill_bills(event, order, facts, self._scales[facts.base], prices)
        self._changes.bills += shown_bills(bills, self._fold.pockets)
        name = self._fold.pockets.get(event.account)
        if name is not None:
            self._positions.traded(event, name, self._pair(event.instrument))

    def _on_position_changed(self, event: PositionChanged) -> None:
        prices = self._prices.at_fill(event.instrument)
        if self._fold.is_customer(event.account):
            facts = self._fold.instruments[event.instrument]
            position, bills = self._positions.changed(event, facts, self._fold.awaited(event), prices)
            self._changes.bills += bills
            self._add_house_order(house_order(event, facts, position.leverage, prices))
        fill = self._fold.position_changed(event)
        if fill is not None:
            self._changes.fills.append(fill.record(prices))

    def _add_house_order(self, found: OrderAndFill | None) -> None:
        if found is not None:
            order, fill = found
            self._note(order)
            self._changes.fills.append(fill)

    def _on_leverage_set(self, event: LeverageSet) -> None:
        if self._fold.is_customer(event.account):
            self._positions.leverage_set(event)

    def _on_pocket_leverage(self, event: PocketLeverageSet) -> None:
        if self._fold.is_customer(event.account):
            self._positions.pocket_leverage_set(event)

    def _on_canceled(self, event: OrderCanceled) -> None:
        self._positions.ended(event)
        self._note(self._fold.canceled(event))

    def _on_amended(self, event: OrderAmended) -> None:
        self._positions.amended(event)
        self._note(self._fold.amended(event))

    def _on_candle(self, event: CandleImported) -> None:
        self._changes.candles.put_minute(event)

    def _on_state(self, event: InstrumentStateChanged) -> None:
        """What goes back to before its opening has no past of trading; orders and fills are their owners'."""
        if event.state == InstrumentState.PREOPEN:
            changes = self._changes
            changes.begun_again.add(event.instrument)
            changes.candles.drop(event.instrument)
            changes.trades = {key: row for key, row in changes.trades.items() if key[0] != event.instrument}

    def _note(self, order: TrackedOrder | None) -> None:
        if order is not None:
            self._changes.orders[order.order_id] = order

    def _add_trade(self, event: Filled) -> None:
        self._changes.candles.add_trade(event)
        slot = event.trade_id % TRADES_KEPT
        self._changes.trades[event.instrument, slot] = (
            event.instrument,
            slot,
            event.trade_id,
            event.price,
            event.size,
            event.side,
            event.time_ms,
            event.sequence,
            event.order_id,
        )
