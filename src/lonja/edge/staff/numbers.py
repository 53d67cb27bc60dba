"""Numbers in paths, read without trusting them."""

from typing import Final

from lonja.edge.staff.caller import refusal

_DIGITS_MAX: Final = 18


def number_in(text: str, code: str) -> int:
    """The number that ``text`` is. Raises ``RefusedError`` with ``code`` of the back office."""
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX):
        raise refusal(code)
    return int(text)
