"""API keys of people: made, listed, changed and removed by their owner; the trading API knows exactly these.

Source: domain row 5.07. Invariant: a key that may withdraw is bound to addresses from the start, and waits as the
rules say.
"""

from typing import Literal

import msgspec
from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from lonja.edge.account.caller import House, Live, SteppedUp
from lonja.edge.account.services import AccountServices
from lonja.modules.identity.api import IdentityError, KeyEntry, LiveSession, Permission
from lonja.primitives.errors import RefusedError


class KeyForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new key: every key may read. ``networks`` are up to 20 addresses or networks it works from, none for all."""

    label: str
    passphrase: str
    permissions: list[Literal["read", "trade", "withdraw"]]
    networks: list[str] = []


class KeyAnswer(msgspec.Struct, frozen=True):
    """A key as listed. ``withdraw_from_ms`` is when it may begin to withdraw, 0 when it may not or may already.

    ``lapsed``: left unused for so long that it works no more.
    """

    api_key: str
    label: str
    permissions: list[Permission]
    networks: list[str]
    created_ms: int
    last_used_ms: int
    withdraw_from_ms: int
    lapsed: bool


class KeyUseAnswer(msgspec.Struct, frozen=True):
    """Uses of a key from one network address."""

    address: str
    count: int
    first_ms: int
    last_ms: int


class NewKey(msgspec.Struct, frozen=True):
    """A new key. The secret is shown this once and kept by nobody else."""

    api_key: str
    secret_key: str
    permissions: list[Permission]
    withdraw_from_ms: int


@get("/", sync_to_thread=True, summary="API keys")
def list_keys(services: House, live: Live) -> list[KeyAnswer]:
    """The keys of the person signed in, oldest first, with when each was last used."""
    return [_answer(entry, services.clock()) for entry in services.identity.list_keys(_account(services, live.user_id))]


@post("/", sync_to_thread=True, status_code=201, summary="Make an API key")
def make_key(services: House, stepped_up: SteppedUp, data: JSONBody[KeyForm]) -> NewKey:
    """Make a key. One that may withdraw is bound to network addresses and listed withdrawal addresses, and waits."""
    account, now_ms = _account(services, stepped_up.user_id), services.clock()
    withdraws = "withdraw" in data.permissions
    if withdraws and not data.networks:
        message = "A key that may withdraw has to be bound to network addresses."
        raise RefusedError("key_networks_missing", message, "Name the addresses it will be used from.")
    if withdraws and not services.people.addresses.all(stepped_up.user_id):
        message = "A key that may withdraw reaches listed withdrawal addresses only, and none is listed."
        raise RefusedError("key_addresses_missing", message, "List an address first.")
    residence = services.people.user(stepped_up.user_id).residence
    from_ms = now_ms + services.people.policy(residence, now_ms).withdraw_key_ms if withdraws else 0
    try:
        made = services.identity.create_key(
            account,
            permissions=data.permissions,
            networks=data.networks,
            label=data.label,
            passphrase=data.passphrase,
            withdraw_from_ms=from_ms,
        )
    except IdentityError as error:
        raise RefusedError("key_refused", error.message, error.remedy) from error
    _tell(services, stepped_up, "api_key_created", data.label)
    return NewKey(made.key.api_key, made.secret, sorted(made.key.permissions), from_ms)


@get("/{api_key:str}/uses", sync_to_thread=True, summary="From where an API key was used")
def key_uses(services: House, live: Live, api_key: FromPath[str]) -> list[KeyUseAnswer]:
    """The network addresses a key was used from, last first, and how often."""
    owned = services.identity.list_keys(_account(services, live.user_id))
    if not any(entry.api_key == api_key for entry in owned):
        raise RefusedError("key_not_found", "There is no such key.", "Look at the list of your keys.")
    return [KeyUseAnswer(*use) for use in services.identity.key_uses.of(api_key)]


@delete("/{api_key:str}", sync_to_thread=True, status_code=204, summary="Remove an API key")
def remove_key(services: House, live: Live, api_key: FromPath[str]) -> None:
    """Remove a key for ever. Needs no step-up: taking a right away is always safe."""
    owned = services.identity.list_keys(_account(services, live.user_id))
    entry = next((entry for entry in owned if entry.api_key == api_key), None)
    if entry is None:
        raise RefusedError("key_not_found", "There is no such key.", "Look at the list of your keys.")
    try:
        services.identity.remove_key(api_key)
    except IdentityError as error:
        raise RefusedError("key_not_found", "There is no such key.", "Look at the list of your keys.") from error
    _tell(services, live, "api_key_removed", entry.label)


def _account(services: AccountServices, user_id: int) -> int:
    account = services.people.user(user_id).account
    if account is None:
        raise RefusedError("account_not_ready", "The trading account is not open yet.", "Sign in again.")
    return account


def _tell(services: AccountServices, live: LiveSession, template: str, label: str) -> None:
    services.people.parts.tell(services.people.user(live.user_id), template, {"name": label}, live)


def _answer(entry: KeyEntry, now_ms: int) -> KeyAnswer:
    return KeyAnswer(
        api_key=entry.api_key,
        label=entry.label,
        permissions=[Permission(name) for name in entry.permissions.split(",")],
        networks=[network for network in entry.networks.split(",") if network],
        created_ms=entry.created_ms,
        last_used_ms=entry.last_used_ms,
        withdraw_from_ms=entry.withdraw_from_ms if entry.withdraw_from_ms > now_ms else 0,
        lapsed=entry.lapsed,
    )


ROUTER = Router("/keys", route_handlers=[list_keys, make_key, key_uses, remove_key], tags=["API keys"])
