"""What the operator sets up for contracts: families, tiers, contracts, mark prices, funds; and the QUIET swaps."""

from typing import Any

import pytest

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.admin import INSTRUMENT_MAX
from lonja.core.families import FAMILY_MAX
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from lonja.primitives.money import INT_MAX
from tests.core.precedence import Reason, expect_each, expect_precedence
from tests.core.scenario import CONTRACTS, Floor, play

INVALID = Rejection.FIELD_INVALID
BTC, USD, EUR = 0, 1, 2
LINEAR, INVERSE, DATED = 0, 1, 2
LIN, PAIR = 0, 2
BEYOND = (-1, INT_MAX + 1, 2**63 - 1, -(2**63))


def invalid(**fields: tuple[object, ...]) -> list[Reason]:
    """One reason per bad value of a field."""
    return [Reason(INVALID, {name: value}) for name, values in fields.items() for value in values]


FAMILY = c.DefineFamily(name=Text32("NEW"), instrument_type=2, settle=USD)
TIER = c.DefinePositionTier(
    family=LINEAR, tier=5, size_max=20_000, maintenance_ppm=100_000, initial_ppm=200_000, leverage_max=500
)
LISTING = c.ListContract(instrument_id=Text32("NEW-SWAP"), family=LINEAR, base=BTC, quote=USD)
MARK = c.SetMarkPrice(instrument=LIN, price=100, buy_max=110, sell_min=90)
ENDOWMENT = c.EndowFund(family=LINEAR, amount=1)
TABLES: dict[str, tuple[c.Command, list[Reason]]] = {
    "family": (
        FAMILY,
        [
            *invalid(name=("",), instrument_type=(0, 1, 4, -1)),
            *(Reason(Rejection.CURRENCY_NOT_FOUND, {"settle": settle}) for settle in (3, -1)),
            Reason(Rejection.NAME_TAKEN, {"name": "LINEAR"}),
        ],
    ),
    "tier": (
        TIER,
        [
            *invalid(maintenance_ppm=(0, -1, 200_001), initial_ppm=(99_999, 1_000_001), leverage_max=(99, 100_001)),
            *invalid(size_max=(0, -1, INT_MAX + 1), tier=(0, -1, 101)),
            *(Reason(Rejection.INSTRUMENT_NOT_FOUND, {"family": family}) for family in (3, -1)),
        ],
    ),
    "contract": (
        LISTING,
        [
            *invalid(instrument_id=("",), price_scale=(-1, 19), size_scale=(-1, 19), contract_scale=(-1, 19)),
            *invalid(tick_step=(0, 1_000_001), lot_step=(0, 1_000_001), size_min=(0, INT_MAX + 1)),
            *invalid(size_limit_max=BEYOND, size_market_max=BEYOND, contract_value=(0, 10**12 + 1)),
            *invalid(multiplier=(0, 10**12 + 1), band_ppm=(0, 1_000_000), fee_group=(-1, 64), state=(-1, 5)),
            *invalid(expiry_ms=(-1,)),
            Reason(INVALID, {"base": BTC, "quote": BTC}),
            *(Reason(Rejection.CURRENCY_NOT_FOUND, {"base": currency}) for currency in (3, -1)),
            *(Reason(Rejection.CURRENCY_NOT_FOUND, {"quote": currency}) for currency in (3, -1)),
            *(Reason(Rejection.INSTRUMENT_NOT_FOUND, {"family": family}) for family in (3, -1)),
            Reason(Rejection.NAME_TAKEN, {"instrument_id": "LIN"}),
            Reason(Rejection.NAME_TAKEN, {"instrument_id": "BTC-USD"}),
        ],
    ),
    "mark": (
        MARK,
        [
            *invalid(price=(0, *BEYOND), buy_max=(0, 89, INT_MAX + 1), sell_min=(0, -1, 111)),
            *(Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": instrument}) for instrument in (3, -1)),
        ],
    ),
    "endowment": (
        ENDOWMENT,
        [
            *(Reason(Rejection.INSTRUMENT_NOT_FOUND, {"family": family}) for family in (3, -1)),
            *(Reason(Rejection.AMOUNT_NOT_POSITIVE, {"amount": amount}) for amount in (0, -1)),
            Reason(Rejection.SUPPLY_EXCEEDED, {"amount": INT_MAX}),
        ],
    ),
}
LATER: dict[str, tuple[c.Command, list[Reason]]] = {
    "tier": (TIER, invalid(tier=(6,), size_max=(10_000,))),
    "changed tier": (TIER._replace(tier=2, size_max=500), invalid(size_max=(100, 2_000))),
    "contract of a family": (
        LISTING,
        [
            *invalid(base=(EUR,), lot_step=(2,), size_scale=(1,), contract_value=(2,), contract_scale=(1,)),
            *invalid(multiplier=(2,), expiry_ms=(1,), family=(INVERSE, DATED)),
            Reason(INVALID, {"base": BTC, "quote": EUR}),
        ],
    ),
    "dated contract": (
        LISTING._replace(family=DATED, expiry_ms=1),
        [*invalid(expiry_ms=(0,)), Reason(INVALID, {"contract_value": 2, "size_min": INT_MAX})],
    ),
    "mark": (MARK, invalid(instrument=(PAIR,))),
}
"""What is asked last, because it needs to know the family or the instrument."""


@pytest.fixture
def floor() -> Floor:
    """The usual contracts, a third currency, a spot instrument and an empty family of dated contracts."""
    made = Floor(CONTRACTS)
    made.run("> currency EUR scale=0\n> instrument BTC-USD base=BTC quote=USD\n> family DATED settle=USD kind=3")
    return made


@pytest.mark.parametrize("table", TABLES)
def test_each_reason_alone_is_told(floor: Floor, table: str) -> None:
    expect_each(floor, *TABLES[table])


@pytest.mark.parametrize("table", LATER)
def test_what_does_not_fit_is_told(floor: Floor, table: str) -> None:
    expect_each(floor, *LATER[table])


@pytest.mark.parametrize("table", TABLES)
def test_of_two_reasons_the_first_is_told(floor: Floor, table: str) -> None:
    expect_precedence(floor, *TABLES[table], pairs_min=2)


@pytest.mark.parametrize("table", [*TABLES, *LATER])
def test_the_sound_commands_of_the_tables_are_accepted(floor: Floor, table: str) -> None:
    assert floor.apply({**TABLES, **LATER}[table][0])[0] == Rejection.NONE


def test_capacity_is_refused_before_it_runs_out(floor: Floor) -> None:
    state = floor.state
    state.families.extend([state.families[0]] * (FAMILY_MAX - 3))
    assert floor.apply_unchecked(FAMILY)[0] == Rejection.CAPACITY_REACHED
    state.instruments.extend([state.instruments[0]] * (INSTRUMENT_MAX - 3))
    assert floor.apply_unchecked(LISTING)[0] == Rejection.CAPACITY_REACHED


def test_setting_up_contracts() -> None:
    play(
        """
        > family LINEAR settle=USD kind=3
          family 2: LINEAR in USD, fund 7
        > tier LINEAR 1 size=100 mmr=4000 imr=10000 lever=125
          tier 1 of LINEAR: up to 100, maintenance 4000, initial 10000, x125
        > tier LINEAR 5 size=20000 mmr=60000 imr=120000 lever=8
          tier 5 of LINEAR: up to 20000, maintenance 60000, initial 120000, x8
        > contract LIN2 family=LINEAR base=BTC quote=USD
          contract 2: LIN2
        > mark LIN 200
          LIN mark 200: buy <= 210, sell >= 190
        > mark LIN 200 buy_max=203 sell_min=198
          LIN mark 200: buy <= 203, sell >= 198
        > endow LINEAR 500
          endowed LINEAR with 500: 10500
        > balances fund_LINEAR house
          fund_LINEAR: 10500 USD, 0 USD funding
          house: -13000 BTC, -310500 USD
        """,
        Floor(CONTRACTS),
    )


def test_a_mark_that_makes_all_open_lots_worth_too_much_is_refused() -> None:
    """What is told of positions fits a word; whoever tells such a price has made a mistake."""
    floor = Floor(CONTRACTS)
    floor.run("> bob sell 100 @ 100 on=LIN\n> ann buy 100 @ 100 on=LIN")
    most = 2**56 // 100
    expect_each(floor, MARK._replace(buy_max=0, sell_min=0), [Reason(INVALID, {"price": most + 1})])
    assert floor.apply(c.SetMarkPrice(instrument=LIN, price=most))[0] == Rejection.NONE


def test_a_listing_is_told_whole(floor: Floor) -> None:
    listing = LISTING._replace(
        family=DATED,
        price_scale=1,
        tick_step=2,
        size_scale=3,
        lot_step=4,
        size_min=5,
        size_limit_max=6,
        size_market_max=7,
        band_ppm=8,
        fee_group=9,
        state=1,
        contract_value=10,
        contract_scale=11,
        multiplier=12,
        expiry_ms=13,
    )
    _, events = floor.apply(listing)
    assert isinstance(events[0], e.ContractListed)
    assert events[0][3:] == listing[4:]


UNITS: list[tuple[int, dict[str, Any], str, tuple[int, int], tuple[int, int]]] = [
    # scale of the settlement currency, terms, kind, price and lots, what they are worth in smallest units
    (8, {"contract_value": 1, "price_scale": 2, "size_scale": 1}, "linear", (10_000, 100), (1_000 * 10**8, 1)),
    (8, {"contract_value": 10, "price_scale": 2}, "inverse", (10_000, 100), (10 * 10**8, 1)),
    (6, {"contract_value": 1, "contract_scale": 2, "price_scale": 1}, "linear", (650_000, 3), (1_950 * 10**6, 1)),
    (8, {"contract_value": 100, "price_scale": 1}, "inverse", (650_000, 13), (2 * 10**6, 1)),
    (0, {"contract_value": 1, "contract_scale": 3, "price_scale": 2}, "linear", (5, 7), (35, 10**5)),
    (2, {"contract_value": 7, "multiplier": 3, "tick_step": 5, "lot_step": 2}, "linear", (10, 4), (840_000, 1)),
    (2, {"contract_value": 7, "multiplier": 3, "tick_step": 5, "lot_step": 2}, "inverse", (10, 4), (16_800, 50)),
]


@pytest.mark.parametrize(("scale", "terms", "kind", "trade", "worth"), UNITS)
def test_what_lots_are_worth(
    scale: int, terms: dict[str, Any], kind: str, trade: tuple[int, int], worth: tuple[int, int]
) -> None:
    """Ticks, lots, contract value, multiplier and scales make a fraction of smallest units."""
    floor = Floor("")
    floor.run(f"> currency BASE scale={scale}\n> currency QUOTE scale={scale}")
    floor.run(f"> family F settle={'QUOTE' if kind == 'linear' else 'BASE'}")
    listing = c.ListContract(instrument_id=Text32("X"), family=0, base=0, quote=1, **terms)
    assert floor.apply(listing)[0] == Rejection.NONE
    contract = floor.state.instruments[0].contract
    assert contract is not None
    numerator, denominator = contract.value(*trade)
    assert numerator * worth[1] == worth[0] * denominator


# The swaps that no simulated trader touches, with the parameters of the sandbox.

QUIET = f"""
    > currency USDT scale=8
    > currency QUIET scale=8
    > currency USD scale=8
    > fees tier=0 group=1 maker=200 taker=500
    > family QUIET-USDT settle=USDT
    > family QUIET-USD settle=QUIET
    > tier QUIET-USDT 1 size=10000 mmr=5000 imr=10000 lever=100
    > tier QUIET-USDT 2 size=50000 mmr=10000 imr=20000 lever=50
    > tier QUIET-USDT 3 size=200000 mmr=20000 imr=50000 lever=20
    > tier QUIET-USDT 4 size=1000000 mmr=50000 imr=100000 lever=10
    > tier QUIET-USD 1 size=1000 mmr=5000 imr=10000 lever=100
    > tier QUIET-USD 2 size=5000 mmr=10000 imr=20000 lever=50
    > tier QUIET-USD 3 size=20000 mmr=20000 imr=50000 lever=20
    > tier QUIET-USD 4 size=100000 mmr=50000 imr=100000 lever=10
    > contract QUIET-USDT-SWAP family=QUIET-USDT base=QUIET quote=USDT price_scale=2 size_scale=1 fee_group=1
    > contract QUIET-USD-SWAP family=QUIET-USD base=QUIET quote=USD price_scale=2 contract_value=10 fee_group=1
    > endow QUIET-USDT {10_000 * 10**8}
    > endow QUIET-USD {1_000 * 10**8}
    > mark QUIET-USDT-SWAP 10000
    > mark QUIET-USD-SWAP 10000
    > account ann mode=2
    > account bob mode=2
    > deposit ann {100_000 * 10**8} USDT
    > deposit bob {100_000 * 10**8} USDT
    > deposit ann {1_000 * 10**8} QUIET
    > deposit bob {1_000 * 10**8} QUIET
"""


def test_ten_quiet_at_a_hundred_are_a_thousand_usdt() -> None:
    """By 10, 100 USDT of margin; 0.2 USDT for the maker and 0.5 for the taker. One dollar up is ten dollars."""
    play(
        """
        > ann lever 10 on=QUIET-USDT-SWAP isolated
          leverage of ann QUIET-USDT-SWAP isolated: x10
        > bob sell 100 @ 10000 on=QUIET-USDT-SWAP id=b
          placed b: sell 100 @ 10000
          margins b: cross x3
          rests b: 100 @ 10000
        > margins bob USDT
          bob: equity 10000000000000, held 33353333334, initial 0, free 9966646666666, spendable 9966646666666
        > ann buy 100 @ 10000 on=QUIET-USDT-SWAP isolated id=a
          placed a: buy 100 @ 10000
          margins a: isolated x10
          trade 1: taker a buys 100 @ 10000 = 100000000000, fee 50000000 USDT, filled
          trade 1: maker b sells 100 @ 10000 = 100000000000, fee 20000000 USDT, filled
          ann QUIET-USDT-SWAP isolated filled: +100 @ 10000 makes +100 @ 10000, fee 50000000, margin +10000000000 to 10000000000, cash 9989950000000
          bob QUIET-USDT-SWAP cross filled: -100 @ 10000 makes -100 @ 10000, fee 20000000, cash 9999980000000
        > mark QUIET-USDT-SWAP 10100
          QUIET-USDT-SWAP mark 10100: buy <= 10605, sell >= 9595
        > bob buy 100 @ 10100 on=QUIET-USDT-SWAP id=c
          placed c: buy 100 @ 10100
          margins c: cross x3
          rests c: 100 @ 10100
        > ann sell 100 @ 10100 on=QUIET-USDT-SWAP isolated id=d
          placed d: sell 100 @ 10100
          margins d: isolated x10
          trade 2: taker d sells 100 @ 10100 = 101000000000, fee 50500000 USDT, filled
          trade 2: maker c buys 100 @ 10100 = 101000000000, fee 20200000 USDT, filled
          ann QUIET-USDT-SWAP isolated filled: -100 @ 10100 makes flat, gained 1000000000, fee 50500000, margin -10000000000 to 0, cash 10000899500000
          bob QUIET-USDT-SWAP cross filled: +100 @ 10100 makes flat, gained -1000000000, fee 20200000, cash 9998959800000
        """,
        Floor(QUIET),
    )


def test_a_hundred_contracts_of_ten_dollars_are_ten_quiet_at_a_hundred() -> None:
    """At 125 they are worth 8: the long has gained 2, whoever was short has lost them."""
    play(
        """
        > bob sell 100 @ 10000 on=QUIET-USD-SWAP id=b
          placed b: sell 100 @ 10000
          margins b: cross x3
          rests b: 100 @ 10000
        > ann buy 100 @ 10000 on=QUIET-USD-SWAP id=a
          placed a: buy 100 @ 10000
          margins a: cross x3
          trade 1: taker a buys 100 @ 10000 = 1000000000, fee 500000 QUIET, filled
          trade 1: maker b sells 100 @ 10000 = 1000000000, fee 200000 QUIET, filled
          ann QUIET-USD-SWAP cross filled: +100 @ 10000 makes +100 @ 10000, fee 500000, cash 99999500000
          bob QUIET-USD-SWAP cross filled: -100 @ 10000 makes -100 @ 10000, fee 200000, cash 99999800000
        > mark QUIET-USD-SWAP 12500
          QUIET-USD-SWAP mark 12500: buy <= 13125, sell >= 11875
        > margins ann QUIET
          ann: equity 100199500000, held 0, initial 266666667, free 99932833333, spendable 99932833333
        > bob buy 100 @ 12500 on=QUIET-USD-SWAP id=c
          placed c: buy 100 @ 12500
          margins c: cross x3
          rests c: 100 @ 12500
        > ann sell 100 @ 12500 on=QUIET-USD-SWAP id=d
          placed d: sell 100 @ 12500
          margins d: cross x3
          trade 2: taker d sells 100 @ 12500 = 800000000, fee 400000 QUIET, filled
          trade 2: maker c buys 100 @ 12500 = 800000000, fee 160000 QUIET, filled
          ann QUIET-USD-SWAP cross filled: -100 @ 12500 makes flat, gained 200000000, fee 400000, cash 100199100000
          bob QUIET-USD-SWAP cross filled: +100 @ 12500 makes flat, gained -200000000, fee 160000, cash 99799640000
        """,
        Floor(QUIET),
    )


@pytest.mark.parametrize(
    ("leverage", "contracts"), [(100, 1_000), (50, 5_000), (20, 20_000), (10, 100_000), (1, 100_000)]
)
@pytest.mark.parametrize(("instrument", "lots_each"), [("QUIET-USDT-SWAP", 10), ("QUIET-USD-SWAP", 1)])
def test_the_quiet_tiers_bound_positions(leverage: int, contracts: int, instrument: str, lots_each: int) -> None:
    floor = Floor(QUIET)
    floor.run(f"> deposit ann {10**17} USDT\n> deposit ann {10**16} QUIET\n> ann lever {leverage} on={instrument}")
    lots = contracts * lots_each
    beyond = "position_above_max" if contracts == 100_000 else "leverage_above_tier"
    told = floor.run(f"> ann buy {lots + 1} @ 10000 on={instrument}\n> ann buy {lots} @ 10000 on={instrument}")
    assert told.split("\n")[1].strip() == f"refused: {beyond}"
    assert told.split("\n")[-1].strip().startswith("rests")


@pytest.mark.parametrize("instrument", ["QUIET-USDT-SWAP", "QUIET-USD-SWAP"])
def test_the_quiet_band_lies_five_per_cent_around_the_mark(instrument: str) -> None:
    floor = Floor(QUIET)
    for line, answer in (
        (f"> ann buy 1 @ 10501 on={instrument}", "refused: price_above_band"),
        (f"> ann sell 1 @ 9499 on={instrument}", "refused: price_below_band"),
        (f"> ann buy 1 @ 10500 on={instrument}", "rests #1: 1 @ 10500"),
    ):
        assert floor.run(line).split("\n")[-1].strip() == answer
