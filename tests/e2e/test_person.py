"""A person's whole life at the house, from sign-up to closing, with a real browser, a real client and a real process."""

import json
from collections.abc import Iterator
from typing import Any

import ccxt
import pytest
from playwright.sync_api import Error
from websockets.sync.client import connect

from lonja.primitives.instant import DAY_MS, HOUR_MS
from tests.conformance.clients import ccxt_client
from tests.conformance.sockets import log_in
from tests.e2e.browser import Chromium, Tab, chromium
from tests.e2e.papers import Specimen, hand_in_identity, identity_of, renewed
from tests.e2e.person import RESEND_MS, Person, Script, Town
from tests.e2e.sandbox_process import SandboxProcess
from tests.e2e.staff import Member

PAIR, INSTRUMENT = "BTC/USDT", "BTC-USDT"
PASSPHRASE = "Correct-horse-1"
RESTRICTED, BLOCKED = "50027", "51024"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with SandboxProcess(tmp_path_factory.mktemp("people") / "data", "--rate-limits", "off", "--pairs", "5") as process:
        yield Town(process)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as running:
        yield running


# -- What clients do with a person's key ------------------------------------------------------------------------------


def new_key(person: Person, at: Tab | Script) -> dict[str, Any]:
    """A key that trades, as ``sandbox.json`` would tell it to clients."""
    made = at.call("POST", "/keys", {"label": "bot", "passphrase": PASSPHRASE, "permissions": ["trade"]})
    assert made.status == 201, made
    return {**person.town.sandbox.told, "accounts": [{**made.body, "passphrase": PASSPHRASE}]}


def order_by_socket(told: dict[str, Any]) -> tuple[str, str]:
    """Code and sentence that a WebSocket answers to an order far from the market."""
    order = {"instId": INSTRUMENT, "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "1000", "sz": "0.01"}
    with connect(f"{told['ws']}/private", open_timeout=10) as socket:
        log_in(socket, told["accounts"][0])
        socket.send(json.dumps({"id": "1", "op": "order", "args": [order]}))
        (row,) = json.loads(socket.recv(timeout=10))["data"]
        return row["sCode"], row["sMsg"]


def order_by_rest(client: Any) -> tuple[str, str]:
    """The same with ccxt."""
    try:
        client.create_order(PAIR, "limit", "buy", 0.01, 1000)
    except ccxt.BaseError as error:
        (row,) = json.loads(str(error).removeprefix("okx "))["data"]
        return row["sCode"], row["sMsg"]
    return "0", ""


def assert_refused(told: dict[str, Any], client: Any, code: str, sentence: str) -> None:
    """By both ways in, for the same reason."""
    for answered in (order_by_rest(client), order_by_socket(told)):
        assert answered[0] == code
        assert sentence in answered[1]


# -- A life ----------------------------------------------------------------------------------------------------------


@pytest.mark.lengthy
def test_a_life(town: Town, browser: Chromium) -> None:
    alice, laptop = Person(town, "alice", "+14155550100"), browser.tab(town.origin())
    assert alice.sign_up(laptop, "CU").code == "residence_closed"
    assert alice.sign_up(laptop).body["stage"] == "done"
    told = new_key(alice, laptop)
    client = ccxt_client(ccxt.okx, told)
    client.load_markets()
    town.fund(alice.uid, "USDT", "5000")

    is_refused_until_all_factors_are_linked(alice, laptop, told, client)
    is_refused_until_verified(alice, laptop, told, client)
    trades(alice, laptop, told, client)
    freezes_and_comes_back(alice, laptop, told, client)
    loses_the_authenticator(alice, laptop)
    loses_the_telephone_number(alice, laptop)
    closes_and_is_forgotten(alice, laptop, client)


def is_refused_until_all_factors_are_linked(alice: Person, laptop: Tab, told: dict[str, Any], client: Any) -> None:
    assert alice.right(laptop, "trade.spot")["reason"] == "factors_missing"
    assert_refused(told, client, RESTRICTED, "Link an authenticator app and a phone number first.")
    alice.bind_phone(laptop)
    assert alice.right(laptop, "trade.spot")["sentence"].endswith("Link an authenticator app first.")
    alice.bind_authenticator(laptop)
    assert laptop.call("GET", "/me").body["missing_factors"] == []
    assert alice.add_passkey(laptop, "Laptop").body["name"] == "Laptop"
    alice.keep_backup_codes(laptop)
    assert len(alice.backup_codes) == 10
    assert laptop.call("PUT", "/security/anti-phishing-code", {"code": "Blue42heron"}).status == 204


def is_refused_until_verified(alice: Person, laptop: Tab, told: dict[str, Any], client: Any) -> None:
    denied = alice.right(laptop, "trade.spot")
    assert (denied["effect"], denied["reason"], denied["rule"]) == ("deny", "kyc_level_too_low", "gate.trade.spot")
    assert_refused(told, client, RESTRICTED, "It needs verification level 1, and yours is 0.")
    opened = [row["then"]["capability"] for row in laptop.call("GET", "/me/rights/at-level/1").body]
    assert "trade.spot" in opened
    passes_verification(alice, laptop)
    assert alice.right(laptop, "trade.spot")["effect"] == "allow"


def passes_verification(alice: Person, laptop: Tab) -> None:
    """With the specimen of the standard: as printed it has expired; renewed it is read, and somebody compares faces."""
    hand_in_identity(laptop, Specimen(), alice.residence)
    alice.town.until(lambda: identity_of(laptop)["state"] == "refused")
    (failure,) = identity_of(laptop)["failures"]
    assert failure["code"] == "document_expired"
    assert failure["remedy"]
    hand_in_identity(laptop, renewed(), alice.residence)
    reviewer, user_id = Member(alice.town.sandbox), alice.town.user_id(alice.uid)
    alice.town.until(lambda: reviewer.decide("liveness", user_id, "matched", "the same person"))
    # Where no text is read off pictures, somebody has to do that too.
    reviewer.decide("kyc", user_id, "approved", "the specimen of the standard")
    alice.town.until(lambda: identity_of(laptop)["state"] == "verified")


def trades(alice: Person, laptop: Tab, told: dict[str, Any], client: Any) -> None:
    bought = client.create_order(PAIR, "market", "buy", 0.01)
    assert client.fetch_order(bought["id"], PAIR)["filled"] == 0.01
    assert order_by_rest(client)[0] == order_by_socket(told)[0] == "0"
    assert len(client.fetch_open_orders(PAIR)) == 2
    assert alice.sign_in_by_passkey(laptop).body["stage"] == "done"
    changes = laptop.call("GET", "/me/rights/changes").body["rights"]
    assert ("deny", "allow") in {(change["before"], change["now"]["effect"]) for change in changes}
    assert laptop.call("POST", "/security/close", {}).code == "account_in_use"


def newest_mail(alice: Person) -> str:
    """The newest mail."""
    return str(alice.town.messages(alice.email)[0]["text"])


def freezes_and_comes_back(alice: Person, laptop: Tab, told: dict[str, Any], client: Any) -> None:
    alice.confirm_by_passkey(laptop)
    assert laptop.call("POST", "/security/freeze", {"reason": "lost my bag"}).status == 204
    assert laptop.call("GET", "/me").body["message"] == "The account was frozen."
    assert "Blue42heron" in newest_mail(alice)
    assert_refused(told, client, BLOCKED, "")
    with pytest.raises(ccxt.AccountSuspended):
        client.fetch_balance()
    assert alice.sign_in(laptop).code == "account_frozen"
    assert alice.unfreeze(laptop, ("email", "sms")).code == "factors_missing"
    assert alice.unfreeze(laptop).status == 204
    assert client.fetch_open_orders(PAIR) == [], "they were canceled"
    assert alice.sign_in(laptop).body["stage"] == "done"
    held = laptop.call("GET", "/me/holds").body
    assert "account_unfrozen" in {hold["kind"] for hold in held}
    assert alice.right(laptop, "money.withdraw")["reason"] == "on_hold"
    assert client.create_order(PAIR, "limit", "buy", 0.01, 1000)["id"]
    client.cancel_order(client.fetch_open_orders(PAIR)[0]["id"], PAIR)


def loses_the_authenticator(alice: Person, laptop: Tab) -> None:
    """With the telephone it was on: a code on paper leads in once, and a new authenticator is linked."""
    assert laptop.call("DELETE", "/sign-in").status == 204
    lost, code = alice.authenticator, alice.backup_codes[0]
    assert alice.sign_in(laptop, "backup_code").body["stage"] == "done"
    assert alice.right(laptop, "money.withdraw")["reason"] == "on_hold"
    alice.bind_authenticator(laptop)
    answers = {"authenticator": lost.at(alice.town.now_ms() // 1_000), "backup_code": code}
    for method, answer in answers.items():
        confirmed = laptop.call("POST", "/sign-in/step-up", {"method": method, "answer": answer})
        assert confirmed.code == "factor_wrong", method
    assert laptop.call("DELETE", "/sign-in").status == 204
    assert alice.sign_in(laptop).body["stage"] == "done"


def loses_the_telephone_number(alice: Person, laptop: Tab) -> None:
    """Whoever sold the card has it now: all other factors are given, staff look at it, it cools, then it is taken off."""
    town, lost = alice.town, {"factor": "phone", "reason": "my telephone was stolen"}
    begun = laptop.call("POST", "/security/resets", lost).body
    assert sorted(begun["missing"]) == ["authenticator", "email"]
    reset = {"reset": begun["reset"]}
    town.wait(RESEND_MS)
    assert laptop.call("POST", "/security/resets/code", {**reset, "method": "email"}).status == 200
    answers = {"email": town.code(alice.email), "authenticator": alice.code_of_authenticator()}
    for method, answer in answers.items():
        given = laptop.call("POST", "/security/resets/factor", {**reset, "method": method, "answer": answer})
        assert given.status == 200, given
    assert laptop.call("GET", "/security/resets").body["state"] == "in_review"
    reviewer, user_id = Member(town.sandbox), town.user_id(alice.uid)
    seen = "the same face as in the passport"
    town.until(lambda: reviewer.decide("reset", user_id, "approved", seen, lambda: Member(town.sandbox, 1)))
    town.until(lambda: laptop.call("GET", "/security/resets").body["state"] == "cooling")
    assert "phone" in laptop.call("GET", "/me").body["factors"], "it can still be canceled"
    town.wait(DAY_MS)
    town.until(lambda: "phone" not in alice.factors_after_passkey(laptop))
    assert alice.right(laptop, "trade.spot")["reason"] == "factors_missing"
    alice.phone = "+14155550199"
    alice.bind_phone(laptop)
    assert alice.right(laptop, "trade.spot")["effect"] == "allow"
    assert alice.right(laptop, "money.withdraw")["reason"] == "on_hold"


def closes_and_is_forgotten(alice: Person, laptop: Tab, client: Any) -> None:
    alice.confirm_by_passkey(laptop)
    assert "balance" in laptop.call("POST", "/security/close", {}).body["message"]
    assert alice.town.drain(alice.uid) == "FUNDS_ON_HOLD", "the core holds it too"
    alice.town.wait(DAY_MS)
    assert laptop.call("GET", "/me").code == "session_ended"
    assert alice.sign_in_by_passkey(laptop).body["stage"] == "done"
    assert alice.town.drain(alice.uid) == ""
    closing = laptop.call("POST", "/security/close", {"reason": "leaving"})
    assert closing.status == 202
    assert closing.body["ends_ms"] > alice.town.now_ms() + 29 * DAY_MS
    assert order_by_rest(client)[0] == BLOCKED
    alice.town.wait(30 * DAY_MS + HOUR_MS)
    alice.town.until(lambda: is_forgotten(alice, laptop))
    # Whatever was written to them before is gone too.
    alice.town.until(lambda: subjects_to(alice) == ["Your account was closed"])
    assert laptop.call("GET", "/me").status == 401
    assert alice.sign_in(laptop).code == "credentials_wrong"
    assert alice.sign_up(laptop).body["stage"] == "done", "the address is free again"


def subjects_to(person: Person) -> list[str]:
    """What mails to somebody are about."""
    return [message["subject"] for message in person.town.messages(person.email)]


def is_forgotten(person: Person, at: Tab) -> bool:
    """Whether the house knows nobody of that address any more."""
    form = {"identifier": person.email, "password": person.password}
    return at.call("POST", "/sign-in", form).code == "credentials_wrong"


# -- Other ways in ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_a_passkey_alone_signs_in_on_a_new_computer(town: Town, browser: Chromium, *, tls: bool) -> None:
    bob, laptop = Person(town, f"bob{tls}", "+14155550101"), browser.tab(town.origin(tls=tls))
    bob.sign_up(laptop)
    assert bob.add_passkey(laptop, "Phone").status == 201
    computer = browser.tab(town.origin(tls=tls))
    laptop.copy_passkeys_to(computer)
    done = bob.sign_in_by_passkey(computer).body
    assert (done["stage"], "session_token" in done) == ("done", False)
    assert computer.call("GET", "/me").body["uid"] == bob.uid
    assert {cookie["secure"] for cookie in computer.cookies()} == {tls}
    assert {cookie["name"].startswith("__Host-") for cookie in computer.cookies()} == {tls}
    assert {(cookie["httpOnly"], cookie["sameSite"]) for cookie in computer.cookies()} == {(True, "Strict")}
    assert computer.page.evaluate("document.cookie") == ""
    computer.headers.clear()
    assert computer.call("DELETE", "/sign-in").code == "csrf_failed"


@pytest.mark.parametrize("name", ["evil.localhost", "127.0.0.1"])
def test_a_page_of_another_name_makes_no_use_of_a_passkey(town: Town, browser: Chromium, name: str) -> None:
    """Who serves our page under another name, or leads people to it, is stopped by the browser already."""
    laptop, other = browser.tab(town.origin()), browser.tab(town.origin().replace("localhost", name))
    carol = Person(town, f"carol.{name}", "+14155550102")
    carol.sign_up(laptop)
    carol.add_passkey(laptop, "Laptop")
    laptop.copy_passkeys_to(other)
    with pytest.raises(Error, match="SecurityError"):
        other.use_passkey(laptop.call("POST", "/passkeys/sign-in/options").body)


def test_an_assertion_is_good_once(town: Town, browser: Chromium) -> None:
    dora, laptop = Person(town, "dora", "+14155550103"), browser.tab(town.origin())
    dora.sign_up(laptop)
    dora.add_passkey(laptop, "Laptop")
    answer = {"credential": laptop.use_passkey(laptop.call("POST", "/passkeys/sign-in/options").body)}
    assert laptop.call("POST", "/passkeys/sign-in", answer).status == 200
    assert laptop.call("POST", "/passkeys/sign-in", answer).code == "passkey_over"


def test_a_new_device_waits_until_it_is_let_in_by_mail(town: Town, browser: Chromium) -> None:
    eve, laptop = Person(town, "eve", "+14155550104"), browser.tab(town.origin())
    eve.sign_up(laptop)
    eve.bind_phone(laptop)
    eve.bind_authenticator(laptop)
    phone = Script(town.sandbox, "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1", tls=True)
    step = eve.sign_in(phone)
    assert step.body["stage"] == "device"
    sign_in = {"sign_in": step.body["sign_in"]}
    assert phone.call("POST", "/sign-in/device", {**sign_in, "method": "email_link"}).status == 200
    assert phone.call("GET", "/me").status == 401
    link = f"/account/device?token={town.link(eve.email, 'account/device')}"
    assert laptop.press(link, "Yes, let it in") == "The device may sign in"
    assert laptop.press(link, "No, refuse it") == "This question is answered or over."
    assert phone.call("POST", "/sign-in/state", sign_in).body["stage"] == "done"
    assert {device["is_this_one"] for device in phone.call("GET", "/me/devices").body} == {True, False}
    assert "new_device" in {hold["kind"] for hold in phone.call("GET", "/me/holds").body}
