"""The trading account."""

from typing import Final

from lonja.edge.rest import account
from lonja.edge.rest.operation import (
    Operation,
    own_operation,
    per_instrument_type,
)
from lonja.edge.wire import account as account_wire
from lonja.edge.wire import instruments as instrument_wire
from lonja.edge.wire import requests
from lonja.modules.identity.api import Permission

OPERATIONS: Final[tuple[Operation, ...]] = (
    own_operation(
        "GET", "/account/config", Permission.READ, (5, 2.0), requests.Request, account.config, account_wire.CONFIG_ROW
    ),
    own_operation(
        "GET",
        "/account/balance",
        Permission.READ,
        (10, 2.0),
        requests.Currencies,
        account.balance,
        account_wire.BALANCE_ROW,
    ),
    own_operation("GET", "/account/positions", Permission.READ, (10, 2.0), requests.Positions, account.positions, {}),
    own_operation(
        "GET",
        "/account/instruments",
        Permission.READ,
        (20, 2.0),
        requests.Instruments,
        account.instruments,
        instrument_wire.ACCOUNT_ROW,
        per_instrument_type,
    ),
    own_operation(
        "GET", "/account/bills", Permission.READ, (5, 1.0), requests.Bills, account.bills, account_wire.BILL_ROW
    ),
    own_operation(
        "GET", "/account/bills-archive", Permission.READ, (5, 2.0), requests.Bills, account.bills, account_wire.BILL_ROW
    ),
    own_operation(
        "GET", "/account/trade-fee", Permission.READ, (5, 2.0), requests.Fees, account.trade_fee, account_wire.FEE_ROW
    ),
)
