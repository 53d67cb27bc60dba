"""The account API over a real house and real people, and a caller like a script or a page."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from lonja.edge.account.app import account_app
from lonja.edge.account.services import AccountServices
from lonja.modules.identity.api import TradingAccounts
from tests.edge.house import House, open_house
from tests.edge.ready_apps import lent_apps
from tests.modules.identity.people.conftest import EMAIL, PASSWORD, TERMS, Town

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1"


class Reply(NamedTuple):
    """An answer."""

    status: int
    body: Any
    headers: httpx.Headers

    @property
    def code(self) -> str:
        return str(self.body["code"])


class Office:
    """The account API, and everything around it."""

    def __init__(self, house: House, town: Town) -> None:
        self.house, self.town = house, town
        accounts = TradingAccounts(house.services.engine, house.services.identity, town.people, 0)
        self.app = account_app(AccountServices(town.people, house.services.identity, accounts, lambda: town.now_ms))

    def browser(self, user_agent: str = FIREFOX) -> "Caller":
        return Caller(self, user_agent, is_page=True)

    def script(self, user_agent: str = "python-script/1") -> "Caller":
        return Caller(self, user_agent, is_page=False)


class Caller:
    """A page keeps cookies and sends the CSRF token, a script keeps and sends tokens itself."""

    def __init__(self, office: Office, user_agent: str, *, is_page: bool) -> None:
        self.office, self.is_page = office, is_page
        self.headers: dict[str, str] = {"user-agent": user_agent}
        transport = httpx.ASGITransport(office.app, client=("203.0.113.7", 5000), raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080")

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        response = await self.http.request(
            method, f"/api/account{path}", json=body, headers={**self.headers, **headers}
        )
        answer = Reply(response.status_code, response.json() if response.content else None, response.headers)
        if isinstance(answer.body, dict):
            self._keep(answer.body)
        return answer

    def _keep(self, body: dict[str, str]) -> None:
        if self.is_page and body.get("csrf_token"):
            self.headers["x-csrf-token"] = body["csrf_token"]
        if not self.is_page and body.get("session_token"):
            self.headers["authorization"] = f"Bearer {body['session_token']}"
        if not self.is_page:
            self.http.cookies.clear()
            if body.get("device_token"):
                self.headers["x-device-token"] = body["device_token"]

    async def sign_up(self, contact: str = EMAIL, password: str = PASSWORD) -> Reply:
        form = {"contact": contact, "password": password, "residence": "ES", "agreements": [TERMS.text_hash]}
        begun = await self.call("POST", "/sign-up", form)
        assert begun.status == 202, begun
        code = self.office.town.post.code(contact)
        return await self.call("POST", "/sign-up/confirm", {"sign_up": begun.body["sign_up"], "code": code})

    async def sign_in(self, contact: str = EMAIL, password: str = PASSWORD) -> Reply:
        begun = await self.call("POST", "/sign-in", {"identifier": contact, "password": password})
        if begun.status != 200:
            return begun
        token = begun.body["sign_in"]
        await self.call("POST", "/sign-in/code", {"sign_in": token, "method": "email"})
        code = self.office.town.post.code(contact)
        return await self.call("POST", "/sign-in/factor", {"sign_in": token, "method": "email", "answer": code})


@pytest.fixture(autouse=True)
def _quick_apps() -> Iterator[None]:
    with lent_apps():
        yield


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    town = Town(f"sqlite:///{tmp_path / 'people.sqlite'}")
    async with open_house(tmp_path, own_keys=True) as house:
        yield Office(house, town)
    town.people.close()
