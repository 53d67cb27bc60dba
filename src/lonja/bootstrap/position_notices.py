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
from lonja.core.events import Event, MarginWarned, PositionChanged
from lonja.core.kinds import AccountKind, PositionCause
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

    def _gather(self, event: Event) -> None:
        if isinstance(event, PositionChanged):
            name = _ENDS.get(event.cause)
            if name is not None:
                self._put(event.account, name, _Fact(event.instrument, abs(event.lots_changed), event.price))
        elif isinstance(event, MarginWarned):
            contract = self._engine.views.contract(event.instrument)
            self._put(event.account, WARNED, _Fact(event.instrument, 0, 0 if contract is None else contract.mark))

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
            if name == WARNED and (account, LIQUIDATED, code) in waiting:
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
