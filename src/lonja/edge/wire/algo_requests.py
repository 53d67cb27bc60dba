"""Take profits and stop losses that come with an order.

Why here: the rules of split take profits concern the whole list at once, and are told in one order. Invariant: what is
returned belongs to the next order that the account places in the instrument, and has at least one leg each.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from lonja.core.algo_commands import AttachAlgo, AttachDetailedAlgo
from lonja.core.kinds import Side
from lonja.core.texts import Text16, Text32
from lonja.edge.errors import refusal
from lonja.edge.wire.algo_legs import Argument, Leg, callback_of, leg_of
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.numbers import text_of, token_of

Attachment = AttachAlgo | AttachDetailedAlgo

ATTACHED: Final = "attachAlgoOrds"
PROFITS_MAX: Final = 10
"""How many take profits an order may be split over."""
PROFITS_MIN: Final = 2
"""How many take profits there are at least where a stop loss moves to what the order has cost."""
TRAILING: Final = ("callbackRatio", "callbackSpread", "activePx")
OF_LEGS: Final = (
    *("tpTriggerPx", "tpTriggerRatio", "tpOrdPx", "slTriggerPx", "slTriggerRatio", "slOrdPx", "sz"),
    "amendPxOnTriggerType",
)
"""What a row of a trailing stop can not have."""
_FLAT: Final = ("tpTriggerPx", "tpOrdPx", "slTriggerPx", "slOrdPx")
_ID_MAX: Final = 32
_TAG_MAX: Final = 16


def attached(arg: Argument, form: InstrumentForm, account: int) -> list[Attachment]:
    """What an order attaches to itself, to be sent right before it: from ``attachAlgoOrds`` or from flat parameters.

    Raises ``EdgeError``: 51000 and others of parameters, 51046 to 51049 for a trigger on the wrong side of the price,
    51076 to 51093 where several do not go together, 51068 for an id that is used twice.
    """
    rows = attached_rows(arg)
    trailing = [row for row in rows if any(text_of(row, name) for name in TRAILING)]
    legged = [row for row in rows if row not in trailing]
    guards = [_guard(arg, row, form) for row in legged]
    if len(trailing) > 1:
        raise refusal("51000", ATTACHED)
    _check_cost_stops(guards)
    if len(guards) > 1:
        _check_split(arg, guards, form)
    _check_sides(arg, guards, form)
    together = int(len(guards) > 1)
    commands = [_command(arg, guard, form, account, together) for guard in guards]
    commands += [_trailing_command(arg, row, form, account) for row in trailing]
    names = [command.client_algo_id for command in commands if command.client_algo_id]
    if len(set(names)) < len(names):
        raise refusal("51068", "attachAlgoClOrdId")
    return commands


def attached_rows(arg: Argument) -> Sequence[Mapping[str, object]]:
    """``attachAlgoOrds``, or the flat parameters as the one row of it. Raises ``EdgeError`` 51000 unless it is a list."""
    given = arg.get(ATTACHED)
    if given in (None, "", []):
        return [arg] if any(arg.get(name) for name in _FLAT) else []
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise refusal("51000", ATTACHED)
    return given


class _Guard(NamedTuple):
    """One row of take profit and stop loss."""

    row: Argument
    size: int
    profit: Leg
    loss: Leg
    cost_stop: int


def _guard(arg: Argument, row: Argument, form: InstrumentForm) -> _Guard:
    """What a row asks for, if it asks for a leg at all."""
    opens = text_of(arg, "side")
    profit, loss = leg_of(row, "tp", form, opens), leg_of(row, "sl", form, opens)
    if not (profit.is_there or loss.is_there):
        raise refusal("51000", ATTACHED)
    moves = text_of(row, "amendPxOnTriggerType")
    if moves not in ("", "0", "1"):
        raise refusal("51000", "amendPxOnTriggerType")
    size_text = "" if row is arg else text_of(row, "sz")
    size = form.parse_size(size_text, "sz") if size_text else 0
    return _Guard(row, size, profit, loss, int(moves == "1"))


def _command(arg: Argument, guard: _Guard, form: InstrumentForm, account: int, together: int) -> Attachment:
    plain = AttachAlgo(
        0,
        account,
        0,
        0,
        form.code,
        guard.size,
        int(form.is_contract),
        *guard.profit[:3],
        *guard.loss[:3],
        Text32(token_of(guard.row, "attachAlgoClOrdId", _ID_MAX)),
        Text16(token_of(arg, "tag", _TAG_MAX)),
    )
    more = (guard.profit.kind, guard.profit.ratio_ppm, guard.loss.ratio_ppm, together, guard.cost_stop)
    return AttachDetailedAlgo(*plain, 0, 0, 0, *more) if any(more) else plain


def _trailing_command(arg: Argument, row: Argument, form: InstrumentForm, account: int) -> AttachDetailedAlgo:
    """A trailing stop for all that the order fills."""
    for name in OF_LEGS:
        if text_of(row, name):
            raise refusal("51000", name)
    callback_ppm, callback_ticks, activation = callback_of(row, form)
    return AttachDetailedAlgo(
        account=account,
        instrument=form.code,
        reduce_only=int(form.is_contract),
        client_algo_id=Text32(token_of(row, "attachAlgoClOrdId", _ID_MAX)),
        tag=Text16(token_of(arg, "tag", _TAG_MAX)),
        callback_ppm=callback_ppm,
        callback_ticks=callback_ticks,
        activation_price=activation,
    )


def _check_cost_stops(guards: Sequence[_Guard]) -> None:
    """A stop loss may move to the cost of its order when the first of several take profits is triggered."""
    wanted = [guard for guard in guards if guard.cost_stop]
    if not wanted:
        return
    if len([guard for guard in guards if guard.profit.is_there]) < PROFITS_MIN:
        raise refusal("51085")
    if any(guard.profit.is_there for guard in wanted):
        raise refusal("51000", "amendPxOnTriggerType")


def _check_split(arg: Argument, guards: Sequence[_Guard], form: InstrumentForm) -> None:
    """The rules of several take profits, in the order of their codes."""
    split = [guard for guard in guards if guard.profit.is_there]
    profits = [guard.profit for guard in split]
    if any(guard.loss.is_there for guard in split):
        raise refusal("51076")
    if not form.is_contract:
        raise refusal("51077")
    if len(profits) > PROFITS_MAX:
        raise refusal("51079", PROFITS_MAX)
    _check_profits(profits)
    if any(guard.size == 0 for guard in split):
        raise refusal("51089")
    if sum(guard.size for guard in split) != form.parse_size(text_of(arg, "sz"), "sz"):
        raise refusal("51083")
    if len(guards) - len(profits) > 1:
        raise refusal("51084", 1)


def _check_profits(profits: Sequence[Leg]) -> None:
    """Take profits of one order are alike, but each has a price of its own."""
    if len({profit.source for profit in profits}) > 1:
        raise refusal("51080")
    if len({profit.kind for profit in profits}) > 1:
        raise refusal("51091")
    if any(profit.kind for profit in profits):
        if len({profit.price for profit in profits}) < len(profits):
            raise refusal("51092")
        return
    if len({(profit.trigger, profit.ratio_ppm) for profit in profits}) < len(profits):
        raise refusal("51081")
    if any(profit.price for profit in profits):
        raise refusal("51082")


def _check_sides(arg: Argument, guards: Sequence[_Guard], form: InstrumentForm) -> None:
    """A take profit lies beyond the price of the order, a stop loss before it; a market order has none."""
    price_text = text_of(arg, "px")
    if price_text == "" or text_of(arg, "ordType") in ("market", "optimal_limit_ioc"):
        return
    price = form.parse_price(price_text, "px")
    buys = text_of(arg, "side") == Side.BUY.name.lower()
    for guard in guards:
        profit, loss = guard.profit.price if guard.profit.kind else guard.profit.trigger, guard.loss.trigger
        if profit and (profit <= price if buys else profit >= price):
            raise refusal("51046" if buys else "51048")
        if loss and (loss >= price if buys else loss <= price):
            raise refusal("51047" if buys else "51049")
