"""Balances as they change by fills and transfers, told at once.

Why beside the account channel: this one says why a balance changed, names the trades, and waits for nothing.
Invariant: one push per engine batch, account and cause; no account hears of another.
"""

from collections.abc import Iterable

from lonja.core.events import BalanceCorrected, Deposited, Event, Filled, Transferred, Withdrawn
from lonja.core.kinds import Ledger
from lonja.edge.services import Services
from lonja.edge.session import Session
from lonja.edge.wire.channels import Subscription
from lonja.edge.wire.money_push import CashCause, cash_push, cash_row
from lonja.edge.wire.push import private_arg
from lonja.edge.ws.feeds import Receiver
from lonja.edge.ws.frames import text_frame
from lonja.engine.api import EventBatch

_TRADING = int(Ledger.TRADING)


class _Changes:
    """What one cause changed in one account; both in order, without doubles."""

    def __init__(self) -> None:
        self.currencies: dict[int, None] = {}
        self.trades: dict[tuple[int, int], None] = {}


class CashFeed:
    """The cash of accounts. Listens to events on the engine's thread."""

    def __init__(self, services: Services) -> None:
        """Follow nobody yet."""
        self._catalogue = services.catalogue
        self._views = services.engine.views
        self._clock = services.engine.now_ms
        self._followers: dict[int, dict[Receiver, bytes]] = {}

    def subscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send what the account has, and then what changes (``Feed``)."""
        assert session is not None
        head = private_arg(wish.arg, session.uid)
        self._followers.setdefault(session.account, {})[receiver] = head
        held = [
            view.currency for view in self._views.balances(session.account) if view.ledger == _TRADING and view.cash
        ]
        row = self._row(session.account, CashCause.SNAPSHOT, held, ())
        receiver.deliver(text_frame(cash_push(head, row)))

    def unsubscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send nothing more (``Feed``)."""
        del wish
        assert session is not None
        followers = self._followers[session.account]
        del followers[receiver]
        if not followers:
            del self._followers[session.account]

    def followed(self) -> int:
        """How many accounts somebody follows (``Feed``)."""
        return len(self._followers)

    def on_batch(self, batch: EventBatch) -> None:
        """Tell the followed accounts what an engine batch changed (``Subscriber``)."""
        if not self._followers:
            return
        changed: dict[tuple[int, CashCause], _Changes] = {}
        for event in batch.events:
            self._note(changed, event)
        for (account, cause), changes in changed.items():
            row = self._row(account, cause, changes.currencies, changes.trades)
            for receiver, head in self._followers[account].items():
                receiver.deliver(text_frame(cash_push(head, row)))

    def each_second(self) -> None:
        """Nothing is due (``Feed``)."""

    def stop(self) -> None:
        """Nothing runs (``Feed``)."""

    def _note(self, changed: dict[tuple[int, CashCause], _Changes], event: Event) -> None:
        if isinstance(event, Filled):
            if event.account in self._followers:
                changes = changed.setdefault((event.account, CashCause.FILLED), _Changes())
                form = self._catalogue.at(event.instrument)
                changes.currencies |= {form.base.currency: None, form.quote.currency: None}
                changes.trades[event.instrument, event.trade_id] = None
            return
        for account, currency in _moved(event):
            if account in self._followers:
                changed.setdefault((account, CashCause.TRANSFERRED), _Changes()).currencies[currency] = None

    def _row(
        self, account: int, cause: CashCause, currencies: Iterable[int], trades: Iterable[tuple[int, int]]
    ) -> dict[str, object]:
        balances = [self._views.balance(account, currency, _TRADING) for currency in currencies]
        return cash_row(self._catalogue, cause, balances, trades, self._clock())


def _moved(event: Event) -> list[tuple[int, int]]:
    """Whose trading ledger an event moved money to or from, and which currency."""
    if isinstance(event, (Deposited, Withdrawn, BalanceCorrected)):
        return [(event.account, event.currency)] if event.ledger == _TRADING else []
    if not isinstance(event, Transferred):
        return []
    ends = ((event.account, event.from_ledger), (event.to_account, event.to_ledger))
    return [(account, event.currency) for account, ledger in ends if ledger == _TRADING]
