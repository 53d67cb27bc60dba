"""Codes sent to every bound contact at once, for what makes an account less safe (domain row 2.17).

Why all: whoever has one stolen mailbox or telephone must not be able to open the way out for money. Invariant: entries
are counted before they are compared, together with those of all other factors.
"""

from collections.abc import Mapping
from typing import Final

from lonja.modules.identity.people.contacts import Contact
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.sessions import LiveSession
from lonja.modules.identity.people.users import User
from lonja.primitives.errors import RefusedError

ONLY_LISTED: Final = "address_list"
NO_WAIT: Final = "address_wait"
VERIFY: Final = "address_verify"
ACTS: Final = {
    ONLY_LISTED: "let withdrawals go to any address",
    NO_WAIT: "use new withdrawal addresses at once",
    VERIFY: "vouch for a withdrawal address",
}
"""What a code is for, in words, by its purpose."""


class BothCodes:
    """Sends and checks them. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts) -> None:
        """Made by the address book."""
        self._parts = parts

    def send(self, live: LiveSession, act: str, now_ms: int) -> tuple[str, ...]:
        """Send a code for ``act`` to each contact; where to, masked. Raises ``RefusedError``."""
        parts = self._parts
        if act not in ACTS:
            raise RefusedError("act_unknown", "There are no codes for that.", f"Ask for {', '.join(ACTS)}.")
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            user, policy = parts.users.open(row), parts.rules.policy(row.residence, now_ms)
            made = [
                (contact, parts.codes.make(session, act, _subject(user, contact), policy, now_ms))
                for contact in _contacts(user)
            ]
        for contact, values in made:
            parts.messages.send(contact, f"{act}_code", {**values, "title": ACTS[act]}, user)
        return tuple(contact.masked() for contact, _ in made)

    def check(self, live: LiveSession, act: str, codes: Mapping[str, str], now_ms: int) -> None:
        """Use the codes up, by kind of contact (email, phone). Raises ``RefusedError`` unless all are right."""
        parts = self._parts
        parts.count_entry(live.user_id, now_ms)
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            user, policy = parts.users.open(row), parts.rules.policy(row.residence, now_ms)
            right = [
                parts.codes.check(
                    session, act, _subject(user, contact), codes.get(contact.kind, "").strip(), policy, now_ms
                )
                for contact in _contacts(user)
            ]
            if all(right):
                parts.factors.forgive(session, row.user_id)
        if not right or not all(right):
            raise RefusedError("code_wrong", "A code is wrong or over.", "Check all of them, or ask for others.")


def _contacts(user: User) -> list[Contact]:
    return [contact for contact in (user.email, user.phone) if contact is not None]


def _subject(user: User, contact: Contact) -> str:
    return f"{user.user_id} {contact.value}"
