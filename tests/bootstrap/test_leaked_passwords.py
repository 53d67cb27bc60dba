"""The list of leaked passwords that an operator puts into the data folder, as it is offered for download."""

import hashlib
from pathlib import Path

import pytest

from lonja.bootstrap.people import LEAKED_PASSWORDS, leaked_passwords
from lonja.primitives.errors import DataError

LEAKED = [f"Leaked-password-{number}" for number in range(200)]
FRESH = [f"Fresh-password-{number}" for number in range(200)]


def digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def lines(passwords: list[str]) -> list[str]:
    return sorted(digest(password) for password in passwords)


FORMS = {
    "with counts": "\n".join(f"{line}:{17 * number}" for number, line in enumerate(lines(LEAKED), 1)),
    "with an end of line at the end": "\n".join(lines(LEAKED)) + "\n",
    "from Windows": "\r\n".join(lines(LEAKED)) + "\r\n",
    "in lower case": "\n".join(lines(LEAKED)).lower(),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_every_leaked_password_is_found_and_no_other(tmp_path: Path, text: str) -> None:
    (tmp_path / LEAKED_PASSWORDS).write_text(text, newline="")
    (known,) = leaked_passwords(tmp_path)
    assert all(known.holds(password) for password in LEAKED)
    assert not any(known.holds(password) for password in FRESH)


def test_a_list_of_one(tmp_path: Path) -> None:
    (tmp_path / LEAKED_PASSWORDS).write_text(digest(LEAKED[0]))
    (known,) = leaked_passwords(tmp_path)
    assert [known.holds(LEAKED[0]), known.holds(FRESH[0])] == [True, False]


def test_without_a_file_there_is_no_list(tmp_path: Path) -> None:
    assert leaked_passwords(tmp_path) == ()


def test_an_empty_list_is_named_at_the_start(tmp_path: Path) -> None:
    (tmp_path / LEAKED_PASSWORDS).touch()
    with pytest.raises(DataError, match=LEAKED_PASSWORDS):
        leaked_passwords(tmp_path)
