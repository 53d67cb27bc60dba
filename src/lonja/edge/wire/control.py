"""The venue's names for what the sandbox's controls call by the house's.

Why here: who writes clients all day types these without thinking, so the controls take either.
"""

from collections.abc import Mapping
from typing import Final

_NAMES: Final = {
    "ccy": "currency",
    "amt": "amount",
    "instId": "instrument",
    "uid": "account",
    "subAcct": "account",
    "op": "operation",
}


def own_names(params: Mapping[str, object]) -> dict[str, object]:
    """``params`` by the house's names."""
    return {_NAMES.get(name, name): value for name, value in params.items()}
