"""Secrets encrypted to an age key that lives in memory.

Why here: tests and the key file adapter share it. Invariant: a sealed secret opens only for the context it was sealed
for, so that rows of a table cannot be swapped.
"""

import pyrage

from lonja.primitives.errors import DataCorruptError


class MemorySecretBox:
    """A ``SecretBox`` with one age key; a new one when none is given."""

    def __init__(self, identity: pyrage.x25519.Identity | None = None) -> None:
        """Keep the key."""
        self._identity = identity or pyrage.x25519.Identity.generate()
        self._recipient = self._identity.to_public()

    def seal(self, secret: bytes, context: str) -> bytes:
        """``secret`` encrypted, bound to ``context``."""
        # age has no associated data, so the context travels inside.
        return pyrage.encrypt(context.encode() + b"\0" + secret, [self._recipient])

    def open(self, sealed: bytes, context: str) -> bytes:
        """The secret again. Raises ``DataCorruptError``."""
        try:
            plain = pyrage.decrypt(sealed, [self._identity])
        except (pyrage.DecryptError, ValueError) as error:
            raise DataCorruptError(f"The secret of {context} cannot be read.", "Is this the right key file?") from error
        found, _, secret = plain.partition(b"\0")
        if found != context.encode():
            raise DataCorruptError(f"The secret of {context} was exchanged for another.", "Restore from a backup.")
        return secret
