"""What the parameters of requests mean, by the names they have inside.

Why here: requests are read by handlers, which know no prose. A parameter that is not listed is described by its name.
"""

from typing import Final

_ID = "id, digits"
_TIME = "milliseconds since 1970"
_DECIMAL = "decimal"
_WHOLE = "whole number"

TIMES: Final = ("begin", "end", "begin_ms", "end_ms")
PARAMETERS: Final[dict[str, tuple[str, str]]] = {
    "instrument_type": ("`SPOT`, `MARGIN`, `SWAP`, `FUTURES`, `OPTION`", "Only `SPOT` has instruments yet."),
    "instrument_id": ("name", "An instrument, such as `BTC-USDT`."),
    "instrument_ids": ("names by commas", "Instruments, such as `BTC-USDT,ETH-USDT`."),
    "instrument_code": (_WHOLE, "The number of an instrument, its `instIdCode`, instead of its name."),
    "instrument_family": ("name", "Family of contracts; spot has none."),
    "uly": ("name", "Underlying of contracts; spot has none."),
    "currency": ("name", "A currency, such as `USDT`."),
    "currencies": ("names by commas", "At most 20 currencies; all when absent."),
    "depth": (_WHOLE, "Levels a side, 1 when absent."),
    "limit": (_WHOLE, "Rows in the answer."),
    "after": (_ID + " or " + _TIME, "Only older than this, exclusive: the next page."),
    "before": (_ID + " or " + _TIME, "Only newer than this, exclusive."),
    "begin": (_TIME, "Not older than this."),
    "end": (_TIME, "Not newer than this."),
    "begin_ms": (_TIME, "Not older than this."),
    "end_ms": (_TIME, "Not newer than this."),
    "bar": ("`1m`, `1H`, `1Dutc`, ...", "Length of a candle, `1m` when absent."),
    "state": ("word", "Only what is in this state."),
    "amount": (_DECIMAL, "More than 0, with no more decimals than the currency has."),
    "from_ledger": ("`6`, `18`", "Where it comes from: funding (6) or trading (18)."),
    "to_ledger": ("`6`, `18`", "Where it goes: funding (6) or trading (18)."),
    "transfer_type": ("`0` to `4`", "`0`, within the account, when absent."),
    "sub_account": ("name", "A sub-account."),
    "client_transfer_id": ("1 to 32 letters and digits", "An id of the client's own."),
    "trade_mode": ("`cash`, `cross`, `isolated`", "Spot is traded in `cash`."),
    "side": ("`buy`, `sell`", "What to do with the base currency."),
    "order_type": ("`limit`, `market`, `post_only`, `fok`, `ioc`", "How it trades. Questions take several, by commas."),
    "size": (_DECIMAL, "In base currency, a multiple of `lotSz`; market buys in quote currency unless `tgtCcy` says."),
    "price": (_DECIMAL, "Per unit of base currency, a multiple of `tickSz`, within the band of prices."),
    "order_id": (_ID, "The id the exchange gave."),
    "client_order_id": ("1 to 32 letters and digits", "The id the client gave; unique among its open orders."),
    "tag": ("1 to 16 letters and digits", "A note on orders, by which timers tell them apart."),
    "target_currency": ("`base_ccy`, `quote_ccy`", "What the size of a market order counts."),
    "fixed_size": ("`true`, `false`", "Refuse rather than shrink a market order that is too large for the balance."),
    "price_amend_type": ("`0`, `1`", "`1`: a price beyond the band becomes the nearest one within."),
    "self_trade_prevention": (
        "`cancel_maker`, `cancel_taker`, `cancel_both`",
        "What happens when an order meets one of the same account.",
    ),
    "reduce_only": ("`true`, `false`", "Only `false` in spot."),
    "request_id": ("1 to 32 letters and digits", "Repeated in the answer and the push."),
    "new_size": (_DECIMAL, "The new total size, which counts what is filled."),
    "new_price": (_DECIMAL, "The new price; the order loses its place in the queue."),
    "cancel_on_fail": ("`true`, `false`", "Cancel the order when it cannot be amended."),
    "timeout": ("`0`, `10` to `120`", "Seconds; `0` switches the timer off."),
    "lock_interval": (_WHOLE, "Milliseconds for which new orders are refused."),
    "margin_mode": ("`cross`, `isolated`", "Mode of margin."),
    "account_mode": ("`1` to `4`", "Only `1`, spot, can be had yet."),
    "position_mode": ("`long_short_mode`, `net_mode`", "Only `net_mode` goes with spot."),
    "leverage": (_DECIMAL, "Leverage; spot has none."),
    "position_id": (_ID, "A position."),
    "algo_id": (_ID, "The id of an algo order."),
    "client_algo_id": ("1 to 32 letters and digits", "The id the client gave an algo order."),
    "category": ("word", "`normal`, or a category of which there are no orders."),
    "fill_subtype": ("`1`, `2`", "Only buys or only sells."),
    "bill_type": (_WHOLE, "Only bills of this type."),
    "bill_subtype": (_WHOLE, "Only bills of this subtype."),
    "contract_type": ("`linear`, `inverse`", "Type of contracts; spot has none."),
    "group_id": (_WHOLE, "Only this group of fees."),
}
"""Type and meaning."""


def described(attribute: str) -> tuple[str, str]:
    """Type and meaning of a parameter."""
    return PARAMETERS.get(attribute, ("text", attribute.replace("_", " ").capitalize() + "."))
