"""Logs: JSON lines for machines, text for people, always on standard error."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from lonja.bootstrap.logging import configure_logging


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_machines_get_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(human=False)
    structlog.get_logger("lonja.test").info("order placed", size=5)
    logging.getLogger("elsewhere").warning("odd %s", "thing")
    output = capsys.readouterr()
    assert output.out == ""
    ours, theirs = (json.loads(line) for line in output.err.splitlines())
    assert (ours["event"], ours["size"], ours["level"], ours["logger"]) == ("order placed", 5, "info", "lonja.test")
    assert (theirs["event"], theirs["level"]) == ("odd thing", "warning")
    assert ours["timestamp"].endswith("Z")


def test_people_who_want_no_color_get_none(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for wish, colored in (("", True), ("1", False)):
        monkeypatch.setenv("NO_COLOR", wish)
        configure_logging(human=True)
        structlog.get_logger(f"lonja.test{wish}").info("order placed")
        assert ("\x1b[" in capsys.readouterr().err) is colored


def test_people_get_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(human=True)
    structlog.get_logger("lonja.test").info("order placed", size=5)
    error = capsys.readouterr().err
    assert "order placed" in error
    assert not error.startswith("{")


def test_failures_keep_their_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(human=False)
    try:
        int("broken")
    except ValueError as error:
        structlog.get_logger("lonja.test").error("failed", exc_info=error)
    line = json.loads(capsys.readouterr().err)
    assert line["exception"][0]["exc_type"] == "ValueError"


@pytest.mark.parametrize("human", [False, True])
def test_failures_do_not_tell_the_values_of_variables(capsys: pytest.CaptureFixture[str], human: bool) -> None:
    def fail(passphrase: str) -> None:
        raise ValueError(len(passphrase))

    configure_logging(human=human)
    try:
        fail("CORRECT-HORSE".capitalize())
    except ValueError:
        structlog.get_logger(f"lonja.test{human}").exception("failed")
        logging.getLogger("elsewhere").exception("failed")
    told = capsys.readouterr().err
    assert told.count("ValueError") >= 2
    assert "Correct-horse" not in told


def test_noise_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(human=False)
    structlog.get_logger("lonja.test").debug("detail")
    logging.getLogger("uvicorn.access").info("GET /")
    assert capsys.readouterr().err == ""
