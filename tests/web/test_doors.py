"""People shut their account and come back: frozen from a phone, closed, named for an emergency, a password forgotten."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Reply
from tests.e2e.person import PASSWORD, Person, Script, Town
from tests.web.people import Here, arrive, look
from tests.web.site import THEMES, WIDTHS, Site

NEW_PASSWORD = "Lantern-8-quarry"
OVER = ("refused: 401", "refused: 403")
"""What a page hears whose session or key has just ended."""


@pytest.fixture
def town(site: Site) -> Town:
    return Town(site.sandbox)


def give_code(page: Page, code: str) -> None:
    page.get_by_label("Code", exact=True).fill(code)


def who(page: Page, person: Person, password: str = "") -> None:
    page.get_by_label("E-mail or phone number").fill(person.email)
    if password:
        page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Continue", exact=True).click()


def sign_in_again(here: Here, person: Person) -> Reply:
    """What the password alone is answered."""
    return here.call("POST", "/sign-in", {"identifier": person.email, "password": PASSWORD})


def test_an_account_is_frozen_from_a_phone_and_opened_again(site: Site, town: Town) -> None:
    site.expected = OVER
    dee = Person(town, "dee.doors", "+14155550181")
    page, here = arrive(site, town, dee, "/security", size="phone")
    dee.bind_phone(here)
    dee.bind_authenticator(here)
    page.get_by_role("link", name="Freeze the account").click()
    expect(page.get_by_text("Positions stay open.")).to_be_attached()
    freeze = page.get_by_role("button", name="Freeze my account")
    freeze.scroll_into_view_if_needed()
    assert freeze.bounding_box()["y"] < 844  # type: ignore[index]  # it is on the screen
    page.get_by_label("What happened").fill("lost my bag")
    freeze.click()
    page.get_by_role("dialog").get_by_role("button", name="Freeze now").click()
    expect(page).to_have_url(re.compile("/sign-in/recover"))
    expect(page.get_by_text("Your account is frozen.")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    assert sign_in_again(here, dee).code == "account_frozen"
    who(page, dee, PASSWORD)
    expect(page.get_by_text("We sent six digits to your linked contact")).to_be_visible()
    give_code(page, town.code(dee.email))
    expect(page.get_by_text("Given: e-mail")).to_be_visible()
    expect(page.get_by_text("We sent six digits to your linked contact")).to_be_visible()
    give_code(page, town.code(dee.phone))
    expect(page.get_by_text("Given: e-mail, phone")).to_be_visible()
    give_code(page, dee.code_of_authenticator())  # the one that linked the app was used
    page.get_by_role("button", name="Open the account").click()
    expect(page.get_by_text("Your account is open again.")).to_be_visible()
    assert sign_in_again(here, dee).status == 200


@pytest.mark.lengthy
def test_a_forgotten_password_is_chosen_anew(site: Site, town: Town) -> None:
    site.expected = OVER
    eli = Person(town, "eli.doors", "+14155550182")
    eli.sign_up(Script(town.sandbox))
    page = site.open("/sign-in")
    page.get_by_role("link", name="Forgotten your password?").click()
    expect(page.get_by_role("heading", name="Forgotten password")).to_be_visible()
    who(page, eli)
    expect(page.get_by_text("We sent six digits to your linked contact")).to_be_visible()
    give_code(page, "000000")
    expect(page.get_by_text("This code is wrong or over")).to_be_visible()
    give_code(page, town.code(eli.email))
    page.get_by_label("Choose a password").fill("short")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("The password lacks")).to_be_visible()
    page.get_by_label("Choose a password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    page.get_by_role("link", name="Back to sign in").click()
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    who(page, eli, NEW_PASSWORD)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()


@pytest.mark.lengthy
def test_a_lost_authenticator_is_said_proved_and_kept_after_all(site: Site, town: Town) -> None:
    fay = Person(town, "fay.doors", "+14155550184")
    page, here = arrive(site, town, fay, "/sign-in/reset")
    fay.bind_phone(here)
    fay.bind_authenticator(here)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Say what happened.")).to_be_visible()
    page.get_by_label("What happened").fill("the telephone fell into the sea")
    page.get_by_role("button", name="Continue").click()
    for address in (fay.email, fay.phone):
        expect(page.get_by_text("We sent six digits to")).to_contain_text("***")
        give_code(page, town.code(address))
        expect(page.get_by_text("Given: ")).to_be_visible()
    expect(page.get_by_text("We have it")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Somebody of ours looks at it.").first).to_be_visible()
    page.get_by_role("button", name="Keep it after all").click()
    expect(page.get_by_text("It was canceled")).to_be_visible()
    # Without a session the password comes first.
    stranger = site.open("/sign-in/reset")
    who(stranger, fay, PASSWORD)
    expect(stranger.get_by_label("What is lost?")).to_be_visible()


@pytest.mark.lengthy
def test_closing_is_taken_back_and_what_is_in_its_way_is_listed(site: Site, town: Town) -> None:
    gus = Person(town, "gus.doors", "+14155550185")
    page, _ = arrive(site, town, gus, "/security/close")
    expect(page.get_by_text("Nothing is in the way.")).to_be_visible()
    page.get_by_role("button", name="Close my account").click()
    expect(page.get_by_text("Tick this off first.")).to_be_visible()
    page.get_by_role("checkbox", name="I understand").check()
    page.get_by_role("button", name="Close my account").click()
    expect(page.get_by_text("Your account will be closed on")).to_be_visible()
    page.get_by_role("button", name="Keep my account").click()
    expect(page.get_by_text("Your account stays open.")).to_be_visible()
    town.fund(gus.uid, "USDT", "5")
    page.reload()
    expect(page.get_by_text("A balance in 1 currency")).to_be_visible()
    expect(page.get_by_role("button", name="Close my account")).to_have_count(0)
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("link", name="To the terminal")).to_be_visible()


@pytest.mark.lengthy
def test_somebody_is_named_for_an_emergency(site: Site, town: Town) -> None:
    page, _ = arrive(site, town, Person(town, "hed.doors", "+14155550186"), "/security/emergency-contact")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Enter an e-mail address.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    name_helper(page)
    expect(page.get_by_role("heading", name="Bea Gray")).to_be_visible()
    expect(page.get_by_text("After 6 months without a sign")).to_contain_text("tell Bea Gray")
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("You have named nobody yet.")).to_be_visible()


def name_helper(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("Bea Gray")
    page.get_by_label("What they are to you").fill("sister")
    page.get_by_label("E-mail address").fill("bea@example.net")
    page.get_by_label("Phone number").fill("+41 44 668 18 00")
    page.get_by_label("When you have not signed in for").select_option("6")
    page.get_by_role("button", name="Save").click()


@pytest.mark.lengthy
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", list(WIDTHS))
def test_every_door_is_open_to_everybody(site: Site, town: Town, size: str, theme: str) -> None:
    person = Person(town, f"dpic.{size}.{theme}", "+14155550187")
    page, _ = arrive(site, town, person, "/security/freeze", size=size, theme=theme)
    look(site, page, f"freeze-{size}-{theme}")
    page.get_by_role("button", name="Freeze my account").click()
    expect(page.get_by_role("button", name="Freeze now")).to_be_visible()
    look(site, page, f"freeze-ask-{size}-{theme}")
    page.goto(f"{site.origin}/security/close")
    expect(page.get_by_text("Nothing is in the way.")).to_be_visible()
    look(site, page, f"close-ready-{size}-{theme}")
    town.fund(person.uid, "USDT", "5")
    page.reload()
    expect(page.get_by_text("A balance in 1 currency")).to_be_visible()
    look(site, page, f"close-{size}-{theme}")
    page.goto(f"{site.origin}/security/emergency-contact")
    expect(page.get_by_text("You have named nobody yet.")).to_be_visible()
    look(site, page, f"helper-new-{size}-{theme}")
    name_helper(page)
    expect(page.get_by_role("heading", name="Bea Gray")).to_be_visible()
    look(site, page, f"helper-{size}-{theme}")
    page.goto(f"{site.origin}/sign-in/reset")
    expect(page.get_by_label("What is lost?")).to_be_visible()
    look(site, page, f"reset-{size}-{theme}")
    page.goto(f"{site.origin}/sign-in/recover?frozen")
    expect(page.get_by_text("Your account is frozen.")).to_be_visible()
    look(site, page, f"recover-{size}-{theme}")
    page.get_by_role("button", name="Choose another one").click()
    who(page, person)
    expect(page.get_by_text("We sent six digits to your linked contact")).to_be_visible()
    look(site, page, f"recover-factor-{size}-{theme}")
