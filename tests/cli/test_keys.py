"""``lonja keys`` on a folder where an exchange lives."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lonja.bootstrap.identity import open_identity
from lonja.cli.main import app
from lonja.modules.identity.api import IdentityError, Permission
from lonja.primitives.errors import DataError, LonjaError


@pytest.fixture(autouse=True)
def restored_umask() -> Iterator[None]:
    umask = os.umask(0o077)
    yield
    os.umask(umask)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    identity = open_identity(tmp_path, lambda: 1)
    identity.register_account("ana", 2, -1)
    identity.close()
    return tmp_path


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["keys", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def create(data: Path, *options: str) -> dict[str, str]:
    output = run("create", "--data", str(data), "--account", "ana", *options)
    return dict(line.replace("api key", "api_key").split(maxsplit=1) for line in output.splitlines())


def test_a_new_key_is_shown_once_and_works(data: Path) -> None:
    shown = create(data, "--permissions", "read,trade", "--ip", "203.0.113.7,198.51.100.0/24", "--label", "my bot")
    identity = open_identity(data, lambda: 1)
    key = identity.find_key(shown["api_key"])
    assert key is not None
    assert key.secret.decode() == shown["secret"]
    assert asyncio.run(identity.passphrase_matches(key, shown["passphrase"]))
    assert key.permissions == {Permission.READ, Permission.TRADE}
    assert (key.label, [str(network) for network in key.networks]) == ("my bot", ["203.0.113.7/32", "198.51.100.0/24"])
    identity.close()


def test_the_list_shows_no_secret(data: Path) -> None:
    shown = create(data, "--passphrase", "My-own-pass")
    output = run("list", "--data", str(data))
    assert shown["api_key"] in output
    assert "ana" in output
    assert shown["secret"] not in output
    assert "My-own-pass" not in output


def test_the_list_says_which_key_was_never_used(data: Path) -> None:
    shown = create(data)
    assert run("list", "--data", str(data)).count("never") == 1
    identity = open_identity(data, lambda: 1)
    key = identity.find_key(shown["api_key"])
    assert key is not None
    identity.touch(key, key.created_ms + 3_600_000)
    identity.close()
    assert "never" not in run("list", "--data", str(data))


def test_a_removed_key_is_gone(data: Path) -> None:
    shown = create(data)
    run("remove", "--data", str(data), shown["api_key"])
    assert shown["api_key"] not in run("list", "--data", str(data), "--account", "ana")


def test_an_unknown_account_is_named_with_those_there_are(data: Path) -> None:
    with pytest.raises(IdentityError, match=r"no account 'bob'\. There are ana"):
        run("create", "--data", str(data), "--account", "bob")


def test_of_a_thousand_accounts_the_first_are_proposed(data: Path) -> None:
    identity = open_identity(data, lambda: 1)
    identity.register_accounts({f"maker {number}": number + 3 for number in range(1_000)}, -1)
    identity.close()
    with pytest.raises(IdentityError) as told:
        run("create", "--data", str(data), "--account", "bob")
    names = ", ".join(["ana", *(f"maker {number}" for number in range(7))])
    assert told.value.remedy == f"There are {names} and 993 more."


def test_a_folder_without_an_exchange_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no exchange"):
        run("list", "--data", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_errors_become_sentences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        app(["keys", "list", "--data", str(tmp_path)])
    assert ended.value.code == 1
    error = capsys.readouterr().err
    assert error.startswith("lonja: ")
    assert "Traceback" not in error


def test_all_our_errors_carry_a_sentence() -> None:
    assert LonjaError("What happened.", "What to do.").args == ("What happened. What to do.",)


@pytest.mark.parametrize("arguments", [("create", "--account", "ana"), ("remove", "KEY")])
def test_a_full_disk_is_told_in_a_sentence(data: Path, arguments: tuple[str, ...]) -> None:
    key = create(data)["api_key"]
    told = [key if argument == "KEY" else argument for argument in arguments]
    program = ("-c", "from lonja.cli.main import app; app()", "keys", *told, "--data", str(data))
    # No file may grow, which is what a full disk looks like from inside.
    command = ["/bin/sh", "-c", 'ulimit -f 0; exec "$0" "$@"', sys.executable, *program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("lonja: The identity database ")
    assert "Free some space" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert run("list", "--data", str(data)).count("ana") == 1
