"""What people read and hear, and that nobody else's words get into it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.modules.notices.api import Channel, Letterhead, Recipient
from lonja.modules.notices.rendering import Rendered, render
from lonja.modules.notices.texts import TEXTS
from lonja.primitives.errors import LonjaError

HEAD = Letterhead("lonja", "https://lonja.example", "no-reply@lonja.example")
EVERY_VALUE = {"code": "307914", "approval": "a" * 40, "device": "Firefox on Linux", "place": "Lisbon, PT"} | {
    "part": "identity",
    "reason": "The document has expired.",
    "remedy": "Hand in one that is valid.",
    "instrument": "QUIET-USDT-SWAP",
    "size": "12.5",
    "price": "90.01",
}


def rendered(channel: Channel, template: str, shown: str = "", /, **values: str) -> Rendered:
    address = "ana@example.com" if channel is Channel.EMAIL else "+14155550100"
    return render(Recipient(channel, address, shown), template, values, HEAD)


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("template", [*TEXTS, "change_email_code", "something_nobody_wrote_a_text_for"])
def test_every_message_can_be_written_for_every_channel(channel: Channel, template: str) -> None:
    message = rendered(channel, template, **EVERY_VALUE)
    assert message.subject
    assert message.text
    assert "{" not in message.subject + message.text + message.html + message.spoken
    assert message.minutes > 0
    assert bool(message.spoken) == (channel is Channel.VOICE)
    assert bool(message.html) == (channel is Channel.EMAIL)


@pytest.mark.parametrize("template", [name for name in TEXTS if name.endswith("code")])
@pytest.mark.parametrize("channel", Channel)
def test_a_code_is_in_the_text_of_every_channel(channel: Channel, template: str) -> None:
    assert "307914" in rendered(channel, template, **EVERY_VALUE).text


def test_a_code_says_for_how_long_it_is_good_and_is_not_sent_after_that() -> None:
    message = rendered(Channel.EMAIL, "sign_in_code", code="307914", minutes="5")
    assert "good for 5 minutes" in message.text
    assert message.minutes == 5
    device = rendered(Channel.EMAIL, "device_email_link", approval="token-1", device="Firefox", minutes="7")
    assert "within 7 minutes" in device.text
    assert "Minutes:" not in device.text


@pytest.mark.parametrize("minutes", ["", "-1", "1.5", "soon", "1" * 7, "\u0661"])
def test_a_period_that_is_none_is_refused(minutes: str) -> None:
    with pytest.raises(LonjaError, match="minutes"):
        rendered(Channel.EMAIL, "sign_in_code", code="307914", minutes=minutes)


def test_a_call_reads_the_digits_out_twice() -> None:
    spoken = rendered(Channel.VOICE, "sign_in_code", code="307914").spoken
    assert spoken.count("three, zero, seven, nine, one, four") == 2
    assert "307914" not in spoken


def test_a_call_about_a_device_asks_for_a_key_and_knows_what_it_is_about() -> None:
    message = rendered(Channel.VOICE, "device_phone_call", approval="token-1", place="Lisbon")
    assert "press 1" in message.spoken
    assert "press 2" in message.spoken
    assert "near Lisbon" in message.spoken
    assert message.reference == "token-1"
    assert "token-1" not in message.spoken + message.text


@pytest.mark.parametrize("template", TEXTS)
def test_the_anti_phishing_code_is_in_mail_and_nowhere_else(template: str) -> None:
    mail = rendered(Channel.EMAIL, template, "BlueHeron7", **EVERY_VALUE)
    assert mail.text.startswith("Your anti-phishing code: BlueHeron7\n")
    assert "<b>BlueHeron7</b>" in mail.html
    for channel in (Channel.SMS, Channel.VOICE, Channel.PUSH):
        message = rendered(channel, template, "BlueHeron7", **EVERY_VALUE)
        assert "BlueHeron7" not in message.subject + message.text + message.spoken


def test_who_has_no_anti_phishing_code_sees_no_empty_one() -> None:
    assert "anti-phishing" not in rendered(Channel.EMAIL, "new_device").text


HOSTILE = [
    ("Phone\r\nBcc: thief@example.net", "Phone Bcc: thief@example.net"),
    ("Phone\n\nYour account is blocked", "Phone Your account is blocked"),
    ("see https://evil.example/login now", "see https: //evil[.]example/login now"),
    ("www.evil.example", "www[.]evil[.]example"),
    ("\u202egpj.exe\u202c", "gpj[.]exe"),
    ("a\x00b\x1b[31mc", "a b [31mc"),
    ("zero\u200bwidth", "zero width"),
    ("line\u2028separator", "line separator"),
    ("{{ 7 * 7 }}{% raw %}", "{{ 7 * 7 }}{% raw %}"),
    ("x" * 5000, "x" * 200),
    ("al***@example.com", "al***@example.com"),
    ("Chrome 126.0 on Windows 11", "Chrome 126.0 on Windows 11"),
]


@pytest.mark.parametrize(("device", "shown"), HOSTILE)
def test_a_value_brings_no_line_no_link_and_no_control_of_its_own(device: str, shown: str) -> None:
    mail = rendered(Channel.EMAIL, "new_device", device=device)
    assert f"\nDevice: {shown}\n" in mail.text


def test_a_general_notice_says_what_it_was_told_to_say() -> None:
    mail = rendered(Channel.EMAIL, "notice", title="your account was frozen", device="Firefox")
    assert mail.subject == "Your account was frozen"
    assert mail.text.startswith("Your account was frozen.\n\nDevice: Firefox\n")
    assert "Title" not in mail.text


def test_markup_in_a_value_is_text() -> None:
    mail = rendered(Channel.EMAIL, "new_device", device='<img src=x onerror="alert(1)">', code="ok")
    assert "<img" not in mail.html
    assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt;" in mail.html


@given(st.text(max_size=400))
def test_no_value_at_all_breaks_a_line_or_adds_a_tag(value: str) -> None:
    plain = rendered(Channel.EMAIL, "new_device", device="-")
    mail = rendered(Channel.EMAIL, "new_device", device=f"-{value}")
    assert mail.subject == plain.subject
    assert mail.text.splitlines()[:2] == plain.text.splitlines()[:2]
    assert len(mail.text.splitlines()) == len(plain.text.splitlines())
    assert mail.html.count("<") == plain.html.count("<")
    assert mail.html.count("href") == plain.html.count("href") or "href" in value


def test_links_lead_to_the_house_alone() -> None:
    mail = rendered(Channel.EMAIL, "new_device", not_me_link="/account/not-me?token=abc")
    assert "https://lonja.example/account/not-me?token=abc" in mail.text
    assert '<a href="https://lonja.example/account/not-me?token=abc">' in mail.html
    assert mail.html.count("href") == 1


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/",
        "//evil.example/",
        "https://lonja.example.evil.example/x",
        "https://lonja.example@evil.example/",
        "javascript:alert(1)",
        "/x\r\nBcc: thief@example.net",
        "/a b",
        "/\\evil.example",
        '/x"onclick="y',
        "",
    ],
)
def test_a_link_to_anywhere_else_is_refused(link: str) -> None:
    with pytest.raises(LonjaError, match="own pages only"):
        rendered(Channel.EMAIL, "new_device", not_me_link=link)


@pytest.mark.parametrize("token", ["", "a b", "a&b=c", "a\nb", "../x", "x" * 600])
def test_a_token_that_would_change_its_link_is_refused(token: str) -> None:
    with pytest.raises(LonjaError, match="do not belong there"):
        rendered(Channel.EMAIL, "device_email_link", approval=token, device="-", place="-")


def test_a_missing_value_is_told_without_the_values() -> None:
    with pytest.raises(LonjaError, match="sign_in_code cannot be written with color") as refused:
        rendered(Channel.EMAIL, "sign_in_code", color="ultramarine")
    assert "ultramarine" not in str(refused.value)


def test_what_is_personal_shows_in_no_representation() -> None:
    message = rendered(Channel.EMAIL, "sign_in_code", "BlueHeron7", code="307914")
    shown = repr(Recipient(Channel.EMAIL, "ana@example.com", "BlueHeron7")) + repr(message)
    assert not [secret for secret in ("ana", "BlueHeron7", "307914") if secret in shown]
