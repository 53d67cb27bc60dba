"""Answers to browsers: what they carry, whatever they are, and how many one address gets."""

from collections.abc import Mapping
from typing import Any

import pytest

from lonja.edge.people_guard import COSTLY, HEADERS, REQUESTS, STAY_WITH_TLS, guarded
from lonja.edge.rate_limit import RateLimits

COSTLY_PATH, PATH = "/api/account/sign-in", "/api/account/me"


class World:
    """A clock, limits, and an application that answers with its own headers."""

    def __init__(self, headers: Mapping[bytes, bytes] | None = None, status: int = 200) -> None:
        self.now_s, self.asked = 0.0, 0
        self.limits = RateLimits(lambda: self.now_s)
        self._headers = list((headers or {b"content-type": b"application/json"}).items())
        self._status = status

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": b"{}"})

    async def ask(
        self, path: str = PATH, method: str = "POST", address: str = "203.0.113.7", place: str = "http://localhost"
    ) -> tuple[int, Any, bytes]:
        """Status, headers and body; ``place`` is how the house was asked for."""
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request"}

        async def send(message: Any) -> None:
            sent.append(message)

        scheme, _, host = place.partition("://")
        asked = {"type": "http", "method": method, "path": path, "client": (address, 1)}
        scope = asked | {"scheme": scheme, "headers": [(b"host", host.encode())]}
        await guarded(self.app, self.limits, scope, receive, send)
        start, content = sent
        return start["status"], start["headers"], content["body"]


@pytest.mark.parametrize("status", [200, 204, 404, 500])
async def test_every_answer_carries_the_headers(status: int) -> None:
    _, headers, _ = await World(status=status).ask()
    assert set(HEADERS) <= set(headers)


async def test_what_an_answer_brings_along_stays() -> None:
    own = {b"Cache-Control": b"public", b"content-type": b"text/plain"}
    _, headers, _ = await World(own).ask()
    named = [value for name, value in headers if name.lower() == b"cache-control"]
    assert named == [b"public"]
    assert (b"x-content-type-options", b"nosniff") in headers


PLACES = [
    ("https://lonja.example", True),
    ("https://lonja.example:8443", True),
    ("http://lonja.example", False),
    ("https://localhost:8443", False),
    ("https://LOCALHOST", False),
    ("https://127.0.0.1:8443", False),
    ("https://[::1]:8443", False),
    ("https://", False),
]


@pytest.mark.parametrize(("place", "stays"), PLACES)
async def test_a_name_of_the_house_alone_stays_with_tls(place: str, *, stays: bool) -> None:
    _, headers, _ = await World().ask(place=place)
    assert (STAY_WITH_TLS in headers) is stays


async def test_one_address_alone_has_too_many() -> None:
    world = World()
    for _ in range(REQUESTS.limit):
        assert (await world.ask())[0] == 200
    world.now_s += 20.5
    status, headers, body = await world.ask()
    assert (status, world.asked) == (429, REQUESTS.limit)
    assert (b"retry-after", b"40") in headers
    assert b'"code":"too_many_requests"' in body
    assert set(HEADERS) <= set(headers)
    assert (await world.ask(address="203.0.113.8"))[0] == 200
    world.now_s += REQUESTS.window_s
    assert (await world.ask())[0] == 200


@pytest.mark.parametrize("path", [COSTLY_PATH, COSTLY_PATH + "/", "/api//account/sign-in//"])
async def test_what_hashes_a_password_is_had_less_often(path: str) -> None:
    world = World()
    statuses = [(await world.ask(path))[0] for _ in range(COSTLY.limit + 1)]
    assert statuses == [200] * COSTLY.limit + [429]
    assert (await world.ask(PATH))[0] == 200
    assert (await world.ask(path, "GET"))[0] == 200
