"""The parts of the naive twin that contracts need: records, and what one contract or one position answers alone.

Why apart: as ``naive_parts``. Everything is a fraction here and is rounded by whoever books it (``docs/adr/0031``).
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from lonja.core import commands as c
from lonja.core.kinds import InstrumentState, InstrumentType, MarginMode, PositionSide, Side
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from lonja.primitives.money import INT_MAX, PPM
from tests.core.naive_parts import FEE_TIERS_MAX, STEP_MAX, Instrument, require

EXACT_MAX = 2**128
VALUE_MAX = 2**56
ROOM = 8
LOTS_MAX = 2**60
TIERS_MAX, LEVERAGE_MIN, LEVERAGE_MAX = 100, 100, 100_000
CONTRACT_VALUE_MAX = 10**12
LEVERAGE_DEFAULT = 300
HOUR_MS, PEAK_HOURS = 3_600_000, 8


@dataclass
class Family:
    """Contracts of one kind on one underlying, with their tiers and fund; ``noted`` are balances of it by time."""

    name: Text32
    instrument_type: int
    settle: int
    account: int
    tiers: list[c.DefinePositionTier] = field(default_factory=list)
    noted: list[tuple[int, int]] = field(default_factory=list)

    def tier_of(self, lots: int) -> c.DefinePositionTier | None:
        """The first tier that takes so many lots."""
        return next((tier for tier in self.tiers if lots <= tier.size_max), None)

    def tier_at_most(self, lots: int) -> c.DefinePositionTier:
        """The same; the last one for whatever is larger."""
        return self.tier_of(lots) or self.tiers[-1]

    def noted_since(self, hour: int) -> list[int]:
        """The balances noted since an hour of the clock."""
        return [balance for at_ms, balance in self.noted if at_ms // HOUR_MS >= hour]


@dataclass
class Contract(Instrument):
    """A listed contract. ``unit`` is what a lot is worth at a price of one tick, in smallest units."""

    listing: c.ListContract = field(default_factory=c.ListContract)
    family: Family = field(default_factory=lambda: Family(Text32(""), 0, 0, 0))
    inverse: bool = False
    unit: Fraction = Fraction(1)
    mark: int = 0
    index: int = field(default=0, kw_only=True)
    limits: tuple[int, int] = (0, 0)

    def buy_max(self) -> int:
        """The greatest price of a buy order: as told with the mark price, or the band around it."""
        return self.limits[0] or super().buy_max()

    def sell_min(self) -> int:
        """The least price of a sell order."""
        return self.limits[1] or super().sell_min()

    def value(self, price: int, lots: int) -> Fraction:
        """What lots are worth at a price."""
        return lots * self.unit / price if self.inverse else lots * self.unit * price

    def weight(self, price: int, lots: int) -> Fraction:
        """How lots count in an average."""
        return Fraction(lots, price) if self.inverse else Fraction(lots * price)

    def notional(self, price: int, lots: int) -> int:
        """What is told as exchanged for lots: rounded down."""
        return floor(self.value(price, lots))

    def cost(self, price: int, lots: int) -> int:
        """What lots are worth at most: rounded up."""
        return ceil(self.value(price, lots))

    def long_gain(self, price: int, other: int, lots: int) -> Fraction:
        """What a long position of so many lots gains when the price goes from ``price`` to ``other``."""
        gained = self.value(other, lots) - self.value(price, lots)
        return -gained if self.inverse else gained

    def may_be_worth(self, price: int, lots: int) -> bool:
        """Whether so many lots at that price are what sums are made for."""
        if lots > LOTS_MAX:
            return False
        return self.value(price, lots) <= VALUE_MAX and (not self.inverse or lots * price <= VALUE_MAX)

    def may_be_opened(self, price: int, lots: int) -> bool:
        """Whether so many lots may become worth eight times as much as at that price."""
        if lots > LOTS_MAX:
            return False
        return ROOM * self.value(price, lots) <= VALUE_MAX and (not self.inverse or ROOM * lots * price <= VALUE_MAX)


@dataclass(eq=False)
class Position:
    """What an account holds of a contract in one margin mode and side; ``entry`` is the exact sum of its weights."""

    number: int
    account: int
    instrument: int
    margin_mode: int
    side: int
    contract: Contract
    leverage: int = LEVERAGE_DEFAULT
    lots: int = 0
    entry: Fraction = Fraction(0)
    margin: int = 0
    life: int = 0
    opened_ms: int = 0
    pnl: int = 0
    fees: int = 0
    funding: int = 0
    penalty: int = 0
    warned: bool = False

    @property
    def names(self) -> tuple[int, int, int, int]:
        """How events name it."""
        return (self.account, self.instrument, self.margin_mode, self.side)

    @property
    def size(self) -> int:
        """Lots without the sign."""
        return abs(self.lots)

    @property
    def isolated(self) -> bool:
        """Whether it stands on a margin of its own."""
        return self.margin_mode == MarginMode.ISOLATED

    def closable(self, side: int) -> int:
        """Lots that an order of ``side`` closes before it opens any."""
        return max(-self.lots if side == Side.BUY else self.lots, 0)

    def only_closes(self, side: int) -> bool:
        """Whether orders of ``side`` never open: in long-and-short mode, the other side of the position."""
        return (self.side, side) in ((PositionSide.LONG, Side.SELL), (PositionSide.SHORT, Side.BUY))

    def gain(self, price: int, lots: int) -> Fraction:
        """What ending ``lots`` of it at ``price`` brings."""
        entry = self.entry * lots / self.size
        left = self.contract.weight(price, lots) - entry
        risen = (-left if self.contract.inverse else left) * self.contract.unit
        return risen if self.lots > 0 else -risen

    def unrealized(self) -> int:
        """What it gained at the mark price, rounded down."""
        return floor(self.gain(self.contract.mark, self.size)) if self.lots else 0

    def entry_margin(self) -> int:
        """Entry value over leverage, rounded down."""
        return floor(self.entry * self.contract.unit * 100 / self.leverage)

    def mark_margin(self) -> int:
        """The initial margin at the mark, rounded up."""
        return ceil(self.contract.value(self.contract.mark, self.size) * 100 / self.leverage)

    def average(self) -> tuple[int, int]:
        """The average price in ticks and millionths of a millionth, rounded to nearest."""
        if self.lots == 0:
            return 0, 0
        exact = self.size / self.entry if self.contract.inverse else self.entry / self.size
        return divmod(floor(exact * PPM**2 + Fraction(1, 2)), PPM**2)

    def weigh(self, entry: Fraction) -> None:
        """Keep a new sum of weights; one with a huge denominator is rounded to 2**-128."""
        beyond = entry.denominator > EXACT_MAX
        self.entry = Fraction(floor(entry * EXACT_MAX + Fraction(1, 2)), EXACT_MAX) if beyond else entry

    def price_for(self, lots: int, least: int) -> int:
        """The price nearest to the losing side at which ending ``lots`` brings at least ``least``."""
        entry, wanted = self.entry * lots / self.size, least / self.contract.unit
        is_long = self.lots > 0
        if not self.contract.inverse:
            found = ceil((entry + wanted) / lots) if is_long else floor((entry - wanted) / lots)
        else:
            weight = entry - wanted if is_long else entry + wanted
            if weight <= 0:
                return INT_MAX
            found = ceil(lots / weight) if is_long else floor(lots / weight)
        return max(1, min(found, INT_MAX))


def require_contract_terms(command: c.ListContract) -> None:
    """Refuse terms that no contract can have."""
    scales = (command.price_scale, command.size_scale, command.contract_scale)
    require(command.instrument_id != "" and all(0 <= scale <= 18 for scale in scales), Rejection.FIELD_INVALID)
    require(0 < command.tick_step <= STEP_MAX and 0 < command.lot_step <= STEP_MAX, Rejection.FIELD_INVALID)
    factors = (command.contract_value, command.multiplier)
    require(all(0 < factor <= CONTRACT_VALUE_MAX for factor in factors), Rejection.FIELD_INVALID)
    maxima = (command.size_limit_max, command.size_market_max)
    require(0 < command.size_min <= INT_MAX and all(0 <= m <= INT_MAX for m in maxima), Rejection.FIELD_INVALID)
    require(0 < command.band_ppm < PPM and 0 <= command.fee_group < FEE_TIERS_MAX, Rejection.FIELD_INVALID)
    require(command.state in list(InstrumentState) and command.expiry_ms >= 0, Rejection.FIELD_INVALID)
    require(command.base != command.quote, Rejection.FIELD_INVALID)


def require_like(command: c.ListContract, family: Family, others: list[c.ListContract]) -> None:
    """Refuse a contract that does not suit its family: another kind, or lots worth something else."""
    dated = family.instrument_type == InstrumentType.FUTURES
    require(family.settle in (command.base, command.quote), Rejection.FIELD_INVALID)
    require(dated == (command.expiry_ms > 0), Rejection.FIELD_INVALID)
    same = ("base", "quote", "lot_step", "size_scale", "contract_value", "contract_scale", "multiplier")
    for other in others:
        require(all(getattr(other, name) == getattr(command, name) for name in same), Rejection.FIELD_INVALID)


def require_tier_fields(command: c.DefinePositionTier) -> None:
    """Refuse a tier that means nothing."""
    require(0 < command.maintenance_ppm <= command.initial_ppm <= PPM, Rejection.FIELD_INVALID)
    require(LEVERAGE_MIN <= command.leverage_max <= LEVERAGE_MAX, Rejection.FIELD_INVALID)
    require(0 < command.size_max <= INT_MAX and 1 <= command.tier <= TIERS_MAX, Rejection.FIELD_INVALID)


def require_tier_between(command: c.DefinePositionTier, tiers: list[c.DefinePositionTier]) -> None:
    """Refuse a tier that leaves a gap or is not larger than the one below and smaller than the one above."""
    require(command.tier <= len(tiers) + 1, Rejection.FIELD_INVALID)
    below = [tier.size_max for tier in tiers[: command.tier - 1]]
    above = [tier.size_max for tier in tiers[command.tier :]]
    require(all(size < command.size_max for size in below), Rejection.FIELD_INVALID)
    require(all(size > command.size_max for size in above), Rejection.FIELD_INVALID)
