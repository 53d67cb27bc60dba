"""The funding account."""

from typing import Final

from lonja.edge.rest import account
from lonja.edge.rest.operation import (
    Operation,
    own_operation,
    per_currency,
)
from lonja.edge.wire import account as account_wire
from lonja.edge.wire import requests
from lonja.modules.identity.api import Permission

OPERATIONS: Final[tuple[Operation, ...]] = (
    own_operation(
        "GET",
        "/asset/currencies",
        Permission.READ,
        (6, 1.0),
        requests.Currencies,
        account.currencies,
        account_wire.CURRENCY_ROW,
    ),
    own_operation(
        "GET",
        "/asset/balances",
        Permission.READ,
        (6, 1.0),
        requests.Currencies,
        account.funding_balances,
        account_wire.FUNDING_ROW,
    ),
    own_operation(
        "POST",
        "/asset/transfer",
        Permission.TRADE,
        (2, 1.0),
        requests.Transfer,
        account.transfer,
        account_wire.TRANSFER_ROW,
        per_currency,
    ),
)
