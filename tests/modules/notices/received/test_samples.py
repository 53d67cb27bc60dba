"""Recorded mails through the whole check: SPF, DKIM and DMARC come out as they really were."""

import pytest

from lonja.adapters.dns_memory import RecordedDns
from lonja.modules.notices.api import Outcome, Verdict
from lonja.modules.notices.domains import registered
from lonja.modules.notices.received.dkim_check import check_arc, check_dkim
from lonja.modules.notices.received.dmarc_check import check_dmarc, find_policy, is_aligned
from lonja.modules.notices.received.judging import judge
from lonja.modules.notices.received.outcomes import DkimResult, SpfResult
from tests.modules.notices.received.samples import EMAILS, read, rsa_record
from tests.modules.notices.received.test_dkim import ASSASSIN_DNS, KEYS
from tests.modules.notices.received.test_judging import KNOWN

PASS, FAIL, NONE, SOFT = Outcome.PASS, Outcome.FAIL, Outcome.NONE, Outcome.SOFT_FAIL
OWN_SERVER = "v=spf1 ip4:64.142.3.173 -all"
"""The server that the mails of these domains came from, by their own lines."""
DNS = RecordedDns(
    {
        "selector1._domainkey.dmarc2.spamassassin.org": [("TXT", rsa_record(KEYS["dmarc"]))],
        "selector1._domainkey.dmarc3.spamassassin.org": [("TXT", rsa_record(KEYS["dmarc"]))],
        **{f"dmarc{number}.spamassassin.org": [("TXT", OWN_SERVER)] for number in range(1, 5)},
        # The policies are in the files' names.
        "_dmarc.dmarc1.spamassassin.org": [("TXT", "v=DMARC1; p=none")],
        "_dmarc.dmarc2.spamassassin.org": [("TXT", "v=DMARC1; p=quarantine")],
        "_dmarc.dmarc3.spamassassin.org": [("TXT", "v=DMARC1; p=reject")],
        "_dmarc.dmarc4.spamassassin.org": [("TXT", "v=DMARC1; p=reject; adkim=s; aspf=s")],
    }
)
SAMPLES = sorted(path for path in EMAILS.glob("*/*") if path.suffix not in {".yml", ".txt", ".xml", ".dns"})


@pytest.mark.parametrize(
    ("name", "spf", "dkim", "dmarc", "policy"),
    [
        ("nice__dmarc__quarok.eml", PASS, PASS, PASS, "quarantine"),
        ("nice__dmarc__rejectok.eml", PASS, PASS, PASS, "reject"),
        # Its signature is damaged; where it came from speaks for it.
        ("nice__dmarc__strictrejectok.eml", PASS, FAIL, PASS, "reject"),
        ("spam__dmarc__noneko.eml", FAIL, NONE, FAIL, "none"),
        ("spam__dmarc__quarko.eml", FAIL, NONE, FAIL, "quarantine"),
        ("spam__dmarc__rejectko.eml", FAIL, NONE, FAIL, "reject"),
    ],
)
def test_recorded_mails_pass_and_fail_as_they_did(
    name: str, spf: Outcome, dkim: Outcome, dmarc: Outcome, policy: str
) -> None:
    report = judge(read(f"spamassassin/{name}"), KNOWN, DNS)
    found = (report.spf.outcome, report.dkim[0].outcome, report.dmarc.outcome, report.dmarc.policy)
    assert found == (spf, dkim, dmarc, policy)
    assert report.verdict is (Verdict.UNRELATED if dmarc is PASS and dkim is PASS else Verdict.SUSPICIOUS)


def test_a_chain_sealed_with_a_short_key_counts_for_nothing_and_one_that_never_was_is_none() -> None:
    sealed = check_arc(read("spamassassin/dkim__arc__ok01.eml"), ASSASSIN_DNS)
    assert (sealed.outcome, sealed.sealer) == (FAIL, "sa-test.spamassassin.org")
    assert len(KEYS["t0768"]) * 6 == 768
    assert check_arc(read("spamassassin/dkim__arc__ko01.eml"), ASSASSIN_DNS).outcome is NONE


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_recorded_mail_gets_a_report_and_none_is_ours(path) -> None:
    report = judge(path.read_bytes(), KNOWN, ASSASSIN_DNS)
    assert report.verdict in (Verdict.UNRELATED, Verdict.SUSPICIOUS)
    assert [result.outcome for result in report.dkim] == [
        result.outcome for result in check_dkim(path.read_bytes(), ASSASSIN_DNS)
    ]
    assert all(finding.sentence.endswith(".") for finding in report.findings)


def test_the_samples_are_many() -> None:
    assert len(SAMPLES) > 75


# -- DMARC -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("checked", "domain", "relaxed", "strict"),
    [
        ("example.com", "example.com", True, True),
        ("mail.example.com", "example.com", True, False),
        ("example.com", "mail.example.com", True, False),
        ("a.example.com", "b.example.com", True, False),
        ("example.co.uk", "other.co.uk", False, False),
        ("a.github.io", "b.github.io", False, False),
        ("notexample.com", "example.com", False, False),
        ("", "example.com", False, False),
    ],
)
def test_names_are_aligned_by_what_was_registered(checked: str, domain: str, *, relaxed: bool, strict: bool) -> None:
    assert is_aligned(checked, domain, is_strict=False) is relaxed
    assert is_aligned(checked, domain, is_strict=True) is strict


RECORDS = [
    # records at the domain, records above it, the policy for it
    (["v=DMARC1; p=reject"], [], "reject"),
    (["v=DMARC1;p=quarantine;sp=none"], [], "quarantine"),
    ([], ["v=DMARC1; p=reject"], "reject"),
    ([], ["v=DMARC1; p=reject; sp=none"], "none"),
    ([" v=DMARC1 ; p=none"], [], "none"),
    (["v=DMARC1; rua=mailto:x@example.com"], [], "none"),
    (["v=DMARC1; p=nonsense"], [], None),
    (["v=DMARC1"], [], None),
    (["v=DMARC1; p=reject", "v=DMARC1; p=none"], [], None),
    (["v=spf1 -all", "v=DMARC1; p=reject"], [], "reject"),
    (["v=DMARC12; p=reject"], [], None),
    (["p=reject; v=DMARC1"], [], None),
    (["\xff\xfe"], [], None),
    ([], [], None),
]


@pytest.mark.parametrize(("own", "above", "action"), RECORDS)
def test_the_policy_is_the_domains_own_or_its_registered_domains(
    own: list[str], above: list[str], action: str | None
) -> None:
    dns = RecordedDns(
        {
            "_dmarc.mail.example.com": [("TXT", text) for text in own],
            "_dmarc.example.com": [("TXT", text) for text in above],
        }
    )
    policy = find_policy("mail.example.com", dns)
    assert (None if policy is None else policy.action) == action


def judged_by_another(record: str, domain: str, spf: SpfResult, dkim: DkimResult) -> str:
    """What another implementation makes of the same."""
    from authheaders import check_dmarc as other
    from authres import (  # type: ignore[import-untyped]  # ships no types
        DKIMAuthenticationResult,
        SPFAuthenticationResult,
    )

    message = f"From: x@{domain}\r\n\r\n".encode()
    result = other(
        message,
        SPFAuthenticationResult(result=spf.outcome.value, smtp_mailfrom=f"x@{spf.domain}"),
        DKIMAuthenticationResult(result=dkim.outcome.value, header_d=dkim.domain),
        dnsfunc=lambda name: record if name == f"_dmarc.{registered(domain)}" else None,
    )
    return str(result.result)


RELAXED, STRICT = "v=DMARC1; p=reject", "v=DMARC1; p=none; adkim=s; aspf=s"


@pytest.mark.parametrize(
    ("record", "domain", "spf", "dkim"),
    [
        (RELAXED, "example.com", (PASS, "mail.example.com"), (FAIL, "example.com")),
        (RELAXED, "example.com", (SOFT, "example.com"), (PASS, "mail.example.com")),
        (RELAXED, "mail.example.com", (PASS, "other.net"), (PASS, "other.net")),
        (STRICT, "example.com", (PASS, "mail.example.com"), (FAIL, "example.com")),
        (STRICT, "example.com", (PASS, "other.net"), (PASS, "mail.example.com")),
        (STRICT, "example.com", (PASS, "example.com"), (FAIL, "example.com")),
    ],
)
def test_dmarc_agrees_with_another_implementation(
    record: str, domain: str, spf: tuple[Outcome, str], dkim: tuple[Outcome, str]
) -> None:
    by_address, by_key = SpfResult(*spf), DkimResult(*dkim, "s")
    dns = RecordedDns({f"_dmarc.{registered(domain)}": [("TXT", record)]})
    ours = check_dmarc(domain, by_address, [by_key], dns)
    assert ours.outcome.value == judged_by_another(record, domain, by_address, by_key)
