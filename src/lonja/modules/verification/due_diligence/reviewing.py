"""How what was handed in becomes a case for staff, and how a decision finds its way back.

Why here: an application, an answer about funds, a change of residence and a transfer go the same way. Each submission
is a round of its own, and the case carries ``KIND:NUMBER.ROUND`` among its evidence, so that a decision told twice, or
about an earlier round, changes nothing. Invariant: what is in review has a case, even if a crash came between the two
(``keep_house`` opens the missing one under the same reference).

Staff write codes of remedies into their reason; those, and nothing else of it, are told.
"""

import re
from collections.abc import Collection
from typing import Final, NamedTuple

from lonja.modules.verification.due_diligence.ports import Decision

IN_REVIEW: Final = "in_review"
MORE_NEEDED: Final = "more_needed"
_EVIDENCE: Final = re.compile(r"([a-z_]+):(\d{1,18})\.(\d{1,9})")
_CODE: Final = re.compile(r"[a-z][a-z_]+")
_REMEDIES_MAX: Final = 12

REMEDIES: Final = {
    "paper_unclear": "A paper cannot be read: hand in a clear copy of the original, best as a PDF.",
    "paper_incomplete": "Pages of a paper are missing: hand in the whole of it.",
    "paper_outdated": "A paper is too old: hand in one of the last months.",
    "paper_wrong": "A paper is not the one that was asked for: look at the list.",
    "name_differs": "A name differs between the form and a paper: correct the form, or explain.",
    "address_differs": "The address differs between the form and its proof: correct the form.",
    "owner_missing": "An owner stands in a paper but not in the form: add the owner.",
    "ownership_differs": "Shares differ between the form and a paper: correct the form.",
    "authority_missing": "Who acts for the institution is not shown to be allowed to: hand in a letter or a resolution.",
    "amount_unexplained": "The sources named do not explain the amount: add sources.",
    "source_unproven": "A source is not shown by a paper: add what the list asks for.",
    "wallet_unproven": "A wallet was named that is not shown to be yours: sign a text with it.",
    "sender_unclear": "Who sent the money is not clear: give the full name and where it was sent from.",
    "translation_needed": "A paper needs a certified translation.",
}
"""Codes that staff may name, and what each asks for."""


class Round(NamedTuple):
    """Which submission of what a decision is about."""

    number: int
    round: int


def evidence_name(kind: str, number: int, round_: int) -> str:
    """How a case refers to a submission."""
    return f"{kind}:{number}.{round_}"


def round_of(decision: Decision, kind: str) -> Round | None:
    """The submission of ``kind`` that was decided; None when the case is about something else."""
    found = (_EVIDENCE.fullmatch(name) for name in decision.evidence)
    rounds = [Round(int(match[2]), int(match[3])) for match in found if match is not None and match[1] == kind]
    return max(rounds, default=None)


def read_evidence(name: str, kind: str) -> Round | None:
    """The submission that ``name`` refers to."""
    match = _EVIDENCE.fullmatch(name)
    return Round(int(match[2]), int(match[3])) if match is not None and match[1] == kind else None


def remedies_in(reason: str) -> tuple[str, ...]:
    """The codes of remedies that stand in what staff wrote."""
    found = dict.fromkeys(code for code in _CODE.findall(reason) if code in REMEDIES)
    return tuple(found)[:_REMEDIES_MAX]


def kept(codes: Collection[str]) -> str:
    """``codes`` as a row keeps them."""
    return ",".join(codes)


def listed(kept_codes: str) -> tuple[str, ...]:
    """Codes as a row keeps them, again one by one."""
    return tuple(filter(None, kept_codes.split(",")))
