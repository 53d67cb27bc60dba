"""Where a person's withdrawals may go: listed addresses, a wait for new ones, and a list that can be made binding.

Source: domain rows 2.17 and 5.07. Invariant: a new address is usable only after its wait, also when it is removed and
saved again; an API key never reaches an address that is not listed; what loosens takes codes from every contact and
holds withdrawals for a day.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lonja.modules.identity.people.both_codes import NO_WAIT, ONLY_LISTED, VERIFY, BothCodes
from lonja.modules.identity.people.events import SecurityChanged
from lonja.modules.identity.people.labels import check_label
from lonja.modules.identity.people.new_rows import add_new
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.protection_tables import AddressRow, AddressRuleRow
from lonja.modules.identity.people.sessions import LiveSession
from lonja.modules.identity.people.tables import UserRow
from lonja.primitives.errors import RefusedError

_FIELD: Final = "withdrawal_address"
_CURRENCY: Final = re.compile(r"[A-Z0-9]{1,16}|")
_NETWORK: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,47}")
_ADDRESS: Final = re.compile(r"[\x21-\x7e]{8,256}")
_MEMO: Final = re.compile(r"[\x20-\x7e]{0,128}")
_RIGHT_FORMS: Final = {
    "currency": "up to 16 capital letters and digits, or nothing for all",
    "network": "1 to 48 letters, digits, spaces and ._()+-",
    "address": "8 to 256 characters of ASCII without spaces",
    "memo": "up to 128 characters of ASCII on one line",
}
_ANY_CASE: Final = re.compile(r"0[xX][0-9a-fA-F]{40}|(?:bc|tb|ltc)1[0-9a-z]+|(?:BC|TB|LTC)1[0-9A-Z]+")


class NewAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address to be listed; ``currency`` "" for every currency of the network, ``memo`` where one is needed."""

    network: str
    address: str
    label: str
    currency: str = ""
    memo: str = ""

    def __repr__(self) -> str:
        """Nothing personal."""
        return "NewAddress(...)"


class ListedAddress(NamedTuple):
    """A listed address as its owner sees it."""

    address_id: int
    entry: NewAddress
    created_ms: int
    usable_from_ms: int
    is_verified: bool


class AddressRules(NamedTuple):
    """``only_listed``: withdrawals go to listed addresses only. ``no_wait``: new ones can be used at once."""

    only_listed: bool = False
    no_wait: bool = False


class WithdrawalAnswer(NamedTuple):
    """Whether a withdrawal may go somewhere: the code and sentence of the refusal, and when a wait ends (0: none).

    ``is_verified``: its owner vouched for the address, so that it needs no more questions.
    """

    allowed: bool
    code: str = ""
    message: str = ""
    from_ms: int = 0
    is_verified: bool = False


class AddressBook:
    """The lists of all users. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts) -> None:
        """Made by ``People``."""
        self._parts = parts
        self.codes = BothCodes(parts)

    def all(self, user_id: int) -> list[ListedAddress]:
        """What is listed, oldest first."""
        with self._parts.transaction() as session:
            row = self._parts.users.find(session, user_id)
            at = (AddressRow.user_id == user_id) & AddressRow.removed_ms.is_(None)
            listed = session.scalars(select(AddressRow).where(at).order_by(AddressRow.address_id))
            return [self._open(row, one) for one in listed]

    def add(self, live: LiveSession, new: NewAddress, now_ms: int) -> ListedAddress:
        """List an address; it can be used after the wait. Raises ``RefusedError``."""
        parts, entry = self._parts, _checked(new)
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            policy, user = parts.rules.policy(row.residence, now_ms), parts.users.open(row)
            # One after another: the count below stays true.
            parts.users.claim(session, row)
            at = (AddressRow.user_id == row.user_id) & AddressRow.removed_ms.is_(None)
            if (session.scalar(select(func.count()).where(at)) or 0) >= policy.addresses_max:
                message = f"At most {policy.addresses_max} addresses can be listed."
                raise RefusedError("addresses_too_many", message, "Remove one first.")
            wait_ms = 0 if self._rules(session, row.user_id).no_wait else policy.new_address_ms
            listed = self._open(row, self._list(session, row, entry, now_ms, wait_ms))
        parts.tell(user, "address_added", {"name": entry.label, "network": entry.network}, live)
        return listed

    def remove(self, live: LiveSession, address_id: int, now_ms: int) -> None:
        """Take an address off the list. Raises ``RefusedError``."""
        parts = self._parts
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            listed = self._open(row, self._owned(session, live.user_id, address_id))
            user = parts.users.open(row)
            self._move(session, live.user_id, address_id, removed_ms=now_ms)
        parts.tell(user, "address_removed", {"name": listed.entry.label}, live)

    def verify(self, live: LiveSession, address_id: int, codes: Mapping[str, str], now_ms: int) -> ListedAddress:
        """Vouch for an address with codes from every contact. Raises ``RefusedError``."""
        parts = self._parts
        with parts.transaction() as session:
            self._owned(session, live.user_id, address_id)
        self.codes.check(live, VERIFY, codes, now_ms)
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            self._move(session, live.user_id, address_id, verified_ms=now_ms)
            listed, user = self._open(row, self._owned(session, live.user_id, address_id)), parts.users.open(row)
        parts.tell(user, "address_verified", {"name": listed.entry.label}, live)
        return listed

    def rules(self, user_id: int) -> AddressRules:
        """How the list is used."""
        with self._parts.transaction() as session:
            return self._rules(session, user_id)

    def set_rules(self, live: LiveSession, rules: AddressRules, codes: Mapping[str, str], now_ms: int) -> None:
        """Change how the list is used; what loosens needs codes from every contact. Raises ``RefusedError``."""
        parts, before = self._parts, self.rules(live.user_id)
        if rules == before:
            return
        loosened = [ONLY_LISTED] if before.only_listed and not rules.only_listed else []
        loosened += [NO_WAIT] if rules.no_wait and not before.no_wait else []
        if len(loosened) > 1:
            raise RefusedError(
                "one_at_a_time", "Loosen one of the two at a time.", "Send the second change after the first."
            )
        for act in loosened:
            self.codes.check(live, act, codes, now_ms)
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            user = parts.users.open(row)
            parts.users.claim(session, row)
            if self._rules(session, live.user_id) != before:
                raise RefusedError("changed_meanwhile", "Something else was changed at the same time.", "Look again.")
            session.merge(AddressRuleRow(user_id=live.user_id, changed_ms=now_ms, **rules._asdict()))
            if loosened:
                parts.facts.record(session, SecurityChanged(live.user_id, "allow_list", now_ms))
        parts.facts.deliver()
        parts.tell(user, "address_rules_loosened" if loosened else "address_rules_changed", {}, live)

    def may_withdraw_to(  # what custody asks
        self, user_id: int, currency: str, network: str, address: str, key: str | None, now_ms: int, memo: str = ""
    ) -> WithdrawalAnswer:
        """Whether a withdrawal may go to ``address``; ``key`` is the API key that asks, None for a session."""
        digests = [self._digest(NewAddress(network, address, "", listed_for, memo)) for listed_for in (currency, "")]
        with self._parts.transaction() as session:
            at = (AddressRow.user_id == user_id) & AddressRow.entry_digest.in_(digests)
            found = session.scalars(select(AddressRow).where(at)).all()
            only_listed = self._rules(session, user_id).only_listed
            verified = [row.verified_ms > 0 for row in found if row.removed_ms is None and row.usable_from_ms <= now_ms]
            # A removed entry still waits: taking it off the list is no way round.
            waits = [row.usable_from_ms for row in found if row.usable_from_ms > now_ms]
        if verified:
            return WithdrawalAnswer(allowed=True, is_verified=any(verified))
        if waits:
            message = "This address was saved a short while ago and cannot be used yet."
            return WithdrawalAnswer(allowed=False, code="address_waits", message=message, from_ms=min(waits))
        if key is not None:
            message = "API keys withdraw to listed addresses only."
            return WithdrawalAnswer(allowed=False, code="key_address_not_listed", message=message)
        if only_listed:
            message = "You let withdrawals go to listed addresses only."
            return WithdrawalAnswer(allowed=False, code="address_not_listed", message=message)
        return WithdrawalAnswer(allowed=True)

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _list(self, session: Session, row: UserRow, entry: NewAddress, now_ms: int, wait_ms: int) -> AddressRow:
        digest, sealed = self._digest(entry), self._parts.users.seal(row, _FIELD, msgspec.json.encode(entry))
        at = (AddressRow.user_id == row.user_id) & (AddressRow.entry_digest == digest)
        again = session.scalar(select(AddressRow).where(at, AddressRow.removed_ms.is_not(None)))
        listed = again or AddressRow(user_id=row.user_id, entry_digest=digest, usable_from_ms=0)
        listed.sealed_entry, listed.created_ms, listed.verified_ms, listed.removed_ms = sealed, now_ms, 0, None
        listed.usable_from_ms = max(listed.usable_from_ms, now_ms + wait_ms)
        add_new(
            session,
            listed,
            RefusedError("address_listed", "This address is listed already.", "Use it as it is, or remove it first."),
        )
        return listed

    def _digest(self, entry: NewAddress) -> bytes:
        shown = entry.address.lower() if _ANY_CASE.fullmatch(entry.address) else entry.address
        parts = (entry.currency, entry.network.lower(), shown, entry.memo)
        return self._parts.users.index.digest(_FIELD, "\n".join(parts))

    def _open(self, row: UserRow, listed: AddressRow) -> ListedAddress:
        entry = msgspec.json.decode(self._parts.users.open_field(row, _FIELD, listed.sealed_entry), type=NewAddress)
        is_verified = listed.verified_ms > 0
        return ListedAddress(listed.address_id, entry, listed.created_ms, listed.usable_from_ms, is_verified)

    @staticmethod
    def _owned(session: Session, user_id: int, address_id: int) -> AddressRow:
        row = session.get(AddressRow, address_id)
        if row is None or row.user_id != user_id or row.removed_ms is not None:
            raise RefusedError("address_not_found", "There is no such address.", "Look at your list of addresses.")
        return row

    @staticmethod
    def _move(session: Session, user_id: int, address_id: int, **values: int) -> None:
        at = (AddressRow.address_id == address_id) & (AddressRow.user_id == user_id) & AddressRow.removed_ms.is_(None)
        moved = session.execute(update(AddressRow).where(at).values(**values).returning(AddressRow.address_id))
        if moved.scalar_one_or_none() is None:
            raise RefusedError("address_not_found", "There is no such address.", "Look at your list of addresses.")

    @staticmethod
    def _rules(session: Session, user_id: int) -> AddressRules:
        row = session.get(AddressRuleRow, user_id)
        return AddressRules() if row is None else AddressRules(row.only_listed, row.no_wait)


def _checked(new: NewAddress) -> NewAddress:
    fits = {
        "currency": _CURRENCY.fullmatch(new.currency),
        "network": _NETWORK.fullmatch(new.network),
        "address": _ADDRESS.fullmatch(new.address),
        "memo": _MEMO.fullmatch(new.memo),
    }
    wrong = [name for name, found in fits.items() if found is None]
    if wrong:
        forms = "; ".join(f"{name}: {_RIGHT_FORMS[name]}" for name in wrong)
        raise RefusedError("address_form", f"Look at {', '.join(wrong)}: it has another form.", f"Write {forms}.")
    return msgspec.structs.replace(new, label=check_label(new.label))
