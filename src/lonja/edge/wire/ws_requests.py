"""From the text of a client to a request, or to the error event it gets.

Why here: the shape is checked once for all operations, so that handlers see only strings and dictionaries.
Invariant: no input raises anything but ``RequestError``.
"""

import re
from typing import NamedTuple

import msgspec

from lonja.edge.auth import Credentials

ARGS_BYTES_MAX = 65_536
"""Longest accepted request text: the documented total length of one subscription request."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_TIME_DIGITS_MAX = 16
_DECODER = msgspec.json.Decoder(float_hook=str)


LOGIN_CODES = {
    "50111": ("60005", "Invalid apiKey"),
    "50105": ("60024", "Wrong passphrase"),
    "50113": ("60007", "Invalid sign"),
    "50112": ("60004", "Invalid timestamp"),
    "50102": ("60006", "Timestamp request expired"),
    "50013": ("63999", "Login failed due to internal error. Please try again later."),
}
"""Refusals of a REST signature as refusals of a login; any other one is ``LOGIN_FAILED``."""
LOGIN_FAILED = ("60009", "Login failed.")


class RequestError(Exception):
    """A request that is answered with an error event of ``code`` and ``message``."""

    def __init__(self, code: str, message: str, request_id: str = "") -> None:
        """Keep what the error event says."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.request_id = request_id


class Request(NamedTuple):
    """What a client asks: ``op`` names the operation, ``id`` is echoed ("" when absent), ``text`` is as received.

    ``args`` is None when they are no list of objects. Fractions inside are kept as text, because a float would change
    them.
    """

    op: str
    id: str
    args: list[dict[str, object]] | None
    expire_time: object
    text: bytes


class _LoginArg(msgspec.Struct):
    api_key: object = msgspec.field(name="apiKey", default="")
    passphrase: object = ""
    timestamp: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    sign: object = ""


class _LoginRequest(msgspec.Struct):
    args: list[_LoginArg]


def illegal_request(text: bytes) -> RequestError:
    """The error for a request that cannot be understood; clients read the id back from the quoted text."""
    return RequestError("60012", "Illegal request: " + text.decode("utf-8", "replace"))


def invalid_args(request_id: str) -> RequestError:
    """The error for arguments of the wrong shape."""
    return RequestError("60013", "Invalid args", request_id)


def parse_request(text: bytes) -> Request:
    """The request in ``text``. Raises ``RequestError``."""
    try:
        decoded = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        raise illegal_request(text) from None
    if not isinstance(decoded, dict):
        raise illegal_request(text)
    op, args = decoded.get("op"), decoded.get("args")
    if not isinstance(op, str) or op in ("", "ping"):
        raise illegal_request(text)
    request_id = _request_id(decoded.get("id"))
    if len(text) > ARGS_BYTES_MAX:
        raise invalid_args(request_id)
    if not isinstance(args, list) or not all(isinstance(arg, dict) for arg in args):
        args = None
    return Request(op, request_id, args, decoded.get("expTime"), text)


def parse_login(request: Request, *, simulated: bool) -> Credentials:
    """The one account of a login request; its timestamp is the text that was signed, whatever its JSON type.

    Raises ``RequestError``.
    """
    try:
        accounts = msgspec.json.decode(request.text, type=_LoginRequest).args
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise invalid_args(request.id) from None
    if len(accounts) != 1:
        raise RequestError(*LOGIN_FAILED, request.id)
    arg = accounts[0]
    timestamp = bytes(arg.timestamp).decode("utf-8").strip()
    if timestamp.startswith('"'):
        timestamp = str(msgspec.json.decode(timestamp))
    elif timestamp == "null":
        timestamp = ""
    given = Credentials(_text(arg.api_key), _text(arg.sign), timestamp, _text(arg.passphrase), simulated)
    for value, code in zip(given[:4], ("50111", "50113", "50112", "50105"), strict=True):
        if not value:
            raise login_refusal(code, request.id)
    return given


def login_refusal(code: str, request_id: str) -> RequestError:
    """The refusal of a login for which REST has ``code``."""
    return RequestError(*LOGIN_CODES.get(code, LOGIN_FAILED), request_id)


def expire_time_ms(request: Request) -> int | None:
    """Until when an order operation may start; None when it may at any time. Raises ``RequestError`` ."""
    value = request.expire_time
    if value is None or value == "":
        return None
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) <= _TIME_DIGITS_MAX):
        raise invalid_args(request.id)
    return int(text)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _request_id(value: object) -> str:
    if value is None or value == "":
        return ""
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if _ID.fullmatch(text) is None:
        raise invalid_args("")
    return text
