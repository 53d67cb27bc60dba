"""What tests of the terminal do at its desk: fill in the form, send, look at rows."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.web.site import Site

QUIET = "QUIET-USDT"
SWAP = "BTC-USDT-SWAP"
TIMES = "\u00d7"


def others_order(site: Site, side: str, price: str, size: str) -> dict[str, Any]:
    """Somebody else's order, over the API."""
    body = {"instId": QUIET, "tdMode": "cash", "side": side, "ordType": "limit", "px": price, "sz": size}
    row: dict[str, Any] = site.sandbox.call("POST", "/api/v5/trade/order", body, account=0)[0]
    return row


def clear_book(site: Site) -> None:
    """Nobody else's orders on the quiet market."""
    for row in site.sandbox.get(f"/api/v5/trade/orders-pending?instId={QUIET}", account=0):
        body = {"instId": QUIET, "ordId": row["ordId"]}
        site.sandbox.call("POST", "/api/v5/trade/cancel-order", body, account=0)


def form_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Order form")


def fill(place: Locator, **fields: str) -> None:
    """Fields by their labels, words joined by ``_``."""
    for label, value in fields.items():
        place.get_by_label(label.replace("_", " "), exact=True).fill(value)


def send(page: Page, kind: str, action: str, **fields: str) -> None:
    """Choose a kind of order, fill the form in and send it."""
    form = form_of(page)
    tab = form.get_by_role("tab", name=kind, exact=True)
    if tab.count() == 0:
        form.get_by_role("button", name="More order types").click()
        page.get_by_role("menuitem", name=kind, exact=True).click()
    else:
        tab.click()
    fill(form, **fields)
    form.get_by_role("button", name=action).last.click()
    expect(form.get_by_label("Size", exact=True)).to_have_value("")


def tab(page: Page, name: str) -> None:
    """One of the lists below the chart."""
    lists = page.get_by_role("tablist", name="Orders and assets")
    lists.get_by_role("tab", name=re.compile(f"^{name}( ?\\d+)?$")).click()


def row_of(page: Page, text: str) -> Locator:
    return page.get_by_role("table").get_by_role("row").filter(has_text=text)
