"""Trading statistics and announcements."""

import pytest

from lonja.core.commands import ListInstrument
from lonja.core.texts import Text32
from lonja.edge.wire import statistics
from tests.edge.house import BTC, QUIET, START_MS, House

MINUTE = 60_000
HOUR = 60 * MINUTE
FIVE = START_MS - START_MS % (5 * MINUTE)


async def _take(rest: House, side: str, size: str, instrument: str = "QUIET-USDT", price: str = "100") -> None:
    """One trade, whose taker is on ``side``."""
    opposite = "sell" if side == "buy" else "buy"
    assert (await rest.other.place(instId=instrument, side=opposite, px=price, sz=size)).code == "0"
    assert (await rest.trader.place(instId=instrument, side=side, px=price, sz=size)).code == "0"


async def test_statistics_exist_of_what_is_bought_and_sold(rest: House) -> None:
    data = (await rest.get("rubik/stat/trading-data/support-coin")).data
    assert data == {"contract": [], "option": [], "spot": ["BTC", "QUIET"]}
    assert set(data) == set(statistics.CURRENCIES_ROW)


async def test_what_takers_sold_and_bought(rest: House) -> None:
    await _take(rest, "buy", "1.5")
    await _take(rest, "sell", "0.25")
    await _take(rest, "sell", "0.25")
    rest.clock.advance_ms(10 * MINUTE)
    await _take(rest, "buy", "0.001")
    asked = {"ccy": "QUIET", "instType": "SPOT"}
    rows = [[str(FIVE + 10 * MINUTE), "0", "0.001"], [str(FIVE + 5 * MINUTE), "0", "0"], [str(FIVE), "0.5", "1.5"]]
    assert (await rest.get("rubik/stat/taker-volume", **asked)).data == rows
    assert (await rest.get("rubik/stat/taker-volume", **asked, period="5m", begin=FIVE + 1)).data == rows[:2]
    assert (await rest.get("rubik/stat/taker-volume", **asked, end=FIVE + 9 * MINUTE)).data == rows[1:]
    assert (await rest.get("rubik/stat/taker-volume", **asked, begin=FIVE + HOUR)).data == []
    hour = [[str(START_MS - START_MS % HOUR), "0.5", "1.501"]]
    assert (await rest.get("rubik/stat/taker-volume", **asked, period="1H")).data == hour
    # Days begin at midnight UTC+8, like candles of a day.
    day = str(START_MS - (START_MS + 8 * HOUR) % (24 * HOUR))
    assert (await rest.get("rubik/stat/taker-volume", **asked, period="1D")).data == [[day, "0.5", "1.501"]]


async def test_all_instruments_of_a_currency_are_added_up_in_their_own_lots(rest: House) -> None:
    other = ListInstrument(instrument_id=Text32("QUIET-BTC"), base=QUIET, quote=BTC, settle=BTC, size_scale=1)
    await rest.engine.submit(other)
    await _take(rest, "buy", "1.005")
    await _take(rest, "buy", "0.2", "QUIET-BTC", "1")
    await _take(rest, "sell", "0.3", "QUIET-BTC", "1")
    row = (await rest.get("rubik/stat/taker-volume", ccy="QUIET", instType="SPOT")).row
    assert row == [str(FIVE), "0.3", "1.205"]


async def test_five_minutes_are_told_of_two_days(rest: House) -> None:
    await _take(rest, "buy", "1")
    rest.clock.advance_ms(49 * HOUR)
    assert (await rest.get("rubik/stat/taker-volume", ccy="QUIET", instType="SPOT")).data == []
    hours = (await rest.get("rubik/stat/taker-volume", ccy="QUIET", instType="SPOT", period="1H")).data
    assert (len(hours), hours[-1][1:]) == (50, ["0", "1"])


OF_CURRENCY = (
    "margin/loan-ratio",
    "contracts/long-short-account-ratio",
    "contracts/open-interest-volume",
)
OF_CONTRACT = (
    "contracts/open-interest-history",
    "contracts/long-short-account-ratio-contract",
    "contracts/long-short-account-ratio-contract-top-trader",
    "contracts/long-short-position-ratio-contract-top-trader",
    "taker-volume-contract",
)
OF_OPTIONS = (
    "option/open-interest-volume",
    "option/open-interest-volume-ratio",
    "option/open-interest-volume-expiry",
    "option/open-interest-volume-strike",
    "option/taker-block-volume",
)
STRIKE = {"ccy": "BTC", "expTime": "20231124"}


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("taker-volume", {"ccy": "BTC", "instType": "SPOT"}),
        ("taker-volume", {"ccy": "USDT", "instType": "SPOT"}),
        ("taker-volume", {"ccy": "BTC", "instType": "CONTRACTS"}),
        *[(path, {"ccy": "BTC", "period": "1D", "begin": "1", "end": "2"}) for path in OF_CURRENCY],
        *[(path, {"instId": "BTC-USDT", "period": "5m", "limit": "100"}) for path in OF_CONTRACT],
        *[(path, {**STRIKE, "period": "8H"}) for path in OF_OPTIONS],
    ],
)
async def test_what_nobody_traded_is_an_empty_list(rest: House, path: str, asked: dict[str, str]) -> None:
    reply = await rest.get(f"rubik/stat/{path}", **asked)
    assert (reply.code, reply.data) == ("0", [])


@pytest.mark.parametrize(
    ("path", "asked", "code"),
    [
        ("taker-volume", {"ccy": "BTC"}, "50014"),
        ("taker-volume", {"ccy": "NONE", "instType": "SPOT"}, "51012"),
        ("taker-volume", {"ccy": "BTC", "instType": "SWAP"}, "51000"),
        ("taker-volume", {"ccy": "BTC", "instType": "SPOT", "period": "1m"}, "51000"),
        ("taker-volume", {"ccy": "BTC", "instType": "SPOT", "begin": "now"}, "51000"),
        ("taker-volume", {"ccy": "BTC", "instType": "SPOT", "end": "-1"}, "51000"),
        *[
            (path, asked, code)
            for path in OF_CURRENCY
            for asked, code in (
                ({}, "50014"),
                ({"ccy": "NONE"}, "51012"),
                ({"ccy": "BTC", "period": "8H"}, "51000"),
                ({"ccy": "BTC", "begin": "x"}, "51000"),
            )
        ],
        *[
            (path, asked, code)
            for path in OF_CONTRACT
            for asked, code in (
                ({}, "50014"),
                ({"instId": "BTC-USDT-SWAP"}, "51001"),
                ({"instId": "BTC-USDT", "period": "1m"}, "51000"),
                ({"instId": "BTC-USDT", "limit": "0"}, "51000"),
            )
        ],
        ("taker-volume-contract", {"instId": "BTC-USDT", "unit": "3"}, "51000"),
        *[
            (path, asked, code)
            for path in OF_OPTIONS
            for asked, code in (
                ({}, "50014"),
                ({**STRIKE, "ccy": "NONE"}, "51012"),
                ({**STRIKE, "period": "5m"}, "51000"),
            )
        ],
        ("option/open-interest-volume-strike", {"ccy": "BTC"}, "50014"),
        ("option/open-interest-volume-strike", {"ccy": "BTC", "expTime": "soon"}, "51000"),
    ],
)
async def test_what_is_refused(rest: House, path: str, asked: dict[str, str], code: str) -> None:
    reply = await rest.get(f"rubik/stat/{path}", **asked)
    assert (reply.code, reply.data) == (code, [])


async def test_announcements(rest: House) -> None:
    assert (await rest.get("support/announcements")).row == {"totalPage": "0", "details": []}
    for path in ("announcement-types", "announcements-types"):
        kinds = (await rest.get(f"support/{path}")).data
        assert len(kinds) == len(statistics.ANNOUNCEMENT_TYPES)
        assert all(set(kind) == set(statistics.ANNOUNCEMENT_TYPE_ROW) and all(kind.values()) for kind in kinds)
    known = kinds[0]["annType"]
    assert (await rest.get("support/announcements", annType=known, page="2")).code == "0"
    for wrong in ({"annType": "news"}, {"page": "0"}, {"page": "last"}):
        assert (await rest.get("support/announcements", **wrong)).code == "51000"


async def test_who_signs_is_answered_the_same(rest: House) -> None:
    for path in ("support/announcements", "market/index-tickers?quoteCcy=USDT", "rubik/stat/trading-data/support-coin"):
        assert (await rest.trader.get(path)).raw == (await rest.get(path)).raw
