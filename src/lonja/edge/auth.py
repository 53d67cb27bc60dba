"""Who sent this: headers, signature, clock, address, environment, in the documented order.

Why here: REST and the WebSocket login share the signature and most checks. Invariant: the signature is computed over
the bytes as received, target and body undecoded; comparison takes the same time for every wrong signature.
"""

import hmac
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from lonja.edge.errors import refusal
from lonja.edge.places import Places
from lonja.edge.session import Session
from lonja.modules.identity.api import ApiKey, Identity, TooManyChecksError

LOGIN_TARGET = b"GET/users/self/verify"
"""Method and target that a WebSocket login signs."""

_SIGNERS_MAX = 10_000
_BLOCK_BYTES = 64
_INNER = bytes(value ^ 0x36 for value in range(256))
_OUTER = bytes(value ^ 0x5C for value in range(256))


class Credentials(NamedTuple):
    """What a client presents; "" for what it left out."""

    api_key: str
    sign: str
    timestamp: str
    passphrase: str
    simulated: bool


class Signer:
    """HMAC-SHA256 with the key's pads digested beforehand, which halves the cost of a signature."""

    __slots__ = ("_inner", "_outer", "secret")

    def __init__(self, secret: bytes) -> None:
        """Digest the pads of ``secret``."""
        self.secret = secret
        padded = (sha256(secret).digest() if len(secret) > _BLOCK_BYTES else secret).ljust(_BLOCK_BYTES, b"\0")
        self._inner = sha256(padded.translate(_INNER))
        self._outer = sha256(padded.translate(_OUTER))

    def sign(self, message: bytes) -> bytes:
        """The Base64 signature of ``message``."""
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return b64encode(outer.digest())


class Authenticator:
    """Checks credentials against the keys of ``identity`` and the exchange's clock."""

    def __init__(
        self,
        identity: Identity,
        clock: Callable[[], int],
        window_ms: int,
        machine_clock: Callable[[], int] | None = None,
        places: Places | None = None,
    ) -> None:
        """``clock`` gives milliseconds; ``window_ms`` is how far a timestamp may be off, either way.

        A timestamp may also be that near to ``machine_clock``, for clients that do not ask the exchange for its time.
        ``places`` know where callers are.
        """
        self._identity = identity
        self._clock = clock
        self._machine_clock = machine_clock or clock
        self._window_ms = window_ms
        self._places = places or Places()
        self._signers: dict[str, Signer] = {}

    async def rest(self, given: Credentials, method: bytes, target: bytes, body: bytes, address: str) -> Session:
        """The session of a REST request. ``target`` is path and query as received. Raises ``EdgeError``."""
        if not given.api_key:
            raise refusal("50103")
        if not given.passphrase:
            raise refusal("50104")
        if not given.sign:
            raise refusal("50106")
        if not given.timestamp:
            raise refusal("50107")
        return await self._session(given, method + target + body, address)

    async def login(self, given: Credentials, address: str) -> Session:
        """The session of a WebSocket login, whose fields were all given. Raises ``EdgeError`` with REST's codes."""
        return await self._session(given, LOGIN_TARGET, address)

    async def _session(self, given: Credentials, signed: bytes, address: str) -> Session:
        key = self._identity.find_key(given.api_key)
        if key is None:
            raise refusal("50111")
        now_ms, time_ms = self._clock(), parse_timestamp(given.timestamp)
        is_timely = time_ms is not None and (
            abs(now_ms - time_ms) <= self._window_ms or abs(self._machine_clock() - time_ms) <= self._window_ms
        )
        is_signed = self._is_signed(key, given, signed)
        if not self._identity.passphrase_known(key, given.passphrase):
            # Who signs has the secret, so those who only guess cannot use up the owner's attempts.
            await self._check_passphrase(key, given.passphrase, is_owner=is_signed and is_timely)
        if not is_signed:
            raise refusal("50113")
        if not is_timely:
            raise refusal("50112" if time_ms is None else "50102")
        place = self._places.known(address)
        if place is None:
            place = await self._places.find(address)
        return self._admit(key, given, address, place, now_ms)

    async def _check_passphrase(self, key: ApiKey, passphrase: str, *, is_owner: bool) -> None:
        try:
            matches = await self._identity.passphrase_matches(key, passphrase, is_owner=is_owner)
        except TooManyChecksError:
            raise refusal("50013") from None
        if not matches:
            raise refusal("50105")

    def _is_signed(self, key: ApiKey, given: Credentials, signed: bytes) -> bool:
        signer = self._signers.get(key.api_key)
        if signer is None or signer.secret != key.secret:
            if len(self._signers) >= _SIGNERS_MAX:
                self._signers.clear()
            signer = self._signers[key.api_key] = Signer(key.secret)
        # Header bytes arrive as Latin-1, so encoding them back gives what was signed.
        expected = signer.sign(given.timestamp.encode("latin-1", "replace") + signed)
        return hmac.compare_digest(expected, given.sign.encode("latin-1", "replace"))

    def _admit(self, key: ApiKey, given: Credentials, address: str, place: str, now_ms: int) -> Session:
        if not key.allows_address(address):
            raise refusal("50110", address)
        if key.demo is not None and key.demo is not given.simulated:
            raise refusal("50101")
        self._identity.touch(key, now_ms, address)
        return Session(key.account, self._identity.uid(key.account), key, address, place)


def parse_timestamp(text: str) -> int | None:
    """A client's timestamp in milliseconds: ISO 8601 UTC ending in Z, or seconds since the epoch; None otherwise."""
    if text.endswith("Z"):
        try:
            return int(datetime.fromisoformat(text).timestamp() * 1000)
        except ValueError:
            return None
    whole, _, fraction = text.partition(".")
    if not (text.isascii() and whole.isdigit() and len(text) <= 32 and (not fraction or fraction.isdigit())):
        return None
    return int(whole) * 1000 + int(fraction[:3].ljust(3, "0"))
