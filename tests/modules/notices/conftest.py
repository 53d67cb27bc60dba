"""Notices on SQLite and on a real PostgreSQL, with clocks that move at will."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.modules.notices.api import Channel, Letterhead, Notices, Recipient
from lonja.modules.notices.signing import DkimKey, new_dkim_key
from tests.modules.history.conftest import new_postgres_database

__all__ = ["database_url"]

START_MS = 1_800_000_000_000
HEAD = Letterhead("lonja", "https://lonja.example", "no-reply@lonja.example")


@cache
def one_key() -> DkimKey:
    """The key of all worlds: making one takes a moment."""
    return new_dkim_key()


class Hands:
    """A clock moved by hand."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self.value = now_ms

    def now_ms(self) -> int:
        return self.value


class World:
    """Notices with an exchange's clock and a machine's clock."""

    def __init__(self, url: str, box: MemorySecretBox | None = None, head: Letterhead = HEAD, **options: Any) -> None:
        self.url = url
        self.box = box or MemorySecretBox()
        self.exchange, self.machine = Hands(), Hands(START_MS + 7)
        self.notices = Notices(
            url, self.box, self.exchange.now_ms, self.machine.now_ms, head, new_key=one_key, **options
        )


def mail_to(address: str = "ana@example.com", code: str = "") -> Recipient:
    return Recipient(Channel.EMAIL, address, code)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, of each kind in turn."""
    if request.param == "postgres":
        return new_postgres_database(request.getfixturevalue("postgres_folder"))
    return f"sqlite:///{tmp_path / 'notices.sqlite'}"


@pytest.fixture
def open_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Opens worlds and closes them after the test."""
    opened: list[World] = []

    def open_at(url: str = "", **options: Any) -> World:
        opened.append(World(url or f"sqlite:///{tmp_path / 'notices.sqlite'}", **options))
        return opened[-1]

    yield open_at
    for world in opened:
        world.notices.close()


@pytest.fixture
def world(open_world: Callable[..., World]) -> World:
    return open_world()
