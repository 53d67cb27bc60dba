"""The door of governance: the rule book, and what follows from it."""

from lonja.modules.governance.capabilities import Capability, Unit
from lonja.modules.governance.changelog import RuleChange, changelog_page, rule_changes
from lonja.modules.governance.core_holds import CoreHolds
from lonja.modules.governance.database import open_database
from lonja.modules.governance.entitlements import RightOpened, entitlements, serving_entity, what_opens
from lonja.modules.governance.facts import (
    ANY_SESSION,
    HOUSE,
    AccountState,
    Decision,
    Effect,
    Entitlements,
    HoldFact,
    Reason,
    RestrictionFact,
    SessionFacts,
    UserFacts,
)
from lonja.modules.governance.gate import Gate, Gatekeeper, OpenGate
from lonja.modules.governance.holds import Hold, Holds, Withdrawable, withdrawable
from lonja.modules.governance.restrictions import Restriction, Restrictions
from lonja.modules.governance.rights import Profiles, Rights
from lonja.modules.governance.rule_rows import KYC_LEVEL_MAX, Entity, Kind, Row, Rule
from lonja.modules.governance.rulebook import PACKAGED, Change, RuleBook
from lonja.modules.governance.sign_ins import Kept, RightChanged, SignIn, SignIns
from lonja.modules.governance.standings import Standings

__all__ = [
    "ANY_SESSION",
    "HOUSE",
    "KYC_LEVEL_MAX",
    "PACKAGED",
    "AccountState",
    "Capability",
    "Change",
    "CoreHolds",
    "Decision",
    "Effect",
    "Entitlements",
    "Entity",
    "Gate",
    "Gatekeeper",
    "Hold",
    "HoldFact",
    "Holds",
    "Kept",
    "Kind",
    "OpenGate",
    "Profiles",
    "Reason",
    "Restriction",
    "RestrictionFact",
    "Restrictions",
    "RightChanged",
    "RightOpened",
    "Rights",
    "Row",
    "Rule",
    "RuleBook",
    "RuleChange",
    "SessionFacts",
    "SignIn",
    "SignIns",
    "Standings",
    "Unit",
    "UserFacts",
    "Withdrawable",
    "changelog_page",
    "entitlements",
    "open_database",
    "rule_changes",
    "serving_entity",
    "what_opens",
    "withdrawable",
]
