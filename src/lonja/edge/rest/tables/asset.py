"""The funding account."""

from typing import Final

from lonja.edge.rest import account, asset, asset_transfers
from lonja.edge.rest.closed import nothing, refused
from lonja.edge.rest.operation import (
    Operation,
    open_operation,
    own_operation,
    per_currency,
)
from lonja.edge.wire import account as account_wire
from lonja.edge.wire import asset as wire
from lonja.edge.wire import requests
from lonja.edge.wire import requests_asset as asked
from lonja.modules.identity.api import Permission

READ: Final = Permission.READ
TRADE: Final = Permission.TRADE
MONTH_S: Final = 30 * 86_400.0

_BALANCES: Final = (
    own_operation(
        "GET", "/asset/currencies", READ, (6, 1.0), requests.Currencies, account.currencies, account_wire.CURRENCY_ROW
    ),
    own_operation(
        "GET",
        "/asset/balances",
        READ,
        (6, 1.0),
        requests.Currencies,
        account.funding_balances,
        account_wire.FUNDING_ROW,
    ),
    own_operation(
        "GET",
        "/asset/non-tradable-assets",
        READ,
        (6, 1.0),
        requests.Currencies,
        nothing("What can be withdrawn but not traded: nothing."),
        wire.NON_TRADABLE_ROW,
    ),
    own_operation(
        "GET", "/asset/asset-valuation", READ, (1, 1.0), asked.Valuation, asset.valuation, wire.VALUATION_ROW
    ),
    own_operation(
        "POST",
        "/asset/transfer",
        TRADE,
        (2, 1.0),
        asked.MoveFunds,
        asset_transfers.transfer,
        account_wire.TRANSFER_ROW,
        per_currency,
    ),
    own_operation(
        "GET",
        "/asset/transfer-state",
        READ,
        (10, 1.0),
        asked.TransferState,
        asset_transfers.transfer_state,
        wire.TRANSFER_STATE_ROW,
    ),
    own_operation("GET", "/asset/bills", READ, (6, 1.0), asked.FundingBills, asset.bills, wire.FUNDING_BILL_ROW),
    own_operation(
        "GET",
        "/asset/bills-history",
        READ,
        (1, 1.0),
        asked.FundingBillHistory,
        asset.bills_history,
        wire.FUNDING_BILL_ROW,
    ),
    own_operation(
        "POST",
        "/asset/monthly-statement",
        READ,
        (20, MONTH_S),
        asked.ApplyStatement,
        refused("Have a statement made of a month: not offered yet.", "50062", "A monthly statement"),
        {"ts": ""},
    ),
    own_operation(
        "GET",
        "/asset/monthly-statement",
        READ,
        (10, 2.0),
        asked.Statement,
        refused("Where the statement of a month is: not offered yet.", "50062", "A monthly statement"),
        wire.STATEMENT_ROW,
    ),
)
_CUSTODY: Final = (
    own_operation(
        "GET",
        "/asset/deposit-address",
        READ,
        (6, 1.0),
        asked.DepositAddress,
        asset.deposit_address,
        wire.DEPOSIT_ADDRESS_ROW,
    ),
    own_operation(
        "GET",
        "/asset/deposit-history",
        READ,
        (6, 1.0),
        asked.Deposits,
        nothing("Deposits from chains: none without custody."),
        wire.DEPOSIT_ROW,
    ),
    own_operation(
        "POST", "/asset/withdrawal", Permission.WITHDRAW, (6, 1.0), asked.Withdraw, asset.withdraw, wire.WITHDRAW_ROW
    ),
    own_operation(
        "POST",
        "/asset/cancel-withdrawal",
        TRADE,
        (6, 1.0),
        asked.OneWithdrawal,
        refused("Cancel a withdrawal: there are none.", "58215"),
        {"wdId": ""},
    ),
    own_operation(
        "GET",
        "/asset/withdrawal-history",
        READ,
        (6, 1.0),
        asked.Withdrawals,
        nothing("Withdrawals to chains: none without custody."),
        wire.WITHDRAWAL_ROW,
    ),
    own_operation(
        "GET", "/asset/deposit-withdraw-status", READ, (1, 2.0), asked.Progress, asset.progress, wire.PROGRESS_ROW
    ),
    open_operation("/asset/exchange-list", (6, 1.0), requests.Request, asset.exchanges, wire.EXCHANGE_ROW),
)
_CONVERT: Final = (
    own_operation(
        "GET",
        "/asset/convert/currencies",
        READ,
        (6, 1.0),
        requests.Request,
        refused("Currencies that can be converted: not offered yet.", "50062", "Convert"),
        wire.CONVERT_CURRENCY_ROW,
    ),
    own_operation(
        "GET",
        "/asset/convert/currency-pair",
        READ,
        (6, 1.0),
        asked.ConvertPair,
        refused("Limits of a conversion: not offered yet.", "50062", "Convert"),
        wire.CONVERT_PAIR_ROW,
    ),
    own_operation(
        "POST",
        "/asset/convert/estimate-quote",
        TRADE,
        (10, 1.0),
        asked.Quote,
        refused("Ask for a quote to convert at: not offered yet.", "50062", "Convert"),
        wire.QUOTE_ROW,
    ),
    own_operation(
        "POST",
        "/asset/convert/trade",
        TRADE,
        (10, 1.0),
        asked.Convert,
        refused("Convert at a quote: not offered yet.", "50062", "Convert"),
        wire.CONVERT_ROW,
    ),
    own_operation(
        "GET",
        "/asset/convert/history",
        READ,
        (6, 1.0),
        asked.Converted,
        nothing("Conversions: none."),
        wire.CONVERTED_ROW,
    ),
)

OPERATIONS: Final[tuple[Operation, ...]] = (*_BALANCES, *_CUSTODY, *_CONVERT)
