"""One running sandbox for all clients, and each client pointed at it by its host alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ccxt
import pytest

from tests.conformance.clients import ccxt_client
from tests.conformance.futures import OPTIONS
from tests.conformance.surface import given, sub_key
from tests.e2e.sandbox_process import SandboxProcess

__all__ = ["given", "sub_key"]


@pytest.fixture(scope="package")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("conformance") / "data", "--rate-limits", "off") as process:
        yield process


@pytest.fixture(scope="package")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A sandbox for contracts, see ``futures.OPTIONS``."""
    with SandboxProcess(tmp_path_factory.mktemp("standing") / "data", *OPTIONS) as process:
        yield process


@pytest.fixture
def exchange(standing: SandboxProcess) -> Iterator[SandboxProcess]:
    """The sandbox for contracts as it is for two new people, and nothing left of them when the test ends."""
    yield standing.of_new_people()
    standing.call("POST", "/sandbox/reset")


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[SandboxProcess]:
    """A sandbox as it is without options: with rate limits."""
    with SandboxProcess(tmp_path / "limited") as process:
        yield process


@pytest.fixture
def quiet(sandbox: SandboxProcess) -> Iterator[SandboxProcess]:
    """The sandbox, with nothing of ours in any book when the test begins and ends."""
    cancel_everything(sandbox)
    yield sandbox
    cancel_everything(sandbox)


def cancel_everything(sandbox: SandboxProcess) -> None:
    for account in range(2):
        while rows := sandbox.get("/api/v5/trade/orders-pending", account):
            orders = [{"instId": row["instId"], "ordId": row["ordId"]} for row in rows[:20]]
            sandbox.call("POST", "/api/v5/trade/cancel-batch-orders", orders, account)


@pytest.fixture
def trader(quiet: SandboxProcess) -> ccxt.okx:
    return ccxt_client(ccxt.okx, quiet.told)


@pytest.fixture
def other(quiet: SandboxProcess) -> ccxt.okx:
    return ccxt_client(ccxt.okx, quiet.told, account=1)


@pytest.fixture(scope="package")
def documented(shared_folder: Path) -> dict[str, Any]:
    """What the documentation says of each operation, by method and path."""
    path = shared_folder / "fixtures/okx-v5/derived/rest-schemas.json"
    operations: dict[str, Any] = json.loads(path.read_text())["operations"]
    return operations
