"""Ways to pay, the recovery export, guided steps, the checklist, authenticators by two clocks, links in notices."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from pyrage import decrypt, encrypt, x25519

from lonja.modules.identity.people.addresses import AddressRules, NewAddress
from lonja.modules.identity.people.checklist import score_of
from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.events import SecurityChanged
from lonja.modules.identity.people.payment_methods import NewPaymentMethod
from lonja.modules.identity.people.ports import Place
from lonja.modules.identity.people.residence_answers import doubt_of
from lonja.modules.identity.people.sessions import LiveSession
from lonja.modules.identity.people.users import UserState
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS
from tests.modules.identity.people.conftest import EMAIL, LAPTOP, PASSWORD, Town, refused
from tests.modules.identity.people.soft_authenticator import SoftAuthenticator
from tests.modules.identity.people.test_addresses import signed_in
from tests.modules.identity.people.test_connected import Street

PASSPHRASE = "Seven-quiet-harbors-92"
CARD = "4111111111111111"
IBAN = "DE89 3704 0044 0532 0130 00"
PAYPAL = NewPaymentMethod("mobile_wallet", "Alice Gray", "alice.gray", "Somepay")


class Registry:
    """Everybody is verified as Alice Gray."""

    def matches(self, user_id: int, holder: str) -> bool | None:
        return holder == "Alice Gray" if user_id else None


class Guard:
    """Keeps what was closed, and counts keys."""

    def __init__(self) -> None:
        self.closed: set[str] = set()
        self.keys = 0
        self.reports: list[int] = []

    def close(self, user_id: int, reference: str) -> None:
        self.closed.add(f"{user_id} {reference}")

    def open(self, user_id: int, reference: str) -> None:
        self.closed.discard(f"{user_id} {reference}")

    def old_keys(self, account: int, before_ms: int) -> int:
        assert account >= 0 < before_ms
        return self.keys

    def report(self, user_id: int, what: str) -> None:
        assert what
        self.reports.append(user_id)


def with_authenticator(town: Town) -> tuple[LiveSession, str]:
    live = signed_in(town, town.sign_up())
    draft = town.people.self_service.begin_authenticator(live.user_id)
    code = pyotp.TOTP(draft.secret).at(town.now_ms // 1000)
    town.people.self_service.confirm_authenticator(live, code, town.now_ms)
    return live, draft.secret


# -- Ways to pay -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("bank_account", IBAN, ""),
        ("bank_account", "DE89370400440532013001", "payment_number_form"),
        ("bank_account", "0042 7731", ""),
        ("card", "4111 1111 1111 1111", ""),
        ("card", "4111111111111112", "payment_number_form"),
        ("card", "41111111111111\u0661\u0661", "payment_number_form"),
        ("mobile_wallet", "+34600111222", ""),
        ("mobile_wallet", "a\r\nb", "payment_number_form"),
    ],
)
def test_numbers_of_ways_to_pay(town: Town, kind: str, number: str, code: str) -> None:
    live = signed_in(town, town.sign_up())
    methods = town.people.payment_methods
    methods.holders = Registry()
    new = NewPaymentMethod(kind, "Alice Gray", number, "Somebank")  # type: ignore[arg-type]  # as a client sends it
    if code:
        with refused(code):
            methods.add(live, new, town.now_ms)
        return
    digits = "".join(char for char in number if char.isalnum() or char == "+")
    assert methods.add(live, new, town.now_ms).number == f"**** {digits[-4:]}"


@pytest.mark.parametrize("holder", ["Alice Grey", "Bob Gray", "Al\u0456ce Gray"])
def test_nobody_pays_in_another_name(town: Town, holder: str) -> None:
    live = signed_in(town, town.sign_up())
    town.people.payment_methods.holders = Registry()
    with pytest.raises(Exception, match=r"holder|script"):
        town.people.payment_methods.add(live, NewPaymentMethod("card", holder, "4111111111111111", "B"), town.now_ms)
    assert town.people.payment_methods.all(live.user_id) == []


def test_who_is_not_verified_keeps_no_way_to_pay(town: Town) -> None:
    live = signed_in(town, town.sign_up())
    with refused("verification_needed"):
        town.people.payment_methods.add(live, PAYPAL, town.now_ms)


def test_the_same_way_to_pay_is_kept_once_and_removed_by_its_owner_alone(town: Town) -> None:
    live, other = signed_in(town, town.sign_up()), signed_in(town, town.sign_up("bob@example.com"))
    methods = town.people.payment_methods
    methods.holders = Registry()
    kept = methods.add(live, PAYPAL, town.now_ms)
    with refused("payment_method_kept"):
        methods.add(live, PAYPAL, town.now_ms)
    with refused("payment_method_not_found"):
        methods.remove(other, kept.method_id)
    methods.remove(live, kept.method_id)
    assert methods.all(live.user_id) == []


def test_no_card_number_is_kept(town: Town) -> None:
    live = signed_in(town, town.sign_up())
    town.people.payment_methods.holders = Registry()
    town.people.payment_methods.add(live, NewPaymentMethod("card", "Alice Gray", "4111111111111111", "B"), town.now_ms)
    with town.people.parts.transaction() as session:
        row = town.people.parts.users.find(session, live.user_id)
        sealed = session.connection().exec_driver_sql("select sealed_method from payment_methods").scalar_one()
        opened = town.people.parts.users.open_field(row, "payment_method", bytes(sealed))
    assert b"1111" in opened
    assert b"11111" not in opened


# -- Recovery export -------------------------------------------------------------------------------------------------


class QuickSeal:
    """Seals as age does, to a key instead of the passphrase, which age makes slow on purpose.

    That the passphrase opens a file, and no other does, is tried in ``tests/edge/account/test_protecting.py``.
    """

    def __init__(self, town: Town) -> None:
        self.key, self.passphrases = x25519.Identity.generate(), list[str]()
        town.people.recovery_exports.seal = self

    def __call__(self, plain: bytes, passphrase: str) -> bytes:
        self.passphrases.append(passphrase)
        return encrypt(plain, [self.key.to_public()])


def test_a_recovery_export_brings_its_holder_back(town: Town) -> None:
    live, secret = with_authenticator(town)
    seal = QuickSeal(town)
    file = town.people.recovery_exports.make(live, PASSPHRASE, town.now_ms)
    assert file.startswith(b"age-encryption.org/v1")
    inside = json.loads(decrypt(file, [seal.key]))
    assert inside["authenticator_secret"] == secret
    begun = town.people.sign_ins.begin(EMAIL, PASSWORD, LAPTOP, town.now_ms)
    done = town.people.sign_ins.factor(begun.token, "backup_code", inside["backup_codes"][3], LAPTOP, town.now_ms)
    assert done.stage == "device"
    town.wait(MINUTE_MS)
    begun = town.people.sign_ins.begin(EMAIL, PASSWORD, LAPTOP, town.now_ms)
    code = pyotp.TOTP(inside["authenticator_secret"]).at(town.now_ms // 1000)
    assert town.people.sign_ins.factor(begun.token, "authenticator", code, LAPTOP, town.now_ms).stage == "device"


def test_an_export_is_sealed_by_its_passphrase_and_voids_the_codes_before(town: Town) -> None:
    live = signed_in(town, town.sign_up())
    seal = QuickSeal(town)
    old = town.people.self_service.new_backup_codes(live, town.now_ms)
    for weak in ("alice", "P@ssw0rd", "Password-123"):
        with pytest.raises(RefusedError, match="passphrase") as refusal:
            town.people.recovery_exports.make(live, weak, town.now_ms)
        assert "password" not in str(refusal.value)
    town.people.recovery_exports.make(live, PASSPHRASE, town.now_ms)
    assert seal.passphrases == [PASSPHRASE]
    begun = town.people.sign_ins.begin(EMAIL, PASSWORD, LAPTOP, town.now_ms)
    with refused("factor_wrong"):
        town.people.sign_ins.factor(begun.token, "backup_code", old[0], LAPTOP, town.now_ms)


def test_using_a_backup_code_is_told_so_that_withdrawals_are_held(town: Town) -> None:
    live = signed_in(town, town.sign_up())
    first, second, *_ = town.people.self_service.new_backup_codes(live, town.now_ms)
    town.facts.clear()
    used = SecurityChanged(live.user_id, "backup_code", town.now_ms)
    town.people.step_up(live, "backup_code", first, town.now_ms)
    assert town.facts == [used]
    known = Client(LAPTOP.address, LAPTOP.user_agent, town.device_token(live.user_id))
    begun = town.people.sign_ins.begin(EMAIL, PASSWORD, known, town.now_ms)
    assert town.people.sign_ins.factor(begun.token, "backup_code", second, known, town.now_ms).stage == "done"
    assert town.facts[-1] == used


# -- Guided steps ----------------------------------------------------------------------------------------------------


def left(town: Town, live: LiveSession) -> set[str]:
    return {step.name for step in town.people.guides.view(live).steps if not step.is_done}


def test_guided_steps_are_done_by_facts_alone(town: Town) -> None:
    live, _ = with_authenticator(town)
    guard = town.people.guides.safety = Guard()
    guard.keys = 1
    town.people.attach_account(live.user_id, 70_000 + live.user_id)
    other = signed_in(town, live.user_id, Client("198.51.100.1", "Mozilla/5.0 (Windows) Firefox/1"))
    town.people.addresses.add(
        live, NewAddress("BTC", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "mine"), town.now_ms
    )
    town.wait(HOUR_MS)
    guide, is_new = town.people.guides.start(live, "unusual_activity", town.now_ms)
    assert is_new
    assert guard.closed == {f"{live.user_id} guide:{guide.guide_id}"}
    todo = {"password", "devices", "authenticator", "api_keys", "addresses", "contacts", "lift"}
    assert left(town, live) == todo, "of ways to pay, passkeys and connected accounts there are none"
    with refused("steps_left"):
        town.people.guides.finish(live, town.now_ms)

    town.people.self_service.change_password(live, PASSWORD, "Harbor-9-compass!", town.now_ms)
    assert "password" not in left(town, live)
    for device in town.people.devices(live.user_id):
        if device.device_id != live.device_id:
            town.people.remove_device(live.user_id, device.device_id, town.now_ms)
    assert "devices" not in left(town, live)
    assert other.device_id != live.device_id
    draft = town.people.self_service.begin_authenticator(live.user_id)
    fresh = pyotp.TOTP(draft.secret).at(town.now_ms // 1000)
    town.people.self_service.confirm_authenticator(live, fresh, town.now_ms)
    assert "authenticator" not in left(town, live)
    guard.keys = 0
    (listed,) = town.people.addresses.all(live.user_id)
    town.people.addresses.remove(live, listed.address_id, town.now_ms)
    town.people.guides.keep(live, "contacts", ["email"], town.now_ms)
    assert left(town, live) == {"lift"}
    town.people.guides.finish(live, town.now_ms)
    assert guard.closed == set()
    with refused("guide_not_found"):
        town.people.guides.view(live)


def test_a_guide_goes_on_where_it_was(town: Town) -> None:
    live = signed_in(town, town.sign_up())
    first, _ = town.people.guides.start(live, "trojan", town.now_ms)
    town.wait(HOUR_MS)
    for kind in ("unusual_activity", "trojan"):
        assert town.people.guides.start(live, kind, town.now_ms) == (first, False)
    with refused("guide_unknown"):
        town.people.guides.start(live, "tarot", town.now_ms)


def test_a_trojan_found_later_begins_the_steps_anew(town: Town) -> None:
    live = signed_in(town, town.sign_up())
    town.people.guides.start(live, "unusual_activity", town.now_ms)
    town.people.guides.keep(live, "contacts", ["email"], town.now_ms)
    town.wait(HOUR_MS)
    guide, is_new = town.people.guides.start(live, "trojan", town.now_ms)
    assert (is_new, guide.kind, guide.begun_ms) == (True, "trojan", town.now_ms)
    assert {"backup_codes", "contacts"} <= {step.name for step in guide.steps}
    assert "contacts" in left(town, live), "what was done before was done under the trojan's eyes"


def test_what_is_kept_is_named_one_by_one(town: Town) -> None:
    live = signed_in(town, town.sign_up())
    town.people.payment_methods.holders = Registry()
    first = town.people.payment_methods.add(live, PAYPAL, town.now_ms)
    town.wait(HOUR_MS)
    keep = town.people.guides.keep
    with refused("guide_not_found"):
        keep(live, "payment_methods", [str(first.method_id)], town.now_ms)
    town.people.guides.start(live, "unusual_activity", town.now_ms)
    for named in ([], ["0"], [str(first.method_id), "0"]):
        with refused("not_all_named"):
            keep(live, "payment_methods", named, town.now_ms)
    with refused("step_unknown"):
        keep(live, "password", [], town.now_ms)
    assert "payment_methods" in left(town, live)
    keep(live, "payment_methods", [str(first.method_id)], town.now_ms)
    assert "payment_methods" not in left(town, live)
    town.wait(MINUTE_MS)
    second = town.people.payment_methods.add(live, NewPaymentMethod("card", "Alice Gray", CARD, "B"), town.now_ms)
    assert "payment_methods" in left(town, live), "added after everything was looked through"
    town.people.payment_methods.remove(live, second.method_id)
    assert "payment_methods" not in left(town, live)


def test_passkeys_and_connected_accounts_are_looked_through_too(town: Town) -> None:
    live, key, street = signed_in(town, town.sign_up()), SoftAuthenticator(), Street(town)
    town.people.passkeys.finish(
        live, key.make(town.people.passkeys.begin(live.user_id, town.now_ms)), "mine", town.now_ms
    )
    street.link(live.user_id, "alice@provider.example")
    town.wait(HOUR_MS)
    town.people.guides.start(live, "unusual_activity", town.now_ms)
    assert {"passkeys", "connected_accounts"} <= left(town, live)
    town.people.guides.keep(live, "passkeys", [key.credential_id.hex()], town.now_ms)
    (account,) = town.people.connected.all(live.user_id)
    town.people.connected.unlink(live, account.connected_id, town.now_ms)
    assert not {"passkeys", "connected_accounts"} & left(town, live)


def test_this_was_not_me_freezes_and_guides(town: Town) -> None:
    live = signed_in(town, town.sign_up())
    guard = town.people.guides.safety = Guard()
    town.people.use_clocks(lambda: town.now_ms)
    town.people.tell(live.user_id, "notice", {"title": "something happened"})
    values = town.post.last(EMAIL)[1]
    page, _, token = values["this_was_not_me_link"].partition("?token=")
    assert page == "/account/not-me"
    freeze = values["freeze_the_account_link"].partition("?token=")[2]
    with refused("link_over"):
        town.people.guides.not_me(freeze, town.now_ms)
    with refused("link_over"):
        town.people.guides.not_me(token, town.now_ms + DAY_MS)
    town.people.guides.not_me(token, town.now_ms)
    assert town.people.user(live.user_id).state is UserState.FROZEN
    assert guard.reports == [live.user_id]


# -- Checklist -------------------------------------------------------------------------------------------------------


def test_the_checklist_follows_facts(town: Town) -> None:
    live = signed_in(town, town.sign_up())
    before = town.people.checklist(live.user_id, town.now_ms)
    assert {item.name for item in before.items if item.is_done} == {"email"}
    assert {item.name for item in before.items if item.is_required} == {"authenticator", "phone", "email"}
    assert before.score == 12
    town.people.addresses.set_rules(live, AddressRules(only_listed=True), {}, town.now_ms)
    town.people.self_service.set_anti_phishing_code(live, "harbor7")
    town.people.self_service.new_backup_codes(live, town.now_ms)
    assert town.people.checklist(live.user_id, town.now_ms).score == 50


@pytest.mark.parametrize(("done", "counted", "score"), [(0, 0, 100), (0, 8, 0), (7, 8, 87), (8, 8, 100), (2, 3, 66)])
def test_a_score_of_100_means_all(done: int, counted: int, score: int) -> None:
    assert score_of(done, counted) == score


# -- Authenticators by two clocks ------------------------------------------------------------------------------------


class Watch:
    """The clock of a telephone."""

    def __init__(self) -> None:
        self.now_ms = 1_690_000_000_000

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[tuple[Town, Watch]]:
    """A town whose exchange's clock is far ahead of the machine's."""
    town, watch = Town(f"sqlite:///{tmp_path / 'fast.sqlite'}"), Watch()
    town.people.use_clocks(lambda: town.now_ms, watch)
    yield town, watch
    town.people.close()


def steps_up(town: Town, live: LiveSession, secret: str, at_ms: int) -> bool:
    try:
        town.people.step_up(live, "authenticator", pyotp.TOTP(secret).at(at_ms // 1000), town.now_ms)
    except Exception:  # noqa: BLE001  # whatever the reason
        return False
    return True


def test_a_code_is_good_by_either_clock_once(fast: tuple[Town, Watch]) -> None:
    town, watch = fast
    live, secret = with_authenticator(town)
    assert not steps_up(town, live, secret, town.now_ms), "used to bind it"
    assert steps_up(town, live, secret, watch.now_ms)
    assert not steps_up(town, live, secret, watch.now_ms)
    town.wait(MINUTE_MS)
    watch.now_ms += MINUTE_MS
    assert steps_up(town, live, secret, town.now_ms)
    assert steps_up(town, live, secret, watch.now_ms)


def test_a_code_seen_by_one_clock_is_not_good_by_the_other_later(fast: tuple[Town, Watch]) -> None:
    town, watch = fast
    live, secret = with_authenticator(town)
    town.wait(HOUR_MS)
    seen_ms = town.now_ms
    assert steps_up(town, live, secret, seen_ms)
    watch.now_ms = seen_ms
    town.wait(DAY_MS)
    assert not steps_up(town, live, secret, seen_ms)


def test_clocks_set_back_make_no_code_good_again(fast: tuple[Town, Watch]) -> None:
    town, watch = fast
    live, secret = with_authenticator(town)
    assert steps_up(town, live, secret, watch.now_ms)
    used_ms = watch.now_ms
    watch.now_ms += HOUR_MS
    assert steps_up(town, live, secret, watch.now_ms)
    watch.now_ms = used_ms
    assert not steps_up(town, live, secret, used_ms)


def test_a_telephone_binds_an_authenticator_by_its_own_clock(fast: tuple[Town, Watch]) -> None:
    town, watch = fast
    live = signed_in(town, town.sign_up())
    draft = town.people.self_service.begin_authenticator(live.user_id)
    code = pyotp.TOTP(draft.secret).at(watch.now_ms // 1000)
    town.people.self_service.confirm_authenticator(live, code, town.now_ms)
    assert not steps_up(town, live, draft.secret, watch.now_ms)
    watch.now_ms += MINUTE_MS
    assert steps_up(town, live, draft.secret, watch.now_ms)


# -- Closing and residence -------------------------------------------------------------------------------------------


def test_closing_makes_messages_unreadable(town: Town) -> None:
    forgotten: list[str] = []
    live = signed_in(town, town.sign_up())
    town.people.closing.forget_messages = forgotten.append
    town.people.closing.begin(live, "", town.now_ms)
    town.wait(30 * DAY_MS)
    town.people.keep_house(town.now_ms)
    assert forgotten == [EMAIL]


@pytest.mark.parametrize(
    ("residence", "country", "is_hosting", "doubt"),
    [
        ("ES", "ES", False, ""),
        ("ES", "", False, ""),
        ("", "ES", False, ""),
        ("UA-43", "UA", False, ""),
        ("ES", "FR", False, "location_conflict"),
        ("ES", "ES", True, "hosting_network"),
        ("ES", "FR", True, "hosting_network"),
    ],
)
def test_what_speaks_against_a_residence(residence: str, country: str, is_hosting: bool, doubt: str) -> None:
    assert doubt_of(residence, Place(country, "somewhere", is_hosting=is_hosting)) == doubt
