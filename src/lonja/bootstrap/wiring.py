"""Puts a house together: engine, modules and services, each given what it needs.

Why here: the only place that knows every part. Invariant: when ``build_house`` fails, everything opened is closed again.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import structlog

from lonja.bootstrap.backoffice import RunningBackOffice, forgettable, open_back_office
from lonja.bootstrap.corrections import follow_corrections
from lonja.bootstrap.due_diligence import DUE_DILIGENCE_NAME, EngineOrders, RunningDueDiligence, open_due_diligence
from lonja.bootstrap.freezing import AccountFreezer
from lonja.bootstrap.governance import open_rights
from lonja.bootstrap.housekeeping import Housekeeper
from lonja.bootstrap.identity import open_box, open_identity, require_identity, ruled_keys
from lonja.bootstrap.metrics import HouseMetrics
from lonja.bootstrap.notices import VOICE_HOOK, start_notices
from lonja.bootstrap.people import PeopleKeeper, open_people
from lonja.bootstrap.position_notices import PositionNotices, teller
from lonja.bootstrap.prices import Prices, open_prices, seeded_sources
from lonja.bootstrap.projections import open_history
from lonja.bootstrap.protection import follow_protection
from lonja.bootstrap.risk_metrics import RiskMetrics
from lonja.bootstrap.security_log import log_fact
from lonja.bootstrap.settings import Settings
from lonja.bootstrap.staff import StaffHouse, open_staff_app
from lonja.bootstrap.staff_acts import follow_staff
from lonja.bootstrap.staff_watch import HouseWatch
from lonja.bootstrap.statistics import open_statistics
from lonja.bootstrap.storage import open_engine
from lonja.bootstrap.verification import RunningVerification, VerificationHouse, open_verification
from lonja.edge.account.services import ACCOUNT_PREFIX, AccountServices
from lonja.edge.forwarded import TrustedProxies
from lonja.edge.services import App, EdgeSettings, OrderFaults, Services, build_services
from lonja.edge.site.app import Site
from lonja.edge.site.files import BUILT
from lonja.engine.limits import EngineLimits
from lonja.engine.ports import Clock
from lonja.engine.recovery import Progress
from lonja.engine.sequencer import Sequencer
from lonja.modules.backoffice.api import BackOffice
from lonja.modules.governance.api import Rights, RuleBook
from lonja.modules.history.api import History, OrderTracker
from lonja.modules.identity.api import Identity, People, SecretBox, TradingAccounts
from lonja.modules.marketdata.api import MarketData
from lonja.modules.notices.api import Notices
from lonja.modules.sandbox.api import ContractLister
from lonja.modules.statistics.api import Statistics
from lonja.modules.verification.api import DueDiligence, Verification

HOUSE_ACCOUNTS = 2
"""How many accounts there are before the first customer."""
FIRST_FEE_TIER = 0
"""Where a new customer begins."""
_FLUSH_SECONDS = 30.0

_log = structlog.get_logger("lonja.house")


@dataclass(frozen=True, slots=True)
class Followers:
    """The modules that follow people."""

    rights: Rights
    back_office: BackOffice
    verification: Verification
    diligence: DueDiligence


@dataclass(frozen=True, slots=True)
class House:
    """A running exchange, without listeners."""

    data: Path
    engine: Sequencer
    market_data: MarketData
    orders: OrderTracker
    history: History
    identity: Identity
    people: People
    followers: Followers
    box: SecretBox
    notices: Notices
    prices: Prices
    services: Services
    staff_api: App
    _open: AsyncExitStack

    @property
    def rights(self) -> Rights:
        """What people may do."""
        return self.followers.rights

    @property
    def back_office(self) -> BackOffice:
        """Where staff work."""
        return self.followers.back_office

    @property
    def verification(self) -> Verification:
        """Who people are."""
        return self.followers.verification

    @property
    def diligence(self) -> DueDiligence:
        """What institutions are, and where money comes from."""
        return self.followers.diligence

    async def close(self) -> None:
        """Stop everything in the reverse order of its start; the journal comes last."""
        await self._open.aclose()


async def build_house(
    settings: Settings,
    clock: Clock,
    progress: Progress | None = None,
    machine_clock: Callable[[], int] | None = None,
    order_faults: OrderFaults | None = None,
) -> House:
    """Open ``settings.data`` (made when absent) and start what lies in it on the running loop.

    ``progress`` hears how the recovery advances. With ``machine_clock`` clients may go by that clock as well, with
    ``order_faults`` orders may be refused for no reason. Raises ``LonjaError``.
    """
    metrics = HouseMetrics()
    async with AsyncExitStack() as opened:
        stored = open_engine(settings.data, clock, limits=_engine_limits(settings), observer=metrics, progress=progress)
        opened.push_async_callback(stored.stop)
        engine, data = stored.engine, stored.folder.root
        if engine.views.account_count() > HOUSE_ACCOUNTS:
            require_identity(data)
        box, rules = open_box(data), RuleBook.of_folder()
        identity = open_identity(data, engine.now_ms, ruled_keys(rules, engine.now_ms))
        opened.callback(identity.close)
        machine_ms = machine_clock or engine.now_ms
        running = await start_notices(data, box, engine.now_ms, machine_ms, settings.notices)
        opened.push_async_callback(running.close)
        notices = running.notices
        people = await asyncio.to_thread(open_people, data, box, rules, notices, engine.now_ms, machine_ms)
        opened.push_async_callback(asyncio.to_thread, people.close)
        history = open_history(data, engine.views.last_sequence())
        opened.push_async_callback(asyncio.to_thread, history.close)
        sources, lister = seeded_sources(engine, str(settings.sandbox.seed)), ContractLister(engine.views)
        prices = await open_prices(opened, data, engine, sources, lister)
        statistics = await open_statistics(opened, data, engine)
        # Before the projections close, so that they also take what the engine does last.
        opened.push_async_callback(engine.stop)
        market_data, orders = _readers(engine, history, statistics)
        opened.push_async_callback(Housekeeper("uses of keys", identity.flush, _FLUSH_SECONDS).close)
        followers = await _open_followers(opened, settings, box, rules, people, engine, identity)
        opened.push_async_callback(_tell_of_positions(engine, people).close)
        metrics.watch(lambda: engine.queue_depth, _lag(engine, history))
        risk = RiskMetrics(metrics.registry, engine.views)
        engine.subscribe(risk.on_batch)
        health = _health(engine, history)
        staff = StaffHouse(engine, people, followers.rights, followers.back_office, notices, health)
        site = await asyncio.to_thread(Site.of_folder, BUILT)
        services = build_services(
            engine=engine,
            market_data=market_data,
            orders=orders,
            history=history,
            identity=identity,
            conductor=prices.conductor,
            price_records=prices.records,
            lender=prices.lender,
            statistics=statistics,
            settings=_edge_settings(settings),
            metrics=metrics,
            health=health,
            machine_clock=machine_clock,
            order_faults=order_faults,
            gate=followers.rights.gate,
            country_of=people.country_of,
            hooks={} if running.hook is None else {VOICE_HOOK: running.hook.receive},
            apps=_apps(staff, identity, followers, has_site=site.is_built),
            site=site,
        )
        parts = (market_data, orders, history, identity, people, followers, box, notices, prices, services)
        watch = HouseWatch(services, prices, metrics, risk, stored.folder.snapshots_path, machine_ms)
        return House(data, engine, *parts, open_staff_app(staff, settings.staff, watch), opened.pop_all())


async def _open_followers(
    opened: AsyncExitStack,
    settings: Settings,
    box: SecretBox,
    rules: RuleBook,
    people: People,
    engine: Sequencer,
    identity: Identity,
) -> Followers:
    """What follows people; then people begin to tell what happened to them."""
    data = settings.data
    people.subscribe(log_fact)
    governed = await open_rights(data, rules, people, engine)
    opened.push_async_callback(governed.close)
    back_office = await asyncio.to_thread(open_back_office, data, box, engine.now_ms, rules)
    opened.callback(back_office.close)
    follow_staff(back_office, governed.rights, people, engine.now_ms)
    follow_corrections(back_office, people, engine)
    # After governance, which closes the gate: no order comes after those that are canceled.
    freezer = AccountFreezer(engine, lambda master: [sub.account for sub in identity.sub_accounts.of(master)])
    people.subscribe(freezer.follow)
    house = VerificationHouse(data, box, engine.now_ms, people, governed.rights, back_office)
    verification = await asyncio.to_thread(open_verification, house, settings.review)
    opened.push_async_callback(asyncio.to_thread, verification.close)
    follow_protection(people, identity, governed.rights, back_office, verification, engine.now_ms)
    diligence = await asyncio.to_thread(
        open_due_diligence,
        f"sqlite:///{(data / DUE_DILIGENCE_NAME).resolve()}",
        box,
        people=people,
        rights=governed.rights,
        levels=verification.levels,
        screening=verification.screening,
        office=back_office,
        orders=EngineOrders(engine, lambda master: [sub.account for sub in identity.sub_accounts.of(master)]),
        stated=verification.applications.stated,
        clock=engine.now_ms,
    )
    opened.push_async_callback(RunningDueDiligence(diligence).close)
    # Not before everybody listens: a fact that was told is told no more.
    opened.push_async_callback(RunningBackOffice(back_office, forgettable(people, rules, engine.now_ms)).close)
    opened.push_async_callback(PeopleKeeper(people, engine).close)
    opened.push_async_callback(RunningVerification(verification, data).close)
    return Followers(governed.rights, back_office, verification, diligence)


def _engine_limits(settings: Settings) -> EngineLimits:
    # On a clock that stands still a journal must come out the same, however the calls of clients fall together.
    return EngineLimits(batch_entries_max=1) if settings.clock.speed == 0 else EngineLimits()


def _edge_settings(settings: Settings) -> EdgeSettings:
    server = settings.server
    return EdgeSettings(rate_limits=server.rate_limits, proxies=TrustedProxies(server.trusted_proxies))


def _apps(house: StaffHouse, identity: Identity, followers: Followers, *, has_site: bool) -> dict[str, App]:
    # Imported late: the commands that only look into a folder need no web framework.
    from lonja.edge.account.app import account_app  # noqa: PLC0415
    from lonja.edge.account.pages.app import addresses, pages_app  # noqa: PLC0415

    accounts = TradingAccounts(house.engine, identity, house.people, FIRST_FEE_TIER, house.rights.changed)
    services = AccountServices(house.people, identity, accounts, house.engine.now_ms)
    return {
        ACCOUNT_PREFIX: account_app(
            services, house.notices, house.rights, house.back_office, followers.verification, followers.diligence
        ),
        **dict.fromkeys(addresses(has_site=has_site), pages_app(services, house.notices.head.house)),
    }


def _readers(engine: Sequencer, history: History, statistics: Statistics) -> tuple[MarketData, OrderTracker]:
    """What follows the engine's events, filled with what came before and subscribed."""
    market_data = MarketData(engine.views, engine.now_ms, history, statistics)
    market_data.prime()
    orders = OrderTracker(engine.views)
    orders.prime(history.orders_to_adopt(), history.algos_to_adopt())
    history.adopt_prices(engine.views)
    held = history.positions_held()
    orders.positions.prime(held)
    orders.pairs.prime(held, history.margins_waiting())
    # What is pushed to clients comes after what they may then ask for.
    for subscriber in (market_data.on_batch, orders.on_batch, history.on_batch):
        engine.subscribe(subscriber)
    history.start()
    return market_data, orders


def _tell_of_positions(engine: Sequencer, people: People) -> PositionNotices:
    notices = PositionNotices(engine, teller(people))
    engine.subscribe(notices.on_batch)
    return notices


def _lag(engine: Sequencer, history: History) -> Callable[[], float]:
    return lambda: max(0, engine.views.last_sequence() - history.last_sequence())


def _health(engine: Sequencer, history: History) -> Callable[[], str]:
    def health() -> str:
        if engine.ended.done():
            return "The engine has stopped."
        if not engine.is_writable:
            return "The journal cannot be written; reading goes on."
        problem = history.problem()
        return f"Projections are not written: {problem}" if problem else ""

    return health
