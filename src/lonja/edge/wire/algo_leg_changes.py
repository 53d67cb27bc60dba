"""What an amendment changes of a take profit or a stop loss.

Why here: what may be changed depends on whether it is live, waits for its order, or is what a trigger order will attach.
Invariant: a leg keeps one way to trigger: a price, a ratio of what was paid, or none when it rests.
"""

from typing import Final, NamedTuple

from lonja.core.kinds import AlgoKind, ProfitKind, Side
from lonja.edge.errors import refusal
from lonja.edge.wire.algo_legs import MARKET, SOURCES, Argument, order_price, trigger_ratio
from lonja.edge.wire.algos import SOURCE_NAMES
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.numbers import scaled_floor, text_of
from lonja.modules.history.api import AlgoRecord

Changes = dict[str, int]
"""Fields of an ``AmendDetailedAlgo``."""
LEG_PARAMETERS: Final = (
    *("newTpTriggerPx", "newTpTriggerRatio", "newTpTriggerPxType", "newTpOrdPx", "newTpOrdKind"),
    *("newSlTriggerPx", "newSlTriggerRatio", "newSlTriggerPxType", "newSlOrdPx"),
)
_LIMIT: Final = int(ProfitKind.LIMIT)


class _Known(NamedTuple):
    """A leg before its amendment; ``name`` is how its fields begin."""

    name: str
    source: int
    trigger: int
    ratio_ppm: int
    kind: int

    @property
    def is_there(self) -> bool:
        return bool(self.trigger or self.ratio_ppm or self.kind)

    def new(self, **values: int) -> Changes:
        return {f"new_{self.name}_{field}": value for field, value in values.items()}


class _Wish(NamedTuple):
    """What an amendment says of a leg, as text; "" where it says nothing."""

    prefix: str
    trigger: str
    price: str
    ratio: str
    kind: str
    source: str

    @property
    def removes(self) -> bool:
        return any(text and scaled_floor(text, 0) == (0, True) for text in (self.trigger, self.price, self.ratio))

    @property
    def is_complete(self) -> bool:
        return bool(self.price and (self.trigger or self.ratio or self.kind == "limit"))


def leg_changes(arg: Argument, prefix: str, form: InstrumentForm, algo: AlgoRecord) -> Changes:
    """What ``arg`` changes of the leg ``Tp`` or ``Sl``; a trigger, a price or a ratio of 0 takes it away.

    Raises ``EdgeError``: 50014, 51000 and others of parameters, 51076, 51091, 51098, 51506, 51523, 51526 or 51528.
    """
    wish = _wish_of(arg, prefix)
    if not (wish.trigger or wish.price or wish.ratio or wish.kind):
        return {}
    known = _known_of(algo, prefix)
    if wish.removes:
        return _without(known) if known.is_there else {}
    _check_may(algo, known, wish)
    price_name = f"new{prefix}OrdPx"
    changes = _source_change(algo, known, wish)
    if wish.kind == "limit" or (known.kind == _LIMIT and not (wish.kind or wish.trigger or wish.ratio)):
        if wish.price == MARKET:
            raise refusal("51093")
        changes |= known.new(kind=_LIMIT, trigger=0, ppm=0)
    else:
        changes |= _triggering(known, wish, form, algo)
    if wish.price:
        changes |= known.new(price=order_price(wish.price, price_name, form))
    return changes


def has_leg(algo: AlgoRecord, prefix: str, changes: Changes) -> bool:
    """Whether the leg ``Tp`` or ``Sl`` is there after ``changes``."""
    known = _known_of(algo, prefix)
    after = [
        changes.get(f"new_{known.name}_{field}", value)
        for field, value in (("trigger", known.trigger), ("ppm", known.ratio_ppm), ("kind", known.kind))
    ]
    return any(after)


def _wish_of(arg: Argument, prefix: str) -> _Wish:
    names = (f"new{prefix}{rest}" for rest in ("TriggerPx", "OrdPx", "TriggerRatio", "OrdKind", "TriggerPxType"))
    return _Wish(prefix, *(text_of(arg, name) for name in names))


def _known_of(algo: AlgoRecord, prefix: str) -> _Known:
    if prefix == "Tp":
        return _Known("profit", algo.profit_source, algo.profit_trigger, algo.profit_ppm, algo.profit_kind)
    return _Known("loss", algo.loss_source, algo.loss_trigger, algo.loss_ppm, 0)


def _without(known: _Known) -> Changes:
    changes = known.new(trigger=0, price=0)
    if known.ratio_ppm:
        changes |= known.new(ppm=0)
    return changes | known.new(kind=0) if known.kind else changes


def _check_may(algo: AlgoRecord, known: _Known, wish: _Wish) -> None:
    """Whether the leg can be changed so far as this algo order has come."""
    is_guard = algo.kind == AlgoKind.TRIGGER
    if wish.kind not in ("", "condition", "limit") or (wish.kind and is_guard):
        raise refusal("51000", "newTpOrdKind")
    if not (is_guard or algo.waiting):
        if not known.is_there:
            raise refusal("51098" if algo.linked_order_id and wish.prefix == "Tp" else "51526")
        if known.kind == _LIMIT:
            # It is an order of its own.
            raise refusal("51506")
        if wish.ratio or wish.kind == "limit":
            raise refusal("51000", f"new{wish.prefix}TriggerRatio" if wish.ratio else "newTpOrdKind")
    if algo.together and not known.is_there:
        raise refusal("51076")
    if algo.together and wish.kind and (wish.kind == "limit") != (known.kind == _LIMIT):
        raise refusal("51091")
    if not known.is_there and not wish.is_complete:
        raise refusal("50014", f"new{wish.prefix}{'OrdPx' if wish.trigger or wish.ratio or wish.kind else 'TriggerPx'}")


def _triggering(known: _Known, wish: _Wish, form: InstrumentForm, algo: AlgoRecord) -> Changes:
    """The new price or ratio that triggers, which takes the place of any other."""
    name = f"new{wish.prefix}TriggerRatio"
    changes = known.new(kind=0) if known.kind else {}
    if known.kind and not (wish.trigger or wish.ratio):
        raise refusal("50014", f"new{wish.prefix}TriggerPx")
    if wish.ratio:
        if wish.trigger or not form.is_contract:
            raise refusal("51000", name)
        changes |= known.new(ppm=trigger_ratio(wish.ratio, wish.prefix.lower(), _opening_side(algo), name))
        return changes | (known.new(trigger=0) if known.trigger else {})
    if wish.trigger:
        changes |= known.new(trigger=form.parse_price(wish.trigger, f"new{wish.prefix}TriggerPx"))
        return changes | (known.new(ppm=0) if known.ratio_ppm else {})
    return changes


def _source_change(algo: AlgoRecord, known: _Known, wish: _Wish) -> Changes:
    """Clients repeat the type of a trigger price, which stays what it is unless there was none, or nothing triggers yet."""
    name = f"new{wish.prefix}TriggerPxType"
    if wish.source and wish.source not in SOURCE_NAMES.values():
        raise refusal("51000", name)
    if not wish.source or SOURCES[wish.source] == known.source:
        return {}
    if known.is_there and algo.kind != AlgoKind.TRIGGER:
        raise refusal("51528", name)
    return known.new(source=SOURCES[wish.source])


def _opening_side(algo: AlgoRecord) -> str:
    """The side of the order that it protects; that of a trigger order is its own."""
    buys = (algo.side == Side.BUY) == (algo.kind == AlgoKind.TRIGGER)
    return Side.BUY.name.lower() if buys else Side.SELL.name.lower()
