"""The markets of a sandbox in a whole house: with contracts, without, and after a restart with the other choice."""

from pathlib import Path

import pytest

from lonja.adapters.clock import ManualClock
from lonja.bootstrap.sandbox_markets import OpenMarkets, open_markets
from lonja.bootstrap.settings import ClockSettings, Settings
from lonja.bootstrap.wiring import House, build_house
from lonja.modules.sandbox import past
from lonja.modules.sandbox.api import SandboxClock, SandboxOptions

NOW_MS = 1_750_000_000_000


async def opened(folder: Path, *, contracts: bool) -> tuple[House, OpenMarkets]:
    clock = SandboxClock(ManualClock(NOW_MS))
    options = SandboxOptions(pairs=3, contracts=contracts)
    settings = Settings(data=folder, sandbox=options, clock=ClockSettings(0, NOW_MS))
    house = await build_house(settings, clock)
    return house, await open_markets(house, settings, clock, lambda _: None)


def contracts_of(house: House) -> dict[str, int]:
    return {view.instrument_id: view.instrument for view in house.engine.views.instruments() if view.instrument_type}


async def test_contracts_are_listed_unless_nobody_wants_them_and_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "CANDLE_COUNT", 5)
    house, _ = await opened(tmp_path, contracts=False)
    assert contracts_of(house) == {}
    await house.close()
    house, world = await opened(tmp_path, contracts=True)
    listed = contracts_of(house)
    assert {"BTC-USDT-SWAP", "ETH-USD-SWAP", "QUIET-USDT-SWAP", "QUIET-USD-SWAP", "BTC-USDT-250620"} <= listed.keys()
    await world.indices.fix("QUIET-USDT", 975 * 10**17)
    await house.close()
    house, world = await opened(tmp_path, contracts=False)
    assert contracts_of(house) == listed
    assert house.engine.views.levels(listed["BTC-USDT-SWAP"], 0, 1), "and somebody quotes them"
    assert world.indices.fixed() == {"QUIET-USD": 100 * 10**18, "QUIET-USDT": 975 * 10**17}, "as they were left"
    mark = house.engine.views.contract(listed["QUIET-USDT-SWAP"])
    assert mark is not None
    assert mark.mark == 9_750
    await house.close()
