"""Borrowing in a whole sandbox: opened once, told by its indices, and known again after a restart."""

from pathlib import Path

import pytest

from lonja.adapters.clock import ManualClock
from lonja.bootstrap import sandbox_markets
from lonja.bootstrap.lending import LENDING_NAME
from lonja.bootstrap.sandbox_markets import OpenMarkets, open_markets
from lonja.bootstrap.settings import ClockSettings, Settings
from lonja.bootstrap.wiring import House, build_house
from lonja.core.collateral_commands import ChangeLoan, SetAutoBorrow
from lonja.core.commands import ConfigureAccount
from lonja.engine.api import Engine
from lonja.modules.sandbox import past
from lonja.modules.sandbox.api import CUSTOMER_NAMES, SandboxClock, SandboxOptions, Timekeeper
from lonja.primitives.instant import HOUR_MS

NOW_MS = 1_750_000_000_000
UNIT = 10**8
USD = 10**12


async def opened(folder: Path) -> tuple[House, OpenMarkets, Timekeeper]:
    clock = SandboxClock(ManualClock(NOW_MS))
    options = SandboxOptions(pairs=3, contracts=False)
    settings = Settings(data=folder, sandbox=options, clock=ClockSettings(0, NOW_MS))
    house = await build_house(settings, clock)
    world = await open_markets(house, settings, clock, lambda _: None)
    return house, world, Timekeeper(house.engine, clock, world.markets, house.prices)


def code_of(house: House, name: str) -> int:
    return next(one.currency for one in house.engine.views.currencies() if one.name == name)


async def borrow(house: House, account: int, name: str, units: int) -> None:
    outcomes = await house.engine.submit_many(
        [
            ConfigureAccount(account=account, account_mode=3),
            SetAutoBorrow(account=account, enabled=1),
            ChangeLoan(account=account, currency=code_of(house, name), amount=units * UNIT),
        ]
    )
    assert all(outcome.rejection == 0 for outcome in outcomes), outcomes


async def test_a_sandbox_lends_and_goes_on_after_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "CANDLE_COUNT", 5)
    house, world, timekeeper = await opened(tmp_path)
    views, customer = house.engine.views, world.customers[CUSTOMER_NAMES[0]]
    quiet, usdt, btc = (code_of(house, name) for name in ("QUIET", "USDT", "BTC"))
    known = views.currency_terms(quiet)
    assert [(tier.amount_max, tier.rate_ppm) for tier in known.tiers] == [
        (10_000 * UNIT, 900_000),
        (100_000 * UNIT, 500_000),
    ]
    assert (known.limit_max, known.initial_ppm, known.maintenance_ppm) == (50_000 * UNIT, 100_000, 30_000)
    assert views.lending_desk() > max(world.customers.values())
    assert views.margin_tiers(next(one.instrument for one in views.instruments() if one.instrument_id == "QUIET-USDT"))
    assert views.currency_terms(usdt).price in (0, USD)
    assert views.currency_terms(btc).price > 10_000 * USD

    # Time stands: what is fixed by hand is told before the call is answered.
    await world.indices.fix("QUIET-USDT", 100 * 10**18 + 10**16)
    assert views.currency_terms(quiet).price == 100 * USD + USD // 100

    await borrow(house, customer, "QUIET", 876)
    before = house.engine.now_ms()
    await timekeeper.advance(3 * HOUR_MS)
    paid = house.prices.lender.records.accruals([customer])
    first = before - before % HOUR_MS + HOUR_MS
    assert [(one.hour_ms, one.time_ms) for one in paid[::-1]] == [
        (at, at) for at in range(first, first + 3 * HOUR_MS, HOUR_MS)
    ]
    assert {one.amount for one in paid} == {UNIT * 876 * 11_415_525 // 10**12 + 1}
    sequence = views.last_sequence()
    terms = [views.currency_terms(code) for code in (quiet, usdt, btc)]
    desk, count = views.lending_desk(), views.account_count()
    await house.close()

    # Without its database everything is known again from the journal, and nobody pays twice.
    (tmp_path / LENDING_NAME).unlink()
    house, world, _ = await opened(tmp_path)
    views = house.engine.views
    assert [views.currency_terms(code)[2:] for code in (quiet, usdt, btc)] == [one[2:] for one in terms]
    assert (views.lending_desk(), views.account_count()) == (desk, count)
    assert views.last_sequence() >= sequence
    assert house.prices.lender.records.accruals([customer]) == paid
    await house.close()


async def not_yet(engine: Engine) -> None:
    """What sandboxes did of lending before there was any."""
    assert engine.views.lending_desk() < 0


async def test_a_folder_from_before_gets_its_desk_after_all_accounts_that_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "CANDLE_COUNT", 5)
    with monkeypatch.context() as before:
        before.setattr(sandbox_markets, "open_lending_desk", not_yet)
        house, world, timekeeper = await opened(tmp_path)
        customers, count = world.customers, house.engine.views.account_count()
        await timekeeper.advance(2 * HOUR_MS)
        assert house.prices.lender.interest_rate(code_of(house, "QUIET")) is None
        await house.close()
    (tmp_path / LENDING_NAME).unlink()
    house, world, timekeeper = await opened(tmp_path)
    assert world.customers == customers
    assert house.engine.views.lending_desk() == count
    customer = customers[CUSTOMER_NAMES[0]]
    await borrow(house, customer, "QUIET", 876)
    await timekeeper.advance(HOUR_MS)
    assert len(house.prices.lender.records.accruals([customer])) == 1
    await house.close()
