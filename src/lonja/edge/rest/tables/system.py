"""The state of the system, and what it announces."""

from typing import Final

from lonja.edge.rest import public
from lonja.edge.rest.operation import (
    Operation,
    open_operation,
)
from lonja.edge.wire import house_push, requests

OPERATIONS: Final[tuple[Operation, ...]] = (
    open_operation("/system/status", (1, 5.0), requests.SystemStatus, public.system_status, house_push.STATUS_ROW),
)
