"""Due diligence in a database of each kind, joined with real people, governance and a back office, and a clock."""

import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import insert

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.bootstrap.due_diligence import NoOrders, open_due_diligence
from lonja.bootstrap.governance import PeopleProfiles, follow
from lonja.modules.backoffice.api import BackOffice, StaffSession
from lonja.modules.backoffice.database import open_database as open_back_office_database
from lonja.modules.backoffice.tables import StaffRoleRow
from lonja.modules.governance.api import Rights, RuleBook
from lonja.modules.governance.api import open_database as open_governance
from lonja.modules.identity.api import Contact, ContactKind
from lonja.modules.identity.people.database import open_database as open_people
from lonja.modules.verification.api import Levels, NewPaper, Person, Screening, Stated, lists_of
from lonja.modules.verification.api import open_database as open_verification
from lonja.modules.verification.due_diligence.database import open_database
from lonja.modules.verification.due_diligence.tables import Base
from lonja.modules.verification.vault import Vault
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS
from tests.modules.history.conftest import new_postgres_database
from tests.modules.identity.people.conftest import EMAIL, Town

KAY, CAL, CLEO = (StaffSession(number, signed_in_with_passkey=True) for number in range(9_001, 9_004))
ROLES = ((KAY, "kyc_reviewer"), (CAL, "compliance"), (CLEO, "compliance"))
RULES = RuleBook.of_folder()
_OPENERS = {
    "identity": open_people,
    "governance": open_governance,
    "backoffice": open_back_office_database,
    "verification": open_verification,
}


class Bureau:
    """A house whose due diligence is under test; everything around it is real and lies in SQLite."""

    def __init__(self, folder: Path, url: str, box: MemorySecretBox) -> None:
        self.folder, self.url, self.box = folder, url, box
        self.town = Town(self._at("identity"), box)
        profiles = PeopleProfiles(self.town.people)
        self.rights = Rights(
            open_governance(self._at("governance")), RULES, self.clock, profiles, lambda number: number
        )
        self.town.people.subscribe(lambda number, event: follow(self.rights, number, event))
        self.office = BackOffice(self._at("backoffice"), box, self.clock)
        self.vault_database = open_verification(self._at("verification"))
        vault = Vault(self.vault_database, box, self.clock)
        self.levels = Levels(vault, self.rights.standings)
        self.screening = Screening(vault, self.office, self.rights, lists_of({}))
        self.stated: dict[int, Person] = {}
        self.diligence = self.open()

    def open(self):
        """Due diligence on its database, as after a start."""
        return open_due_diligence(
            self.url,
            self.box,
            people=self.town.people,
            rights=self.rights,
            levels=self.levels,
            screening=self.screening,
            office=self.office,
            orders=NoOrders(),
            stated=lambda user_id: Stated(self.stated.get(user_id), None, None),
            clock=self.clock,
        )

    def _at(self, name: str) -> str:
        return f"sqlite:///{self.folder / name}.sqlite"

    def clock(self) -> int:
        return self.town.now_ms

    def wait(self, days: float) -> None:
        self.town.now_ms += int(days * DAY_MS)

    def person(self, contact: str = EMAIL, residence: str = "CH") -> int:
        users = self.town.people.parts.users
        with self.town.people.parts.transaction() as session:
            bound = Contact(ContactKind.EMAIL, contact)
            return users.create(session, bound, "hash", residence, "", self.clock()).user_id

    def titles(self) -> list[str]:
        """Titles of the notices sent, oldest first."""
        return [values["title"] for _, template, values in self.town.post.sent if template == "notice"]

    def cases(self, kind: str) -> list[int]:
        return [case.case_id for case in self.office.cases.queue(CAL, kinds=(kind,))]

    def decide(self, kind: str, decision: str, reason: str = "Seen.") -> int:
        """Staff take the one open case of ``kind`` and decide it, in a pair where that is needed."""
        (case_id,) = self.cases(kind)
        self.office.cases.take(CAL, case_id)
        proposal_id = self.office.cases.decide(CAL, case_id, decision, reason)
        if proposal_id is not None:
            self.office.proposals.approve(CLEO, proposal_id)
        return case_id

    def evidence(self, case_id: int) -> tuple[str, ...]:
        return self.office.cases.read(CLEO, case_id).evidence

    def close(self) -> None:
        self.diligence.close()
        self.office.close()
        self.rights.close()
        self.vault_database.dispose()
        self.town.people.close()


def pdf(words: str = "paper") -> bytes:
    """The smallest thing that is a PDF by its ends."""
    return b"%PDF-1.7\n" + words.encode() + b"\nstartxref\n0\n%%EOF\n"


def paper(kind: str, words: str = "", issued_on: str = "") -> NewPaper:
    return NewPaper(kind, f"{kind}.pdf", pdf(words or kind), issued_on)


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@pytest.fixture(scope="session")
def diligence_postgres(postgres_folder: Path) -> str:
    """One database for all tests: to make one takes longer than most of them."""
    return new_postgres_database(postgres_folder)


@pytest.fixture(scope="session")
def bureau_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated databases to copy, which is much quicker than to migrate others."""
    folder = tmp_path_factory.mktemp("bureau")
    for name, opener in _OPENERS.items():
        opener(f"sqlite:///{folder / name}.sqlite").dispose()
    open_database(f"sqlite:///{folder / 'due_diligence'}.sqlite").dispose()
    made = open_back_office_database(f"sqlite:///{folder / 'backoffice'}.sqlite")
    with made.begin() as connection:
        rows = [{"user_id": by.user_id, "role": role, "granted_ms": 0} for by, role in ROLES]
        connection.execute(insert(StaffRoleRow), rows)
    made.dispose()
    return folder


@pytest.fixture(params=["sqlite", "postgres"])
def bureau(request: pytest.FixtureRequest, tmp_path: Path, bureau_folder: Path) -> Iterator[Bureau]:
    yield from _opened(request, tmp_path, bureau_folder, is_postgres=request.param == "postgres")


@pytest.fixture
def small_bureau(request: pytest.FixtureRequest, tmp_path: Path, bureau_folder: Path) -> Iterator[Bureau]:
    """On SQLite alone, for what does not depend on the database."""
    yield from _opened(request, tmp_path, bureau_folder, is_postgres=False)


def _opened(
    request: pytest.FixtureRequest, tmp_path: Path, bureau_folder: Path, *, is_postgres: bool
) -> Iterator[Bureau]:
    for file in bureau_folder.iterdir():
        shutil.copy(file, tmp_path)
    url = f"sqlite:///{tmp_path / 'due_diligence'}.sqlite"
    made = Bureau(tmp_path, request.getfixturevalue("diligence_postgres") if is_postgres else url, MemorySecretBox())
    yield made
    if is_postgres:
        with made.diligence.parts.database.begin() as connection:
            for table in Base.metadata.sorted_tables:
                connection.execute(table.delete())
    made.close()


def refused(code: str) -> pytest.RaisesExc[RefusedError]:
    """Expects a refusal with ``code``."""
    return pytest.raises(RefusedError, check=lambda error: error.code == code)
