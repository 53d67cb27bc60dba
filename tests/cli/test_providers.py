"""``lonja providers``: trusting, listing and dropping providers, with secrets that are never seen."""

import inspect
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lonja.bootstrap.identity import open_identity
from lonja.bootstrap.staff_folder import open_staff_folder
from lonja.cli import providers
from lonja.cli.main import app
from lonja.modules.identity.api import ProviderSettings
from lonja.primitives.errors import DataError, SettingsError

SECRET = "s3cret-of-the-house"
ADD = ("add", "google", "--issuer", "https://accounts.google.com", "--client-id", "id-1", "--title", "Google")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    open_identity(tmp_path, lambda: 1).close()
    return tmp_path


def run(data: Path, *arguments: str, stdin: str = "") -> str:
    result = CliRunner().invoke(app, ["providers", *arguments, "--data", str(data)], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    assert SECRET not in result.output
    return result.output


def kept(data: Path) -> list[ProviderSettings]:
    folder = open_staff_folder(data)
    try:
        return folder.people.trusted_providers.all()
    finally:
        folder.close()


def test_a_provider_is_trusted_listed_and_dropped(data: Path) -> None:
    assert run(data, "list").startswith("None yet.")
    run(data, *ADD, "--host", "oauth2.googleapis.com", stdin=f"{SECRET}\n")
    hosts = ("oauth2.googleapis.com",)
    assert kept(data) == [ProviderSettings("google", "Google", "https://accounts.google.com", "id-1", SECRET, hosts)]
    assert run(data, "list").split() == ["google", "https://accounts.google.com", "client", "id-1", *hosts]
    run(data, "remove", "google")
    assert kept(data) == []
    with pytest.raises(SettingsError, match="no such provider"):
        run(data, "remove", "google")


CALLBACK = "/api/account/connected/callback/google"


def test_the_return_address_to_register_is_told_before_and_after(data: Path) -> None:
    here = f"http://localhost:8080{CALLBACK}"
    assert run(data, "return-address", "google") == f"{here}\n"
    assert run(data, *ADD, stdin=f"{SECRET}\n").endswith(f"Register this return address there: {here}\n")
    (data / "sandbox.json").write_text('{"rest": "http://127.0.0.1:18080", "accounts": []}')
    assert run(data, "return-address", "google") == f"http://localhost:18080{CALLBACK}\n"
    (data / "sandbox.json").write_text("{")
    assert run(data, "return-address", "google") == f"{here}\n"
    with pytest.raises(SettingsError, match="no name of a provider"):
        run(data, "return-address", "../google")


@pytest.mark.parametrize("stdin", ["", "\n", "  \n"])
def test_without_a_secret_nothing_is_kept(data: Path, stdin: str) -> None:
    with pytest.raises(SettingsError, match="secret"):
        run(data, *ADD, stdin=stdin)
    assert kept(data) == []


def test_a_secret_is_no_argument() -> None:
    assert not any("secret" in name for name in inspect.signature(providers.add_command).parameters)


def test_nothing_is_made_where_no_exchange_is(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        run(tmp_path, "list")
    assert list(tmp_path.iterdir()) == []
