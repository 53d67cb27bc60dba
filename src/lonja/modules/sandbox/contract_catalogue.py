"""Which contracts the sandbox lists: families with their tiers and Security Funds, and how lively each contract is.

Names, contract values and lots are facts, typical of OKX, from ``contracts.csv``; ticks are those of the spot pair. Tiers
are made up in dollars and turned to contracts at the catalogue's price. Invariant: what has a place in the order of
families keeps it, and a family's contract value and lot never change, so that codes in data folders stay the same.
"""

import csv
from collections.abc import Collection, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from lonja.core.kinds import InstrumentType
from lonja.modules.sandbox.catalogue import ASSETS, INSTRUMENTS, InstrumentFact
from lonja.modules.sandbox.prices import USD

USD_SCALE: Final = 8

CONTRACT_FEE_GROUP: Final = 1
CONTRACT_FEES_PPM: Final = ((0, 200, 500), (1, 0, 0))
"""Fee tier of customers and of simulated traders, maker and taker rate."""

CONTRACT_BAND_PPM: Final = 50_000
FUND_UNITS: Final = {"USDT": 10_000}
FUND_UNITS_ELSEWHERE: Final = 1_000
"""Whole units in each Security Fund at the beginning."""

QUIET_PRICE: Final = 100
"""Where the indices of the quiet contracts begin, in whole units of quote currency."""

QUIET_INDICES: Final = ("QUIET-USDT", "QUIET-USD")
"""Indices that move only when somebody says so."""

DATED: Final = ("BTC", "ETH")
"""Bases of dated contracts, linear and inverse; their linear swaps have a crowd."""

CROWD_SIZE: Final = 40
"""How many leveraged customers there are for each contract that has a crowd; every second one sells short."""


_LIVELY_PACE_MS_MAX: Final = 15_000


class TierFact(NamedTuple):
    """A position tier: the largest size in dollars, rates in parts per million, leverage."""

    usd: int
    maintenance_ppm: int
    initial_ppm: int
    leverage: int


class FamilyFact(NamedTuple):
    """A family, and what its contracts are like; steps as decimal text, sizes in contracts.

    ``tiers`` are largest size, maintenance rate, initial rate and leverage. ``pace_ms``, ``trade_usd``, ``spread_bps``,
    ``depth`` and ``levels`` say how simulated traders act on it, as in ``InstrumentFact``; a pace of 0 leaves it alone.
    ``crowd`` is how many leveraged customers hold positions in it.
    """

    base: str
    quote: str
    instrument_type: int
    contract_value: str
    lot_size: str
    tick_size: str
    tiers: tuple[tuple[int, int, int, int], ...]
    pace_ms: int = 0
    trade_usd: float = 0.0
    spread_bps: float = 0.0
    depth: float = 20.0
    levels: int = 12
    crowd: int = 0

    @property
    def name(self) -> str:
        """The family's name, which is also that of the index it follows."""
        return f"{self.base}-{self.quote}"

    @property
    def is_inverse(self) -> bool:
        """Whether it settles in the base currency."""
        return self.quote == USD

    @property
    def is_dated(self) -> bool:
        """Whether its contracts expire."""
        return self.instrument_type == InstrumentType.FUTURES

    @property
    def is_lively(self) -> bool:
        """Whether people look at it much, so that it trades often and has a past."""
        return 0 < self.pace_ms <= _LIVELY_PACE_MS_MAX

    @property
    def settle(self) -> str:
        """The currency of margin and profit."""
        return self.base if self.is_inverse else self.quote

    @property
    def swap_id(self) -> str:
        """The name of its perpetual contract."""
        return f"{self.name}-SWAP"

    @property
    def title(self) -> str:
        """By which it is told from the other kind on the same index, such as ``BTC-USDT swap``."""
        return f"{self.name} {'futures' if self.is_dated else 'swap'}"

    @property
    def base_per_contract(self) -> float:
        """How much base one contract is worth at the catalogue's price."""
        value = float(self.contract_value)
        return value / ASSETS[self.base].price if self.is_inverse else value

    @property
    def fund_units(self) -> int:
        """Whole units of the settlement currency in its Security Fund at the beginning."""
        return FUND_UNITS.get(self.settle, FUND_UNITS_ELSEWHERE)


_QUIET_TIERS = (
    (1_000, 5_000, 10_000, 100),
    (5_000, 10_000, 20_000, 50),
    (20_000, 20_000, 50_000, 20),
    (100_000, 50_000, 100_000, 10),
)

_TIERS_OF_MAJORS = (
    TierFact(5_000_000, 4_000, 10_000, 100),
    TierFact(10_000_000, 5_000, 13_300, 75),
    TierFact(20_000_000, 10_000, 20_000, 50),
    TierFact(50_000_000, 20_000, 50_000, 20),
    TierFact(100_000_000, 50_000, 100_000, 10),
    TierFact(300_000_000, 100_000, 200_000, 5),
)
_TIERS_OF_LIVELY = (
    TierFact(500_000, 6_500, 13_300, 75),
    TierFact(1_000_000, 10_000, 20_000, 50),
    TierFact(5_000_000, 20_000, 50_000, 20),
    TierFact(20_000_000, 50_000, 100_000, 10),
    TierFact(60_000_000, 100_000, 200_000, 5),
)
_TIERS_ELSEWHERE = (
    TierFact(100_000, 10_000, 20_000, 50),
    TierFact(500_000, 20_000, 50_000, 20),
    TierFact(2_000_000, 50_000, 100_000, 10),
    TierFact(10_000_000, 100_000, 200_000, 5),
)

LIVELY_LINEAR: Final = 25
LIVELY_INVERSE: Final = 3
"""How many of each kind are as lively as their spot pairs; the others are there, and quiet."""

_USD_PER_TRADE: Final = 400.0


def _rows() -> list[dict[str, str]]:
    with (Path(__file__).parent / "contracts.csv").open(encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


def _tiers(facts: tuple[TierFact, ...], usd_per_contract: float) -> tuple[tuple[int, int, int, int], ...]:
    """Sizes rounded up to one digit, as venues publish them."""
    made = []
    for fact in facts:
        contracts = round(fact.usd / usd_per_contract)
        digit: int = 10 ** (len(str(contracts)) - 1)
        made.append((-(-contracts // digit) * digit, fact.maintenance_ppm, fact.initial_ppm, fact.leverage))
    return tuple(made)


def _tier_facts(base: str, rank: int) -> tuple[TierFact, ...]:
    if base in DATED:
        return _TIERS_OF_MAJORS
    return _TIERS_OF_LIVELY if rank < LIVELY_LINEAR else _TIERS_ELSEWHERE


def _family(row: dict[str, str], rank: int, quote: str, kind: int, spot: InstrumentFact) -> FamilyFact:
    base, is_inverse, is_dated = row["base"], quote == USD, kind == InstrumentType.FUTURES
    usd = float(row["inverse_value"]) if is_inverse else float(row["contract_value"]) * ASSETS[base].price
    made = FamilyFact(
        base=base,
        quote=quote,
        instrument_type=kind,
        contract_value=row["inverse_value" if is_inverse else "contract_value"],
        lot_size="1" if is_inverse else row["lot"],
        tick_size=spot.tick_size,
        tiers=_tiers(_tier_facts(base, rank), usd),
        crowd=CROWD_SIZE if base in DATED and not (is_inverse or is_dated) else 0,
    )
    is_lively = not is_dated and rank < (LIVELY_INVERSE if is_inverse else LIVELY_LINEAR)
    if is_lively:
        pace_ms = (3 if is_inverse else 2) * spot.pace_ms
        return made._replace(
            pace_ms=pace_ms, trade_usd=spot.trade_usd, spread_bps=spot.spread_bps, depth=spot.depth / 2, levels=30
        )
    return made._replace(
        pace_ms=20_000 if is_dated else 20_000 + 400 * rank, trade_usd=_USD_PER_TRADE, spread_bps=4.0 + rank / 25.0
    )


def _quiet(quote: str, contract_value: str, lot_size: str) -> FamilyFact:
    return FamilyFact("QUIET", quote, InstrumentType.SWAP, contract_value, lot_size, "0.01", _QUIET_TIERS)


def _families() -> Iterator[FamilyFact]:
    spot = {fact.base: fact for fact in INSTRUMENTS if fact.quote == "USDT"}
    rows = list(enumerate(_rows()))
    yield _quiet("USDT", "1", "0.1")
    yield _quiet(USD, "10", "1")
    for rank, row in rows:
        yield _family(row, rank, "USDT", InstrumentType.SWAP, spot[row["base"]])
    for rank, row in rows:
        if row["inverse_value"]:
            yield _family(row, rank, USD, InstrumentType.SWAP, spot[row["base"]])
    for rank, row in rows:
        for quote in ("USDT", USD) if row["base"] in DATED else ():
            yield _family(row, rank, quote, InstrumentType.FUTURES, spot[row["base"]])


FAMILIES: Final = tuple(_families())


def families_on(spot_ids: Collection[str]) -> list[FamilyFact]:
    """The families whose spot pair is among ``spot_ids``."""
    return [fact for fact in FAMILIES if f"{fact.base}-USDT" in spot_ids]


def steps_of_contract(fact: FamilyFact) -> tuple[int, int, int, int, int, int]:
    """Tick step and price scale, lot step and size scale, contract value and its scale."""
    return (*_split(fact.tick_size), *_split(fact.lot_size), *_split(fact.contract_value))


def contracts_worth(fact: FamilyFact, usd: int) -> int:
    """How many lots are worth ``usd`` at the catalogue's price, rounded up to one digit."""
    lots = round(usd / ASSETS[fact.base].price / fact.base_per_contract / float(fact.lot_size))
    digit: int = 10 ** (len(str(lots)) - 1)
    return -(-lots // digit) * digit


def lots_of(fact: FamilyFact, contracts: int) -> int:
    """So many contracts in lots."""
    return int(contracts / Decimal(fact.lot_size))


def _split(step: str) -> tuple[int, int]:
    whole, _, fraction = step.partition(".")
    return int(whole + fraction), len(fraction)
