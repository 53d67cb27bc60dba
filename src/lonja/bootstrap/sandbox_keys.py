"""The keys of the sandbox's own accounts, the same at every start.

Why here: a passphrase rests only as a hash, yet ``sandbox.json`` must show it again, so this file keeps the accounts'
keys sealed beside the identity database, and what an account made by request began with. Invariant: a key that still
works is never replaced.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from lonja.adapters.durable_files import write_atomically
from lonja.modules.identity.api import Identity, SecretBox
from lonja.modules.sandbox.api import AccountKey, Funds
from lonja.primitives.errors import DataCorruptError

FILE_NAME = "sandbox-keys.age"
_CONTEXT = "sandbox keys"
_PERMISSIONS = ("read", "trade", "withdraw")


class SandboxAccount(msgspec.Struct, frozen=True, omit_defaults=False):
    """One account as ``sandbox.json`` shows it."""

    name: str
    uid: str
    api_key: str
    secret_key: str
    passphrase: str
    permissions: str


class _Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """``funds`` is None for the accounts that every sandbox has."""

    api_key: str
    passphrase: str
    funds: dict[str, int] | None = None


class SandboxKeys:
    """The accounts with keys, as ``AccountFile`` of the sandbox and for ``sandbox.json``."""

    def __init__(self, data: Path, identity: Identity, box: SecretBox) -> None:
        """Read what is kept in the folder ``data``. Raises ``DataCorruptError``."""
        self._path = data / FILE_NAME
        self._identity = identity
        self._box = box
        self._kept = _read(self._path, box)
        self._shown: list[SandboxAccount] = []
        self.on_added: Callable[[], None] = lambda: None
        """Called after an account was added."""

    @property
    def shown(self) -> list[SandboxAccount]:
        """All accounts with keys, as ``sandbox.json`` lists them."""
        return list(self._shown)

    def ensure(self, customers: dict[str, int]) -> list[SandboxAccount]:
        """A working key for each of ``customers`` (numbers by name) and each account made by request. Raises ``DataError``."""
        made = {known.name: known.account for known in self._identity.accounts() if self.funds(known.name) is not None}
        self._shown = [self._ensured(name, account) for name, account in (customers | made).items()]
        return self.shown

    def add(self, name: str, account: int, funds: Funds) -> AccountKey:
        """Make a key for a new account and keep both (``AccountFile``). Raises ``DataError``."""
        self._keep(name, account, dict(funds))
        shown = self._ensured(name, account)
        self._shown.append(shown)
        self.on_added()
        return _key_of(shown)

    def key(self, name: str) -> AccountKey | None:
        """The key of an account that ``sandbox.json`` lists (``AccountFile``)."""
        return next((_key_of(shown) for shown in self._shown if shown.name == name), None)

    def funds(self, name: str) -> Funds | None:
        """What the account was made with (``AccountFile``)."""
        kept = self._kept.get(name)
        return None if kept is None else kept.funds

    def _ensured(self, name: str, account: int) -> SandboxAccount:
        kept = self._kept.get(name)
        key = self._identity.find_key(kept.api_key) if kept is not None else None
        if kept is None or key is None or key.account != account:
            kept = self._keep(name, account, None if kept is None else kept.funds)
            key = self._identity.find_key(kept.api_key)
        assert key is not None, "a key just made is found"
        return SandboxAccount(
            name,
            self._identity.uid(account),
            key.api_key,
            key.secret.decode(),
            kept.passphrase,
            ",".join(_PERMISSIONS),
        )

    def _keep(self, name: str, account: int, funds: dict[str, int] | None) -> _Kept:
        created = self._identity.create_key(account, permissions=_PERMISSIONS, label="sandbox", lapses=False)
        kept = self._kept[name] = _Kept(created.key.api_key, created.passphrase, funds)
        write_atomically(self._path, self._box.seal(msgspec.json.encode(self._kept), _CONTEXT))
        return kept


def _key_of(shown: SandboxAccount) -> AccountKey:
    return AccountKey(shown.api_key, shown.secret_key, shown.passphrase, shown.permissions)


def _read(path: Path, box: SecretBox) -> dict[str, _Kept]:
    if not path.exists():
        return {}
    try:
        return msgspec.json.decode(box.open(path.read_bytes(), _CONTEXT), type=dict[str, _Kept])
    except (DataCorruptError, msgspec.DecodeError) as error:
        # Identity has opened with the same box, so it is not the key file that is wrong.
        raise DataCorruptError(f"{path} is damaged.", "Delete it: new keys are made then.") from error


def ensure_keys(data: Path, identity: Identity, box: SecretBox, customers: dict[str, int]) -> list[SandboxAccount]:
    """A working key for each of ``customers`` (account numbers by name). Raises ``DataError``."""
    return SandboxKeys(data, identity, box).ensure(customers)
