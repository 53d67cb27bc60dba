"""Handlers of operations that have nothing to tell or nothing to do here yet.

Why here: their parameters are checked like those of all others, so that a client learns of its own mistakes first.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from lonja.edge.errors import refusal
from lonja.edge.rest.calls import instrument_type, names_of, optional_id, page_limit
from lonja.edge.rest.public import Rows
from lonja.edge.wire import requests

Handler = Callable[[object, requests.Request], Awaitable[Rows]]
"""Whoever calls: none of them looks at it."""

MARGIN_MODES: Final = ("cross", "isolated")
CHECKS: Final[dict[str, Callable[[str], object]]] = {
    "instrument_type": instrument_type,
    "limit": page_limit,
    "after": lambda text: optional_id(text, "after"),
    "before": lambda text: optional_id(text, "before"),
    "begin": lambda text: optional_id(text, "begin"),
    "end": lambda text: optional_id(text, "end"),
    "begin_ms": lambda text: optional_id(text, "beginTs"),
    "end_ms": lambda text: optional_id(text, "endTs"),
    "currencies": lambda text: names_of(text, "ccy"),
    "margin_mode": lambda text: one_of(text, "mgnMode", ("", *MARGIN_MODES)),
}
"""What is checked of a parameter, by its name in the request."""


def one_of(text: str, name: str, known: tuple[str, ...]) -> str:
    """``text`` if it is one of ``known``. Raises ``EdgeError`` 51000."""
    if text not in known:
        raise refusal("51000", name)
    return text


def check(request: requests.Request) -> None:
    """Raise ``EdgeError`` 51000 or 50025 for a parameter that means nothing."""
    for name in request.__struct_fields__:
        checked = CHECKS.get(name)
        if checked is not None:
            checked(getattr(request, name))


def nothing(summary: str) -> Handler:
    """A handler that answers an empty list."""

    async def handler(_: object, request: requests.Request) -> Rows:
        check(request)
        return []

    handler.__doc__ = summary
    return handler


def refused(summary: str, code: str, *words: object) -> Handler:
    """A handler that refuses with ``code``, its message filled with ``words``."""

    async def handler(_: object, request: requests.Request) -> Rows:
        check(request)
        raise refusal(code, *words)

    handler.__doc__ = summary
    return handler
