"""The door of the sandbox: open it, keep its markets going."""

from lonja.modules.sandbox.accounts import AccountFile, AccountKey, Funds, SandboxAccounts
from lonja.modules.sandbox.catalogue import CUSTOMER_NAMES, INSTRUMENTS, QUIET
from lonja.modules.sandbox.clock import REAL_SPEED, SandboxClock, speed_of, speed_text
from lonja.modules.sandbox.markets import WARM_UP_MS, SimulatedMarkets
from lonja.modules.sandbox.moods import Mood
from lonja.modules.sandbox.opening import OpenedSandbox, Opening, SandboxOptions
from lonja.modules.sandbox.timekeeper import MOVE_MAX_MS, Timekeeper

__all__ = [
    "CUSTOMER_NAMES",
    "INSTRUMENTS",
    "MOVE_MAX_MS",
    "QUIET",
    "REAL_SPEED",
    "WARM_UP_MS",
    "AccountFile",
    "AccountKey",
    "Funds",
    "Mood",
    "OpenedSandbox",
    "Opening",
    "SandboxAccounts",
    "SandboxClock",
    "SandboxOptions",
    "SimulatedMarkets",
    "Timekeeper",
    "speed_of",
    "speed_text",
]
