"""Members of staff who work by script: the ready ones of a sandbox, whose passkeys are software."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.e2e.browser import Reply
from tests.e2e.person import Script
from tests.e2e.sandbox_process import SandboxProcess

PRESENT_AND_VERIFIED = 0x05


class Member:
    """Somebody of staff, signed in by password and passkey."""

    def __init__(self, sandbox: SandboxProcess, number: int = 0) -> None:
        account = sandbox.told["staff"][number]
        self._passkey = account["passkey"]
        self._at = Script(sandbox, f"staff {number}", is_staff=True)
        begun = self.done("POST", "/sign-in", {name: account[name] for name in ("identifier", "password")})
        self.done(
            "POST", "/sign-in/passkey", {"sign_in": begun["sign_in"], "credential": self._signed(begun["options"])}
        )

    def call(self, method: str, path: str, body: object = None) -> Reply:
        """Ask the staff API."""
        return self._at.call(method, path, body)

    def done(self, method: str, path: str, body: object = None) -> Any:
        """The same, for what must succeed."""
        reply = self.call(method, path, body)
        assert reply.status < 300, (path, reply)
        return reply.body

    def decide(
        self, kind: str, user_id: int, decision: str, reason: str, second: Callable[[], "Member"] | None = None
    ) -> bool:
        """Take the open case about somebody and decide it; whether there was one.

        ``second`` comes when one decision is not enough.
        """
        open_cases = self.done("GET", f"/cases?kind={kind}")
        mine = [row["case"] for row in open_cases if row["user_id"] == user_id and row["state"] == "open"]
        for case in mine:
            self.done("POST", f"/cases/{case}/claim")
            decided = self.done("POST", f"/cases/{case}/decision", {"decision": decision, "reason": reason})
            assert (decided["proposal"] is None) == (second is None), decided
            if second is not None:
                second().done("POST", f"/proposals/{decided['proposal']}/approve")
        return bool(mine)

    def _signed(self, options: dict[str, Any]) -> dict[str, Any]:
        named = {"type": "webauthn.get", "challenge": options["challenge"], "origin": self._passkey["origin"]}
        client = json.dumps(named).encode()
        domain = hashlib.sha256(self._passkey["domain"].encode()).digest()
        data = domain + bytes([PRESENT_AND_VERIFIED]) + bytes(4)
        key = load_pem_private_key(self._passkey["private_key"].encode(), None)
        assert isinstance(key, EllipticCurvePrivateKey)
        signature = key.sign(data + hashlib.sha256(client).digest(), ECDSA(SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        shown = _base64url(bytes.fromhex(self._passkey["credential_id"]))
        response = {name: _base64url(raw) for name, raw in parts.items()}
        return {"id": shown, "rawId": shown, "type": "public-key", "response": response, "clientExtensionResults": {}}


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
