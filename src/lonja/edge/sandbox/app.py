"""The sandbox's controls over HTTP: unsigned, in the envelope of all answers, for programs on this machine.

Why apart from the REST operations: these exist in no other mode, have no rate limit and no signature. Invariant:
nothing is read of a request before its sender is known to be allowed.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from lonja.edge.errors import EdgeError, engine_error, refusal
from lonja.edge.rest.app import (
    CONTROL_PREFIX,
    Answer,
    Control,
    DisconnectedError,
    Receive,
    Scope,
    accepted,
    query_of,
    read_body,
    refused,
    wrong_method,
)
from lonja.edge.sandbox import accounts, clock, faults, provider, world
from lonja.edge.sandbox.control import Params, Rows, SandboxControl, wrong
from lonja.edge.sandbox.guard import check_caller
from lonja.edge.sandbox.outbox import FORM_PATH, OUTBOX_ROUTES
from lonja.edge.wire.control import own_names
from lonja.edge.wire.numbers import decode_json
from lonja.modules.notices.api import Notices
from lonja.primitives.errors import EngineOutcomeUnknownError, EngineUnavailableError, LonjaError

BODY_BYTES_MAX: Final = 1 << 20
Handler = Callable[[SandboxControl, Params], Awaitable[Rows | Answer]]

ROUTES: Final[dict[str, dict[str, Handler]]] = {
    "clock": {"GET": clock.show_clock, "POST": clock.set_clock},
    "accounts": {"GET": accounts.show_accounts, "POST": accounts.make_account},
    "accounts/key": {"POST": accounts.tell_key},
    "accounts/fund": {"POST": accounts.fund_account},
    "accounts/drain": {"POST": accounts.drain_account},
    "faults": {"GET": faults.show_faults, "POST": faults.add_faults, "DELETE": faults.remove_faults},
    "faults/record": {"GET": faults.show_record},
    "provider": {"GET": provider.admit},
    "reset": {"POST": world.reset},
    "index": {"GET": world.show_indices, "POST": world.set_index},
    "storm": {"GET": world.show_storms, "POST": world.begin_storm},
    "flow": {"GET": world.show_flow, "POST": world.set_flow},
}
"""Every control by its path below ``/sandbox/`` and its method."""


def _contents() -> Rows:
    """What there is, for people who look around."""
    tables: tuple[Mapping[str, Mapping[str, object]], ...] = (ROUTES, OUTBOX_ROUTES)
    return [
        {"path": f"{method} {CONTROL_PREFIX}{path}", "summary": " ".join((handler.__doc__ or "").split())}
        for table in tables
        for path, methods in table.items()
        for method, handler in methods.items()
    ]


_log = structlog.get_logger("lonja.edge.sandbox")


def control_app(control: SandboxControl, notices: Notices | None = None) -> Control:
    """What answers below ``/sandbox/``; ``notices`` where there is an outbox to look into."""

    async def answer(scope: Scope, receive: Receive) -> Answer:
        try:
            return await _run(control, notices, scope, receive)
        except EdgeError as error:
            return refused(error)
        except (EngineUnavailableError, EngineOutcomeUnknownError) as error:
            return refused(engine_error(error))
        except LonjaError as error:
            return refused(EdgeError("51000", f"{error.message} {error.remedy}".strip()))
        except DisconnectedError:
            raise
        except Exception:  # noqa: BLE001  # the last net, as for every other operation
            _log.exception("control failed", path=scope["path"])
            return refused(refusal("50026"))

    return answer


async def _run(control: SandboxControl, notices: Notices | None, scope: Scope, receive: Receive) -> Answer:
    client: tuple[str, int] | None = scope.get("client")
    check_caller(scope["headers"], client[0] if client is not None else "", local_only=control.local_only)
    path = scope["path"].removeprefix(CONTROL_PREFIX)
    if not path and scope["method"] == "GET":
        return accepted(_contents())
    if notices is not None and path in OUTBOX_ROUTES:
        reader = OUTBOX_ROUTES[path].get(scope["method"])
        if reader is None:
            return wrong_method(OUTBOX_ROUTES[path])
        return await reader(notices, await _params(scope, receive))
    methods = ROUTES.get(path)
    if methods is None:
        raise refusal("404")
    handler = methods.get(scope["method"])
    if handler is None:
        return wrong_method(methods)
    found = await handler(control, await _params(scope, receive))
    return found if isinstance(found, Answer) else accepted(found)


async def _params(scope: Scope, receive: Receive) -> Params:
    """Query and body together; what a body says comes first."""
    params: dict[str, object] = own_names(query_of(scope["query_string"]))
    body = await read_body(dict(scope["headers"]), receive, BODY_BYTES_MAX)
    if not body.strip():
        return params
    # curl calls whatever it posts a form, so only where there is a page with one is it taken for one.
    is_form = scope["path"] == FORM_PATH and not body.lstrip().startswith(b"{")
    given = query_of(body) if is_form else decode_json(body)
    if not isinstance(given, dict):
        raise wrong("body", "it is no JSON object")
    return params | own_names(given)
