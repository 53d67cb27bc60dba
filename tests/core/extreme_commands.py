"""Commands with the greatest, least and oddest numbers, on exchanges that are as extreme as may be."""

import random
from collections.abc import Iterator
from typing import Any

from lonja.core import commands as c
from lonja.core.contracts import ROOM, VALUE_MAX, Contract
from lonja.core.texts import Text32
from lonja.primitives.money import INT_MAX
from tests.core.scenario import Floor

WORD_MAX = 2**63 - 1
EXTREMES = [
    0,
    1,
    2,
    3,
    999_999,
    2**31,
    2**32 + 1,
    10**9,
    10**15,
    2**61,
    INT_MAX // 2,
    INT_MAX - 1,
    INT_MAX,
    2**62,
    WORD_MAX,
]

RATES = [(-100_000, -100_000), (100_000, 100_000), (0, 0), (-20, 1_000)]
SHAPES = [
    # base scale, quote scale, and terms of an instrument that is as extreme as may be
    (0, 0, {"price_scale": 18}),
    (0, 0, {}),
    (18, 0, {}),
    (18, 18, {"price_scale": 18, "size_scale": 18, "tick_step": 1_000_000, "lot_step": 1_000_000}),
    (0, 18, {}),
    (8, 8, {"price_scale": 2, "size_scale": 8}),
    (3, 0, {"price_scale": 18}),
    (18, 0, {"size_scale": 18}),
]


def extreme_floor(base_scale: int, quote_scale: int, terms: dict[str, int], rates: tuple[int, int]) -> Floor:
    """Three traders who own nearly all that may exist."""
    floor = Floor("")
    listing = " ".join(f"{name}={value}" for name, value in terms.items())
    floor.run(f"""> currency BASE scale={base_scale}
> currency QUOTE scale={quote_scale}
> instrument BTC-USD base=BASE quote=QUOTE {listing}
> fees tier=0 maker={rates[0]} taker={rates[1]}
> account ann
> account bob
> account cat
> deposit ann {INT_MAX // 3} BASE
> deposit bob {INT_MAX // 3} BASE
> deposit bob {INT_MAX // 3} QUOTE
> deposit cat {INT_MAX // 2} QUOTE""")
    return floor


CONTRACT_SHAPES = [
    # base scale, quote scale, terms of a contract, its mark
    (0, 0, {"price_scale": 18}, 10**18),
    (0, 0, {}, 1),
    (0, 0, {"contract_value": 10**12}, 1),
    (18, 18, {"contract_scale": 18, "price_scale": 18, "size_scale": 18}, 2**61),
    (18, 18, {}, 3),
    (8, 8, {"price_scale": 2, "size_scale": 1, "contract_scale": 2}, 10_000),
    (8, 8, {"price_scale": 2, "contract_value": 10}, 10_000),
    (18, 0, {"size_scale": 18, "tick_step": 1_000_000}, 7),
    (0, 18, {"price_scale": 18, "tick_step": 3, "lot_step": 7, "multiplier": 11}, INT_MAX),
]


def extreme_contracts(
    base_scale: int, quote_scale: int, terms: dict[str, int], mark: int, rates: tuple[int, int]
) -> Floor:
    """Four traders who own nearly all that may exist, and contracts that settle in either currency."""
    floor = Floor("")
    listing = " ".join(f"{name}={value}" for name, value in terms.items())
    floor.run(f"""> currency BASE scale={base_scale}
> currency QUOTE scale={quote_scale}
> fees tier=0 maker={rates[0]} taker={rates[1]}
> account ann mode=2
> account bob mode=2
> account cat mode=2
> account dan mode=2
> dan position_mode long_short
> family LINEAR settle=QUOTE
> family INVERSE settle=BASE
> family DATED settle=QUOTE kind=3
> tier LINEAR 1 size=1000000 mmr=1 imr=1 lever=1000
> tier LINEAR 2 size={INT_MAX} mmr=5000 imr=10000 lever=100
> tier INVERSE 1 size={INT_MAX} mmr=1 imr=1 lever=1000
> tier DATED 1 size={INT_MAX} mmr=1000000 imr=1000000 lever=1000
> instrument BTC-USD base=BASE quote=QUOTE price_scale={quote_scale}
> contract LIN family=LINEAR base=BASE quote=QUOTE {listing}
> contract INV family=INVERSE base=BASE quote=QUOTE {listing}
> contract END family=DATED base=BASE quote=QUOTE expiry_ms=1 {listing}
> deposit ann {INT_MAX // 4} BASE
> deposit bob {INT_MAX // 4} BASE
> deposit ann {INT_MAX // 4} QUOTE
> deposit bob {INT_MAX // 4} QUOTE
> deposit cat {INT_MAX // 8} QUOTE
> deposit dan {INT_MAX // 8} QUOTE
> endow LINEAR {INT_MAX // 8}""")
    for name in ("LIN", "INV", "END"):
        if name in floor.names.instruments:
            floor.run(f"> mark {name} {mark}")
    return floor


def _lots_worth(contract: Contract, price: int, value: int) -> int:
    """How many lots are worth no more than ``value`` at ``price``."""
    if contract.inverse:
        return value * price * contract.divisor // contract.unit
    return value * contract.divisor // (price * contract.unit)


def extreme_contract_commands(rng: random.Random, floor: Floor, count: int) -> Iterator[c.Command]:
    """Commands about contracts: sizes from one lot to all that could be borne, and now and then an extreme field."""
    for _ in range(count):
        instrument = rng.choice([0, 1, 1, 1, 2, 2, 2, 3, 3]) % len(floor.state.instruments)
        contract = floor.state.instruments[instrument].contract
        mark = 1 if contract is None else int(contract.mark) or 1
        account = rng.choice([2, 3, 4, 5])
        bearable = 2 if contract is None else max(2, min(_lots_worth(contract, mark, VALUE_MAX // ROOM), INT_MAX))
        part = max(1, bearable // rng.choice([1, 2, 3, 10, 10**3, 10**9]))
        size = rng.choice([1, 2, 7, part, part, part, part, rng.randrange(1, bearable), *EXTREMES[-3:]])
        value = max(1, VALUE_MAX // rng.choice([1, 2, 10**3, 10**6, 10**12]))
        price = rng.choice([mark, mark, mark, mark + 1, max(mark - 1, 1), mark * 104 // 100, max(mark * 96 // 100, 1)])
        terms: dict[str, Any] = {"account": account, "instrument": instrument}
        placed = c.PlaceContractOrder(
            **terms,
            side=rng.randrange(2),
            price=price,
            size=size,
            margin_mode=rng.randrange(2),
            position_side=rng.randrange(1, 3) if account == 5 else 0,
            self_trade_prevention=rng.choice([0, 2]),
            reduce_only=int(rng.random() < 0.15),
            client_order_id=Text32(rng.choice(["", "a", "b"])),
        )
        command: c.Command = rng.choice([
            *[placed] * 6,
            *[placed._replace(order_type=1, price=0)] * 2,
            c.AmendOrder(**terms, client_order_id=Text32("a"), new_size=size, new_price=rng.choice([-1, price])),
            c.SetLeverage(**terms, margin_mode=rng.randrange(2), leverage=rng.choice([100, 101, 300, 9_999, 100_000])),
            c.AdjustMargin(**terms, amount=rng.choice([1, -1]) * value),
            c.SetMarkPrice(instrument=instrument, price=rng.choice([price, price, price, size])),
            c.SettleFunding(instrument=instrument, rate=rng.choice([1, -1, 10**12, -(10**12), 10**8])),
            c.DeliverContract(instrument=instrument, price=price, fee_rate_ppm=100_000) if rng.random() < 0.01 else c.Tick(),
            c.Transfer(account=account, currency=rng.randrange(2), amount=value, from_ledger=rng.randrange(2), to_ledger=1),
        ])  # fmt: skip
        names = [name for name, form in type(command).__annotations__.items() if form is int][4:]
        if names and rng.random() < 0.1:
            change: dict[str, Any] = {rng.choice(names): rng.choice([*EXTREMES, -1, -(2**63)])}
            command = command._replace(**change)
        yield command


def extreme_commands(rng: random.Random, count: int) -> Iterator[c.Command]:
    """Commands of all kinds with some extreme numbers in any of their fields."""
    kinds = [kind for kind in c.COMMAND_KINDS if kind is not c.Tick]
    for _ in range(count):
        kind = rng.choice(kinds)
        fields: dict[str, Any] = {}
        for name, form in kind.__annotations__.items():
            if form is not int:
                fields[name] = rng.choice(["", "a", "b"])
            elif name not in ("time_ms", "session"):
                fields[name] = rng.choice([0, 0, 1, 1, 2, 3, *EXTREMES, -1, -(2**63)])
        yield kind(**fields)
