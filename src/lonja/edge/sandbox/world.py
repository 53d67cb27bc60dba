"""``/sandbox/reset`` and ``/sandbox/flow``: the world a bot finds, and how its markets behave."""

from typing import Final

from lonja.edge.errors import refusal
from lonja.edge.sandbox.control import Params, Rows, SandboxControl, check_names, text_in, time_of, wrong
from lonja.edge.wire.numbers import text_of
from lonja.modules.sandbox.api import Mood

_OTHER_NAMES: Final = {"trend": Mood.TREND_UP}


async def reset(control: SandboxControl, params: Params) -> Rows:
    """Back to the start: orders canceled, balances as they began, catalogue prices, no mood, no fault.

    Time, trades and the journal go on: what happened before stays in every history.
    """
    check_names(params)
    await control.accounts.reset()
    await control.markets.reset(control.seed)
    control.faults.start_again(control.seed)
    return [{"now_ms": str(control.timekeeper.now_ms())}]


async def show_flow(control: SandboxControl, params: Params) -> Rows:
    """The mood of every instrument that simulated traders act on."""
    check_names(params)
    return _moods(control)


async def set_flow(control: SandboxControl, params: Params) -> Rows:
    """Give one instrument or all of them a mood, for some exchange time or for good."""
    check_names(params, "mood", "instrument", "duration_ms")
    name = text_in(params, "mood").lower()
    mood = _OTHER_NAMES.get(name) or next((known for known in Mood if known.value == name), None)
    if mood is None:
        raise wrong("mood", f"it is one of {', '.join([*Mood, *_OTHER_NAMES])}")
    instrument = text_of(params, "instrument").upper() or None
    if instrument is not None and control.catalogue.find(instrument) is None:
        raise refusal("51001")
    control.markets.set_mood(instrument, mood, time_of(params, "duration_ms"))
    return _moods(control)


def _moods(control: SandboxControl) -> Rows:
    return [{"instrument": name, "mood": mood.value} for name, mood in control.markets.moods().items()]
