"""What ``lonja trade`` lists: orders, positions and balances, a line each."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from rich.table import Table

from lonja.cli.wire import FundingBalance, Order, Position, TradingAccount

_COLORS: Final = {"buy": "green", "sell": "red"}


def orders_table(found: Sequence[Order], *, ended: bool) -> Table:
    """Orders, a line each."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("order", "instrument", "side", "type"):
        table.add_column(title, no_wrap=True)
    for title in ("price", "size", "filled"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("state" if ended else "placed", no_wrap=True)
    for order in found:
        table.add_row(
            order.order_id,
            order.instrument_id,
            f"[{_COLORS.get(order.side, 'default')}]{order.side}[/]",
            order.order_type,
            order.price or order.average_price or "-",
            order.size,
            order.filled_size or "0",
            order.state if ended else _moment(order.created_ms),
        )
    return table


def positions_table(found: Sequence[Position]) -> Table:
    """Positions, a line each."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("instrument", "margin", "side"):
        table.add_column(title, no_wrap=True)
    for title in ("size", "at", "mark", "liquidated at", "leverage", "profit"):
        table.add_column(title, justify="right", no_wrap=True)
    for row in found:
        side = row.side_held if row.side_held != "net" else "short" if row.lots.startswith("-") else "long"
        profit = f"{row.profit} {row.currency}"
        prices = (row.average_price, row.mark_price, row.liquidation_price or "-")
        table.add_row(row.instrument_id, row.margin_mode, side, row.lots.lstrip("-"), *prices, row.leverage, profit)
    return table


def balance_table(trading: TradingAccount, funding: Sequence[FundingBalance]) -> Table:
    """Currencies, a line each."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("currency", no_wrap=True)
    for title in ("available", "on hold", "in funding"):
        table.add_column(title, justify="right", no_wrap=True)
    funded = {row.currency: row.balance for row in funding}
    traded = {row.currency: row for row in trading.details}
    for currency in dict.fromkeys([*traded, *funded]):
        row = traded.get(currency)
        available, held = (row.available, row.frozen) if row is not None else ("0", "0")
        table.add_row(currency, available, held, funded.get(currency, "0"))
    return table


def _moment(milliseconds: str) -> str:
    if not milliseconds.isdigit():
        return "-"
    return datetime.fromtimestamp(int(milliseconds) / 1_000, UTC).strftime("%m-%d %H:%M:%S")
