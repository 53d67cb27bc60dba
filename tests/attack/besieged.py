"""A whole house, as it is wired, and callers that try every operation its OpenAPI file names.

Why the whole one: an operation that is added anywhere is attacked from the day it is there.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from lonja.adapters.clock import ManualClock
from lonja.bootstrap.settings import Settings
from lonja.bootstrap.wiring import House, build_house
from lonja.edge.account.services import ACCOUNT_PREFIX
from lonja.edge.services import App
from lonja.modules.identity.api import Client

NOW_MS = 1_790_000_000_000
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
ADDRESS = "203.0.113.7"
PASSWORD = "Quarry-7-lantern"
ORIGIN = "http://127.0.0.1:8080"
CHANGING = ("post", "put", "patch", "delete")


class Operation(NamedTuple):
    """One row of the OpenAPI file."""

    method: str
    path: str
    about: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path.removeprefix(ACCOUNT_PREFIX) or '/'}"

    @property
    def content_type(self) -> str:
        """What kind of body it takes, "" for none."""
        return next(iter(self.about.get("requestBody", {}).get("content", {})), "")

    def filled(self, value: str) -> str:
        """The path with ``value`` for each of its names."""
        parts = [value if part.startswith("{") else part for part in self.path.split("/")]
        return "/".join(parts)


class Person:
    """Somebody with a session that was stepped up a moment ago."""

    def __init__(self, siege: "Siege", user_id: int, email: str, token: str) -> None:
        self.siege, self.user_id, self.email, self.token = siege, user_id, email, token

    async def script(self, method: str, path: str, **request: Any) -> httpx.Response:
        """As a script, with the token."""
        headers = {"authorization": f"Bearer {self.token}", **request.pop("headers", {})}
        return await self.siege.ask(method, path, headers=headers, **request)

    async def page(self, method: str, path: str, **request: Any) -> httpx.Response:
        """As a browser with the cookie and nothing else."""
        headers = {"cookie": f"lonja_session={self.token}", **request.pop("headers", {})}
        return await self.siege.ask(method, path, headers=headers, **request)


class Siege:
    """The account API of a house, and what it says of itself."""

    def __init__(self, house: House, clock: ManualClock, app: App) -> None:
        self.house, self.clock, self._numbers = house, clock, count(1)
        # Any: the edge hides which framework it is made of.
        self.app: Any = app
        self._transport = httpx.ASGITransport(app, client=(ADDRESS, 5000), raise_app_exceptions=False)
        self.document: dict[str, Any] = {}

    async def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=self._transport, base_url=ORIGIN) as http:
            headers = {"user-agent": BROWSER, **request.pop("headers", {})}
            return await http.request(method.upper(), path, headers=headers, **request)

    def person(self) -> Person:
        """Somebody new, signed in."""
        people, now_ms, email = self.house.people, self.clock.now_ms(), f"person{next(self._numbers)}@example.com"
        user_id = people.sign_ups.enroll(email, PASSWORD, "ES", now_ms)
        opened = people.sign_ins.admit(user_id, "passkey", Client(ADDRESS, BROWSER), now_ms).opened
        assert opened is not None
        return Person(self, user_id, email, opened.token)

    def operations(self, *methods: str) -> list[Operation]:
        return [
            Operation(method, path, about)
            for path, rows in sorted(self.document["paths"].items())
            for method, about in rows.items()
            if method in methods
        ]

    def parameters(self) -> dict[str, set[str]]:
        """What each operation is given, by its name."""
        return {
            Operation(method.lower(), route.path_format, {}).name: set(handler.parsed_fn_signature.parameters)
            for route in self.app.routes
            for handler in getattr(route, "route_handlers", ())
            for method in handler.http_methods
            if method != "OPTIONS" and "openapi" not in route.path_format
        }

    def fields(self, operation: Operation) -> set[str]:
        """The fields that an operation documents for its body."""
        schema = operation.about["requestBody"]["content"][operation.content_type]["schema"]
        if "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return set(schema.get("properties", {}))

    def body(self, operation: Operation) -> Any:
        """A body of the documented form."""
        content = operation.about["requestBody"]["content"][operation.content_type]
        return self.value(content["schema"])

    def value(self, schema: Mapping[str, Any]) -> Any:
        """Something of the documented form ``schema``."""
        if "$ref" in schema:
            return self.value(self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
        if "enum" in schema or "const" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        for union in ("oneOf", "anyOf", "allOf"):
            if union in schema:
                return self.value(schema[union][0])
        kind = schema.get("type", "string")
        if isinstance(kind, list):
            kind = kind[0]
        if kind == "object":
            required = schema.get("required", ())
            return {name: self.value(part) for name, part in schema.get("properties", {}).items() if name in required}
        plain = {"array": [], "integer": 1, "number": 1, "boolean": True, "null": None}
        return plain.get(kind, "x")

    def texts(self, value: Any) -> Iterator[str]:
        """Every text in an answer."""
        if isinstance(value, dict):
            for inner in value.values():
                yield from self.texts(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from self.texts(inner)
        elif isinstance(value, str):
            yield value


@asynccontextmanager
async def besieged(folder: Path) -> AsyncIterator[Siege]:
    """A house of its own in ``folder``."""
    clock = ManualClock(NOW_MS)
    house = await build_house(Settings(data=folder), clock)
    try:
        siege = Siege(house, clock, house.services.apps[ACCOUNT_PREFIX])
        siege.document = (await siege.ask("get", f"{ACCOUNT_PREFIX}/openapi.json")).json()
        yield siege
    finally:
        await house.close()


async def request_of(siege: Siege, operation: Operation, **more: Any) -> dict[str, Any]:
    """What to send with ``operation`` so that its form is the documented one."""
    if operation.content_type == "application/json":
        return {"json": siege.body(operation) | more}
    if operation.content_type:
        return {"content": b"x", "headers": {"content-type": operation.content_type}}
    return {}
