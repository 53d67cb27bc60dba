"""What brings a person back without a telephone, encrypted to a passphrase by age, to keep away from the machine.

Source: domain row 1.08. It holds the secret of the authenticator, for another app, and new backup codes, which take the
place of a code at sign-in. Invariant: it opens by its passphrase alone, with any age program; codes before become void
only once the new ones are in the holder's hands.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from lonja.modules.identity.people import authenticator, backup_codes
from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.passwords import check_password
from lonja.modules.identity.people.protection_changes import note_change
from lonja.modules.identity.people.self_service import personal_words
from lonja.modules.identity.people.sessions import LiveSession

_HOW: Final = (
    "Type the authenticator secret into an authenticator app, or use one of the backup codes in place of a code, each "
    "once. Then bind new factors and make a new export: this one is used up."
)


class RecoveryExport(msgspec.Struct, frozen=True):
    """What is inside."""

    house: str
    account: str
    made_ms: int
    how: str
    authenticator_secret: str
    authenticator_address: str
    backup_codes: list[str]

    def __repr__(self) -> str:
        """Nothing secret."""
        return "RecoveryExport(...)"


def seal_by_passphrase(plain: bytes, passphrase: str) -> bytes:
    """A file of age that ``passphrase`` alone opens; takes seconds, since age makes guessing slow."""
    # Imported late: nothing else needs it.
    from pyrage import passphrase as age  # noqa: PLC0415

    return age.encrypt(plain, passphrase)


class RecoveryExports:
    """Makes them. Blocking."""

    def __init__(self, parts: Parts, house: str) -> None:
        """``house`` is how the house calls itself."""
        self._parts, self._house = parts, house
        self.seal: Callable[[bytes, str], bytes] = seal_by_passphrase
        """How the file is sealed by the passphrase."""

    def make(self, live: LiveSession, passphrase: str, now_ms: int) -> bytes:
        """The file, in age's format; takes seconds, as it should. Raises ``RefusedError`` for a weak passphrase."""
        parts = self._parts
        with parts.transaction() as session:
            row = parts.users.find(session, live.user_id)
            user, policy = parts.users.open(row), parts.rules.policy(row.residence, now_ms)
            sealed = row.sealed_authenticator
            secret = "" if sealed is None else parts.users.open_field(row, authenticator.FIELD, sealed).decode()
        check_password(passphrase, policy, personal_words(user), parts.breaches, "passphrase")
        codes = backup_codes.new_codes(policy.backup_code_count)
        contact = user.email or user.phone
        shown = contact.masked() if contact is not None else str(user.user_id)
        address = authenticator.provisioning_address(secret, self._house, shown) if secret else ""
        export = RecoveryExport(self._house, shown, now_ms, _HOW, secret, address, codes)
        file = self.seal(msgspec.json.format(msgspec.json.encode(export)), passphrase)
        hashes = backup_codes.hash_codes(codes, parts.hasher)
        with parts.transaction() as session:
            parts.users.claim(session, parts.users.find(session, live.user_id))
            backup_codes.replace_codes(session, live.user_id, hashes)
            note_change(session, live.user_id, "backup_codes", now_ms)
        parts.tell(user, "recovery_export_made", {}, live)
        return file
