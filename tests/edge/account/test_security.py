"""Self-service and recovery over HTTP, told as the story of one person."""

import pyotp
import pytest

from lonja.modules.identity.api import Client, Obligation
from lonja.primitives.instant import DAY_MS, MINUTE_MS
from tests.edge.account.conftest import SAFARI, Caller, Office
from tests.modules.identity.people.conftest import EMAIL, PASSWORD, PHONE

NEW_PASSWORD = "Lantern-8-quarry"


async def bind_all(caller: Caller, office: Office) -> pyotp.TOTP:
    await caller.call("POST", "/security/contacts", {"contact": "+1 415 555 0100"})
    code = office.town.post.code(PHONE)
    assert (await caller.call("POST", "/security/contacts/confirm", {"contact": PHONE, "code": code})).status == 204
    draft = (await caller.call("POST", "/security/authenticator")).body
    generator = pyotp.TOTP(draft["secret"])
    entered = {"code": generator.at(office.town.now_ms // 1000)}
    assert (await caller.call("POST", "/security/authenticator/confirm", entered)).status == 204
    return generator


async def test_a_person_binds_everything_freezes_and_comes_back(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    generator = await bind_all(laptop, office)
    assert (await laptop.call("GET", "/me")).body["missing_factors"] == []
    assert len((await laptop.call("POST", "/security/backup-codes")).body["codes"]) == 10
    assert (await laptop.call("PUT", "/security/anti-phishing-code", {"code": "Blue42heron"})).status == 204
    change = {"old": PASSWORD, "new": NEW_PASSWORD}
    assert (await laptop.call("POST", "/security/password", change)).status == 204
    assert (await laptop.call("POST", "/security/freeze", {"reason": "lost my bag"})).status == 204
    assert (await laptop.call("GET", "/me")).body["message"] == "The account was frozen."
    assert (await laptop.sign_in(password=NEW_PASSWORD)).code == "account_frozen"
    office.town.wait(MINUTE_MS)
    form = {"kind": "unfreeze", "identifier": EMAIL, "password": NEW_PASSWORD}
    recovery = {"recovery": (await laptop.call("POST", "/recovery", form)).body["recovery"]}
    for method, address in (("email", EMAIL), ("sms", PHONE)):
        await laptop.call("POST", "/recovery/code", {**recovery, "method": method})
        answer = office.town.post.code(address)
        await laptop.call("POST", "/recovery/factor", {**recovery, "method": method, "answer": answer})
    assert (await laptop.call("POST", "/recovery/unfreeze", recovery)).code == "factors_missing"
    answer = generator.at(office.town.now_ms // 1000)
    last = await laptop.call("POST", "/recovery/factor", {**recovery, "method": "authenticator", "answer": answer})
    assert last.body["missing"] == []
    assert (await laptop.call("POST", "/recovery/unfreeze", recovery)).status == 204
    assert (await laptop.sign_in(password=NEW_PASSWORD)).body["stage"] == "done"


SENSITIVE = [
    ("POST", "/security/contacts", {"contact": "eve@example.com"}),
    ("POST", "/security/contacts/confirm", {"contact": "eve@example.com", "code": "000000"}),
    ("POST", "/security/authenticator", None),
    ("POST", "/security/authenticator/confirm", {"code": "000000"}),
    ("POST", "/security/backup-codes", None),
    ("POST", "/security/password", {"old": PASSWORD, "new": NEW_PASSWORD}),
    ("PUT", "/security/anti-phishing-code", {"code": "Blue42heron"}),
    ("POST", "/security/freeze", {}),
    ("DELETE", "/me/devices/1", None),
    ("POST", "/security/close", {}),
    ("DELETE", "/security/close", None),
    ("GET", "/security/emergency-contact", None),
    ("DELETE", "/security/emergency-contact", None),
    ("POST", "/keys", {"label": "a", "passphrase": "Correct-horse-1", "permissions": []}),
    ("POST", "/passkeys/options", None),
]


@pytest.mark.parametrize(("method", "path", "body"), SENSITIVE)
async def test_a_stolen_session_changes_nothing_after_a_while(
    office: Office, method: str, path: str, body: object
) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    office.town.wait(6 * MINUTE_MS)
    reply = await laptop.call(method, path, body)
    assert (reply.status, reply.code) == (403, "step_up_required")


@pytest.mark.parametrize(("method", "path", "body"), SENSITIVE)
async def test_nobody_signed_in_nothing_done(office: Office, method: str, path: str, body: object) -> None:
    reply = await office.browser().call(method, path, body)
    assert (reply.status, reply.code) == (401, "signed_out")


async def test_an_emergency_contact_is_named_shown_and_removed(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    assert (await laptop.call("GET", "/security/emergency-contact")).body is None
    choices = (await laptop.call("GET", "/security/emergency-contact/choices")).body
    assert choices == {"inactivity_months": [3, 6, 12, 18], "response_days": [7, 14, 30], "reminder_count": 3}
    contact = {"name": "Bob", "relation": "brother", "phone": PHONE, "email": "bob@example.net"}
    periods = {"inactivity_months": 6, "response_days": 30}
    assert (await laptop.call("PUT", "/security/emergency-contact", contact)).code == "request_invalid"
    assert (await laptop.call("PUT", "/security/emergency-contact", contact | periods)).status == 200
    shown = (await laptop.call("GET", "/security/emergency-contact")).body
    assert shown == contact | periods | {"tell_now": False}
    assert (await laptop.call("DELETE", "/security/emergency-contact")).status == 204


HELPER = {"name": "Bob", "relation": "brother", "phone": PHONE, "email": "bob@example.net"}
HELPER_FORM = HELPER | {"inactivity_months": 6, "response_days": 30}


async def test_notices_of_grave_acts_show_from_where_they_were_done(office: Office) -> None:
    laptop, told = office.browser(), office.town.post
    await laptop.sign_up()
    office.town.people.use_clocks(lambda: office.town.now_ms)
    phone = office.town.people.sign_ins.admit(1, "passkey", Client("198.51.100.1", SAFARI), office.town.now_ms).opened
    assert phone is not None
    other = next(one for one in (await laptop.call("GET", "/me/devices")).body if not one["is_this_one"])
    acts: list[tuple[str, str, object, str]] = [
        ("PUT", "/security/emergency-contact", HELPER_FORM, "your emergency contact was changed"),
        ("DELETE", "/security/emergency-contact", None, "your emergency contact was removed"),
        ("DELETE", f"/me/devices/{other['device_id']}", None, ""),
        ("POST", "/security/freeze", {"reason": "lost"}, "your account was frozen"),
    ]
    for method, path, body, title in acts:
        assert (await laptop.call(method, path, body)).status in (200, 204)
        template, values = told.last(EMAIL)
        assert (template, values.get("title", "")) == ("notice" if title else "device_removed", title)
        assert (values["device"], values["place"]) == ("Firefox on Linux", "Valencia (203.0.113.7)"), path


@pytest.mark.parametrize(
    ("path", "link"),
    [("/security/freeze-by-link", "freeze_the_account_link"), ("/security/not-me", "this_was_not_me_link")],
)
async def test_freezing_by_a_link_shows_who_opened_it(office: Office, path: str, link: str) -> None:
    await office.browser().sign_up()
    office.town.people.use_clocks(lambda: office.town.now_ms)
    office.town.people.tell(1, "notice", {"title": "something happened"})
    token = office.town.post.last(EMAIL)[1][link].partition("?token=")[2]
    assert (await office.browser(SAFARI).call("POST", path, {"token": token})).status == 204
    values = office.town.post.last(EMAIL)[1]
    assert values["title"] == "your account was frozen"
    assert (values["device"], values["place"]) == (Client("", SAFARI).name, "Valencia (203.0.113.7)")


async def test_closing_is_begun_and_taken_back(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    before = (await laptop.call("GET", "/security/close")).body
    assert before == {"hindrances": [], "ends_ms": 0, "by_house": False, "period_ms": 30 * DAY_MS}
    begun = await laptop.call("POST", "/security/close", {"reason": "leaving"})
    assert begun.body == {"ends_ms": office.town.now_ms + 30 * DAY_MS}
    assert (await laptop.call("GET", "/me")).body["state"] == "closing"
    assert (await laptop.call("GET", "/security/close")).body["ends_ms"] == office.town.now_ms + 30 * DAY_MS
    assert (await laptop.call("DELETE", "/security/close")).status == 204
    assert (await laptop.call("DELETE", "/security/close")).code == "state_changed"


async def test_what_is_in_the_way_of_closing_is_told_before_it_is_tried(office: Office) -> None:
    class Debts:
        def of(self, _: int) -> list[Obligation]:
            return [Obligation("positions", 1), Obligation("balances", 2)]

    laptop = office.browser()
    await laptop.sign_up()
    office.town.people.closing.obligations = Debts()
    told = (await laptop.call("GET", "/security/close")).body["hindrances"]
    assert told == [{"kind": "positions", "count": 1}, {"kind": "balances", "count": 2}]
    refused = await laptop.call("POST", "/security/close", {})
    assert refused.code == "account_in_use"
    assert refused.body["message"].endswith("1 positions, 2 currencies with a balance.")


async def test_the_emergency_link_needs_no_session(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    user_id = office.town.facts[0].user_id
    token = office.town.people.recoveries.freeze_link(user_id, office.town.now_ms)
    anybody = office.script()
    assert (await anybody.call("POST", "/security/freeze-by-link", {"token": token[:-1]})).code == "link_over"
    assert (await anybody.call("POST", "/security/freeze-by-link", {"token": token})).status == 204
    assert (await laptop.call("GET", "/me")).code == "session_ended"


@pytest.mark.parametrize("reason", ["x" * 201, "two\nlines"])
async def test_reasons_are_short_and_printable(office: Office, reason: str) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    assert (await laptop.call("POST", "/security/freeze", {"reason": reason})).code == "reason_form"
