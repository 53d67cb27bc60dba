"""Fixtures of the REST tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.edge.house import House, open_house


@pytest.fixture
async def rest(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as running:
        yield running


@pytest.fixture
async def futures(tmp_path: Path) -> AsyncIterator[House]:
    """A house with contracts."""
    async with open_house(tmp_path, with_contracts=True) as running:
        yield running


@pytest.fixture
async def pooled(tmp_path: Path) -> AsyncIterator[House]:
    """A house with contracts, whose traders are in multi-currency mode."""
    async with open_house(tmp_path, with_contracts=True, with_collateral=True) as running:
        yield running
