"""The cookies of a page: over TLS they belong to this host alone, and nothing planted otherwise counts."""

import httpx
import pytest

from tests.edge.account.conftest import Caller, Office

ADDRESSES = {"http": "http://127.0.0.1:8080", "https": "https://lonja.example"}


def page(office: Office, scheme: str) -> Caller:
    """A page that was opened with or without TLS."""
    caller = office.browser()
    caller.http.base_url = httpx.URL(ADDRESSES[scheme])
    return caller


@pytest.mark.parametrize(
    ("scheme", "names", "path", "is_secure"),
    [
        ("http", {"lonja_session", "lonja_device"}, "/api/account", False),
        ("https", {"__Host-lonja_session", "__Host-lonja_device"}, "/", True),
    ],
)
async def test_over_tls_cookies_belong_to_this_host(
    office: Office, scheme: str, names: set[str], path: str, *, is_secure: bool
) -> None:
    laptop = page(office, scheme)
    done = await laptop.sign_up()
    assert {cookie.name for cookie in laptop.http.cookies.jar} == names
    for line in done.headers.get_list("set-cookie"):
        parts = [part.strip().lower() for part in line.split(";")[1:]]
        assert {"httponly", "samesite=strict", f"path={path}"} <= set(parts)
        assert ("secure" in parts) is is_secure
        assert not any(part.startswith("domain") for part in parts), "browsers refuse such names with a domain"
    assert (await laptop.call("GET", "/me")).status == 200
    assert (await laptop.call("DELETE", "/sign-in")).status == 204
    assert not any(cookie.name.endswith("session") for cookie in laptop.http.cookies.jar)


async def test_who_signs_out_leaves_nothing_but_the_device(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    gone = await laptop.call("DELETE", "/sign-in")
    assert gone.headers["clear-site-data"] == '"cache", "storage"'
    assert {cookie.name for cookie in laptop.http.cookies.jar} == {"lonja_device"}
    assert (await laptop.sign_in()).body["stage"] == "done", "the browser is still known"


async def test_what_was_planted_without_tls_signs_nobody_in_over_tls(office: Office) -> None:
    """Session fixation from the network: whoever can set a cookie for http cannot set the one that counts."""
    attacker = page(office, "http")
    await attacker.sign_up()
    planted = attacker.http.cookies["lonja_session"]
    victim = page(office, "https")
    victim.http.cookies.set("lonja_session", planted, domain="lonja.example", path="/")
    assert (await victim.call("GET", "/me")).code == "signed_out"


async def test_a_page_is_never_told_its_tokens(office: Office) -> None:
    """Scripts that somebody plants in a page can read what it is answered, but no cookie of ours."""
    laptop = office.browser()
    laptop.headers["origin"] = ADDRESSES["http"]
    done = (await laptop.sign_up()).body
    assert (done["stage"], bool(done["csrf_token"])) == ("done", True)
    assert not {"session_token", "device_token"} & set(done)
    assert (await laptop.call("GET", "/me")).status == 200
    assert (await laptop.sign_in()).body["stage"] == "done", "the device is known by its cookie"
