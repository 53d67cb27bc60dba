"""Verification over HTTP: a script's way from the first form to the level, and what attackers send."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest

from lonja.adapters.faces_local import NobodyCompares
from lonja.bootstrap.governance import PeopleProfiles, follow
from lonja.bootstrap.verification import KnownPersons
from lonja.edge.account.app import account_app
from lonja.edge.account.services import AccountServices
from lonja.edge.account.uploads import single_file
from lonja.modules.backoffice.api import BackOffice
from lonja.modules.governance.api import Rights, RuleBook
from lonja.modules.governance.api import open_database as open_governance
from lonja.modules.identity.api import TradingAccounts
from lonja.modules.verification.api import Neighbors, Verification, Wording, open_database
from lonja.primitives.errors import RefusedError
from tests.edge.account.conftest import Caller, Office, Reply
from tests.modules.identity.people.conftest import PHONE
from tests.modules.verification.bureau import LISTED, Reader, passport, picture
from tests.modules.verification.test_document_check import VALUES, person

ANSWERS = {"occupation": "employed", "income_source": "salary", "uses": ["trade"]}
BOUNDARY = b"x-boundary"


class House:
    """The account API with verification behind it, and a reader that reads a fitting passport."""

    def __init__(self, folder: Path, office: Office) -> None:
        town, services = office.town, office.house.services
        clock, people = (lambda: town.now_ms), town.people
        database = open_governance(f"sqlite:///{folder / 'governance.sqlite'}")
        self.rights = Rights(database, RuleBook.of_folder(), clock, PeopleProfiles(people), lambda account: account)
        people.subscribe(lambda number, event: follow(self.rights, number, event))
        self.back_office = BackOffice(f"sqlite:///{folder / 'backoffice.sqlite'}", town.box, clock)
        self.reader = Reader()
        self.reader.text = passport(person())
        neighbors = Neighbors(self.rights, self.back_office, KnownPersons(people), self.reader, NobodyCompares())
        url = f"sqlite:///{folder / 'verification.sqlite'}"
        self.verification = Verification(open_database(url), town.box, clock, neighbors, LISTED, with_specimens=True)
        accounts = TradingAccounts(services.engine, services.identity, people, 0)
        served = AccountServices(people, services.identity, accounts, clock)
        office.app = account_app(served, rights=self.rights, verification=self.verification)

    def close(self) -> None:
        self.verification.close()
        self.back_office.close()
        self.rights.close()


@pytest.fixture
def house(tmp_path: Path, office: Office) -> Iterator[House]:
    made = House(tmp_path, office)
    yield made
    made.close()


async def hand_in(caller: Caller, slot: str, content: bytes, field: str = "file", **headers: str) -> Reply:
    response = await caller.http.put(
        f"/api/account/verification/pictures/{slot}",
        files={field: ("../../etc/passwd\r\nx: y", content, "text/html")},
        headers={**caller.headers, **headers},
    )
    return Reply(response.status_code, response.json() if response.content else None, response.headers)


async def fill(caller: Caller, **other: str) -> None:
    steps = {"person": {**VALUES, **other}, "answers": ANSWERS}
    for step, body in steps.items():
        assert (await caller.call("PUT", f"/verification/{step}", body)).status == 200
    for slot in ("document_front", "face"):
        assert (await hand_in(caller, slot, picture(slot))).status == 200


def part(answer: Any, name: str = "identity") -> Any:
    return next(found for found in answer["parts"] if found["part"] == name)


async def test_a_person_is_led_step_by_step_to_the_first_level(office: Office, house: House) -> None:
    caller = office.script()
    await caller.sign_up()
    answer = (await caller.call("GET", "/verification")).body
    assert [step["step"] for step in part(answer)["next_steps"]] == ["person", "answers", "document_front", "face"]
    assert part(answer, "address")["state"] == "locked"
    assert (answer["level"], answer["liveness"], answer["age_min"]) == (0, "local", 18)
    assert answer["liveness_sentence"].startswith("In this sandbox nobody compares faces")
    await fill(caller, surname="Lindqvist")
    house.reader.text = passport(person(surname="Lindqvist"))
    submitted = await caller.call("POST", "/verification/identity/submit")
    assert (submitted.status, part(submitted.body)["state"]) == (202, "in_review")
    house.verification.keep_house()
    answer = (await caller.call("GET", "/verification")).body
    assert (answer["level"], part(answer)["state"]) == (1, "verified")
    assert (await caller.call("GET", "/me/rights")).body["kyc_level"] == 1
    assert (await caller.call("GET", "/verification/stated")).body["person"]["surname"] == "Lindqvist"


class OneText:
    """A text that everybody has to agree to."""

    def __init__(self, version: str = "1") -> None:
        self.text = Wording("verification_data", version, f"{version:0>64}", "Pictures are kept.")

    def in_force(self, residence: str, now_ms: int) -> tuple[Wording, ...]:
        assert residence == "ES"
        assert now_ms > 0
        return (self.text,)


async def with_every_factor(office: Office) -> Caller:
    """Without them verification opens next to nothing."""
    caller, town = office.script(), office.town
    await caller.sign_up()
    await caller.call("POST", "/security/contacts", {"contact": PHONE})
    await caller.call("POST", "/security/contacts/confirm", {"contact": PHONE, "code": town.post.code(PHONE)})
    secret = (await caller.call("POST", "/security/authenticator")).body["secret"]
    code = pyotp.TOTP(secret).at(town.now_ms // 1000)
    assert (await caller.call("POST", "/security/authenticator/confirm", {"code": code})).status == 204
    return caller


async def test_what_changes_is_shown_and_agreed_to_before_anything_is_submitted(office: Office, house: House) -> None:
    consents = house.verification.consents
    consents.texts = OneText()
    caller = await with_every_factor(office)
    await fill(caller)
    steps = part((await caller.call("GET", "/verification")).body)["next_steps"]
    assert [step["step"] for step in steps] == ["consent"]
    assert (await caller.call("POST", "/verification/identity/submit")).code == "steps_missing"
    preview = (await caller.call("GET", "/verification/preview/identity")).body
    assert (preview["part"], preview["level"], preview["agreed"]) == ("identity", 0, [])
    assert [text["text"] for text in preview["texts"]] == ["Pictures are kept."]
    assert preview["opens"], "the limits and products that change"
    assert preview["opens"] == (await caller.call("GET", "/me/rights/at-level/1")).body
    for wrong in ([], ["0" * 64], ["0" * 63 + "1", "0" * 64]):
        refused = await caller.call("PUT", "/verification/consent", {"text_hashes": wrong})
        assert (refused.status, refused.code) == (409, "consent_differs")
    hashes = {"text_hashes": [text["text_hash"] for text in preview["texts"]]}
    for _ in range(2):
        assert (await caller.call("PUT", "/verification/consent", hashes)).status == 200
    (agreed,) = (await caller.call("GET", "/verification/preview/address")).body["agreed"]
    kept = {"name": "verification_data", "version": "1", "text_hash": "0" * 63 + "1", "kyc_level": 0}
    assert {name: agreed[name] for name in kept} == kept
    assert agreed["rules_version"]
    consents.texts = OneText("2")
    assert (await caller.call("POST", "/verification/identity/submit")).code == "steps_missing", "another version"
    consents.texts = OneText()
    assert (await caller.call("POST", "/verification/identity/submit")).status == 202


async def test_that_somebody_agreed_outlives_what_they_handed_in(office: Office, house: House) -> None:
    house.verification.consents.texts = OneText()
    caller = office.script()
    await caller.sign_up()
    await caller.call("PUT", "/verification/consent", {"text_hashes": ["0" * 63 + "1"]})
    house.verification.forget(1)
    assert [consent.text_hash for consent in house.verification.consents.of(1)] == ["0" * 63 + "1"]


async def test_a_failure_is_told_with_its_remedy(office: Office, house: House) -> None:
    caller = office.script()
    await caller.sign_up()
    await fill(caller, surname="Lindqvist")
    await caller.call("POST", "/verification/identity/submit")
    house.verification.keep_house()
    found = part((await caller.call("GET", "/verification")).body)
    assert (found["state"], found["tries_left"]) == ("refused", 2)
    assert [failure["code"] for failure in found["failures"]] == ["name_differs"]
    assert found["failures"][0]["remedy"] == "State it as the document has it, letter by letter."
    assert [step["step"] for step in found["next_steps"]] == ["submit"]
    told = {reason["code"] for reason in (await office.script().call("GET", "/verification/reasons")).body}
    assert {"camera_denied", "app_outdated", "document_in_use", "too_many_tries"} <= told


async def test_attack_a_listed_name_is_answered_like_every_other(office: Office, house: House) -> None:
    """Every answer of two people who do the same is equal, but for what they stated themselves."""
    answers = []
    for contact, surname in (("greta@example.com", "Lindqvist"), ("anna@example.com", "Eriksson")):
        caller = office.script()
        await caller.sign_up(contact)
        number = "L898902C3" if surname == "Eriksson" else "C1234567"
        house.reader.text = None
        await fill(caller, surname=surname, document_number=number)
        submitted = await caller.call("POST", "/verification/identity/submit")
        house.verification.keep_house()
        later = await caller.call("GET", "/verification")
        answers.append((submitted.status, submitted.body, later.body, sorted(later.headers)))
    assert answers[0] == answers[1]
    with house.verification._vault.transaction() as session:  # that there was a hit at all
        assert len(house.verification.screening._counting(session, 2)) == 1


BAD = [
    # method, path, body, status and code of the refusal
    ("PUT", "person", {**VALUES, "surname": "Eriks\u0441on"}, 422, "name_invalid"),
    ("PUT", "person", {**VALUES, "birth_date": "2015-01-01"}, 403, "under_age"),
    ("PUT", "person", {**VALUES, "residence": "FR"}, 409, "residence_differs"),
    ("PUT", "person", {**VALUES, "kyc_level": 3}, 400, "request_invalid"),
    ("PUT", "person", {**VALUES, "surname": None}, 400, "request_invalid"),
    ("PUT", "answers", {**ANSWERS, "uses": ["launder"]}, 422, "answer_unknown"),
    ("POST", "identity/submit", None, 422, "steps_missing"),
    ("POST", "address/submit", None, 409, "part_locked"),
    ("POST", "soul/submit", None, 404, "part_unknown"),
    ("GET", "preview/soul", None, 404, "part_unknown"),
    ("PUT", "consent", {}, 400, "request_invalid"),
    ("DELETE", "pictures/face", None, 404, "upload_not_found"),
    ("DELETE", "pictures/..%2Fface", None, 404, None),
    ("GET", "pictures/face", None, 405, "request_invalid"),
]


async def test_bad_requests_have_a_code(office: Office, house: House) -> None:
    caller = office.script()
    await caller.sign_up()
    for method, path, body, status, code in BAD:
        answer = await caller.call(method, f"/verification/{path}", body)
        assert (answer.status, code is None or answer.code == code) == (status, True), (path, answer)


async def test_attack_uploads(office: Office, house: House) -> None:
    caller = office.script()
    await caller.sign_up()
    await caller.call("PUT", "/verification/person", VALUES)
    page = b"<html><script>alert(1)</script>"
    for slot, content, field, status, code in (
        ("face", page, "file", 422, "picture_type"),
        ("face", b"\x89PNG\r\n\x1a\n" + b"\0" * 90, "file", 422, "picture_broken"),
        ("face", picture(), "other", 400, "upload_malformed"),
        ("avatar", picture(), "file", 404, "slot_unknown"),
        ("face", b"\xff\xd8\xff" + b"\0" * (10_000_000 - 2), "file", 413, "picture_too_large"),
        ("face", b"\xff\xd8\xff" + b"\0" * 12_000_000, "file", 413, "request_invalid"),
    ):
        answer = await hand_in(caller, slot, content, field)
        assert (answer.status, answer.code) == (status, code)
    raw = await caller.http.put(
        "/api/account/verification/pictures/face",
        content=picture(),
        headers={**caller.headers, "content-type": "image/jpeg"},
    )
    assert (raw.status_code, raw.json()["code"]) == (400, "upload_malformed")
    assert (await hand_in(caller, "face", picture() + page)).status == 200
    assert (await caller.call("GET", "/verification")).body["uploads"] == ["face"]


async def test_attack_nothing_without_a_session_and_no_change_without_the_token_of_our_page(
    office: Office, house: House
) -> None:
    stranger = office.script()
    assert (await stranger.call("GET", "/verification")).status == 401
    assert (await hand_in(stranger, "face", picture())).status == 401
    page = office.browser()
    await page.sign_up()
    await page.sign_in()
    del page.headers["x-csrf-token"]
    assert (await page.call("PUT", "/verification/person", VALUES)).code == "csrf_failed"
    assert (await hand_in(page, "face", picture())).code == "csrf_failed"
    assert (await page.call("POST", "/verification/identity/submit")).code == "csrf_failed"


async def test_the_openapi_file_tells_of_the_form_with_a_file(office: Office, house: House) -> None:
    spec = (await office.script().call("GET", "/openapi.json")).body
    operation = spec["paths"]["/api/account/verification/pictures/{slot}"]["put"]
    form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["properties"]["file"]["format"] == "binary"
    assert {"/api/account/verification", "/api/account/verification/{part}/submit"} <= set(spec["paths"])


HEAD = b'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
END = b"\r\n--x-boundary--\r\n"


def test_a_file_is_taken_out_of_its_form_as_it_was() -> None:
    content = b"\r\n--x-bound\r\n\x00\xff\n"
    assert single_file(b"--x-boundary\r\n" + HEAD + content + END, BOUNDARY) == content
    assert single_file(b"--x-boundary\r\n" + HEAD + END, BOUNDARY) == b""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x-boundary--\r\n",
        b"--x-boundary\r\n" + HEAD + b"never ends",
        b"--other\r\n" + HEAD + b"x" + END,
        b"--x-boundary\r\n" + HEAD + b"x\r\n--x-boundary\r\n" + HEAD + b"y" + END,
        b"--x-boundary\r\n" + HEAD.replace(b"file", b"name") + b"x" + END,
        b"--x-boundary\r\n" + HEAD.replace(b'name="file"', b'name="file"; name="file"') + b"x" + END,
        b"--x-boundary\r\nX: " + b"a" * 5_000 + b"\r\n" + HEAD + b"x" + END,
        b"--x-boundary\r\n" + HEAD + b"x" + END + b"more",
    ],
    ids=range(9),
)
def test_attack_a_malformed_form_is_refused(body: bytes) -> None:
    with pytest.raises(RefusedError, check=lambda error: error.code == "upload_malformed"):
        single_file(body, BOUNDARY)
