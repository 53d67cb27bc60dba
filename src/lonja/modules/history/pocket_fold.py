"""Lives of positions in pairs as the sum of the events of their pockets, for customers' accounts.

A life begins with the first trade and ends when nothing is owed after a trade that made it smaller, when the engine gives
back what is left, or with a liquidation. Margin of orders that have not traded pays nothing that is owed, and trades of one
command end one life. Everything is counted in the quote currency. Invariant: each number follows from the record before and
the event, so memory and SQL agree wherever events are cut between commands.
"""

from typing import Final, NamedTuple

from lonja.core.collateral_events import CollateralTaken, DebtCovered
from lonja.core.events import Filled, Transferred
from lonja.core.kinds import Liquidity, MarginMode, Side
from lonja.core.margin_events import PocketLeverageSet, PocketTakenOver
from lonja.modules.history.order_fold import MARGIN, InstrumentFacts, PocketName
from lonja.modules.history.position_fold import PARTS, PositionEnd, PositionRecord
from lonja.modules.history.waiting_margin import WaitingMargins

LEVERAGE_LEAST: Final = 100
"""What is told of a position whose leverage nobody knows, in hundredths."""
_BUY: Final = int(Side.BUY)
_ISOLATED: Final = int(MarginMode.ISOLATED)
_TAKER: Final = int(Liquidity.TAKER)


class Pair(NamedTuple):
    """What counting the pair of a pocket needs: its facts and the scales of its currencies."""

    facts: InstrumentFacts
    base_scale: int
    quote_scale: int

    def base_of(self, lots: int) -> int:
        """Lots in smallest units of the base currency."""
        shift = self.base_scale - self.facts.size_scale
        stepped = lots * self.facts.lot_step
        return int(stepped * 10**shift if shift >= 0 else stepped // 10**-shift)

    def worth(self, base: int, price: int, quote_price: int) -> int:
        """Base units in quote units at the prices of both currencies, rounded down."""
        return int(base * price * 10**self.quote_scale // (quote_price * 10**self.base_scale))


class Closed(NamedTuple):
    """Lots that ended, what they brought or cost, and the average price of it in parts of a tick."""

    lots: int
    value: int
    price: int


Change = tuple[PositionRecord, PositionRecord]
"""A life before and after an event."""


class PocketFold:
    """Open lives by pocket, event by event. What it returns are the lives that changed, in order."""

    def __init__(self) -> None:
        """Know nothing."""
        self.lives: dict[int, PositionRecord] = {}
        self.margins = WaitingMargins()
        self._paid: dict[int, tuple[int, PositionRecord]] = {}

    def adopt(self, record: PositionRecord) -> None:
        """Go on with an open life."""
        self.lives[record.pocket] = record

    def filled(self, event: Filled, name: PocketName, pair: Pair, leverage: int) -> list[PositionRecord]:
        """A trade of a pocket; ``leverage`` is that of a life that begins. One that turns round ends one, too."""
        self.margins.filled(event)
        own_base = event.base_balance - self.margins.of(event.account, pair.facts.base)
        own_quote = event.quote_balance - self.margins.of(event.account, pair.facts.quote)
        signed = event.size if event.side == _BUY else -event.size
        known = self.lives.get(event.account) or self._paid_by_same(event, signed)
        fee = _fee_in_quote(event, pair)
        changed: list[PositionRecord] = []
        rest = event.size
        if known is not None and known.lots * signed < 0:
            rest = max(event.size - abs(known.lots), 0)
            lots = event.size - rest
            value = event.notional * lots // event.size
            owes = min(own_base, own_quote) < 0
            part = fee * lots // event.size
            after = _closed(known, Closed(lots, value, event.price * PARTS), over=rest > 0)
            after = _stamped(after._replace(fees=after.fees + part, last_trade_id=event.trade_id), event)
            if after.lots and not owes:
                self._paid[event.account] = _taker_of(event), after
                after = _over(after, PositionEnd.CLOSED)
            changed.append(after)
            known, fee = None, fee - part
            if event.side == _BUY and 2 * own_base < pair.base_of(rest):
                # Who buys back what is owed buys what the fee takes, too: that is no position.
                rest = 0
                changed[-1] = after._replace(fees=after.fees + fee)
        if rest:
            value = event.notional * rest // event.size
            before = known or _begun(event, name, leverage)
            after = _opened(before, rest if signed > 0 else -rest, value, event.price)
            changed.append(_stamped(after._replace(fees=after.fees + fee, last_trade_id=event.trade_id), event))
        return self._keep(event.account, changed)

    def _paid_by_same(self, event: Filled, signed: int) -> PositionRecord | None:
        """A life that is over since another trade of the same command, which goes on closing it; the engine looks last."""
        taker, record = self._paid.pop(event.account, (0, None))
        is_same = record is not None and taker == _taker_of(event) and record.lots * signed < 0
        return record if is_same else None

    def taken(self, event: CollateralTaken, pair: Pair) -> Change | None:
        """A liquidation took what a pocket had and paid what it owed; the life before and after."""
        known = self.lives.get(event.account)
        if known is None:
            return None
        is_long = event.currency == pair.facts.base
        base, quote = (event.taken, event.repaid) if is_long else (event.repaid, event.taken)
        prices = (event.price, event.debt_price) if is_long else (event.debt_price, event.price)
        value = pair.worth(base, *prices)
        over = event.debt_balance >= 0
        # What is taken may be more than was bought, for the margin stands beside it.
        lots = abs(known.lots) if over else min(base // max(pair.base_of(1), 1), abs(known.lots) - 1)
        # At the price at which it was taken; of the rest of what was traded nobody knows another.
        value = value * pair.base_of(lots) // base if base else 0
        entry = _price(known.open_ticks, known.open_parts)
        price = entry * value * abs(known.lots) // (known.margin * lots) if known.margin and lots else 0
        # Less than a lot that closing left is settled by the desk; that is no liquidation.
        is_rest = (
            pair.worth(event.repaid, *prices) < pair.worth(pair.base_of(1), *prices)
            if not is_long
            else (event.repaid < pair.worth(pair.base_of(1), *prices))
        )
        after = _closed(known, Closed(lots, value, price), over=over, forced=not is_rest)
        lost = quote - pair.worth(base, *prices)
        penalty = known.penalty + (lost if is_long else -lost)
        after = _stamped(after._replace(penalty=penalty, trigger_price=price // PARTS), event)
        return known, self._keep(event.account, [after])[-1]

    def covered(self, event: DebtCovered, pair: Pair) -> list[PositionRecord]:
        """The house paid what nothing of a pocket pays any more; told in quote currency alone, which has its price."""
        known = self.lives.get(event.account)
        if known is None:
            return []
        paid = event.amount if event.currency == pair.facts.quote else 0
        lots, entry = abs(known.lots), _price(known.open_ticks, known.open_parts)
        # What nothing was left to sell for ended at the price of what was sold.
        price = _price(known.close_ticks, known.close_parts) if known.lots_closed else entry
        after = _closed(known, Closed(lots, known.margin * price // entry, price), forced=True)
        return self._keep(event.account, [_stamped(after._replace(penalty=known.penalty + paid), event)])

    def leverage_set(self, event: PocketLeverageSet) -> list[PositionRecord]:
        """Another leverage of an account's pockets in a pair."""
        meant = (event.account, event.instrument, event.margin_mode)
        changed = [
            record._replace(leverage=event.leverage, sequence=event.sequence)
            for record in self.lives.values()
            if (record.account, record.instrument, record.margin_mode) == meant
        ]
        self.lives |= {record.pocket: record for record in changed}
        return changed

    def emptied(self, event: Transferred, pocket: int) -> list[PositionRecord]:
        """The engine gave back what is left, or took what is lost: what fees made of the lots ends with it.

        To isolated pockets it also brings margin, of which some may go back and leave the rest there.
        """
        known = self.lives.get(pocket)
        if known is None or event.client_transfer_id:
            return []
        if known.margin_mode == _ISOLATED and (pocket == event.to_account or event.from_balance != 0):
            return []
        return self._keep(pocket, [_stamped(_over(known, PositionEnd.CLOSED), event)])

    def taken_over(self, event: PocketTakenOver, pair: Pair) -> Change | None:
        """The desk took over a cross position; what its owner got or paid for it tells the price."""
        known = self.lives.get(event.pocket)
        if known is None:
            return None
        lots, entry = abs(known.lots), _price(known.open_ticks, known.open_parts)
        value = _value_taken(event, in_base=event.currency == pair.facts.base)
        price = entry * value // known.margin if known.margin else entry
        after = _closed(known, Closed(lots, value, price), forced=True)
        ended = _stamped(after._replace(trigger_price=price // PARTS), event)
        return known, self._keep(event.pocket, [ended])[-1]

    def _keep(self, pocket: int, changed: list[PositionRecord]) -> list[PositionRecord]:
        last = changed[-1]
        if last.lots:
            self.lives[pocket] = last
        else:
            self.lives.pop(pocket, None)
        return changed


def _taker_of(event: Filled) -> int:
    """The order that traded in the command of ``event``."""
    return event.order_id if event.liquidity == _TAKER else event.match_order_id


def _begun(event: Filled, name: PocketName, leverage: int) -> PositionRecord:
    """A life without anything in it."""
    place = (name.owner, name.instrument, MARGIN, name.margin_mode, 0, leverage)
    times = (event.time_ms, event.time_ms, event.sequence)
    # Two lives that one trade ends and begins have two numbers: the one that begins is that of the event.
    return PositionRecord(event.sequence, *place, *(0,) * 16, *times, pocket=event.account)


def _stamped(
    record: PositionRecord, event: Filled | CollateralTaken | DebtCovered | Transferred | PocketTakenOver
) -> PositionRecord:
    return record._replace(updated_time_ms=event.time_ms, sequence=event.sequence)


def _opened(record: PositionRecord, signed: int, value: int, price: int) -> PositionRecord:
    held, more = abs(record.lots), abs(signed)
    before = _price(record.open_ticks, record.open_parts)
    average = _rounded(held * before + more * price * PARTS, held + more)
    return record._replace(
        is_long=int(signed > 0),
        lots=record.lots + signed,
        lots_max=max(record.lots_max, held + more),
        open_ticks=average // PARTS,
        open_parts=average % PARTS,
        margin=record.margin + value,
    )


def _closed(record: PositionRecord, closed: Closed, *, over: bool = True, forced: bool = False) -> PositionRecord:
    """``record`` with lots that ended; ``over`` when what is left of them is no position any more."""
    held = abs(record.lots)
    cost = record.margin * closed.lots // held
    gained = closed.value - cost if record.is_long else cost - closed.value
    total = record.lots_closed + closed.lots
    before = _price(record.close_ticks, record.close_parts)
    average = _rounded(record.lots_closed * before + closed.lots * closed.price, total) if total else 0
    after = record._replace(
        lots=record.lots - closed.lots if record.is_long else record.lots + closed.lots,
        lots_closed=total,
        close_ticks=average // PARTS,
        close_parts=average % PARTS,
        margin=record.margin - cost,
        pnl=record.pnl + gained,
    )
    if over or not after.lots:
        return _over(after, PositionEnd.LIQUIDATED if forced else PositionEnd.CLOSED)
    return after._replace(ended=int(PositionEnd.LIQUIDATED_PARTLY if forced else PositionEnd.CLOSED_PARTLY))


def _over(record: PositionRecord, end: PositionEnd) -> PositionRecord:
    return record._replace(lots=0, margin=0, ended=int(end))


def _value_taken(event: PocketTakenOver, *, in_base: bool) -> int:
    """What the base of a cross position came to in quote units, so that both sides make what its owner got or paid."""
    if not in_base:
        return abs(event.amount - event.quote)
    other = abs(event.amount - event.base)
    return abs(event.base) * abs(event.quote) // other if other else 0


def _fee_in_quote(event: Filled, pair: Pair) -> int:
    """The fee of a trade at its price, rounded up."""
    if event.fee_currency == pair.facts.quote:
        return event.fee
    return -(-event.fee * event.notional // pair.base_of(event.size))


def _price(ticks: int, parts: int) -> int:
    return ticks * PARTS + parts


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
