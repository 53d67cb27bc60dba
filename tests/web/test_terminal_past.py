"""What is past is fetched page by page, and a price that falls silent is marked."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.desk import QUIET, SWAP, tab
from tests.web.site import Site

ORDERS = 130
"""More than the exchange tells at once."""
_AT_ONCE = 20


def trader_with_a_past(site: Site) -> str:
    """Somebody whose orders found nobody to trade with; by name."""
    house = site.sandbox.of_new_people()
    order = {"instId": QUIET, "tdMode": "cash", "side": "buy", "ordType": "ioc", "px": "1", "sz": "1"}
    for at in range(0, ORDERS, _AT_ONCE):
        batch = [order for _ in range(min(_AT_ONCE, ORDERS - at))]
        house.call("POST", "/api/v5/trade/batch-orders", batch, account=0)
    return str(house.told["accounts"][0]["name"])


def come_as(site: Site, page: Page, name: str) -> None:
    """Go on with an account that the sandbox has."""
    page.evaluate("(name) => localStorage.setItem('lonja', JSON.stringify({demo: name}))", name)
    page.reload()
    expect(page.get_by_role("button", name="Signed in as")).to_be_visible()


@pytest.mark.lengthy
def test_older_orders_and_bookings_come_when_somebody_asks(site: Site) -> None:
    page = site.open(f"/trade/{QUIET}")
    come_as(site, page, trader_with_a_past(site))
    tab(page, "Order history")
    rows = page.get_by_role("table").get_by_role("row").filter(has_text=QUIET)
    expect(rows).to_have_count(100)
    older = page.get_by_role("button", name="Show older")
    assert site.axe(page) == []
    site.picture(page, "older-desktop-dark")
    older.click()
    expect(rows).to_have_count(ORDERS)
    expect(older).to_have_count(0)
    # Nothing was filled, and it turns out at once that nothing older was either.
    tab(page, "Fills")
    expect(page.get_by_text("No fills yet")).to_be_visible()
    expect(older).to_have_count(0)
    tab(page, "Bills")
    expect(page.get_by_role("table").get_by_role("row").nth(1)).to_be_visible()
    older.click()
    expect(older).to_have_count(0)


@pytest.mark.lengthy
@pytest.mark.lengthy
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_mark_price_that_falls_silent_is_marked_until_it_is_heard_again(site: Site, size: str) -> None:
    page = site.open(f"/trade/{SWAP}", size=size, theme="light")
    strip = page.get_by_role("region", name=re.compile("^BTC"))
    expect(strip.get_by_text(re.compile("[0-9]")).first).to_be_visible()
    site.sandbox.call("POST", "/sandbox/faults", {"rule": "mark", "kind": "gap", "channel": "mark-price"})
    said = strip.get_by_text("the exchange has fallen silent about this")
    # It is told every ten seconds even when it stands still.
    expect(said).to_have_count(1, timeout=30_000)
    expect(page.get_by_role("status").filter(has_text=re.compile("^Late$"))).to_be_visible()
    assert site.axe(page) == []
    site.picture(page, f"mark-silent-{size}-light")
    site.sandbox.call("DELETE", "/sandbox/faults")
    expect(said).to_have_count(0)
