"""Positions as rows: of questions, pushes, risk and history, with their ids.

Why here: which of their seventy keys a contract fills, and with what, is the wire's. Invariant: every documented key is
present; what a position realized is the sum of its profit, fees, funding and penalty.
"""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from lonja.core.kinds import InstrumentType, MarginMode, PositionSide
from lonja.core.views import AlgoView, ContractView, PositionView
from lonja.edge.wire.account import Valuation, usd_text
from lonja.edge.wire.account_settings import CLOSED_POSITION_ROW, POSITION_ROW, RATIO_SCALE
from lonja.edge.wire.algos import SOURCE_NAMES
from lonja.edge.wire.blank import blank
from lonja.edge.wire.exact import decimal_text, gain_of, price_of, price_worth, ratio_text, value_of
from lonja.edge.wire.instruments import INSTRUMENT_TYPES, Catalogue, InstrumentForm, trade_id_text
from lonja.edge.wire.orders import POSITION_SIDE_NAMES, TRADE_MODE_NAMES, leverage_text
from lonja.edge.wire.units import AVERAGE_DIGITS
from lonja.engine.api import EngineViews
from lonja.modules.history.api import PositionEnd, PositionRecord, PositionTrace
from lonja.modules.pricing.api import PRICE_SCALE
from lonja.primitives.money import INT_MAX, PPM, format_scaled

RISK_POSITION_ROW: Final = blank(
    "instType mgnMode posId instId pos baseBal quoteBal posSide posCcy ccy notionalCcy notionalUsd"
)
WARNING_ROW: Final = blank(
    "instType mgnMode posId posSide pos posCcy instId lever markPx mgnRatio ccy cTime uTime pTime"
)
CASH_POSITION_ROW: Final = blank(
    "posId tradeId instId instType mgnMode avgPx ccy posSide pos baseBal quoteBal posCcy nonSettleAvgPx settledPnl uTime"
)

_FUTURES: Final = INSTRUMENT_TYPES[InstrumentType.FUTURES]
_CROSS: Final = int(MarginMode.CROSS)
_NET: Final = int(PositionSide.NET)
_FIRST_ID: Final = 10**18
_SIDES: Final = 3
_MODES: Final = 2
_INSTRUMENTS: Final = 1 << 20
_FORCED: Final = (
    PositionEnd.LIQUIDATED,
    PositionEnd.LIQUIDATED_PARTLY,
    PositionEnd.DELEVERAGED,
    PositionEnd.DELEVERAGED_PARTLY,
)
END_NAMES: Final = {end: str(end.value) for end in PositionEnd}
Key = tuple[int, int, int, int]
"""Account, instrument, margin mode, side."""


def position_id(account: int, instrument: int, margin_mode: int, side: int) -> str:
    """The ``posId`` of a position: the same for ever, in all its lives."""
    number = (account * _INSTRUMENTS + instrument) * _MODES + margin_mode
    return str(_FIRST_ID + number * _SIDES + side)


def position_key(text: str) -> Key | None:
    """Which position a ``posId`` names, or None when it can be none."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(INT_MAX))):
        return None
    number = int(text) - _FIRST_ID
    if number < 0:
        return None
    number, side = divmod(number, _SIDES)
    number, margin_mode = divmod(number, _MODES)
    account, instrument = divmod(number, _INSTRUMENTS)
    return account, instrument, margin_mode, side


def size_text(form: InstrumentForm, lots: int, side: int) -> str:
    """How much is held: signed in net mode, else what its side says."""
    return form.size_text(lots if side == _NET else abs(lots))


class _Beside:
    """What closes positions of one account, as of one event: lots of resting orders, and algo orders that close all.

    Why kept: thousands of orders are looked through once for all positions that are told together.
    """

    def __init__(self, views: EngineViews, account: int) -> None:
        self.of = account, views.last_sequence()
        self.lots: Counter[tuple[int, int, int, int]] = Counter()
        for order in views.open_orders(account):
            name = order.instrument, order.margin_mode, order.position_side, order.side
            self.lots[name] += order.size - order.filled
        self.algos: dict[tuple[int, int, int], list[AlgoView]] = {}
        for algo in views.algos(account):
            if algo.terms.close_fraction:
                position = algo.terms.instrument, algo.terms.margin_mode, algo.terms.position_side
                self.algos.setdefault(position, []).append(algo)


class PositionRows:
    """Rows of live positions."""

    def __init__(
        self,
        catalogue: Catalogue,
        views: EngineViews,
        index_of: Callable[[str], int],
        trace_of: Callable[[int, int, int, int], PositionTrace],
    ) -> None:
        """``index_of`` gives an index by its name in 10 ** -PRICE_SCALE, ``trace_of`` when a position changed last."""
        self._catalogue = catalogue
        self._views = views
        self._valuation = Valuation(catalogue, views)
        self._index_of = index_of
        self._trace_of = trace_of
        self._kept: _Beside | None = None

    def row(self, view: PositionView) -> dict[str, object]:
        """A position with everything that is told of it; one that is flat has its last totals."""
        form, contract = self._catalogue.at(view.instrument), self._contract(view.instrument)
        trace = self._trace_of(*view[:4])
        last = self._views.last_price(view.instrument)
        index = self._index_of(form.underlying)
        is_cross = view.margin_mode == _CROSS
        settled = is_cross and form.instrument_type == _FUTURES
        average = form.ticks_text(view.average_ticks, view.average_parts)
        realized = view.pnl - view.fees + view.funding + view.penalty
        return {
            **POSITION_ROW,
            **self._name(form, view),
            "avgPx": average,
            "nonSettleAvgPx": average if settled else "",
            "settledPnl": "0" if settled else "",
            "availPos": self._closable(form, view),
            "lever": leverage_text(view.leverage),
            **self._profits(form, view, contract.mark, last or contract.mark),
            "liqPx": form.ticks_text(view.liquidation_ticks, view.liquidation_parts),
            "imr": form.settle.text(view.initial_margin) if is_cross else "",
            "margin": "" if is_cross else form.settle.text(view.margin),
            "mgnRatio": ratio_of(view.ratio_ppm) if view.lots else "",
            "mmr": form.settle.text(view.maintenance_margin),
            "interest": "0",
            "tradeId": trade_id_text(trace.trade_id) if trace.trade_id else "",
            # Of one that was closed nothing, as of its average: hummingbot divides the one by the other where it is told.
            "notionalUsd": self._notional_usd(form, view, contract.mark) if view.lots else "",
            "adl": str(view.lights),
            "markPx": form.price_text(contract.mark),
            "last": form.price_text(last or contract.mark),
            "idxPx": format_scaled(index, PRICE_SCALE) if index else "",
            "usdPx": usd_text(self._valuation.usd(form.settle, 10**form.settle.scale)),
            "bePx": self._break_even(form, view, realized),
            "realizedPnl": form.settle.text(realized),
            "pnl": form.settle.text(view.pnl),
            "fee": form.settle.text(-view.fees),
            "fundingFee": form.settle.text(view.funding),
            "liqPenalty": form.settle.text(view.penalty),
            "closeOrderAlgo": self._closing(form, view),
            "cTime": str(view.opened_time_ms),
            "uTime": str(trace.time_ms or view.opened_time_ms),
        }

    def _notional_usd(self, form: InstrumentForm, view: PositionView, mark: int) -> str:
        """What a position is worth at the mark; of an inverse one that is a number of dollars, whatever the currency it is paid in costs."""
        return usd_text(self._valuation.usd(form.quote, form.quote_value(abs(view.lots), mark)))

    def push_row(self, view: PositionView, now_ms: int) -> dict[str, object]:
        """The same as it is pushed."""
        return {**self.row(view), "pTime": str(now_ms)}

    def risk_row(self, view: PositionView) -> dict[str, object]:
        """A position beside the balances."""
        form, contract = self._catalogue.at(view.instrument), self._contract(view.instrument)
        return {
            **RISK_POSITION_ROW,
            **self._name(form, view),
            "notionalCcy": form.base_text(abs(view.lots), contract.mark),
            "notionalUsd": self._notional_usd(form, view, contract.mark),
        }

    def warning_row(self, view: PositionView, now_ms: int) -> dict[str, object]:
        """A position that came near its liquidation."""
        form, contract = self._catalogue.at(view.instrument), self._contract(view.instrument)
        trace = self._trace_of(*view[:4])
        return {
            **WARNING_ROW,
            **self._name(form, view),
            "lever": leverage_text(view.leverage),
            "markPx": form.price_text(contract.mark),
            "mgnRatio": ratio_of(view.ratio_ppm),
            "cTime": str(view.opened_time_ms),
            "uTime": str(trace.time_ms or view.opened_time_ms),
            "pTime": str(now_ms),
        }

    def cash_row(self, view: PositionView) -> dict[str, object]:
        """A position as it is told beside cash."""
        form, trace = self._catalogue.at(view.instrument), self._trace_of(*view[:4])
        settled = view.margin_mode == _CROSS and form.instrument_type == _FUTURES
        average = form.ticks_text(view.average_ticks, view.average_parts)
        return {
            **CASH_POSITION_ROW,
            **self._name(form, view),
            "tradeId": trade_id_text(trace.trade_id) if trace.trade_id else "",
            "avgPx": average,
            "nonSettleAvgPx": average if settled else "",
            "settledPnl": "0" if settled else "",
            "uTime": str(trace.time_ms or view.opened_time_ms),
        }

    def _contract(self, code: int) -> ContractView:
        contract = self._views.contract(code)
        assert contract is not None, "only contracts have positions"
        return contract

    def _name(self, form: InstrumentForm, view: PositionView) -> dict[str, object]:
        return {
            "instType": form.instrument_type,
            "instId": form.instrument_id,
            "mgnMode": TRADE_MODE_NAMES[view.margin_mode],
            "posId": position_id(*view[:4]),
            "posSide": POSITION_SIDE_NAMES[view.position_side],
            "pos": size_text(form, view.lots, view.position_side),
            "ccy": form.settle.name,
        }

    def _closable(self, form: InstrumentForm, view: PositionView) -> str:
        """What no resting order closes already; told of positions that have a side."""
        if view.position_side == _NET:
            return ""
        closes = 1 if view.position_side == PositionSide.LONG else 0
        taken = self._beside(view.account).lots[view.instrument, view.margin_mode, view.position_side, closes]
        return form.size_text(max(abs(view.lots) - taken, 0))

    def _closing(self, form: InstrumentForm, view: PositionView) -> list[dict[str, str]]:
        """The algo orders that close the whole position when their price comes."""
        return [
            {
                "algoId": str(algo.algo_id),
                **_leg_keys(form, "sl", algo.terms.loss_trigger, algo.terms.loss_source),
                **_leg_keys(form, "tp", algo.terms.profit_trigger, algo.terms.profit_source),
                "closeFraction": "1",
            }
            for algo in self._beside(view.account).algos.get(view[1:4], ())
        ]

    def _beside(self, account: int) -> _Beside:
        if self._kept is None or self._kept.of != (account, self._views.last_sequence()):
            self._kept = _Beside(self._views, account)
        return self._kept

    def _profits(self, form: InstrumentForm, view: PositionView, mark: int, last: int) -> dict[str, object]:
        """Profit at the mark and at the last price, also per initial margin at entry."""
        if view.lots == 0:
            return dict.fromkeys(("upl", "uplRatio", "uplLastPx", "uplRatioLastPx"), "0")
        entry = price_of(form, view.average_ticks, view.average_parts)
        stake = value_of(form, abs(view.lots), entry) * 100 / view.leverage
        at_last = gain_of(form, view.lots, entry, price_of(form, last))
        at_mark = Fraction(view.unrealized)
        return {
            "upl": form.settle.text(view.unrealized),
            "uplRatio": ratio_text(at_mark / stake),
            "uplLastPx": form.settle.text(view.unrealized if last == mark else at_last.__floor__()),
            "uplRatioLastPx": ratio_text((at_mark if last == mark else at_last) / stake),
        }

    def _break_even(self, form: InstrumentForm, view: PositionView, realized: int) -> str:
        """The price at which closing pays for everything of this life, the fee of closing included."""
        if view.lots == 0:
            return ""
        rate = Fraction(max(self._views.fee_rates(view.account, view.instrument).taker_rate_ppm, 0), PPM)
        size = abs(view.lots)
        entry = value_of(form, size, price_of(form, view.average_ticks, view.average_parts))
        # Ending a long of a linear contract brings its value; of an inverse one it costs its value, and so for shorts.
        brings = (view.lots > 0) != form.is_inverse
        worth = (entry - realized) / (1 - rate) if brings else (entry + realized) / (1 + rate)
        if worth <= 0:
            return ""
        return decimal_text(price_worth(form, size, worth), form.price_scale + AVERAGE_DIGITS)


def _leg_keys(form: InstrumentForm, leg: str, trigger: int, source: int) -> dict[str, str]:
    """What triggers one leg; nothing when there is none."""
    price, kind = (form.price_text(trigger), SOURCE_NAMES[source]) if trigger else ("", "")
    return {f"{leg}TriggerPx": price, f"{leg}TriggerPxType": kind}


def ratio_of(ratio_ppm: int) -> str:
    """How many times what is required there is."""
    return format_scaled(ratio_ppm, RATIO_SCALE)


def closed_row(form: InstrumentForm, record: PositionRecord) -> dict[str, object]:
    """One life of a position of which something was closed."""
    realized = record.pnl - record.fees + record.funding + record.penalty
    stake = (
        value_of(form, record.lots_max, price_of(form, record.open_ticks, record.open_parts)) * 100 / record.leverage
    )
    settled = record.margin_mode == _CROSS and form.instrument_type == _FUTURES
    opened = form.ticks_text(record.open_ticks, record.open_parts)
    end = PositionEnd(record.ended)
    return {
        **CLOSED_POSITION_ROW,
        "instType": form.instrument_type,
        "instId": form.instrument_id,
        "mgnMode": TRADE_MODE_NAMES[record.margin_mode],
        "type": END_NAMES[end],
        "cTime": str(record.created_time_ms),
        "uTime": str(record.updated_time_ms),
        "openAvgPx": opened,
        "nonSettleAvgPx": opened if settled else "",
        "settledPnl": "0" if settled else "",
        "closeAvgPx": form.ticks_text(record.close_ticks, record.close_parts),
        "posId": position_id(*record.key),
        "openMaxPos": form.size_text(record.lots_max),
        "closeTotalPos": form.size_text(record.lots_closed),
        "realizedPnl": form.settle.text(realized),
        "pnlRatio": ratio_text(Fraction(realized) / stake),
        "fee": form.settle.text(-record.fees),
        "fundingFee": form.settle.text(record.funding),
        "liqPenalty": form.settle.text(record.penalty),
        "pnl": form.settle.text(record.pnl),
        "posSide": POSITION_SIDE_NAMES[record.position_side],
        "lever": leverage_text(record.leverage),
        "direction": "long" if record.is_long else "short",
        "triggerPx": form.price_text(record.trigger_price) if end in _FORCED else "",
        "uly": form.underlying,
        "ccy": form.settle.name,
    }
