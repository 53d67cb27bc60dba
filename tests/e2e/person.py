"""Somebody who uses the sandbox as people do: a browser, a telephone, a mailbox, an authenticator app."""

import json
import re
import ssl
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pyotp

from tests.e2e.browser import Reply, Tab
from tests.e2e.sandbox_process import SandboxProcess

PASSWORD = "Quarry-7-lantern"
RESEND_MS = 60_000
"""How long there is no other code after one was sent."""
_PATIENCE_S = 40.0
STEP_MS = 30_000
"""How long a code of an authenticator is shown."""


class Town:
    """The world outside the account API: the outbox, the clock, money from nowhere."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox

    def origin(self, *, tls: bool = False) -> str:
        """Where browsers find the house: passkeys belong to a name, never to a number."""
        address: str = self.sandbox.told["rest_tls" if tls else "rest"]
        return address.replace("127.0.0.1", "localhost")

    def now_ms(self) -> int:
        return int(self.sandbox.get("/api/v5/public/time")[0]["ts"])

    def wait(self, ms: int) -> None:
        """Let time pass on the exchange."""
        self.sandbox.call("POST", "/sandbox/clock", {"step_ms": ms})

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait, by the machine's clock, for what the house does by itself."""
        deadline = time.monotonic() + _PATIENCE_S
        while not is_so():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.5)

    def messages(self, address: str) -> list[dict[str, Any]]:
        """What came to an address, newest first."""
        query = urllib.parse.urlencode({"to": address})
        found: list[dict[str, Any]] = json.loads(self.sandbox.page(f"/sandbox/outbox?{query}"))
        return found

    def code(self, address: str) -> str:
        """The newest code at an address."""
        for message in self.messages(address):
            codes = re.findall(r"\b\d{6}\b", message["text"])
            if codes:
                return str(codes[0])
        raise AssertionError(f"no code came to {address}")

    def link(self, address: str, page: str) -> str:
        """The token in the newest link to a page of the house."""
        for message in self.messages(address):
            found = re.search(rf"/{page}\S*[?&/=]([\w.~-]{{20,}})", message["text"])
            if found:
                return found[1]
        raise AssertionError(f"no link to {page} came to {address}")

    def user_id(self, uid: str) -> int:
        """The house's own number of a person."""
        rows = self.sandbox.get("/sandbox/accounts")
        (name,) = [row["name"] for row in rows if row["uid"] == uid]
        return int(name.removeprefix("user-"))

    def drain(self, uid: str) -> str:
        """Take all money out of an account; why not, "" when it was done."""
        return str(self.sandbox.answer("POST", "/sandbox/accounts/drain", {"account": uid})["msg"])

    def fund(self, uid: str, currency: str, amount: str) -> None:
        """Give an account money."""
        self.sandbox.call("POST", "/sandbox/accounts/fund", {"account": uid, "currency": currency, "amount": amount})


class Script:
    """A program that speaks to an API of people, with tokens instead of cookies."""

    def __init__(
        self, sandbox: SandboxProcess, agent: str = "script/1.0", *, tls: bool = False, is_staff: bool = False
    ) -> None:
        door = "staff_door" if is_staff else "rest_tls" if tls else "rest"
        self._below = sandbox.told[door] + ("/api/staff" if is_staff else "/api/account")
        self._context = ssl.create_default_context(cafile=sandbox.told["ca_file"]) if tls else None
        self.headers = {"User-Agent": agent, "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: object = None) -> Reply:
        """Ask, and keep the tokens that the answer has."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._below + path, data, self.headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30, context=self._context) as response:
                status, text = response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                status, text = error.code, error.read()
        answer = json.loads(text) if text else None
        if isinstance(answer, dict):
            if answer.get("session_token"):
                self.headers["Authorization"] = f"Bearer {answer['session_token']}"
            if answer.get("device_token"):
                self.headers["x-device-token"] = answer["device_token"]
        return Reply(status, answer)


class Person:
    """Somebody with an e-mail address and a telephone."""

    def __init__(self, town: Town, name: str, phone: str) -> None:
        self.town = town
        self.email, self.phone = f"{name}@example.com", phone
        self.password = PASSWORD
        self.residence = "CH"
        self.uid = ""
        self.backup_codes: list[str] = []
        self.authenticator = pyotp.TOTP(pyotp.random_base32())

    # -- Signing up and in -------------------------------------------------------------------------------------------

    def sign_up(self, at: Tab | Script, residence: str = "CH") -> Reply:
        """Fill the form in, and the code that came."""
        self.residence = residence
        texts = at.call("GET", f"/sign-up/agreements?residence={residence}").body
        form = {"contact": self.email, "password": self.password, "residence": residence}
        begun = at.call("POST", "/sign-up", form | {"agreements": [text["text_hash"] for text in texts]})
        if begun.status != 202:
            return begun
        done = at.call("POST", "/sign-up/confirm", {**begun.body, "code": self.town.code(self.email)})
        self.uid = at.call("GET", "/me").body["uid"]
        return done

    def sign_in(self, at: Tab | Script, method: str = "authenticator") -> Reply:
        """Password and a second factor; the device may still have to be let in."""
        step = at.call("POST", "/sign-in", {"identifier": self.email, "password": self.password})
        if step.status != 200:
            return step
        return at.call("POST", "/sign-in/factor", {**_sign_in(step), "method": method, "answer": self._answer(method)})

    def code_of_authenticator(self) -> str:
        """A fresh code: the same one is never taken twice, so time moves on to the next."""
        self.town.wait(STEP_MS)
        return self.authenticator.at(self.town.now_ms() // 1_000)

    # -- Factors -----------------------------------------------------------------------------------------------------

    def bind_phone(self, at: Tab | Script) -> None:
        """Link the telephone."""
        given = {"contact": self.phone}
        assert at.call("POST", "/security/contacts", given).status == 202
        assert (
            at.call("POST", "/security/contacts/confirm", {**given, "code": self.town.code(self.phone)}).status == 204
        )

    def bind_authenticator(self, at: Tab | Script) -> None:
        """Link an authenticator app."""
        self.authenticator = pyotp.TOTP(at.call("POST", "/security/authenticator").body["secret"])
        entered = {"code": self.authenticator.at(self.town.now_ms() // 1_000)}
        assert at.call("POST", "/security/authenticator/confirm", entered).status == 204

    def keep_backup_codes(self, at: Tab | Script) -> None:
        """Write new codes on paper."""
        self.backup_codes = list(at.call("POST", "/security/backup-codes").body["codes"])

    def add_passkey(self, at: Tab, name: str) -> Reply:
        """Have the browser make a passkey."""
        credential = at.make_passkey(at.call("POST", "/passkeys/options").body)
        return at.call("POST", "/passkeys", {"credential": credential, "name": name})

    def sign_in_by_passkey(self, at: Tab) -> Reply:
        """Nothing is typed."""
        credential = at.use_passkey(at.call("POST", "/passkeys/sign-in/options").body)
        return at.call("POST", "/passkeys/sign-in", {"credential": credential})

    def factors_after_passkey(self, at: Tab) -> list[str]:
        """What is linked, seen in a new session."""
        assert self.sign_in_by_passkey(at).status == 200
        factors: list[str] = at.call("GET", "/me").body["factors"]
        return factors

    def confirm_by_passkey(self, at: Tab) -> None:
        """Open the next minutes for sensitive acts."""
        credential = at.use_passkey(at.call("POST", "/passkeys/step-up/options").body)
        assert at.call("POST", "/passkeys/step-up", {"credential": credential}).status == 204

    # -- Looking -----------------------------------------------------------------------------------------------------

    def right(self, at: Tab | Script, capability: str) -> dict[str, Any]:
        """What is decided about a capability; every decision says why, by which rule and which version of it."""
        decisions = at.call("GET", "/me/rights").body["decisions"]
        for decision in decisions:
            assert all(decision[name] for name in ("effect", "reason", "sentence", "rule", "version")), decision
        (found,) = [decision for decision in decisions if decision["capability"] == capability]
        return dict(found)

    # -- Frozen ------------------------------------------------------------------------------------------------------

    def unfreeze(self, at: Tab | Script, methods: tuple[str, ...] = ("email", "sms", "authenticator")) -> Reply:
        """Come back with the password and all factors."""
        self.town.wait(RESEND_MS)
        form = {"kind": "unfreeze", "identifier": self.email, "password": self.password}
        recovery = {"recovery": at.call("POST", "/recovery", form).body["recovery"]}
        for method in methods:
            if method != "authenticator":
                assert at.call("POST", "/recovery/code", {**recovery, "method": method}).status == 202
            answer = {"method": method, "answer": self._answer(method)}
            assert at.call("POST", "/recovery/factor", {**recovery, **answer}).status == 200
        return at.call("POST", "/recovery/unfreeze", recovery)

    def _answer(self, method: str) -> str:
        if method == "authenticator":
            return self.code_of_authenticator()
        if method == "backup_code":
            return self.backup_codes.pop(0)
        return self.town.code(self.phone if method == "sms" else self.email)


def _sign_in(step: Reply) -> dict[str, str]:
    return {"sign_in": step.body["sign_in"]}
