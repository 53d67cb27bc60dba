"""Signing up and in over HTTP, as a page and as a script, and what an attacker tries around it."""

import json
from typing import Any

import pytest

from lonja.primitives.instant import MINUTE_MS
from tests.edge.account.conftest import SAFARI, Caller, Office
from tests.modules.identity.people.conftest import EMAIL, PASSWORD, TERMS

FORM = {"contact": EMAIL, "password": PASSWORD, "residence": "ES", "agreements": [TERMS.text_hash]}


@pytest.fixture(params=["page", "script"])
def caller(request: pytest.FixtureRequest, office: Office) -> Caller:
    return office.browser() if request.param == "page" else office.script()


async def test_from_sign_up_to_a_trading_account(caller: Caller, office: Office) -> None:
    done = await caller.sign_up()
    assert (done.status, done.body["stage"]) == (201, "done")
    me = (await caller.call("GET", "/me")).body
    assert (me["email"], me["state"], me["residence"]) == ("al***@example.com", "active", "ES")
    assert me["missing_factors"] == ["authenticator", "phone"]
    account = office.house.services.identity.account_of(me["uid"])
    view = office.house.services.engine.views.account(account or -1)
    assert view is not None
    assert view.master == account


async def test_a_known_device_signs_in_with_password_and_code(caller: Caller, office: Office) -> None:
    await caller.sign_up()
    assert (await caller.call("DELETE", "/sign-in")).status == 204
    assert (await caller.call("GET", "/me")).status == 401
    office.town.wait(MINUTE_MS)
    assert (await caller.sign_in()).body["stage"] == "done"
    assert (await caller.call("GET", "/me")).status == 200


async def test_a_new_device_waits_for_the_link(office: Office) -> None:
    await office.browser().sign_up()
    phone = office.browser(SAFARI)
    step = await phone.sign_in()
    assert (step.body["stage"], step.body["methods"]) == ("device", ["email_link", "authorized_device"])
    sign_in = {"sign_in": step.body["sign_in"]}
    asked = await phone.call("POST", "/sign-in/device", {**sign_in, "method": "email_link"})
    assert asked.body == {"sent_to": "al***@example.com"}
    assert (await phone.call("POST", "/sign-in/state", sign_in)).body["stage"] == "device"
    approval = office.town.post.last(EMAIL)[1]["approval"]
    anywhere = office.browser("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0")
    assert (await anywhere.call("POST", "/sign-in/device/answer", {"approval": approval, "let_in": True})).status == 204
    assert (await phone.call("POST", "/sign-in/state", sign_in)).body["stage"] == "done"
    devices = (await phone.call("GET", "/me/devices")).body
    assert [(device["name"], device["is_this_one"]) for device in devices] == [
        ("Safari on iOS", True),
        ("Firefox on Linux", False),
    ]


async def test_a_device_lets_another_in(office: Office) -> None:
    laptop, phone = office.browser(), office.browser(SAFARI)
    await laptop.sign_up()
    step = await phone.sign_in()
    sign_in = {"sign_in": step.body["sign_in"]}
    shown = (await phone.call("POST", "/sign-in/device", {**sign_in, "method": "authorized_device"})).body["shown_code"]
    assert (await laptop.call("POST", "/sign-in/device/approve", {"code": shown})).status == 204
    assert (await phone.call("POST", "/sign-in/state", sign_in)).body["stage"] == "done"


async def test_removing_a_device_needs_a_step_up_and_ends_its_sessions(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    (device,) = (await laptop.call("GET", "/me/devices")).body
    office.town.wait(6 * MINUTE_MS)
    path = f"/me/devices/{device['device_id']}"
    assert (await laptop.call("DELETE", path)).code == "step_up_required"
    await laptop.call("POST", "/sign-in/step-up/code", {"method": "email"})
    code = office.town.post.code(EMAIL)
    assert (await laptop.call("POST", "/sign-in/step-up", {"method": "email", "answer": code})).status == 204
    assert (await laptop.call("DELETE", path)).status == 204
    ended = await laptop.call("GET", "/me")
    assert (ended.status, ended.body["message"]) == (401, "The device was removed.")


# -- Attacks ---------------------------------------------------------------------------------------------------------


async def test_cookies_are_out_of_reach(office: Office) -> None:
    done = await office.browser().sign_up()
    for cookie in done.headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()


@pytest.mark.parametrize("token", ["", "made up"])
async def test_a_change_with_a_cookie_needs_the_csrf_token(office: Office, token: str) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    right = laptop.headers["x-csrf-token"]
    assert (await laptop.call("DELETE", "/me/devices/1", **{"x-csrf-token": token})).code == "csrf_failed"
    assert (await laptop.call("DELETE", "/sign-in", **{"x-csrf-token": right})).status == 204


@pytest.mark.parametrize("path", ["/sign-up", "/sign-in"])
async def test_another_sites_page_signs_nobody_in(office: Office, path: str) -> None:
    body = FORM if path == "/sign-up" else {"identifier": EMAIL, "password": PASSWORD}
    assert (await office.browser().call("POST", path, body, origin="https://evil.example")).code == "csrf_failed"
    own = await office.browser().call("POST", path, body, origin="http://127.0.0.1:8080")
    assert own.status in (202, 401)


async def test_a_session_planted_beforehand_is_worth_nothing(office: Office) -> None:
    """Session fixation: the token is new at each sign-in, whatever the browser brought along."""
    laptop = office.browser()
    laptop.http.cookies.set("lonja_session", "planted", domain="127.0.0.1", path="/api/account")
    await laptop.sign_up()
    planted = office.script(laptop.headers["user-agent"])
    assert (await planted.call("GET", "/me", authorization="Bearer planted")).code == "signed_out"


async def test_taken_or_free_the_sign_up_answers_alike(office: Office) -> None:
    await office.browser().sign_up()
    office.town.wait(MINUTE_MS)
    taken = await office.browser().call("POST", "/sign-up", FORM)
    free = await office.browser().call("POST", "/sign-up", {**FORM, "contact": "bob@example.com"})
    assert (taken.status, sorted(taken.body)) == (free.status, sorted(free.body))


async def test_lockouts_answer_alike_for_somebody_and_nobody(office: Office) -> None:
    await office.browser().sign_up()
    answers = []
    for identifier in (EMAIL, "nobody@example.com"):
        caller = office.script()
        body = {"identifier": identifier, "password": "wrong"}
        answers.append([(await caller.call("POST", "/sign-in", body)).body for _ in range(7)])
    assert answers[0] == answers[1]
    assert [answer["code"] for answer in answers[0]] == ["credentials_wrong"] * 5 + ["too_many_attempts"] * 2


BAD = [
    ("no body", b"", 400),
    ("no JSON", b"{", 400),
    ("a list", b"[]", 400),
    ("a number for a text", json.dumps({**FORM, "password": 1}).encode(), 400),
    ("null", json.dumps({**FORM, "contact": None}).encode(), 400),
    ("an unknown key", json.dumps({**FORM, "admin": True}).encode(), 400),
    ("bytes that are no text", b'{"contact":"\xff"}', 400),
    ("deep nesting", b"[" * 50_000, 400),
    ("too much", b'{"contact":"' + b"a" * (1 << 17) + b'"}', 413),
    ("half a surrogate", b'{"contact":"\\ud800@example.com"}', 400),
]


@pytest.mark.parametrize(("body", "status"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
async def test_bad_bodies_are_named_and_nothing_is_repeated(office: Office, body: bytes, status: int) -> None:
    caller = office.script()
    response = await caller.http.post(
        "/api/account/sign-up", content=body, headers={"content-type": "application/json"}
    )
    answer: dict[str, Any] = response.json()
    assert (response.status_code, answer["code"]) == (status, "request_invalid")
    assert PASSWORD not in response.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("PUT", "/sign-in", 405), ("GET", "/me", 401), ("GET", "/../v5/account/balance", 404)],
)
async def test_wrong_doors(office: Office, method: str, path: str, status: int) -> None:
    reply = await office.script().call(method, path)
    assert reply.status == status
    assert set(reply.body) == {"code", "message", "remedy"}
    assert reply.body["remedy"]


async def test_the_openapi_file_names_every_operation(office: Office) -> None:
    document = (await office.script().call("GET", "/openapi.json")).body
    assert document["openapi"].startswith("3.")
    for path, methods in document["paths"].items():
        assert path.startswith("/api/account/")
        for operation in methods.values():
            assert operation["summary"]
            assert operation["tags"]
            assert {"400", "401", "403", "404", "409", "413", "429", "500", "503"} <= operation["responses"].keys()
            forms = [operation["responses"][status]["content"] for status in operation["responses"] if status >= "4"]
            assert {form["application/json"]["schema"]["$ref"] for form in forms} == {"#/components/schemas/Refusal"}
    refusal = document["components"]["schemas"]["Refusal"]
    assert refusal["properties"].keys() == {"code", "message", "remedy"}
    assert document["components"]["securitySchemes"].keys() == {"script", "page", "csrf"}
