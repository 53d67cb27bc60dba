"""Refusals of the staff API, in the form of the account API, with the HTTP status that the back office names.

Invariant: a code never changes its meaning; whatever else goes wrong says nothing about the inside.
"""

from typing import Final

from litestar import Response
from litestar.exceptions import ValidationException

from lonja.edge.account.caller import HttpRequest
from lonja.edge.account.refusals import HANDLERS as ACCOUNT_HANDLERS
from lonja.edge.account.refusals import STATUS as ACCOUNT_STATUS
from lonja.edge.account.refusals import Refusal, answer_refused
from lonja.modules.backoffice.api import REFUSALS
from lonja.primitives.errors import RefusedError

STATUS: Final = (
    {"hold_not_found": 404, "hold_over": 409, "hold_not_releasable": 403, "restriction_over": 409}
    | {"restriction_not_liftable": 403}
    | ACCOUNT_STATUS
    | {code: row.status for code, row in REFUSALS.items()}
)
"""HTTP status by code; 400 for every code that is not here."""


def on_refused(_: HttpRequest, error: RefusedError) -> Response[Refusal]:
    """The rules refuse."""
    return answer_refused(STATUS.get(error.code, 400), error)


def on_invalid(_: HttpRequest, error: ValidationException) -> Response[Refusal]:
    """The request has another form than documented. What was sent is not repeated: it may be personal."""
    named = {str(found["key"]) for found in error.extra or () if isinstance(found, dict) and "key" in found}
    where = f": look at {', '.join(sorted(named))}" if named else ""
    message = f"The request does not have the documented form{where}."
    return _answer(400, Refusal("request_invalid", message, "See /api/staff/openapi.json."))


HANDLERS: Final = {**ACCOUNT_HANDLERS, RefusedError: on_refused, ValidationException: on_invalid}
"""What answers each kind of error."""


def _answer(status: int, refusal: Refusal) -> Response[Refusal]:
    return Response(refusal, status_code=status, media_type="application/json")
