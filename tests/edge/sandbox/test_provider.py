"""The sandbox's own provider: programs are answered where to go, people are asked on a page."""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import urlencode

import pytest

from lonja.adapters.provider_local import LocalProvider
from lonja.edge.rest.app import build_app
from lonja.edge.sandbox.app import control_app
from tests.edge.house import Reply, request
from tests.edge.sandbox.conftest import LOCAL, Sandbox

HOME = "http://localhost:8080/api/account/connected/callback/sandbox"
ASKED = {"state": "s", "nonce": "n", "challenge": "c", "redirect": HOME}


class Asking:
    """Somebody who was sent to the provider."""

    def __init__(self, sandbox: Sandbox) -> None:
        provider = LocalProvider()
        provider.move_to("http://localhost:8080")
        control = control_app(replace(sandbox.control, provider=provider))
        self._app = build_app(sandbox.house.services, control)

    async def ask(self, **params: str) -> Reply:
        return await request(self._app, "GET", f"/sandbox/provider?{urlencode(params)}", b"", LOCAL)


@pytest.fixture
def asking(sandbox: Sandbox) -> Asking:
    return Asking(sandbox)


async def test_a_program_is_told_where_to_go(asking: Asking) -> None:
    (row,) = (await asking.ask(**ASKED, email="ana@example.com")).json["data"]
    assert row["address"].startswith(f"{HOME}?state=s&code=")


async def test_people_say_on_a_page_who_they_are_and_go_on(asking: Asking) -> None:
    page = (await asking.ask(**ASKED | {"state": '"><script>'})).raw.decode()
    assert "<script" not in page
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    sent = {name: unescape(value) for name, value in fields.items()}
    assert sent == ASKED | {"state": '"><script>', "page": "yes"}
    way_on = (await asking.ask(**sent, email="<b>ana")).raw.decode()
    assert "Go on as &lt;b&gt;ana" in way_on
    (address,) = re.findall(r'href="([^"]*)"', way_on)
    assert address.startswith(f"{HOME}?state=")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "50014"),
        ({"email": "a@b.c", **ASKED, "redirect": "https://evil.example"}, "51000"),
        ({"x": "1"}, "51000"),
    ],
)
async def test_what_leads_elsewhere_or_nowhere_is_refused(asking: Asking, params: dict[str, str], code: str) -> None:
    assert (await asking.ask(**params)).code == code
