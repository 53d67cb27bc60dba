"""Working as staff: signing in, cases from claim to decision, acts of two people, customers masked and explained."""

from lonja.modules.backoffice.api import Exhibit, ProposalState
from lonja.modules.identity.api import Obligation
from lonja.primitives.instant import HOUR_MS, MINUTE_MS
from tests.edge.account.conftest import Caller
from tests.edge.staff.conftest import House

WHY = {"reason": "ticket 77"}


class Debts:
    """Something is open in every account."""

    def of(self, _: int) -> list[Obligation]:
        return [Obligation("open_orders", 2)]


async def test_password_and_passkey_open_a_session(house: House) -> None:
    member = house.member("cal")
    assert (await member.sign_in()).status == 200
    me = (await member.call("GET", "/sign-in")).body
    assert (me["user_id"], me["roles"]) == (house.ids["cal"], ["compliance"])
    assert "audit.read" in me["may"]
    assert (me["csrf_token"], me["time_ms"]) == ("", house.town.now_ms)
    gone = await member.call("DELETE", "/sign-in")
    assert (gone.body, gone.headers["clear-site-data"]) == ({"ended": "signed_out"}, '"cache", "storage"')
    assert (await member.call("GET", "/sign-in")).code == "session_ended"


async def test_a_page_has_cookies_of_its_own_path_and_proves_its_changes(house: House) -> None:
    page = house.member("cal")
    begun = (await page.begin()).body
    form = {"sign_in": begun["sign_in"], "credential": page.signed(begun["options"])}
    done = await page.call("POST", "/sign-in/passkey", form)
    cookies = done.headers.get_list("set-cookie")
    assert all("Path=/api/staff" in one and "HttpOnly" in one and "strict" in one.lower() for one in cookies)
    token = done.body["csrf_token"]
    assert (await page.call("GET", "/sign-in")).body["csrf_token"] == token
    assert (await page.call("DELETE", "/sign-in")).code == "csrf_failed"
    assert (await page.call("DELETE", "/sign-in", None, **{"x-csrf-token": token})).status == 200


async def test_a_case_from_claim_to_decision(house: House, alice: Caller) -> None:
    user = house.ids["alice"]
    restriction = house.rights.restrictions.place(user, "risk_review", reference="a", placed_by="rules")
    form = {"restriction_id": restriction.restriction_id, "text": "I did nothing"}
    appeal = (await alice.call("POST", "/appeals", form)).body
    cal, cleo = await house.signed_in("cal"), await house.signed_in("cleo")
    queue = {row["kind"]: row for row in (await cal.call("GET", "/queues")).body}["appeal"]
    assert (queue["pending"], queue["unassigned"], queue["decisions"]) == (1, 1, ["granted", "refused"])
    (case,) = (await cal.call("GET", "/cases?kind=appeal&in_state=open")).body
    path = f"/cases/{case['case']}"
    assert (await cal.call("POST", f"{path}/claim")).status == 204
    seen = (await cal.call("GET", path)).body
    assert (seen["summary"], seen["evidence"]) == ("I did nothing", [f"restriction:{restriction.restriction_id}"])
    evidence = await cal.call("GET", f"{path}/evidence/{seen['evidence'][0]}")
    assert evidence.body["values"]["kind"] == "risk_review"
    assert evidence.headers["x-content-type-options"] == "nosniff"
    await cal.call("POST", f"{path}/notes", {"text": "colleagues only"})
    await cal.call("POST", f"{path}/questions", {"text": "Whose card was it?"})
    assert house.town.post.last("alice@example.com")[1]["question"] == "Whose card was it?"
    waiting = (await alice.call("GET", "/appeals")).body[0]
    assert (waiting["state"], [one["text"] for one in waiting["messages"]]) == (
        "waiting_for_you",
        ["Whose card was it?"],
    )
    assert (await alice.call("POST", f"/appeals/{appeal['appeal']}/answer", {"text": "My own"})).status == 200
    decided = await cal.call("POST", f"{path}/decision", {"decision": "granted", "reason": "her own card"})
    assert decided.body["state"] == "waiting"
    assert (await cal.call("POST", f"/proposals/{decided.body['proposal']}/approve")).code == "second_person_required"
    (waits,) = (await cleo.call("GET", "/proposals")).body
    assert (waits["act"], waits["reason"]) == ("decide.appeal", "her own card")
    assert (await cleo.call("POST", f"/proposals/{waits['proposal']}/approve")).status == 204
    assert house.rights.restrictions.of(user) == []
    told = (await alice.call("GET", f"/appeals/{appeal['appeal']}")).body
    assert (told["state"], told["reason"]) == ("granted", "her own card")
    assert house.town.post.last("alice@example.com")[1]["title"] == "your appeal was granted"


async def test_an_appeal_is_made_once_and_only_against_ones_own(house: House, alice: Caller) -> None:
    user = house.ids["alice"]
    mine = house.rights.restrictions.place(user, "risk_review", reference="a", placed_by="rules")
    theirs = house.rights.restrictions.place(house.ids["hal"], "risk_review", reference="a", placed_by="rules")
    form = {"restriction_id": mine.restriction_id, "text": "I did nothing"}
    made = await alice.call("POST", "/appeals", form)
    assert made.status == 201
    assert (await alice.call("POST", "/appeals", form)).code == "appeal_made_already"
    other = form | {"restriction_id": theirs.restriction_id}
    assert (await alice.call("POST", "/appeals", other)).code == "restriction_not_found"
    foreign = house.back.cases.open("appeal", house.ids["hal"], "not hers")
    for number in (foreign, "x", "9" * 40):
        assert (await alice.call("GET", f"/appeals/{number}")).code == "appeal_not_found"
        answer = await alice.call("POST", f"/appeals/{number}/answer", {"text": "me"})
        assert (answer.status, answer.code) == (404, "appeal_not_found")
    assert (await alice.call("POST", "/appeals", form | {"text": " "})).code == "text_form"
    path = f"/appeals/{made.body['appeal']}/answer"
    assert (await alice.call("POST", path, {"text": "unasked"})).code == "case_not_waiting"


async def test_customers_are_masked_until_there_is_a_reason(house: House, alice: Caller) -> None:
    user, sue = house.ids["alice"], await house.signed_in("sue")
    found = (await sue.call("POST", "/people/search", {"text": "Alice@example.com"})).body
    assert found["user_id"] == user
    assert found == (await sue.call("GET", f"/people/{user}")).body
    assert "alice" not in str(found)
    for text in (found["uid"], found["uid"] + "9", "alice", "alice@"):
        answer = await sue.call("POST", "/people/search", {"text": text})
        assert answer.status == (200 if text == found["uid"] else 404)
    refused = await sue.call("POST", f"/people/{user}/reveal", {"fields": ["email"], "reason": "  "})
    assert (refused.status, refused.code) == (422, "reason_required")
    shown = await sue.call("POST", f"/people/{user}/reveal", {"fields": ["email", "phone"], "reason": "she called"})
    assert shown.body == {"email": "alice@example.com"}
    cal = await house.signed_in("cal")
    log = (await cal.call("GET", f"/house/audit?subject=user:{user}&actor=staff:{house.ids['sue']}")).body
    reveal = next(entry for entry in log if entry["action"] == "customer.reveal")
    assert reveal["detail"] == {"fields": "email,phone", "reason": "she called"}
    assert "customer.reveal.refused" in [entry["action"] for entry in log]


async def test_sessions_of_a_customer_are_ended(house: House, alice: Caller) -> None:
    sue = await house.signed_in("sue")
    path = f"/people/{house.ids['alice']}"
    (device,) = (await sue.call("GET", f"{path}/devices")).body
    assert device["is_this_one"] is False
    assert (await sue.call("POST", f"{path}/sessions/end", WHY)).body == {"ended": 1}
    ended = await alice.call("GET", "/me")
    assert (ended.code, ended.body["message"]) == (
        "session_ended",
        "Our security staff ended it, to protect the account.",
    )


async def test_why_can_this_user_not_trade(house: House, alice: Caller) -> None:
    user, hal = house.ids["alice"], await house.signed_in("hal")
    house.rights.restrictions.place(user, "risk_review", reference="a", placed_by="rules")
    path = f"/people/{user}/rights"
    found = (await hal.call("GET", f"{path}/trade.spot")).body
    reasons = [objection["reason"] for objection in found["objections"]]
    assert found["decision"] == found["objections"][0]
    assert reasons == ["restricted", "factors_missing", "kyc_level_too_low"]
    assert all(objection["rule"] and objection["version"] for objection in found["objections"])
    named = [(one["rule"], one["version"]) for one in found["sources"]]
    assert named == list(dict.fromkeys((one["rule"], one["version"]) for one in found["objections"]))
    assert all(one["about"] and one["source"] for one in found["sources"])
    supposed = (await hal.call("GET", f"{path}/trade.spot?place=CU&scopes=read")).body
    assert [one["reason"] for one in supposed["objections"]] == ["session_place_sanctioned", *reasons, "scope_missing"]
    decided = {row["capability"]: row for row in (await hal.call("GET", path)).body}
    assert decided["trade.spot"] == found["decision"]
    assert (await hal.call("GET", f"{path}/trade.nothing")).code == "capability_unknown"
    nothing = (await hal.call("GET", f"{path}/wallet.self_custody")).body
    assert (nothing["decision"]["effect"], nothing["objections"]) == ("allow", [])


SHOWN = [
    (Exhibit("application/pdf", b"%PDF-", name="address_proof"), "address_proof.pdf"),
    (Exhibit("image/jpeg", b"points", name="document_front"), "document_front.jpg"),
    (Exhibit("text/html", b"<script>alert(1)</script>", name='a.html"; x="'), "evidence"),
    (Exhibit("image/png", b"points"), "evidence.png"),
]


async def test_papers_are_files_called_by_what_they_are_and_never_pages(house: House, alice: Caller) -> None:
    kay = await house.signed_in("kay")
    house.back.evidence.serve("upload", lambda number: SHOWN[int(number)][0])
    papers = [f"upload:{number}" for number in range(len(SHOWN))]
    case = house.back.cases.open("kyc", house.ids["alice"], "to be looked at", papers)
    await kay.call("POST", f"/cases/{case}/claim")
    for paper, (exhibit, name) in zip(papers, SHOWN, strict=True):
        shown = await kay.call("GET", f"/cases/{case}/evidence/{paper}")
        assert (shown.status, shown.body) == (200, exhibit.content)
        assert shown.headers["content-disposition"] == f'attachment; filename="{name}"'
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"


async def test_what_will_this_user_be_able_to_do_then(house: House, alice: Caller) -> None:
    user, hal = house.ids["alice"], await house.signed_in("hal")
    now_ms = house.town.now_ms
    house.rights.holds.place(user, "new_device", reference="x")
    path = f"/people/{user}/rights/money.withdraw"
    free_ms = max(hold.until_ms or 0 for hold in house.rights.holds.of(user))
    told = [(await hal.call("GET", f"{path}?at_ms={at_ms}")).body for at_ms in (0, now_ms, free_ms)]
    assert [found["at_ms"] for found in told] == [now_ms, now_ms, free_ms]
    assert ["on_hold" in [one["reason"] for one in found["objections"]] for found in told] == [True, True, False]
    assert all(found["rules_version"] for found in told)
    assert (await hal.call("GET", f"{path}?at_ms={now_ms - 1}")).code == "time_past"
    assert (await hal.call("GET", f"{path}?at_ms=-5")).status == 400
    cal = await house.signed_in("cal")
    log = (await cal.call("GET", "/house/audit")).body
    supposed = [entry["detail"].get("at_ms") for entry in log if entry["action"] == "rights.read"]
    assert str(free_ms) in supposed


async def test_what_protects_is_done_at_once_what_releases_takes_two(house: House, alice: Caller) -> None:
    user, sue, sam = house.ids["alice"], await house.signed_in("sue"), await house.signed_in("sam")
    path = f"/people/{user}/holds"
    placed = await sue.call("POST", path, {"kind": "new_device", "reference": "ticket 77"} | WHY)
    assert placed.body["state"] == "approved"
    holds = [one for one in (await sue.call("GET", path)).body if one["kind"] == "new_device"]
    hold = max(one["hold_id"] for one in holds)
    released = await sue.call("POST", f"{path}/{hold}/release", WHY)
    assert released.body["state"] == "waiting"
    assert hold in [one.hold_id for one in house.rights.holds.of(user)]
    assert (await sam.call("POST", f"/proposals/{released.body['proposal']}/approve")).status == 204
    assert hold not in [one.hold_id for one in house.rights.holds.of(user)]
    again = await sue.call("POST", f"{path}/{hold}/release", WHY)
    assert (again.status, again.code) == (404, "hold_not_found")


async def test_what_makes_no_sense_is_refused_when_it_is_proposed(house: House, alice: Caller) -> None:
    user, cal = house.ids["alice"], await house.signed_in("cal")
    form = {"kind": "no_such_kind", "reference": "ticket 77"} | WHY
    for what in ("holds", "restrictions"):
        assert (await cal.call("POST", f"/people/{user}/{what}", form)).code == "kind_unknown"
    answer = await cal.call("POST", f"/people/{user}/restrictions/5/lift", WHY)
    assert answer.code == "restriction_not_found"
    act = {"act": "ledger.correct", "user_id": user, "reason": "asked for"}
    assert (await cal.call("POST", "/proposals", act)).code == "act_not_offered"
    assert (await cal.call("POST", "/proposals", act | {"act": "decide.kyc"})).status in (404, 422)
    assert (await cal.call("POST", "/proposals", act | {"act": "no.act"})).code == "act_unknown"


async def test_a_hold_is_released_only_by_whom_its_rule_names(house: House, alice: Caller) -> None:
    user = house.ids["alice"]
    hold = house.rights.holds.place(user, "p2p_bought", reference="x", currency="BTC", amount=5, hours=48)
    cal, sue = await house.signed_in("cal"), await house.signed_in("sue")
    path = f"/people/{user}/holds/{hold.hold_id}/release"
    proposal = (await cal.call("POST", path, WHY)).body["proposal"]
    answer = await sue.call("POST", f"/proposals/{proposal}/approve")
    assert (answer.status, answer.code) == (403, "hold_not_releasable")
    assert hold.hold_id in [one.hold_id for one in house.rights.holds.of(user)]


async def test_an_account_is_frozen_by_one_and_opened_by_two(house: House, alice: Caller) -> None:
    user, sue, cal = house.ids["alice"], await house.signed_in("sue"), await house.signed_in("cal")
    assert (await sue.call("POST", f"/people/{user}/freeze", WHY)).body["state"] == "approved"
    assert house.people.user(user).state == "frozen"
    assert (await alice.call("GET", "/me")).code == "session_ended"
    act = {"act": "account.unfreeze", "user_id": user, "reason": "identity proven by video"}
    proposal = (await sue.call("POST", "/proposals", act)).body["proposal"]
    assert house.people.user(user).state == "frozen"
    await cal.call("POST", f"/proposals/{proposal}/approve")
    assert house.people.user(user).state == "active"
    assert "account_unfrozen" in [hold.kind for hold in house.rights.holds.of(user)]


async def test_a_frozen_account_is_opened_by_a_case_of_two(house: House, alice: Caller) -> None:
    user, sue, cal = house.ids["alice"], await house.signed_in("sue"), await house.signed_in("cal")
    house.people.recoveries.freeze(user, "emergency_link", house.town.now_ms)
    case = house.back.cases.open("unfreeze", user, "lost telephone and authenticator")
    await sue.call("POST", f"/cases/{case}/claim")
    decided = await sue.call("POST", f"/cases/{case}/decision", {"decision": "approved", "reason": "seen by video"})
    assert house.people.user(user).state == "frozen"
    await cal.call("POST", f"/proposals/{decided.body['proposal']}/approve")
    assert house.people.user(user).state == "active"


async def test_an_account_is_closed_by_two_and_its_owner_is_told_and_cannot_keep_it(
    house: House, alice: Caller
) -> None:
    user, cal, cleo = house.ids["alice"], await house.signed_in("cal"), await house.signed_in("cleo")
    act = {"act": "account.close", "user_id": user, "reason": "forged papers, case 12"}
    answer = await cal.call("POST", "/proposals", act)
    assert answer.body["state"] == "waiting"
    approve = f"/proposals/{answer.body['proposal']}/approve"
    assert (await cal.call("POST", approve)).code == "second_person_required"
    assert (await cleo.call("POST", approve)).status == 204
    assert house.people.user(user).state == "closing"
    assert (await alice.call("GET", "/me")).code == "session_ended"
    assert house.town.post.last("alice@example.com")[1]["title"].startswith("we will close your account in 30 days")
    assert (await cal.call("POST", "/proposals", act)).code == "state_changed"


async def test_an_account_with_something_in_it_is_not_closed(house: House, alice: Caller) -> None:
    user, cal, cleo = house.ids["alice"], await house.signed_in("cal"), await house.signed_in("cleo")
    act = {"act": "account.close", "user_id": user, "reason": "asked for"}
    house.people.attach_account(user, 7)
    proposal = (await cal.call("POST", "/proposals", act)).body["proposal"]
    house.people.closing.obligations = Debts()
    refused = await cleo.call("POST", f"/proposals/{proposal}/approve")
    assert (refused.status, refused.code) == (409, "account_in_use")
    assert "2 open orders" in refused.body["message"]
    assert (await cleo.call("GET", f"/proposals/{proposal}")).body["state"] == "waiting"
    assert house.people.user(user).state == "active"


async def test_proposals_expire_and_may_be_refused(house: House, alice: Caller) -> None:
    user, cal, cleo = house.ids["alice"], await house.signed_in("cal"), await house.signed_in("cleo")
    form = {"kind": "risk_review", "reference": "ticket 77"} | WHY
    first = (await cal.call("POST", f"/people/{user}/restrictions", form)).body["proposal"]
    assert (await cleo.call("POST", f"/proposals/{first}/refuse", {"reason": "no grounds"})).status == 204
    second = (await cal.call("POST", f"/people/{user}/restrictions", form)).body["proposal"]
    house.town.wait(25 * HOUR_MS)
    late = await house.signed_in("cleo")
    assert (await late.call("POST", f"/proposals/{second}/approve")).code == "proposal_expired"
    states = [(await late.call("GET", f"/proposals/{number}")).body["state"] for number in (first, second)]
    assert states == [ProposalState.REFUSED, ProposalState.EXPIRED]
    assert house.rights.restrictions.of(user) == []


async def test_roles_are_granted_by_two_administrators(house: House) -> None:
    ada, ben = await house.signed_in("ada"), await house.signed_in("ben")
    new = house.hire("noa", ())
    assert (await house.member("noa").begin()).code == "credentials_wrong"
    act = {"act": "staff.grant", "user_id": new, "reason": "hired", "values": {"role": "support"}}
    proposal = (await ada.call("POST", "/proposals", act)).body["proposal"]
    assert (await ben.call("POST", f"/proposals/{proposal}/approve")).status == 204
    assert (await house.signed_in("noa")).user_id == new
    members = {row["user_id"]: row["roles"] for row in (await ada.call("GET", "/house/members")).body}
    assert members[new] == ["support"]


async def test_the_house_shows_how_it_is_and_what_is_official(house: House) -> None:
    hal = await house.signed_in("hal")
    assert (await hal.call("GET", "/house/health")).body == {
        "problem": "",
        "figures": {"accounts": 4},
        "halted": [],
        "feeds": [],
    }
    channels = (await hal.call("GET", "/house/channels")).body
    assert {"kind": "domain", "value": "lonja.example"} in channels["channels"]
    assert len(channels["key"]) == 64
    acts = {row["act"]: row for row in (await hal.call("GET", "/house/rules")).body["acts"]}
    assert acts["account.freeze"]["alone"] == ["security", "compliance"]
    assert acts["ledger.correct"]["is_offered"] is False


async def test_acts_that_change_something_need_a_fresh_passkey(house: House, alice: Caller) -> None:
    user, sue = house.ids["alice"], await house.signed_in("sue")
    house.town.now_ms += 10 * MINUTE_MS + 1
    path = f"/people/{user}/freeze"
    answer = await sue.call("POST", path, WHY)
    assert (answer.status, answer.code) == (403, "step_up_required")
    assert (await sue.confirm()).status == 204
    assert (await sue.call("POST", path, WHY)).status == 201


async def test_a_proposer_sees_what_became_of_their_proposals(house: House, alice: Caller) -> None:
    cal, cleo = await house.signed_in("cal"), await house.signed_in("cleo")
    path, act = f"/people/{house.ids['alice']}/restrictions", {"kind": "risk_review"} | WHY
    first, second = [
        (await cal.call("POST", path, act | {"reference": reference})).body["proposal"] for reference in ("one", "two")
    ]
    assert (await cleo.call("POST", f"/proposals/{first}/refuse", WHY)).status == 204
    own = (await cal.call("GET", "/proposals/own")).body
    assert [(one["proposal"], one["state"]) for one in own] == [(second, "waiting"), (first, "refused")]
    assert (await cleo.call("GET", "/proposals/own")).body == []
    assert [one["proposal"] for one in (await cleo.call("GET", "/proposals")).body] == [second]
    assert (await cal.call("GET", "/proposals/own?limit=0")).code == "page_invalid"


async def test_the_log_is_searched_by_what_was_done(house: House, alice: Caller) -> None:
    cal = await house.signed_in("cal")
    await cal.call("GET", f"/people/{house.ids['alice']}")
    await cal.call("GET", f"/people/{house.ids['alice']}/rights")

    async def actions(query: str) -> set[str]:
        return {entry["action"] for entry in (await cal.call("GET", f"/house/audit?{query}")).body}

    assert await actions("action=customer.read") == {"customer.read"}
    assert await actions("action=customer") == {"customer.read"}
    assert await actions("action=rights&subject=user:999") == set()
    assert await actions("action=cust") == set()
    assert {"customer.read", "rights.read"} <= await actions(f"subject=user:{house.ids['alice']}")


async def test_sessions_of_a_person_are_shown_with_what_ended_them(house: House, alice: Caller) -> None:
    sue, path = await house.signed_in("sue"), f"/people/{house.ids['alice']}/sessions"
    (live,) = (await sue.call("GET", path)).body
    assert (live["ended_ms"], live["end_reason"]) == (None, "")
    assert (await sue.call("POST", f"{path}/end", WHY)).body == {"ended": 1}
    (ended,) = (await sue.call("GET", path)).body
    assert (ended["end_reason"], ended["ended_ms"]) == ("staff", house.town.now_ms)
    assert (await (await house.signed_in("hal")).call("GET", path)).code == "not_permitted"
