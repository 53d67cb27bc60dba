"""The outbox of a sandbox: the code just sent can be read, and a called telephone answered, by who sits here."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.edge.rest.app import ASGIApp, build_app
from lonja.edge.sandbox.app import control_app
from lonja.modules.notices.api import CallAnswer, Channel, Notices, Recipient
from tests.edge.house import START_MS
from tests.edge.sandbox.conftest import Sandbox
from tests.modules.notices.conftest import one_key

PHONE = "+14155550100"
MAIL = "ana@example.com"


class Answer:
    """What came back."""

    def __init__(self, status: int, headers: dict[bytes, bytes], body: bytes) -> None:
        self.status = status
        self.content_type = headers[b"content-type"].decode()
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Looking:
    """The controls with an outbox, asked as a program on this machine asks."""

    def __init__(self, app: ASGIApp, notices: Notices) -> None:
        self.app = app
        self.notices = notices

    async def ask(self, target: str, body: bytes = b"", content_type: str = "", **headers: str) -> Answer:
        path, _, query = target.partition("?")
        sent = {"host": "127.0.0.1:8080", "content-type": content_type, **headers}
        scope = {
            "type": "http",
            "method": "POST" if body else "GET",
            "path": f"/sandbox/{path}",
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items() if value],
            "client": ("127.0.0.1", 1),
        }
        told: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            told.append(message)

        await self.app(scope, receive, send)
        return Answer(told[0]["status"], dict(told[0]["headers"]), told[1]["body"])

    async def press(self, **given: str) -> Answer:
        return await self.ask("outbox/answer", json.dumps(given).encode(), "application/json")

    def call(self, place: str = "Lisbon") -> None:
        values = {"approval": "approval-1", "device": "Firefox", "place": place}
        self.notices.send(Recipient(Channel.VOICE, PHONE), "device_phone_call", values)


@pytest.fixture
async def looking(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Looking]:
    now_ms = sandbox.house.engine.now_ms
    notices = Notices(f"sqlite:///{tmp_path}/notices.sqlite", MemorySecretBox(), now_ms, now_ms, new_key=one_key)
    yield Looking(build_app(sandbox.house.services, control_app(sandbox.control, notices)), notices)
    notices.close()


async def test_the_code_just_sent_can_be_read(looking: Looking) -> None:
    looking.notices.send(Recipient(Channel.EMAIL, MAIL), "sign_up_code", {"code": "111111"})
    looking.notices.send(Recipient(Channel.EMAIL, MAIL), "sign_up_code", {"code": "222222"})
    looking.notices.send(Recipient(Channel.EMAIL, "other@example.com"), "sign_up_code", {"code": "333333"})
    answer = await looking.ask(f"outbox?to={quote(MAIL)}")
    assert (answer.status, answer.content_type) == (200, "application/json")
    rows = answer.json
    assert [sorted(row) for row in rows] == [["channel", "subject", "text", "time_ms", "to"]] * 2
    assert [(row["channel"], row["to"], row["time_ms"]) for row in rows] == [("email", MAIL, START_MS)] * 2
    assert ["222222" in rows[0]["text"], "111111" in rows[1]["text"]] == [True, True]


@pytest.mark.parametrize(
    "written", ["%2B14155550100", "+14155550100", "14155550100", " 14155550100".replace(" ", "%20")]
)
async def test_a_number_is_found_however_its_plus_was_sent(looking: Looking, written: str) -> None:
    looking.notices.send(Recipient(Channel.SMS, PHONE), "sign_in_code", {"code": "444444"})
    rows = (await looking.ask(f"outbox?to={written}")).json
    assert [(row["channel"], row["to"]) for row in rows] == [("sms", PHONE)]


async def test_without_an_address_everything_is_listed_up_to_a_limit(looking: Looking) -> None:
    assert (await looking.ask("outbox")).json == []
    for number in range(3):
        looking.notices.send(Recipient(Channel.SMS, PHONE), "sign_in_code", {"code": f"00000{number}"})
    assert len((await looking.ask("outbox")).json) == 3
    rows = (await looking.ask("outbox?limit=2")).json
    assert ["000002" in rows[0]["text"], len(rows)] == [True, 2]


async def test_the_newest_mail_can_be_taken_as_a_file(looking: Looking) -> None:
    looking.notices.send(Recipient(Channel.EMAIL, MAIL), "sign_up_code", {"code": "111111"})
    answer = await looking.ask(f"outbox/mail?to={quote(MAIL)}")
    assert answer.content_type == "message/rfc822"
    assert answer.body.startswith(b"DKIM-Signature:")
    assert (await looking.ask("outbox/mail?to=nobody@example.com")).status == 404


@pytest.mark.parametrize("key", ["1", "2"])
async def test_a_called_telephone_is_answered(looking: Looking, key: str) -> None:
    heard: list[CallAnswer] = []
    looking.notices.on_answer(heard.append)
    looking.call()
    answer = await looking.press(to=PHONE, press=key)
    assert answer.json["data"] == [{"to": PHONE, "press": key}]
    assert heard == [CallAnswer("device_phone_call", "approval-1", key)]
    again = await looking.press(to=PHONE, press=key)
    assert again.json["code"] == "51000"
    assert "no call to this number waits" in again.json["msg"]


@pytest.mark.parametrize("content_type", ["", "application/json", "application/x-www-form-urlencoded"])
async def test_what_is_posted_is_json_whatever_it_is_called(looking: Looking, content_type: str) -> None:
    looking.call()
    body = json.dumps({"to": PHONE, "press": "1"}).encode()
    assert (await looking.ask("outbox/answer", body, content_type)).json["code"] == "0"
    assert (await looking.ask("clock", b'{"speed": "0"}', content_type)).json["code"] == "0"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": PHONE}, "51000"),
        ({"to": PHONE, "press": "12"}, "51000"),
        ({"press": "1"}, "50014"),
        ({"to": "+14155550199", "press": "1"}, "51000"),
        ({"to": PHONE, "press": "1", "whom": "x"}, "51000"),
    ],
)
async def test_a_wrong_answer_is_refused_and_leaves_the_call_waiting(
    looking: Looking, given: dict[str, str], code: str
) -> None:
    looking.call()
    assert (await looking.press(**given)).json["code"] == code
    assert (await looking.press(to=PHONE, press="1")).json["code"] == "0"


async def test_the_page_shows_text_as_text_and_runs_nothing(looking: Looking) -> None:
    place = '<script>alert("1")</script>'
    looking.call(place)
    looking.notices.send(Recipient(Channel.EMAIL, MAIL), "new_device", {"device": '"><img src=x onerror=alert(1)>'})
    answer = await looking.ask(f"outbox/page?to={quote('<b>x')}")
    assert answer.content_type == "text/html; charset=utf-8"
    page = (await looking.ask("outbox/page")).body.decode()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    assert "&lt;b&gt;x" in answer.body.decode()


async def test_a_key_is_pressed_on_the_page(looking: Looking) -> None:
    heard: list[CallAnswer] = []
    looking.notices.on_answer(heard.append)
    looking.call()
    assert (await looking.ask("outbox/page")).body.count(b"<button>Press") == 2
    form = f"to={quote(PHONE)}&press=2".encode()
    page = await looking.ask("outbox/page", form, "application/x-www-form-urlencoded", origin="http://127.0.0.1:8080")
    assert b"The key was pressed." in page.body
    assert b"<button>Press" not in page.body
    assert [answer.key for answer in heard] == ["2"]
    late = await looking.ask("outbox/page", form, "application/x-www-form-urlencoded")
    assert b"no call to this number waits" in late.body


async def test_a_page_of_another_site_presses_nothing(looking: Looking) -> None:
    looking.call()
    form = f"to={quote(PHONE)}&press=1".encode()
    answer = await looking.ask("outbox/page", form, "application/x-www-form-urlencoded", origin="https://evil.example")
    assert answer.status == 403
    assert looking.notices.sent_to(PHONE)[0].answer == ""


async def test_the_controls_name_the_outbox(looking: Looking) -> None:
    paths = [row["path"] for row in (await looking.ask("")).json["data"]]
    assert {"GET /sandbox/outbox", "GET /sandbox/outbox/page", "POST /sandbox/outbox/answer"} <= set(paths)
    assert (await looking.ask("outbox/answer")).status == 405
