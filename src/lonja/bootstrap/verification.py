"""Opens verification of a data folder, joins it with people, rights and staff, and keeps its house.

Why here: only ``bootstrap`` knows that people are identity's, that pictures are read by a program of the machine, and
where lists of names lie. Invariant: what waits to be looked at is looked at soon, and after every crash.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from lonja.adapters.faces_local import NobodyCompares, ReviewersCompare
from lonja.adapters.text_reader_tesseract import NobodyReads, TesseractReader, find_tesseract
from lonja.bootstrap.housekeeping import Housekeeper
from lonja.bootstrap.people import HouseRules
from lonja.bootstrap.settings import ReviewSettings
from lonja.modules.backoffice.api import BackOffice
from lonja.modules.governance.api import Rights, RuleBook
from lonja.modules.identity.api import People, PeopleEvent, StateChanged, UserState
from lonja.modules.verification.api import (
    NameLists,
    Neighbors,
    TextReader,
    Verification,
    Wording,
    open_database,
    read_lists,
)
from lonja.primitives.errors import DataError, LonjaError, RefusedError
from lonja.storage.ports import SecretBox

VERIFICATION_NAME: Final = "verification.sqlite"
LISTS_FOLDER: Final = "lists"
"""Where the operator puts lists of names, below the data folder."""
SAMPLE_LISTS: Final = Path(__file__).parent / "lists"
_HOUSEKEEPING_SECONDS: Final = 15.0

_log = structlog.get_logger("lonja.verification")


class KnownPersons:
    """``Persons`` by identity (blocking)."""

    def __init__(self, people: People) -> None:
        """Ask ``people``."""
        self._people = people

    def residence(self, user_id: int) -> str:
        """Where a user lives. Raises ``RefusedError`` for nobody."""
        return self._people.user(user_id).residence

    def tell(self, user_id: int, template: str, values: Mapping[str, str]) -> None:
        """Send a notice to every contact of a user."""
        with suppress(RefusedError):
            self._people.tell(user_id, template, values)


class RuledConsents:
    """``ConsentTexts`` by the rules and the folder of agreements."""

    def __init__(self, rules: RuleBook) -> None:
        """Read the texts. Raises ``DataError``."""
        self._rules = HouseRules(rules)

    def in_force(self, residence: str, now_ms: int) -> tuple[Wording, ...]:
        """What residents of ``residence`` have to agree to. Raises ``DataError`` when a text is missing."""
        found = self._rules.texts("verification.consents", residence, now_ms)
        return tuple(Wording(text.name, text.version, text.text_hash, text.text) for text in found)


@dataclass(frozen=True, slots=True)
class VerificationHouse:
    """What verification is opened on."""

    data: Path
    box: SecretBox
    clock: Callable[[], int]
    people: People
    rights: Rights
    back_office: BackOffice


class RunningVerification:
    """Verification with its housekeeping on the running loop."""

    def __init__(self, verification: Verification, data: Path) -> None:
        """Begin to do what is due, at once and whenever something is handed in."""
        self.verification = verification
        self._folder = data / LISTS_FOLDER
        self._seen = _stamp(self._folder)
        self._housekeeper = Housekeeper("verification", self._work, _HOUSEKEEPING_SECONDS)
        verification.applications.wake = self._housekeeper.wake

    async def close(self) -> None:
        """Stop; what is under way ends first."""
        await self._housekeeper.close()

    def _work(self) -> None:
        if (stamp := _stamp(self._folder)) != self._seen:
            try:
                self.verification.screening.use(_lists(self._folder))
                self._seen = stamp
            except DataError as error:
                # Perhaps it is still being written; until it can be read, the last good one holds.
                _log.warning("a list of names cannot be used", problem=error.message)
        self.verification.keep_house()


def open_verification(house: VerificationHouse, review: ReviewSettings) -> Verification:
    """Verification of a data folder (blocking), following its people. Raises ``DataError``."""
    database = open_database(f"sqlite:///{(house.data / VERIFICATION_NAME).resolve()}")
    faces = ReviewersCompare() if review.compares_faces else NobodyCompares()
    try:
        persons, texts = KnownPersons(house.people), RuledConsents(house.rights.rules)
        neighbors = Neighbors(house.rights, house.back_office, persons, _reader(), faces, texts)
        lists = _lists(house.data / LISTS_FOLDER)
        verification = Verification(database, house.box, house.clock, neighbors, lists, with_specimens=review.specimens)
    except LonjaError:
        database.dispose()
        raise

    def follow(_: int, event: PeopleEvent) -> None:
        if isinstance(event, StateChanged) and event.state == UserState.CLOSED:
            verification.forget(event.user_id)

    house.people.subscribe(follow)
    return verification


def _reader() -> TextReader:
    program = find_tesseract()
    if program is None:
        _log.info("tesseract is not installed: every document is looked at by a reviewer")
        return NobodyReads()
    return TesseractReader(program)


def _lists(folder: Path) -> NameLists:
    """The lists in ``folder``; without it, old samples, by which a sandbox shows what a hit is."""
    lists = read_lists(folder if folder.is_dir() else SAMPLE_LISTS)
    if not folder.is_dir():
        _log.info("names are screened against samples: no live list", put_lists_into=str(folder))
    return lists


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Tells whether a list was put in or replaced."""
    found = ((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in folder.glob("*.csv"))
    return tuple(sorted(found))
