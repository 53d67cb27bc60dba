"""Opens the identity database of a data folder with its key file.

Why here: only ``bootstrap`` may know that secrets lie in an age file and identity in SQLite.
"""

from collections.abc import Callable
from pathlib import Path

from lonja.adapters.secrets_age import open_age_box
from lonja.modules.identity.api import Identity, KeyPolicy, SecretBox
from lonja.primitives.errors import DataError

IDENTITY_NAME = "identity.sqlite"
KEY_FILE_NAME = "secrets.key"


def open_box(data: Path) -> SecretBox:
    """The secret box of ``data``. Raises ``DataError``."""
    return open_age_box(data / KEY_FILE_NAME)


def require_identity(data: Path) -> None:
    """Raise ``DataError`` when a file of ``data`` is gone that was there before its first customer."""
    lost = {IDENTITY_NAME: "nobody knows whose accounts these are", KEY_FILE_NAME: "nobody can read the API keys"}
    for name, consequence in lost.items():
        path = data / name
        if not path.exists() or not path.stat().st_size:
            message = f"{path} is missing, without which {consequence}."
            raise DataError(message, "Restore it from a copy, or begin anew in another folder.")


def open_identity(
    data: Path, clock: Callable[[], int], policy: KeyPolicy | None = None, *, create: bool = True
) -> Identity:
    """Identity of the data folder ``data``. Raises ``DataError``, also when there is none and ``create`` is off."""
    path = data / IDENTITY_NAME
    if not create and not path.exists():
        raise DataError(f"{data} holds no exchange.", "Start one with `lonja sandbox --data DIR`, or name its folder.")
    return Identity(f"sqlite:///{path.resolve()}", open_box(data), clock, policy)
