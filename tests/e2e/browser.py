"""A real Chromium with a virtual authenticator, on a minimal page of the sandbox's own origin."""

import os
import shutil
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--ignore-certificate-errors",
    "--use-fake-device-for-media-stream",
)
"""Tests may run as root and in a container; the certificate is of the sandbox's own authority; the camera is drawn."""
PATH = "/page-under-test"
HTML = "<!doctype html><title>lonja</title>"

FETCH = """async ([method, path, body, headers]) => {
    const options = {method, headers: {...headers}, credentials: 'same-origin'}
    if (body !== null) {
        options.body = JSON.stringify(body)
        options.headers['content-type'] = 'application/json'
    }
    const response = await fetch('/api/account' + path, options)
    const text = await response.text()
    return [response.status, text ? JSON.parse(text) : null]
}"""
UPLOAD = """async ([path, content, headers]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))
    const body = new FormData()
    body.append('file', new Blob([bytes], {type: 'image/jpeg'}), 'picture.jpg')
    const response = await fetch('/api/account' + path, {method: 'PUT', headers, body, credentials: 'same-origin'})
    return [response.status, JSON.parse(await response.text())]
}"""
CREATE = """async (options) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
    return (await navigator.credentials.create({publicKey})).toJSON()
}"""
GET = """async (options) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
    return (await navigator.credentials.get({publicKey})).toJSON()
}"""
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Reply(NamedTuple):
    """What the account API answered."""

    status: int
    body: Any

    @property
    def code(self) -> str:
        """The code of a refusal, "" for anything else."""
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""


class Tab:
    """A page of the house in a browser that keeps its cookies to itself, with a passkey chip in the machine."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.context, self._origin = context, origin
        self.page: Page = context.new_page()
        self.headers: dict[str, str] = {}
        self.page.route(f"**{PATH}", _answer_page)
        self.page.goto(origin + PATH)
        self._devtools = context.new_cdp_session(self.page)
        self._devtools.send("WebAuthn.enable")
        added = self._devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        self._authenticator = added["authenticatorId"]

    def call(self, method: str, path: str, body: object = None) -> Reply:
        """Have the page ask the account API; the token against forged requests is taken from the answer, as a page does."""
        status, answer = self.page.evaluate(FETCH, [method, path, body, self.headers])
        if isinstance(answer, dict) and answer.get("csrf_token"):
            self.headers["x-csrf-token"] = answer["csrf_token"]
        return Reply(status, answer)

    def upload(self, path: str, content: bytes) -> Reply:
        """Have the page hand a picture in, as a form with a file does."""
        return Reply(*self.page.evaluate(UPLOAD, [path, b64encode(content).decode(), self.headers]))

    def make_passkey(self, options: dict[str, Any]) -> dict[str, Any]:
        """What the browser's authenticator answers to the options to make a passkey."""
        made: dict[str, Any] = self.page.evaluate(CREATE, options)
        return made

    def use_passkey(self, options: dict[str, Any]) -> dict[str, Any]:
        """What it answers to the options to use one."""
        used: dict[str, Any] = self.page.evaluate(GET, options)
        return used

    def press(self, link: str, label: str) -> str:
        """Open a link of the house in a tab of its own, press a button, and read the heading of what comes."""
        with self.context.new_page() as opened:
            opened.goto(self._origin + link)
            with opened.expect_navigation():
                opened.get_by_role("button", name=label, exact=True).click()
            return opened.get_by_role("heading").inner_text()

    def cookies(self) -> list[Any]:
        """What the house left in this browser."""
        return list(self.context.cookies())

    def copy_passkeys_to(self, other: "Tab") -> None:
        """Give another browser the same passkeys, as a synchronized store would."""
        asked = {"authenticatorId": self._authenticator}
        for credential in self._devtools.send("WebAuthn.getCredentials", asked)["credentials"]:
            given = {"authenticatorId": other._authenticator, "credential": credential}
            other._devtools.send("WebAuthn.addCredential", given)


class Chromium:
    """The running browser."""

    def __init__(self, running: Any) -> None:
        self._running = running

    def tab(self, origin: str, user_agent: str | None = None) -> Tab:
        """A new browser profile with one page at ``origin``."""
        return Tab(self._running.new_context(user_agent=user_agent, ignore_https_errors=True), origin)


@contextmanager
def chromium() -> Iterator[Chromium]:
    """Chromium of this machine, for passkeys and what else a page can do; skipped without one."""
    with launched() as browser:
        yield Chromium(browser)


@contextmanager
def launched() -> Iterator[Browser]:
    """Chromium of this machine; tests are skipped without one, and fail in CI."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        message = "there is no chromium on this machine: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def _answer_page(route: Route) -> None:
    route.fulfill(body=HTML, content_type="text/html")
