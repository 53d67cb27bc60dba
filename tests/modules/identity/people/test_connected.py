"""Accounts at other providers: sign-in like a password, sign-up, linking, and never the last way in."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from lonja.adapters.provider_local import NAME, Admission, LocalProvider
from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.connected import PAGES, Arrival, ArrivalForm, Setting, return_address
from lonja.modules.identity.people.events import SecurityChanged
from lonja.modules.identity.people.sessions import LiveSession
from lonja.modules.identity.people.sign_in import SignInStep
from lonja.modules.identity.people.tables import ArrivalRow, ConnectedRow, ConnectingRow, SessionRow
from lonja.primitives.instant import MINUTE_MS
from tests.modules.identity.people.conftest import EMAIL, LAPTOP, PASSWORD, TERMS, Town, refused

OTHER_EMAIL = "bob@example.net"


class Street:
    """A town with a provider, and the browsers that go there."""

    def __init__(self, town: Town) -> None:
        self.town, self.connected, self.provider = town, town.people.connected, LocalProvider()
        self.connected.offer([self.provider])

    def come_back(self, setting: Setting, email: str) -> tuple[str, str]:
        """State and code, as the provider's page gives them to the browser."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(setting.address).query).items()}
        asked = Admission(**query)
        return asked.state, self.provider.admit(asked, email)

    def sign_in(self, email: str, client: Client = LAPTOP) -> SignInStep | Arrival:
        setting = self.connected.begin(NAME, "sign-in", None, self.town.now_ms)
        state, code = self.come_back(setting, email)
        return self.connected.sign_in(state, code, setting.browser, client, self.town.now_ms)

    def sign_up(self, email: str, contact: str = "") -> int:
        arrived = self.sign_in(email)
        assert isinstance(arrived, Arrival)
        form = ArrivalForm(arrived.token, "ES", [TERMS.text_hash], contact)
        token = self.connected.sign_up(form, self.town.now_ms)
        return self.town.people.sign_ups.confirm(token, self.town.post.code(contact or email), self.town.now_ms)

    def live(self, user_id: int) -> LiveSession:
        people, now_ms = self.town.people, self.town.now_ms
        opened = people.sign_ins.admit(user_id, "passkey", LAPTOP, now_ms).opened
        assert opened is not None
        return people.session(opened.token, LAPTOP, now_ms)

    def link(self, user_id: int, email: str) -> LiveSession:
        live = self.live(user_id)
        setting = self.connected.begin(NAME, "security", live, self.town.now_ms)
        state, code = self.come_back(setting, email)
        self.connected.link(live, state, code, setting.browser, self.town.now_ms)
        return live


@pytest.fixture
def street(town: Town) -> Street:
    return Street(town)


def test_the_address_to_register_is_the_one_that_browsers_are_sent_with(street: Street) -> None:
    origin = "http://localhost:18080"
    street.connected.move_to(origin)
    address = street.connected.begin(NAME, "sign-in", None, street.town.now_ms).address
    assert parse_qs(urlsplit(address).query)["redirect"] == [return_address(origin, NAME)]


def test_it_counts_like_a_password_and_no_more(street: Street) -> None:
    user_id = street.town.sign_up()
    street.link(user_id, OTHER_EMAIL)
    step = street.sign_in(OTHER_EMAIL)
    assert isinstance(step, SignInStep)
    assert (step.stage, step.methods, step.opened) == ("factor", ("email",), None)
    now_ms, sign_ins = street.town.now_ms, street.town.people.sign_ins
    sign_ins.send_code(step.token, "email", now_ms)
    done = sign_ins.factor(step.token, "email", street.town.post.code(EMAIL), LAPTOP, now_ms)
    assert done.stage == "device", "the device comes last, as ever"


def test_who_is_named_but_not_known_signs_up_with_a_code_and_no_password(street: Street) -> None:
    user_id = street.sign_up(OTHER_EMAIL)
    (account,) = street.connected.all(user_id)
    assert (account.provider, account.label) == (NAME, "bo***@example.net")
    again = street.sign_in(OTHER_EMAIL)
    assert isinstance(again, SignInStep)
    for password in ("", PASSWORD):
        with refused("credentials_wrong"):
            street.town.people.sign_ins.begin(OTHER_EMAIL, password, LAPTOP, street.town.now_ms)


def test_another_contact_may_be_chosen(street: Street) -> None:
    user_id = street.sign_up(OTHER_EMAIL, contact=EMAIL)
    user = street.town.people.user(user_id)
    assert user.email is not None
    assert user.email.value == EMAIL


def test_an_address_that_a_provider_names_opens_no_account(street: Street) -> None:
    """Pre-hijacking: whoever has the address at a provider still needs the code that goes to its owner."""
    street.town.sign_up(EMAIL)
    arrived = street.sign_in(EMAIL)
    unknown = street.sign_in(OTHER_EMAIL)
    assert isinstance(arrived, Arrival), "the same answer as for an address that nobody has"
    assert isinstance(unknown, Arrival)
    street.town.wait()
    arrived = street.sign_in(EMAIL)
    assert isinstance(arrived, Arrival)
    token = street.connected.sign_up(ArrivalForm(arrived.token, "ES", [TERMS.text_hash]), street.town.now_ms)
    assert street.town.post.last(EMAIL)[0] == "sign_up_taken"
    with refused("code_wrong"):
        street.town.people.sign_ups.confirm(token, "000000", street.town.now_ms)


@pytest.mark.parametrize("stolen", ["browser", "state", "code", "session"])
def test_nobody_else_finishes_what_a_browser_began(street: Street, stolen: str) -> None:
    """Login CSRF and fixation: state, code and browser belong together, and to one purpose."""
    user_id = street.town.sign_up()
    mine = street.connected.begin(NAME, "sign-in", None, street.town.now_ms)
    others = street.connected.begin(NAME, "sign-in", None, street.town.now_ms)
    state, code = street.come_back(mine, OTHER_EMAIL)
    other_state, other_code = street.come_back(others, "mallory@example.net")
    given = {
        "browser": (state, code, others.browser, "connecting_over"),
        "state": (other_state, code, mine.browser, "connecting_over"),
        "code": (state, other_code, mine.browser, "provider_refused"),
        "session": (state, code, mine.browser, "connecting_over"),
    }[stolen]
    with refused(given[3]):
        if stolen == "session":
            street.connected.link(street.live(user_id), *given[:3], street.town.now_ms)
        else:
            street.connected.sign_in(*given[:3], LAPTOP, street.town.now_ms)
    assert street.connected.all(user_id) == []


def test_what_was_begun_to_link_signs_nobody_in_and_links_in_no_other_session(street: Street) -> None:
    user_id, now_ms = street.town.sign_up(), street.town.now_ms
    live, other = street.live(user_id), street.live(user_id)
    setting = street.connected.begin(NAME, "security", live, now_ms)
    state, code = street.come_back(setting, OTHER_EMAIL)
    with refused("connecting_over"):
        street.connected.sign_in(state, code, setting.browser, LAPTOP, now_ms)
    with refused("connecting_over"):
        street.connected.link(other, state, code, setting.browser, now_ms)
    assert street.connected.link(live, state, code, setting.browser, now_ms).label == "bo***@example.net"


def test_a_way_back_is_good_once_and_not_for_long(street: Street) -> None:
    setting = street.connected.begin(NAME, "sign-in", None, street.town.now_ms)
    state, code = street.come_back(setting, OTHER_EMAIL)
    assert isinstance(street.connected.sign_in(state, code, setting.browser, LAPTOP, street.town.now_ms), Arrival)
    with refused("connecting_over"):
        street.connected.sign_in(state, code, setting.browser, LAPTOP, street.town.now_ms)
    late = street.connected.begin(NAME, "sign-in", None, street.town.now_ms)
    state, code = street.come_back(late, OTHER_EMAIL)
    assert street.connected.page_of(NAME, state, street.town.now_ms) == "sign-in"
    assert street.connected.page_of("other", state, street.town.now_ms) == "", "mix-up of providers"
    street.town.wait(10 * MINUTE_MS)
    assert street.connected.page_of(NAME, state, street.town.now_ms) == ""
    with refused("connecting_over"):
        street.connected.sign_in(state, code, late.browser, LAPTOP, street.town.now_ms)


@pytest.mark.parametrize("page", ["", "//evil.example", "https://evil.example", "security/../..", "sign-in#x", "\n"])
def test_a_browser_comes_back_to_pages_of_a_fixed_list_only(street: Street, page: str) -> None:
    with refused("page_unknown"):
        street.connected.begin(NAME, page, None, street.town.now_ms)
    assert page not in PAGES


def test_an_account_at_a_provider_belongs_to_one_user(street: Street) -> None:
    first, second = street.town.sign_up(), street.town.sign_up("carol@example.com")
    street.link(first, OTHER_EMAIL)
    with refused("connected_already"):
        street.link(second, OTHER_EMAIL)
    with refused("connected_already"):
        street.link(first, "second@example.net")
    with street.town.people.parts.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ConnectedRow)) == 1


def test_the_last_way_in_is_never_unlinked(street: Street) -> None:
    user_id = street.sign_up(OTHER_EMAIL)
    live, (account,) = street.live(user_id), street.connected.all(user_id)
    with refused("last_way_in"):
        street.connected.unlink(live, account.connected_id, street.town.now_ms)
    assert street.connected.all(user_id) == [account]


def test_what_is_unlinked_signs_in_no_more_and_ends_other_sessions(street: Street) -> None:
    user_id = street.town.sign_up()
    live, other = street.link(user_id, OTHER_EMAIL), street.live(user_id)
    (account,) = street.connected.all(user_id)
    street.connected.unlink(live, account.connected_id, street.town.now_ms)
    assert isinstance(street.sign_in(OTHER_EMAIL), Arrival)
    changes = [fact for fact in street.town.facts if isinstance(fact, SecurityChanged)]
    assert [fact.what for fact in changes] == ["connected_account"] * 2
    seen = {"provider": account.title, "device": LAPTOP.name, "place": f"Valencia ({LAPTOP.address})"}
    told = [(template, values) for _, template, values in street.town.post.sent[-2:]]
    assert told == [("account_connected", seen), ("account_disconnected", seen)]
    with street.town.people.parts.transaction() as session:
        assert session.get_one(SessionRow, other.token_digest).end_reason == "factor_changed"
        assert session.get_one(SessionRow, live.token_digest).end_reason == ""


def test_nobody_unlinks_what_is_somebody_elses(street: Street) -> None:
    first, second = street.town.sign_up(), street.town.sign_up("carol@example.com")
    street.link(first, OTHER_EMAIL)
    (account,) = street.connected.all(first)
    with refused("connected_not_found"):
        street.connected.unlink(street.live(second), account.connected_id, street.town.now_ms)
    assert street.connected.all(first) == [account]


def test_a_frozen_account_says_so_only_after_the_provider(street: Street) -> None:
    user_id = street.town.sign_up()
    street.link(user_id, OTHER_EMAIL)
    street.town.people.recoveries.freeze(user_id, "lost", street.town.now_ms)
    with refused("account_frozen"):
        street.sign_in(OTHER_EMAIL)


def test_whoever_comes_too_often_waits(street: Street) -> None:
    for _ in range(50):
        with refused("connecting_over"):
            street.connected.sign_in("x", "x", "x", LAPTOP, street.town.now_ms)
    with refused("too_many_attempts"):
        street.sign_in(OTHER_EMAIL)
    assert isinstance(street.sign_in(OTHER_EMAIL, Client("198.51.100.1", LAPTOP.user_agent)), Arrival)


def test_housekeeping_forgets_who_never_came_back(street: Street) -> None:
    street.sign_in(OTHER_EMAIL)
    street.connected.begin(NAME, "sign-in", None, street.town.now_ms)
    street.town.wait()
    street.town.people.forget_expired(street.town.now_ms)
    with street.town.people.parts.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ConnectingRow)) == 0
        assert session.scalar(select(func.count()).select_from(ArrivalRow)) == 0


def test_nothing_personal_or_secret_is_kept_in_the_clear(street: Street) -> None:
    street.sign_up(OTHER_EMAIL)
    setting = street.connected.begin(NAME, "sign-in", None, street.town.now_ms)
    state, _ = street.come_back(setting, OTHER_EMAIL)
    with street.town.people.parts.database.connect() as connection:
        for table in ("connected_accounts", "connecting", "connected_arrivals", "sign_ups"):
            kept = repr(connection.exec_driver_sql(f"select * from {table}").fetchall())
            assert OTHER_EMAIL not in kept
            assert state not in kept
            assert setting.browser not in kept
