"""``/sandbox/clock``: what time it is on the exchange, and how fast it passes."""

from lonja.edge.errors import refusal
from lonja.edge.sandbox.control import Params, Rows, SandboxControl, check_names, either, time_of, wrong
from lonja.edge.wire.numbers import text_of
from lonja.modules.sandbox.api import END_MS, MOVE_MAX_MS, speed_of, speed_text


async def show_clock(control: SandboxControl, params: Params) -> Rows:
    """The exchange's time and speed, beside the machine's time."""
    check_names(params)
    return [_row(control)]


async def set_clock(control: SandboxControl, params: Params) -> Rows:
    """Change the speed, or move on, or both in this order; answered when all on the way has happened.

    With ``wait`` false it is answered at once, and ``goal_ms`` tells where the clock is on its way to.
    """
    check_names(params, "speed", "step_ms", "to_ms", "wait")
    waits = _waits(params)
    either(params, "speed", "step_ms", "to_ms")
    step_ms, to_ms = time_of(params, "step_ms"), time_of(params, "to_ms")
    speed = _speed(params)
    if step_ms is not None and to_ms is not None:
        raise refusal("50024", "step_ms", "to_ms")
    if step_ms is not None and step_ms > MOVE_MAX_MS:
        raise wrong("step_ms", f"at most {MOVE_MAX_MS}, a year, at once")
    if to_ms is not None:
        _check_goal(to_ms, control.timekeeper.now_ms())
    if speed is not None:
        await control.timekeeper.set_speed(speed)
    if not waits and (to_ms is not None or step_ms is not None):
        control.timekeeper.set_out(to_ms or min(END_MS, control.timekeeper.now_ms() + (step_ms or 0)))
        return [_row(control)]
    if step_ms is not None:
        await control.timekeeper.advance(step_ms)
    if to_ms is not None and not await control.timekeeper.advance_to(to_ms):
        _check_goal(to_ms, control.timekeeper.now_ms())
    return [_row(control)]


def _waits(params: Params) -> bool:
    if isinstance(given := params.get("wait"), bool):
        return given
    text = text_of(params, "wait").lower()
    if text not in ("", "true", "false"):
        raise wrong("wait", "it is true or false")
    return text != "false"


def _speed(params: Params) -> int | None:
    text = text_of(params, "speed")
    if not text:
        return None
    speed = speed_of(text)
    if speed is None:
        raise wrong("speed", "it is a number from 0 to 100000 with at most 6 decimals")
    return speed


def _check_goal(to_ms: int, now_ms: int) -> None:
    if to_ms < now_ms:
        raise wrong("to_ms", f"it is {now_ms} already, and time never runs backwards")
    if to_ms > END_MS:
        raise wrong("to_ms", f"time ends at {END_MS}, 2050-01-01")
    if to_ms - now_ms > MOVE_MAX_MS:
        raise wrong("to_ms", f"at most {MOVE_MAX_MS} ms, a year, at once")


def _row(control: SandboxControl) -> dict[str, str]:
    clock, goal_ms = control.timekeeper.clock, control.timekeeper.goal_ms
    return {
        "now_ms": str(control.timekeeper.now_ms()),
        "speed": speed_text(clock.speed),
        "state": "moving" if goal_ms else "running" if clock.speed else "frozen",
        "goal_ms": str(goal_ms or ""),
        "machine_ms": str(clock.real_now_ms()),
        "follows_machine": "true" if clock.follows_machine else "false",
    }
