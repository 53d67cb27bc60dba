"""``lonja staff`` on a folder where an exchange lives."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lonja.adapters.clock import SystemClock
from lonja.bootstrap.identity import open_box, open_identity
from lonja.bootstrap.sandbox_staff import FILE_NAME, SandboxStaff, ensure_staff
from lonja.bootstrap.staff_folder import StaffFolder, open_staff_folder
from lonja.bootstrap.staff_settings import LOOPBACK, staff_settings
from lonja.cli.main import app
from lonja.modules.backoffice.api import StaffClient, StaffSession
from lonja.modules.identity.api import Registered
from lonja.primitives.errors import DataCorruptError, DataError, RefusedError, SettingsError

NOW_MS = SystemClock().now_ms()
ORIGIN = "http://localhost:8080"


@pytest.fixture(autouse=True)
def restored_umask() -> Iterator[None]:
    umask = os.umask(0o077)
    yield
    os.umask(umask)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exchange with three people, of whom two have passkeys."""
    root = tmp_path_factory.mktemp("folder")
    open_identity(root, lambda: NOW_MS).close()
    folder = open_staff_folder(root)
    for number, name in enumerate(("ada", "ben", "tim")):
        user_id = folder.people.sign_ups.enroll(f"{name}@example.com", "Quarry-7-lantern", "ES", NOW_MS)
        if name != "tim":
            made = Registered(bytes([number]) * 16, bytes(77), 0, "software")
            folder.people.passkeys.enroll(user_id, made, "key", NOW_MS)
    folder.close()
    return root


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(filled, tmp_path / "data")


@pytest.fixture
def folder(data: Path) -> Iterator[StaffFolder]:
    opened = open_staff_folder(data)
    yield opened
    opened.close()


def run(data: Path, *arguments: str) -> str:
    result = CliRunner().invoke(app, ["staff", *arguments, "--data", str(data)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_first_two_administrators(data: Path) -> None:
    assert run(data, "list").startswith("Nobody yet")
    assert run(data, "add", "ada@example.com") == "User 1 works for the house as: admin.\n"
    assert "admin, support" in run(data, "add", "ben@example.com", "--role", "admin", "--role", "support")
    assert run(data, "list").splitlines() == ["       1  active    admin", "       2  active    admin, support"]


@pytest.mark.parametrize(
    ("person", "code"),
    [("nobody@example.com", "user_not_found"), ("tim@example.com", "passkey_required"), ("x@", "email_invalid")],
)
def test_whoever_cannot_sign_in_as_staff_is_not_made_staff(data: Path, person: str, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        run(data, "add", person)
    assert refused.value.code == code
    assert run(data, "list").startswith("Nobody yet")


def test_from_two_administrators_on_the_machine_grants_nothing(data: Path) -> None:
    for person in ("ada@example.com", "ben@example.com"):
        run(data, "add", person)
    with pytest.raises(RefusedError, match="two administrators"):
        run(data, "add", "ada@example.com", "--role", "finance")


def test_somebody_who_must_go_is_out_at_once(data: Path, folder: StaffFolder) -> None:
    for person in ("ada@example.com", "ben@example.com"):
        run(data, "add", person)
    sessions, client = folder.office.sessions, StaffClient("127.0.0.1", "Firefox")
    token = sessions.open(sessions.begin(1, client), client).token
    assert "works for the house no more" in run(data, "remove", "ada@example.com")
    with pytest.raises(RefusedError) as refused:
        sessions.find(token, client)
    assert refused.value.code == "session_ended"
    assert run(data, "add", "ada@example.com").startswith("User 1 works"), "a house is never left without a way on"
    assert folder.office.audit.verify().broken is None


def test_other_accounts_of_a_person_are_noted(data: Path, folder: StaffFolder) -> None:
    run(data, "add", "ada@example.com", "--also", "tim@example.com")
    with pytest.raises(RefusedError) as refused:
        folder.office.record(StaffSession(1, signed_in_with_passkey=True), "house.read", 3)
    assert refused.value.code == "conflict_of_interest"


def test_a_folder_without_an_exchange(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="missing"):
        run(tmp_path / "nothing", "list")
    assert not (tmp_path / "nothing").exists()


def test_the_ready_staff_of_a_sandbox_stay_the_same(data: Path, folder: StaffFolder) -> None:
    box = open_box(data)

    def ready() -> list[SandboxStaff]:
        return ensure_staff(data, box, folder.people, folder.office, ORIGIN, NOW_MS)

    first = ready()
    assert [one.name for one in first] == ["ada", "ben"]
    assert all(set(one.roles) == set(folder.office.rules.roles) for one in first)
    assert ready() == first
    kept = (data / FILE_NAME).read_bytes()
    assert all(secret.encode() not in kept for one in first for secret in (one.password, one.passkey.credential_id))
    assert (data / FILE_NAME).stat().st_mode & 0o077 == 0
    folder.office.staff.take_away(first[1].user_id)
    assert ready() == first, "with one administrator left the sandbox mends itself"
    (data / FILE_NAME).write_bytes(b"damaged")
    with pytest.raises(DataCorruptError):
        ready()


def test_networks_of_staff() -> None:
    assert staff_settings(()).networks == LOOPBACK
    assert [str(one) for one in staff_settings(("10.0.0.0/8", "192.0.2.7")).networks] == ["10.0.0.0/8", "192.0.2.7/32"]
    for wrong in ("10.0.0.1/8", "here", ""):
        with pytest.raises(SettingsError):
            staff_settings((wrong,))
