"""One line in the log for everything that happens to people's protection: who by number, what, since when, nothing else.

Why beside the audit log: that one keeps what staff do; this one is for whoever watches a running house. Invariant: no
line holds what a person typed or is called.
"""

from typing import Final

import msgspec
import structlog

from lonja.modules.identity.api import PeopleEvent

_UNSAID: Final = frozenset({"reason", "type"})
"""In a person's own words, or said already."""
_log = structlog.get_logger("lonja.security")


def log_fact(number: int, event: PeopleEvent) -> None:
    """Write the fact ``number`` about a person into the log; told again it is written again, with the same number."""
    fields = {name: value for name, value in msgspec.structs.asdict(event).items() if name not in _UNSAID}
    _log.info("person", fact=number, what_happened=type(event).__name__, **fields)
