"""People who sign up on the pages, and the account API as an open page has it."""

from playwright.sync_api import Page, expect

from tests.e2e.browser import Tab
from tests.e2e.papers import RENEWED, hand_in_identity, identity_of, renewed
from tests.e2e.person import PASSWORD, Person, Town
from tests.e2e.staff import Member
from tests.web.site import Site


class Stranger(Tab):
    """The account API as an open page has it, before anybody signed in there."""

    def __init__(self, page: Page) -> None:
        self.page, self.headers = page, {}


class Here(Tab):
    """The account API as a page that is open has it: its cookies, and the token that only it can read."""

    def __init__(self, page: Page) -> None:
        self.page, self.headers = page, {}
        self.call("GET", "/me/csrf-token")


def agree(page: Page) -> None:
    """Tick every text off."""
    expect(page.get_by_label("I have read and agree to")).to_have_count(3)
    for box in page.get_by_label("I have read and agree to").all():
        box.check()


def sign_up(page: Page, town: Town, email: str, password: str = PASSWORD) -> None:
    """Fill the form in, and the code that came."""
    page.get_by_label("E-mail or phone number").fill(email)
    page.get_by_label("Choose a password").fill(password)
    page.get_by_label("Where you live").select_option("CH")
    agree(page)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Enter the code")).to_be_visible()
    page.get_by_label("Code", exact=True).fill(town.code(email))


def verify(town: Town, person: Person, at: Tab, until: str = RENEWED) -> None:
    """All that stands before the first trade: factors, papers valid ``until`` a day, and staff who look at them."""
    person.bind_phone(at)
    person.bind_authenticator(at)
    # All tests here share a house, and a document belongs to one person.
    hand_in_identity(at, renewed(f"L{person.phone[-8:]}", until), "CH")
    person.uid = at.call("GET", "/me").body["uid"]
    reviewer, user_id = Member(town.sandbox), town.user_id(person.uid)
    town.until(lambda: reviewer.decide("liveness", user_id, "matched", "the same person"))
    reviewer.decide("kyc", user_id, "approved", "the specimen of the standard")
    town.until(lambda: identity_of(at)["state"] == "verified")


def arrive(site: Site, town: Town, person: Person, path: str, **window: str) -> tuple[Page, Here]:
    """Somebody new who signed up in this browser, on the page at ``path``; quicker than by the form."""
    page = site.open("/sign-in", **window)
    person.sign_up(Stranger(page))
    page.evaluate("localStorage.setItem('lonja', JSON.stringify({wasSignedIn: true}))")
    page.goto(site.origin + path)
    expect(page.get_by_role("button", name="Signed in as")).to_be_visible()
    return page, Here(page)


def look(site: Site, page: Page, name: str) -> None:
    """Nothing in anybody's way, nothing beyond the edge, and a picture."""
    found = site.axe(page)
    assert found == [], found
    assert page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0
    site.picture(page, name)
