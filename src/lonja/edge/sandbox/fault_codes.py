"""The codes that faults may answer with: all that OKX could, also those that this exchange never needs.

Why here: a bot has to survive what its venue says, and much of that (a price limit told in an old way, a timeout inside
the venue) can not happen here by itself.
"""

from typing import Final

from lonja.edge.errors import MESSAGES, EdgeError, refusal

_NO_REFUSALS: Final = ("0", "1", "2")
"""A fault with the code of success would acknowledge what never happened; the other two speak of the rows below them."""
_FIRST: Final = "50000"
_LAST: Final = "64999"


def can_be_struck(code: str) -> bool:
    """Whether a fault may answer with ``code``: one of ours, or any number in the range of OKX's codes."""
    if code in MESSAGES:
        return code not in _NO_REFUSALS
    return len(code) == len(_FIRST) and code.isascii() and code.isdigit() and _FIRST <= code <= _LAST


def struck_refusal(code: str) -> EdgeError:
    """What a fault with ``code`` says. Nothing is to blame, so nothing fills the gaps of its message."""
    if code not in MESSAGES:
        return EdgeError(code, f"The sandbox was told to refuse with code {code}")
    plain = refusal(code)
    return EdgeError(code, " ".join(plain.message.split()))
