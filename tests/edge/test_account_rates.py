"""Limits and permissions of operations are those of the reference."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from lonja.edge.rest.operation import Operation, per_caller
from lonja.edge.rest.operations import OPERATIONS

ROW = re.compile(r"\| (GET|POST) \| `(/[^`]+)` \|[^|]*\|[^|]*\|([^|]*)\|([^|]*)\|([^|]*)\|")
RATE = re.compile(r"(\d+) \w+(?: /| per) ?(\d+)? ?s\b")
FAMILIES = {"account", "asset", "trade", "users"}
# Counted by days and by kind of change, per month, or for arrays; there is no window of these kinds.
OTHERWISE = {
    "POST /api/v5/account/demo-adjust-balance",
    "POST /api/v5/asset/monthly-statement",
}
ARRAYS = {"POST /api/v5/trade/cancel-algos"}
PERMISSIONS = {"Read": "read", "Trade": "trade", "Withdraw": "withdraw"}


class Documented(NamedTuple):
    permission: str
    rate: str
    counted: str


@pytest.fixture(scope="module")
def documented(shared_folder: Path) -> dict[str, Documented]:
    text = (shared_folder / "reference/okx-v5-surface.md").read_text()
    return {
        f"{method} /api/v5{path}": Documented(permission.strip(), rate.strip(), counted.strip())
        for method, path, permission, rate, counted in ROW.findall(text)
        if counted.strip() not in ("", "●", "○")
    }


PRIVATE = [
    operation
    for operation in OPERATIONS
    if operation.permission is not None and operation.path.split("/")[3] in FAMILIES
]


PUBLIC = [operation for operation in OPERATIONS if operation.permission is None]


@pytest.mark.parametrize("operation", PUBLIC, ids=lambda operation: operation.name)
def test_limits_of_public_operations(documented: dict[str, Documented], operation: Operation) -> None:
    row = documented.get(operation.name)
    if row is None:
        return
    found = RATE.match(row.rate)
    assert found is not None, row.rate
    assert operation.rate == (int(found[1]), float(found[2] or 1))
    by_more = bool(re.search(r"Instrument", row.counted))
    assert (operation.counted is not per_caller) is by_more, row.counted


@pytest.mark.parametrize("operation", PRIVATE, ids=lambda operation: operation.name)
def test_limits_and_permissions(documented: dict[str, Documented], operation: Operation) -> None:
    row = documented.get(operation.name)
    if row is None or operation.name in OTHERWISE:
        return
    assert operation.permission is not None
    assert operation.permission.value == PERMISSIONS.get(row.permission, operation.permission.value)
    found = RATE.match(row.rate)
    assert found is not None, row.rate
    assert operation.rate == (int(found[1]), float(found[2] or 1))
    if operation.name not in ARRAYS and not operation.order_operation:
        by_more = bool(re.search(r"Instrument|Currency|tag", row.counted))
        assert (operation.counted is not per_caller) is by_more, row.counted


def test_the_reference_is_read(documented: dict[str, Documented]) -> None:
    assert len([operation for operation in PRIVATE if operation.name in documented]) > 100
    assert len([operation for operation in PUBLIC if operation.name in documented]) > 60
