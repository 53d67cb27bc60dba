"""DMARC (RFC 7489): whether SPF or DKIM speak for the domain that a reader sees in From.

Why our own: it is a screenful, and the libraries look records up by themselves. Invariant: a result that is not aligned
with From counts for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lonja.modules.notices.domains import registered
from lonja.modules.notices.ports import Dns, LookupFailedError
from lonja.modules.notices.received.outcomes import DkimResult, DmarcResult, Outcome, SpfResult

_POLICIES: Final = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class Policy:
    """What a domain published: what to do with mail that fails, and whether names must be equal to be aligned."""

    action: str
    dkim_is_strict: bool
    spf_is_strict: bool


def check_dmarc(domain: str, spf: SpfResult, dkim: Sequence[DkimResult], dns: Dns) -> DmarcResult:
    """The outcome for the normalized ``domain`` in From. Never raises."""
    try:
        policy = find_policy(domain, dns)
    except LookupFailedError as error:
        return DmarcResult(Outcome.TEMPORARY_ERROR, domain, "", error.message)
    if policy is None:
        return DmarcResult(Outcome.NONE, domain, "", "the domain published no policy")
    for result in dkim:
        if result.outcome is Outcome.PASS and is_aligned(result.domain, domain, is_strict=policy.dkim_is_strict):
            return DmarcResult(Outcome.PASS, domain, policy.action, "signed by its domain")
    if spf.outcome is Outcome.PASS and is_aligned(spf.domain, domain, is_strict=policy.spf_is_strict):
        return DmarcResult(Outcome.PASS, domain, policy.action, "sent from where its domain sends")
    checks = (spf.outcome, *(result.outcome for result in dkim))
    if Outcome.TEMPORARY_ERROR in checks:
        return DmarcResult(Outcome.TEMPORARY_ERROR, domain, policy.action, "DNS did not answer")
    return DmarcResult(Outcome.FAIL, domain, policy.action, "neither a signature nor SPF speaks for its domain")


def is_aligned(checked: str, domain: str, *, is_strict: bool) -> bool:
    """Whether a check of ``checked`` speaks for ``domain``."""
    if checked == domain:
        return True
    return bool(checked) and not is_strict and registered(checked) == registered(domain)


def find_policy(domain: str, dns: Dns) -> Policy | None:
    """The policy of ``domain``, else that of its registered domain for names below it. Raises ``LookupFailedError``."""
    own = _fields(dns.txt(f"_dmarc.{domain}"))
    if own is not None:
        return _policy(own, "p")
    above = registered(domain)
    if above == domain:
        return None
    inherited = _fields(dns.txt(f"_dmarc.{above}"))
    return None if inherited is None else _policy(inherited, "sp")


def _fields(records: Sequence[bytes]) -> dict[str, str] | None:
    """The fields of the one DMARC record; None when there is none, or more than one."""
    texts = [record.decode("ascii", "replace") for record in records]
    found = [text for text in texts if "".join(text.split(";")[0].split()) == "v=DMARC1"]
    if len(found) != 1:
        return None
    pairs = (field.partition("=") for field in found[0].split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _policy(fields: dict[str, str], name: str) -> Policy | None:
    action = fields.get(name, fields.get("p", "")).lower()
    if action not in _POLICIES:
        # A record that only asks for reports is a policy of doing nothing.
        if "rua" not in fields:
            return None
        action = "none"
    return Policy(action, fields.get("adkim", "r").lower() == "s", fields.get("aspf", "r").lower() == "s")
