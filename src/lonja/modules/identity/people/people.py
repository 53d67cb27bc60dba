"""People: the door to sign-up, sign-in, sessions and devices.

Blocking throughout; asynchronous callers use a thread. Invariant: whoever listens hears of a fact after it was kept.
"""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import delete, select, update

from lonja.modules.identity.people.addresses import AddressBook
from lonja.modules.identity.people.checklist import Checklist, checklist_of
from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.closing import Closing
from lonja.modules.identity.people.connected import Connected
from lonja.modules.identity.people.contacts import parse_contact
from lonja.modules.identity.people.database import open_database
from lonja.modules.identity.people.devices import Device
from lonja.modules.identity.people.emergency import Emergencies
from lonja.modules.identity.people.events import SecurityChanged
from lonja.modules.identity.people.factors import Method
from lonja.modules.identity.people.facts import Listener
from lonja.modules.identity.people.guides import Guides
from lonja.modules.identity.people.moving import Moving
from lonja.modules.identity.people.parts import build_parts
from lonja.modules.identity.people.passkeys import Passkeys
from lonja.modules.identity.people.passwords import BreachList, HashCost
from lonja.modules.identity.people.payment_methods import PaymentMethods
from lonja.modules.identity.people.policy import SignInPolicy
from lonja.modules.identity.people.ports import Agreement, Atlas, Messenger, ServingRules
from lonja.modules.identity.people.recovery import Recoveries
from lonja.modules.identity.people.recovery_export import RecoveryExports
from lonja.modules.identity.people.resets import Resets
from lonja.modules.identity.people.residence_answers import ResidenceAnswers
from lonja.modules.identity.people.security_links import SecurityLinks
from lonja.modules.identity.people.self_service import SelfService
from lonja.modules.identity.people.sessions import (
    LiveSession,
    SessionFact,
    check_csrf,
    end_session,
    end_sessions,
    find_session,
    is_session_live,
    require_step_up,
    sessions_of,
    step_up,
)
from lonja.modules.identity.people.sign_in import SignIns
from lonja.modules.identity.people.sign_up import SignUps
from lonja.modules.identity.people.tables import ChallengeRow, RecoveryRow, SignInRow, SignUpRow, UserRow
from lonja.modules.identity.people.trusted_providers import TrustedProviders
from lonja.modules.identity.people.users import User, UserState
from lonja.modules.identity.people.webauthn_checks import RelyingParty
from lonja.primitives.errors import RefusedError
from lonja.storage.ports import SecretBox

_STEP_UP = "step_up"


class People:
    """All users of a house."""

    def __init__(
        self,
        url: str,
        box: SecretBox,
        rules: ServingRules,
        messenger: Messenger,
        atlas: Atlas,
        cost: HashCost | None = None,
        breaches: Sequence[BreachList] = (),
        issuer: str = "lonja",
    ) -> None:
        """Open the database at ``url``; ``issuer`` is the house's name in authenticator apps. Raises ``DataError``."""
        self.parts = build_parts(open_database(url), box, rules, messenger, atlas, cost, breaches)
        self.sign_ups = SignUps(self.parts)
        self.sign_ins = SignIns(self.parts)
        self.connected = Connected(self.parts, self.sign_ins, self.sign_ups)
        self.trusted_providers = TrustedProviders(self.parts, box)
        self.self_service = SelfService(self.parts, issuer)
        self.recoveries = Recoveries(self.parts)
        self.closing = Closing(self.parts)
        self.emergencies = Emergencies(self.parts)
        self.moving = Moving(self.parts)
        self.addresses = AddressBook(self.parts)
        self.resets = Resets(self.parts)
        self.residence_answers = ResidenceAnswers(self.parts)
        self.payment_methods = PaymentMethods(self.parts)
        self.recovery_exports = RecoveryExports(self.parts, issuer)
        self.guides = Guides(self.parts, self.recoveries)
        self.passkeys = Passkeys(self.parts, RelyingParty(issuer, "localhost", ("http://localhost",)))

    def close(self) -> None:
        """Give the database back."""
        self.parts.database.dispose()

    def subscribe(self, listener: Listener) -> None:
        """Tell ``listener`` every fact, beginning with those that a crash left untold (see ``tell_rest``)."""
        self.parts.facts.subscribe(listener)

    def tell_rest(self) -> None:
        """Tell what was not told yet: at start, once everybody listens, and now and then."""
        self.parts.facts.deliver()

    def use_clocks(self, clock: Callable[[], int], machine_clock: Callable[[], int] | None = None) -> None:
        """From now on notices carry links that are good for a while; authenticators may go by ``machine_clock`` too."""
        links = SecurityLinks(self.parts.users.index)

        def links_of(user_id: int) -> Mapping[str, str]:
            now_ms = clock()
            return links.in_mail(user_id, now_ms + self.policy("", now_ms).security_link_ms)

        self.parts.messages.links = links_of
        self.parts.factors.machine_clock = machine_clock

    # -- Rules -------------------------------------------------------------------------------------------------------

    def policy(self, residence: str, now_ms: int) -> SignInPolicy:
        """The numbers for a resident of ``residence``."""
        return self.parts.rules.policy(residence, now_ms)

    def agreements(self, residence: str, now_ms: int) -> tuple[Agreement, ...]:
        """What a resident of ``residence`` has to agree to at sign-up."""
        return self.parts.rules.agreements(residence, now_ms)

    # -- Users -------------------------------------------------------------------------------------------------------

    def user(self, user_id: int) -> User:
        """A user. Raises ``RefusedError``."""
        with self.parts.transaction() as session:
            return self.parts.users.open(self.parts.users.find(session, user_id))

    def user_of_contact(self, identifier: str) -> User | None:
        """The user to whom an e-mail address or phone number is bound. Raises ``RefusedError`` when it is neither."""
        contact = parse_contact(identifier)
        with self.parts.transaction() as session:
            row = self.parts.users.find_by_contact(session, contact)
            return None if row is None else self.parts.users.open(row)

    def closed_until(self, at_ms: int) -> list[int]:
        """Everybody whose account was closed by ``at_ms``, by number."""
        with self.parts.transaction() as session:
            at = (UserRow.state == UserState.CLOSED) & (UserRow.state_changed_ms <= at_ms)
            return list(session.scalars(select(UserRow.user_id).where(at).order_by(UserRow.user_id)))

    def tell(self, user_id: int, template: str, values: Mapping[str, str]) -> None:
        """Send a notice to every contact of a user. Raises ``RefusedError``."""
        self.parts.messages.tell(self.user(user_id), template, values)

    def end_sessions(self, user_id: int, reason: str, now_ms: int) -> int:
        """End every session of a user for one of the reasons that people are told; how many."""
        with self.parts.transaction() as session:
            return end_sessions(session, self.parts.users.find(session, user_id).user_id, reason, now_ms)

    def sessions(self, user_id: int, limit: int = 50) -> list[SessionFact]:
        """The newest sessions of a user, also those that ended."""
        with self.parts.transaction() as session:
            return sessions_of(session, self.parts.users.find(session, user_id).user_id, limit)

    def user_of_account(self, account: int) -> User | None:
        """The user whose trading account ``account`` is."""
        with self.parts.transaction() as session:
            row = session.scalar(select(UserRow).where(UserRow.account == account))
            return None if row is None else self.parts.users.open(row)

    def attach_account(self, user_id: int, account: int) -> int:
        """Give a user without one the trading account ``account``; the account the user has now."""
        with self.parts.transaction() as session:
            at = (UserRow.user_id == user_id) & UserRow.account.is_(None)
            session.execute(update(UserRow).where(at).values(account=account))
            attached = session.get_one(UserRow, user_id, populate_existing=True).account
            assert attached is not None, "one was just given"
            return attached

    # -- Sessions ----------------------------------------------------------------------------------------------------

    def session(self, token: str, client: Client, now_ms: int) -> LiveSession:
        """The session of ``token``. Raises ``RefusedError``."""
        parts, refused = self.parts, None
        with parts.transaction() as session:
            try:
                return find_session(session, token, client, parts.rules.policy("", now_ms), now_ms)
            except RefusedError as error:
                # What ended the session is kept, so it is raised only after the transaction.
                refused = error
        raise refused

    def is_session_live(self, live: LiveSession, now_ms: int) -> bool:
        """Whether a session found before is good still. Raises ``DataError``."""
        with self.parts.transaction() as session:
            return is_session_live(session, live.token_digest, self.parts.rules.policy("", now_ms), now_ms)

    def check_csrf(self, live: LiveSession, csrf_token: str) -> None:
        """Raise ``RefusedError`` when a page does not prove that it may act for the session."""
        with self.parts.transaction() as session:
            check_csrf(session, live, csrf_token)

    def sign_out(self, live: LiveSession, now_ms: int) -> None:
        """End a session."""
        with self.parts.transaction() as session:
            end_session(session, live, now_ms)

    def step_up_methods(self, user_id: int) -> tuple[Method, ...]:
        """The factors other than passkeys by which a user can confirm an act. Raises ``RefusedError``."""
        parts = self.parts
        with parts.transaction() as session:
            return parts.factors.methods(session, parts.users.open(parts.users.find(session, user_id)))

    def send_step_up_code(self, live: LiveSession, method: str, now_ms: int) -> str:
        """Send a code for a step-up; where to, masked. Raises ``RefusedError``."""
        parts = self.parts
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            user, policy = parts.users.open(row), parts.rules.policy(row.residence, now_ms)
            prepared = parts.factors.prepare(session, user, _STEP_UP, method, policy, now_ms)
        return parts.factors.deliver(user, _STEP_UP, method, prepared)

    def step_up(self, live: LiveSession, method: str, answer: str, now_ms: int) -> None:
        """Note that the holder of a session gave a second factor. Raises ``RefusedError``."""
        parts = self.parts
        parts.count_entry(live.user_id, now_ms)
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            policy = parts.rules.policy(row.residence, now_ms)
            is_right = parts.factors.check(session, row, _STEP_UP, method, answer, policy, now_ms)
            if is_right:
                step_up(session, live, now_ms)
                if method == "backup_code":
                    parts.facts.record(session, SecurityChanged(row.user_id, "backup_code", now_ms))
        parts.facts.deliver()
        if not is_right:
            raise RefusedError("factor_wrong", "This code is wrong or over.", "Check it, or use another method.")

    def require_step_up(self, live: LiveSession, now_ms: int) -> None:
        """Raise ``RefusedError`` unless a second factor was given a moment ago."""
        require_step_up(live, self.parts.rules.policy("", now_ms), now_ms)

    # -- Protection --------------------------------------------------------------------------------------------------

    def checklist(self, user_id: int, now_ms: int) -> Checklist:
        """What protects a user and what is missing. Raises ``RefusedError``."""
        return checklist_of(self.parts, user_id, now_ms)

    # -- Devices -----------------------------------------------------------------------------------------------------

    def country_of(self, address: str) -> str:
        """The two letters of the country in which a network address seems to be, "" when that is unknown (blocking)."""
        return self.parts.devices.place(address).country

    def devices(self, user_id: int) -> list[Device]:
        """The devices that were let in, last seen first."""
        with self.parts.transaction() as session:
            return self.parts.devices.all(session, self.parts.users.find(session, user_id))

    def remove_device(self, user_id: int, device_id: int, now_ms: int, live: LiveSession | None = None) -> Device:
        """Throw a device out; its sessions end, and its owner is told. Raises ``RefusedError``."""
        parts = self.parts
        with parts.transaction() as session:
            row = parts.users.find(session, user_id)
            removed, user = parts.devices.remove(session, row, device_id, now_ms), parts.users.open(row)
        parts.tell(user, "device_removed", {"name": removed.name}, live)
        return removed

    def keep_house(self, now_ms: int) -> None:
        """What is due by time: facts still untold, accounts to close, people not heard of, rows that are over."""
        self.tell_rest()
        self.closing.finish_due(now_ms)
        self.resets.ask_staff()
        self.resets.finish_due(now_ms)
        self.emergencies.watch(now_ms)
        self.forget_expired(now_ms)

    # -- Housekeeping ------------------------------------------------------------------------------------------------

    def forget_expired(self, now_ms: int) -> None:
        """Remove what is over: codes, counts, sign-ups and sign-ins never completed."""
        with self.parts.transaction() as session:
            self.parts.codes.forget_expired(session, now_ms)
            self.parts.lockouts.forget_expired(session, now_ms - self.policy("", now_ms).lock_growth_ms)
            session.execute(delete(SignUpRow).where(SignUpRow.expires_ms <= now_ms))
            session.execute(delete(SignInRow).where(SignInRow.expires_ms <= now_ms))
            session.execute(delete(ChallengeRow).where(ChallengeRow.expires_ms <= now_ms))
            self.connected.forget_expired(session, now_ms)
            session.execute(delete(RecoveryRow).where(RecoveryRow.expires_ms <= now_ms))
