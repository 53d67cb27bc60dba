"""How much of the documented interface there is, for the README: counted from the tables."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from lonja.edge.rest.operations import OPERATIONS
from lonja.edge.wire.channels import CHANNELS
from tools.reference.channels import OPERATIONS as SOCKET_OPERATIONS
from tools.reference.channels import family_of

MARKS: Final = ("<!-- counts -->", "<!-- /counts -->")
_SPOT: Final = {
    "public": "Public data",
    "market": "Market data",
    "trade": "Trade",
    "account": "Account",
    "asset": "Funding",
    "users": "Sub-account",
    "system": "System status",
    "support": "Announcements",
    "rubik": "Trading statistics",
}
"""Families that belong to a spot exchange."""
_SCHEMAS: Final = Path("fixtures/okx-v5/derived")


def counted(readme: str, shared: Path) -> str:
    """``readme`` with the counts as they are now."""
    before, _, rest = readme.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    return f"{before}{MARKS[0]}\n{counts(shared)}\n{MARKS[1]}{after}"


def counts(shared: Path) -> str:
    """A table: implemented of documented."""
    documented = json.loads((shared / _SCHEMAS / "rest-schemas.json").read_text(encoding="utf-8"))["operations"]
    sockets = json.loads((shared / _SCHEMAS / "ws-schemas.json").read_text(encoding="utf-8"))["channels"]
    have = {operation.name for operation in OPERATIONS}
    there, known = _by_family(have & documented.keys()), _by_family(documented)
    beside = len(have - documented.keys())
    channels = {family_of(name) for name in CHANNELS}
    names = {name for name in sockets if not _is_operation(name)}
    implemented = sum(name in CHANNELS or family_of(name) in channels for name in names)
    operations = {name for name in sockets if _is_operation(name)}
    rows = [f"| REST: {title} | {there[path]} | {known[path]} |" for path, title in _SPOT.items() if known[path]]
    rows += [
        f"| REST: everything | {sum(there.values())} | {len(documented)} |",
        f"| WebSocket channels | {implemented} | {len(names)} |",
        f"| WebSocket operations | {len(operations & set(SOCKET_OPERATIONS))} | {len(operations)} |",
    ]
    head = "| implemented of what OKX documents | implemented | documented |\n| --- | --- | --- |\n"
    note = (
        f"\n\nBesides: {beside} operations that clients call and the documentation no longer names." if beside else ""
    )
    return head + "\n".join(rows) + note


def _by_family(names: Iterable[str]) -> Counter[str]:
    return Counter(name.split("/")[3] for name in names)


def _is_operation(name: str) -> bool:
    return name.removeprefix("sprd-") in {*SOCKET_OPERATIONS}
