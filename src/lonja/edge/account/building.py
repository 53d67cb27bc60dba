"""What the account and staff APIs have in common: how the framework is set up, and what their OpenAPI files say.

Why here: the framework describes refusals in its own form, which is not what is answered, and knows nothing of sessions.
Invariant: every operation describes every refusal it may answer, and whether it asks for a session is told from the guards
that it is given, from nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Any, Final, NamedTuple, cast

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityRequirement, SecurityScheme

from lonja.edge.account.caller import HttpRequest
from lonja.edge.account.choices import Choices
from lonja.edge.account.refusals import Refusal
from lonja.edge.services import App

_REASONS: Final = {
    400: "The request has not the documented form, or the rules refuse it; `code` says which.",
    401: "Nobody is signed in, or the session has ended; `code` says which.",
    403: "Who is signed in may not do this, or has to prove it once more; `code` says which.",
    404: "There is nothing of that name, or it is not theirs.",
    409: "It was done already, or something else was done meanwhile.",
    413: "The body is too large.",
    422: "The request has the documented form, and what it says cannot be; `code` says why.",
    429: "Too many attempts; `remedy` says how long to wait.",
    500: "Something went wrong on our side.",
    503: "A part of the house cannot answer now.",
}

_REFUSALS: Final = {
    status: ResponseSpec(Refusal, generate_examples=False, description=reason) for status, reason in _REASONS.items()
}
_STEP_UP: Final = "step-up"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class _File(JsonRenderPlugin):
    """The OpenAPI file, with the choices that the rules give."""

    def __init__(self, choices: Choices) -> None:
        super().__init__(path="/")
        self._choices = choices

    # Any: the file is plain JSON.
    def render(self, request: HttpRequest, openapi_schema: dict[str, Any]) -> bytes:
        records = openapi_schema["components"]["schemas"]
        for (record, field), values in self._choices.items():
            if record in records:
                described = records[record]["properties"][field]
                described.get("items", described)["enum"] = list(values)
        return super().render(request, openapi_schema)


class Need(IntEnum):
    """What a guard asks for, the least first."""

    PERHAPS = 0
    """A session, unless the request proves in another way whose it is."""
    SESSION = 1
    STEP_UP = 2
    """A session whose holder gave another factor, or the passkey, a moment ago."""


class Guard(NamedTuple):
    """What operations are given only when the request may have it: ``find`` gives it, or refuses (blocking)."""

    find: Callable[[HttpRequest], object]
    need: Need


def build_app(  # what differs between the two
    title: str,
    prefix: str,
    routers: Sequence[Router],
    *,
    given: Mapping[str, Guard | Provide],
    handlers: Mapping[type, object],
    session_cookie: str,
    body_bytes_max: int,
    choices: Choices,
) -> App:
    """The application of ``routers`` below ``prefix``, with its OpenAPI file at ``openapi.json`` there.

    Operations take what they are ``given`` by its name. ``choices`` are values of fields that no type tells.
    """
    app = Litestar(
        path=prefix,
        route_handlers=list(routers),
        dependencies={
            name: Provide(found.find, sync_to_thread=True) if isinstance(found, Guard) else found
            for name, found in given.items()
        },
        exception_handlers=dict(handlers),  # type: ignore[arg-type]  # each handles the kind it stands beside
        openapi_config=OpenAPIConfig(
            title=title,
            version="1",
            components=_ways_in(session_cookie),
            path="/openapi.json",
            render_plugins=[_File(choices)],
        ),
        request_max_body_size=body_bytes_max,
        logging_config=None,
        debug=False,
    )
    _describe(app, {name: found for name, found in given.items() if isinstance(found, Guard)})
    return cast("App", app)


def _describe(app: Litestar, guards: Mapping[str, Guard]) -> None:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler):
                handler.responses = {**_REFUSALS, **(handler.responses or {})}
                handler.security = _security(handler, guards)


def _security(handler: HTTPRouteHandler, guards: Mapping[str, Guard]) -> list[SecurityRequirement]:
    """The ways to have the session that ``handler`` asks for; none at all when it asks for none."""
    needs = [guards[name].need for name in handler.parsed_fn_signature.parameters if name in guards]
    if not needs:
        return []
    rank = [_STEP_UP] if max(needs) is Need.STEP_UP else []
    page: SecurityRequirement = {"page": rank}
    if not handler.http_methods <= _SAFE_METHODS:
        page["csrf"] = []
    ways: list[SecurityRequirement] = [{"script": rank}, page]
    return [*ways, {}] if max(needs) is Need.PERHAPS else ways


_OF_STEP_UP: Final = (
    f"Where `{_STEP_UP}` stands beside it, another factor (for staff the passkey) must have been given a moment ago."
)


def _ways_in(session_cookie: str) -> Components:
    return Components(
        security_schemes={
            "script": SecurityScheme(
                type="http", scheme="bearer", description=f"The `session_token` of a sign-in. {_OF_STEP_UP}"
            ),
            "page": SecurityScheme(
                type="apiKey",
                name=session_cookie,
                security_scheme_in="cookie",
                description=f"Over TLS with `__Host-` before its name. {_OF_STEP_UP}",
            ),
            "csrf": SecurityScheme(
                type="apiKey",
                name="x-csrf-token",
                security_scheme_in="header",
                description="The `csrf_token` of a sign-in, which a page sends with each change beside its cookie.",
            ),
        }
    )
