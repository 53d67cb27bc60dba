"""Lives, leverages and bills of positions as rows: the part of the projection that is about contracts alone.

Why apart: orders and positions meet only in the fill that changes both. Invariant: as for the whole projection, the rows
depend on the events alone, not on how they were cut into transactions.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from lonja.core.collateral_events import CollateralTaken, DebtCovered, MarginTierDefined
from lonja.core.events import (
    Event,
    Filled,
    LeverageSet,
    OrderAmended,
    OrderCanceled,
    OrderMargined,
    OrderPlaced,
    PositionChanged,
    Transferred,
)
from lonja.core.kinds import MarginMode
from lonja.core.margin_events import PocketLeverageSet, PocketTakenOver
from lonja.modules.history.models import IS_HELD, LeverageRow, MarginRow, PositionRow
from lonja.modules.history.order_fold import ContractFill, InstrumentFacts, PocketName
from lonja.modules.history.pocket_fold import LEVERAGE_LEAST, Change, Pair, PocketFold
from lonja.modules.history.position_bills import position_bills
from lonja.modules.history.position_fold import Key, PositionFold, PositionRecord, key_of
from lonja.modules.history.queries import margins_waiting
from lonja.modules.history.records import BillRecord, FillPrices
from lonja.modules.history.statements import Row, Statements, table_of, write
from lonja.primitives.money import PPM

EVERYBODY = -1
"""The account under which the leverage of all who chose none is kept."""
_IDS_PER_SELECT = 500
_POSITIONS = select(*(table_of(PositionRow).c[name] for name in PositionRecord._fields))


class PositionProjection:
    """What a run of events changes in positions. Used by the projection that owns it."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._fold = PositionFold()
        self._pockets = PocketFold()
        self._is_loaded = False
        self._positions: dict[int, PositionRecord] = {}
        self._leverages: dict[Key, Row] = {}

    def forget(self) -> None:
        """Read everything again before the next events."""
        self._is_loaded = False

    def _load(self, connection: Connection) -> None:
        """Read open lives and leverages."""
        self._fold, self._pockets, self._is_loaded = PositionFold(), PocketFold(), True
        # As text, since an index of some rows only serves a condition that is told as the index tells it.
        for record in map(PositionRecord._make, connection.execute(_POSITIONS.where(IS_HELD))):
            if record.pocket >= 0:
                self._pockets.adopt(record)
            else:
                self._fold.lives[record.key] = record
        for margin in margins_waiting(connection):
            self._pockets.margins.adopt(margin)
        for *key, leverage in connection.execute(select(table_of(LeverageRow))):
            account, instrument, margin_mode, position_side = key
            self._fold.leverages[account, instrument, margin_mode, position_side] = leverage

    def begin(self, connection: Connection, events: Sequence[Event]) -> None:
        """Read what ``events`` are about and is not known: lives that ended before them and still change."""
        if not self._is_loaded:
            self._load(connection)
        self._positions, self._leverages = {}, {}
        lives = self._fold.lives
        begun = {event.life for event in events if type(event) is PositionChanged and event.life == event.sequence}
        wanted = {
            event.life
            for event in events
            if type(event) is PositionChanged
            and event.life not in begun
            and ((known := lives.get(key_of(event))) is None or known.life != event.life)
        }
        ids = sorted(wanted)
        for first in range(0, len(ids), _IDS_PER_SELECT):
            some = PositionRow.life.in_(ids[first : first + _IDS_PER_SELECT])
            for record in map(PositionRecord._make, connection.execute(_POSITIONS.where(some))):
                lives[record.key] = record

    def changed(
        self, event: PositionChanged, facts: InstrumentFacts, fill: ContractFill | None, prices: FillPrices
    ) -> tuple[PositionRecord, list[BillRecord]]:
        """Take a change of a customer's position: what it is now, and its bills."""
        before, after = self._fold.changed(event, facts, 0 if fill is None else fill.event.trade_id)
        self._positions[after.life] = after
        return after, position_bills(event, before.penalty, facts, fill, prices)

    def traded(self, event: Filled, name: PocketName, pair: Pair) -> None:
        """Take a trade of a customer's pocket."""
        self._note(self._pockets.filled(event, name, pair, self.pocket_leverage(name)))

    def placed(self, event: OrderPlaced, came: Transferred) -> None:
        """Take what came with an order of a customer's pocket."""
        self._pockets.margins.placed(event, came)

    def ended(self, event: OrderCanceled) -> None:
        """Take the end of an order, maybe of one that came with margin."""
        self._pockets.margins.canceled(event)

    def amended(self, event: OrderAmended) -> None:
        """Take the change of an order, maybe of one that came with margin."""
        self._pockets.margins.amended(event)

    def pocket_leverage(self, name: PocketName) -> int:
        """The leverage of a customer's pocket in hundredths: the one chosen, or the most that the first tier allows."""
        known = self._fold.leverages
        chosen = known.get((name.owner, name.instrument, name.margin_mode, 0))
        return chosen or known.get((EVERYBODY, name.instrument, name.margin_mode, 0), LEVERAGE_LEAST)

    def taken(self, event: CollateralTaken | PocketTakenOver, pair: Pair) -> Change | None:
        """Take a liquidation of a customer's pocket."""
        if isinstance(event, PocketTakenOver):
            change = self._pockets.taken_over(event, pair)
        else:
            change = self._pockets.taken(event, pair)
        self._note([] if change is None else [change[1]])
        return change

    def covered(self, event: DebtCovered, pair: Pair) -> None:
        """Take what the house paid for a customer's pocket."""
        self._note(self._pockets.covered(event, pair))

    def emptied(self, event: Transferred, pocket: int) -> None:
        """Take what went into a customer's pocket, or came out of it."""
        self._note(self._pockets.emptied(event, pocket))

    def _note(self, changed: list[PositionRecord]) -> None:
        for record in changed:
            self._positions[record.life] = record

    def lent(self, event: MarginTierDefined) -> None:
        """Take the first tier of what is lent for a pair: who chooses no leverage has the most it allows."""
        if event.tier == 1:
            leverage = 100 * PPM // event.initial_ppm
            for margin_mode in MarginMode:
                key = (EVERYBODY, event.instrument, int(margin_mode), 0)
                self._leverages[key] = (*key, leverage)
                self._fold.leverages[key] = leverage

    def pocket_leverage_set(self, event: PocketLeverageSet) -> None:
        """Take the leverage of a customer's positions in a pair; those that are held have it from now on."""
        key = (event.account, event.instrument, event.margin_mode, 0)
        self._leverages[key] = (*key, event.leverage)
        self._fold.leverages[key] = event.leverage
        self._note(self._pockets.leverage_set(event))

    def margined(self, event: OrderMargined) -> None:
        """Take the leverage of a customer's order."""
        if self._fold.margined(event):
            key = (event.account, event.instrument, event.margin_mode, event.position_side)
            self._leverages[key] = (*key, event.leverage)

    def leverage_set(self, event: LeverageSet) -> None:
        """Take the leverage of a customer's position."""
        key = key_of(event)
        self._leverages[key] = (*key, event.leverage)
        changed = self._fold.leverage_set(event)
        if changed is not None:
            self._positions[changed.life] = changed

    def write(self, connection: Connection, statements: Statements) -> None:
        """Write what changed since ``begin``."""
        write(connection, statements.put_positions, list(self._positions.values()))
        write(connection, statements.put_leverages, list(self._leverages.values()))
        margins, gone = self._pockets.margins.take_changed()
        write(connection, statements.put_margins, margins)
        for first in range(0, len(gone), _IDS_PER_SELECT):
            some = MarginRow.order_id.in_(gone[first : first + _IDS_PER_SELECT])
            connection.execute(delete(table_of(MarginRow)).where(some))
        self._fold.drop_ended()
