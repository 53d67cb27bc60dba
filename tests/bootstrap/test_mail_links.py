"""Links out of mails that were really sent: a browser opens them, nothing happens, a button does it once."""

import asyncio
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import urlencode

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from structlog.testing import capture_logs

from lonja.adapters.clock import ManualClock
from lonja.bootstrap.settings import Settings
from lonja.bootstrap.wiring import House, build_house
from lonja.edge.account.pages.app import ACTS, PREFIX, addresses, pages_app
from lonja.edge.account.pages.texts import PAGES, RETURNS
from lonja.edge.account.services import AccountServices
from lonja.edge.rest.app import build_app
from lonja.modules.identity.api import Client, Contact, ContactKind, SignUpForm, UserState
from lonja.primitives.instant import DAY_MS, MINUTE_MS
from tests.edge.house import Reply, request

NOW = 1_790_000_000_000
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1"
HERE, THERE = Client("203.0.113.7", FIREFOX), Client("203.0.113.8", SAFARI)
PASSWORD = "Quarry-7-lantern"
FORM = {"content-type": "application/x-www-form-urlencoded"}

_Result = TypeVar("_Result")


class Shown(NamedTuple):
    """A page as a browser shows it."""

    status: int
    title: str
    text: str
    token: str
    choices: list[str]


class Street:
    """A house, its mailboxes, and a browser that opens links."""

    def __init__(self, runner: asyncio.Runner, house: House, clock: ManualClock) -> None:
        self.runner, self.house, self.clock = runner, house, clock
        self.app = build_app(house.services)
        self._people = 0

    def do(self, act: Callable[[], _Result]) -> _Result:
        """What takes a thread in the house."""

        async def on_thread() -> _Result:
            return await asyncio.to_thread(act)

        return self.runner.run(on_thread())

    def person(self) -> tuple[int, str]:
        """Somebody new with e-mail and telephone: number and e-mail address."""
        self._people += 1
        email, number = f"greta{self._people}@example.org", f"+3460011{self._people:04}"
        parts = self.house.people.parts

        def create() -> int:
            with parts.transaction() as session:
                contact = Contact(ContactKind.EMAIL, email)
                row = parts.users.create(session, contact, "hash", "ES", "", self.clock.now_ms())
                parts.users.bind_contact(session, row, Contact(ContactKind.PHONE, number))
                return row.user_id

        return self.do(create), email

    def signed_in(self) -> tuple[int, str]:
        """Somebody who was told of a new device a moment ago."""
        user_id, email = self.person()
        self.do(lambda: self.house.people.sign_ins.admit(user_id, "passkey", HERE, self.clock.now_ms()))
        return user_id, email

    def link(self, email: str, page: str) -> str:
        """Path and query of the newest link to ``page`` that was sent to ``email``."""
        for message in self.do(lambda: self.house.notices.sent_to(email)):
            text = "" if message.content is None else message.content.text
            found = re.search(rf"https://lonja\.example(/account/{page}\?\S+)", text)
            if found:
                return found[1]
        raise AssertionError(f"no link to {page} came to {email}")

    def ask(self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Reply:
        return self.runner.run(request(self.app, method, target, body, headers or {"host": "lonja.example"}))

    def open(self, target: str) -> Shown:
        return shown(self.ask("GET", target))

    def press(self, page: Shown, name: str, choice: str) -> Shown:
        """Press a button of a page that was opened."""
        assert choice in page.choices
        body = urlencode({"token": page.token, "choice": choice}).encode()
        return shown(self.ask("POST", f"/account/{name}", body, FORM))

    def state(self, user_id: int) -> UserState:
        return self.do(lambda: self.house.people.user(user_id)).state

    def subjects(self, email: str) -> list[str]:
        found = self.do(lambda: self.house.notices.sent_to(email))
        return [message.content.subject for message in found if message.content is not None]

    def code(self, email: str) -> str:
        for message in self.do(lambda: self.house.notices.sent_to(email)):
            codes = re.findall(r"\b\d{6}\b", "" if message.content is None else message.content.text)
            if codes:
                return str(codes[0])
        raise AssertionError("no code came")


def shown(reply: Reply) -> Shown:
    """What a page says; every page is one that runs, loads and leaks nothing."""
    policy = reply.headers[b"content-security-policy"].decode()
    assert policy.startswith("default-src 'none'; style-src 'sha256-"), policy
    assert "unsafe" not in policy
    assert "form-action 'self'" in policy
    assert reply.headers[b"cache-control"] == b"no-store"
    assert reply.headers[b"referrer-policy"] == b"no-referrer"
    assert reply.headers[b"content-type"] == b"text/html; charset=utf-8"
    html = reply.raw.decode()
    assert not re.search(r"<script|<img|<link|https?://|\son\w+=|\sstyle=", html)
    assert '<html lang="en">' in html
    title = unescape(re.findall(r"<h1>(.*?)</h1>", html)[0])
    tokens = re.findall(r'name="token" value="(.*?)"', html)
    choices = re.findall(r'<button name="choice" value="(.*?)"', html)
    text = unescape(" ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL).split()))
    return Shown(reply.status, title, text, unescape(tokens[0]) if tokens else "", choices)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """A whole house, open as long as the tests of this file run, on a loop of its own."""
    with asyncio.Runner() as runner:
        clock = ManualClock(NOW)
        house = runner.run(build_house(Settings(data=tmp_path_factory.mktemp("links")), clock))
        yield Street(runner, house, clock)
        runner.run(house.close())


def test_opening_a_link_changes_nothing_and_says_what_will_happen(street: Street) -> None:
    """As those do who guard mailboxes, before any person does."""
    user_id, email = street.signed_in()
    for page, words in (("freeze", "cancels your open orders"), ("not-me", "tell our staff")):
        link = street.link(email, page)
        for _ in range(2):
            opened = street.open(link)
            assert (opened.status, street.state(user_id)) == (200, UserState.ACTIVE)
            assert words in opened.text
        street.ask("HEAD", link)
        street.ask("POST", link)
    assert street.state(user_id) is UserState.ACTIVE


def test_the_emergency_link_freezes_once(street: Street) -> None:
    user_id, email = street.signed_in()
    opened = street.open(street.link(email, "freeze"))
    for _ in range(2):
        done = street.press(opened, "freeze", "freeze")
        assert (done.status, done.title) == (200, "Your account is frozen")
        assert "every sign-in factor" in done.text
    assert street.state(user_id) is UserState.FROZEN
    assert street.subjects(email).count("Your account was frozen") == 1


def test_the_link_not_me_freezes_and_tells_staff_once(street: Street) -> None:
    user_id, email = street.signed_in()
    opened = street.open(street.link(email, "not-me"))
    for _ in range(2):
        assert street.press(opened, "not-me", "not-me").title == "Your account is frozen"
    assert street.state(user_id) is UserState.FROZEN
    cases = street.do(lambda: street.house.back_office.cases.of_person(user_id, "unusual_activity"))
    assert len(cases) == 1


def test_a_reset_is_canceled_by_its_link_once(street: Street) -> None:
    user_id, email = street.person()
    resets, now_ms = street.house.people.resets, street.clock.now_ms()
    step = street.do(lambda: resets.begin(user_id, "phone", "it was stolen", now_ms))
    street.do(lambda: resets.send_code(step.token, "email", now_ms))
    code = street.code(email)
    assert street.do(lambda: resets.factor(step.token, "email", code, now_ms)).missing == ()
    opened = street.open(street.link(email, "cancel-reset"))
    assert street.press(opened, "cancel-reset", "cancel").title == "Your sign-in factor stays"
    last = street.do(lambda: resets.last(user_id))
    assert last is not None
    assert last.state == "canceled"
    again = street.press(opened, "cancel-reset", "cancel")
    assert (again.status, again.title) == (400, "This reset is over.")
    assert "look at your sign-in factors" in again.text


@pytest.fixture
def waiting(street: Street) -> tuple[str, str]:
    """Somebody on a new device, who asked for a link: e-mail address, and the sign-in that waits."""
    people, now_ms = street.house.people, street.clock.now_ms
    email = f"hugo{len(street.do(lambda: street.house.notices.latest(1_000)))}@example.org"
    texts = [text.text_hash for text in people.agreements("ES", now_ms())]
    token = street.do(lambda: people.sign_ups.begin(SignUpForm(email, PASSWORD, "ES", texts), now_ms()))
    code = street.code(email)
    street.do(lambda: people.sign_ups.confirm(token, code, now_ms()))
    step = street.do(lambda: people.sign_ins.begin(email, PASSWORD, THERE, now_ms()))
    street.do(lambda: people.sign_ins.send_code(step.token, "email", now_ms()))
    code = street.code(email)
    assert street.do(lambda: people.sign_ins.factor(step.token, "email", code, THERE, now_ms())).stage == "device"
    street.do(lambda: people.sign_ins.ask_device(step.token, "email_link", now_ms()))
    return email, step.token


@pytest.mark.parametrize(
    ("choice", "title"), [("approve", "The device may sign in"), ("refuse", "The device was refused")]
)
def test_a_device_is_let_in_or_refused_once(street: Street, waiting: tuple[str, str], choice: str, title: str) -> None:
    email, token = waiting
    opened = street.open(street.link(email, "device"))
    assert opened.choices == ["approve", "refuse"]
    assert street.press(opened, "device", choice).title == title
    for other in ("approve", "refuse"):
        used = street.press(opened, "device", other)
        assert (used.status, used.title) == (400, "This question is answered or over.")
        assert "begin again on that device" in used.text
    sign_ins, now_ms = street.house.people.sign_ins, street.clock.now_ms()
    if choice == "approve":
        assert street.do(lambda: sign_ins.poll(token, THERE, now_ms)).stage == "done"
    else:
        assert "A device that you did not let in tried to sign in to your account" in street.subjects(email)


def test_links_end(street: Street, waiting: tuple[str, str]) -> None:
    device = street.open(street.link(waiting[0], "device"))
    user_id, email = street.signed_in()
    opened = {page: street.open(street.link(email, page)) for page in ("freeze", "not-me")}
    street.clock.set_ms(street.clock.now_ms() + 10 * MINUTE_MS)
    assert street.press(device, "device", "approve").title == "This question is answered or over."
    street.clock.set_ms(street.clock.now_ms() + DAY_MS)
    for page, choice in (("freeze", "freeze"), ("not-me", "not-me")):
        over = street.press(opened[page], page, choice)
        assert (over.status, over.title) == (400, "This link is over.")
        assert "sign in and freeze your account" in over.text
    assert street.state(user_id) is UserState.ACTIVE


def test_no_token_is_shown_elsewhere_or_logged(street: Street) -> None:
    _, email = street.signed_in()
    opened = street.open(street.link(email, "freeze"))
    with capture_logs() as logged:
        assert opened.token not in street.press(opened, "freeze", "freeze").text
        wrong = opened._replace(token=opened.token[:-1])
        assert street.press(wrong, "freeze", "freeze").title == "This link is over."
    assert [line["event"] for line in logged if line.get("code") == "link_over"] == ["page refused"]
    assert opened.token[:-1] not in str(logged)


HOSTILE: list[Any] = [
    # method, target, body, headers, status
    ("GET", "/account/freeze", b"", None, 400),
    ("GET", "/account/freeze?token=", b"", None, 400),
    ("GET", "/account/freeze?token=%0d%0aSet-Cookie:a", b"", None, 400),
    ("GET", "/account/freeze?token=" + "a" * 513, b"", None, 400),
    ("GET", "/account/freeze?token=%ff", b"", None, 400),
    ("GET", "/account/", b"", None, 404),
    ("GET", "/account/nothing?token=a", b"", None, 404),
    ("GET", "/account/freeze/more?token=a", b"", None, 404),
    ("PUT", "/account/freeze", b"", None, 405),
    ("POST", "/account/nothing", b"token=a&choice=freeze", FORM, 404),
    ("POST", "/account/freeze", b"", FORM, 400),
    ("POST", "/account/freeze", b"token=a", FORM, 400),
    ("POST", "/account/freeze", b"token=a&choice=approve", FORM, 400),
    ("POST", "/account/freeze", b"token=a&choice=freeze", FORM, 400),
    ("POST", "/account/freeze", b'{"token": "a", "choice": "freeze"}', {"content-type": "application/json"}, 400),
    ("POST", "/account/freeze", b"token=\xff&choice=freeze", FORM, 400),
    ("POST", "/account/freeze", b"&".join([b"a=b"] * 9), FORM, 400),
    ("POST", "/account/freeze", b"token=" + b"a" * 5_000, FORM, 413),
    ("POST", "/account/device?token=a&choice=approve", b"", FORM, 400),
]


@pytest.mark.parametrize(("method", "target", "body", "headers", "status"), HOSTILE)
def test_what_is_no_link_of_ours_gets_a_page_too(  # one row of the table each
    street: Street, method: str, target: str, body: bytes, headers: dict[str, str] | None, status: int
) -> None:
    assert shown(street.ask(method, target, body, headers)).status == status


def test_a_token_is_shown_as_text(street: Street) -> None:
    target = "/account/freeze?token=" + "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E"
    raw = street.ask("GET", target).raw
    assert b"<script" not in raw
    assert b"&#34;&gt;&lt;script&gt;" in raw


def test_a_token_is_good_on_its_own_page_alone(street: Street) -> None:
    user_id, email = street.signed_in()
    freeze = street.open(street.link(email, "freeze"))
    crossed = freeze._replace(choices=["not-me"])
    assert street.press(crossed, "not-me", "not-me").title == "This link is over."
    assert street.state(user_id) is UserState.ACTIVE


def test_every_page_has_its_act() -> None:
    assert set(PAGES) == set(ACTS)


def test_every_page_to_come_back_to_says_so_where_the_site_was_not_built() -> None:
    assert set(addresses(has_site=False)) == {PREFIX, *(f"/{name}" for name in RETURNS)}
    assert addresses(has_site=True) == (PREFIX,)
    app = cast("Litestar", pages_app(cast("AccountServices", None), "House"))
    with TestClient(app) as client:
        for name in RETURNS:
            assert "<h1>Back to" in client.get(f"/{name}").text
