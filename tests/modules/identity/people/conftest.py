"""People in a database of each kind, with rules and messages that a test can look at."""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.events import PeopleEvent
from lonja.modules.identity.people.passwords import HashCost
from lonja.modules.identity.people.people import People
from lonja.modules.identity.people.policy import SignInPolicy
from lonja.modules.identity.people.ports import Addressee, Agreement, Place
from lonja.modules.identity.people.sign_up import SignUpForm
from lonja.modules.identity.people.tables import Base
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS
from tests.modules.history.conftest import new_postgres_database

START_MS = 1_700_000_000_000
EMAIL, PHONE, PASSWORD = "alice@example.com", "+14155550100", "Quarry-7-lantern"
TERMS = Agreement("terms", "2026-01", sha256(b"terms").hexdigest(), "terms")
LAPTOP = Client("203.0.113.7", "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0")


class Post:
    """Keeps every message."""

    def __init__(self) -> None:
        self.sent: list[tuple[Addressee, str, dict[str, str]]] = []

    def send(self, to: Addressee, template: str, values: Mapping[str, str]) -> None:
        self.sent.append((to, template, dict(values)))

    def last(self, address: str) -> tuple[str, dict[str, str]]:
        return next((template, values) for to, template, values in reversed(self.sent) if to.address == address)

    def code(self, address: str) -> str:
        code = self.last(address)[1]["code"]
        assert re.fullmatch(r"\d{6}", code)
        return code


class Rules:
    """Everybody may sign up but residents of Cuba."""

    def policy(self, residence: str, now_ms: int) -> SignInPolicy:
        assert now_ms >= START_MS
        return SignInPolicy()

    def check_residence(self, residence: str, now_ms: int) -> None:
        if residence == "CU":
            raise RefusedError("residence_closed", f"Nobody is served there at {now_ms}.")

    def agreements(self, residence: str, now_ms: int) -> tuple[Agreement, ...]:
        return (TERMS,)


class Map:
    """Every address is in Valencia, but for those in Iran."""

    def place(self, address: str) -> Place:
        if address.startswith("5.160."):
            return Place("IR", "Iran", is_hosting=False)
        return Place("ES", f"Valencia ({address})", is_hosting=False)


class Town:
    """People, their post, and a clock that is moved by hand."""

    def __init__(self, url: str, box: MemorySecretBox | None = None) -> None:
        self.post, self.facts, self.now_ms = Post(), list[PeopleEvent](), START_MS
        self.box = box or MemorySecretBox()
        self.people = People(url, self.box, Rules(), self.post, Map(), HashCost(memory_kib=8, passes=1))
        self.people.subscribe(lambda _, fact: self.facts.append(fact))

    def wait(self, period_ms: int = DAY_MS) -> None:
        self.now_ms += period_ms

    def sign_up(self, contact: str = EMAIL, password: str = PASSWORD) -> int:
        token = self.people.sign_ups.begin(SignUpForm(contact, password, "ES", [TERMS.text_hash]), self.now_ms)
        return self.people.sign_ups.confirm(token, self.post.code(contact), self.now_ms)

    def device_token(self, user_id: int, client: Client = LAPTOP) -> str:
        """The token of a device that was let in."""
        return self.people.sign_ins.admit(user_id, "passkey", client, self.now_ms).device_token


@pytest.fixture(scope="session")
def people_postgres(postgres_folder: Path) -> str:
    """One database for all tests of people: to make one takes longer than most of them."""
    return new_postgres_database(postgres_folder)


@pytest.fixture(params=["sqlite", "postgres"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    is_postgres = request.param == "postgres"
    shared = request.getfixturevalue("people_postgres") if is_postgres else ""
    made = Town(shared or f"sqlite:///{tmp_path / 'identity.sqlite'}")
    yield made
    if is_postgres:
        with made.people.parts.database.begin() as connection:
            for table in Base.metadata.sorted_tables:
                connection.execute(table.delete())
    made.people.close()


def refused(code: str) -> pytest.RaisesExc[RefusedError]:
    """Expects a refusal with ``code``."""
    return pytest.raises(RefusedError, check=lambda error: error.code == code)
