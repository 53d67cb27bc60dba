"""What the staff API needs of the house, in one immutable record, built once by ``bootstrap``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from lonja.modules.backoffice.api import BackOffice
from lonja.modules.governance.api import Rights
from lonja.modules.identity.api import People
from lonja.modules.notices.api import Notices

STAFF_PREFIX: Final = "/api/staff"


class Feed(NamedTuple):
    """An index and what it is made of; ``watching.FeedAnswer`` says what the fields mean."""

    index_id: str
    state: str
    sources: int
    age_ms: int


class Fund(NamedTuple):
    """A Security Fund; ``watching.FundAnswer`` says what the fields mean."""

    instrument_type: str
    family: str
    currency: str
    balance: str
    peak: str
    fall_percent: str
    gained: str
    lost: str
    positions: int
    alarm: str


class FundMove(NamedTuple):
    """A change of a fund; ``watching.FundMoveAnswer`` says what the fields mean."""

    time_ms: int
    kind: str
    amount: str
    balance: str


class FundPast(NamedTuple):
    """The last week of a fund: time and balance of each hour, oldest first; changes, newest first."""

    hours: Sequence[tuple[int, str]]
    moves: Sequence[FundMove]


class Watch(Protocol):
    """What staff see of the running exchange. All but ``fund`` is quick, for the engine's thread."""

    def halted(self) -> Sequence[tuple[str, str]]:
        """Instruments that do not trade as usual, and their state."""

    def feeds(self) -> Sequence[Feed]:
        """All indices, those in trouble first."""

    def funds(self) -> Sequence[Fund]:
        """All Security Funds, those with an alarm first."""

    def fund(self, kind: str, family: str) -> FundPast | None:
        """The last week of one, blocking; None for one that does not exist."""


class NothingToWatch:
    """Of a house without an engine."""

    def halted(self) -> Sequence[tuple[str, str]]:
        """None."""
        return ()

    def feeds(self) -> Sequence[Feed]:
        """None."""
        return ()

    def funds(self) -> Sequence[Fund]:
        """None."""
        return ()

    def fund(self, kind: str, family: str) -> FundPast | None:
        """None."""
        del kind, family
        return None


@dataclass(frozen=True, slots=True)
class StaffServices:
    """``clock`` gives the exchange's time in milliseconds, ``health`` "" or what is wrong, ``figures`` numbers by name.

    ``lets_in`` says whether staff may work from a network address; ``origins`` are the addresses our own pages come from.
    """

    people: People
    rights: Rights
    back_office: BackOffice
    notices: Notices
    clock: Callable[[], int]
    lets_in: Callable[[str], bool]
    health: Callable[[], str] = lambda: ""
    figures: Callable[[], Mapping[str, int]] = dict
    watch: Watch = field(default_factory=NothingToWatch)
    origins: tuple[str, ...] = ()
    body_bytes_max: int = 1 << 16
