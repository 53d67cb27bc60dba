"""The exchange's protocol on one connection: login, subscriptions, operations.

Why here: what a client may ask in which state, apart from transport and channels. Requests of one connection start
in the order they arrived; order operations may finish in any order.
Invariant: every request gets an answer or the connection is closed.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from lonja.edge.errors import OK, EdgeError, refusal
from lonja.edge.gate import require_key_right
from lonja.edge.mass_cancel import mass_cancel
from lonja.edge.orders import OPERATIONS, OrderReply, start_order_operation
from lonja.edge.rate_limit import Rate, RateLimits
from lonja.edge.services import Services
from lonja.edge.session import Session
from lonja.edge.wire.channels import PRIVATE, Subscription, check_compatible, read_subscription, tier_too_low
from lonja.edge.wire.requests import MassCancel, read_request
from lonja.edge.wire.ws_events import acknowledgment, error, logged_in, operation_reply, reply
from lonja.edge.wire.ws_requests import (
    Request,
    RequestError,
    expire_time_ms,
    illegal_request,
    invalid_args,
    login_refusal,
    parse_login,
    parse_request,
)
from lonja.edge.ws.connection import INTERNAL_ERROR, KEY_GONE, LOGIN_FAILED, TOO_MANY_CHANNELS, Connection
from lonja.modules.governance.api import Capability

REQUESTS_PER_HOUR = Rate(480, 3_600.0)
"""Logins, subscriptions and unsubscriptions of one connection together."""
IN_FLIGHT_MAX = 4_000
"""Order operations of one connection that may be under way."""
CHANNELS_MAX = 10_000
"""Channels that one connection may follow."""
_SINGLE = frozenset(name for name, (_, is_batch) in OPERATIONS.items() if not is_batch)
"""Order operations that take one argument."""
HELD_BYTES_MAX = 1 << 18
"""Requests that one connection may send while its login is under way."""
_log = logging.getLogger(__name__)


class Feeds(Protocol):
    """Where subscriptions go."""

    def subscribe(self, connection: Connection, session: Session | None, subscription: Subscription) -> bool:
        """Send the first picture, if the channel has one, and then every change; False when it was refused."""

    def unsubscribe(self, connection: Connection, session: Session | None, subscription: Subscription) -> None:
        """Send nothing more of it."""


class Dialogue:
    """State of the protocol on one connection."""

    def __init__(self, services: Services, feeds: Feeds, connection: Connection, *, simulated: bool) -> None:
        """``simulated`` tells that the client asked for the environment of simulated trading."""
        self._services = services
        self._feeds = feeds
        self._connection = connection
        self._simulated = simulated
        self._session: Session | None = None
        self._login: asyncio.Task[None] | None = None
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._subscriptions: dict[tuple[str, ...], Subscription] = {}
        self._in_flight = 0
        self._quiet = asyncio.Event()
        self._hourly = RateLimits(time.monotonic, enabled=services.rate_limits.enabled, buckets_max=1)
        self._handlers: Mapping[str, Callable[[Request], None]] = {
            "login": self._begin_login,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            **dict.fromkeys(OPERATIONS, self._operate),
            "mass-cancel": self._mass_cancel,
        }

    def on_text(self, text: bytes) -> None:
        """Answer one request, after the login that is under way."""
        try:
            if self._login is None:
                request = parse_request(text)
                self._handlers.get(request.op, _unknown_op)(request)
            else:
                self._hold(text)
        except RequestError as reason:
            self._connection.send_text(error(reason, self._connection.id))

    def on_closing(self) -> None:
        """Forget the subscriptions. Operations under way are left to finish: they may be in the journal already."""
        self._held.clear()
        if self._login is not None:
            self._login.cancel()
        for subscription in self._subscriptions.values():
            self._feeds.unsubscribe(self._connection, self._session, subscription)
        self._subscriptions.clear()

    def check_key(self) -> None:
        """End a session whose key was removed, has lapsed, or may do other things than at the login.

        So is one that follows an account which may be read no more; it may log in again, to cancel orders.
        """
        session = self._session
        if session is None:
            return
        key = self._services.identity.find_key(session.key.api_key)
        if key is None or (key.permissions, key.networks) != (session.key.permissions, session.key.networks):
            self._connection.close(KEY_GONE, "the API key was changed or is no longer valid", "key")
            return
        try:
            require_key_right(self._services, session, Capability.API_READ)
        except EdgeError as reason:
            if any(wish.rules.is_own for wish in self._subscriptions.values()):
                self._connection.close(KEY_GONE, f"the account may not be read: {reason.code}", "key")

    async def finish(self) -> None:
        """Wait for the operations under way."""
        while self._in_flight:
            self._quiet.clear()
            await self._quiet.wait()

    def _count(self, request: Request) -> None:
        if not self._hourly.take("", REQUESTS_PER_HOUR):
            raise RequestError("60014", "Requests too frequent", request.id)

    def _begin_login(self, request: Request) -> None:
        self._count(request)
        if self._session is not None:
            # Some clients log in before every subscription, so the session must survive this.
            message = "The WebSocket endpoint does not allow multiple or repeated logins."
            raise RequestError("60031", message, request.id)
        # The passphrase may have to be hashed, which takes too long to let everybody else wait.
        self._login = asyncio.create_task(self._log_in(request))

    async def _log_in(self, request: Request) -> None:
        connection = self._connection
        try:
            self._session = await self._session_of(request)
            connection.send_text(logged_in(request.id, connection.id))
            self._login = None
            self._answer_held()
        except RequestError as reason:
            connection.send_text(error(reason, connection.id))
            connection.close(LOGIN_FAILED, "login failed", "login")
        except Exception:  # noqa: BLE001  # one request's fault must not end the process
            _log.exception("WebSocket login failed", extra={"endpoint": connection.endpoint})
            connection.close(INTERNAL_ERROR, "internal error", "fault")

    async def _session_of(self, request: Request) -> Session:
        given = parse_login(request, simulated=self._simulated)
        try:
            return await self._services.authenticator.login(given, self._connection.address)
        except EdgeError as reason:
            raise login_refusal(reason.code, request.id) from reason

    def _hold(self, text: bytes) -> None:
        """Keep a request until the login under way has ended. Raises ``RequestError``."""
        if self._held_bytes + len(text) > HELD_BYTES_MAX:
            raise RequestError("60014", "Requests too frequent", parse_request(text).id)
        self._held_bytes += len(text)
        self._held.append(text)

    def _answer_held(self) -> None:
        held, self._held, self._held_bytes = self._held, [], 0
        for text in held:
            if not self._connection.closing:
                self.on_text(text)

    def _subscribe(self, request: Request) -> None:
        def admit(wish: Subscription) -> None:
            check_compatible(wish, self._subscriptions, self._services.catalogue, request.id)

        def subscribe(wish: Subscription) -> None:
            if wish.key in self._subscriptions:
                return
            if len(self._subscriptions) >= CHANNELS_MAX:
                self._connection.close(TOO_MANY_CHANNELS, "too many channels on this connection", "channels")
            elif self._feeds.subscribe(self._connection, self._session, wish):
                self._subscriptions[wish.key] = wish

        self._for_each(request, admit, subscribe)

    def _unsubscribe(self, request: Request) -> None:
        def unsubscribe(wish: Subscription) -> None:
            known = self._subscriptions.pop(wish.key, None)
            if known is not None:
                self._feeds.unsubscribe(self._connection, self._session, known)

        self._for_each(request, lambda _: None, unsubscribe)

    def _for_each(
        self, request: Request, admit: Callable[[Subscription], None], action: Callable[[Subscription], None]
    ) -> None:
        """Acknowledge each argument and act on it, or answer it with an error."""
        self._count(request)
        if request.args is None:
            raise illegal_request(request.text)
        if not request.args:
            raise invalid_args(request.id)
        connection = self._connection
        for arg in request.args:
            if connection.closing:
                # Closed by one of the arguments before; what is followed now nobody would end.
                break
            try:
                wish = self._read(arg, request)
                admit(wish)
            except RequestError as reason:
                connection.send_text(error(reason, connection.id))
            else:
                connection.send_text(acknowledgment(request.op, arg, request.id, connection.id))
                action(wish)

    def _read(self, arg: Mapping[str, object], request: Request) -> Subscription:
        wish = read_subscription(self._connection.endpoint, arg, self._services.catalogue, request.id)
        rules, session = wish.rules, self._session
        if rules.needs_login and session is None:
            raise RequestError("60011", "Please log in", request.id)
        if rules.is_tiered and session is not None:
            account = self._services.engine.views.account(session.account)
            if account is None or account.fee_tier < self._services.settings.tiered_channels_from:
                raise tier_too_low(request.id)
        if rules.is_own and session is not None:
            try:
                require_key_right(self._services, session, Capability.API_READ)
            except EdgeError as reason:
                raise RequestError(reason.code, reason.message, request.id) from reason
        return wish

    def _operate(self, request: Request) -> None:
        session = self._trader(request)
        try:
            args, expires_ms = _operation_args(request), expire_time_ms(request)
        except RequestError as reason:
            self._reply(request, _refused(self._services, reason.code, reason.message))
            return
        if self._in_flight >= IN_FLIGHT_MAX:
            busy = refusal("50013")
            self._reply(request, _refused(self._services, busy.code, busy.message))
            return
        self._in_flight += 1
        finish = partial(self._finish, request)
        start_order_operation(self._services, session, request.op, args, expires_ms, finish)

    def _trader(self, request: Request) -> Session:
        """Who may send operations here. Raises ``RequestError``."""
        if self._connection.endpoint != PRIVATE:
            message = "The current operation is not supported by this URL. Please use the correct URL."
            raise RequestError("60028", message, request.id)
        if self._session is None:
            raise RequestError("60011", "Please log in", request.id)
        return self._session

    def _mass_cancel(self, request: Request) -> None:
        session = self._trader(request)
        code, message, rows = OK, "", list[object]()
        try:
            args = _operation_args(request)
            if len(args) != 1:
                raise invalid_args(request.id)
            rows = mass_cancel(self._services, session, read_request(MassCancel, args[0]))
        except (RequestError, EdgeError) as reason:
            code, message = reason.code, reason.message
        self._services.metrics.observe_operation("ws " + request.op, 0.0, code)
        self._connection.send_text(reply(request.id, request.op, code, message, rows))

    def _finish(self, request: Request, reply: OrderReply) -> None:
        self._in_flight -= 1
        if not self._in_flight:
            self._quiet.set()
        self._reply(request, reply)

    def _reply(self, request: Request, reply: OrderReply) -> None:
        seconds = (reply.out_time_us - reply.in_time_us) / 1e6
        self._services.metrics.observe_operation("ws " + request.op, seconds, reply.code)
        times = (reply.in_time_us, reply.out_time_us)
        # When orders failed one by one the reasons stand in their rows; clients look there only if this one is blank.
        message = "" if reply.data else reply.message
        payload = operation_reply(request.id, request.op, reply.code, message, reply.data, *times)
        self._connection.send_text(payload)


def _operation_args(request: Request) -> Sequence[Mapping[str, object]]:
    # Carrying out one of several arguments would drop the others without a word.
    if not request.args or (len(request.args) > 1 and request.op in _SINGLE):
        raise invalid_args(request.id)
    return request.args


def _unknown_op(request: Request) -> None:
    raise RequestError("60019", f"Invalid op: {request.op}", request.id)


def _refused(services: Services, code: str, message: str) -> OrderReply:
    now_us = services.engine.now_ms() * 1000
    return OrderReply(code, message, [], now_us, now_us, 200)
