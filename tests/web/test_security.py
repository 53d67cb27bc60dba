"""People protect their accounts in the security center, and are asked whether it is them where that is due."""

import re
from pathlib import Path
from typing import cast

import pyotp
import pytest
from playwright.sync_api import Locator, Page, expect
from pyrage import passphrase as age

from lonja.primitives.instant import MINUTE_MS
from tests.e2e.browser import AUTHENTICATOR, Tab
from tests.e2e.person import Person, Script, Town
from tests.web.people import Here, agree, look, sign_up
from tests.web.site import THEMES, WIDTHS, Site

pytestmark = pytest.mark.lengthy

REFUSED = ("refused: 40", "/api/account/security/guide")
"""What tests that are asked for a confirmation, or refused, hear of."""


@pytest.fixture
def town(site: Site) -> Town:
    return Town(site.sandbox)


def signed_up(site: Site, town: Town, name: str, phone: str, **window: str) -> tuple[Page, Person]:
    """Somebody new, in the security center."""
    person = Person(town, name, phone)
    page = site.open("/sign-up", **window)
    sign_up(page, town, person.email)
    expect(page).to_have_url(re.compile(r"/overview$"))
    return page, person


def open_part(page: Page, name: str) -> None:
    """By the rail."""
    page.get_by_role("navigation", name="Parts of the security center").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def step_up(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Confirm that it is you")


def test_from_nothing_to_a_protected_account(site: Site, town: Town, tmp_path: Path) -> None:
    site.expected = REFUSED
    page, ivo = signed_up(site, town, "ivo.web", "+14155550161")
    page.get_by_role("button", name="Signed in as").click()
    page.get_by_role("menuitem", name="Security").click()
    expect(page.get_by_text("Add a phone number")).to_be_visible()
    page.get_by_role("link", name="Set it up").click()
    _add_phone(page, town, ivo)
    _link_authenticator(site, page, town, ivo)
    _keep_backup_codes(site, page, tmp_path)
    _set_anti_phishing_code_after_a_while(site, page, town, ivo)
    page.get_by_role("link", name="Checklist").click()
    expect(page.get_by_text("5 of 8 protections are in place")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Authenticator app").last).to_contain_text("In place")


def _add_phone(page: Page, town: Town, ivo: Person) -> None:
    page.get_by_role("button", name="Add a phone number").click()
    page.get_by_label("New phone number").fill("12345")
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_text("Enter a phone number with its country code")).to_be_visible()
    page.get_by_label("New phone number").fill(ivo.phone)
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_text(f"We sent six digits to {ivo.phone}")).to_be_visible()
    page.get_by_label("Code from the new one").fill(town.code(ivo.phone))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("The phone number is confirmed.")).to_be_visible()
    expect(page.get_by_text("+141*****61")).to_be_visible()


def _link_authenticator(site: Site, page: Page, town: Town, ivo: Person) -> None:
    open_part(page, "Authenticator app")
    page.get_by_role("button", name="Link an authenticator app").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    look(site, page, "security-new-authenticator")
    secret = page.get_by_test_id("secret").inner_text().replace(" ", "")
    assert secret in str(page.get_by_role("link", name="Open in an app").get_attribute("href"))
    ivo.authenticator = pyotp.TOTP(secret)
    page.get_by_label("Code", exact=True).fill("000000")
    expect(page.get_by_text("This code is wrong. Is the clock")).to_be_visible()
    page.get_by_label("Code", exact=True).fill(ivo.authenticator.at(town.now_ms() // 1_000))
    expect(page.get_by_text("An app is linked.")).to_be_visible()


def _keep_backup_codes(site: Site, page: Page, tmp_path: Path) -> None:
    open_part(page, "Backup codes")
    page.get_by_role("button", name="Make backup codes").click()
    codes = page.get_by_role("list", name="Backup codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    look(site, page, "security-new-codes")
    shown = codes.all_inner_texts()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    kept = tmp_path / "codes.txt"
    download.value.save_as(kept)
    assert [line for line in kept.read_text().splitlines() if line in shown] == shown
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("You have codes that were not used.")).to_be_visible()
    page.get_by_label("Passphrase for the file").fill("Seven-quiet-harbors-92")
    page.get_by_role("button", name="Make the file").click()
    with page.expect_download() as export:
        page.get_by_role("button", name="Save the file").click()
    export.value.save_as(kept)
    assert "authenticator" in age.decrypt(kept.read_bytes(), "Seven-quiet-harbors-92").decode()


def _set_anti_phishing_code_after_a_while(site: Site, page: Page, town: Town, ivo: Person) -> None:
    town.wait(6 * MINUTE_MS)
    open_part(page, "Anti-phishing code")
    page.get_by_label("Your code").fill("harbor47")
    page.get_by_role("button", name="Save").click()
    expect(step_up(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Nothing was changed, because it was not confirmed.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    step_up(page).get_by_label("Code", exact=True).fill("000000")
    expect(step_up(page).get_by_text("This code is wrong or over")).to_be_visible()
    look(site, page, "security-step-up")
    step_up(page).get_by_label("Code", exact=True).fill(ivo.code_of_authenticator())
    expect(page.get_by_text("You have a code. Every genuine mail shows it.")).to_be_visible()
    expect(step_up(page)).to_have_count(0)


def test_a_password_is_changed_by_who_knows_it(site: Site, town: Town) -> None:
    site.expected = REFUSED
    page, _ = signed_up(site, town, "lou.web", "+14155550168")
    page.goto(f"{site.origin}/security")
    open_part(page, "Password")
    page.get_by_label("Your password now").fill("Wrong-password-1")
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password lacks what is marked")).to_be_visible()
    page.get_by_label("New password").fill("Harbor-9-sextant")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("This is not your password.")).to_be_visible()
    page.get_by_label("Your password now").fill("Quarry-7-lantern")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password is changed.")).to_be_visible()


@pytest.mark.lengthy
def test_passkeys_are_added_named_and_confirm_what_is_changed(site: Site, town: Town) -> None:
    site.expected = REFUSED
    site.origin = town.origin()
    page, _ = signed_up(site, town, "jana.web", "+14155550162", size="phone", theme="light")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto(f"{site.origin}/security/passkeys")
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    page.get_by_role("button", name="Rename Laptop").click()
    page.get_by_label("Name").first.fill("Blue laptop")
    page.get_by_role("button", name="Save").click()
    town.wait(6 * MINUTE_MS)
    page.get_by_role("button", name="Remove Blue laptop").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    look(site, page, "security-step-up-passkey")
    step_up(page).get_by_role("button", name="Use a code instead").click()
    expect(step_up(page).get_by_text("We sent six digits to")).to_be_visible()
    step_up(page).get_by_role("button", name="Confirm with a passkey").click()
    step_up(page).get_by_role("button", name="Confirm with a passkey").click()
    expect(page.get_by_text("This is your last passkey, and one has to stay.")).to_be_visible()


@pytest.mark.lengthy
def test_devices_are_seen_signed_out_and_forgotten(site: Site, town: Town) -> None:
    page, kay = signed_up(site, town, "kay.web", "+14155550163")
    script = Script(site.sandbox, "lost-laptop/1.0")
    begun = script.call("POST", "/sign-in", {"identifier": kay.email, "password": kay.password}).body
    sign_in = {"sign_in": begun["sign_in"]}
    script.call("POST", "/sign-in/code", {**sign_in, "method": "email"})
    script.call("POST", "/sign-in/factor", {**sign_in, "method": "email", "answer": town.code(kay.email)})
    shown = script.call("POST", "/sign-in/device", {**sign_in, "method": "authorized_device"})
    page.goto(f"{site.origin}/security/devices")
    page.get_by_role("button", name="Let a device in").click()
    page.get_by_label("Code", exact=True).fill(shown.body["shown_code"])
    expect(page.get_by_text("The device is let in.")).to_be_visible()
    assert script.call("POST", "/sign-in/state", sign_in).body["stage"] == "done"
    page.reload()
    expect(page.get_by_role("listitem").filter(has_text="This device")).to_have_count(1)
    page.get_by_role("button", name=re.compile("^Sign out and forget")).click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out and forget").click()
    expect(page.get_by_text("The device is signed out and forgotten.")).to_be_visible()
    assert script.call("GET", "/me").code == "session_ended"


@pytest.mark.lengthy
def test_who_comes_from_a_provider_signs_up_and_keeps_one_way_in(site: Site, town: Town) -> None:
    site.expected = REFUSED
    site.origin = town.origin()
    page = site.open("/sign-in")
    _come_by_provider(page, "mia.web@example.com")
    expect(page).to_have_url(re.compile(r"/sign-up$"))
    expect(page.get_by_text("You come as")).to_be_visible()
    look(site, page, "sign-up-by-provider")
    page.get_by_label("Where you live").select_option("CH")
    agree(page)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Enter the code")).to_be_visible()
    page.get_by_label("Code", exact=True).fill(town.code("mia.web@example.com"))
    expect(page).to_have_url(re.compile(r"/overview$"))
    page.goto(f"{site.origin}/security/connected")
    page.get_by_role("button", name=re.compile("^Disconnect")).click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("This is your only way in.")).to_be_visible()


@pytest.mark.lengthy
def test_an_account_at_a_provider_is_connected_and_signs_in(site: Site, town: Town) -> None:
    site.expected = REFUSED
    site.origin = town.origin()
    page, _ = signed_up(site, town, "pia.web", "+14155550167")
    page.goto(f"{site.origin}/security/connected")
    _come_by_provider(page, "pia.there@example.com", "Connect Sandbox provider")
    expect(page.get_by_text("The account is connected.")).to_be_visible()
    expect(page.get_by_role("button", name="Connect Sandbox provider", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Signed in as").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.goto(f"{site.origin}/sign-in?next=%2Fsecurity%2Fdevices")
    _come_by_provider(page, "pia.there@example.com")
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    assert "#" not in page.url
    page.get_by_label("Code", exact=True).fill(town.code("pia.web@example.com"))
    expect(page).to_have_url(f"{site.origin}/security/devices")


def _come_by_provider(page: Page, email: str, button: str = "Continue with Sandbox provider") -> None:
    page.get_by_role("button", name=button, exact=True).click()
    page.get_by_label("Your e-mail address there").fill(email)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Go on as").click()


def test_who_says_it_was_not_them_is_led_through_what_to_do(site: Site, town: Town) -> None:
    site.expected = REFUSED
    page, _ = signed_up(site, town, "noa.web", "+14155550165", size="phone")
    page.goto(f"{site.origin}/security/not-me")
    page.get_by_label("A program may be spying on my device").check()
    page.get_by_role("button", name="Close, and begin").click()
    expect(page.get_by_text("Trading and withdrawals are closed since")).to_be_visible()
    expect(page.get_by_role("button", name="Open everything again")).to_be_disabled()
    expect(page.get_by_text("steps are left.")).to_be_visible()
    left = page.get_by_text(re.compile(r"^\d+ steps? (is|are) left")).inner_text()
    page.get_by_role("button", name="Look through: Look at e-mail and phone").click()
    expect(page.get_by_text("no***@example.com").last).to_be_visible()
    look(site, page, "security-guide")
    page.get_by_role("button", name="All of this is mine").click()
    expect(page.get_by_text(f"{int(left.split()[0]) - 1} step")).to_be_visible()
    assert Here(page).call("GET", "/security/guide").body["kind"] == "trojan"


@pytest.mark.lengthy
def test_what_was_sent_is_listed_and_judged(site: Site, town: Town, tmp_path: Path) -> None:
    page, ona = signed_up(site, town, "ona.web", "+14155550166")
    ona.keep_backup_codes(Here(page))
    page.reload()
    page.get_by_role("button", name=re.compile("new notice")).click()
    page.get_by_role("menuitem", name="Notices").click()
    expect(page.get_by_text("New backup codes were made for your account")).to_be_visible()
    expect(page.get_by_text("E-mail to on***@example.com").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("new notice"))).to_have_count(0)
    page.get_by_role("link", name="Check a message").click()
    for asked, said in (("no-reply@lonja.example", "Official."), ("l0nja.example", "Looks like ours, and is not.")):
        page.get_by_label("What you want to check").fill(asked)
        page.get_by_role("button", name="Check", exact=True).click()
        expect(page.get_by_text(said)).to_be_visible()
    mail = tmp_path / "mail.eml"
    mail.write_text(site.sandbox.page(f"/sandbox/outbox/mail?to={ona.email}"), newline="")
    page.get_by_label("The mail as a file").set_input_files(mail)
    expect(page.get_by_text("This mail is from us.")).to_be_visible()
    look(site, page, "from-us-mail")
    changed = tmp_path / "changed.eml"
    changed.write_text(mail.read_text().replace("Subject: ", "Subject: Urgent: "), newline="")
    page.get_by_label("The mail as a file").set_input_files(changed)
    expect(page.get_by_text("This mail is not from us.").or_(page.get_by_text("Be careful with"))).to_be_visible()


def test_who_is_not_signed_in_comes_back_to_where_they_wanted(site: Site, town: Town) -> None:
    site.expected = ("/api/account/me",)
    lea = Person(town, "lea.web", "+14155550164")
    lea.sign_up(Script(site.sandbox))
    page = site.open("/security/devices")
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fsecurity%2Fdevices$"))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", list(WIDTHS))
def test_every_width_and_theme_is_open_to_everybody(site: Site, town: Town, size: str, theme: str) -> None:
    site.expected = REFUSED
    page, person = signed_up(site, town, f"sec.{size}.{theme}", "+14155550169", size=size, theme=theme)
    here = cast("Tab", Here(page))
    person.bind_authenticator(here)
    page.goto(f"{site.origin}/security")
    expect(page.get_by_text("Next step")).to_be_visible()
    look(site, page, f"security-{size}-{theme}")
    for part, seen in PARTS.items():
        page.goto(f"{site.origin}/{part}")
        expect(page.get_by_text(seen).first).to_be_visible()
        look(site, page, f"{part.replace('/', '-')}-{size}-{theme}")


PARTS = {
    "security/password": "Strength",
    "security/contacts": "Confirmed",
    "security/authenticator": "An app is linked.",
    "security/passkeys": "You have none yet.",
    "security/backup-codes": "You have none yet.",
    "security/connected": "None is connected.",
    "security/devices": "This device",
    "security/anti-phishing": "So it stands in our mails:",
    "security/not-me": "What happened?",
    "notices": "An authenticator was added",
    "from-us": "By these we speak to you",
}
