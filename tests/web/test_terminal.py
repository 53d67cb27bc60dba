"""People trade on the pages: prices live, orders placed, seen and canceled, and nothing in anybody's way."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.site import THEMES, WIDTHS, Site

QUIET = "QUIET-USDT"


def order(site: Site, side: str, price: str, size: str) -> None:
    """Somebody else's order, over the API."""
    body = {"instId": QUIET, "tdMode": "cash", "side": side, "ordType": "limit", "px": price, "sz": size}
    site.sandbox.call("POST", "/api/v5/trade/order", body, account=0)


def fill_form(page: Page, size: str, price: str | None = None) -> None:
    form = page.get_by_role("region", name="Order form")
    if price is not None:
        form.get_by_label("Price", exact=True).fill(price)
    form.get_by_label("Size", exact=True).fill(size)


def test_prices_are_live(site: Site) -> None:
    page = site.open("/")
    expect(page).to_have_url(re.compile(r"/trade/BTC-USDT$"))
    last = page.get_by_test_id("last")
    expect(last).to_have_text(re.compile(r"\d"))
    shown = last.inner_text()
    expect(last).not_to_have_text(shown)
    expect(
        page.get_by_role("status", name="Connection").or_(page.get_by_text("Live", exact=True)).first
    ).to_be_visible()
    for name in ("Order book", "Trades", "Chart", "Markets"):
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
    assert page.get_by_test_id("book").get_by_role("button").count() > 8


def test_an_order_rests_is_seen_and_canceled(site: Site) -> None:
    page = site.open(f"/trade/{QUIET}")
    site.start_demo(page)
    fill_form(page, "2", "90.5")
    expect(page.get_by_text("181 USDT")).to_be_visible()
    page.get_by_role("button", name="Buy QUIET").click()
    row = page.get_by_role("row").filter(has_text="90.5")
    expect(row).to_contain_text("Limit")
    expect(row).to_contain_text("Buy")
    expect(page.get_by_test_id("book").get_by_role("button").filter(has_text="90.50")).to_be_visible()
    row.get_by_role("button", name="Cancel the Buy order").click()
    expect(page.get_by_text("No open orders.")).to_be_visible()
    page.get_by_role("tab", name="Order history").click()
    expect(page.get_by_role("row").filter(has_text="90.5")).to_contain_text("Canceled")


def test_a_market_order_is_estimated_and_filled(site: Site) -> None:
    order(site, "sell", "101", "1")
    order(site, "sell", "103", "5")
    page = site.open(f"/trade/{QUIET}")
    site.start_demo(page)
    page.get_by_role("tab", name="Market", exact=True).click()
    fill_form(page, "2")
    form = page.get_by_role("region", name="Order form")
    expect(form).to_contain_text("204 USDT")
    expect(form).to_contain_text("0.002 QUIET")
    expect(form).to_contain_text("0.99%")
    form.get_by_role("button", name="Buy QUIET").click()
    page.get_by_role("tab", name="Fills").click()
    fills = page.get_by_role("row").filter(has_text=QUIET)
    expect(fills).to_have_count(2)
    expect(fills.filter(has_text="103")).to_contain_text("Taker")
    expect(page.get_by_test_id("last")).to_have_text("103.00")
    page.get_by_role("tab", name="Assets", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="QUIET")).to_contain_text("10,001.998")


@pytest.mark.parametrize(
    ("price", "size", "said"),
    [
        ("90.505", "1", "The price goes in steps of 0.01."),
        ("90", "0.00001", "The size goes in steps of"),
        ("90", "99999", "More than is available"),
    ],
)
def test_what_cannot_be_placed_says_why_and_is_not_sent(site: Site, price: str, size: str, said: str) -> None:
    page = site.open(f"/trade/{QUIET}")
    site.start_demo(page)
    fill_form(page, size, price)
    expect(page.get_by_text(said)).to_be_visible()
    page.get_by_role("button", name="Buy QUIET").click()
    expect(page.get_by_text("No open orders.")).to_be_visible()


def test_a_share_of_the_balance_fills_in_the_size(site: Site) -> None:
    page = site.open(f"/trade/{QUIET}")
    site.start_demo(page)
    page.get_by_role("button", name="Sell", exact=True).click()
    slider = page.get_by_role("slider", name="Share of what is available")
    expect(slider).to_be_enabled()
    slider.fill("25")
    expect(page.get_by_label("Size", exact=True)).to_have_value("2500.000")


def test_markets_are_searched_and_kept(site: Site) -> None:
    page = site.open("/")
    page.get_by_label("Search for an instrument").fill("eth")
    page.get_by_role("button", name="Add ETH-USDT to the favorites", exact=True).click()
    page.get_by_label("Search for an instrument").fill("")
    page.get_by_role("tab", name="Favorites").click()
    page.get_by_role("link", name=re.compile("^ETH")).click()
    expect(page).to_have_url(re.compile("/trade/ETH-USDT$"))
    page.reload()
    expect(page.get_by_role("button", name="Remove ETH/USDT from the favorites")).to_be_visible()


def test_a_contract_shows_its_mark_index_and_funding(site: Site) -> None:
    page = site.open("/trade/BTC-USDT-SWAP")
    strip = page.get_by_role("region", name="BTCUSDT Perp", exact=True)
    for figure in ("Mark", "Index", "Open interest"):
        expect(strip.get_by_text(figure, exact=True).locator("xpath=following-sibling::dd")).to_have_text(
            re.compile(r"\d")
        )
    expect(strip.get_by_text(re.compile(r"/ \d\d:\d\d:\d\d"))).to_be_visible()


def test_another_language_writes_words_and_numbers_its_own_way(site: Site) -> None:
    page = site.open("/trade/BTC-USDT", language="es-ES")
    expect(page.get_by_role("button", name="Comprar", exact=True)).to_be_visible()
    expect(page.get_by_test_id("last")).to_have_text(re.compile(r"^\d{2}\.\d{3},\d$"))
    assert page.locator("html").get_attribute("lang") == "es"


def test_a_cut_is_shown_and_mended(site: Site) -> None:
    site.expected = ("ERR_INTERNET_DISCONNECTED",)
    page = site.open("/")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.evaluate("() => window.violations")
    site.sandbox.call(
        "POST", "/sandbox/faults", {"rule": "cut", "kind": "drop", "endpoint": "public", "count_max": "1"}
    )
    last = page.get_by_test_id("last")
    shown = last.inner_text()
    expect(last).not_to_have_text(shown)
    site.sandbox.call("DELETE", "/sandbox/faults")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()


def test_an_unknown_page_says_so(site: Site) -> None:
    page = site.open("/no/such/page")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    page.get_by_role("link", name="To the markets").last.click()
    expect(page).to_have_url(re.compile("/trade/"))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", list(WIDTHS))
def test_every_width_and_theme_is_open_to_everybody(site: Site, size: str, theme: str) -> None:
    page = site.open("/trade/BTC-USDT-SWAP", size=size, theme=theme)
    site.start_demo(page)
    expect(page.get_by_test_id("last")).to_have_text(re.compile(r"\d"))
    expect(page.locator("canvas").first).to_be_visible()
    assert site.axe(page) == []
    site.picture(page, f"terminal-{size}-{theme}")
    overflow = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    if size == "phone":
        page.get_by_role("button", name="Buy", exact=True).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert site.axe(page) == []
        site.picture(page, f"terminal-order-{size}-{theme}")


def test_a_demo_account_outlives_a_reload_and_ends_when_its_user_leaves(site: Site) -> None:
    page = site.open(f"/trade/{QUIET}")
    site.start_demo(page)
    fill_form(page, "1", "80")
    page.get_by_role("button", name="Buy QUIET").click()
    row = page.get_by_role("row").filter(has_text=QUIET)
    expect(row).to_have_count(1)
    page.reload()
    expect(row).to_have_count(1)
    page.get_by_role("button", name="Signed in as").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("button", name="Demo", exact=True)).to_be_visible()
    expect(row).to_have_count(0)
    page.reload()
    expect(page.get_by_role("button", name="Demo", exact=True)).to_be_visible()


def test_nothing_secret_is_kept_in_the_browser(site: Site) -> None:
    page = site.open(f"/trade/{QUIET}")
    site.start_demo(page)
    kept = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "secret" not in kept
    assert not re.search(r"[0-9A-F]{32}", kept)
