"""People make API keys and list addresses in the security center, and a client trades with the key it was given."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.person import Person, Town
from tests.web.people import arrive, look, verify
from tests.web.site import THEMES, WIDTHS, Site

TRON, ETHEREUM = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
BITCOIN = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"


@pytest.fixture
def town(site: Site) -> Town:
    return Town(site.sandbox)


def make_key(page: Page, label: str, *scopes: str) -> None:
    """Fill the form in and send it; the secret stands on the page afterwards."""
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name", exact=True).fill(label)
    for scope in scopes:
        page.get_by_role("checkbox", name=scope).check()
    page.get_by_role("button", name="Make one").click()
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("heading", name="Keep this key now")).to_be_visible()


def test_a_client_trades_with_the_lines_it_was_shown(site: Site, town: Town) -> None:
    ann = Person(town, "ann.keys", "+14155550171")
    page, here = arrive(site, town, ann, "/security/keys")
    verify(town, ann, here)
    town.fund(ann.uid, "USDT", "5000")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Works from these addresses").fill("localhost")
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_text("localhost is no IP address or network.")).to_be_visible()
    expect(page.get_by_label("Passphrase", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("checkbox", name="Withdraw")).to_be_disabled()
    page.get_by_label("Works from these addresses").fill("")
    page.get_by_role("button", name="Add this device").click()
    page.get_by_role("button", name="Cancel").click()
    make_key(page, "my bot", "Trade")
    lines = page.get_by_role("tabpanel", name="Snippet for ccxt", exact=True).inner_text()
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    price, order = done.stdout.split()
    assert float(price) > 0
    assert order.isdigit()
    page.get_by_role("checkbox", name="I have kept").check()
    page.get_by_role("button", name="Done").click()
    card = page.get_by_role("listitem", name="my bot")
    expect(card).to_contain_text("From anywhere")
    expect(card).to_contain_text("if unused")
    card.get_by_role("button", name="Uses by place").click()
    expect(card.get_by_role("region", name="Uses of my bot")).to_contain_text(
        re.compile(r"127\.0\.0\.1.*requests, last")
    )


@pytest.mark.lengthy
def test_a_key_is_edited_and_deleted_and_its_secret_never_comes_back(site: Site, town: Town) -> None:
    page, _ = arrive(site, town, Person(town, "ben.keys", "+14155550172"), "/security/keys")
    expect(page.get_by_text("No keys yet")).to_be_visible()
    make_key(page, "reader")
    secret = page.locator("dd code").nth(1).inner_text()
    assert re.fullmatch(r"[0-9A-F]{32}", secret)
    expect(page.get_by_text("it only reads")).to_be_visible()
    expect(page.get_by_role("button", name="Done")).to_be_disabled()
    page.get_by_role("link", name="Devices").click()
    expect(page.get_by_text("Keep the secret first")).to_be_visible()
    page.get_by_role("checkbox", name="I have kept").check()
    page.get_by_role("button", name="Done").click()
    assert secret not in page.content()
    assert secret not in page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    card = page.get_by_role("listitem", name="reader")
    expect(card).to_contain_text("When you delete it")
    card.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("tracker")
    dialog.get_by_label("Works from these addresses").fill("203.0.113.7/24")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("begins in the middle of its network")).to_be_visible()
    dialog.get_by_label("Works from these addresses").fill("203.0.113.0/24 198.51.100.7")
    dialog.get_by_role("button", name="Save").click()
    card = page.get_by_role("listitem", name="tracker")
    expect(card).to_contain_text("203.0.113.0/24")
    expect(card.get_by_text("198.51.100.7", exact=True)).to_be_visible()
    card.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete key").click()
    expect(page.get_by_text("No keys yet")).to_be_visible()


@pytest.mark.lengthy
def test_an_address_is_checked_listed_vouched_for_and_removed(site: Site, town: Town) -> None:
    site.expected = ("refused: 403",)
    cal = Person(town, "cal.keys", "+14155550173")
    page, here = arrive(site, town, cal, "/security/addresses")
    cal.bind_phone(here)
    page.get_by_role("button", name="Add an address").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Network", exact=True).select_option("TRC20")
    form.get_by_label("Address", exact=True).fill(ETHEREUM)
    form.get_by_label("Name", exact=True).fill("cold")
    form.get_by_role("button", name="Add address").click()
    expect(form.get_by_text("belongs to another network than Tron")).to_be_visible()
    expect(form.get_by_label("Address", exact=True)).to_be_focused()
    form.get_by_label("Address", exact=True).fill(TRON)
    form.get_by_role("button", name="Add address").click()
    card = page.get_by_role("listitem", name="cold")
    expect(card).to_contain_text("Usable from")
    card.get_by_role("button", name="Vouch for it").click()
    give_codes(page, town, cal)
    expect(card).to_contain_text("You vouched for it")
    bind_the_list_and_loosen_it(page, town, cal)
    card.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove address").click()
    expect(page.get_by_text("No addresses yet")).to_be_visible()
    is_told_why_no_card_is_kept(page)


def give_codes(page: Page, town: Town, person: Person) -> None:
    """One from each contact."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Send the codes").click()
    expect(dialog.get_by_text("We sent a code to each")).to_be_visible()
    dialog.get_by_label("Code from the e-mail").fill(town.code(person.email))
    dialog.get_by_label("Code from the text message").fill(town.code(person.phone))
    dialog.get_by_role("button", name="Confirm", exact=True).click()
    expect(dialog).to_have_count(0)


def bind_the_list_and_loosen_it(page: Page, town: Town, person: Person) -> None:
    only_listed = page.get_by_role("switch", name="Only listed addresses")
    only_listed.click()
    expect(only_listed).to_have_attribute("aria-checked", "true")
    only_listed.click()
    give_codes(page, town, person)
    expect(only_listed).to_have_attribute("aria-checked", "false")
    expect(page.get_by_text("Withdrawals are held for a day.", exact=False).first).to_be_visible()


def is_told_why_no_card_is_kept(page: Page) -> None:
    page.get_by_role("button", name="Add a way to pay").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Kind").select_option("card")
    form.get_by_label("Bank of the card").fill("Somebank")
    form.get_by_label("Card number").fill("4111 1111 1111 1111")
    form.get_by_label("In the name of").fill("Cal Gray")
    form.get_by_role("button", name="Add a way to pay").click()
    expect(form.get_by_text("Verify who you are first.", exact=False)).to_be_visible()


@pytest.mark.lengthy
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", list(WIDTHS))
def test_keys_and_addresses_are_open_to_everybody(site: Site, town: Town, size: str, theme: str) -> None:
    person = Person(town, f"kpic.{size}.{theme}", "+14155550174")
    page, here = arrive(site, town, person, "/security/keys", size=size, theme=theme)
    wallet = {"network": "Bitcoin", "address": BITCOIN, "label": "Hardware wallet"}
    assert here.call("POST", "/addresses", wallet).status == 201
    page.reload()
    page.get_by_role("button", name="New key").click()
    page.get_by_role("checkbox", name="Withdraw").check()
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_text("Add at least one.")).to_be_visible()
    look(site, page, f"keys-new-{size}-{theme}")
    page.get_by_role("button", name="Add this device").click()
    page.get_by_role("button", name="Make one").click()
    page.get_by_label("Name", exact=True).fill("Treasury")
    page.get_by_role("checkbox", name="Trade").check()
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("heading", name="Keep this key now")).to_be_visible()
    look(site, page, f"keys-made-{size}-{theme}")
    page.get_by_role("checkbox", name="I have kept").check()
    page.get_by_role("button", name="Done").click()
    make_key(page, "Portfolio tracker")
    page.get_by_role("checkbox", name="I have kept").check()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("listitem", name="Treasury").get_by_role("button", name="Uses by place").click()
    expect(page.get_by_text("Nobody has used it yet.")).to_be_visible()
    look(site, page, f"keys-{size}-{theme}")
    page.goto(f"{site.origin}/security/addresses")
    expect(page.get_by_role("listitem", name="Hardware wallet")).to_be_visible()
    look(site, page, f"addresses-{size}-{theme}")
    page.get_by_role("button", name="Add an address").click()
    page.get_by_role("dialog").get_by_label("Network", exact=True).select_option("Ripple")
    look(site, page, f"addresses-add-{size}-{theme}")
