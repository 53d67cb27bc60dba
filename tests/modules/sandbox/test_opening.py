"""Opening the sandbox: from nothing, again, and after being killed on the way."""

from pathlib import Path
from typing import Any

import pytest

from lonja.core.commands import CreateAccount, Deposit, ImportCandle, ListInstrument
from lonja.core.kinds import InstrumentState, Ledger
from lonja.engine.api import Engine
from lonja.modules.sandbox import past
from lonja.modules.sandbox.api import QUIET, SandboxOptions
from lonja.modules.sandbox.lots import SCALES
from lonja.primitives.errors import DataError, SettingsError
from lonja.primitives.instant import MINUTE_MS
from tests.modules.sandbox.sandbox_house import NOW_MS, SandboxHouse


@pytest.fixture
async def house(tmp_path: Path):
    house = await SandboxHouse(tmp_path).open()
    yield house
    await house.stop()


def funds(house: SandboxHouse, name: str) -> dict[tuple[str, str], int]:
    names = {currency.currency: currency.name for currency in house.engine.views.currencies()}
    return {
        (names[row.currency], Ledger(row.ledger).name): row.cash // 10 ** SCALES[names[row.currency]]
        for row in house.engine.views.balances(house.opened.customers[name])
    }


async def test_customers_have_their_money_in_both_ledgers(house: SandboxHouse) -> None:
    for name in ("trader", "trader2"):
        assert funds(house, name) == {
            (currency, ledger): units
            for currency, units in (("USDT", 1_000_000), ("BTC", 10), ("ETH", 100), ("QUIET", 10_000))
            for ledger in ("FUNDING", "TRADING")
        }


async def test_customers_are_masters_with_base_fees(house: SandboxHouse) -> None:
    quiet = house.code(QUIET)
    views = house.engine.views
    for account in house.opened.customers.values():
        assert views.account(account).master == account
        assert views.fee_rates(account, quiet) == (800, 1_000)


async def test_all_instruments_are_open_within_their_bands(house: SandboxHouse) -> None:
    for view in house.engine.views.instruments():
        assert view.state == InstrumentState.LIVE
        assert view.index_price > 0
        assert view.band_ppm == 200_000
    quiet = house.engine.views.instrument(house.code(QUIET))
    assert (quiet.index_price, quiet.sell_min, quiet.buy_max) == (10_000, 8_000, 12_000)


async def test_traded_instruments_have_a_past_and_quiet_has_none(house: SandboxHouse) -> None:
    candles = [command for command in house.commands() if isinstance(command, ImportCandle)]
    counts = {code: sum(candle.instrument == code for candle in candles) for code in {c.instrument for c in candles}}
    assert set(counts.values()) == {1_440}
    assert house.code(QUIET) not in counts
    assert len(counts) >= 20
    newest = max(candle.open_time_ms for candle in candles)
    assert NOW_MS - 6 * MINUTE_MS < newest < NOW_MS - 4 * MINUTE_MS, "it ends where the warm-up begins"


async def test_a_second_start_changes_nothing(house: SandboxHouse, tmp_path: Path) -> None:
    before = house.engine.views.state_hash()
    again = await (await house.again()).open()
    assert again.opened.customers == house.opened.customers
    assert again.engine.views.state_hash() == before
    await again.stop()


class KilledError(Exception):
    pass


class DyingEngine:
    """An engine whose process is killed before it takes the n-th lot of commands."""

    def __init__(self, engine: Engine, lots: int) -> None:
        self._engine = engine
        self._lots = lots

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def submit_many(self, commands):
        if self._lots == 0:
            raise KilledError
        self._lots -= 1
        return await self._engine.submit_many(commands)


async def test_a_start_that_was_killed_anywhere_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "CANDLE_COUNT", 2)
    reference = await SandboxHouse(_folder(tmp_path, "reference")).open()
    for lots in range(9):
        house = SandboxHouse(_folder(tmp_path, str(lots)))
        engine = house.engine
        house.engine = DyingEngine(engine, lots)  # type: ignore[assignment]  # passes everything else on
        with pytest.raises(KilledError):
            await house.open()
        house.engine = engine
        again = await (await house.again()).open()
        made = again.commands()
        for kind in (CreateAccount, ListInstrument, Deposit):
            assert _count(made, kind) == _count(reference.commands(), kind), f"{kind.__name__} after {lots}"
        assert funds(again, "trader") == funds(reference, "trader")
        assert all(view.state == InstrumentState.LIVE for view in again.engine.views.instruments())
        await again.stop()
    await reference.stop()


def _folder(root: Path, name: str) -> Path:
    (root / name).mkdir()
    return root / name


def _count(commands: list, kind: type) -> int:
    return sum(isinstance(command, kind) for command in commands)


async def test_a_journal_without_its_accounts_is_refused(house: SandboxHouse, tmp_path: Path) -> None:
    await house.stop()
    stranger = SandboxHouse(tmp_path, box=house.box)
    with pytest.raises(DataError, match="do not belong together"):
        await stranger.open()
    await stranger.stop()


def test_unknown_instruments_cannot_be_left_alone() -> None:
    with pytest.raises(SettingsError, match="no instrument NO-PE in the sandbox"):
        SandboxOptions(1, frozenset({"NO-PE", "BTC-USDT"}))
