"""What the account and staff APIs have in common: how the framework is set up, and what their OpenAPI files say.

Why here: the framework describes refusals in its own form, which is not what is answered. Invariant: every operation
describes every refusal it may answer.
"""

from collections.abc import Mapping, Sequence
from typing import Final, cast

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityRequirement, SecurityScheme

from lonja.edge.account.refusals import Refusal
from lonja.edge.services import App

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
# A script's token or a page's cookie; operations for those who are not signed in need neither.
_SECURITY: Final[list[SecurityRequirement]] = [{"script": []}, {"page": []}, {}]


def build_app(  # what differs between the two
    title: str,
    prefix: str,
    routers: Sequence[Router],
    *,
    dependencies: dict[str, Provide],
    handlers: Mapping[type, object],
    session_cookie: str,
    body_bytes_max: int,
) -> App:
    """The application of ``routers`` below ``prefix``, with its OpenAPI file at ``openapi.json`` there."""
    app = Litestar(
        route_handlers=[Router(prefix, route_handlers=list(routers))],
        dependencies=dependencies,
        exception_handlers=dict(handlers),  # type: ignore[arg-type]  # each handles the kind it stands beside
        openapi_config=OpenAPIConfig(
            title=title,
            version="1",
            components=_ways_in(session_cookie),
            security=_SECURITY,
            path=f"{prefix}/openapi.json",
            render_plugins=[JsonRenderPlugin(path="/")],
        ),
        request_max_body_size=body_bytes_max,
        logging_config=None,
        debug=False,
    )
    _describe_refusals(app)
    return cast("App", app)


def _describe_refusals(app: Litestar) -> None:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler):
                handler.responses = {**_REFUSALS, **(handler.responses or {})}


def _ways_in(session_cookie: str) -> Components:
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
