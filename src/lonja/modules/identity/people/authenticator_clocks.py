"""Codes of authenticators by the exchange's clock, and by the machine's where that runs differently.

Why two: a sandbox's clock may run faster than time passes, while the telephone in somebody's hand knows only the real
time. Invariant: whatever the clocks do, set back or forward, the code of a step is good once.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lonja.modules.identity.people import authenticator
from lonja.modules.identity.people.protection_tables import UsedStepRow
from lonja.modules.identity.people.tables import UserRow
from lonja.storage.rows import insert_into

_APART_MS: Final = 3 * authenticator.STEP_MS
"""Clocks nearer than this share their steps, so that the second one adds nothing but older codes."""


def code_fits(
    session: Session, row: UserRow, secret: str, code: str, now_ms: int, machine_clock: Callable[[], int] | None
) -> bool:
    """Whether ``code`` is one of now by either clock, used up when it is."""
    step = authenticator.matching_step(secret, code, now_ms)
    if step is not None and authenticator.use_step(session, row, step):
        return _is_first_use(session, row.user_id, step)
    if machine_clock is None:
        return False
    machine_ms = machine_clock()
    step = authenticator.matching_step(secret, code, machine_ms) if abs(machine_ms - now_ms) >= _APART_MS else None
    return step is not None and _is_first_use(session, row.user_id, step)


def bind(
    session: Session, row: UserRow, secret: str, code: str, now_ms: int, machine_clock: Callable[[], int] | None
) -> bool:
    """Whether ``code`` is one of now by either clock for a new ``secret``; it is used up, and all before is forgotten."""
    step = authenticator.matching_step(secret, code, now_ms)
    reached = step
    if step is None and machine_clock is not None:
        step, reached = authenticator.matching_step(secret, code, machine_clock()), 0
    if step is None:
        return False
    session.execute(delete(UsedStepRow).where(UsedStepRow.user_id == row.user_id))
    row.authenticator_step = reached or 0
    return _is_first_use(session, row.user_id, step)


def _is_first_use(session: Session, user_id: int, step: int) -> bool:
    noted = insert_into(session.get_bind(), UsedStepRow).values(user_id=user_id, step=step).on_conflict_do_nothing()
    return session.execute(noted.returning(UsedStepRow.step)).scalar_one_or_none() is not None
