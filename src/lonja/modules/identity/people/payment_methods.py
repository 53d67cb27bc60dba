"""Ways to pay: bank accounts, cards and wallets of others, each in the verified name of its person.

Source: domain row 2.18. Invariant: nobody pays in somebody else's name; of a card only the last four digits are kept;
numbers are shown masked.
"""

import re
from typing import Final, Literal, NamedTuple, Protocol

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lonja.modules.identity.people.labels import check_label
from lonja.modules.identity.people.new_rows import add_new
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.protection_tables import PaymentMethodRow
from lonja.modules.identity.people.sessions import LiveSession
from lonja.modules.identity.people.tables import UserRow
from lonja.primitives.errors import RefusedError

_FIELD: Final = "payment_method"
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_NUMBERS: Final = {
    "bank_account": re.compile(r"[A-Z0-9]{4,34}"),
    "card": re.compile(r"[0-9]{12,19}"),
    "mobile_wallet": re.compile(r"\+?[A-Za-z0-9._@-]{4,64}"),
}
_CARD_SHOWN: Final = 4


class NewPaymentMethod(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way to pay; ``number`` is an IBAN or account number, a card number, or the name at a wallet."""

    kind: Literal["bank_account", "card", "mobile_wallet"]
    holder: str
    number: str
    provider: str

    def __repr__(self) -> str:
        """Nothing personal."""
        return "NewPaymentMethod(...)"


class PaymentMethod(NamedTuple):
    """A way to pay as its owner sees it, the number masked."""

    method_id: int
    kind: str
    holder: str
    number: str
    provider: str
    created_ms: int


class Holders(Protocol):
    """Knows under which names people are verified (blocking)."""

    def matches(self, user_id: int, holder: str) -> bool | None:
        """Whether ``holder`` is the verified name of a user; None while there is none."""


class NobodyVerified:
    """For houses that verify nobody."""

    def matches(self, user_id: int, holder: str) -> bool | None:
        """There is no verified name."""
        del user_id, holder
        return None


class PaymentMethods:
    """The ways to pay of all users. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts) -> None:
        """``holders`` is set by whoever joins people with verification."""
        self._parts = parts
        self.holders: Holders = NobodyVerified()

    def all(self, user_id: int) -> list[PaymentMethod]:
        """What is kept, oldest first."""
        with self._parts.transaction() as session:
            row = self._parts.users.find(session, user_id)
            at = PaymentMethodRow.user_id == user_id
            kept = session.scalars(select(PaymentMethodRow).where(at).order_by(PaymentMethodRow.method_id))
            return [self._open(row, one) for one in kept]

    def add(self, live: LiveSession, new: NewPaymentMethod, now_ms: int) -> PaymentMethod:
        """Keep a way to pay. Raises ``RefusedError``, also when it is in another name than the verified one."""
        checked, digest = self._checked(new)
        matches = self.holders.matches(live.user_id, checked.holder)
        if matches is None:
            raise RefusedError("verification_needed", "Your name is not verified yet.", "Verify who you are first.")
        if not matches:
            message = "The holder is not the name under which you are verified."
            raise RefusedError("holder_not_you", message, "Use an account or card of your own.")
        parts = self._parts
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            parts.users.claim(session, row)
            self._check_count(session, row, now_ms)
            kept = PaymentMethodRow(
                user_id=row.user_id,
                method_digest=digest,
                sealed_method=parts.users.seal(row, _FIELD, msgspec.json.encode(checked)),
                created_ms=now_ms,
            )
            add_new(
                session,
                kept,
                RefusedError("payment_method_kept", "This is kept already.", "Look at the list of your ways to pay."),
            )
            method, user = self._open(row, kept), parts.users.open(row)
        parts.tell(user, "payment_method_added", {"name": method.provider}, live)
        return method

    def remove(self, live: LiveSession, method_id: int) -> None:
        """Keep a way to pay no longer. Raises ``RefusedError``."""
        parts = self._parts
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            at = (PaymentMethodRow.method_id == method_id) & (PaymentMethodRow.user_id == live.user_id)
            kept = session.scalar(select(PaymentMethodRow).where(at))
            if kept is None:
                raise RefusedError(
                    "payment_method_not_found", "There is no such way to pay.", "Look at the list of your ways to pay."
                )
            method, user = self._open(row, kept), parts.users.open(row)
            session.execute(delete(PaymentMethodRow).where(at))
        parts.tell(user, "payment_method_removed", {"name": method.provider}, live)

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _checked(self, new: NewPaymentMethod) -> tuple[NewPaymentMethod, bytes]:
        number = re.sub(r"[ -]", "", new.number) if new.kind != "mobile_wallet" else new.number.strip()
        number = number.upper() if new.kind == "bank_account" else number
        if not _NUMBERS[new.kind].fullmatch(number) or not _adds_up(new.kind, number):
            raise RefusedError("payment_number_form", "This number is not right.", "Check every digit.")
        provider = check_label(new.provider)
        digest = self._parts.users.index.digest(_FIELD, f"{new.kind}\n{provider}\n{number}")
        kept = number[-_CARD_SHOWN:] if new.kind == "card" else number
        return NewPaymentMethod(new.kind, check_label(new.holder), kept, provider), digest

    def _check_count(self, session: Session, row: UserRow, now_ms: int) -> None:
        count_max = self._parts.rules.policy(row.residence, now_ms).payment_methods_max
        count = session.scalar(select(func.count()).where(PaymentMethodRow.user_id == row.user_id)) or 0
        if count >= count_max:
            raise RefusedError("payment_methods_too_many", f"At most {count_max} can be kept.", "Remove one first.")

    def _open(self, row: UserRow, kept: PaymentMethodRow) -> PaymentMethod:
        opened = self._parts.users.open_field(row, _FIELD, kept.sealed_method)
        method = msgspec.json.decode(opened, type=NewPaymentMethod)
        shown = f"**** {method.number[-_CARD_SHOWN:]}"
        return PaymentMethod(kept.method_id, method.kind, method.holder, shown, method.provider, kept.created_ms)


def _adds_up(kind: str, number: str) -> bool:
    if kind == "card":
        doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
        return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
    if kind == "bank_account" and _IBAN.fullmatch(number):
        turned = number[4:] + number[:4]
        return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1
    return True
