"""The staff API as an ASGI application below ``/api/staff``, with its OpenAPI file.

Why apart from the account API: other sessions, other networks, and every request leaves an entry in the audit log.
Invariant: every answer that is an error has a code, a sentence and a remedy.
"""

from typing import cast

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from lonja.edge.account.caller import HttpRequest
from lonja.edge.account.described import SECURITY, describe_refusals, ways_in
from lonja.edge.services import App
from lonja.edge.staff import cases, house, people, proposals, rights, signing_in
from lonja.edge.staff.caller import SESSION_COOKIE, session_of
from lonja.edge.staff.refusals import HANDLERS
from lonja.edge.staff.services import STAFF_PREFIX, StaffServices
from lonja.modules.backoffice.api import LiveStaffSession, StaffSession

_ROUTERS = (signing_in.ROUTER, cases.ROUTER, proposals.ROUTER, people.ROUTER, rights.ROUTER, house.ROUTER)


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

    app = Litestar(
        route_handlers=[Router(STAFF_PREFIX, route_handlers=list(_ROUTERS))],
        dependencies={
            "services": Provide(lambda: services, sync_to_thread=False),
            "live": Provide(live, sync_to_thread=True),
            "by": Provide(by, sync_to_thread=True),
            "confirmed": Provide(confirmed, sync_to_thread=True),
        },
        exception_handlers=dict(HANDLERS),  # type: ignore[arg-type]  # each handles the kind it stands beside
        openapi_config=OpenAPIConfig(
            title="lonja staff API",
            version="1",
            components=ways_in(SESSION_COOKIE),
            security=SECURITY,
            path=f"{STAFF_PREFIX}/openapi.json",
            render_plugins=[JsonRenderPlugin(path="/")],
        ),
        request_max_body_size=services.body_bytes_max,
        logging_config=None,
        debug=False,
    )
    describe_refusals(app)
    return cast("App", app)
