"""Private channels: an account's balances, orders and fills.

Orders and fills are pushed event by event, to every matching subscription under that subscription's own argument.
Balances are read from the engine when sent, so a push shows the latest, and changes within 50 ms become one push.
Invariant: no account hears of another.
"""

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from lonja.core.collateral_events import CollateralTaken, DebtCovered, InterestAccrued, LoanChanged
from lonja.core.events import (
    BalanceCorrected,
    Deposited,
    Filled,
    OrderAmended,
    OrderCanceled,
    OrderRested,
    PositionChanged,
    Transferred,
    Withdrawn,
)
from lonja.core.kinds import Side
from lonja.core.margin_events import PocketTakenOver
from lonja.edge.services import Services
from lonja.edge.session import Session
from lonja.edge.wire.account import Valuation, pushed_detail, usd_text
from lonja.edge.wire.algos import with_attached, with_origin
from lonja.edge.wire.channels import Subscription, Topic
from lonja.edge.wire.collateral import account_row, as_traded, emptied_detail, is_pooled, worth_of
from lonja.edge.wire.order_push import PushContext, fill_push_row, order_push_row
from lonja.edge.wire.push import balance_pushes, private_push
from lonja.edge.ws.feeds import Receiver
from lonja.edge.ws.followers import Follower, send_regular
from lonja.edge.ws.pulse import Pulse
from lonja.engine.api import EventBatch
from lonja.modules.history.api import OrderUpdate

BALANCE_INTERVAL_S = 0.05
_BUY = int(Side.BUY)
_TRADE_EVENTS = (Filled, PositionChanged, OrderRested, OrderCanceled, OrderAmended)
_MONEY_EVENTS = (Deposited, Withdrawn, BalanceCorrected, InterestAccrued, LoanChanged, DebtCovered)


class _Follower(Follower):
    """One private subscription of one connection, which may be for some instruments only."""

    def wants(self, update: OrderUpdate, family: str) -> bool:
        wish, order = self.wish, update.order
        return (
            (wish.instrument is None or wish.instrument == order.instrument)
            and (wish.instrument_type is None or wish.instrument_type == order.instrument_type)
            and (wish.family is None or wish.family == family)
        )


class _Account:
    """The followers of one account, by topic."""

    def __init__(self) -> None:
        self.followers: dict[Topic, dict[tuple[Receiver, tuple[str, ...]], _Follower]] = {
            topic: {} for topic in (Topic.ORDERS, Topic.FILLS, Topic.BALANCES)
        }
        self.changed: set[int] = set()

    def of(self, topic: Topic) -> Iterable[_Follower]:
        return self.followers[topic].values()

    def is_empty(self) -> bool:
        return not any(self.followers.values())


class PrivateFeeds:
    """All private channels of the house. Listens to orders and events on the engine's thread."""

    def __init__(self, services: Services) -> None:
        """Follow nobody yet."""
        self._services = services
        self._catalogue = services.catalogue
        self._views = services.engine.views
        self._valuation = Valuation(services.catalogue, services.engine.views)
        self._loop = asyncio.get_running_loop()
        self._accounts: dict[int, _Account] = {}
        self._balances = Pulse(BALANCE_INTERVAL_S, self._send_changes)

    def subscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send what ``wish`` asks for from now on; balances begin with a snapshot (``Feed``)."""
        assert session is not None
        account = self._accounts.setdefault(session.account, _Account())
        follower = _Follower(receiver, session, wish, self._loop.time())
        account.followers[wish.topic][receiver, wish.key] = follower
        if wish.topic is Topic.BALANCES:
            self._send_snapshot(session.account, follower)

    def unsubscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send nothing more of ``wish`` (``Feed``)."""
        assert session is not None
        account = self._accounts[session.account]
        del account.followers[wish.topic][receiver, wish.key]
        if account.is_empty():
            del self._accounts[session.account]

    def followed(self) -> int:
        """How many accounts somebody follows."""
        return len(self._accounts)

    def follows(self, account: int) -> bool:
        """Whether somebody follows ``account`` (``OrderListener``)."""
        return account in self._accounts

    def on_order(self, update: OrderUpdate) -> None:
        """Something happened to a customer's order (``OrderListener``)."""
        account = self._accounts[update.order.account]
        family = self._catalogue.at(update.order.instrument).family_name
        wanted = [follower for follower in account.of(Topic.ORDERS) if follower.wants(update, family)]
        if wanted:
            trades = self._services.market_data.trades(update.order.instrument, 1)
            context = PushContext(self._catalogue, self._valuation, trades[0].price if trades else 0)
            algos, order = self._services.orders.algos, update.order
            pushed = as_traded(order_push_row(update, context), self._views, order.account)
            pushed = with_origin(pushed, algos.algo(order.algo_id))
            form = self._catalogue.at(order.instrument)
            row = msgspec.json.encode(with_attached(pushed, form, algos.brought_by(order.order_id)))
            for follower in wanted:
                follower.send(private_push(follower.head, row))
        if update.fill is None:
            return
        wanted = [follower for follower in account.of(Topic.FILLS) if follower.wants(update, family)]
        if wanted:
            row = msgspec.json.encode(fill_push_row(self._catalogue, update.fill))
            for follower in wanted:
                follower.send(private_push(follower.head, row))

    def on_batch(self, batch: EventBatch) -> None:
        """Note whose balances an engine batch changed (``Subscriber``)."""
        accounts = self._accounts
        if not accounts:
            return
        owner_of = self._services.orders.owner_of
        for event in batch.events:
            if isinstance(event, _TRADE_EVENTS):
                owner = owner_of(event.account)
                if owner in accounts:
                    self._note(owner, *self._currencies(event))
            elif isinstance(event, _MONEY_EVENTS):
                self._note(owner_of(event.account), event.currency)
            elif isinstance(event, Transferred):
                self._note(owner_of(event.account), event.currency)
                self._note(owner_of(event.to_account), event.currency)
            elif isinstance(event, PocketTakenOver):
                self._note(event.account, event.currency)
            elif isinstance(event, CollateralTaken):
                self._note(owner_of(event.account), event.currency, event.debt_currency)

    def _currencies(self, event: Filled | PositionChanged | OrderRested | OrderCanceled | OrderAmended) -> list[int]:
        """The currencies of which ``event`` may have changed the balance or what is held of it."""
        form = self._catalogue.at(event.instrument)
        if form.is_contract:
            return [form.settle.currency]
        if isinstance(event, Filled):
            return [form.base.currency, form.quote.currency]
        assert not isinstance(event, PositionChanged), "only contracts have positions"
        return [(form.quote if event.side == _BUY else form.base).currency]

    def each_second(self) -> None:
        """Send the regular snapshots that are due."""
        send_regular(self._accounts, Topic.BALANCES, self._loop.time(), self._send_snapshot)

    def stop(self) -> None:
        """Stop the timer."""
        self._balances.stop()

    def _note(self, number: int, *currencies: int) -> None:
        account = self._accounts.get(number)
        if account is not None and account.followers[Topic.BALANCES]:
            account.changed.update(currencies)
            self._balances.request()

    def _send_snapshot(self, number: int, follower: _Follower) -> None:
        currency = follower.wish.currency
        row = self._row(number, () if currency is None else (currency,))
        follower.send(*balance_pushes(follower.head, row, is_snapshot=True))

    def _send_changes(self) -> None:
        for number, account in self._accounts.items():
            changed, account.changed = sorted(account.changed), set()
            if not changed:
                continue
            everything = self._row(number, changed)
            for follower in account.of(Topic.BALANCES):
                currency = follower.wish.currency
                if currency is None or currency in changed:
                    row = everything if currency is None else self._row(number, (currency,))
                    follower.send(*balance_pushes(follower.head, row, is_snapshot=False))

    def _row(self, number: int, currencies: Sequence[int]) -> dict[str, object]:
        """The account with the given currencies (none given: all that it holds), also when nothing is left of them."""
        names = frozenset(self._catalogue.currency(currency).name for currency in currencies)
        row = account_row(self._catalogue, self._views, number, self._services.engine.now_ms(), names)
        details = row["details"]
        assert isinstance(details, list)
        spent = names - {detail["ccy"] for detail in details}
        details += [
            emptied_detail(self._catalogue, self._views, number, currency)
            for currency in currencies
            if self._catalogue.currency(currency).name in spent
        ]
        return {**row, "details": [pushed_detail(detail, self._usd_price(number, detail["ccy"])) for detail in details]}

    def _usd_price(self, number: int, name: str) -> str:
        currency = self._catalogue.find_currency(name)
        if currency is None:
            return ""
        unit = 10**currency.scale
        if is_pooled(self._views, number):
            return usd_text(worth_of(currency, self._views.currency_terms(currency.currency).price, unit))
        return usd_text(self._valuation.usd(currency, unit))
