"""The account API as an ASGI application below ``/api/account``, with its OpenAPI file.

Why Litestar here and not on the trading side: validation and documentation from the types matter more than speed.
Invariant: every answer that is an error has a code, a sentence and a remedy.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from litestar.di import Provide

from lonja.edge.account import (
    addresses,
    keys,
    me,
    passkeys,
    payment_methods,
    protecting,
    recovering,
    resetting,
    security,
    signing_in,
    signing_up,
)
from lonja.edge.account.appeals import appeals_router
from lonja.edge.account.building import Guard, Need, build_app
from lonja.edge.account.caller import SESSION_COOKIE, HttpRequest, session_of
from lonja.edge.account.choices import account_choices
from lonja.edge.account.connected import ROUTER as CONNECTED_ROUTER
from lonja.edge.account.from_us import from_us_router
from lonja.edge.account.institution import institution_router
from lonja.edge.account.refusals import HANDLERS
from lonja.edge.account.residence import residence_router
from lonja.edge.account.residence_question import residence_question_router
from lonja.edge.account.rights import rights_router
from lonja.edge.account.sent import sent_router
from lonja.edge.account.services import ACCOUNT_PREFIX, AccountServices
from lonja.edge.account.source_of_funds import source_of_funds_router
from lonja.edge.account.travel_rule import travel_rule_router
from lonja.edge.account.under_way import under_way_router
from lonja.edge.account.verification import verification_router
from lonja.edge.services import App
from lonja.modules.backoffice.api import BackOffice
from lonja.modules.governance.api import Rights
from lonja.modules.identity.api import LiveSession
from lonja.modules.notices.api import Notices
from lonja.modules.verification.api import DueDiligence, Verification

_ROUTERS: Final = (
    signing_up.ROUTER,
    signing_in.ROUTER,
    me.ROUTER,
    keys.ROUTER,
    passkeys.ROUTER,
    CONNECTED_ROUTER,
    security.ROUTER,
    recovering.ROUTER,
    resetting.ROUTER,
    protecting.ROUTER,
    addresses.ROUTER,
    payment_methods.ROUTER,
)


def account_app(
    services: AccountServices,
    notices: Notices | None = None,
    rights: Rights | None = None,
    back_office: BackOffice | None = None,
    verification: Verification | None = None,
    diligence: DueDiligence | None = None,
) -> App:
    """The application that answers with the help of ``services``.

    With ``notices`` it also says what is really from us, with ``rights`` what a person may do, and with
    ``back_office`` beside those it takes appeals, with ``verification`` it finds out who people are, with
    ``diligence`` what institutions are and where money comes from.
    """

    def live(request: HttpRequest) -> LiveSession:
        return session_of(request, services)

    def stepped_up(request: HttpRequest) -> LiveSession:
        found = session_of(request, services)
        services.people.require_step_up(found, services.clock())
        return found

    def asked(request: HttpRequest) -> Callable[[], LiveSession]:
        return partial(session_of, request, services)

    routers = [*_ROUTERS, from_us_router(), sent_router()] if notices is not None else list(_ROUTERS)
    if rights is not None:
        routers += [rights_router(), residence_question_router()]
        if back_office is not None:
            routers.append(appeals_router())
    if verification is not None:
        routers.append(verification_router())
    if diligence is not None:
        routers += [institution_router(), source_of_funds_router(), residence_router(), travel_rule_router()]
        routers.append(under_way_router())
    return build_app(
        "lonja account API",
        ACCOUNT_PREFIX,
        routers,
        given={
            "live": Guard(live, Need.SESSION),
            "stepped_up": Guard(stepped_up, Need.STEP_UP),
            "asked": Guard(asked, Need.PERHAPS),
            "services": Provide(lambda: services, sync_to_thread=False),
            "notices": Provide(lambda: notices, sync_to_thread=False),
            "rights": Provide(lambda: rights, sync_to_thread=False),
            "back_office": Provide(lambda: back_office, sync_to_thread=False),
            "verification": Provide(lambda: verification, sync_to_thread=False),
            "diligence": Provide(lambda: diligence, sync_to_thread=False),
        },
        handlers=HANDLERS,
        session_cookie=SESSION_COOKIE,
        body_bytes_max=services.body_bytes_max,
        choices={} if rights is None else account_choices(rights.rules),
    )
