"""Orders that wait, what protects, positions and their margin, lines on the chart: all of it by hand on the pages."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.site import THEMES, WIDTHS, Site

pytestmark = pytest.mark.lengthy

QUIET = "QUIET-USDT"
SWAP = "BTC-USDT-SWAP"
TIMES = "\u00d7"


def form_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Order form")


def fill(place: Locator, **fields: str) -> None:
    for label, value in fields.items():
        place.get_by_label(label.replace("_", " "), exact=True).fill(value)


def open_position(site: Site, page: Page) -> Locator:
    """Buy ten contracts at the market; tells the position's row."""
    site.start_demo(page)
    page.get_by_role("tab", name="Market", exact=True).click()
    fill(form_of(page), Size="10")
    form_of(page).get_by_role("button", name="Buy / Long").last.click()
    page.get_by_role("tab", name="Positions").click()
    row = page.get_by_role("table").get_by_role("row").filter(has_text=SWAP)
    expect(row).to_contain_text("Long 10")
    return row


@pytest.mark.parametrize(
    ("kind", "fields", "shown"),
    [
        ("Trigger", {"Trigger_price": "91.5", "Order_price": "91"}, ["Trigger", "91.5"]),
        ("TP/SL", {"Take_profit_at": "60", "Stop_loss_at": "140"}, ["OCO", "TP 60 · SL 140"]),
        ("Trailing", {"Distance": "2.5"}, ["Trailing stop", "2.5% back"]),
    ],
)
def test_an_order_waits_and_is_canceled(site: Site, kind: str, fields: dict[str, str], shown: list[str]) -> None:
    page = site.open(f"/trade/{QUIET}")
    site.start_demo(page)
    page.get_by_role("tab", name=kind, exact=True).click()
    fill(form_of(page), **fields, Size="2")
    form_of(page).get_by_role("button", name="Buy QUIET").click()
    page.get_by_role("tab", name="Conditional orders").click()
    row = page.get_by_role("table").get_by_role("row").filter(has_text=QUIET)
    for part in shown:
        expect(row).to_contain_text(part)
    row.get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_text("No order waits for a price.")).to_be_visible()


def test_what_protects_an_order_stands_on_its_sides(site: Site) -> None:
    page = site.open(f"/trade/{QUIET}")
    site.start_demo(page)
    form = form_of(page)
    fill(form, Price="70", Size="1")
    form.get_by_label("Take profit / stop loss").check()
    fill(form, Take_profit="65")
    expect(form.get_by_text("Take profit is above 70.")).to_be_visible()
    fill(form, Take_profit="80", Stop_loss="60")
    form.get_by_role("button", name="Buy QUIET").click()
    expect(page.get_by_role("row").filter(has_text=QUIET)).to_contain_text("70")


def test_an_order_is_changed(site: Site) -> None:
    page = site.open(f"/trade/{QUIET}")
    site.start_demo(page)
    fill(form_of(page), Price="71", Size="1")
    form_of(page).get_by_role("button", name="Buy QUIET").click()
    page.get_by_role("button", name="Change the Buy order").click()
    dialog = page.get_by_role("dialog")
    fill(dialog, Price="72.5", Size="3")
    dialog.get_by_role("button", name="Change order").click()
    expect(page.get_by_role("row").filter(has_text="72.5")).to_contain_text("3")


def test_a_position_is_protected_reversed_and_closed(site: Site) -> None:
    page = site.open(f"/trade/{SWAP}")
    row = open_position(site, page)
    row.get_by_role("button", name=f"More for {SWAP}").click()
    page.get_by_role("menuitem", name="Take profit / stop loss").click()
    dialog = page.get_by_role("dialog")
    fill(dialog, Stop_loss="20000")
    dialog.get_by_role("button", name="Take profit / stop loss").click()
    page.get_by_role("tab", name="Conditional orders").click()
    expect(page.get_by_role("row").filter(has_text=SWAP)).to_contain_text("Whole position")
    page.get_by_role("tab", name="Positions").click()
    row.get_by_role("button", name=f"More for {SWAP}").click()
    page.get_by_role("menuitem", name="Reverse position").click()
    dialog.get_by_role("button", name="Reverse position").click()
    expect(row).to_contain_text("Short 10")
    row.get_by_role("button", name=f"Close {SWAP}").click()
    fill(dialog, Size="4")
    dialog.get_by_role("button", name="Close position").click()
    expect(row).to_contain_text("Short 6")
    row.get_by_role("button", name=f"Close {SWAP}").click()
    dialog.get_by_role("button", name="Close position").click()
    expect(page.get_by_text("No open positions.")).to_be_visible()


def test_leverage_is_set_and_margin_is_added(site: Site) -> None:
    page = site.open(f"/trade/{SWAP}")
    site.start_demo(page)
    page.get_by_role("button", name="Leverage and margin").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("tab", name="Isolated").click()
    dialog.get_by_role("button", name=f"20{TIMES}").click()
    dialog.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("button", name=f"Leverage and margin: 20{TIMES}")).to_be_visible()
    page.get_by_role("tab", name="Market", exact=True).click()
    fill(form_of(page), Size="10")
    form_of(page).get_by_role("button", name="Buy / Long").last.click()
    page.get_by_role("tab", name="Positions").click()
    row = page.get_by_role("table").get_by_role("row").filter(has_text=SWAP)
    expect(row).to_contain_text(f"20{TIMES} Isolated")
    row.get_by_role("button", name=f"More for {SWAP}").click()
    page.get_by_role("menuitem", name="Margin").click()
    fill(dialog, Amount="100")
    dialog.get_by_role("button", name="Add margin").click()
    expect(page.get_by_text("Margin changed")).to_be_visible()


def test_numbers_are_typed_as_the_language_writes_them(site: Site) -> None:
    page = site.open(f"/trade/{QUIET}", language="es-ES")
    price = page.get_by_label("Precio", exact=True)
    price.fill("")
    price.press_sequentially("90.5")
    expect(price).to_have_value("90,5")
    page.get_by_label("Tamaño", exact=True).fill("1.234,5")
    expect(page.get_by_label("Tamaño", exact=True)).to_have_value("1234,5")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", list(WIDTHS))
def test_trading_contracts_is_open_to_everybody(site: Site, size: str, theme: str) -> None:
    page = site.open(f"/trade/{SWAP}", size=size, theme=theme)
    site.start_demo(page)
    if size == "phone":
        page.get_by_role("button", name="Buy", exact=True).click()
    page.get_by_role("tab", name="Market", exact=True).click()
    fill(form_of(page), Size="10")
    form_of(page).get_by_role("button", name="Buy / Long").last.click()
    if size == "phone":
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.get_by_role("tab", name="Orders and assets").click()
    page.get_by_role("tab", name="Positions").click()
    row = page.get_by_role("table").get_by_role("row").filter(has_text=SWAP)
    expect(row).to_contain_text("Long 10")
    expect(page.get_by_text(re.compile("order placed")).first).to_be_visible()
    if size != "phone":
        page.get_by_role("tab", name="TP/SL", exact=True).click()
        form_of(page).get_by_label("Take profit at").fill("90000")
    assert site.axe(page) == []
    site.picture(page, f"contracts-{size}-{theme}")
    row.get_by_role("button", name=f"Close {SWAP}").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert site.axe(page) == []
    site.picture(page, f"contracts-close-{size}-{theme}")
    page.keyboard.press("Escape")
    if size == "phone":
        page.get_by_role("button", name="Buy", exact=True).click()
    page.get_by_role("button", name="Leverage and margin").click()
    expect(page.get_by_label("Leverage", exact=True).first).to_be_visible()
    assert site.axe(page) == []
    site.picture(page, f"contracts-leverage-{size}-{theme}")


def test_keys_do_what_their_page_tells_while_nobody_types(site: Site) -> None:
    page = site.open(f"/trade/{QUIET}")
    site.start_demo(page)
    expect(page.get_by_role("button", name="Buy QUIET")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Sell QUIET")).to_be_visible()
    page.keyboard.press("5")
    expect(page.get_by_role("tab", name="Fills")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("q")
    expect(page.get_by_label("Size", exact=True)).to_be_focused()
    page.keyboard.type("b2")
    expect(page.get_by_label("Size", exact=True)).to_have_value("2")
    expect(page.get_by_role("button", name="Sell QUIET")).to_be_visible()
    page.get_by_role("tab", name="Fills").focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Conditional orders")
    assert site.axe(page) == []
    site.picture(page, "shortcuts-desktop-dark")
    dialog.get_by_label("Single keys do this").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Sell QUIET")).to_be_visible()


def test_the_line_of_an_order_is_moved_and_asks_before_it_counts(site: Site) -> None:
    page = site.open("/trade/BTC-USDT")
    site.start_demo(page)
    last = page.get_by_test_id("last")
    expect(last).to_have_text(re.compile(r"\d"))
    price = int(float(last.inner_text().replace(",", "")) * 0.997)
    fill(form_of(page), Price=str(price), Size="0.1")
    form_of(page).get_by_role("button", name="Buy BTC").click()
    expect(page.get_by_role("button", name="Change the Buy order")).to_be_visible()
    canvas = page.locator(".canvas")
    box = canvas.bounding_box()
    assert box is not None
    x, top = box["x"] + 120, box["y"]
    for y in range(20, int(box["height"]) - 40, 5):
        page.mouse.move(x, top + y)
        if "movable" in (canvas.get_attribute("class") or ""):
            break
    page.mouse.down()
    page.mouse.move(x, top + y + 20)
    page.mouse.move(x, top + y + 30)
    page.mouse.up()
    dialog = page.get_by_role("dialog", name="Change order")
    expect(dialog.get_by_label("Price", exact=True)).not_to_have_value(str(price))
    moved = float(dialog.get_by_label("Price", exact=True).input_value())
    assert moved < price
    dialog.get_by_role("button", name="Change order").click()
    expect(page.get_by_role("row").filter(has_text="BTC-USDT").filter(has_text=f"{int(moved):,}")).to_have_count(1)
