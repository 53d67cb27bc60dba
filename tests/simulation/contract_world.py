"""The contracts of a random exchange: one underlying, linear and inverse, perpetual and dated, with tiers and funds.

Why here: a lot must be worth a sensible part of what accounts have, whatever scales the seed drew, or nobody could open
what a storm ends.
"""

import random
from dataclasses import dataclass
from itertools import product
from statistics import median

from lonja.core import commands as c
from lonja.core.families import MULTIPLIER_MAX
from lonja.core.kinds import InstrumentType, MarginMode, PositionSide
from lonja.core.texts import Text32

BASE, QUOTE = 0, 2
SWAP, DATED = InstrumentType.SWAP, InstrumentType.FUTURES
TIERS = (
    (
        (40, 5_000, 10_000, 10_000),
        (120, 10_000, 20_000, 5_000),
        (300, 20_000, 50_000, 2_000),
        (900, 50_000, 100_000, 1_000),
    ),
    ((30, 40_000, 50_000, 2_000), (60, 50_000, 60_000, 1_000), (90, 60_000, 100_000, 500), (900, 70_000, 200_000, 300)),
)
"""Tables of tiers: lots, maintenance and initial rate in ppm, leverage in hundredths."""
LOTS_MAX = 900
LEVERAGES = (100, 300, 500, 1_000, 1_000, 2_000, 2_000, 5_000, 10_000)
LOT_WORTH_MAX = 10**12


@dataclass(frozen=True)
class Family:
    """A family of contracts: its kind, what settles it, what a lot is worth there, the terms that all of it share, tiers."""

    kind: InstrumentType
    settle: int
    lot_worth: int
    terms: dict[str, int]
    tiers: tuple[tuple[int, int, int, int], ...]


@dataclass
class ContractWorld:
    """What was founded; ``commands`` found it. Codes begin with ``first``; prices are near ``middle`` ticks at first."""

    time_ms: int
    first: int
    middle: int
    price_scale: int
    families: list[Family]
    commands: list[c.Command]

    def listing(self, name: str, family: int, expiry_ms: int) -> c.ListContract:
        """Another contract of a family; dated ones have an expiry."""
        terms = {"base": BASE, "quote": QUOTE, "price_scale": self.price_scale, "expiry_ms": expiry_ms}
        terms |= self.families[family].terms
        return c.ListContract(self.time_ms, instrument_id=Text32(name), family=family, **terms)


def found_contracts(
    rng: random.Random, time_ms: int, scales: list[int], cash: dict[int, list[int]], first: int
) -> ContractWorld:
    """Two families of perpetuals and one or two of dated contracts, listed from the code ``first`` on.

    ``scales`` are those of the currencies; ``cash`` is what trading accounts have of each.
    """
    dated = [QUOTE, BASE] if rng.random() < 0.5 else [rng.choice((QUOTE, BASE))]
    kinds = [(SWAP, QUOTE), (SWAP, BASE), *((DATED, settle) for settle in dated)]
    world = ContractWorld(time_ms, first, rng.choice((500, 1_000, 7_000)), rng.randrange(4), [], [])
    for kind, settle in kinds:
        worth = max(1, min(int(median(cash[settle])) // rng.choice((10, 40, 150)), LOT_WORTH_MAX))
        world.families.append(_family(rng, world, (kind, settle), scales[settle], worth))
    _list_all(rng, world)
    return world


def _family(
    rng: random.Random, world: ContractWorld, what: tuple[InstrumentType, int], scale: int, worth: int
) -> Family:
    """A family whose lots are worth about ``worth`` at the middle price."""
    kind, settle = what
    size_scale, contract_scale = rng.randrange(3), rng.randrange(3)
    exponent = scale - size_scale - contract_scale
    # What a contract of value 1 would be worth, as a fraction of smallest units.
    if settle == QUOTE:
        exponent -= world.price_scale
        above, below = world.middle * 10 ** max(exponent, 0), 10 ** max(-exponent, 0)
    else:
        exponent += world.price_scale
        above, below = 10 ** max(exponent, 0), world.middle * 10 ** max(-exponent, 0)
    value = max(1, min(worth * below // above, MULTIPLIER_MAX))
    terms = {"size_scale": size_scale, "contract_scale": contract_scale, "contract_value": value}
    terms |= {"fee_group": rng.randrange(2), "band_ppm": rng.choice((50_000, 200_000))}
    return Family(kind, settle, max(1, value * above // below), terms, rng.choice(TIERS))


def _list_all(rng: random.Random, world: ContractWorld) -> None:
    """Found the families with their tiers and funds, list one contract of each, two of the last, and tell prices."""
    made = world.commands
    for number, family in enumerate(world.families):
        name = Text32(f"BTC-USD-{number}")
        made.append(c.DefineFamily(world.time_ms, name=name, instrument_type=family.kind, settle=family.settle))
        for tier, terms in enumerate(family.tiers, 1):
            made.append(c.DefinePositionTier(world.time_ms, -1, 0, 0, number, tier, *terms))
        endowment = family.lot_worth * rng.choice((0, 1, 3, 100))
        if endowment:
            made.append(c.EndowFund(world.time_ms, family=number, amount=endowment))
    last = len(world.families) - 1
    for number, family in enumerate((*range(last + 1), last)):
        expiry_ms = world.time_ms + 10**9 if world.families[family].kind == DATED else 0
        made.append(world.listing(f"BTC-USD-C{number}", family, expiry_ms))
        made.append(c.SetMarkPrice(world.time_ms, instrument=world.first + number, price=world.middle))


def choose_settings(rng: random.Random, world: ContractWorld, accounts: list[int]) -> list[c.Command]:
    """Some accounts hold longs and shorts side by side; many positions to come have a leverage of their own."""
    listed = [command for command in world.commands if isinstance(command, c.ListContract)]
    most = {world.first + n: world.families[row.family].tiers[0][3] for n, row in enumerate(listed)}
    time_ms = world.time_ms
    two_sided = [account for account in accounts if rng.random() < 0.3]
    made: list[c.Command] = [c.SetPositionMode(time_ms, account, position_mode=1) for account in two_sided]
    for account, instrument, mode in product(accounts, most, MarginMode):
        side = rng.choice((PositionSide.LONG, PositionSide.SHORT)) if account in two_sided else PositionSide.NET
        if rng.random() < 0.7:
            leverage = min(rng.choice(LEVERAGES), most[instrument])
            made.append(c.SetLeverage(time_ms, account, 0, 0, instrument, mode, side, leverage))
    return made
