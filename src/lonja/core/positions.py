"""Positions: what an account holds of a contract, at which average, and what its open orders may add.

Why here: one object per account, contract, margin mode and side, made when an order or a setting first names it and
kept from then on. Invariant: ``entry`` is exact: it is the sum over the lots held of what ``contracts.weight`` gives,
as a fraction; only beyond ``EXACT_MAX`` is it rounded to a fraction with that denominator (``docs/adr/0031``).

``lots`` is signed: negative is short. ``buy`` and ``sell`` sums are of resting orders that may open; orders that only
reduce are counted apart.
"""

from math import gcd
from typing import Final

from mypy_extensions import i64, mypyc_attr

from lonja.core.contracts import HUNDRED, PPM, SMALL_MAX, Contract, NeedTerms, ceil_of, floor_of, weight
from lonja.core.packed import positive

CROSS: Final[i64] = 0
ISOLATED: Final[i64] = 1
NET: Final[i64] = 0
LONG: Final[i64] = 1
SHORT: Final[i64] = 2
BUY: Final[i64] = 0

LEVERAGE_DEFAULT: Final[i64] = 300
PRICE_MAX: Final = 0x3FFFFFFFFFFFFFFF
_WORD_MAX: Final[i64] = 0x3FFFFFFFFFFFFFFF
_SMALL_SIZE: Final = 1 << 20
_SMALL_VALUE: Final = 1 << 60
_NARROW: Final = 1 << 40
REDUCED_ABOVE: Final = 1 << 62
_UNBOXED_MAX: Final = REDUCED_ABOVE - 1
"""The greatest number that is compared without a look at an object in memory."""
EXACT_MAX: Final = 1 << 128
PARTS: Final = PPM * PPM
_PARTS_WORD: Final[i64] = 1_000_000_000_000


@mypyc_attr(acyclic=True)
class CrossSums:
    """What all cross positions on the same money were seen with, added up: profit, initial margin, what keeps them.

    ``marks`` is the count of mark prices that there had been: positions in contracts whose mark was told since have to
    be looked at again. ``keep`` is no less than what is required; it holds for ``rates`` (``State.rate_changes``) and
    ``fee_tier``. ``quiet`` when the last exact look found nobody near liquidation, ``alone`` when it found one position. While all marks stay in their bands,
    profit less initial margin, and less three times what keeps them, falls by no more than ``swing``, however long ago the
    positions were seen. None of it is part of a snapshot.
    """

    def __init__(self) -> None:
        """Void."""
        self.marks: i64 = -1
        self.gain: int = 0
        self.initial: int = 0
        self.keep: int = 0
        self.swing: int = 0
        self.rates: i64 = -1
        self.fee_tier: i64 = -1
        self.quiet: bool = False
        # Whether cross pockets stand on the same money, so that sums of positions do not tell all.
        self.crossed: bool = False
        self.alone: bool = False

    def unsettle(self) -> None:
        """Forget what was seen."""
        self.quiet = False
        self.marks = -1


@mypyc_attr(acyclic=True)
class Position:
    """One position with its settings; ``number`` is its place in ``State.positions``, plus one."""

    def __init__(
        self, number: i64, account: i64, instrument: i64, contract: Contract, margin_mode: i64, side: i64
    ) -> None:
        """Flat, with no orders. ``settle_slot`` is set by whoever makes it."""
        # In this order they lie in memory: what every order looks at stands together, then what fills do.
        self.margin_mode = margin_mode
        self.side = side
        self.next_in_seat: i64 = 0
        self.number = number
        self.account = account
        self.contract: Final = contract
        self.sums: CrossSums | None = None
        self.settle_slot: i64 = -1
        self.lots: i64 = 0
        self.buy_lots: i64 = 0
        self.sell_lots: i64 = 0
        # Wider than a word: 500 orders may be worth more together than one may.
        self.buy_value: int = 0
        self.sell_value: int = 0
        self.held: i64 = 0
        self.leverage: i64 = LEVERAGE_DEFAULT
        # Those that ``held`` was worked out with; void when it is not known to be what is needed.
        self.held_terms: NeedTerms = contract.void_terms
        self.instrument = instrument
        self.reducing_lots: i64 = 0
        self.place: i64 = 0
        self.entry_num: int = 0
        self.entry_den: int = 1
        self.margin: i64 = 0
        self.life: i64 = 0
        self.pnl: i64 = 0
        self.fees: i64 = 0
        self.funding: i64 = 0
        self.penalty: i64 = 0
        self.warned: i64 = 0
        self.seen_mark: i64 = -1
        self.calm_high: i64 = 0
        self.seen_gain: int = 0
        self.seen_initial: int = 0
        self.seen_keep: int = 0
        self.seen_swing: int = 0
        self.opened_ms: i64 = 0
        self.next_of_account: i64 = 0
        # What ``calm`` remembers; none of it is part of a snapshot, nor is ``calm_high``.
        self.calm_low: i64 = 1
        self.calm_behind: i64 = 0
        self.calm_held: i64 = 0
        self.calm_tier: i64 = 0
        self.calm_rates: i64 = 0

    def size(self) -> i64:
        """Lots without the sign."""
        return self.lots if self.lots >= 0 else -self.lots

    def most_lots(self) -> i64:
        """How large its orders may make it, on either side."""
        longs: i64 = self.lots + self.buy_lots
        shorts: i64 = self.sell_lots - self.lots
        return longs if longs > shorts else shorts

    def reducible(self, side: i64) -> i64:
        """Lots that an order of ``side`` would close before it opens any."""
        against: i64 = self.lots
        if side == BUY:
            against = -against
        return positive(against)

    def only_reduces(self, side: i64) -> bool:
        """Whether an order of ``side`` can only close: selling what is long, buying back what is short."""
        return (self.side == LONG and side != BUY) or (self.side == SHORT and side == BUY)

    def begin(self, life: i64, time_ms: i64) -> None:
        """A new life: everything that is told of the last one starts at nothing."""
        self.life = life
        self.opened_ms = time_ms
        self.pnl = 0
        self.fees = 0
        self.funding = 0
        self.penalty = 0
        self.warned = 0

    def look(self, keep_ppm: i64) -> None:
        """See profit, initial margin and what keeps it, at ``keep_ppm`` of its value, at the mark price of now."""
        contract = self.contract
        self.seen_mark = contract.mark
        self.seen_gain = 0
        self.seen_initial = 0
        self.seen_keep = 0
        self.seen_swing = 0
        if self.lots != 0:
            self.seen_gain = self.unrealized(contract)
            self.seen_keep = contract.fee(contract.mark, self.size(), keep_ppm)
            self.seen_initial = ceil_of(self.initial_margin(contract, contract.mark, self.size()))
            self.seen_swing = self._swing(contract, keep_ppm)

    def _swing(self, contract: Contract, keep_ppm: i64) -> int:
        """What ``CrossSums.swing`` needs of it; the four are for what is rounded of profit and, three times, of ``keep``."""
        swing = contract.swing(self.size())
        if 3 * keep_ppm <= PPM:
            # No initial margin is more than the value.
            return swing + swing + 4
        rate: int = keep_ppm
        return swing + 3 * swing * rate // PPM + 4

    def pass_marks(self, low: i64, high: i64) -> None:
        """Let marks between ``low`` and ``high`` pass without a look; a flat position lets all pass."""
        bounds = self.contract.bounds
        if self.lots == 0:
            low, high = 0, _WORD_MAX
        bounds[self.place] = low
        bounds[self.place + 1] = high

    def unsettle(self) -> None:
        """Have it looked at exactly at the next mark, whatever was remembered of it."""
        self.pass_marks(1, 0)
        self.calm_low = 1
        self.calm_high = 0

    def set_leverage(self, leverage: i64) -> None:
        """Change the leverage, in hundredths."""
        self.leverage = leverage
        self.seen_mark = -1

    def add(self, contract: Contract, price: i64, lots: i64) -> None:
        """Open ``lots`` more (without sign) at ``price``; ``lots`` of the position are changed by the caller."""
        numerator, denominator = weight(contract.inverse, price, lots)
        self.entry_num = self.entry_num * denominator + numerator * self.entry_den
        self.entry_den = self.entry_den * denominator
        self._reduce()

    def take(self, lots: i64) -> None:
        """End ``lots`` (without sign) of the position, before ``lots`` of it is changed: the average stays."""
        before: int = self.size()
        left: int = before - lots
        self.entry_num *= left
        self.entry_den *= before
        self._reduce()

    def _reduce(self) -> None:
        self.held_terms = self.contract.void_terms
        self.seen_mark = -1
        self.calm_high = 0
        if self.entry_num == 0:
            self.entry_den = 1
        elif self.entry_den > _UNBOXED_MAX and self.entry_den > REDUCED_ABOVE:
            common: int = gcd(self.entry_num, self.entry_den)
            self.entry_num //= common
            self.entry_den //= common
            if self.entry_den > EXACT_MAX:
                doubled: int = 2 * self.entry_num * EXACT_MAX + self.entry_den
                self.entry_num = doubled // (2 * self.entry_den)
                self.entry_den = EXACT_MAX

    def margin_of(self, lots: i64) -> int:
        """The part of an isolated margin that belongs to ``lots`` (without sign), rounded down."""
        size = self.size()
        if 0 <= self.margin <= SMALL_MAX and lots < _SMALL_SIZE:
            return int(self.margin * lots // size)
        margin: int = self.margin
        part: int = lots
        whole: int = size
        return margin * part // whole

    def gain(self, contract: Contract, price: i64, lots: i64) -> tuple[int, int]:
        """What ending ``lots`` (without sign) at ``price`` brings, as a fraction of smallest units."""
        part: int = lots
        whole: int = self.size()
        if part == whole:
            part = whole = 1
        numerator, denominator = contract.gain((self.entry_num, self.entry_den), lots, price, (part, whole))
        return (numerator, denominator) if self.lots > 0 else (-numerator, denominator)

    def price_for(self, contract: Contract, lots: i64, least: int) -> i64:
        """The price nearest to the entry's losing side at which ending ``lots`` brings at least ``least`` units.

        That is the lowest such price of a long position and the highest of a short one, between 1 and ``INT_MAX``.
        """
        part: int = lots
        whole: int = self.size()
        den: int = self.entry_den * whole * contract.unit
        entry: int = self.entry_num * part * contract.unit
        wanted: int = least * contract.divisor * self.entry_den * whole
        is_long: bool = self.lots > 0
        if not contract.inverse:
            found = -(-(entry + wanted) // (den * part)) if is_long else (entry - wanted) // (den * part)
            return _within(found)
        left: int = entry - wanted if is_long else entry + wanted
        if left <= 0:
            return _within(PRICE_MAX)
        return _within(-(-(part * den) // left) if is_long else part * den // left)

    def unrealized(self, contract: Contract) -> int:
        """What the whole position gained at the mark price, rounded down."""
        if self.lots == 0:
            return 0
        return self.floor_gain(contract, contract.mark, self.size())

    def floor_gain(self, contract: Contract, price: i64, lots: i64) -> int:
        """What ending ``lots`` (without sign) at ``price`` brings, rounded down."""
        small = contract.small_value(price, lots)
        whole = self.size()
        if small < 0 or whole >= _SMALL_SIZE or self.entry_den >= _SMALL_SIZE:
            return floor_of(self.gain(contract, price, lots))
        part: i64 = lots
        if part == whole:
            part = 1
            whole = 1
        den: i64 = self.entry_den
        # With these bounds both sides of the difference are at most SMALL_MAX times _SMALL_SIZE, which fits a word.
        most: int = contract.product_max * den
        if den * whole >= _SMALL_SIZE or self.entry_num > most:
            return floor_of(self.gain(contract, price, lots))
        entry: i64 = self.entry_num
        gained: i64 = small * den * whole - entry * part * contract.unit_word
        if self.lots < 0:
            gained = -gained
        return int(gained // (den * whole * contract.divisor_word))

    def initial_margin(self, contract: Contract, price: i64, lots: i64) -> tuple[int, int]:
        """What ``lots`` at ``price`` need to be opened, as a fraction."""
        small = contract.small_value(price, lots)
        if small >= 0:
            hundred: i64 = HUNDRED
            return int(small * hundred), int(contract.divisor_word * self.leverage)
        numerator, denominator = contract.value(price, lots)
        leverage: int = self.leverage
        return numerator * HUNDRED, denominator * leverage

    def need(self, fee_rate_ppm: i64) -> int:
        """What the resting orders need: the dearer side, less what of it only closes, with its fees; rounded up."""
        return self._need_at(self._terms(fee_rate_ppm))

    def need_with_more(self, side: i64, fee_rate_ppm: i64) -> int:
        """The same when orders of one side were added to those that ``held`` counts: the other side needs no more than it did."""
        return self._need_with_more(side, self._terms(fee_rate_ppm))

    def _need_with_more(self, side: i64, terms: NeedTerms) -> int:
        if terms is not self.held_terms:
            return self._need_at(terms)
        if side == BUY:
            needed = _side_need(terms, self.buy_lots, self.buy_value, self.reducible(BUY))
        else:
            needed = _side_need(terms, self.sell_lots, self.sell_value, self.reducible(side))
        before: int = self.held
        return needed if needed > before else before

    def hold(self, fee_rate_ppm: i64) -> i64:
        """Hold what the resting orders need. Returns how much more that is than before."""
        terms = self._terms(fee_rate_ppm)
        return self._hold(self._need_at(terms), terms)

    def hold_more(self, side: i64, fee_rate_ppm: i64) -> i64:
        """The same after an order of ``side`` was added."""
        terms = self._terms(fee_rate_ppm)
        return self._hold(self._need_with_more(side, terms), terms)

    def _hold(self, needed: i64, terms: NeedTerms) -> i64:
        more: i64 = needed - self.held
        self.held = needed
        self.held_terms = terms
        return more

    def _terms(self, fee_rate_ppm: i64) -> NeedTerms:
        terms = self.held_terms
        if terms.leverage != self.leverage or terms.rate != fee_rate_ppm:
            terms = self.contract.terms_of_need(self.leverage, fee_rate_ppm)
        return terms

    def _need_at(self, terms: NeedTerms) -> int:
        buys = _side_need(terms, self.buy_lots, self.buy_value, self.reducible(BUY))
        sells = _side_need(terms, self.sell_lots, self.sell_value, self.reducible(1))
        return buys if buys > sells else sells


def _side_need(terms: NeedTerms, lots: i64, value: int, closing: i64) -> int:
    """What orders for ``lots`` on one side need, worth ``value``, when ``closing`` of them open nothing."""
    if lots <= closing:
        return 0
    opening: i64 = lots - closing
    if closing == 0:
        opening = 1
        lots = 1
    if lots < _SMALL_SIZE and value <= _SMALL_VALUE:
        narrow: i64 = value
        # Divided only where the product with what opens might not fit a word.
        if opening == 1 or narrow <= SMALL_MAX or narrow <= terms.most // opening:
            narrow *= opening
            if narrow <= terms.most:
                return int(-(-(narrow * terms.num) // (lots * terms.den)))
    some: int = opening
    whole: int = lots
    num: int = terms.num
    den: int = terms.den
    return -(-(value * some * num) // (whole * den))


def _within(price: int) -> i64:
    return max(1, min(price, PRICE_MAX))


def average_of(contract: Contract, position: Position) -> tuple[int, int]:
    """The average price as whole ticks and millionths of a millionth of a tick, rounded to nearest; 0 when flat."""
    if position.lots == 0:
        return 0, 0
    size: int = position.size()
    numerator, denominator = position.entry_num, position.entry_den * size
    if contract.inverse:
        numerator, denominator = size * position.entry_den, position.entry_num
    # Whole ticks first: what is left then mostly fits a word, with its first million parts and the rest each for itself.
    ticks: int = numerator // denominator
    if denominator <= _NARROW:
        million: i64 = PPM
        den: i64 = denominator
        rest: i64 = numerator - ticks * denominator
        left: i64 = rest * million
        near: i64 = (left // den) * million + (2 * (left % den) * million + den) // (2 * den)
        return ticks + int(near // _PARTS_WORD), int(near % _PARTS_WORD)
    parts: int = (2 * (numerator - ticks * denominator) * PARTS + denominator) // (2 * denominator)
    return ticks + parts // PARTS, parts % PARTS
