"""``lonja trade``: orders by hand on a running exchange.

Why here: to try something out, or to be the other side of a bot's trade, without writing a program. Invariant: an order
is sent once, and what the exchange said of it is shown.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from lonja.bootstrap.defaults import DEFAULT_DATA
from lonja.cli.client import (
    AccountOption,
    CaOption,
    Client,
    DataOption,
    ExchangeError,
    UrlOption,
    private_client,
    refused,
)
from lonja.cli.errors import FriendlyApp
from lonja.cli.markets import show
from lonja.cli.trade_tables import balance_table, orders_table, positions_table
from lonja.cli.wire import (
    Done,
    FundingBalance,
    Level,
    Order,
    Position,
    Steps,
    TradingAccount,
    decimal,
    futures_level,
    kinds_of,
    new_order,
    one_instrument,
    order_named,
    page_after,
    pair_of,
    position_named,
)

BATCH_MAX: Final = 20
PAGE_ROWS: Final = 100
PAGES_MAX: Final = 50
_OFF_STEP: Final = ("51000", "51020", "51121")
"""Codes of a price or a size that the instrument does not have."""

trade_app = FriendlyApp(
    help="Place, cancel and list orders by hand. Signs with keys of sandbox.json, or with LONJA_API_KEY,"
    " LONJA_SECRET_KEY and LONJA_PASSPHRASE.",
    no_args_is_help=True,
    add_completion=False,
)


class Margin(StrEnum):
    """What a position in a contract stands on."""

    CROSS = "cross"
    ISOLATED = "isolated"


class Kind(StrEnum):
    """How an order with a price trades."""

    LIMIT = "limit"
    POST_ONLY = "post-only"
    IOC = "ioc"
    FOK = "fok"


InstrumentArgument = Annotated[str, typer.Argument(metavar="INSTRUMENT", help="Such as QUIET-USDT.")]
SizeArgument = Annotated[str, typer.Argument(metavar="SIZE", help="In base currency; contracts are counted.")]
PriceOption = Annotated[str, typer.Option("--price", help="Limit; a market order when not given.")]
KindOption = Annotated[
    Kind | None, typer.Option("--type", help="With --price: only provide (post-only), rest never (ioc, fok).")
]
MarginOption = Annotated[Margin | None, typer.Option("--margin", help="Of a contract: cross, unless told otherwise.")]
ValueOption = Annotated[bool, typer.Option("--value", help="SIZE is an amount of quote currency (market orders).")]


class Wish(NamedTuple):
    """An order as it was typed."""

    side: str
    instrument_id: str
    size: str
    price: str
    kind: Kind | None
    is_value: bool
    margin: Margin | None = None

    @property
    def is_contract(self) -> bool:
        """Whether a contract is wished for."""
        return pair_of(self.instrument_id)[2]


@trade_app.command("buy")
def buy(
    instrument: InstrumentArgument,
    size: SizeArgument,
    price: PriceOption = "",
    kind: KindOption = None,
    value: ValueOption = False,
    margin: MarginOption = None,
    data: DataOption = DEFAULT_DATA,
    account: AccountOption = "",
    url: UrlOption = "",
    ca_file: CaOption = None,
) -> None:
    """Buy, for a limit price or at the market."""
    wish = Wish("buy", instrument.upper(), size, price, kind, value, margin)
    with _client(data, account, url, ca_file) as client:
        _place(client, wish)


@trade_app.command("sell")
def sell(
    instrument: InstrumentArgument,
    size: SizeArgument,
    price: PriceOption = "",
    kind: KindOption = None,
    value: ValueOption = False,
    margin: MarginOption = None,
    data: DataOption = DEFAULT_DATA,
    account: AccountOption = "",
    url: UrlOption = "",
    ca_file: CaOption = None,
) -> None:
    """Sell, for a limit price or at the market."""
    wish = Wish("sell", instrument.upper(), size, price, kind, value, margin)
    with _client(data, account, url, ca_file) as client:
        _place(client, wish)


@trade_app.command("cancel")
def cancel(
    order_ids: Annotated[list[str] | None, typer.Argument(metavar="[ORDER]...", help="Order ids.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All open orders.")] = False,
    instrument: Annotated[str, typer.Option("--instrument", help="Only orders on this one.")] = "",
    data: DataOption = DEFAULT_DATA,
    account: AccountOption = "",
    url: UrlOption = "",
    ca_file: CaOption = None,
) -> None:
    """Cancel open orders, by their ids or all of them."""
    wanted = list(dict.fromkeys(order_ids or []))
    if every == bool(wanted):
        raise ExchangeError("Say which orders to cancel.", "Give their ids, or --all.")
    with _client(data, account, url, ca_file) as client:
        known = {order.order_id: order for order in open_orders(client, instrument.upper())}
        missing = [order_id for order_id in wanted if order_id not in known]
        if missing:
            raise ExchangeError(f"There is no open order {', '.join(missing)}.", "`lonja trade orders` lists them.")
        _cancel(client, [known[order_id] for order_id in wanted] if wanted else list(known.values()))


@trade_app.command("orders")
def orders(
    instrument: Annotated[str, typer.Argument(metavar="INSTRUMENT", help="Only orders on this one.")] = "",
    ended: Annotated[bool, typer.Option("--ended", help="The latest that are filled or canceled instead.")] = False,
    data: DataOption = DEFAULT_DATA,
    account: AccountOption = "",
    url: UrlOption = "",
    ca_file: CaOption = None,
) -> None:
    """List open orders, newest first."""
    with _client(data, account, url, ca_file) as client:
        if ended:
            pages = [client.get_own("/trade/orders-history", Order, kind) for kind in kinds_of(instrument.upper())]
            found = sorted((order for page in pages for order in page), key=lambda order: order.order_id, reverse=True)
        else:
            found = list(open_orders(client, instrument.upper()))
    if found:
        show(orders_table(found, ended=ended))
    else:
        typer.echo("No orders.", err=True)


@trade_app.command("futures")
def futures(
    data: DataOption = DEFAULT_DATA,
    account: AccountOption = "",
    url: UrlOption = "",
    ca_file: CaOption = None,
) -> None:
    """Let the account trade contracts (futures mode)."""
    with _client(data, account, url, ca_file) as client:
        client.post("/account/set-account-level", Level, futures_level())
    typer.echo("The account trades contracts.")


@trade_app.command("positions")
def positions(
    instrument: Annotated[str, typer.Argument(metavar="INSTRUMENT", help="Only those in this one.")] = "",
    data: DataOption = DEFAULT_DATA,
    account: AccountOption = "",
    url: UrlOption = "",
    ca_file: CaOption = None,
) -> None:
    """List positions in contracts."""
    with _client(data, account, url, ca_file) as client:
        found = client.get_own("/account/positions", Position, one_instrument(instrument.upper()))
    if found:
        show(positions_table(found))
    else:
        typer.echo("No positions.", err=True)


@trade_app.command("close")
def close(
    instrument: InstrumentArgument,
    data: DataOption = DEFAULT_DATA,
    account: AccountOption = "",
    url: UrlOption = "",
    ca_file: CaOption = None,
) -> None:
    """Close the positions in a contract, at the market."""
    with _client(data, account, url, ca_file) as client:
        found = client.get_own("/account/positions", Position, one_instrument(instrument.upper()))
        for position in found:
            client.post("/trade/close-position", Done, position_named(position))
            typer.echo(f"{position.instrument_id}: {position.lots} {position.margin_mode} closed at the market")
    if not found:
        raise ExchangeError(f"There is no position in {instrument.upper()}.", "`lonja trade positions` lists them.")


@trade_app.command("balance")
def balance(
    data: DataOption = DEFAULT_DATA,
    account: AccountOption = "",
    url: UrlOption = "",
    ca_file: CaOption = None,
) -> None:
    """Show what the account has, to trade with and in funding."""
    with _client(data, account, url, ca_file) as client:
        (trading,) = client.get_own("/account/balance", TradingAccount)
        funding = client.get_own("/asset/balances", FundingBalance)
    show(balance_table(trading, funding))


def open_orders(client: Client, instrument_id: str = "") -> Iterator[Order]:
    """All open orders, newest first."""
    last = ""
    for _ in range(PAGES_MAX):
        params = one_instrument(instrument_id) | page_after(last)
        page = client.get_own("/trade/orders-pending", Order, params)
        yield from page
        if len(page) < PAGE_ROWS:
            return
        last = page[-1].order_id


def outcome(wish: Wish, order: Order) -> str:
    """What became of an order, in one line."""
    base, quote, is_contract = pair_of(order.instrument_id)
    if is_contract:
        base = order.instrument_id
    filled, size = decimal(order.filled_size) or 0, decimal(order.size) or 0
    parts = []
    if filled:
        verb = "bought" if wish.side == "buy" else "sold"
        parts.append(f"{verb} {order.filled_size} {base} at {order.average_price} {quote}")
        if order.fee:
            parts.append(f"fee {order.fee} {order.fee_currency}")
    if order.state in ("live", "partially_filled"):
        parts.append(f"{size - filled:f} {base} open at {order.price} {quote}")
    elif order.state == "canceled":
        parts.append("the rest is canceled" if filled else f"canceled: {order.cancel_source or 'nothing was filled'}")
    return f"order {order.order_id}: {', '.join(parts)}"


def _place(client: Client, wish: Wish) -> None:
    for name, text in (("SIZE", wish.size), ("--price", wish.price or "1")):
        number = decimal(text)
        if number is None or number <= 0:
            raise ExchangeError(f"{name} is {text!r}, which is no amount.", "Give a number such as 0.5.")
    if wish.kind is not None and not wish.price:
        raise ExchangeError(f"An order of --type {wish.kind} has a limit.", "Give --price.")
    if wish.margin is not None and not wish.is_contract:
        raise ExchangeError("--margin is for contracts.", "Leave it out.")
    if wish.is_value and wish.is_contract:
        raise ExchangeError("--value is for spot.", "Give SIZE in contracts.")
    if wish.is_value and wish.price:
        raise ExchangeError("--value is for market orders.", "Leave out --price, or give SIZE in base currency.")
    body = new_order(
        wish.instrument_id,
        wish.side,
        wish.size,
        price=wish.price,
        order_type=(wish.kind or Kind.LIMIT).replace("-", "_") if wish.price else "",
        in_quote=wish.is_value,
        margin_mode=(wish.margin or Margin.CROSS) if wish.is_contract else "",
    )
    (done,) = client.post("/trade/order", Done, body)
    if done.code in _OFF_STEP:
        raise ExchangeError(f"{done.message} (code {done.code}).", _steps(client, wish.instrument_id))
    if done.code != "0":
        raise refused(done.code, done.message)
    (order,) = client.get_own("/trade/order", Order, order_named(wish.instrument_id, done.order_id))
    typer.echo(outcome(wish, order))


def _steps(client: Client, instrument_id: str) -> str:
    found = client.get("/public/instruments", Steps, kinds_of(instrument_id)[0])
    return "\n".join(
        f"Prices of {instrument_id} are multiples of {row.tick_size}, sizes are multiples of {row.lot_size}."
        for row in found
    )


def _cancel(client: Client, chosen: Sequence[Order]) -> None:
    failed = 0
    for start in range(0, len(chosen), BATCH_MAX):
        batch = chosen[start : start + BATCH_MAX]
        body = [order_named(order.instrument_id, order.order_id) for order in batch]
        answers = client.post("/trade/cancel-batch-orders", Done, body)
        for order, done in zip(batch, answers, strict=True):
            if done.code == "0":
                typer.echo(f"order {order.order_id}: canceled")
            else:
                failed += 1
                typer.echo(f"order {order.order_id}: {done.message} (code {done.code})", err=True)
    if not chosen:
        typer.echo("There are no open orders.", err=True)
    if failed:
        raise typer.Exit(1)


@contextmanager
def _client(data: Path, account: str, url: str, ca_file: Path | None) -> Iterator[Client]:
    with closing(private_client(data, account, url, ca_file)) as client:
        yield client
