"""Private channels of positions: what is held, as it changes, and warnings before liquidation.

Rows are read from the engine when sent, so a push shows the latest, and changes within 50 ms become one push; what was
closed is told once more, with nothing in it. Prices alone cause no push: what follows them comes with the regular ones.
Invariant: no account hears of another.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from lonja.core.collateral_events import AccountWarned, CollateralTaken, DebtCovered, InterestAccrued
from lonja.core.events import (
    Event,
    Filled,
    LeverageSet,
    MarginWarned,
    OrderAmended,
    OrderCanceled,
    OrderRested,
    PositionChanged,
    Transferred,
)
from lonja.core.kinds import InstrumentType, MarginMode, PositionMode, PositionSide
from lonja.core.margin_events import PocketTakenOver
from lonja.core.views import PositionView
from lonja.edge.position_rows import pair_positions, position_rows
from lonja.edge.services import Services
from lonja.edge.session import Session
from lonja.edge.wire.channels import Subscription, Topic
from lonja.edge.wire.pair_positions import PairPosition
from lonja.edge.wire.positions import ratio_of
from lonja.edge.wire.push import position_pushes
from lonja.edge.ws.feeds import Receiver
from lonja.edge.ws.followers import Follower, send_regular
from lonja.edge.ws.pulse import Pulse
from lonja.engine.api import EventBatch

POSITION_INTERVAL_S: Final = 0.05
_NET: Final = int(PositionSide.NET)
_CROSS: Final = int(MarginMode.CROSS)
_ORDER_EVENTS: Final = (OrderRested, OrderCanceled, OrderAmended)
_PocketEvent = Filled | InterestAccrued | CollateralTaken | DebtCovered | PocketTakenOver | Transferred
_POCKET_EVENTS: Final = (Filled, InterestAccrued, CollateralTaken, DebtCovered, PocketTakenOver, Transferred)
"""What changes a position in a pair when it happens to a pocket."""
_Name = tuple[int, int, int]
"""Instrument, margin mode, position side."""


class _Account:
    """The followers of one account, and what changed of it since the last push."""

    def __init__(self) -> None:
        self.followers: dict[tuple[Receiver, tuple[str, ...]], Follower] = {}
        self.changed: set[_Name] = set()
        self.touched: set[int] = set()
        self.pockets: set[int] = set()

    def of(self, topic: Topic) -> list[Follower]:
        return [follower for follower in self.followers.values() if follower.wish.topic is topic]


class PositionFeed:
    """Positions and their warnings. Listens to events on the engine's thread."""

    def __init__(self, services: Services) -> None:
        """Follow nobody yet."""
        self._catalogue = services.catalogue
        self._views = services.engine.views
        self._clock: Callable[[], int] = services.engine.now_ms
        self._rows = position_rows(services)
        self._pairs = pair_positions(services)
        self._owner_of = services.orders.owner_of
        self._loop = asyncio.get_running_loop()
        self._accounts: dict[int, _Account] = {}
        self._pulse = Pulse(POSITION_INTERVAL_S, self._send_changes)

    def subscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send what is held, where positions are wished for, and then what changes (``Feed``)."""
        assert session is not None
        account = self._accounts.setdefault(session.account, _Account())
        follower = Follower(receiver, session, wish, self._loop.time())
        account.followers[receiver, wish.key] = follower
        if wish.topic is Topic.POSITIONS:
            self._send_snapshot(session.account, follower)

    def unsubscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send nothing more of ``wish`` (``Feed``)."""
        assert session is not None
        account = self._accounts[session.account]
        del account.followers[receiver, wish.key]
        if not account.followers:
            del self._accounts[session.account]

    def followed(self) -> int:
        """How many accounts somebody follows (``Feed``)."""
        return len(self._accounts)

    def on_batch(self, batch: EventBatch) -> None:
        """Note which followed positions an engine batch changed, and warn at once (``Subscriber``)."""
        if self._accounts:
            for event in batch.events:
                self._note(event)

    def each_second(self) -> None:
        """Send the regular snapshots that are due (``Feed``)."""
        send_regular(self._accounts, Topic.POSITIONS, self._loop.time(), self._send_snapshot)

    def stop(self) -> None:
        """Stop the timer (``Feed``)."""
        self._pulse.stop()

    def _note(self, event: Event) -> None:
        if isinstance(event, (PositionChanged, LeverageSet)):
            account = self._accounts.get(event.account)
            if account is not None:
                account.changed.add((event.instrument, event.margin_mode, event.position_side))
                self._pulse.request()
        elif isinstance(event, _ORDER_EVENTS):
            # What a position with a side could still close depends on the orders that close it.
            account = self._accounts.get(event.account)
            if account is not None and self._is_two_sided(event.account, event.instrument):
                account.touched.add(event.instrument)
                self._pulse.request()
            else:
                self._note_pocket(event.account)
        elif isinstance(event, _POCKET_EVENTS):
            for number in _accounts_of(event):
                self._note_pocket(number)
        elif isinstance(event, MarginWarned):
            self._warn(event, [(event.instrument, event.margin_mode, event.position_side)])
        elif isinstance(event, AccountWarned) and self._owner_of(event.account) != event.account:
            self._warn_of_pocket(event)
        elif isinstance(event, AccountWarned) and event.account in self._accounts:
            held = [view for view in self._views.positions(event.account) if view.lots]
            self._warn(event, [view[1:4] for view in held if view.margin_mode == _CROSS])

    def _note_pocket(self, number: int) -> None:
        """Something changed in an account; only what stands in a pocket is a position."""
        owner = self._owner_of(number)
        account = self._accounts.get(owner)
        if account is not None and owner != number:
            account.pockets.add(number)
            self._pulse.request()

    def _warn_of_pocket(self, event: AccountWarned) -> None:
        """Tell who follows warnings of its owner that a position in a pair came near its end."""
        owner = self._owner_of(event.account)
        account = self._accounts.get(owner)
        followers = [] if account is None else account.of(Topic.WARNINGS)
        for found in self._pairs.held(owner) if followers else ():
            if found.pocket == event.account:
                row = self._pairs.warning_row(found, event.ratio_ppm, self._clock())
                for follower in followers:
                    if _wants_pair(follower.wish, found):
                        follower.send(*position_pushes(follower.head, [row], ""))

    def _is_two_sided(self, number: int, instrument: int) -> bool:
        """Whether an account may hold a contract on both sides; of one position nothing follows from orders."""
        view = self._views.account(number)
        return (
            view is not None and view.position_mode != PositionMode.NET and self._catalogue.at(instrument).is_contract
        )

    def _warn(self, event: MarginWarned | AccountWarned, names: Sequence[_Name]) -> None:
        """Tell who follows warnings of the account of positions that came near their end; all of them have one ratio."""
        account = self._accounts.get(event.account)
        followers = [] if account is None else account.of(Topic.WARNINGS)
        if not followers:
            return
        rows = {
            view[1:4]: {**self._rows.warning_row(view, self._clock()), "mgnRatio": ratio_of(event.ratio_ppm)}
            for view in self._views.positions(event.account)
            if view.lots and view[1:4] in names
        }
        for follower in followers:
            wanted = [row for name, row in rows.items() if self._wants(follower.wish, name)]
            if wanted:
                follower.send(*position_pushes(follower.head, wanted, ""))

    def _send_snapshot(self, number: int, follower: Follower) -> None:
        held = [view for view in self._views.positions(number) if view.lots and self._wants(follower.wish, view[1:4])]
        rows = [self._rows.push_row(view, self._clock()) for view in held]
        pairs = [found for found in self._pairs.held(number) if _wants_pair(follower.wish, found)]
        rows += [self._pairs.push_row(found, self._clock()) for found in pairs]
        follower.send(*position_pushes(follower.head, rows, "snapshot"))

    def _send_changes(self) -> None:
        for number, account in self._accounts.items():
            changed, account.changed = account.changed, set()
            touched, account.touched = account.touched, set()
            pockets, account.pockets = account.pockets, set()
            followers = account.of(Topic.POSITIONS)
            if not followers or not (changed or touched or pockets):
                continue
            pairs = [found for found in self._pairs.every(number) if found.pocket in pockets and _is_told(found)]
            told = [(found, self._pairs.push_row(found, self._clock())) for found in pairs]
            views = [view for view in self._views.positions(number) if _is_news(view, changed, touched)]
            rows = {view[1:4]: self._rows.push_row(view, self._clock()) for view in views}
            for follower in followers:
                wanted = [row for name, row in rows.items() if self._wants(follower.wish, name)]
                wanted += [row for found, row in told if _wants_pair(follower.wish, found)]
                if wanted:
                    follower.send(*position_pushes(follower.head, wanted, "event_update"))

    def _wants(self, wish: Subscription, name: _Name) -> bool:
        form = self._catalogue.at(name[0])
        return (
            (wish.instrument is None or wish.instrument == form.code)
            and (wish.instrument_type is None or wish.instrument_type.name == form.instrument_type)
            and (wish.family is None or wish.family == form.family_name)
        )


def _accounts_of(event: _PocketEvent) -> tuple[int, ...]:
    """The accounts of which one may be a pocket."""
    if isinstance(event, PocketTakenOver):
        return (event.pocket,)
    return (event.account, event.to_account) if isinstance(event, Transferred) else (event.account,)


def _wants_pair(wish: Subscription, found: PairPosition) -> bool:
    """Whether a position in a pair is wished for; pairs belong to no family."""
    return (
        wish.instrument in (None, found.form.code)
        and wish.instrument_type in (None, InstrumentType.MARGIN)
        and wish.family is None
    )


def _is_told(found: PairPosition) -> bool:
    """Whether there is a position in a pocket, or was one."""
    return found.is_held or found.life is not None


def _is_news(view: PositionView, changed: set[_Name], touched: set[int]) -> bool:
    """Whether a position is told: it changed (and lived ever), or orders that may close it did."""
    if view[1:4] in changed:
        return view.life != 0
    return view.lots != 0 and view.position_side != _NET and view.instrument in touched
