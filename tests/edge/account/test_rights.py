"""Rights over HTTP: what a person may do and why, what changed, and the rules for everybody."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lonja.bootstrap.governance import PeopleProfiles, follow
from lonja.edge.account.app import account_app
from lonja.edge.account.services import AccountServices
from lonja.modules.governance.api import Capability, Rights, RuleBook, open_database
from lonja.modules.identity.api import TradingAccounts
from tests.edge.account.conftest import Office

DAY_MS = 86_400_000


@pytest.fixture
def rights(tmp_path: Path, office: Office) -> Iterator[Rights]:
    """Governance of the office's people, behind its account API."""
    people, house = office.town.people, office.house.services
    database = open_database(f"sqlite:///{tmp_path / 'governance.sqlite'}")
    profiles = PeopleProfiles(people)
    made = Rights(database, RuleBook.of_folder(), lambda: office.town.now_ms, profiles, lambda account: account)
    people.subscribe(lambda number, event: follow(made, number, event))
    accounts = TradingAccounts(house.engine, house.identity, people, 0)
    services = AccountServices(people, house.identity, accounts, lambda: office.town.now_ms)
    office.app = account_app(services, rights=made)
    yield made
    made.close()


async def test_a_new_person_is_told_what_is_missing(office: Office, rights: Rights) -> None:
    caller = office.script()
    await caller.sign_up()
    answer = (await caller.call("GET", "/me/rights")).body
    told = {decision["capability"]: decision for decision in answer["decisions"]}
    assert (answer["entity"], answer["residence"], answer["kyc_level"]) == ("eea", "ES", 0)
    assert set(told) == set(Capability)
    spot = told["trade.spot"]
    assert (spot["effect"], spot["reason"], spot["rule"]) == ("deny", "factors_missing", "factors.required")
    assert spot["sentence"] == "Spot trading: not possible. Link an authenticator app and a phone number first."
    assert told["wallet.self_custody"]["effect"] == "allow"


async def test_from_a_sanctioned_place_nothing_is_offered_and_everything_again_at_home(
    office: Office, rights: Rights
) -> None:
    caller, abroad = office.script(), httpx.ASGITransport(office.app, client=("5.160.0.1", 5000))
    await caller.sign_up()

    async def spot() -> str:
        decisions = (await caller.call("GET", "/me/rights")).body["decisions"]
        return str(next(one["reason"] for one in decisions if one["capability"] == "trade.spot"))

    home, caller.http._transport = caller.http._transport, abroad
    assert await spot() == "session_place_sanctioned"
    caller.http._transport = home
    assert await spot() == "factors_missing"


async def test_what_changed_since_the_last_sign_in(office: Office, rights: Rights) -> None:
    caller = office.script()
    await caller.sign_up()
    assert (await caller.call("GET", "/me/rights/changes")).body["rights"] == []
    rights.restrictions.place(1, "judicial", reference="a", placed_by="staff:1")
    office.town.now_ms += 60_000
    await caller.sign_in()
    changes = (await caller.call("GET", "/me/rights/changes")).body
    closed = {change["now"]["capability"] for change in changes["rights"] if change["now"]["reason"] == "restricted"}
    assert "trade.spot" in closed


async def test_holds_and_restrictions_are_shown(office: Office, rights: Rights) -> None:
    caller = office.script()
    await caller.sign_up()
    rights.holds.place(1, "p2p_bought", reference="x", currency="BTC", amount=5, hours=48)
    rights.restrictions.place(1, "risk_review", reference="a", placed_by="staff:1")
    holds = {hold["kind"]: hold for hold in (await caller.call("GET", "/me/holds")).body}
    assert holds["p2p_bought"]["until_ms"] == office.town.now_ms + 2 * DAY_MS
    shown = (await caller.call("GET", "/me/restrictions")).body
    assert [(one["kind"], one["can_appeal"]) for one in shown] == [("risk_review", True)]


async def test_nobody_sees_what_is_anothers(office: Office, rights: Rights) -> None:
    await office.script().sign_up()
    rights.restrictions.place(1, "risk_review", reference="a", placed_by="staff:1")
    other = office.script()
    await other.sign_up("bob@example.org")
    assert (await other.call("GET", "/me/restrictions")).body == []


async def test_what_verification_would_open(office: Office, rights: Rights) -> None:
    caller = office.script()
    await caller.sign_up()
    assert (await caller.call("GET", "/me/rights/at-level/0")).body == []
    assert (await caller.call("GET", "/me/rights/at-level/3")).status == 200
    assert (await caller.call("GET", "/me/rights/at-level/4")).code == "kyc_level_unknown"


async def test_the_changelog_of_the_rules_is_for_everybody(office: Office, rights: Rights) -> None:
    office.town.now_ms = 1_790_000_000_000
    changes = (await office.script().call("GET", "/rules/changes?since_ms=1640995200000")).body
    assert changes[0]["diff"] == ["+ UA-09", "+ UA-14"]


async def test_who_is_not_asked_where_they_live_cannot_answer(office: Office, rights: Rights) -> None:
    caller = office.script()
    await caller.sign_up()
    shown = (await caller.call("GET", "/residence-question")).body
    assert shown == {"open": False, "residence": "ES", "since_ms": 0, "due_ms": 0}
    refused = await caller.call("POST", "/residence-question", {"answer": "still_here"})
    assert (refused.status, refused.code) == (409, "question_not_open")


NOTHING = {"next": "", "path": "", "begun": False}
TO_SAY_WHERE = {"next": "change_of_residence", "path": "/api/account/residence", "begun": False}


@pytest.mark.parametrize(
    ("answer", "comes_next", "stays_open"), [("still_here", NOTHING, False), ("moved", TO_SAY_WHERE, True)]
)
async def test_the_question_where_somebody_lives_is_shown_and_answered(
    office: Office, rights: Rights, answer: str, comes_next: object, stays_open: bool
) -> None:
    caller, other = office.script(), office.script()
    await caller.sign_up()
    await other.sign_up("bob@example.com")
    rights.standings.open_questionnaire(1, "location_conflict")
    since_ms = office.town.now_ms
    asked = {"open": True, "residence": "ES", "since_ms": since_ms, "due_ms": since_ms + 14 * DAY_MS}
    assert (await caller.call("GET", "/residence-question")).body == asked
    assert not (await other.call("GET", "/residence-question")).body["open"], "asked is one person alone"
    answered = await caller.call("POST", "/residence-question", {"answer": answer})
    assert (answered.status, answered.body) == (200, comes_next)
    assert (await caller.call("GET", "/residence-question")).body["open"] is stays_open
    said_ms = -1 if stays_open else since_ms
    assert office.town.people.residence_answers.said_still_here_ms(1) == said_ms


async def test_the_answer_needs_a_form_and_a_step_up(office: Office, rights: Rights) -> None:
    caller = office.script()
    await caller.sign_up()
    rights.standings.open_questionnaire(1, "location_conflict")
    for body in ({"answer": "maybe"}, {}, {"answer": "moved", "user_id": 2}):
        assert (await caller.call("POST", "/residence-question", body)).code == "request_invalid"
    unclear = await caller.call("POST", "/residence-question", {"answer": "still_here", "to": "PT"})
    assert (unclear.status, unclear.code) == (400, "answer_contradicts")
    nowhere = await caller.call("POST", "/residence-question", {"answer": "moved", "to": "PT"})
    assert (nowhere.status, nowhere.code) == (503, "residence_unavailable"), "a house that nobody moves in"
    office.town.wait(6 * 60_000)
    late = await caller.call("POST", "/residence-question", {"answer": "still_here"})
    assert (late.status, late.code) == (403, "step_up_required")
    assert (await caller.call("GET", "/residence-question")).body["open"], "nothing was answered"


@pytest.mark.parametrize(
    "path", ["/me/rights", "/me/rights/changes", "/me/holds", "/me/restrictions", "/residence-question"]
)
async def test_the_rest_needs_a_session(office: Office, rights: Rights, path: str) -> None:
    assert (await office.script().call("GET", path)).status == 401
