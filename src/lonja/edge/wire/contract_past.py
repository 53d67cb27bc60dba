"""Rows about the past and the terms of contracts: funding that was settled, deliveries, liquidations, funds, tiers.

Why here: their keys are the wire's. Invariant: every documented key is present, "" where nothing is known.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from lonja.core.events import PositionTakenOver
from lonja.core.views import TierView
from lonja.edge.wire.contract_rows import FALL_PPM, liquidation_detail, pair_liquidation_detail, rate_text
from lonja.edge.wire.contracts import (
    DELIVERY_ROW,
    FUND_DETAIL,
    INSURANCE_FUND_ROW,
    LIQUIDATION_ROW,
    PAST_FUNDING_ROW,
    POSITION_TIER_ROW,
    PREMIUM_ROW,
)
from lonja.edge.wire.instruments import LEVERAGE_SCALE, MARGIN, Catalogue, InstrumentForm
from lonja.edge.wire.units import CurrencyForm
from lonja.modules.history.api import OrderRecord
from lonja.modules.pricing.api import (
    DELEVERAGED,
    ENDOWED,
    GAINED,
    LOST,
    FundBalance,
    FundChange,
    PremiumView,
    Settlement,
)
from lonja.primitives.money import format_scaled

REGULAR: Final = "regular_update"
ADL: Final = "adl"
FUND_KINDS: Final = {
    ENDOWED: "platform_revenue",
    GAINED: "liquidation_balance_deposit",
    LOST: "bankruptcy_loss",
    DELEVERAGED: ADL,
}
"""What changes of a Security Fund are called."""
_RATE_SCALE: Final = 6
_PPM: Final = 1_000_000


def past_funding_row(form: InstrumentForm, settled: Settlement, boundary_ms: int) -> dict[str, object]:
    """Funding that was settled at ``boundary_ms``: what was announced is what was paid."""
    rate = rate_text(settled.rate)
    return {
        **PAST_FUNDING_ROW,
        "instType": form.instrument_type,
        "instId": form.instrument_id,
        "formulaType": "withRate",
        "fundingRate": rate,
        "realizedRate": rate,
        "fundingTime": str(boundary_ms),
        "method": "current_period",
    }


def premium_row(form: InstrumentForm, minute: PremiumView) -> dict[str, object]:
    """How far a perpetual contract stood from its index in a minute."""
    return {
        **PREMIUM_ROW,
        "instId": form.instrument_id,
        "premium": rate_text(minute.premium),
        "ts": str(minute.time_ms),
    }


def delivery_rows(catalogue: Catalogue, deliveries: Iterable[Settlement]) -> list[object]:
    """Contracts that were delivered, newest first, those of one expiry in one row."""
    rows: dict[int, list[dict[str, object]]] = {}
    for one in deliveries:
        form = catalogue.at(one.instrument)
        detail: dict[str, object] = {"insId": form.instrument_id, "px": form.price_text(one.price), "type": "delivery"}
        rows.setdefault(form.expiry_ms, []).append(detail)
    return [{**DELIVERY_ROW, "ts": str(expiry_ms), "details": details} for expiry_ms, details in rows.items()]


def tier_rows(form: InstrumentForm, tiers: Sequence[TierView]) -> list[dict[str, object]]:
    """The position tiers of the family that ``form`` belongs to, the smallest first; sizes count contracts."""
    rows: list[dict[str, object]] = []
    least = 0
    for number, tier in enumerate(tiers, start=1):
        row: dict[str, object] = {
            **POSITION_TIER_ROW,
            "uly": form.underlying,
            "instFamily": form.family_name,
            "tier": str(number),
            "minSz": form.size_text(least),
            "maxSz": form.size_text(tier.size_max),
            "mmr": format_scaled(tier.maintenance_ppm, _RATE_SCALE),
            "imr": format_scaled(tier.initial_ppm, _RATE_SCALE),
            "maxLever": format_scaled(tier.leverage_max, LEVERAGE_SCALE),
            "optMgnFactor": "0",
        }
        rows.append(row)
        least = tier.size_max + 1
    return rows


def liquidation_rows(catalogue: Catalogue, taken: Iterable[PositionTakenOver]) -> list[object]:
    """Liquidated positions, newest first, those of one contract in one row with what they cost its Security Fund."""
    found: dict[int, list[PositionTakenOver]] = {}
    for one in taken:
        found.setdefault(one.instrument, []).append(one)
    rows: list[object] = []
    for code, ones in found.items():
        form = catalogue.at(code)
        row = {
            **LIQUIDATION_ROW,
            "instType": form.instrument_type,
            "instId": form.instrument_id,
            "uly": form.underlying,
            "totalLoss": form.settle.text(sum(max(0, -one.rest) for one in ones)),
            "details": [liquidation_detail(form, one) for one in ones],
        }
        rows.append(row)
    return rows


def pair_liquidation_rows(catalogue: Catalogue, orders: Iterable[OrderRecord]) -> list[object]:
    """Liquidated positions in pairs, newest first, those of one pair in one row."""
    found: dict[int, list[OrderRecord]] = {}
    for one in orders:
        found.setdefault(one.instrument, []).append(one)
    return [
        {
            **LIQUIDATION_ROW,
            "instType": MARGIN,
            "instId": catalogue.at(code).instrument_id,
            "details": [pair_liquidation_detail(catalogue.at(code), one) for one in ones],
        }
        for code, ones in found.items()
    ]


def fund_row(instrument_type: str, family: str, total: str, details: Iterable[object]) -> dict[str, object]:
    """The Security Fund of a family, worth ``total`` USD, and how it came to that."""
    row = {"total": total, "instFamily": family, "instType": instrument_type, "details": list(details)}
    return {**INSURANCE_FUND_ROW, **row}


def balance_detail(currency: CurrencyForm, balance: FundBalance) -> dict[str, object]:
    """What a Security Fund had at some time."""
    return {
        **FUND_DETAIL,
        "balance": currency.text(balance.balance),
        "ccy": currency.name,
        "type": REGULAR,
        "ts": str(balance.time_ms),
    }


def change_detail(currency: CurrencyForm, change: FundChange) -> dict[str, object]:
    """What moved a Security Fund."""
    return {
        **FUND_DETAIL,
        "balance": currency.text(change.balance),
        "amt": currency.text(change.amount),
        "ccy": currency.name,
        "type": FUND_KINDS[change.kind],
        "ts": str(change.time_ms),
    }


def deleveraging_detail(currency: CurrencyForm, change: FundChange, peak: FundBalance) -> dict[str, object]:
    """Winners were deleveraged, because the fund had come down from its ``peak``, or kept something for too long."""
    fall_ppm = (peak.balance - change.balance) * _PPM // peak.balance if peak.balance > 0 else 0
    return {
        **change_detail(currency, change),
        "amt": "",
        "maxBal": currency.text(peak.balance),
        "maxBalTs": str(peak.time_ms),
        "decRate": format_scaled(fall_ppm, _RATE_SCALE),
        "adlType": _deleveraging_cause(change.balance, fall_ppm),
    }


def _deleveraging_cause(balance: int, fall_ppm: int) -> str:
    if balance <= 0:
        return "bal_adl_start"
    return "rate_adl_start" if fall_ppm >= FALL_PPM else "pos_adl_start"
