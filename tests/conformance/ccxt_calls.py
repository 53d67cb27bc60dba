"""ccxt's raw calls of the families that spot uses: what they are asked with, and what they are answered.

A call that stands in neither table is asked with what is required of ``GIVEN`` and answered 0; one that OKX does not
have any more is answered 404. An answer about a single order is that order's code. ``{order}`` is an open order of ours,
``{transfer}`` a transfer, ``{sub}`` a sub-account and ``{key}`` its key.
"""

from typing import Any

FAMILIES = ("account", "asset", "market", "public", "rubik", "support", "system", "trade", "users")
NOT_SPOT = ("asset/broker/", "users/partner/", "users/glp/")
"""Within the families: what brokers, affiliates and market makers call."""

BTC, QUIET, USDT = {"instId": "BTC-USDT"}, {"instId": "QUIET-USDT"}, {"ccy": "USDT"}
SPOT, SWAPS, SWAP = {"instType": "SPOT"}, {"instType": "SWAP"}, {"instId": "BTC-USDT-SWAP"}
ORDER = {**QUIET, "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "1", "px": "90"}
ALGO_ORDER = {**BTC, "tdMode": "cash", "side": "sell", "ordType": "conditional", "sz": "0.01"}
ALGO_ORDER |= {"tpTriggerPx": "1000000", "tpOrdPx": "-1"}
OURS, ALGO = {**QUIET, "ordId": "{order}"}, {**QUIET, "algoId": "1"}
SUB = {"subAcct": "{sub}"}
YEAR = {"year": "2025", "quarter": "Q1"}
PAIR = {"baseCcy": "BTC", "quoteCcy": "USDT", "side": "buy"}
LOAN = {**USDT, "side": "borrow", "amt": "1"}

GIVEN: dict[str, Any] = {
    **BTC, **USDT, **SPOT, "tdMode": "cash", "mgnMode": "cross", "lever": "1", "acctLv": "1", "instFamily": "BTC-USD",
    "ordType": "conditional", "type": "1", "index": "BTC-USDT", "expTime": "20261225", "posMode": "net_mode",
    "greeksType": "PA", "feeType": "0", "autoRepay": False, "timeOut": "0", "amt": "1", "from": "18", "to": "6",
    "clOrdId": "raw1", "module": "1", "dateAggrType": "daily", "begin": "1767225600000", "end": "1767312000000",
}  # fmt: skip

ASKED: dict[str, dict[str, Any]] = {
    "GET account/leverage-info": {**QUIET, "mgnMode": "cross"},
    "GET account/max-loan": {**QUIET, "mgnMode": "cross"},
    "GET account/subaccount/balances": SUB,
    "GET account/subaccount/max-withdrawal": SUB,
    "GET asset/subaccount/balances": SUB,
    "GET asset/transfer-state": {"transId": "{transfer}"},
    "GET public/funding-rate": SWAP,
    "GET public/funding-rate-history": SWAP,
    "GET public/premium-history": SWAP,
    "GET market/books-lite": BTC,
    "GET market/books-rpi": BTC,
    "GET market/call-auction-detail": BTC,
    "GET market/index-tickers": BTC,
    "GET public/convert-contract-coin": {**SWAP, "sz": "1", "px": "1"},
    "GET public/delivery-exercise-history": {"instType": "FUTURES", "instFamily": "BTC-USD"},
    "GET public/instrument-tick-bands": {"instType": "OPTION"},
    "GET public/insurance-fund": {**SWAPS, "instFamily": "BTC-USD"},
    "GET public/open-interest": SWAPS,
    "GET public/option-trades": {"instFamily": "BTC-USD"},
    "GET public/position-tiers": {**SWAPS, "tdMode": "cross", "instFamily": "BTC-USD"},
    "GET public/underlying": SWAPS,
    "GET rubik/stat/contracts/long-short-account-ratio-contract": SWAP,
    "GET rubik/stat/contracts/long-short-account-ratio-contract-top-trader": SWAP,
    "GET rubik/stat/contracts/long-short-position-ratio-contract-top-trader": SWAP,
    "GET rubik/stat/contracts/open-interest-history": SWAP,
    "GET rubik/stat/taker-volume-contract": SWAP,
    "GET trade/fills-history": SPOT,
    "GET trade/order": OURS,
    "GET trade/orders-algo-history": {"ordType": "conditional", "state": "canceled"},
    "GET trade/orders-history": SPOT,
    "GET trade/orders-history-archive": SPOT,
    "GET users/subaccount/apikey": SUB,
    "POST account/set-isolated-mode": {"isoMode": "automatic", "type": "MARGIN"},
    "POST account/set-leverage": {**QUIET, "lever": "1", "mgnMode": "cross"},
    "POST account/set-trading-config": {"type": "stgyType", "stgyType": "0"},
    "POST trade/amend-batch-orders": {"": [{**OURS, "newSz": "2"}]},
    "POST trade/amend-order": {**OURS, "newSz": "2"},
    "POST trade/batch-orders": {"": [ORDER]},
    "POST trade/cancel-batch-orders": {"": [OURS]},
    "POST trade/cancel-order": OURS,
    "POST trade/order": ORDER,
    "POST trade/order-algo": ALGO_ORDER,
    "POST users/subaccount/create-subaccount": {"subAcct": "surface2", "type": "1"},
    "POST users/subaccount/apikey": {**SUB, "label": "more", "passphrase": "Correct-horse-1"},
    "POST users/subaccount/modify-apikey": {**SUB, "apiKey": "{key}", "label": "bot"},
    "POST users/subaccount/set-transfer-out": {**SUB, "canTransOut": True},
}
"""Asked with this and answered 0. A list stands under no name."""

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "GET account/adjust-leverage-info": ({"instType": "MARGIN", "mgnMode": "cross", "lever": "1"}, "51010"),
    "GET account/bills-history-archive": (YEAR, "50062"),
    "GET account/precheck-set-delta-neutral": ({"stgyType": "1"}, "59520"),
    "GET account/set-auto-repay": ({}, "50115"),
    "GET account/spot-manual-borrow-repay": ({}, "50115"),
    "GET asset/convert/currencies": ({}, "50062"),
    "GET asset/convert/currency-pair": ({"fromCcy": "BTC", "toCcy": "USDT"}, "50062"),
    "GET asset/deposit-withdraw-status": ({"wdId": "1"}, "58215"),
    "GET asset/monthly-statement": ({"month": "Jan"}, "50062"),
    "GET market/books-sbe": ({"instIdCode": "10000", "source": "0"}, "50062"),
    "GET market/open-oracle": ({}, "50062"),
    "GET market/sprd-candles": ({"sprdId": "BTC-USDT_BTC-USDT-SWAP"}, "51000"),
    "GET market/sprd-history-candles": ({"sprdId": "BTC-USDT_BTC-USDT-SWAP"}, "51000"),
    "GET market/sprd-ticker": ({"sprdId": "BTC-USDT_BTC-USDT-SWAP"}, "51000"),
    "GET public/event-contract/events": ({}, "50014"),
    "GET public/event-contract/markets": ({}, "50014"),
    "GET trade/easy-convert-currency-list": ({}, "50062"),
    "GET trade/one-click-repay-currency-list": ({}, "50062"),
    "GET trade/one-click-repay-currency-list-v2": ({}, "50062"),
    "GET trade/order-algo": ({"algoId": "1"}, "51603"),
    "POST account/activate-option": ({"more": "1"}, "51010"),
    "POST account/bills-history-archive": (YEAR, "50062"),
    "POST account/borrow-repay": ({**LOAN, "ordId": ""}, "59410"),
    "POST account/demo-adjust-balance": ({"type": "1", "adjustments": [{**USDT, "amt": "1"}]}, "50062"),
    "POST account/mmp-config": (
        {"instFamily": "BTC-USD", "timeInterval": "0", "frozenInterval": "0", "qtyLimit": "1"},
        "51010",
    ),
    "POST account/mmp-reset": ({"instFamily": "BTC-USD"}, "59509"),
    "POST account/move-positions": ({"fromAcct": "a", "toAcct": "b", "legs": [], "clientId": "1"}, "51023"),
    "POST account/position-builder": ({"inclRealPosAndEq": True}, "51010"),
    "POST account/simulated_margin": ({"inclRealPos": True}, "51010"),
    "POST account/position-builder-graph": ({"type": "mmr", "mmrConfig": {"acctLv": "4"}}, "51070"),
    "POST account/position/margin-balance": ({**QUIET, "posSide": "net", "type": "add", "amt": "1"}, "59300"),
    "POST account/set-auto-earn": ({**USDT, "action": "turn_off"}, "59671"),
    "POST account/set-auto-loan": ({"autoLoan": True}, "54001"),
    "POST account/set-collateral-assets": ({"type": "all", "collateralEnabled": True}, "51010"),
    "POST account/set-riskOffset-amt": ({**USDT, "clSpotInUseAmt": "1"}, "51010"),
    "POST account/set-settle-currency": ({"settleCcy": "USDT"}, "59686"),
    "POST account/spot-manual-borrow-repay": (LOAN, "59410"),
    "POST asset/cancel-withdrawal": ({"wdId": "1"}, "58215"),
    "POST asset/convert/estimate-quote": ({**PAIR, "rfqSz": "1", "rfqSzCcy": "USDT"}, "50062"),
    "POST asset/convert/trade": ({**PAIR, "quoteId": "1", "sz": "1", "szCcy": "USDT"}, "50062"),
    "POST asset/monthly-statement": ({"month": "Jan"}, "50062"),
    "POST asset/subaccount/transfer": (
        {**USDT, "amt": "1", "from": "6", "to": "18", "fromSubAccount": "{sub}", "toSubAccount": "{sub}"},
        "59507",
    ),
    "POST asset/withdrawal": ({**USDT, "amt": "1", "dest": "3", "toAddr": "somebody@example.com"}, "58013"),
    "POST trade/amend-algos": ({**ALGO, "newSz": "2"}, "51503"),
    "POST trade/cancel-advance-algos": ({"": [ALGO]}, "51400"),
    "POST trade/cancel-algos": ({"": [ALGO]}, "51400"),
    "POST trade/close-position": ({**QUIET, "mgnMode": "cross"}, "51023"),
    "POST trade/easy-convert": ({"fromCcy": ["BTC"], "toCcy": "USDT"}, "50062"),
    "POST trade/mass-cancel": ({"instType": "OPTION", "instFamily": "BTC-USD"}, "51411"),
    "POST trade/one-click-repay": ({"debtCcy": ["BTC"], "repayCcy": "USDT"}, "50062"),
    "POST trade/one-click-repay-v2": ({"debtCcy": "BTC", "repayCcyList": ["USDT"]}, "50062"),
    "POST trade/order-precheck": (ORDER, "51010"),
    "POST users/subaccount/delete-apikey": ({**SUB, "apiKey": "00000000-0000-0000-0000-000000000000"}, "59506"),
}
"""Asked with this and refused by this code."""
