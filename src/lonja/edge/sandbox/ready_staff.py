"""The ready staff of a sandbox, for its own sign-in page: who they are, and what their software passkeys answer.

Why here: a browser has no authenticator for keys that lie in ``sandbox.json``, and nobody should have to write a program
to look at the back office. Invariant: only this machine is answered, whoever else may use the other controls.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from lonja.edge.errors import EdgeError, refusal
from lonja.edge.rest.app import (
    CONTROL_PREFIX,
    Answer,
    Control,
    Receive,
    Scope,
    accepted,
    read_body,
    refused,
    wrong_method,
)
from lonja.edge.sandbox.control import check_names, text_in, wrong
from lonja.edge.sandbox.guard import check_caller
from lonja.edge.wire.numbers import decode_json

BODY_BYTES_MAX = 1 << 14
STAFF_PATH = CONTROL_PREFIX + "staff"
PASSKEY_PATH = STAFF_PATH + "/passkey"


class ReadyStaff(Protocol):
    """The ready staff."""

    def shown(self) -> Sequence[Mapping[str, object]]:
        """Each with ``name``, ``identifier`` and ``password``; those who still have a role."""

    def signed(self, name: str, challenge: str) -> Mapping[str, object] | None:
        """What the passkey of ``name`` answers to ``challenge``, as a browser tells it; None for nobody ready."""


def ready_staff_app(staff: ReadyStaff) -> Control:
    """What answers below ``/sandbox/`` at the door of staff."""

    async def answer(scope: Scope, receive: Receive) -> Answer:
        try:
            client: tuple[str, int] | None = scope.get("client")
            check_caller(scope["headers"], client[0] if client is not None else "", local_only=True)
            return await _run(staff, scope, receive)
        except EdgeError as error:
            return refused(error)

    return answer


async def _run(staff: ReadyStaff, scope: Scope, receive: Receive) -> Answer:
    methods = {STAFF_PATH: "GET", PASSKEY_PATH: "POST"}
    wanted = methods.get(scope["path"])
    if wanted is None:
        raise refusal("404")
    if scope["method"] != wanted:
        return wrong_method((wanted,))
    if wanted == "GET":
        return accepted(staff.shown())
    params = decode_json(await read_body(dict(scope["headers"]), receive, BODY_BYTES_MAX))
    if not isinstance(params, dict):
        raise wrong("body", "it is no JSON object")
    check_names(params, "name", "challenge")
    signed = staff.signed(text_in(params, "name"), text_in(params, "challenge"))
    if signed is None:
        raise wrong("name", "nobody of the ready staff is called so")
    return accepted([signed])
