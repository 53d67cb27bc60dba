"""Lives of positions as the sum of their events, for customers' accounts.

A life begins when a flat position opens and ends when it is flat again; a position that turns round ends one and begins
another. Invariant: ``lives`` holds every open life, and besides these only what ended since ``drop_ended``.
"""

from enum import IntEnum
from typing import NamedTuple

from lonja.core.events import LeverageSet, OrderMargined, PositionChanged
from lonja.core.kinds import PositionCause
from lonja.modules.history.order_fold import InstrumentFacts

LEVERAGE_DEFAULT = 300
"""What the core gives a position whose leverage nobody has set, in hundredths."""
PARTS = 10**12
_FORCED = (int(PositionCause.LIQUIDATED), int(PositionCause.DELEVERAGED))

Key = tuple[int, int, int, int]
"""Account, instrument, margin mode, position side."""


class PositionEnd(IntEnum):
    """How a position was last made smaller. Numbers are stored and never reused."""

    NONE = 0
    CLOSED_PARTLY = 1
    CLOSED = 2
    LIQUIDATED = 3
    LIQUIDATED_PARTLY = 4
    DELEVERAGED_PARTLY = 5
    DELEVERAGED = 6


class PositionRecord(NamedTuple):
    """One life of a position, as of the event ``sequence``; ``life`` is the number of the event that began it.

    ``lots`` is signed and 0 once it has ended. Averages are ticks and millionths of a millionth of a tick, of all that
    was opened and of all that was closed. ``pnl``, ``fees`` (paid), ``funding`` and ``penalty`` (negative when lost) are
    of the whole life; ``trigger_price`` is the mark (ticks) that last forced it smaller. ``leverage`` is in hundredths.

    ``pocket`` is the account in which a position in a pair stands, -1 of contracts; ``margin`` is then what the lots that
    are held cost, and amounts are in the quote currency.
    """

    life: int
    account: int
    instrument: int
    instrument_type: int
    margin_mode: int
    position_side: int
    leverage: int
    is_long: int
    lots: int
    lots_max: int
    lots_closed: int
    open_ticks: int
    open_parts: int
    close_ticks: int
    close_parts: int
    margin: int
    pnl: int
    fees: int
    funding: int
    penalty: int
    ended: int
    trigger_price: int
    last_trade_id: int
    created_time_ms: int
    updated_time_ms: int
    sequence: int
    pocket: int = -1

    @property
    def key(self) -> Key:
        """Which position it is a life of."""
        return self.account, self.instrument, self.margin_mode, self.position_side


def key_of(event: PositionChanged | LeverageSet) -> Key:
    """Which position an event is about."""
    return event.account, event.instrument, event.margin_mode, event.position_side


class PositionFold:
    """Lives and leverages of positions, event by event."""

    def __init__(self) -> None:
        """Know nothing."""
        self.lives: dict[Key, PositionRecord] = {}
        self.leverages: dict[Key, int] = {}

    def margined(self, event: OrderMargined) -> bool:
        """Learn the leverage under which an order was placed; whether it was another one so far."""
        return self._set((event.account, event.instrument, event.margin_mode, event.position_side), event.leverage)

    def leverage_set(self, event: LeverageSet) -> PositionRecord | None:
        """The open life after its leverage was set, or None when there is none."""
        key = key_of(event)
        self._set(key, event.leverage)
        known = self.lives.get(key)
        if known is None or known.lots == 0:
            return None
        changed = self.lives[key] = known._replace(leverage=event.leverage, sequence=event.sequence)
        return changed

    def _set(self, key: Key, leverage: int) -> bool:
        is_new = self.leverages.get(key) != leverage
        self.leverages[key] = leverage
        return is_new

    def changed(
        self, event: PositionChanged, facts: InstrumentFacts, trade_id: int
    ) -> tuple[PositionRecord, PositionRecord]:
        """The life before and after a change; ``trade_id`` is that of the fill that caused it, 0 for none."""
        key = key_of(event)
        known = self.lives.get(key)
        before = known if known is not None and known.life == event.life else self._begun(event, facts)
        after = before._replace(
            lots=event.lots,
            margin=event.margin,
            pnl=event.pnl,
            fees=event.fees,
            funding=event.funding,
            penalty=event.penalty,
            last_trade_id=trade_id or before.last_trade_id,
            updated_time_ms=event.time_ms,
            sequence=event.sequence,
        )
        if abs(event.lots) > abs(event.lots - event.lots_changed):
            after = after._replace(
                is_long=int(event.lots > 0),
                lots_max=max(before.lots_max, abs(event.lots)),
                open_ticks=event.average_ticks,
                open_parts=event.average_parts,
            )
        elif event.lots_changed:
            after = _closed(after, event, inverse=facts.inverse == 1)
        self.lives[key] = after
        return before, after

    def _begun(self, event: PositionChanged, facts: InstrumentFacts) -> PositionRecord:
        """A life without anything in it."""
        leverage = self.leverages.get(key_of(event), LEVERAGE_DEFAULT)
        place = (event.account, event.instrument, facts.instrument_type, event.margin_mode, event.position_side)
        return PositionRecord(event.life, *place, leverage, *(0,) * 16, event.time_ms, event.time_ms, event.sequence)

    def drop_ended(self) -> None:
        """Let go of lives that have ended."""
        self.lives = {key: record for key, record in self.lives.items() if record.lots}


def _closed(record: PositionRecord, event: PositionChanged, *, inverse: bool) -> PositionRecord:
    """``record`` with the lots that ``event`` closed at its price."""
    lots = abs(event.lots_changed)
    closed = record.lots_closed + lots
    before = record.close_ticks * PARTS + record.close_parts
    price = event.price * PARTS
    if not record.lots_closed:
        average = price
    elif inverse:
        # Lots of an inverse contract are worth the less the higher the price, so their prices have a harmonic mean.
        average = _rounded(closed * before * price, record.lots_closed * price + lots * before)
    else:
        average = _rounded(record.lots_closed * before + lots * price, closed)
    return record._replace(
        lots_closed=closed,
        close_ticks=average // PARTS,
        close_parts=average % PARTS,
        ended=int(_end_of(event)),
        trigger_price=event.price if event.cause in _FORCED else 0,
    )


def _end_of(event: PositionChanged) -> PositionEnd:
    whole = event.lots == 0
    if event.cause == PositionCause.LIQUIDATED:
        return PositionEnd.LIQUIDATED if whole else PositionEnd.LIQUIDATED_PARTLY
    if event.cause == PositionCause.DELEVERAGED:
        return PositionEnd.DELEVERAGED if whole else PositionEnd.DELEVERAGED_PARTLY
    return PositionEnd.CLOSED if whole else PositionEnd.CLOSED_PARTLY


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
