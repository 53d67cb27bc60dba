"""All WebSocket connections of the house and what they follow.

Why here: one place accepts connections, routes subscriptions to the feeds, keeps the second's round and closes
everything at the end. Invariant: feeds hold no connection that has ended.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Protocol

from lonja.edge.maintenance import Maintenance, MaintenanceState
from lonja.edge.rate_limit import Rate
from lonja.edge.services import Services
from lonja.edge.session import Session
from lonja.edge.wire.channels import Subscription, Topic
from lonja.edge.wire.ws_events import closing_notice, connection_count, connection_count_error
from lonja.edge.ws.algo_feed import AlgoFeed
from lonja.edge.ws.cash_feed import CashFeed
from lonja.edge.ws.connection import GOING_AWAY, HOUSE_FULL, Connection, Limits
from lonja.edge.ws.connection_counts import ConnectionCounts
from lonja.edge.ws.contract_feed import ContractFeed
from lonja.edge.ws.dialogue import Dialogue
from lonja.edge.ws.feeds import Feed, Silence
from lonja.edge.ws.house_feed import HouseFeed
from lonja.edge.ws.position_feed import PositionFeed
from lonja.edge.ws.postman import Postman
from lonja.edge.ws.private_feeds import PrivateFeeds
from lonja.edge.ws.public_feeds import PublicFeeds
from lonja.edge.ws.reference_feed import ReferenceFeed

CONNECTION_RATE = Rate(30, 10.0)
"""New connections of one address: three a second, as documented, averaged over ten. Four sockets that a bot opens at
once reach a distant venue apart, and are welcome there; beside the exchange they arrive in one instant."""
CONNECTIONS_MAX = 20_000
"""Connections of all clients together."""
SUBSCRIPTIONS_MAX = 500_000
"""Subscriptions of all connections together."""
ROUND_S = 1.0
"""How often feeds do what is due by the clock, and connections are looked at."""
UPGRADE_TITLE = "Service upgrade"
_CLOSE_S = 1.0


class Trouble(Protocol):
    """What lets things go wrong in a sandbox."""

    def postman(self) -> Postman:
        """Who delivers what the house sends."""

    def opened(self, connection: Connection, on_text: Callable[[bytes], None]) -> Callable[[bytes], None]:
        """A connection is open: what hears its client from now on, in place of ``on_text``."""

    def closed(self, connection: Connection) -> None:
        """A connection has ended."""


class Hub:
    """Connections and feeds. Belongs to the engine's event loop."""

    def __init__(self, services: Services, limits: Limits | None = None, trouble: Trouble | None = None) -> None:
        """Listen to the house from now on. In a sandbox ``trouble`` lets things go wrong."""
        self._services = services
        self._limits = limits or Limits()
        self._loop = asyncio.get_running_loop()
        self._connections: dict[Connection, Dialogue] = {}
        self.trouble = trouble
        self._postman = Postman() if trouble is None else trouble.postman()
        self._counts = ConnectionCounts()
        self._subscriptions = 0
        self._upgrade: Maintenance | None = None
        self._closing = False
        self._emptied = asyncio.Event()
        self._feeds = self._open_feeds()
        self._round = self._loop.call_later(ROUND_S, self._each_second)

    def _open_feeds(self) -> dict[Topic, Feed]:
        """The feed of each topic, listening from now on."""
        services = self._services
        public = PublicFeeds(services.catalogue, services.market_data, services.engine.now_ms, self._postman)
        house, reference = HouseFeed(services, self._postman), ReferenceFeed(services, self._postman)
        contracts, algos = ContractFeed(services, self._postman), AlgoFeed(services)
        cash, private, positions = CashFeed(services), PrivateFeeds(services), PositionFeed(services)
        services.market_data.add_listener(public)
        services.orders.add_listener(private)
        services.orders.algos.add_listener(algos)
        for feed in (private, cash, positions, house, reference, contracts):
            services.engine.subscribe(feed.on_batch)
        return {
            Topic.MARKET: public,
            Topic.REFERENCE: reference,
            Topic.CONTRACTS: contracts,
            Topic.HOUSE: house,
            Topic.CASH: cash,
            Topic.ALGOS: algos,
            **dict.fromkeys((Topic.ORDERS, Topic.FILLS, Topic.BALANCES), private),
            **dict.fromkeys((Topic.POSITIONS, Topic.WARNINGS), positions),
            Topic.NOTHING: Silence(),
        }

    def caller(self, peer: str, headers: Mapping[str, str]) -> str:
        """The address of who opens a connection, when ``peer`` is at the other end of it."""
        proxies = self._services.settings.proxies
        if not proxies.are_some:
            return peer
        lines = [
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers.items()
        ]
        return proxies.address(peer, lines)

    def admits(self, address: str) -> bool:
        """Whether ``address`` may open one more connection now."""
        limits = self._services.rate_limits
        if self._closing or len(self._connections) >= CONNECTIONS_MAX:
            return False
        return limits.take(("ws connections", address), CONNECTION_RATE)

    def accept(self, endpoint: str, address: str, *, simulated: bool) -> Connection:
        """The server's end of a connection that is being opened."""

        def make_handler(connection: Connection) -> _Tracked:
            return _Tracked(self, connection, Dialogue(self._services, self, connection, simulated=simulated))

        return Connection(endpoint, address, self._limits, self._postman, make_handler)

    def add(self, connection: Connection, dialogue: Dialogue) -> None:
        """A connection is open."""
        self._connections[connection] = dialogue
        if self._upgrade is not None:
            connection.send_text(closing_notice(connection.id))
        self._services.metrics.socket_opened(connection.endpoint)

    def remove(self, connection: Connection) -> None:
        """A connection has ended."""
        del self._connections[connection]
        if not self._connections:
            self._emptied.set()
        self._services.metrics.socket_closed(connection.endpoint, connection.end_reason)

    def subscribe(self, connection: Connection, session: Session | None, subscription: Subscription) -> bool:
        """Route a subscription to its feed (``Feeds``)."""
        if self._subscriptions >= SUBSCRIPTIONS_MAX:
            connection.close(HOUSE_FULL, "too many subscribed channels", "full")
            return False
        if subscription.rules.is_counted and not self._count(connection, session, subscription.channel):
            return False
        self._subscriptions += 1
        self._feeds[subscription.topic].subscribe(connection, session, subscription)
        return True

    def unsubscribe(self, connection: Connection, session: Session | None, subscription: Subscription) -> None:
        """Route the end of a subscription to its feed (``Feeds``)."""
        self._subscriptions -= 1
        self._feeds[subscription.topic].unsubscribe(connection, session, subscription)
        if subscription.rules.is_counted and session is not None:
            self._counts.leave(session.account, subscription.channel, connection)

    def _count(self, connection: Connection, session: Session | None, channel: str) -> bool:
        assert session is not None
        joined = self._counts.join(session.account, channel, connection)
        tell = connection_count if joined else connection_count_error
        connection.send_text(tell(channel, self._counts.count(session.account, channel), connection.id))
        return joined

    def connections(self) -> list[Connection]:
        """The open connections, oldest first."""
        return list(self._connections)

    def followed_channels(self) -> int:
        """How many channels somebody follows."""
        return sum(feed.followed() for feed in self._distinct_feeds())

    def announce_closing(self, in_ms: int) -> None:
        """Tell everybody that the house closes in ``in_ms`` of its time; it goes on until ``close``."""
        now_ms = self._services.engine.now_ms()
        self._tell(Maintenance(UPGRADE_TITLE, MaintenanceState.SCHEDULED, now_ms + in_ms, None, now_ms))

    async def close(self) -> None:
        """Tell everybody, finish what is under way and close; takes at most about a second."""
        now_ms = self._services.engine.now_ms()
        planned = self._upgrade or Maintenance(UPGRADE_TITLE, MaintenanceState.ONGOING, now_ms, None, now_ms)
        self._tell(planned._replace(state=MaintenanceState.ONGOING, changed_ms=now_ms))
        self._closing = True
        self._round.cancel()
        for feed in self._distinct_feeds():
            feed.stop()
        pending = [dialogue.finish() for dialogue in self._connections.values()]
        deadline = self._loop.time() + _CLOSE_S
        if pending:
            await asyncio.wait([asyncio.ensure_future(wait) for wait in pending], timeout=_CLOSE_S / 2)
        for connection in list(self._connections):
            connection.close(GOING_AWAY, "service upgrade", "shutdown")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                await self._wait_empty()
        for connection in list(self._connections):
            connection.abort()

    def _tell(self, upgrade: Maintenance) -> None:
        """Announce ``upgrade``; each connection is given notice of it once."""
        if self._upgrade is None:
            for connection in self._connections:
                connection.send_text(closing_notice(connection.id))
        self._upgrade = upgrade
        self._services.maintenance.announce(upgrade)

    def _distinct_feeds(self) -> list[Feed]:
        """Each feed once; some have several topics."""
        return list(dict.fromkeys(self._feeds.values()))

    async def _wait_empty(self) -> None:
        while self._connections:
            self._emptied.clear()
            await self._emptied.wait()

    def _each_second(self) -> None:
        self._round = self._loop.call_later(ROUND_S, self._each_second)
        for feed in self._distinct_feeds():
            feed.each_second()
        waiting = 0
        for connection, dialogue in list(self._connections.items()):
            connection.check_idle()
            dialogue.check_key()
            waiting += connection.buffered_bytes()
        self._services.metrics.observe_outbox(waiting)


class _Tracked:
    """A dialogue whose beginning and end the hub hears of."""

    def __init__(self, hub: Hub, connection: Connection, dialogue: Dialogue) -> None:
        self.on_text: Callable[[bytes], None] = dialogue.on_text
        self.on_closing = dialogue.on_closing
        self._hub = hub
        self._connection = connection
        self._dialogue = dialogue

    def on_opened(self) -> None:
        self._hub.add(self._connection, self._dialogue)
        if self._hub.trouble is not None:
            self.on_text = self._hub.trouble.opened(self._connection, self.on_text)

    def on_closed(self) -> None:
        self._hub.remove(self._connection)
        if self._hub.trouble is not None:
            self._hub.trouble.closed(self._connection)
