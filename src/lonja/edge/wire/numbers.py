"""Numbers and flags as clients send them: JSON strings or JSON numbers, absent when "" or null.

Why here: every operation must normalize alike. Invariant: nothing passes through a float.
"""

from collections.abc import Mapping

import msgspec

from lonja.edge.errors import refusal

DIGITS_MAX = 80
_DECODER = msgspec.json.Decoder(float_hook=str)


def decode_json(body: bytes) -> object:
    """``body`` as JSON, fractions kept as the text that was sent. Raises ``EdgeError`` 50002."""
    try:
        return _DECODER.decode(body)
    except (ValueError, RecursionError):
        raise refusal("50002") from None


def text_of(arg: Mapping[str, object], name: str) -> str:
    """Parameter ``name`` as text; "" when absent. Raises ``EdgeError`` 51000 when it is neither text nor a number."""
    value = arg.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return str(value)
        except ValueError:
            # Longer than Python is willing to print, so no number of ours.
            raise refusal("51000", name) from None
    raise refusal("51000", name)


def required_text(arg: Mapping[str, object], name: str) -> str:
    """Parameter ``name``, which must be given. Raises ``EdgeError`` 50014 or 51000."""
    text = text_of(arg, name)
    if text == "":
        raise refusal("50014", name)
    return text


def flag_of(arg: Mapping[str, object], name: str) -> bool:
    """Parameter ``name`` as a flag, sent as a boolean or as text. Raises ``EdgeError`` 51000."""
    value = arg.get(name)
    if value is None or value is False or value in ("", "false"):
        return False
    if value is True or value == "true":
        return True
    raise refusal("51000", name)


def names_in(arg: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Parameter ``name`` as names, sent as an array or in one text with commas between. Raises ``EdgeError`` 51000."""
    value = arg.get(name)
    parts = value if isinstance(value, list) else text_of(arg, name).split(",")
    if not all(isinstance(part, str) for part in parts):
        raise refusal("51000", name)
    return tuple(part for part in parts if part)


def token_of(arg: Mapping[str, object], name: str, length_max: int) -> str:
    """Parameter ``name`` as ASCII letters and digits; "" when absent. Raises ``EdgeError`` 51000."""
    return token(text_of(arg, name), name, length_max)


def token(text: str, name: str, length_max: int) -> str:
    """``text`` if it is empty or ASCII letters and digits. Raises ``EdgeError`` 51000."""
    if text and not (len(text) <= length_max and text.isascii() and text.isalnum()):
        raise refusal("51000", name)
    return text


def integer(text: str, name: str, least: int, most: int, default: int) -> int:
    """``text`` as an integer within bounds; ``default`` when "". Raises ``EdgeError`` 51000."""
    if text == "":
        return default
    if len(text) > DIGITS_MAX or not (text.isascii() and text.isdigit()):
        raise refusal("51000", name)
    value = int(text)
    if not least <= value <= most:
        raise refusal("51000", name)
    return value


def scaled_floor(text: str, scale: int) -> tuple[int, bool] | None:
    """``text`` in units of 10 ** -scale, rounded down, and whether that was exact; None when no plain decimal.

    Signs, exponents, spaces and other than ASCII digits are no part of a plain decimal.
    """
    whole, _, fraction = text.partition(".")
    if not (whole.isdigit() and text.isascii() and len(text) <= DIGITS_MAX):
        return None
    if not fraction:
        return int(whole) * 10**scale, True
    if not fraction.isdigit():
        return None
    rest = fraction[scale:]
    return int(whole + fraction[:scale].ljust(scale, "0")), not rest or not rest.strip("0")
