"""The slow, obvious twin of the core: what every command must do, in dictionaries, lists and fractions.

Why here: the real core is packed and fast, so its rules are hard to see in it. This twin reads like the rules, and
``test_twin.py`` expects the same outcomes and events of both. Nothing is kept that can be recomputed: holds are sums
over open orders, the best price is a minimum over them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from math import ceil
from typing import Any

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.kinds import (
    AccountKind,
    AccountMode,
    CancelReason,
    InstrumentState,
    Ledger,
    Liquidity,
    OrderState,
    OrderType,
    SelfTradePrevention,
    Side,
    SizeUnit,
    TimeInForce,
)
from lonja.core.rejections import Rejection
from lonja.core.texts import Text16
from lonja.core.views import Outcome
from lonja.primitives.instant import MINUTE_MS
from lonja.primitives.money import INT_MAX, PPM
from tests.core.naive_parts import (
    FEE_RATE_MAX_PPM,
    FEE_TIERS_MAX,
    Account,
    Instrument,
    Order,
    RefusedError,
    beyond,
    checked_price,
    is_meant,
    require,
    require_band,
    require_kind,
    require_listing,
    require_open,
    require_order_fields,
    require_settings,
    require_size,
)

OUTSIDE, FEE_INCOME = 0, 1
ORDER_ID_EPOCH_MS = 1_483_228_800_000
MATCHES_MAX = 1_000
OPEN_PER_ACCOUNT_MAX, OPEN_PER_INSTRUMENT_MAX = 4_000, 500
WITHDRAWAL_HOLDS_MAX = 1_000
TIMER_TAGS_MAX, TIMEOUT_MIN_MS, TIMEOUT_MAX_MS = 20, 10_000, 120_000


@dataclass
class NaiveExchange:
    """The whole spot exchange."""

    time_ms: int = 0
    sequence: int = 0
    last_order_id: int = 0
    turns: int = 0
    currencies: list[c.CreateCurrency] = field(default_factory=list)
    accounts: list[Account] = field(
        default_factory=lambda: [Account(AccountKind.HOUSE, 0), Account(AccountKind.HOUSE, 1)]
    )
    instruments: list[Instrument] = field(default_factory=list)
    fee_rates: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    cash: dict[tuple[int, int, int], int] = field(default_factory=dict)
    open_orders: dict[int, Order] = field(default_factory=dict)
    timers: dict[tuple[int, Text16], int] = field(default_factory=dict)
    withdrawal_holds: dict[tuple[int, int], c.SetWithdrawalHold] = field(default_factory=dict)
    corrections: dict[int, tuple[c.CorrectBalance, int]] = field(default_factory=dict)
    events: list[e.Event] = field(default_factory=list)

    def apply(self, command: c.Command) -> tuple[Outcome, list[e.Event]]:
        """Do one command and tell its outcome and what happened."""
        self.events = []
        self.time_ms = max(self.time_ms, command.time_ms)
        self.fire_timers()
        try:
            made = HANDLERS[type(command)](self, command)
        except RefusedError as refused:
            return Outcome(int(refused.rejection), 0), self.events
        return Outcome(0, made), self.events

    # Helpers.

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

    def available(self, account: int, currency: int, ledger: int = Ledger.TRADING) -> int:
        """The part of a balance that no order holds."""
        cash = self.balance(account, currency, ledger)
        if ledger == Ledger.FUNDING:
            return cash
        holds = (self.hold(order) for order in self.open_orders.values() if order.account == account)
        return cash - sum(amount for held, amount in holds if held == currency)

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
        place = (order.order_id, order.account, order.instrument, order.side, order.price)
        self.emit(e.OrderCanceled, *place, order.left, rested, reason)

    def cancel_each(self, chosen: Callable[[Order], bool], reason: CancelReason) -> None:
        """Cancel the chosen open orders, oldest first."""
        for order in sorted(self.open_orders.values(), key=lambda o: o.order_id):
            if chosen(order):
                self.cancel(order, reason)

    def fire_timers(self) -> None:
        """Cancel what due timers tell."""
        due = sorted((at, account, tag) for (account, tag), at in self.timers.items() if at <= self.time_ms)
        for _, account, tag in due:
            del self.timers[account, tag]
            self.cancel_each(partial(is_meant, account, tag), CancelReason.CANCEL_ALL_AFTER)

    # The operator's commands.

    def create_currency(self, command: c.CreateCurrency) -> int:
        """See ``commands.CreateCurrency``."""
        require(command.name != "" and 0 <= command.scale <= 18, Rejection.FIELD_INVALID)
        require(command.name not in [known.name for known in self.currencies], Rejection.NAME_TAKEN)
        self.currencies.append(command)
        self.emit(e.CurrencyCreated, len(self.currencies) - 1, command.name, command.scale)
        return len(self.currencies) - 1

    def create_account(self, command: c.CreateAccount) -> int:
        """See ``commands.CreateAccount``."""
        account = len(self.accounts)
        require(command.kind in list(AccountKind) and command.master >= -1, Rejection.FIELD_INVALID)
        require_settings(command.account_mode, command.self_trade_prevention, command.fee_tier)
        require(command.master < account, Rejection.ACCOUNT_NOT_FOUND)
        master = account if command.master == -1 else command.master
        is_master = command.master == -1 or self.accounts[command.master].master == command.master
        require(is_master, Rejection.FIELD_INVALID)
        settings = (command.account_mode, command.self_trade_prevention, command.fee_tier)
        self.accounts.append(Account(command.kind, master, *settings))
        self.emit(e.AccountCreated, account, command.kind, master, *settings)
        return account

    def configure_account(self, command: c.ConfigureAccount) -> int:
        """See ``commands.ConfigureAccount``."""
        wanted = (command.account_mode, command.self_trade_prevention, command.fee_tier, command.frozen)
        known = (AccountMode.SPOT, SelfTradePrevention.CANCEL_MAKER, 0, 0)
        require_settings(*(b if a == -1 else a for a, b in zip(wanted[:3], known[:3], strict=True)))
        require(command.frozen in (-1, 0, 1), Rejection.FIELD_INVALID)
        account = self.account(command)
        now = (account.account_mode, account.self_trade_prevention, account.fee_tier, account.frozen)
        mode, prevention, tier, frozen = (b if a == -1 else a for a, b in zip(wanted, now, strict=True))
        account.account_mode, account.self_trade_prevention, account.fee_tier = mode, prevention, tier
        account.frozen = frozen
        self.emit(e.AccountConfigured, command.account, mode, prevention, tier, frozen)
        if frozen:
            self.cancel_each(lambda o: o.account == command.account, CancelReason.ACCOUNT_FROZEN)
        return command.account

    def list_instrument(self, command: c.ListInstrument) -> int:
        """See ``commands.ListInstrument``."""
        require_listing(command)
        base, quote = self.currency(command.base), self.currency(command.quote)
        require(base.scale >= command.size_scale, Rejection.FIELD_INVALID)
        base_per_lot = command.lot_step * 10 ** (base.scale - command.size_scale)
        exponent = quote.scale - command.price_scale - command.size_scale
        worth = command.tick_step * command.lot_step * Fraction(10) ** exponent
        multiplier = command.tick_step * command.lot_step * 10 ** max(exponent, 0)
        sound = max(base_per_lot * command.size_min, multiplier, 10**-exponent) <= INT_MAX
        require(sound, Rejection.FIELD_INVALID)
        require(command.instrument_id not in [i.terms.instrument_id for i in self.instruments], Rejection.NAME_TAKEN)
        self.instruments.append(Instrument(command, worth, base_per_lot, multiplier, command.state))
        self.emit(e.InstrumentListed, len(self.instruments) - 1, *command[4:])
        return len(self.instruments) - 1

    def set_instrument_state(self, command: c.SetInstrumentState) -> int:
        """See ``commands.SetInstrumentState``."""
        require(command.state in list(InstrumentState), Rejection.FIELD_INVALID)
        self.instrument(command.instrument).state = command.state
        self.emit(e.InstrumentStateChanged, command.instrument, command.state)
        if command.state == InstrumentState.DELISTED:
            self.cancel_each(lambda o: o.instrument == command.instrument, CancelReason.INSTRUMENT_CLOSED)
        return command.instrument

    def set_index_price(self, command: c.SetIndexPrice) -> int:
        """See ``commands.SetIndexPrice``."""
        require(0 <= command.price <= INT_MAX, Rejection.FIELD_INVALID)
        instrument = self.instrument(command.instrument)
        instrument.index_price = command.price
        self.emit(e.IndexPriceSet, command.instrument, command.price, instrument.buy_max(), instrument.sell_min())
        return command.instrument

    def define_fee_tier(self, command: c.DefineFeeTier) -> int:
        """See ``commands.DefineFeeTier``."""
        rates = (command.maker_rate_ppm, command.taker_rate_ppm)
        numbers = (command.fee_tier, command.fee_group)
        require(all(0 <= number < FEE_TIERS_MAX for number in numbers), Rejection.FIELD_INVALID)
        require(all(-FEE_RATE_MAX_PPM <= rate <= FEE_RATE_MAX_PPM for rate in rates), Rejection.FIELD_INVALID)
        self.fee_rates[command.fee_tier, command.fee_group] = rates
        self.emit(e.FeeTierDefined, command.fee_tier, command.fee_group, *rates)
        return command.fee_tier

    def import_candle(self, command: c.ImportCandle) -> int:
        """See ``commands.ImportCandle``."""
        inner = (command.open, command.close)
        whole = command.open_time_ms >= 0 and command.open_time_ms % MINUTE_MS == 0
        require(whole and 0 < command.low <= min(inner), Rejection.FIELD_INVALID)
        require(command.low <= command.high and max(inner) <= command.high <= INT_MAX, Rejection.FIELD_INVALID)
        require(0 <= command.volume <= INT_MAX and 0 <= command.quote_volume <= INT_MAX, Rejection.FIELD_INVALID)
        self.instrument(command.instrument)
        self.emit(e.CandleImported, *command[4:])
        return command.instrument

    def tick(self, command: c.Tick) -> int:
        """See ``commands.Tick``: time has passed already."""
        return self.time_ms

    # Money.

    def account(self, command: c.Command) -> Account:
        """The account of a command that needs one."""
        require(0 <= command.account < len(self.accounts), Rejection.ACCOUNT_NOT_FOUND)
        return self.accounts[command.account]

    def party(self, command: c.Command) -> Account:
        """The account of a command that moves money or orders; the house's own two are never a party."""
        require(command.account not in (OUTSIDE, FEE_INCOME), Rejection.ACCOUNT_NOT_FOUND)
        return self.account(command)

    def currency(self, currency: int) -> c.CreateCurrency:
        """The currency of that number."""
        require(0 <= currency < len(self.currencies), Rejection.CURRENCY_NOT_FOUND)
        return self.currencies[currency]

    def instrument(self, instrument: int) -> Instrument:
        """The instrument of that number."""
        require(0 <= instrument < len(self.instruments), Rejection.INSTRUMENT_NOT_FOUND)
        return self.instruments[instrument]

    def deposit(self, command: c.Deposit) -> int:
        """See ``commands.Deposit``. What account 0 owes is what was issued."""
        require(command.ledger in list(Ledger), Rejection.FIELD_INVALID)
        self.party(command)
        self.currency(command.currency)
        require(command.amount > 0, Rejection.AMOUNT_NOT_POSITIVE)
        issued = -sum(self.balance(OUTSIDE, command.currency, ledger) for ledger in Ledger)
        require(issued + command.amount <= INT_MAX, Rejection.SUPPLY_EXCEEDED)
        self.add(OUTSIDE, command.currency, Ledger.FUNDING, -command.amount)
        balance = self.add(command.account, command.currency, command.ledger, command.amount)
        return self.emit(e.Deposited, command.account, command.currency, command.ledger, command.amount, balance)

    def withdraw(self, command: c.Withdraw) -> int:
        """See ``commands.Withdraw``."""
        require(command.ledger in list(Ledger), Rejection.FIELD_INVALID)
        account = self.party(command)
        require(not account.frozen, Rejection.ACCOUNT_FROZEN)
        self.currency(command.currency)
        require(command.amount > 0, Rejection.AMOUNT_NOT_POSITIVE)
        available = self.available(command.account, command.currency, command.ledger)
        require(available >= command.amount, Rejection.INSUFFICIENT_FUNDS)
        family = {command.account, account.master}
        stopped = any(self.all_held(one, command.currency) for one in family)
        require(not stopped and self.leaves_enough(command), Rejection.FUNDS_ON_HOLD)
        self.add(OUTSIDE, command.currency, Ledger.FUNDING, command.amount)
        balance = self.add(command.account, command.currency, command.ledger, -command.amount)
        return self.emit(e.Withdrawn, command.account, command.currency, command.ledger, command.amount, balance)

    def transfer(self, command: c.Transfer) -> int:
        """See ``commands.Transfer``."""
        require(command.from_ledger in list(Ledger) and command.to_ledger in list(Ledger), Rejection.FIELD_INVALID)
        account = self.party(command)
        source, to = command.account, command.account if command.to_account == -1 else command.to_account
        require(FEE_INCOME < to < len(self.accounts), Rejection.ACCOUNT_NOT_FOUND)
        require(not account.frozen, Rejection.ACCOUNT_FROZEN)
        self.currency(command.currency)
        require(command.amount > 0, Rejection.AMOUNT_NOT_POSITIVE)
        require((source, command.from_ledger) != (to, command.to_ledger), Rejection.TRANSFER_SAME_LEDGER)
        require(self.same_master(source, to), Rejection.TRANSFER_ACCOUNTS_UNRELATED)
        available = self.available(source, command.currency, command.from_ledger)
        require(available >= command.amount, Rejection.INSUFFICIENT_FUNDS)
        stopped = account.master != source and self.all_held(source, command.currency)
        require(source == to or (not stopped and self.leaves_enough(command)), Rejection.FUNDS_ON_HOLD)
        left = self.add(source, command.currency, command.from_ledger, -command.amount)
        there = self.add(to, command.currency, command.to_ledger, command.amount)
        what = (source, command.currency, command.amount, command.from_ledger, command.to_ledger, to)
        return self.emit(e.Transferred, *what, left, there, command.client_transfer_id)

    def correct_balance(self, command: c.CorrectBalance) -> int:
        """See ``commands.CorrectBalance``."""
        require(command.ledger in list(Ledger), Rejection.FIELD_INVALID)
        require(command.house_account in (OUTSIDE, FEE_INCOME), Rejection.FIELD_INVALID)
        require(command.correction_id > 0 and command.currency >= 0, Rejection.FIELD_INVALID)
        require(command.amount != 0 and abs(command.amount) <= INT_MAX, Rejection.FIELD_INVALID)
        self.party(command)
        self.currency(command.currency)
        if command.correction_id in self.corrections:
            known, entry = self.corrections[command.correction_id]
            same = known._replace(time_ms=command.time_ms) == command
            require(same, Rejection.NAME_TAKEN)
            return entry
        if command.amount < 0:
            available = self.available(command.account, command.currency, command.ledger)
            require(available >= -command.amount, Rejection.INSUFFICIENT_FUNDS)
        elif command.house_account == FEE_INCOME:
            earned = self.balance(FEE_INCOME, command.currency, Ledger.TRADING)
            require(earned >= command.amount, Rejection.INSUFFICIENT_FUNDS)
        else:
            issued = -self.balance(OUTSIDE, command.currency, Ledger.FUNDING)
            require(issued + command.amount <= INT_MAX, Rejection.SUPPLY_EXCEEDED)
        house_ledger = Ledger.FUNDING if command.house_account == OUTSIDE else Ledger.TRADING
        balance = self.add(command.account, command.currency, command.ledger, command.amount)
        house_balance = self.add(command.house_account, command.currency, house_ledger, -command.amount)
        what = (command.account, *command[4:])
        entry = self.emit(e.BalanceCorrected, *what, balance, house_balance)
        self.corrections[command.correction_id] = (command, entry)
        return entry

    def set_withdrawal_hold(self, command: c.SetWithdrawalHold) -> int:
        """See ``commands.SetWithdrawalHold``."""
        require(command.hold_id > 0 and 0 <= command.kind < 64 and command.until_ms >= 0, Rejection.FIELD_INVALID)
        require(command.currency >= -1 and -1 <= command.amount <= INT_MAX, Rejection.FIELD_INVALID)
        require(command.currency != -1 or command.amount <= 0, Rejection.FIELD_INVALID)
        self.party(command)
        require(command.currency < len(self.currencies), Rejection.CURRENCY_NOT_FOUND)
        key = (command.account, command.hold_id)
        others = [hold for hold in self.holds_of(command.account) if hold.hold_id != command.hold_id]
        require(command.amount == 0 or len(others) < WITHDRAWAL_HOLDS_MAX, Rejection.CAPACITY_REACHED)
        self.withdrawal_holds[key] = command
        what = (command.hold_id, command.kind, command.currency, command.amount, command.until_ms)
        self.emit(e.WithdrawalHoldSet, command.account, *what)
        return command.hold_id

    def holds_of(self, account: int) -> list[c.SetWithdrawalHold]:
        """The withdrawal holds of an account that are neither released nor over."""
        kept = [hold for (owner, _), hold in self.withdrawal_holds.items() if owner == account and hold.amount != 0]
        return [hold for hold in kept if hold.until_ms == 0 or self.time_ms < hold.until_ms]

    def all_held(self, account: int, currency: int) -> bool:
        """Whether a hold keeps all of a currency."""
        return any(hold.amount == -1 and hold.currency in (-1, currency) for hold in self.holds_of(account))

    def leaves_enough(self, command: c.Withdraw | c.Transfer) -> bool:
        """Whether what stays covers the holds of each kind."""
        stays = sum(self.balance(command.account, command.currency, ledger) for ledger in Ledger) - command.amount
        held = [hold for hold in self.holds_of(command.account) if hold.currency == command.currency]
        kinds = {hold.kind for hold in held if hold.amount > 0}
        return all(stays >= sum(hold.amount for hold in held if hold.kind == kind) for kind in kinds)

    # Orders: finding and canceling.

    def cancel_order(self, command: c.CancelOrder) -> int:
        """See ``commands.CancelOrder``."""
        self.party(command)
        self.instrument(command.instrument)
        order = self.find(command)
        self.cancel(order, CancelReason.USER)
        return order.order_id

    def find(self, command: c.CancelOrder | c.AmendOrder) -> Order:
        """The account's open order that the command names."""
        for order in self.open_orders.values():
            if (order.account, order.instrument) == (command.account, command.instrument):
                named = command.client_order_id != "" and order.client_order_id == command.client_order_id
                if order.order_id == command.order_id or (command.order_id == 0 and named):
                    return order
        raise RefusedError(Rejection.ORDER_NOT_FOUND)

    def cancel_all_after(self, command: c.CancelAllAfter) -> int:
        """See ``commands.CancelAllAfter``."""
        self.party(command)
        timeout_ok = TIMEOUT_MIN_MS <= command.timeout_ms <= TIMEOUT_MAX_MS
        require(command.timeout_ms == 0 or timeout_ok, Rejection.TIMEOUT_OUT_OF_RANGE)
        key = (command.account, command.tag)
        if command.timeout_ms == 0:
            self.timers.pop(key, None)
            trigger = 0
        else:
            armed = [tag for account, tag in self.timers if account == command.account]
            require(command.tag in armed or len(armed) < TIMER_TAGS_MAX, Rejection.TIMER_TAGS_MAX)
            trigger = self.timers[key] = self.time_ms + command.timeout_ms
        self.emit(e.CancelAllAfterSet, command.account, trigger, command.tag)
        return trigger

    # Orders: placing.

    def place_order(self, command: c.PlaceOrder) -> int:
        """See ``commands.PlaceOrder``."""
        require_order_fields(command)
        account = self.party(command)
        require(not account.frozen, Rejection.ACCOUNT_FROZEN)
        instrument = self.instrument(command.instrument)
        require_open(instrument, command.post_only)
        require_kind(command)
        prevention = command.self_trade_prevention or account.self_trade_prevention
        both = prevention == SelfTradePrevention.CANCEL_BOTH
        require(not (both and command.time_in_force == TimeInForce.FOK), Rejection.SELF_TRADE_PREVENTION_FORBIDS_FOK)
        price = command.price
        if command.order_type == OrderType.LIMIT:
            price = checked_price(instrument, command.side, price, command.clip_to_band)
        require_size(instrument, command, price)
        if command.order_type == OrderType.LIMIT:
            require_band(instrument, command.side, price)
        self.require_room(command)
        fields = (command.account, command.instrument, command.side, price, command.size, command.size_unit)
        order = Order(0, *fields, prevention, command.client_order_id, command.tag, command.post_only)
        self.fit_to_balance(order, command, instrument)
        self.last_order_id = max(self.last_order_id + 64, (self.time_ms - ORDER_ID_EPOCH_MS) << 22)
        order.order_id = self.last_order_id
        kind = (command.order_type, command.time_in_force, command.post_only, price, order.size, command.size_unit)
        what = (command.account, command.instrument, command.side, *kind, prevention)
        self.emit(e.OrderPlaced, order.order_id, *what, command.client_order_id, command.tag)
        self.execute(order, command)
        return order.order_id

    def require_room(self, command: c.PlaceOrder) -> None:
        """Refuse a second open order with one client order id, and too many open orders."""
        mine = [order for order in self.open_orders.values() if order.account == command.account]
        taken = command.client_order_id != "" and command.client_order_id in [order.client_order_id for order in mine]
        require(not taken, Rejection.CLIENT_ORDER_ID_DUPLICATE)
        if (command.order_type, command.time_in_force) == (OrderType.LIMIT, TimeInForce.GTC):
            require(len(mine) < OPEN_PER_ACCOUNT_MAX, Rejection.OPEN_ORDERS_ACCOUNT_MAX)
            here = [order for order in mine if order.instrument == command.instrument]
            require(len(here) < OPEN_PER_INSTRUMENT_MAX, Rejection.OPEN_ORDERS_INSTRUMENT_MAX)

    def fit_to_balance(self, order: Order, command: c.PlaceOrder, instrument: Instrument) -> None:
        """Refuse what the account cannot pay, or reduce a market buy to what it can."""
        quote = self.available(order.account, instrument.terms.quote)
        if command.size_unit == SizeUnit.QUOTE:
            if order.side == Side.BUY:
                require(quote >= order.size, Rejection.INSUFFICIENT_BALANCE)
            else:
                lots, _ = self.affordable_lots(order, instrument, order.size)
                base = self.available(order.account, instrument.terms.base)
                require(base >= lots * instrument.base_per_lot, Rejection.INSUFFICIENT_BALANCE)
        elif command.order_type == OrderType.MARKET and order.side == Side.BUY:
            affordable, enough = self.affordable_lots(order, instrument, quote)
            if not enough:
                require(
                    not command.fixed_size and affordable >= instrument.terms.size_min, Rejection.INSUFFICIENT_BALANCE
                )
                order.size = affordable
        else:
            currency, amount = self.hold(order)
            require(self.available(order.account, currency) >= amount, Rejection.INSUFFICIENT_BALANCE)

    def reachable(self, order: Order, limit: int) -> list[Order]:
        """The makers that an order would trade with, in order, were it big enough."""
        makers: list[Order] = []
        for maker in self.queue(order.instrument, 1 - order.side):
            if beyond(order.side, maker.price, limit):
                break
            if not self.same_master(maker.account, order.account):
                makers.append(maker)
            elif order.self_trade_prevention != SelfTradePrevention.CANCEL_MAKER:
                break
        return makers[:MATCHES_MAX]

    def affordable_lots(self, order: Order, instrument: Instrument, amount: int) -> tuple[int, bool]:
        """How many lots of a market order ``amount`` quote units pay for, and whether more would not match anyway."""
        lots = 0
        edge = instrument.buy_max() if order.side == Side.BUY else instrument.sell_min()
        for maker in self.reachable(order, edge):
            wanted = maker.left if order.size_unit == SizeUnit.QUOTE else min(maker.left, order.size - lots)
            taken = min(wanted, instrument.lots_for(maker.price, amount))
            lots += taken
            amount -= instrument.cost(maker.price, taken)
            if taken < wanted:
                return lots, False
        return lots, True

    def execute(self, order: Order, command: c.PlaceOrder) -> None:
        """Match a placed order, then rest or cancel what is left."""
        market = command.order_type == OrderType.MARKET
        instrument = self.instruments[order.instrument]
        edge = instrument.buy_max() if order.side == Side.BUY else instrument.sell_min()
        limit = edge if market else order.price
        if order.post_only and self.would_take(order, limit):
            self.cancel(order, CancelReason.POST_ONLY_WOULD_TAKE, rested=False)
        elif command.time_in_force == TimeInForce.FOK and self.unfillable(order, limit):
            self.cancel(order, CancelReason.FOK_NOT_FILLABLE, rested=False)
        else:
            self.settle(order, self.match(order, limit), market, command.time_in_force)

    def settle(self, order: Order, stop: CancelReason | None, market: bool, time_in_force: int) -> None:
        """Rest or cancel an order whose matching stopped for that reason (None: it is filled)."""
        if stop in (CancelReason.NO_LIQUIDITY, CancelReason.PRICE_BAND) and not market:
            if time_in_force == TimeInForce.GTC:
                self.rest(order)
                return
            stop = CancelReason.IOC_REST
        if stop is not None:
            self.cancel(order, stop, rested=False)

    def would_take(self, order: Order, limit: int) -> bool:
        """Whether the best maker, of whomever, is within the limit."""
        makers = self.queue(order.instrument, 1 - order.side)
        return bool(makers) and not beyond(order.side, makers[0].price, limit)

    def unfillable(self, order: Order, limit: int) -> bool:
        """Whether a fill-or-kill order cannot be filled whole."""
        return sum(maker.left for maker in self.reachable(order, limit)) < order.left

    def rest(self, order: Order) -> None:
        """Put an order at the end of its queue."""
        self.turns += 1
        order.turn = self.turns
        self.open_orders[order.order_id] = order
        place = (order.order_id, order.account, order.instrument, order.side, order.price)
        self.emit(e.OrderRested, *place, order.left)

    # Orders: matching.

    def match(self, taker: Order, limit: int) -> CancelReason | None:
        """Trade ``taker`` against the book; why it stopped before it was filled, or None."""
        matches = 0
        while taker.left or taker.amount_left:
            makers = self.queue(taker.instrument, 1 - taker.side)
            if not makers:
                return CancelReason.NO_LIQUIDITY
            maker = makers[0]
            if beyond(taker.side, maker.price, limit):
                return CancelReason.PRICE_BAND
            lots = self.lots_of_match(taker, maker)
            if lots == 0:
                return self.end_for_less_than_a_lot(taker)
            if matches == MATCHES_MAX:
                return CancelReason.MATCH_LIMIT
            if self.same_master(maker.account, taker.account):
                if taker.self_trade_prevention != SelfTradePrevention.CANCEL_TAKER:
                    self.cancel(maker, CancelReason.SELF_TRADE)
                if taker.self_trade_prevention != SelfTradePrevention.CANCEL_MAKER:
                    return CancelReason.SELF_TRADE
                continue
            self.trade(taker, maker, lots)
            matches += 1
        return None

    def lots_of_match(self, taker: Order, maker: Order) -> int:
        """How many lots would change hands."""
        if taker.size_unit == SizeUnit.BASE:
            return min(taker.left, maker.left)
        return min(maker.left, self.instruments[taker.instrument].lots_for(maker.price, taker.amount_left))

    def end_for_less_than_a_lot(self, taker: Order) -> CancelReason | None:
        """What is left of an order sized in quote buys no lot: it is filled, as its last fill then says."""
        if taker.filled == 0:
            return CancelReason.NO_LIQUIDITY
        for number, event in enumerate(self.events):
            if isinstance(event, e.Filled) and event.order_id == taker.order_id:
                last = number, event
        self.events[last[0]] = last[1]._replace(order_state=int(OrderState.FILLED))
        return None

    def trade(self, taker: Order, maker: Order, lots: int) -> None:
        """Exchange ``lots`` at the maker's price and tell both halves, the taker's first."""
        instrument = self.instruments[taker.instrument]
        instrument.last_trade_id += 1
        notional = instrument.notional(maker.price, lots)
        for order in (taker, maker):
            order.filled += lots
            order.notional += notional
            order.spent += instrument.cost(maker.price, lots)
        if maker.left == 0:
            del self.open_orders[maker.order_id]
        match = (lots, notional, maker.price)
        self.book_half(taker, maker, Liquidity.TAKER, match)
        self.book_half(maker, taker, Liquidity.MAKER, match)

    def book_half(self, order: Order, other: Order, liquidity: Liquidity, match: tuple[int, int, int]) -> None:
        """Move one side's money of a trade and tell it."""
        instrument = self.instruments[order.instrument]
        terms = instrument.terms
        lots, notional, price = match
        base, change = (lots * instrument.base_per_lot, notional)
        rates = self.fee_rates.get((self.accounts[order.account].fee_tier, terms.fee_group), (0, 0))
        rate = rates[1] if liquidity == Liquidity.TAKER else rates[0]
        received, currency = (base, terms.base) if order.side == Side.BUY else (change, terms.quote)
        fee = ceil(Fraction(received * rate, PPM))
        sign = 1 if order.side == Side.BUY else -1
        self.add(order.account, terms.base, Ledger.TRADING, sign * base)
        self.add(order.account, terms.quote, Ledger.TRADING, -sign * change)
        self.add(order.account, currency, Ledger.TRADING, -fee)
        self.add(FEE_INCOME, currency, Ledger.TRADING, fee)
        balances = (self.balance(order.account, terms.base), self.balance(order.account, terms.quote))
        state = OrderState.PARTIALLY_FILLED if order.left or order.amount_left else OrderState.FILLED
        what = (order.order_id, order.account, order.instrument, order.side, liquidity, instrument.last_trade_id)
        totals = (order.filled, order.notional, order.left, state, *balances, other.order_id)
        self.emit(e.Filled, *what, price, lots, notional, fee, currency, *totals)

    # Orders: amending.

    def amend_order(self, command: c.AmendOrder) -> int:
        """See ``commands.AmendOrder``."""
        require(command.cancel_on_fail in (0, 1) and command.clip_to_band in (0, 1), Rejection.FIELD_INVALID)
        account = self.party(command)
        require(not account.frozen, Rejection.ACCOUNT_FROZEN)
        instrument = self.instrument(command.instrument)
        order = self.find(command)
        try:
            self.amend(order, command, instrument)
        except RefusedError as refused:
            if command.cancel_on_fail:
                what = (order.order_id, order.account, order.instrument, refused.rejection, command.request_id)
                self.emit(e.AmendmentFailed, *what)
                self.cancel(order, CancelReason.AMEND_FAILED)
            raise
        return order.order_id

    def amend(self, order: Order, command: c.AmendOrder, instrument: Instrument) -> None:
        """Change a resting order, or refuse."""
        require(instrument.state in (InstrumentState.LIVE, InstrumentState.POST_ONLY), Rejection.INSTRUMENT_NOT_LIVE)
        price = order.price if command.new_price == -1 else command.new_price
        size = order.size if command.new_size == -1 else command.new_size
        if command.new_price > 0 and command.clip_to_band:
            price = checked_price(instrument, order.side, price, 1)
        require((price, size) != (order.price, order.size), Rejection.NOTHING_TO_AMEND)
        require(price > 0, Rejection.PRICE_NOT_POSITIVE)
        if 0 < size <= order.filled:
            self.end_as_filled(order, command)
            return
        require_size(instrument, c.PlaceOrder(order_type=OrderType.LIMIT, size=size), price)
        if price != order.price or size > order.size:
            require_band(instrument, order.side, price)
        must_rest = order.post_only or instrument.state == InstrumentState.POST_ONLY
        require(not (must_rest and self.would_take(order, price)), Rejection.AMEND_POST_ONLY_WOULD_TAKE)
        changed = Order(**(vars(order) | {"price": price, "size": size}))
        currency, before = self.hold(order)
        require(
            self.hold(changed)[1] - before <= self.available(order.account, currency), Rejection.INSUFFICIENT_BALANCE
        )
        old = (order.price, order.left)
        kept = price == order.price and size < order.size
        order.price, order.size = price, size
        place = (order.order_id, order.account, order.instrument, order.side)
        self.emit(e.OrderAmended, *place, *old, price, size, order.left, kept, command.request_id)
        if not kept:
            del self.open_orders[order.order_id]
            self.settle(order, self.match(order, price), market=False, time_in_force=TimeInForce.GTC)

    def end_as_filled(self, order: Order, command: c.AmendOrder) -> None:
        """No more is wanted of an order than it has."""
        left, order.size = order.left, order.filled
        place = (order.order_id, order.account, order.instrument, order.side, order.price, left)
        self.emit(e.OrderAmended, *place, order.price, order.size, 0, False, command.request_id)
        del self.open_orders[order.order_id]
        self.cancel(order, CancelReason.AMENDED_TO_FILLED, rested=False)


HANDLERS: dict[type[c.Command], Callable[[NaiveExchange, Any], int]] = {
    c.CreateCurrency: NaiveExchange.create_currency,
    c.CreateAccount: NaiveExchange.create_account,
    c.ListInstrument: NaiveExchange.list_instrument,
    c.SetInstrumentState: NaiveExchange.set_instrument_state,
    c.SetIndexPrice: NaiveExchange.set_index_price,
    c.DefineFeeTier: NaiveExchange.define_fee_tier,
    c.ConfigureAccount: NaiveExchange.configure_account,
    c.Deposit: NaiveExchange.deposit,
    c.Withdraw: NaiveExchange.withdraw,
    c.Transfer: NaiveExchange.transfer,
    c.PlaceOrder: NaiveExchange.place_order,
    c.CancelOrder: NaiveExchange.cancel_order,
    c.AmendOrder: NaiveExchange.amend_order,
    c.CancelAllAfter: NaiveExchange.cancel_all_after,
    c.Tick: NaiveExchange.tick,
    c.ImportCandle: NaiveExchange.import_candle,
    c.SetWithdrawalHold: NaiveExchange.set_withdrawal_hold,
    c.CorrectBalance: NaiveExchange.correct_balance,
}
