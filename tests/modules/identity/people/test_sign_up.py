"""Signing up: what is refused, what an outsider can learn (nothing), and what is kept."""

import pytest
from sqlalchemy import text

from lonja.modules.identity.people.events import UserCreated
from lonja.modules.identity.people.sign_up import SignUpForm
from lonja.primitives.instant import HOUR_MS, MINUTE_MS
from tests.modules.identity.people.conftest import EMAIL, PASSWORD, PHONE, TERMS, Town, refused

FORM = SignUpForm(EMAIL, PASSWORD, "ES", [TERMS.text_hash])

REFUSED = [
    ("no contact", {"contact": "alice"}, "phone_invalid"),
    ("half an address", {"contact": "alice@"}, "email_invalid"),
    ("Cyrillic a in the name", {"contact": "\u0430lice@example.com"}, "email_invalid"),
    ("Cyrillic a in the domain", {"contact": "alice@ex\u0430mple.com"}, "email_invalid"),
    ("line break", {"contact": "alice@example.com\nBcc: eve@example.com"}, "email_invalid"),
    ("number without country", {"contact": "4155550100"}, "phone_invalid"),
    ("Arabic digits", {"contact": "+١٤١٥٥٥٥٠١٠٠"}, "phone_invalid"),
    ("sanctioned residence", {"residence": "CU"}, "residence_closed"),
    ("nothing agreed", {"agreements": []}, "agreement_missing"),
    ("another text agreed", {"agreements": ["0" * 64]}, "agreement_missing"),
    ("invitation with a script", {"invitation": "<script>"}, "invitation_invalid"),
    ("short password", {"password": "Aa1!aaa"}, "password_form"),
    ("long password", {"password": "Aa1!" * 9}, "password_form"),
    ("no symbol", {"password": "Quarry7lantern"}, "password_form"),
    ("no digit", {"password": "Quarry-lantern"}, "password_form"),
    ("leaked password", {"password": "P@ssw0rd"}, "password_leaked"),
    ("own name as password", {"contact": "lanternquarry@example.com", "password": "Lanternquarry-1"}, "password_weak"),
]


@pytest.mark.parametrize(("change", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused_forms(town: Town, change: dict[str, object], code: str) -> None:
    form = SignUpForm(**({name: getattr(FORM, name) for name in FORM.__struct_fields__} | change))
    with refused(code):
        town.people.sign_ups.begin(form, town.now_ms)
    assert town.post.sent == []


@pytest.mark.parametrize("contact", [EMAIL, PHONE])
def test_a_user_is_made_by_the_code(town: Town, contact: str) -> None:
    user = town.people.user(town.sign_up(contact))
    assert (user.residence, user.account, user.factors) == ("ES", None, ("email" if "@" in contact else "phone",))
    assert town.facts == [UserCreated(user.user_id, "ES", town.now_ms)]


def test_addresses_are_compared_without_case(town: Town) -> None:
    town.people.sign_ups.begin(SignUpForm("Alice@Example.COM", PASSWORD, "ES", [TERMS.text_hash]), town.now_ms)
    assert town.post.last(EMAIL)[0] == "sign_up_code"


def test_a_taken_contact_looks_like_a_free_one(town: Town) -> None:
    town.sign_up()
    town.wait(MINUTE_MS)
    before = len(town.post.sent)
    token = town.people.sign_ups.begin(FORM, town.now_ms)
    assert [template for _, template, _ in town.post.sent[before:]] == ["sign_up_taken"]
    with refused("code_wrong"):
        town.people.sign_ups.confirm(token, "000000", town.now_ms)


def test_a_code_is_good_once_and_for_a_while(town: Town) -> None:
    token = town.people.sign_ups.begin(FORM, town.now_ms)
    code = town.post.code(EMAIL)
    town.wait(HOUR_MS)
    with refused("sign_up_over"):
        town.people.sign_ups.confirm(token, code, town.now_ms)
    token = town.people.sign_ups.begin(FORM, town.now_ms)
    town.people.sign_ups.confirm(token, town.post.code(EMAIL), town.now_ms)
    with refused("sign_up_over"):
        town.people.sign_ups.confirm(token, town.post.code(EMAIL), town.now_ms)


def test_guessing_a_code_ends_it(town: Town) -> None:
    token = town.people.sign_ups.begin(FORM, town.now_ms)
    right = town.post.code(EMAIL)
    for guess in range(6):
        with refused("code_wrong"):
            town.people.sign_ups.confirm(token, f"{(int(right) + guess + 1) % 10**6:06}", town.now_ms)
    with refused("code_wrong"):
        town.people.sign_ups.confirm(token, right, town.now_ms)
    town.wait(MINUTE_MS)
    with refused("code_locked"):
        town.people.sign_ups.resend(token, town.now_ms)


def test_codes_are_not_sent_in_quick_succession(town: Town) -> None:
    token = town.people.sign_ups.begin(FORM, town.now_ms)
    with refused("code_sent_recently"):
        town.people.sign_ups.resend(token, town.now_ms + MINUTE_MS - 1)
    town.people.sign_ups.resend(token, town.now_ms + MINUTE_MS)
    assert len(town.post.sent) == 2


def test_two_sign_ups_of_one_contact_make_one_user(town: Town) -> None:
    first = town.people.sign_ups.begin(FORM, town.now_ms)
    town.wait(MINUTE_MS)
    second = town.people.sign_ups.begin(FORM, town.now_ms)
    town.people.sign_ups.confirm(second, town.post.code(EMAIL), town.now_ms)
    with refused("code_wrong"):
        town.people.sign_ups.confirm(first, town.post.code(EMAIL), town.now_ms)


def test_nothing_personal_is_kept_in_clear(town: Town) -> None:
    town.people.sign_ups.begin(SignUpForm(PHONE, PASSWORD, "ES", [TERMS.text_hash]), town.now_ms)
    town.device_token(town.sign_up())
    with town.people.parts.database.connect() as connection:
        names = ("users", "sign_ups", "codes", "devices", "sessions", "people_facts", "agreements", "attempt_counts")
        kept = b"".join(
            value if isinstance(value, bytes) else str(value).encode()
            for name in names
            for row in connection.execute(text(f"SELECT * FROM {name}"))
            for value in row
        )
    for secret in (EMAIL, PHONE, PASSWORD, "203.0.113.7", "Firefox", town.post.code(EMAIL)):
        assert secret.encode() not in kept, secret
