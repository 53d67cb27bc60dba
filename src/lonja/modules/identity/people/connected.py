"""Accounts at other providers: to sign in with, which counts like a password; to sign up with; linked and unlinked.

Source: domain row 1.13. Invariant: what comes back from a provider counts once, in the browser that was sent there, and
for what it was sent; an e-mail address that a provider names never opens an account by itself; one way in always stays.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.connected_rows import (
    find_connected,
    label_of,
    link_connected,
    opened_label,
    ways_in,
)
from lonja.modules.identity.people.events import SecurityChanged
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.providers import NamedPerson, SignInProvider, Way
from lonja.modules.identity.people.sessions import LiveSession, end_sessions
from lonja.modules.identity.people.sign_in import SignIns, SignInStep
from lonja.modules.identity.people.sign_up import SignUps
from lonja.modules.identity.people.tables import ArrivalRow, ConnectedRow, ConnectingRow, UserRow
from lonja.modules.identity.people.tokens import digest_of, new_token
from lonja.primitives.errors import RefusedError

PAGES: Final = ("sign-in", "sign-up", "security")
"""The pages of ours to which a browser may come back; an address never comes from a request."""
CALLBACK: Final = "/api/account/connected/callback"
_CODE_LENGTH_MAX: Final = 2_048


def return_address(origin: str, provider: str) -> str:
    """Where browsers come back from a provider, letter by letter as the provider has to know it."""
    return f"{origin}{CALLBACK}/{provider}"


class Setting(NamedTuple):
    """A browser sent on its way: to ``address``, and what it shows again when it is back."""

    address: str
    browser: str


class Arrival(NamedTuple):
    """Somebody whom nobody here knows: may sign up with ``token``; ``label`` tells which account it is."""

    token: str
    label: str


class ConnectedAccount(NamedTuple):
    """An account at a provider as its owner sees it."""

    connected_id: int
    provider: str
    title: str
    label: str
    created_ms: int
    last_used_ms: int


class ArrivalForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How somebody signs up who came from a provider. ``contact`` "": the address that the provider verified."""

    arrival: str
    residence: str
    agreements: list[str]
    contact: str = ""
    invitation: str = ""


class Connected:
    """Connected accounts in the users' database. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts, sign_ins: SignIns, sign_ups: SignUps) -> None:
        """Made by ``People``; without providers until ``offer``."""
        self._parts = parts
        self._sign_ins = sign_ins
        self._sign_ups = sign_ups
        self._providers: dict[str, SignInProvider] = {}
        self._origin = "http://localhost"

    def offer(self, providers: Iterable[SignInProvider]) -> None:
        """From now on people may come by ``providers``."""
        self._providers = {provider.name: provider for provider in providers}

    def move_to(self, origin: str) -> None:
        """From now on browsers come back to ``origin``."""
        self._origin = origin

    def providers(self) -> list[tuple[str, str]]:
        """Name and title of each provider."""
        return [(provider.name, provider.title) for provider in self._providers.values()]

    # -- There and back ----------------------------------------------------------------------------------------------

    def begin(self, name: str, page: str, live: LiveSession | None, now_ms: int) -> Setting:
        """Send a browser to a provider: to sign in, or to link an account in the session ``live``.

        Raises ``RefusedError``.
        """
        provider = self._provider(name)
        if page not in PAGES:
            raise RefusedError("page_unknown", "There is no such page to come back to.", f"One of {', '.join(PAGES)}.")
        state, browser = new_token(), new_token()
        way = self._way(state, return_address(self._origin, name))
        address = provider.address(way)
        policy = self._parts.rules.policy("", now_ms)
        with self._parts.transaction() as session:
            session.add(
                ConnectingRow(
                    state_digest=digest_of(state),
                    browser_digest=digest_of(browser),
                    session_digest=b"" if live is None else live.token_digest,
                    provider=name,
                    page=page,
                    redirect=way.redirect,
                    expires_ms=now_ms + policy.connected_life_ms,
                )
            )
        return Setting(address, browser)

    def page_of(self, name: str, state: str, now_ms: int) -> str:
        """To which page a browser belongs that comes back from ``name``; "" when nobody was sent there.

        That the provider fits is checked before anybody sees the code: it is of use to the other one only.
        """
        with self._parts.transaction() as session:
            row = session.get(ConnectingRow, digest_of(state))
            return row.page if row is not None and row.expires_ms > now_ms and row.provider == name else ""

    def sign_in(self, state: str, code: str, browser: str, client: Client, now_ms: int) -> SignInStep | Arrival:
        """Begin to sign in as who came back, or to sign up when nobody knows them. Raises ``RefusedError``."""
        parts, policy = self._parts, self._parts.rules.policy("", now_ms)
        with parts.transaction() as session:
            limit = policy.failures(policy.address_failures_max)
            parts.lockouts.count(session, "address", client.address, now_ms, limit)
        person = self._came_back(state, code, browser, b"", now_ms)
        with parts.transaction() as session:
            parts.lockouts.take_back(session, "address", client.address)
            connected = find_connected(session, parts.users, person)
            if connected is None:
                return self._arrived(session, person, now_ms + policy.sign_up_life_ms)
            connected.last_used_ms = now_ms
            user_id = connected.user_id
        return self._sign_ins.begin_named(user_id, f"connected {person.provider}", client, now_ms)

    def link(self, live: LiveSession, state: str, code: str, browser: str, now_ms: int) -> ConnectedAccount:
        """Let the person of ``live`` sign in as who came back. Raises ``RefusedError``."""
        parts = self._parts
        person = self._came_back(state, code, browser, live.token_digest, now_ms)
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            parts.users.claim(session, row)
            connected = link_connected(session, parts.users, row, person, now_ms)
            parts.facts.record(session, SecurityChanged(live.user_id, "connected_account", now_ms))
            user, shown = parts.users.open(row), self._open(row, connected)
        parts.facts.deliver()
        parts.tell(user, "account_connected", {"provider": shown.title}, live)
        return shown

    # -- Signing up --------------------------------------------------------------------------------------------------

    def sign_up(self, form: ArrivalForm, now_ms: int) -> str:
        """Begin to sign up without a password; the token of the sign-up. Raises ``RefusedError``.

        A code goes to the contact all the same: a provider's word is not enough to take an address.
        """
        parts, subject = self._parts, _subject(form.arrival)
        with parts.transaction() as session:
            row = session.get(ArrivalRow, digest_of(form.arrival))
            if row is None or row.expires_ms <= now_ms:
                raise _over()
            sealed = parts.users.envelopes.open(row.sealed_key, subject, "person", row.sealed_identity)
        person = msgspec.json.decode(sealed, type=NamedPerson)
        contact = form.contact or person.email
        if not contact:
            message = "The provider named no address of yours."
            raise RefusedError("contact_missing", message, "Give an e-mail address or a phone number.")
        return self._sign_ups.begin_named(
            person, contact, form.residence, form.agreements, form.invitation, now_ms=now_ms
        )

    # -- Managing ----------------------------------------------------------------------------------------------------

    def all(self, user_id: int) -> list[ConnectedAccount]:
        """The connected accounts of a user, oldest first."""
        with self._parts.transaction() as session:
            row = self._parts.users.find(session, user_id)
            found = select(ConnectedRow).where(ConnectedRow.user_id == user_id).order_by(ConnectedRow.connected_id)
            return [self._open(row, connected) for connected in session.scalars(found)]

    def unlink(self, live: LiveSession, connected_id: int, now_ms: int) -> None:
        """Take a connected account off, unless it is the last way in; other sessions end. Raises ``RefusedError``."""
        parts = self._parts
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            # Of two removals at once the second must see what the first left.
            parts.users.claim(session, row)
            connected = session.get(ConnectedRow, connected_id)
            if connected is None or connected.user_id != live.user_id:
                raise RefusedError(
                    "connected_not_found",
                    "There is no such connected account.",
                    "Look at the list of your connected accounts.",
                )
            title = self._open(row, connected).title
            session.delete(connected)
            session.flush()
            if not ways_in(session, row, frozenset(self._providers)):
                message = "This is the last way into your account."
                raise RefusedError("last_way_in", message, "Set a password or add a passkey first.")
            end_sessions(session, live.user_id, "factor_changed", now_ms, spared=live.token_digest)
            parts.facts.record(session, SecurityChanged(live.user_id, "connected_account", now_ms))
            user = parts.users.open(row)
        parts.facts.deliver()
        parts.tell(user, "account_disconnected", {"provider": title}, live)

    def forget_expired(self, session: Session, now_ms: int) -> None:
        """Remove who never came back, or never signed up."""
        session.execute(delete(ConnectingRow).where(ConnectingRow.expires_ms <= now_ms))
        session.execute(delete(ArrivalRow).where(ArrivalRow.expires_ms <= now_ms))

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _provider(self, name: str) -> SignInProvider:
        provider = self._providers.get(name)
        if provider is None:
            raise RefusedError("provider_unknown", "Nobody can sign in by that provider.", "Choose another one.")
        return provider

    def _way(self, state: str, redirect: str) -> Way:
        # Derived instead of kept: who reads the database finds nothing to finish a sign-in with.
        index = self._parts.users.index
        nonce, verifier = (index.digest(f"connected_{name}", state).hex() for name in ("nonce", "verifier"))
        return Way(state, nonce, verifier, redirect)

    def _came_back(self, state: str, code: str, browser: str, session_digest: bytes, now_ms: int) -> NamedPerson:
        """Who came back, after the way was used up."""
        if not 0 < len(code) <= _CODE_LENGTH_MAX or not code.isascii() or not code.isprintable():
            raise _over()
        at = (
            (ConnectingRow.state_digest == digest_of(state))
            & (ConnectingRow.browser_digest == digest_of(browser))
            & (ConnectingRow.session_digest == session_digest)
            & (ConnectingRow.expires_ms > now_ms)
        )
        with self._parts.transaction() as session:
            used = session.execute(
                delete(ConnectingRow).where(at).returning(ConnectingRow.provider, ConnectingRow.redirect)
            ).one_or_none()
        if used is None:
            raise _over()
        return self._provider(used.provider).identify(code, self._way(state, used.redirect))

    def _arrived(self, session: Session, person: NamedPerson, expires_ms: int) -> Arrival:
        token, envelopes = new_token(), self._parts.users.envelopes
        subject = _subject(token)
        key = envelopes.new_key(subject)
        sealed = envelopes.seal(key, subject, "person", msgspec.json.encode(person))
        row = ArrivalRow(token_digest=digest_of(token), sealed_key=key, sealed_identity=sealed, expires_ms=expires_ms)
        session.add(row)
        return Arrival(token, label_of(person))

    def _open(self, row: UserRow, connected: ConnectedRow) -> ConnectedAccount:
        provider = self._providers.get(connected.provider)
        return ConnectedAccount(
            connected.connected_id,
            connected.provider,
            connected.provider if provider is None else provider.title,
            opened_label(self._parts.users, row, connected),
            connected.created_ms,
            connected.last_used_ms,
        )


def _subject(token: str) -> str:
    return f"arrival {digest_of(token).hex()}"


def _over() -> RefusedError:
    return RefusedError("connecting_over", "This took too long, or was begun in another browser.", "Begin again.")
