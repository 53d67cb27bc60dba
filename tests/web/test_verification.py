"""People verify who they are, institutions apply, and what else is asked of people is answered on the pages."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.e2e.papers import Specimen, face, renewed
from tests.e2e.person import Town
from tests.e2e.staff import Member
from tests.modules.verification.due_diligence.conftest import pdf
from tests.web.people import Here, look, sign_up
from tests.web.site import THEMES, WIDTHS, Site

LIMIT_RAISED = re.compile(r"before: 50,000 USD.+after:\s+500,000 USD", re.DOTALL)
LOOKED_AT = {"phone-light", "desktop-dark"}
"""Where a screen is looked at by machine, too; pictures are taken everywhere."""


PAPERS = (
    "Certificate of incorporation",
    "Articles of association",
    "Register of directors",
    "Register of shareholders or Ownership chart",
    "Proof of address",
    "Letter of authorization or Board resolution",
)


@pytest.fixture
def town(site: Site) -> Town:
    return Town(site.sandbox)


def signed_up(site: Site, town: Town, name: str) -> Page:
    page = site.open("/sign-up")
    sign_up(page, town, f"{name}.web@example.com")
    expect(page).to_have_url(re.compile(r"/overview$"))
    return page


def user_id_of(page: Page, town: Town) -> int:
    return town.user_id(Here(page).call("GET", "/me").body["uid"])


def see(site: Site, page: Page, name: str) -> None:
    """At every width and in both themes, with nothing below the mouse."""
    page.mouse.move(0, 0)
    for size, (width, height) in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            site.wear(page, theme)
            if f"{size}-{theme}" in LOOKED_AT:
                look(site, page, f"{name}-{size}-{theme}")
            else:
                site.picture(page, f"{name}-{size}-{theme}")
    page.set_viewport_size({"width": 1440, "height": 900})


def file(name: str, content: bytes, media_type: str = "image/jpeg") -> FilePayload:
    return {"name": name, "mimeType": media_type, "buffer": content}


def step(page: Page, title: str) -> Locator:
    """The button that opens a step."""
    return page.get_by_role("button", name=re.compile(rf"^\d? ?{title}"))


# -- A person -----------------------------------------------------------------------------------------------------------


def state_who(page: Page, specimen: Specimen) -> None:
    stated = specimen.stated("CH")
    page.get_by_label("Given names").fill(stated["given_names"])
    page.get_by_label("Surname").fill(stated["surname"])
    page.get_by_label("Date of birth").fill(stated["birth_date"])
    page.get_by_label("Issued by").select_option("UTO")
    page.get_by_label("Number of the document").fill(stated["document_number"].lower())
    page.get_by_label("Valid until").fill(stated["document_expires"])
    page.get_by_role("button", name="Save and go on").click()


def hand_in_picture(page: Page, label: str, content: bytes) -> None:
    group = page.get_by_role("group", name=label)
    group.locator("input[type=file]").set_input_files(file("picture.jpg", content))
    expect(group.get_by_text("Handed in", exact=True)).to_be_visible()


def test_a_person_is_refused_with_a_remedy_then_verified(site: Site, town: Town) -> None:
    page = signed_up(site, town, "vera")
    page.get_by_role("link", name="See what each level opens").click()
    expect(page.get_by_role("listitem").filter(has_text="Level 1")).to_contain_text("Perpetual contracts")
    expect(page.get_by_role("listitem").filter(has_text="Level 2")).to_contain_text(LIMIT_RAISED)
    see(site, page, "verification")
    page.get_by_role("link", name="Begin or go on").click()
    is_begun_and_gone_on_with(site, page)
    is_refused(site, page)
    is_verified(page, town, user_id_of(page, town))
    see(site, page, "verification-verified")


def is_begun_and_gone_on_with(site: Site, page: Page) -> None:
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Read the text and agree to it.")).to_be_visible()
    page.get_by_label("I have read this and agree to it").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_label("Surname")).to_be_focused()
    see(site, page, "verification-person")
    state_who(page, Specimen())
    expect(page.get_by_label("What do you do?")).to_be_visible()
    page.reload()
    page.get_by_label("What do you do?").select_option("employed")
    page.get_by_label("Where does your income come from?").select_option("salary")
    page.get_by_label("Trading").check()
    page.get_by_role("button", name="Save and go on").click()
    front = page.get_by_role("group", name="Front of the document")
    front.locator("input[type=file]").set_input_files(file("passport.jpg", b"GIF89a" + bytes(20)))
    expect(front.get_by_role("alert")).to_contain_text("none of JPEG, PNG, WebP")
    see(site, page, "verification-picture")


def is_refused(site: Site, page: Page) -> None:
    hand_in_picture(page, "Front of the document", Specimen().picture())
    page.get_by_role("button", name="Continue").click()
    hand_in_picture(page, "Your face", face())
    page.reload()
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("heading", name="We are looking at it")).to_be_visible()
    expect(page.get_by_text("The document has expired.")).to_be_visible(timeout=40_000)
    expect(page.get_by_text("Hand in one that is valid.")).to_be_visible()
    see(site, page, "verification-refused")


def is_verified(page: Page, town: Town, user_id: int) -> None:
    expect(page.get_by_label("Surname")).to_have_value("Eriksson")
    state_who(page, renewed())
    hand_in_picture(page, "Front of the document", renewed().picture())
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("2 tries are left in 24 hours.")).to_be_visible()
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_text("A person compares your face")).to_be_visible()
    reviewer = Member(town.sandbox)
    town.until(lambda: reviewer.decide("liveness", user_id, "matched", "the same person"))
    reviewer.decide("kyc", user_id, "approved", "the specimen of the standard")
    expect(page.get_by_role("heading", name="Your identity is verified")).to_be_visible(timeout=40_000)
    page.get_by_role("link", name="Next: your address").click()
    expect(page.get_by_label("Street and number")).to_be_visible()


# -- An institution -----------------------------------------------------------------------------------------------------


def save(page: Page) -> None:
    page.get_by_role("button", name="Save and go on").click()


def state_institution(page: Page) -> None:
    page.get_by_label("Full name, as registered").fill("Quarry AG")
    page.get_by_label("Registration number").fill("CHE-1")
    page.get_by_label("Registered on").fill("2015-05-04")
    page.get_by_label("Country of registration").select_option("CH")
    page.get_by_label("What it does").fill("Trades")
    save(page)
    expect(page.get_by_label("It works at its registered address")).to_be_checked()


def state_people(page: Page) -> None:
    page.get_by_label("Street and number").fill("Steinweg 1")
    page.get_by_label("Postal code").fill("8000")
    page.get_by_label("City").fill("Zürich")
    page.get_by_label("Country", exact=True).select_option("CH")
    save(page)
    page.get_by_label("Given names").fill("Ann")
    page.get_by_label("Surname").fill("Stone")
    page.get_by_label("Date of birth").fill("1980-02-29")
    page.get_by_label("Nationality").select_option("CH")
    page.get_by_label("Where you live").select_option("CH")
    for role in ("Director", "Authorized trader"):
        page.get_by_label(role, exact=True).check()
    save(page)


def state_owners(site: Site, page: Page) -> None:
    page.get_by_role("button", name="Add an owner").click()
    page.get_by_label("Which of the people?").select_option(label="Ann Stone")
    page.get_by_label("Share (%)").fill("99.5")
    save(page)
    expect(page.get_by_text("do not add up to 100 % yet")).to_be_visible()
    expect(page.get_by_text("above the line is not among the people")).to_be_visible()
    see(site, page, "verification-owners")
    page.get_by_label("Share (%)").fill("100")
    save(page)
    step(page, "People and their roles").click()
    page.get_by_label("Beneficial owner").check()
    save(page)


def hand_in_papers(page: Page, day: str) -> None:
    wanted = page.get_by_role("group").filter(has=page.locator("details[open]"))
    expect(wanted).to_have_count(len(PAPERS) + 1)
    for title in PAPERS:
        paper = page.get_by_role("group", name=title, exact=True).first
        paper.get_by_label("Date on it").fill(day)
        paper.locator("input[type=file]").set_input_files(file(f"{title}.pdf", pdf(title), "application/pdf"))
        expect(paper.get_by_text("Take back")).to_be_visible()


def is_signed_and_handed_in(page: Page) -> None:
    step(page, "Sign and hand in").click()
    page.get_by_label("Who signs?").select_option(label="Ann Stone")
    page.get_by_label("Full name, as the signature").fill("Anna Stone")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("The name signed is not that person's.")).to_be_visible()
    page.get_by_label("Full name, as the signature").fill("Ann Stone")
    page.get_by_role("button", name="Sign", exact=True).click()
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("heading", name="We are looking at it")).to_be_visible()


@pytest.mark.lengthy
def test_an_institution_applies_section_by_section(site: Site, town: Town) -> None:
    site.expected = ("/api/account/institution/attestation",)
    page = signed_up(site, town, "ines")
    page.goto(f"{site.origin}/verification/institution")
    page.get_by_role("button", name="Begin the application").click()
    state_institution(page)
    page.reload()
    expect(page.get_by_role("heading", name="Quarry AG", level=1)).to_be_visible()
    state_people(page)
    state_owners(site, page)
    yesterday = datetime.fromtimestamp(town.now_ms() // 1_000, UTC) - timedelta(days=1)
    hand_in_papers(page, yesterday.date().isoformat())
    is_signed_and_handed_in(page)
    reviewer, user_id = Member(town.sandbox), user_id_of(page, town)
    town.until(lambda: reviewer.decide("kyb", user_id, "more_needed", "paper_incomplete: page 2"))
    expect(page.get_by_text("Pages of a paper are missing")).to_be_visible()


# -- What else is asked -------------------------------------------------------------------------------------------------


def propose(town: Town, path: str, body: Mapping[str, object]) -> None:
    """An act of staff that two agree on."""
    proposed = Member(town.sandbox).done("POST", path, body)
    if proposed["state"] == "waiting":
        Member(town.sandbox, 1).done("POST", f"/proposals/{proposed['proposal']}/approve")


@pytest.mark.lengthy
def test_a_move_is_looked_at_before_it_is_begun(site: Site, town: Town) -> None:
    page = signed_up(site, town, "mona")
    page.goto(f"{site.origin}/verification/residence")
    page.get_by_label("Where to?").select_option("PT")
    expect(page.get_by_text("Another company of the house will serve you")).to_be_visible()
    page.get_by_role("button", name="Begin to move").click()
    expect(page.get_by_role("heading", name="Move to Portugal")).to_be_visible()
    see(site, page, "verification-residence")
    page.reload()
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_text("Hand in a proof of the new address.")).to_be_visible()
    page.get_by_role("button", name="Stay after all").click()
    expect(page.get_by_role("heading", name="You stayed")).to_be_visible()


@pytest.mark.lengthy
def test_questions_about_money_and_restrictions_are_answered(site: Site, town: Town) -> None:
    page = signed_up(site, town, "rita")
    user_id = user_id_of(page, town)
    values = {"question": "source_of_funds", "reference": "t1"}
    propose(town, "/proposals", {"act": "funds.ask", "user_id": user_id, "reason": "large", "values": values})
    dispute = {"kind": "dispute", "reference": "t2", "reason": "a dispute"}
    propose(town, f"/people/{user_id}/restrictions", dispute)
    page.goto(f"{site.origin}/verification")
    page.get_by_role("link", name="1 question waits for you").click()
    page.get_by_label("Where does it come from?").select_option("CH")
    page.get_by_label("How much").fill("50000.55")
    page.get_by_label("How did you get it?").fill("Salary of ten years.")
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_text("Hand in: Pay slip or Letter of the employer.")).to_be_visible()
    see(site, page, "verification-funds")
    for title in ("Pay slip or Letter of the employer", "Bank statement"):
        paper = page.get_by_role("group", name=title, exact=True).first
        paper.locator("input[type=file]").set_input_files(file("paper.pdf", pdf(title), "application/pdf"))
        expect(paper.get_by_text("Take back")).to_be_visible()
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_text("50,000.55 USD")).to_be_visible()
    appeals(site, page)


def appeals(site: Site, page: Page) -> None:
    page.goto(f"{site.origin}/verification/appeals")
    page.get_by_label("Why is it wrong?").fill("The other customer was paid.")
    see(site, page, "verification-appeal")
    page.get_by_role("button", name="Appeal").click()
    expect(page.get_by_text("In review")).to_be_visible()
    expect(page.get_by_label("Why is it wrong?")).to_have_count(0)
