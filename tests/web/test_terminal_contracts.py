"""Contracts by hand on the pages: leverage and margin, positions of both modes, a storm that liquidates, keys and lines."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.desk import QUIET, SWAP, TIMES, fill, form_of, row_of, send, tab
from tests.web.site import THEMES, WIDTHS, Site

STORMY = "ETH-USDT-SWAP"
"""No other test of this sandbox trades it."""


def open_position(page: Page, size: str = "10") -> Locator:
    """Buy at the market; tells the position's row."""
    send(page, "Market", "Buy / Long", Size=size)
    tab(page, "Positions")
    row = row_of(page, "Long")
    expect(row).to_contain_text(f"Long {size}")
    return row


def set_leverage(page: Page, leverage: str) -> None:
    page.get_by_role("button", name="Leverage and margin").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("tab", name="Isolated").click()
    dialog.get_by_role("button", name=f"{leverage}{TIMES}", exact=True).click()
    dialog.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("button", name=f"Leverage and margin: {leverage}{TIMES}")).to_be_visible()


def choose(page: Page, action: str) -> Locator:
    """Of the menu of the position; tells the dialog."""
    page.get_by_role("button", name=f"More for {SWAP}").click()
    page.get_by_role("menuitem", name=action).click()
    return page.get_by_role("dialog")


def test_a_position_is_opened_protected_reversed_and_closed(site: Site) -> None:
    page = site.open(f"/trade/{SWAP}")
    site.start_demo(page)
    row = open_position(page)
    expect(row.get_by_role("img", name=re.compile("^[0-5] of 5$"))).to_be_visible()
    dialog = choose(page, "Take profit / stop loss")
    fill(dialog, Stop_loss="20000")
    dialog.get_by_role("button", name="Take profit / stop loss").click()
    tab(page, "Conditional orders")
    expect(row_of(page, SWAP)).to_contain_text("Whole position")
    tab(page, "Positions")
    choose(page, "Reverse position").get_by_role("button", name="Reverse position").click()
    row = row_of(page, SWAP)
    expect(row).to_contain_text("Short 10")
    row.get_by_role("button", name=f"Close {SWAP}").click()
    fill(dialog, Size="4")
    dialog.get_by_role("button", name="Close position").click()
    expect(row).to_contain_text("Short 6")
    row.get_by_role("button", name=f"Close {SWAP}").click()
    dialog.get_by_role("button", name="Close position").click()
    expect(page.get_by_text("No open positions.")).to_be_visible()


def test_orders_of_each_kind_on_a_contract(site: Site) -> None:
    page = site.open(f"/trade/{SWAP}")
    site.start_demo(page)
    # Far below the market: what rests goes on resting, what only takes finds nothing.
    send(page, "Limit", "Buy / Long", Price="60000", Size="2")
    send(page, "Post only", "Buy / Long", Price="60001", Size="2")
    for kind in ("Limit", "Post only"):
        expect(row_of(page, kind)).to_contain_text(SWAP)
    for kind in ("IOC", "FOK"):
        send(page, kind, "Buy / Long", Price="60002", Size="2")
    tab(page, "Order history")
    for kind in ("IOC", "FOK"):
        expect(row_of(page, kind)).to_contain_text("0 / 2")
    what_waits_on_a_contract_is_listed(page)


def what_waits_on_a_contract_is_listed(page: Page) -> None:
    send(page, "Trigger", "Buy / Long", Trigger_price="50000", Order_price="49999", Size="2")
    send(page, "TP/SL", "Buy / Long", Take_profit_at="50001", Size="2")
    send(page, "Trailing", "Buy / Long", Distance="20", Size="2")
    send(page, "Iceberg", "Buy / Long", Worst_price="50002", Each_part="1", Size="2")
    twap = {"Worst_price": "50003", "Each_part": "1", "Distance": "0.5", "Every": "30"}
    send(page, "TWAP", "Buy / Long", **twap, Size="2")
    send(page, "Chase", "Buy / Long", Distance="10", Size="2")
    tab(page, "Conditional orders")
    for kind, shown in (
        ("Trigger", "49,999"),
        ("TP/SL", "TP 50,001"),
        ("Trailing stop", "20% back"),
        ("Iceberg", "1 each"),
        ("TWAP", "1 every 30 s"),
        ("Chase", SWAP),
    ):
        expect(row_of(page, kind)).to_contain_text(shown)
    page.get_by_role("button", name="Cancel all").click()
    expect(page.get_by_text("No order waits for a price.")).to_be_visible()


def test_an_account_keeps_long_and_short_side_by_side(site: Site) -> None:
    page = site.open(f"/trade/{SWAP}")
    site.start_demo(page)
    page.get_by_role("button", name="Leverage and margin").click()
    page.get_by_role("dialog").get_by_role("tab", name="Long and short").click()
    expect(page.get_by_text("Position mode set")).to_be_visible()
    page.keyboard.press("Escape")
    open_position(page)
    form_of(page).get_by_role("button", name="Sell / Short").first.click()
    send(page, "Market", "Sell / Short", Size="5")
    expect(row_of(page, "Short 5")).to_be_visible()
    expect(row_of(page, "Long 10")).to_be_visible()
    row_of(page, "Short 5").get_by_role("button", name=f"Close {SWAP}").click()
    page.get_by_role("dialog").get_by_role("button", name="Close position").click()
    expect(row_of(page, SWAP)).to_have_count(1)
    # What reduces only is for the other side's position.
    form_of(page).get_by_label("Reduce only").check()
    send(page, "Market", "Sell / Short", Size="4")
    expect(row_of(page, "Long 6")).to_be_visible()


def test_leverage_is_set_margin_is_added_and_liquidation_is_foreseen(site: Site) -> None:
    page = site.open(f"/trade/{SWAP}")
    site.start_demo(page)
    set_leverage(page, "20")
    form = form_of(page)
    form.get_by_role("tab", name="Market", exact=True).click()
    fill(form, Size="10")
    foreseen = page.get_by_test_id("liquidation")
    expect(foreseen).to_have_text(re.compile(r"\d"))
    expected = float(foreseen.inner_text().split()[0].replace(",", ""))
    row = open_position(page)
    expect(row).to_contain_text(f"20{TIMES} Isolated")
    told = float(row.get_by_role("cell").nth(4).inner_text().split()[0].replace(",", ""))
    assert abs(told / expected - 1) < 0.005, "the price may have moved a little meanwhile"
    dialog = choose(page, "Margin")
    fill(dialog, Amount="100")
    dialog.get_by_role("button", name="Add margin").click()
    expect(page.get_by_text("Margin changed")).to_be_visible()


def test_a_storm_liquidates_before_ones_eyes(site: Site) -> None:
    page = site.open(f"/trade/{STORMY}")
    site.start_demo(page)
    set_leverage(page, "50")
    open_position(page)
    site.sandbox.call("POST", "/sandbox/storm", {"instId": "ETH-USDT", "move": "-0.2", "seconds": "5"})
    expect(page.get_by_text("Your position was liquidated")).to_be_visible()
    expect(page.get_by_text("No open positions.")).to_be_visible()
    site.picture(page, "liquidated-desktop-dark")
    tab(page, "Bills")
    expect(row_of(page, "Liquidation").first).to_contain_text(STORMY)


@pytest.mark.lengthy
@pytest.mark.parametrize("size", list(WIDTHS))
def test_trading_contracts_is_open_to_everybody(site: Site, size: str) -> None:
    page = site.open(f"/trade/{SWAP}", size=size)
    expect(page.get_by_test_id("last")).to_have_text(re.compile(r"\d"))
    expect(page.locator("canvas").first).to_be_visible()
    look(site, page, f"terminal-{size}")
    site.start_demo(page)
    if size == "phone":
        page.get_by_role("button", name="Buy", exact=True).click()
        look(site, page, f"order-{size}")
    form_of(page).get_by_role("tab", name="Market", exact=True).click()
    fill(form_of(page), Size="10")
    form_of(page).get_by_role("button", name="Buy / Long").last.click()
    if size == "phone":
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.get_by_role("tab", name="Orders and assets").click()
    tab(page, "Positions")
    close = page.get_by_role("button", name=f"Close {SWAP}")
    expect(close).to_be_in_viewport(ratio=1)
    expect(page.get_by_text(re.compile("order placed")).first).to_be_visible()
    if size != "phone":
        page.get_by_role("tab", name="TP/SL", exact=True).click()
        form_of(page).get_by_label("Take profit at").fill("90000")
    look(site, page, f"contracts-{size}")
    close.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    look(site, page, f"contracts-close-{size}")
    page.keyboard.press("Escape")
    if size == "phone":
        page.get_by_role("button", name="Buy", exact=True).click()
    page.get_by_role("button", name="Leverage and margin").click()
    expect(page.get_by_label("Leverage", exact=True).first).to_be_visible()
    look(site, page, f"contracts-leverage-{size}")


def look(site: Site, page: Page, name: str) -> None:
    """A picture in each theme, nothing beyond the edge, and nothing in anybody's way: in light, but for colors, as in dark."""
    for theme in THEMES:
        site.wear(page, theme)
        site.picture(page, f"{name}-{theme}")
        assert site.axe(page, "wcag2aa" if theme == "light" else "") == []
    assert page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.mark.lengthy
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


@pytest.mark.lengthy
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
