"""Where a house keeps what is secret or personal: the encrypted columns of every database, and how each was sealed.

Why here: each module seals for itself, and only this place sees all of their files. Invariant: a binary column that stands
neither here nor begins with ``sealed_`` (which the doctor then judges by its bytes) is a digest or public; a test holds
that against the tables of the modules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lonja.bootstrap.backoffice import BACKOFFICE_NAME
from lonja.bootstrap.identity import IDENTITY_NAME
from lonja.bootstrap.notices import NOTICES_NAME

VERIFICATION_NAME: Final = "verification.sqlite"
DUE_DILIGENCE_NAME: Final = "due_diligence.sqlite"


@dataclass(frozen=True, slots=True)
class BoxedColumn:
    """A column sealed by the house's secret box itself; ``context`` is the SQL of what it was sealed for."""

    table: str
    column: str
    context: str


@dataclass(frozen=True, slots=True)
class SealedColumns:
    """Columns sealed under a key of their subject.

    SQL over the table ``t``, with ``join`` when the key lies elsewhere: ``key`` is the sealed key (empty or NULL: it was
    destroyed), ``subject`` whose it is, and ``fields`` what each column was sealed as.
    """

    table: str
    key: str
    subject: str
    fields: Mapping[str, str]
    join: str = ""


def _of_user(table: str, **fields: str) -> SealedColumns:
    return SealedColumns(
        table,
        "k.sealed_key",
        "'user ' || t.user_id",
        MappingProxyType({column: f"'{field}'" for column, field in fields.items()}),
        "JOIN users k ON k.user_id = t.user_id",
    )


def _of_applicant(table: str, **fields: str) -> SealedColumns:
    join = "JOIN verification_applicants k ON k.user_id = t.user_id"
    return SealedColumns(table, "k.sealed_key", "'applicant ' || t.user_id", MappingProxyType(fields), join)


def _of_declarant(table: str, join: str = "", user: str = "t.user_id", **fields: str) -> SealedColumns:
    return SealedColumns(
        table,
        "k.sealed_key",
        f"'due diligence ' || {user}",
        MappingProxyType({column: f"'{field}'" for column, field in fields.items()}),
        f"{join} JOIN dd_subjects k ON k.user_id = {user}",
    )


def _of_subject(table: str, key_id: str = "key_id", **fields: str) -> SealedColumns:
    return SealedColumns(
        f"backoffice_{table}",
        "k.sealed_key",
        "k.subject",
        MappingProxyType({column: f"'{field}'" for column, field in fields.items()}),
        f"JOIN backoffice_subject_keys k ON k.key_id = t.{key_id}",
    )


BOXED: Final[Mapping[str, tuple[BoxedColumn, ...]]] = MappingProxyType(
    {
        IDENTITY_NAME: (
            BoxedColumn("api_keys", "sealed_secret", "t.api_key"),
            BoxedColumn("registry", "sealed_check", "'registry'"),
            BoxedColumn("people_key", "sealed_index_key", "'people:index'"),
            BoxedColumn("sign_in_providers", "sealed_secret", "'provider:' || t.name"),
            BoxedColumn("connected_arrivals", "sealed_key", "'envelope:arrival ' || lower(hex(t.token_digest))"),
            BoxedColumn("users", "sealed_key", "'envelope:user ' || t.user_id"),
            BoxedColumn("sign_ups", "sealed_key", "'envelope:sign_up ' || lower(hex(t.token_digest))"),
        ),
        NOTICES_NAME: (
            BoxedColumn("notice_keys", "sealed_key", "'notices:' || t.name"),
            BoxedColumn("notice_recipients", "sealed_key", "'envelope:recipient ' || lower(hex(t.address_digest))"),
        ),
        BACKOFFICE_NAME: (BoxedColumn("backoffice_subject_keys", "sealed_key", "'envelope:' || t.subject"),),
        VERIFICATION_NAME: (
            BoxedColumn("verification_key", "sealed_index_key", "'verification:index'"),
            BoxedColumn("verification_applicants", "sealed_key", "'envelope:applicant ' || t.user_id"),
        ),
        DUE_DILIGENCE_NAME: (
            BoxedColumn("dd_index_key", "sealed_key", "'due_diligence:index'"),
            BoxedColumn("dd_subjects", "sealed_key", "'envelope:due diligence ' || t.user_id"),
        ),
    }
)
"""By file: what the box sealed."""

SEALED: Final[Mapping[str, tuple[SealedColumns, ...]]] = MappingProxyType(
    {
        IDENTITY_NAME: (
            _of_user(
                "users",
                sealed_email="email",
                sealed_phone="phone",
                sealed_anti_phishing_code="anti_phishing_code",
                sealed_authenticator="authenticator",
                sealed_authenticator_draft="authenticator",
            ),
            SealedColumns(
                "sign_ups",
                "t.sealed_key",
                "'sign_up ' || lower(hex(t.token_digest))",
                MappingProxyType({"sealed_form": "'form'"}),
            ),
            _of_user("passkeys", sealed_name="passkey_name"),
            _of_user("devices", sealed_name="device_name", sealed_place="device_place"),
            _of_user("emergency_contacts", sealed_contact="emergency_contact"),
            _of_user("connected_accounts", sealed_label="connected_label"),
            _of_user("withdrawal_addresses", sealed_entry="withdrawal_address"),
            SealedColumns(
                "connected_arrivals",
                "t.sealed_key",
                "'arrival ' || lower(hex(t.token_digest))",
                MappingProxyType({"sealed_identity": "'person'"}),
            ),
        ),
        NOTICES_NAME: (
            SealedColumns(
                "notice_messages",
                "k.sealed_key",
                "'recipient ' || lower(hex(k.address_digest))",
                MappingProxyType({"sealed_content": "'content ' || t.token"}),
                "JOIN notice_recipients k ON k.recipient_id = t.recipient_id",
            ),
        ),
        BACKOFFICE_NAME: (
            _of_subject("audit", detail="audit"),
            _of_subject("cases", summary="case_summary"),
            _of_subject("cases", key_id="reason_key_id", reason="case_reason"),
            _of_subject("notes", content="case_note"),
            _of_subject("proposals", content="proposal"),
        ),
        VERIFICATION_NAME: (
            _of_applicant(
                "verification_applicants",
                sealed_person="'person'",
                sealed_answers="'answers'",
                sealed_address="'address'",
            ),
            _of_applicant("verification_uploads", sealed_content="'upload ' || t.slot"),
        ),
        DUE_DILIGENCE_NAME: (
            _of_declarant("dd_papers", sealed_name="paper_name"),
            _of_declarant(
                "dd_paper_contents",
                "JOIN dd_papers p ON p.paper_id = t.paper_id",
                "p.user_id",
                sealed_content="paper_content",
            ),
            _of_declarant("dd_institutions", sealed_form="institution_form", sealed_signer="institution_signer"),
            _of_declarant("dd_funds", sealed_answer="funds_answer"),
            _of_declarant("dd_challenges", sealed_address="wallet_address", sealed_text="challenge_text"),
            _of_declarant("dd_wallet_proofs", sealed_address="wallet_address", sealed_signature="wallet_signature"),
            _of_declarant("dd_residence_changes", sealed_address="residence_address"),
            _of_declarant(
                "dd_transfers",
                sealed_address="transfer_address",
                sealed_declaration="transfer_declaration",
                sealed_payload="transfer_payload",
            ),
            _of_declarant("dd_screenings", sealed_names="screened_names"),
            _of_declarant("dd_name_hits", sealed_evidence="name_hit"),
        ),
    }
)
"""By file: what was sealed under keys of subjects."""

HASHED: Final[Mapping[str, tuple[tuple[str, str], ...]]] = MappingProxyType(
    {
        IDENTITY_NAME: (
            ("users", "password_hash"),
            ("backup_codes", "code_hash"),
            ("api_keys", "passphrase_hash"),
        )
    }
)
"""By file: columns of hashes that nobody can turn round, made slowly; "" stands where there is none."""
