"""Puts the door of staff together: where it listens, whom it lets in, and what answers behind it.

Why apart from the API: only what listens needs it.
"""

from lonja.bootstrap.sandbox_staff import ReadyDesk
from lonja.bootstrap.settings import Settings
from lonja.edge.networks import only_from
from lonja.edge.sandbox.ready_staff import ready_staff_app
from lonja.edge.server import StaffListener
from lonja.edge.services import App, Services
from lonja.edge.staff.door import StaffDoor


def staff_listener(api: App, services: Services, settings: Settings, ready: ReadyDesk | None) -> StaffListener:
    """Where staff come in; ``ready`` are a sandbox's own, for whom its page signs."""
    control = None if ready is None else ready_staff_app(ready)
    lets_in, proxies = only_from(settings.staff.networks), services.settings.proxies
    door = StaffDoor(api, services.site, lets_in, services.rate_limits, proxies, control)
    return StaffListener(door, settings.staff.host, settings.staff_port, settings.staff.is_tls)
