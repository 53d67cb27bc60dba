"""Nothing ever leaves a word: what is admitted is so bounded that no sum or product can overflow.

Compiled, an overflow would wrap in silence; interpreted, the packed array would refuse it and the machine would stop. So
every command with extreme numbers must be answered, with exactly what whole numbers of any size give: ``Mirror`` counts
in those, and the invariants recompute holds and sums.
"""

import random
import struct
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.apply import apply_batch
from lonja.core.contracts import LOTS_MAX
from lonja.core.instruments import Instrument
from lonja.core.kinds import Side
from lonja.core.layout import encode_command
from lonja.core.state import State
from lonja.primitives.money import INT_MAX
from tests.core.extreme_commands import (
    CONTRACT_SHAPES,
    EXTREMES,
    RATES,
    SHAPES,
    extreme_commands,
    extreme_contract_commands,
    extreme_contracts,
    extreme_floor,
)
from tests.core.scenario import START_MS, Floor, play
from tests.simulation.invariants import check_state

ANN, BOB, CAT = 2, 3, 4

TRIFLE = """
    > currency DUST scale=0
    > currency GOLD scale=0
    > instrument BTC-USD base=DUST quote=GOLD price_scale=18
    > account ann
    > account bob
    > account cat
    > deposit ann 1000 GOLD
    > deposit bob 1000 GOLD
    > deposit cat 1000 DUST
"""
"""A million million lots cost less than a unit of quote, so money does not bound how many are asked for."""


def test_a_level_counts_no_more_lots_than_fit() -> None:
    play(
        f"""
        > ann buy {INT_MAX} @ 1 id=a1
          placed a1: buy {INT_MAX} @ 1
          rests a1: {INT_MAX} @ 1
        > bob buy 1 @ 1 id=b1
          refused: notional_too_large
        > bob buy {INT_MAX // 2} @ 2 id=b2
          placed b2: buy {INT_MAX // 2} @ 2
          rests b2: {INT_MAX // 2} @ 2
        > ann buy 5 @ 2 id=a2
          placed a2: buy 5 @ 2
          rests a2: 5 @ 2
        > ann amend a2 @ 1
          refused: notional_too_large
        > ann amend a1 {INT_MAX - 9}
          amended a1: {INT_MAX} @ 1 becomes {INT_MAX - 9} @ 1 of {INT_MAX - 9}, keeps its place
        > ann amend a2 @ 1
          amended a2: 5 @ 2 becomes 5 @ 1 of 5, loses its place
          rests a2: 5 @ 1
        > bob buy 5 @ 1 id=b3
          refused: notional_too_large
        > bob buy 4 @ 1 id=b3
          placed b3: buy 4 @ 1
          rests b3: 4 @ 1
        """,
        Floor(TRIFLE),
    )


def test_sellers_and_full_priced_buyers_are_bounded_by_their_money() -> None:
    floor = Floor("""
        > currency BTC scale=0
        > currency USD scale=0
        > instrument BTC-USD base=BTC quote=USD
        > account ann
        > account bob
        > account cat
    """)
    floor.run(f"> deposit ann {INT_MAX} USD\n> deposit bob {INT_MAX} BTC")
    play(
        f"""
        > ann buy {INT_MAX} @ 1 id=a
          placed a: buy {INT_MAX} @ 1
          rests a: {INT_MAX} @ 1
        > cat buy 1 @ 1
          refused: insufficient_balance
        > bob sell {INT_MAX} @ 1 id=b
          placed b: sell {INT_MAX} @ 1
          trade 1: taker b sells {INT_MAX} @ 1 = {INT_MAX}, fee 0 USD, filled
          trade 1: maker a buys {INT_MAX} @ 1 = {INT_MAX}, fee 0 BTC, filled
        > balances ann bob house
          ann: {INT_MAX} BTC, 0 USD
          bob: 0 BTC, {INT_MAX} USD
          house: -{INT_MAX} BTC, -{INT_MAX} USD
        """,
        floor,
    )


def test_rebates_never_make_more_money_than_may_exist() -> None:
    """A rebate that would do so is not paid: the house owes, together with what was issued, at most so much."""
    floor = Floor("""
        > currency BTC scale=0
        > currency USD scale=0
        > instrument BTC-USD base=BTC quote=USD
        > fees tier=0 maker=-100000 taker=-100000
        > account ann
        > account bob
        > deposit ann 100 BTC
    """)
    half = INT_MAX // 2 + 1
    floor.run(f"> deposit bob {half} USD")
    seller, buyer = ANN, BOB
    rebates = []
    for _ in range(11):
        for account, side in ((seller, Side.SELL), (buyer, Side.BUY)):
            _, events = floor.apply(c.PlaceOrder(account=account, side=side, price=half, size=1))
        rebates.append([-fill.fee for fill in events if isinstance(fill, e.Filled) and fill.account == seller])
        seller, buyer = buyer, seller
    assert rebates == [[half // 10]] * 10 + [[0]]


def test_an_order_amended_for_ever_never_trades_more_than_a_word_counts() -> None:
    """An order that has traded so much that all money there is would be too much for its total is not amended again."""
    floor = Floor("""
        > currency BTC scale=0
        > currency USD scale=0
        > instrument BTC-USD base=BTC quote=USD
        > account ann
        > account bob
        > deposit ann 1000 BTC
    """)
    floor.run(f"> deposit bob {INT_MAX // 2} USD\n> ann sell 2 @ {INT_MAX // 2} id=a")
    traded = 0
    for turn in (2, 3):
        bid = INT_MAX // turn - 1
        amend = f"> ann amend id=a {turn} @ {INT_MAX // turn}\n" if traded else ""
        told = floor.run(f"{amend}> bob buy 1 @ {bid} id=b\n> ann amend id=a @ 1")
        assert told.endswith("rests a: 1 @ 1")
        traded += bid
        floor.run(f"> withdraw ann {bid} USD\n> deposit bob {bid} USD")
    assert traded > INT_MAX - INT_MAX // 2
    play(
        f"""
        > ann amend id=a 4 @ {INT_MAX // 4}
          refused: notional_too_large
        > ann amend id=a @ 2
          refused: notional_too_large
        > withdraw bob {INT_MAX // 2 - 9} USD
          withdrawn {INT_MAX // 2 - 9} USD: bob trading has 9
        > ann amend id=a @ 2
          amended a: 1 @ 1 becomes 1 @ 2 of 3, loses its place
          rests a: 1 @ 2
        """,
        floor,
    )


extreme = st.one_of(st.sampled_from(EXTREMES), st.integers(0, 63).map(lambda bits: 2**bits - 1), st.integers(0, 10))
signed = st.one_of(extreme, st.sampled_from([-1, -(2**63)]))
traders = st.integers(ANN, CAT)


def built(kind: type[c.Command], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[c.Command]:
    """Commands of a kind with some fields drawn, the others as they are by default."""
    return st.fixed_dictionaries(fields).map(lambda drawn: kind(**drawn))


orders = built(
    c.PlaceOrder,
    account=traders,
    side=st.integers(0, 1),
    time_in_force=st.sampled_from([0, 0, 0, 1, 2]),
    price=signed,
    size=signed,
    clip_to_band=st.integers(0, 1),
    client_order_id=st.sampled_from(["", "a", "b"]),
)
market_orders = built(
    c.PlaceOrder,
    account=traders,
    side=st.integers(0, 1),
    order_type=st.just(1),
    size=signed,
    size_unit=st.integers(0, 1),
)
amends = built(
    c.AmendOrder, account=traders, new_price=signed, new_size=signed, client_order_id=st.sampled_from(["a", "b"])
)
moves = st.one_of(
    built(c.Deposit, account=traders, currency=st.integers(0, 1), ledger=st.integers(0, 1), amount=signed),
    built(c.Withdraw, account=traders, currency=st.integers(0, 1), ledger=st.integers(0, 1), amount=signed),
    built(c.Transfer, account=traders, currency=st.integers(0, 1), amount=signed),
)
prices = built(c.SetIndexPrice, price=signed)
streams = st.lists(st.one_of(orders, orders, market_orders, amends, moves, prices), max_size=25)


@settings(max_examples=40)
@given(st.sampled_from(SHAPES), st.sampled_from(RATES), streams)
def test_extreme_commands_are_answered_exactly(
    shape: tuple[int, int, dict[str, int]], rates: tuple[int, int], stream: list[c.Command]
) -> None:
    floor = extreme_floor(*shape, rates)
    for command in stream:
        floor.apply(command)
    floor.mirror.compare(floor.state)


@pytest.mark.parametrize("seed", range(3))
def test_every_field_of_every_command_may_be_extreme(seed: int) -> None:
    """Whatever a sequencer could be handed is answered: no number stops the machine."""
    rng = random.Random(seed)
    floor = extreme_floor(*rng.choice(SHAPES), rng.choice(RATES))
    for command in extreme_commands(rng, 1_500):
        floor.apply_unchecked(command)
    check_state(floor.state)
    floor.mirror.compare(floor.state)


@pytest.mark.parametrize("shape", range(len(CONTRACT_SHAPES)))
def test_contracts_of_every_shape_bear_what_is_admitted(shape: int) -> None:
    """As many lots and as much money as may be, and marks that multiply what they are worth."""
    rng = random.Random(shape)
    floor = extreme_contracts(*CONTRACT_SHAPES[shape], rng.choice(RATES))
    for command in extreme_contract_commands(rng, floor, 400):
        floor.apply_unchecked(command)
    check_state(floor.state)
    floor.mirror.compare(floor.state)


def test_no_more_lots_of_a_contract_may_be_open_than_sums_are_made_for() -> None:
    """However little a lot is worth."""
    scales = {"price_scale": 18, "size_scale": 18, "contract_scale": 18}
    floor = extreme_contracts(18, 18, scales, 1, (0, 0))
    half = LOTS_MAX // 2
    floor.run(f"""> tier LINEAR 1 size={INT_MAX - 1} mmr=1 imr=1 lever=1000
> ann sell {half} @ 1 on=LIN id=a
> bob buy {half} @ 1 on=LIN id=b""")
    play(
        f"""
        > ann sell {half + 1} @ 1 on=LIN id=c
          refused: notional_too_large
        > ann sell {half} @ 1 on=LIN id=d
          placed d: sell {half} @ 1
          margins d: cross x3
          rests d: {half} @ 1
        """,
        floor,
    )


def test_a_level_of_a_contract_counts_no_more_lots_than_fit() -> None:
    scales = {"price_scale": 18, "size_scale": 18, "contract_scale": 18}
    floor = extreme_contracts(18, 18, scales, 1, (0, 0))
    floor.run(f"> tier LINEAR 1 size={INT_MAX - 1} mmr=1 imr=1 lever=1000")
    floor.run("\n".join([f"> ann sell {LOTS_MAX} @ 1 on=LIN"] * 3))
    play(
        f"""
        > bob sell {LOTS_MAX} @ 1 on=LIN
          refused: notional_too_large
        > bob sell {LOTS_MAX - 1} @ 1 on=LIN id=b
          placed b: sell {LOTS_MAX - 1} @ 1
          margins b: cross x3
          rests b: {LOTS_MAX - 1} @ 1
        """,
        floor,
    )


positive = st.integers(1, INT_MAX)


def shaped(multiplier: int, divisor: int, base_per_lot: int) -> Instrument:
    """An instrument of that arithmetic."""
    instrument = Instrument(0, b"X", 0, 0, 1)
    instrument.quote_multiplier, instrument.quote_divisor, instrument.base_per_lot = multiplier, divisor, base_per_lot
    return instrument


small_powers = st.sampled_from([1, 10, 10**4, 10**9, 10**18])


@given(positive, positive, st.integers(1, 10**12), small_powers, st.integers(1, 10**18))
def test_what_fits_never_overflows(price: int, size: int, multiplier: int, divisor: int, base_per_lot: int) -> None:
    instrument = shaped(multiplier, divisor, base_per_lot)
    product = price * size * multiplier
    fits = instrument.fits(price, size)
    if fits:
        assert product <= INT_MAX
        assert size * base_per_lot <= INT_MAX
        assert instrument.notional_floor(price, size) == product // divisor
        assert instrument.notional_ceil(price, size) == -(-product // divisor)
    else:
        assert product > INT_MAX or size * base_per_lot > INT_MAX


@given(st.integers(0, INT_MAX), positive, st.integers(0, INT_MAX), st.integers(1, INT_MAX), small_powers)
def test_lots_for_an_amount_are_exact(amount: int, price: int, most: int, multiplier: int, divisor: int) -> None:
    lots = shaped(multiplier, divisor, 1).lots_for(amount, price, most)
    assert lots == min(most, amount * divisor // (price * multiplier))


@given(st.integers(0, INT_MAX), st.integers(1, 999_999))
def test_the_band_is_exact_and_leaves_room(price: int, band_ppm: int) -> None:
    instrument = Instrument(0, b"X", 0, 0, 1)
    instrument.band_ppm = band_ppm
    instrument.set_index_price(price)
    if price == 0:
        assert instrument.buy_max == instrument.sell_min == 0
    else:
        assert instrument.buy_max == min(price * (1_000_000 + band_ppm) // 1_000_000, INT_MAX) >= price
        assert 1 <= instrument.sell_min == max(1, -(-price * (1_000_000 - band_ppm) // 1_000_000)) <= price


def test_order_ids_last_beyond_the_year_2050() -> None:
    """They stay positive words, and views look for ids below 62 bits."""
    state = State()
    for year_2050_ms in (2_540_000_000_000, 2_550_000_000_000):
        tick = encode_command(c.Tick(year_2050_ms))
        assert struct.unpack("<qq", apply_batch(state, tick, state.next_command).outcomes) == (0, year_2050_ms)
    floor = Floor()
    floor.time_ms = 2_550_000_000_000
    floor.run("> ann buy 1 @ 100 id=a")
    assert floor.state.last_order_id < 2**62
    assert all(one < other for one, other in pairwise([START_MS, floor.state.last_order_id]))
