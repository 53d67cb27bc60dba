"""Is it really from us: official, not, or made to look like it."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.modules.notices.api import ChannelList, Kind, OfficialChannel, Standing, Suspect
from lonja.modules.notices.channels import check
from lonja.modules.notices.likeness import resembled, skeleton
from lonja.primitives.errors import DataCorruptError
from tests.modules.notices.conftest import START_MS, World

LIST = ChannelList(
    "Lonja",
    7,
    START_MS,
    (
        OfficialChannel(Kind.DOMAIN, "lonja.example"),
        OfficialChannel(Kind.DOMAIN, "lonja-status.example"),
        OfficialChannel(Kind.EMAIL, "no-reply@lonja.example"),
        OfficialChannel(Kind.EMAIL, "@news.lonja.example"),
        OfficialChannel(Kind.PHONE, "+14155550100"),
        OfficialChannel(Kind.APP, "example.lonja.app"),
        OfficialChannel(Kind.SOCIAL, "x:lonja"),
        OfficialChannel(Kind.SOCIAL, "telegram:lonja_official"),
    ),
)
YES, LIKE, NO = Standing.OFFICIAL, Standing.LOOK_ALIKE, Standing.NOT_OFFICIAL

TEXTS = [
    # domains, and addresses of pages
    ("lonja.example", YES, Kind.DOMAIN, "lonja.example"),
    ("  HTTPS://WWW.Lonja.Example/login?next=1  ", YES, Kind.DOMAIN, "www.lonja.example"),
    ("lonja.example.", YES, Kind.DOMAIN, "lonja.example"),
    ("https://lonja.example@evil.example/", NO, Kind.DOMAIN, "evil.example"),
    ("https://lonja.example:8443/x", YES, Kind.DOMAIN, "lonja.example"),
    ("l\u043enja.example", LIKE, Kind.DOMAIN, "xn--lnja-55d.example"),
    ("xn--lnja-55d.example", LIKE, Kind.DOMAIN, "xn--lnja-55d.example"),
    ("l0nja.example", LIKE, Kind.DOMAIN, "l0nja.example"),
    ("1onja.example", LIKE, Kind.DOMAIN, "1onja.example"),
    ("Ionja.example", LIKE, Kind.DOMAIN, "ionja.example"),
    ("lonjja.example", LIKE, Kind.DOMAIN, "lonjja.example"),
    ("lojna.example", LIKE, Kind.DOMAIN, "lojna.example"),
    ("lonj\u00e1.example", LIKE, Kind.DOMAIN, "xn--lonj-8na.example"),
    ("lonja.co.uk", LIKE, Kind.DOMAIN, "lonja.co.uk"),
    ("lonja-support.com", LIKE, Kind.DOMAIN, "lonja-support.com"),
    ("mylonja.net", LIKE, Kind.DOMAIN, "mylonja.net"),
    ("lonja.example.evil.net", LIKE, Kind.DOMAIN, "lonja.example.evil.net"),
    ("secure-login.lonja.evil.net", LIKE, Kind.DOMAIN, "secure-login.lonja.evil.net"),
    ("example.com", NO, Kind.DOMAIN, "example.com"),
    ("notours.example", NO, Kind.DOMAIN, "notours.example"),
    # addresses
    ("no-reply@lonja.example", YES, Kind.EMAIL, "no-reply@lonja.example"),
    ("mailto:No-Reply@LONJA.example", YES, Kind.EMAIL, "no-reply@lonja.example"),
    ("anybody@news.lonja.example", YES, Kind.EMAIL, "anybody@news.lonja.example"),
    ("ceo@lonja.example", LIKE, Kind.EMAIL, "ceo@lonja.example"),
    ("no-reply@l0nja.example", LIKE, Kind.EMAIL, "no-reply@l0nja.example"),
    ("lonja.support@gmail.com", LIKE, Kind.EMAIL, "lonja.support@gmail.com"),
    ("ana@gmail.com", NO, Kind.EMAIL, "ana@gmail.com"),
    # numbers
    ("+1 (415) 555-0100", YES, Kind.PHONE, "+14155550100"),
    ("tel:+14155550100", YES, Kind.PHONE, "+14155550100"),
    ("415 555 0100", LIKE, Kind.PHONE, "4155550100"),
    ("+44 20 7946 0958", NO, Kind.PHONE, "+442079460958"),
    # apps
    ("example.lonja.app", YES, Kind.APP, "example.lonja.app"),
    ("example.lonja.apps", LIKE, Kind.DOMAIN, "example.lonja.apps"),
    # social handles
    ("x:lonja", YES, Kind.SOCIAL, "x:lonja"),
    ("https://x.com/Lonja", YES, Kind.SOCIAL, "x:lonja"),
    ("https://t.me/lonja_official?start=1", YES, Kind.SOCIAL, "telegram:lonja_official"),
    ("https://t.me/lonja_officiai", LIKE, Kind.SOCIAL, "telegram:lonja_officiai"),
    ("https://instagram.com/lonja", LIKE, Kind.SOCIAL, "instagram:lonja"),
    ("@lonja", LIKE, Kind.SOCIAL, "lonja"),
    ("@l\u043enja", LIKE, Kind.SOCIAL, "l\u043enja"),
    ("@lonja_help", LIKE, Kind.SOCIAL, "lonja_help"),
    ("@somebody", NO, Kind.SOCIAL, "somebody"),
    # nothing at all
    ("", NO, None, ""),
    ("?? !!", NO, None, ""),
    ("a@b@", NO, None, ""),
    ("x" * 5000, NO, None, ""),
]


@pytest.mark.parametrize(("text", "standing", "kind", "normal"), TEXTS)
def test_a_text_is_official_not_or_only_looks_like_it(
    text: str, standing: Standing, kind: Kind | None, normal: str
) -> None:
    checked = check(text, LIST)
    assert (checked.standing, checked.kind, checked.normal) == (standing, kind, normal)
    assert bool(checked.resembles) == (standing is LIKE)
    assert checked.version == 7
    assert checked.sentence.startswith("This is")


def test_the_sentence_says_what_it_looks_like() -> None:
    assert check("l0nja.example", LIST).sentence == (
        "This is NOT an official channel of Lonja, though it looks like lonja.example."
    )


@given(st.text(max_size=400))
def test_any_text_gets_an_answer(text: str) -> None:
    assert check(text, LIST).standing in Standing


@given(st.text(max_size=20))
def test_nothing_is_like_itself(name: str) -> None:
    assert resembled(name, [name]) is None


@pytest.mark.parametrize(
    ("text", "plain"), [("rn", "m"), ("vv", "w"), ("cl", "d"), ("0I", "ol"), ("\u0430\u00e9", "ae")]
)
def test_letters_can_look_like_others(text: str, plain: str) -> None:
    assert skeleton(f"x{text}x") == f"x{plain}x"


def test_a_signed_list_comes_back_and_a_changed_one_does_not(world: World) -> None:
    channels = world.notices.channels
    signed = channels.sign(LIST)
    channels.load(signed)
    assert channels.current == LIST
    told = json.loads(signed)
    content = b64decode(told["content"]).replace(b"lonja.example", b"thief.example")
    for altered in (
        json.dumps(told | {"content": b64encode(content).decode()}).encode(),
        json.dumps(told | {"signature": told["signature"][:-8] + "AAAAAA=="}).encode(),
        b"{}",
        b"nothing",
        b"",
    ):
        with pytest.raises(DataCorruptError, match="not signed by this house"):
            channels.load(altered)
    assert channels.current == LIST


def test_a_list_signed_by_another_house_is_refused(open_world: Callable[..., World], tmp_path) -> None:
    other = open_world(f"sqlite:///{tmp_path}/other.sqlite").notices.channels.sign(LIST)
    with pytest.raises(DataCorruptError, match="not signed by this house"):
        open_world().notices.channels.load(other)


def test_before_a_list_is_published_the_house_vouches_for_its_sender(world: World) -> None:
    channels = world.notices.channels
    assert channels.check("no-reply@lonja.example").standing is YES
    assert channels.check("lonja.example").standing is YES


def test_what_is_asked_is_counted_without_its_words(open_world: Callable[..., World], database_url: str) -> None:
    world = open_world(database_url)
    channels = world.notices.channels
    for text in ("ana.gomez@l0nja.example", "https://login.l0nja.example/x", "l0nja.example", "l0nja.example"):
        channels.check(text)
    world.exchange.value += 5
    channels.check("news.example.com")
    channels.check("+44 20 7946 0958")
    channels.check("no-reply@lonja.example")
    assert channels.suspects(9) == [
        Suspect("l0nja.example", "look_alike", 4, START_MS),
        Suspect("example.com", "not_official", 1, START_MS + 5),
    ]


def test_who_asked_about_whom_rests_nowhere(world: World, tmp_path) -> None:
    world.notices.channels.check("ana.gomez@l0nja.example")
    world.notices.channels.check("+44 20 7946 0958")
    world.notices.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("notices.sqlite*"))
    assert b"l0nja.example" in stored
    assert [secret for secret in (b"gomez", b"2079460958") if secret in stored] == []
