"""What every test has: no network but loopback, and the recorded real-world data when it is there."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


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
