"""The venue's names for what the sandbox's controls call by the house's, and where faults find them in messages.

Why here: who writes clients all day types these without thinking, so the controls take either.
"""

import re
from collections.abc import Mapping
from typing import Final

_NAMES: Final = {
    "ccy": "currency",
    "amt": "amount",
    "instId": "instrument",
    "uid": "account",
    "subAcct": "account",
    "op": "operation",
    "idxPx": "price",
}


def own_names(params: Mapping[str, object]) -> dict[str, object]:
    """``params`` by the house's names."""
    return {_NAMES.get(name, name): value for name, value in params.items()}


_TEXT_MAX: Final = 40
_HEAD_BYTES: Final = 400
_PUSH: Final = re.compile(rb'^.{2,10}?\{"arg":\{', re.DOTALL)
_CHANNEL: Final = re.compile(rb'"channel":"([^"]*)"')
_INSTRUMENT: Final = re.compile(rb'"instId":"([^"]*)"')


def instrument_in(arg: Mapping[str, object]) -> str:
    """The instrument that a request names, "" for none."""
    text = arg.get("instId", "")
    return text[:_TEXT_MAX] if isinstance(text, str) else ""


def login_key(arg: Mapping[str, object]) -> str:
    """The API key that a login presents, "" for none."""
    text = arg.get("apiKey", "")
    return text[:_TEXT_MAX] if isinstance(text, str) else ""


def pushed_channel(frame: bytes) -> tuple[str, str] | None:
    """Channel and instrument ("" for none) of a frame that pushes something; None for any other frame."""
    head = frame[:_HEAD_BYTES]
    if _PUSH.match(head) is None:
        return None
    channel, instrument = _CHANNEL.search(head), _INSTRUMENT.search(head)
    return (_found(channel), _found(instrument))


def _found(match: "re.Match[bytes] | None") -> str:
    return "" if match is None else match[1].decode("latin-1")
