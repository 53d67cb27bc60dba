"""Exact decimal text to scaled integers and back.

Why here: every door (REST, WebSocket, files, CLI) must read and write numbers the same way, without floats.
Invariant: ``parse_scaled(format_scaled(n, s), s) == n`` for every n that fits 63 bits.
"""

import re

INT_MAX = 2**62 - 1
"""Largest magnitude of any price, size or amount: one bit below i64, so that one addition cannot overflow."""

PPM = 1_000_000
"""Denominator of every rate that ends in ``_ppm``."""

_DECIMAL = re.compile(r"(-?)([0-9]{1,40})(?:\.([0-9]{0,40}))?", re.ASCII)


def parse_scaled(text: str, scale: int) -> int | None:
    """``text`` as an integer of 10 ** -scale units, or None.

    None when the text is no plain decimal number (no exponent, no spaces, no plus sign, ASCII digits only), has
    non-zero digits beyond ``scale``, or exceeds ``INT_MAX``.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return None
    sign, whole, fraction = match[1], match[2], (match[3] or "").rstrip("0")
    if len(fraction) > scale:
        return None
    value = int(whole + fraction.ljust(scale, "0"))
    if value > INT_MAX:
        return None
    return -value if sign else value


def format_scaled(value: int, scale: int) -> str:
    """``value`` units of 10 ** -scale as canonical text: no exponent, no trailing zeros, no ``-0``."""
    if scale == 0:
        return str(value)
    digits = str(abs(value)).rjust(scale + 1, "0")
    fraction = digits[-scale:].rstrip("0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-scale]}.{fraction}" if fraction else f"{sign}{digits[:-scale]}"


def mul_div_floor(value: int, numerator: int, denominator: int) -> int:
    """``value * numerator / denominator`` rounded towards minus infinity, exact for any size."""
    return value * numerator // denominator
