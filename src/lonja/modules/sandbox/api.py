"""The door of the sandbox: open it, keep its markets going."""

from lonja.modules.sandbox.accounts import AccountFile, AccountKey, Funds, SandboxAccounts
from lonja.modules.sandbox.catalogue import CUSTOMER_NAMES, INSTRUMENTS, QUIET
from lonja.modules.sandbox.clock import EARLIEST_MS, END_MS, REAL_SPEED, SandboxClock, speed_of, speed_text
from lonja.modules.sandbox.contract_catalogue import FAMILIES, FamilyFact
from lonja.modules.sandbox.contract_opening import ContractLister, ContractOpening, OpenedFamily
from lonja.modules.sandbox.fault_rules import DELAY_MAX_MS, Distribution, FaultKind, FaultRule, Moment, Point
from lonja.modules.sandbox.faults import RULES_MAX, FaultBook, Injected, Strike
from lonja.modules.sandbox.indices import INDEX_SCALE, SandboxIndices
from lonja.modules.sandbox.lending_opening import open_lending_desk
from lonja.modules.sandbox.markets import WARM_UP_MS, SimulatedMarkets
from lonja.modules.sandbox.moods import Mood
from lonja.modules.sandbox.opening import OpenedSandbox, Opening, SandboxOptions
from lonja.modules.sandbox.past import Past
from lonja.modules.sandbox.past_contracts import PastExpiries, PastPremiums, first_ends, past_ms_of, past_standings
from lonja.modules.sandbox.ports import FeedBook, FeedEvent, FeedTrade, MarketFeed, checked_row
from lonja.modules.sandbox.timekeeper import MOVE_MAX_MS, Timekeeper

__all__ = [
    "CUSTOMER_NAMES",
    "DELAY_MAX_MS",
    "EARLIEST_MS",
    "END_MS",
    "FAMILIES",
    "INDEX_SCALE",
    "INSTRUMENTS",
    "MOVE_MAX_MS",
    "QUIET",
    "REAL_SPEED",
    "RULES_MAX",
    "WARM_UP_MS",
    "AccountFile",
    "AccountKey",
    "ContractLister",
    "ContractOpening",
    "Distribution",
    "FamilyFact",
    "FaultBook",
    "FaultKind",
    "FaultRule",
    "FeedBook",
    "FeedEvent",
    "FeedTrade",
    "Funds",
    "Injected",
    "MarketFeed",
    "Moment",
    "Mood",
    "OpenedFamily",
    "OpenedSandbox",
    "Opening",
    "Past",
    "PastExpiries",
    "PastPremiums",
    "Point",
    "SandboxAccounts",
    "SandboxClock",
    "SandboxIndices",
    "SandboxOptions",
    "SimulatedMarkets",
    "Strike",
    "Timekeeper",
    "checked_row",
    "first_ends",
    "open_lending_desk",
    "past_ms_of",
    "past_standings",
    "speed_of",
    "speed_text",
]
