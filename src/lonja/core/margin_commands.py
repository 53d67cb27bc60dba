"""What the core can be asked about leverage and borrowing beyond one position; a part of ``commands``, as ``algo_commands``.

Why here: as ``collateral_commands``. Invariant: as in ``commands``. The rules are those of ``docs/adr/0036``.
"""

from typing import Any, NamedTuple

from lonja.core.texts import EMPTY_16, EMPTY_32, Text16, Text32


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


class OpenCrossPocket(NamedTuple):
    """Give an account in futures mode a pocket for cross margin in a spot instrument, or find it. Id: the pocket, an account.

    ``currency`` is the one whose equity is the margin and in which profit is counted: the base or the quote. The pocket
    has no money of its own: what it is worth counts among the cross positions of its owner in that currency.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    currency: int = 0


class SetPocketLeverage(NamedTuple):
    """Set the leverage (hundredths) of an account's pockets in a spot instrument, there or to come. Id: the instrument.

    The initial margin of a debt is its value over the leverage, or what its tier asks when that is more.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    margin_mode: int = 0
    leverage: int = 0


class PlaceMarginOrder(NamedTuple):
    """Place an order of a pocket; ``account`` is the pocket. Id: the order.

    With a ``margin_currency`` (base or quote, of isolated pockets) the owner's cash brings the margin: the value of the
    lots that open over the leverage, and what they may cost beyond it. It goes back when nothing is owed and no order
    is open any more. -1 moves nothing. ``reduce_only`` cuts the size to what closes. Other fields are those of
    ``commands.PlaceOrder``.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    side: int = 0
    order_type: int = 0
    time_in_force: int = 0
    post_only: int = 0
    price: int = 0
    size: int = 0
    size_unit: int = 0
    self_trade_prevention: int = 0
    fixed_size: int = 0
    clip_to_band: int = 0
    client_order_id: Text32 = EMPTY_32
    tag: Text16 = EMPTY_16
    margin_currency: int = -1
    reduce_only: int = 0


MarginCommand = SetFamilyLeverage | OpenCrossPocket | SetPocketLeverage | PlaceMarginOrder

MARGIN_COMMAND_KINDS: dict[type[Any], int] = {
    SetFamilyLeverage: 70,
    OpenCrossPocket: 71,
    SetPocketLeverage: 72,
    PlaceMarginOrder: 73,
}
