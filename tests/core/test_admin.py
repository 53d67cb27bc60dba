"""What the operator sets up: currencies, accounts, instruments, prices, states, history."""

from typing import Any

import pytest

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.admin import ACCOUNT_MAX, INSTRUMENT_MAX
from lonja.core.ledger import CURRENCY_MAX
from lonja.core.rejections import Rejection
from lonja.core.texts import Text16, Text32
from lonja.primitives.money import INT_MAX
from tests.core.precedence import Reason, expect_each, expect_precedence
from tests.core.scenario import Floor, play

ANN, ANN2 = 2, 5
INVALID = Rejection.FIELD_INVALID


def test_setting_up_an_exchange() -> None:
    floor = Floor("")
    play(
        """
        > currency BTC scale=8
          currency 0: BTC, scale 8
        > currency USDT scale=0
          currency 1: USDT, scale 0
        > currency BTC scale=8
          refused: name_taken
        > account ann
          account 2: ann, cancel_maker, tier 0
        > account ann2 master=ann stp=cancel_both tier=63 kind=2
          account 3: ann2, sub-account of ann, cancel_both, tier 63
        > instrument BTC-USDT base=BTC quote=USDT
          instrument 0: BTC-USDT
        > instrument USDT-BTC base=USDT quote=BTC
          instrument 1: USDT-BTC
        > instrument BTC-USDT base=USDT quote=BTC
          refused: name_taken
        > index BTC-USDT 1000
          BTC-USDT index 1000: buy <= 1200, sell >= 800
        > state USDT-BTC preopen
          USDT-BTC is preopen
        > fees tier=63 group=0 maker=-100000 taker=100000
          fee tier 63, group 0: maker -100000, taker 100000
        """,
        floor,
    )


def test_an_accounts_settings_change_one_by_one() -> None:
    play("""
        > configure ann tier=7
          configured ann: cancel_maker, tier 7
        > configure ann stp=cancel_taker
          configured ann: cancel_taker, tier 7
        > freeze ann
          configured ann: cancel_taker, tier 7, frozen
        > configure ann tier=0
          configured ann: cancel_taker, tier 0, frozen
        > unfreeze ann
          configured ann: cancel_taker, tier 0
    """)


def invalid(**fields: tuple[object, ...]) -> list[Reason]:
    """One reason per bad value of a field."""
    return [Reason(INVALID, {name: value}) for name, values in fields.items() for value in values]


BEYOND = (-1, INT_MAX + 1, 2**63 - 1, -(2**63))
LISTING = c.ListInstrument(instrument_id=Text32("NEW-USD"), base=0, quote=1, settle=1, price_scale=0, size_scale=0)
TABLES: dict[str, tuple[c.Command, list[Reason]]] = {
    "currency": (
        c.CreateCurrency(name=Text16("ETH"), scale=18),
        [*invalid(name=("",), scale=(-1, 19)), Reason(Rejection.NAME_TAKEN, {"name": "BTC"})],
    ),
    "account": (
        c.CreateAccount(kind=2, master=ANN, account_mode=1, self_trade_prevention=3, fee_tier=63),
        [
            *invalid(kind=(-1, 3), account_mode=(0, 4), self_trade_prevention=(0, 4), fee_tier=(-1, 64)),
            *invalid(master=(-2,)),
            Reason(Rejection.ACCOUNT_NOT_FOUND, {"master": 6}),
            Reason(Rejection.ACCOUNT_MODE_FORBIDS, {"account_mode": 3}),
        ],
    ),
    "configure": (
        c.ConfigureAccount(account=ANN, account_mode=1, self_trade_prevention=3, fee_tier=63, frozen=0),
        [
            *invalid(account_mode=(0, 4, -2), self_trade_prevention=(0, 4, -2), fee_tier=(-2, 64), frozen=(2, -2)),
            Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": 6}),
            Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": -1}),
            Reason(Rejection.ACCOUNT_MODE_FORBIDS, {"account_mode": 3}),
        ],
    ),
    "instrument": (
        LISTING,
        [
            *invalid(instrument_id=("",), instrument_type=(1, 2, 3, 4, -1), price_scale=(-1, 19), size_scale=(-1, 19)),
            *invalid(tick_step=(0, 1_000_001), lot_step=(0, 1_000_001), size_min=(0, INT_MAX + 1)),
            *invalid(size_limit_max=BEYOND, size_market_max=BEYOND, amount_market_max=BEYOND),
            *invalid(band_ppm=(0, 1_000_000), fee_group=(-1, 64), state=(-1, 5), quote=(0,), settle=(0, 2)),
            Reason(Rejection.CURRENCY_NOT_FOUND, {"base": 2}),
            Reason(Rejection.CURRENCY_NOT_FOUND, {"base": -1}),
            Reason(Rejection.CURRENCY_NOT_FOUND, {"quote": 3, "settle": 3}),
            Reason(Rejection.CURRENCY_NOT_FOUND, {"quote": -1, "settle": -1}),
            Reason(Rejection.NAME_TAKEN, {"instrument_id": "BTC-USD"}),
        ],
    ),
    "state": (
        c.SetInstrumentState(instrument=0, state=1),
        [
            *invalid(state=(-1, 5)),
            Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": 1}),
            Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": -1}),
        ],
    ),
    "index": (
        c.SetIndexPrice(instrument=0, price=INT_MAX),
        [
            *invalid(price=BEYOND),
            Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": 1}),
            Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": -1}),
        ],
    ),
    "candle": (
        c.ImportCandle(
            0, -1, 0, 0, 0, open_time_ms=60_000, open=5, high=9, low=2, close=7, volume=3, quote_volume=INT_MAX
        ),
        [
            *invalid(open_time_ms=(-60_000, 1, 59_999), open=(1, 10), close=(1, 10), low=(0, -2, 6), high=(6, *BEYOND)),
            *invalid(volume=BEYOND, quote_volume=BEYOND),
            Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": 1}),
            Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": -1}),
        ],
    ),
}


@pytest.fixture
def floor() -> Floor:
    """The usual exchange, and a sub-account of ann's."""
    made = Floor()
    made.run("> account ann2 master=ann")
    return made


@pytest.mark.parametrize("table", TABLES)
def test_each_reason_alone_is_told(floor: Floor, table: str) -> None:
    expect_each(floor, *TABLES[table])


@pytest.mark.parametrize("table", TABLES)
def test_of_two_reasons_the_first_is_told(floor: Floor, table: str) -> None:
    expect_precedence(floor, *TABLES[table], pairs_min=2)


@pytest.mark.parametrize("table", TABLES)
def test_the_sound_commands_of_the_tables_are_accepted(floor: Floor, table: str) -> None:
    assert floor.apply(TABLES[table][0])[0] == Rejection.NONE


def test_a_sub_account_has_no_sub_accounts(floor: Floor) -> None:
    expect_each(floor, c.CreateAccount(master=ANN2), [Reason(INVALID, {})])


def test_the_house_may_have_sub_accounts(floor: Floor) -> None:
    assert floor.apply(c.CreateAccount(kind=0, master=0))[0] == Rejection.NONE


SCALES = [
    # base scale, quote scale, price scale, size scale, other terms, fits
    (8, 8, 2, 8, {}, True),
    (8, 8, 2, 9, {}, False),
    (0, 0, 18, 0, {}, True),
    (18, 0, 18, 0, {}, True),
    (18, 0, 0, 0, {"lot_step": 4}, True),
    (18, 0, 0, 0, {"lot_step": 5}, False),
    (18, 0, 0, 0, {"size_min": 5}, False),
    (0, 18, 0, 0, {"tick_step": 4}, True),
    (0, 18, 0, 0, {"tick_step": 5}, False),
    (0, 18, 0, 0, {"tick_step": 2, "lot_step": 3}, False),
    (18, 0, 1, 18, {}, False),
    (18, 0, 0, 18, {}, True),
    (18, 18, 18, 18, {"tick_step": 1_000_000, "lot_step": 1_000_000}, True),
]


@pytest.mark.parametrize(("base_scale", "quote_scale", "price_scale", "size_scale", "terms", "fits"), SCALES)
def test_scales_that_fit(
    base_scale: int, quote_scale: int, price_scale: int, size_scale: int, terms: dict[str, Any], fits: bool
) -> None:
    floor = Floor("")
    floor.run(f"> currency BASE scale={base_scale}\n> currency QUOTE scale={quote_scale}")
    listing = LISTING._replace(price_scale=price_scale, size_scale=size_scale, **terms)
    assert floor.apply(listing)[0] == (Rejection.NONE if fits else INVALID)


def test_a_listing_is_told_whole(floor: Floor) -> None:
    listing = LISTING._replace(
        tick_step=2,
        lot_step=3,
        size_min=4,
        size_limit_max=5,
        size_market_max=6,
        amount_market_max=7,
        band_ppm=8,
        fee_group=9,
        state=2,
    )
    _, events = floor.apply(listing)
    assert isinstance(events[0], e.InstrumentListed)
    assert events[0][3:] == listing[4:]


def test_a_candle_of_the_past_is_told_as_given(floor: Floor) -> None:
    candle, _ = TABLES["candle"]
    _, events = floor.apply(candle)
    assert isinstance(events[0], e.CandleImported)
    assert events[0][2:] == candle[4:]


def test_capacity_is_refused_before_it_runs_out(floor: Floor) -> None:
    """The arrays and keys of the core are made for so many, so the numbers may not pass them."""
    state = floor.state
    state.currencies.extend([state.currencies[0]] * (CURRENCY_MAX - 2))
    assert floor.apply_unchecked(TABLES["currency"][0])[0] == Rejection.CAPACITY_REACHED
    state.instruments.extend([state.instruments[0]] * (INSTRUMENT_MAX - 1))
    assert floor.apply_unchecked(TABLES["instrument"][0])[0] == Rejection.CAPACITY_REACHED
    state.accounts.count = ACCOUNT_MAX
    assert floor.apply_unchecked(c.CreateAccount())[0] == Rejection.CAPACITY_REACHED
