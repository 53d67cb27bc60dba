"""What the OpenAPI files of the account and staff APIs say of every operation: how it is refused, and by what it is let in.

Why here: the framework describes refusals in its own form, which is not what is answered.
"""

from typing import Final

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Components, SecurityRequirement, SecurityScheme

from lonja.edge.account.refusals import Refusal

_REASONS: Final = {
    400: "The request has not the documented form, or the rules refuse it; `code` says which.",
    401: "Nobody is signed in, or the session has ended; `code` says which.",
    403: "Who is signed in may not do this, or has to prove it once more; `code` says which.",
    404: "There is nothing of that name, or it is not theirs.",
    409: "It was done already, or something else was done meanwhile.",
    413: "The body is too large.",
    429: "Too many attempts; `remedy` says how long to wait.",
    500: "Something went wrong on our side.",
    503: "A part of the house cannot answer now.",
}

_REFUSALS: Final = {
    status: ResponseSpec(Refusal, generate_examples=False, description=reason) for status, reason in _REASONS.items()
}
SECURITY: Final[list[SecurityRequirement]] = [{"script": []}, {"page": []}, {}]
"""A script's token or a page's cookie; operations for those who are not signed in need neither."""


def describe_refusals(app: Litestar) -> None:
    """Have the OpenAPI file of ``app`` say of each operation what refusals look like, all of one form."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler):
                handler.responses = {**_REFUSALS, **(handler.responses or {})}


def ways_in(session_cookie: str) -> Components:
    """How a session is shown, by a script or by a page that keeps it in ``session_cookie``."""
    return Components(
        security_schemes={
            "script": SecurityScheme(type="http", scheme="bearer", description="The `session_token` of a sign-in."),
            "page": SecurityScheme(
                type="apiKey",
                name=session_cookie,
                security_scheme_in="cookie",
                description="Over TLS with `__Host-` before its name. Each change also sends `x-csrf-token`.",
            ),
        }
    )
