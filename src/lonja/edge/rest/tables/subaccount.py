"""Sub-accounts."""

from typing import Final

from lonja.edge.rest import asset_transfers, subaccount, subaccount_money
from lonja.edge.rest.operation import Operation, own_operation
from lonja.edge.wire import account as account_wire
from lonja.edge.wire import account_settings as settings_wire
from lonja.edge.wire import asset as wire
from lonja.edge.wire import requests_subaccount as asked
from lonja.modules.identity.api import Permission

READ: Final = Permission.READ
TRADE: Final = Permission.TRADE

_ACCOUNTS: Final = (
    own_operation(
        "GET",
        "/users/subaccount/list",
        READ,
        (20, 2.0),
        asked.ListSubAccounts,
        subaccount.sub_accounts,
        wire.SUB_ACCOUNT_ROW,
    ),
    own_operation(
        "POST",
        "/users/subaccount/create-subaccount",
        TRADE,
        (1, 1.0),
        asked.CreateSubAccount,
        subaccount.create,
        wire.CREATED_ROW,
    ),
    own_operation(
        "POST",
        "/users/subaccount/set-frozen",
        TRADE,
        (1, 1.0),
        asked.SetFrozen,
        subaccount.set_frozen,
        {"subAcct": "", "frozen": False},
    ),
    own_operation(
        "POST",
        "/users/subaccount/set-transfer-out",
        TRADE,
        (1, 1.0),
        asked.AllowTransfers,
        subaccount.allow_transfers,
        {"subAcct": "", "canTransOut": False},
    ),
    own_operation(
        "GET",
        "/users/entrust-subaccount-list",
        READ,
        (1, 1.0),
        asked.Entrusted,
        subaccount.entrusted,
        {"subAcct": ""},
    ),
)
_KEYS: Final = (
    own_operation(
        "POST", "/users/subaccount/apikey", TRADE, (1, 1.0), asked.CreateKey, subaccount.create_key, wire.NEW_KEY_ROW
    ),
    own_operation("GET", "/users/subaccount/apikey", READ, (20, 2.0), asked.FindKeys, subaccount.keys, wire.KEY_ROW),
    own_operation(
        "POST",
        "/users/subaccount/modify-apikey",
        TRADE,
        (1, 1.0),
        asked.ChangeKey,
        subaccount.change_key,
        wire.CHANGED_KEY_ROW,
    ),
    own_operation(
        "POST",
        "/users/subaccount/delete-apikey",
        TRADE,
        (1, 1.0),
        asked.RemoveKey,
        subaccount.remove_key,
        {"subAcct": ""},
    ),
)
_MONEY: Final = (
    own_operation(
        "GET",
        "/account/subaccount/balances",
        READ,
        (6, 2.0),
        asked.SubAccountOf,
        subaccount_money.balance,
        account_wire.BALANCE_ROW,
    ),
    own_operation(
        "GET",
        "/asset/subaccount/balances",
        READ,
        (6, 2.0),
        asked.SubAccountCurrencies,
        subaccount_money.funding,
        account_wire.FUNDING_ROW,
    ),
    own_operation(
        "GET",
        "/account/subaccount/max-withdrawal",
        READ,
        (20, 2.0),
        asked.SubAccountCurrencies,
        subaccount_money.max_withdrawal,
        settings_wire.MAX_WITHDRAWAL_ROW,
    ),
    own_operation(
        "GET",
        "/asset/subaccount/bills",
        READ,
        (6, 1.0),
        asked.SubAccountBills,
        subaccount_money.bills,
        wire.SUB_BILL_ROW,
    ),
    own_operation(
        "GET",
        "/asset/subaccount/managed-subaccount-bills",
        READ,
        (6, 1.0),
        asked.ManagedBills,
        subaccount_money.managed_bills,
        wire.MANAGED_BILL_ROW,
    ),
    own_operation(
        "POST",
        "/asset/subaccount/transfer",
        TRADE,
        (1, 1.0),
        asked.TransferBetween,
        asset_transfers.transfer_between_subs,
        {"transId": ""},
    ),
)

OPERATIONS: Final[tuple[Operation, ...]] = (*_ACCOUNTS, *_KEYS, *_MONEY)
