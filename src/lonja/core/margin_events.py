"""What happens to leverage and borrowing beyond one position; a part of ``events``, as ``algo_events``.

Why here: as ``collateral_events``. Invariant: as in ``events``.
"""

from typing import Any, NamedTuple


class FamilyLeverageSet(NamedTuple):
    """The leverage (hundredths) of an account's cross positions of one side in dated contracts of a family.

    A ``LeverageSet`` follows for each contract that there is; one that is listed later has it from its first order on.
    """

    sequence: int
    time_ms: int
    account: int
    family: int
    position_side: int
    leverage: int


MarginEvent = FamilyLeverageSet

MARGIN_EVENT_KINDS: dict[type[Any], int] = {
    FamilyLeverageSet: 80,
}
