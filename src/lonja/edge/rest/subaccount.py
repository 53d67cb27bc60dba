"""Sub-accounts and their keys, managed by the master account.

Why here: all of it is refused alike to sub-accounts. Invariant: what makes or changes accounts and keys needs a key that
is bound to an address, unless it is one that never lapses, as those of a sandbox are.
"""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from lonja.core.commands import ConfigureAccount
from lonja.core.rejections import Rejection
from lonja.core.views import AccountView
from lonja.edge.errors import EdgeError, engine_error, refusal, rejection_error
from lonja.edge.gate import require_right
from lonja.edge.rest.calls import PrivateCall, names_of, optional_id, page_limit
from lonja.edge.rest.closed import check, one_of
from lonja.edge.rest.kinship import master_only, sub_account
from lonja.edge.rest.public import Rows
from lonja.edge.wire import asset as wire
from lonja.edge.wire import requests_subaccount as asked
from lonja.modules.governance.api import Capability
from lonja.modules.identity.api import (
    IdentityError,
    KeyEntry,
    KeyNotFoundError,
    KeyPolicy,
    LimitReachedError,
    NameTakenError,
    PassphraseFormatError,
    SubAccount,
    TooManyNetworksError,
    uid,
)
from lonja.primitives.errors import EngineOutcomeUnknownError, EngineUnavailableError

NAME_LENGTHS: Final = range(6, 21)
LABEL_MAX: Final = 32
KEY_LABEL_MAX: Final = 50
STANDARD: Final = "1"
CUSTODY: Final = ("5", "12")
KEY_PERMISSIONS: Final = {"read_only": "read", "trade": "trade"}
_R = TypeVar("_R")


async def sub_accounts(call: PrivateCall, request: asked.ListSubAccounts) -> Rows:
    """The sub-accounts, newest first."""
    master = master_only(call)
    enabled = one_of(request.enabled, "enable", ("", "true", "false"))
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    limit = page_limit(request.limit)
    rows: Rows = []
    for sub in call.services.identity.sub_accounts.of(master.account):
        view = call.services.engine.views.account(sub.account)
        wanted = (
            view is not None
            and request.sub_account in ("", sub.name)
            and (not enabled or enabled == ("false" if view.frozen else "true"))
            and (after is None or sub.created_ms < after)
            and (before is None or sub.created_ms > before)
        )
        if view is not None and wanted:
            rows.append(wire.sub_account_row(sub, view))
    return rows[:limit]


async def create(call: PrivateCall, request: asked.CreateSubAccount) -> Rows:
    """Create a sub-account."""
    master = _manager(call)
    name, label = request.sub_account, request.label
    if not (len(name) in NAME_LENGTHS and name.isascii() and name.isalnum()):
        raise refusal("51000", "subAcct")
    if one_of(request.kind, "type", (STANDARD, *CUSTODY)) != STANDARD:
        raise refusal("59515")
    if not (len(label) <= LABEL_MAX and label.isprintable()):
        raise refusal("51000", "label")
    require_right(call.services, call.session, Capability.SUB_ACCOUNTS)
    try:
        made = await call.services.sub_accounts.open(master, name, label)
    except NameTakenError:
        raise refusal("59601") from None
    except LimitReachedError:
        raise refusal("59603") from None
    return [{"subAcct": made.name, "label": made.label, "uid": uid(made.account), "ts": str(made.created_ms)}]


async def set_frozen(call: PrivateCall, request: asked.SetFrozen) -> Rows:
    """Freeze a sub-account, which cancels its orders, or let it trade and send money again."""
    _manager(call)
    sub = sub_account(call, request.sub_account)
    command = ConfigureAccount(account=sub.account, frozen=int(request.frozen))
    try:
        outcome = await call.services.engine.submit(command)
    except (EngineUnavailableError, EngineOutcomeUnknownError) as error:
        raise engine_error(error) from error
    if outcome.rejection != Rejection.NONE:
        raise rejection_error(outcome.rejection)
    return [{"subAcct": sub.name, "frozen": request.frozen}]


async def create_key(call: PrivateCall, request: asked.CreateKey) -> Rows:
    """Create a key of a sub-account; its secret is told this once."""
    _manager(call)
    sub = sub_account(call, request.sub_account)
    permissions = _permissions(request.permissions or "read_only")
    identity = call.services.identity
    _check_label(call, sub, request.label)
    own = call.session.key
    made = await _managing(
        call,
        lambda: identity.create_key(
            sub.account,
            permissions=permissions,
            networks=_addresses(request.addresses),
            label=request.label,
            passphrase=request.passphrase,
            demo=own.demo,
            lapses=own.lapses,
        ),
    )
    return [
        {
            "subAcct": sub.name,
            "label": made.key.label,
            "apiKey": made.key.api_key,
            "secretKey": made.secret,
            "passphrase": made.passphrase,
            "perm": wire.permission_text(made.key.permissions),
            "ip": wire.address_text(map(str, made.key.networks)),
            "ts": str(made.key.created_ms),
        }
    ]


async def keys(call: PrivateCall, request: asked.FindKeys) -> Rows:
    """The keys of a sub-account, without their secrets."""
    master_only(call)
    sub = sub_account(call, request.sub_account)
    if request.api_key:
        return [wire.key_row(_key(call, sub, request.api_key))]
    return [wire.key_row(entry) for entry in call.services.identity.list_keys(sub.account)]


async def change_key(call: PrivateCall, request: asked.ChangeKey) -> Rows:
    """Give a key of a sub-account another label, other permissions or addresses."""
    _manager(call)
    sub = sub_account(call, request.sub_account)
    entry = _key(call, sub, request.api_key)
    if request.label and request.label != entry.label:
        _check_label(call, sub, request.label)
    permissions = _permissions(request.permissions) if request.permissions else None
    addresses = None if request.addresses is None else _addresses(request.addresses)
    changed = await _managing(
        call,
        lambda: call.services.identity.change_key(
            entry.api_key, permissions=permissions, networks=addresses, label=request.label or None
        ),
    )
    return [{"subAcct": sub.name, **wire.key_row(changed)}]


async def remove_key(call: PrivateCall, request: asked.RemoveKey) -> Rows:
    """Remove a key of a sub-account for ever."""
    _manager(call)
    sub = sub_account(call, request.sub_account)
    entry = _key(call, sub, request.api_key)
    await _managing(call, lambda: call.services.identity.remove_key(entry.api_key))
    return [{"subAcct": sub.name}]


async def allow_transfers(call: PrivateCall, request: asked.AllowTransfers) -> Rows:
    """Say whether sub-accounts may transfer to each other; to the master they always may."""
    master = master_only(call)
    names = sorted(names_of(request.sub_accounts, "subAcct"))
    for name in names:
        sub_account(call, name)
    allow = call.services.identity.sub_accounts.allow_transfers
    await asyncio.to_thread(allow, master.account, names, allowed=request.can_transfer_out)
    return [{"subAcct": name, "canTransOut": request.can_transfer_out} for name in names]


async def entrusted(call: PrivateCall, request: asked.Entrusted) -> Rows:
    """Sub-accounts managed for others: none."""
    master_only(call)
    check(request)
    return []


def _manager(call: PrivateCall) -> AccountView:
    """The master account that asks, by a key that may manage. Raises ``EdgeError`` 59500 or 50035."""
    master = master_only(call)
    if call.session.key.lapses and not call.session.key.networks:
        raise refusal("50035")
    return master


def _permissions(text: str) -> list[str]:
    names = [name for name in text.split(",") if name]
    if not names or not KEY_PERMISSIONS.keys() >= set(names):
        raise refusal("51000", "perm")
    return [KEY_PERMISSIONS[name] for name in names]


def _addresses(text: str) -> list[str]:
    return [part for part in text.split(",") if part]


def _check_label(call: PrivateCall, sub: SubAccount, label: str) -> None:
    if not (label.strip() == label and len(label) <= KEY_LABEL_MAX and label.isprintable()):
        raise refusal("51000", "label")
    if any(entry.label == label for entry in call.services.identity.list_keys(sub.account)):
        raise refusal("59502")


def _key(call: PrivateCall, sub: SubAccount, api_key: str) -> KeyEntry:
    entries = call.services.identity.list_keys(sub.account)
    found = next((entry for entry in entries if entry.api_key == api_key), None)
    if found is None:
        raise refusal("59506")
    return found


async def _managing(call: PrivateCall, work: Callable[[], _R]) -> _R:
    """What ``work`` returns, done on another thread because it hashes and waits for the disk. Raises ``EdgeError``."""
    try:
        return await asyncio.to_thread(work)
    except IdentityError as error:
        raise _identity_error(error, call.services.identity.policy) from error


def _identity_error(error: IdentityError, policy: KeyPolicy) -> EdgeError:
    if isinstance(error, LimitReachedError):
        return refusal("59501", policy.keys_per_account_max)
    if isinstance(error, TooManyNetworksError):
        return refusal("59503", policy.networks_max)
    if isinstance(error, PassphraseFormatError):
        return refusal("59505")
    if isinstance(error, KeyNotFoundError):
        return refusal("59506")
    return refusal("51000", "ip")
