"""Opens the staff API of a house: where staff may work from, and what it looks into.

Why here: only ``bootstrap`` knows all that staff look into.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lonja.bootstrap.staff_settings import StaffSettings
from lonja.bootstrap.staff_watch import HouseWatch
from lonja.edge.networks import only_from
from lonja.edge.services import App
from lonja.engine.api import Engine
from lonja.modules.backoffice.api import BackOffice
from lonja.modules.governance.api import Rights
from lonja.modules.identity.api import People
from lonja.modules.notices.api import Notices


@dataclass(frozen=True, slots=True)
class StaffHouse:
    """What the staff API is opened on."""

    engine: Engine
    people: People
    rights: Rights
    back_office: BackOffice
    notices: Notices
    health: Callable[[], str]


def open_staff_app(house: StaffHouse, settings: StaffSettings, watch: HouseWatch) -> App:
    """The staff API; ``watch`` is what staff see of the engine."""
    # Imported late: the commands that only look into a folder need no web framework.
    from lonja.edge.staff.app import staff_app  # noqa: PLC0415
    from lonja.edge.staff.services import StaffServices  # noqa: PLC0415

    services = StaffServices(
        people=house.people,
        rights=house.rights,
        back_office=house.back_office,
        notices=house.notices,
        clock=house.engine.now_ms,
        health=house.health,
        figures=watch.figures,
        watch=watch,
        lets_in=only_from(settings.networks),
    )
    return staff_app(services)
