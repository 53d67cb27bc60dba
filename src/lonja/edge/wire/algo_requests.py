"""Take profits and stop losses that come with an order.

Why here: the rules of split take profits concern the whole list at once, and are told in one order. Invariant: what is
returned belongs to the next order that the account places in the instrument, and has at least one leg each.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from lonja.core.algo_commands import AttachAlgo
from lonja.core.kinds import Side
from lonja.core.texts import Text16, Text32
from lonja.edge.errors import refusal
from lonja.edge.wire.algo_legs import Argument, Leg, leg_of
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.numbers import text_of, token_of

ATTACHED: Final = "attachAlgoOrds"
PROFITS_MAX: Final = 10
"""How many take profits an order may be split over."""
_FLAT: Final = ("tpTriggerPx", "tpOrdPx", "slTriggerPx", "slOrdPx")
_TRAILING: Final = ("callbackRatio", "callbackSpread", "activePx")
_ID_MAX: Final = 32
_TAG_MAX: Final = 16


def attached(arg: Argument, form: InstrumentForm, account: int) -> list[AttachAlgo]:
    """What an order attaches to itself, to be sent right before it: from ``attachAlgoOrds`` or from flat parameters.

    Raises ``EdgeError``: 51000 and others of parameters, 51046 to 51049 for a trigger on the wrong side of the price,
    51076 to 51089 where several do not go together, 51068 for an id that is used twice.
    """
    rows = attached_rows(arg)
    parsed = [(leg_of(row, "tp", form), leg_of(row, "sl", form)) for row in rows]
    _check_each(rows, parsed)
    commands = [_command(arg, row, legs, form, account) for row, legs in zip(rows, parsed, strict=True)]
    if len(rows) > 1:
        _check_split(arg, rows, commands, form)
    _check_sides(arg, commands, form)
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


def _check_each(rows: Sequence[Argument], parsed: Sequence[tuple[Leg, Leg]]) -> None:
    """What each row must have, and what does not exist yet."""
    for row, (profit, loss) in zip(rows, parsed, strict=True):
        for name in _TRAILING:
            if text_of(row, name):
                raise refusal("50062", name)
        if not (profit.trigger or loss.trigger):
            raise refusal("51000", ATTACHED)
        if text_of(row, "amendPxOnTriggerType") not in ("", "0"):
            raise refusal("51085" if len(rows) == 1 else "50062", "amendPxOnTriggerType")


def _command(arg: Argument, row: Argument, legs: tuple[Leg, Leg], form: InstrumentForm, account: int) -> AttachAlgo:
    is_flat = row is arg
    size_text = "" if is_flat else text_of(row, "sz")
    return AttachAlgo(
        0,
        account,
        0,
        0,
        form.code,
        form.parse_size(size_text, "sz") if size_text else 0,
        int(form.is_contract),
        *legs[0],
        *legs[1],
        Text32(token_of(row, "attachAlgoClOrdId", _ID_MAX)),
        Text16(token_of(arg, "tag", _TAG_MAX)),
    )


def _check_split(arg: Argument, rows: Sequence[Argument], commands: Sequence[AttachAlgo], form: InstrumentForm) -> None:
    """The rules of several take profits, in the order of their codes."""
    profits = [command for command in commands if command.profit_trigger]
    if any(command.loss_trigger for command in profits):
        raise refusal("51076")
    if not form.is_contract:
        raise refusal("51077")
    if len(profits) > PROFITS_MAX:
        raise refusal("51079", PROFITS_MAX)
    if len({command.profit_source for command in profits}) > 1:
        raise refusal("51080")
    if len({command.profit_trigger for command in profits}) < len(profits):
        raise refusal("51081")
    if any(command.profit_price for command in profits):
        raise refusal("51082")
    if any(command.size == 0 for command in profits):
        raise refusal("51089")
    if sum(command.size for command in profits) != form.parse_size(text_of(arg, "sz"), "sz"):
        raise refusal("51083")
    if len(rows) - len(profits) > 1:
        raise refusal("51084", 1)


def _check_sides(arg: Argument, commands: Sequence[AttachAlgo], form: InstrumentForm) -> None:
    """A take profit lies beyond the price of the order, a stop loss before it; a market order has none."""
    price_text = text_of(arg, "px")
    if price_text == "" or text_of(arg, "ordType") in ("market", "optimal_limit_ioc"):
        return
    price = form.parse_price(price_text, "px")
    buys = text_of(arg, "side") == Side.BUY.name.lower()
    for command in commands:
        profit, loss = command.profit_trigger, command.loss_trigger
        if profit and (profit <= price if buys else profit >= price):
            raise refusal("51046" if buys else "51048")
        if loss and (loss >= price if buys else loss <= price):
            raise refusal("51047" if buys else "51049")
