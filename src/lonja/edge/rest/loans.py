"""What is lent: how much, at which rates, what was borrowed and what it cost.

Why here: limits and debts are the engine's, rates and interest of the past those of lending. Invariant: what a row says
may be borrowed is lent to whoever asks for it next.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from lonja.core.collateral_commands import ChangeLoan
from lonja.core.rejections import Rejection
from lonja.core.views import CurrencyTermsView, LiabilityView
from lonja.edge.errors import engine_error, refusal, rejection_error
from lonja.edge.gate import require_margin_right
from lonja.edge.rest.calls import Call, PrivateCall, catch_up, instrument_named, optional_id, page_limit
from lonja.edge.rest.closed import MARGIN_MODES, one_of
from lonja.edge.rest.margin_limits import loan_rows, terms_meant
from lonja.edge.rest.public import Rows
from lonja.edge.rest.unlisted import LEVELS
from lonja.edge.services import Services
from lonja.edge.wire import account_settings as settings_wire
from lonja.edge.wire import collateral, requests, requests_account
from lonja.edge.wire import loans as wire
from lonja.edge.wire import requests_market as asked
from lonja.edge.wire.instruments import CurrencyForm
from lonja.edge.wire.orders import TRADE_MODE_NAMES
from lonja.modules.history.api import BillRecord
from lonja.modules.lending.api import InterestRate
from lonja.primitives.errors import EngineOutcomeUnknownError, EngineUnavailableError
from lonja.primitives.money import PPM

_SIDES: Final = ("borrow", "repay")
_REFUSALS: Final[dict[int, str]] = {
    Rejection.CURRENCY_PRICE_MISSING: "59410",
    Rejection.ACCOUNT_MODE_FORBIDS: "59410",
    Rejection.BORROW_LIMIT_REACHED: "59412",
    Rejection.COLLATERAL_INSUFFICIENT: "59411",
    Rejection.INSUFFICIENT_FUNDS: "59200",
}
"""What is told of a loan by hand more finely than of orders."""


def currency_named(services: Services, name: str) -> CurrencyForm:
    """The currency called ``name``. Raises ``EdgeError`` 51012."""
    form = services.catalogue.find_currency(name)
    if form is None:
        raise refusal("51012")
    return form


def _listed(
    services: Services, name: str, wanted: Callable[[CurrencyTermsView], bool]
) -> list[tuple[CurrencyForm, CurrencyTermsView]]:
    """The currencies with terms as ``wanted``, or the one called ``name`` if it is one of them."""
    forms = [currency_named(services, name)] if name else services.catalogue.currencies()
    found = [(form, services.engine.views.currency_terms(form.currency)) for form in forms]
    return [(form, terms) for form, terms in found if wanted(terms)]


def _is_lent(terms: CurrencyTermsView) -> bool:
    return terms.limit_max > 0


def _is_collateral(terms: CurrencyTermsView) -> bool:
    return bool(terms.tiers)


def _owed(call: PrivateCall) -> dict[int, LiabilityView]:
    return {view.currency: view for view in call.services.engine.views.liabilities(call.account)}


async def max_loan(call: PrivateCall, request: requests_account.MaxLoan) -> Rows:
    """How much could be borrowed: in multi-currency mode what limit and free margin allow; isolated, what margin bears."""
    one_of(request.margin_mode, "mgnMode", MARGIN_MODES)
    if not (request.instrument_ids or request.currency):
        raise refusal("50015", "instId", "ccy")
    terms = request.margin_mode, request.margin_currency
    lends = request.margin_mode == "cross" and collateral.is_pooled(call.services.engine.views, call.account)
    if not request.instrument_ids:
        form = currency_named(call.services, request.currency)
        return [settings_wire.max_loan_row("", *terms, form.name, "", _may_borrow(call, form) if lends else "0")]
    names = list(dict.fromkeys(name for name in request.instrument_ids.split(",") if name))
    is_told = request.margin_mode != "cross" or bool(request.margin_currency)
    meant = terms_meant(call, request.margin_mode, request.margin_currency) if is_told else None
    if meant is not None:
        return loan_rows(call, [instrument_named(call.services, name) for name in names], meant)
    return [
        settings_wire.max_loan_row(
            form.instrument_id, *terms, currency.name, side, _may_borrow(call, currency) if lends else "0"
        )
        for form in [instrument_named(call.services, name) for name in names]
        for currency, side in ((form.base, "sell"), (form.quote, "buy"))
    ]


def _may_borrow(call: PrivateCall, form: CurrencyForm) -> str:
    """What may still be borrowed; of a currency that the account never had, what its free margin pays for."""
    known = _owed(call).get(form.currency)
    if known is not None:
        return form.text(known.max_loan)
    views = call.services.engine.views
    terms, free = views.currency_terms(form.currency), max(views.collateral(call.account).free, 0)
    if not terms.price:
        return "0"
    needed = terms.price * terms.initial_ppm
    paid_for = free * 10 ** (form.scale + 4) * PPM // needed if needed else terms.limit_max
    return form.text(min(terms.limit_max, paid_for))


async def interest_rates(call: PrivateCall, request: requests_account.OneCurrency) -> Rows:
    """What borrowing costs an hour, of one currency or of all that are lent."""
    rates = [
        (form, call.services.lender.interest_rate(form.currency))
        for form, _ in _listed(call.services, request.currency, _is_lent)
    ]
    return [wire.rate_row(form, rate) for form, rate in rates if rate is not None]


async def interest_accrued(call: PrivateCall, request: requests_account.InterestAccrued) -> Rows:
    """Interest that was paid, for the latest hours first; pages by the beginning of the hour."""
    services = call.services
    kind = one_of(request.kind, "type", ("", "1", wire.MARKET_LOAN))
    mode = one_of(request.margin_mode, "mgnMode", ("", *MARGIN_MODES))
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    limit = page_limit(request.limit)
    currencies = [currency_named(services, request.currency).currency] if request.currency else None
    owners = {call.account: ("", "cross")}
    for pocket, (_, code, margin_mode, _) in services.orders.pockets(call.account):
        owners[pocket] = services.catalogue.at(code).instrument_id, TRADE_MODE_NAMES[margin_mode]
    accounts = [
        number
        for number, (name, meant) in owners.items()
        if request.instrument_id in ("", name) and mode in ("", meant)
    ]
    if kind == "1" or not accounts:
        return []
    found = await asyncio.to_thread(
        services.lender.records.accruals,
        accounts,
        currencies,
        before_ms=after,
        after_ms=-1 if before is None else before,
        limit=limit,
    )
    free = services.engine.views.currency_terms
    return [
        wire.interest_row(
            services.catalogue.currency(paid.currency),
            paid,
            *owners[paid.account],
            0 if owners[paid.account][0] else free(paid.currency).interest_free,
        )
        for paid in found
    ]


async def interest_limits(call: PrivateCall, request: requests_account.InterestLimits) -> Rows:
    """What is owed, when interest is due, and how much of each currency may be owed.

    Positions in pairs count among what is owed; what they may borrow is told by their tiers, not here.
    """
    services, views = call.services, call.services.engine.views
    kind = one_of(request.kind, "type", ("", "1", wire.MARKET_LOAN))
    lent = [] if kind == "1" else _listed(services, request.currency, _is_lent)
    owed = _owed(call)
    accounts = [*([call.account] if owed else ()), *(pocket for pocket, _ in services.orders.pockets(call.account))]
    due = str(services.lender.next_interest_ms()) if lent else ""
    return [
        {
            **settings_wire.INTEREST_LIMITS_ROW,
            "debt": collateral.worth_text(sum(views.collateral(one).borrowed for one in accounts)),
            "interest": "0",
            "nextDiscountTime": due,
            "nextInterestTime": due,
            "records": [
                wire.limit_row(form, terms, owed.get(form.currency), services.lender.interest_rate(form.currency))
                for form, terms in lent
            ],
        }
    ]


async def borrow_or_repay(call: PrivateCall, request: requests_account.BorrowOrRepay) -> Rows:
    """Borrow or repay by hand, in multi-currency mode."""
    one_of(request.side, "side", _SIDES)
    form = currency_named(call.services, request.currency)
    amount = form.parse(request.amount, "amt")
    owed = _owed(call).get(form.currency)
    if request.side == "repay":
        if owed is None or not owed.loan:
            raise refusal("59413")
        if amount > owed.loan:
            raise refusal("51000", "amt")
        amount = -amount
    elif not _is_lent(call.services.engine.views.currency_terms(form.currency)):
        raise refusal("59410")
    else:
        require_margin_right(call.services, call.session)
    try:
        outcome = await call.services.engine.submit(
            ChangeLoan(account=call.account, currency=form.currency, amount=amount)
        )
    except (EngineUnavailableError, EngineOutcomeUnknownError) as error:
        raise engine_error(error) from error
    if outcome.rejection in _REFUSALS:
        raise refusal(_REFUSALS[outcome.rejection])
    if outcome.rejection != Rejection.NONE:
        raise rejection_error(outcome.rejection, form.name)
    return [{"ccy": form.name, "side": request.side, "amt": request.amount}]


async def borrow_history(call: PrivateCall, request: requests_account.BorrowHistory) -> Rows:
    """Loans by hand and their repayments, newest first; pages by time."""
    services = call.services
    kind = one_of(request.kind, "type", ("", *wire.LOAN_KINDS, *wire.OTHER_LOAN_KINDS))
    after, before = optional_id(request.after, "after"), optional_id(request.before, "before")
    limit = page_limit(request.limit)
    currency = currency_named(services, request.currency).currency if request.currency else None
    await catch_up(services)
    found: list[BillRecord] = []
    for name, bill_kind in wire.LOAN_KINDS.items():
        if kind in ("", name):
            found += await services.history.bills(
                call.account,
                None,
                currency=currency,
                bill_kind=bill_kind,
                begin_ms=None if before is None else before + 1,
                end_ms=None if after is None else after - 1,
                limit=limit,
            )
    found.sort(key=lambda bill: bill.bill_id, reverse=True)
    return [wire.loan_row(services.catalogue.currency(bill.currency), bill) for bill in found[:limit]]


async def collateral_assets(call: PrivateCall, request: requests_account.CollateralAssets) -> Rows:
    """Which currencies count as collateral in multi-currency mode: all of which some does, and nobody can choose."""
    enabled = one_of(request.collateral_enabled.lower(), "collateralEnabled", ("", "true", "false"))
    found = [] if enabled == "false" else _listed(call.services, request.currency, _is_collateral)
    return [wire.collateral_row(form) for form, _ in found]


async def discount_rates(call: Call, request: asked.DiscountRates) -> Rows:
    """How much of each currency counts as collateral, and what may be owed of it without interest."""
    one_of(request.discount_level, "discountLv", LEVELS)
    found = _listed(call.services, request.currency, _is_collateral)
    # The house sorts currencies into no levels.
    return [] if request.discount_level else [wire.discount_row(form, terms) for form, terms in found]


async def loan_quotas(call: Call, _: requests.Request) -> Rows:
    """Interest and limits of what is lent."""
    return [wire.quota_row(_quotas(call.services))]


async def level_quotas(call: Call, _: requests.Request) -> Rows:
    """Interest and limits of what is lent, by level: all customers have the same."""
    return wire.level_quota_rows(_quotas(call.services))


def _quotas(services: Services) -> list[tuple[CurrencyForm, CurrencyTermsView, InterestRate | None]]:
    rate_of = services.lender.interest_rate
    return [(form, terms, rate_of(form.currency)) for form, terms in _listed(services, "", _is_lent)]
