"""How clients' methods are called by accounts that trade contracts, where that differs from spot, and what they are told.

``{order}`` is an open order for the quiet swap, ``{algo}`` an open algo order. A code of a pair of modes stands for futures
and multi-currency mode.
"""

from typing import Any

Calls = dict[str, tuple[dict[str, Any], str]]

QUIET, SWAP = {"instId": "QUIET-USDT"}, {"instId": "QUIET-USDT-SWAP"}
USDT, SWAPS = {"ccy": "USDT"}, {"instType": "SWAP"}
FAMILY = {**SWAPS, "instFamily": "QUIET-USDT"}
OURS, ALGO = {**SWAP, "ordId": "{order}"}, {**SWAP, "algoId": "{algo}"}
ORDER = {**SWAP, "tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "1", "px": "97"}
ALGO_ORDER = {**SWAP, "tdMode": "cross", "side": "sell", "ordType": "conditional", "sz": "1"}
ALGO_ORDER |= {"tpTriggerPx": "104", "tpOrdPx": "-1"}
CROSS = {**SWAP, "tdMode": "cross"}
LOAN = {**USDT, "side": "borrow", "amt": "1"}

PYTHON_OKX: Calls = {
    "get_position_risk": (SWAPS, "0"),
    "get_positions": (SWAPS, "0"),
    "position_builder": ({"simPos": [{**SWAP, "pos": "1", "avgPx": "100"}]}, "0"),
    "get_account_bills": (SWAPS, "0"),
    "get_account_bills_archive": (SWAPS, "0"),
    "set_leverage": ({"lever": "5", "mgnMode": "cross", **SWAP}, "0"),
    "get_max_order_size": (CROSS, "0"),
    "get_max_avail_size": (CROSS, "0"),
    "adjustment_margin": ({**SWAP, "posSide": "net", "type": "add", "amt": "1"}, "0"),
    "get_leverage": ({**SWAP, "mgnMode": "cross"}, "0"),
    "get_instruments": (SWAPS, "0"),
    "get_fee_rates": (FAMILY, "0"),
    "get_positions_history": (SWAPS, "0"),
    "get_account_position_tiers": (FAMILY, "0"),
    "close_positions": ({**SWAP, "mgnMode": "isolated"}, "0"),
    "place_order": (ORDER, "0"),
    "place_multiple_orders": ({"orders_data": [ORDER, ORDER]}, "0"),
    "cancel_order": (OURS, "0"),
    "cancel_multiple_orders": ({"orders_data": [OURS]}, "0"),
    "amend_order": ({**OURS, "newSz": "2"}, "0"),
    "amend_multiple_orders": ({"orders_data": [{**OURS, "newPx": "96"}]}, "0"),
    "get_order": (OURS, "0"),
    "get_order_list": (SWAPS, "0"),
    "get_orders_history": (SWAPS, "0"),
    "get_orders_history_archive": (SWAPS, "0"),
    "get_fills": (SWAPS, "0"),
    "get_fills_history": (SWAPS, "0"),
    "place_algo_order": (ALGO_ORDER, "0"),
    "cancel_algo_order": ({"orders_data": [ALGO]}, "0"),
    "get_algo_order_details": ({"algoId": "{algo}"}, "0"),
    "amend_algo_order": ({**ALGO, "newSz": "2"}, "0"),
    "get_delivery_exercise_history": ({"instType": "FUTURES", "instFamily": "QUIET-USDT"}, "0"),
    "get_open_interest": (FAMILY, "0"),
    "get_funding_rate": (SWAP, "0"),
    "funding_rate_history": (SWAP, "0"),
    "get_price_limit": (SWAP, "0"),
    "get_mark_price": ({**SWAPS, **SWAP}, "0"),
    "get_position_tiers": ({**FAMILY, "tdMode": "cross"}, "0"),
    "get_tier": ({**SWAPS, "tdMode": "cross", "uly": "QUIET-USDT"}, "0"),
    "get_insurance_fund": ({**SWAPS, "uly": "QUIET-USDT"}, "0"),
    "get_convert_contract_coin": ({**SWAP, "sz": "1", "px": "100"}, "0"),
    "get_underlying": (SWAPS, "0"),
    "get_tickers": (SWAPS, "0"),
    "get_ticker": (SWAP, "0"),
    "get_orderbook": (SWAP, "0"),
    "get_candlesticks": (SWAP, "0"),
    "get_mark_price_candlesticks": (SWAP, "0"),
    "get_trades": (SWAP, "0"),
}
"""By the name of the method; others are called as in spot mode."""

BY_MODE: dict[str, Calls] = {
    "2": {
        "set_account_level": ({"acctLv": "2"}, "0"),
        "get_max_loan": ({**QUIET, "mgnMode": "cross", "mgnCcy": "USDT"}, "0"),
    },
    "3": {
        "set_account_level": ({"acctLv": "3"}, "0"),
        "set_auto_loan": ({"autoLoan": "true"}, "0"),
        "borrow_repay": (LOAN, "0"),
        "spot_manual_borrow_repay": (LOAN, "0"),
    },
}
"""What differs between both modes."""
