"""API keys of people: made, listed, changed and removed by their owner; the trading API knows exactly these.

Source: domain row 5.07. Invariant: a key that may withdraw is bound to addresses from the start, and waits as the
rules say.
"""

from typing import Literal

import msgspec
from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from lonja.edge.account.caller import House, Live, SteppedUp
from lonja.edge.account.services import AccountServices
from lonja.modules.identity.api import IdentityError, KeyEntry, KeyPolicy, LiveSession, Permission
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS


class KeyForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new key: every key may read. ``networks`` are up to 20 addresses or networks it works from, none for all.

    ``sub_account`` is the name of the sub-account it acts for, "" for the account itself.
    """

    label: str
    passphrase: str
    permissions: list[Literal["read", "trade", "withdraw"]]
    networks: list[str] = []
    sub_account: str = ""


class KeyChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a key is called, and all addresses and networks it works from; what it may do never changes."""

    label: str
    networks: list[str]


class KeyChoices(msgspec.Struct, frozen=True):
    """What a new key may be. One that trades from anywhere works no more after ``unused_days_max`` days unused.

    ``withdraw_wait_ms`` is how long a key waits before it may withdraw.
    """

    sub_accounts: list[str]
    keys_max: int
    networks_max: int
    unused_days_max: int
    withdraw_wait_ms: int


class KeyAnswer(msgspec.Struct, frozen=True):
    """A key as listed. ``withdraw_from_ms`` is when it may begin to withdraw, 0 when it may not or may already.

    ``lapsed``: left unused for so long that it works no more; ``lapses_ms`` is when that will be if nobody uses it, 0 for
    never. ``sub_account`` is the name of the one it acts for, "" for the account itself.
    """

    api_key: str
    label: str
    permissions: list[Permission]
    networks: list[str]
    created_ms: int
    last_used_ms: int
    withdraw_from_ms: int
    lapsed: bool
    lapses_ms: int
    sub_account: str


class KeyUseAnswer(msgspec.Struct, frozen=True):
    """Uses of a key from one network address; ``country`` has the two letters of where that seems to be, or none."""

    address: str
    country: str
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
    """The keys of the person signed in, oldest first, with when each was last used; then those of sub-accounts."""
    now_ms, names = services.clock(), _accounts(services, live)
    policy = services.identity.policy
    return [_answer(entry, names[entry.account], policy, now_ms) for entry in services.identity.keys_of(names)]


@get("/choices", sync_to_thread=True, summary="What API keys can be")
def key_choices(services: House, live: Live) -> KeyChoices:
    """The sub-accounts that keys can act for, and the limits that hold for keys."""
    keys, user = services.identity.policy, services.people.user(live.user_id)
    return KeyChoices(
        sub_accounts=[name for name in _accounts(services, live).values() if name],
        keys_max=keys.keys_per_account_max,
        networks_max=keys.networks_max,
        unused_days_max=keys.unused_days_max,
        withdraw_wait_ms=services.people.policy(user.residence, services.clock()).withdraw_key_ms,
    )


@post("/", sync_to_thread=True, status_code=201, summary="Make an API key")
def make_key(services: House, stepped_up: SteppedUp, data: JSONBody[KeyForm]) -> NewKey:
    """Make a key. One that may withdraw is bound to network addresses and listed withdrawal addresses, and waits."""
    account, now_ms = _acting_for(services, stepped_up, data.sub_account), services.clock()
    withdraws = "withdraw" in data.permissions
    if withdraws and data.sub_account:
        message = "A key of a sub-account cannot withdraw."
        raise RefusedError("key_withdraws_not", message, "Withdraw from the main account.")
    _check_bound(data.networks, withdraws=withdraws)
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
    _owned(services, live, api_key)
    return [
        KeyUseAnswer(use.address, services.people.country_of(use.address), use.use_count, use.first_ms, use.last_ms)
        for use in services.identity.key_uses.of(api_key)
    ]


@put("/{api_key:str}", sync_to_thread=True, status_code=200, summary="Change an API key")
def change_key(services: House, stepped_up: SteppedUp, api_key: FromPath[str], data: JSONBody[KeyChange]) -> KeyAnswer:
    """Give a key another name, or other addresses it works from. One that may withdraw stays bound to some."""
    before, name = _owned(services, stepped_up, api_key)
    _check_bound(data.networks, withdraws=Permission.WITHDRAW in before.permissions.split(","))
    try:
        entry = services.identity.change_key(api_key, networks=data.networks, label=data.label)
    except IdentityError as error:
        raise RefusedError("key_refused", error.message, error.remedy) from error
    _tell(services, stepped_up, "api_key_changed", entry.label)
    return _answer(entry, name, services.identity.policy, services.clock())


@delete("/{api_key:str}", sync_to_thread=True, status_code=204, summary="Remove an API key")
def remove_key(services: House, live: Live, api_key: FromPath[str]) -> None:
    """Remove a key for ever. Needs no step-up: taking a right away is always safe."""
    entry, _ = _owned(services, live, api_key)
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


def _accounts(services: AccountServices, live: LiveSession) -> dict[int, str]:
    """The account of a person and its sub-accounts, with their names; "" is the account itself."""
    account = _account(services, live.user_id)
    subs = reversed(services.identity.sub_accounts.of(account))
    return {account: ""} | {sub.account: sub.name for sub in subs}


def _acting_for(services: AccountServices, live: LiveSession, sub_account: str) -> int:
    for account, name in _accounts(services, live).items():
        if name == sub_account:
            return account
    raise RefusedError("sub_account_not_found", "There is no such sub-account.", "Choose one of your sub-accounts.")


def _owned(services: AccountServices, live: LiveSession, api_key: str) -> tuple[KeyEntry, str]:
    """A key of a person, and the name of the sub-account it acts for. Raises ``RefusedError``."""
    names = _accounts(services, live)
    for entry in services.identity.keys_of(names):
        if entry.api_key == api_key:
            return entry, names[entry.account]
    raise RefusedError("key_not_found", "There is no such key.", "Look at the list of your keys.")


def _check_bound(networks: list[str], *, withdraws: bool) -> None:
    if withdraws and not networks:
        message = "A key that may withdraw has to be bound to network addresses."
        raise RefusedError("key_networks_missing", message, "Name the addresses it will be used from.")


def _tell(services: AccountServices, live: LiveSession, template: str, label: str) -> None:
    services.people.parts.tell(services.people.user(live.user_id), template, {"name": label}, live)


def _answer(entry: KeyEntry, sub_account: str, policy: KeyPolicy, now_ms: int) -> KeyAnswer:
    lapses = entry.lapses and not entry.lapsed
    return KeyAnswer(
        api_key=entry.api_key,
        label=entry.label,
        permissions=[Permission(name) for name in entry.permissions.split(",")],
        networks=[network for network in entry.networks.split(",") if network],
        created_ms=entry.created_ms,
        last_used_ms=entry.last_used_ms,
        withdraw_from_ms=entry.withdraw_from_ms if entry.withdraw_from_ms > now_ms else 0,
        lapsed=entry.lapsed,
        lapses_ms=entry.last_used_ms + policy.unused_days_max * DAY_MS if lapses else 0,
        sub_account=sub_account,
    )


ROUTER = Router(
    "/keys", route_handlers=[list_keys, key_choices, make_key, key_uses, change_key, remove_key], tags=["API keys"]
)
