"""Staff at work on their pages: two people decide a case, why somebody cannot do something, the log, funds, the engine."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lonja.edge.site.files import BUILT, STAFF_ONLY
from tests.e2e.browser import Tab
from tests.e2e.papers import hand_in_identity, renewed
from tests.e2e.person import Person, Script, Town
from tests.e2e.staff import Member
from tests.web.site import THEMES, WIDTHS, Site

STAY = {"kind": "risk_review", "reason": "money from a hacked account"}


CODE_OF_STAFF = """async () => {
    const scripts = performance.getEntriesByType('resource').map((one) => one.name).filter((name) => /\\.js$/.test(name));
    const texts = await Promise.all(scripts.map((name) => fetch(name).then((answer) => answer.text())));
    return scripts.length ? scripts.filter((_, at) => /api\\/staff|Ready staff/.test(texts[at])) : ['no script at all'];
}"""
"""Which of the scripts that a page loaded are those of staff."""


@pytest.fixture
def town(site: Site) -> Town:
    """The customers' side; windows of ``site`` open at the door of staff."""
    town = Town(site.sandbox)
    site.origin = site.sandbox.told["staff_door"]
    return town


def at_work(site: Site, name: str, **look: Any) -> Page:
    """A browser of its own in which one of the ready staff signed in."""
    page = site.open("/staff", **look)
    page.get_by_role("button", name=f"Sign in as {name}").click()
    expect(page.get_by_role("heading", name="Cases")).to_be_visible()
    return page


def customer(town: Town, name: str, number: int) -> tuple[Script, int]:
    """Somebody who signed up, and their number in the house."""
    script = Script(town.sandbox)
    person = Person(town, name, f"+1415555{number}")
    person.sign_up(script)
    found = Member(town.sandbox).done("POST", "/people/search", {"text": person.email})
    return script, int(found["user_id"])


def sent_to_review(town: Town, script: Script, user: int) -> None:
    """Two members of staff restrict somebody, who appeals."""
    ada, ben = Member(town.sandbox, 0), Member(town.sandbox, 1)
    placed = ada.done("POST", f"/people/{user}/restrictions", STAY | {"reference": f"ticket {user}"})
    ben.done("POST", f"/proposals/{placed['proposal']}/approve")
    (restriction,) = script.call("GET", "/me/restrictions").body
    appeal = {"restriction_id": restriction["restriction_id"], "text": "It was my own money."}
    assert script.call("POST", "/appeals", appeal).status == 201


def row_of(page: Page, text: str) -> Any:
    return page.get_by_role("row").filter(has_text=text)


def proposal_about(page: Page, user: int) -> Locator:
    """The row of a proposal that waits; other proposals of this house may fill a page before it."""
    row, more = row_of(page, f"Person {user}"), page.get_by_role("button", name="More proposals").first
    expect(row.or_(more).first).to_be_visible()
    if not row.is_visible():
        more.click()
    expect(row).to_be_visible()
    return row


def test_two_people_decide_the_case_of_somebody_sent_to_review(site: Site, town: Town) -> None:
    script, user = customer(town, "iva.office", 1201)
    sent_to_review(town, script, user)
    ada, ben = at_work(site, "Ada"), at_work(site, "Ben")
    ada.keyboard.press("r")
    expect(row_of(ada, f"Person {user}")).to_contain_text("Appeal")
    row_of(ada, f"Person {user}").get_by_role("button", name="Take the case").click()
    expect(ada.get_by_text("It was my own money.")).to_be_visible()
    ada.get_by_role("button", name="Open", exact=True).first.click()
    expect(ada.get_by_text("risk_review").first).to_be_visible()
    ada.get_by_role("radio", name="Grant").check()
    ada.get_by_label("Reason").fill("Papers of the bank seen.")
    ada.get_by_role("button", name="Decide").click()
    expect(ada.get_by_text("Your decision waits for a second person.")).to_be_visible()
    assert len(script.call("GET", "/me/restrictions").body) == 1
    ben.keyboard.press("g")
    ben.keyboard.press("p")
    expect(ben.get_by_role("heading", name="Proposals")).to_be_visible()
    proposal_about(ben, user).get_by_role("button").click()
    dialog = ben.get_by_role("dialog")
    expect(dialog).to_contain_text("Papers of the bank seen.")
    dialog.get_by_role("button", name="Approve").click()
    expect(ben.get_by_text("Approved and carried out.")).to_be_visible()
    (answer,) = script.call("GET", "/appeals").body
    assert (answer["state"], answer["reason"]) == ("granted", "Papers of the bank seen.")
    assert script.call("GET", "/me/restrictions").body == []
    ada.keyboard.press("r")
    expect(ada.get_by_text("Decided by you: Grant").first).to_be_visible()


@pytest.mark.lengthy
def test_a_frozen_customer_is_explained_and_the_log_tells_who_froze(site: Site, town: Town) -> None:
    _, user = customer(town, "jon.office", 1202)
    page = at_work(site, "Ada")
    page.get_by_role("link", name="People").click()
    page.get_by_label("E-mail, phone number or user id").fill("jon.office@example.com")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", name=f"Person {user}")).to_be_visible()
    page.get_by_role("button", name="Freeze the account").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("called from a lost telephone")
    page.get_by_role("dialog").get_by_role("button", name="Freeze the account").click()
    expect(page.get_by_text("The account is frozen.")).to_be_visible()
    expect(page.get_by_role("region", name="Recent acts").first).to_contain_text("account.freeze")
    page.get_by_role("region", name="Rights").get_by_role("link", name=re.compile("^Spot")).first.click()
    verdict = page.get_by_role("region", name="Decision")
    expect(verdict).to_contain_text("Denied")
    expect(verdict).to_contain_text("What decides: Account frozen")
    expect(verdict).to_contain_text("an unfreeze case")
    page.get_by_role("link", name=f"Person {user}").click()
    page.get_by_role("button", name="Propose an act").click()
    page.get_by_label("Act", exact=True).select_option("account.unfreeze")
    page.get_by_label("Reason").fill("the telephone was found")
    page.get_by_role("button", name="Propose", exact=True).click()
    expect(page.get_by_text("A second person can approve it now.")).to_be_visible()
    page.get_by_role("link", name="Proposals").click()
    expect(page.get_by_role("region", name="What you proposed").first).to_contain_text("the telephone was found")
    page.get_by_role("link", name="Audit log").click()
    page.get_by_label("About").fill(f"user:{user}")
    page.get_by_label("Action").fill("account.freeze")
    page.get_by_role("button", name="Search").click()
    row_of(page, "called from a lost telephone").first.get_by_role("button").click()
    expect(page.get_by_role("dialog")).to_contain_text("called from a lost telephone")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_text("each bound to all before it")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export as CSV").click()
    lines = saved.value.path().read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("sequence,time_ms,actor")
    assert any("called from a lost telephone" in line for line in lines)


@pytest.mark.lengthy
def test_a_case_is_given_to_a_colleague(site: Site, town: Town) -> None:
    script, user = customer(town, "lou.office", 1205)
    sent_to_review(town, script, user)
    ada, ben = at_work(site, "Ada"), at_work(site, "Ben")
    row_of(ada, f"Person {user}").get_by_role("button", name="Take the case").click()
    ada.get_by_role("button", name="Give to a colleague").click()
    dialog = ada.get_by_role("dialog")
    dialog.get_by_role("button", name="Give to a colleague").click()
    expect(dialog.get_by_label("Colleague")).to_have_attribute("aria-invalid", "true")
    number = Member(town.sandbox, 1).done("GET", "/sign-in")["user_id"]
    dialog.get_by_label("Colleague").select_option(str(number))
    assert site.axe(ada) == []
    dialog.get_by_role("button", name="Give to a colleague").click()
    expect(ada.get_by_text(f"The case is with member {number} now.")).to_be_visible()
    expect(ada.get_by_role("region", name="Decision")).to_contain_text(f"member {number} has this case.")
    ben.keyboard.press("r")
    row_of(ben, f"Person {user}").get_by_role("link").first.click()
    expect(ben.get_by_role("button", name="Decide")).to_be_visible()


@pytest.mark.lengthy
def test_proposals_beyond_a_page_come_when_somebody_asks(site: Site, town: Town) -> None:
    _, user = customer(town, "max.office", 1206)
    ada = Member(town.sandbox, 0)
    for number in range(103):
        values = {"act": "factor.reset", "user_id": user, "reason": "a call", "values": {"factor": f"phone {number}"}}
        ada.done("POST", "/proposals", values)
    for name, region in (("Ada", "What you proposed"), ("Ben", "For you to answer")):
        page = at_work(site, name)
        page.get_by_role("link", name="Proposals").click()
        lists = page.get_by_role("region", name=region).first
        # Other proposals of this house stand among them.
        expect(lists.locator("[data-row]")).to_have_count(100)
        lists.get_by_role("button", name="More proposals").click()
        expect(lists.get_by_role("row").filter(has_text="factor: phone")).to_have_count(103)
        expect(lists.get_by_role("button", name="More proposals")).to_have_count(0)


def test_customers_find_no_staff_at_their_door_nor_staff_customers_at_theirs(site: Site, town: Town) -> None:
    site.expected = ("refused: 404", "elsewhere: ")
    customers, staff = site.sandbox.told["rest"], site.origin
    page = site.open("/staff")
    for address in (f"{customers}/staff", f"{customers}/staff/cases/1", f"{staff}/trade/BTC-USDT", f"{staff}/overview"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404, address
    customers_page = site.open("/staff")
    customers_page.goto(f"{customers}/sign-in")
    expect(customers_page.get_by_role("button", name="Continue", exact=True)).to_be_visible()
    assert customers_page.evaluate(CODE_OF_STAFF) == []
    of_staff = json.loads((BUILT / STAFF_ONLY[1:]).read_text(encoding="utf-8"))
    found = [[customers_page.request.get(door + path).status for path in of_staff] for door in (customers, staff)]
    assert found == [[404] * len(of_staff), [200] * len(of_staff)]


@pytest.mark.lengthy
def test_keys_lead_through_the_pages_and_one_browser_is_one_person(site: Site, town: Town) -> None:
    page = at_work(site, "Ada")
    page.keyboard.press("g")
    page.keyboard.press("f")
    expect(page.get_by_role("button", name=re.compile("BTC-USDT")).first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("main [data-row]").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("the last week")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Security Funds")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in as Ada")).to_be_enabled()
    expect(page.get_by_role("button", name="Sign in as Ben")).to_be_disabled()
    expect(page.get_by_text("Ben needs another browser or a private window")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Sign in as Ben")).to_be_disabled()
    kept = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert not re.search(r"[\w-]{20,}|@", kept), kept


@pytest.mark.lengthy
def test_what_people_hand_in_is_shown_as_a_picture_and_nothing_else(site: Site, town: Town, browser: Browser) -> None:
    context = browser.new_context()
    tab, person = Tab(context, town.origin()), Person(town, "kim.office", "+14155551204")
    person.sign_up(tab)
    person.bind_phone(tab)
    person.bind_authenticator(tab)
    hand_in_identity(tab, renewed("K10204060"), "CH")
    user = town.user_id(tab.call("GET", "/me").body["uid"])
    context.close()
    staff = at_work(site, "Ada")
    town.until(lambda: reload_finds(staff, f"Person {user}"))
    row_of(staff, f"Person {user}").get_by_role("link").first.click()
    staff.get_by_role("button", name="Take the case").click()
    closed = staff.get_by_role("button", name="Open", exact=True)
    for left in reversed(range(closed.count())):
        closed.first.click()
        expect(closed).to_have_count(left)
    pictures = staff.get_by_role("main").get_by_role("img")
    expect(pictures.first).to_be_visible()
    assert all((picture.get_attribute("src") or "").startswith("blob:") for picture in pictures.all())
    assert pictures.first.evaluate("(shown) => shown.naturalWidth") >= 900
    look(site, staff, "office-pictures-desktop-dark")


def reload_finds(page: Page, text: str) -> bool:
    page.keyboard.press("r")
    page.wait_for_load_state("networkidle")
    return row_of(page, text).count() > 0


@pytest.mark.lengthy
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", list(WIDTHS))
def test_every_page_at_every_width_and_theme_is_open_to_everybody(
    site: Site, town: Town, size: str, theme: str
) -> None:
    script, user = customer(town, f"pic.office.{size}.{theme}", 1203)
    sent_to_review(town, script, user)
    page = site.open("/staff", size=size, theme=theme)
    expect(page.get_by_role("button", name="Sign in as Ada")).to_be_visible()
    look(site, page, f"office-sign-in-{size}-{theme}")
    page.get_by_role("button", name="Sign in as Ada").click()
    expect(page.get_by_role("link", name=re.compile("^Case ")).first).to_be_visible()
    look(site, page, f"office-cases-{size}-{theme}")
    placed = {"kind": "risk_review", "reference": f"pictures {user}", "reason": "a pattern of deposits"}
    Member(town.sandbox, 1).done("POST", f"/people/{user}/restrictions", placed)
    page.goto(f"{site.origin}/staff/proposals")
    row_of(page, f"pictures {user}").get_by_role("button").click()
    expect(page.get_by_role("dialog")).to_contain_text("a pattern of deposits")
    look(site, page, f"office-proposal-{size}-{theme}")
    page.keyboard.press("Escape")
    look(site, page, f"office-proposals-{size}-{theme}")
    page.goto(f"{site.origin}/staff")
    row_of(page, f"Person {user}").get_by_role("link").first.click()
    expect(page.get_by_text("It was my own money.")).to_be_visible()
    page.get_by_role("button", name="Take the case").click()
    page.get_by_role("button", name="Open", exact=True).first.click()
    expect(page.get_by_role("radio", name="Grant")).to_be_visible()
    look(site, page, f"office-case-{size}-{theme}")
    page.goto(f"{site.origin}/staff/people/{user}")
    expect(page.get_by_role("region", name="Rights").get_by_role("link").first).to_be_visible()
    look(site, page, f"office-person-{size}-{theme}")
    page.get_by_role("button", name="Propose an act").click()
    page.get_by_label("Act", exact=True).select_option("restriction.lift")
    look(site, page, f"office-propose-{size}-{theme}")
    page.keyboard.press("Escape")
    page.goto(f"{site.origin}/staff/rights?user={user}&capability=money.withdraw")
    expect(page.get_by_text("What decides")).to_be_visible()
    look(site, page, f"office-rights-{size}-{theme}")
    for path, shown in (("audit", "customer.read"), ("funds", "Stands well"), ("engine", "All is well")):
        page.goto(f"{site.origin}/staff/{path}")
        expect(page.get_by_text(shown).first).to_be_visible()
        if path == "funds":
            page.get_by_role("main").get_by_role("button", name=re.compile("SWAP")).first.click()
            expect(page.get_by_text("the last week")).to_be_visible()
        look(site, page, f"office-{path}-{size}-{theme}")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    look(site, page, f"office-keys-{size}-{theme}")


def look(site: Site, page: Page, name: str) -> None:
    """Nothing in anybody's way, nothing beyond the edge, and a picture."""
    assert site.axe(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0
    site.picture(page, name)
