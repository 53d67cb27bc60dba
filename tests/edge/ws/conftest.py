"""Fixtures of the WebSocket tests, which run on the event loop the house runs on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import uvloop

from tests.edge.ws.house import House, open_house


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as running:
        yield running


@pytest.fixture
async def futures(tmp_path: Path) -> AsyncIterator[House]:
    """A house with contracts."""
    async with open_house(tmp_path, with_contracts=True) as running:
        yield running
