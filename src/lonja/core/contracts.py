"""Contracts: families with their tiers and fund, and the exact arithmetic of one contract.

Why here: what a lot is worth and what a position gained are fractions of a unit, and each booking rounds once, at its
end (``docs/adr/0031``). So everything here is whole numbers as numerator and denominator; ``int`` grows as it must.
Invariant: a family's contracts have the same lot, currencies and value, so sizes of a family add up.

Let ``n`` be lots, ``p`` a price in ticks. A linear contract is worth ``n * p * unit / divisor`` of its settlement
currency, an inverse one ``n * unit / (p * divisor)``, both in smallest units.
"""

from math import gcd
from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64, mypyc_attr

HUNDRED: Final = 100
PPM: Final = 1_000_000
_MILLION: Final[i64] = 1_000_000
VALUE_MAX: Final = 1 << 56
"""What all open lots of one contract may be worth: so sums over many of them still fit a word."""
ROOM: Final = 8
"""How many times as much as when they were admitted open lots may come to be worth, so that later marks can be taken."""
SMALL_MAX: Final[i64] = 1 << 42
"""Numerators up to here are worked with as words: times any rate in ppm they still fit one."""
_WORD_OF_TERM: Final = 1 << 40
_WORD_MAX: Final = (1 << 62) - 1
_LOW: Final[i64] = 1 << 31
LOTS_MAX: Final = 1 << 60
"""How many lots of one contract may be open: so sums of a position and its orders still fit a word."""
SWAP: Final[i64] = 2
FUTURES: Final[i64] = 3
_BAND_SHIFT: Final[i64] = 8


class Tier:
    """Up to ``size_max`` lots, what keeps a position alive, what opens it, and the most leverage (hundredths)."""

    def __init__(self, size_max: i64, maintenance_ppm: i64, initial_ppm: i64, leverage_max: i64) -> None:
        """Rates in parts per million of the value."""
        self.size_max = size_max
        self.maintenance_ppm = maintenance_ppm
        self.initial_ppm = initial_ppm
        self.leverage_max = leverage_max


class Family:
    """Contracts of one kind on one underlying, settled in one currency, with one Security Fund.

    The family has an account of its own: its trading ledger is the fund, its funding ledger is where the profits and
    losses of positions meet, since the two sides of a contract are seldom closed at the same moment.
    """

    def __init__(self, code: i64, name: bytes, instrument_type: i64, settle: i64, account: i64) -> None:
        """``name`` is packed text; slots are filled in by ``families``."""
        self.code = code
        self.name = name
        self.instrument_type = instrument_type
        self.settle = settle
        self.account = account
        self.fund_slot: i64 = 0
        self.clearing_slot: i64 = 0
        self.tiers: Final[list[Tier]] = []
        # ``size_max`` of each, packed.
        self._sizes: vec[i64] = vec[i64]([])
        self.instruments: Final[list[int]] = []
        self.peaks: list[tuple[int, int]] = []

    def set_tier(self, place: i64, tier: Tier) -> None:
        """Put a tier at an index, which may be the one after the last."""
        if place == len(self.tiers):
            self.tiers.append(tier)
            self._sizes = append(self._sizes, tier.size_max)
        else:
            self.tiers[place] = tier
            self._sizes[place] = tier.size_max

    def tier_of(self, lots: i64) -> i64:
        """Index of the tier for so many lots; as many as there are tiers when none takes them."""
        sizes = self._sizes
        count: i64 = len(sizes)
        found: i64 = 0
        while found < count and lots > sizes[found]:
            found += 1
        return found

    def nearest_tier(self, lots: i64) -> i64:
        """The same, but the last one for whatever no tier takes."""
        found = self.tier_of(lots)
        last: i64 = len(self._sizes) - 1
        return found if found < last else last

    def maintenance_most(self, lots: i64) -> i64:
        """The most, in ppm, that a position of so many lots may require; dated ones may share a higher tier."""
        at = self.nearest_tier(lots)
        most = self.tiers[at].maintenance_ppm
        while self.instrument_type == FUTURES and at < len(self.tiers):
            if self.tiers[at].maintenance_ppm > most:
                most = self.tiers[at].maintenance_ppm
            at += 1
        return most


@mypyc_attr(acyclic=True)
class NeedTerms:
    """What a unit of value of resting orders needs at one leverage and one rate of fees: a fraction in lowest terms.

    Values up to ``most`` times the numerator fit a word.
    """

    def __init__(self, leverage: i64, fee_rate_ppm: i64) -> None:
        """``leverage`` in hundredths, 0 for terms that fit no position; a rebate counts as nothing."""
        self.leverage = leverage
        self.rate = fee_rate_ppm
        wide: int = leverage
        rate: int = fee_rate_ppm if fee_rate_ppm > 0 else 0
        numerator: int = HUNDRED * PPM + wide * rate
        denominator: int = wide * PPM
        common = gcd(numerator, denominator)
        self.num: i64 = numerator // common
        self.den: i64 = denominator // common
        self.most: i64 = _WORD_MAX // (numerator // common)


class Contract:
    """What makes an instrument a contract, and what the market knows of it now."""

    def __init__(self, family: Family, inverse: bool, unit: int, divisor: int, expiry_ms: i64) -> None:
        """``unit`` and ``divisor`` as the module says; ``expiry_ms`` 0 for a perpetual."""
        self.family: Final = family
        self.inverse = inverse
        self.unit = unit
        self.divisor = divisor
        self.worth_max: int = VALUE_MAX * divisor
        # Of linear contracts whose terms are small; 0 where everything takes the general way.
        self.unit_word: i64 = 0
        self.divisor_word: i64 = 1
        self.product_max: i64 = 0
        self.bears_max: i64 = 0
        self.room_max: i64 = 0
        if not inverse and unit < _WORD_OF_TERM and divisor < _WORD_OF_TERM:
            self.unit_word = unit
            self.divisor_word = divisor
            self.product_max = SMALL_MAX // self.unit_word
            self.bears_max = min(self.worth_max // unit, _WORD_MAX)
            self.room_max = min(self.worth_max // (unit * ROOM), _WORD_MAX)
        self.expiry_ms = expiry_ms
        self.void_terms: Final = NeedTerms(0, 0)
        # Those asked for last: most positions of a contract are at the same leverage and rate.
        self.need_terms = self.void_terms
        self.contract_value: i64 = 1
        self.contract_scale: i64 = 0
        self.multiplier: i64 = 1
        self.mark: i64 = 0
        self.index: i64 = 0
        self.open_lots: i64 = 0
        # Sums of positions know how far they may change while the mark stays in this band.
        self.band_low: i64 = 0
        self.band_high: i64 = 0
        self.positions: Final[list[int]] = []
        # Two words for each of them: between which marks it need not be looked at, for rates as they were at this count.
        self.bounds: vec[i64] = vec[i64]([])
        self.bounds_rates: i64 = 0

    def join(self, number: i64) -> i64:
        """Take in the position of this number; returns its place in ``bounds``."""
        self.positions.append(int(number))
        self.bounds = append(append(self.bounds, 1), 0)
        return len(self.bounds) - 2

    def terms_of_need(self, leverage: i64, fee_rate_ppm: i64) -> NeedTerms:
        """What resting orders need at this leverage and rate."""
        terms = self.need_terms
        if terms.leverage != leverage or terms.rate != fee_rate_ppm:
            terms = NeedTerms(leverage, fee_rate_ppm)
            self.need_terms = terms
        return terms

    def set_band(self) -> None:
        """Lay the band around the mark."""
        self.band_low = self.mark - (self.mark >> _BAND_SHIFT)
        self.band_high = self.mark + (self.mark >> _BAND_SHIFT)

    def swing(self, lots: i64) -> int:
        """How much the value of ``lots`` differs at most between two marks of the band, rounded up."""
        if not self.inverse:
            return self.ceil_value(self.band_high - self.band_low, lots)
        low: int = self.band_low
        high: int = self.band_high
        wide_lots: int = lots
        return -(-(wide_lots * self.unit * (high - low)) // (low * high * self.divisor))

    def bears(self, price: i64, more_lots: i64) -> bool:
        """Whether all open lots and ``more_lots`` are no more, and worth no more at ``price``, than sums are made for."""
        return self._fits(price, more_lots, self.bears_max, 1)

    def has_room(self, price: i64, more_lots: i64) -> bool:
        """Whether ``more_lots`` may be opened: whether all open ones could still be borne once worth ``ROOM`` times as much.

        Else a mark that takes such lots further could not be taken, and nobody would be liquidated any more.
        """
        return self._fits(price, more_lots, self.room_max, ROOM)

    def _fits(self, price: i64, more_lots: i64, small_max: i64, growth: int) -> bool:
        """Whether all open lots and ``more_lots`` may come to be worth ``growth`` times as much as at ``price``.

        ``small_max`` bounds price times lots where these are small.
        """
        if self.unit_word != 0 and price < _LOW and more_lots < _LOW and self.open_lots < _LOW:
            # At most twice as many lots: their product with the price still fits a word with its sign.
            return price * (self.open_lots + more_lots) <= small_max
        lots: int = self.open_lots
        more: int = more_lots
        wide_price: int = price
        lots += more
        if lots > LOTS_MAX:
            return False
        grown = lots * growth
        if self.inverse:
            # Worth more when the price falls; the product with the price grows when it rises.
            return grown * self.unit <= self.worth_max * wide_price and grown * wide_price <= VALUE_MAX
        return grown * self.unit * wide_price <= self.worth_max

    def small_value(self, price: i64, lots: i64) -> i64:
        """The numerator of the value of ``lots`` at ``price`` over ``divisor_word`` when it is small, else -1."""
        if price < _LOW and lots < _LOW and price * lots <= self.product_max:
            return price * lots * self.unit_word
        return -1

    def floor_value(self, price: i64, lots: i64) -> int:
        """What ``lots`` are worth at ``price``, rounded down to smallest units."""
        small = self.small_value(price, lots)
        if small >= 0:
            if self.divisor_word != 1:
                small = small // self.divisor_word
            return int(small)
        return floor_of(self.value(price, lots))

    def ceil_value(self, price: i64, lots: i64) -> int:
        """The same, rounded up."""
        small = self.small_value(price, lots)
        if small >= 0:
            if self.divisor_word != 1:
                small = -(-small // self.divisor_word)
            return int(small)
        return ceil_of(self.value(price, lots))

    def fee(self, price: i64, lots: i64, rate_ppm: i64) -> int:
        """The fee on ``lots`` at ``price``, rounded up; a rebate (negative) is rounded towards less."""
        small = self.small_value(price, lots)
        if small >= 0:
            if self.divisor_word == 1:
                # The compiler turns this division into a product.
                return int(-(-(small * rate_ppm) // _MILLION))
            return int(-(-(small * rate_ppm) // (self.divisor_word * _MILLION)))
        return fee_on(self.value(price, lots), rate_ppm)

    def value(self, price: i64, lots: i64) -> tuple[int, int]:
        """What ``lots`` are worth at ``price``, as a fraction of smallest units of the settlement currency."""
        wide_price: int = price
        wide_lots: int = lots
        if self.inverse:
            return wide_lots * self.unit, wide_price * self.divisor
        return wide_price * wide_lots * self.unit, self.divisor

    def gain(self, entry: tuple[int, int], lots: i64, price: i64, share: tuple[int, int]) -> tuple[int, int]:
        """What a long position gains when ``lots`` of it end at ``price``, as a fraction.

        ``entry`` is the sum of the position's entry weights (see ``weight``), ``share`` the part of it that ends.
        """
        wide_price: int = price
        wide_lots: int = lots
        part_num: int = entry[0] * share[0]
        part_den: int = entry[1] * share[1]
        if self.inverse:
            gained: int = part_num * wide_price - wide_lots * part_den
            return gained * self.unit, part_den * wide_price * self.divisor
        risen: int = wide_price * wide_lots * part_den - part_num
        return risen * self.unit, part_den * self.divisor


def weight(inverse: bool, price: i64, lots: i64) -> tuple[int, int]:
    """How ``lots`` bought at ``price`` count in an average: ``lots * price``, or ``lots / price`` for inverse ones."""
    wide_price: int = price
    wide_lots: int = lots
    if inverse:
        return wide_lots, wide_price
    return wide_price * wide_lots, 1


def floor_of(fraction: tuple[int, int]) -> int:
    """The fraction rounded down."""
    numerator: int = fraction[0]
    denominator: int = fraction[1]
    return numerator // denominator


def ceil_of(fraction: tuple[int, int]) -> int:
    """The fraction rounded up."""
    numerator: int = fraction[0]
    denominator: int = fraction[1]
    return -(-numerator // denominator)


def fee_on(value: tuple[int, int], rate_ppm: i64) -> int:
    """The fee on a value, rounded up; a rebate (negative) is rounded towards less."""
    rate: int = rate_ppm
    million: int = PPM
    return -(-(value[0] * rate) // (value[1] * million))
