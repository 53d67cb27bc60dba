"""Lets people of the sandbox borrow: discount tiers, borrow terms and tiers of pockets, by the house's terms.

Why here: as ``contract_opening``; the terms themselves are those of ``lending``. Invariants: nothing that exists is
changed, and the lending desk gets its account after all that a folder has, so that account numbers stay.
"""

from lonja.core.rejections import Rejection
from lonja.engine.api import Engine
from lonja.modules.lending.api import Terms, missing_definitions


async def open_lending_desk(engine: Engine) -> None:
    """Define what is missing. Raises what the engine raises."""
    commands = missing_definitions(engine.views, Terms.of_file(), engine.now_ms())
    outcomes = await engine.submit_many(commands) if commands else []
    for command, outcome in zip(commands, outcomes, strict=True):
        assert outcome.rejection == Rejection.NONE, f"{Rejection(outcome.rejection).name}: {command}"
