"""Attacks on the staff API, each by its name; what is refused leaves an entry too."""

import asyncio
import sqlite3
from contextlib import closing
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from lonja.edge.networks import only_from
from lonja.modules.backoffice.api import StaffSession
from lonja.primitives.instant import MINUTE_MS
from tests.edge.account.conftest import Caller
from tests.edge.staff.conftest import DESK, House
from tests.edge.staff.test_every_route import filled
from tests.modules.identity.people.conftest import PASSWORD
from tests.modules.identity.people.soft_authenticator import PRESENT

WHY = {"reason": "ticket 77"}
PLACE = {"kind": "risk_review", "reference": "ticket 77"} | WHY


def actions(house: House) -> list[str]:
    by = StaffSession(house.ids["cal"], signed_in_with_passkey=True)
    return [entry.action for entry in house.back.read_audit(by, limit=200)]


# -- Getting in ----------------------------------------------------------------------------------------------------------


async def test_a_password_alone_opens_nothing(house: House) -> None:
    thief = house.member("cal")
    token = (await thief.begin()).body["sign_in"]
    for bearer in (token, "", "x" * 600):
        assert (await thief.call("GET", "/queues", authorization=f"Bearer {bearer}")).code == "signed_out"


async def test_a_passkey_of_another_member_does_not_finish_a_sign_in(house: House) -> None:
    thief = house.member("cal")
    begun = (await thief.begin()).body
    assert house.ids["hal"]
    form = {"sign_in": begun["sign_in"], "credential": house.keys["hal"].use(begun["options"])}
    answer = await thief.call("POST", "/sign-in/passkey", form)
    assert (answer.status, answer.code) == (401, "passkey_refused")
    assert "sign_in.refused" in actions(house)


async def test_a_replayed_assertion_signs_nobody_in(house: House) -> None:
    member = house.member("cal")
    begun = (await member.begin()).body
    form = {"sign_in": begun["sign_in"], "credential": member.signed(begun["options"])}
    assert (await member.call("POST", "/sign-in/passkey", form)).status == 200
    assert (await member.call("POST", "/sign-in/passkey", form)).code == "sign_in_over"
    again = (await house.member("cal").begin()).body
    replayed = form | {"sign_in": again["sign_in"]}
    assert (await member.call("POST", "/sign-in/passkey", replayed)).code == "passkey_over"


async def test_a_replayed_assertion_confirms_nothing(house: House) -> None:
    member = await house.signed_in("sue")
    options = (await member.call("POST", "/sign-in/confirm/options")).body
    form = {"credential": member.signed(options)}
    assert (await member.call("POST", "/sign-in/confirm", form)).status == 204
    house.town.now_ms += 11 * MINUTE_MS
    assert (await member.call("POST", "/sign-in/confirm", form)).code == "passkey_over"
    assert (await member.call("POST", "/people/1/freeze", WHY)).code == "step_up_required"


async def test_an_assertion_that_is_not_for_us_is_refused(house: House) -> None:
    member = house.member("cal")
    assert (await member.sign_in()).status == 200
    key = house.keys["cal"]
    for manner, value in {"origin": "https://evil.example", "domain": "evil.example", "flags": PRESENT}.items():
        honest = getattr(key, manner)
        setattr(key, manner, value)
        assert (await member.sign_in()).code == "passkey_refused", manner
        setattr(key, manner, honest)
    assert (await member.sign_in()).status == 200


async def test_a_passkey_whose_counter_went_back_is_blocked(house: House) -> None:
    member = house.member("cal")
    assert (await member.sign_in()).status == 200
    house.keys["cal"].count = 0
    assert (await member.sign_in()).code == "passkey_refused"
    house.keys["cal"].count = 50
    assert (await member.sign_in()).code == "passkey_refused"


async def test_an_assertion_given_to_the_account_api_is_no_good_for_staff(house: House) -> None:
    options = house.people.passkeys.ask(None, house.town.now_ms)
    member = house.member("cal")
    begun = (await member.begin()).body
    form = {"sign_in": begun["sign_in"], "credential": member.signed(options)}
    assert (await member.call("POST", "/sign-in/passkey", form)).code == "passkey_over"


async def test_nobody_learns_who_works_here(house: House, alice: Caller) -> None:
    stranger = house.member("cal")
    answers = [
        await stranger.call("POST", "/sign-in", {"identifier": identifier, "password": password})
        for identifier, password in (
            ("nobody@example.com", PASSWORD),
            ("no address at all", PASSWORD),
            ("cal@staff.example.com", "Wrong-9-password"),
            ("alice@example.com", PASSWORD),
        )
    ]
    assert {(answer.status, str(answer.body)) for answer in answers} == {(401, str(answers[0].body))}


async def test_guessing_is_locked_and_does_not_fill_the_log(house: House) -> None:
    thief = house.member("cal")
    codes = [(await thief.begin("Wrong-9-password")).code for _ in range(8)]
    assert codes == ["credentials_wrong"] * 5 + ["too_many_attempts"] * 3
    assert (await thief.begin()).code == "too_many_attempts"
    assert actions(house).count("sign_in.refused") == 5


async def test_a_session_fixed_beforehand_is_worth_nothing(house: House) -> None:
    member = house.member("cal")
    planted = "planted-session-token"
    begun = (await member.call("POST", "/sign-in", {"identifier": "cal@staff.example.com", "password": PASSWORD})).body
    form = {"sign_in": begun["sign_in"], "credential": member.signed(begun["options"])}
    done = await member.call("POST", "/sign-in/passkey", form, cookie=f"lonja_staff={planted}")
    assert done.body["session_token"] != planted
    assert (await member.call("GET", "/queues", authorization=f"Bearer {planted}")).code == "signed_out"


async def test_a_page_of_somebody_else_signs_nobody_in(house: House) -> None:
    form = {"identifier": "cal@staff.example.com", "password": PASSWORD}
    answer = await house.member("cal").call("POST", "/sign-in", form, origin="https://evil.example")
    assert (answer.status, answer.code) == (403, "csrf_failed")


async def test_staff_work_from_the_networks_of_the_house_only(house: House) -> None:
    inside = await house.signed_in("cal")
    for address in ("203.0.113.7", "127.0.0.1", "::1", "10.2.0.1", "not an address"):
        outside = house.member("cal", address)
        assert (await outside.begin()).code == "network_refused"
        stolen = await outside.call("GET", "/queues", authorization=inside.headers["authorization"])
        assert (stolen.status, stolen.code) == (403, "network_refused")
    assert (await inside.call("GET", "/queues")).status == 200


def test_networks_in_either_version() -> None:
    lets_in = only_from([ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")])
    assert [lets_in(one) for one in ("10.1.2.3", "::ffff:10.1.2.3", "2001:db8::7")] == [True] * 3
    assert [lets_in(one) for one in ("11.0.0.1", "::ffff:11.0.0.1", "2001:db9::7", "")] == [False] * 4


# -- Sessions ------------------------------------------------------------------------------------------------------------


async def test_a_stolen_session_is_no_good_from_another_place(house: House) -> None:
    inside = await house.signed_in("cal")
    for thief in (house.member("cal", "10.1.0.8"), house.member("cal", DESK, "curl/8")):
        token = (await house.signed_in("cal")).headers["authorization"]
        assert (await thief.call("GET", "/queues", authorization=token)).code == "session_ended"
    assert (await inside.call("GET", "/queues")).status == 200


async def test_a_stale_session_is_over(house: House) -> None:
    member = await house.signed_in("cal")
    house.town.now_ms += 15 * MINUTE_MS
    assert (await member.call("GET", "/queues")).code == "session_ended"
    assert (await member.call("GET", "/queues")).code == "session_ended"


async def test_a_session_ends_with_the_account_it_rests_on(house: House) -> None:
    member = await house.signed_in("hal")
    house.people.recoveries.freeze(house.ids["hal"], "emergency_link", house.town.now_ms)
    assert (await member.call("GET", "/queues")).code == "session_ended"
    assert (await member.begin()).code == "account_frozen"


async def test_a_session_ends_with_the_last_role(house: House) -> None:
    member = await house.signed_in("hal")
    house.back.staff.take_away(house.ids["hal"])
    assert (await member.call("GET", "/queues")).code == "session_ended"


# -- Doing more than one may ---------------------------------------------------------------------------------------------

FORBIDDEN: list[tuple[str, str, str, Any]] = [
    ("hal", "POST", "/people/{alice}/reveal", {"fields": ["email"]} | WHY),
    ("hal", "GET", "/people/{alice}/devices", None),
    ("hal", "POST", "/people/{alice}/sessions/end", WHY),
    ("hal", "POST", "/people/{alice}/restrictions", PLACE),
    ("hal", "GET", "/house/audit", None),
    ("hal", "GET", "/house/audit/verification", None),
    ("hal", "GET", "/house/members", None),
    ("hal", "POST", "/house/members/{hal}/accounts", {"user_id": "{alice}"}),
    ("hal", "GET", "/cases/{case}", None),
    ("hal", "POST", "/cases/{case}/claim", None),
    ("kay", "POST", "/cases/{case}/claim", None),
    ("kay", "GET", "/cases/{case}/evidence/{reference}", None),
    ("kay", "GET", "/people/{alice}/rights", None),
    ("kay", "POST", "/people/{alice}/freeze", WHY),
    ("sue", "POST", "/people/{alice}/restrictions", PLACE),
    ("sue", "POST", "/proposals/{proposal}/approve", None),
    ("sue", "GET", "/house/audit", None),
    ("fin", "GET", "/people/{alice}/holds", None),
    ("cal", "POST", "/proposals", {"act": "staff.grant", "user_id": "{cal}", "values": {"role": "admin"}} | WHY),
    ("ada", "GET", "/people/{alice}", None),
    ("ada", "GET", "/cases/{case}", None),
]


async def test_privilege_escalation_between_roles(house: House, alice: Caller) -> None:
    user, cleo = house.ids["alice"], house.ids["cleo"]
    placed = house.rights.restrictions.place(user, "risk_review", reference="a", placed_by="rules")
    reference = f"restriction:{placed.restriction_id}"
    by = StaffSession(cleo, signed_in_with_passkey=True)
    act = {"kind": "risk_review", "reference": "x"}
    known = {
        "case": house.back.cases.open("appeal", user, "I did nothing", (reference,)),
        "proposal": house.back.proposals.propose(by, "restriction.place", user, "y", act),
        "reference": reference,
    }
    for who, method, path, body in FORBIDDEN:
        member = await house.signed_in(who)
        names = known | house.ids
        given = None if body is None else filled(body, {name: str(value) for name, value in names.items()})
        before = house.entries()
        answer = await member.call(method, path.format(**names), given)
        assert (answer.status, answer.code) == (403, "not_permitted"), (who, method, path, answer.body)
        assert house.entries() > before, "the attempt is written down"


async def test_what_a_request_says_about_roles_counts_for_nothing(house: House) -> None:
    hal = await house.signed_in("hal")
    answer = await hal.call("GET", "/house/audit?roles=admin", **{"x-role": "compliance", "x-user-id": "1"})
    assert answer.code == "not_permitted"


async def test_a_role_granted_to_oneself_by_a_second_account(house: House) -> None:
    ada, ben = await house.signed_in("ada"), house.member("ben")
    ben.headers["x-device-token"] = ada.headers["x-device-token"]
    new = house.hire("noa", ())
    act = {"act": "staff.grant", "user_id": new, "reason": "hired", "values": {"role": "finance"}}
    proposal = (await ada.call("POST", "/proposals", act)).body["proposal"]
    assert (await ben.sign_in()).status == 200
    answer = await ben.call("POST", f"/proposals/{proposal}/approve")
    assert (answer.status, answer.code) == (403, "same_person")
    assert house.back.staff.roles(new) == frozenset()


async def test_self_approval_by_a_second_account_of_one_person(house: House, alice: Caller) -> None:
    cal, cleo, ada = [await house.signed_in(name) for name in ("cal", "cleo", "ada")]
    proposal = (await cal.call("POST", f"/people/{house.ids['alice']}/restrictions", PLACE)).body["proposal"]
    noted = await ada.call("POST", f"/house/members/{cal.user_id}/accounts", {"user_id": cleo.user_id})
    assert noted.status == 204
    assert (await cleo.call("POST", f"/proposals/{proposal}/approve")).code == "same_person"
    assert (await cal.call("POST", f"/proposals/{proposal}/approve")).code == "second_person_required"


async def test_staff_do_not_touch_their_own_accounts(house: House, alice: Caller) -> None:
    sue, user = await house.signed_in("sue"), house.ids["alice"]
    house.back.staff.note_own_account(sue.user_id, user)
    for own in (sue.user_id, user):
        for method, path, body in (
            ("GET", f"/people/{own}", None),
            ("GET", f"/people/{own}/rights/money.withdraw", None),
            ("POST", f"/people/{own}/sessions/end", WHY),
            ("POST", f"/people/{own}/holds", {"kind": "new_device", "reference": "x"} | WHY),
        ):
            answer = await sue.call(method, path, body)
            assert (answer.status, answer.code) == (403, "conflict_of_interest")


async def test_idor(house: House, alice: Caller) -> None:
    kay, cal = await house.signed_in("kay"), await house.signed_in("cal")
    kyc = house.back.cases.open("kyc", house.ids["alice"], "documents", ("document:1",))
    appeal = house.back.cases.open("appeal", house.ids["alice"], "no", ("restriction:1",))
    assert (await kay.call("GET", f"/cases/{kyc}")).status == 200
    assert (await kay.call("GET", f"/cases/{appeal}")).code == "not_permitted"
    assert (await cal.call("GET", f"/cases/{appeal}/evidence/document:1")).code == "evidence_unknown"
    for number in ("0", "999999", "-1", "1e3", "9" * 30, "%00"):
        assert (await cal.call("GET", f"/cases/{number}")).status == 404
        assert (await cal.call("GET", f"/proposals/{number}")).status == 404
        assert (await cal.call("GET", f"/people/{number}")).status == 404
    form = {"decision": "refused", "reason": "x"}
    await cal.call("POST", f"/cases/{appeal}/claim")
    assert (
        await (await house.signed_in("cleo")).call("POST", f"/cases/{appeal}/decision", form)
    ).code == "case_not_yours"


async def test_a_hold_of_one_person_is_not_released_through_another(house: House, alice: Caller) -> None:
    hold = house.rights.holds.place(house.ids["alice"], "new_device", reference="a")
    sue = await house.signed_in("sue")
    answer = await sue.call("POST", f"/people/{house.ids['hal']}/holds/{hold.hold_id}/release", WHY)
    assert (answer.status, answer.code) == (404, "hold_not_found")


# -- At once -------------------------------------------------------------------------------------------------------------


async def test_concurrent_claims(house: House, alice: Caller) -> None:
    case = house.back.cases.open("appeal", house.ids["alice"], "no")
    staff = [await house.signed_in(name) for name in ("cal", "cleo", "cal", "cleo")]
    answers = await asyncio.gather(*(member.call("POST", f"/cases/{case}/claim") for member in staff))
    assert sorted(answer.status for answer in answers) == [204, 409, 409, 409]
    assert house.back.audit.verify().broken is None


async def test_concurrent_approvals_do_it_once(house: House, alice: Caller) -> None:
    user = house.ids["alice"]
    hold = house.rights.holds.place(user, "new_device", reference="a")
    sue, sam, cal = [await house.signed_in(name) for name in ("sue", "sam", "cal")]
    proposal = (await sue.call("POST", f"/people/{user}/holds/{hold.hold_id}/release", WHY)).body["proposal"]
    answers = await asyncio.gather(*(one.call("POST", f"/proposals/{proposal}/approve") for one in (sam, cal, sam)))
    assert sorted(answer.status for answer in answers) == [204, 409, 409]


async def test_two_appeals_at_once_are_one(house: House, alice: Caller) -> None:
    user = house.ids["alice"]
    placed = house.rights.restrictions.place(user, "risk_review", reference="a", placed_by="rules")
    form = {"restriction_id": placed.restriction_id, "text": "I did nothing"}
    answers = await asyncio.gather(*(alice.call("POST", "/appeals", form) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert len(house.back.cases.of_person(user, "appeal")) == 1


# -- The log -------------------------------------------------------------------------------------------------------------


async def test_a_tampered_log_is_found(house: House, tmp_path: Path) -> None:
    cal = await house.signed_in("cal")
    assert (await cal.call("GET", "/house/audit/verification")).body["broken"] is None
    with closing(sqlite3.connect(tmp_path / "backoffice.sqlite")) as connection, connection:
        refused = pytest.raises(sqlite3.IntegrityError, match="append-only")
        with refused:
            connection.execute("UPDATE backoffice_audit SET actor = 'staff:1' WHERE sequence = 2")
        connection.execute("DROP TRIGGER backoffice_audit_update")
        connection.execute("UPDATE backoffice_audit SET actor = 'staff:99' WHERE sequence = 2")
    found = (await cal.call("GET", "/house/audit/verification")).body
    assert (found["broken"], "altered" in found["problem"]) == (2, True)


async def test_numbers_beyond_any_database_are_refused_as_malformed(house: House, alice: Caller) -> None:
    cal, huge = await house.signed_in("cal"), 10**30
    for path in ("/house/audit?before=", "/house/audit?limit=", "/cases?after_case=", "/proposals?after="):
        for number in (huge, -1, "x"):
            assert (await cal.call("GET", f"{path}{number}")).code == "request_invalid", (path, number)
    act = {"act": "restriction.place", "user_id": huge, "reason": "x", "values": {}}
    assert (await cal.call("POST", "/proposals", act)).code == "request_invalid"
    appeal = {"restriction_id": huge, "text": "x"}
    assert (await alice.call("POST", "/appeals", appeal)).code == "request_invalid"
    for text in (rb"\u0000", rb"\ud800", b"a" * 60_000, b"9" * 60_000):
        headers = cal.headers | {"content-type": "application/json"}
        found = await cal.http.post("/api/staff/people/search", content=b'{"text": "%s"}' % text, headers=headers)
        assert found.status_code in (400, 404), text[:10]
    for query in ("subject=%00", "actor=" + "a" * 500):
        assert (await cal.call("GET", f"/house/audit?{query}")).code == "name_invalid"
    assert (await cal.call("GET", "/cases?kind=%00")).body == []


MALFORMED = (b"", b"{", b"[]", b"\xff\xfe", b'{"reason": 5}', b'{"reason": "x", "more": 1}', b"[" * 5_000)


async def test_malformed_bodies_do_nothing(house: House, alice: Caller) -> None:
    sue, path = await house.signed_in("sue"), f"/api/staff/people/{house.ids['alice']}/freeze"
    for body in MALFORMED:
        answer = await sue.http.post(path, content=body, headers=sue.headers | {"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, "request_invalid"), body
    assert house.people.user(house.ids["alice"]).state == "active"
