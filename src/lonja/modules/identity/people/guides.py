"""Guided steps after unusual activity or a trojan: which are done follows from facts, not from a tick.

Source: domain rows 2.15 and 2.16. Beginning closes the way out for money and trading, while the person can still mend
what is theirs; finishing opens it, and only once every step is done. Invariant: a guide goes on where it was, after any
crash and from any device; of one person one is open.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.events import FactorBound, PeopleEvent, SecurityChanged
from lonja.modules.identity.people.guide_reviews import keep_named, reviews
from lonja.modules.identity.people.new_rows import add_new
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.protection_changes import changed_ms, note_change
from lonja.modules.identity.people.protection_tables import AddressRow, GuideRow
from lonja.modules.identity.people.recovery import Recoveries
from lonja.modules.identity.people.security_links import NOT_ME, SecurityLinks
from lonja.modules.identity.people.sessions import LiveSession
from lonja.modules.identity.people.tables import BackupCodeRow, DeviceRow, UserRow
from lonja.primitives.errors import RefusedError

UNUSUAL, TROJAN = "unusual_activity", "trojan"
RESTRICT, LIFT = "restrict", "lift"
"""Nobody signs in to a frozen account, so what a guide does first is less; freezing is for who is unsure (row 2.15)."""
_STEPS: Final = ("password", "devices", "connected_accounts", "payment_methods", "api_keys", "addresses", "passkeys")
STEPS: Final = {
    UNUSUAL: (RESTRICT, *_STEPS, "contacts", "authenticator", LIFT),
    TROJAN: (RESTRICT, *_STEPS, "contacts", "authenticator", "backup_codes", LIFT),
}
"""The steps of each kind, in the order in which they are shown."""


class GuideStep(NamedTuple):
    """One step and whether the facts say that it is done."""

    name: str
    is_done: bool


class Guide(NamedTuple):
    """A guide as its person sees it."""

    guide_id: int
    kind: str
    begun_ms: int
    finished_ms: int | None
    steps: tuple[GuideStep, ...]


class Safety(Protocol):
    """What closes and opens while somebody follows a guide (blocking)."""

    def close(self, user_id: int, reference: str) -> None:
        """Close trading and the way out for money; a second time changes nothing."""

    def open(self, user_id: int, reference: str) -> None:
        """Open them again; a second time changes nothing."""

    def old_keys(self, account: int, before_ms: int) -> int:
        """How many API keys of an account were made before that time and still work."""

    def report(self, user_id: int, what: str) -> None:
        """Tell staff that a person says that something was not them."""


class NoSafety:
    """For houses without governance and keys."""

    def close(self, user_id: int, reference: str) -> None:
        """There is nothing to close."""

    def open(self, user_id: int, reference: str) -> None:
        """There is nothing to open."""

    def old_keys(self, account: int, before_ms: int) -> int:
        """There are none."""
        del account, before_ms
        return 0

    def report(self, user_id: int, what: str) -> None:
        """Nobody hears."""


class Guides:
    """The guides of all users. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts, recoveries: Recoveries) -> None:
        """``safety`` is set by whoever joins people with governance."""
        self._parts, self._recoveries = parts, recoveries
        self._links = SecurityLinks(parts.users.index)
        self.safety: Safety = NoSafety()
        parts.facts.subscribe(lambda _, event: self._note(event))

    def begin(self, user_id: int, kind: str, now_ms: int) -> bool:
        """Begin a guide, unless one is open; whether one began.

        One about something unusual becomes one about a trojan, from its beginning: what was done meanwhile was done under
        the trojan's eyes. Raises ``RefusedError`` for an unknown kind.
        """
        if kind not in STEPS:
            raise RefusedError("guide_unknown", f"There are guides for {' and '.join(STEPS)}.", "Choose one of them.")
        row = GuideRow(user_id=user_id, open_key=_open_key(user_id), kind=kind, begun_ms=now_ms)
        with self._parts.transaction() as session:
            self._parts.users.find(session, user_id)
            if self._open_row(session, user_id) is None:
                add_new(session, row, RefusedError("guide_open", "A guide was begun just now.", "Look at it."))
                return True
            return kind == TROJAN and self._harden(session, user_id, now_ms)

    def start(self, live: LiveSession, kind: str, now_ms: int) -> tuple[Guide, bool]:
        """Begin, or go on with the open one, and whether it began now; trading and the way out for money close.

        Raises ``RefusedError``.
        """
        is_new = self.begin(live.user_id, kind, now_ms)
        return self.view(live), is_new

    def keep(self, live: LiveSession, step: str, named: Sequence[str], now_ms: int) -> Guide:
        """Keep everything there is of a step that is looked through: ``named`` has to name it all.

        Raises ``RefusedError``.
        """
        parts = self._parts
        with parts.transaction() as session:
            if self._open_row(session, live.user_id) is None:
                raise _none_open()
            keep_named(session, parts.users.open(parts.users.find(session, live.user_id)), step, named, now_ms)
        return self.view(live)

    def view(self, live: LiveSession) -> Guide:
        """How far the open guide is. Raises ``RefusedError`` when none is open."""
        parts = self._parts
        with parts.transaction() as session:
            row = self._open_row(session, live.user_id)
            if row is None:
                raise _none_open()
            guide_id, kind, begun_ms = row.guide_id, row.kind, row.begun_ms
            account = parts.users.find(session, live.user_id).account
        # Each time, since a crash may have come between beginning and closing.
        self.safety.close(live.user_id, _reference(guide_id))
        keys = 0 if account is None else self.safety.old_keys(account, begun_ms)
        with parts.transaction() as session:
            done = self._done(session, live, begun_ms) | {RESTRICT: True, "api_keys": keys == 0, LIFT: False}
        return Guide(guide_id, kind, begun_ms, None, tuple(GuideStep(name, done[name]) for name in STEPS[kind]))

    def finish(self, live: LiveSession, now_ms: int) -> None:
        """Open everything again. Raises ``RefusedError`` naming the steps that are not done."""
        guide, parts = self.view(live), self._parts
        left = [step.name for step in guide.steps if not step.is_done and step.name != LIFT]
        if left:
            raise RefusedError("steps_left", f"Not done yet: {', '.join(left)}.", "Do these first.")
        self.safety.open(live.user_id, _reference(guide.guide_id))
        with parts.transaction() as session:
            at = (GuideRow.guide_id == guide.guide_id) & GuideRow.finished_ms.is_(None)
            session.execute(update(GuideRow).where(at).values(finished_ms=now_ms, open_key=None))
            user = parts.users.open(parts.users.find(session, live.user_id))
        parts.tell(user, "guide_finished", {}, live)

    def not_me(self, token: str, now_ms: int, by: Client | None = None) -> None:
        """By the link in a notice: freeze the account, tell staff, and guide the person when back.

        Raises ``RefusedError``.
        """
        user_id = self._links.read(NOT_ME, token, now_ms)
        self.begin(user_id, UNUSUAL, now_ms)
        self._recoveries.freeze(user_id, "not_me", now_ms, by)
        self.safety.report(user_id, "The person says by a link in a notice that they did not do what it tells.")

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _done(self, session: Session, live: LiveSession, begun_ms: int) -> dict[str, bool]:
        row = self._parts.users.find(session, live.user_id)
        old_device = (
            (DeviceRow.user_id == live.user_id)
            & (DeviceRow.device_id != live.device_id)
            & DeviceRow.removed_ms.is_(None)
            & (DeviceRow.authorized_ms < begun_ms)
        )
        unseen = (
            (AddressRow.user_id == live.user_id)
            & AddressRow.removed_ms.is_(None)
            & (AddressRow.created_ms < begun_ms)
            & (AddressRow.verified_ms < begun_ms)
        )
        return reviews(session, self._parts.users.open(row), begun_ms) | {
            "password": row.password_changed_ms >= begun_ms,
            "devices": session.scalar(select(DeviceRow.device_id).where(old_device).limit(1)) is None,
            "authenticator": changed_ms(session, row.user_id, "authenticator") >= begun_ms,
            "backup_codes": self._has_new_codes(session, row, begun_ms),
            "addresses": session.scalar(select(AddressRow.address_id).where(unseen).limit(1)) is None,
        }

    def _has_new_codes(self, session: Session, row: UserRow, begun_ms: int) -> bool:
        some = session.scalar(select(BackupCodeRow.number).where(BackupCodeRow.user_id == row.user_id).limit(1))
        return some is None or changed_ms(session, row.user_id, "backup_codes") >= begun_ms

    def _note(self, event: PeopleEvent) -> None:
        if isinstance(event, SecurityChanged | FactorBound):
            what = event.factor if isinstance(event, FactorBound) else event.what
            with self._parts.transaction() as session:
                note_change(session, event.user_id, what, event.time_ms)

    @staticmethod
    def _harden(session: Session, user_id: int, now_ms: int) -> bool:
        at = (GuideRow.open_key == _open_key(user_id)) & (GuideRow.kind == UNUSUAL)
        hardened = session.execute(
            update(GuideRow).where(at).values(kind=TROJAN, begun_ms=now_ms).returning(GuideRow.guide_id)
        )
        return hardened.scalar_one_or_none() is not None

    @staticmethod
    def _open_row(session: Session, user_id: int) -> GuideRow | None:
        return session.scalar(select(GuideRow).where(GuideRow.open_key == _open_key(user_id)))


def _none_open() -> RefusedError:
    return RefusedError("guide_not_found", "No guide is open.", "Begin one.")


def _open_key(user_id: int) -> str:
    return f"user:{user_id}"


def _reference(guide_id: int) -> str:
    return f"guide:{guide_id}"
