"""Listing the contracts: which there are, what they are like, and the same after a kill and in older folders."""

from pathlib import Path

import pytest

from lonja.core.commands import CreateAccount, Deposit, EndowFund, ListContract
from lonja.core.kinds import AccountMode, InstrumentState, InstrumentType, Ledger
from lonja.modules.pricing.api import Terms, expiries, name_of
from lonja.modules.sandbox.api import FAMILIES, INSTRUMENTS, ContractLister, ContractOpening
from lonja.modules.sandbox.contract_catalogue import families_on
from tests.modules.sandbox.sandbox_house import NOW_MS, SandboxHouse
from tests.modules.sandbox.test_opening import DyingEngine, KilledError

QUIET_TIERS = [(1_000, 5_000, 10_000, 100), (5_000, 10_000, 20_000, 50), (20_000, 20_000, 50_000, 20)]


@pytest.fixture
async def house(tmp_path: Path):
    house = await SandboxHouse(tmp_path).open(pairs=4)
    await ContractOpening(house.engine, house.identity).run()
    yield house
    await house.stop()


def test_the_catalogue_has_as_many_swaps_as_promised_and_the_futures_of_the_majors() -> None:
    every = families_on({fact.instrument_id for fact in INSTRUMENTS})
    assert every == list(FAMILIES)
    swaps = [fact for fact in every if fact.instrument_type == InstrumentType.SWAP]
    assert sum(not fact.is_inverse for fact in swaps) >= 100
    assert sum(fact.is_inverse for fact in swaps) >= 20
    assert {fact.name for fact in every if fact.is_dated} == {"BTC-USDT", "BTC-USD", "ETH-USDT", "ETH-USD"}


def test_tiers_grow_and_their_leverage_is_what_the_initial_margin_allows() -> None:
    for fact in FAMILIES:
        sizes = [size for size, _, _, _ in fact.tiers]
        assert sizes == sorted(set(sizes)), fact.title
        for _, maintenance_ppm, initial_ppm, leverage in fact.tiers:
            assert maintenance_ppm < initial_ppm, fact.title
            assert abs(initial_ppm * leverage - 1_000_000) <= 2_500, fact.title


@pytest.mark.parametrize(
    ("instrument_id", "value", "lots_per_contract", "settle", "fund"),
    [
        ("QUIET-USDT-SWAP", 1, 10, "USDT", 10_000),
        ("QUIET-USD-SWAP", 10, 1, "QUIET", 1_000),
    ],
)
async def test_quiet_contracts_are_as_users_are_told(
    house: SandboxHouse, instrument_id: str, value: int, lots_per_contract: int, settle: str, fund: int
) -> None:
    views = house.engine.views
    instrument = views.instrument(house.code(instrument_id))
    contract = views.contract(house.code(instrument_id))
    assert instrument is not None
    assert contract is not None
    family = views.families()[contract.family]
    assert (contract.contract_value, contract.contract_scale, contract.multiplier) == (value, 0, 1)
    assert (instrument.price_scale, instrument.tick_step) == (2, 1)
    assert instrument.lot_step * lots_per_contract == 10**instrument.size_scale
    assert (instrument.band_ppm, instrument.state) == (50_000, InstrumentState.LIVE)
    assert [tuple(tier) for tier in family.tiers] == [
        (size * lots_per_contract, maintenance, initial, leverage * 100)
        for size, maintenance, initial, leverage in (*QUIET_TIERS, (100_000, 50_000, 100_000, 10))
    ]
    currency = views.currencies()[family.settle]
    assert (currency.name, family.fund_balance) == (settle, fund * 10**currency.scale)
    for account in house.opened.customers.values():
        assert views.fee_rates(account, instrument.instrument) == (200, 500)
        known = views.account(account)
        assert known is not None
        assert known.account_mode == AccountMode.SPOT, "people choose their mode themselves"


async def test_only_contracts_on_listed_pairs_are_listed(house: SandboxHouse) -> None:
    listed = {view.instrument_id for view in house.engine.views.instruments() if view.instrument_type != 0}
    assert listed == {f"{base}-{quote}-SWAP" for base in ("BTC", "ETH", "QUIET", "SOL") for quote in ("USDT", "USD")}


async def test_a_second_start_changes_nothing(house: SandboxHouse) -> None:
    before = house.engine.views.state_hash()
    again = await (await house.again()).open(pairs=4)
    await ContractOpening(again.engine, again.identity).run()
    assert again.engine.views.state_hash() == before
    await again.stop()


async def test_a_folder_without_contracts_gets_them_and_its_instruments_keep_their_codes(tmp_path: Path) -> None:
    house = await SandboxHouse(tmp_path).open(pairs=4)
    spot = [view.instrument_id for view in house.engine.views.instruments()]
    again = await (await house.again()).open(pairs=4)
    opened = await ContractOpening(again.engine, again.identity).run()
    assert [view.instrument_id for view in again.engine.views.instruments()][: len(spot)] == spot
    for family in opened:
        for account in (family.maker, family.taker) if family.fact.pace_ms else ():
            known = again.engine.views.account(account)
            assert known is not None
            assert known.account_mode == AccountMode.FUTURES
            settle = again.engine.views.families()[family.family].settle
            assert again.engine.views.balance(account, settle, Ledger.TRADING).cash > 0
    await again.stop()


async def test_a_start_that_was_killed_anywhere_is_finished_by_the_next(tmp_path: Path) -> None:
    counts = []
    for lots in range(8):
        folder = tmp_path / str(lots)
        folder.mkdir()
        house = await SandboxHouse(folder).open(pairs=3)
        engine = DyingEngine(house.engine, lots)
        if lots < 7:
            with pytest.raises(KilledError):
                await ContractOpening(engine, house.identity).run()  # type: ignore[arg-type]  # passes the rest on
        again = await (await house.again()).open(pairs=3)
        await ContractOpening(again.engine, again.identity).run()
        kinds = [type(command) for command in again.commands()]
        counts.append([kinds.count(kind) for kind in (CreateAccount, Deposit, EndowFund, ListContract)])
        await again.stop()
    assert all(count == counts[0] for count in counts)


async def test_the_calendar_lists_dated_contracts(house: SandboxHouse) -> None:
    lister = ContractLister(house.engine.views)
    terms = Terms.of_file()
    families = lister.families()
    assert sorted(families.values()) == ["BTC-USD", "BTC-USDT", "ETH-USD", "ETH-USDT"]
    for family, underlying in families.items():
        for expiry in expiries(NOW_MS, terms.listing(underlying, NOW_MS)):
            name = name_of(underlying, expiry.expiry_ms)
            outcome = await house.engine.submit(lister.listing(family, name, expiry.expiry_ms))
            assert outcome.rejection == 0
            view = house.engine.views.instrument(outcome.id)
            assert view is not None
            assert (view.instrument_id, view.instrument_type) == (name, InstrumentType.FUTURES)
