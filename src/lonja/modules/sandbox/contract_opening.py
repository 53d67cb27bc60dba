"""Lists the sandbox's contracts: families, tiers, Security Funds, swaps, and accounts that trade them.

Why here: ``opening`` does the same for spot instruments. Invariants: as there, nothing that exists is changed, a start
that was killed is finished by the next, and no fund is endowed twice. Dated contracts are listed by the calendar.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from lonja.core.commands import (
    Command,
    CreateAccount,
    CreateCurrency,
    DefineFamily,
    DefineFeeTier,
    DefinePositionTier,
    Deposit,
    EndowFund,
    ListContract,
)
from lonja.core.kinds import AccountKind, AccountMode, InstrumentState, Ledger
from lonja.core.rejections import Rejection
from lonja.core.texts import Text16, Text32
from lonja.core.views import FamilyView, Outcome
from lonja.engine.api import Engine, EngineViews
from lonja.modules.identity.api import Identity
from lonja.modules.sandbox.catalogue import ASSETS, CUSTOMER_FEE_TIER, SIMULATOR_FEE_TIER
from lonja.modules.sandbox.contract_catalogue import (
    CONTRACT_BAND_PPM,
    CONTRACT_FEE_GROUP,
    CONTRACT_FEES_PPM,
    DATED,
    FAMILIES,
    USD_SCALE,
    FamilyFact,
    contracts_worth,
    families_on,
    lots_of,
    steps_of_contract,
)
from lonja.modules.sandbox.lots import SCALES, Steps
from lonja.modules.sandbox.past import Past, PastMarket
from lonja.modules.sandbox.prices import USD

_LIMIT_ORDER_USD_MAX, _MARKET_ORDER_USD_MAX = 50_000_000, 5_000_000
_TRADER_USD, _TRADER_USD_ELSEWHERE = 100_000_000, 20_000_000
"""What each simulated trader of contracts is given: so much that no move of a price brings it near liquidation."""


@dataclass(frozen=True, slots=True)
class OpenedFamily:
    """A family that is there, and the accounts that trade its contracts; -1 for one that is left alone."""

    fact: FamilyFact
    family: int
    maker: int
    taker: int
    crowd: tuple[int, ...]


class ContractOpening:
    """Brings an engine with the sandbox's spot instruments to where its contracts are listed."""

    def __init__(self, engine: Engine, identity: Identity) -> None:
        """Nothing happens before ``run``."""
        self._engine = engine
        self._identity = identity

    async def run(self, past: Past | None = None) -> list[OpenedFamily]:
        """Do what is missing; with ``past`` lively contracts get the day before. Raises ``LonjaError``."""
        views = self._engine.views
        listed = {view.instrument_id for view in views.instruments()}
        facts = await self.define(listed)
        there = _by_fact(views)
        await self._all(
            listing_of(views, fact, there[fact].family)._replace(instrument_id=Text32(fact.swap_id))
            for fact in facts
            if not fact.is_dated and fact.swap_id not in listed
        )
        if past is not None:
            for market, instrument in past_markets(views, are_dated=False):
                if market.name not in listed:
                    await self._all(past.candles_of(market, instrument))
        return await self._accounts(facts, there)

    async def define(self, spot_ids: Collection[str]) -> list[FamilyFact]:
        """The families on spot pairs, with their tiers and funds, as far as they are missing."""
        views, facts = self._engine.views, families_on(spot_ids)
        await self._create_dollar()
        known = {(view.name, view.instrument_type) for view in views.families()}
        if not known:
            await self._all(DefineFeeTier(0, -1, 0, 0, tier, CONTRACT_FEE_GROUP, *fees) for tier, *fees in _fees())
        await self._all(
            DefineFamily(name=Text32(fact.name), instrument_type=fact.instrument_type, settle=self._code(fact.settle))
            for fact in facts
            if (fact.name, fact.instrument_type) not in known
        )
        there = _by_fact(views)
        await self._all(command for fact in facts for command in self._terms(fact, there[fact]))
        return facts

    async def open_dated(self, past: Past) -> None:
        """Give the dated contracts that the calendar listed the day before."""
        for market, instrument in past_markets(self._engine.views, are_dated=True):
            await self._all(past.candles_of(market, instrument))

    async def _create_dollar(self) -> None:
        if all(currency.name != USD for currency in self._engine.views.currencies()):
            await self._all([CreateCurrency(name=Text16(USD), scale=USD_SCALE)])

    def _terms(self, fact: FamilyFact, family: FamilyView) -> Iterable[Command]:
        """Tiers and fund, as far as they are missing."""
        for tier, (contracts, maintenance_ppm, initial_ppm, leverage) in enumerate(fact.tiers, start=1):
            if tier > len(family.tiers):
                rates = (maintenance_ppm, initial_ppm, leverage * 100)
                yield DefinePositionTier(0, -1, 0, 0, family.family, tier, lots_of(fact, contracts), *rates)
        fund = self._engine.views.balance(family.fund_account, family.settle, Ledger.TRADING)
        if fund.updated_time_ms == 0:
            scale = self._engine.views.currencies()[family.settle].scale
            yield EndowFund(family=family.family, amount=fact.fund_units * 10**scale)

    async def _accounts(self, facts: list[FamilyFact], there: dict[FamilyFact, FamilyView]) -> list[OpenedFamily]:
        """A maker and a taker for each family with simulated traders, with money, and the members of its crowd."""
        tiers = {
            f"{role} {fact.title}": SIMULATOR_FEE_TIER for fact in facts if fact.pace_ms for role in ("maker", "taker")
        }
        tiers |= {name: CUSTOMER_FEE_TIER for fact in facts for name in _crowd_names(fact)}
        by_name = await self._named_accounts(tiers)
        opened = [
            OpenedFamily(
                fact,
                there[fact].family,
                by_name.get(f"maker {fact.title}", -1),
                by_name.get(f"taker {fact.title}", -1),
                tuple(by_name[name] for name in _crowd_names(fact)),
            )
            for fact in facts
        ]
        await self._all(deposit for family in opened for deposit in self._money(family))
        return opened

    async def _named_accounts(self, fee_tiers: dict[str, int]) -> dict[str, int]:
        """Accounts in futures mode by name; those that lack are made at once."""
        known = {account.name: account.account for account in self._identity.accounts() if account.name in fee_tiers}
        missing = [name for name in fee_tiers if name not in known]
        create = CreateAccount(kind=AccountKind.SIMULATOR, account_mode=AccountMode.FUTURES)
        outcomes = await self._all(create._replace(fee_tier=fee_tiers[name]) for name in missing)
        made = {name: outcome.id for name, outcome in zip(missing, outcomes, strict=True)}
        self._identity.register_accounts(made, -1)
        return known | made

    def _money(self, family: OpenedFamily) -> Iterable[Deposit]:
        if not family.fact.pace_ms:
            return
        currency, amount = self._code(family.fact.settle), trader_funds(self._engine.views, family.fact)
        for account in (family.maker, family.taker):
            if self._engine.views.balance(account, currency, Ledger.TRADING).updated_time_ms == 0:
                yield Deposit(account=account, currency=currency, ledger=Ledger.TRADING, amount=amount)

    def _code(self, name: str) -> int:
        return next(view.currency for view in self._engine.views.currencies() if view.name == name)

    async def _all(self, commands: Iterable[Command]) -> list[Outcome]:
        listed = list(commands)
        outcomes = await self._engine.submit_many(listed) if listed else []
        for command, outcome in zip(listed, outcomes, strict=True):
            assert outcome.rejection == Rejection.NONE, f"{Rejection(outcome.rejection).name}: {command}"
        return outcomes


class ContractLister:
    """Tells the calendar how the sandbox's dated contracts are made."""

    def __init__(self, views: EngineViews) -> None:
        """Families are those that ``views`` know at the moment of a question."""
        self._views = views

    def families(self) -> dict[int, str]:
        """Families whose dated contracts are listed by the calendar, with the underlying of each."""
        return {view.family: fact.name for fact, view in _by_fact(self._views).items() if fact.is_dated}

    def bases(self) -> set[str]:
        """What these contracts are on."""
        return {fact.base for fact in _by_fact(self._views) if fact.is_dated}

    def listing(self, family: int, instrument_id: str, expiry_ms: int) -> ListContract:
        """The command that lists a contract of a family."""
        fact = next(fact for fact, view in _by_fact(self._views).items() if view.family == family)
        made = listing_of(self._views, fact, family)
        return made._replace(instrument_id=Text32(instrument_id), expiry_ms=expiry_ms)


def listing_of(views: EngineViews, fact: FamilyFact, family: int) -> ListContract:
    """A contract of the family ``fact``, whose code is ``family``; without name and expiry."""
    codes = {view.name: view.currency for view in views.currencies()}
    tick_step, price_scale, lot_step, size_scale, contract_value, contract_scale = steps_of_contract(fact)
    return ListContract(
        family=family,
        base=codes[fact.base],
        quote=codes[fact.quote],
        price_scale=price_scale,
        tick_step=tick_step,
        size_scale=size_scale,
        lot_step=lot_step,
        size_limit_max=contracts_worth(fact, _LIMIT_ORDER_USD_MAX),
        size_market_max=contracts_worth(fact, _MARKET_ORDER_USD_MAX),
        band_ppm=CONTRACT_BAND_PPM,
        fee_group=CONTRACT_FEE_GROUP,
        contract_value=contract_value,
        contract_scale=contract_scale,
    )


def contract_steps(fact: FamilyFact) -> Steps:
    """Steps whose lot is what one lot of contracts is worth in base, at the catalogue's price."""
    tick_step, price_scale, lot_step, size_scale, _, _ = steps_of_contract(fact)
    return Steps(
        tick=float(fact.tick_size),
        lot=float(fact.lot_size) * fact.base_per_contract,
        price_scale=price_scale,
        tick_step=tick_step,
        size_scale=size_scale,
        lot_step=lot_step,
        size_min=1,
        base_scale=SCALES[fact.base],
        quote_scale=SCALES["USDT"],
    )


def past_markets(views: EngineViews, *, are_dated: bool) -> Iterator[tuple[PastMarket, int]]:
    """The contracts that are alive and have a past, with their codes: lively perpetual ones, or dated ones."""
    facts = {view.family: fact for fact, view in _by_fact(views).items()}
    for view in views.instruments():
        contract = views.contract(view.instrument)
        fact = None if contract is None or view.state != InstrumentState.LIVE else facts.get(contract.family)
        if contract is not None and fact is not None and fact.is_dated == are_dated and (fact.is_lively or are_dated):
            market = _past_market(views, fact)
            yield market._replace(name=view.instrument_id, expiry_ms=contract.expiry_time_ms), view.instrument


def _past_market(views: EngineViews, fact: FamilyFact) -> PastMarket:
    tick_step, price_scale, lot_step, size_scale, value, value_scale = steps_of_contract(fact)
    scale = next(view.scale for view in views.currencies() if view.name == fact.settle)

    def worth(price: int, lots: int) -> int:
        """Smallest units of the settlement currency, rounded down."""
        amount, exponent, divisor = lots * lot_step * value, scale - size_scale - value_scale, 1
        if fact.is_inverse:
            exponent, divisor = exponent + price_scale, price * tick_step
        else:
            amount, exponent = amount * price * tick_step, exponent - price_scale
        return int(amount * 10**exponent // divisor if exponent >= 0 else amount // (divisor * 10**-exponent))

    names = (fact.swap_id, fact.base, "USDT")
    return PastMarket(*names, fact.pace_ms, fact.trade_usd, contract_steps(fact), worth)


def trader_funds(views: EngineViews, fact: FamilyFact) -> int:
    """What a simulated trader of the family is given: smallest units of the settlement currency."""
    usd = _TRADER_USD if fact.base in DATED else _TRADER_USD_ELSEWHERE
    scale = next(view.scale for view in views.currencies() if view.name == fact.settle)
    return round(usd / ASSETS[fact.settle].price) * int(10**scale)


def _by_fact(views: EngineViews) -> dict[FamilyFact, FamilyView]:
    facts = {(fact.name, fact.instrument_type): fact for fact in FAMILIES}
    found = ((facts.get((view.name, view.instrument_type)), view) for view in views.families())
    return {fact: view for fact, view in found if fact is not None}


def _crowd_names(fact: FamilyFact) -> list[str]:
    return [f"crowd {fact.title} {number}" for number in range(1, fact.crowd + 1)]


def _fees() -> Iterable[tuple[int, int, int]]:
    return CONTRACT_FEES_PPM
