"""What somebody looks through in guided steps and keeps: connected accounts, ways to pay, passkeys, contacts.

Source: domain rows 2.15 and 2.16. Whoever keeps something names each of it, since a tick is given without looking.
Invariant: what was added later than it was looked through is not looked through.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lonja.modules.identity.people.contacts import ContactKind
from lonja.modules.identity.people.protection_changes import changed_ms, note_change
from lonja.modules.identity.people.protection_tables import PaymentMethodRow
from lonja.modules.identity.people.tables import ConnectedRow, PasskeyRow
from lonja.modules.identity.people.users import User
from lonja.primitives.errors import RefusedError

REVIEWED: Final = ("connected_accounts", "payment_methods", "passkeys", "contacts")
"""The steps that are done by naming what is kept."""


def keep_named(session: Session, user: User, step: str, named: Iterable[str], now_ms: int) -> None:
    """Keep all there is of ``step``, which ``named`` has to name. Raises ``RefusedError``."""
    if step not in REVIEWED:
        raise RefusedError("step_unknown", "Nothing is kept in this step.", f"Name one of {', '.join(REVIEWED)}.")
    if set(named) != _there(session, user, step).keys():
        message = "This is not all there is, or not there."
        raise RefusedError("not_all_named", message, "Remove what is not yours, then name everything that is left.")
    note_change(session, user.user_id, _kept(step), now_ms)


def reviews(session: Session, user: User, begun_ms: int) -> dict[str, bool]:
    """Which of these steps are done since ``begun_ms``; where nothing is kept, there is nothing to look through."""
    return {step: _is_reviewed(session, user, step, begun_ms) for step in REVIEWED}


def _is_reviewed(session: Session, user: User, step: str, begun_ms: int) -> bool:
    there, kept_ms = _there(session, user, step), changed_ms(session, user.user_id, _kept(step))
    return not there or (kept_ms >= begun_ms and kept_ms > max(there.values()))


def _there(session: Session, user: User, step: str) -> dict[str, int]:
    """What there is of ``step``, each with the time since when."""
    user_id = user.user_id
    if step == "contacts":
        bound = [kind for kind in ContactKind if user.contact(kind) is not None]
        return {kind: changed_ms(session, user_id, kind) for kind in bound}
    if step == "passkeys":
        keys = session.execute(
            select(PasskeyRow.credential_id, PasskeyRow.created_ms).where(PasskeyRow.user_id == user_id)
        )
        return {credential_id.hex(): created_ms for credential_id, created_ms in keys}
    if step == "payment_methods":
        methods = select(PaymentMethodRow.method_id, PaymentMethodRow.created_ms)
        return {str(one): ms for one, ms in session.execute(methods.where(PaymentMethodRow.user_id == user_id))}
    accounts = select(ConnectedRow.connected_id, ConnectedRow.created_ms)
    return {str(one): ms for one, ms in session.execute(accounts.where(ConnectedRow.user_id == user_id))}


def _kept(step: str) -> str:
    return f"kept {step}"
