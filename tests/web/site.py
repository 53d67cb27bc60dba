"""What tests of the pages need: windows of any size and theme, and an eye on what must never happen in one."""

import os
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from lonja.edge.site.files import BUILT
from tests.e2e.sandbox_process import SandboxProcess

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "build" / "screens"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {"desktop": (1440, 900), "tablet": (1024, 900), "phone": (390, 844)}
THEMES = ("dark", "light")

WATCH = """
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
        window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
    });
"""
SETTLED = """async () => {
    const frame = () => new Promise((next) => requestAnimationFrame(next));
    const turning = () => document.getAnimations().filter((one) => one instanceof CSSTransition);
    // What is taken off the page while it turns may never say that it has ended, and some things never rest.
    const until = performance.now() + 2000;
    const late = () => new Promise((next) => setTimeout(next, 500));
    // What inherits a color goes over after what it inherits it from.
    for (let calm = 0; calm < 2 && performance.now() < until; ) {
        await frame();
        const turns = turning();
        calm = turns.length ? 0 : calm + 1;
        await Promise.race([late(), Promise.all(turns.map((one) => one.finished.catch(() => null)))]);
    }
}"""
CHECK = """async (part) => {
    const tags = part ? [part] : ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const found = await axe.run(document, {runOnly: tags, resultTypes: ['violations']});
    return found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 4).map((node) => node.html.slice(0, 160))}`);
}"""


def require_pages() -> None:
    """Skip where the pages were not built; in CI they must be."""
    if not (BUILT / "index.html").exists():
        message = "the pages are not built: make web"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


class Site:
    """A browser on the pages of a sandbox. Whatever its windows complain of is kept until the end."""

    def __init__(self, browser: Browser, sandbox: SandboxProcess) -> None:
        self._browser, self.sandbox = browser, sandbox
        self.origin: str = sandbox.told["rest"]
        self._contexts: list[BrowserContext] = []
        self._pages: list[Page] = []
        self._heard: list[str] = []
        self.expected: tuple[str, ...] = ()
        """Parts of complaints that the test provokes."""

    def open(self, path: str = "/", *, size: str = "desktop", theme: str = "dark", language: str = "en") -> Page:
        """A window of its own, with cookies and storage of its own."""
        width, height = WIDTHS[size]
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            locale=language,
            reduced_motion="reduce",
        )
        context.add_init_script(WATCH)
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._heard.append(f"error: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)
        self._pages.append(page)
        page.goto(self.origin + path)
        return page

    def start_demo(self, page: Page) -> None:
        """Trade with play money."""
        page.get_by_role("button", name="Demo", exact=True).click()
        page.get_by_role("button", name="Signed in as").wait_for()

    def wear(self, page: Page, theme: str) -> None:
        """Have the machine ask for another theme, without another visit."""
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.evaluate(SETTLED)

    def axe(self, page: Page, part: str = "") -> list[str]:
        """What stands in the way of people who see, hear or move differently; of one ``part`` of the rules alone."""
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[str] = page.evaluate(CHECK, part)
        return found

    def picture(self, page: Page, name: str) -> None:
        """Keep what is seen, for people to look at."""
        page.screenshot(path=SCREENS / f"{name}.png")

    def complaints(self) -> list[str]:
        """Errors, requests to anybody else, and what the policy of the pages had to forbid."""
        for page in self._pages:
            blocked: list[Any] = page.evaluate("() => window.violations")
            self._heard += [f"policy: {one}" for one in blocked]
        return [one for one in self._heard if not any(part in one for part in self.expected)]

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _console(self, message: ConsoleMessage) -> None:
        # Which request it was is said by its response.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self._heard.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= HTTPStatus.BAD_REQUEST:
            self._heard.append(f"refused: {response.status} {response.url}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self._heard.append(f"elsewhere: {request.url}")
