"""The dead man's switch: cancel an account's orders unless it speaks again in time.

Why here: timers fire when a later command brings a later time, never by a clock of their own.
Invariant: ``state.next_timer`` is the earliest armed trigger or slice of an algo order, 0 when there is none.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import orders as o
from lonja.core.collateral import pockets_of
from lonja.core.commands import CancelAllAfter, Command
from lonja.core.events import CancelAllAfterSet
from lonja.core.rejections import Rejection
from lonja.core.state import State

TIMEOUT_MIN_MS: Final = 10_000
TIMEOUT_MAX_MS: Final = 120_000
TAGS_MAX: Final = 20
CANCEL_ALL_AFTER: Final[i64] = 7


def cancel_all_after(state: State, command: Command) -> Rejection:
    """Apply a ``CancelAllAfter``."""
    assert isinstance(command, CancelAllAfter)
    account = command.account
    if not state.accounts.is_party(account):
        return Rejection.ACCOUNT_NOT_FOUND
    if command.timeout_ms != 0 and not TIMEOUT_MIN_MS <= command.timeout_ms <= TIMEOUT_MAX_MS:
        return Rejection.TIMEOUT_OUT_OF_RANGE
    first, second = tag_words(command.tag)
    key = (account, first, second)
    trigger = 0
    if command.timeout_ms == 0:
        state.timers.pop(key, 0)
    else:
        if key not in state.timers and sum(1 for other in state.timers if other[0] == account) >= TAGS_MAX:
            return Rejection.TIMER_TAGS_MAX
        trigger = int(state.time_ms) + command.timeout_ms
        state.timers[key] = trigger
    rearm(state)
    state.answer_id = trigger
    state.events.cold(CancelAllAfterSet(state.events.next_sequence(), state.time_ms, account, trigger, command.tag))
    return Rejection.NONE


def tag_words(tag: str) -> tuple[int, int]:
    """The two words of a packed tag."""
    data = tag.encode("ascii").ljust(16, b"\0")
    return int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")


def tag_text(key: tuple[int, int, int]) -> bytes:
    """The tag of a timer as packed text, which sorts as people read it."""
    return key[1].to_bytes(8, "little") + key[2].to_bytes(8, "little")


def rearm(state: State) -> None:
    """Find the earliest trigger anew."""
    earliest = state.algos.next_due_ms()
    for trigger in state.timers.values():
        if earliest == 0 or trigger < earliest:
            earliest = trigger
    state.next_timer = earliest


def fire_timers(state: State) -> None:
    """Cancel for every timer that is due, in order of time, account and tag."""
    now: int = state.time_ms
    due = sorted((trigger, key[0], tag_text(key), key) for key, trigger in state.timers.items() if trigger <= now)
    for _, _, _, key in due:
        del state.timers[key]
        # Orders of positions in pairs are orders of their owner, whenever their pocket was opened.
        for account in (key[0], *pockets_of(state, key[0])):
            _cancel_all(state, account, key[1], key[2])
    rearm(state)


def _cancel_all(state: State, account: i64, first: i64, second: i64) -> None:
    for slot in state.orders_of(account):
        words = state.orders.words
        tagged: bool = words[slot + o.TAG] == first and words[slot + o.TAG + 1] == second
        if tagged or (first == 0 and second == 0):
            state.end_resting(slot, CANCEL_ALL_AFTER)
