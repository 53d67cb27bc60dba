"""The door of staff: their API and their pages, at a port where nothing of customers answers.

Why apart: what does not listen where strangers come cannot be attacked there. Invariant: who comes from a network that
staff do not work from gets nothing here, not even a page.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from lonja.edge.errors import refusal
from lonja.edge.forwarded import TrustedProxies
from lonja.edge.people_guard import guarded, transport_headers
from lonja.edge.rate_limit import RateLimits
from lonja.edge.rest.app import CONTROL_PREFIX, JSON_TYPE, Answer, Control, DisconnectedError, Receive, Scope, Send
from lonja.edge.rest.app import refused as in_envelope
from lonja.edge.services import App
from lonja.edge.site.app import STAFF_PAGES, Site
from lonja.edge.staff.services import STAFF_PREFIX
from lonja.modules.backoffice.api import REFUSALS

_NOT_HERE: Final = "network_refused"
_HTTP_HEADERS: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


class StaffDoor:
    """What answers at the port of staff, an ASGI application."""

    def __init__(  # one parameter per part of what is behind the door
        self,
        api: App,
        site: Site,
        lets_in: Callable[[str], bool],
        rate_limits: RateLimits,
        proxies: TrustedProxies,
        control: Control | None = None,
    ) -> None:
        """Answer with ``api`` and the pages of staff in ``site``; ``control`` is a sandbox's, with its ready staff."""
        self._api, self._site, self._lets_in = api, site.of_staff(), lets_in
        self._rate_limits, self._proxies, self._control = rate_limits, proxies, control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection scope."""
        if scope["type"] != "http":
            return
        self._proxies.settle(scope)
        path: str = scope["path"]
        if path.startswith(STAFF_PREFIX + "/"):
            # It looks at the network by itself, and says what is refused in the words of its document.
            await guarded(self._api, self._rate_limits, scope, receive, send)
            return
        try:
            await self._beside(path, scope, receive, send)
        except DisconnectedError:
            return
        except asyncio.CancelledError:
            await _send(send, scope, in_envelope(refusal("50001")))

    async def _beside(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Pages, and the ready staff of a sandbox."""
        client: tuple[str, int] | None = scope.get("client")
        if not self._lets_in(client[0] if client is not None else ""):
            await _send(send, scope, _not_from_there())
        elif path == "/" and self._site.is_built:
            await _send(send, scope, Answer(307, JSON_TYPE, b"{}", ""), ((b"location", STAFF_PAGES.encode()),))
        elif self._control is not None and path.startswith(CONTROL_PREFIX):
            await _send(send, scope, await self._control(scope, receive))
        elif (shown := self._site.answer(scope)) is not None:
            headers = [*shown.headers, *transport_headers(scope)]
            await send({"type": "http.response.start", "status": shown.status, "headers": headers})
            await send({"type": "http.response.body", "body": shown.body})
        else:
            await _send(send, scope, in_envelope(refusal("404")))


def _not_from_there() -> Answer:
    row = REFUSALS[_NOT_HERE]
    body = {"code": _NOT_HERE, "message": row.message, "remedy": row.remedy}
    return Answer(row.status, JSON_TYPE, msgspec.json.encode(body), _NOT_HERE)


async def _send(send: Send, scope: Scope, answer: Answer, more: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    length = b"%d" % len(answer.body)
    headers = [(b"content-type", answer.content_type), (b"content-length", length), *_HTTP_HEADERS, *more]
    if answer.allow:
        headers.append((b"allow", answer.allow))
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": [*headers, *transport_headers(scope)]}
    )
    await send({"type": "http.response.body", "body": answer.body})
