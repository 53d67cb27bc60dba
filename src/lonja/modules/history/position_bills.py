"""Bills of positions: what a change of one did to the cash of its owner.

A change gives one bill; a liquidation gives a second for what is lost beyond the price, so that it can be told apart.
Source: the types of bills of the API's reference. Invariant: the changes of a currency's bills add up to its cash, and
each bill's balance is the one before plus its change.
"""

from lonja.core.events import PositionChanged
from lonja.core.kinds import Ledger, Liquidity, MarginMode, PositionCause, PositionSide
from lonja.modules.history.house_orders import is_by_house, order_id_of, trade_id_of
from lonja.modules.history.order_fold import IDS_PER_SEQUENCE, ContractFill, InstrumentFacts
from lonja.modules.history.records import NO_PRICES, BillKind, BillRecord, BillSubkind, FillPrices

_TRADING = int(Ledger.TRADING)
_ISOLATED = int(MarginMode.ISOLATED)
_KINDS = {
    PositionCause.FILLED: BillKind.TRADE,
    PositionCause.MARGIN_ADJUSTED: BillKind.MARGIN,
    PositionCause.LEVERAGE_CHANGED: BillKind.MARGIN,
    PositionCause.LIQUIDATED: BillKind.LIQUIDATION,
    PositionCause.DELEVERAGED: BillKind.DELEVERAGING,
    PositionCause.FUNDING: BillKind.FUNDING,
    PositionCause.DELIVERED: BillKind.DELIVERY,
    PositionCause.COVERED: BillKind.CLAWBACK,
}
_S = BillSubkind
# A closed long, a closed short, and in net mode what was bought and sold to close.
_PARTLY = (
    _S.LIQUIDATED_PARTLY_LONG,
    _S.LIQUIDATED_PARTLY_SHORT,
    _S.LIQUIDATED_PARTLY_BUY,
    _S.LIQUIDATED_PARTLY_SELL,
)
_WHOLE = (_S.LIQUIDATED_LONG, _S.LIQUIDATED_SHORT, _S.LIQUIDATED_BUY, _S.LIQUIDATED_SELL)
_DELEVERAGED = (_S.DELEVERAGED_LONG, _S.DELEVERAGED_SHORT, _S.DELEVERAGED_BUY, _S.DELEVERAGED_SELL)


def position_bills(
    event: PositionChanged,
    penalty_before: int,
    facts: InstrumentFacts,
    fill: ContractFill | None,
    prices: FillPrices = NO_PRICES,
) -> list[BillRecord]:
    """The bills of a change: none when neither cash nor margin changed.

    ``penalty_before`` is that of the life before the change, ``fill`` what caused it, when it is known. ``prices``
    are those of the moment, told of what stands among fills.
    """
    lost = penalty_before - event.penalty if event.cause == PositionCause.LIQUIDATED else 0
    covered = event.penalty - penalty_before if event.cause == PositionCause.COVERED else 0
    change = event.gained - event.fee - event.margin_moved + covered
    if not change and not event.margin_moved and not event.lots_changed:
        return []
    trade_id, liquidity = _trade(event, fill)
    mark, index = prices if trade_id else NO_PRICES
    bill = BillRecord(
        bill_id=event.sequence * IDS_PER_SEQUENCE,
        account=event.account,
        ledger=_TRADING,
        currency=facts.settle,
        kind=int(_KINDS[PositionCause(event.cause)]),
        subkind=int(_subkind(event)),
        change=change,
        balance=event.balance + lost,
        fee=event.fee,
        instrument=event.instrument,
        instrument_type=facts.instrument_type,
        order_id=order_id_of(event),
        client_order_id="" if fill is None else fill.order.client_order_id,
        tag="" if fill is None else fill.order.tag,
        trade_id=trade_id,
        liquidity=liquidity,
        price=event.price,
        size=abs(event.lots_changed) or abs(event.lots),
        from_ledger=-1,
        to_ledger=-1,
        other_account=-1,
        client_transfer_id="",
        time_ms=event.time_ms,
        margin_mode=event.margin_mode,
        pnl=event.gained,
        margin_change=event.margin_moved if event.margin_mode == _ISOLATED else 0,
        margin=event.margin if event.margin_mode == _ISOLATED else 0,
        mark_price=mark,
        index_price=index,
    )
    if not lost:
        return [bill]
    penalty = bill._replace(
        bill_id=bill.bill_id + 1,
        subkind=int(BillSubkind.LIQUIDATION_PENALTY),
        change=-lost,
        balance=event.balance,
        fee=0,
        pnl=0,
        margin_change=0,
    )
    return [bill, penalty]


def _trade(event: PositionChanged, fill: ContractFill | None) -> tuple[int, int]:
    """The trade that changed the position, and whether its owner took or made; an order of the house takes."""
    if fill is not None:
        return fill.event.trade_id, fill.event.liquidity
    return (trade_id_of(event), int(Liquidity.TAKER)) if is_by_house(event) else (0, -1)


def _subkind(event: PositionChanged) -> BillSubkind:
    cause = event.cause
    if cause == PositionCause.FILLED:
        return _traded(event)
    if cause == PositionCause.LIQUIDATED:
        return _of_closed(event, _PARTLY if event.lots else _WHOLE)
    if cause == PositionCause.DELEVERAGED:
        return _of_closed(event, _DELEVERAGED)
    if cause == PositionCause.DELIVERED:
        return _S.DELIVERED_LONG if event.lots_changed < 0 else _S.DELIVERED_SHORT
    if cause == PositionCause.FUNDING:
        return _S.FUNDING_PAID if event.gained < 0 else _S.FUNDING_RECEIVED
    if cause == PositionCause.COVERED:
        return _S.CLAWBACK
    if cause == PositionCause.LEVERAGE_CHANGED:
        return _S.MARGIN_TOPPED_UP
    return _S.MARGIN_ADDED if event.margin_moved > 0 else _S.MARGIN_REMOVED


def _traded(event: PositionChanged) -> BillSubkind:
    bought = event.lots_changed > 0
    if event.position_side == PositionSide.NET:
        return _S.BUY if bought else _S.SELL
    if event.position_side == PositionSide.LONG:
        return _S.OPEN_LONG if bought else _S.CLOSE_LONG
    return _S.CLOSE_SHORT if bought else _S.OPEN_SHORT


def _of_closed(event: PositionChanged, names: tuple[BillSubkind, ...]) -> BillSubkind:
    was_long = event.lots_changed < 0
    if event.position_side == PositionSide.NET:
        return names[3] if was_long else names[2]
    return names[0] if was_long else names[1]
