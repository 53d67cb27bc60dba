"""The door of staff: their pages and their API for those from the right network, and nothing of customers."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from webauthn import base64url_to_bytes

from lonja.bootstrap.sandbox_staff import ReadyDesk, ensure_staff
from lonja.edge.forwarded import TrustedProxies
from lonja.edge.networks import only_from
from lonja.edge.rate_limit import RateLimits
from lonja.edge.rest.app import ASGIApp
from lonja.edge.sandbox.ready_staff import ready_staff_app
from lonja.edge.site.app import Site
from lonja.edge.site.files import SiteFile
from lonja.edge.staff.app import staff_app
from lonja.edge.staff.door import StaffDoor
from tests.edge.house import request
from tests.edge.staff.conftest import DESK, House

HTML = b"<!doctype html><title>staff</title>"
SITE = Site(
    {
        "/index.html": SiteFile(b"text/html; charset=utf-8", b'"1"', HTML),
        "/_app/immutable/a.js": SiteFile(b"text/javascript", b'"2"', b"start()"),
    }
)
PAGE = {"Accept": "text/html", "Host": "localhost:8090"}
HERE = "127.0.0.1"
ORIGIN = "http://localhost:8090"


@pytest.fixture
def ready(house: House, tmp_path: Any) -> ReadyDesk:
    """Ada and Ben, who are hired by the sandbox."""
    desk, town = ReadyDesk(), house.town
    desk.people = ensure_staff(tmp_path, town.box, house.people, house.back, ORIGIN, town.now_ms)
    return desk


@pytest.fixture
def door(house: House, ready: ReadyDesk) -> ASGIApp:
    house.people.passkeys.move_to((ORIGIN,))

    def lets_in(address: str) -> bool:
        return address == HERE or house.services.lets_in(address)

    limits, api = RateLimits(lambda: 0.0, enabled=True), staff_app(replace(house.services, lets_in=lets_in))
    return StaffDoor(api, SITE, lets_in, limits, TrustedProxies(), ready_staff_app(ready))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/staff", 200),
        ("/staff/cases/7", 200),
        ("/_app/immutable/a.js", 200),
        ("/", 307),
        ("/trade/BTC-USDT", 404),
        ("/overview", 404),
        ("/staffing", 404),
        ("/api/v5/public/time", 404),
        ("/api/account/me", 404),
        ("/metrics", 404),
        ("/sandbox/clock", 404),
    ],
)
async def test_staff_find_their_pages_and_none_of_customers(door: ASGIApp, path: str, status: int) -> None:
    reply = await request(door, "GET", path, headers=PAGE, address=DESK if "sandbox" not in path else HERE)
    assert reply.status == status
    assert b"strict-transport-security" not in reply.headers
    if status == 200 and path.startswith("/staff"):
        assert reply.raw == HTML
        assert b"default-src 'none'" in reply.headers[b"content-security-policy"]
        assert reply.headers[b"x-frame-options"] == b"DENY"


@pytest.mark.parametrize("path", ["/staff", "/staff/", "/staff/cases/7"])
def test_customers_find_no_page_of_staff(path: str) -> None:
    scope = {"path": path, "method": "GET", "headers": [(b"accept", b"text/html")]}
    assert SITE.answer(scope) is None
    assert SITE.answer(scope | {"path": "/staffing"}) is not None


@pytest.mark.parametrize("path", ["/staff", "/", "/sandbox/staff", "/_app/immutable/a.js", "/api/staff/queues"])
async def test_other_networks_get_nothing(door: ASGIApp, path: str) -> None:
    reply = await request(door, "GET", path, headers=PAGE, address="192.0.2.1")
    assert reply.status == 403
    assert json.loads(reply.raw)["code"] == "network_refused"


async def test_the_ready_staff_sign_in_by_the_keys_of_the_sandbox(door: ASGIApp) -> None:
    transport = httpx.ASGITransport(door, client=(HERE, 5_000))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN}) as page:

        async def post(path: str, body: object) -> Any:
            reply = await page.post(path, json=body)
            assert reply.status_code == 200, reply.text
            return reply.json()

        shown = (await page.get("/sandbox/staff")).json()["data"]
        assert [one["name"] for one in shown] == ["ada", "ben"]
        begun = await post("/api/staff/sign-in", {name: shown[0][name] for name in ("identifier", "password")})
        asked = {"name": "ada", "challenge": begun["options"]["challenge"]}
        (credential,) = (await post("/sandbox/staff/passkey", asked))["data"]
        assert json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))["origin"] == ORIGIN
        session = await post("/api/staff/sign-in/passkey", {"sign_in": begun["sign_in"], "credential": credential})
        assert session["csrf_token"] == (await page.get("/api/staff/sign-in")).json()["csrf_token"]


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "address", "code"),
    [
        ("GET", "/sandbox/staff", b"", {}, DESK, "403"),
        ("GET", "/sandbox/staff", b"", {"Origin": "http://127.0.0.1:8080"}, HERE, "403"),
        ("GET", "/sandbox/staff", b"", {"Sec-Fetch-Site": "same-site"}, HERE, "403"),
        ("POST", "/sandbox/staff", b"", {}, HERE, "50115"),
        ("GET", "/sandbox/staff/passkey", b"", {}, HERE, "50115"),
        ("POST", "/sandbox/staff/passkey", b"[]", {}, HERE, "51000"),
        ("POST", "/sandbox/staff/passkey", b'{"name": "ada"}', {}, HERE, "50014"),
        ("POST", "/sandbox/staff/passkey", b'{"name": "eve", "challenge": "x"}', {}, HERE, "51000"),
    ],
)
async def test_the_keys_of_the_ready_staff_answer_to_this_machine_alone(
    door: ASGIApp, method: str, path: str, body: bytes, headers: dict[str, str], address: str, code: str
) -> None:
    reply = await request(door, method, path, body, {"Host": "127.0.0.1:8090"} | headers, address)
    assert (reply.code, reply.data) == (code, [])


async def test_a_sandbox_without_controls_has_no_ready_staff_at_its_door(house: House) -> None:
    limits = RateLimits(lambda: 0.0, enabled=True)
    door = StaffDoor(house.app, Site({}), only_from([]), limits, TrustedProxies())
    assert (await request(door, "GET", "/sandbox/staff", address=HERE)).status == 403
    open_door = StaffDoor(house.app, Site({}), lambda _: True, limits, TrustedProxies())
    for path in ("/sandbox/staff", "/staff", "/"):
        assert (await request(open_door, "GET", path, headers=PAGE)).status == 404
