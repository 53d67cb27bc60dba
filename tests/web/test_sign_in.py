"""People sign up and in on the pages, see what they may do and why, and trade."""

import re
from typing import cast

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import AUTHENTICATOR, Tab
from tests.e2e.person import PASSWORD, Person, Script, Town
from tests.web.people import Here, agree, look, sign_up, verify
from tests.web.site import THEMES, WIDTHS, Site

QUIET = "QUIET-USDT"
REFUSED = ("/api/account/sign-in", "/api/account/sign-up", "/api/account/me")
"""What tests that are refused, or whose session ends, hear of."""


@pytest.fixture
def town(site: Site) -> Town:
    return Town(site.sandbox)


def give_password(page: Page, email: str, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail or phone number").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Continue", exact=True).click()


def is_on_overview(page: Page) -> None:
    expect(page).to_have_url(re.compile(r"/overview$"))
    expect(page.get_by_role("heading", name="Next step")).to_be_visible()


def test_from_sign_up_to_the_first_trade(site: Site, town: Town) -> None:
    page = site.open("/sign-up")
    person = Person(town, "ana.web", "+14155550151")
    sign_up(page, town, person.email)
    is_on_overview(page)
    expect(page.get_by_text("Link what is missing to sign in")).to_be_visible()
    spot = page.get_by_role("group").filter(has_text=re.compile(r"^\s*Spot"))
    expect(spot).to_contain_text("Sign-in factors missing")
    verify(town, person, Here(page))
    page.reload()
    is_on_overview(page)
    expect(spot).to_contain_text("Open")
    page.get_by_role("button", name="play money").click()
    expect(page.get_by_text("10,000 USDT were added")).to_be_visible()
    body = {"instId": QUIET, "tdMode": "cash", "side": "sell", "ordType": "limit", "px": "101", "sz": "5"}
    site.sandbox.call("POST", "/api/v5/trade/order", body, account=0)
    page.goto(f"{site.origin}/trade/{QUIET}")
    page.get_by_role("tab", name="Market", exact=True).click()
    form = page.get_by_role("region", name="Order form")
    form.get_by_label("Size", exact=True).fill("2")
    form.get_by_role("button", name="Buy QUIET").click()
    page.get_by_role("tab", name="Fills").click()
    expect(page.get_by_role("row").filter(has_text=QUIET)).to_contain_text("Taker")


@pytest.mark.lengthy
def test_a_second_browser_is_let_in_by_the_first(site: Site, town: Town) -> None:
    first = site.open("/sign-up")
    sign_up(first, town, "bea.web@example.com")
    is_on_overview(first)
    second = site.open("/sign-in")
    give_password(second, "bea.web@example.com")
    expect(second.get_by_role("heading", name="Second step")).to_be_visible()
    expect(second.get_by_text("We sent six digits to")).to_be_visible()
    second.get_by_label("Code", exact=True).fill(town.code("bea.web@example.com"))
    second.get_by_role("button", name="Approve on a device you use").click()
    shown = second.get_by_test_id("shown-code").inner_text()
    expect(second.get_by_text("Waiting for your answer")).to_be_visible()
    first.get_by_role("button", name="Let a device in").click()
    first.get_by_label("Code", exact=True).fill(shown)
    expect(first.get_by_text("The device is let in.")).to_be_visible()
    is_on_overview(second)


@pytest.mark.lengthy
def test_a_new_device_is_let_in_by_the_link_in_a_mail_or_turned_away(site: Site, town: Town) -> None:
    site.expected = REFUSED
    cleo, script = Person(town, "cleo.web", "+14155550152"), Script(town.sandbox)
    cleo.sign_up(script)
    cleo.bind_phone(script)
    page = site.open("/sign-in")
    give_password(page, cleo.email)
    expect(page.get_by_text("We sent six digits to")).to_be_visible()
    page.get_by_label("Code", exact=True).fill(town.code(cleo.email))
    page.get_by_role("button", name="By a link in an e-mail").click()
    expect(page.get_by_text("We sent a link to")).to_be_visible()
    mail = page.context.new_page()
    mail.goto(f"{site.origin}/account/device?token={town.link(cleo.email, 'device')}")
    mail.locator("button[value=approve]").click()
    is_on_overview(page)
    other = site.open("/sign-in")
    give_password(other, cleo.email)
    other.get_by_role("tab", name="Text message").click()
    expect(other.get_by_text("We sent six digits to +")).to_be_visible()
    other.get_by_label("Code", exact=True).fill(town.code(cleo.phone))
    other.get_by_role("button", name="By a link in an e-mail").click()
    expect(other.get_by_text("We sent a link to")).to_be_visible()
    body = {"approval": town.link(cleo.email, "device"), "let_in": False}
    assert Script(town.sandbox).call("POST", "/sign-in/device/answer", body).status == 204
    expect(other.get_by_text("The device was not let in")).to_be_visible()


@pytest.mark.lengthy
def test_every_factor_that_is_there_is_offered(site: Site, town: Town) -> None:
    site.expected = REFUSED
    dan, script = Person(town, "dan.web", "+14155550153"), Script(town.sandbox)
    dan.sign_up(script)
    dan.bind_phone(script)
    dan.bind_authenticator(script)
    dan.keep_backup_codes(script)
    page = site.open("/sign-in")
    give_password(page, dan.email)
    expect(page.get_by_role("tab")).to_have_count(5)
    names = [tab.inner_text() for tab in page.get_by_role("tab").all()]
    assert names == ["Authenticator app", "E-mail", "Text message", "Phone call", "Backup code"]
    page.get_by_label("Code", exact=True).fill("000000")
    expect(page.get_by_text("This code is wrong or over")).to_be_visible()
    expect(page.get_by_label("Code", exact=True)).to_have_value("")
    page.get_by_role("tab", name="Backup code").click()
    page.get_by_label("Backup code", exact=True).last.fill(dan.backup_codes[0])
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="By your authenticator app").click()
    # The code that linked the app was used; the next one is good already.
    page.get_by_label("Code", exact=True).fill(dan.authenticator.at(town.now_ms() // 1_000 + 30))
    is_on_overview(page)
    expect(page.get_by_role("region", name="Held back")).to_contain_text("until")


def test_a_passkey_alone_signs_in(site: Site, town: Town) -> None:
    site.origin = town.origin()
    page = site.open("/sign-up")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    emma = Person(town, "emma.web", "+14155550154")
    sign_up(page, town, emma.email)
    is_on_overview(page)
    assert emma.add_passkey(cast("Tab", Here(page)), "Laptop").status == 201
    page.get_by_role("button", name="Signed in as").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.get_by_role("button", name="Sign in with a passkey").click()
    is_on_overview(page)
    expect(page.get_by_text("Since your last sign-in")).to_be_visible()


@pytest.mark.lengthy
@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("quarry-7-lantern", "upper-case letter: missing"),
        ("P@ssw0rd", "This password has leaked somewhere before"),
        ("Qwertz-12", "easy to guess"),
    ],
)
def test_bad_passwords_are_refused_with_the_reason(site: Site, password: str, said: str) -> None:
    site.expected = REFUSED
    page = site.open("/sign-up")
    page.get_by_label("E-mail or phone number").fill("fay.web@example.com")
    page.get_by_label("Choose a password").fill(password)
    page.get_by_label("Where you live").select_option("CH")
    agree(page)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text(said)).to_be_attached()
    expect(page.get_by_label("Choose a password")).to_be_focused()


@pytest.mark.lengthy
def test_what_is_missing_is_said_at_its_field(site: Site) -> None:
    page = site.open("/sign-up")
    page.get_by_label("Where you live").select_option("")
    page.get_by_role("button", name="Create account").click()
    for said in ("Enter an e-mail address, or a phone", "The password lacks", "Choose where you live."):
        expect(page.get_by_text(said).first).to_be_visible()
    expect(page.get_by_label("E-mail or phone number")).to_be_focused()


@pytest.mark.lengthy
def test_wrong_passwords_lock_and_the_page_says_for_how_long(site: Site) -> None:
    site.expected = REFUSED
    page = site.open("/sign-in")
    give_password(page, "nobody.web@example.com", "Wrong-password-1")
    expect(page.get_by_role("alert")).to_contain_text("is wrong")
    for _ in range(20):
        body = {"identifier": "nobody.web@example.com", "password": "Wrong-password-1"}
        if Script(site.sandbox).call("POST", "/sign-in", body).code == "too_many_attempts":
            break
    give_password(page, "nobody.web@example.com", "Wrong-password-1")
    expect(page.get_by_text(re.compile(r"locked for \d+ minute"))).to_be_visible()


@pytest.mark.lengthy
def test_a_session_that_ended_says_why(site: Site, town: Town) -> None:
    site.expected = REFUSED
    page = site.open("/sign-up")
    sign_up(page, town, "gil.web@example.com")
    is_on_overview(page)
    frozen = Here(page).call("POST", "/security/freeze", {"reason": "lost my bag"})
    assert frozen.status == 204
    page.reload()
    expect(page.get_by_text("The account was frozen.")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    give_password(page, "gil.web@example.com")
    expect(page.get_by_text("This account is frozen.")).to_be_visible()


@pytest.mark.lengthy
def test_nothing_secret_of_a_person_is_kept_in_the_browser(site: Site, town: Town) -> None:
    page = site.open("/sign-up")
    sign_up(page, town, "hal.web@example.com")
    is_on_overview(page)
    kept = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "hal" not in kept
    assert not re.search(r"[0-9A-Fa-f]{20}|[\w-]{32}", kept)


@pytest.mark.lengthy
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", list(WIDTHS))
def test_every_width_and_theme_is_open_to_everybody(site: Site, town: Town, size: str, theme: str) -> None:
    person, script = Person(town, f"pic.{size}.{theme}", "+14155550159"), Script(town.sandbox)
    page = site.open("/sign-up", size=size, theme=theme)
    page.get_by_label("Choose a password").fill("Rk8-vz2q")
    page.get_by_label("Where you live").select_option("CH")
    expect(page.get_by_label("I have read and agree to").last).to_be_visible()
    look(site, page, f"sign-up-{size}-{theme}")
    person.sign_up(script)
    page.goto(f"{site.origin}/sign-in")
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    look(site, page, f"sign-in-{size}-{theme}")
    give_password(page, person.email)
    expect(page.get_by_text("We sent six digits to")).to_be_visible()
    look(site, page, f"sign-in-factor-{size}-{theme}")
    page.get_by_label("Code", exact=True).fill(town.code(person.email))
    expect(page.get_by_role("button", name="Approve on a device you use")).to_be_visible()
    look(site, page, f"sign-in-device-{size}-{theme}")
    page.get_by_role("button", name="Approve on a device you use").click()
    shown = page.get_by_test_id("shown-code").inner_text()
    look(site, page, f"sign-in-waiting-{size}-{theme}")
    assert script.call("POST", "/sign-in/device/approve", {"code": shown}).status == 204
    is_on_overview(page)
    look(site, page, f"overview-{size}-{theme}")
