"""The emergency contact: somebody who is told when a person was not heard of for long and does not answer.

Source: domain row 2.13. Invariant: the person is always asked first, more than once; any sign of life begins it all
anew; the contact learns that the person may need help and how to reach support, nothing of the account.
"""

from typing import Final

import msgspec
from sqlalchemy import select

from lonja.modules.identity.people.contacts import parse_email, parse_phone
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.policy import SignInPolicy
from lonja.modules.identity.people.sessions import LiveSession
from lonja.modules.identity.people.tables import EmergencyContactRow, UserRow
from lonja.modules.identity.people.users import User, UserState
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS

_MONTH_MS: Final = 30 * DAY_MS
_FIELD: Final = "emergency_contact"
_TEXT_LENGTH_MAX: Final = 80


class EmergencyContact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to tell, after how many months without a sign and how many days without an answer."""

    name: str
    relation: str
    phone: str
    email: str
    inactivity_months: int
    response_days: int
    tell_now: bool = False


class Emergencies:
    """Emergency contacts. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts) -> None:
        """Made by ``People``."""
        self._parts = parts

    def set(
        self, user_id: int, contact: EmergencyContact, now_ms: int, live: LiveSession | None = None
    ) -> EmergencyContact:
        """Keep ``contact``, in place of the one before; with ``tell_now`` it is told at once. Raises ``RefusedError``."""
        parts = self._parts
        with parts.transaction() as session:
            row = parts.users.find(session, user_id)
            checked = _checked(contact, parts.rules.policy(row.residence, now_ms))
            user = parts.users.open(row)
            sealed = parts.users.seal(row, _FIELD, msgspec.json.encode(checked))
            session.merge(
                EmergencyContactRow(
                    user_id=user_id,
                    sealed_contact=sealed,
                    inactivity_ms=checked.inactivity_months * _MONTH_MS,
                    response_ms=checked.response_days * DAY_MS,
                    changed_ms=now_ms,
                    asked_ms=0,
                    reminders=0,
                    told_ms=0,
                )
            )
        if checked.tell_now:
            parts.messages.send(
                parse_email(checked.email), "notice", {"title": "somebody named you as emergency contact"}
            )
        parts.tell(user, "notice", {"title": "your emergency contact was changed"}, live)
        return checked

    def find(self, user_id: int) -> EmergencyContact | None:
        """The contact of a user."""
        with self._parts.transaction() as session:
            kept = session.get(EmergencyContactRow, user_id)
            return None if kept is None else self._open(self._parts.users.find(session, user_id), kept)

    def remove(self, user_id: int, live: LiveSession | None = None) -> None:
        """Name nobody any more."""
        parts = self._parts
        with parts.transaction() as session:
            kept = session.get(EmergencyContactRow, user_id)
            if kept is None:
                return
            session.delete(kept)
            user = parts.users.open(parts.users.find(session, user_id))
        parts.tell(user, "notice", {"title": "your emergency contact was removed"}, live)

    def watch(self, now_ms: int) -> None:
        """Ask who was not heard of, remind, and tell the contact when no answer came. To be called now and then."""
        parts = self._parts
        with parts.transaction() as session:
            silent = UserRow.last_active_ms + EmergencyContactRow.inactivity_ms <= now_ms
            found = session.scalars(
                select(EmergencyContactRow.user_id)
                .join(UserRow, UserRow.user_id == EmergencyContactRow.user_id)
                .where(silent, UserRow.state == UserState.ACTIVE, EmergencyContactRow.told_ms == 0)
            ).all()
            back = (EmergencyContactRow.asked_ms > 0) & (UserRow.last_active_ms > EmergencyContactRow.asked_ms)
            returned = session.scalars(
                select(EmergencyContactRow).join(UserRow, UserRow.user_id == EmergencyContactRow.user_id).where(back)
            )
            for kept in returned:
                kept.asked_ms = kept.reminders = kept.told_ms = 0
        for user_id in found:
            self._look_after(user_id, now_ms)

    def _look_after(self, user_id: int, now_ms: int) -> None:
        parts = self._parts
        with parts.transaction() as session:
            kept, row = session.get_one(EmergencyContactRow, user_id), parts.users.find(session, user_id)
            user, contact = parts.users.open(row), self._open(row, kept)
            reminders_max = parts.rules.policy(row.residence, now_ms).reminder_count
            step = _next_step(kept, reminders_max, now_ms)
            if step == "tell":
                kept.told_ms = now_ms
            elif step == "ask":
                kept.asked_ms = kept.asked_ms or now_ms
                kept.reminders += 1
        if step == "ask":
            parts.messages.tell(user, "notice", {"title": "sign in, so that we need not tell your emergency contact"})
        elif step == "tell":
            self._tell_contact(contact, user)

    def _tell_contact(self, contact: EmergencyContact, user: User) -> None:
        del user  # the contact hears nothing of the account
        title = "somebody who named you as emergency contact was not heard of; our support can tell you what to do"
        for reached in (parse_email(contact.email), parse_phone(contact.phone)):
            self._parts.messages.send(reached, "notice", {"title": title})

    def _open(self, row: UserRow, kept: EmergencyContactRow) -> EmergencyContact:
        return msgspec.json.decode(
            self._parts.users.open_field(row, _FIELD, kept.sealed_contact), type=EmergencyContact
        )


def _next_step(kept: EmergencyContactRow, reminders_max: int, now_ms: int) -> str:
    if kept.asked_ms and now_ms >= kept.asked_ms + kept.response_ms:
        return "tell"
    # The reminders lie evenly in the time to answer, the first at its beginning.
    due_ms = kept.asked_ms + kept.reminders * kept.response_ms // reminders_max
    return "ask" if kept.reminders < reminders_max and (not kept.asked_ms or now_ms >= due_ms) else ""


def _checked(contact: EmergencyContact, policy: SignInPolicy) -> EmergencyContact:
    name, relation = contact.name.strip(), contact.relation.strip()
    if not all(1 <= len(text) <= _TEXT_LENGTH_MAX and text.isprintable() for text in (name, relation)):
        raise RefusedError(
            "name_form",
            f"Name and relation have 1 to {_TEXT_LENGTH_MAX} printable characters.",
            "Shorten them, or write them in characters that show.",
        )
    if contact.inactivity_months not in policy.inactivity_months or contact.response_days not in policy.response_days:
        months, days = (", ".join(map(str, choice)) for choice in (policy.inactivity_months, policy.response_days))
        raise RefusedError("period_form", f"Choose {months} months and {days} days.", "Choose among these.")
    return msgspec.structs.replace(
        contact,
        name=name,
        relation=relation,
        phone=parse_phone(contact.phone).value,
        email=parse_email(contact.email).value,
    )
