"""What the edge needs of the house, in one immutable record, built once by ``bootstrap``."""

import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from lonja.edge.auth import Authenticator
from lonja.edge.errors import EdgeError
from lonja.edge.forwarded import TrustedProxies
from lonja.edge.maintenance import MaintenanceBoard
from lonja.edge.places import CountryOf, Places
from lonja.edge.rate_limit import Rate, RateLimits
from lonja.edge.site.app import Site
from lonja.edge.wire.instruments import Catalogue
from lonja.edge.wire.kept_rows import LongLists
from lonja.engine.api import Engine
from lonja.modules.governance.api import Gatekeeper, OpenGate
from lonja.modules.history.api import History, OrderTracker
from lonja.modules.identity.api import Identity, SubAccountOpening
from lonja.modules.lending.api import Lender
from lonja.modules.marketdata.api import MarketData
from lonja.modules.pricing.api import Conductor, Records
from lonja.modules.statistics.api import Statistics

ACCOUNT_RATE = Rate(1_000, 2.0)


class Metrics(Protocol):
    """What the edge tells about itself; ``bootstrap`` supplies one that Prometheus can read."""

    def observe_operation(self, operation: str, seconds: float, code: str) -> None:
        """An operation (``GET /api/v5/...`` or ``ws order``) was answered with ``code`` after ``seconds``."""

    def socket_opened(self, endpoint: str) -> None:
        """A WebSocket connection to ``endpoint`` (public, private, business) opened."""

    def socket_closed(self, endpoint: str, reason: str) -> None:
        """A WebSocket connection closed; ``reason`` is one word."""

    def observe_outbox(self, waiting_bytes: int) -> None:
        """``waiting_bytes`` of all WebSocket connections together are not yet taken by the network."""

    def exposition(self) -> tuple[bytes, str]:
        """The page for ``/metrics`` and its content type."""


class NoMetrics:
    """Metrics that nobody reads."""

    def observe_operation(self, operation: str, seconds: float, code: str) -> None:
        """Ignore it."""

    def socket_opened(self, endpoint: str) -> None:
        """Ignore it."""

    def socket_closed(self, endpoint: str, reason: str) -> None:
        """Ignore it."""

    def observe_outbox(self, waiting_bytes: int) -> None:
        """Ignore it."""

    def exposition(self) -> tuple[bytes, str]:
        """An empty page."""
        return b"", "text/plain; version=0.0.4; charset=utf-8"


class OrderFaults(Protocol):
    """What lets orders be refused for no reason, in a sandbox."""

    def refusal_of(self, account: int, operation: str, instrument_id: str) -> EdgeError | None:
        """Why ``operation`` on this instrument is refused now, None when it is not."""


# Any: ASGI leaves the values of its messages open.
_Message = MutableMapping[str, Any]
App = Callable[[_Message, Callable[[], Awaitable[_Message]], Callable[[_Message], Awaitable[None]]], Awaitable[None]]
"""An ASGI application."""
Hook = Callable[[Mapping[bytes, bytes], bytes], Awaitable[int]]
"""Takes headers and body of a report that another service sends to this house; the status to answer with."""


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """Options of the edge.

    ``clock_window_ms`` is how far a client's clock may be off, ``account_rate`` how many orders an account may place
    and amend over all instruments. ``tiered_channels_from`` is the lowest fee tier whose accounts may follow the
    channels that are for high tiers only. ``proxies`` are believed when they say from where a request came.
    """

    rate_limits: bool = True
    body_bytes_max: int = 1 << 20
    clock_window_ms: int = 30_000
    account_rate: Rate = ACCOUNT_RATE
    tiered_channels_from: int = 0
    proxies: TrustedProxies = field(default_factory=TrustedProxies)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a request may need. ``health`` returns "" while all is well, else one sentence.

    ``machine_clock`` is given where the exchange's time may be another than the machine's: clients may use either.
    ``conductor`` knows prices of contracts, ``price_records`` what was settled and delivered,
    ``lender`` what borrowing costs and what was paid for it, ``statistics`` who held how much of contracts when.
    ``hooks`` take, by path, what other services report; ``apps`` answer, by the beginning of the path, what lies beside
    the trading API; ``site`` holds the pages people open in a browser.
    """

    engine: Engine
    market_data: MarketData
    orders: OrderTracker
    history: History
    identity: Identity
    sub_accounts: SubAccountOpening
    catalogue: Catalogue
    conductor: Conductor
    price_records: Records
    lender: Lender
    statistics: Statistics
    authenticator: Authenticator
    rate_limits: RateLimits
    settings: EdgeSettings = field(default_factory=EdgeSettings)
    metrics: Metrics = field(default_factory=NoMetrics)
    health: Callable[[], str] = field(default=lambda: "")
    maintenance: MaintenanceBoard = field(default_factory=MaintenanceBoard)
    machine_clock: Callable[[], int] | None = None
    order_faults: OrderFaults | None = None
    gate: Gatekeeper = field(default_factory=OpenGate)
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    apps: Mapping[str, App] = field(default_factory=dict)
    site: Site = field(default_factory=lambda: Site({}))
    long_lists: LongLists = field(default_factory=LongLists)


def build_services(  # noqa: PLR0913  # one parameter per part of the house
    *,
    engine: Engine,
    market_data: MarketData,
    orders: OrderTracker,
    history: History,
    identity: Identity,
    conductor: Conductor,
    price_records: Records,
    lender: Lender,
    statistics: Statistics,
    settings: EdgeSettings | None = None,
    metrics: Metrics | None = None,
    health: Callable[[], str] = lambda: "",
    machine_clock: Callable[[], int] | None = None,
    order_faults: OrderFaults | None = None,
    gate: Gatekeeper | None = None,
    hooks: Mapping[str, Hook] | None = None,
    apps: Mapping[str, App] | None = None,
    site: Site | None = None,
    country_of: CountryOf | None = None,
) -> Services:
    """The services around the given parts of the house."""
    chosen = settings or EdgeSettings()
    return Services(
        engine=engine,
        market_data=market_data,
        orders=orders,
        history=history,
        identity=identity,
        sub_accounts=SubAccountOpening(engine, identity.sub_accounts, lambda: identity.policy.sub_accounts_max),
        catalogue=Catalogue(engine.views, conductor.duration),
        conductor=conductor,
        price_records=price_records,
        lender=lender,
        statistics=statistics,
        authenticator=Authenticator(identity, engine.now_ms, chosen.clock_window_ms, machine_clock, Places(country_of)),
        rate_limits=RateLimits(time.monotonic, enabled=chosen.rate_limits),
        settings=chosen,
        metrics=metrics or NoMetrics(),
        health=health,
        machine_clock=machine_clock,
        order_faults=order_faults,
        gate=gate or OpenGate(),
        hooks=hooks or {},
        apps=apps or {},
        site=site or Site({}),
    )
