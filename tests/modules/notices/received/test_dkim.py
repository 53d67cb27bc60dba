"""DKIM and ARC: recorded mails are judged as their signatures really were."""

import json
from pathlib import Path
from typing import Any

import pytest

from lonja.adapters.dns_memory import TIMEOUT, RecordedDns
from lonja.modules.notices.ports import LookupFailedError
from lonja.modules.notices.received.dkim_check import check_arc, check_dkim
from lonja.modules.notices.received.lookups import BoundedDns
from lonja.modules.notices.received.outcomes import Outcome
from tests.modules.notices.received.samples import EMAILS, documents, names, read, rsa_record

KEYS: dict[str, str] = json.loads((Path(__file__).parent / "recovered_keys.json").read_text("utf-8"))
"""Moduli of keys that are no longer in DNS: the common divisor of what the signatures of two mails tell about them."""

ASSASSIN = "sa-test.spamassassin.org"
ASSASSIN_DNS = RecordedDns(
    {
        f"t0768._domainkey.{ASSASSIN}": [("TXT", rsa_record(KEYS["t0768"]))],
        **{f"t1024{part}._domainkey.{ASSASSIN}": [("TXT", rsa_record(KEYS["t1024"]))] for part in "abcd"},
        **{f"t2048{part}._domainkey.{ASSASSIN}": [("TXT", rsa_record(KEYS["t2048"]))] for part in "ab"},
        "selector1._domainkey.dmarc2.spamassassin.org": [("TXT", rsa_record(KEYS["dmarc"]))],
        "selector1._domainkey.dmarc3.spamassassin.org": [("TXT", rsa_record(KEYS["dmarc"]))],
    }
)
LOST_KEYS = ("-14.", "-18.", "-19.", "-20.", "-22.", "-23.")
"""Mails whose keys nobody has any more: only one signature was ever made with each that is recorded here."""


def outcomes(raw: bytes, dns: RecordedDns) -> list[Outcome]:
    return [result.outcome for result in check_dkim(raw, dns)]


@pytest.mark.parametrize("name", list(names("spamassassin", "dkim__test-pass-*")))
def test_mails_that_passed_pass(name: str) -> None:
    result = check_dkim(read(name), ASSASSIN_DNS)[0]
    assert result.domain == ASSASSIN
    if any(mark in name for mark in LOST_KEYS):
        # Their bodies are intact, which is known without a key.
        assert (result.outcome, result.reason) == (Outcome.PERMANENT_ERROR, "there is no such key in DNS")
    else:
        assert result.outcome is Outcome.PASS
        assert result.is_weak == ("t0768" in result.selector)


@pytest.mark.parametrize(
    ("number", "outcome", "reason"),
    [
        ("01", Outcome.NONE, "the mail is not signed"),
        ("03", Outcome.FAIL, "the signature does not fit the headers"),
        ("04", Outcome.FAIL, "the signature does not fit the headers"),
        ("05", Outcome.PERMANENT_ERROR, "there is no such key in DNS"),
        ("07", Outcome.FAIL, "the signature does not fit the headers"),
        ("08", Outcome.FAIL, "the signature does not fit the headers"),
        ("09", Outcome.PERMANENT_ERROR, "there is no such key in DNS"),
    ],
)
def test_mails_that_failed_fail_for_their_reason(number: str, outcome: Outcome, reason: str) -> None:
    result = check_dkim(read(f"spamassassin/dkim__test-fail-{number}.msg"), ASSASSIN_DNS)[0]
    assert (result.outcome, result.reason) == (outcome, reason)


def test_no_recorded_mail_is_left_out() -> None:
    assert len(names("spamassassin", "dkim__test-pass-*")) == 17
    assert len(names("spamassassin", "dkim__test-fail-*")) == 7


@pytest.mark.parametrize("name", ["nice__dmarc__quarok.eml", "nice__dmarc__rejectok.eml"])
def test_a_signature_with_sha_1_passes_as_weak(name: str) -> None:
    result = check_dkim(read(f"spamassassin/{name}"), ASSASSIN_DNS)[0]
    assert (result.outcome, result.is_weak, result.is_sound) == (Outcome.PASS, True, False)


@pytest.mark.parametrize("name", names("spamassassin", "nice__dkim__*"))
def test_signatures_of_the_drafts_before_the_standard_pass_no_more(name: str) -> None:
    expected = Outcome.NONE if "MultipleAuthRes" in name else Outcome.PERMANENT_ERROR
    assert outcomes(read(name), ASSASSIN_DNS) in ([expected], [Outcome.FAIL])


# -- The samples of dkimpy -------------------------------------------------------------------------------------------


def key_of(name: str) -> list[tuple[str, str | bytes]]:
    return [("TXT", read(f"dkimpy/{name}").strip().replace(b"\n", b""))]


FOOTBALL = "football.example.com"
FOOTBALL_DNS = {
    f"test._domainkey.{FOOTBALL}": "test.txt",
    "sed._domainkey.test.ex": "eximtest.dns",
}
RFC_8463_KEY = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def football_dns(**other: str) -> RecordedDns:
    zone = {name: key_of(file) for name, file in FOOTBALL_DNS.items()}
    zone[f"brisbane._domainkey.{FOOTBALL}"] = [("TXT", RFC_8463_KEY)]
    zone |= {f"test._domainkey.{FOOTBALL}": key_of(file) for file in other.values()}
    return RecordedDns(zone)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rfc6376.signed.msg", [Outcome.PASS, Outcome.PASS]),
        ("rfc6376.signed.rsa.msg", [Outcome.PASS]),
        ("rfc6376.signed.no_t.msg", [Outcome.FAIL]),
        ("ed25519test2.msg", [Outcome.PASS]),
        ("rfc6376.msg", [Outcome.NONE]),
        ("rfc6376.w1258.msg", [Outcome.NONE]),
        ("test.message", [Outcome.NONE]),
        ("test_nofrom.message", [Outcome.NONE]),
        ("test.message.baddomain", [Outcome.FAIL]),
        ("test2.message", [Outcome.PERMANENT_ERROR]),
    ],
)
def test_the_samples_of_dkimpy(name: str, expected: list[Outcome]) -> None:
    assert outcomes(read(f"dkimpy/{name}"), football_dns()) == expected


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("badk.txt", "the key in DNS is of another kind"),
        ("badversion.txt", "the key in DNS is for something else"),
        ("test_tlsrpt.txt", "the key in DNS is for something else"),
        ("test_bad.txt", "the key in DNS is malformed"),
    ],
)
def test_a_key_that_is_no_key_passes_nothing(key: str, reason: str) -> None:
    result = check_dkim(read("dkimpy/rfc6376.signed.rsa.msg"), football_dns(key=key))[0]
    assert (result.outcome, result.reason) == (Outcome.PERMANENT_ERROR, reason)


@pytest.mark.parametrize("key", ["1024_testkey_wo_markers.pub.txt", "2048_testkey_wo_markers.pub.txt"])
def test_another_key_passes_nothing(key: str) -> None:
    assert outcomes(read("dkimpy/rfc6376.signed.rsa.msg"), football_dns(key=key)) == [Outcome.FAIL]


@pytest.mark.parametrize(
    ("what", "old", "new", "expected"),
    [
        ("nothing", b"", b"", Outcome.PASS),
        ("body", b"hungry", b"thirsty", Outcome.FAIL),
        ("subject", b"Is dinner ready?", b"Send money!", Outcome.FAIL),
        ("sender", b"From: Joe", b"From: Jim", Outcome.FAIL),
        ("second sender", b"From: Joe", b"From: boss@example.net\r\nFrom: Joe", Outcome.FAIL),
        ("signature", b"b=icKcLSEZ", b"b=AAAALSEZ", Outcome.FAIL),
        ("algorithm", b"a=rsa-sha256", b"a=rsa-sha999", Outcome.FAIL),
        ("canonicalization", b"c=simple/simple", b"c=wild/wild", Outcome.PERMANENT_ERROR),
    ],
)
def test_what_was_signed_cannot_be_altered(what: str, old: bytes, new: bytes, expected: Outcome) -> None:
    raw = read("dkimpy/rfc6376.signed.rsa.msg")
    assert old in raw
    found = outcomes(raw.replace(old, new) if old else raw, football_dns())
    assert found[0] in {expected, Outcome.PERMANENT_ERROR if expected is Outcome.FAIL else expected}
    assert (found == [Outcome.PASS]) == (what == "nothing")


def test_a_key_that_cannot_be_asked_for_is_a_matter_of_time() -> None:
    dns = RecordedDns({f"test._domainkey.{FOOTBALL}": [(TIMEOUT, "")]})
    result = check_dkim(read("dkimpy/rfc6376.signed.rsa.msg"), dns)[0]
    assert (result.outcome, result.reason) == (Outcome.TEMPORARY_ERROR, "DNS did not answer in time")


def test_text_behind_the_signed_part_is_noticed() -> None:
    raw = read("spamassassin/nice__dkim__MultipleReceived_08")
    assert b" l=86;" in raw
    assert check_dkim(raw, ASSASSIN_DNS)[0].is_partial


def test_a_mail_with_countless_signatures_costs_a_bounded_number_of_lookups() -> None:
    raw = read("dkimpy/rfc6376.signed.rsa.msg")
    signature = raw[: raw.index(b"From:")]
    many = b"".join(signature.replace(b"s=test", b"s=test%d" % number) for number in range(200)) + raw
    dns = RecordedDns({})
    assert len(check_dkim(many, dns)) == 8
    assert len(dns.asked) == 8


def test_lookups_of_one_mail_are_asked_once_and_not_too_many() -> None:
    inner = RecordedDns({"a.example": [("TXT", "x")]})
    dns = BoundedDns(inner, {"own.example": b"ours"}, lookups_max=2)
    assert [dns.txt("A.example."), dns.txt("a.example"), dns.txt("own.example")] == [(b"x",), (b"x",), (b"ours",)]
    assert dns.addresses("a.example", is_v6=False) == ()
    assert inner.asked == [("TXT", "a.example"), ("A", "a.example")]
    with pytest.raises(LookupFailedError, match="too many DNS records"):
        dns.mail_hosts("a.example")


def test_dns_that_does_not_answer_is_not_asked_for_ever() -> None:
    inner = RecordedDns({f"{number}.example": [(TIMEOUT, "")] for number in range(9)})
    dns = BoundedDns(inner)
    for number in range(9):
        with pytest.raises(LookupFailedError):
            dns.txt(f"{number}.example")
    assert len(inner.asked) == 3


# -- ARC -------------------------------------------------------------------------------------------------------------

ARC_CASES = [
    pytest.param(scenario, case, id=f"{scenario['description'].strip()}: {name}")
    for scenario in documents("arc_test_suite/tests__arc-draft-validation-tests.yml")
    for name, case in scenario["tests"].items()
]


def test_the_arc_suite_is_there() -> None:
    assert EMAILS.is_dir()
    assert len(ARC_CASES) > 100


@pytest.mark.parametrize(("scenario", "case"), ARC_CASES)
def test_the_arc_suite(scenario: dict[str, Any], case: dict[str, Any]) -> None:
    records = {name: [("TXT", value)] for name, value in scenario["txt-records"].items()}
    result = check_arc((case["message"] or "").encode(), RecordedDns(records))
    assert result.outcome.value == (case["cv"] or "none").lower()
