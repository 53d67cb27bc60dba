"""Numbers in paths, queries and bodies, read without trusting them: none is larger than a database can ask for."""

from typing import Annotated, Final

import msgspec
from litestar.params import QueryParameter

from lonja.edge.staff.caller import refusal

_DIGITS_MAX: Final = 18
_NUMBER_MAX: Final = 10**_DIGITS_MAX - 1

Number = Annotated[int, msgspec.Meta(ge=0, le=_NUMBER_MAX)]
"""A number in a body."""
QueryNumber = Annotated[int, QueryParameter(ge=0, le=_NUMBER_MAX)]
"""A number in a query."""


def number_in(text: str, code: str) -> int:
    """The number that ``text`` is. Raises ``RefusedError`` with ``code`` of the back office."""
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX):
        raise refusal(code)
    return int(text)
