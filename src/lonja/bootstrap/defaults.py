"""What holds when nobody says otherwise, known without importing anything of the server."""

from pathlib import Path
from typing import Final

DEFAULT_DATA: Final = Path("data/sandbox")
DEFAULT_PORT: Final = 8_080
DEFAULT_TLS_PORT: Final = 8_443
DEFAULT_STAFF_PORT: Final = 8_090
SANDBOX_FILE: Final = "sandbox.json"
"""Tells clients where a running sandbox is, and the keys of its accounts."""


def page_origin(port: int) -> str:
    """Where browsers meet the pages of a sandbox: by a name, since passkeys and providers take no number."""
    return f"http://localhost:{port}"
