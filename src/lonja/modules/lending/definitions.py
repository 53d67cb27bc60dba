"""What the engine is to be told once so that people can borrow: discount tiers, borrow terms, tiers of pockets.

Why here: the terms say it in whole units and by name, the engine in smallest units and by code. Invariant: what the
engine has already is not asked for again, so this may be done at each start, and one that was killed is made up for.
"""

from collections.abc import Iterator, Mapping

from lonja.core.collateral_commands import DefineBorrowTerms, DefineDiscountTier, DefineMarginTier
from lonja.core.commands import Command
from lonja.core.views import CurrencyView
from lonja.engine.api import EngineViews
from lonja.modules.lending.terms import Terms


def missing_definitions(views: EngineViews, terms: Terms, now_ms: int) -> list[Command]:
    """The commands for all that the terms say at ``now_ms`` of what is listed, and that the engine does not have."""
    currencies = {currency.currency: currency for currency in views.currencies()}
    made: list[Command] = []
    for currency in currencies.values():
        made += _of_currency(views, currency, terms, now_ms)
    # The lending desk, which the first of these opens, must be there before anything is lent to pockets.
    return [*made, *_of_pockets(views, currencies, terms, now_ms)]


def _of_currency(views: EngineViews, currency: CurrencyView, terms: Terms, now_ms: int) -> Iterator[Command]:
    code, one = currency.currency, int(10**currency.scale)
    known = views.currency_terms(code)
    for tier, (amount, rate_ppm) in enumerate(terms.discount(currency.name, now_ms), start=1):
        if tier > len(known.tiers):
            yield DefineDiscountTier(currency=code, tier=tier, amount_max=amount * one, rate_ppm=rate_ppm)
    borrowing = terms.borrowing(currency.name, now_ms)
    if borrowing is not None and not known.maintenance_ppm:
        amounts = {"limit_max": borrowing.limit_max * one, "interest_free": borrowing.interest_free * one}
        yield DefineBorrowTerms(currency=code, **borrowing._replace(**amounts)._asdict())


def _of_pockets(
    views: EngineViews, currencies: Mapping[int, CurrencyView], terms: Terms, now_ms: int
) -> Iterator[Command]:
    for listed in views.instruments():
        tiers, code = terms.margin(listed.instrument_id, now_ms), listed.instrument
        known = len(views.margin_tiers(code)) if tiers else 0
        base, quote = (int(10 ** currencies[one].scale) for one in (listed.base, listed.quote))
        for tier, (base_max, quote_max, *rates) in enumerate(tiers, start=1):
            if tier > known:
                yield DefineMarginTier(0, -1, 0, 0, code, tier, base_max * base, quote_max * quote, *rates)
