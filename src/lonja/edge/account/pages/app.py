"""The pages behind the links in mails, for people whose browser opens one: a question, a button, an answer.

Why so small: they work in every browser, without scripts, and where the site was not built. Opening a link does nothing,
since mail programs and those who guard mailboxes open links too; the button does what the account API does for a program.
A form needs no other proof that it is ours than the token, which only the mail has. Invariant: a token is shown to nobody
but the browser that brought it, and never logged.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final, cast
from urllib.parse import parse_qsl

import structlog
from litestar import Litestar, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from lonja.edge.account.caller import House, HttpRequest, client_of
from lonja.edge.account.pages.drawing import HEADERS, Form, drawn
from lonja.edge.account.pages.texts import FAILED, INCOMPLETE, NOT_FOUND, NOTHING_YET, PAGES, RETURNS, Said
from lonja.edge.account.refusals import STATUS
from lonja.edge.account.services import AccountServices
from lonja.edge.services import App
from lonja.modules.identity.api import Client
from lonja.primitives.errors import RefusedError

PREFIX: Final = "/account/"
"""Below it lie the pages behind links."""
_TOKEN_LENGTH_MAX: Final = 512
_BODY_BYTES_MAX: Final = 4_096
_FIELDS_MAX: Final = 4

_Html = Response[str]
_log = structlog.get_logger("lonja.edge.account")


class Printer:
    """Draws the pages of one house."""

    def __init__(self, house: str) -> None:
        """``house`` is its name."""
        self._house = house

    def page(self, said: Said, status: int = 200, form: Form | None = None, note: str = "") -> _Html:
        """The answer that says ``said``."""
        text = drawn(self._house, said, form, note)
        return Response(text, status_code=status, headers=HEADERS, media_type="text/html")


_Press = NamedDependency[Printer]


def _freeze(services: AccountServices, token: str, _: str, by: Client) -> None:
    services.people.recoveries.freeze_by_link(token, services.clock(), by)


def _not_me(services: AccountServices, token: str, _: str, by: Client) -> None:
    services.people.guides.not_me(token, services.clock(), by)


def _cancel_reset(services: AccountServices, token: str, _: str, __: Client) -> None:
    services.people.resets.cancel_by_link(token, services.clock())


def _answer_device(services: AccountServices, token: str, choice: str, _: Client) -> None:
    services.people.sign_ins.answer_device(token, let_in=choice == "approve", now_ms=services.clock())


ACTS: Final[dict[str, Callable[[AccountServices, str, str, Client], None]]] = {
    "freeze": _freeze,
    "not-me": _not_me,
    "cancel-reset": _cancel_reset,
    "device": _answer_device,
}
"""What the buttons of each page do with the link's token and the button's value (blocking)."""


@get("/account/{name:str}", sync_to_thread=False)
def ask(request: HttpRequest, printer: _Press, name: FromPath[str]) -> _Html:
    """What will happen, and the buttons. Changes nothing."""
    if name not in PAGES:
        return printer.page(NOT_FOUND, 404)
    token = _token(request.query_params.get("token", ""))
    if not token:
        return printer.page(INCOMPLETE, 400)
    form = Form(f"/account/{name}", token, PAGES[name].choices)
    return printer.page(PAGES[name].question, form=form, note=NOTHING_YET)


@post("/account/{name:str}", status_code=200)
async def act(request: HttpRequest, services: House, printer: _Press, name: FromPath[str]) -> _Html:
    """Do what the button says, and say what to do next."""
    if name not in PAGES:
        return printer.page(NOT_FOUND, 404)
    fields, page = await _fields(request), PAGES[name]
    token = _token(fields.get("token", ""))
    chosen = next((choice for choice in page.choices if choice.value == fields.get("choice")), None)
    if not token or chosen is None:
        return printer.page(INCOMPLETE, 400)
    try:
        await asyncio.to_thread(ACTS[name], services, token, chosen.value, client_of(request))
    except RefusedError as error:
        _log.info("page refused", code=error.code, page=name)
        return printer.page(Said(error.message, page.over), STATUS.get(error.code, 400))
    return printer.page(chosen.done)


@get([f"/{name}" for name in RETURNS], sync_to_thread=False)
def come_back(request: HttpRequest, printer: _Press) -> _Html:
    """Where a browser arrives from another provider. What it brought stands behind a #, where only it sees it."""
    return printer.page(RETURNS[request.url.path.strip("/")])


def addresses(*, has_site: bool) -> tuple[str, ...]:
    """How the addresses of all pages begin. Where the site was built it has its own pages to come back to."""
    return (PREFIX,) if has_site else (PREFIX, *(f"/{name}" for name in RETURNS))


def pages_app(services: AccountServices, house: str) -> App:
    """The pages of the house called ``house``."""
    printer = Printer(house)
    app = Litestar(
        route_handlers=[ask, act, come_back],
        dependencies={
            "services": Provide(lambda: services, sync_to_thread=False),
            "printer": Provide(lambda: printer, sync_to_thread=False),
        },
        exception_handlers={HTTPException: partial(_on_http_error, printer), Exception: partial(_on_failure, printer)},
        openapi_config=None,
        request_max_body_size=_BODY_BYTES_MAX,
        logging_config=None,
        debug=False,
    )
    return cast("App", app)


def _on_http_error(printer: Printer, _: HttpRequest, error: Exception) -> _Html:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return printer.page(NOT_FOUND if status == 404 else INCOMPLETE if status < 500 else FAILED, status)


def _on_failure(printer: Printer, _: HttpRequest, error: Exception) -> _Html:
    _log.error("page failed", exc_info=error)
    return printer.page(FAILED, 500)


async def _fields(request: HttpRequest) -> dict[str, str]:
    """The fields of a form; none when it is no form."""
    try:
        return dict(parse_qsl((await request.body()).decode("ascii"), max_num_fields=_FIELDS_MAX))
    except ValueError:
        return {}


def _token(text: str) -> str:
    """A token out of a link, "" when it cannot be one."""
    return text if len(text) <= _TOKEN_LENGTH_MAX and text.isascii() and text.isprintable() else ""
