"""The keys of the sandbox's own accounts, the same at every start.

Why here: a passphrase rests only as a hash, yet ``sandbox.json`` must show it again, so this file keeps the two
accounts' keys sealed beside the identity database. Invariant: a key that still works is never replaced.
"""

from pathlib import Path
from typing import Self

import msgspec

from lonja.adapters.durable_files import write_atomically
from lonja.modules.identity.api import Identity, SecretBox
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


class _Kept(msgspec.Struct, frozen=True):
    api_key: str
    passphrase: str

    @classmethod
    def all_from(cls, path: Path, box: SecretBox) -> dict[str, Self]:
        if not path.exists():
            return {}
        try:
            return msgspec.json.decode(box.open(path.read_bytes(), _CONTEXT), type=dict[str, cls])  # type: ignore[valid-type]
        except msgspec.DecodeError as error:
            raise DataCorruptError(f"{path} is damaged.", "Delete it: new keys are made then.") from error


def ensure_keys(data: Path, identity: Identity, box: SecretBox, customers: dict[str, int]) -> list[SandboxAccount]:
    """A working key for each of ``customers`` (account numbers by name). Raises ``DataError``."""
    path = data / FILE_NAME
    kept = _Kept.all_from(path, box)
    shown: list[SandboxAccount] = []
    for name, account in customers.items():
        known = kept.get(name)
        key = identity.find_key(known.api_key) if known is not None else None
        if known is None or key is None or key.account != account:
            created = identity.create_key(account, permissions=_PERMISSIONS, label="sandbox", lapses=False)
            key, known = created.key, _Kept(created.key.api_key, created.passphrase)
            kept[name] = known
            write_atomically(path, box.seal(msgspec.json.encode(kept), _CONTEXT))
        shown.append(
            SandboxAccount(
                name, identity.uid(account), key.api_key, key.secret.decode(), known.passphrase, ",".join(_PERMISSIONS)
            )
        )
    return shown
