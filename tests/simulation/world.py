"""A random exchange from a seed: currencies, instruments, fee tiers, families of accounts with money, contracts.

Why here: rounding and limits depend on scales and steps, so every seed has others.
"""

import random
from dataclasses import dataclass, field
from itertools import product

from lonja.core import commands as c
from lonja.core.kinds import AccountMode, Ledger
from lonja.core.texts import Text16, Text32
from lonja.primitives.money import INT_MAX
from tests.simulation.collateral_workload import found_collateral
from tests.simulation.contract_world import ContractWorld, choose_settings, found_contracts
from tests.simulation.pocket_workload import found_pockets

START_MS = 1_790_000_000_000
CURRENCIES = ("BTC", "ETH", "USD", "EUR")
MASTERS, SUBS = 4, 3


@dataclass(frozen=True)
class Market:
    """An instrument, the price around which it is traded, and how many lots an ordinary order has."""

    middle: int
    lots: int


@dataclass
class World:
    """What was founded; ``commands`` found it."""

    commands: list[c.Command] = field(default_factory=list)
    scales: list[int] = field(default_factory=list)
    markets: list[Market] = field(default_factory=list)
    accounts: list[int] = field(default_factory=list)
    traders: list[int] = field(default_factory=list)
    lends: bool = False
    contracts: ContractWorld = field(init=False)


def found_world(rng: random.Random, lends: bool = False) -> World:
    """A world drawn from ``rng``; where it ``lends``, accounts stand on all their currencies."""
    world = World(lends=lends)
    for name in CURRENCIES:
        world.scales.append(rng.choice((0, 2, 4, 8)))
        world.commands.append(c.CreateCurrency(START_MS, name=Text16(name), scale=world.scales[-1]))
    for tier, group in product(range(4), range(2)):
        maker, taker = rng.choice((-500, -20, 0, 333, 800)), rng.choice((-100, 0, 1, 1_000, 50_000))
        world.commands.append(
            c.DefineFeeTier(START_MS, fee_tier=tier, fee_group=group, maker_rate_ppm=maker, taker_rate_ppm=taker)
        )
    _found_accounts(world, rng)
    for number in range(rng.randrange(2, 4)):
        _list_market(world, rng, number)
    _give_money(world, rng)
    cash = trading_cash(world)
    world.contracts = found_contracts(rng, START_MS, world.scales, cash, len(world.markets))
    world.commands += world.contracts.commands
    world.commands += choose_settings(rng, world.contracts, world.traders)
    if lends:
        given = [command for command in world.commands if isinstance(command, c.Deposit)]
        world.commands += found_collateral(rng, START_MS, world.scales, given)
        listings = [command for command in world.commands if isinstance(command, c.ListInstrument)]
        world.commands += found_pockets(listings, [market.middle for market in world.markets], START_MS)
    return world


def trading_cash(world: World) -> dict[int, list[int]]:
    """What trading accounts were given, by currency."""
    given = [command for command in world.commands if isinstance(command, c.Deposit)]
    return {
        currency: [row.amount for row in given if (row.currency, row.ledger) == (currency, Ledger.TRADING)]
        for currency in range(len(CURRENCIES))
    }


def _found_accounts(world: World, rng: random.Random) -> None:
    for number in range(MASTERS + SUBS):
        master = -1 if number < MASTERS else rng.choice(world.accounts[:MASTERS])
        mode = rng.choice((AccountMode.FUTURES, AccountMode.FUTURES, AccountMode.FUTURES, AccountMode.SPOT))
        settings = {"self_trade_prevention": rng.choice((1, 1, 2, 3)), "fee_tier": rng.randrange(4)}
        world.commands.append(c.CreateAccount(START_MS, master=master, **settings, account_mode=mode))
        world.accounts.append(2 + number)
        if mode == AccountMode.FUTURES:
            world.traders.append(2 + number)


def _list_market(world: World, rng: random.Random, number: int) -> None:
    base, quote = rng.sample(range(len(CURRENCIES)), 2)
    market = Market(middle=rng.choice((30, 100, 1_000)), lots=rng.choice((5, 20, 1_000)))
    limited = rng.random() < 0.3
    world.commands.append(
        c.ListInstrument(
            START_MS,
            instrument_id=Text32(f"{CURRENCIES[base]}-{CURRENCIES[quote]}-{number}"),
            base=base,
            quote=quote,
            settle=quote,
            price_scale=rng.randrange(5),
            tick_step=rng.choice((1, 1, 5, 25)),
            size_scale=rng.randrange(world.scales[base] + 1),
            lot_step=rng.choice((1, 1, 3, 10)),
            size_min=rng.choice((1, 1, 3)),
            size_limit_max=market.lots * 3 if limited else 0,
            size_market_max=market.lots * 2 if limited else 0,
            band_ppm=rng.choice((50_000, 200_000)),
            fee_group=rng.randrange(2),
        )
    )
    world.markets.append(market)
    if rng.random() < 0.7:
        world.commands.append(c.SetIndexPrice(START_MS, instrument=number, price=market.middle))


def _give_money(world: World, rng: random.Random) -> None:
    """Enough for some orders in every instrument of a currency, for some accounts not quite."""
    for account, currency, ledger in product(world.accounts, range(len(CURRENCIES)), Ledger):
        orders = rng.choice((2, 10, 40, 200)) if ledger == Ledger.TRADING else 3
        amount = orders * max([1, *(order_cost(world, number, currency) for number in range(len(world.markets)))])
        amount = min(amount, INT_MAX // 100)  # or the supply would not suffice for all
        world.commands.append(c.Deposit(START_MS, account, currency=currency, ledger=ledger, amount=amount))


def order_cost(world: World, number: int, currency: int) -> int:
    """Roughly what an ordinary order of an instrument costs in ``currency``; 0 when it needs none of it."""
    listing = [command for command in world.commands if isinstance(command, c.ListInstrument)][number]
    market = world.markets[number]
    if currency == listing.base:
        return int(market.lots * listing.lot_step * 10 ** (world.scales[currency] - listing.size_scale))
    if currency != listing.quote:
        return 0
    product_of_steps = market.middle * market.lots * listing.tick_step * listing.lot_step
    return int(product_of_steps * 10 ** world.scales[currency] // 10 ** (listing.price_scale + listing.size_scale))
