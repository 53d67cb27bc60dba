"""What due diligence refuses: HTTP status by code. The sentences stand where the rule is, since they name values.

Invariant: a code never changes its meaning; a test finds every code that is raised here.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_FORBIDDEN, _MISSING, _CONFLICT, _TOO_LARGE, _TOO_MANY, _WRONG = 403, 404, 409, 413, 429, 422

STATUSES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "account_personal": _FORBIDDEN,
        "address_elsewhere": _WRONG,
        "agreements_missing": _WRONG,
        "answer_incomplete": _WRONG,
        "application_incomplete": _WRONG,
        "application_not_found": _MISSING,
        "apply_denied": _FORBIDDEN,
        "applied_recently": _CONFLICT,
        "attestation_changed": _CONFLICT,
        "challenge_over": _CONFLICT,
        "change_not_found": _MISSING,
        "change_under_way": _CONFLICT,
        "changed_meanwhile": _CONFLICT,
        "data_missing": _WRONG,
        "date_invalid": _WRONG,
        "evidence_unknown": _MISSING,
        "name_script": _WRONG,
        "not_answerable": _CONFLICT,
        "not_approved": _CONFLICT,
        "not_editable": _CONFLICT,
        "ownership_cycle": _WRONG,
        "ownership_id": _WRONG,
        "ownership_kind": _WRONG,
        "ownership_over_full": _WRONG,
        "ownership_twice": _WRONG,
        "ownership_unknown": _WRONG,
        "paper_active": _WRONG,
        "paper_kind": _WRONG,
        "paper_name": _WRONG,
        "paper_not_found": _MISSING,
        "paper_too_large": _TOO_LARGE,
        "paper_type": _WRONG,
        "papers_full": _TOO_MANY,
        "payload_invalid": _WRONG,
        "person_twice": _WRONG,
        "proof_missing": _WRONG,
        "question_not_found": _MISSING,
        "residence_hindered": _CONFLICT,
        "residence_same": _CONFLICT,
        "signature_differs": _WRONG,
        "signature_wrong": _WRONG,
        "signer_unfit": _WRONG,
        "too_many_attempts": _TOO_MANY,
        "transfer_differs": _CONFLICT,
        "transfer_not_found": _MISSING,
        "user_not_found": _MISSING,
        "vasp_not_connected": _FORBIDDEN,
        "verification_needed": _FORBIDDEN,
        "wallet_address_invalid": _WRONG,
    }
)
"""HTTP status by code."""
