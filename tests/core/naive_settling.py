"""What a fill does to positions and funds, as the naive twin books it (``docs/adr/0031``, ``docs/adr/0032``).

Why apart: trades, liquidations, deliveries and funding all end in a position that changes and money that moves with it.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from lonja.core import events as e
from lonja.core.kinds import CancelReason, FundCause, Ledger, Liquidity, OrderState, PositionCause, Side
from lonja.core.texts import EMPTY_32
from lonja.primitives.money import PPM
from tests.core.naive_books import FEE_INCOME
from tests.core.naive_contract_parts import HOUR_MS, PEAK_HOURS, Family, Position
from tests.core.naive_house import NaiveHouse
from tests.core.naive_parts import Order


@dataclass
class Booking:
    """One change of a position: why, at which price, how many lots, and what moves with them."""

    cause: PositionCause
    price: int
    order_id: int = 0
    lots: int = 0
    gained: int = 0
    fee: int = 0
    margin: int = 0
    penalty: int = 0


class NaiveSettling(NaiveHouse):
    """Positions that open, close and change; funds that get and pay."""

    # Fills.

    def trade_contract(self, taker: Order, maker: Order, match: tuple[int, int, int]) -> None:
        """Tell both halves of a trade, then what becomes of both positions."""
        fees = []
        for order, other, liquidity in ((taker, maker, Liquidity.TAKER), (maker, taker, Liquidity.MAKER)):
            fees.append(self.tell_half(order, other, liquidity, match))
        held = [self.positions[order.position - 1] for order in (taker, maker)]
        lots, _, price = match
        for order, position, fee in zip((taker, maker), held, fees, strict=True):
            self.fill(position, order.side, Booking(PositionCause.FILLED, price, order.order_id, lots, fee=fee))
        for position in held:
            self.cover_loss(position)
        for position in held:
            self.bound_reducing(position)

    def tell_half(self, order: Order, other: Order, liquidity: Liquidity, match: tuple[int, int, int]) -> int:
        """Tell one side of a trade; returns its fee. The fund pays none."""
        position = self.positions[order.position - 1]
        contract = position.contract
        lots, notional, price = match
        rate = self.rates(order.account, contract)[1 - liquidity]
        is_fund = order.account == contract.family.account
        fee = 0 if is_fund else ceil(contract.value(price, lots) * rate / PPM)
        state = OrderState.PARTIALLY_FILLED if order.left else OrderState.FILLED
        what = (order.order_id, order.account, order.instrument, order.side, liquidity, contract.last_trade_id)
        totals = (order.filled, order.notional, order.left, state, 0, 0, other.order_id)
        self.emit(e.Filled, *what, price, lots, notional, fee, contract.family.settle, *totals)
        return fee

    def fill(self, position: Position, side: int, booking: Booking) -> None:
        """Let a position trade: it closes first and opens with what is left; the fee splits by lots."""
        lots, fee = booking.lots, booking.fee
        closing = min(lots, position.closable(side))
        closing_fee = fee * closing // lots
        where = (booking.cause, booking.price, booking.order_id)
        if closing:
            self.close(position, Booking(*where, closing, fee=closing_fee))
        if lots > closing:
            self.open(position, side, Booking(*where, lots - closing, fee=fee - closing_fee))

    def open(self, position: Position, side: int, booking: Booking) -> None:
        """More lots of a position, or the first of a new life."""
        contract, lots, price = position.contract, booking.lots, booking.price
        if position.lots == 0:
            position.life, position.opened_ms, position.warned = self.sequence + 1, self.time_ms, False
            position.pnl = position.fees = position.funding = position.penalty = 0
        position.weigh(position.entry + contract.weight(price, lots))
        booking.lots = lots if side == Side.BUY else -lots
        if position.isolated:
            booking.margin = floor(contract.value(price, lots) * 100 / position.leverage)
        self.book(position, booking)

    def close(self, position: Position, booking: Booking) -> None:
        """End ``booking.lots`` (without sign) of a position; the average stays."""
        lots, size = booking.lots, position.size
        booking.gained = floor(position.gain(booking.price, lots))
        booking.margin = -(position.margin * lots // size)
        position.weigh(position.entry * Fraction(size - lots, size))
        booking.lots = -lots if position.lots > 0 else lots
        position.pnl += booking.gained
        position.penalty -= booking.penalty
        self.add(position.contract.family.account, position.contract.family.settle, Ledger.FUNDING, -booking.gained)
        self.book(position, booking)
        if position.lots == 0:
            self.note("flat", position.number)

    def book(self, position: Position, booking: Booking) -> None:
        """Move the money of a change between cash, margin and the house, and tell it."""
        settle = position.contract.family.settle
        position.lots += booking.lots
        position.margin += booking.margin
        position.fees += booking.fee
        cash = booking.gained - booking.fee - booking.margin - booking.penalty
        balance = self.add(position.account, settle, Ledger.TRADING, cash)
        self.add(FEE_INCOME, settle, Ledger.TRADING, booking.fee)
        self.tell(position, booking, balance)

    def tell(self, position: Position, booking: Booking, balance: int) -> None:
        """What a position is after a change."""
        moved = (booking.gained, booking.fee, position.margin, booking.margin)
        life = (position.life, position.pnl, position.fees, position.funding, position.penalty)
        change = (booking.cause, booking.order_id, booking.price, booking.lots, position.lots)
        self.emit(e.PositionChanged, *position.names, *change, *position.average(), *moved, *life, balance)

    def bound_reducing(self, position: Position) -> None:
        """Cut orders that only reduce to what no other order would close, the latest first."""
        for order in self.reducing(position):
            would_open = (order.side == Side.BUY) == (position.lots > 0)
            excess = order.left if would_open else -self.spare(position)
            if excess >= order.left:
                self.cancel(order, CancelReason.NOTHING_TO_REDUCE)
            elif excess > 0:
                before = order.left
                order.size -= excess
                place = (order.order_id, order.account, order.instrument, order.side)
                sizes = (order.price, before, order.price, order.size, order.left)
                self.emit(e.OrderAmended, *place, *sizes, 1, EMPTY_32)

    # The fund.

    def fund(self, family: Family) -> int:
        """What a Security Fund has."""
        return self.balance(family.account, family.settle)

    def note_fund(self, family: Family) -> None:
        """Remember what the fund has now, for its peak."""
        family.noted.append((self.time_ms, self.fund(family)))

    def peak(self, family: Family) -> int:
        """The highest balance in this hour of the clock and the seven before."""
        return max([self.fund(family), *family.noted_since(self.time_ms // HOUR_MS - PEAK_HOURS + 1)])

    def change_fund(self, family: Family, cause: FundCause, account: int, amount: int) -> None:
        """Let a fund get or pay because of an account, and tell it."""
        self.note_fund(family)
        balance = self.add(family.account, family.settle, Ledger.TRADING, amount)
        self.note_fund(family)
        number = self.families.index(family)
        self.emit(e.FundChanged, number, cause, account, amount, balance, self.peak(family))

    def cover_loss(self, position: Position) -> None:
        """Let the fund pay what an account owes that neither its cash nor its cross profits cover."""
        family = position.contract.family
        owed = self.lacking(position.account, family.settle)
        if position.account == family.account or owed <= 0:
            return
        position.penalty += owed
        balance = self.add(position.account, family.settle, Ledger.TRADING, owed)
        self.change_fund(family, FundCause.COVER, position.account, -owed)
        self.tell(position, Booking(PositionCause.COVERED, position.contract.mark), balance)
