"""Opens the sandbox: currencies, accounts with money, instruments with a past; or finds all that from last time.

Why here: a first start may be killed at any point, so each step looks at what is there and does what is missing.
Invariant: nothing that exists is changed, and nobody is given money twice.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from lonja.core.commands import (
    Command,
    CreateAccount,
    CreateCurrency,
    DefineFeeTier,
    Deposit,
    SetIndexPrice,
    SetInstrumentState,
)
from lonja.core.kinds import AccountKind, InstrumentState, Ledger
from lonja.core.rejections import Rejection
from lonja.core.texts import Text16
from lonja.core.views import InstrumentView, Outcome
from lonja.engine.api import Engine
from lonja.modules.identity.api import Identity
from lonja.modules.sandbox.catalogue import (
    ASSETS,
    CURRENCIES,
    CUSTOMER_FEE_TIER,
    CUSTOMER_FUNDS,
    CUSTOMER_NAMES,
    FEE_RATES_PPM,
    INSTRUMENTS,
    NAMED_COUNT,
    NAMED_CURRENCIES,
    QUIET,
    SIMULATOR_FEE_TIER,
    SIMULATOR_USD,
    SIMULATOR_USD_ELSEWHERE,
    InstrumentFact,
)
from lonja.modules.sandbox.following import FollowedInstrument
from lonja.modules.sandbox.lots import SCALES, catalogue_price, fair_ticks, listing, steps_of
from lonja.modules.sandbox.past import Past
from lonja.modules.sandbox.prices import FairPrices
from lonja.modules.sandbox.traders import InstrumentTraders
from lonja.primitives.errors import DataError, SettingsError
from lonja.primitives.instant import MINUTE_MS

_CANDLES_AT_ONCE = 4_000
TAKER_NAME = "taker"
PAIRS_MIN = 3
"""So that QUIET is among them."""


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """``without_traders`` names instruments that are left to people, besides ``QUIET``.

    ``pairs`` is how many instruments of the catalogue are listed; those that a data folder has already stay anyway.
    ``followed`` names instruments whose liquidity is that of another market; they are listed, too. ``contracts`` says
    whether contracts on the listed pairs are listed; where there are some already, they are.
    """

    seed: int = 1
    without_traders: frozenset[str] = field(default_factory=frozenset)
    pairs: int = len(INSTRUMENTS)
    followed: frozenset[str] = field(default_factory=frozenset)
    contracts: bool = True

    def __post_init__(self) -> None:
        """Raise ``SettingsError`` for instruments that do not exist, and for fewer than there can be."""
        if not PAIRS_MIN <= self.pairs <= len(INSTRUMENTS):
            raise SettingsError(
                f"--pairs is {self.pairs}.", f"The catalogue has {len(INSTRUMENTS)}; at least {PAIRS_MIN} are listed."
            )
        if QUIET in self.followed:
            raise SettingsError(f"{QUIET} follows no other market.", "Choose another instrument.")
        unknown = (self.without_traders | self.followed) - {fact.instrument_id for fact in INSTRUMENTS}
        if unknown:
            raise SettingsError(
                f"There is no instrument {', '.join(sorted(unknown))} in the sandbox.",
                f"Some of those that it lists: {', '.join(fact.instrument_id for fact in INSTRUMENTS[:NAMED_COUNT])}.",
            )

    def is_traded(self, fact: InstrumentFact) -> bool:
        """Whether simulated traders act on ``fact``."""
        return fact.instrument_id != QUIET and fact.instrument_id not in self.without_traders | self.followed

    def is_listed(self, fact: InstrumentFact, place: int) -> bool:
        """Whether ``fact``, which has this ``place`` in the catalogue, is listed in every folder."""
        return place < self.pairs or fact.instrument_id in self.followed


@dataclass(frozen=True, slots=True)
class OpenedSandbox:
    """What was made or found. ``customers`` are account numbers by name."""

    customers: dict[str, int]
    traders: list[InstrumentTraders]
    prices: FairPrices
    seed: str
    followed: list[FollowedInstrument]
    past: Past | None = None
    """The day before a first start."""


class Opening:
    """Brings an engine and its names to the state of an open sandbox."""

    def __init__(
        self, engine: Engine, identity: Identity, options: SandboxOptions, report: Callable[[str], None]
    ) -> None:
        """``report`` hears what is being done, in words."""
        self._engine = engine
        self._identity = identity
        self._options = options
        self._report = report
        self._currencies: dict[str, int] = {}
        self._past: Past | None = None
        listed = {view.instrument_id for view in engine.views.instruments()}
        self._facts = [
            fact
            for place, fact in enumerate(INSTRUMENTS)
            if options.is_listed(fact, place) or fact.instrument_id in listed
        ]
        traded = {name for fact in self._facts for name in (fact.base, fact.quote)}
        self._currency_facts = [
            fact for place, fact in enumerate(CURRENCIES) if place < NAMED_CURRENCIES or fact.name in traded
        ]

    @property
    def spot_ids(self) -> list[str]:
        """The pairs that are listed, or will be."""
        return [fact.instrument_id for fact in self._facts]

    async def begin(self, past_end_ms: int) -> Past:
        """What a first start does long before it opens; ``run`` goes on from there. The day that ends at ``past_end_ms``."""
        await self._found()
        self._past = Past(self._seed(), past_end_ms, self._prices())
        return self._past

    async def run(self) -> OpenedSandbox:
        """Do what is missing. Raises ``LonjaError``."""
        self._report("accounts and money")
        customers, taker, makers = await self._found()
        await self._fund(customers, taker, makers)
        await self._list_instruments()
        prices = self._prices()
        await self._open_instruments(prices)
        await self._clear_untraded(makers)
        seed = self._seed()
        traders = [
            InstrumentTraders(fact, view.instrument, makers[fact.instrument_id], taker, seed)
            for fact, view in self._listed()
            if self._options.is_traded(fact)
        ]
        followed = [
            FollowedInstrument(fact, view.instrument, makers[fact.instrument_id], taker, seed)
            for fact, view in self._listed()
            if fact.instrument_id in self._options.followed
        ]
        return OpenedSandbox(customers, traders, prices, seed, followed, self._past)

    async def _found(self) -> tuple[dict[str, int], int, dict[str, int]]:
        """Currencies, fees and accounts: customers by name, the taker, makers by instrument."""
        await self._create_currencies()
        await self._define_fee_tiers()
        customers = {name: await self._account(name, AccountKind.CUSTOMER) for name in CUSTOMER_NAMES}
        return customers, await self._account(TAKER_NAME, AccountKind.SIMULATOR), await self._makers()

    def _prices(self) -> FairPrices:
        return FairPrices(self._seed(), self._last_prices(), {fact.name for fact in self._currency_facts})

    def _seed(self) -> str:
        """The given seed, and how far the exchange has come: a restart must not repeat the same moves."""
        return f"{self._options.seed}:{self._engine.views.last_sequence()}"

    async def _create_currencies(self) -> None:
        known = {currency.name for currency in self._engine.views.currencies()}
        await self._all(
            CreateCurrency(name=Text16(c.name), scale=c.scale) for c in self._currency_facts if c.name not in known
        )
        self._currencies = {currency.name: currency.currency for currency in self._engine.views.currencies()}

    async def _define_fee_tiers(self) -> None:
        if self._engine.views.account_count() > 2:
            return
        await self._all(
            DefineFeeTier(fee_tier=tier, maker_rate_ppm=maker, taker_rate_ppm=taker)
            for tier, (maker, taker) in FEE_RATES_PPM.items()
        )

    async def _makers(self) -> dict[str, int]:
        """An account for each instrument with simulated traders; all that lack are made at once."""
        names = {f"maker {fact.instrument_id}": fact for fact in self._facts if fact.instrument_id != QUIET}
        known = {account.name: account.account for account in self._identity.accounts() if account.name in names}
        missing = [name for name in names if name not in known]
        outcomes = await self._all(
            [CreateAccount(kind=AccountKind.SIMULATOR, fee_tier=SIMULATOR_FEE_TIER) for _ in missing]
        )
        made = {name: outcome.id for name, outcome in zip(missing, outcomes, strict=True)}
        self._identity.register_accounts(made, -1)
        return {fact.instrument_id: (known | made)[name] for name, fact in names.items()}

    async def _account(self, name: str, kind: AccountKind) -> int:
        known = self._identity.account_named(name)
        if known is not None:
            if self._engine.views.account(known.account) is None:
                raise DataError(
                    "The journal and the identity database of this data folder do not belong together.",
                    "Restore both from one backup, or start with an empty folder.",
                )
            return known.account
        tier = CUSTOMER_FEE_TIER if kind == AccountKind.CUSTOMER else SIMULATOR_FEE_TIER
        (outcome,) = await self._all([CreateAccount(kind=kind, fee_tier=tier)])
        self._identity.register_account(name, outcome.id, -1)
        return outcome.id

    async def _fund(self, customers: dict[str, int], taker: int, makers: dict[str, int]) -> None:
        deposits: list[Command] = []
        for account in customers.values():
            for ledger in (Ledger.TRADING, Ledger.FUNDING):
                for name, units in CUSTOMER_FUNDS.items():
                    deposits += self._first_deposit(account, name, ledger, units * int(10 ** SCALES[name]))
        deposits += self._simulator_deposits(taker, [fact.name for fact in self._currency_facts], SIMULATOR_USD)
        for place, fact in enumerate(self._facts):
            if fact.instrument_id in makers:
                usd = SIMULATOR_USD if place < NAMED_COUNT else SIMULATOR_USD_ELSEWHERE
                deposits += self._simulator_deposits(makers[fact.instrument_id], [fact.base, fact.quote], usd)
        await self._all(deposits)

    def _simulator_deposits(self, account: int, names: Sequence[str], usd: float) -> Iterator[Deposit]:
        for name in names:
            yield from self._first_deposit(account, name, Ledger.TRADING, simulator_funds(name, usd))

    def _first_deposit(self, account: int, name: str, ledger: Ledger, amount: int) -> Iterator[Deposit]:
        currency = self._currencies[name]
        if self._engine.views.balance(account, currency, ledger).updated_time_ms == 0:
            yield Deposit(account=account, currency=currency, ledger=ledger, amount=amount)

    async def _list_instruments(self) -> None:
        known = {view.instrument_id for view in self._engine.views.instruments()}
        await self._all(
            listing(fact, self._currencies[fact.base], self._currencies[fact.quote])
            for fact in self._facts
            if fact.instrument_id not in known
        )

    def _listed(self) -> list[tuple[InstrumentFact, InstrumentView]]:
        views = {view.instrument_id: view for view in self._engine.views.instruments()}
        return [(fact, views[fact.instrument_id]) for fact in self._facts]

    def _last_prices(self) -> dict[str, float]:
        """Dollar prices by asset, from index prices in USDT as last told."""
        views = {view.instrument_id: view for view in self._engine.views.instruments()}
        told = [(fact, views[fact.instrument_id].index_price) for fact in self._facts if fact.instrument_id in views]
        return {fact.base: price * steps_of(fact).tick for fact, price in told if fact.quote == "USDT" and price > 0}

    async def _open_instruments(self, prices: FairPrices) -> None:
        """Give each instrument that never traded its past, then open it."""
        waiting = [(fact, view) for fact, view in self._listed() if view.state == InstrumentState.PREOPEN]
        traded = [(fact, view.instrument) for fact, view in waiting if self._options.is_traded(fact)]
        if traded:
            self._report("a day of candles")
            end_ms = self._engine.now_ms() // MINUTE_MS * MINUTE_MS
            past = self._past = self._past or Past(self._seed(), end_ms, prices)
            waiting_candles: list[Command] = []
            for fact, instrument in traded:
                waiting_candles += past.candles(fact, instrument)
                if len(waiting_candles) >= _CANDLES_AT_ONCE:
                    await self._all(waiting_candles)
                    waiting_candles = []
            await self._all(waiting_candles)
        opening: list[Command] = []
        for fact, view in waiting:
            price = fair_ticks(fact, prices) if self._options.is_traded(fact) else catalogue_price(fact)
            opening.append(SetIndexPrice(instrument=view.instrument, price=price))
            opening.append(SetInstrumentState(instrument=view.instrument, state=InstrumentState.LIVE))
        await self._all(opening)

    async def _clear_untraded(self, makers: dict[str, int]) -> None:
        """Take simulated orders out of instruments that are left to people from now on."""
        for fact, view in self._listed():
            if self._options.is_traded(fact) or fact.instrument_id not in makers:
                continue
            maker = makers[fact.instrument_id]
            orders = self._engine.views.open_orders(maker)
            if orders:
                quoting = InstrumentTraders(fact, view.instrument, maker, maker, "")
                price = SetIndexPrice(instrument=view.instrument, price=catalogue_price(fact))
                await self._all([*quoting.withdraw(orders), price])

    async def _all(self, commands: "Iterator[Command] | Sequence[Command]") -> list[Outcome]:
        listed = list(commands)
        outcomes = await self._engine.submit_many(listed) if listed else []
        for command, outcome in zip(listed, outcomes, strict=True):
            assert outcome.rejection == Rejection.NONE, f"{Rejection(outcome.rejection).name}: {command}"
        return outcomes


def simulator_funds(name: str, usd: float = SIMULATOR_USD) -> int:
    """Smallest units of a currency that a simulated trader is given, worth ``usd``."""
    return round(usd / ASSETS[name].price) * int(10 ** SCALES[name])
