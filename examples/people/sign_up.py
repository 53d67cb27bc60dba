"""Sign up as a person, bind phone and authenticator, and make an API key, all on a running sandbox.

Usage: python examples/people/sign_up.py [DATA]   (after `make run`; DATA is its folder; needs `pip install httpx pyotp`)
"""

import json
import re
import secrets
import sys
from pathlib import Path

import httpx
import pyotp

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/sandbox")
house = httpx.Client(base_url=json.loads((folder / "sandbox.json").read_text())["rest"])
number = secrets.randbelow(10_000_000)
email, phone, password = f"person{number}@example.com", f"+1415{2_000_000 + number % 8_000_000}", "Quarry-7-lantern"


def call(method: str, path: str, body: object = None) -> dict[str, str]:
    """Ask the account API, and keep the session it opens."""
    response = house.request(method, f"/api/account{path}", json=body)
    answer = response.json() if response.content else {}
    assert response.is_success, answer
    if "session_token" in answer:
        house.headers["authorization"] = f"Bearer {answer['session_token']}"
    return answer


def code_sent_to(address: str) -> str:
    """The sandbox sends nothing for real: its outbox shows the last message, and in it the code."""
    newest = house.get("/sandbox/outbox", params={"to": address}).json()[0]
    return str(re.findall(r"\b\d{6}\b", newest["text"])[0])


texts = house.get("/api/account/sign-up/agreements", params={"residence": "ES"}).json()
form = {"contact": email, "password": password, "residence": "ES", "agreements": [text["text_hash"] for text in texts]}
sign_up = call("POST", "/sign-up", form)["sign_up"]
call("POST", "/sign-up/confirm", {"sign_up": sign_up, "code": code_sent_to(email)})

call("POST", "/security/contacts", {"contact": phone})
call("POST", "/security/contacts/confirm", {"contact": phone, "code": code_sent_to(phone)})
authenticator = pyotp.TOTP(call("POST", "/security/authenticator")["secret"])
call("POST", "/security/authenticator/confirm", {"code": authenticator.now()})
backup_codes = call("POST", "/security/backup-codes")["codes"]

key = call("POST", "/keys", {"label": "bot", "passphrase": secrets.token_urlsafe(12), "permissions": ["trade"]})
me = call("GET", "/me")
print("signed up as", me["uid"], "with", ", ".join(me["factors"]), "and", len(backup_codes), "backup codes")
print("API key", key["api_key"], "may", ", ".join(key["permissions"]))
