"""Trades: as they are stored and shown, and joined where one taker order did them at one price."""

from collections.abc import Iterable

from lonja.modules.marketdata.ports import StoredTrade
from lonja.modules.marketdata.records import AggregatedTrade, TradeView


def stored_view(trade: StoredTrade) -> TradeView:
    """A stored trade as it is shown."""
    return TradeView(
        trade.instrument,
        trade.trade_id,
        trade.price,
        trade.size,
        trade.side,
        trade.time_ms,
        trade.sequence,
        trade.taker_order_id,
    )


def aggregate(trades: Iterable[TradeView]) -> list[AggregatedTrade]:
    """Join neighbors of one taker order and price; works on either order of time and keeps it."""
    groups: list[AggregatedTrade] = []
    taker_order_id = -1
    for trade in trades:
        last = groups[-1] if groups else None
        if last is None or trade.taker_order_id != taker_order_id or trade.price != last.price:
            groups.append(AggregatedTrade(*trade[:7], 1))
            taker_order_id = trade.taker_order_id
            continue
        newest = trade if trade.trade_id > last.trade_id else last
        groups[-1] = last._replace(
            trade_id=newest.trade_id,
            time_ms=newest.time_ms,
            sequence=newest.sequence,
            size=last.size + trade.size,
            trade_count=last.trade_count + 1,
        )
    return groups
