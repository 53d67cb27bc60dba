"""Secrets at rest, encrypted with age to a key file in the data folder.

Why here: the port ``SecretBox`` must not know files. Invariant: the key file is readable by its owner only, and is
never replaced once made.
"""

import os
from pathlib import Path

import pyrage

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.primitives.errors import DataCorruptError, DataError

_HEADER = "# Keep this file: without it the secrets of the API keys beside it cannot be read.\n"


def open_age_box(key_file: Path) -> MemorySecretBox:
    """The box that belongs to ``key_file``, which is made when absent. Raises ``DataError``."""
    try:
        _make_key_file(key_file)
        _check_rights(key_file)
        lines = key_file.read_text(encoding="ascii").splitlines()
    except OSError as error:
        message = f"The key file {key_file} cannot be used: {error.strerror}."
        raise DataError(message, "Check the folder and its rights.") from error
    except UnicodeDecodeError as error:
        raise _damaged(key_file) from error
    text = next((line for line in lines if line.startswith("AGE-SECRET-KEY-")), "")
    try:
        return MemorySecretBox(pyrage.x25519.Identity.from_str(text))
    except pyrage.IdentityError as error:
        raise _damaged(key_file) from error


def _make_key_file(key_file: Path) -> None:
    if key_file.exists():
        return
    # Written whole before it gets its name, so that a crash leaves no half key that later starts would trust.
    draft = key_file.with_name(f"{key_file.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, f"{_HEADER}{pyrage.x25519.Identity.generate()}\n".encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        # A link never replaces: of two processes starting at once, the second takes the first one's key.
        os.link(draft, key_file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _check_rights(key_file: Path) -> None:
    mode = key_file.stat().st_mode & 0o777
    if mode & 0o077:
        message = f"The key file {key_file} may be read by others (mode {mode:o})."
        raise DataError(message, f"Run: chmod 600 {key_file}")


def _damaged(key_file: Path) -> DataCorruptError:
    return DataCorruptError(f"The key file {key_file} holds no age key.", "Restore it from a backup.")
