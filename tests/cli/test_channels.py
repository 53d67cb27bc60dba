"""``lonja channels`` and what the doctor says of notices, on a folder where an exchange lives."""

import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lonja.bootstrap.identity import open_box, open_identity
from lonja.bootstrap.notice_settings import NoticeSettings
from lonja.bootstrap.notices import CHANNELS_NAME, NOTICES_NAME, open_notices
from lonja.cli.doctor_notices import examine_notices
from lonja.cli.main import app
from lonja.modules.notices.api import Channel, Recipient
from lonja.primitives.errors import DataCorruptError, DataError

LIST = 'domain = ["example.org"]\nsocial = ["x:lonja"]\nemail = ["help@example.org"]\n'


@pytest.fixture
def data(tmp_path: Path) -> Path:
    open_identity(tmp_path, lambda: 1).close()
    return tmp_path


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["channels", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def send_something(data: Path) -> None:
    notices = open_notices(data, open_box(data), lambda: 1, lambda: 1, NoticeSettings())
    notices.send(Recipient(Channel.SMS, "+14155550100"), "sign_in_code", {"code": "111111"})
    notices.close()


def test_a_published_list_is_the_next_version_and_in_force(data: Path) -> None:
    assert "no-reply@lonja.example" in run("list", "--data", str(data))
    file = data / "channels.toml"
    file.write_text(LIST)
    assert run("publish", str(file), "--data", str(data)).startswith("version 2 with 3 channels")
    shown = run("list", "--data", str(data))
    assert shown.startswith("version 2, signed with ")
    assert "social  x:lonja" in shown
    assert "is an official channel" in run("check", "https://www.example.org/x", "--data", str(data))
    assert "NOT an official channel" in run("check", "examp1e.org", "--data", str(data))


@pytest.mark.parametrize("text", ["domain = 1", "nonsense", 'fax = ["1"]', "domain = [1]"])
def test_a_list_that_cannot_be_read_changes_nothing(data: Path, text: str) -> None:
    file = data / "channels.toml"
    file.write_text(text)
    with pytest.raises(DataError, match="no list of channels"):
        run("publish", str(file), "--data", str(data))
    assert run("list", "--data", str(data)).startswith("version 1,")


def test_a_list_that_somebody_changed_stops_the_start(data: Path) -> None:
    run("list", "--data", str(data))
    path = data / CHANNELS_NAME
    path.write_bytes(path.read_bytes().replace(b'"content": "ey', b'"content": "eY'))
    with pytest.raises(DataCorruptError, match="not signed by this house"):
        run("list", "--data", str(data))
    assert ("bad", CHANNELS_NAME) in [(grade, text.split(":")[0]) for grade, text in examine_notices(data)]


def test_the_doctor_finds_sealed_texts_and_a_signed_list(data: Path) -> None:
    assert list(examine_notices(data)) == [("ok", "none yet")]
    send_something(data)
    assert list(examine_notices(data)) == [
        ("ok", "the texts and addresses of 1 messages are encrypted"),
        ("ok", "0 messages delivered, 1 wait"),
        ("ok", f"{CHANNELS_NAME}, version 1, was signed by this house"),
    ]


def test_the_doctor_finds_a_text_that_is_not_sealed_and_messages_given_up(data: Path) -> None:
    send_something(data)
    with sqlite3.connect(data / NOTICES_NAME) as raw:
        raw.execute(
            "UPDATE notice_messages SET sealed_content = ?, state = 'dead'", (b'{"address":"ana@example.com"}',)
        )
    raw.close()
    (data / CHANNELS_NAME).unlink()
    assert [grade for grade, _ in examine_notices(data)] == ["bad", "note", "note"]
