"""Customers over HTTP: found by what they give, shown masked, unmasked with a reason, and helped.

Invariant: whatever is shown of a person was written to the audit log before it was read.
"""

from typing import Literal

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from lonja.edge.account.answers import DeviceAnswer, device_answer
from lonja.edge.staff.caller import By, Confirmed, House
from lonja.edge.staff.numbers import number_in
from lonja.edge.staff.services import StaffServices
from lonja.modules.identity.api import User, UserState, account_of, uid
from lonja.primitives.errors import RefusedError


class SearchForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the person gave: the whole e-mail address or phone number, or the user id of the trading API."""

    text: str


class RevealForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What has to be seen in full, and why."""

    fields: list[Literal["email", "phone"]]
    reason: str


class ReasonForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why."""

    reason: str


class PersonAnswer(msgspec.Struct, frozen=True):
    """A person; contacts are masked."""

    user_id: int
    uid: str
    state: UserState
    residence: str
    kyc_level: int
    email: str
    phone: str
    factors: tuple[str, ...]
    created_ms: int
    last_active_ms: int
    password_changed_ms: int


class SessionAnswer(msgspec.Struct, frozen=True):
    """A session on a device of the list; ``ended_ms`` None: it was not ended, though it may have become too old."""

    device_id: int
    created_ms: int
    last_seen_ms: int
    ended_ms: int | None
    end_reason: str


class EndedAnswer(msgspec.Struct, frozen=True):
    """How many sessions ended."""

    ended: int


@post("/search", sync_to_thread=True, status_code=200, summary="Find a person")
def search(services: House, by: By, data: JSONBody[SearchForm]) -> PersonAnswer:
    """The person whose contact or user id this is, in full: there is no looking around."""
    found = _found(services, data.text.strip())
    services.back_office.record(by, "customer.read", None if found is None else found.user_id, {"search": "yes"})
    if found is None:
        raise RefusedError("user_not_found", "There is no such person.", "Ask for the whole address or number.")
    return _person(services, found)


@get("/{user:str}", sync_to_thread=True, summary="A person")
def read(services: House, by: By, user: FromPath[str]) -> PersonAnswer:
    """A person, with contacts masked."""
    user_id = person_in(user)
    services.back_office.record(by, "customer.read", user_id)
    return _person(services, services.people.user(user_id))


@post("/{user:str}/reveal", sync_to_thread=True, status_code=200, summary="See contacts in full")
def reveal(services: House, confirmed: Confirmed, user: FromPath[str], data: JSONBody[RevealForm]) -> dict[str, str]:
    """Contacts in full, for a reason that is kept. Needs the passkey given just now."""
    user_id = person_in(user)
    wanted = sorted(set(data.fields))
    services.back_office.record(confirmed, "customer.reveal", user_id, {"fields": ",".join(wanted)}, reason=data.reason)
    found = services.people.user(user_id)
    contacts = {"email": found.email, "phone": found.phone}
    return {name: contact.value for name in wanted if (contact := contacts[name]) is not None}


@get("/{user:str}/devices", sync_to_thread=True, summary="Devices of a person")
def devices(services: House, by: By, user: FromPath[str]) -> list[DeviceAnswer]:
    """The devices that were let in, last seen first."""
    user_id = person_in(user)
    services.back_office.record(by, "sessions.read", user_id)
    return [device_answer(device, -1) for device in services.people.devices(user_id)]


@get("/{user:str}/sessions", sync_to_thread=True, summary="Sessions of a person")
def sessions(services: House, by: By, user: FromPath[str]) -> list[SessionAnswer]:
    """The newest sessions, with what ended them."""
    user_id = person_in(user)
    services.back_office.record(by, "sessions.read", user_id)
    return [SessionAnswer(*found) for found in services.people.sessions(user_id)]


@post("/{user:str}/sessions/end", sync_to_thread=True, status_code=200, summary="End all sessions of a person")
def end_sessions(services: House, confirmed: Confirmed, user: FromPath[str], data: JSONBody[ReasonForm]) -> EndedAnswer:
    """Throw everybody out who is signed in as this person. Needs the passkey given just now."""
    user_id = person_in(user)
    services.back_office.record(confirmed, "sessions.end", user_id, reason=data.reason)
    return EndedAnswer(services.people.end_sessions(user_id, "staff", services.clock()))


ROUTER = Router("/people", route_handlers=[search, read, reveal, devices, sessions, end_sessions], tags=["People"])


def person_in(text: str) -> int:
    """The number of a person in a path. Raises ``RefusedError``."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise RefusedError("user_not_found", "There is no such person.", "Search by contact, name or number.")
    return number_in(text, "case_unknown")


def _found(services: StaffServices, text: str) -> User | None:
    account = account_of(text)
    if account is not None:
        return services.people.user_of_account(account)
    try:
        return services.people.user_of_contact(text)
    except RefusedError:
        return None


def _person(services: StaffServices, user: User) -> PersonAnswer:
    return PersonAnswer(
        user_id=user.user_id,
        uid="" if user.account is None else uid(user.account),
        state=user.state,
        residence=user.residence,
        kyc_level=services.rights.facts(user.user_id).kyc_level,
        email="" if user.email is None else user.email.masked(),
        phone="" if user.phone is None else user.phone.masked(),
        factors=user.factors,
        created_ms=user.created_ms,
        last_active_ms=user.last_active_ms,
        password_changed_ms=user.password_changed_ms,
    )
