"""The few messages that the terminal commands exchange with a running server, ours inside, the wire's outside.

Why here: these commands are a client like any other and import nothing of the server, so that they start at once.
Invariant: numbers stay text until somebody counts with them, as decimals; keys of other servers that are not here are
ignored.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

_NAMES: Final = {
    "instrument_id": "instId",
    "order_id": "ordId",
    "client_order_id": "clOrdId",
    "order_type": "ordType",
    "size": "sz",
    "price": "px",
    "filled_size": "accFillSz",
    "average_price": "avgPx",
    "fee_currency": "feeCcy",
    "created_ms": "cTime",
    "currency": "ccy",
    "bid_price": "bidPx",
    "bid_size": "bidSz",
    "ask_price": "askPx",
    "ask_size": "askSz",
    "open_24h": "open24h",
    "volume_24h": "vol24h",
    "quote_volume_24h": "volCcy24h",
    "cash_balance": "cashBal",
    "available": "availBal",
    "frozen": "frozenBal",
    "balance": "bal",
    "code": "sCode",
    "message": "sMsg",
    "time_ms": "ts",
    "cancel_source": "cancelSourceReason",
    "tick_size": "tickSz",
    "lot_size": "lotSz",
    "margin_mode": "mgnMode",
    "side_held": "posSide",
    "lots": "pos",
    "mark_price": "markPx",
    "liquidation_price": "liqPx",
    "leverage": "lever",
    "profit": "upl",
    "level": "acctLv",
}


class _Row(msgspec.Struct, frozen=True, rename=_NAMES.get):
    pass


class ServerTime(_Row, frozen=True):
    """The exchange's clock, in milliseconds."""

    time_ms: str


class Ticker(_Row, frozen=True):
    """An instrument and its last day; "" where there is nothing to say."""

    instrument_id: str
    last: str = ""
    bid_price: str = ""
    bid_size: str = ""
    ask_price: str = ""
    ask_size: str = ""
    open_24h: str = ""
    volume_24h: str = ""
    quote_volume_24h: str = ""


class Book(_Row, frozen=True):
    """Price levels of both sides, best first: price, size and more."""

    asks: list[list[str]]
    bids: list[list[str]]


class Order(_Row, frozen=True):
    """An order of one account."""

    instrument_id: str
    order_id: str
    side: str
    order_type: str
    size: str
    state: str
    price: str = ""
    filled_size: str = ""
    average_price: str = ""
    fee: str = ""
    fee_currency: str = ""
    client_order_id: str = ""
    created_ms: str = ""
    cancel_source: str = ""


class Steps(_Row, frozen=True):
    """What prices and sizes of an instrument are multiples of."""

    tick_size: str
    lot_size: str


class Done(_Row, frozen=True):
    """What became of one order operation: ``code`` "0" when it was carried out."""

    order_id: str = ""
    code: str = "0"
    message: str = ""


class Balance(_Row, frozen=True):
    """One currency of a trading account."""

    currency: str
    cash_balance: str
    available: str
    frozen: str


class TradingAccount(_Row, frozen=True):
    """All currencies of a trading account."""

    details: list[Balance]


class FundingBalance(_Row, frozen=True):
    """One currency of a funding account."""

    currency: str
    balance: str


class Position(_Row, frozen=True):
    """A position of one account: ``lots`` are contracts, negative when short unless ``side_held`` says it."""

    instrument_id: str
    margin_mode: str
    side_held: str
    lots: str
    average_price: str = ""
    mark_price: str = ""
    liquidation_price: str = ""
    leverage: str = ""
    profit: str = ""
    currency: str = ""


class Level(_Row, frozen=True):
    """What an account may trade."""

    level: str


def one_instrument(instrument_id: str = "") -> dict[str, str]:
    """Parameters: one instrument, of whatever kind, or all."""
    return {"instId": instrument_id} if instrument_id else {}


def kinds_of(instrument_id: str = "") -> tuple[dict[str, str], ...]:
    """Parameters where the kind must be named: of one instrument, or of each kind."""
    if not instrument_id:
        return all_kinds()
    kind = "SPOT"
    if pair_of(instrument_id)[2]:
        kind = "SWAP" if instrument_id.endswith("-SWAP") else "FUTURES"
    return ({"instType": kind, "instId": instrument_id},)


def futures_level() -> dict[str, str]:
    """Body: let an account trade contracts."""
    return {"acctLv": "2"}


def position_named(position: Position) -> dict[str, str]:
    """Body: one position."""
    return {"instId": position.instrument_id, "mgnMode": position.margin_mode, "posSide": position.side_held}


def all_kinds() -> tuple[dict[str, str], ...]:
    """Parameters: all spot instruments, all perpetual and all dated contracts."""
    return tuple({"instType": kind} for kind in ("SPOT", "SWAP", "FUTURES"))


def pair_of(instrument_id: str) -> tuple[str, str, bool]:
    """Base and quote currency of an instrument, and whether it is a contract on them."""
    base, _, rest = instrument_id.partition("-")
    quote, _, ending = rest.partition("-")
    return base, quote, bool(ending)


def book_of(instrument_id: str, depth: int) -> dict[str, str]:
    """Parameters: how many levels of whose book."""
    return {"instId": instrument_id, "sz": str(depth)}


def order_named(instrument_id: str, order_id: str) -> dict[str, str]:
    """Parameters: one order."""
    return {"instId": instrument_id, "ordId": order_id}


def page_after(order_id: str) -> dict[str, str]:
    """Parameters: the page after an order; "" for the first."""
    return {"after": order_id} if order_id else {}


def new_order(
    instrument_id: str,
    side: str,
    size: str,
    *,
    price: str = "",
    order_type: str = "",
    in_quote: bool = False,
    margin_mode: str = "",
) -> dict[str, str]:
    """Body: an order; a market order when it has no price. ``in_quote``: the size is an amount of quote currency.

    ``margin_mode``: how a contract is paid for; "" on spot.
    """
    kind = order_type or ("limit" if price else "market")
    body = {"instId": instrument_id, "tdMode": margin_mode or "cash", "side": side, "ordType": kind, "sz": size}
    if kind == "market" and margin_mode:
        return body
    if kind == "market":
        return body | {"tgtCcy": "quote_ccy" if in_quote else "base_ccy"}
    return body | {"px": price}


def decimal(text: str) -> Decimal | None:
    """``text`` as a number; None for what is none."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def worth(tickers: Sequence[Ticker], currency: str) -> Mapping[str, Decimal]:
    """What one unit of each currency is worth in ``currency``, by last prices, over at most two steps."""
    found = {currency: Decimal(1)}
    for _ in range(2):
        for ticker in tickers:
            base, quote, is_contract = pair_of(ticker.instrument_id)
            last = decimal(ticker.last)
            if last and not is_contract:
                if quote in found:
                    found.setdefault(base, last * found[quote])
                elif base in found:
                    found.setdefault(quote, found[base] / last)
    return found
