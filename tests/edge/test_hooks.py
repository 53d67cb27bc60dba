"""What other services report goes to who asked for it, bounded and by POST only."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from lonja.edge.rest.app import HOOK_BYTES_MAX, build_app
from tests.edge.house import House, request


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "heard"),
    [
        ("POST", "/hooks/voice", b"pressed", 200, [b"pressed"]),
        ("POST", "/hooks/voice", b"not signed", 401, [b"not signed"]),
        ("POST", "/hooks/voice", b"x" * (HOOK_BYTES_MAX + 1), 413, []),
        ("GET", "/hooks/voice", b"", 405, []),
        ("POST", "/hooks/other", b"pressed", 404, []),
    ],
)
async def test_a_report_reaches_its_hook(
    rest: House, method: str, path: str, body: bytes, status: int, heard: list[bytes]
) -> None:
    taken: list[bytes] = []

    async def hook(headers: Mapping[bytes, bytes], body: bytes) -> int:
        assert headers[b"x-lonja-signature"] == b"v1=abc"
        taken.append(body)
        return 200 if body == b"pressed" else 401

    app = build_app(replace(rest.services, hooks={"/hooks/voice": hook}))
    reply = await request(app, method, path, body, {"x-lonja-signature": "v1=abc"})
    assert (reply.status, taken) == (status, heard)
