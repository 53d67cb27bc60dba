"""The staff API as an ASGI application below ``/api/staff``, with its OpenAPI file.

Why apart from the account API: other sessions, other networks, and every request leaves an entry in the audit log.
Invariant: every answer that is an error has a code, a sentence and a remedy.
"""

from litestar.di import Provide

from lonja.edge.account.building import Guard, Need, build_app
from lonja.edge.account.caller import HttpRequest
from lonja.edge.account.choices import staff_choices
from lonja.edge.services import App
from lonja.edge.staff import cases, house, people, proposals, rights, signing_in, watching
from lonja.edge.staff.caller import SESSION_COOKIE, session_of
from lonja.edge.staff.refusals import HANDLERS
from lonja.edge.staff.services import STAFF_PREFIX, StaffServices
from lonja.modules.backoffice.api import LiveStaffSession, StaffSession

_ROUTERS = (
    signing_in.ROUTER,
    cases.ROUTER,
    proposals.ROUTER,
    people.ROUTER,
    rights.ROUTER,
    house.ROUTER,
    watching.ROUTER,
)


def staff_app(services: StaffServices) -> App:
    """The application that answers with the help of ``services``."""

    def live(request: HttpRequest) -> LiveStaffSession:
        return session_of(request, services)

    def by(request: HttpRequest) -> StaffSession:
        return session_of(request, services).by

    def confirmed(request: HttpRequest) -> StaffSession:
        found = session_of(request, services)
        services.back_office.sessions.require_confirmed(found)
        return found.by

    rules = services.back_office.rules
    return build_app(
        "lonja staff API",
        STAFF_PREFIX,
        _ROUTERS,
        given={
            "live": Guard(live, Need.SESSION),
            "by": Guard(by, Need.SESSION),
            "confirmed": Guard(confirmed, Need.STEP_UP),
            "services": Provide(lambda: services, sync_to_thread=False),
        },
        handlers=HANDLERS,
        session_cookie=SESSION_COOKIE,
        body_bytes_max=services.body_bytes_max,
        choices=staff_choices(services.rights.rules, rules.roles, rules.acts, rules.cases),
    )
