"""Tells people by message that a position of theirs is near liquidation, was liquidated or was closed for the house's sake.

Why here: the engine knows accounts, identity knows how to reach their people. Private channels tell programs at once;
this is for who has none open. What happened to one position within a few seconds is one message. Invariant: the engine
never waits for a message. What a crash falls upon is not told again, but stands in bills and in the history.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import structlog

from lonja.bootstrap.housekeeping import Housekeeper
from lonja.core.collateral_events import AccountWarned, CollateralTaken
from lonja.core.events import Event, MarginWarned, PositionChanged
from lonja.core.kinds import AccountKind, PositionCause
from lonja.core.margin_events import PocketTakenOver
from lonja.core.views import InstrumentView
from lonja.engine.api import Engine, EventBatch
from lonja.modules.identity.api import People
from lonja.primitives.errors import RefusedError
from lonja.primitives.money import format_scaled

Tell = Callable[[int, str, Mapping[str, str]], None]
"""Sends a message by its name, with what is said in it, to the person who has a master account (blocking)."""

WAITING_MAX: Final = 10_000
"""How many positions may wait for their message; more than that are not told."""
GATHER_SECONDS: Final = 5.0
WARNED: Final = "position_warned"
LIQUIDATED: Final = "position_liquidated"
DELEVERAGED: Final = "position_deleveraged"
PAIR_WARNED: Final = "pair_warned"
PAIR_LIQUIDATED: Final = "pair_liquidated"
_TOO_LATE: Final = {WARNED: LIQUIDATED, PAIR_WARNED: PAIR_LIQUIDATED}
"""What a warning is not told beside."""
_ENDS: Final = {int(PositionCause.LIQUIDATED): LIQUIDATED, int(PositionCause.DELEVERAGED): DELEVERAGED}

_log = structlog.get_logger("lonja.notices")


class _Fact(NamedTuple):
    """What happened to a position: ``lots`` without sign, ``ticks`` the last price."""

    instrument: int
    lots: int
    ticks: int


class PositionNotices:
    """Gathers what happened to positions of customers and tells it, on the running loop."""

    def __init__(self, engine: Engine, tell: Tell, seconds: float = GATHER_SECONDS) -> None:
        """Tell what was gathered every ``seconds``; subscribe ``on_batch``."""
        self._engine = engine
        self._tell = tell
        self._lock = threading.Lock()
        self._waiting: dict[tuple[int, str, int], _Fact] = {}
        self._keeper = Housekeeper("messages about positions", self.tell_waiting, seconds)

    async def close(self) -> None:
        """Stop; what is under way ends first."""
        await self._keeper.close()

    def on_batch(self, batch: EventBatch) -> None:
        """Gather what people are told of (``Subscriber``)."""
        for event in batch.events:
            if isinstance(event, (MarginWarned, PositionChanged)):
                self._gather(event)
            elif isinstance(event, (AccountWarned, CollateralTaken, PocketTakenOver)):
                self._gather_of_pair(event)

    def _gather(self, event: Event) -> None:
        if isinstance(event, PositionChanged):
            name = _ENDS.get(event.cause)
            if name is not None:
                self._put(event.account, name, _Fact(event.instrument, abs(event.lots_changed), event.price))
        elif isinstance(event, MarginWarned):
            contract = self._engine.views.contract(event.instrument)
            self._put(event.account, WARNED, _Fact(event.instrument, 0, 0 if contract is None else contract.mark))

    def _gather_of_pair(self, event: AccountWarned | CollateralTaken | PocketTakenOver) -> None:
        """What happened to a pocket happened to a position of its owner in a pair."""
        views = self._engine.views
        found = views.pocket_position(event.pocket if isinstance(event, PocketTakenOver) else event.account)
        view = None if found is None else views.instrument(found.instrument)
        if found is None or view is None:
            return
        scale = views.currencies()[view.base].scale
        lot = view.lot_step * 10 ** (scale - view.size_scale)
        ticks = self._price_of_pair(view)
        if isinstance(event, AccountWarned):
            self._put(found.owner, PAIR_WARNED, _Fact(found.instrument, 0, ticks))
            return
        if isinstance(event, PocketTakenOver):
            base = abs(event.base)
        else:
            base = event.taken if event.currency == view.base else event.repaid
        # Less than a lot is what closing left, and no liquidation.
        if base >= lot:
            self._put(found.owner, PAIR_LIQUIDATED, _Fact(found.instrument, base // lot, ticks))

    def _price_of_pair(self, view: InstrumentView) -> int:
        """The price of the base in the quote currency in ticks, rounded down, as debts are counted; 0 for none."""
        base, quote = (self._engine.views.currency_terms(code).price for code in (view.base, view.quote))
        return base * 10**view.price_scale // (quote * view.tick_step) if quote else 0

    def _put(self, account: int, name: str, fact: _Fact) -> None:
        view = self._engine.views.account(account)
        if view is None or view.kind != AccountKind.CUSTOMER:
            return
        key = (view.master if view.master >= 0 else account, name, fact.instrument)
        with self._lock:
            known = self._waiting.get(key)
            if known is not None:
                self._waiting[key] = fact._replace(lots=known.lots + fact.lots)
            elif len(self._waiting) < WAITING_MAX:
                self._waiting[key] = fact

    def tell_waiting(self) -> None:
        """Tell everything that waits (blocking)."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for (account, name, code), fact in waiting.items():
            if (account, _TOO_LATE.get(name, ""), code) in waiting:
                continue  # too late for a warning
            view = self._engine.views.instrument(code)
            assert view is not None, "the engine told of it"
            values = {
                "instrument": view.instrument_id,
                "size": format_scaled(fact.lots * view.lot_step, view.size_scale),
                "price": format_scaled(fact.ticks * view.tick_step, view.price_scale),
            }
            try:
                self._tell(account, name, values)
            except RefusedError as error:
                _log.info("somebody who is gone was not told", code=error.code)


def teller(people: People) -> Tell:
    """Tells the people of a house; accounts without a person hear nothing."""

    def tell(account: int, name: str, values: Mapping[str, str]) -> None:
        user = people.user_of_account(account)
        if user is not None:
            people.tell(user.user_id, name, values)

    return tell
