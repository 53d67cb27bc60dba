"""What no operation of the account API may let happen, tried on each one that its OpenAPI file names."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from lonja.edge.account.services import ACCOUNT_PREFIX
from lonja.edge.staff.refusals import STATUS
from lonja.modules.identity.api import Client
from lonja.primitives.instant import MINUTE_MS
from tests.attack.besieged import CHANGING, PASSWORD, Operation, Person, Siege, besieged, request_of

OPEN = {
    "POST /connected/sign-in/begin",
    "POST /connected/sign-in/finish",
    "POST /connected/sign-up",
    "POST /from-us/channel",
    "POST /passkeys/sign-in",
    "POST /passkeys/sign-in/options",
    "POST /recovery",
    "POST /recovery/code",
    "POST /recovery/factor",
    "POST /recovery/password",
    "POST /recovery/unfreeze",
    "POST /security/freeze-by-link",
    "POST /security/not-me",
    "POST /security/resets/cancel-by-link",
    "POST /security/resets/code",
    "POST /security/resets/factor",
    "POST /sign-in",
    "POST /sign-in/code",
    "POST /sign-in/device",
    "POST /sign-in/device/answer",
    "POST /sign-in/device/authenticator",
    "POST /sign-in/factor",
    "POST /sign-in/state",
    "POST /sign-up",
    "POST /sign-up/code",
    "POST /sign-up/confirm",
}
"""Changes that need no session: each holds a secret of its own, begins what will ask for one, or only answers."""
PERHAPS = {"POST /security/resets"}
"""What asks for a session unless the request proves in another way whose it is."""
OPEN_TO_READ = {
    "GET /connected/callback/{provider}",
    "GET /connected/providers",
    "GET /from-us/channels",
    "GET /rules/changes",
    "GET /sign-up/agreements",
    "GET /verification/reasons",
}
"""What everybody may read."""


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def siege(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Siege]:
    """One house for all: to open it takes longer than to attack it. Each test attacks with people of its own."""
    async with besieged(tmp_path_factory.mktemp("besieged")) as found:
        yield found


async def test_every_change_refuses_another_sites_page(siege: Siege) -> None:
    """CSRF: the cookie travels by itself, so without the token that only our page can read nothing is done."""
    alice = siege.person()
    for operation in siege.operations(*CHANGING):
        for headers in ({}, {"x-csrf-token": "made up"}, {"x-csrf-token": ""}):
            request = await request_of(siege, operation)
            request["headers"] = {**request.get("headers", {}), **headers}
            answer = await alice.page(operation.method, operation.filled("1"), **request)
            # A body may be read before its sender is looked at, and refused for its form.
            refused = answer.content and answer.json().get("code") in ("csrf_failed", "request_invalid")
            assert refused or operation.name in OPEN, (operation.name, answer.text)


async def test_every_operation_asks_for_a_session_but_those_listed(siege: Siege) -> None:
    """By what each operation is given: ``live`` and ``stepped_up`` are refused to strangers and to other sites' pages."""
    asking = siege.parameters()
    without = {name for name, given in asking.items() if not {"live", "stepped_up"} & given}
    assert {name for name in without if not name.startswith("GET")} == OPEN | PERHAPS
    assert {name for name in without if name.startswith("GET")} == OPEN_TO_READ
    told = {operation.name: operation.about.get("security", []) for operation in siege.operations("get", *CHANGING)}
    assert {name for name, ways in told.items() if not ways} == OPEN | OPEN_TO_READ
    assert {name for name, ways in told.items() if {} in ways} == PERHAPS


async def test_every_status_of_a_refusal_is_in_the_file(siege: Siege) -> None:
    for operation in siege.operations("get", *CHANGING):
        assert {str(status) for status in STATUS.values()} <= operation.about["responses"].keys(), operation.name


KINDS = {
    *("stage", "state", "kind", "effect", "unit", "verdict", "standing", "grade", "direction", "section", "part"),
    *("capability", "entity_type", "question", "step", "document_kind", "proof_kind", "occupation", "income_source"),
    *("methods", "permissions", "spf", "dkim", "dmarc", "arc", "liveness", "next", "method", "act"),
}
"""Names of fields that hold one of a few words."""
ANY_TEXT = {("ReturnForm", "state"), ("PaperAnswer", "kind")}
"""Of these, what another provider made up, and what depends on what the paper is for."""


async def test_fields_that_hold_one_of_a_few_words_list_them(siege: Siege) -> None:
    records, found = siege.document["components"]["schemas"], set()
    for record, about in records.items():
        for name in KINDS & about.get("properties", {}).keys():
            field = about["properties"][name]
            field = field.get("items", field)
            field = records[field["$ref"].rsplit("/", 1)[1]] if "$ref" in field else field
            if not {"enum", "const", "oneOf"} & field.keys():
                found.add((record, name))
    assert found == ANY_TEXT
    assert records["SignInAnswer"]["properties"]["stage"]["enum"] == ["factor", "device", "done"]
    assert "passport" in records["Person"]["properties"]["document_kind"]["enum"]
    assert "new_device" in records["HoldAnswer"]["properties"]["kind"]["enum"]


def check(name: str, answer: Any, refusal: str, *, is_asked: bool) -> None:
    """An operation refuses with ``refusal`` when, and only when, its file says so; a form may be refused before."""
    code = answer.json()["code"] if answer.status_code >= 400 and answer.content else ""
    assert code in (refusal, "request_invalid") if is_asked else code != refusal, (name, code)


async def test_what_the_file_says_of_sessions_is_what_happens(siege: Siege) -> None:
    """To a stranger, to a page without the token against forged requests, and to who gave no other factor of late."""
    alice = siege.person()
    siege.clock.set_ms(siege.clock.now_ms() + 10 * MINUTE_MS)
    for operation in siege.operations("get", *CHANGING):
        name, path, ways = operation.name, operation.filled("1"), operation.about.get("security", [])
        if name not in PERHAPS:
            answer = await siege.ask(operation.method, path, **await request_of(siege, operation))
            check(name, answer, "signed_out", is_asked=bool(ways))
        answer = await alice.page(operation.method, path, **await request_of(siege, operation))
        check(name, answer, "csrf_failed", is_asked=any("csrf" in way for way in ways))
        if name != "DELETE /sign-in":
            answer = await alice.script(operation.method, path, **await request_of(siege, operation))
            check(name, answer, "step_up_required", is_asked={"script": ["step-up"]} in ways)


async def test_no_operation_but_those_listed_answers_a_stranger(siege: Siege) -> None:
    for operation in siege.operations("get", *CHANGING):
        answer = await siege.ask(operation.method, operation.filled("1"), **await request_of(siege, operation))
        is_refused = answer.status_code in (400, 401, 403)
        assert is_refused or operation.name in OPEN | OPEN_TO_READ, (operation.name, answer.text)


async def test_no_operation_takes_what_it_does_not_document(siege: Siege) -> None:
    """Mass assignment: a field that names a user, a level or a state is no field."""
    alice, bob = siege.person(), siege.person()
    before = siege.house.people.user(alice.user_id)
    smuggled = {"user_id": alice.user_id, "account": 1, "state": "closed", "kyc_level": 3, "is_staff": True}
    for operation in siege.operations(*CHANGING):
        if operation.content_type == "application/json":
            for name, value in smuggled.items():
                if name in siege.fields(operation):
                    continue
                request = await request_of(siege, operation, **{name: value})
                answer = await bob.script(operation.method, operation.filled("1"), **request)
                assert (answer.status_code, answer.json()["code"]) == (400, "request_invalid"), (operation.name, name)
    assert siege.house.people.user(alice.user_id) == before


DEEP = b'{"a":' * 20_000 + b"1" + b"}" * 20_000
HOSTILE: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "application/json"),
    ("no object", b"[]", "application/json"),
    ("a number", b"7", "application/json"),
    ("cut off", b'{"a": "b', "application/json"),
    ("deeply nested", DEEP, "application/json"),
    ("deep lists", b"[" * 60_000, "application/json"),
    ("a lone surrogate", b'{"identifier": "\\ud800"}', "application/json"),
    ("no UTF-8", b'{"identifier": "\xff\xfe"}', "application/json"),
    ("a large number", b'{"a": 1' + b"0" * 60_000 + b"}", "application/json"),
    ("a form", b"identifier=x&password=y", "application/x-www-form-urlencoded"),
    ("text", b'{"identifier": "x", "password": "y"}', "text/plain"),
    ("XML", b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>', "application/xml"),
    (
        "parts",
        b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    ("too many parts", b"--x\r\n\r\n" * 8_000, "multipart/form-data; boundary=x"),
    ("no boundary", b"x", "multipart/form-data"),
    ("a wrong charset", b'{"identifier": "x"}', "application/json; charset=utf-7"),
    ("message pack", b"\xdf\xff\xff\xff\xff", "application/x-msgpack"),
]


async def test_whatever_body_comes_there_is_an_answer(siege: Siege) -> None:
    bob = siege.person()
    for operation in siege.operations(*CHANGING):
        for what, body, content_type in HOSTILE if operation.content_type == "application/json" else ():
            headers = {"content-type": content_type}
            answer = await bob.script(operation.method, operation.filled("1"), content=body, headers=headers)
            assert 400 <= answer.status_code < 500, (operation.name, what, answer.text)
            assert answer.json()["code"], operation.name


async def test_no_operation_reads_more_than_it_said(siege: Siege) -> None:
    bob = siege.person()
    for operation in siege.operations(*CHANGING):
        if operation.content_type:
            is_upload = operation.content_type != "application/json"
            body = b'{"a": "' + b"x" * ((32 << 20) if is_upload else (1 << 20)) + b'"}'
            headers = {"content-type": operation.content_type}
            answer = await bob.script(operation.method, operation.filled("1"), content=body, headers=headers)
            assert answer.status_code in (400, 413), (operation.name, answer.status_code)


ODD_TEXTS = [
    "\0",
    "a\0b",
    "\r\nBcc: eve@example.com",
    "\u202e",
    "\ufeff",
    "x" * 5_000,
    "\U0001f600" * 300,
    "%00",
    "' or 1=1 --",
]


def with_text(value: Any, text: str) -> Any:
    """``value`` with every text in it replaced that is not one of a list."""
    if isinstance(value, dict):
        return {name: with_text(inner, text) for name, inner in value.items()}
    return text if value == "x" else value


async def test_odd_texts_in_every_field_are_answered_by_a_refusal_or_taken_as_text(siege: Siege) -> None:
    """NUL, line ends, bidirectional marks, lengths: nothing breaks, and no mail goes where nobody asked."""
    bob = siege.person()
    for text in ODD_TEXTS:
        for operation in siege.operations(*CHANGING):
            request: dict[str, Any] = {}
            if operation.content_type == "application/json":
                request = {"json": with_text(siege.body(operation), text)}
            answer = await bob.script(operation.method, operation.path, **request)
            assert answer.status_code < 500, (operation.name, text, answer.text)
        assert not siege.house.notices.sent_to("eve@example.com", 1)


ODD_NAMES = [
    "0",
    "-1",
    "9" * 30,
    "1e3",
    "\u0661",
    "%00",
    "..%2f..%2fopenapi.json",
    "%ff",
    "x" * 3_000,
    "1;drop",
    "null",
]


async def test_odd_names_in_every_path_are_answered_by_a_refusal(siege: Siege) -> None:
    bob = siege.person()
    for operation in siege.operations("get", *CHANGING):
        for name in ODD_NAMES if "{" in operation.path else ():
            answer = await bob.script(operation.method, operation.filled(name), **await request_of(siege, operation))
            assert answer.status_code < 500, (operation.name, name, answer.text)


async def test_the_last_of_two_fields_of_one_name_counts_alone(siege: Siege) -> None:
    """One decoder reads each body once, so no two parts of the house can read two different things."""
    twice = b'{"identifier": "bob@example.com", "password": "x", "identifier": 7}'
    headers = {"content-type": "application/json"}
    answer = await siege.ask("post", f"{ACCOUNT_PREFIX}/sign-in", content=twice, headers=headers)
    assert answer.json()["code"] == "request_invalid"


# -- Other people's things -------------------------------------------------------------------------------------------

ABOUT_EVERYBODY = {"GET /connected/callback/{provider}"}
"""Operations with a name in their path that is nobody's."""


async def owned(siege: Siege) -> tuple[Person, set[str]]:
    """Somebody with things, and every name that their own answers give."""
    alice = siege.person()
    people, now_ms = siege.house.people, siege.clock.now_ms()
    people.sign_ins.begin(alice.email, PASSWORD, _client(), now_ms)
    return alice, {str(alice.user_id), *await told(alice, siege)}


async def told(person: Person, siege: Siege) -> set[str]:
    """Every name that the answers to somebody give."""
    names = set()
    for operation in siege.operations("get"):
        if "{" not in operation.path:
            answer = await person.script("get", operation.path)
            if answer.status_code == 200 and answer.headers["content-type"].startswith("application/json"):
                names |= {text for text in siege.texts(answer.json()) if 0 < len(text) <= 64 and text.isalnum()}
    return names


def _client() -> Client:
    return Client("198.51.100.9", "another browser")


def is_own(operation: Operation) -> bool:
    return "{" in operation.path and operation.name not in ABOUT_EVERYBODY


async def everything_of(person: Person, siege: Siege) -> dict[str, str]:
    found = {}
    for operation in siege.operations("get"):
        if "{" not in operation.path:
            found[operation.name] = (await person.script("get", operation.path)).text
    return found


async def test_nobody_reaches_what_is_somebody_elses(siege: Siege) -> None:
    """IDOR: every name that alice is told, tried by bob in every path that has a name in it."""
    alice, names = await owned(siege)
    bob = siege.person()
    names -= await told(bob, siege)
    assert names, "alice has a device at least, and a number"
    before, answers = await everything_of(alice, siege), {}
    for operation in filter(is_own, siege.operations("get", *CHANGING)):
        for name in names:
            mine = await alice.script("get", operation.filled(name)) if operation.method == "get" else None
            theirs = await bob.script(operation.method, operation.filled(name), **await request_of(siege, operation))
            if theirs.status_code < 300 and (mine is None or not same_for_all(alice, theirs)):
                answers[operation.name, name] = theirs.text
    assert answers == {}
    assert await everything_of(alice, siege) == before


def same_for_all(alice: Person, theirs: Any) -> bool:
    """Whether an answer tells bob nothing of alice: it names nothing that is hers."""
    return alice.email.partition("@")[0] not in theirs.text


async def test_the_openapi_file_names_every_route_there_is(siege: Siege) -> None:
    """Or else the tests above would miss one."""
    named = {path.rstrip("/") for path in siege.document["paths"]}
    served = {route.path_format.rstrip("/") for route in siege.app.routes}
    assert {path for path in served if "openapi" not in path} == named
    assert json.dumps(siege.document)
