"""Opaque tokens: 32 random bytes that only their holder has; of them the house keeps digests."""

import secrets
from hashlib import sha256


def new_token() -> str:
    """A token to hand out, safe in an address or a cookie."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> bytes:
    """What is kept of ``token``. A plain hash suffices: nobody can guess 256 random bits."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
