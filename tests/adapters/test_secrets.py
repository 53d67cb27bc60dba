"""One contract for every ``SecretBox``, and what the key file adds."""

import stat
from pathlib import Path

import pytest

from lonja.adapters.secrets_age import open_age_box
from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.primitives.errors import DataCorruptError, DataError
from lonja.storage.ports import SecretBox


@pytest.fixture(params=["memory", "age key file"])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> SecretBox:
    return MemorySecretBox() if request.param == "memory" else open_age_box(tmp_path / "secrets.key")


@pytest.mark.parametrize("secret", [b"", b"\0", b"secret", bytes(range(256))])
def test_a_secret_comes_back(box: SecretBox, secret: bytes) -> None:
    sealed = box.seal(secret, "key-1")
    assert box.open(sealed, "key-1") == secret
    assert not secret or secret == b"\0" or secret not in sealed


def test_it_opens_for_its_context_only(box: SecretBox) -> None:
    with pytest.raises(DataCorruptError, match="exchanged"):
        box.open(box.seal(b"secret", "key-1"), "key-2")


def test_an_altered_one_does_not_open(box: SecretBox) -> None:
    sealed = bytearray(box.seal(b"secret", "key-1"))
    sealed[-1] ^= 1
    with pytest.raises(DataCorruptError, match="cannot be read"):
        box.open(bytes(sealed), "key-1")


def test_rubbish_does_not_open(box: SecretBox) -> None:
    with pytest.raises(DataCorruptError):
        box.open(b"rubbish", "key-1")


def test_another_box_does_not_open_it(box: SecretBox) -> None:
    with pytest.raises(DataCorruptError, match="cannot be read"):
        MemorySecretBox().open(box.seal(b"secret", "key-1"), "key-1")


def test_the_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    sealed = open_age_box(path).seal(b"secret", "key-1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.key"]
    assert open_age_box(path).open(sealed, "key-1") == b"secret"


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    open_age_box(path)
    path.chmod(0o644)
    with pytest.raises(DataError, match="chmod 600"):
        open_age_box(path)


@pytest.mark.parametrize("content", [b"", b"AGE-SECRET-KEY-1NONSENSE\n", b"\xff\xfe"])
def test_a_damaged_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secrets.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(DataCorruptError, match="holds no age key"):
        open_age_box(path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be used"):
        open_age_box(tmp_path / "nowhere" / "secrets.key")
