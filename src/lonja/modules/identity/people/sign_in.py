"""Signing in: password, then a second factor, then the device, then a session.

The order is part of the protection (domain row 1.03): what is wrong with an account is told only to who knows its
password, and a code only goes out after that. Invariant: for somebody and nobody the first answer is the same and takes
as long; attempts are counted before they are compared.
"""

import hmac
import secrets
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.contacts import Contact, parse_contact
from lonja.modules.identity.people.events import SecurityChanged, SignedIn, SignInRefused
from lonja.modules.identity.people.factors import Method
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.sessions import OpenedSession, open_session
from lonja.modules.identity.people.tables import DeviceRow, SignInRow, UserRow
from lonja.modules.identity.people.tokens import digest_of, new_token
from lonja.modules.identity.people.users import User, UserState
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import MINUTE_MS

_PURPOSE: Final = "sign_in"
FACTOR: Final = "factor"
DEVICE: Final = "device"
DONE: Final = "done"
Stage = Literal["factor", "device", "done"]
"""How far a sign-in is: a second factor comes next, or the device, or it is done."""
DeviceMethod = Literal["email_link", "phone_call", "authorized_device", "authenticator"]
"""How a new device may be let in."""
StepMethod: TypeAlias = Method | DeviceMethod
"""What may be tried next in a sign-in."""
_WRONG_SECRET: Final = ("credentials_wrong", "E-mail, phone number or password is wrong.", "Check them, or reset.")


@dataclass(frozen=True, slots=True)
class SignInStep:
    """How far a sign-in is: ``stage`` is factor, device or done, ``methods`` what may be tried next.

    ``device_token`` is for the browser to keep, also when the sign-in is never completed.
    """

    token: str
    stage: Stage
    methods: tuple[StepMethod, ...] = ()
    device_token: str = ""
    opened: OpenedSession | None = None


class SignIns:
    """Sign-ins under way, in the users' database. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts) -> None:
        """Made by ``People``."""
        self._transaction = parts.transaction
        self._count_entry = parts.count_entry
        self._users = parts.users
        self._rules = parts.rules
        self._hasher = parts.hasher
        self._lockouts = parts.lockouts
        self._factors = parts.factors
        self._devices = parts.devices
        self._messages = parts.messages
        self._facts = parts.facts

    # -- Password ----------------------------------------------------------------------------------------------------

    def begin(self, identifier: str, password: str, client: Client, now_ms: int) -> SignInStep:
        """Check the password. Raises ``RefusedError``."""
        contact, subject = _read_identifier(identifier)
        stored = self._count_attempt(contact, subject, client, now_ms)
        if not self._hasher.fits(password, stored):
            raise RefusedError(*_WRONG_SECRET)
        new_hash = self._hasher.hash(password) if self._hasher.needs_rehash(stored) else ""
        with self._transaction() as session:
            assert contact is not None, "a password that fits belongs to a contact"
            row = self._users.find_by_contact(session, contact)
            if row is None or row.password_hash != stored:
                raise RefusedError(*_WRONG_SECRET)
            _require_open(row)
            self._lockouts.clear(session, "password", subject)
            self._lockouts.take_back(session, "address", client.address)
            if new_hash:
                row.password_hash = new_hash
            return self._start(session, row, client, now_ms)

    def begin_named(self, user_id: int, passed: str, client: Client, now_ms: int) -> SignInStep:
        """Go on after somebody was named by ``passed``, which counts like a password. Raises ``RefusedError``."""
        with self._transaction() as session:
            row = self._users.find(session, user_id)
            _require_open(row)
            return self._start(session, row, client, now_ms, passed)

    def check_password(self, identifier: str, password: str, client: Client, now_ms: int) -> int:
        """Whose ``password`` it is, counted and timed like a sign-in, for who opens no session here.

        Raises ``RefusedError``.
        """
        contact, subject = _read_identifier(identifier)
        stored = self._count_attempt(contact, subject, client, now_ms)
        if not self._hasher.fits(password, stored):
            raise RefusedError(*_WRONG_SECRET)
        with self._transaction() as session:
            row = None if contact is None else self._users.find_by_contact(session, contact)
            if row is None or row.password_hash != stored:
                raise RefusedError(*_WRONG_SECRET)
            _require_open(row)
            self._lockouts.clear(session, "password", subject)
            self._lockouts.take_back(session, "address", client.address)
            return row.user_id

    def _count_attempt(self, contact: Contact | None, subject: str, client: Client, now_ms: int) -> str:
        policy = self._rules.policy("", now_ms)
        with self._transaction() as session:
            limits = {
                "password": (subject, policy.failures_max),
                "address": (client.address, policy.address_failures_max),
            }
            for kind, (counted, count_max) in limits.items():
                self._lockouts.count(session, kind, counted, now_ms, policy.failures(count_max))
            row = None if contact is None else self._users.find_by_contact(session, contact)
            return "" if row is None else row.password_hash

    def _start(
        self, session: Session, row: UserRow, client: Client, now_ms: int, passed: str = "password"
    ) -> SignInStep:
        policy = self._rules.policy(row.residence, now_ms)
        device, device_token = self._devices.known(session, row, client), client.device_token
        if device is None:
            device, device_token = self._devices.add(session, row, client, now_ms)
        token = new_token()
        session.add(
            SignInRow(
                token_digest=digest_of(token),
                user_id=row.user_id,
                device_id=device.device_id,
                stage=FACTOR,
                passed=passed,
                environment=client.environment,
                expires_ms=now_ms + policy.sign_in_life_ms,
            )
        )
        return SignInStep(token, FACTOR, self._factors.methods(session, self._users.open(row)), device_token)

    # -- Second factor -----------------------------------------------------------------------------------------------

    def send_code(self, token: str, method: str, now_ms: int) -> str:
        """Send a code by ``method`` (sms, voice, email); where to, masked. Raises ``RefusedError``."""
        with self._transaction() as session:
            _, row = self._find(session, token, FACTOR, now_ms)
            user, policy = self._users.open(row), self._rules.policy(row.residence, now_ms)
            prepared = self._factors.prepare(session, user, _PURPOSE, method, policy, now_ms)
        return self._factors.deliver(user, _PURPOSE, method, prepared)

    def factor(self, token: str, method: str, answer: str, client: Client, now_ms: int) -> SignInStep:
        """Check a second factor. Raises ``RefusedError``."""
        if not self._passes(token, FACTOR, method, answer, now_ms):
            raise RefusedError("factor_wrong", "This code is wrong or over.", "Check it, or use another method.")
        with self._transaction() as session:
            sign_in, row = self._find(session, token, FACTOR, now_ms)
            sign_in.passed += f",{method}"
            sign_in.stage = DEVICE
            if session.get_one(DeviceRow, sign_in.device_id).authorized_ms is not None:
                sign_in.approved = True
            step = self._advance(session, token, sign_in, row, client, now_ms)
        return self._told(step)

    def _passes(self, token: str, stage: str, method: str, answer: str, now_ms: int) -> bool:
        with self._transaction() as session:
            sign_in, _ = self._find(session, token, stage, now_ms)
            user_id = sign_in.user_id
        self._count_entry(user_id, now_ms)
        with self._transaction() as session:
            _, row = self._find(session, token, stage, now_ms)
            policy = self._rules.policy(row.residence, now_ms)
            return self._factors.check(session, row, _PURPOSE, method, answer, policy, now_ms)

    # -- Device ------------------------------------------------------------------------------------------------------

    def ask_device(self, token: str, method: str, now_ms: int) -> str:
        """Ask the person to let the device in: by ``email_link``, ``phone_call`` or ``authorized_device``.

        Returns whom it asks, masked, or for ``authorized_device`` the code to type there. Raises ``RefusedError``.
        """
        with self._transaction() as session:
            sign_in, row = self._find(session, token, DEVICE, now_ms)
            user, policy = self._users.open(row), self._rules.policy(row.residence, now_ms)
            if method not in self._device_methods(session, user, sign_in):
                raise _unavailable()
            if method == "phone_call":
                self._factors.count_call(session, user.user_id, policy, now_ms)
            approval = new_token()
            sign_in.approval_ends_ms = now_ms + policy.device_link_life_ms
            if method == "authorized_device":
                sign_in.shown_code = "".join(secrets.choice("0123456789") for _ in range(6))
                return sign_in.shown_code
            sign_in.approval_digest = digest_of(approval)
            device = self._devices.open(row, session.get_one(DeviceRow, sign_in.device_id))
        contact = user.email if method == "email_link" else user.phone
        assert contact is not None, "the method was offered"
        minutes = str(policy.device_link_life_ms // MINUTE_MS)
        values = {"approval": approval, "device": device.name, "place": device.place, "minutes": minutes}
        self._messages.send(contact, f"device_{method}", values, user, call=method == "phone_call")
        return contact.masked()

    def answer_device(self, approval: str, *, let_in: bool, now_ms: int) -> None:
        """What the person said by link or telephone. Raises ``RefusedError`` when the question is over."""
        over = RefusedError("approval_over", "This question is answered or over.", "Sign in again.")
        with self._transaction() as session:
            at = (SignInRow.approval_digest == digest_of(approval)) & (SignInRow.approval_ends_ms > now_ms)
            values = {"approval_digest": None, "approved": let_in}
            answered = session.execute(
                update(SignInRow).where(at).values(values).returning(SignInRow.user_id, SignInRow.device_id)
            ).one_or_none()
            if answered is None:
                raise over
            if not let_in:
                session.execute(delete(SignInRow).where(SignInRow.device_id == answered.device_id))
                self._facts.record(session, SignInRefused(answered.user_id, answered.device_id, now_ms))
        self._facts.deliver()

    def approve_from(self, user_id: int, code: str, now_ms: int) -> None:
        """Let in the device that shows ``code``, from a session on another device. Raises ``RefusedError``."""
        self._count_entry(user_id, now_ms)
        with self._transaction() as session:
            waiting = session.scalars(
                select(SignInRow).where(SignInRow.user_id == user_id, SignInRow.approval_ends_ms > now_ms)
            )
            shown = [one for one in waiting if one.shown_code and hmac.compare_digest(one.shown_code, code)]
            if not shown:
                raise RefusedError("code_wrong", "No device shows this code.", "Check it, and that it is your device.")
            shown[0].approved, shown[0].shown_code = True, ""
            self._factors.forgive(session, user_id)

    def confirm_device(self, token: str, code: str, client: Client, now_ms: int) -> SignInStep:
        """Let the device in by authenticator. Raises ``RefusedError``."""
        with self._transaction() as session:
            sign_in, row = self._find(session, token, DEVICE, now_ms)
            if "authenticator" not in self._device_methods(session, self._users.open(row), sign_in):
                raise _unavailable()
        if not self._passes(token, DEVICE, "authenticator", code, now_ms):
            raise RefusedError("factor_wrong", "This code is wrong or over.", "Check it, or use another method.")
        with self._transaction() as session:
            sign_in, row = self._find(session, token, DEVICE, now_ms)
            sign_in.approved = True
            step = self._advance(session, token, sign_in, row, client, now_ms)
        return self._told(step)

    def poll(self, token: str, client: Client, now_ms: int) -> SignInStep:
        """Where a sign-in stands; the session once the device was let in. Raises ``RefusedError``."""
        with self._transaction() as session:
            sign_in, row = self._find(session, token, "", now_ms)
            if sign_in.stage == FACTOR:
                return SignInStep(token, FACTOR, self._factors.methods(session, self._users.open(row)))
            step = self._advance(session, token, sign_in, row, client, now_ms)
        return self._told(step)

    def _device_methods(self, session: Session, user: User, sign_in: SignInRow) -> tuple[DeviceMethod, ...]:
        at = (DeviceRow.user_id == user.user_id) & DeviceRow.authorized_ms.is_not(None) & DeviceRow.removed_ms.is_(None)
        there: dict[DeviceMethod, bool] = {
            "email_link": user.email is not None,
            "phone_call": user.phone is not None,
            "authorized_device": session.scalar(select(DeviceRow.device_id).where(at).limit(1)) is not None,
            "authenticator": user.has_authenticator and "authenticator" not in sign_in.passed.split(","),
        }
        return tuple(method for method, possible in there.items() if possible)

    # -- Session -----------------------------------------------------------------------------------------------------

    def admit(self, user_id: int, passed: str, client: Client, now_ms: int) -> SignInStep:
        """Open a session for who has proved everything at once: the new user, or the holder of a passkey."""
        with self._transaction() as session:
            row = self._users.find(session, user_id)
            _require_open(row)
            step = self._start(session, row, client, now_ms)
            sign_in, _ = self._find(session, step.token, FACTOR, now_ms)
            sign_in.stage, sign_in.passed, sign_in.approved = DEVICE, passed, True
            done = self._advance(session, step.token, sign_in, row, client, now_ms)
        told = self._told(done)
        return SignInStep(told.token, told.stage, (), step.device_token, told.opened)

    def _advance(
        self, session: Session, token: str, sign_in: SignInRow, row: UserRow, client: Client, now_ms: int
    ) -> SignInStep:
        if not sign_in.approved:
            return SignInStep(token, DEVICE, self._device_methods(session, self._users.open(row), sign_in))
        if sign_in.environment != client.environment:
            raise RefusedError("environment_changed", "Finish the sign-in where you began it.", "Or begin again here.")
        _require_open(row)
        device = session.get_one(DeviceRow, sign_in.device_id)
        is_new = device.authorized_ms is None
        device.authorized_ms = device.authorized_ms or now_ms
        self._devices.see(row, device, client, now_ms)
        row.last_active_ms = now_ms
        passed = tuple(sign_in.passed.split(","))
        gone = session.execute(
            delete(SignInRow).where(SignInRow.token_digest == sign_in.token_digest).returning(SignInRow.user_id)
        )
        if gone.scalar_one_or_none() is None:
            raise RefusedError("sign_in_over", "This sign-in is over.", "Begin again.")
        opened = open_session(session, row.user_id, device.device_id, client.environment, now_ms)
        self._facts.record(session, SignedIn(row.user_id, device.device_id, is_new, passed, now_ms))
        if "backup_code" in passed:
            self._facts.record(session, SecurityChanged(row.user_id, "backup_code", now_ms))
        return SignInStep("", DONE, (), "", opened)

    def _told(self, step: SignInStep) -> SignInStep:
        if step.stage == DONE:
            self._facts.deliver()
        return step

    def _find(self, session: Session, token: str, stage: str, now_ms: int) -> tuple[SignInRow, UserRow]:
        sign_in = session.get(SignInRow, digest_of(token))
        if sign_in is None or sign_in.expires_ms <= now_ms or (stage and sign_in.stage != stage):
            raise RefusedError("sign_in_over", "This sign-in is over.", "Begin again.")
        return sign_in, self._users.find(session, sign_in.user_id)


def _read_identifier(identifier: str) -> tuple[Contact | None, str]:
    """The contact meant, and what attempts are counted by. No answer tells that a text is no contact at all."""
    try:
        contact = parse_contact(identifier)
    except RefusedError:
        return None, identifier.strip().lower()[:254]
    return contact, contact.value


def _require_open(row: UserRow) -> None:
    if row.state == UserState.FROZEN:
        raise RefusedError(
            "account_frozen", "This account is frozen.", "Recover it with phone, e-mail and authenticator."
        )


def _unavailable() -> RefusedError:
    return RefusedError("method_unavailable", "The device cannot be let in that way.", "Choose another way.")
