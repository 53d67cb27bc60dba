"""The door of the sandbox: open it, keep its markets going."""

from lonja.modules.sandbox.catalogue import CUSTOMER_NAMES, INSTRUMENTS, QUIET
from lonja.modules.sandbox.clock import SandboxClock
from lonja.modules.sandbox.markets import WARM_UP_MS, SimulatedMarkets
from lonja.modules.sandbox.moods import Mood
from lonja.modules.sandbox.opening import OpenedSandbox, Opening, SandboxOptions

__all__ = [
    "CUSTOMER_NAMES",
    "INSTRUMENTS",
    "QUIET",
    "WARM_UP_MS",
    "Mood",
    "OpenedSandbox",
    "Opening",
    "SandboxClock",
    "SandboxOptions",
    "SimulatedMarkets",
]
