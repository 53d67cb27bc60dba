"""Texts, calls and pushed notices through a provider's web hook, and the keys people press on their way back.

What is sent is a JSON object, signed: ``x-lonja-signature`` is ``v1=`` and the HMAC-SHA-256, in hexadecimal, of the
seconds in ``x-lonja-timestamp``, a dot and the body. The provider signs the keys it reports in the same way. Invariant: a
repeat has the same ``idempotency-key``; nothing that is not signed in the last minutes is believed.
"""

import asyncio
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import msgspec

from lonja.modules.notices.ports import Call, KeyListener, TextMessage, UndeliverableError
from lonja.primitives.errors import LonjaError, RefusedError

if TYPE_CHECKING:
    import httpx

SIGNATURE_HEADER: Final = "x-lonja-signature"
TIMESTAMP_HEADER: Final = "x-lonja-timestamp"
_FRESH_S: Final = 300
_AGAIN: Final = frozenset((408, 409, 425, 429))
"""Refusals that say: later."""


@dataclass(frozen=True, slots=True)
class Hook:
    """Where messages are handed in; ``secret`` is shared with the provider."""

    url: str
    secret: bytes = field(repr=False)
    timeout_s: float = 20.0


class _KeyEvent(msgspec.Struct, frozen=True):
    id: str
    key: str


class HookMessages:
    """``SmsPort``, ``VoicePort`` and ``PushPort`` at once."""

    def __init__(self, hook: Hook, machine_clock: Callable[[], int]) -> None:
        """``machine_clock`` in milliseconds dates what is signed."""
        self._hook = hook
        self._now_ms = machine_clock
        self._client: httpx.AsyncClient | None = None
        self._heard: KeyListener | None = None

    async def send_text(self, message: TextMessage) -> None:
        """Hand a text message in. Raises ``UndeliverableError``."""
        await self._post(message.message_id, {"channel": "sms", "to": message.address, "text": message.text})

    async def push(self, message: TextMessage) -> None:
        """Hand a pushed notice in. Raises ``UndeliverableError``."""
        what = {"channel": "push", "to": message.address, "title": message.title, "text": message.text}
        await self._post(message.message_id, what)

    async def call(self, call: Call) -> None:
        """Have a call made. Raises ``UndeliverableError``."""
        what = {
            "channel": "voice",
            "to": call.number,
            "text": call.spoken,
            "locale": call.locale,
            "wants_key": call.wants_answer,
        }
        await self._post(call.message_id, what)

    async def close(self) -> None:
        """Give connections back."""
        if self._client is not None:
            await self._client.aclose()

    # -- Keys that people press --------------------------------------------------------------------------------------

    def listen(self, heard: KeyListener) -> None:
        """Tell ``heard`` the keys that come in."""
        self._heard = heard

    async def receive(self, headers: Mapping[bytes, bytes], body: bytes) -> int:
        """Take a report of the provider; the status to answer with."""
        if not self._is_genuine(headers, body):
            return 401
        try:
            event = msgspec.json.decode(body, type=_KeyEvent)
        except msgspec.DecodeError:
            return 400
        if self._heard is None:
            return 503
        try:
            await asyncio.to_thread(self._heard, event.id, event.key)
        except RefusedError:
            return 200  # answered before, or over: the provider need not try again
        except LonjaError:
            return 503
        return 200

    def _is_genuine(self, headers: Mapping[bytes, bytes], body: bytes) -> bool:
        timestamp = headers.get(TIMESTAMP_HEADER.encode(), b"")
        given = headers.get(SIGNATURE_HEADER.encode(), b"")
        if not timestamp.isdigit() or len(timestamp) > 12 or abs(self._now_ms() // 1000 - int(timestamp)) > _FRESH_S:
            return False
        return hmac.compare_digest(given, signature(self._hook.secret, timestamp, body))

    async def _post(self, message_id: str, what: Mapping[str, object]) -> None:
        import httpx  # noqa: PLC0415  # a sandbox has no provider

        if self._client is None:
            self._client = httpx.AsyncClient(timeout=self._hook.timeout_s, follow_redirects=False, trust_env=False)
        body = msgspec.json.encode({"id": message_id, **what})
        timestamp = str(self._now_ms() // 1000).encode()
        headers = {
            "content-type": "application/json",
            "idempotency-key": message_id,
            TIMESTAMP_HEADER: timestamp.decode(),
            SIGNATURE_HEADER: signature(self._hook.secret, timestamp, body).decode(),
        }
        try:
            # Only the status is read: what else a provider says may be endless.
            async with self._client.stream("POST", self._hook.url, content=body, headers=headers) as answer:
                status = answer.status_code
        except httpx.TimeoutException:
            raise UndeliverableError("the provider did not answer in time") from None
        except httpx.HTTPError as error:
            raise UndeliverableError(f"the provider cannot be reached ({type(error).__name__})") from None
        if not 200 <= status < 300:
            is_final = 400 <= status < 500 and status not in _AGAIN
            raise UndeliverableError(f"the provider answered {status}", is_final=is_final)


def signature(secret: bytes, timestamp: bytes, body: bytes) -> bytes:
    """What proves that ``body`` was sent at ``timestamp`` (seconds) by who knows ``secret``."""
    return b"v1=" + hmac.new(secret, timestamp + b"." + body, sha256).hexdigest().encode()
