"""Opens the identity database of a data folder with its key file.

Why here: only ``bootstrap`` may know that secrets lie in an age file and identity in SQLite.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from lonja.adapters.secrets_age import open_age_box
from lonja.modules.governance.api import Entity, RuleBook
from lonja.modules.identity.api import Identity, KeyPolicy, SecretBox
from lonja.primitives.errors import DataError
from lonja.primitives.instant import HOUR_MS

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


def ruled_keys(rules: RuleBook, clock: Callable[[], int]) -> Callable[[], KeyPolicy]:
    """The limits on keys as the rules have them, looked up once an hour since every request asks."""

    @lru_cache(maxsize=1)
    def policy_in(hour: int) -> KeyPolicy:
        def number(name: str) -> int:
            return rules.number(f"keys.{name}", Entity.OPERATOR, hour * HOUR_MS)

        return KeyPolicy(
            unused_days_max=number("unused_days_max"),
            networks_max=number("networks_max"),
            keys_per_account_max=number("per_account_max"),
            sub_accounts_max=number("sub_accounts_max"),
        )

    return lambda: policy_in(clock() // HOUR_MS)


def open_identity(
    data: Path, clock: Callable[[], int], limits: Callable[[], KeyPolicy] | None = None, *, create: bool = True
) -> Identity:
    """Identity of the data folder ``data``; ``limits`` says those on keys now.

    Raises ``DataError``, also when there is none and ``create`` is off.
    """
    path = data / IDENTITY_NAME
    if not create and not path.exists():
        raise DataError(f"{data} holds no exchange.", "Start one with `lonja sandbox --data DIR`, or name its folder.")
    identity = Identity(f"sqlite:///{path.resolve()}", open_box(data), clock)
    identity.policy_of = limits or identity.policy_of
    return identity
