"""Addresses, ways to pay, lost factors, guided steps, the checklist and the recovery export over HTTP."""

import json

import pytest
from pyrage import passphrase as age

from lonja.primitives.instant import DAY_MS, MINUTE_MS
from tests.edge.account.conftest import SAFARI, Caller, Office
from tests.modules.identity.people.conftest import EMAIL, PASSWORD, PHONE
from tests.modules.identity.people.test_protection import Guard, Registry
from tests.modules.identity.people.test_resets import Desk

WALLET = {"network": "BTC", "address": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "label": "mine"}
CARD = {"kind": "card", "holder": "Alice Gray", "number": "4111 1111 1111 1111", "provider": "Somebank"}


async def with_phone(office: Office) -> Caller:
    laptop = office.browser()
    await laptop.sign_up()
    await laptop.call("POST", "/security/contacts", {"contact": PHONE})
    codes = {"contact": PHONE, "code": office.town.post.code(PHONE)}
    assert (await laptop.call("POST", "/security/contacts/confirm", codes)).status == 204
    return laptop


async def test_an_address_is_listed_vouched_for_and_removed(office: Office) -> None:
    laptop = await with_phone(office)
    listed = (await laptop.call("POST", "/addresses", WALLET)).body
    assert listed["usable_from_ms"] == office.town.now_ms + DAY_MS
    sent = await laptop.call("POST", "/addresses/codes", {"act": "address_verify"})
    assert sent.body == {"sent_to": ["al***@example.com", "+141*****00"]}
    codes = {"codes": {"email": office.town.post.code(EMAIL), "phone": office.town.post.code(PHONE)}}
    path = f"/addresses/{listed['address_id']}"
    assert (await laptop.call("POST", f"{path}/verify", codes)).body["is_verified"]
    assert (await laptop.call("DELETE", path)).status == 204
    assert (await laptop.call("GET", "/addresses")).body == {"only_listed": False, "no_wait": False, "addresses": []}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/addresses", WALLET),
        ("DELETE", "/addresses/1", None),
        ("PUT", "/addresses/rules", {"only_listed": True, "no_wait": False}),
        ("POST", "/addresses/codes", {"act": "address_list"}),
        ("POST", "/payment-methods", CARD),
        ("DELETE", "/payment-methods/1", None),
        ("POST", "/security/recovery-export", {"passphrase": "Seven-quiet-harbors-92"}),
        ("POST", "/security/guide/finish", None),
        ("POST", "/security/guide/kept", {"step": "contacts", "kept": []}),
    ],
)
async def test_what_opens_something_needs_a_session_and_a_step_up(
    office: Office, method: str, path: str, body: object
) -> None:
    stranger, laptop = office.browser(), office.browser()
    assert (await stranger.call(method, path, body)).code == "signed_out"
    await laptop.sign_up()
    office.town.wait(6 * MINUTE_MS)
    assert (await laptop.call(method, path, body)).code == "step_up_required"


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "1%00", "\u0661"])
async def test_nobody_elses_address_is_found(office: Office, number: str) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    assert (await laptop.call("DELETE", f"/addresses/{number}")).code == "address_not_found"


async def test_a_way_to_pay_is_kept_in_the_verified_name_and_shown_masked(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    assert (await laptop.call("POST", "/payment-methods", CARD)).code == "verification_needed"
    office.town.people.payment_methods.holders = Registry()
    assert (await laptop.call("POST", "/payment-methods", CARD | {"holder": "Bob"})).code == "holder_not_you"
    kept = (await laptop.call("POST", "/payment-methods", CARD)).body
    assert kept["number"] == "**** 1111"
    assert [one["payment_method"] for one in (await laptop.call("GET", "/payment-methods")).body] == [
        kept["payment_method"]
    ]
    assert (await laptop.call("DELETE", f"/payment-methods/{kept['payment_method']}")).status == 204


async def test_a_lost_phone_from_sign_in_to_a_link_that_cancels(office: Office) -> None:
    await with_phone(office)
    people = office.town.people
    people.resets.desk = Desk()
    telephone = office.browser(SAFARI)
    begun = (await telephone.call("POST", "/sign-in", {"identifier": EMAIL, "password": PASSWORD})).body
    form = {"factor": "phone", "reason": "stolen on the train", "sign_in": begun["sign_in"]}
    reset = (await telephone.call("POST", "/security/resets", form)).body
    assert reset["missing"] == ["email"]
    proof = {"reset": reset["reset"], "method": "email"}
    assert (await telephone.call("POST", "/security/resets/code", proof)).status == 200
    answer = proof | {"answer": office.town.post.code(EMAIL)}
    assert (await telephone.call("POST", "/security/resets/factor", answer)).body == {"reset": "", "missing": []}
    token = office.town.post.last(PHONE)[1]["cancel_this_link"].partition("?token=")[2]
    assert (await office.browser().call("POST", "/security/resets/cancel-by-link", {"token": token})).status == 204
    assert (
        await office.browser().call("POST", "/security/resets/cancel-by-link", {"token": token})
    ).code == "reset_over"


async def test_a_reset_needs_a_password_or_a_session(office: Office) -> None:
    form = {"factor": "phone", "reason": "lost"}
    assert (await office.browser().call("POST", "/security/resets", form)).code == "signed_out"
    forged = form | {"sign_in": "nothing"}
    assert (await office.browser().call("POST", "/security/resets", forged)).code == "sign_in_over"
    elsewhere = await office.browser().call("POST", "/security/resets", forged, origin="https://evil.example")
    assert elsewhere.code == "csrf_failed"


async def test_the_checklist_and_guided_steps(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    guard = office.town.people.guides.safety = Guard()
    checklist = (await laptop.call("GET", "/security/checklist")).body
    assert checklist["score"] == 12
    assert {"name": "email", "done": True, "required": True} in checklist["items"]
    office.town.wait(MINUTE_MS)
    begun = await laptop.call("POST", "/security/guide", {"kind": "trojan"})
    assert begun.status == 201
    assert len(guard.closed) == 1
    assert (await laptop.call("POST", "/security/guide/finish")).code == "steps_left"
    assert (await laptop.call("GET", "/security/guide")).body == begun.body
    for kind in ("trojan", "unusual_activity"):
        again = await laptop.call("POST", "/security/guide", {"kind": kind})
        assert (again.status, again.body) == (200, begun.body), "the one that is open"
    contacts = {"step": "contacts", "kept": ["email", "phone"]}
    assert (await laptop.call("POST", "/security/guide/kept", contacts)).code == "not_all_named"
    kept = await laptop.call("POST", "/security/guide/kept", contacts | {"kept": ["email"]})
    assert {"name": "contacts", "done": True} in kept.body["steps"]


async def test_this_was_not_me_needs_no_session_and_only_closes(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    town = office.town
    town.people.use_clocks(lambda: town.now_ms)
    await laptop.call("POST", "/addresses", WALLET)
    token = town.post.last(EMAIL)[1]["this_was_not_me_link"].partition("?token=")[2]
    assert (await office.browser().call("POST", "/security/not-me", {"token": token[:-1]})).code == "link_over"
    assert (await office.browser().call("POST", "/security/not-me", {"token": token})).status == 204
    assert (await laptop.call("GET", "/me")).code == "session_ended"


@pytest.mark.lengthy
async def test_the_recovery_export_is_a_file_for_age(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    form = {"passphrase": "Seven-quiet-harbors-92"}
    answer = await laptop.http.post("/api/account/security/recovery-export", json=form, headers=laptop.headers)
    assert answer.headers["content-disposition"] == 'attachment; filename="recovery.json.age"'
    assert answer.content.startswith(b"age-encryption.org/v1")
    with pytest.raises(Exception, match=r"[Dd]ecrypt"):
        age.decrypt(answer.content, "another passphrase")
    inside = json.loads(age.decrypt(answer.content, form["passphrase"]))
    assert len(inside["backup_codes"]) == 10
