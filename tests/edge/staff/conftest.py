"""The staff API over real people, governance and a back office, and members of staff who sign in with software passkeys."""

import shutil
from collections.abc import AsyncIterator, Iterator
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.bootstrap.backoffice import session_policy
from lonja.bootstrap.governance import PeopleProfiles, follow
from lonja.bootstrap.staff_acts import follow_staff
from lonja.edge.account.app import account_app
from lonja.edge.account.services import AccountServices
from lonja.edge.networks import only_from
from lonja.edge.services import App
from lonja.edge.staff.app import staff_app
from lonja.edge.staff.services import StaffServices
from lonja.modules.backoffice.api import BackOffice
from lonja.modules.backoffice.database import open_database as open_back_office
from lonja.modules.governance.api import Rights, RuleBook, open_database
from lonja.modules.identity.api import Registered, TradingAccounts
from lonja.modules.identity.people.database import open_database as open_people
from lonja.modules.notices.api import Notices
from tests.edge.account.conftest import Caller, Office, Reply
from tests.edge.house import House as OpenedHouse
from tests.edge.house import open_house
from tests.edge.ready_apps import lent_apps
from tests.modules.identity.people.conftest import PASSWORD, Town
from tests.modules.identity.people.soft_authenticator import SoftAuthenticator
from tests.modules.notices.conftest import one_key

DESK = "10.1.0.7"
RULES = RuleBook.of_folder()
"""The rules as packaged, read once: nothing changes a book."""
STAFF = {
    "ada": ("admin",),
    "ben": ("admin",),
    "sue": ("security",),
    "sam": ("security",),
    "kay": ("kyc_reviewer",),
    "cal": ("compliance",),
    "cleo": ("compliance",),
    "hal": ("support",),
    "fin": ("finance",),
}


class Ids(dict[str, int]):
    """User ids by name; whoever is named for the first time is hired with that."""

    def __init__(self, house: "House") -> None:
        super().__init__()
        self._house = house

    def __missing__(self, name: str) -> int:
        return self._house.hire(name, STAFF[name])


class Counter(Office):
    """Where customers come to; what they meet is made when the first of them comes, since that takes its time."""

    def __init__(self, house: OpenedHouse, town: Town) -> None:
        self.house, self.town = house, town
        self.rights: Rights | None = None
        self.back: BackOffice | None = None

    @cached_property
    def app(self) -> App:  # type: ignore[override]
        services = self.house.services
        accounts = TradingAccounts(services.engine, services.identity, self.town.people, 0)
        known = AccountServices(self.town.people, services.identity, accounts, lambda: self.town.now_ms)
        return account_app(known, None, self.rights, self.back)


class House:
    """The staff API and everything around it."""

    def __init__(self, office: Office, rights: Rights, back: BackOffice, notices: Notices) -> None:
        self.office, self.rights, self.back, self.town = office, rights, back, office.town
        self.people = self.town.people
        self.keys: dict[str, SoftAuthenticator] = {}
        self.ids = Ids(self)
        self.services = StaffServices(
            self.people,
            rights,
            back,
            notices,
            lambda: self.town.now_ms,
            only_from([ip_network("10.1.0.0/16")]),
            figures=lambda: {"accounts": 4},
        )
        self.app = staff_app(self.services)

    def hire(self, name: str, roles: tuple[str, ...]) -> int:
        """Make a user with a passkey, and staff of them."""
        now_ms = self.town.now_ms
        user_id = self.ids[name] = self.people.sign_ups.enroll(f"{name}@staff.example.com", PASSWORD, "ES", now_ms)
        key = self.keys[name] = SoftAuthenticator()
        self.people.passkeys.enroll(user_id, Registered(key.credential_id, key.public_key, 0, "software"), name, now_ms)
        if roles:
            self.back.staff.make_first(user_id, roles)
        return user_id

    def member(self, name: str, address: str = DESK, program: str = "python-staff/1") -> "Member":
        assert self.ids[name], "everybody who is named is hired"
        return Member(self, name, address, program)

    async def signed_in(self, name: str) -> "Member":
        member = self.member(name)
        assert (await member.sign_in()).status == 200
        return member

    def entries(self) -> int:
        return self.back.audit.verify().entries


class Member:
    """A program of a member of staff."""

    def __init__(self, house: House, name: str, address: str, program: str) -> None:
        self.house, self.name = house, name
        self.headers = {"user-agent": program}
        transport = httpx.ASGITransport(house.app, client=(address, 5000), raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080")

    @property
    def user_id(self) -> int:
        return self.house.ids[self.name]

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        response = await self.http.request(method, f"/api/staff{path}", json=body, headers={**self.headers, **headers})
        is_json = response.headers.get("content-type", "").startswith("application/json")
        return Reply(response.status_code, response.json() if is_json else response.content, response.headers)

    async def begin(self, password: str = PASSWORD) -> Reply:
        return await self.call(
            "POST", "/sign-in", {"identifier": f"{self.name}@staff.example.com", "password": password}
        )

    def signed(self, options: dict[str, Any]) -> dict[str, Any]:
        return self.house.keys[self.name].use(options)

    async def sign_in(self) -> Reply:
        begun = (await self.begin()).body
        form = {"sign_in": begun["sign_in"], "credential": self.signed(begun["options"])}
        done = await self.call("POST", "/sign-in/passkey", form)
        if done.status == 200:
            self.http.cookies.clear()
            self.headers["authorization"] = f"Bearer {done.body['session_token']}"
            self.headers["x-device-token"] = done.body["device_token"]
        return done

    async def confirm(self) -> Reply:
        options = (await self.call("POST", "/sign-in/confirm/options")).body
        return await self.call("POST", "/sign-in/confirm", {"credential": self.signed(options)})


@pytest.fixture(autouse=True)
def _quick_apps() -> Iterator[None]:
    with lent_apps():
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated databases to copy, which is much quicker than to migrate others."""
    folder = tmp_path_factory.mktemp("staff")
    open_back_office(f"sqlite:///{folder / 'backoffice.sqlite'}").dispose()
    open_database(f"sqlite:///{folder / 'governance.sqlite'}").dispose()
    open_people(f"sqlite:///{folder / 'people.sqlite'}").dispose()
    return folder


@pytest.fixture
async def office(tmp_path: Path, migrated: Path) -> AsyncIterator[Counter]:
    shutil.copy(migrated / "people.sqlite", tmp_path)
    town = Town(f"sqlite:///{tmp_path / 'people.sqlite'}")
    async with open_house(tmp_path, own_keys=True) as opened:
        yield Counter(opened, town)
    town.people.close()


@pytest.fixture
def notices(tmp_path: Path, office: Office) -> Iterator[Notices]:
    clocks = (lambda: office.town.now_ms,) * 2
    made = Notices(f"sqlite:///{tmp_path}/notices.sqlite", MemorySecretBox(), *clocks, new_key=one_key)
    yield made
    made.close()


@pytest.fixture
def back_office(tmp_path: Path, office: Office, migrated: Path) -> Iterator[BackOffice]:
    for name in ("backoffice", "governance"):
        shutil.copy(migrated / f"{name}.sqlite", tmp_path)

    def clock() -> int:
        return office.town.now_ms

    policy = session_policy(RULES, clock)
    made = BackOffice(f"sqlite:///{tmp_path / 'backoffice.sqlite'}", office.town.box, clock, session_policy=policy)
    yield made
    made.close()


@pytest.fixture
async def house(tmp_path: Path, office: Counter, back_office: BackOffice, notices: Notices) -> AsyncIterator[House]:
    """A house with staff of every role; the account API beside it takes appeals."""
    people = office.town.people
    database = open_database(f"sqlite:///{tmp_path / 'governance.sqlite'}")
    rights = Rights(database, RULES, lambda: office.town.now_ms, PeopleProfiles(people), lambda account: account)
    people.subscribe(lambda number, event: follow(rights, number, event))
    follow_staff(back_office, rights, people, lambda: office.town.now_ms)
    office.rights, office.back = rights, back_office
    made = House(office, rights, back_office, notices)
    yield made
    rights.close()


@pytest.fixture
async def alice(house: House, office: Office) -> Caller:
    """A customer who is signed in."""
    caller = office.script()
    assert (await caller.sign_up()).status in (200, 201)
    house.ids["alice"] = house.people.user_of_contact("alice@example.com").user_id  # type: ignore[union-attr]
    return caller
