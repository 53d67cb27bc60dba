"""What the operator sets up, and money that moves without a trade, as the naive twin does it.

Why apart: neither looks at a book. Spot rules only; those of contracts are in ``naive_contracts``.
"""

from fractions import Fraction

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.kinds import (
    AccountKind,
    AccountMode,
    CancelReason,
    InstrumentState,
    Ledger,
    SelfTradePrevention,
    TriggerSource,
)
from lonja.core.rejections import Rejection
from lonja.primitives.instant import MINUTE_MS
from lonja.primitives.money import INT_MAX
from tests.core.naive_books import FEE_INCOME, OUTSIDE
from tests.core.naive_contract_parts import Contract
from tests.core.naive_parts import (
    FEE_RATE_MAX_PPM,
    FEE_TIERS_MAX,
    Account,
    Instrument,
    require,
    require_listing,
    require_settings,
)
from tests.core.naive_risk import NaiveRisk

WITHDRAWAL_HOLDS_MAX = 1_000


class NaiveHouse(NaiveRisk):
    """Currencies, accounts, instruments, fees; deposits, withdrawals, transfers and what may not leave."""

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
        self.require_lending(command.account_mode, command.kind)
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
        if command.account_mode not in (-1, account.account_mode):
            self.require_switch(command.account, command.account_mode)
        now = (account.account_mode, account.self_trade_prevention, account.fee_tier, account.frozen)
        mode, prevention, tier, frozen = (b if a == -1 else a for a, b in zip(wanted, now, strict=True))
        account.account_mode, account.self_trade_prevention, account.fee_tier = mode, prevention, tier
        account.frozen = frozen
        self.emit(e.AccountConfigured, command.account, mode, prevention, tier, frozen)
        for pocket in self.pockets_of(command.account):
            self.configure_account(command._replace(account=pocket, account_mode=-1))
        if command.frozen == 1:
            self.cancel_algos(account=command.account)
            self.cancel_each(lambda o: o.account == command.account, CancelReason.ACCOUNT_FROZEN)
        return command.account

    def require_switch(self, account: int, mode: int) -> None:
        """Refuse to change the mode of an account to ``mode``."""
        require(account not in self.lending.pockets, Rejection.ACCOUNT_MODE_FORBIDS)
        self.require_lending(mode, self.accounts[account].kind)
        busy = self.has_contracts_open(account) or self.uses_pockets(account)
        require(not busy, Rejection.POSITIONS_OR_ORDERS_OPEN)
        leaves = self.accounts[account].account_mode == AccountMode.MULTI_CURRENCY
        require(not (leaves and self.owes(account)), Rejection.LIABILITY_OPEN)
        if leaves:
            self.lending.forget(account)

    def is_pocket(self, account: Account) -> bool:
        """Whether an account is a pocket."""
        return any(self.accounts[pocket] is account for pocket in self.lending.pockets)

    def pockets_of(self, account: int) -> list[int]:
        """The pockets of an account, the earliest opened first."""
        return [pocket for pocket, (owner, _) in self.lending.pockets.items() if owner == account]

    def uses_pockets(self, account: int) -> bool:
        """Whether any pocket of an account has or holds anything."""
        return any(self.is_in_use(pocket) for pocket in self.pockets_of(account))

    def is_in_use(self, pocket: int) -> bool:
        """Whether a pocket has, owes or has ordered anything."""
        codes = range(len(self.currencies))
        owes = any(self.held(pocket, code) or self.lending.loan(pocket, code) for code in codes)
        return owes or any(self.balance(pocket, code, ledger) for code in codes for ledger in Ledger)

    def require_lending(self, mode: int, kind: int) -> None:
        """Refuse multi-currency mode to the house, and while there is no lending desk."""
        may = self.lending.desk is not None and kind != AccountKind.HOUSE
        require(mode != AccountMode.MULTI_CURRENCY or may, Rejection.ACCOUNT_MODE_FORBIDS)

    def owes(self, account: int) -> bool:
        """Whether more of any currency is gone, or held, than there is."""
        codes = range(len(self.currencies))
        return any(self.available(account, code) < 0 or self.lending.loan(account, code) for code in codes)

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
        if command.state == InstrumentState.PREOPEN:
            self.instrument(command.instrument).last_price = 0
        self.emit(e.InstrumentStateChanged, command.instrument, command.state)
        if command.state == InstrumentState.DELISTED:
            self.cancel_algos(instrument=command.instrument)
            self.cancel_each(lambda o: o.instrument == command.instrument, CancelReason.INSTRUMENT_CLOSED)
        return command.instrument

    def set_index_price(self, command: c.SetIndexPrice) -> int:
        """See ``commands.SetIndexPrice``."""
        require(0 <= command.price <= INT_MAX, Rejection.FIELD_INVALID)
        instrument = self.instrument(command.instrument)
        require(not isinstance(instrument, Contract), Rejection.FIELD_INVALID)
        instrument.index_price = command.price
        self.emit(e.IndexPriceSet, command.instrument, command.price, instrument.buy_max(), instrument.sell_min())
        self.note("price", TriggerSource.INDEX, command.instrument, command.price)
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

    def deposit(self, command: c.Deposit) -> int:
        """See ``commands.Deposit``. What account 0 owes is what was issued."""
        require(command.ledger in list(Ledger), Rejection.FIELD_INVALID)
        self.party(command)
        self.currency(command.currency)
        require(command.account not in self.lending.crossed, Rejection.ACCOUNT_MODE_FORBIDS)
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
        require(command.account not in self.lending.pockets, Rejection.ACCOUNT_MODE_FORBIDS)
        free = self.spendable(command.account, command.currency, command.ledger)
        require(free >= command.amount, Rejection.INSUFFICIENT_FUNDS)
        family = {command.account, account.master}
        stopped = any(self.all_held(one, command.currency) for one in family)
        require(not stopped and self.leaves_enough(command), Rejection.FUNDS_ON_HOLD)
        self.add(OUTSIDE, command.currency, Ledger.FUNDING, command.amount)
        balance = self.add(command.account, command.currency, command.ledger, -command.amount)
        return self.emit(e.Withdrawn, command.account, command.currency, command.ledger, command.amount, balance)

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
            available = self.spendable(command.account, command.currency, command.ledger)
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

    def transfer(self, command: c.Transfer) -> int:
        """See ``commands.Transfer``."""
        require(command.from_ledger in list(Ledger) and command.to_ledger in list(Ledger), Rejection.FIELD_INVALID)
        account = self.party(command)
        source, to = command.account, command.account if command.to_account == -1 else command.to_account
        self.party(command._replace(account=to))
        require(not account.frozen, Rejection.ACCOUNT_FROZEN)
        self.currency(command.currency)
        require(not self.lending.crossed.keys() & {source, to}, Rejection.ACCOUNT_MODE_FORBIDS)
        require(command.amount > 0, Rejection.AMOUNT_NOT_POSITIVE)
        require((source, command.from_ledger) != (to, command.to_ledger), Rejection.TRANSFER_SAME_LEDGER)
        require(self.same_master(source, to), Rejection.TRANSFER_ACCOUNTS_UNRELATED)
        free = self.spendable(source, command.currency, command.from_ledger)
        require(free >= command.amount, Rejection.INSUFFICIENT_FUNDS)
        stopped = account.master != source and self.all_held(source, command.currency)
        require(source == to or (not stopped and self.leaves_enough(command)), Rejection.FUNDS_ON_HOLD)
        left = self.add(source, command.currency, command.from_ledger, -command.amount)
        there = self.add(to, command.currency, command.to_ledger, command.amount)
        what = (source, command.currency, command.amount, command.from_ledger, command.to_ledger, to)
        return self.emit(e.Transferred, *what, left, there, command.client_transfer_id)

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
