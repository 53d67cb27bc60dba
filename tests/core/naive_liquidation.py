"""Liquidation, deleveraging, funding and delivery, as the naive twin does them (``docs/adr/0032``).

Why apart: each begins with a price of the operator's and walks all positions of a contract.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import ceil, floor

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.kinds import (
    CancelReason,
    FundCause,
    InstrumentState,
    InstrumentType,
    Ledger,
    MarginMode,
    PositionCause,
    PositionSide,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from lonja.core.rejections import Rejection
from lonja.core.texts import EMPTY_16, EMPTY_32
from lonja.primitives.money import INT_MAX, PPM
from tests.core.naive_contract_parts import Contract, Position
from tests.core.naive_orders import NaiveOrders
from tests.core.naive_parts import Order, require
from tests.core.naive_settling import Booking

WARNING_TIMES = 3
PATIENCE_MS = 30_000
FUND_FLOOR = Fraction(7, 10)
BILLION, TRILLION = 10**9, 10**12
DELIVERY_FEE_MAX_PPM = 100_000


class NaiveLiquidation(NaiveOrders):
    """What mark prices, funding and delivery do to positions."""

    def watch_margins(self, contract: Contract) -> None:
        """Warn and liquidate: isolated positions by account and number, then accounts with cross positions."""
        fund = contract.family.account
        here = [p for p in self.positions if p.contract is contract and p.lots and p.account != fund]
        alone = [p for p in here if p.isolated and self.in_danger([p])]
        settle, touched = contract.family.settle, [contract]
        accounts = sorted({p.account for p in here if not p.isolated})
        together = [account for account in accounts if self.is_cross_in_danger(account, settle)]
        for position in sorted(alone, key=lambda p: (p.account, p.number)):
            self.liquidate_isolated(position)
        for account in together:
            touched += self.liquidate_cross(account, settle)
        for other in self.instruments:
            if isinstance(other, Contract) and other in touched:
                self.unload(other)

    def is_cross_in_danger(self, account: int, currency: int) -> bool:
        """The same of cross positions; orders that hold what these require are canceled."""
        held = self.cross_positions(account, currency)
        if self.in_danger(held):
            return True
        equity, required = self.standing(held)
        if self.held(account, currency) and equity - self.held(account, currency) <= required:
            self.cancel_holding(account, currency)
        return False

    def cancel_holding(self, account: int, currency: int) -> None:
        """Cancel every order of an account that holds a currency."""
        mine = [order for order in self.open_orders.values() if order.account == account]
        holding = {order.order_id for order in mine if self.hold_currency(order) == currency}
        self.cancel_each(lambda o: o.order_id in holding, CancelReason.LIQUIDATED)

    def in_danger(self, positions: list[Position]) -> bool:
        """Whether positions that stand together have no more than they require; warns once at three times that."""
        equity, required = self.standing(positions)
        near = equity <= WARNING_TIMES * required
        for position in positions:
            if near and not position.warned:
                self.emit(e.MarginWarned, *position.names, floor(equity / required * PPM))
            position.warned = near
        return equity <= required

    def liquidate_isolated(self, position: Position) -> None:
        """Take over in steps what an isolated position cannot keep."""
        self.cancel_each(lambda o: o.position == position.number, CancelReason.LIQUIDATED)
        while position.lots and self.is_lost([position]):
            lots = self.step(position)
            self.take_over(position, lots, position.margin * lots // position.size)

    def is_lost(self, positions: list[Position]) -> bool:
        """Whether positions that stand together have no more than they require."""
        equity, required = self.standing(positions)
        return equity <= required

    def step(self, position: Position) -> int:
        """Lots to be taken over next: what exceeds the tier two below, all from the first two tiers."""
        tiers, lots = position.contract.family.tiers, self.tier_lots(position)
        tier = tiers.index(position.contract.family.tier_at_most(lots))
        return min(lots - tiers[tier - 2].size_max, position.size) if tier >= 2 else position.size

    def liquidate_cross(self, account: int, currency: int) -> Iterable[Contract]:
        """Take over what an account's cross positions of a currency cannot keep; tells which contracts that were."""
        self.cancel_holding(account, currency)
        touched: list[Contract] = []
        while (held := self.cross_positions(account, currency)) and self.is_lost(held):
            equity, required = self.standing(held)
            dearest = max(held, key=lambda p: (floor(self.required(p, p.size)), -p.number))
            lots = self.step(dearest)
            share = floor(equity * self.required(dearest, lots) / required)
            if len(held) == 1 and lots == dearest.size:
                share = floor(equity)
            touched.append(dearest.contract)
            self.take_over(dearest, lots, share)
        return touched

    def hold_currency(self, order: Order) -> int:
        """The currency that an order holds, or would hold if it opened anything."""
        if order.position:
            return self.positions[order.position - 1].contract.family.settle
        return self.hold(order)[0]

    def take_over(self, position: Position, lots: int, share: int) -> None:
        """Take ``lots`` over at the mark. The holder loses ``share``, the fund gets what is left of it, or pays."""
        self.note("taken", position.number)
        contract, family = position.contract, position.contract.family
        price, signed = contract.mark, lots if position.lots > 0 else -lots
        fee = ceil(contract.value(price, lots) * max(self.rates(position.account, contract)[1], 0) / PPM)
        gained = floor(position.gain(price, lots))
        rest = share - fee + (gained if position.isolated else 0)
        carried = self.fund(family) + rest >= 0
        bankruptcy = position.price_for(lots, -share if position.isolated else gained - share)
        self.emit(e.PositionTakenOver, *position.names, signed, price, bankruptcy, rest)
        self.close(position, Booking(PositionCause.LIQUIDATED, price, 0, lots, fee=fee, penalty=rest))
        self.change_fund(family, FundCause.LIQUIDATION, position.account, rest)
        keeper = self.named_position(family.account, position.instrument, MarginMode.CROSS, PositionSide.NET)
        self.fill(keeper, Side.BUY if signed > 0 else Side.SELL, Booking(PositionCause.FILLED, price, 0, lots))
        if not carried and keeper.lots:
            self.deleverage(keeper)
        self.bound_reducing(position)

    def unload(self, contract: Contract) -> None:
        """Close in the market what the fund keeps of a contract; deleverage what it should not keep."""
        family, instrument = contract.family, self.instruments.index(contract)
        keeper = self.find_position(family.account, instrument, MarginMode.CROSS, PositionSide.NET)
        if keeper is None or keeper.lots == 0 or contract.state != InstrumentState.LIVE:
            return
        self.note_fund(family)
        side = Side.SELL if keeper.lots > 0 else Side.BUY
        worst = keeper.price_for(keeper.size, -self.fund(family))
        limit = max(worst, contract.sell_min()) if side == Side.SELL else min(worst, contract.buy_max())
        terms = (family.account, instrument, side, limit, keeper.size, 0, SelfTradePrevention.CANCEL_MAKER)
        order = Order(0, *terms, EMPTY_32, EMPTY_16, 0, position=keeper.number, reduce_only=1)
        if self.would_take(order, limit):
            self.tell_placed(order, 0, TimeInForce.IOC)
            self.tell_margined(order, keeper)
            self.settle(order, self.match(order, limit), market=False, time_in_force=TimeInForce.IOC)
        patience = self.time_ms - keeper.opened_ms >= PATIENCE_MS
        if keeper.lots and (patience or self.fund_has_fallen(contract)):
            self.deleverage(keeper)
        self.note_fund(family)

    def fund_has_fallen(self, contract: Contract) -> bool:
        """Whether a fund is empty or has lost three tenths of its peak."""
        balance = self.fund(contract.family)
        return balance <= 0 or balance <= self.peak(contract.family) * FUND_FLOOR

    def tell_margined(self, order: Order, position: Position) -> None:
        """How an order is margined."""
        names = (order.account, order.instrument, position.margin_mode, position.side)
        self.emit(e.OrderMargined, order.order_id, *names, order.reduce_only, position.leverage)

    # Deleveraging.

    def rank(self, position: Position) -> int:
        """Profit over entry value times effective leverage for winners, divided by it for losers; in 10**-18."""
        contract = position.contract
        equity = max(self.equity_behind(position), 1)
        leverage = floor(contract.value(contract.mark, position.size) * BILLION / equity)
        profit = position.unrealized()
        share = profit * BILLION // max(floor(position.entry * contract.unit), 1)
        return share * leverage if profit >= 0 else share * BILLION**2 // max(leverage, 1)

    def equity_behind(self, position: Position) -> int:
        """What stands behind a position."""
        settle = position.contract.family.settle
        together = [position] if position.isolated else self.cross_positions(position.account, settle)
        return floor(self.standing(together)[0])

    def deleverage(self, keeper: Position) -> None:
        """Close what the fund keeps against the other side, the highest rank first, off the book and without fees."""
        others = [p for p in self.positions if p.contract is keeper.contract and p.lots * keeper.lots < 0]
        for other in sorted(others, key=lambda p: (-self.rank(p), p.number)):
            lots = min(other.size, keeper.size)
            if lots:
                price = self.price_between(keeper, other, lots)
                self.close(other, Booking(PositionCause.DELEVERAGED, price, 0, lots))
                self.close(keeper, Booking(PositionCause.DELEVERAGED, price, 0, lots))
                self.cover_loss(other)
                self.bound_reducing(other)

    def price_between(self, keeper: Position, other: Position, lots: int) -> int:
        """The mark; or what leaves the fund owing nothing for all it keeps, as far as the other side can pay that."""
        mark, owed = keeper.contract.mark, -self.fund(keeper.contract.family)
        if keeper.unrealized() >= owed:
            return mark
        needed, most = keeper.price_for(keeper.size, owed), other.price_for(lots, -self.behind(other, lots))
        return max(mark, min(needed, most)) if keeper.lots > 0 else min(mark, max(needed, most))

    def behind(self, position: Position, lots: int) -> int:
        """What ending ``lots`` may lose without leaving the account below nothing."""
        if position.isolated:
            return position.margin * lots // position.size
        account, settle = position.account, position.contract.family.settle
        gained = floor(position.gain(position.contract.mark, lots))
        return self.equity(account, settle) - self.held(account, settle) - gained

    # Funding and delivery.

    def settle_funding(self, command: c.SettleFunding) -> int:
        """See ``commands.SettleFunding``."""
        require(abs(command.rate) <= TRILLION, Rejection.FIELD_INVALID)
        contract = self.contract_of_type(command.instrument, InstrumentType.SWAP)
        require(contract.mark > 0, Rejection.MARK_PRICE_MISSING)
        self.note_fund(contract.family)
        self.emit(e.FundingSettled, command.instrument, command.rate, contract.mark)
        held = [p for p in self.positions if p.contract is contract and p.lots]
        for position in held if command.rate else []:
            self.pay_funding(position, command.rate)
        self.note_fund(contract.family)
        self.watch_margins(contract)
        return command.instrument

    def pay_funding(self, position: Position, rate: int) -> None:
        """What is paid rounds up, what is received rounds down."""
        contract, family = position.contract, position.contract.family
        due = contract.value(contract.mark, position.lots) * rate / TRILLION
        amount = -ceil(due)
        position.funding += amount
        self.add(family.account, family.settle, Ledger.FUNDING, -amount)
        margin = amount if position.isolated else 0
        self.book(position, Booking(PositionCause.FUNDING, contract.mark, gained=amount, margin=margin))

    def deliver_contract(self, command: c.DeliverContract) -> int:
        """See ``commands.DeliverContract``."""
        require(0 < command.price <= INT_MAX, Rejection.FIELD_INVALID)
        require(0 <= command.fee_rate_ppm <= DELIVERY_FEE_MAX_PPM, Rejection.FIELD_INVALID)
        contract = self.contract_of_type(command.instrument, InstrumentType.FUTURES)
        require(contract.state != InstrumentState.DELISTED, Rejection.INSTRUMENT_NOT_LIVE)
        require(self.bears(contract, command.price, 0), Rejection.NOTIONAL_TOO_LARGE)
        contract.state = InstrumentState.DELISTED
        self.cancel_algos(instrument=command.instrument)
        self.cancel_each(lambda o: o.instrument == command.instrument, CancelReason.INSTRUMENT_CLOSED)
        self.note_fund(contract.family)
        self.emit(e.ContractDelivered, command.instrument, command.price)
        held = [p for p in self.positions if p.contract is contract and p.lots]
        for position in held:
            is_fund = position.account == contract.family.account
            fee = 0 if is_fund else ceil(contract.value(command.price, position.size) * command.fee_rate_ppm / PPM)
            self.close(position, Booking(PositionCause.DELIVERED, command.price, 0, position.size, fee=fee))
            self.cover_loss(position)
        settle = contract.family.settle
        for account in sorted({p.account for p in held}):
            self.cancel_unpaid(account, settle)
        self.note_fund(contract.family)
        return command.instrument

    def cancel_unpaid(self, account: int, currency: int) -> None:
        """Cancel what holds more of a currency than there is."""
        if self.equity(account, currency) < self.held(account, currency):
            self.cancel_holding(account, currency)

    def contract_of_type(self, instrument: int, instrument_type: InstrumentType) -> Contract:
        """The contract of that number and type."""
        found = self.instrument(instrument)
        require(isinstance(found, Contract), Rejection.INSTRUMENT_NOT_FOUND)
        assert isinstance(found, Contract)
        require(found.family.instrument_type == instrument_type, Rejection.INSTRUMENT_NOT_FOUND)
        return found
