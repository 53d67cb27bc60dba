"""A bureau of verification in a database of each kind: real rights and staff around it, and a clock turned by hand."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont
from sqlalchemy.orm import Session

from lonja.adapters.faces_local import NobodyCompares, ReviewersCompare
from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.modules.backoffice.api import BackOffice, CaseState, StaffSession
from lonja.modules.backoffice.database import open_database as open_back_office
from lonja.modules.backoffice.tables import StaffRoleRow
from lonja.modules.governance.api import Rights, RuleBook, UserFacts
from lonja.modules.governance.api import open_database as open_governance
from lonja.modules.verification.api import (
    Answers,
    NameLists,
    Neighbors,
    Part,
    Person,
    Verification,
    lists_of,
    open_database,
)
from lonja.modules.verification.forms import day_of
from lonja.modules.verification.mrz import check_digit
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS

START_MS = 1_790_000_000_000
ANN, BOB = 101, 102
KAY, CAL, CLEO = (StaffSession(number, signed_in_with_passkey=True) for number in (1, 2, 3))
ROLES = {KAY: "kyc_reviewer", CAL: "compliance", CLEO: "compliance"}
RULES = RuleBook.of_folder()
NO_LISTS = NameLists((), "none")
LISTED = lists_of(
    {
        "sdn.csv": '90001,"ERIKSSON, Anna Maria",individual,TEST,-0-,-0-,-0-,-0-,-0-,-0-,-0-,DOB 12 Aug 1974.\n',
    }
)
ANSWERS = Answers("employed", "salary", ("trade", "hold"))


@cache
def picture(words: str = "SPECIMEN", size: tuple[int, int] = (900, 600), kind: str = "JPEG") -> bytes:
    """A sharp picture with ``words`` on it."""
    drawn = Image.new("RGB", size, (225, 228, 232))
    brush = ImageDraw.Draw(drawn)
    for at in range(0, size[1], 12):
        brush.text((10, at), f"{words} {at} {words}", fill=(20, 20, 20))
    written = BytesIO()
    drawn.save(written, kind)
    return written.getvalue()


def specimen(lines: list[str]) -> bytes:
    """A page with a zone, as a scanner would see it."""
    page = Image.new("RGB", (1400, 900), (225, 228, 232))
    brush = ImageDraw.Draw(page)
    font = ImageFont.truetype("DejaVuSansMono.ttf", 36)
    brush.text((80, 80), "PASSPORT  UTOPIA", font=font, fill=(30, 30, 60))
    brush.rectangle((90, 200, 400, 560), fill=(150, 140, 130))
    for number, line in enumerate(lines):
        brush.text((60, 650 + number * 70), line, font=font, fill=(20, 20, 20))
    written = BytesIO()
    page.save(written, "JPEG", quality=92)
    return written.getvalue()


def blurred() -> bytes:
    written = BytesIO()
    with Image.open(BytesIO(picture())) as sharp:
        sharp.filter(ImageFilter.GaussianBlur(6)).save(written, "JPEG")
    return written.getvalue()


def plain(shade: int) -> bytes:
    """A picture of one shade, with text that hardly differs from it."""
    written = BytesIO()
    Image.new("RGB", (900, 600), (shade, shade, shade)).save(written, "JPEG")
    return written.getvalue()


def passport(person: Person, **other: str) -> str:
    """The zone of a passport for ``person``; ``other`` replaces parts of it."""
    surname, given = other.get("surname", person.surname.upper()), other.get("given", person.given_names.upper())
    number = other.get("number", person.document_number).ljust(9, "<")
    born = other.get("born", person.born.strftime("%y%m%d"))
    expires = other.get("expires", "" if person.expires is None else person.expires.strftime("%y%m%d")).ljust(6, "<")
    issuer = other.get("issuer", "ESP")
    first = f"P<{issuer}{surname.replace(' ', '<')}<<{given.replace(' ', '<')}".ljust(44, "<")[:44]
    head = f"{number}{check_digit(number)}{issuer}{born}{check_digit(born)}F{expires}{check_digit(expires)}{'<' * 14}0"
    return f"{first}\n{head}{check_digit(head[:10] + head[13:20] + head[21:43])}"


class Reader:
    """A text reader that says what a test lets it say; None: it cannot read."""

    def __init__(self) -> None:
        self.text: str | None = None
        self.read_count = 0

    def read(self, picture: bytes) -> str | None:
        assert picture.startswith(b"\xff\xd8\xff")
        self.read_count += 1
        return self.text


class Register:
    """Two people, whom identity knows, and what they were told."""

    def __init__(self) -> None:
        self.residences = {ANN: "ES", BOB: "ES"}
        self.told: list[tuple[int, str, dict[str, str]]] = []

    def residence(self, user_id: int) -> str:
        if user_id not in self.residences:
            raise RefusedError("user_not_found", "There is no such user.")
        return self.residences[user_id]

    def tell(self, user_id: int, template: str, values: Mapping[str, str]) -> None:
        self.told.append((user_id, template, dict(values)))

    def facts(self, user_id: int) -> UserFacts:
        return UserFacts(self.residences[user_id], factors=frozenset({"authenticator", "phone", "email"}))

    def account_of(self, user_id: int) -> int | None:
        return user_id if user_id in self.residences else None

    def user_of(self, account: int) -> int | None:
        return account


def found_offices(folder: Path) -> None:
    """Make the databases around verification, with staff: an administrator's grants are not what is tried here."""
    with Session(open_back_office(f"sqlite:///{folder / 'backoffice.sqlite'}")) as session, session.begin():
        for member, role in ROLES.items():
            session.add(StaffRoleRow(user_id=member.user_id, role=role, granted_ms=0))
        database = session.get_bind()
    database.dispose()
    for opened in (
        open_governance(f"sqlite:///{folder / 'governance.sqlite'}"),
        open_database(f"sqlite:///{folder / 'verification.sqlite'}"),
    ):
        opened.dispose()


class Bureau:
    """Verification, and everything around it."""

    def __init__(self, folder: Path, url: str, lists: NameLists = NO_LISTS, *, is_sandbox: bool = False) -> None:
        self.now_ms, self.persons, self.reader, self.folder = START_MS, Register(), Reader(), folder
        self.box = MemorySecretBox()
        office_url = f"sqlite:///{folder / 'backoffice.sqlite'}"
        self.office = BackOffice(office_url, self.box, self.clock)
        governance = open_governance(f"sqlite:///{folder / 'governance.sqlite'}")
        self.rights = Rights(governance, RULES, self.clock, self.persons, lambda account: account)
        self.database = open_database(url)
        self.verification = self.open(lists, is_sandbox=is_sandbox)
        self.applications = self.verification.applications

    def open(self, lists: NameLists = NO_LISTS, *, is_sandbox: bool = False) -> Verification:
        faces = NobodyCompares() if is_sandbox else ReviewersCompare()
        neighbors = Neighbors(self.rights, self.office, self.persons, self.reader, faces)
        return Verification(self.database, self.box, self.clock, neighbors, lists, with_specimens=is_sandbox)

    def clock(self) -> int:
        return self.now_ms

    @property
    def today(self) -> date:
        return day_of(self.now_ms)

    def wait(self, period_ms: int = DAY_MS) -> None:
        self.now_ms += period_ms

    def close(self) -> None:
        self.verification.close()
        self.rights.close()
        self.office.close()

    # -- What people do ----------------------------------------------------------------------------------------------

    def person(self, **other: str) -> Person:
        values = {
            "surname": "Eriksson",
            "given_names": "Anna Maria",
            "birth_date": "1974-08-12",
            "document_kind": "passport",
            "document_country": "ES",
            "document_number": "L898902C3",
            "document_expires": (self.today + timedelta(days=400)).isoformat(),
            "residence": "ES",
        }
        return Person(**{**values, **other})

    def fill(self, user_id: int = ANN, person: Person | None = None) -> Person:
        """State and hand in everything that the identity part needs."""
        stated = person or self.person()
        self.applications.state_person(user_id, stated)
        self.applications.state_answers(user_id, ANSWERS)
        for slot in ("document_front", "document_back", "face"):
            if slot != "document_back" or stated.document_kind != "passport":
                self.applications.hand_in(user_id, slot, picture(slot))
        return stated

    def apply(self, user_id: int = ANN, person: Person | None = None, zone: str | None = "") -> int:
        """Fill and submit the identity part, and let the house work on it; ``zone`` is read off, "" for a fitting one."""
        stated = self.fill(user_id, person)
        self.reader.text = passport(stated) if zone == "" else zone
        number = self.applications.submit(user_id, Part.IDENTITY)
        self.verification.keep_house()
        return number

    def verify(self, user_id: int = ANN, person: Person | None = None) -> None:
        self.apply(user_id, person)
        self.decide("liveness", "matched")

    # -- What staff do -----------------------------------------------------------------------------------------------

    def queue(self, kind: str) -> list[int]:
        by = CAL if kind == "screening_hit" else KAY
        waiting = (CaseState.OPEN, CaseState.ASSIGNED)
        return [case.case_id for case in self.office.cases.queue(by, kinds=(kind,), states=waiting)]

    def decide(self, kind: str, decision: str, reason: str = "Looked at.") -> None:
        """Decide the first case of a kind, with a second person where one is needed."""
        by = CAL if kind == "screening_hit" else KAY
        case = self.queue(kind)[0]
        self.office.cases.take(by, case)
        proposal = self.office.cases.decide(by, case, decision, reason)
        if proposal is not None:
            self.office.proposals.approve(CLEO, proposal)
        self.verification.keep_house()

    def level(self, user_id: int = ANN) -> int:
        return self.rights.facts(user_id).kyc_level

    def state(self, user_id: int = ANN, part: Part = Part.IDENTITY) -> str:
        return next(view.state for view in self.applications.view(user_id).parts if view.part is part)

    def is_renewable(self, user_id: int = ANN, part: Part = Part.IDENTITY) -> bool:
        return next(view.is_renewable for view in self.applications.view(user_id).parts if view.part is part)

    def failures(self, user_id: int = ANN) -> tuple[str, ...]:
        return self.applications.view(user_id).parts[0].failures
