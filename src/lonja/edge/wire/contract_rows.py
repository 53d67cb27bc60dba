"""Rows about contracts that REST and pushes share: open interest, funding, deliveries to come, liquidations, funds.

Why here: their keys are the wire's, and the same thing must look the same wherever it is read.
Invariant: every documented key is present, "" where nothing is known.
"""

from enum import StrEnum
from typing import Final

from lonja.core.events import PositionTakenOver
from lonja.core.kinds import PositionSide, Side
from lonja.core.views import ContractView, FamilyView
from lonja.edge.wire.blank import blank
from lonja.edge.wire.contracts import ESTIMATED_PRICE_ROW, FUNDING_RATE_ROW, OPEN_INTEREST_ROW
from lonja.edge.wire.instruments import INSTRUMENT_TYPES, InstrumentForm
from lonja.edge.wire.units import CurrencyForm
from lonja.modules.history.api import OrderRecord
from lonja.modules.pricing.api import DeliveryEstimate, FundingView
from lonja.primitives.money import format_scaled

LIQUIDATION_ROW: Final = blank("instType instId uly instFamily", details=[])
LIQUIDATION_DETAIL: Final = blank("side posSide bkPx sz bkLoss ccy ts")
ADL_WARNING_ROW: Final = blank(
    "instType instFamily state bal ccy maxBal maxBalTs adlType adlBal adlRecBal ts decRate adlRate adlRecRate"
)
RATE_SCALE: Final = 12
"""Decimals of rates: they are told in millionths of a millionth."""

FALL_PPM: Final = 300_000
"""How far a Security Fund falls from its peak before winners are deleveraged, as in the core."""
RECOVERY_PPM: Final = 150_000
"""How far it may have fallen without anybody being warned: half of that, as in the documentation's example."""

_PPM: Final = 1_000_000
_POSITION_SIDES: Final = {PositionSide.NET: "net", PositionSide.LONG: "long", PositionSide.SHORT: "short"}


class FundState(StrEnum):
    """How near a Security Fund is to having winners deleveraged."""

    NORMAL = "normal"
    WARNING = "warning"
    ADL = "adl"


def open_interest_row(form: InstrumentForm, contract: ContractView, now_ms: int) -> dict[str, object]:
    """What is held of a contract, each lot counted once: contracts, base currency and quote currency at the mark."""
    lots, mark = contract.open_lots, contract.mark
    return {
        **OPEN_INTEREST_ROW,
        "instType": form.instrument_type,
        "instId": form.instrument_id,
        "oi": form.size_text(lots),
        "oiCcy": form.base_text(lots, mark) if mark or not form.is_inverse else "",
        "oiUsd": form.quote_text(lots, mark) if mark or form.is_inverse else "",
        "ts": str(now_ms),
    }


def funding_rate_row(form: InstrumentForm, funding: FundingView) -> dict[str, object]:
    """Funding of a perpetual contract: what is expected next and what was settled last."""
    return {
        **FUNDING_RATE_ROW,
        "instType": form.instrument_type,
        "instId": form.instrument_id,
        "method": "current_period",
        "formulaType": "withRate",
        "fundingRate": rate_text(funding.rate),
        "fundingTime": str(funding.funding_time_ms),
        "nextFundingTime": str(funding.next_funding_time_ms),
        "minFundingRate": rate_text(funding.rate_min),
        "maxFundingRate": rate_text(funding.rate_max),
        "interestRate": rate_text(funding.interest),
        "impactValue": str(funding.impact_notional),
        "settState": "settled",
        "settFundingRate": rate_text(funding.settled_rate) if funding.settled_time_ms else "",
        "premium": rate_text(funding.premium),
        "ts": str(funding.time_ms),
    }


def rate_text(rate: int) -> str:
    """A rate in millionths of a millionth as a decimal."""
    return format_scaled(rate, RATE_SCALE)


def estimated_price_row(form: InstrumentForm, estimate: DeliveryEstimate) -> dict[str, object]:
    """At which price a dated contract would be delivered by what was sampled so far."""
    return {
        **ESTIMATED_PRICE_ROW,
        "instType": form.instrument_type,
        "instId": form.instrument_id,
        "settlePx": form.price_text(estimate.price),
        "ts": str(estimate.time_ms),
    }


def liquidation_row(form: InstrumentForm, taken: PositionTakenOver) -> dict[str, object]:
    """A liquidated position, or part of one, in a row of its own."""
    return {
        **LIQUIDATION_ROW,
        "instType": form.instrument_type,
        "instId": form.instrument_id,
        "uly": form.underlying,
        "instFamily": form.family_name,
        "details": [liquidation_detail(form, taken)],
    }


def liquidation_detail(form: InstrumentForm, taken: PositionTakenOver) -> dict[str, object]:
    """A liquidated position, or part of one; its loss is what the Security Fund paid."""
    return {
        **LIQUIDATION_DETAIL,
        "side": "sell" if taken.lots > 0 else "buy",
        "posSide": _POSITION_SIDES[PositionSide(taken.position_side)],
        "bkPx": form.price_text(taken.bankruptcy_price),
        "sz": form.size_text(abs(taken.lots)),
        "bkLoss": form.settle.text(max(0, -taken.rest)),
        "ts": str(taken.time_ms),
    }


def pair_liquidation_detail(form: InstrumentForm, order: OrderRecord) -> dict[str, object]:
    """The liquidation of a position in a pair, at the price at which the lending desk took it, of what it held.

    What the desk lost by it is not told.
    """
    is_long = order.side == Side.SELL
    return {
        **LIQUIDATION_DETAIL,
        "side": "sell" if is_long else "buy",
        "posSide": "net",
        "bkPx": form.price_text(order.last_price),
        "sz": form.size_text(order.size),
        "ccy": (form.base if is_long else form.quote).name,
        "ts": str(order.created_time_ms),
    }


def fund_state(family: FamilyView, *, keeps_positions: bool, has_deleveraged: bool) -> FundState:
    """How a Security Fund stands that keeps what it took over, and whose winners were deleveraged just now."""
    balance, peak = family.fund_balance, family.fund_peak
    if has_deleveraged or balance <= 0 or balance * _PPM <= peak * (_PPM - FALL_PPM):
        return FundState.ADL
    if keeps_positions or balance * _PPM <= peak * (_PPM - RECOVERY_PPM):
        return FundState.WARNING
    return FundState.NORMAL


def adl_warning_row(
    family: FamilyView, currency: CurrencyForm, state: FundState, peak_ms: int | None, now_ms: int
) -> dict[str, object]:
    """How the Security Fund of a family stands, whose peak was reached at ``peak_ms``, where that is known."""
    balance, peak = family.fund_balance, family.fund_peak
    is_told = state is not FundState.NORMAL
    return {
        **ADL_WARNING_ROW,
        "instType": INSTRUMENT_TYPES[family.instrument_type],
        "instFamily": family.name,
        "state": state.value,
        "bal": currency.text(balance),
        "ccy": currency.name,
        "maxBal": currency.text(peak) if is_told else "",
        "maxBalTs": str(peak_ms) if is_told and peak_ms is not None else "",
        "adlType": _adl_type(family) if state is FundState.ADL else "",
        "adlBal": "0",
        "adlRecBal": currency.text(peak * (_PPM - RECOVERY_PPM) // _PPM),
        "decRate": format_scaled((peak - balance) * _PPM // peak, 6) if is_told and peak > 0 else "",
        "adlRate": format_scaled(FALL_PPM, 6),
        "adlRecRate": format_scaled(RECOVERY_PPM, 6),
        "ts": str(now_ms),
    }


def _adl_type(family: FamilyView) -> str:
    if family.fund_balance <= 0:
        return "bal_adl_start"
    has_fallen = family.fund_balance * _PPM <= family.fund_peak * (_PPM - FALL_PPM)
    return "rate_adl_start" if has_fallen else "pos_adl_start"
