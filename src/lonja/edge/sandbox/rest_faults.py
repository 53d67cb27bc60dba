"""Faults of REST: slow answers, errors, answers that never come.

Why here: wrapped around the handling of a request, so that the handling itself knows nothing of it. Delays are real
time: they are the network's, whatever the exchange's clock does.
"""

import asyncio
from collections.abc import Mapping

from lonja.edge.errors import EdgeError
from lonja.edge.rest.app import Answer, DisconnectedError, Handling, Receive, Scope, query_of, refused
from lonja.edge.rest.operation import PREFIX, Operation
from lonja.edge.sandbox.fault_codes import struck_refusal
from lonja.edge.wire.control import instrument_in
from lonja.modules.identity.api import Identity
from lonja.modules.sandbox.api import FaultBook, FaultKind, Moment, Point, Strike

HANG_S_MAX = 300.0
"""How long a request may hang before its connection is cut after all."""
_DEFAULT_STATUS = {FaultKind.OUTAGE: 503}


class RestFaults:
    """Lets the faults of ``book`` happen to REST requests."""

    def __init__(self, book: FaultBook, identity: Identity) -> None:
        """``identity`` tells whose key a request names."""
        self._book = book
        self._identity = identity

    def around(self, handle: Handling) -> Handling:
        """``handle`` as it behaves on a bad day."""

        async def troubled(operation: Operation, scope: Scope, receive: Receive) -> Answer:
            if not self._book.is_active:
                return await handle(operation, scope, receive)
            strikes = self._book.strike(self._moment(operation, scope))
            await _befall([strike for strike in strikes if not strike.rule.after], receive)
            answer = _error(strikes, after=False) or await handle(operation, scope, receive)
            await _befall([strike for strike in strikes if strike.rule.after], receive)
            return _error(strikes, after=True) or answer

        return troubled

    def _moment(self, operation: Operation, scope: Scope) -> Moment:
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        names = (operation.name, operation.path, operation.path.removeprefix(PREFIX), operation.order_operation)
        try:
            instrument = instrument_in(query_of(scope["query_string"]))
        except EdgeError:  # the handling of the request will say so
            instrument = ""
        key = headers.get(b"ok-access-key", b"").decode("latin-1")
        found = self._identity.find_key(key) if key and operation.permission is not None else None
        account = -1 if found is None else found.account
        return Moment(Point.REQUEST, "rest", tuple(filter(None, names)), account, instrument)


async def _befall(strikes: list[Strike], receive: Receive) -> None:
    """Wait, hang or hang up, as ``strikes`` want."""
    for rule, delay_ms in strikes:
        if rule.kind is FaultKind.LATENCY:
            await asyncio.sleep(delay_ms / 1000)
        elif rule.kind is FaultKind.HALF_OPEN:
            await _hang(receive)
        if rule.kind in (FaultKind.DROP, FaultKind.HALF_OPEN):
            await _hang_up(receive)
            raise DisconnectedError


def _error(strikes: list[Strike], *, after: bool) -> Answer | None:
    for rule, _ in strikes:
        if rule.kind in (FaultKind.ERROR, FaultKind.OUTAGE) and rule.after is after:
            answer = refused(struck_refusal(rule.code))
            return answer._replace(status=rule.http_status or _DEFAULT_STATUS.get(rule.kind, answer.status))
    return None


async def _hang(receive: Receive) -> None:
    """Say nothing until the client gives up."""
    try:
        async with asyncio.timeout(HANG_S_MAX):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return


async def _hang_up(receive: Receive) -> None:
    """Cut the connection of a request. uvicorn's ``receive`` is a method of what holds the transport."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
        # The server hears of it in the next turns of the loop, and then expects no answer any more.
        await asyncio.sleep(0.01)
