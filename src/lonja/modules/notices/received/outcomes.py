"""The words in which checks of a received mail are told.

Invariant: the names of outcomes are those of the standards (RFC 8601), so that others can read them.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What came out of a check of SPF, DKIM, DMARC or ARC."""

    PASS = "pass"  # noqa: S105  # the word of the standard
    FAIL = "fail"
    SOFT_FAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    TEMPORARY_ERROR = "temperror"
    PERMANENT_ERROR = "permerror"


@dataclass(frozen=True, slots=True)
class DkimResult:
    """One signature.

    ``is_weak``: made in a way that can be forged today (SHA-1, or a short key). ``is_partial``: text may have been added
    behind what was signed.
    """

    outcome: Outcome
    domain: str
    selector: str
    reason: str = ""
    is_weak: bool = False
    is_partial: bool = False

    @property
    def is_sound(self) -> bool:
        """Whether the signature proves the whole mail."""
        return self.outcome is Outcome.PASS and not self.is_weak and not self.is_partial


@dataclass(frozen=True, slots=True)
class SpfResult:
    """Whether ``address`` may send for ``domain``."""

    outcome: Outcome
    domain: str = ""
    address: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ArcResult:
    """What a chain of forwarders sealed; ``sealer`` is the last of them."""

    outcome: Outcome
    sealer: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DmarcResult:
    """Whether SPF or DKIM speak for the domain in From. ``policy``: none, quarantine or reject; "" when there is none."""

    outcome: Outcome
    domain: str = ""
    policy: str = ""
    reason: str = ""


class Grade(StrEnum):
    """How a finding counts."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found: ``code`` never changes, ``sentence`` is for people."""

    code: str
    grade: Grade
    sentence: str


class Verdict(StrEnum):
    """What to make of a mail."""

    GENUINE = "genuine"
    SUSPICIOUS = "suspicious"
    FAKE = "fake"
    UNRELATED = "unrelated"


@dataclass(frozen=True, slots=True)
class MailReport:
    """The outcome of checking a mail. ``sender`` is the address in From; ``received_results`` what its receiver noted."""

    verdict: Verdict
    sentence: str
    findings: tuple[Finding, ...]
    sender: str = field(repr=False)
    dkim: tuple[DkimResult, ...] = ()
    spf: SpfResult = field(default_factory=lambda: SpfResult(Outcome.NONE))
    dmarc: DmarcResult = field(default_factory=lambda: DmarcResult(Outcome.NONE))
    arc: ArcResult = field(default_factory=lambda: ArcResult(Outcome.NONE))
    received_results: tuple[tuple[str, str], ...] = ()
