"""Pictures of every screen at every width in both themes, for people to look at: ``make screens``."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.person import Person, Script, Town
from tests.e2e.staff import Member
from tests.web.people import sign_up
from tests.web.screens import SCREENS, Screen, Who
from tests.web.site import ROOT, THEMES, WIDTHS, Site

ROUTES = ROOT / "web" / "src" / "routes"


def address_of(page: Path) -> str:
    """The address of a page's file."""
    return "/" + page.parent.relative_to(ROUTES).as_posix()


def test_every_screen_stands_in_the_table() -> None:
    patterns = {
        address: re.compile(
            "".join("[^/]+" if part.startswith("[") else part for part in re.split(r"(\[\w+\])", address))
        )
        for address in map(address_of, ROUTES.rglob("+page.svelte"))
    }
    paths = [screen.path for screen in SCREENS]
    lacking = [address for address, pattern in patterns.items() if not any(map(pattern.fullmatch, paths))]
    assert lacking == []
    assert len({screen.name for screen in SCREENS}) == len(SCREENS)


@pytest.mark.lengthy
@pytest.mark.timeout(900)
@pytest.mark.parametrize("who", ["nobody", "demo", "person", "staff"])
def test_every_screen_has_its_picture_taken(site: Site, who: Who) -> None:
    # Who has no guide to go through is told so by the API.
    site.expected = ("refused: 404",)
    page, known = let_in(site, who)
    # What lies beyond the edge of a screen is told of all of them together.
    beyond = [told for screen in SCREENS if screen.who == who for told in taken(site, page, screen, known)]
    assert beyond == []


def let_in(site: Site, who: Who) -> tuple[Page, dict[str, str]]:
    """A window of somebody, and what stands for names in addresses."""
    if who == "staff":
        return staff_at_work(site)
    page = site.open("/sign-up" if who == "person" else "/trade/BTC-USDT")
    if who == "person":
        sign_up(page, Town(site.sandbox), "screens.web@example.com")
        expect(page).to_have_url(re.compile(r"/overview$"))
    elif who == "demo":
        site.start_demo(page)
    return page, {}


def staff_at_work(site: Site) -> tuple[Page, dict[str, str]]:
    """One of the ready staff, with somebody who was restricted and appeals."""
    town = Town(site.sandbox)
    script = Script(site.sandbox)
    person = Person(town, "seen.web", "+14155551399")
    person.sign_up(script)
    ada, ben = Member(site.sandbox, 0), Member(site.sandbox, 1)
    user = int(ada.done("POST", "/people/search", {"text": person.email})["user_id"])
    why = {"kind": "risk_review", "reason": "a picture of a case", "reference": "ticket 1"}
    placed = ada.done("POST", f"/people/{user}/restrictions", why)
    ben.done("POST", f"/proposals/{placed['proposal']}/approve")
    (restriction,) = script.call("GET", "/me/restrictions").body
    script.call("POST", "/appeals", {"restriction_id": restriction["restriction_id"], "text": "It was my own money."})
    site.origin = site.sandbox.told["staff_door"]
    page = site.open("/staff")
    page.get_by_role("button", name="Sign in as Ada").click()
    link = page.get_by_role("row").filter(has_text=f"Person {user}").get_by_role("link").first
    address = link.get_attribute("href") or ""
    return page, {"case": address.rsplit("/", 1)[-1], "user": str(user)}


def taken(site: Site, page: Page, screen: Screen, known: dict[str, str]) -> list[str]:
    """Take pictures of a screen; tells where something of it lies beyond the edge."""
    page.goto(site.origin + screen.path.format(**known))
    page.get_by_role(screen.waits).filter(visible=True).first.wait_for()  # type: ignore[arg-type]  # one of its words
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    found = []
    for size, (width, height) in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        open_tab(page, screen, size)
        for theme in THEMES:
            site.wear(page, theme)
            site.picture(page, f"all/{screen.name}-{size}-{theme}")
        if page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") > 0:
            found.append(f"{screen.name} at {size}")
    return found


def open_tab(page: Page, screen: Screen, size: str) -> None:
    """On a phone, lists lie behind a tab of their own."""
    if not screen.tab:
        return
    if size == "phone" and page.get_by_role("tab", name=screen.tab, exact=True).count() == 0:
        page.get_by_role("tab", name="Orders and assets").click()
    page.get_by_role("tab", name=screen.tab, exact=True).first.click()
