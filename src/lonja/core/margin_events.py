"""What happens to leverage and borrowing beyond one position; a part of ``events``, as ``algo_events``.

Why here: as ``collateral_events``. Invariant: as in ``events``.
"""

from typing import Any, NamedTuple


class FamilyLeverageSet(NamedTuple):
    """The leverage (hundredths) of an account's cross positions of one side in dated contracts of a family.

    A ``LeverageSet`` follows for each that may be traded or was named; later ones have it from their first order on.
    """

    sequence: int
    time_ms: int
    account: int
    family: int
    position_side: int
    leverage: int


class CrossPocketOpened(NamedTuple):
    """``account`` got a pocket for cross margin in a spot instrument; ``pocket`` is an account of its family."""

    sequence: int
    time_ms: int
    account: int
    instrument: int
    currency: int
    pocket: int


class PocketLeverageSet(NamedTuple):
    """The leverage (hundredths) of an account's pockets in a spot instrument, there or to come."""

    sequence: int
    time_ms: int
    account: int
    instrument: int
    margin_mode: int
    leverage: int


class PocketTakenOver(NamedTuple):
    """The lending desk took over what a cross pocket had and owed: ``base`` and ``quote``, signed; nothing is left there.

    ``amount`` of the margin currency went to the owner's cash, or from it when negative; ``balance`` is what is there
    now. The desk's balances are its cash of base and quote afterwards.
    """

    sequence: int
    time_ms: int
    account: int
    pocket: int
    instrument: int
    currency: int
    base: int
    quote: int
    amount: int
    balance: int
    desk_base_balance: int
    desk_quote_balance: int


class OrderReduces(NamedTuple):
    """An order of a pocket, whose ``OrderPlaced`` follows at once, only reduces what is open there."""

    sequence: int
    time_ms: int
    order_id: int
    account: int
    instrument: int


MarginEvent = FamilyLeverageSet | CrossPocketOpened | PocketLeverageSet | PocketTakenOver | OrderReduces

MARGIN_EVENT_KINDS: dict[type[Any], int] = {
    FamilyLeverageSet: 80,
    CrossPocketOpened: 81,
    PocketLeverageSet: 82,
    PocketTakenOver: 83,
    OrderReduces: 84,
}
