"""Contracts on the wire: their rows, and what their prices, sizes and values are as text."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.core.commands import DefinePositionTier, SetInstrumentState
from lonja.core.views import ContractView, FamilyView, InstrumentView
from lonja.edge.wire.instrument_keys import ACCOUNT_ROW, PUBLIC_ROW
from lonja.edge.wire.instruments import CurrencyForm, FamilyForm, InstrumentForm
from lonja.primitives.instant import DAY_MS
from tests.edge.house import DATED_EXPIRY_MS, DATED_ID, QUIET_SWAP, START_MS, House

BTC, USDT, USD = CurrencyForm(0, "BTC", 8), CurrencyForm(1, "USDT", 8), CurrencyForm(2, "USD", 8)


def _form(inverse: bool, value: tuple[int, int], scales: tuple[int, int]) -> InstrumentForm:
    """A contract on BTC of ``value`` (with decimals), whose prices and sizes have so many decimals."""
    quote, settle = (USD, BTC) if inverse else (USDT, USDT)
    view = InstrumentView(
        7, "BTC-SWAP", 2, 0, 1, settle.currency, scales[0], 1, scales[1], 1, 1, 0, 0, 0, 50_000, 0, 0, 0, 0, 0, 0
    )
    contract = ContractView(7, 0, int(inverse), *value, 1, 0, 0, 0)
    family = FamilyForm(FamilyView(0, f"BTC-{quote.name}", 2, settle.currency, 9, 0, 0, ()))
    return InstrumentForm(view, (BTC, quote, settle), (contract, family))


LINEAR = _form(inverse=False, value=(1, 2), scales=(1, 2))
"""A contract of 0.01 BTC, tick 0.1, lot 0.01."""
INVERSE = _form(inverse=True, value=(100, 0), scales=(1, 0))
"""A contract of 100 USD, tick 0.1, lot 1."""


async def test_perpetuals_have_every_key_and_say_what_a_contract_is(futures: House) -> None:
    linear, inverse = (await futures.get("public/instruments", instType="SWAP")).data
    assert set(linear) == set(inverse) == set(PUBLIC_ROW)
    told = ("instId", "uly", "instFamily", "settleCcy", "ctVal", "ctMult", "ctValCcy", "ctType", "lever", "expTime")
    assert [linear[name] for name in told] == [
        *("QUIET-USDT-SWAP", "QUIET-USDT", "QUIET-USDT", "USDT", "1", "1", "QUIET", "linear", "100", "")
    ]
    assert [inverse[name] for name in told] == [
        *("QUIET-USD-SWAP", "QUIET-USD", "QUIET-USD", "QUIET", "10", "1", "USD", "inverse", "100", "")
    ]
    sizes = ("tickSz", "lotSz", "minSz", "maxLmtSz", "maxMktSz", "maxStopSz", "maxTwapSz")
    assert [linear[name] for name in sizes] == ["0.01", "0.1", "0.1", "10000000", "1000000", "1000000", "10000000"]
    assert [inverse[name] for name in sizes] == ["0.01", "1", "1", *["100000000", "10000000"], "10000000", "100000000"]
    assert linear["baseCcy"] == linear["quoteCcy"] == linear["alias"] == "", "only spot pairs have them"
    assert linear["listTime"] == str(START_MS)
    assert linear["groupId"] == "2"


async def test_a_dated_contract_says_when_it_ends(futures: House) -> None:
    row = (await futures.get("public/instruments", instType="FUTURES")).row
    assert row["instId"] == DATED_ID
    assert (row["expTime"], row["alias"]) == (str(DATED_EXPIRY_MS), "")
    for days, alias in ((15, ""), (10, "next_week"), (8, "next_week"), (7, "this_week"), (2, "this_week")):
        futures.clock.set_ms(DATED_EXPIRY_MS - days * DAY_MS)
        assert (await futures.get("public/instruments", instType="FUTURES")).row["alias"] == alias


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"instFamily": "QUIET-USD"}, ["QUIET-USD-SWAP"]),
        ({"uly": "QUIET-USDT"}, ["QUIET-USDT-SWAP"]),
        ({"uly": "QUIET-USDT", "instFamily": "QUIET-USD"}, []),
        ({"instFamily": "BTC-USDT"}, []),
        ({"instId": "QUIET-USD-SWAP"}, ["QUIET-USD-SWAP"]),
        ({"instId": "QUIET-USD-SWAP", "uly": "QUIET-USDT"}, []),
        ({"instId": "QUIET-USDT"}, []),
    ],
)
async def test_contracts_are_found_by_family(futures: House, params: dict[str, str], found: list[str]) -> None:
    public = await futures.get("public/instruments", **params, instType="SWAP")
    assert [row["instId"] for row in public.data] == found
    own = await futures.trader.get("account/instruments", **params, instType="SWAP")
    assert [row["instId"] for row in own.data] == found
    assert all(set(row) == set(ACCOUNT_ROW) for row in own.data)


@pytest.mark.parametrize("params", [{"instFamily": "QUIET-USDT"}, {"uly": "BTC-USD"}])
async def test_spot_has_no_families_so_naming_one_changes_nothing(futures: House, params: dict[str, str]) -> None:
    for operation in ("public/instruments", "market/tickers"):
        everything = await futures.get(operation, instType="SPOT")
        assert [row["instId"] for row in everything.data][:2] == ["QUIET-USDT", "BTC-USDT"]
        assert (await futures.get(operation, **params, instType="SPOT")).data == everything.data


async def test_what_changes_shows_at_once(futures: House) -> None:
    await futures.get("public/instruments", instType="SWAP")
    await futures.engine.submit_many(
        [
            DefinePositionTier(family=0, tier=1, size_max=5, maintenance_ppm=10, initial_ppm=20, leverage_max=7_550),
            SetInstrumentState(instrument=QUIET_SWAP, state=1),
        ]
    )
    row = (await futures.get("public/instruments", instType="SWAP", uly="QUIET-USDT")).row
    assert (row["lever"], row["state"]) == ("75.5", "suspend")


def test_recorded_contracts_have_no_documented_key_that_ours_lack(shared_folder: Path) -> None:
    for kind in ("swap", "futures"):
        path = shared_folder / f"fixtures/okx-v5/nautilus_trader/http_get_instruments_{kind}.json"
        for recorded in json.loads(path.read_text())["data"]:
            # Documented for an account's instruments alone, and recorded in the public ones, too.
            assert set(recorded) - {"posLmtAmt", "posLmtPct", "maxPlatOILmt"} <= set(PUBLIC_ROW)


@pytest.mark.parametrize(
    ("form", "lots", "price", "settled", "base", "quote"),
    [
        # 12.34 contracts of 0.01 BTC at 60,000.1.
        (LINEAR, 1234, 600_001, "7404.01234", "0.1234", "7404.01234"),
        (LINEAR, 0, 600_001, "0", "0", "0"),
        # 25 contracts of 100 USD at 40,000, and what does not divide.
        (INVERSE, 25, 400_000, "0.0625", "0.0625", "2500"),
        (INVERSE, 1, 300_000, "0.00333333", "0.00333333", "100"),
    ],
)
def test_what_contracts_are_worth(
    form: InstrumentForm, lots: int, price: int, settled: str, base: str, quote: str
) -> None:
    assert form.value_text(lots, price) == settled
    assert form.base_text(lots, price) == base
    assert form.quote_text(lots, price) == quote


def test_what_was_traded_in_both_currencies() -> None:
    assert LINEAR.traded_texts(1234, 740_401_234_000) == ("0.1234", "7404.01234")
    assert INVERSE.traded_texts(25, 6_250_000) == ("0.0625", "2500")


@pytest.mark.parametrize(
    ("form", "notional", "lots", "last", "text"),
    [
        (LINEAR, 740_401_234_000, 1234, 0, "60000.1"),
        (LINEAR, 200_000_000_000, 300, 0, "66666.666666667"),
        (LINEAR, 0, 0, 0, ""),
        (INVERSE, 6_250_000, 25, 0, "40000"),
        # 0.00333333 BTC for 100 USD: 30,000 is the roundest of what it may have been.
        (INVERSE, 333_333, 1, 0, "30000"),
        # One contract at 60,000.1 leaves too little to tell, but by its last price.
        (INVERSE, 166_666, 1, 600_001, "60000.1"),
        (INVERSE, 166_666, 1, 500_000, "60000.2"),
        # 100 USD at 30,000 and 100 USD at 60,000.
        (INVERSE, 499_999, 2, 600_000, "40000"),
        (INVERSE, 0, 1, 0, ""),
        (INVERSE, 0, 0, 0, ""),
    ],
)
def test_average_prices(form: InstrumentForm, notional: int, lots: int, last: int, text: str) -> None:
    assert form.average_price_text(notional, lots, last) == text


@given(price=st.integers(1, 10**7), lots=st.integers(1, 10**9))
def test_one_fill_has_its_price_for_an_average_and_without_it_one_that_costs_the_same(price: int, lots: int) -> None:
    for form, unit in ((LINEAR, 10**3), (INVERSE, 10**11)):
        notional = lots * unit // price if form.is_inverse else lots * price * unit
        if not notional:
            continue
        assert form.average_price_text(notional, lots, price) == form.price_text(price)
        average = Fraction(form.average_price_text(notional, lots)) * 10
        cost = lots * unit / average if form.is_inverse else lots * average * unit
        # What is shown has its last digit, too: far below a unit for any order that is not larger than the market.
        assert notional - 1 <= cost <= notional + 1 or cost > 10**16


@pytest.mark.parametrize(
    ("ticks", "parts", "text"),
    [
        (0, 0, ""),
        (600_001, 0, "60000.1"),
        (600_001, 333_333_333_333, "60000.133333333"),
        (600_001, 666_666_666_666, "60000.166666667"),
        (0, 1, "0"),
    ],
)
def test_prices_between_ticks(ticks: int, parts: int, text: str) -> None:
    assert LINEAR.ticks_text(ticks, parts) == text
