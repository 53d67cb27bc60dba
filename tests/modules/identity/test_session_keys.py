"""Keys of signed-in pages that end by themselves, whatever can be asked of their sessions."""

import pytest

from lonja.modules.identity import session_keys
from lonja.modules.identity.session_keys import SessionKeys
from lonja.primitives.errors import DataError


def unreadable() -> bool:
    raise DataError("The database cannot be read.", "Look at the disk.")


def test_a_key_ends_when_its_session_must_though_nobody_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_keys, "CHECK_SECONDS", -1.0)
    now = [1_000]
    keys = SessionKeys(lambda: now[0])
    name = keys.open(2, "203.0.113.7", unreadable, 2_000).key.api_key
    now[0] = 1_999
    assert keys.find(name) is not None
    now[0] = 2_000
    assert keys.find(name) is None
    assert not keys.has(name)


def test_keys_of_sessions_that_are_over_are_dropped_when_another_is_opened() -> None:
    now = [1_000]
    keys = SessionKeys(lambda: now[0])
    over = keys.open(2, "203.0.113.7", lambda: True, 2_000).key.api_key
    now[0] = 2_000
    other = keys.open(3, "203.0.113.7", lambda: True, 3_000).key.api_key
    assert (keys.has(over), keys.has(other)) == (False, True)
