"""Balances and positions as they change, told at once with the cause.

Why beside the account channel: this one says why a balance changed, names the trades, and waits for nothing.
Invariant: one push per engine batch, account and cause; no account hears of another.
"""

from lonja.core.collateral_events import CollateralTaken, DebtCovered, InterestAccrued, LoanChanged
from lonja.core.events import BalanceCorrected, Deposited, Event, Filled, PositionChanged, Transferred, Withdrawn
from lonja.core.kinds import Ledger, PositionCause
from lonja.core.margin_events import PocketTakenOver
from lonja.edge.position_rows import pair_positions, position_rows
from lonja.edge.services import Services
from lonja.edge.session import Session
from lonja.edge.wire.channels import Subscription
from lonja.edge.wire.money_push import CAUSES, CashCause, cash_push, cash_row
from lonja.edge.wire.push import private_arg
from lonja.edge.ws.feeds import Receiver
from lonja.edge.ws.frames import text_frame
from lonja.engine.api import EventBatch

_TRADING = int(Ledger.TRADING)
_MORE_THAN_TOLD = (int(PositionCause.LIQUIDATED), int(PositionCause.COVERED))
"""Causes that move more cash than profit, fee and margin."""

_CAUSES: dict[type[Event], CashCause] = {
    InterestAccrued: CashCause.INTEREST,
    CollateralTaken: CashCause.LIQUIDATED,
    DebtCovered: CashCause.COVERED,
    PocketTakenOver: CashCause.LIQUIDATED,
}
"""Why what was owed changed; a loan by hand and its repayment are told like transfers, as there is no word for them."""


class _Changes:
    """What one cause changed in one account; all in order, without doubles."""

    def __init__(self) -> None:
        self.currencies: dict[int, None] = {}
        self.positions: dict[tuple[int, ...], None] = {}
        self.pockets: dict[int, None] = {}
        self.trades: dict[tuple[int, int], None] = {}


class CashFeed:
    """The cash of accounts. Listens to events on the engine's thread."""

    def __init__(self, services: Services) -> None:
        """Follow nobody yet."""
        self._catalogue = services.catalogue
        self._views = services.engine.views
        self._clock = services.engine.now_ms
        self._rows = position_rows(services)
        self._pairs = pair_positions(services)
        self._owner_of = services.orders.owner_of
        self._followers: dict[int, dict[Receiver, bytes]] = {}

    def subscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send what the account has, and then what changes (``Feed``)."""
        assert session is not None
        head = private_arg(wish.arg, session.uid)
        self._followers.setdefault(session.account, {})[receiver] = head
        held = [
            view.currency for view in self._views.balances(session.account) if view.ledger == _TRADING and view.cash
        ]
        changes = _Changes()
        changes.currencies = dict.fromkeys(held)
        changes.positions = {view[1:4]: None for view in self._views.positions(session.account) if view.lots}
        changes.pockets = {found.pocket: None for found in self._pairs.held(session.account)}
        row = self._row(session.account, CashCause.SNAPSHOT, changes)
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
            row = self._row(account, cause, changes)
            for receiver, head in self._followers[account].items():
                receiver.deliver(text_frame(cash_push(head, row)))

    def each_second(self) -> None:
        """Nothing is due (``Feed``)."""

    def stop(self) -> None:
        """Nothing runs (``Feed``)."""

    def _note(self, changed: dict[tuple[int, CashCause], _Changes], event: Event) -> None:
        if isinstance(event, Filled):
            self._note_trade(changed, event)
            return
        if isinstance(event, PositionChanged):
            if event.account in self._followers:
                changes = changed.setdefault((event.account, CAUSES[event.cause]), _Changes())
                changes.positions[event.instrument, event.margin_mode, event.position_side] = None
                if event.gained - event.fee != event.margin_moved or event.cause in _MORE_THAN_TOLD:
                    changes.currencies[self._catalogue.at(event.instrument).settle.currency] = None
            return
        cause = _CAUSES.get(type(event), CashCause.TRANSFERRED)
        for account, currency in _moved(event):
            owner = self._owner_of(account)
            if owner in self._followers:
                changes = changed.setdefault((owner, cause), _Changes())
                if owner != account:
                    changes.pockets[account] = None
                else:
                    changes.currencies[currency] = None

    def _note_trade(self, changed: dict[tuple[int, CashCause], _Changes], event: Filled) -> None:
        owner = self._owner_of(event.account)
        if owner not in self._followers:
            return
        changes = changed.setdefault((owner, CashCause.FILLED), _Changes())
        form = self._catalogue.at(event.instrument)
        if owner != event.account:
            changes.pockets[event.account] = None
        elif not form.is_contract:
            changes.currencies |= {form.base.currency: None, form.quote.currency: None}
        changes.trades[event.instrument, event.trade_id] = None

    def _row(self, account: int, cause: CashCause, changes: _Changes) -> dict[str, object]:
        balances = [self._views.balance(account, currency, _TRADING) for currency in changes.currencies]
        views = self._views.positions(account) if changes.positions else ()
        positions = [self._rows.cash_row(view) for view in views if view[1:4] in changes.positions]
        pairs = self._pairs.every(account) if changes.pockets else ()
        positions += [self._pairs.cash_row(found) for found in pairs if found.pocket in changes.pockets]
        return cash_row(self._catalogue, cause, balances, positions, changes.trades, self._clock())


def _moved(event: Event) -> list[tuple[int, int]]:
    """Whose trading ledger an event moved money to or from, and which currency."""
    if isinstance(event, (Deposited, Withdrawn, BalanceCorrected)):
        return [(event.account, event.currency)] if event.ledger == _TRADING else []
    if isinstance(event, (InterestAccrued, DebtCovered, LoanChanged)):
        return [(event.account, event.currency)]
    if isinstance(event, PocketTakenOver):
        return [(event.account, event.currency), (event.pocket, event.currency)]
    if isinstance(event, CollateralTaken):
        return [(event.account, event.currency), (event.account, event.debt_currency)]
    if not isinstance(event, Transferred):
        return []
    ends = ((event.account, event.from_ledger), (event.to_account, event.to_ledger))
    return [(account, event.currency) for account, ledger in ends if ledger == _TRADING]
