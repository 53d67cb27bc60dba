"""What the core can be asked about leverage and borrowing beyond one position; a part of ``commands``, as ``algo_commands``.

Why here: as ``collateral_commands``. Invariant: as in ``commands``. The rules are those of ``docs/adr/0036``.
"""

from typing import Any, NamedTuple


class SetFamilyLeverage(NamedTuple):
    """Set the leverage (hundredths) of all cross positions in dated contracts of a family, there or to come.

    ``instrument`` is any contract of the family, ``position_side`` that of the positions. Id: the instrument.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    position_side: int = 0
    leverage: int = 0


MarginCommand = SetFamilyLeverage

MARGIN_COMMAND_KINDS: dict[type[Any], int] = {
    SetFamilyLeverage: 70,
}
