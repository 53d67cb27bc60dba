"""Every refusal has a code, and every code the documented HTTP status."""

import json
from pathlib import Path

import pytest

from lonja.core.kinds import CancelReason, InstrumentState
from lonja.core.rejections import Rejection
from lonja.edge.errors import (
    CANCEL_SOURCES,
    ENGINE_ERROR_CODES,
    HTTP_STATUS,
    MESSAGES,
    REJECTION_CODES,
    STATE_CODES,
    engine_error,
    refusal,
    rejection_error,
)
from lonja.primitives import errors as primitive_errors
from lonja.primitives.errors import EngineBusyError, EngineOutcomeUnknownError, EngineUnavailableError, LonjaError

# Documented with 400, but clients raise on any status but 200 before they read the code of a business refusal.
BUSINESS = {"51000", "51406", "51501", "58114"}
OURS = {"403", "404", "413"}


@pytest.mark.parametrize("rejection", list(Rejection))
def test_every_rejection_has_a_code_and_a_message(rejection: Rejection) -> None:
    code, word = REJECTION_CODES[rejection]
    error = rejection_error(rejection)
    assert error.code == code
    assert error.message == MESSAGES[code].format(word, "")
    assert (error.message == "") is (rejection == Rejection.NONE)


@pytest.mark.parametrize("reason", list(CancelReason))
def test_every_cancel_reason_has_a_source(reason: CancelReason) -> None:
    source, sentence = CANCEL_SOURCES[reason]
    assert (source == "") is (reason == CancelReason.AMENDED_TO_FILLED)
    assert bool(sentence) is bool(source)


@pytest.mark.parametrize("state", list(InstrumentState))
def test_every_state_that_does_not_trade_has_a_code(state: InstrumentState) -> None:
    assert STATE_CODES[state] in MESSAGES


def test_every_error_of_the_engine_has_a_code() -> None:
    raised = {
        error
        for error in vars(primitive_errors).values()
        if isinstance(error, type) and issubclass(error, (EngineUnavailableError, EngineOutcomeUnknownError))
    }
    assert raised == set(ENGINE_ERROR_CODES)
    assert engine_error(EngineBusyError("busy")).code == "50013"
    assert engine_error(EngineOutcomeUnknownError("?")).code == "50004"
    assert engine_error(LonjaError("something else")).code == "50026"


def test_codes_and_statuses_are_those_documented(shared_folder: Path) -> None:
    path = shared_folder / "fixtures/okx-v5/derived/error-codes.json"
    documented = json.loads(path.read_text())["codes"]
    plain = {code.partition("_")[0] for code in documented}
    assert set(MESSAGES) - OURS <= plain
    for code in set(MESSAGES) - OURS - BUSINESS - {"51004", "51008"}:
        assert str(HTTP_STATUS.get(code, 200)) in documented[code]["http"], code


def test_a_message_is_filled_with_what_was_wrong() -> None:
    assert refusal("50014", "instId").message == "Parameter instId can not be empty"
    assert refusal("50016", "stpMode", "ordType").message == "Parameter stpMode does not match parameter ordType"
    assert refusal("50014", "x").http_status == 400
    assert refusal("51001").http_status == 200
