"""The exchange as its events tell it: orders, balances and levels rebuilt from nothing else.

Why here: market data, order views and the SQL projections know only events, so events must suffice and must agree
with the state. ``Mirror.fold`` expects each event to follow from those before it; ``Mirror.compare`` expects the state
to be what the events told.
"""

from collections import Counter
from dataclasses import dataclass, field

from lonja.core import events as e
from lonja.core import margin_events as me
from lonja.core.kinds import Ledger, Liquidity, OrderState, OrderType, Side, SizeUnit, TimeInForce
from lonja.core.state import State
from lonja.core.state_views import StateViews
from lonja.core.views import OrderView
from tests.simulation.algo_mirror import AlgoMirror
from tests.simulation.collateral_mirror import CollateralMirror
from tests.simulation.position_mirror import SETTINGS, Positions

HOUSE = 2
"""Accounts below this number belong to the house; the other side of what they pay and get is told by no event."""


@dataclass
class Told:
    """An order as told so far; ``rests`` while it is in the book."""

    placed: e.OrderPlaced
    price: int
    size: int
    filled: int = 0
    notional: int = 0
    fee: int = 0
    rebate: int = 0
    updated_time_ms: int = 0
    margined: e.OrderMargined | None = None
    reduces: int = 0
    rests: bool = False
    ended: bool = False

    @property
    def left(self) -> int:
        """Lots that rest or still seek a match; 0 for orders sized in quote."""
        return 0 if self.placed.size_unit == SizeUnit.QUOTE else self.size - self.filled


@dataclass
class Mirror:
    """Everything the events have told."""

    sequence: int = 0
    time_ms: int = 0
    orders: dict[int, Told] = field(default_factory=dict)
    cash: Counter[tuple[int, int, int]] = field(default_factory=Counter)
    scales: list[int] = field(default_factory=list)
    instruments: list[e.InstrumentListed | e.ContractListed] = field(default_factory=list)
    families: list[e.FamilyDefined] = field(default_factory=list)
    positions: Positions = field(default_factory=Positions)
    trades: Counter[int] = field(default_factory=Counter)
    last_fill: e.Filled | None = None
    algos: AlgoMirror = field(default_factory=AlgoMirror)
    collateral: CollateralMirror = field(default_factory=CollateralMirror)
    reducing: me.OrderReduces | None = None

    @property
    def contracts(self) -> dict[int, e.ContractListed]:
        """The contracts that were told, by code."""
        return {terms.instrument: terms for terms in self.instruments if isinstance(terms, e.ContractListed)}

    @property
    def funds(self) -> set[int]:
        """The accounts of Security Funds."""
        return {family.fund_account for family in self.families}

    def fold(self, events: list[e.Event]) -> None:
        """Take in the events of one command and expect each to follow from what was told before."""
        for event in events:
            self.sequence += 1
            assert event.sequence == self.sequence, "the numbering of events has a gap"
            assert event.time_ms >= self.time_ms, "time runs backwards"
            self.time_ms = event.time_ms
            self._fold_one(event)
            self.algos.fold(event)
            for account, currency, amount, balance in self.collateral.fold(event):
                self._post(account, currency, Ledger.TRADING, amount, balance)
        assert self.last_fill is None, "half of a trade is missing"
        assert all(told.rests or told.ended for told in self.orders.values()), "an order neither rests nor ended"
        self.orders = {order_id: told for order_id, told in self.orders.items() if told.rests}

    def _fold_one(self, event: e.Event) -> None:
        if isinstance(event, e.Filled):
            self._fill(event)
        elif isinstance(event, e.OrderPlaced):
            assert event.order_id not in self.orders, "an order id was given twice"
            reduces = self.reducing is not None
            assert self.reducing is None or self.reducing[2:] == (event.order_id, event.account, event.instrument)
            self.reducing = None
            self.orders[event.order_id] = Told(
                event, event.price, event.size, updated_time_ms=event.time_ms, reduces=int(reduces)
            )
        elif isinstance(event, e.OrderRested):
            self._rest(event)
        elif isinstance(event, e.OrderCanceled):
            self._cancel(event)
        elif isinstance(event, e.OrderAmended):
            self._amend(event)
        elif isinstance(event, e.AmendmentFailed):
            assert self.orders[event.order_id].rests, "an order that does not rest was to be amended"
        elif isinstance(event, e.CurrencyCreated):
            self.scales.append(event.scale)
        elif isinstance(event, (e.InstrumentListed, e.ContractListed)):
            self._list(event)
        else:
            self._move(event)
            self._change_position(event)

    def _list(self, event: e.InstrumentListed | e.ContractListed) -> None:
        assert event.instrument == len(self.instruments)
        self.instruments.append(event)
        if isinstance(event, e.ContractListed):
            self.positions.family_of[event.instrument] = event.family
            self.positions.inverse[event.instrument] = self.families[event.family].settle == event.base

    def _margin(self, event: e.OrderMargined) -> None:
        told = self.orders[event.order_id]
        assert (told.margined, told.rests, told.filled) == (None, False, 0), "an order is margined too late"
        assert (event.account, event.instrument) == (told.placed.account, told.placed.instrument)
        key = (event.account, event.instrument, event.margin_mode, event.position_side)
        assert event.leverage == self.positions.leverage(key), "an order tells another leverage"
        told.margined = event

    def _change_position(self, event: e.Event) -> None:
        if isinstance(event, e.PositionChanged):
            family = self._family_of(event.instrument)
            moved = self.positions.fold(event)
            self._post(event.account, family.settle, Ledger.TRADING, moved, event.balance)
            # The other side of what a position gains is the clearing balance of its family.
            self.cash[family.fund_account, family.settle, Ledger.FUNDING] -= event.gained
        elif isinstance(event, me.OrderReduces):
            assert self.reducing is None, "an order that only reduces was not placed"
            self.reducing = event
        elif isinstance(event, e.OrderMargined):
            self._margin(event)
        elif isinstance(event, SETTINGS):
            self.positions.set(event)
        elif isinstance(event, e.FamilyDefined):
            assert event.family == len(self.families)
            self.families.append(event)
        elif isinstance(event, (e.FundEndowed, e.FundChanged)):
            family = self.families[event.family]
            self._post(family.fund_account, family.settle, Ledger.TRADING, event.amount, event.balance)

    def _family_of(self, instrument: int) -> e.FamilyDefined:
        terms = self.instruments[instrument]
        assert isinstance(terms, e.ContractListed), "a position in what is no contract"
        return self.families[terms.family]

    def _move(self, event: e.Event) -> None:
        if isinstance(event, e.Deposited):
            self._post(event.account, event.currency, event.ledger, event.amount, event.balance)
        elif isinstance(event, e.Withdrawn):
            self._post(event.account, event.currency, event.ledger, -event.amount, event.balance)
        elif isinstance(event, e.Transferred):
            self._post(event.account, event.currency, event.from_ledger, -event.amount, event.from_balance)
            self._post(event.to_account, event.currency, event.to_ledger, event.amount, event.to_balance)
        elif isinstance(event, e.BalanceCorrected):
            self._post(event.account, event.currency, event.ledger, event.amount, event.balance)

    def _post(self, account: int, currency: int, ledger: int, amount: int, balance: int) -> None:
        self.cash[account, currency, ledger] += amount
        assert account < HOUSE or self.cash[account, currency, ledger] == balance, "an event tells a wrong balance"

    def _rest(self, event: e.OrderRested) -> None:
        told = self.orders[event.order_id]
        assert not told.rests, "an order rests twice"
        assert (event.price, event.size_left) == (told.price, told.left), "an order rests with another price or size"
        told.rests, told.updated_time_ms = True, event.time_ms

    def _cancel(self, event: e.OrderCanceled) -> None:
        told = self.orders[event.order_id]
        assert not told.ended, "an ended order ends again"
        assert (event.rested, event.price, event.size_left) == (told.rests, told.price, told.left)
        told.rests, told.ended = False, True

    def _amend(self, event: e.OrderAmended) -> None:
        told = self.orders[event.order_id]
        assert told.rests, "an order that does not rest was amended"
        assert (event.old_price, event.old_size_left) == (told.price, told.left)
        keeps = event.new_price == event.old_price and 0 < event.new_size_left < event.old_size_left
        assert event.kept_priority == keeps
        told.price, told.size, told.updated_time_ms = event.new_price, event.new_size, event.time_ms
        assert event.new_size_left == told.left >= 0
        told.rests = keeps

    def _fill(self, event: e.Filled) -> None:
        told = self.orders[event.order_id]
        self._check_pair(event, told)
        told.filled += event.size
        told.notional += event.notional
        told.fee += max(event.fee, 0)
        told.rebate += max(-event.fee, 0)
        told.updated_time_ms = event.time_ms
        assert (event.order_filled, event.order_notional, event.size_left) == (told.filled, told.notional, told.left)
        done = event.order_state == OrderState.FILLED
        if told.placed.size_unit == SizeUnit.BASE:
            assert done == (told.left == 0)
        if done:
            told.rests, told.ended = False, True
        self._pay(event)

    def _check_pair(self, event: e.Filled, told: Told) -> None:
        """A taker's half, then the maker's half of the same trade."""
        placed = told.placed
        assert not told.ended, "an ended order was filled"
        assert (event.account, event.instrument, event.side) == (placed.account, placed.instrument, placed.side)
        if event.liquidity == Liquidity.TAKER:
            assert self.last_fill is None, "a taker's half without a maker's"
            self.trades[event.instrument] += 1
            assert event.trade_id == self.trades[event.instrument], "trade ids have a gap"
            self.last_fill = event
            return
        taker = self.last_fill
        assert taker is not None, "a maker's half without a taker's"
        assert (event.order_id, taker.order_id) == (taker.match_order_id, event.match_order_id)
        halves = [(fill.trade_id, fill.price, fill.size, fill.notional, fill.instrument) for fill in (event, taker)]
        assert halves[0] == halves[1], "the halves of a trade differ"
        assert event.side != taker.side
        assert told.rests, "a maker did not rest"
        assert event.price == told.price, "a trade is not at the maker's price"
        self.last_fill = None

    def _pay(self, event: e.Filled) -> None:
        """Move the money of one half, and expect the balances that the event tells."""
        terms = self.instruments[event.instrument]
        if isinstance(terms, e.ContractListed):
            # Money moves with the ``PositionChanged`` that follows.
            assert event.fee_currency == self.families[terms.family].settle, "the fee is not in what is settled in"
            return
        buys = event.side == Side.BUY
        assert event.fee_currency == (terms.base if buys else terms.quote), "the fee is not in what is received"
        base, quote = ((event.account, currency, Ledger.TRADING) for currency in (terms.base, terms.quote))
        lot = self._base_per_lot(terms)
        self.cash[base] += event.size * lot if buys else -event.size * lot
        self.cash[quote] += -event.notional if buys else event.notional
        self.cash[event.account, event.fee_currency, Ledger.TRADING] -= event.fee
        told = (event.base_balance, event.quote_balance)
        assert event.account < HOUSE or told == (self.cash[base], self.cash[quote]), "a fill tells wrong balances"

    def _base_per_lot(self, terms: e.InstrumentListed) -> int:
        return int(terms.lot_step * 10 ** (self.scales[terms.base] - terms.size_scale))

    def compare(self, state: State) -> None:
        """Expect ``state`` to be what the events told."""
        self.positions.compare(state)
        self.algos.compare(state)
        self.collateral.compare(state)
        views = StateViews(state)
        assert views.last_sequence() == self.sequence
        for account in range(HOUSE, views.account_count()):
            told = sorted(order for order in self.orders.items() if order[1].placed.account == account)
            assert views.open_orders(account) == [_view(order) for _, order in told], "open orders are not those told"
            for balance in views.balances(account):
                assert balance.cash == self.cash[account, balance.currency, balance.ledger], "a balance was not told"
        for instrument in range(len(self.instruments)):
            for side in Side:
                depth = len(self.orders) + 1
                levels = [
                    (level.price, level.size, level.order_count) for level in views.levels(instrument, side, depth)
                ]
                assert levels == self.levels(instrument, side), "the book is not the one told"

    def levels(self, instrument: int, side: Side) -> list[tuple[int, int, int]]:
        """Price, size and count of orders of each level, best first."""
        sizes: Counter[int] = Counter()
        counts: Counter[int] = Counter()
        for told in self.orders.values():
            if (told.placed.instrument, told.placed.side) == (instrument, side):
                sizes[told.price] += told.left
                counts[told.price] += 1
        return [(price, sizes[price], counts[price]) for price in sorted(sizes, reverse=side == Side.BUY)]


def _view(told: Told) -> OrderView:
    """The view that an order as told should have."""
    placed = told.placed
    assert (placed.order_type, placed.time_in_force) == (OrderType.LIMIT, TimeInForce.GTC), "only such orders rest"
    return OrderView(
        placed.order_id,
        placed.account,
        placed.instrument,
        placed.side,
        placed.order_type,
        placed.time_in_force,
        placed.post_only,
        told.price,
        told.size,
        told.filled,
        told.notional,
        told.fee,
        told.rebate,
        placed.self_trade_prevention,
        placed.client_order_id,
        placed.tag,
        placed.time_ms,
        told.updated_time_ms,
        *(told.margined[5:8] if told.margined else (-1, 0, told.reduces)),
    )
