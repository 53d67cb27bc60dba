"""Trades: joining what one taker order did at one price, as the public trade stream shows it."""

from collections.abc import Iterable

from lonja.modules.marketdata.records import AggregatedTrade, TradeView


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
