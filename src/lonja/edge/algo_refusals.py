"""Why an algo order was refused, as clients are told.

Why here: one refusal of the core is many on the wire, by leg, side and kind of price. Invariant: as in ``order_refusals``.
"""

from collections.abc import Iterable
from typing import Final

from lonja.core.algo_commands import AmendAlgo, AmendDetailedAlgo, PlaceAlgo, PlaceDetailedAlgo
from lonja.core.kinds import AlgoKind, AlgoLeg, InstrumentState, ProfitKind, Side, TriggerSource
from lonja.core.rejections import Rejection
from lonja.edge.errors import STATE_CODES, EdgeError, refusal, rejection_error
from lonja.edge.wire.instruments import InstrumentForm
from lonja.engine.api import EngineViews

CAPS: Final[dict[int, tuple[str, int]]] = {
    int(AlgoKind.CONDITIONAL): ("51261", 100),
    int(AlgoKind.OCO): ("51261", 100),
    int(AlgoKind.TRIGGER): ("51299", 500),
    int(AlgoKind.MOVE_ORDER_STOP): ("51260", 50),
    int(AlgoKind.TWAP): ("51263", 20),
    int(AlgoKind.ICEBERG): ("51262", 100),
    int(AlgoKind.CHASE): ("51299", 20),
}
"""The code of too many of a kind, and how many may be open in an instrument."""

WORKED_OFF: Final = (int(AlgoKind.TWAP), int(AlgoKind.ICEBERG), int(AlgoKind.CHASE))
WORKED_OFF_MAX: Final = 100
"""How many of a kind that places orders by itself an account may have open in all instruments together."""

_LAST, _INDEX, _MARK = int(TriggerSource.LAST), int(TriggerSource.INDEX), int(TriggerSource.MARK)
_PROFIT, _LOSS = int(AlgoLeg.TAKE_PROFIT), int(AlgoLeg.STOP_LOSS)
_BUY, _SELL = int(Side.BUY), int(Side.SELL)
MET_CODES: Final[dict[tuple[int, int, int], str]] = {
    (_LAST, _BUY, _PROFIT): "51277",
    (_LAST, _BUY, _LOSS): "51278",
    (_LAST, _SELL, _PROFIT): "51279",
    (_LAST, _SELL, _LOSS): "51280",
    (_MARK, _BUY, _PROFIT): "51300",
    (_MARK, _BUY, _LOSS): "51302",
    (_MARK, _SELL, _PROFIT): "51303",
    (_MARK, _SELL, _LOSS): "51304",
    (_INDEX, _BUY, _PROFIT): "51305",
    (_INDEX, _BUY, _LOSS): "51306",
    (_INDEX, _SELL, _PROFIT): "51307",
    (_INDEX, _SELL, _LOSS): "51308",
}
"""A trigger that is met already, by kind of price, side and leg."""


def activation_refusal(views: EngineViews, command: PlaceAlgo) -> EdgeError | None:
    """Why a trailing order may not begin where it wants: the price must come to it from the better side."""
    now = price_now(views, command.instrument, command.source)
    if command.activation_price == 0 or now == 0:
        return None
    if command.side == Side.SELL:
        return refusal("51258") if command.activation_price < now else None
    return refusal("51259") if command.activation_price > now else None


def limit_profit_refusal(views: EngineViews, command: PlaceAlgo | PlaceDetailedAlgo) -> EdgeError | None:
    """Why a take profit may not rest at its price: it would trade at once, where there is no profit to take."""
    if isinstance(command, PlaceAlgo) or command.profit_kind != ProfitKind.LIMIT:
        return None
    now = price_now(views, command.instrument, TriggerSource.LAST)
    is_met = command.profit_price <= now if command.side == Side.SELL else command.profit_price >= now > 0
    return refusal(MET_CODES[_LAST, command.side, _PROFIT]) if is_met else None


def crowding_refusal(views: EngineViews, command: PlaceAlgo, accounts: Iterable[int]) -> EdgeError | None:
    """Why an account, of which ``accounts`` are, may not have one more that places orders by itself.

    So many would take the engine from others.
    """
    if command.kind not in WORKED_OFF:
        return None
    alike = [view for account in accounts for view in views.algos(account) if view.terms.kind == command.kind]
    return refusal(CAPS[command.kind][0], WORKED_OFF_MAX) if len(alike) >= WORKED_OFF_MAX else None


def algo_refusal(views: EngineViews, form: InstrumentForm, terms: PlaceAlgo, rejection: int) -> EdgeError:
    """The refusal of an algo order that asks for ``terms``."""
    view = views.instrument(form.code)
    if view is None:
        return refusal("51001")
    if rejection == Rejection.INSTRUMENT_NOT_LIVE:
        expired = form.is_contract and view.state == InstrumentState.DELISTED
        return refusal("51027" if expired else STATE_CODES[view.state])
    if rejection == Rejection.OPEN_ALGOS_MAX:
        return refusal(*CAPS[terms.kind])
    if rejection == Rejection.POSITION_NOT_FOUND:
        return refusal("51058")
    if rejection == Rejection.SIZE_BELOW_MIN:
        return rejection_error(rejection, form.size_text(form.size_min))
    if rejection in (Rejection.TRIGGER_ALREADY_MET, Rejection.TRIGGER_PRICE_MISSING):
        return _price_refusal(views, terms, rejection)
    return rejection_error(rejection)


def plain_terms(command: PlaceAlgo | PlaceDetailedAlgo) -> PlaceAlgo:
    """What a placement asks for, without what only detailed ones say."""
    return PlaceAlgo._make(command[: len(PlaceAlgo._fields)])


def amended_terms(terms: PlaceAlgo, command: AmendAlgo | AmendDetailedAlgo) -> PlaceAlgo:
    """What an algo order would ask for after an amendment."""
    new = {
        name.removeprefix("new_"): value
        for name, value in command._asdict().items()
        if name.startswith("new_") and value != -1 and name.removeprefix("new_") in PlaceAlgo._fields
    }
    return terms._replace(**new)


def price_now(views: EngineViews, code: int, source: int) -> int:
    """The price of an instrument by source, in ticks; 0 when there is none.

    Before the first trade the mark, of spot the index, stands for the last price.
    """
    contract, instrument = views.contract(code), views.instrument(code)
    if source == TriggerSource.LAST and (last := views.last_price(code)):
        return last
    if contract is not None:
        return contract.index_price if source == TriggerSource.INDEX else contract.mark
    return 0 if instrument is None or source == TriggerSource.MARK else instrument.index_price


def _price_refusal(views: EngineViews, terms: PlaceAlgo, rejection: int) -> EdgeError:
    legs = {
        "tp": (terms.profit_source, terms.profit_trigger, _PROFIT),
        "sl": (terms.loss_source, terms.loss_trigger, _LOSS),
    }
    if terms.kind not in (AlgoKind.CONDITIONAL, AlgoKind.OCO):
        return rejection_error(rejection)
    if terms.kind == AlgoKind.CONDITIONAL and terms.loss_trigger:
        # Only the stop loss of the two acts.
        del legs["tp"]
    for prefix, (source, trigger, leg) in legs.items():
        if not trigger:
            continue
        now = price_now(views, terms.instrument, source)
        if now == 0:
            return refusal("51000", f"{prefix}TriggerPxType")
        rises = (leg == _PROFIT) == (terms.side == Side.SELL)
        if rejection == Rejection.TRIGGER_ALREADY_MET and (now >= trigger if rises else now <= trigger):
            return refusal(MET_CODES[source, terms.side, leg])
    return rejection_error(rejection)
