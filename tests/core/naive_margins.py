"""Leverages of families and orders of pockets, as the naive twin sees them (``docs/adr/0036``).

Why apart: they stand on everything else that the twin knows.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core import margin_commands as mc
from lonja.core import margin_events as me
from lonja.core.kinds import (
    AccountMode,
    AlgoKind,
    CancelReason,
    InstrumentState,
    InstrumentType,
    MarginMode,
    OrderType,
    PositionSide,
    Side,
)
from lonja.core.rejections import Rejection
from lonja.core.texts import EMPTY_32
from lonja.primitives.money import INT_MAX, PPM
from tests.core.naive_algo_admission import Algo
from tests.core.naive_books import MATCHES_MAX
from tests.core.naive_collateral import Swap
from tests.core.naive_contract_parts import LEVERAGE_MIN, Contract
from tests.core.naive_cross_pockets import TRADING, NaiveCrossPockets
from tests.core.naive_parts import Instrument, Order, RefusedError, Traded, require

PROTECTING = (AlgoKind.CONDITIONAL, AlgoKind.OCO, AlgoKind.MOVE_ORDER_STOP)


@dataclass
class Brought:
    """What the owner of a pocket brought with an order for so many lots, and how much of it went back."""

    order: Order
    currency: int
    amount: int
    lots: int
    returned: int = 0


@dataclass
class NaiveMargins(NaiveCrossPockets):
    """What accounts choose for many positions at once, and what pockets trade."""

    looked: int = 0
    margined: mc.PlaceMarginOrder | None = None
    brought: list[Brought] = field(default_factory=list)

    def set_family_leverage(self, command: mc.SetFamilyLeverage) -> int:
        """See ``margin_commands.SetFamilyLeverage``."""
        require(command.position_side in list(PositionSide), Rejection.FIELD_INVALID)
        family = self.require_settable(command).family
        require(family.instrument_type == InstrumentType.FUTURES, Rejection.FIELD_INVALID)
        require(len(family.tiers) > 0, Rejection.POSITION_ABOVE_MAX)
        in_range = LEVERAGE_MIN <= command.leverage <= family.tiers[0].leverage_max
        require(in_range, Rejection.LEVERAGE_OUT_OF_RANGE)
        account, side = command.account, command.position_side
        crossed = [p for p in self.positions if p.account == account and not p.isolated and p.contract.family is family]
        size = sum(self.most_lots(position) for position in crossed)
        require(command.leverage <= family.tier_at_most(size).leverage_max, Rejection.LEVERAGE_ABOVE_TIER)
        mine = [position for position in crossed if position.side == side]
        before = [(position.leverage, self.tied(position)) for position in mine]
        for position in mine:
            position.leverage = command.leverage
        more = sum(self.tied(position) - tied for position, (_, tied) in zip(mine, before, strict=True))
        for position, (leverage, _) in zip(mine, before, strict=True):
            position.leverage = leverage
        free = self.free_margin(account, family.settle)
        require(more <= 0 or more <= free, Rejection.INSUFFICIENT_FUNDS)
        self.family_leverages[account, self.families.index(family), side] = command.leverage
        self.emit(me.FamilyLeverageSet, account, self.families.index(family), side, command.leverage)
        for number, contract in enumerate(self.instruments):
            if not isinstance(contract, Contract) or contract.family is not family:
                continue
            tradable = contract.mark and contract.state != InstrumentState.DELISTED
            if tradable or self.find_position(account, number, MarginMode.CROSS, side):
                self.named_position(account, number, MarginMode.CROSS, side).leverage = command.leverage
                self.emit(e.LeverageSet, account, number, MarginMode.CROSS, side, command.leverage)
        return command.instrument

    def set_pocket_leverage(self, command: mc.SetPocketLeverage) -> int:
        """See ``margin_commands.SetPocketLeverage``."""
        require(command.margin_mode in list(MarginMode), Rejection.FIELD_INVALID)
        account = self.party(command)
        require(not account.frozen, Rejection.ACCOUNT_FROZEN)
        self.instrument(command.instrument)
        modes = {AccountMode.FUTURES} if command.margin_mode == MarginMode.CROSS else {2, 3}
        may = account.account_mode in modes and not self.is_pocket(account)
        require(may, Rejection.ACCOUNT_MODE_FORBIDS)
        tiers = self.lending.margin_tiers.get(command.instrument)
        require(bool(tiers), Rejection.MARGIN_NOT_OFFERED)
        assert tiers
        most = 100 * PPM // tiers[0].initial_ppm
        require(LEVERAGE_MIN <= command.leverage <= most, Rejection.LEVERAGE_OUT_OF_RANGE)
        key = (command.account, command.instrument, command.margin_mode)
        known = self.lending.leverages.get(key)
        before = self.free_of_pockets(*key)
        self.lending.leverages[key] = command.leverage
        after = self.free_of_pockets(*key)
        if any(0 > left < earlier for left, earlier in zip(after, before, strict=True)):
            del self.lending.leverages[key]
            if known:
                self.lending.leverages[key] = known
            raise RefusedError(Rejection.COLLATERAL_INSUFFICIENT)
        self.emit(me.PocketLeverageSet, *key, command.leverage)
        return command.instrument

    def free_of_pockets(self, owner: int, instrument: int, margin_mode: int) -> list[Fraction | int]:
        """What is free of what stands behind those pockets: their own, or the margins of the owner."""
        if margin_mode == MarginMode.CROSS:
            terms = self.instruments[instrument].terms
            return [self.free_margin(owner, code) for code in (terms.base, terms.quote)]
        pockets = [pocket for pocket, key in self.lending.pockets.items() if key == (owner, instrument)]
        return [self.sheet(pocket).free for pocket in pockets if pocket not in self.lending.crossed]

    # Orders of pockets.

    def place_margin_order(self, command: mc.PlaceMarginOrder) -> int:
        """See ``margin_commands.PlaceMarginOrder``."""
        require(command.reduce_only in (0, 1) and command.margin_currency >= -1, Rejection.FIELD_INVALID)
        require(not (command.reduce_only and command.size_unit), Rejection.FIELD_INVALID)
        if command.margin_currency >= 0 and 0 <= command.instrument < len(self.instruments):
            terms = self.instruments[command.instrument].terms
            require(command.margin_currency in (terms.base, terms.quote), Rejection.FIELD_INVALID)
        self.margined = command
        try:
            return self.place_order(c.PlaceOrder(*command[:17]))
        finally:
            self.margined = None

    def place_spot(self, algo: Algo, command: c.PlaceOrder) -> None:
        """What protects a position in a pair reduces only; for others its owner brings margin where it was asked."""
        if command.account not in self.lending.pockets:
            super().place_spot(algo, command)
            return
        terms = self.instruments[command.instrument].terms
        currency = (-1, terms.base, terms.quote)[algo.terms.position_side]
        if algo.terms.kind in PROTECTING or algo.terms.reduce_only:
            self.place_margin_order(mc.PlaceMarginOrder(*command, -1, 1))
        else:
            self.place_margin_order(mc.PlaceMarginOrder(*command, currency, 0))

    def fit_to_balance(self, order: Order, command: c.PlaceOrder, instrument: Instrument) -> None:
        """An order of a pocket is cut to what it closes, and has what its owner brings."""
        asked, account = self.margined, order.account
        if asked is None:
            super().fit_to_balance(order, command, instrument)
            return
        self.margined = None
        owner, traded = self.lending.pockets.get(account, (-1, -1))
        require(traded == order.instrument, Rejection.ACCOUNT_MODE_FORBIDS)
        funded = asked.margin_currency >= 0
        brings = account not in self.lending.crossed and self.accounts[owner].account_mode != AccountMode.SPOT
        require(brings or not funded, Rejection.ACCOUNT_MODE_FORBIDS)
        closable = self.closable_in(account, instrument, order.side)
        if asked.reduce_only:
            require(closable > 0, Rejection.POSITION_NOT_FOUND)
            order.size, order.reduce_only = min(order.size, closable), 1
        if not funded:
            super().fit_to_balance(order, command, instrument)
            return
        amount = self.margin_for(order, command, instrument, closable, asked.margin_currency)
        self.lending.returns.add(account)
        if amount and command.order_type == OrderType.LIMIT:
            self.brought.append(Brought(order, asked.margin_currency, amount, order.size))
        if amount:
            self.hand_over(owner, account, asked.margin_currency, amount)

    def closable_in(self, pocket: int, instrument: Instrument, side: int) -> int:
        """Lots that no open order closes yet: what buys back what is owed, or sells what was bought on credit."""
        ordered = [o.left for o in self.open_orders.values() if o.account == pocket and o.side == side]
        return self.open_in(pocket, instrument, side) - sum(ordered)

    def open_in(self, pocket: int, instrument: Instrument, side: int) -> int:
        """The same, whatever is ordered."""
        base, quote = (self.own_cash(pocket, code) for code in (instrument.terms.base, instrument.terms.quote))
        if side == Side.BUY and base < 0:
            taker = max(self.rates(pocket, instrument)[1], 0)
            more = MATCHES_MAX if taker else 0
            return ceil(Fraction((more - base) * PPM, instrument.base_per_lot * (PPM - taker)))
        return max(base, 0) // instrument.base_per_lot if side == Side.SELL and quote < 0 else 0

    def own_cash(self, pocket: int, currency: int) -> int:
        """The cash of a pocket, but for what came with lots that have not traded."""
        waiting = 0
        for known in self.brought:
            if (known.order.account, known.currency) == (pocket, currency):
                untraded = max(known.lots - known.order.filled, 0)
                waiting += max(known.amount * untraded // known.lots - known.returned, 0)
        return self.balance(pocket, currency) - waiting

    def tell_placed(self, order: Order, order_type: int, time_in_force: int) -> None:
        """An order of a pocket says, too, whether it only reduces."""
        if order.reduce_only and order.account in self.lending.pockets:
            self.emit(me.OrderReduces, self.next_id(), order.account, order.instrument)
        super().tell_placed(order, order_type, time_in_force)

    def execute(self, order: Order, command: c.PlaceOrder | c.PlaceContractOrder) -> None:
        """What only reduces does so after every order."""
        super().execute(order, command)
        self.bound_pockets()

    def amend(self, order: Order, command: c.AmendOrder, instrument: Instrument) -> None:
        """The same after an amended one."""
        super().amend(order, command, instrument)
        self.bound_pockets()

    def require_more(self, order: Order, changed: Order) -> None:
        """What only reduces may not grow beyond what there is to close."""
        if order.reduce_only and changed.left > order.left:
            room = self.closable_in(order.account, self.instruments[order.instrument], order.side)
            require(changed.left - order.left <= room, Rejection.REDUCES_BEYOND_POSITION)
        super().require_more(order, changed)

    def bound_pockets(self) -> None:
        """Look at every pocket, by account."""
        for pocket in self.lending.pockets:
            self.bound_pocket(pocket)

    def bound_pocket(self, pocket: int) -> None:
        """Cut what only reduces to what other orders leave it to close, the latest first."""
        mine = [order for order in self.open_orders.values() if order.account == pocket]
        for order in sorted(mine, key=lambda o: -o.order_id):
            excess = -self.closable_in(pocket, self.instruments[order.instrument], order.side)
            if not order.reduce_only or excess <= 0:
                continue
            if excess >= order.left:
                self.cancel(order, CancelReason.NOTHING_TO_REDUCE)
                continue
            before = order.left
            order.size -= excess
            place = (order.order_id, order.account, order.instrument, order.side)
            self.emit(e.OrderAmended, *place, order.price, before, order.price, order.size, order.left, 1, EMPTY_32)

    def margin_for(
        self, order: Order, command: c.PlaceOrder, instrument: Instrument, closable: int, currency: int
    ) -> int:
        """What the owner brings for an order: the value of what opens over the leverage, and what is lacking then."""
        pocket, owner = order.account, self.lending.pockets[order.account][0]
        amount = self.first_margin(order, command, instrument, max(closable, 0), currency)
        refused = self.refusal_with(pocket, currency, amount, order, command, instrument)
        if refused == Rejection.COLLATERAL_INSUFFICIENT:
            amount += self.lacked(pocket, currency, amount, order, command, instrument)
            refused = self.refusal_with(pocket, currency, amount, order, command, instrument)
        later = (Rejection.NONE, Rejection.BORROW_LIMIT_REACHED, Rejection.COLLATERAL_INSUFFICIENT)
        require(refused in later, refused)
        require(amount <= max(self.spendable(owner, currency), 0), Rejection.INSUFFICIENT_BALANCE)
        require(refused == Rejection.NONE, refused)
        if amount:
            stopped = self.accounts[owner].master != owner and self.all_held(owner, currency)
            out = c.Transfer(account=owner, currency=currency, amount=amount, to_account=pocket)
            require(not stopped and self.leaves_enough(out), Rejection.FUNDS_ON_HOLD)
        return amount

    def first_margin(
        self, order: Order, command: c.PlaceOrder, instrument: Instrument, closable: int, currency: int
    ) -> int:
        """The value of the lots that open, at the worst price, over the leverage."""
        lots, price = order.size, order.price
        if command.order_type:
            sized = (None, order.size) if command.size_unit else (order.size, None)
            lots, _, price = self.met(order, *sized)
        opening = max(lots - closable, 0)
        quote = currency == instrument.terms.quote
        value = instrument.cost(price, opening) if quote else opening * instrument.base_per_lot
        first = self.lending.margin_tiers[order.instrument][0].initial_ppm
        return ceil(Fraction(value * max(first, self.chosen_rate(order.account)), PPM))

    def refusal_with(
        self, pocket: int, currency: int, amount: int, order: Order, command: c.PlaceOrder, instrument: Instrument
    ) -> Rejection:
        """Why the pocket could not pay the order if it had so much more; NONE when it could."""
        self.add(pocket, currency, TRADING, amount)
        try:
            super().fit_to_balance(order, command, instrument)
        except RefusedError as refused:
            return Rejection(refused.rejection)
        finally:
            self.add(pocket, currency, TRADING, -amount)
        return Rejection.NONE

    def lacked(
        self, pocket: int, currency: int, amount: int, order: Order, command: c.PlaceOrder, instrument: Instrument
    ) -> int:
        """What is missing of the free collateral of the pocket if it had so much more."""
        self.add(pocket, currency, TRADING, amount)
        price, lots, _ = self.trades_at(order, command, instrument)
        free = self.sheet(pocket, more=self.swap(order, price, lots)).free
        self.add(pocket, currency, TRADING, -amount)
        return ceil(-free / self.worth(currency))

    # Positions of pockets.

    def close_pockets(self) -> None:
        """Count what pockets traded, and give back what is over where nothing is owed any more."""
        closed = set()
        for event in self.events[self.looked :]:
            if isinstance(event, e.Filled) and event.account in self.lending.pockets:
                traded = self.lending.traded.setdefault(event.account, Traded())
                closed |= {event.account} if count_fill(traded, event) else set()
        for pocket, (owner, instrument) in self.lending.pockets.items():
            terms = self.instruments[instrument].terms
            if pocket in closed and pocket in {*self.lending.returns, *self.lending.crossed}:
                self.settle_rest(pocket, self.instruments[instrument])
            if pocket in self.lending.crossed:
                self.close_crossed(pocket, owner, self.instruments[instrument], closed=pocket in closed)
            self.bound_pocket(pocket)
            if pocket not in self.lending.crossed:
                self.close_isolated(pocket, owner, terms, closed=pocket in closed)
            if not self.is_in_use(pocket):
                self.lending.warned[pocket] = False
        self.looked = len(self.events)

    def close_isolated(self, pocket: int, owner: int, terms: c.ListInstrument, *, closed: bool) -> None:
        """What owes nothing has no position; without orders it gives back what they brought, else what is canceled."""
        loans = any(self.lending.loan(pocket, code) for code in range(len(self.currencies)))
        if not loans and min(self.own_cash(pocket, code) for code in (terms.base, terms.quote)) >= 0:
            self.end_position(pocket, closed=closed)
            if pocket in self.lending.returns and not any(o.account == pocket for o in self.open_orders.values()):
                self.lending.returns.remove(pocket)
                self.brought = [known for known in self.brought if known.order.account != pocket]
                for code in (terms.base, terms.quote):
                    if self.balance(pocket, code) > 0:
                        self.hand_over(pocket, owner, code, self.balance(pocket, code))
        self.give_back_unused(pocket, owner)

    def give_back_unused(self, pocket: int, owner: int) -> None:
        """The owner gets what came with canceled lots, as far as the rest can do without it."""
        for known in [known for known in self.brought if known.order.account == pocket]:
            order, rests = known.order, known.order.order_id in self.open_orders
            unused = known.lots - (order.size if rests else order.filled)
            due = known.amount * max(unused, 0) // known.lots - known.returned
            there = self.dispensable(pocket, known.currency, due)
            if there > 0:
                self.hand_over(pocket, owner, known.currency, there)
            known.returned = max(known.returned + due, known.returned)
            if not rests:
                self.brought.remove(known)

    def dispensable(self, pocket: int, currency: int, most: int) -> int:
        """How much of an amount a pocket can do without, if it may borrow instead."""
        least = 0
        while least < most:
            middle = (least + most + 1) // 2
            sheet = self.sheet(pocket, more=Swap(currency, middle, currency, 0))
            lent = self.limit_of(pocket, currency) if self.lending.auto_borrow[pocket] else 0
            enough = sheet.free >= 0 and self.balance(pocket, currency) - sheet.sold[currency] >= -lent
            least, most = (middle, most) if enough else (least, middle - 1)
        return least

    def settle_rest(self, pocket: int, instrument: Instrument) -> None:
        """The desk pays a debt worth less than a lot, for what it is worth of the other currency."""
        base, quote = instrument.terms.base, instrument.terms.quote
        lot = instrument.base_per_lot * self.worth(base)
        for owed, owned in ((base, quote), (quote, base)):
            due = -self.balance(pocket, owed)
            if due > 0 and self.worth(owned) and due * self.worth(owed) < lot:
                price = ceil(due * self.worth(owed) / self.worth(owned))
                if price <= self.balance(pocket, owned):
                    self.trade_rest(pocket, (owned, price), (owed, due))


def count_fill(traded: Traded, fill: e.Filled) -> bool:
    """Count a fill in; whether it closed anything."""
    way = 1 if fill.side == Side.BUY else -1
    closing = min(fill.size, abs(traded.lots)) if traded.lots * way < 0 else 0
    brought = fill.notional * closing // fill.size
    if closing:
        part = traded.cost * closing // abs(traded.lots)
        traded.pnl = bounded(traded.pnl + (part - brought) * way)
        traded.cost -= part
        traded.lots += closing * way
    if fill.size > closing:
        if traded.lots == 0:
            traded.life, traded.opened_ms, traded.pnl = fill.sequence, fill.time_ms, 0
        traded.cost = bounded(traded.cost + fill.notional - brought)
        traded.lots = bounded(traded.lots + (fill.size - closing) * way)
    return closing > 0


def bounded(total: int) -> int:
    """What is counted of a total at most."""
    return max(-INT_MAX, min(total, INT_MAX))
