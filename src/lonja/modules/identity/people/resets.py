"""Taking a lost factor off an account: every other factor is given, staff review it, then it waits and can be canceled.

Source: domain rows 1.15 and 2.04. Invariant: one factor at a time; every bound contact, the lost one too, hears of each
step and can cancel with one link; of canceling and completing at the same moment one wins; afterwards withdrawals are
held.
"""

from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lonja.modules.identity.people.events import SecurityChanged
from lonja.modules.identity.people.new_rows import add_new
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.protection_tables import ResetRow
from lonja.modules.identity.people.security_links import CANCEL_RESET, SecurityLinks, path_of
from lonja.modules.identity.people.sessions import LiveSession, end_sessions
from lonja.modules.identity.people.tables import SignInRow, UserRow
from lonja.modules.identity.people.tokens import digest_of, new_token
from lonja.modules.identity.people.users import User, UserState
from lonja.primitives.errors import RefusedError

FACTORS: Final = ("authenticator", "phone", "email")
_PURPOSE: Final = "reset"
_FIELD: Final = "reset_reason"
_FACTOR_OF: Final = {"sms": "phone", "voice": "phone", "email": "email", "authenticator": "authenticator"}
_REASON_LENGTH_MAX: Final = 1_000


class ResetState(StrEnum):
    """``proving``: other factors are asked for. ``cooling``: approved, and not done before its time."""

    PROVING = "proving"
    IN_REVIEW = "in_review"
    COOLING = "cooling"
    DONE = "done"
    REFUSED = "refused"
    CANCELED = "canceled"


OPEN: Final = (ResetState.IN_REVIEW, ResetState.COOLING)


class ResetStep(NamedTuple):
    """How far the proof is: the factors still asked for; none, once it is with staff."""

    token: str
    missing: tuple[str, ...]


class Reset(NamedTuple):
    """A reset as its person sees it; ``due_ms`` is when a cooling one is done."""

    reset_id: int
    factor: str
    state: ResetState
    begun_ms: int
    due_ms: int


class ResetDesk(Protocol):
    """Where resets are reviewed (blocking)."""

    def open(self, user_id: int, reset_id: int, factor: str, reason: str) -> int:
        """The number of the case about a reset; asked again it is the same case."""

    def withdraw(self, case_id: int) -> None:
        """Nobody needs to decide it any more; nothing happens when it was decided."""


class NoDesk:
    """For houses without a back office."""

    def open(self, user_id: int, reset_id: int, factor: str, reason: str) -> int:
        """Nobody would ever decide it."""
        del user_id, reset_id, factor, reason
        raise RefusedError("reset_unavailable", "Nobody can review this here.", "Ask whoever runs the house.")

    def withdraw(self, case_id: int) -> None:
        """There is none."""


class Resets:
    """Resets of all users. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts) -> None:
        """``desk`` is set by whoever joins people with a back office."""
        self._parts = parts
        self._links = SecurityLinks(parts.users.index)
        self.desk: ResetDesk = NoDesk()

    # -- Asking ------------------------------------------------------------------------------------------------------

    def begin(self, user_id: int, factor: str, reason: str, now_ms: int) -> ResetStep:
        """Say that a factor is lost, from a session. Raises ``RefusedError``."""
        text, token = _checked(reason), new_token()
        if factor not in FACTORS:
            raise RefusedError("factor_unknown", f"Only {', '.join(FACTORS)} can be reset.", "Choose one of these.")
        with self._parts.transaction() as session:
            missing = self._begin(session, user_id, factor, text, token, now_ms)
        return ResetStep(token, missing)

    def begin_signing_in(self, sign_in: str, factor: str, reason: str, now_ms: int) -> ResetStep:
        """The same from a sign-in whose password was right. Raises ``RefusedError``."""
        with self._parts.transaction() as session:
            row = session.get(SignInRow, digest_of(sign_in))
            if row is None or row.expires_ms <= now_ms:
                raise RefusedError("sign_in_over", "This sign-in is over.", "Begin again.")
            user_id = row.user_id
        return self.begin(user_id, factor, reason, now_ms)

    def send_code(self, token: str, method: str, now_ms: int) -> str:
        """Send a code for one of the other factors; where to, masked. Raises ``RefusedError``."""
        parts = self._parts
        with parts.transaction() as session:
            reset = self._proving(session, token, now_ms)
            row = parts.users.find(session, reset.user_id)
            if _FACTOR_OF.get(method) == reset.factor:
                raise RefusedError("method_unavailable", "This is the factor that was lost.", "Use another one.")
            user, policy = parts.users.open(row), parts.rules.policy(row.residence, now_ms)
            prepared = parts.factors.prepare(session, user, _PURPOSE, method, policy, now_ms)
        return parts.factors.deliver(user, _PURPOSE, method, prepared)

    def factor(self, token: str, method: str, answer: str, now_ms: int) -> ResetStep:
        """Give one of the other factors; after the last one staff are asked. Raises ``RefusedError``."""
        parts, wrong = self._parts, RefusedError("factor_wrong", "This code is wrong or over.", "Check it.")
        with parts.transaction() as session:
            reset = self._proving(session, token, now_ms)
            if method not in _FACTOR_OF or _FACTOR_OF[method] == reset.factor:
                raise wrong
            user_id = reset.user_id
        parts.count_entry(user_id, now_ms)
        with parts.transaction() as session:
            reset = self._proving(session, token, now_ms)
            row, reset_id = parts.users.find(session, reset.user_id), reset.reset_id
            policy = parts.rules.policy(row.residence, now_ms)
            is_right = parts.factors.check(session, row, _PURPOSE, method, answer, policy, now_ms)
            if is_right:
                passed = {name for name in reset.passed.split(",") if name} | {_FACTOR_OF[method]}
                reset.passed = ",".join(sorted(passed))
                missing = _missing(parts.users.open(row), reset)
                is_complete = not missing and self._move(
                    session, reset_id, (ResetState.PROVING,), state=ResetState.IN_REVIEW
                )
        if not is_right:
            raise wrong
        if is_complete:
            self.ask_staff()
            self._tell_all(reset_id, "factor_reset_asked", now_ms)
        return ResetStep("" if is_complete else token, missing)

    def ask_staff(self) -> None:
        """Open the cases that are missing, also those a crash left out."""
        parts = self._parts
        with parts.transaction() as session:
            at = (ResetRow.state == ResetState.IN_REVIEW) & ResetRow.case_id.is_(None)
            waiting = [
                (row.reset_id, row.user_id, row.factor, self._reason(session, row))
                for row in session.scalars(select(ResetRow).where(at))
            ]
        for reset_id, user_id, factor, reason in waiting:
            case_id = self.desk.open(user_id, reset_id, factor, reason)
            with parts.transaction() as session:
                self._move(session, reset_id, OPEN, case_id=case_id)

    # -- Deciding and doing ------------------------------------------------------------------------------------------

    def decided(self, reset_id: int, *, approved: bool, now_ms: int) -> None:
        """What staff decided; told twice, it is done once, and a canceled reset stays canceled."""
        parts = self._parts
        with parts.transaction() as session:
            reset = session.get(ResetRow, reset_id)
            if reset is None:
                return
            residence = parts.users.find(session, reset.user_id).residence
            due_ms = now_ms + parts.rules.policy(residence, now_ms).reset_cooling_ms
            values = {"state": ResetState.COOLING, "due_ms": due_ms}
            if not approved:
                values = {"state": ResetState.REFUSED, "open_key": None}
            is_new = self._move(session, reset_id, (ResetState.IN_REVIEW,), **values)
        if is_new:
            self._tell_all(reset_id, "factor_reset_approved" if approved else "factor_reset_refused", now_ms)

    def approve_at_once(self, user_id: int, factor: str, now_ms: int) -> None:
        """Two members of staff take a factor off by themselves; it cools like any other. Raises ``RefusedError``."""
        self.begin(user_id, factor, "staff", now_ms)
        with self._parts.transaction() as session:
            reset = session.scalars(select(ResetRow).where(ResetRow.open_key == _open_key(user_id))).one()
            # No case of its own: what the two decided is in the log already.
            reset_id = reset.reset_id
            self._move(session, reset_id, (ResetState.PROVING,), state=ResetState.IN_REVIEW, case_id=0)
        self.decided(reset_id, approved=True, now_ms=now_ms)

    def finish_due(self, now_ms: int) -> int:
        """Take off every factor whose time to cancel has passed; how many."""
        with self._parts.transaction() as session:
            at = (ResetRow.state == ResetState.COOLING) & (ResetRow.due_ms <= now_ms)
            due = session.scalars(select(ResetRow.reset_id).where(at)).all()
            over = (ResetRow.state == ResetState.PROVING) & (ResetRow.due_ms <= now_ms)
            session.execute(delete(ResetRow).where(over))
        return sum(self._finish(reset_id, now_ms) for reset_id in due)

    def cancel(self, live: LiveSession, now_ms: int) -> None:
        """Keep the factor after all, from a session. Raises ``RefusedError``."""
        with self._parts.transaction() as session:
            at = (ResetRow.open_key == _open_key(live.user_id)) & ResetRow.state.in_(OPEN)
            reset_id = session.scalar(select(ResetRow.reset_id).where(at))
        if reset_id is None:
            raise RefusedError("reset_not_found", "No factor is being reset.", "Nothing is to be done.")
        self._cancel(reset_id, now_ms)

    def cancel_by_link(self, token: str, now_ms: int) -> None:
        """Cancel by the link in a notice. Raises ``RefusedError``."""
        self._cancel(self._links.read(CANCEL_RESET, token, now_ms), now_ms)

    def last(self, user_id: int) -> Reset | None:
        """The last reset of a user that came as far as staff."""
        with self._parts.transaction() as session:
            at = (ResetRow.user_id == user_id) & (ResetRow.state != ResetState.PROVING)
            row = session.scalar(select(ResetRow).where(at).order_by(ResetRow.reset_id.desc()).limit(1))
            if row is None:
                return None
            return Reset(row.reset_id, row.factor, ResetState(row.state), row.begun_ms, row.due_ms)

    def find(self, reset_id: int) -> Reset:
        """A reset, for staff. Raises ``RefusedError``."""
        with self._parts.transaction() as session:
            row = session.get(ResetRow, reset_id)
            if row is None:
                raise RefusedError("reset_not_found", "There is no such reset.", "Nothing is to be done.")
            return Reset(row.reset_id, row.factor, ResetState(row.state), row.begun_ms, row.due_ms)

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _begin(
        self, session: Session, user_id: int, factor: str, reason: str, token: str, now_ms: int
    ) -> tuple[str, ...]:
        parts, row = self._parts, self._parts.users.find(session, user_id)
        user, policy = parts.users.open(row), parts.rules.policy(row.residence, now_ms)
        if user.state is not UserState.ACTIVE:
            raise RefusedError("state_changed", f"The account is {user.state}.", "Ask support.")
        if factor not in user.factors:
            raise RefusedError("factor_not_bound", "This factor is not bound.", "Bind it in your settings.")
        if factor != "authenticator" and not {"phone", "email"} - {factor} & set(user.factors):
            message = "Nothing would be left by which the account can be reached."
            raise RefusedError("last_contact", message, "Ask support.")
        at = (ResetRow.user_id == user_id) & (ResetRow.state == ResetState.PROVING)
        session.execute(delete(ResetRow).where(at))
        reset = ResetRow(
            user_id=user_id,
            open_key=_open_key(user_id),
            token_digest=digest_of(token),
            factor=factor,
            state=ResetState.PROVING,
            passed="",
            sealed_reason=parts.users.seal(row, _FIELD, reason),
            begun_ms=now_ms,
            due_ms=now_ms + policy.reset_proof_ms,
        )
        add_new(session, reset, _open_already())
        return _missing(user, reset)

    def _finish(self, reset_id: int, now_ms: int) -> bool:
        parts = self._parts
        with parts.transaction() as session:
            reset = session.get_one(ResetRow, reset_id)
            row = parts.users.find(session, reset.user_id)
            if row.state != UserState.ACTIVE:
                return False
            before = parts.users.open(row)
            if not self._move(session, reset_id, (ResetState.COOLING,), state=ResetState.DONE, open_key=None):
                return False
            parts.users.claim(session, row)
            _take_off(row, reset.factor)
            end_sessions(session, row.user_id, "factor_changed", now_ms)
            session.execute(delete(SignInRow).where(SignInRow.user_id == row.user_id))
            parts.facts.record(session, SecurityChanged(row.user_id, "factor_reset", now_ms))
            factor = reset.factor
        parts.facts.deliver()
        # Told to the contacts of before: the one that was taken off hears of it too.
        parts.tell(before, "factor_reset_done", {"factor": factor})
        return True

    def _cancel(self, reset_id: int, now_ms: int) -> None:
        with self._parts.transaction() as session:
            if not self._move(session, reset_id, OPEN, state=ResetState.CANCELED, open_key=None):
                raise RefusedError("reset_over", "This reset is over.", "Look at your sign-in factors.")
            case_id = session.get_one(ResetRow, reset_id, populate_existing=True).case_id
        if case_id:
            self.desk.withdraw(case_id)
        self._tell_all(reset_id, "factor_reset_canceled", now_ms)

    def _tell_all(self, reset_id: int, template: str, now_ms: int) -> None:
        parts = self._parts
        with parts.transaction() as session:
            reset = session.get_one(ResetRow, reset_id)
            row = parts.users.find(session, reset.user_id)
            user, values = parts.users.open(row), {"factor": reset.factor}
            policy = parts.rules.policy(row.residence, now_ms)
            if reset.state in OPEN:
                token = self._links.make(CANCEL_RESET, reset_id, now_ms + policy.reset_link_ms)
                values["cancel_this_link"] = path_of(CANCEL_RESET, token)
        parts.tell(user, template, values)

    def _proving(self, session: Session, token: str, now_ms: int) -> ResetRow:
        row = session.scalar(select(ResetRow).where(ResetRow.token_digest == digest_of(token)))
        if row is None or row.state != ResetState.PROVING or row.due_ms <= now_ms:
            raise RefusedError("reset_over", "This reset is over.", "Begin again.")
        return row

    def _reason(self, session: Session, row: ResetRow) -> str:
        owner = self._parts.users.find(session, row.user_id)
        return self._parts.users.open_field(owner, _FIELD, row.sealed_reason).decode()

    @staticmethod
    def _move(session: Session, reset_id: int, states: tuple[ResetState, ...], **values: object) -> bool:
        session.flush()
        at = (ResetRow.reset_id == reset_id) & ResetRow.state.in_(states)
        moved = session.execute(update(ResetRow).where(at).values(**values).returning(ResetRow.reset_id))
        return moved.scalar_one_or_none() is not None


def _missing(user: User, reset: ResetRow) -> tuple[str, ...]:
    passed = reset.passed.split(",")
    return tuple(factor for factor in user.factors if factor != reset.factor and factor not in passed)


def _take_off(row: UserRow, factor: str) -> None:
    if factor == "phone":
        row.phone_digest = row.sealed_phone = None
    elif factor == "email":
        row.email_digest = row.sealed_email = None
    else:
        row.sealed_authenticator = row.sealed_authenticator_draft = None


def _open_key(user_id: int) -> str:
    return f"user:{user_id}"


def _open_already() -> RefusedError:
    message = "A factor is being reset already."
    return RefusedError("reset_open", message, "Wait until it is done, or cancel it.")


def _checked(reason: str) -> str:
    text = " ".join(reason.split())
    if not 1 <= len(text) <= _REASON_LENGTH_MAX or not text.isprintable():
        raise RefusedError(
            "reason_form",
            f"Say what happened in 1 to {_REASON_LENGTH_MAX} characters.",
            "A sentence or two are enough.",
        )
    return text
