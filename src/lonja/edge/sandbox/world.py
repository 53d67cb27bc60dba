"""``/sandbox/reset``, ``/sandbox/flow``, ``/sandbox/index``, ``/sandbox/storm``: the world a bot finds, and how its markets behave."""

from typing import Final

from lonja.edge.errors import refusal
from lonja.edge.sandbox.control import Params, Rows, SandboxControl, check_names, text_in, time_of, wrong
from lonja.edge.wire.numbers import integer, scaled_floor, text_of
from lonja.modules.sandbox.api import INDEX_SCALE, Mood
from lonja.primitives.instant import SECOND_MS
from lonja.primitives.money import format_scaled, parse_scaled

_MOVE_SCALE: Final = 6
_MOVE_MIN, _MOVE_MAX = -900_000, 3_000_000
_STORM_S: Final = 60
_DAY_S: Final = 86_400
_OTHER_NAMES: Final = {"trend": Mood.TREND_UP}


async def reset(control: SandboxControl, params: Params) -> Rows:
    """Back to the start: nobody holds, owes or waits for anything, balances as they began, catalogue prices, no fault.

    Time and the journal go on: what happened before stays in every history of its owner. The quiet markets open anew,
    without a past.
    """
    check_names(params)
    await control.accounts.reset()
    await control.markets.reset(control.seed)
    await control.indices.reset()
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


async def show_indices(control: SandboxControl, params: Params) -> Rows:
    """Every index that is fixed, and its price; all others follow their feeds."""
    check_names(params)
    return _indices(control)


async def set_index(control: SandboxControl, params: Params) -> Rows:
    """Fix an index at a price, or let it follow its feed again; marks, bands and books stand by it when answered."""
    check_names(params, "instrument", "price")
    index_id = text_in(params, "instrument").upper()
    if not control.indices.knows(index_id):
        raise refusal("51001")
    if params.get("price") is None:
        raise refusal("50014", "price")
    text = text_of(params, "price")
    if not text:
        await control.indices.release(index_id)
        return _indices(control)
    price = scaled_floor(text, INDEX_SCALE)
    if price is None or not price[1] or not price[0]:
        raise wrong("price", f"it is a number above 0 with at most {INDEX_SCALE} decimals, or empty")
    await control.indices.fix(index_id, price[0])
    return _indices(control)


async def show_storms(control: SandboxControl, params: Params) -> Rows:
    """Every storm that is not over."""
    check_names(params)
    return _storms(control)


async def begin_storm(control: SandboxControl, params: Params) -> Rows:
    """Let an index and the spot market with it move far in a short time, in gusts, and perhaps come back slowly."""
    check_names(params, "instrument", "move", "seconds", "recover_seconds")
    index_id = text_in(params, "instrument").upper()
    if not control.indices.knows(index_id):
        raise refusal("51001")
    move = parse_scaled(text_in(params, "move"), _MOVE_SCALE)
    if move is None or not (_MOVE_MIN <= move <= _MOVE_MAX and move):
        raise wrong("move", "it is a share from -0.9 to 3, not 0, with at most 6 decimals")
    lasts_s = integer(text_of(params, "seconds"), "seconds", 1, _DAY_S, _STORM_S)
    recovers_s = integer(text_of(params, "recover_seconds"), "recover_seconds", 0, 7 * _DAY_S, 0)
    control.markets.storm(index_id, move / 10**_MOVE_SCALE, lasts_s * SECOND_MS, recovers_s * SECOND_MS)
    return _storms(control)


def _storms(control: SandboxControl) -> Rows:
    return [
        {
            "instrument": storm.index_id,
            "move": format_scaled(round(storm.move * 10**_MOVE_SCALE), _MOVE_SCALE),
            "begin_ms": str(storm.begin_ms),
            "end_ms": str(storm.end_ms),
            "calm_ms": str(storm.calm_ms),
        }
        for storm in control.markets.storms()
    ]


def _indices(control: SandboxControl) -> Rows:
    fixed = control.indices.fixed()
    return [{"instrument": name, "price": format_scaled(price, INDEX_SCALE)} for name, price in fixed.items()]


def _moods(control: SandboxControl) -> Rows:
    return [{"instrument": name, "mood": mood.value} for name, mood in control.markets.moods().items()]
