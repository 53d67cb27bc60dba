"""The Security Fund of a family: what comes in, what goes out, and how high it stood.

Why here: liquidations, deliveries and endowments all touch it. Invariant: ``Family.peaks`` holds the highest balance of
each of the last hours in which it changed, the latest last; it is noted before and after a change, so that a balance
that stood still for long counts when it falls.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import ledger as ld
from lonja.core.collateral import is_pooled, lacking
from lonja.core.contracts import Contract, Family
from lonja.core.events import FundChanged
from lonja.core.margin import owned_equity
from lonja.core.positions import Position
from lonja.core.settling import tell
from lonja.core.state import State

HOUR_MS: Final = 3_600_000
PEAK_HOURS: Final = 8
FALL_PERCENT: Final = 70
COVER: Final = 2
COVERED: Final = 7


def fund_balance(state: State, family: Family) -> int:
    """What the fund has now."""
    balance: int = state.ledger.get(family.fund_slot, ld.CASH)
    return balance


def change_fund(state: State, family: Family, cause: int, account: i64, amount: i64) -> None:
    """Post ``amount`` (either sign) to the fund, because of ``account``, and tell it."""
    note_peak(state, family)
    balance = state.ledger.post(family.fund_slot, amount, state.time_ms)
    note_peak(state, family)
    number = state.events.next_sequence()
    fields = (int(family.code), cause, int(account), int(amount), int(balance), peak(state, family))
    state.events.cold(FundChanged(number, state.time_ms, *fields))


def note_peak(state: State, family: Family) -> None:
    """Remember the balance of this hour when it is its highest; forget hours that are long over."""
    hour: int = state.time_ms // HOUR_MS
    balance = fund_balance(state, family)
    while family.peaks and family.peaks[0][0] <= hour - PEAK_HOURS:
        del family.peaks[0]
    if not family.peaks or family.peaks[-1][0] != hour:
        family.peaks.append((hour, balance))
    elif balance > family.peaks[-1][1]:
        family.peaks[-1] = (hour, balance)


def peak(state: State, family: Family) -> int:
    """The highest balance of the last eight hours."""
    first: int = state.time_ms // HOUR_MS - PEAK_HOURS
    known = [balance for hour, balance in family.peaks if hour > first]
    return max([fund_balance(state, family), *known])


def has_fallen(state: State, family: Family) -> bool:
    """Whether the fund is empty, or has lost three tenths of its peak: then winners are deleveraged instead."""
    balance = fund_balance(state, family)
    return balance <= 0 or balance * 100 <= peak(state, family) * FALL_PERCENT


def cover_loss(state: State, contract: Contract, position: Position) -> None:
    """Let the fund pay what an account owes after a loss that nothing of its own covers any more."""
    settle = contract.family.settle
    is_fund: bool = position.account == contract.family.account
    if is_fund:
        return
    owed: i64 = 0
    if is_pooled(state, position.account):
        owed = lacking(state, position.account, settle)
    elif state.ledger.get(position.settle_slot, ld.CASH) < 0:
        owed = -owned_equity(state, position.account, settle)
    if owed <= 0:
        return
    position.penalty += owed
    balance = state.ledger.post(position.settle_slot, owed, state.time_ms)
    change_fund(state, contract.family, COVER, position.account, -owed)
    tell(state, contract, position, COVERED, 0, contract.mark, 0, 0, 0, 0, balance)
