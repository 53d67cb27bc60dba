"""Making a key: its name, its secret and its passphrase, all random unless somebody chose the passphrase.

Why here: keys that are stored and those of signed-in pages are made alike. Invariant: what is shown once is in no
representation.
"""

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from lonja.modules.identity.domain import ApiKey, Network, Permission
from lonja.modules.identity.passphrases import hash_passphrase


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A new key with what is shown once: ``secret`` and ``passphrase``."""

    key: ApiKey
    secret: str = field(repr=False)
    passphrase: str = field(repr=False)


def new_key(  # noqa: PLR0913  # one argument for each thing a key says of itself
    account: int,
    now_ms: int,
    *,
    permissions: frozenset[Permission],
    networks: Iterable[Network] = (),
    label: str = "",
    passphrase: str | None = None,
    demo: bool | None = None,
    lapses: bool = True,
    withdraw_from_ms: int = 0,
) -> CreatedKey:
    """A key of ``account``; without ``passphrase`` one is made. Takes tens of milliseconds: passphrases are hashed."""
    spoken = passphrase if passphrase is not None else secrets.token_urlsafe(12)
    secret = secrets.token_hex(16).upper()
    key = ApiKey(
        api_key=str(uuid.UUID(bytes=secrets.token_bytes(16), version=4)),
        account=account,
        label=label,
        permissions=permissions,
        networks=tuple(networks),
        secret=secret.encode(),
        passphrase_hash=hash_passphrase(spoken),
        demo=demo,
        lapses=lapses,
        created_ms=now_ms,
        last_used_ms=now_ms,
        withdraw_from_ms=withdraw_from_ms,
    )
    return CreatedKey(key, secret, spoken)
