"""Accounts at other providers over HTTP, with a real provider that signs real tokens."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from lonja.adapters.clock import SystemClock
from lonja.adapters.guarded_http import GuardedHttp
from lonja.adapters.oidc_provider import OidcProvider
from lonja.modules.identity.api import ProviderSettings
from tests.adapters.oidc_server import CLIENT_ID, HOST, SECRET, OidcServer, running
from tests.edge.account.conftest import SAFARI, Caller, Office, Reply
from tests.modules.identity.people.conftest import EMAIL, TERMS

ELSEWHERE = "alice@provider.example.com"
ORIGIN = "https://lonja.example"


@pytest.fixture(scope="module")
def listening() -> Iterator[OidcServer]:
    with running() as server:
        yield server


@pytest.fixture
def provider(listening: OidcServer, office: Office) -> OidcServer:
    listening.behave()
    listening.now_s = SystemClock().now_ms() // 1000
    settings = ProviderSettings("example", "Example", listening.issuer, CLIENT_ID, SECRET)
    http = GuardedHttp({HOST}, is_local=True, resolve=lambda _host, _port: ["127.0.0.1"])
    office.town.people.connected.offer([OidcProvider(settings, SystemClock().now_ms, http)])
    office.town.people.connected.move_to(ORIGIN)
    return listening


class Visitor:
    """A page, and the provider it goes to."""

    def __init__(self, office: Office, provider: OidcServer, user_agent: str = SAFARI) -> None:
        self.caller, self.provider = office.browser(user_agent), provider

    async def go(self, kind: str = "sign-in", subject: str = "subject-1", **form: str) -> dict[str, str]:
        """There and back: what the page finds behind the #."""
        begun = await self.caller.call("POST", f"/connected/{kind}/begin", {"provider": "example", **form})
        assert begun.status == 200, begun
        state, code = self.provider.authorize(begun.body["address"], ELSEWHERE, subject)
        return await self.come_back(state, code)

    async def come_back(self, state: str, code: str, name: str = "example") -> dict[str, str]:
        path = f"/api/account/connected/callback/{name}"
        answer = await self.caller.http.get(path, params={"state": state, "code": code})
        assert answer.status_code == 303
        page = urlsplit(answer.headers["location"])
        assert (page.scheme, page.netloc, page.query) == ("", "", ""), "a page of ours, with nothing a server sees"
        return {"page": page.path, **{name: values[0] for name, values in parse_qs(page.fragment).items()}}

    async def finish(self, brought: dict[str, str], kind: str = "sign-in", **headers: str) -> Reply:
        body = {"state": brought["state"], "code": brought["code"]}
        return await self.caller.call("POST", f"/connected/{kind}/finish", body, **headers)


@pytest.fixture
def visitor(office: Office, provider: OidcServer) -> Visitor:
    return Visitor(office, provider)


async def linked(office: Office, provider: OidcServer) -> Visitor:
    """Somebody signed up whose account is connected."""
    owner = Visitor(office, provider)
    assert (await owner.caller.sign_up()).status == 201
    answer = await owner.finish(await owner.go("link"), "link")
    assert answer.status == 201, answer
    return owner


async def test_a_person_signs_up_by_a_provider_and_signs_in_again(office: Office, visitor: Visitor) -> None:
    brought = await visitor.go(page="sign-up")
    assert brought["page"] == "/sign-up"
    arrived = await visitor.finish(brought)
    assert (arrived.status, arrived.body["stage"], arrived.body["label"]) == (
        200,
        "sign_up",
        "al***@provider.example.com",
    )
    form = {"arrival": arrived.body["arrival"], "residence": "ES", "agreements": [TERMS.text_hash]}
    begun = await visitor.caller.call("POST", "/connected/sign-up", form)
    assert begun.status == 202, begun
    code = office.town.post.code(ELSEWHERE)
    done = await visitor.caller.call("POST", "/sign-up/confirm", {"sign_up": begun.body["sign_up"], "code": code})
    assert done.status == 201
    (account,) = (await visitor.caller.call("GET", "/connected")).body
    assert (account["provider"], account["title"]) == ("example", "Example")
    assert (await visitor.caller.call("DELETE", f"/connected/{account['connected']}")).code == "last_way_in"
    again = await visitor.finish(await visitor.go())
    assert (again.status, again.body["stage"]) == (200, "factor")


async def test_it_counts_like_a_password(office: Office, provider: OidcServer) -> None:
    await linked(office, provider)
    stranger = Visitor(office, provider)
    step = await stranger.finish(await stranger.go())
    assert (step.body["stage"], step.body["methods"]) == ("factor", ["email"])
    assert "session_token" not in step.body
    assert (await stranger.caller.call("GET", "/me")).code == "signed_out"
    token = step.body["sign_in"]
    await stranger.caller.call("POST", "/sign-in/code", {"sign_in": token, "method": "email"})
    form = {"sign_in": token, "method": "email", "answer": office.town.post.code(EMAIL)}
    assert (await stranger.caller.call("POST", "/sign-in/factor", form)).body["stage"] == "device"


async def test_a_page_is_told_no_tokens_that_a_planted_script_could_read(office: Office, provider: OidcServer) -> None:
    await linked(office, provider)
    page = Visitor(office, provider)
    own = {"origin": "http://127.0.0.1:8080"}
    begun = await page.caller.call("POST", "/connected/sign-in/begin", {"provider": "example"}, **own)
    assert begun.body["connect_token"] == ""
    brought = await page.come_back(*provider.authorize(begun.body["address"], ELSEWHERE))
    step = await page.finish(brought, **own)
    assert (step.body["stage"], step.body.get("device_token", "")) == ("factor", "")


async def test_linking_and_unlinking_need_a_step_up(office: Office, provider: OidcServer) -> None:
    owner = await linked(office, provider)
    (account,) = (await owner.caller.call("GET", "/connected")).body
    office.town.wait(6 * 60_000)
    for method, path, body in (
        ("POST", "/connected/link/begin", {"provider": "example"}),
        ("POST", "/connected/link/finish", {"state": "x", "code": "y"}),
        ("DELETE", f"/connected/{account['connected']}", None),
    ):
        assert (await owner.caller.call(method, path, body)).code == "step_up_required"


async def test_another_browser_cannot_finish(office: Office, visitor: Visitor, provider: OidcServer) -> None:
    """Login CSRF: what an attacker brought back is of no use in the victim's browser."""
    brought = await visitor.go()
    victim = Visitor(office, provider)
    await victim.go()
    assert (await victim.finish(brought)).code == "connecting_over"
    assert (await victim.finish(brought, origin="https://evil.example")).code == "csrf_failed"
    assert (await visitor.finish(brought)).status == 200


HOSTS = ["evil.example", "lonja.example@evil.example", "", "[::1]:80"]


async def test_the_house_is_never_told_its_own_address_by_a_request(visitor: Visitor) -> None:
    """Host-header trick: the code would come back to somebody else."""
    for host in HOSTS:
        headers = {"host": host, "x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
        begun = await visitor.caller.call("POST", "/connected/sign-in/begin", {"provider": "example"}, **headers)
        query = parse_qs(urlsplit(begun.body["address"]).query)
        assert query["redirect_uri"] == [f"{ORIGIN}/api/account/connected/callback/example"], host


PAGES = ["//evil.example", "https://evil.example", "javascript:alert(1)", "/sign-in", "sign-in\n", ""]


async def test_no_page_but_ours_can_be_asked_for(visitor: Visitor) -> None:
    """Open redirect by the form."""
    for page in PAGES:
        form = {"provider": "example", "page": page}
        answer = await visitor.caller.call("POST", "/connected/sign-in/begin", form)
        assert answer.code == "request_invalid", page


CALLBACKS = [
    ("example", "made up", "code"),
    ("evil", "", ""),
    ("example", "\r\nlocation: https://evil.example", "x"),
    ("//evil.example", "", ""),
    ("%2f%2fevil.example", "x", "//evil.example"),
]


async def test_nothing_that_comes_back_leads_anywhere_else(visitor: Visitor) -> None:
    """Open redirect and header injection by the return address."""
    for name, state, code in CALLBACKS:
        path = f"/api/account/connected/callback/{name}"
        answer = await visitor.caller.http.get(path, params={"state": state, "code": code})
        location = answer.headers.get("location", "")
        is_ours = location.startswith("/sign-in#provider=") and "error=over" in location
        assert answer.status_code == (303 if is_ours else 404), (name, state, code)


async def test_a_code_is_not_shown_to_the_page_when_it_came_by_another_provider(visitor: Visitor) -> None:
    """Mix-up: the code is of use to whom it was not meant for."""
    begun = await visitor.caller.call("POST", "/connected/sign-in/begin", {"provider": "example"})
    state, code = visitor.provider.authorize(begun.body["address"], ELSEWHERE)
    assert "code" not in await visitor.come_back(state, code, "other")
    assert (await visitor.come_back(state, code))["code"] == code


async def test_who_refuses_at_the_provider_is_told_so(visitor: Visitor) -> None:
    begun = await visitor.caller.call("POST", "/connected/sign-in/begin", {"provider": "example"})
    state, _ = visitor.provider.authorize(begun.body["address"], ELSEWHERE)
    assert (await visitor.come_back(state, ""))["error"] == "refused"


async def test_nobody_sees_or_unlinks_what_is_somebody_elses(office: Office, provider: OidcServer) -> None:
    owner = await linked(office, provider)
    (account,) = (await owner.caller.call("GET", "/connected")).body
    other = office.browser()
    await other.sign_up("bob@example.com")
    assert (await other.call("GET", "/connected")).body == []
    for name in (account["connected"], "0", "-1", "x", "9" * 30, "\u0661"):
        assert (await other.call("DELETE", f"/connected/{name}")).code == "connected_not_found"
    assert len((await owner.caller.call("GET", "/connected")).body) == 1


async def test_who_may_sign_in_by_whom_is_open_to_everybody(visitor: Visitor) -> None:
    answer = await visitor.caller.call("GET", "/connected/providers")
    assert answer.body == [{"provider": "example", "title": "Example"}]
    begun: Caller = visitor.caller
    assert (await begun.call("POST", "/connected/sign-in/begin", {"provider": "nobody"})).status == 404
