"""What an account in multi-currency mode owns and owes in US dollars, and how much of it nothing needs.

Why here: orders, transfers and settings ask before they are admitted. All values are whole numbers of 10**-36 USD, so
nothing here rounds but profits, which are rounded down to units before (``docs/adr/0035``).
Invariant: what orders may cost is never less than what any set of fills of them takes from the adjusted equity.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core.contracts import HUNDRED, PPM, VALUE_MAX, ceil_of
from lonja.core.instruments import INT_MAX, Currency, Instrument, MarginTier
from lonja.core.ledger import TRADING
from lonja.core.pools import Pool
from lonja.core.positions import CROSS, ISOLATED, Position
from lonja.core.state import State

NIL: Final[i64] = -1
BUY: Final[i64] = 0
MULTI_CURRENCY: Final[i64] = 3
MATCHES_MAX: Final[i64] = 1000
_NO_POOL: Final = Pool()


class Stock:
    """One currency of an account: its cash, its equity, what orders sell and may bring, what contracts need."""

    def __init__(self, currency: int, cash: int, loan: int = 0) -> None:
        """Nothing but cash, and what of it was borrowed by hand."""
        self.currency = currency
        self.cash = cash
        self.loan = loan
        self.equity = cash - loan
        self.sold: int = 0
        self.brought: int = 0
        self.needed: int = 0


class Swap:
    """What an order gives of one currency for what it brings at least of another."""

    def __init__(self, sold: int, gives: int, bought: int, brings: int) -> None:
        """In smallest units of the currencies ``sold`` and ``bought``."""
        self.sold = sold
        self.gives = gives
        self.bought = bought
        self.brings = brings


class Trial:
    """What an order that is not placed would do to an account: to single currencies, by resting, and to a position.

    ``stocks`` are differences: of cash, of equity, of what positions need. ``position`` is what an order for a contract
    would make of the position with the number ``number`` (0: there is none yet).
    """

    def __init__(self) -> None:
        """Nothing yet."""
        self.stocks: Final[dict[int, Stock]] = {}
        self.swaps: Final[list[Swap]] = []
        self.number: i64 = 0
        self.position: Position | None = None

    def stock(self, currency: int) -> Stock:
        """What becomes of a currency."""
        return _stock(self.stocks, currency)


class Sheet:
    """What stands against what, in 10**-36 USD."""

    def __init__(self, stocks: dict[int, Stock]) -> None:
        """Nothing yet but amounts."""
        self.stocks = stocks
        self.equity: int = 0
        self.cost: int = 0
        self.needed: int = 0
        self.borrowed: int = 0

    def borrowed_of(self, currency: int) -> int:
        """What is borrowed of a currency by hand, and by orders that sell more than the cash."""
        stock = self.stocks.get(currency)
        return 0 if stock is None else stock.loan + max(stock.sold - stock.cash, 0)

    def free(self) -> int:
        """The free collateral."""
        return self.equity - self.cost - self.needed - self.borrowed


def is_pooled(state: State, account: i64) -> bool:
    """Whether all currencies of an account stand together."""
    return state.accounts.get(account, a.MODE) >= MULTI_CURRENCY


def value_of(currency: Currency, amount: int) -> int:
    """The full value of an amount."""
    return amount * currency.weight * PPM


def discounted(currency: Currency, numerator: int, denominator: int) -> int:
    """What a fraction of smallest units counts as collateral, over the same denominator; in full when it is owed."""
    if numerator <= 0:
        return value_of(currency, numerator)
    counted: int = 0
    below: int = 0
    for tier in currency.tiers:
        # Widened first: compiled, ``int`` and ``i64`` together become ``i64``.
        most: int = tier.amount_max
        rate: int = tier.rate_ppm
        most *= denominator
        if numerator <= most:
            return (counted + (numerator - below) * rate) * currency.weight
        counted += (most - below) * rate
        below = most
    return counted * currency.weight


def rate_at(currency: Currency, amount: int) -> int:
    """How the last unit of an amount counts, in ppm: in full while it fills a hole, nothing beyond the last tier."""
    if amount <= 0:
        return PPM
    for tier in currency.tiers:
        most: int = tier.amount_max
        if amount <= most:
            return int(tier.rate_ppm)
    return 0


def is_pocket(state: State, account: i64) -> bool:
    """Whether an account is a pocket for isolated margin in a spot instrument."""
    pool = state.pools.get(int(account))
    return pool is not None and pool.instrument != NIL


def is_cross_pocket(state: State, account: i64) -> bool:
    """Whether an account is a pocket for cross margin, which has no money of its own."""
    pool = state.pools.get(int(account))
    return pool is not None and pool.currency != NIL


def pockets_of(state: State, account: i64) -> list[int]:
    """The pockets of an account, the earliest opened first."""
    return state.owned_pockets.get(int(account), [])


def pockets_in_use(state: State, account: i64) -> list[int]:
    """Those pockets of an account that have, owe or have ordered anything."""
    return [pocket for pocket in pockets_of(state, account) if is_in_use(state, pocket)]


def is_in_use(state: State, account: i64) -> bool:
    """Whether an account has, owes or has ordered anything."""
    words = state.ledger.words
    slot = state.accounts.get(account, a.FIRST_SLOT)
    while slot != NIL:
        if words[slot + ld.CASH] != 0 or words[slot + ld.HELD] != 0:
            return True
        slot = words[slot + ld.NEXT]
    return len(state.pools[int(account)].loans) != 0


def watched_pools(state: State) -> list[int]:
    """Every account in multi-currency mode, and the pockets in use, by account."""
    return [
        account for account in sorted(state.watched_pools) if not is_pocket(state, account) or is_in_use(state, account)
    ]


def _trades(state: State, pool: Pool, code: i64) -> bool:
    """Whether a pocket's instrument trades a currency."""
    instrument = state.instruments[pool.instrument]
    return code == instrument.base or code == instrument.quote


def counted(state: State, pool: Pool, code: i64, numerator: int, denominator: int) -> int:
    """What a fraction of smallest units counts for an account: of pockets in full, of what they trade alone."""
    currency = state.currencies[code]
    if pool.instrument == NIL:
        return discounted(currency, numerator, denominator)
    return value_of(currency, numerator) if numerator < 0 or _trades(state, pool, code) else 0


def last_rate(state: State, pool: Pool, code: i64, amount: int) -> int:
    """How the last unit of an amount counts for an account, in ppm."""
    if pool.instrument == NIL:
        return rate_at(state.currencies[code], amount)
    return PPM if amount <= 0 or _trades(state, pool, code) else 0


def _tier_of(state: State, pool: Pool, code: i64, debt: int) -> MarginTier | None:
    """The tier of a pocket's debt, the last one for whatever is larger; None when nothing is lent."""
    instrument = state.instruments[pool.instrument]
    found: MarginTier | None = None
    for tier in instrument.margin_tiers:
        found = tier
        most: int = tier.base_max if code == instrument.base else tier.quote_max
        if debt <= most:
            return tier
    return found


def initial_need(state: State, pool: Pool, code: i64, debt: int) -> int:
    """The initial margin of a debt."""
    rate: int = state.currencies[code].initial_ppm
    if pool.instrument != NIL:
        tier = _tier_of(state, pool, code, debt)
        rate = 0 if tier is None else int(tier.initial_ppm)
        rate = max(rate, chosen_rate(state, pool))
    return debt * state.currencies[code].weight * rate


def chosen_rate(state: State, pool: Pool) -> int:
    """The rate of initial margin that the leverage of a pocket asks, in ppm rounded up; 0 when none was chosen."""
    mode = ISOLATED if pool.currency == NIL else CROSS
    leverage = state.pocket_leverages.get((int(pool.owner), int(pool.instrument), int(mode)), 0)
    return ceil_of((PPM * HUNDRED, leverage)) if leverage != 0 else 0


def more_need(state: State, pool: Pool, sheet: Sheet, code: int, amount: int) -> int:
    """What the initial margin of a debt grows by when ``amount`` more is borrowed."""
    before = sheet.borrowed_of(code)
    return initial_need(state, pool, code, before + amount) - initial_need(state, pool, code, before)


def keep_rate(state: State, account: i64, code: i64, debt: int) -> int:
    """The rate in ppm of what a debt requires; that of pockets contains the fee of buying it back."""
    pool = state.pools[int(account)]
    rate: int = state.currencies[code].maintenance_ppm
    if pool.instrument != NIL:
        tier = _tier_of(state, pool, code, debt)
        taker: int = state.taker_rate(account, state.instruments[pool.instrument])
        rate = max(taker, 0) + (0 if tier is None else int(tier.maintenance_ppm))
    return rate


def lent_at_most(state: State, pool: Pool, code: i64) -> int:
    """What may be borrowed of a currency."""
    if pool.instrument == NIL:
        return int(state.currencies[code].limit_max)
    tiers = state.instruments[pool.instrument].margin_tiers
    if not tiers or not _trades(state, pool, code):
        return 0
    return int(tiers[-1].base_max if code == state.instruments[pool.instrument].base else tiers[-1].quote_max)


def swap_of(state: State, instrument: Instrument, account: i64, side: i64, hold: int, price: int, lots: int) -> Swap:
    """A spot order for ``lots`` that holds ``hold`` and trades at ``price`` or better."""
    maker, taker = state.maker_rate(account, instrument), state.taker_rate(account, instrument)
    dearer: int = max(int(maker), int(taker), 0)
    fills: int = min(lots, int(MATCHES_MAX))
    divisor: int = instrument.quote_divisor
    multiplier: int = instrument.quote_multiplier
    base_per_lot: int = instrument.base_per_lot
    base: int = instrument.base
    quote: int = instrument.quote
    whole = lots * base_per_lot if side == BUY else lots * price * multiplier // divisor
    # Each fill rounds its fee up, and what it sells for down.
    rounded: int = fills if dearer > 0 else 0
    if side != BUY and divisor != 1:
        rounded += fills
    brings = max(whole - ceil_of((whole * dearer, PPM)) - rounded, 0)
    return Swap(quote, hold, base, brings) if side == BUY else Swap(base, hold, quote, brings)


def sheet_of(
    state: State,
    account: i64,
    more: Swap | None = None,
    done: Swap | None = None,
    without: i64 = NIL,
    trial: Trial | None = None,
) -> Sheet:
    """The sheet of an account, with one order ``more``, one that is ``done``, without the one in the slot ``without``.

    ``trial`` is another one that may do both and more.
    """
    stocks = _stocks_of(state, account)
    if done is not None:
        _stock(stocks, done.sold).equity -= done.gives
        _stock(stocks, done.bought).equity += done.brings
    swaps = _swaps_of(state, account, stocks, without, trial)
    if trial is not None:
        _try(stocks, swaps, trial)
    if more is not None:
        swaps.append(more)
    for swap in swaps:
        _stock(stocks, swap.sold).sold += swap.gives
        _stock(stocks, swap.bought).brought += swap.brings
    sheet = Sheet(stocks)
    pool = state.pools.get(int(account), _NO_POOL)
    for code, stock in stocks.items():
        sheet.equity += counted(state, pool, code, stock.equity, 1)
        sheet.needed += value_of(state.currencies[code], stock.needed)
        sheet.borrowed += initial_need(state, pool, code, max(stock.sold - stock.equity, 0))
    sheet.cost = _cost_of(state, pool, stocks, swaps)
    return sheet


def _try(stocks: dict[int, Stock], swaps: list[Swap], trial: Trial) -> None:
    """Let ``trial`` happen to what there is."""
    for code, change in trial.stocks.items():
        stock = _stock(stocks, code)
        stock.cash += change.cash
        stock.equity += change.equity
        stock.needed += change.needed
    swaps.extend(trial.swaps)
    position = trial.position
    if position is not None:
        _add_held(stocks, swaps, position)


def _stocks_of(state: State, account: i64) -> dict[int, Stock]:
    """Every currency that the trading account ever had, with what cross positions gained and need."""
    words = state.ledger.words
    holds_positions: bool = state.accounts.get(account, a.FIRST_POSITION) != 0
    found: dict[int, Stock] = {}
    pool = state.pools.get(int(account), _NO_POOL)
    slot = state.accounts.get(account, a.FIRST_SLOT)
    while slot != NIL:
        if words[slot + ld.LEDGER] == TRADING:
            code: int = words[slot + ld.CURRENCY]
            stock = Stock(code, int(words[slot + ld.CASH]), pool.loan(code))
            if holds_positions:
                sums = state.sums_of(account, slot)
                stock.equity += sums.gain
                stock.needed += sums.initial
            found[code] = stock
        slot = words[slot + ld.NEXT]
    if pool.promised != 0:
        promised = _stock(found, int(pool.promised_currency))
        promised.cash += pool.promised
        promised.equity += pool.promised
    return found


def _stock(stocks: dict[int, Stock], currency: int) -> Stock:
    found = stocks.get(currency)
    if found is None:
        found = Stock(currency, 0)
        stocks[currency] = found
    return found


def _swaps_of(state: State, account: i64, stocks: dict[int, Stock], without: i64, trial: Trial | None) -> list[Swap]:
    """What resting orders sell for what; what cross orders of contracts hold is noted in ``stocks`` instead."""
    words = state.orders.words
    found: list[Swap] = []
    slot = state.accounts.get(account, a.FIRST_ORDER)
    while slot != NIL:
        if words[slot + o.POSITION] == 0 and slot != without:
            instrument = state.instruments[words[slot + o.INSTRUMENT]]
            hold: int = words[slot + o.HOLD]
            price: int = words[slot + o.PRICE]
            lots: int = words[slot + o.LEFT]
            found.append(swap_of(state, instrument, account, words[slot + o.SIDE], hold, price, lots))
        slot = words[slot + o.ACCOUNT_NEXT]
    number = state.accounts.get(account, a.FIRST_POSITION)
    while number != 0:
        position = state.positions[number - 1]
        if trial is None or number != trial.number:
            _add_held(stocks, found, position)
        number = position.next_of_account
    return found


def _add_held(stocks: dict[int, Stock], swaps: list[Swap], position: Position) -> None:
    """Count what the orders of a position hold."""
    settle: int = position.contract.family.settle
    held: int = position.held
    if position.margin_mode == CROSS:
        _stock(stocks, settle).needed += held
    elif held != 0:
        swaps.append(Swap(settle, held, settle, 0))


def _cost_of(state: State, pool: Pool, stocks: dict[int, Stock], swaps: list[Swap]) -> int:
    """What any of the swaps together cost at most: of each sold currency rounded up."""
    drops: dict[int, int] = {}
    costs: dict[int, int] = {}
    for swap in swaps:
        source, target = stocks[swap.sold], stocks[swap.bought]
        if swap.sold not in drops:
            left = source.equity - source.sold
            before = counted(state, pool, swap.sold, source.equity, 1)
            drops[swap.sold] = before - counted(state, pool, swap.sold, left, 1)
            costs[swap.sold] = 0
        into = state.currencies[swap.bought]
        rate = last_rate(state, pool, swap.bought, target.equity + target.brought)
        brings = swap.brings * into.weight * rate
        costs[swap.sold] += max(swap.gives * drops[swap.sold] - source.sold * brings, 0)
    total: int = 0
    for code, cost in costs.items():
        if cost > 0:
            total += ceil_of((cost, stocks[code].sold))
    return total


# What may be used, in units of one currency.


def pooled_free(state: State, account: i64, currency: i64) -> int:
    """The free collateral in smallest units of a currency, rounded down; 0 when that has no price.

    No more than leaves what is held and owed of that currency a word, however little it is worth.
    """
    slot = state.ledger.find(account, currency, TRADING)
    limit: int = INT_MAX
    if slot != NIL:
        held: int = state.ledger.get(slot, ld.HELD)
        cash: int = state.ledger.get(slot, ld.CASH)
        limit += min(cash, 0) - held
    return min(in_units(state, currency, sheet_of(state, account).free()), limit)


def at_stake(state: State, account: i64, currency: i64) -> int:
    """The same of what is left when the orders have cost what they may: what may be lost without owing anything."""
    sheet = sheet_of(state, account)
    return in_units(state, currency, sheet.equity - sheet.cost)


def in_units_up(state: State, currency: i64, value: int) -> int:
    """A value in smallest units of a currency with a price, rounded up."""
    return -in_units(state, currency, -value)


def lacking(state: State, account: i64, currency: i64) -> int:
    """What all equity at full value lacks to be worth nothing, in units of a currency, rounded up; 0 when nothing.

    No more than a contract may be worth: what is lacking beyond, the next look finds as a debt.
    """
    value: int = 0
    for code, stock in _stocks_of(state, account).items():
        value += value_of(state.currencies[code], stock.equity)
    return min(-in_units(state, currency, value), VALUE_MAX) if value < 0 else 0


def in_units(state: State, currency: i64, value: int) -> int:
    """A value in smallest units of a currency, rounded down; 0 when that has no price."""
    unit: int = value_of(state.currencies[currency], 1)
    return 0 if unit == 0 else value // unit


def covers(state: State, account: i64, currency: i64, amount: int, trial: Trial | None = None) -> bool:
    """Whether ``amount`` may leave an account: it is there, and what stays is enough for everything else."""
    gone = Swap(int(currency), amount, int(currency), 0)
    sheet = sheet_of(state, account, gone, trial=trial)
    stock = sheet.stocks[int(currency)]
    # What leaves is counted as sold already.
    return stock.sold <= min(stock.cash, stock.equity) and sheet.free() >= 0


def pooled_spendable(state: State, account: i64, currency: i64, trial: Trial | None = None) -> int:
    """The most that may leave an account; what is missing, as a negative amount, when less than nothing is unheld."""
    nothing = Swap(int(currency), 0, int(currency), 0)
    stock = sheet_of(state, account, nothing, trial=trial).stocks[int(currency)]
    most = min(stock.cash, stock.equity) - stock.sold
    if most <= 0 or covers(state, account, currency, most, trial):
        return most
    least: int = 0
    while least < most:
        middle = (least + most + 1) // 2
        if covers(state, account, currency, middle, trial):
            least = middle
        else:
            most = middle - 1
    return least
