"""Whether a mail is really from the house, with each reason in a sentence.

The rule (domain row 2.09): what fails authentication is not from us; what passes is from us as far as that goes, and its
content is judged all the same. Invariant: nothing that a mail says of itself makes the verdict better.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lonja.modules.notices.channels import ChannelList, Kind, resembled_domain
from lonja.modules.notices.domains import is_within
from lonja.modules.notices.likeness import resembled
from lonja.modules.notices.ports import Dns
from lonja.modules.notices.received.content import (
    Link,
    active_elements,
    archives_in,
    attachment_problems,
    links_in,
    readable_text,
)
from lonja.modules.notices.received.dkim_check import check_arc, check_dkim
from lonja.modules.notices.received.dmarc_check import check_dmarc, is_aligned
from lonja.modules.notices.received.lookups import BoundedDns
from lonja.modules.notices.received.opening import MAIL_BYTES_MAX, OpenedMail, open_mail
from lonja.modules.notices.received.outcomes import (
    ArcResult,
    DkimResult,
    DmarcResult,
    Finding,
    Grade,
    MailReport,
    Outcome,
    SpfResult,
    Verdict,
)
from lonja.modules.notices.received.route import (
    Sender,
    connection_of,
    envelope_sender,
    noted_results,
    sender_of,
)
from lonja.modules.notices.received.spf_check import check_spf
from lonja.primitives.errors import RefusedError

_CODE: Final = re.compile(r"anti-?phishing code\s{0,10}[:=]?\s{0,10}([^\s<]{1,40})", re.IGNORECASE)
_SCAN: Final = re.compile(r"\b(qr|scan)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Known:
    """What the house knows beside the mail.

    ``code`` is the reader's anti-phishing code, "" for none; ``own_records`` are TXT records of the house's domains;
    ``origin`` is the address of the house's own pages (no slash at the end), "" for none.
    """

    channels: ChannelList
    code: str = field(default="", repr=False)
    own_records: Mapping[str, bytes] = field(default_factory=dict)
    origin: str = ""


@dataclass(frozen=True, slots=True)
class _Authentication:
    dkim: tuple[DkimResult, ...]
    spf: SpfResult
    dmarc: DmarcResult
    arc: ArcResult
    noted: tuple[tuple[str, str], ...]


def judge(raw: bytes, known: Known, dns: Dns) -> MailReport:
    """The report on an uploaded mail (blocking). Raises ``RefusedError`` when it is empty or too large."""
    if len(raw) > MAIL_BYTES_MAX:
        raise RefusedError("mail_too_large", "The file is larger than 10 MB.", "Save the mail without its attachments.")
    if not raw.strip():
        raise RefusedError("mail_empty", "The file is empty.", "Save the mail as a file ending in .eml, and send that.")
    mail = open_mail(raw)
    sender = sender_of(mail)
    checks = _authenticated(mail, sender, BoundedDns(dns, known.own_records))
    claim = _claim(sender, known.channels)
    findings = [
        *_sender_findings(sender, claim, known.channels),
        *_authentication_findings(checks),
        *_content_findings(mail, claim, known),
        *(Finding("malformed", Grade.BAD, f"The mail is malformed: {problem}.") for problem in mail.problems),
    ]
    verdict, sentence = _verdict(claim, checks, sender, findings, known.channels.house)
    return MailReport(
        verdict,
        sentence,
        tuple(findings),
        sender.address,
        checks.dkim,
        checks.spf,
        checks.dmarc,
        checks.arc,
        checks.noted,
    )


def _authenticated(mail: OpenedMail, sender: Sender, dns: Dns) -> _Authentication:
    dkim = check_dkim(mail.raw, dns)
    connection = connection_of(mail)
    spf = SpfResult(Outcome.NONE, reason="the mail does not tell from where it was sent")
    if connection is not None:
        spf = check_spf(connection.address, connection.helo, envelope_sender(mail), dns)
    dmarc = DmarcResult(Outcome.PERMANENT_ERROR, reason=sender.problem)
    if sender.domain:
        # A signature that can be forged speaks for nobody.
        dmarc = check_dmarc(sender.domain, spf, [result for result in dkim if not result.is_weak], dns)
    return _Authentication(dkim, spf, dmarc, check_arc(mail.raw, dns), noted_results(mail, connection))


# -- Who it claims to be from ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Claim:
    """Whether the mail is from an official domain by its own words, or poses as the house, and how."""

    is_official: bool
    pose: str = ""

    @property
    def is_made(self) -> bool:
        return self.is_official or bool(self.pose)


def _claim(sender: Sender, channels: ChannelList) -> _Claim:
    addresses, domain = channels.values(Kind.EMAIL), sender.domain
    wholly = [value[1:] for value in addresses if value.startswith("@")]
    if sender.address.lower() in addresses or domain in wholly:
        return _Claim(True)
    if any(is_within(domain, one) for one in channels.values(Kind.DOMAIN)):
        return _Claim(True)
    like = resembled_domain(domain, channels) if domain else None
    if like:
        return _Claim(False, f"its sender's domain {domain} only looks like {like}")
    name = sender.name.casefold()
    if channels.house.casefold() in name or (name and resembled(name, [channels.house])):
        return _Claim(False, f"it calls itself {channels.house} and comes from {domain or 'no address at all'}")
    return _Claim(False)


def _sender_findings(sender: Sender, claim: _Claim, channels: ChannelList) -> list[Finding]:
    if sender.problem:
        return [Finding("sender_unclear", Grade.BAD, f"Nobody can say who wrote this mail: {sender.problem}.")]
    if claim.pose:
        return [Finding("sender_poses", Grade.BAD, f"The mail poses as the house: {claim.pose}.")]
    if not claim.is_official:
        return []
    listed = [value for value in channels.values(Kind.EMAIL) if sender.address.lower() == value.lower()]
    wholly = [value for value in channels.values(Kind.EMAIL) if value == f"@{sender.domain}"]
    if listed or wholly:
        return [
            Finding("sender_official", Grade.GOOD, "Its sender is an official address, if it is really from there.")
        ]
    return [
        Finding("sender_unlisted", Grade.BAD, "Its sender has an official domain, but we write from no such address.")
    ]


# -- Authentication --------------------------------------------------------------------------------------------------


def _authentication_findings(checks: _Authentication) -> list[Finding]:
    findings = [_dkim_finding(result) for result in checks.dkim]
    findings += [_spf_finding(checks.spf), _dmarc_finding(checks.dmarc)]
    if checks.arc.outcome is Outcome.PASS:
        sentence = (
            f"It was forwarded, and {checks.arc.sealer} sealed what came before; that proves its way, not its author."
        )
        findings.append(Finding("arc_pass", Grade.NOTE, sentence))
    elif checks.arc.outcome is Outcome.FAIL:
        findings.append(
            Finding("arc_fail", Grade.NOTE, f"The seals of its forwarders are broken: {checks.arc.reason}.")
        )
    failed = [method for method, result in checks.noted if result in ("fail", "permerror")]
    if failed:
        sentence = f"Your mail service noted when it came that {', '.join(dict.fromkeys(failed))} failed."
        findings.append(Finding("receiver_noted_failure", Grade.BAD, sentence))
    return findings


def _dkim_finding(result: DkimResult) -> Finding:
    if result.outcome is Outcome.PASS:
        if result.is_weak:
            return Finding("dkim_weak", Grade.NOTE, f"A signature of {result.domain} fits, but can be forged today.")
        if result.is_partial:
            return Finding("dkim_partial", Grade.NOTE, f"A signature of {result.domain} leaves room for added text.")
        return Finding("dkim_pass", Grade.GOOD, f"A signature of {result.domain} fits headers and body.")
    if result.outcome is Outcome.NONE:
        return Finding("dkim_none", Grade.NOTE, "It carries no signature (DKIM).")
    whose = f"of {result.domain} " if result.domain else ""
    if result.outcome is Outcome.TEMPORARY_ERROR:
        return Finding("dkim_unknown", Grade.NOTE, f"A signature {whose}could not be checked now: {result.reason}.")
    return Finding("dkim_fail", Grade.BAD, f"A signature {whose}is not valid: {result.reason}.")


def _spf_finding(result: SpfResult) -> Finding:
    where = f"{result.address} for {result.domain}"
    if result.outcome is Outcome.PASS:
        return Finding("spf_pass", Grade.GOOD, f"It was sent from an address that may send: {where} (SPF).")
    if result.outcome in (Outcome.FAIL, Outcome.SOFT_FAIL):
        return Finding("spf_fail", Grade.BAD, f"It was sent from an address that may not send: {where} (SPF).")
    if result.outcome is Outcome.TEMPORARY_ERROR:
        return Finding("spf_unknown", Grade.NOTE, "From where it may be sent could not be checked now (SPF).")
    return Finding("spf_none", Grade.NOTE, "Nothing says from where mail of this sender may come (SPF).")


def _dmarc_finding(result: DmarcResult) -> Finding:
    if result.outcome is Outcome.PASS:
        return Finding("dmarc_pass", Grade.GOOD, f"It is from {result.domain}: {result.reason} (DMARC).")
    if result.outcome is Outcome.FAIL:
        wish = (
            f", and {result.domain} asks to {result.policy} such mail"
            if result.policy in ("reject", "quarantine")
            else ""
        )
        return Finding("dmarc_fail", Grade.BAD, f"It is not proved to be from {result.domain}{wish} (DMARC).")
    if result.outcome is Outcome.TEMPORARY_ERROR:
        return Finding("dmarc_unknown", Grade.NOTE, "Whether its sender is real could not be checked now (DMARC).")
    return Finding("dmarc_none", Grade.NOTE, "The domain of its sender published no policy (DMARC).")


# -- Content ---------------------------------------------------------------------------------------------------------


def _content_findings(mail: OpenedMail, claim: _Claim, known: Known) -> list[Finding]:
    findings = _link_findings(mail, claim, known)
    findings += [
        Finding("attachment_dangerous", Grade.BAD, f"It carries {problem}.")
        for problem in attachment_problems(mail.parts)
    ]
    if archives_in(mail.parts):
        findings.append(Finding("attachment_archive", Grade.NOTE, "It carries an archive, which may hold anything."))
    for element in active_elements(mail.parts):
        findings.append(Finding("active_content", Grade.BAD, f"It holds a {element}, which no honest mail needs."))
    text = readable_text(mail.parts)
    if any(part.kind.startswith("image/") for part in mail.parts) and _SCAN.search(text):
        sentence = "It asks to scan a picture: a link that nobody can read before it is opened."
        findings.append(Finding("picture_to_scan", Grade.BAD if claim.is_made else Grade.NOTE, sentence))
    if claim.is_made:
        findings.append(_code_finding(text, known.code))
    return findings


def _link_findings(mail: OpenedMail, claim: _Claim, known: Known) -> list[Finding]:
    channels, findings = known.channels, dict[Finding, None]()
    links = [link for link in links_in(mail.parts) if not _leads_home(link, known.origin)]
    for link in links:
        if link.problem:
            findings[Finding("link_deceives", Grade.BAD, f"Look at its links: {link.problem}.")] = None
        like = resembled_domain(link.host, channels) if link.host else None
        if like:
            findings[
                Finding("link_look_alike", Grade.BAD, f"A link leads to {link.host}, which looks like {like}.")
            ] = None
    official = channels.values(Kind.DOMAIN)
    strange = [one.host for one in links if one.host and not any(is_within(one.host, domain) for domain in official)]
    if claim.is_made and strange:
        sentence = f"A link leads to {strange[0]}, which is not ours."
        findings[Finding("link_elsewhere", Grade.BAD, sentence)] = None
    return list(findings)


def _leads_home(link: Link, origin: str) -> bool:
    """Whether ``link`` leads to a page of the house, at whatever address it runs, and shows no other host."""
    return bool(origin) and link.target.startswith(f"{origin}/") and link.shown in ("", link.host)


def _code_finding(text: str, code: str) -> Finding:
    found = [one.rstrip(".,;") for one in _CODE.findall(text)]
    if not code:
        return Finding("code_not_set", Grade.NOTE, "You have no anti-phishing code; with one, our mails show it.")
    if not found:
        return Finding(
            "code_missing", Grade.BAD, "It does not show your anti-phishing code, as every mail of ours does."
        )
    if any(one != code for one in found):
        return Finding("code_wrong", Grade.BAD, "It shows an anti-phishing code that is not yours.")
    return Finding("code_right", Grade.GOOD, "It shows your anti-phishing code.")


# -- Verdict ---------------------------------------------------------------------------------------------------------


def _verdict(
    claim: _Claim, checks: _Authentication, sender: Sender, findings: list[Finding], house: str
) -> tuple[Verdict, str]:
    bad = [finding for finding in findings if finding.grade is Grade.BAD]
    if claim.pose:
        return Verdict.FAKE, f"This mail is not from {house}, though it wants to look like it."
    if not claim.is_official:
        if bad:
            return Verdict.SUSPICIOUS, f"This mail is not from {house}, and there is something wrong with it."
        return Verdict.UNRELATED, f"This mail is not from {house} and does not say so."
    is_signed = any(
        result.is_sound and is_aligned(result.domain, sender.domain, is_strict=False) for result in checks.dkim
    )
    if not is_signed and checks.dmarc.outcome is Outcome.TEMPORARY_ERROR:
        return (
            Verdict.SUSPICIOUS,
            "Whether this mail is genuine could not be checked now. Try again later; do nothing it asks.",
        )
    if not is_signed or checks.dmarc.outcome is Outcome.FAIL:
        return Verdict.FAKE, f"This mail is not from {house}: its sender is forged, or it was altered."
    # Forwarding breaks SPF, and a second signature may be a forwarder's: what counts is the house's own signature.
    grave = [finding for finding in bad if finding.code not in ("spf_fail", "dkim_fail", "receiver_noted_failure")]
    if grave:
        return (
            Verdict.SUSPICIOUS,
            f"This mail was signed by {house}, yet something about it is wrong. Ask us before you act.",
        )
    return (
        Verdict.GENUINE,
        f"This mail is from {house}. Stay careful all the same: we never ask for passwords or codes.",
    )
