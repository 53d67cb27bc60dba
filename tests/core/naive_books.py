"""The books of the naive twin: what it keeps, and the questions that orders and balances answer.

Why apart: every rule of the twin stands on these. Nothing is kept that can be recomputed: holds are sums over open
orders, the best price is a minimum over them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.kinds import AccountKind, CancelReason, Ledger, MarginMode, SelfTradePrevention, Side
from lonja.core.rejections import Rejection
from lonja.core.texts import Text16
from tests.core.naive_contract_parts import LOTS_MAX, Contract, Family, Position
from tests.core.naive_parts import Account, Instrument, Lending, Order, beyond, require

OUTSIDE, FEE_INCOME = 0, 1
MATCHES_MAX = 1_000


@dataclass
class NaiveBooks:
    """Everything the twin knows."""

    time_ms: int = 0
    sequence: int = 0
    last_order_id: int = 0
    turns: int = 0
    currencies: list[c.CreateCurrency] = field(default_factory=list)
    accounts: list[Account] = field(
        default_factory=lambda: [Account(AccountKind.HOUSE, 0), Account(AccountKind.HOUSE, 1)]
    )
    instruments: list[Instrument] = field(default_factory=list)
    families: list[Family] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    family_leverages: dict[tuple[int, int, int], int] = field(default_factory=dict)
    fee_rates: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    cash: dict[tuple[int, int, int], int] = field(default_factory=dict)
    open_orders: dict[int, Order] = field(default_factory=dict)
    lending: Lending = field(default_factory=Lending)
    timers: dict[tuple[int, Text16], int] = field(default_factory=dict)
    withdrawal_holds: dict[tuple[int, int], c.SetWithdrawalHold] = field(default_factory=dict)
    corrections: dict[int, tuple[c.CorrectBalance, int]] = field(default_factory=dict)
    events: list[e.Event] = field(default_factory=list)
    happened: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)

    def emit(self, event_type: Callable[..., e.Event], *fields: Any) -> int:
        """Note what happened; returns the number of the event."""
        self.sequence += 1
        self.events.append(
            event_type(self.sequence, self.time_ms, *(int(f) if isinstance(f, int) else f for f in fields))
        )
        return self.sequence

    def balance(self, account: int, currency: int, ledger: int = Ledger.TRADING) -> int:
        """All of a balance, holds included."""
        return self.cash.get((account, currency, ledger), 0)

    def add(self, account: int, currency: int, ledger: int, amount: int) -> int:
        """Change a balance and return it."""
        self.cash[account, currency, ledger] = self.balance(account, currency, ledger) + amount
        return self.cash[account, currency, ledger]

    def hold(self, order: Order) -> tuple[int, int]:
        """Currency and amount that a resting order sets aside."""
        instrument = self.instruments[order.instrument]
        if order.side == Side.BUY:
            return instrument.terms.quote, instrument.cost(order.price, order.left)
        return instrument.terms.base, order.left * instrument.base_per_lot

    def account(self, command: c.Command) -> Account:
        """The account of a command that needs one."""
        require(0 <= command.account < len(self.accounts), Rejection.ACCOUNT_NOT_FOUND)
        return self.accounts[command.account]

    def party(self, command: c.Command) -> Account:
        """The account of a command that moves money or orders; the house's own are never a party."""
        account = self.account(command)
        require(account.kind != AccountKind.HOUSE, Rejection.ACCOUNT_NOT_FOUND)
        return account

    def currency(self, currency: int) -> c.CreateCurrency:
        """The currency of that number."""
        require(0 <= currency < len(self.currencies), Rejection.CURRENCY_NOT_FOUND)
        return self.currencies[currency]

    def instrument(self, instrument: int) -> Instrument:
        """The instrument of that number."""
        require(0 <= instrument < len(self.instruments), Rejection.INSTRUMENT_NOT_FOUND)
        return self.instruments[instrument]

    def family(self, family: int) -> Family:
        """The family of that number."""
        require(0 <= family < len(self.families), Rejection.INSTRUMENT_NOT_FOUND)
        return self.families[family]

    def rates(self, account: int, instrument: Instrument) -> tuple[int, int]:
        """Maker and taker rate of an account."""
        return self.fee_rates.get((self.accounts[account].fee_tier, instrument.terms.fee_group), (0, 0))

    def same_master(self, one: int, other: int) -> bool:
        """Whether two accounts belong to one master account."""
        return self.accounts[one].master == self.accounts[other].master

    def queue(self, instrument: int, side: int) -> list[Order]:
        """Open orders of one side of a book, first to trade first."""
        orders = [o for o in self.open_orders.values() if (o.instrument, o.side) == (instrument, side)]
        return sorted(orders, key=lambda o: (-o.price if side == Side.BUY else o.price, o.turn))

    def cancel(self, order: Order, reason: CancelReason, *, rested: bool = True) -> None:
        """End an order."""
        if rested:
            del self.open_orders[order.order_id]
            self.note_end(order, whole=False)
        place = (order.order_id, order.account, order.instrument, order.side, order.price)
        self.emit(e.OrderCanceled, *place, order.left, rested, reason)

    # What algo orders hear of, in the order in which it happened.

    def note(self, what: str, *which: int) -> None:
        """Remember that something happened."""
        self.happened.append((what, which))

    def note_end(self, order: Order, *, whole: bool) -> None:
        """The same of an order that has left its book."""
        if self.is_awaited(order.order_id):
            self.note("ended", order.order_id, order.filled, whole, order.notional)

    def note_fill(self, order_id: int, lots: int) -> None:
        """An order traded, maybe one whose fills concern an algo order."""

    def is_awaited(self, order_id: int) -> bool:
        """Whether an algo order waits for the end of an order."""
        raise NotImplementedError

    def cancel_algos(self, *, account: int = -1, instrument: int = -1) -> None:
        """End the algo orders of a frozen account or of a closed instrument."""
        raise NotImplementedError

    def cancel_each(self, chosen: Callable[[Order], bool], reason: CancelReason) -> None:
        """Cancel the chosen open orders, oldest first."""
        for order in sorted(self.open_orders.values(), key=lambda o: o.order_id):
            if chosen(order):
                self.cancel(order, reason)

    def reachable(self, order: Order, limit: int) -> list[Order]:
        """The makers that an order would trade with, in order, were it big enough."""
        makers: list[Order] = []
        for maker in self.queue(order.instrument, 1 - order.side):
            if beyond(order.side, maker.price, limit):
                break
            if not self.same_master(maker.account, order.account):
                if self.can_bear(maker):
                    makers.append(maker)
            elif order.self_trade_prevention != SelfTradePrevention.CANCEL_MAKER:
                break
        return makers[:MATCHES_MAX]

    judged = 0
    """The worst price by which the last order for a contract was judged."""

    def can_bear(self, maker: Order) -> bool:
        """Whether the owner of a resting order can still pay for it."""
        raise NotImplementedError

    def would_take(self, order: Order, limit: int) -> bool:
        """Whether the best maker, of whomever, is within the limit."""
        makers = self.queue(order.instrument, 1 - order.side)
        return bool(makers) and not beyond(order.side, makers[0].price, limit)

    # Positions.

    def find_position(self, account: int, instrument: int, margin_mode: int, side: int) -> Position | None:
        """The position that an order or a setting has named before."""
        names = (account, instrument, margin_mode, side)
        return next((position for position in self.positions if position.names == names), None)

    def new_position(self, account: int, instrument: int, margin_mode: int, side: int) -> Position:
        """A flat one that nobody knows yet."""
        contract = self.instruments[instrument]
        assert isinstance(contract, Contract)
        made = Position(len(self.positions) + 1, account, instrument, margin_mode, side, contract)
        key = (account, self.families.index(contract.family), side)
        if margin_mode == MarginMode.CROSS and key in self.family_leverages:
            made.leverage = self.family_leverages[key]
        return made

    def named_position(self, account: int, instrument: int, margin_mode: int, side: int) -> Position:
        """The position of these names, kept from now on."""
        found = self.find_position(account, instrument, margin_mode, side)
        if found is None:
            found = self.new_position(account, instrument, margin_mode, side)
            self.positions.append(found)
        return found

    def resting(self, position: Position, side: int) -> list[Order]:
        """Open orders of a position and side that may open."""
        return [
            o for o in self.open_orders.values() if (o.position, o.side, o.reduce_only) == (position.number, side, 0)
        ]

    def reducing(self, position: Position) -> list[Order]:
        """Open orders of a position that only reduce, the latest first."""
        orders = [o for o in self.open_orders.values() if o.position == position.number and o.reduce_only]
        return sorted(orders, key=lambda o: -o.order_id)

    def spare(self, position: Position) -> int:
        """Lots that no resting order would close yet."""
        closing = self.resting(position, Side.SELL if position.lots > 0 else Side.BUY) + self.reducing(position)
        return position.size - sum(order.left for order in closing)

    def open_lots(self, contract: Contract) -> int:
        """All long lots of a contract."""
        return sum(max(position.lots, 0) for position in self.positions if position.contract is contract)

    def bears(self, contract: Contract, price: int, more_lots: int) -> bool:
        """Whether all open lots and so many more are worth what sums are made for."""
        return contract.may_be_worth(price, self.open_lots(contract) + more_lots)

    def require_borne(self, contract: Contract, price: int, lots: int, closes: bool) -> None:
        """Refuse lots that make all open ones worth too much; what closes some of these adds nothing."""
        require(lots <= LOTS_MAX, Rejection.NOTIONAL_TOO_LARGE)
        if closes:
            require(self.bears(contract, price, 0), Rejection.NOTIONAL_TOO_LARGE)
        else:
            fits = contract.may_be_opened(price, self.open_lots(contract) + lots)
            require(fits, Rejection.NOTIONAL_TOO_LARGE)

    def has_contracts_open(self, account: int) -> bool:
        """Whether an account holds or has ordered any contract."""
        held = any(position.lots for position in self.positions if position.account == account)
        return held or any(order.position for order in self.open_orders.values() if order.account == account)
