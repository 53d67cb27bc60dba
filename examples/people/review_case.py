"""Be staff of a running sandbox: restrict a customer as two people, take the appeal, decide it as two people.

Usage: python examples/people/review_case.py [DATA]   (after `make run`; DATA is its folder; needs `pip install httpx
cryptography`)
"""

import hashlib
import json
import re
import secrets
import sys
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/sandbox")
told = json.loads((folder / "sandbox.json").read_text())


def base64url(raw: bytes) -> str:
    """Bytes as W3C Web Authentication writes them."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class Staff:
    """A member of staff at work. The passkey is software; a browser would ask an authenticator."""

    def __init__(self, account: dict[str, Any]) -> None:
        """Sign in by password and passkey."""
        self.name, self.passkey = account["name"], account["passkey"]
        self.house = httpx.Client(base_url=told["staff_door"], headers={"user-agent": f"staff of {self.name}"})
        begun = self.call("POST", "/sign-in", {name: account[name] for name in ("identifier", "password")})
        answer = {"sign_in": begun["sign_in"], "credential": self.signed(begun["options"])}
        session = self.call("POST", "/sign-in/passkey", answer)
        self.house.headers["authorization"] = f"Bearer {session['session_token']}"

    def signed(self, options: dict[str, Any]) -> dict[str, Any]:
        """What an authenticator answers: who asked, that somebody was there and proved to be its owner, a signature."""
        client_data = {"type": "webauthn.get", "challenge": options["challenge"], "origin": self.passkey["origin"]}
        client = json.dumps(client_data).encode()
        present, verified = 0x01, 0x04
        domain = hashlib.sha256(self.passkey["domain"].encode()).digest()
        # Our counter stays 0, which says that this authenticator does not count.
        data = domain + bytes([present | verified]) + bytes(4)
        key = load_pem_private_key(self.passkey["private_key"].encode(), None)
        assert isinstance(key, EllipticCurvePrivateKey)
        signature = key.sign(data + hashlib.sha256(client).digest(), ECDSA(SHA256()))
        response = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        shown = base64url(bytes.fromhex(self.passkey["credential_id"]))
        encoded = {name: base64url(raw) for name, raw in response.items()}
        return {"id": shown, "rawId": shown, "type": "public-key", "response": encoded, "clientExtensionResults": {}}

    def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401  # whatever JSON it is
        """Ask the staff API; each request leaves an entry in the audit log."""
        response = self.house.request(method, f"/api/staff{path}", json=body)
        answer = response.json() if response.content else {}
        assert response.is_success, answer
        return answer


def customer() -> tuple[str, httpx.Client]:
    """Somebody signs up, to have a case about."""
    house = httpx.Client(base_url=f"{told['rest']}/api/account")
    email = f"person{secrets.randbelow(10_000_000)}@example.com"
    texts = house.get("/sign-up/agreements", params={"residence": "ES"}).json()
    form = {"contact": email, "password": "Quarry-7-lantern", "residence": "ES"}
    hashes = [text["text_hash"] for text in texts]
    begun = house.post("/sign-up", json=form | {"agreements": hashes}).json()
    newest = httpx.get(f"{told['rest']}/sandbox/outbox", params={"to": email}).json()[0]
    code = re.findall(r"\b\d{6}\b", newest["text"])[0]
    session = house.post("/sign-up/confirm", json={"sign_up": begun["sign_up"], "code": code}).json()
    house.headers["authorization"] = f"Bearer {session['session_token']}"
    return email, house


ada, ben = (Staff(account) for account in told["staff"])
email, person = customer()
found = ada.call("POST", "/people/search", {"text": email})
print("found", found["email"], "in", found["residence"])
path = f"/people/{found['user_id']}"

act = {"kind": "risk_review", "reference": f"ticket {secrets.token_hex(4)}", "reason": "money from a hacked account"}
proposal = ada.call("POST", f"{path}/restrictions", act)["proposal"]
ben.call("POST", f"/proposals/{proposal}/approve")
why = ada.call("GET", f"{path}/rights/money.withdraw")["decision"]
print("restricted by two people:", why["sentence"])

(restriction,) = person.get("/me/restrictions").json()
appeal = {"restriction_id": restriction["restriction_id"], "text": "It was my own money."}
assert person.post("/appeals", json=appeal).is_success
case = next(one for one in ada.call("GET", "/cases?kind=appeal") if one["user_id"] == found["user_id"])["case"]
ada.call("POST", f"/cases/{case}/claim")
print("the customer says:", ada.call("GET", f"/cases/{case}")["summary"])
decided = ada.call("POST", f"/cases/{case}/decision", {"decision": "granted", "reason": "Papers of the bank seen."})
print("one decision is", decided["state"], "for a second person")
ben.call("POST", f"/proposals/{decided['proposal']}/approve")

(answer,) = person.get("/appeals").json()
print("the customer is told:", answer["state"], "because", answer["reason"], "| restrictions left:", end=" ")
print(len(person.get("/me/restrictions").json()))
log = ada.call("GET", "/house/audit/verification")
print("audit log: whole" if log["broken"] is None else f"audit log: broken at {log['broken']}")
