"""Warning whoever comes near liquidation, and canceling what would use up what is required.

Why here: positions that stand alone, together, or beside pockets are warned alike. Invariant: each is warned once, until
it is safe again.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import ledger as ld
from lonja.core.events import MarginWarned
from lonja.core.maintenance import Standing
from lonja.core.positions import Position
from lonja.core.state import State

LIQUIDATED_REASON: Final[i64] = 16


def warn_positions(state: State, positions: list[Position], near: bool, standing: Standing) -> None:
    """Warn of positions that stand together and have come near liquidation."""
    for position in positions:
        if near and position.warned == 0:
            names = (int(position.account), int(position.instrument), int(position.margin_mode), int(position.side))
            number = state.events.next_sequence()
            state.events.cold(MarginWarned(number, state.time_ms, *names, standing.ratio_ppm()))
        position.warned = 1 if near else 0


def cancel_of_currency(state: State, account: i64, currency: i64) -> None:
    """Cancel whatever holds money of ``currency``, and every order of its cross positions."""
    for slot in state.orders_of(account):
        held: bool = state.ledger.get(state.hold_slot(slot), ld.CURRENCY) == currency
        if held:
            state.end_resting(slot, LIQUIDATED_REASON)
