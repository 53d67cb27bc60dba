"""Refusals of the account API: code, message, remedy, and the HTTP status of each code.

Invariant: a code never changes its meaning; whatever else goes wrong says nothing about the inside.
"""

from typing import Any, Final

import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException, ValidationException

from lonja.edge.account.caller import HttpRequest
from lonja.modules.verification.api import REFUSALS as VERIFICATION_REFUSALS
from lonja.modules.verification.api import STATUSES as DILIGENCE_STATUSES
from lonja.primitives.errors import DataError, EngineUnavailableError, LonjaError, RefusedError

STATUS: Final = {
    "signed_out": 401,
    "session_ended": 401,
    "credentials_wrong": 401,
    "factor_wrong": 401,
    "passkey_refused": 401,
    "passkey_over": 401,
    "provider_refused": 401,
    "connecting_over": 401,
    "step_up_required": 403,
    "csrf_failed": 403,
    "account_frozen": 403,
    "residence_closed": 403,
    "forbidden": 403,
    "user_not_found": 404,
    "device_not_found": 404,
    "key_not_found": 404,
    "sub_account_not_found": 404,
    "passkey_not_found": 404,
    "provider_unknown": 404,
    "connected_not_found": 404,
    "connected_already": 409,
    "last_way_in": 409,
    "restriction_not_found": 404,
    "appeal_not_possible": 403,
    "appeal_made_already": 409,
    "appeal_not_found": 404,
    "address_not_found": 404,
    "address_listed": 409,
    "payment_method_not_found": 404,
    "payment_method_kept": 409,
    "holder_not_you": 403,
    "verification_needed": 403,
    "reset_not_found": 404,
    "reset_open": 409,
    "reset_unavailable": 503,
    "residence_unavailable": 503,
    "guide_not_found": 404,
    "guide_open": 409,
    "steps_left": 409,
    "not_all_named": 409,
    "question_not_open": 409,
    "case_not_waiting": 409,
    "changed_meanwhile": 409,
    "mail_too_large": 413,
    "contact_taken": 409,
    "account_in_use": 409,
    "closed_by_house": 409,
    "state_changed": 409,
    "too_many_attempts": 429,
    "code_sent_recently": 429,
    "code_locked": 429,
    "house_full": 503,
    "provider_unavailable": 503,
    **{code: row.status for code, row in VERIFICATION_REFUSALS.items()},
    **DILIGENCE_STATUSES,
}
"""HTTP status by code; 400 for every code that is not here."""

_log = structlog.get_logger("lonja.edge.account")
# Any: Litestar's responses are generic over their content.
_Response = Response[Any]


class Refusal(msgspec.Struct, frozen=True):
    """What a refused request is answered: a code for programs, a sentence, and what to do next."""

    code: str
    message: str
    remedy: str = ""


def on_refused(request: HttpRequest, error: RefusedError) -> _Response:
    """The rules refuse, which the log keeps by code and path: nothing of it tells who it was or what was typed."""
    _log.info("account request refused", code=error.code, method=request.method, path=request.scope["path_template"])
    return answer_refused(STATUS.get(error.code, 400), error)


def answer_refused(status: int, error: RefusedError) -> _Response:
    """What the rules refuse, and when it is worth asking again."""
    answer = _answer(status, Refusal(error.code, error.message, error.remedy))
    if error.retry_s:
        answer.headers["retry-after"] = str(error.retry_s)
    return answer


def on_invalid(_: HttpRequest, error: ValidationException) -> _Response:
    """The request has another form than documented. What was sent is not repeated: it may be a secret."""
    fields = ", ".join(
        sorted({str(found["key"]) for found in error.extra or () if isinstance(found, dict) and "key" in found})
    )
    message = f"The request does not have the documented form{f': look at {fields}' if fields else ''}."
    return _answer(400, Refusal("request_invalid", message, "See /api/account/openapi.json."))


def on_unreadable(_: HttpRequest, error: Exception) -> _Response:
    """A body that is no text, or nested beyond reading: the decoder says so in its own words."""
    _log.info("account request not read", problem=type(error).__name__)
    return _answer(400, Refusal("request_invalid", "The request is no JSON.", "See /api/account/openapi.json."))


def on_http_error(_: HttpRequest, error: HTTPException) -> _Response:
    """No such operation, wrong method, body too large, and the like."""
    if error.status_code >= 500:
        return on_failure(_, error)
    message = f"{error.detail.rstrip('.')}."
    return _answer(error.status_code, Refusal("request_invalid", message, "See /api/account/openapi.json."))


def on_unavailable(_: HttpRequest, error: LonjaError) -> _Response:
    """A part of the house cannot answer now."""
    _log.warning("account request not answered", problem=error.message)
    return _answer(503, Refusal("unavailable", "This cannot be done right now.", "Try again shortly."))


def on_failure(_: HttpRequest, error: Exception) -> _Response:
    """The last net: whatever it is, it is ours."""
    _log.error("account request failed", exc_info=error)
    return _answer(500, Refusal("failed", "Something went wrong on our side.", "Try again, or ask support."))


HANDLERS: Final = {
    RefusedError: on_refused,
    ValidationException: on_invalid,
    HTTPException: on_http_error,
    DataError: on_unavailable,
    EngineUnavailableError: on_unavailable,
    UnicodeDecodeError: on_unreadable,
    RecursionError: on_unreadable,
    Exception: on_failure,
}
"""What answers each kind of error."""


def _answer(status: int, refusal: Refusal) -> _Response:
    return Response(refusal, status_code=status, media_type="application/json")
