"""Every REST operation, one row each, a file per family: the edge's table of contents.

Why here: the application, OpenAPI and the reference pages are all made from this one table.
"""

from typing import Final

from lonja.edge.rest.operation import Operation
from lonja.edge.rest.tables import account, asset, contracts, market, public, statistics, subaccount, system, trade

OPERATIONS: Final[tuple[Operation, ...]] = (
    *public.OPERATIONS,
    *market.OPERATIONS,
    *contracts.OPERATIONS,
    *statistics.OPERATIONS,
    *system.OPERATIONS,
    *asset.OPERATIONS,
    *account.OPERATIONS,
    *subaccount.OPERATIONS,
    *trade.OPERATIONS,
)

BY_PATH: Final[dict[str, dict[str, Operation]]] = {}
for _operation in OPERATIONS:
    BY_PATH.setdefault(_operation.path, {})[_operation.method] = _operation
