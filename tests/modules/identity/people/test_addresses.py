"""The withdrawal address book: what is listed, when it can be used, and what an API key may reach."""

import threading

import pytest

from lonja.modules.identity.people.addresses import AddressRules, NewAddress
from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.events import SecurityChanged
from lonja.modules.identity.people.sessions import LiveSession
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS, MINUTE_MS
from tests.modules.identity.people.conftest import EMAIL, LAPTOP, PHONE, Town, refused

EVM = "0x52908400098527886E0F7030069857D2E4169EE7"
WALLET = NewAddress("USDT-ERC20", EVM, "my wallet", "USDT")


def signed_in(town: Town, user_id: int, client: Client = LAPTOP) -> LiveSession:
    opened = town.people.sign_ins.admit(user_id, "passkey", client, town.now_ms).opened
    assert opened is not None
    return town.people.session(opened.token, client, town.now_ms)


def with_phone(town: Town) -> LiveSession:
    live = signed_in(town, town.sign_up())
    town.people.self_service.begin_contact(live.user_id, PHONE, town.now_ms)
    town.people.self_service.confirm_contact(live, PHONE, town.post.code(PHONE), "", town.now_ms)
    return live


def codes(town: Town, live: LiveSession, act: str) -> dict[str, str]:
    town.people.addresses.codes.send(live, act, town.now_ms)
    return {"email": town.post.code(EMAIL), "phone": town.post.code(PHONE)}


def may(town: Town, live: LiveSession, address: str = EVM, key: str | None = None, currency: str = "USDT") -> str:
    answer = town.people.addresses.may_withdraw_to(live.user_id, currency, "USDT-ERC20", address, key, town.now_ms)
    assert answer.allowed == (answer.code == "")
    return answer.code or "allowed"


def test_an_address_is_usable_a_day_after_it_was_listed(town: Town) -> None:
    live = signed_in(town, town.sign_up())
    listed = town.people.addresses.add(live, WALLET, town.now_ms)
    assert listed.usable_from_ms == town.now_ms + DAY_MS
    assert may(town, live) == "address_waits"
    town.wait(DAY_MS)
    assert may(town, live) == "allowed"
    assert town.post.last(EMAIL) == (
        "address_added",
        {
            "name": "my wallet",
            "network": "USDT-ERC20",
            "device": "Firefox on Linux",
            "place": "Valencia (203.0.113.7)",
        },
    )


def test_removing_and_listing_again_is_no_way_round_the_wait(town: Town) -> None:
    live = signed_in(town, town.sign_up())
    listed = town.people.addresses.add(live, WALLET, town.now_ms)
    town.people.addresses.remove(live, listed.address_id, town.now_ms)
    assert may(town, live) == "address_waits"
    town.wait(DAY_MS // 2)
    again = town.people.addresses.add(live, WALLET, town.now_ms)
    assert again.usable_from_ms == town.now_ms + DAY_MS


@pytest.mark.parametrize(
    ("listed_for", "asked", "address", "key", "only_listed", "answer"),
    [
        ("USDT", "USDT", EVM, None, False, "allowed"),
        ("USDT", "USDT", EVM.lower(), "a-key", True, "allowed"),
        ("", "USDT", EVM, "a-key", True, "allowed"),
        ("USDC", "USDT", EVM, "a-key", False, "key_address_not_listed"),
        ("USDC", "USDT", EVM, None, False, "allowed"),
        ("USDC", "USDT", EVM, None, True, "address_not_listed"),
        ("USDT", "USDT", EVM[:-1] + "8", "a-key", False, "key_address_not_listed"),
        ("USDT", "USDT", EVM[:-1] + "8", None, True, "address_not_listed"),
    ],
)
def test_where_a_withdrawal_may_go(
    town: Town, listed_for: str, asked: str, address: str, key: str | None, only_listed: bool, answer: str
) -> None:
    live = signed_in(town, town.sign_up())
    town.people.addresses.add(live, NewAddress("USDT-ERC20", EVM, "wallet", listed_for), town.now_ms)
    town.people.addresses.set_rules(live, AddressRules(only_listed=only_listed), {}, town.now_ms)
    town.wait(DAY_MS)
    assert may(town, live, address, key, asked) == answer


def test_a_key_reaches_nobody_elses_addresses(town: Town) -> None:
    live, other = signed_in(town, town.sign_up()), signed_in(town, town.sign_up("bob@example.com"))
    listed = town.people.addresses.add(other, WALLET, town.now_ms)
    town.wait(DAY_MS)
    assert may(town, live, key="a-key") == "key_address_not_listed"
    with refused("address_not_found"):
        town.people.addresses.remove(live, listed.address_id, town.now_ms)


def test_loosening_takes_codes_from_every_contact_and_holds_withdrawals(town: Town) -> None:
    live = with_phone(town)
    book = town.people.addresses
    book.set_rules(live, AddressRules(only_listed=True), {}, town.now_ms)
    town.facts.clear()
    town.wait(2 * MINUTE_MS)
    sent = codes(town, live, "address_list")
    for wrong in ({}, {"email": sent["email"]}, {"phone": sent["phone"]}, {**sent, "email": sent["phone"]}):
        with refused("code_wrong"):
            book.set_rules(live, AddressRules(), wrong, town.now_ms)
        town.wait(2 * MINUTE_MS)
        sent = codes(town, live, "address_list")
    assert book.rules(live.user_id).only_listed
    assert town.facts == []
    book.set_rules(live, AddressRules(), sent, town.now_ms)
    assert not book.rules(live.user_id).only_listed
    assert town.facts == [SecurityChanged(live.user_id, "allow_list", town.now_ms)]


def test_codes_for_one_act_do_not_serve_another(town: Town) -> None:
    live = with_phone(town)
    sent = codes(town, live, "address_verify")
    with refused("code_wrong"):
        town.people.addresses.set_rules(live, AddressRules(no_wait=True), sent, town.now_ms)


def test_guessing_the_codes_of_an_act_is_counted(town: Town) -> None:
    live = with_phone(town)
    sent = codes(town, live, "address_wait")
    answers = []
    for guess in range(8):
        try:
            town.people.addresses.set_rules(live, AddressRules(no_wait=True), {"email": f"{guess:06}"}, town.now_ms)
        except RefusedError as error:
            answers.append(error.code)
    assert "too_many_attempts" in answers
    with refused("too_many_attempts"):
        town.people.addresses.set_rules(live, AddressRules(no_wait=True), sent, town.now_ms)


def test_a_verified_address_is_told_to_custody(town: Town) -> None:
    live = with_phone(town)
    book = town.people.addresses
    listed = book.add(live, WALLET, town.now_ms)
    book.verify(live, listed.address_id, codes(town, live, "address_verify"), town.now_ms)
    assert may(town, live) == "address_waits"
    town.wait()
    assert book.may_withdraw_to(live.user_id, "USDT", "USDT-ERC20", EVM, "a-key", town.now_ms).is_verified


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"label": "wallet\r\nBcc: everybody@example.com"}, "label_form"),
        ({"label": "my wa\u043bl\u0435t"}, "label_form"),
        ({"label": "x" * 51}, "label_form"),
        ({"label": "\u202etellaw"}, "label_form"),
        ({"address": "0x5290\u04308400098527886E0F703006"}, "address_form"),
        ({"address": "short"}, "address_form"),
        ({"network": "USDT\n"}, "address_form"),
        ({"memo": "a\x00b"}, "address_form"),
        ({"currency": "usd\u0442"}, "address_form"),
    ],
)
def test_header_injection_and_look_alikes_are_refused(town: Town, changed: dict[str, str], code: str) -> None:
    live = signed_in(town, town.sign_up())
    form = {"network": "USDT-ERC20", "address": EVM, "label": "wallet", **changed}
    with refused(code):
        town.people.addresses.add(live, NewAddress(**form), town.now_ms)
    assert town.people.addresses.all(live.user_id) == []


def test_a_refused_form_says_which_one_is_right(town: Town) -> None:
    live = signed_in(town, town.sign_up())
    with pytest.raises(RefusedError) as error:
        town.people.addresses.add(live, NewAddress(network="", address="short", label="wallet"), town.now_ms)
    assert "network, address" in error.value.message
    assert "1 to 48 letters" in error.value.remedy
    assert "8 to 256 characters" in error.value.remedy


def test_of_the_same_address_listed_at_once_one_stays(town: Town) -> None:
    live = signed_in(town, town.sign_up())
    answers: list[str] = []

    def add() -> None:
        try:
            town.people.addresses.add(live, WALLET, town.now_ms)
            answers.append("listed")
        except RefusedError as error:
            answers.append(error.code)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count("listed") == 1
    assert set(answers) <= {"listed", "address_listed", "changed_meanwhile"}
    assert len(town.people.addresses.all(live.user_id)) == 1


def test_a_closed_account_leaves_no_addresses(town: Town) -> None:
    live = signed_in(town, town.sign_up())
    town.people.addresses.add(live, WALLET, town.now_ms)
    town.people.closing.begin(live, "", town.now_ms)
    town.wait(30 * DAY_MS)
    town.people.keep_house(town.now_ms)
    assert may(town, live, key="a-key") == "key_address_not_listed"
