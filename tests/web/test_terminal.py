"""People trade on the pages: prices live, orders of each kind, and a stream that is cut, has gaps or falls silent."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.desk import QUIET, clear_book, fill, form_of, others_order, row_of, send, tab
from tests.web.site import Site

NUMBER = re.compile(r"\d")


def test_prices_are_live_and_markets_are_found(site: Site) -> None:
    page = site.open("/")
    expect(page).to_have_url(re.compile(r"/trade/BTC-USDT$"))
    last = page.get_by_test_id("last")
    expect(last).to_have_text(NUMBER)
    shown = last.inner_text()
    expect(last).not_to_have_text(shown)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    for name in ("Order book", "Trades", "Chart", "Markets"):
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
    assert page.get_by_test_id("book").get_by_role("button").count() > 8
    search = page.get_by_label("Search for an instrument")
    search.fill("eth")
    page.get_by_role("button", name="Add ETH-USDT to the favorites", exact=True).click()
    search.fill("")
    page.get_by_role("tab", name="Favorites").click()
    page.get_by_role("link", name=re.compile("^ETH")).click()
    expect(page).to_have_url(re.compile("/trade/ETH-USDT$"))
    page.get_by_role("tab", name="Perpetual").click()
    page.get_by_role("link", name=re.compile("^BTCUSDT")).click()
    strip = page.get_by_role("region", name="BTCUSDT Perp", exact=True)
    for figure in ("Mark", "Index", "Open interest"):
        expect(strip.get_by_text(figure, exact=True).locator("xpath=following-sibling::dd")).to_have_text(NUMBER)
    expect(strip.get_by_text(re.compile(r"/ \d\d:\d\d:\d\d"))).to_be_visible()
    page.goto(f"{site.origin}/trade/ETH-USDT")
    expect(page.get_by_role("button", name="Remove ETH/USDT from the favorites")).to_be_visible()


def test_the_chart_has_all_bars_indicators_and_the_depth_of_the_book(site: Site) -> None:
    page = site.open("/trade/BTC-USDT-SWAP")
    chart = page.get_by_role("region", name="Chart", exact=True)
    expect(chart.get_by_text("Vol")).to_be_visible()
    chart.get_by_role("button", name="Interval").click()
    expect(page.get_by_role("menuitem")).to_have_count(13)
    page.get_by_role("menuitem", name="3m", exact=True).click()
    expect(page.get_by_role("region", name="Candles of BTCUSDT Perp, 3m")).to_be_visible()
    alone = chart.locator("canvas").count()
    chart.get_by_role("button", name="Indicators").click()
    for item in page.get_by_role("menuitemcheckbox").all():
        item.click()
        expect(item).to_have_attribute("aria-checked", "true")
    page.keyboard.press("Escape")
    # The index of strength and the MACD have panes of their own below the prices.
    expect(chart.locator("canvas")).not_to_have_count(alone)
    page.emulate_media(color_scheme="light")
    expect(chart.get_by_text("Mark", exact=True)).to_be_visible()
    site.picture(page, "indicators-desktop-light")
    chart.get_by_role("tab", name="Depth").click()
    depth = chart.get_by_role(
        "img", name=re.compile(r"^Depth within 0\.5% of the middle: .*\d.* wanted, .*\d.* offered$")
    )
    expect(depth).to_be_visible()
    depth.hover(position={"x": 40, "y": 40})
    expect(chart.get_by_text("Σ")).to_have_text(NUMBER)
    site.picture(page, "depth-desktop-light")
    page.reload()
    expect(chart.get_by_role("tab", name="Depth")).to_have_attribute("aria-selected", "true")


def test_spot_orders_of_each_kind(site: Site) -> None:
    clear_book(site)
    page = site.open(f"/trade/{QUIET}")
    site.start_demo(page)
    what_cannot_be_placed_says_why_and_is_not_sent(page)
    a_share_of_the_balance_fills_in_the_size(page)
    orders_rest_are_changed_and_canceled(page)
    orders_that_only_take_or_only_rest_end_as_they_say(site, page)
    a_market_order_is_estimated_and_filled(site, page)
    what_happened_is_told_in_every_list(page)


def what_cannot_be_placed_says_why_and_is_not_sent(page: Page) -> None:
    form = form_of(page)
    for price, size, said in [
        ("90.505", "1", "The price goes in steps of 0.01."),
        ("90", "0.00001", "The size goes in steps of"),
        ("90", "99999", "More than is available"),
    ]:
        fill(form, Price=price, Size=size)
        expect(form.get_by_text(said)).to_be_visible()
        form.get_by_role("button", name="Buy QUIET").click()
    expect(page.get_by_text("No open orders.")).to_be_visible()
    # The band of prices is known to the exchange alone: it refuses, and its reason stands beside the button.
    fill(form, Price="900000", Size="0.01")
    form.get_by_role("button", name="Buy QUIET").click()
    expect(form.get_by_role("alert")).to_contain_text("The order was refused")


def a_share_of_the_balance_fills_in_the_size(page: Page) -> None:
    form = form_of(page)
    form.get_by_role("button", name="Sell", exact=True).click()
    slider = form.get_by_role("slider", name="Share of what is available")
    expect(slider).to_be_enabled()
    slider.fill("25")
    expect(form.get_by_label("Size", exact=True)).to_have_value("2500.000")
    form.get_by_role("button", name="Buy", exact=True).click()


def orders_rest_are_changed_and_canceled(page: Page) -> None:
    form = form_of(page)
    form.get_by_label("Take profit / stop loss").check()
    fill(form, Price="90.5", Size="2", Take_profit="65")
    expect(form.get_by_text("181 USDT")).to_be_visible()
    expect(form.get_by_text("Take profit is above 90.5.")).to_be_visible()
    fill(form, Take_profit="120", Take_profit_price="119.5", Stop_loss="60")
    form.get_by_role("button", name="Buy QUIET").click()
    row = row_of(page, "90.5")
    for part in ("Limit", "Buy", "TP 120 → 119.5 · SL 60"):
        expect(row).to_contain_text(part)
    level = page.get_by_test_id("book").get_by_role("button").filter(has_text="90.50")
    expect(level).to_be_visible()
    row.get_by_role("button", name="Change the Buy order").click()
    dialog = page.get_by_role("dialog")
    fill(dialog, Price="72.5", Size="3")
    dialog.get_by_role("button", name="Change order").click()
    expect(row_of(page, "72.5")).to_contain_text("3")
    row_of(page, "72.5").get_by_role("button", name="Cancel the Buy order").click()
    expect(page.get_by_text("No open orders.")).to_be_visible()
    expect(level).to_have_count(0)


def orders_that_only_take_or_only_rest_end_as_they_say(site: Site, page: Page) -> None:
    others_order(site, "sell", "100", "1")
    for kind in ("FOK", "Post only"):
        send(page, kind, "Buy QUIET", Price="100", Size="2")
    send(page, "IOC", "Buy QUIET", Price="100", Size="1.5")
    expect(page.get_by_text("No open orders.")).to_be_visible()
    tab(page, "Order history")
    for kind, filled, state in (
        ("FOK", "0 / 2", "Canceled"),
        ("Post only", "0 / 2", "Canceled"),
        ("IOC", "1 / 1.5", ""),
    ):
        expect(row_of(page, kind)).to_contain_text(filled)
        expect(row_of(page, kind)).to_contain_text(state)


def a_market_order_is_estimated_and_filled(site: Site, page: Page) -> None:
    others_order(site, "sell", "101", "1")
    others_order(site, "sell", "103", "5")
    form = form_of(page)
    form.get_by_role("tab", name="Market", exact=True).click()
    fill(form, Size="2")
    for said in ("204 USDT", "0.002 QUIET", "0.99%"):
        expect(form).to_contain_text(said)
    form.get_by_role("button", name="Buy QUIET").click()
    expect(page.get_by_test_id("last")).to_have_text("103.00")


def what_happened_is_told_in_every_list(page: Page) -> None:
    tab(page, "Fills")
    fills = row_of(page, QUIET)
    expect(fills).to_have_count(3)
    expect(fills.filter(has_text="103")).to_contain_text("Taker")
    tab(page, "Bills")
    # Each fill is booked in both currencies.
    expect(row_of(page, "Trade").filter(has_text="-103")).to_contain_text("USDT")
    expect(row_of(page, "Trade")).to_have_count(6)
    tab(page, "Assets")
    expect(row_of(page, "QUIET")).to_contain_text("10,002.997")
    page.get_by_role("tablist", name="How balances are shown").get_by_role("tab", name="Futures").click()
    expect(page.get_by_role("columnheader", name="Maintenance")).to_be_visible()
    page.reload()
    tab(page, "Assets")
    expect(page.get_by_role("columnheader", name="Maintenance")).to_be_visible()


def test_orders_wait_for_a_price(site: Site) -> None:
    page = site.open(f"/trade/{QUIET}")
    site.start_demo(page)
    send(page, "Trigger", "Buy QUIET", Trigger_price="91.5", Order_price="91", Size="2")
    send(page, "TP/SL", "Buy QUIET", Take_profit_at="60", Stop_loss_at="140", Size="2")
    send(page, "Trailing", "Buy QUIET", Distance="2.5", Size="2")
    tab(page, "Conditional orders")
    for kind, shown in (("Trigger", "91.5"), ("OCO", "TP 60 · SL 140"), ("Trailing stop", "2.5% back")):
        expect(row_of(page, kind)).to_contain_text(shown)
    row_of(page, "OCO").get_by_role("button", name="Cancel the order").click()
    expect(row_of(page, QUIET)).to_have_count(2)
    what_is_worked_off_says_how(page)
    page.get_by_role("button", name="Cancel all").click()
    expect(page.get_by_text("No order waits for a price.")).to_be_visible()


@pytest.mark.lengthy
def test_a_demo_account_outlives_a_reload_and_ends_when_its_user_leaves(site: Site) -> None:
    page = site.open(f"/trade/{QUIET}")
    site.start_demo(page)
    send(page, "Limit", "Buy QUIET", Price="80", Size="1")
    row = row_of(page, QUIET)
    expect(row).to_have_count(1)
    kept = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "secret" not in kept
    assert not re.search(r"[0-9A-F]{32}", kept)
    page.reload()
    expect(row).to_have_count(1)
    row.get_by_role("button", name="Cancel the Buy order").click()
    page.get_by_role("button", name="Signed in as").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("button", name="Demo", exact=True)).to_be_visible()
    expect(row).to_have_count(0)
    page.goto(f"{site.origin}/no/such/page")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    page.get_by_role("link", name="To the markets").last.click()
    expect(page).to_have_url(re.compile("/trade/"))
    expect(page.get_by_role("button", name="Demo", exact=True)).to_be_visible()


@pytest.mark.lengthy
def test_another_language_writes_and_reads_words_and_numbers_its_own_way(site: Site) -> None:
    page = site.open("/trade/BTC-USDT", language="es-ES")
    expect(page.get_by_role("button", name="Comprar", exact=True)).to_be_visible()
    expect(page.get_by_test_id("last")).to_have_text(re.compile(r"^\d{2}\.\d{3},\d$"))
    assert page.locator("html").get_attribute("lang") == "es"
    price = page.get_by_label("Precio", exact=True)
    price.fill("")
    price.press_sequentially("90.5")
    expect(price).to_have_value("90,5")
    page.get_by_label("Tamaño", exact=True).fill("1.234,5")
    expect(page.get_by_label("Tamaño", exact=True)).to_have_value("1234,5")


def what_is_worked_off_says_how(page: Page) -> None:
    form = form_of(page)
    form.get_by_role("button", name="More order types").click()
    expect(page.get_by_role("menuitem", name="Chase")).to_have_count(0)
    page.get_by_role("menuitem", name="Iceberg", exact=True).click()
    fill(form, Each_part="3", Size="2")
    expect(form.get_by_text("A part is at most all of it (2).")).to_be_visible()
    send(page, "Iceberg", "Buy QUIET", Worst_price="60", Each_part="0.5", Size="2")
    twap = {"Worst_price": "61", "Each_part": "1", "Distance": "0.5", "Every": "10"}
    send(page, "TWAP", "Buy QUIET", **twap, Size="2")
    expect(row_of(page, "Iceberg")).to_contain_text("0.5 each")
    expect(row_of(page, "TWAP")).to_contain_text("1 every 10 s")


def test_two_browsers_see_each_others_trade(site: Site) -> None:
    clear_book(site)
    seller, buyer = site.open(f"/trade/{QUIET}"), site.open(f"/trade/{QUIET}", size="tablet", theme="light")
    site.start_demo(seller)
    site.start_demo(buyer)
    seller.get_by_role("button", name="Sell", exact=True).click()
    send(seller, "Limit", "Sell QUIET", Price="98.7", Size="4")
    offered = buyer.get_by_test_id("book").get_by_role("button").filter(has_text="98.70")
    offered.click()
    expect(form_of(buyer).get_by_label("Price", exact=True)).to_have_value("98.70")
    send(buyer, "Limit", "Buy QUIET", Size="3")
    for page in (seller, buyer):
        expect(page.get_by_role("list", name="Trades").get_by_role("listitem").first).to_contain_text("98.70")
        expect(page.get_by_test_id("last")).to_have_text("98.70")
        tab(page, "Fills")
    expect(row_of(seller, "98.7")).to_contain_text("Maker")
    expect(row_of(buyer, "98.7")).to_contain_text("Taker")
    tab(seller, "Open orders")
    expect(row_of(seller, QUIET)).to_contain_text("3")
    row_of(seller, QUIET).get_by_role("button", name="Cancel the Sell order").click()
    expect(offered).to_have_count(0)


def test_a_cut_a_gap_and_a_silent_channel_are_shown_and_mended(site: Site) -> None:
    clear_book(site)
    page = site.open(f"/trade/{QUIET}")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    book = page.get_by_role("region", name="Order book", exact=True)
    levels = page.get_by_test_id("book").get_by_role("button")
    others_order(site, "buy", "50", "1")
    expect(levels.filter(has_text="50.00")).to_be_visible()
    before = levels.count()
    the_connection_is_cut(site, page)
    site.sandbox.call("DELETE", "/sandbox/faults")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(levels).to_have_count(before + 1)
    expect(book.get_by_text("Not up to date")).to_have_count(0)
    gap = {"kind": "gap", "channel": "books", "instrument": QUIET}
    # One change is lost: the one after it does not follow, and all of the book is asked for.
    site.sandbox.call("POST", "/sandbox/faults", {"rule": "one", **gap, "count_max": "1"})
    others_order(site, "buy", "52", "1")
    expect(book).to_be_visible()
    site.sandbox.call("DELETE", "/sandbox/faults")
    others_order(site, "buy", "53", "1")
    expect(levels).to_have_count(before + 3)
    # All are: the connection lives and says nothing of it, but the ticker goes on.
    site.sandbox.call("POST", "/sandbox/faults", {"rule": "all", **gap})
    others_order(site, "buy", "54", "1")
    expect(book.get_by_text("the exchange has fallen silent about this")).to_be_visible()
    expect(page.get_by_text("Late", exact=True)).to_be_visible()
    site.picture(page, "silent-desktop-dark")
    site.sandbox.call("DELETE", "/sandbox/faults")
    expect(levels).to_have_count(before + 4)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(book.get_by_text("Not up to date")).to_have_count(0)


def the_connection_is_cut(site: Site, page: Page) -> None:
    """Whatever is said on a public connection, it ends."""
    site.sandbox.call("POST", "/sandbox/faults", {"rule": "cut", "kind": "outage", "endpoint": "public"})
    others_order(site, "buy", "49", "1")
    expect(page.get_by_text(re.compile("^(Reconnecting|Connecting)$"))).to_be_visible()
    expect(page.get_by_role("region", name="Order book", exact=True).get_by_text("Not up to date")).to_be_visible()
    site.picture(page, "cut-desktop-dark")
