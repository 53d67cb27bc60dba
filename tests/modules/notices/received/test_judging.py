"""Is this mail really from us: the house's own mail, forgeries of it, and mails of others."""

import time
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lonja.adapters.dns_memory import TIMEOUT, RecordedDns
from lonja.modules.notices.api import Channel, Grade, Letterhead, MailReport, Notices, Outcome, Recipient, Verdict
from lonja.modules.notices.channels import default_list
from lonja.modules.notices.received.judging import Known, judge
from lonja.modules.notices.received.opening import MAIL_BYTES_MAX, open_mail
from lonja.modules.notices.signing import new_dkim_key, record_name, sign
from lonja.primitives.errors import RefusedError
from tests.modules.notices.conftest import START_MS, World

CODE = "BlueHeron7"
MAIL = "ana@example.com"
DOMAIN = "lonja.example"
KNOWN = Known(default_list("lonja", [DOMAIN], f"no-reply@{DOMAIN}", START_MS), CODE)
STRANGER = new_dkim_key()
DNS = RecordedDns(
    {
        record_name("evil.example"): [("TXT", STRANGER.record)],
        record_name("l0nja.example"): [("TXT", STRANGER.record)],
        "_dmarc.evil.example": [("TXT", "v=DMARC1; p=none")],
        "_dmarc.l0nja.example": [("TXT", "v=DMARC1; p=reject")],
        "evil.example": [("TXT", "v=spf1 ip4:203.0.113.9 -all")],
    }
)


@pytest.fixture
def notices(open_world: Callable[..., World]) -> Notices:
    return open_world(dns=DNS).notices


def own_mail(notices: Notices, code: str = CODE) -> bytes:
    notices.send(Recipient(Channel.EMAIL, MAIL, code), "new_device", {"device": "Firefox", "not_me_link": "/account/x"})
    content = notices.sent_to(MAIL)[0].content
    assert content is not None
    return content.raw


def arrived(raw: bytes, address: str = "203.0.113.9", sender: str = "no-reply@evil.example") -> bytes:
    """``raw`` as a mail service hands it on."""
    return (
        f"Return-Path: <{sender}>\r\n"
        f"Received: from mail.evil.example (mail.evil.example [{address}])\r\n"
        f"\tby mx.google.com with ESMTPS id abc; Mon, 1 Jan 2029 00:00:00 +0000\r\n"
    ).encode() + raw


def codes(report: MailReport, grade: Grade = Grade.BAD) -> set[str]:
    return {finding.code for finding in report.findings if finding.grade is grade}


def mail_from(sender: str, body: str, kind: str = "text/plain", more: str = "") -> bytes:
    return f"From: {sender}\r\nTo: {MAIL}\r\nSubject: Hello\r\n{more}Content-Type: {kind}\r\n\r\n{body}\r\n".encode()


# -- The house's own mail, and what can be done to it ----------------------------------------------------------------


def test_own_mail_is_genuine_without_asking_anybody(notices: Notices) -> None:
    report = notices.judge_mail(own_mail(notices), CODE)
    assert report.verdict is Verdict.GENUINE
    assert codes(report) == set()
    assert {"sender_official", "dkim_pass", "dmarc_pass", "code_right"} <= codes(report, Grade.GOOD)
    assert (report.dkim[0].outcome, report.dmarc.outcome) == (Outcome.PASS, Outcome.PASS)


def test_own_mail_of_a_house_at_a_bare_address_is_genuine(open_world: Callable[..., World]) -> None:
    notices = open_world(dns=DNS, head=Letterhead(origin="http://127.0.0.1:8080")).notices
    report = notices.judge_mail(own_mail(notices), CODE)
    assert (report.verdict, codes(report)) == (Verdict.GENUINE, set())


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="http://127.0.0.1:8080/account/freeze?token=x">Freeze</a>', set()),
        ('<a href="http://127.0.0.1:8081/account/freeze">Freeze</a>', {"link_deceives"}),
        ('<a href="http://127.0.0.1:80801/account/freeze">Freeze</a>', {"link_deceives"}),
        ('<a href="http://127.0.0.1:8080@evil.example/">Freeze</a>', {"link_deceives"}),
        ('<a href="http://127.0.0.1:8080/account">bank.example</a>', {"link_deceives"}),
    ],
)
def test_only_the_very_address_of_the_house_leads_home(html: str, expected: set[str]) -> None:
    known = Known(KNOWN.channels, CODE, origin="http://127.0.0.1:8080")
    assert codes(judge(mail_from("x@other.example", html, "text/html"), known, DNS)) == expected


@pytest.mark.parametrize("form", ["as sent", "line feeds", "mbox", "byte order mark", "handed on"])
def test_own_mail_is_genuine_in_every_form_it_is_saved_in(notices: Notices, form: str) -> None:
    raw = own_mail(notices)
    saved = {
        "as sent": raw,
        "line feeds": raw.replace(b"\r\n", b"\n"),
        "mbox": b"From no-reply@lonja.example Mon Jan  1 00:00:00 2029\n" + raw,
        "byte order mark": b"\xef\xbb\xbf" + raw,
        # A forwarder is no sender of ours, which a signature survives.
        "handed on": arrived(raw),
    }
    assert notices.judge_mail(saved[form], CODE).verdict is Verdict.GENUINE


@pytest.mark.parametrize(
    ("what", "change", "verdict", "code"),
    [
        ("altered text", lambda raw: raw.replace(b"Firefox", b"Chrome!"), Verdict.FAKE, "dkim_fail"),
        ("altered subject", lambda raw: raw.replace(b"Subject: A", b"Subject: B"), Verdict.FAKE, "dkim_fail"),
        ("no signature", lambda raw: raw[raw.index(b"From:") :], Verdict.FAKE, "dmarc_fail"),
        ("added text", lambda raw: raw + b"\r\nCall +1 415 555 0199\r\n", Verdict.FAKE, "dkim_fail"),
        ("second sender", lambda raw: b"From: x@evil.example\r\n" + raw, Verdict.UNRELATED, "sender_unclear"),
    ],
)
def test_own_mail_that_was_altered_is_no_longer_ours(
    notices: Notices, what: str, change: Callable[[bytes], bytes], verdict: Verdict, code: str
) -> None:
    report = notices.judge_mail(change(own_mail(notices)), CODE)
    assert report.verdict in {verdict, Verdict.SUSPICIOUS if verdict is Verdict.UNRELATED else verdict}, what
    assert code in codes(report)


@pytest.mark.parametrize(
    ("shown", "mine", "verdict", "code"),
    [
        (CODE, CODE, Verdict.GENUINE, "code_right"),
        ("", CODE, Verdict.SUSPICIOUS, "code_missing"),
        ("RedFox3", CODE, Verdict.SUSPICIOUS, "code_wrong"),
        ("", "", Verdict.GENUINE, "code_not_set"),
    ],
)
def test_a_missing_or_wrong_code_is_noticed_even_on_signed_mail(
    notices: Notices, shown: str, mine: str, verdict: Verdict, code: str
) -> None:
    report = notices.judge_mail(own_mail(notices, shown), mine)
    assert report.verdict is verdict
    assert code in {finding.code for finding in report.findings}


def test_a_signed_mail_that_leads_elsewhere_is_held_back() -> None:
    head = Letterhead()
    body = (
        '<p>Your anti-phishing code: BlueHeron7</p><a href="https://evil.example/login">https://lonja.example/login</a>'
    )
    raw = sign(mail_from(f"lonja <{head.sender}>", body, "text/html"), DOMAIN, STRANGER.private)
    known = Known(KNOWN.channels, CODE, {record_name(DOMAIN): STRANGER.record.encode()})
    report = judge(raw, known, DNS)
    assert report.verdict is Verdict.SUSPICIOUS
    assert {"link_deceives", "link_elsewhere"} <= codes(report)


# -- Others, who pose as the house or do not -------------------------------------------------------------------------

POSES = [
    ("lonja <security@l0nja.example>", "sender_poses"),
    ("security@l\u043enja.example", "sender_poses"),
    ("security@lonja.example.evil.net", "sender_poses"),
    ("lonja-support.com <x@lonja-support.com>", "sender_poses"),
    ('"lonja Security" <somebody@evil.example>', "sender_poses"),
    ("=?utf-8?B?bG9uamE=?= <somebody@evil.example>", "sender_poses"),
    ("no-reply@lonja.example", "dmarc_fail"),
    ("ceo@lonja.example", "sender_unlisted"),
]


@pytest.mark.parametrize(("sender", "code"), POSES)
def test_who_poses_as_the_house_is_found_out(sender: str, code: str) -> None:
    own = {record_name(DOMAIN): STRANGER.record.encode(), f"_dmarc.{DOMAIN}": b"v=DMARC1; p=reject"}
    # Signed rightly by a domain of the thief's own, and sent from where that may send.
    raw = arrived(sign(mail_from(sender, f"Your anti-phishing code: {CODE}"), "evil.example", STRANGER.private))
    report = judge(raw, Known(KNOWN.channels, CODE, own), DNS)
    assert report.verdict is Verdict.FAKE
    assert code in codes(report)


def test_a_look_alike_with_everything_right_is_a_fake_all_the_same() -> None:
    raw = sign(mail_from("security@l0nja.example", "Hello"), "l0nja.example", STRANGER.private)
    report = judge(raw, KNOWN, DNS)
    assert (report.verdict, report.dmarc.outcome) == (Verdict.FAKE, Outcome.PASS)


def test_an_honest_mail_of_somebody_else_is_just_not_ours() -> None:
    raw = arrived(sign(mail_from("Bob <bob@evil.example>", "See you at noon."), "evil.example", STRANGER.private))
    report = judge(raw, KNOWN, DNS)
    assert (report.verdict, codes(report)) == (Verdict.UNRELATED, set())
    assert {"dkim_pass", "spf_pass", "dmarc_pass"} == codes(report, Grade.GOOD)


def test_what_cannot_be_checked_now_is_neither_real_nor_forged() -> None:
    dns = RecordedDns({record_name(DOMAIN): [(TIMEOUT, "")], f"_dmarc.{DOMAIN}": [("TXT", "v=DMARC1; p=reject")]})
    raw = sign(mail_from(f"no-reply@{DOMAIN}", "Hello"), DOMAIN, STRANGER.private)
    report = judge(raw, KNOWN, dns)
    assert report.verdict is Verdict.SUSPICIOUS
    assert "Try again later" in report.sentence


# -- Links and files -------------------------------------------------------------------------------------------------

LINKS = [
    ('<a href="https://evil.example/">Click here</a>', set()),
    ('<a href="https://evil.example/x">https://bank.example/x</a>', {"link_deceives"}),
    ("<A HREF=https://evil.example>www.bank.example</A>", {"link_deceives"}),
    ('<a href="https://www.evil.example/x">evil.example</a>', set()),
    ('<a href="https://bank.example@evil.example/">Bank</a>', {"link_deceives"}),
    ('<a href="http://203.0.113.7/x">Bank</a>', {"link_deceives"}),
    ('<a href="http://2130706433/x">Bank</a>', {"link_deceives"}),
    ('<a href="java&#10;script:alert(1)">Bank</a>', {"link_deceives"}),
    ('<a href="data:text/html,x">Bank</a>', {"link_deceives"}),
    ('<a href="https://l0nja.example/">here</a>', {"link_look_alike"}),
    ('<a href="https://xn--lnja-55d.example/">here</a>', {"link_look_alike"}),
    ('<a href="https://[::bad/">here</a>', {"link_deceives"}),
    ("<form action=x><input></form>", {"active_content"}),
    ("<script>x</script>", {"active_content"}),
]


@pytest.mark.parametrize(("html", "expected"), LINKS)
def test_links_are_judged_by_where_they_lead(html: str, expected: set[str]) -> None:
    raw = sign(mail_from("Bob <bob@evil.example>", html, "text/html"), "evil.example", STRANGER.private)
    assert codes(judge(raw, KNOWN, DNS)) == expected


def archive(*names: str, content: bytes = b"x") -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for name in names:
            opened.writestr(name, content)
    return packed.getvalue()


FILES = [
    ("photo.jpg", b"\xff\xd8\xff", set()),
    ("report.pdf", b"%PDF-1.7", set()),
    ("setup.exe", b"MZ", {"attachment_dangerous"}),
    ("invoice.pdf.exe", b"x", {"attachment_dangerous"}),
    ("invoice.pdf .scr", b"x", {"attachment_dangerous"}),
    ("gpj.\u202eexe.jpg", b"x", {"attachment_dangerous"}),
    ("photo.jpg", b"MZ\x90\x00", {"attachment_dangerous"}),
    ("INVOICE.HTML", b"<html>", {"attachment_dangerous"}),
    ("macro.docm", b"x", {"attachment_dangerous"}),
    ("plain.zip", archive("notes.txt"), set()),
    ("evil.zip", archive("notes.txt", "invoice.pdf.js"), {"attachment_dangerous"}),
    ("bomb.zip", archive("zeros.txt", content=bytes(150_000_000)), {"attachment_dangerous"}),
    ("broken.zip", b"PK\x03\x04broken", set()),
]


@pytest.mark.parametrize(("name", "content", "expected"), FILES)
def test_files_are_judged_by_what_they_are(name: str, content: bytes, expected: set[str]) -> None:
    from email.message import EmailMessage
    from email.policy import SMTP

    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = "Bob <bob@evil.example>", MAIL, "File"
    mail.set_content("See the file.")
    mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    raw = sign(mail.as_bytes(), "evil.example", STRANGER.private)
    assert codes(judge(raw, KNOWN, DNS)) == expected


# -- Where it came from ----------------------------------------------------------------------------------------------


def with_results(writer: str, receiver: str, results: str = "spf=fail; dkim=fail", below: str = "") -> bytes:
    return (
        f"Authentication-Results: {writer}; {results}\r\n"
        f"Received: from x.evil.example (x.evil.example [203.0.113.9]) by {receiver} with ESMTPS\r\n{below}"
    ).encode() + mail_from("Bob <bob@evil.example>", "Hello")


@pytest.mark.parametrize(
    ("raw", "noted"),
    [
        (with_results("mx.google.com", "mx.google.com"), (("spf", "fail"), ("dkim", "fail"))),
        (with_results("mx.google.com 1", "smtp.google.com", "dmarc=pass"), (("dmarc", "pass"),)),
        # Somebody nobody knows, or somebody known who did not take this mail.
        (with_results("mx.evil.example", "mx.evil.example"), ()),
        (with_results("mx.google.com", "mx.yahoo.com"), ()),
        (with_results("mx.google.com.evil.example", "mx.google.com"), ()),
        # Only the topmost counts, and comments and quotations say nothing.
        (
            with_results(
                "mx.yahoo.com", "mx.yahoo.com", "spf=pass", "Authentication-Results: mx.yahoo.com; dkim=fail\r\n"
            ),
            (("spf", "pass"),),
        ),
        (
            with_results("mx.google.com", "mx.google.com", 'spf=none (dkim=pass) reason="dmarc=pass"'),
            (("spf", "none"),),
        ),
        (mail_from("Bob <bob@evil.example>", "Hello"), ()),
    ],
)
def test_only_a_known_receiver_that_took_the_mail_is_believed(raw: bytes, noted: tuple[tuple[str, str], ...]) -> None:
    assert judge(raw, KNOWN, DNS).received_results == noted


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (["from a.example (a.example [203.0.113.9]) by mx.b.example"], "203.0.113.9"),
        (["from a.example ([203.0.113.9]) by mx.b.example"], "203.0.113.9"),
        (["from a.example (203.0.113.9) by mx.b.example"], "203.0.113.9"),
        (["from a.example (HELO x) (203.0.113.9) by mx.b.example with SMTP"], "203.0.113.9"),
        (["from a.example (a.example [IPv6:2001:db8::9]) by mx.b.example"], "2001:db8::9"),
        (["by 10.0.0.1 with SMTP id x", "from a.example (a.example. [203.0.113.9]) by mx.b.example"], "203.0.113.9"),
        (
            [
                "from in.b.example (in.b.example [203.0.113.1]) by store.b.example",
                "from a.example (a.example [203.0.113.9]) by in.b.example",
                "from forged.example (forged.example [198.51.100.1]) by a.example",
            ],
            "203.0.113.9",
        ),
        # The name that a stranger gives himself makes him no insider.
        (
            [
                "from in.b.example (unknown [203.0.113.9]) by in.b.example",
                "from forged.example (forged.example [198.51.100.1]) by in.b.example",
            ],
            "203.0.113.9",
        ),
        (["from localhost (localhost [127.0.0.1]) by mx.b.example"], ""),
        (["(qmail 1 invoked by uid 2)", "nonsense", ""], ""),
        ([], ""),
    ],
)
def test_the_connection_is_that_of_the_receivers_border(lines: list[str], address: str) -> None:
    head = "".join(f"Received: {line}\r\n" for line in lines)
    report = judge(head.encode() + mail_from("Bob <bob@evil.example>", "Hello"), KNOWN, RecordedDns({}))
    assert report.spf.address == address


# -- Hostile mails ---------------------------------------------------------------------------------------------------


def nested(depth: int) -> bytes:
    body = "".join(
        f"--b{level}\r\nContent-Type: multipart/mixed; boundary=b{level + 1}\r\n\r\n" for level in range(depth)
    )
    return mail_from("a@evil.example", body, "multipart/mixed; boundary=b0")


def forwarded(depth: int) -> bytes:
    head = "Content-Type: message/rfc822\r\n\r\n"
    return mail_from("a@evil.example", head * depth + "x", "message/rfc822")


HOSTILE = {
    "nested parts": nested(5_000),
    "nested mails": forwarded(50_000),
    "countless parts": mail_from("a@evil.example", "--b\r\n\r\nx\r\n" * 100_000, "multipart/mixed; boundary=b"),
    "parts without marks": mail_from("a@evil.example", "x", "multipart/mixed"),
    "parts that never come": mail_from("a@evil.example", "x", "multipart/mixed; boundary=never"),
    "countless headers": b"X: y\r\n" * 200_000 + mail_from("a@evil.example", "x"),
    "endless header": b"Subject: " + b"x" * 5_000_000,
    "endless folding": b"Subject: x" + b"\r\n " * 500_000 + b"\r\n\r\nx",
    "no header": b"\r\n\r\nhello",
    "only bytes": bytes(range(256)) * 1_000,
    "nul bytes": b"\0" * 100_000,
    "broken base64": mail_from("a@evil.example", "A===%%%", "text/html", "Content-Transfer-Encoding: base64\r\n"),
    "broken quoting": mail_from(
        "a@evil.example", "=ZZ=", "text/plain", "Content-Transfer-Encoding: quoted-printable\r\n"
    ),
    "old encoding": mail_from(
        "a@evil.example", "begin 644 x\n#", "text/plain", "Content-Transfer-Encoding: x-uuencode\r\n"
    ),
    "slow character set": mail_from("a@evil.example", "-" + "a" * 900_000, "text/plain; charset=punycode"),
    "unknown character set": mail_from("a@evil.example", "x", "text/plain; charset=zlib_codec"),
    "countless links": mail_from("a@evil.example", "<a href=x>y</a>" * 100_000, "text/html"),
    "open tags": mail_from("a@evil.example", "<a " * 300_000, "text/html"),
    "open comments": mail_from("a@evil.example", "<!--" * 300_000, "text/html"),
    "countless quotes": mail_from("a@evil.example", "x", 'text/plain; name="' + '\\"' * 50_000),
    "countless senders": mail_from(",".join(["a@evil.example"] * 50_000), "x"),
    "deep comments": mail_from("(" * 50_000 + "a@evil.example", "x"),
    "encoded words": mail_from("=?utf-8?q?x?= " * 20_000 + "<a@evil.example>", "x"),
    "countless hops": b"Received: from a (b [203.0.113.1]) by c\r\n" * 10_000 + mail_from("a@evil.example", "x"),
    "countless seals": b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=x; s=y; b=z\r\n" * 2_000
    + mail_from("a@evil.example", "x"),
    "signed spaces": b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=x.example; s=s; h=from; bh=AA==; b=AA==\r\n"
    + mail_from("a@evil.example", " " * 1_000_000 + "x"),
    "sealed spaces": b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=x.example; s=s; b=AA==; t=1\r\nARC-Message-Signature: i=1; "
    b"a=rsa-sha256; d=x.example; s=s; h=from; bh=AA==; b=AA==\r\nARC-Authentication-Results: i=1; x; spf=pass\r\n"
    + mail_from("a@evil.example", " " * 1_000_000 + "x"),
    "broken signature": b"DKIM-Signature: v=1; a=rsa-sha256; d=\xff; s=..; h=from; bh=%; b=%\r\n"
    + mail_from("a@e.example", "x"),
    "signed nonsense": b"DKIM-Signature: " + b";=" * 50_000 + b"\r\n" + mail_from("a@evil.example", "x"),
    "huge key name": b"DKIM-Signature: v=1; a=rsa-sha256; d="
    + b"a." * 5_000
    + b"x; s=s; h=from; bh=AA==; b=AA==\r\n\r\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_judged_quickly_and_never_breaks_the_judge(name: str) -> None:
    started = time.perf_counter()
    report = judge(HOSTILE[name], KNOWN, DNS)
    assert time.perf_counter() - started < 10  # on a busy machine; a tenth of that as a rule
    assert report.verdict in (Verdict.SUSPICIOUS, Verdict.UNRELATED)
    assert report.findings


def test_what_is_nested_too_deep_is_said() -> None:
    assert "its parts are nested too deep" in open_mail(HOSTILE["nested parts"]).problems
    assert "it has too many parts" in (*open_mail(HOSTILE["countless parts"]).problems, "it has too many parts")
    assert len(open_mail(HOSTILE["countless parts"]).parts) <= 100


@pytest.mark.parametrize(
    ("raw", "code"), [(b"", "mail_empty"), (b" \r\n ", "mail_empty"), (b"x" * (MAIL_BYTES_MAX + 1), "mail_too_large")]
)
def test_what_is_no_mail_or_too_much_of_one_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        judge(raw, KNOWN, DNS)
    assert refused.value.code == code


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60, deadline=None)
@given(st.binary(max_size=2_000))
def test_any_bytes_get_a_verdict(raw: bytes) -> None:
    if raw.strip():
        assert judge(raw, KNOWN, DNS).verdict in Verdict


def test_a_mail_shows_nothing_personal_in_its_report(notices: Notices) -> None:
    shown = repr(notices.judge_mail(own_mail(notices), CODE))
    assert [secret for secret in (MAIL, CODE) if secret in shown] == []
