"""Verification by camera, renewed before it ends, with wallets that sign, and confirmed anew after a while."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.papers import renewed
from tests.e2e.person import Person, Town
from tests.e2e.staff import Member
from tests.modules.verification.due_diligence.conftest import pdf
from tests.modules.verification.due_diligence.test_funds import KEY, OTHER_KEY, address_of, sign
from tests.web.people import agree, arrive, look, verify
from tests.web.site import Site
from tests.web.test_verification import file, hand_in_picture, propose, see, signed_up, state_who, step, user_id_of

SOON = timedelta(days=5)
MINUTE_MS = 60_000
DRAWN_IS_REFUSED = ("/api/account/verification/pictures/",)
"""What a camera without a lens sees may be too plain to be taken."""


@pytest.fixture
def town(site: Site) -> Town:
    return Town(site.sandbox)


def photograph(page: Page, group: Locator) -> None:
    group.get_by_role("button", name="Use the camera").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Nothing is sent until you take the picture.")).to_be_visible()
    dialog.get_by_role("button", name="Take the picture").click()
    expect(dialog).to_have_count(0)


@pytest.mark.lengthy
def test_a_camera_takes_pictures_where_it_is_allowed(site: Site, town: Town) -> None:
    site.expected = DRAWN_IS_REFUSED
    page = signed_up(site, town, "cora")
    page.goto(f"{site.origin}/verification/identity")
    step(page, "Picture of your face").click()
    face = page.get_by_role("group", name="Your face")
    face.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_role("dialog").get_by_text("The camera may not be used here.")).to_be_visible()
    look(site, page, "camera-denied-desktop-dark")
    page.keyboard.press("Escape")
    page.context.grant_permissions(["camera"])
    photograph(page, face)
    # It was sent, and either taken or judged.
    expect(face.get_by_text("Handed in", exact=True).or_(face.get_by_role("alert")).first).to_be_visible()
    assert page.evaluate("() => document.querySelectorAll('video').length") == 0


@pytest.mark.lengthy
def test_who_is_about_to_lose_a_verification_renews_it_and_trades_meanwhile(site: Site, town: Town) -> None:
    vic = Person(town, "vic.web", "+14155550177")
    page, here = arrive(site, town, vic, "/overview")
    ends = datetime.fromtimestamp(town.now_ms() // 1_000, UTC) + SOON
    verify(town, vic, here, f"{ends:%y%m%d}")
    page.goto(f"{site.origin}/verification")
    page.get_by_role("link", name="Renew", exact=True).click()
    expect(page.get_by_text("It ends soon.")).to_be_visible()
    see(site, page, "verification-ends-soon")
    page.get_by_role("button", name="Renew", exact=True).click()
    expect(page.get_by_role("heading", name="Renew before it ends")).to_be_visible()
    expect(page.get_by_label("Surname")).to_have_value("Eriksson")
    see(site, page, "verification-renew")
    newer = renewed("L70000177")
    state_who(page, newer)
    hand_in_picture(page, "Front of the document", newer.picture())
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_text("A person compares your face")).to_be_visible()
    assert here.call("GET", "/verification").body["level"] == 1
    reviewer, user_id = Member(town.sandbox), town.user_id(vic.uid)
    town.until(lambda: reviewer.decide("liveness", user_id, "matched", "the same person"))
    expect(page.get_by_text("Valid until May 16, 2035")).to_be_visible(timeout=40_000)
    expect(page.get_by_role("button", name="Renew", exact=True)).to_have_count(0)


@pytest.mark.lengthy
def test_wallets_are_proved_by_signing_and_what_is_typed_stays_while_one_looks_elsewhere(
    site: Site, town: Town
) -> None:
    site.expected = ("refused: 4",)
    page = signed_up(site, town, "wim")
    values = {"question": "source_of_funds", "reference": "t3"}
    asked = {"act": "funds.ask", "user_id": user_id_of(page, town), "reason": "large", "values": values}
    propose(town, "/proposals", asked)
    page.goto(f"{site.origin}/verification/funds")
    page.get_by_label("What is it?").select_option("defi")
    page.get_by_label("How did you get it?").fill("Fees of a pool.")
    page.get_by_role("link", name="Verification").first.click()
    page.get_by_role("link", name="1 question waits for you").click()
    expect(page.get_by_label("How did you get it?")).to_have_value("Fees of a pool.")
    assert "Fees" not in page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    form = page.get_by_role("form", name="Your wallets")
    form.get_by_label("Address").fill(address_of(KEY))
    form.get_by_role("button", name="Get a text to sign").click()
    text = page.locator("pre").inner_text()
    page.get_by_label("The signature").fill(sign(OTHER_KEY, text))
    page.get_by_role("button", name="Prove the wallet").click()
    expect(page.get_by_text("This signature was not made by that wallet")).to_be_visible()
    see(site, page, "verification-wallet")
    page.get_by_label("The signature").fill(sign(KEY, text))
    page.get_by_role("button", name="Prove the wallet").click()
    expect(page.get_by_text(f"Proved: {address_of(KEY)}")).to_be_visible()
    expect(page.get_by_label("How did you get it?")).to_have_value("Fees of a pool.")


@pytest.mark.lengthy
def test_a_move_is_handed_in_after_a_confirmation(site: Site, town: Town) -> None:
    site.expected = ("refused: 403",)
    page = signed_up(site, town, "zoe")
    page.goto(f"{site.origin}/verification/residence")
    page.get_by_label("Where to?").select_option("PT")
    page.get_by_role("button", name="Begin to move").click()
    expect(page.get_by_role("heading", name="Move to Portugal")).to_be_visible()
    yesterday = datetime.fromtimestamp(town.now_ms() // 1_000, UTC) - timedelta(days=1)
    paper = page.get_by_role("group", name="Proof of the new address")
    paper.get_by_label("Date on it").fill(yesterday.date().isoformat())
    paper.locator("input[type=file]").set_input_files(file("rent.pdf", pdf("rent"), "application/pdf"))
    expect(paper.get_by_text("Hand in another")).to_be_visible()
    for label, value in (("Street and number", "Rua 1"), ("Postal code", "1000-001"), ("City", "Lisboa")):
        page.get_by_label(label).fill(value)
    agree(page)
    town.wait(6 * MINUTE_MS)
    page.get_by_role("button", name="Hand it in").click()
    dialog = page.get_by_role("dialog", name="Confirm that it is you")
    expect(dialog.get_by_text("We sent six digits to")).to_be_visible()
    see(site, page, "verification-step-up")
    dialog.get_by_label("Code", exact=True).fill(town.code("zoe.web@example.com"))
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("A person looks at the proof")).to_be_visible()
