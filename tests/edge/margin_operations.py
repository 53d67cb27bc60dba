"""Every operation of futures, margin and risk, as it is asked rightly, and what an account of each mode is answered."""

from typing import Any, NamedTuple

SWAP, PAIR, DATED = {"instId": "QUIET-USDT-SWAP"}, {"instId": "QUIET-USDT"}, {"instId": "QUIET-USDT-231215"}
SWAPS, DATES = {"instType": "SWAP"}, {"instType": "FUTURES"}
FAMILY = {**SWAPS, "instFamily": "QUIET-USDT"}
CROSS, USDT = {"mgnMode": "cross"}, {"ccy": "USDT"}
ORDER = {**SWAP, "tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "1", "px": "97"}
ALGO = {**SWAP, "tdMode": "cross", "side": "sell", "ordType": "conditional", "sz": "1"}
ALGO |= {"slTriggerPx": "90", "slOrdPx": "-1"}
FINE = ("0", "0", "0")


class Asked(NamedTuple):
    """An operation, a right request, and the codes of spot, futures and multi-currency mode."""

    name: str
    params: dict[str, Any]
    codes: tuple[str, str, str] = FINE

    @property
    def path(self) -> str:
        return self.name.partition(" ")[2]

    @property
    def operation(self) -> str:
        """As the table of operations calls it."""
        method, path = self.name.split(" ")
        return f"{method} /api/v5/{path}"


READS: list[Asked] = [
    Asked("GET account/positions", SWAPS),
    Asked("GET account/positions-history", SWAPS),
    Asked("GET account/account-position-risk", SWAPS),
    Asked("GET account/leverage-info", {**SWAP, **CROSS}),
    Asked("GET account/set-account-switch-precheck", {"acctLv": "1"}),
    Asked("GET account/max-size", {**SWAP, "tdMode": "cross", "px": "98"}, ("51010", "0", "0")),
    Asked("GET account/max-avail-size", {**SWAP, "tdMode": "cross"}, ("51010", "0", "0")),
    Asked("GET account/max-loan", {**PAIR, **CROSS}),
    Asked("GET account/max-withdrawal", USDT),
    Asked("GET account/interest-accrued", USDT),
    Asked("GET account/interest-rate", USDT),
    Asked("GET account/interest-limits", USDT),
    Asked("GET account/spot-borrow-repay-history", USDT),
    Asked("GET account/risk-state", {}),
    Asked("GET account/collateral-assets", USDT),
    Asked("GET account/position-tiers", FAMILY),
    Asked("GET account/greeks", USDT),
    Asked("GET account/trade-fee", FAMILY),
    Asked("GET account/instruments", SWAPS),
    Asked("GET account/balance", USDT),
    Asked("GET account/bills", SWAPS),
    Asked("GET account/adjust-leverage-info", {**SWAPS, **SWAP, **CROSS, "lever": "10"}, ("51010", "0", "0")),
    Asked("POST account/position-builder", {"simPos": [{**SWAP, "pos": "1", "avgPx": "99"}]}, ("51010", "0", "0")),
    Asked("POST account/position-builder-graph", {"type": "mmr", "mmrConfig": {"lever": "2"}}, ("51010", "0", "0")),
    Asked("POST trade/order-precheck", ORDER, ("51010", "51010", "0")),
    Asked("GET trade/orders-algo-pending", {"ordType": "conditional", **SWAPS}),
    Asked("GET trade/orders-algo-history", {"ordType": "conditional", "state": "canceled"}),
    Asked("GET trade/orders-pending", SWAPS),
    Asked("GET public/instruments", SWAPS),
    Asked("GET public/open-interest", FAMILY),
    Asked("GET public/funding-rate", SWAP),
    Asked("GET public/funding-rate-history", SWAP),
    Asked("GET public/premium-history", SWAP),
    Asked("GET public/price-limit", SWAP),
    Asked("GET public/mark-price", SWAPS),
    Asked("GET public/position-tiers", {**FAMILY, "tdMode": "cross"}),
    Asked("GET public/interest-rate-loan-quota", {}),
    Asked("GET public/vip-interest-rate-loan-quota", {}),
    Asked("GET public/discount-rate-interest-free-quota", USDT),
    Asked("GET public/insurance-fund", FAMILY),
    Asked("GET public/liquidation-orders", {**FAMILY, "state": "filled"}),
    Asked("GET public/delivery-exercise-history", {**DATES, "instFamily": "QUIET-USDT"}),
    Asked("GET public/estimated-price", DATED),
    Asked("GET public/estimated-settlement-info", DATED),
    Asked("GET public/settlement-history", {"instFamily": "QUIET-USDT"}),
    Asked("GET public/underlying", SWAPS),
    Asked("GET public/instrument-tick-bands", {"instType": "OPTION"}),
    Asked("GET public/convert-contract-coin", {**SWAP, "sz": "1", "px": "100"}),
    Asked("GET public/economic-calendar", {}),
    Asked("GET market/index-tickers", {"instId": "QUIET-USDT"}),
    Asked("GET market/index-components", {"index": "QUIET-USDT"}),
    Asked("GET market/index-candles", {"instId": "QUIET-USDT"}),
    Asked("GET market/mark-price-candles", SWAP),
]
"""What changes nothing."""

CHANGES: list[Asked] = [
    Asked("POST account/set-leverage", {**SWAP, **CROSS, "lever": "5"}, ("51010", "0", "0")),
    Asked("POST account/set-position-mode", {"posMode": "net_mode"}),
    Asked("POST account/set-isolated-mode", {"isoMode": "automatic", "type": "CONTRACTS"}),
    Asked("POST account/set-auto-loan", {"autoLoan": True}, ("54001", "54001", "0")),
    Asked("POST account/set-auto-repay", {"autoRepay": False}),
    Asked("POST account/account-level-switch-preset", {"acctLv": "2"}),
    Asked("POST account/spot-manual-borrow-repay", {**USDT, "side": "borrow", "amt": "1"}, ("59410", "59410", "0")),
    Asked(
        "POST account/position/margin-balance",
        {**SWAP, "posSide": "net", "type": "add", "amt": "1"},
        ("51010", "59300", "59300"),
    ),
    Asked("POST trade/close-position", {**SWAP, **CROSS}, ("51023", "0", "0")),
    Asked("POST trade/order", ORDER, ("51010", "0", "0")),
    Asked("POST trade/order-algo", ALGO, ("51010", "0", "0")),
]
"""What changes something, in an order in which each of it is possible."""
