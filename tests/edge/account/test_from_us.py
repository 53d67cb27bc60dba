"""Is it really from us, over HTTP: anybody may ask about a channel, who is signed in about a mail."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.edge.account.app import account_app
from lonja.edge.account.from_us import MAIL_BYTES_MAX
from lonja.edge.account.services import AccountServices
from lonja.modules.identity.api import SignInPolicy, TradingAccounts
from lonja.modules.notices.api import Channel, Notices, Recipient
from tests.edge.account.conftest import Caller, Office, Reply
from tests.modules.identity.people.conftest import EMAIL
from tests.modules.notices.conftest import one_key

CODE = "Blue42heron"


class Desk:
    """An office that has notices."""

    def __init__(self, office: Office, notices: Notices) -> None:
        self.office, self.notices = office, notices

    def mail(self, code: str = CODE) -> bytes:
        self.notices.send(Recipient(Channel.EMAIL, "ana@example.com", code), "new_device", {"device": "Firefox"})
        content = self.notices.sent_to("ana@example.com")[0].content
        assert content is not None
        return content.raw

    async def judge(self, caller: Caller, raw: bytes) -> Reply:
        headers = {**caller.headers, "content-type": "message/rfc822"}
        response = await caller.http.post("/api/account/from-us/mail", content=raw, headers=headers)
        return Reply(response.status_code, response.json(), response.headers)


@pytest.fixture
async def desk(office: Office, tmp_path: Path) -> AsyncIterator[Desk]:
    town, house = office.town, office.house

    def now_ms() -> int:
        return town.now_ms

    notices = Notices(f"sqlite:///{tmp_path}/notices.sqlite", MemorySecretBox(), now_ms, now_ms, new_key=one_key)
    accounts = TradingAccounts(house.services.engine, house.services.identity, town.people, 0)
    services = AccountServices(town.people, house.services.identity, accounts, now_ms)
    office.app = account_app(services, notices)
    yield Desk(office, notices)
    notices.close()


async def test_anybody_may_ask_about_a_channel(desk: Desk) -> None:
    stranger = desk.office.script()
    listed = (await stranger.call("GET", "/from-us/channels")).body
    assert {"kind": "domain", "value": "lonja.example"} in listed["channels"]
    assert len(listed["key"]) == 64
    answers = {
        text: (await stranger.call("POST", "/from-us/channel", {"text": text})).body["standing"]
        for text in ("no-reply@lonja.example", "l0nja.example", "example.com")
    }
    assert list(answers.values()) == ["official", "look_alike", "not_official"]


async def test_questions_are_bounded(desk: Desk) -> None:
    stranger = desk.office.script()
    replies = [await stranger.call("POST", "/from-us/channel", {"text": "x.example"}) for _ in range(31)]
    assert [reply.status for reply in replies] == [200] * 30 + [429]
    assert_tells_when(replies[-1], "You may have 30 channels checked a minute.")
    assert (await stranger.call("POST", "/from-us/channel", {"text": 1})).code == "request_invalid"


async def test_mails_are_bounded_by_a_rule(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = desk.office.script()
    await ana.sign_up()
    few = SignInPolicy(mails_checked_per_minute=2)
    monkeypatch.setattr(desk.office.town.people.parts.rules, "policy", lambda _place, _now_ms: few)
    replies = [await desk.judge(ana, desk.mail()) for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert_tells_when(replies[-1], "You may have 2 mails checked a minute.")


def assert_tells_when(reply: Reply, message: str) -> None:
    wait_s = int(reply.headers["retry-after"])
    assert 1 <= wait_s <= 60
    told = {"code": "too_many_attempts", "message": message, "remedy": f"Ask again in {wait_s} seconds."}
    assert reply.body == told


async def test_own_mail_is_genuine_for_its_reader_and_an_altered_one_is_not(desk: Desk) -> None:
    ana = desk.office.script()
    await ana.sign_up()
    assert (await ana.call("PUT", "/security/anti-phishing-code", {"code": CODE})).status == 204
    genuine = await desk.judge(ana, desk.mail())
    assert (genuine.status, genuine.body["verdict"], genuine.body["dkim"]) == (200, "genuine", ["pass"])
    assert "code_right" in [found["code"] for found in genuine.body["findings"]]
    altered = await desk.judge(ana, desk.mail().replace(b"Firefox", b"Chromes"))
    assert altered.body["verdict"] == "fake"
    other = await desk.judge(ana, desk.mail("RedFox3"))
    assert other.body["verdict"] == "suspicious"


async def test_who_is_not_signed_in_has_no_mail_judged(desk: Desk) -> None:
    assert (await desk.judge(desk.office.script(), desk.mail())).code == "signed_out"


@pytest.mark.parametrize(("size", "status"), [(0, 400), (MAIL_BYTES_MAX + 1, 413)])
async def test_an_empty_or_too_large_upload_is_refused(desk: Desk, size: int, status: int) -> None:
    ana = desk.office.script()
    await ana.sign_up()
    assert (await desk.judge(ana, b"x" * size)).status == status


async def test_the_operations_are_in_the_open_api_file(desk: Desk) -> None:
    paths = (await desk.office.script().call("GET", "/openapi.json")).body["paths"]
    assert {"/api/account/from-us/mail", "/api/account/from-us/channel", "/api/account/from-us/channels"} <= set(paths)
    body = paths["/api/account/from-us/mail"]["post"]["requestBody"]
    assert (list(body["content"]), body["required"]) == (["message/rfc822"], True)


async def test_people_see_what_was_sent_to_them_and_no_word_of_it(desk: Desk) -> None:
    ana, stranger = desk.office.script(), desk.office.script()
    assert (await stranger.call("GET", "/me/notices")).code == "signed_out"
    await ana.sign_up()
    assert (await ana.call("GET", "/me/notices")).body == []
    desk.notices.send(Recipient(Channel.EMAIL, EMAIL), "sign_in_code", {"code": "123456", "minutes": "10"})
    desk.office.town.wait(1)
    desk.notices.send(Recipient(Channel.EMAIL, EMAIL), "password_changed", {})
    desk.notices.send(Recipient(Channel.EMAIL, "ana@example.com"), "password_changed", {})
    newest, oldest = (await ana.call("GET", "/me/notices")).body
    assert (newest["template"], oldest["template"]) == ("password_changed", "sign_in_code")
    assert newest["time_ms"] == oldest["time_ms"] + 1
    assert (oldest["channel"], oldest["subject"]) == ("email", "Your code to sign in")
    assert oldest["sent_to"] == "al***@example.com"
    assert "123456" not in str(oldest)
