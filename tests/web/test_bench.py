"""Who writes a bot has the sandbox in hand: its clock, its weather, its trouble, its mail and its keys, on one page."""

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.sandbox_process import SandboxProcess
from tests.web.site import THEMES, WIDTHS, Site, require_pages

QUIET = "QUIET-USDT"
MINUTE_S, DAY_S = 60, 86_400
TIMES = "\u00d7"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One of its own, since these tests move its clock and break it."""
    require_pages()
    with SandboxProcess(tmp_path_factory.mktemp("bench") / "data", "--pairs", "3") as process:
        yield process


@pytest.fixture(autouse=True)
def calm(sandbox: SandboxProcess) -> Iterator[None]:
    """Each test leaves the sandbox without trouble and its clock at work; no other needs its prices."""
    yield
    sandbox.call("DELETE", "/sandbox/faults")
    sandbox.call("POST", "/sandbox/clock", {"speed": "1"})


def bench(site: Site, **options: str) -> Page:
    page = site.open("/bench", **options)
    expect(page.get_by_role("heading", name="Sandbox bench")).to_be_visible()
    return page


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def seconds(page: Page) -> int:
    hours, minutes, rest = map(int, page.get_by_test_id("clock").inner_text().split(":"))
    return (hours * 60 + minutes) * 60 + rest


def place(site: Site, price: str = "50") -> dict[str, Any]:
    """What becomes of a bot's order."""
    body = {"instId": QUIET, "tdMode": "cash", "side": "buy", "ordType": "limit", "px": price, "sz": "1"}
    row: dict[str, Any] = site.sandbox.answer("POST", "/api/v5/trade/order", body, account=0)["data"][0]
    return row


def test_time_is_frozen_stepped_and_let_go(site: Site) -> None:
    page = bench(site)
    clock = card(page, "Clock")
    clock.get_by_role("button", name="Freeze").click()
    expect(page.get_by_test_id("clock-state")).to_have_text("Frozen")
    before = seconds(page)
    clock.get_by_role("button", name="Step by 1m", exact=True).click()
    expect(page.get_by_test_id("clock-state")).to_have_text("Frozen")
    expected = (before + MINUTE_S) % DAY_S
    moment = f"{expected // 3600:02}:{expected // 60 % 60:02}:{expected % 60:02}"
    expect(page.get_by_test_id("clock")).to_have_text(moment)
    clock.get_by_role("button", name=f"Speed 60{TIMES}").click()
    expect(page.get_by_test_id("clock-state")).to_have_text(f"Running · 60{TIMES}")
    page.keyboard.press("f")
    expect(page.get_by_test_id("clock-state")).to_have_text("Frozen")
    clock.get_by_role("button", name="Go on").click()
    expect(page.get_by_test_id("clock-state")).to_have_text(f"Running · 60{TIMES}")


@pytest.mark.lengthy
def test_a_leap_shows_how_far_it_has_come(site: Site) -> None:
    page = bench(site)
    clock = card(page, "Clock")
    clock.get_by_label("Leap ahead by").fill("soon")
    clock.get_by_role("button", name="Leap", exact=True).click()
    expect(clock.get_by_text("A length of time up to a year")).to_be_visible()
    begun = int(site.sandbox.get("/sandbox/clock")[0]["now_ms"])
    clock.get_by_label("Leap ahead by").fill("10m")
    clock.get_by_role("button", name="Leap", exact=True).click()
    expect(clock.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_test_id("clock-state")).to_contain_text("Running", timeout=60_000)
    assert int(site.sandbox.get("/sandbox/clock")[0]["now_ms"]) >= begun + 600_000


@pytest.mark.lengthy
def test_a_storm_blows_over_the_index_that_was_chosen(site: Site) -> None:
    page = bench(site)
    card(page, "Clock").get_by_role("button", name="Freeze").click()
    weather = card(page, "Index and storm")
    weather.get_by_label("Index", exact=True).select_option("ETH-USDT")
    index = page.get_by_test_id("index")
    expect(index).to_have_text(re.compile(r"\d"))
    weather.get_by_label("Move (%)").fill("-20")
    weather.get_by_label("Within (seconds)", exact=True).fill("30")
    weather.get_by_role("button", name="Let it storm").click()
    storm = weather.get_by_role("listitem").filter(has_text="ETH-USDT")
    expect(storm).to_contain_text("-20.00%")
    expect(weather.get_by_text("The clock stands")).to_be_visible()
    card(page, "Clock").get_by_role("button", name="Step by 1m", exact=True).click()
    expect(storm).to_have_count(0)
    expect(weather.get_by_text(re.compile(r"^-(1[89]|2[012])\.\d\d%"))).to_be_visible()


@pytest.mark.lengthy
def test_an_index_is_fixed_and_let_go(site: Site) -> None:
    page = bench(site)
    weather = card(page, "Index and storm")
    weather.get_by_label(re.compile("^Fix the index at")).fill("50000")
    weather.get_by_role("button", name="Fix", exact=True).click()
    expect(page.get_by_test_id("index")).to_have_text("50,000")
    assert {"instrument": "BTC-USDT", "price": "50000"} in site.sandbox.get("/sandbox/index")
    expect(weather.get_by_role("button", name="Let it storm")).to_be_disabled()
    weather.get_by_role("button", name="Let BTC-USDT go").click()
    expect(weather.get_by_role("button", name="Let BTC-USDT go")).to_have_count(0)
    assert "BTC-USDT" not in {row["instrument"] for row in site.sandbox.get("/sandbox/index")}


@pytest.mark.lengthy
def test_a_mood_is_set_and_taken_back(site: Site) -> None:
    page = bench(site)
    moods = card(page, "Moods of markets")
    moods.get_by_text("Thin", exact=True).click()
    moods.get_by_label("Market").select_option("BTC-USDT")
    moods.get_by_role("button", name="Set the mood").click()
    expect(moods.get_by_text(re.compile("^1 of "))).to_be_visible()
    expect(moods.get_by_role("listitem")).to_contain_text("BTC-USDT Thin")
    moods.get_by_role("button", name="Make BTC-USDT normal again").click()
    expect(moods.get_by_text(re.compile(r"^All \d+ markets are normal"))).to_be_visible()


@pytest.mark.lengthy
def test_a_rule_makes_orders_fail_until_it_is_removed(site: Site) -> None:
    assert place(site)["sCode"] == "0"
    page = bench(site)
    faults = card(page, "Faults")
    faults.get_by_role("button", name="+ Orders rejected").click()
    rule = faults.get_by_role("listitem")
    expect(rule).to_contain_text("51008")
    assert place(site)["sCode"] == "51008"
    expect(rule.get_by_role("definition").last).to_have_text("1")
    rule.get_by_role("button", name="Remove the rule").click()
    expect(rule).to_have_count(0)
    assert place(site)["sCode"] == "0"


@pytest.mark.lengthy
def test_a_rule_is_written_by_hand(site: Site) -> None:
    page = bench(site)
    faults = card(page, "Faults")
    faults.get_by_text("Write a rule", exact=True).click()
    form = faults.get_by_role("form", name="Write a rule")
    form.get_by_label("Kind").select_option("error")
    form.get_by_label("Operation").fill("/market/ticker")
    form.get_by_label("Code").fill("5")
    expect(form.get_by_text("Five digits, such as 51008.")).to_be_visible()
    form.get_by_label("Code").fill("50013")
    form.get_by_label("At most (times)").fill("1")
    form.get_by_label("Name").fill("busy")
    form.get_by_role("button", name="Add the rule").click()
    expect(faults.get_by_role("listitem").filter(has_text="busy")).to_contain_text("50013")
    target = f"/api/v5/market/ticker?instId={QUIET}"
    assert [site.sandbox.answer("GET", target)["code"] for _ in range(2)] == ["50013", "0"]


@pytest.mark.lengthy
def test_snippets_are_copied_whole_and_shown_covered(site: Site) -> None:
    page = bench(site)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    accounts = card(page, "Accounts and keys")
    key = site.sandbox.told["accounts"][0]
    shown = accounts.get_by_role("tabpanel")
    for client, said in (("python-okx", "TradeAPI("), ("curl", "openssl"), ("ccxt", "ccxt.okx(")):
        accounts.get_by_role("tab", name=client, exact=True).click()
        expect(shown).to_contain_text(said)
        expect(shown).to_contain_text(key["api_key"])
        expect(shown).not_to_contain_text(key["secret_key"])
        accounts.get_by_role("button", name="Copy the snippet").click()
        expect(page.get_by_text("Copied")).to_have_count(1)
        page.get_by_role("button", name="Close", exact=True).click()
        copied = page.evaluate("() => navigator.clipboard.readText()")
        for part in (said, site.origin, key["api_key"], key["secret_key"], key["passphrase"]):
            assert part in copied
        if client != "curl":
            compile(copied, "snippet", "exec")
    accounts.get_by_role("button", name="Show secrets").click()
    expect(shown).to_contain_text(key["secret_key"])
    kept = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert key["secret_key"] not in kept


@pytest.mark.lengthy
def test_an_account_is_opened_funded_and_traded_with(site: Site) -> None:
    page = bench(site)
    accounts = card(page, "Accounts and keys")
    accounts.get_by_label("Name of a new account").fill("mybot")
    accounts.get_by_role("button", name="Open", exact=True).click()
    expect(accounts.get_by_role("button", name=re.compile("^mybot"))).to_have_attribute("aria-pressed", "true")
    money = accounts.get_by_role("form", name="Add money")
    money.get_by_label("Add money").fill("250.5")
    money.get_by_role("button", name="Add", exact=True).click()
    expect(accounts.get_by_role("list", name="Balances of mybot")).to_contain_text("1,000,250.5 USDT")
    accounts.get_by_role("button", name="Trade as mybot").click()
    expect(page).to_have_url(re.compile("/trade/"))
    expect(page.get_by_role("button", name="Signed in as mybot")).to_be_visible()


@pytest.mark.lengthy
def test_mail_shows_its_code(site: Site) -> None:
    account = f"{site.origin}/api/account/sign-up"
    with urllib.request.urlopen(f"{account}/agreements?residence=CH", timeout=10) as answer:
        agreed = [text["text_hash"] for text in json.load(answer)]
    form = {
        "contact": "ana@example.com",
        "password": "Quarry-7-lantern",
        "residence": "CH",
        "agreements": agreed,
    }
    request = urllib.request.Request(
        account, json.dumps(form).encode(), {"Content-Type": "application/json", "Origin": site.origin}
    )
    urllib.request.urlopen(request, timeout=30).close()
    page = bench(site)
    outbox = card(page, "Outbox")
    message = outbox.get_by_role("listitem").filter(has_text="ana@example.com").first
    code = message.get_by_role("button", name=re.compile("^Copy the code"))
    expect(code).to_have_text(re.compile(r"^\d{6,8}$"))
    message.get_by_text("The whole message").click()
    expect(message.locator("mark").first).to_have_text(code.inner_text())
    outbox.get_by_label("Only to").fill("nobody")
    expect(outbox.get_by_text("Nothing for this address.")).to_be_visible()


@pytest.mark.lengthy
def test_a_reset_says_what_is_forgotten_and_does_it(site: Site) -> None:
    site.sandbox.call("POST", "/sandbox/accounts/fund", {"account": "trader", "currency": "USDT", "amount": "5"})
    place(site, "40")
    page = bench(site)
    page.get_by_role("button", name="Reset …").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(6)
    expect(dialog).to_contain_text("This stays: time and speed, accounts and keys")
    assert site.axe(page) == []
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert site.sandbox.get("/api/v5/trade/orders-pending", account=0)
    page.get_by_role("button", name="Reset …").click()
    dialog.get_by_role("button", name="Reset the sandbox").click()
    expect(page.get_by_text("The sandbox is back at its start")).to_be_visible()
    assert site.sandbox.get("/api/v5/trade/orders-pending", account=0) == []


def test_what_is_no_sandbox_has_no_bench(site: Site) -> None:
    site.expected = ("refused: 404",)
    page = site.open("/trade")
    expect(page.get_by_role("link", name="Bench")).to_be_visible()
    answer = {"code": "404", "msg": "Not Found", "data": []}
    page.route("**/sandbox/**", lambda route: route.fulfill(status=404, json=answer))
    page.goto(site.origin + "/bench")
    expect(page.get_by_role("heading", name="There is no bench here")).to_be_visible()
    expect(page.get_by_role("link", name="Bench")).to_have_count(0)
    assert site.axe(page) == []


@pytest.mark.lengthy
def test_every_width_and_theme_is_open_to_everybody(site: Site) -> None:
    site.sandbox.call("POST", "/sandbox/storm", {"instId": "BTC-USDT", "move": "-0.15", "seconds": "600"})
    site.sandbox.call("POST", "/sandbox/faults", {"kind": "gap", "channel": "books*", "probability": "0.02"})
    page = bench(site)
    expect(card(page, "Faults").get_by_role("listitem")).to_have_count(1)
    expect(card(page, "Index and storm").get_by_role("progressbar")).to_be_visible()
    expect(card(page, "Accounts and keys").get_by_role("tabpanel")).to_be_visible()
    for size, (width, height) in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            site.wear(page, theme)
            assert site.axe(page, "wcag2aa" if theme == "light" else "") == []
            site.picture(page, f"bench-{size}-{theme}")
        page.get_by_role("region", name="Outbox").scroll_into_view_if_needed()
        site.picture(page, f"bench-end-{size}")
        assert page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0
