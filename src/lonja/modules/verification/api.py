"""The door of verification: who people are, what institutions are, where money comes from, and screening."""

from lonja.modules.verification.applications import ApplicationView, Part, PartState, PartView
from lonja.modules.verification.consents import Consent, Consents
from lonja.modules.verification.database import open_database
from lonja.modules.verification.due_diligence.due_diligence import DueDiligence
from lonja.modules.verification.due_diligence.exhibits import KINDS as EXHIBIT_KINDS
from lonja.modules.verification.due_diligence.exhibits import Shown
from lonja.modules.verification.due_diligence.funds import FundsRequest, FundsState
from lonja.modules.verification.due_diligence.funds_answers import FundsAnswer, Problem, Question, SourceKind
from lonja.modules.verification.due_diligence.institution_forms import (
    Addresses,
    EntityData,
    EntityType,
    FormRules,
    Officials,
    PostalAddress,
    Section,
    SectionProgress,
)
from lonja.modules.verification.due_diligence.institutions import Institution, InstitutionState
from lonja.modules.verification.due_diligence.ivms101 import natural_customer
from lonja.modules.verification.due_diligence.ownership import Ownership
from lonja.modules.verification.due_diligence.papers import NewPaper, Paper
from lonja.modules.verification.due_diligence.parts import Surroundings
from lonja.modules.verification.due_diligence.ports import Hindrance, Listed, Named, Wording
from lonja.modules.verification.due_diligence.refusals import STATUSES
from lonja.modules.verification.due_diligence.residence import ResidenceChange, ResidenceState
from lonja.modules.verification.due_diligence.reviewing import REMEDIES
from lonja.modules.verification.due_diligence.travel_needs import Declaration, Direction, OtherSide
from lonja.modules.verification.due_diligence.travel_rule import NewTransfer, Transfer, TransferState
from lonja.modules.verification.due_diligence.wallet_proofs import Challenge, Wallet
from lonja.modules.verification.due_diligence.wallet_signatures import Chain
from lonja.modules.verification.failures import FAILURES, Failure
from lonja.modules.verification.forms import Address, Answers, Person, Stated
from lonja.modules.verification.levels import Levels, Step
from lonja.modules.verification.lists import Entry, NameLists, lists_of, read_lists
from lonja.modules.verification.matching import Likeness
from lonja.modules.verification.neighbors import Neighbors
from lonja.modules.verification.ports import ConsentTexts, FaceComparer, Persons, TextReader
from lonja.modules.verification.refusals import REFUSALS, Refusal
from lonja.modules.verification.screening import Screening
from lonja.modules.verification.verification import Verification

__all__ = [
    "EXHIBIT_KINDS",
    "FAILURES",
    "REFUSALS",
    "REMEDIES",
    "STATUSES",
    "Address",
    "Addresses",
    "Answers",
    "ApplicationView",
    "Chain",
    "Challenge",
    "Consent",
    "ConsentTexts",
    "Consents",
    "Declaration",
    "Direction",
    "DueDiligence",
    "EntityData",
    "EntityType",
    "Entry",
    "FaceComparer",
    "Failure",
    "FormRules",
    "FundsAnswer",
    "FundsRequest",
    "FundsState",
    "Hindrance",
    "Institution",
    "InstitutionState",
    "Levels",
    "Likeness",
    "Listed",
    "NameLists",
    "Named",
    "Neighbors",
    "NewPaper",
    "NewTransfer",
    "Officials",
    "OtherSide",
    "Ownership",
    "Paper",
    "Part",
    "PartState",
    "PartView",
    "Person",
    "Persons",
    "PostalAddress",
    "Problem",
    "Question",
    "Refusal",
    "ResidenceChange",
    "ResidenceState",
    "Screening",
    "Section",
    "SectionProgress",
    "Shown",
    "SourceKind",
    "Stated",
    "Step",
    "Surroundings",
    "TextReader",
    "Transfer",
    "TransferState",
    "Verification",
    "Wallet",
    "Wording",
    "lists_of",
    "natural_customer",
    "open_database",
    "read_lists",
]
