"""The door of the back office: its log, staff, cases and acts of two people."""

from lonja.modules.backoffice.audit import AuditEntry, AuditLog
from lonja.modules.backoffice.case_rows import Case, CaseState, Note, QueueCount, QueuedCase
from lonja.modules.backoffice.cases import CaseDecided, CaseHandler, Cases
from lonja.modules.backoffice.chain import ChainReport, verify_chain
from lonja.modules.backoffice.desk import SYSTEM, Doing, StaffSession
from lonja.modules.backoffice.evidence import Evidence, EvidenceReader, Exhibit
from lonja.modules.backoffice.office import BackOffice
from lonja.modules.backoffice.proposals import ActHandler, Follower, Proposal, Proposals, ProposalState
from lonja.modules.backoffice.refusals import REFUSALS, Refusal
from lonja.modules.backoffice.sessions import (
    LiveStaffSession,
    OpenedStaffSession,
    SessionPolicy,
    StaffClient,
    StaffSessions,
    csrf_token_of,
)
from lonja.modules.backoffice.staff import Member, Staff
from lonja.modules.backoffice.staff_rules import ADMINISTRATOR, GRANT, REMOVE, StaffRules

__all__ = [
    "ADMINISTRATOR",
    "GRANT",
    "REFUSALS",
    "REMOVE",
    "SYSTEM",
    "ActHandler",
    "AuditEntry",
    "AuditLog",
    "BackOffice",
    "Case",
    "CaseDecided",
    "CaseHandler",
    "CaseState",
    "Cases",
    "ChainReport",
    "Doing",
    "Evidence",
    "EvidenceReader",
    "Exhibit",
    "Follower",
    "LiveStaffSession",
    "Member",
    "Note",
    "OpenedStaffSession",
    "Proposal",
    "ProposalState",
    "Proposals",
    "QueueCount",
    "QueuedCase",
    "Refusal",
    "SessionPolicy",
    "Staff",
    "StaffClient",
    "StaffRules",
    "StaffSession",
    "StaffSessions",
    "csrf_token_of",
    "verify_chain",
]
