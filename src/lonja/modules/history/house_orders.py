"""Orders that the house carried out for an account: liquidations, deleveraging and deliveries.

Why here: the core changes a position without an order then, but who looks into its orders has to find what happened.
Invariant: all of it follows from the event and from the leverage of the position, so that memory and SQL agree.
"""

from typing import Final, NamedTuple

from lonja.core.events import PositionChanged
from lonja.core.kinds import Liquidity, OrderState, OrderType, PositionCause, SelfTradePrevention, Side
from lonja.modules.history.order_fold import InstrumentFacts, TrackedOrder, fill_record
from lonja.modules.history.position_fold import PositionEnd, PositionRecord
from lonja.modules.history.records import FillPrices, FillRecord, OrderCategory, OrderRecord

_EPOCH_MS: Final = 1_483_228_800_000
_TIME_SHIFT: Final = 22
_COUNTERS: Final = 1 << 16
_SHARD_BITS: Final = 6
_HOUSE_SHARD: Final = (1 << _SHARD_BITS) - 1
"""No engine has this number, so ids of these orders are nobody else's."""

_FORCED: Final = (PositionEnd.LIQUIDATED, PositionEnd.LIQUIDATED_PARTLY)
OrderAndFill = tuple[TrackedOrder, FillRecord]
_CATEGORIES: Final = {
    int(PositionCause.LIQUIDATED): OrderCategory.FULL_LIQUIDATION,
    int(PositionCause.DELEVERAGED): OrderCategory.DELEVERAGING,
    int(PositionCause.DELIVERED): OrderCategory.DELIVERY,
}


def house_order(
    event: PositionChanged, facts: InstrumentFacts, leverage: int, prices: FillPrices
) -> OrderAndFill | None:
    """The order and its only fill that tell the change of a position; None when an order of its owner caused it.

    ``leverage`` is that of the position, in hundredths, ``prices`` those of the moment.
    """
    if not is_by_house(event):
        return None
    category = _CATEGORIES[event.cause]
    if category is OrderCategory.FULL_LIQUIDATION and event.lots:
        category = OrderCategory.PARTIAL_LIQUIDATION
    side, lots = Side.BUY if event.lots_changed > 0 else Side.SELL, abs(event.lots_changed)
    done = _Done(event.account, event.instrument, event.margin_mode, event.position_side, event.price)
    order = TrackedOrder(
        _record(done, event.sequence, event.time_ms, side, lots)._replace(
            instrument_type=facts.instrument_type,
            fee=max(event.fee, 0),
            rebate=max(-event.fee, 0),
            fee_currency=facts.settle,
            last_fee=event.fee,
            pnl=event.gained,
            category=int(category),
            leverage=leverage,
        )
    )
    return order, fill_record(order, event.sequence, 0, event.gained, prices)


def is_by_house(event: PositionChanged) -> bool:
    """Whether the house carried out an order for the account."""
    return event.cause in _CATEGORIES and event.lots_changed != 0


def order_id_of(event: PositionChanged) -> int:
    """The order that changed the position, be it one of the house; 0 for none."""
    return _house_order_id(event.time_ms, event.sequence) if is_by_house(event) else event.order_id


def trade_id_of(event: PositionChanged) -> int:
    """What stands for the trade of an order of the house, which is none: nobody traded with the account."""
    return -event.sequence


def _house_order_id(time_ms: int, sequence: int) -> int:
    """An id like those of orders: it sorts by time."""
    stamped = (time_ms - _EPOCH_MS) << _TIME_SHIFT
    return stamped | sequence % _COUNTERS << _SHARD_BITS | _HOUSE_SHARD


def pair_order(
    before: PositionRecord, after: PositionRecord, facts: InstrumentFacts, prices: FillPrices
) -> OrderAndFill | None:
    """The order and its only fill that tell the liquidation of a position in a pair; None when nothing was liquidated.

    Its leverage and margin currency are left to who knows them.
    """
    lots = after.lots_closed - before.lots_closed
    if after.ended not in _FORCED or lots <= 0:
        return None
    category = OrderCategory.PARTIAL_LIQUIDATION if after.lots else OrderCategory.FULL_LIQUIDATION
    side = Side.SELL if before.is_long else Side.BUY
    gained = after.pnl - before.pnl
    done = _Done(after.account, after.instrument, after.margin_mode, after.position_side, after.trigger_price)
    order = TrackedOrder(
        _record(done, after.sequence, after.updated_time_ms, side, lots)._replace(
            instrument_type=after.instrument_type,
            fee_currency=facts.quote if side == Side.SELL else facts.base,
            pnl=gained,
            category=int(category),
        )
    )
    return order, fill_record(order, after.sequence, 0, gained, prices)


class _Done(NamedTuple):
    """What was carried out for whom, and at which price."""

    account: int
    instrument: int
    margin_mode: int
    position_side: int
    price: int


def _record(done: _Done, sequence: int, time_ms: int, side: Side, lots: int) -> OrderRecord:
    """A market order that was filled at once, without a fee; what it is called and what it brought is left open."""
    return OrderRecord(
        order_id=_house_order_id(time_ms, sequence),
        account=done.account,
        instrument=done.instrument,
        instrument_type=0,
        side=int(side),
        order_type=int(OrderType.MARKET),
        time_in_force=0,
        post_only=0,
        price=0,
        size=lots,
        size_unit=0,
        filled=lots,
        notional=0,
        fee=0,
        rebate=0,
        fee_currency=0,
        state=int(OrderState.FILLED),
        cancel_reason=0,
        self_trade_prevention=int(SelfTradePrevention.CANCEL_MAKER),
        client_order_id="",
        tag="",
        created_time_ms=time_ms,
        updated_time_ms=time_ms,
        last_trade_id=-sequence,
        last_price=done.price,
        last_size=lots,
        last_fee=0,
        last_liquidity=int(Liquidity.TAKER),
        last_time_ms=time_ms,
        sequence=sequence,
        margin_mode=done.margin_mode,
        position_side=done.position_side,
        reduce_only=1,
    )
