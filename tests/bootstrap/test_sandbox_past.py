"""What a sandbox tells of the time before it opened: deliveries, funding, candles and open interest, the same for a seed."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lonja.bootstrap.prices import PRICES_NAME
from lonja.bootstrap.wiring import House
from lonja.core.kinds import InstrumentState
from lonja.modules.pricing.api import DELIVERY, FUNDING
from lonja.modules.sandbox import past
from lonja.modules.sandbox.catalogue import ASSETS
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS
from tests.bootstrap.test_sandbox_markets import NOW_MS, opened

FRIDAY_MS = DAY_MS + 8 * HOUR_MS
WEEK_MS = 7 * DAY_MS
CAP = 10**12 * 75 // 10_000


@pytest.fixture(autouse=True)
def short_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "CANDLE_COUNT", 20)


def codes(house: House, beginning: str, *, ended: bool = False) -> dict[str, int]:
    """Instruments whose names begin so, alive or not."""
    return {
        view.instrument_id: view.instrument
        for view in house.engine.views.instruments()
        if view.instrument_id.startswith(beginning) and (view.state == InstrumentState.DELISTED) == ended
    }


async def told(house: House) -> dict[str, Any]:
    """Everything that is told of the past."""
    records, views = house.prices.records, house.engine.views
    found: dict[str, Any] = {}
    for view in views.instruments():
        code = view.instrument
        if views.contract(code) is None:
            continue
        settled = [(one.time_ms, one.rate) for one in records.history(FUNDING, code, limit=400)]
        delivered = [(one.time_ms, one.price) for one in records.history(DELIVERY, code)]
        held = house.services.statistics.standings([code], 0, 0, NOW_MS - HOUR_MS, 0)
        candles = await house.market_data.older_candles(code, "1m", after_ms=NOW_MS - 5 * MINUTE_MS)
        found[view.instrument_id] = settled, delivered, held, [row[:5] for row in candles]
    return found


async def test_a_first_start_has_a_past(tmp_path: Path) -> None:
    house, _ = await opened(tmp_path, contracts=True)
    found = await told(house)
    check_deliveries(house)
    check_funding(found)
    swap = codes(house, "BTC-USDT-SWAP")["BTC-USDT-SWAP"]
    contract = house.engine.views.contract(swap)
    assert contract is not None
    held = house.services.statistics.standings([swap], 0, 0, NOW_MS, 0)
    assert [two.time_ms - one.time_ms for one, two in pairwise(held[:201])] == [300_000] * 200
    assert all(contract.open_lots / 3 < one.lots < contract.open_lots * 3 and one.mark for one in held)
    for name, code in codes(house, "BTC-USD").items():
        if name[-1].isdigit():
            rows = house.market_data.candles(code, "1m")
            assert len(rows) > 10, name
            assert all(0.9 < row.close * 0.1 / ASSETS["BTC"].price < 1.1 for row in rows), name
    await house.close()
    again, _ = await opened(tmp_path, contracts=True)
    assert await told(again) == found
    await again.close()


def check_deliveries(house: House) -> None:
    ended = codes(house, "BTC-USDT-", ended=True) | codes(house, "ETH-USD-", ended=True)
    assert len(ended) == 8
    for name, code in ended.items():
        (one,) = house.prices.records.history(DELIVERY, code)
        assert one.time_ms < NOW_MS
        assert NOW_MS - one.time_ms < 5 * WEEK_MS
        assert (one.time_ms - FRIDAY_MS) % WEEK_MS == 0
        view, contract = house.engine.views.instrument(code), house.engine.views.contract(code)
        assert view is not None
        assert contract is not None
        assert contract.expiry_time_ms == one.time_ms
        price = one.price * view.tick_step / 10**view.price_scale
        assert 0.5 < price / ASSETS[name.split("-")[0]].price < 2, name


def check_funding(found: dict[str, Any]) -> None:
    for name, (settled, *_) in found.items():
        if not name.endswith("-SWAP") or name.startswith("QUIET"):
            assert settled == [], name
            continue
        assert len(settled) == 270
        assert all(time_ms % (8 * HOUR_MS) == 0 for time_ms, _ in settled)
        assert NOW_MS - 8 * HOUR_MS - 5 * MINUTE_MS < settled[0][0] < NOW_MS
        assert all(abs(rate) <= CAP for _, rate in settled)
        usual = sum(rate == 10**12 // 10_000 for _, rate in settled)
        assert 100 < usual < 270, (name, usual)


async def test_the_past_is_that_of_the_seed_and_comes_back_when_it_is_lost(tmp_path: Path) -> None:
    first, _ = await opened(tmp_path / "first", contracts=True)
    second, _ = await opened(tmp_path / "second", contracts=True)
    found = await told(first)
    assert await told(second) == found
    await second.close()
    await first.close()
    for path in (tmp_path / "first").glob(f"{PRICES_NAME}*"):
        path.unlink()
    again, _ = await opened(tmp_path / "first", contracts=True)
    assert await told(again) == found
    await again.close()


async def test_without_contracts_there_is_no_past_of_any(tmp_path: Path) -> None:
    house, _ = await opened(tmp_path, contracts=False)
    assert await told(house) == {}
    assert not house.prices.records.knows_past()
    await house.close()
