"""What is lent as rows: rates, limits, interest, loans and how currencies count as collateral.

Why here: rates are told by the hour and by the day, in different rows. Invariant: every documented key is present.
"""

from typing import Final

from lonja.core.views import CurrencyTermsView, LiabilityView
from lonja.edge.wire.account_settings import BORROWED_ROW, COLLATERAL_ROW, INTEREST_RATE_ROW, INTEREST_ROW
from lonja.edge.wire.blank import blank
from lonja.edge.wire.contracts import DISCOUNT_ROW, LOAN_QUOTA_ROW
from lonja.edge.wire.units import CurrencyForm
from lonja.modules.history.api import BillKind, BillRecord
from lonja.modules.lending.api import Accrual, InterestRate
from lonja.primitives.money import PPM, format_scaled

MARKET_LOAN: Final = "2"
HOURLY_SCALE: Final = 12
"""Decimals of rates of an hour."""
LOAN_KINDS: Final[dict[str, BillKind]] = {"manual_borrow": BillKind.LOAN, "manual_repay": BillKind.REPAYMENT}
OTHER_LOAN_KINDS: Final = ("auto_borrow", "auto_repay")
"""Of these nothing is noted: cash that goes below zero, and comes back, is no loan of its own."""
ONLY_LEVEL: Final = "Lv1"
"""Customers are of no levels: what may be borrowed depends on the currency alone."""
LIMIT_ROW: Final = blank(
    "ccy rate loanQuota surplusLmt usedLmt interest interestFreeLiab potentialBorrowingAmt posLoan availLoan usedLoan "
    "avgRate",
    surplusLmtDetails={},
)
_DAYS: Final = 365
_PPM_SCALE: Final = 6
_LOAN_NAMES: Final = {int(kind): name for name, kind in LOAN_KINDS.items()}


def daily_text(rate: InterestRate | None) -> str:
    """What borrowing costs a day; "" for a currency that nobody can borrow."""
    return "" if rate is None else format_scaled(rate.yearly_ppm * PPM // _DAYS, HOURLY_SCALE)


def rate_row(form: CurrencyForm, rate: InterestRate) -> dict[str, object]:
    """What borrowing a currency costs an hour."""
    return {**INTEREST_RATE_ROW, "interestRate": format_scaled(rate.hourly, HOURLY_SCALE), "ccy": form.name}


def interest_row(
    form: CurrencyForm, paid: Accrual, instrument_id: str, margin_mode: str, free: int
) -> dict[str, object]:
    """What an hour cost. ``instrument_id`` is that of a position in a pair, ``free`` what costs nothing at present."""
    return {
        **INTEREST_ROW,
        "type": MARKET_LOAN,
        "ccy": form.name,
        "instId": instrument_id,
        "mgnMode": margin_mode,
        "interest": form.text(paid.amount),
        "interestRate": format_scaled(paid.rate, HOURLY_SCALE),
        "liab": form.text(paid.liability),
        "totalLiab": form.text(paid.liability + free),
        "interestFreeLiab": form.text(free),
        "ts": str(paid.hour_ms),
    }


def limit_row(
    form: CurrencyForm, terms: CurrencyTermsView, owed: LiabilityView | None, rate: InterestRate | None
) -> dict[str, object]:
    """How much of a currency an account may owe, and does."""
    liability, to_come = (0, 0) if owed is None else (owed.liability, owed.to_come)
    left = form.text(max(terms.limit_max - liability - to_come, 0))
    return {
        **LIMIT_ROW,
        "ccy": form.name,
        "rate": daily_text(rate),
        "loanQuota": form.text(terms.limit_max),
        "surplusLmt": left,
        "usedLmt": form.text(liability + to_come),
        "interest": "0",
        "interestFreeLiab": form.text(min(liability, terms.interest_free)),
        "potentialBorrowingAmt": form.text(to_come),
        "surplusLmtDetails": {"allAcctRemainingQuota": "", "curAcctRemainingQuota": left, "platRemainingQuota": ""},
    }


def loan_row(form: CurrencyForm, bill: BillRecord) -> dict[str, object]:
    """A loan by hand or its repayment, and what was borrowed afterwards."""
    return {
        **BORROWED_ROW,
        "ccy": form.name,
        "type": _LOAN_NAMES[bill.kind],
        "amt": form.text(abs(bill.change)),
        "accBorrowed": form.text(bill.size),
        "ts": str(bill.time_ms),
    }


def collateral_row(form: CurrencyForm) -> dict[str, object]:
    """A currency that counts as collateral; nobody can choose that."""
    return {**COLLATERAL_ROW, "ccy": form.name, "collateralEnabled": True}


def discount_row(form: CurrencyForm, terms: CurrencyTermsView) -> dict[str, object]:
    """How much of a currency counts as collateral; what is beyond the last tier counts nothing."""
    details: list[dict[str, str]] = []
    least, counted = 0, 0
    for number, tier in enumerate(terms.tiers, 1):
        counted += (tier.amount_max - least) * tier.rate_ppm
        details.append(
            {
                "discountRate": format_scaled(tier.rate_ppm, _PPM_SCALE),
                "maxAmt": form.text(tier.amount_max),
                "minAmt": form.text(least),
                "tier": str(number),
                "liqPenaltyRate": format_scaled(terms.penalty_ppm, _PPM_SCALE),
                "disCcyEq": form.text(counted // PPM),
            }
        )
        least = tier.amount_max
    return {
        **DISCOUNT_ROW,
        "ccy": form.name,
        "colRes": "0",
        "amt": form.text(terms.interest_free),
        "minDiscountRate": format_scaled(terms.tiers[-1].rate_ppm, _PPM_SCALE),
        "details": details,
    }


def quota_row(lent: list[tuple[CurrencyForm, CurrencyTermsView, InterestRate | None]]) -> dict[str, object]:
    """What may be borrowed of each currency, and what it costs a day; the same for everybody."""
    basic = [
        {"ccy": form.name, "rate": daily_text(rate), "quota": form.text(terms.limit_max)} for form, terms, rate in lent
    ]
    regular = [{"level": ONLY_LEVEL, "loanQuotaCoef": "1", "irDiscount": ""}] if lent else []
    return {**LOAN_QUOTA_ROW, "basic": basic, "regular": regular}


def level_quota_rows(lent: list[tuple[CurrencyForm, CurrencyTermsView, InterestRate | None]]) -> list[object]:
    """The same by currency, with what each level may borrow: there is one."""
    return [
        {
            "ccy": form.name,
            "rate": daily_text(rate),
            "levelList": [{"level": ONLY_LEVEL, "loanQuota": form.text(terms.limit_max)}],
        }
        for form, terms, rate in lent
    ]
