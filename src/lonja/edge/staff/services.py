"""What the staff API needs of the house, in one immutable record, built once by ``bootstrap``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from lonja.modules.backoffice.api import BackOffice
from lonja.modules.governance.api import Rights
from lonja.modules.identity.api import People
from lonja.modules.notices.api import Notices

STAFF_PREFIX: Final = "/api/staff"


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
    origins: tuple[str, ...] = ()
    body_bytes_max: int = 1 << 16
