"""Institutions, sources of funds, moves and the Travel Rule over HTTP, as a page and a script see them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from lonja.bootstrap.due_diligence import NoOrders, open_due_diligence
from lonja.bootstrap.governance import PeopleProfiles, follow
from lonja.edge.account.app import account_app
from lonja.edge.account.services import AccountServices
from lonja.modules.backoffice.api import BackOffice
from lonja.modules.governance.api import Rights, RuleBook
from lonja.modules.governance.api import open_database as open_governance
from lonja.modules.identity.api import TradingAccounts
from lonja.modules.verification.api import (
    Chain,
    Levels,
    NewTransfer,
    Question,
    Screening,
    Stated,
    lists_of,
    open_database,
)
from lonja.modules.verification.vault import Vault
from tests.edge.account.conftest import Caller, Office, Reply
from tests.modules.identity.people.conftest import TERMS
from tests.modules.verification.due_diligence.conftest import pdf
from tests.modules.verification.due_diligence.test_funds import KEY, address_of, sign

ENTITY = {
    "name": "Quarry AG",
    "registration_number": "CHE-1",
    "country": "CH",
    "registered_on": "2015-05-04",
    "activity": "Trades",
}
STREET = {"street": "Calle Mayor 1", "town": "Porto", "post_code": "1", "country": "PT"}


class Desk:
    """The account API with due diligence behind it."""

    def __init__(self, folder: Path, office: Office) -> None:
        town, services = office.town, office.house.services
        people = town.people

        def clock() -> int:
            return town.now_ms

        rights = Rights(
            open_governance(f"sqlite:///{folder / 'governance.sqlite'}"),
            RuleBook.of_folder(),
            clock,
            PeopleProfiles(people),
            lambda account: account,
        )
        people.subscribe(lambda number, event: follow(rights, number, event))
        self.back_office = BackOffice(f"sqlite:///{folder / 'backoffice.sqlite'}", town.box, clock)
        self.verification = open_database(f"sqlite:///{folder / 'verification.sqlite'}")
        self.rights = rights
        vault = Vault(self.verification, town.box, clock)
        self.diligence = open_due_diligence(
            f"sqlite:///{folder / 'due_diligence.sqlite'}",
            town.box,
            people=people,
            rights=rights,
            levels=Levels(vault, rights.standings),
            screening=Screening(vault, self.back_office, rights, lists_of({})),
            office=self.back_office,
            orders=NoOrders(),
            stated=lambda _: Stated(None, None, None),
            clock=clock,
        )
        accounts = TradingAccounts(services.engine, services.identity, people, 0)
        served = AccountServices(people, services.identity, accounts, clock)
        office.app = account_app(served, rights=rights, diligence=self.diligence)
        self.office = office

    def close(self) -> None:
        self.diligence.close()
        self.verification.dispose()
        self.back_office.close()
        self.rights.close()


@pytest.fixture
async def desk(tmp_path: Path, office: Office) -> AsyncIterator[Desk]:
    made = Desk(tmp_path, office)
    yield made
    made.close()


@pytest.fixture
async def ann(desk: Desk) -> Caller:
    """A script signed in; its sign-in was a moment ago, which counts as a step-up."""
    caller = desk.office.script()
    await caller.sign_up()
    await caller.sign_in()
    return caller


def user_of(desk: Desk) -> int:
    return desk.office.town.people.user(1).user_id


async def upload(caller: Caller, path: str, content: bytes) -> Reply:
    answer = await caller.http.post(
        f"/api/account{path}", files={"file": ("ignored.txt", content, "text/plain")}, headers=caller.headers
    )
    return Reply(answer.status_code, answer.json() if answer.content else None, answer.headers)


OPERATIONS = [
    ("GET", "/institution/", None),
    ("POST", "/institution/", {"entity_type": "trust"}),
    ("POST", "/institution/change", None),
    ("PUT", "/institution/entity?revision=0", ENTITY),
    ("POST", "/institution/attestation", {"revision": 0, "text_hash": "", "person_id": "", "signed_name": ""}),
    ("POST", "/institution/submit", {"revision": 0}),
    ("DELETE", "/institution/papers/1?revision=0", None),
    ("GET", "/source-of-funds/", None),
    ("POST", "/source-of-funds/1/challenge", {"chain": "bitcoin", "address": "x"}),
    ("GET", "/residence/", None),
    ("GET", "/residence/preflight?to=PT", None),
    ("POST", "/residence/", {"to": "PT"}),
    ("DELETE", "/residence/", None),
    ("GET", "/under-way", None),
    ("GET", "/travel-rule/", None),
    ("GET", "/travel-rule/1", None),
    ("POST", "/travel-rule/1/answer", {}),
]


async def test_nothing_answers_who_is_not_signed_in(desk: Desk) -> None:
    stranger = desk.office.script()
    for method, path, body in OPERATIONS:
        assert (await stranger.call(method, path, body)).code == "signed_out", path


async def test_a_page_must_show_that_a_change_is_its_own(desk: Desk) -> None:
    page = desk.office.browser()
    await page.sign_up()
    await page.sign_in()
    del page.headers["x-csrf-token"]
    for method, path, body in OPERATIONS:
        if method != "GET":
            assert (await page.call(method, path, body)).code == "csrf_failed", path


async def test_handing_in_needs_a_step_up(desk: Desk, ann: Caller) -> None:
    desk.office.town.now_ms += 6 * 60_000
    for path, body in (
        ("/institution/submit", {"revision": 0}),
        ("/institution/attestation", {"revision": 0, "text_hash": "", "person_id": "", "signed_name": ""}),
        ("/residence/submit", {"address": STREET, "agreements": []}),
    ):
        assert (await ann.call("POST", path, body)).code == "step_up_required", path


async def test_an_institution_fills_in_sections_and_sees_what_is_missing(desk: Desk, ann: Caller) -> None:
    assert (await ann.call("GET", "/institution/")).code == "application_not_found"
    begun = await ann.call("POST", "/institution/", {"entity_type": "private_company"})
    assert (begun.status, begun.body["state"], begun.body["revision"]) == (201, "draft", 0)
    saved = await ann.call("PUT", "/institution/entity?revision=0", ENTITY)
    assert (saved.status, saved.body["entity"]) == (200, ENTITY)
    assert (await ann.call("PUT", "/institution/entity?revision=0", ENTITY)).status == 409
    circle = {
        "owners": [
            {"owner_id": "a", "kind": "company", "name": "A"},
            {"owner_id": "b", "kind": "company", "name": "B"},
        ],
        "holdings": [
            {"owner": "a", "owned": "b", "share_bps": 10_000},
            {"owner": "b", "owned": "a", "share_bps": 10_000},
        ],
    }
    refused = await ann.call("PUT", "/institution/ownership?revision=1", circle)
    assert (refused.status, refused.code) == (422, "ownership_cycle")
    paper = await upload(ann, "/institution/papers/articles?name=articles.pdf&revision=1", pdf())
    assert (paper.status, paper.body["media_type"], paper.body["size"]) == (201, "application/pdf", len(pdf()))
    shown = (await ann.call("GET", "/institution/")).body
    assert {part["section"]: part["state"] for part in shown["sections"]} == {
        "entity": "complete",
        "addresses": "missing",
        "people": "missing",
        "ownership": "missing",
        "papers": "incomplete",
        "attestation": "missing",
    }
    assert "whole and" in shown["attestation"]["text"]
    gone = await ann.call("DELETE", f"/institution/papers/{paper.body['paper_id']}?revision=2")
    assert (gone.status, gone.body["papers"]) == (200, [])
    assert (await ann.call("POST", "/institution/submit", {"revision": 3})).code == "application_incomplete"


async def test_what_an_institution_needs_is_told_beforehand(ann: Caller) -> None:
    wanted = (await ann.call("POST", "/institution/", {"entity_type": "fund"})).body["wanted"]
    months = {"|".join(paper["kinds"]): paper["months"] for paper in wanted["papers"]}
    assert (months["articles"], months["register_of_shareholders|ownership_chart"]) == (0, 12)
    assert wanted["roles"] == [["director", "partner"], ["authorized_trader"]]
    assert (wanted["needs_ownership"], wanted["owner_line_bps"], wanted["age_min"]) == (True, 2500, 18)


async def test_what_is_under_way_is_told_in_one_look(desk: Desk, ann: Caller) -> None:
    assert (await ann.call("GET", "/under-way")).body == {"institution": None, "residence": None, "questions_open": 0}
    await ann.call("POST", "/institution/", {"entity_type": "trust"})
    begun = (await ann.call("POST", "/residence/", {"to": "PT"})).body
    assert ("bank_statement" in begun["proof_kinds"], begun["proof_months"]) == (True, 3)
    desk.diligence.funds.ask(user_of(desk), Question.FUNDS, reference="r:1", asked_by="staff:1")
    assert (await ann.call("GET", "/under-way")).body == {
        "institution": "draft",
        "residence": "preparing",
        "questions_open": 1,
    }


BAD_BODIES: list[tuple[str, str, Any]] = [
    ("POST", "/institution/", {"entity_type": "circus"}),
    ("PUT", "/institution/entity?revision=0", {**ENTITY, "country": "Switzerland"}),
    ("PUT", "/institution/entity?revision=0", {**ENTITY, "more": 1}),
    ("PUT", "/institution/entity?revision=x", ENTITY),
    ("PUT", "/institution/ownership?revision=0", {"owners": [], "holdings": [{"owner": "a", "owned": "b", "share_bps": 0}]}),
    ("POST", "/source-of-funds/1/answer", {"sources": []}),
    ("POST", "/source-of-funds/1/challenge", {"chain": "dogecoin", "address": "x"}),
    ("POST", "/residence/", {}),
    ("POST", "/travel-rule/1/answer", {"vasp": "x" * 101}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), BAD_BODIES)
async def test_bad_input_is_told_by_field_and_not_repeated(ann: Caller, method: str, path: str, body: Any) -> None:
    refused = await ann.call(method, path, body)
    assert (refused.status, refused.code) == (400, "request_invalid")
    assert "circus" not in str(refused.body)


@pytest.mark.parametrize("number", ["0", "-1", "1e3", "9" * 30, "\u0661", "x"])
async def test_attack_numbers_that_are_none_find_nothing(ann: Caller, number: str) -> None:
    for path, code in (
        (f"/travel-rule/{number}", "transfer_not_found"),
        (f"/institution/papers/{number}?revision=0", "application_not_found paper_not_found"),
    ):
        method = "GET" if "travel" in path else "DELETE"
        refused = await ann.call(method, path)
        assert refused.status == 404
        assert refused.code in code.split()


async def test_a_question_is_answered_with_a_paper_and_a_proved_wallet(desk: Desk, ann: Caller) -> None:
    request_id = desk.diligence.funds.ask(user_of(desk), Question.FUNDS, reference="r:1", asked_by="staff:1")
    (asked,) = (await ann.call("GET", "/source-of-funds/")).body
    assert (asked["request_id"], asked["state"]) == (str(request_id), "asked")
    wanted = {each["kind"]: each["papers"] for each in asked["wanted"]}
    assert wanted["salary"] == [["pay_slip", "employment_letter"], ["bank_statement"]]
    here, wallet = f"/source-of-funds/{request_id}", {"chain": "ethereum", "address": address_of(KEY)}
    on_chain = {
        "wallets": [wallet],
        "transactions": ["0x" + "ab" * 32],
        "protocol": "Pool",
        "entry": "Put in",
        "exit": "Took out",
    }
    source = {"kind": "defi", "description": "Fees", "amount_cents": 5, "country": "CH", "on_chain": on_chain}
    answer = {"sources": [source]}
    missing = (await ann.call("POST", f"{here}/check", answer)).body
    assert [problem["code"] for problem in missing] == ["paper_missing", "wallet_unproven"]
    assert (await ann.call("POST", f"{here}/answer", answer)).code == "answer_incomplete"
    assert (await upload(ann, f"{here}/papers/protocol_screenshot?name=pool.pdf", pdf())).status == 201
    challenge = (await ann.call("POST", f"{here}/challenge", wallet)).body
    proof = {"challenge_id": challenge["challenge_id"], "signature": sign(KEY, challenge["text"])}
    assert (await ann.call("POST", f"{here}/proof", proof)).body == wallet
    assert (await ann.call("POST", f"{here}/proof", proof)).code == "challenge_over"
    handed_in = await ann.call("POST", f"{here}/answer", answer)
    assert (handed_in.status, handed_in.body["state"], handed_in.body["answer"]) == (202, "in_review", answer)


async def test_attack_uploads_are_papers_below_their_size(desk: Desk, ann: Caller) -> None:
    desk.diligence.funds.ask(user_of(desk), Question.FUNDS, reference="r:1", asked_by="staff:1")
    here = "/source-of-funds/1/papers/bank_statement?name=statement.pdf"
    for content, status, code in (
        (b"MZ an executable", 422, "paper_type"),
        (pdf() + b"PK", 422, "paper_type"),
        (pdf("x" * 20_000_000), 413, "paper_too_large"),
        (pdf("x" * 22_100_000), 413, "request_invalid"),
    ):
        refused = await upload(ann, here, content)
        assert (refused.status, refused.code) == (status, code)
    plain = await ann.call("POST", here, {"file": "text"})
    assert plain.code == "upload_malformed"


async def test_a_move_shows_its_list_and_is_handed_in(desk: Desk, ann: Caller) -> None:
    listed = (await ann.call("GET", "/residence/preflight?to=PT")).body
    assert listed["is_possible"] is True
    assert [text["text_hash"] for text in listed["agreements"]] == [TERMS.text_hash]
    assert (await ann.call("GET", "/residence/preflight?to=CU")).status == 403
    assert (await ann.call("POST", "/residence/", {"to": "PT"})).status == 201
    paper = await upload(ann, "/residence/papers/utility_bill?name=bill.pdf&issued_on=2023-11-01", pdf())
    assert paper.status == 201
    form = {"address": STREET, "agreements": [TERMS.text_hash]}
    handed_in = await ann.call("POST", "/residence/submit", form)
    assert (handed_in.status, handed_in.body["state"], handed_in.body["to_place"]) == (202, "in_review", "PT")
    assert (await ann.call("DELETE", "/residence/")).body["state"] == "withdrawn"


async def test_who_says_to_have_moved_begins_the_move(desk: Desk, ann: Caller) -> None:
    desk.rights.standings.open_questionnaire(user_of(desk), "location_conflict")
    moved = {"answer": "moved", "to": "PT"}
    closed = await ann.call("POST", "/residence-question", moved | {"to": "CU"})
    assert (closed.status, closed.code) == (403, "residence_closed")
    assert (await ann.call("GET", "/residence/")).status == 404, "what is refused begins nothing"
    for _ in range(2):
        told = await ann.call("POST", "/residence-question", moved)
        assert told.body == {"next": "change_of_residence", "path": "/api/account/residence", "begun": True}
    shown = (await ann.call("GET", told.body["path"].removeprefix("/api/account"))).body
    assert (shown["state"], shown["to_place"]) == ("preparing", "PT")
    assert (await ann.call("GET", "/residence-question")).body["open"], "until the move is done"


async def test_a_locked_deposit_is_explained(desk: Desk, ann: Caller) -> None:
    new = NewTransfer("deposit-1", "ETH", 10**18, 500_000, Chain.ETHEREUM, address_of(KEY))
    waiting = desk.diligence.travel_rule.deposit(user_of(desk), new)
    (shown,) = (await ann.call("GET", "/travel-rule/")).body
    assert (shown["state"], shown["amount"], shown["missing"]) == ("data_needed", str(10**18), ["declaration"])
    assert (await ann.call("GET", "/travel-rule/exchanges")).body == []
    here = f"/travel-rule/{waiting.transfer_id}"
    half = await ann.call("POST", f"{here}/answer", {"other": {"given_names": "Bob"}})
    assert (half.status, half.code) == (422, "data_missing")
    assert (await ann.call("POST", f"{here}/answer", {})).code == "verification_needed"
    looked_at = await ann.call("POST", f"{here}/answer", {"vasp": "Elsewhere"})
    assert (looked_at.status, looked_at.body["state"]) == (200, "in_review")


async def test_the_openapi_file_tells_of_every_operation(desk: Desk) -> None:
    described = (await desk.office.script().call("GET", "/openapi.json")).body["paths"]
    for name, count in (("institution", 11), ("source-of-funds", 7), ("residence", 6), ("travel-rule", 6)):
        operations = [
            way for path, ways in described.items() if f"{path}/".startswith(f"/api/account/{name}/") for way in ways
        ]
        assert len(operations) == count, name
