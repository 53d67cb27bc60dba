"""Positions in pairs as rows: what a pocket holds and owes, told with the keys of any position.

Why here: a pocket has two balances, of which one may be owed; clients read one position with a currency, a liability and
a margin. What is owned is the position, what is owed its liability. Invariant: every documented key is present; amounts
are in the currency that is told as that of the margin: an isolated one's is the quote currency.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Final, NamedTuple

from lonja.core.kinds import Ledger, MarginMode, Side
from lonja.core.views import MarginTierView
from lonja.edge.wire.account import Valuation, usd_text
from lonja.edge.wire.account_settings import CLOSED_POSITION_ROW, POSITION_ROW
from lonja.edge.wire.exact import decimal_text, price_of, ratio_text, value_of
from lonja.edge.wire.instruments import MARGIN, Catalogue, CurrencyForm, InstrumentForm, trade_id_text
from lonja.edge.wire.orders import TRADE_MODE_NAMES, leverage_text
from lonja.edge.wire.positions import (
    CASH_POSITION_ROW,
    END_NAMES,
    RISK_POSITION_ROW,
    WARNING_ROW,
    position_id,
    ratio_of,
)
from lonja.edge.wire.units import AVERAGE_DIGITS
from lonja.engine.api import EngineViews
from lonja.modules.history.api import PocketName, PositionEnd, PositionRecord
from lonja.modules.pricing.api import PRICE_SCALE
from lonja.primitives.money import PPM, format_scaled

_TRADING: Final = int(Ledger.TRADING)
_CROSS: Final = int(MarginMode.CROSS)
_ISOLATED: Final = int(MarginMode.ISOLATED)
NET: Final = "net"
_FORCED: Final = (PositionEnd.LIQUIDATED, PositionEnd.LIQUIDATED_PARTLY)


class PairPosition(NamedTuple):
    """What stands in a pocket: signed balances, what orders hold of them, the present life (None: none), and a price.

    ``price`` is that of the base currency in the quote currency, by what both count as collateral; 0 for none.
    """

    pocket: int
    name: PocketName
    form: InstrumentForm
    base: int
    quote: int
    base_held: int
    quote_held: int
    life: PositionRecord | None
    price: Fraction

    @property
    def lots(self) -> int:
        """Lots that trades brought and took; below zero when short."""
        return 0 if self.life is None else self.life.lots

    @property
    def is_long(self) -> bool:
        """Whether the base currency is owned and the quote currency owed."""
        return self.lots > 0 if self.lots else self.quote < 0 or self.base > 0 >= self.quote

    @property
    def is_held(self) -> bool:
        """Whether there is a position: something traded is left, or something is owed."""
        return self.lots != 0 or min(self.base, self.quote) < 0

    @property
    def owned(self) -> tuple[CurrencyForm, int, int]:
        """The currency of the position, how much of it is owned, and what orders hold of that."""
        if self.is_long:
            return self.form.base, max(self.base, 0), self.base_held
        return self.form.quote, max(self.quote, 0), self.quote_held

    @property
    def owed(self) -> tuple[CurrencyForm, int]:
        """The other currency, and how much of it is owed."""
        return (self.form.quote, max(-self.quote, 0)) if self.is_long else (self.form.base, max(-self.base, 0))

    @property
    def margin_currency(self) -> CurrencyForm:
        """What amounts are told in."""
        return self.form.base if self.name.currency == self.form.base.currency else self.form.quote

    def in_quote(self, base: Fraction | int) -> Fraction:
        """Units of the base currency in units of the quote currency."""
        return base * self.price * Fraction(10**self.form.quote.scale, 10**self.form.base.scale)

    def text(self, amount: Fraction) -> str:
        """An amount of quote units in the currency of the margin, rounded down."""
        if self.margin_currency is self.form.quote or not self.price:
            return self.form.quote.text(amount.__floor__())
        return self.form.base.text((amount / self.in_quote(1)).__floor__())

    def equity(self) -> Fraction:
        """What it is worth, less what is owed, in quote units."""
        return self.in_quote(self.base) + self.quote

    def entry(self) -> Fraction:
        """The average price of what was opened."""
        return Fraction(0) if self.life is None else price_of(self.form, self.life.open_ticks, self.life.open_parts)

    def gain(self) -> Fraction:
        """What lots gained since they were traded, in quote units."""
        if not self.lots or not self.price:
            return Fraction(0)
        return value_of(self.form, self.lots, self.price) - value_of(self.form, self.lots, self.entry())


class PairPositions:
    """Positions in pairs and their rows."""

    def __init__(
        self,
        catalogue: Catalogue,
        views: EngineViews,
        index_of: Callable[[str], int],
        pockets_of: Callable[[int], list[tuple[int, PocketName]]],
        life_of: Callable[[int], PositionRecord | None],
    ) -> None:
        """``pockets_of`` names the pockets of an account, ``life_of`` gives the last position of one."""
        self._catalogue = catalogue
        self._views = views
        self._valuation = Valuation(catalogue, views)
        self._index_of = index_of
        self._pockets_of = pockets_of
        self._life_of = life_of

    def held(self, account: int) -> list[PairPosition]:
        """The positions of an account, the earliest opened pocket first."""
        return [found for found in self.every(account) if found.is_held]

    def every(self, account: int) -> list[PairPosition]:
        """What stands in each pocket of an account."""
        return [self.position(pocket, name) for pocket, name in self._pockets_of(account)]

    def position(self, pocket: int, name: PocketName) -> PairPosition:
        """What stands in a pocket."""
        form, views = self._catalogue.at(name.instrument), self._views
        base = views.balance(pocket, form.base.currency, _TRADING)
        quote = views.balance(pocket, form.quote.currency, _TRADING)
        prices = [views.currency_terms(one.currency).price for one in (form.base, form.quote)]
        price = Fraction(prices[0], prices[1]) if prices[1] else Fraction(0)
        life = self._life_of(pocket)
        return PairPosition(pocket, name, form, base.cash, quote.cash, base.held, quote.held, life, price)

    # --- what is required

    def leverage(self, found: PairPosition) -> int:
        """The leverage that its owner chose, in hundredths; the most that is allowed when none was chosen."""
        return self._views.pocket_leverage(found.name.owner, found.form.code, found.name.margin_mode)

    def needed(self, found: PairPosition, leverage: int) -> Fraction:
        """The initial margin of what is owed at a leverage, in quote units."""
        tier = self._tier(found)
        least = Fraction(tier.initial_ppm, PPM) if tier else Fraction(0)
        return self._debt(found) * max(least, Fraction(100, leverage or 100))

    def _tier(self, found: PairPosition) -> MarginTierView | None:
        tiers = self._views.margin_tiers(found.form.code)
        _, debt = found.owed
        for tier in tiers:
            if debt <= (tier.quote_max if found.is_long else tier.base_max):
                return tier
        return tiers[-1] if tiers else None

    def _rate(self, found: PairPosition, tier: MarginTierView | None) -> Fraction:
        """What is required of a debt, the fee of buying it back included."""
        taker = max(self._views.fee_rates(found.pocket, found.form.code).taker_rate_ppm, 0)
        return Fraction((tier.maintenance_ppm if tier else 0) + taker, PPM)

    def _debt(self, found: PairPosition) -> Fraction:
        """What is owed, in quote units."""
        _, debt = found.owed
        return Fraction(debt) if found.is_long else found.in_quote(debt)

    def _liquidation(self, found: PairPosition, rate: Fraction) -> str:
        """The price at which what is owned is worth what is owed and required; "" when there is none."""
        quote_unit, base_unit = 10**found.form.quote.scale, 10**found.form.base.scale
        base, quote = Fraction(found.base, base_unit), Fraction(found.quote, quote_unit)
        if found.name.margin_mode == _CROSS:
            return self._cross_liquidation(found)
        if found.is_long and quote < 0 < base:
            price = -quote * (1 + rate) / base
        elif not found.is_long and base < 0 < quote:
            price = quote / (-base * (1 + rate))
        else:
            return ""
        return decimal_text(price, found.form.price_scale + AVERAGE_DIGITS)

    def _cross_liquidation(self, found: PairPosition) -> str:
        """The engine's word on it: what else stands in the currency of the margin counts, too."""
        view = self._views.pocket_position(found.pocket)
        return "" if view is None else found.form.ticks_text(view.liquidation_ticks, view.liquidation_parts)

    # --- rows

    def row(self, found: PairPosition) -> dict[str, object]:
        """A position with everything that is told of it."""
        tier, is_cross = self._tier(found), found.name.margin_mode == _CROSS
        rate, gain = self._rate(found, tier), found.gain()
        last, index = self._views.last_price(found.form.code), self._index_of(found.form.instrument_id)
        leverage, form = self.leverage(found), found.form
        stake = value_of(form, abs(found.lots), found.entry()) * 100 / leverage if leverage else Fraction(0)
        owned, _, held = found.owned
        view = self._views.pocket_position(found.pocket)
        needs = self.needed(found, leverage)
        return {
            **POSITION_ROW,
            **self._name(found),
            **_balances(found),
            "availPos": owned.text(found.owned[1] - held),
            "avgPx": _average(found),
            "markPx": decimal_text(found.price, form.price_scale + AVERAGE_DIGITS) if found.price else "",
            "upl": found.text(gain),
            "uplRatio": ratio_text(gain / stake) if stake else "0",
            **self._at_last(found, last, stake),
            "lever": leverage_text(leverage) if leverage else "",
            "liqPx": self._liquidation(found, rate),
            "imr": found.text(needs) if is_cross else "",
            "margin": "" if is_cross else found.text(found.equity() - gain),
            "mgnRatio": ratio_of(view.ratio_ppm) if view is not None and found.owed[1] else "",
            "mmr": found.text(self._debt(found) * rate),
            "interest": "0",
            "pendingCloseOrdLiabVal": self._closing(found),
            "notionalUsd": self._notional_usd(found),
            "last": form.price_text(last) if last else "",
            "idxPx": format_scaled(index, PRICE_SCALE) if index else "",
            "usdPx": usd_text(self._valuation.usd(found.margin_currency, 10**found.margin_currency.scale)),
            "bePx": self._break_even(found),
            **_past(found),
        }

    def push_row(self, found: PairPosition, now_ms: int) -> dict[str, object]:
        """The same as it is pushed."""
        return {**self.row(found), "pTime": str(now_ms)}

    def risk_row(self, found: PairPosition) -> dict[str, object]:
        """A position beside the balances."""
        form, name = found.form, self._name(found)
        size = value_of(form, abs(found.lots), Fraction(1))
        return {
            **RISK_POSITION_ROW,
            **{key: name[key] for key in name if key in RISK_POSITION_ROW},
            "baseBal": form.base.text(found.base),
            "quoteBal": form.quote.text(found.quote),
            "notionalCcy": decimal_text(size / 10**form.quote.scale, form.base.scale),
            "notionalUsd": self._notional_usd(found),
        }

    def warning_row(self, found: PairPosition, ratio_ppm: int, now_ms: int) -> dict[str, object]:
        """A position that came near its liquidation."""
        row, name = self.row(found), self._name(found)
        keys = {key: name[key] for key in name if key in WARNING_ROW}
        times = {key: row[key] for key in ("lever", "markPx", "cTime", "uTime")}
        return {**WARNING_ROW, **keys, **times, "mgnRatio": ratio_of(ratio_ppm), "pTime": str(now_ms)}

    def cash_row(self, found: PairPosition) -> dict[str, object]:
        """A position as it is told beside cash."""
        row, name = _past(found), self._name(found)
        return {
            **CASH_POSITION_ROW,
            **{key: name[key] for key in name if key in CASH_POSITION_ROW},
            "baseBal": found.form.base.text(found.base),
            "quoteBal": found.form.quote.text(found.quote),
            "tradeId": row["tradeId"],
            "avgPx": _average(found),
            "uTime": row["uTime"],
        }

    def _name(self, found: PairPosition) -> dict[str, object]:
        owned, amount, _ = found.owned
        liability, debt = found.owed
        return {
            "instType": MARGIN,
            "instId": found.form.instrument_id,
            "mgnMode": TRADE_MODE_NAMES[found.name.margin_mode],
            "posId": pair_position_id(found.pocket, found.name.instrument, found.name.margin_mode),
            "posSide": NET,
            "pos": owned.text(amount) if found.is_held else "0",
            "posCcy": owned.name if found.is_held else "",
            "liab": liability.text(-debt) if debt else "0",
            "liabCcy": liability.name if debt else "",
            "ccy": found.margin_currency.name,
        }

    def _closing(self, found: PairPosition) -> str:
        """What resting orders that close an isolated position would bring of what it owes, at most all of it."""
        owed, debt = found.owed
        if found.name.margin_mode == _CROSS or not debt:
            return "0"
        side = Side.SELL if found.is_long else Side.BUY
        in_base = Fraction(10**found.form.base.scale, 10**found.form.quote.scale)
        total = Fraction(0)
        for order in self._views.open_orders(found.pocket):
            price = price_of(found.form, order.price) if found.is_long else in_base
            total += value_of(found.form, order.size - order.filled, price) if order.side == side else 0
        return owed.text(min(total.__floor__(), debt))

    def _at_last(self, found: PairPosition, last: int, stake: Fraction) -> dict[str, object]:
        gain = found.gain() if not last else found._replace(price=price_of(found.form, last)).gain()
        return {"uplLastPx": found.text(gain), "uplRatioLastPx": ratio_text(gain / stake) if stake else "0"}

    def _notional_usd(self, found: PairPosition) -> str:
        value = value_of(found.form, abs(found.lots), found.price).__floor__()
        return usd_text(self._valuation.usd(found.form.quote, value))

    def _break_even(self, found: PairPosition) -> str:
        """The price at which ending it pays for everything of this life, the fee of that included."""
        life = found.life
        if life is None or not life.lots:
            return ""
        taker = max(self._views.fee_rates(found.pocket, found.form.code).taker_rate_ppm, 0)
        rate, realized = Fraction(taker, PPM), life.pnl - life.fees + life.penalty
        worth = (life.margin - realized) / (1 - rate) if life.lots > 0 else (life.margin + realized) / (1 + rate)
        if worth <= 0:
            return ""
        size = value_of(found.form, abs(life.lots), Fraction(1))
        return decimal_text(Fraction(worth) / size, found.form.price_scale + AVERAGE_DIGITS)


def _balances(found: PairPosition) -> dict[str, object]:
    """Both currencies: what is there, what is borrowed, and interest that was not taken, which there is never."""
    form = found.form
    return {
        "baseBal": form.base.text(max(found.base, 0)),
        "quoteBal": form.quote.text(max(found.quote, 0)),
        "baseBorrowed": form.base.text(max(-found.base, 0)),
        "quoteBorrowed": form.quote.text(max(-found.quote, 0)),
        "baseInterest": "0",
        "quoteInterest": "0",
    }


def _average(found: PairPosition) -> str:
    life = found.life
    return "" if life is None or not life.lots else found.form.ticks_text(life.open_ticks, life.open_parts)


def _past(found: PairPosition) -> dict[str, object]:
    """What the life of a position brought so far, and when it changed."""
    life = found.life
    if life is None:
        return {
            **dict.fromkeys(("realizedPnl", "pnl", "fee", "fundingFee", "liqPenalty"), "0"),
            "tradeId": "",
            "uTime": "",
        }
    return {
        "realizedPnl": found.text(Fraction(life.pnl - life.fees + life.penalty)),
        "pnl": found.text(Fraction(life.pnl)),
        "fee": found.text(Fraction(-life.fees)),
        "fundingFee": "0",
        "liqPenalty": found.text(Fraction(life.penalty)),
        "tradeId": trade_id_text(life.last_trade_id) if life.last_trade_id else "",
        "cTime": str(life.created_time_ms),
        "uTime": str(life.updated_time_ms),
    }


def pair_position_id(pocket: int, instrument: int, margin_mode: int) -> str:
    """The ``posId`` of what stands in a pocket; no position in a contract has it, for a pocket has none."""
    return position_id(pocket, instrument, margin_mode, 0)


def closed_pair_row(form: InstrumentForm, record: PositionRecord, currency: CurrencyForm) -> dict[str, object]:
    """One life of a position in a pair of which something was closed; amounts are in the ``currency`` of its margin.

    What was counted in the quote currency is told in the base currency at the average price of what was closed.
    """
    closed = price_of(form, record.close_ticks, record.close_parts) or price_of(form, 1)
    unit = closed * Fraction(10**form.quote.scale, 10**form.base.scale) if currency is form.base else Fraction(1)

    def text(amount: int) -> str:
        return currency.text((amount / unit).__floor__())

    realized = record.pnl - record.fees + record.penalty
    entry = price_of(form, record.open_ticks, record.open_parts)
    stake = value_of(form, record.lots_max, entry) * 100 / record.leverage
    end = PositionEnd(record.ended)
    return {
        **CLOSED_POSITION_ROW,
        "instType": MARGIN,
        "instId": form.instrument_id,
        "mgnMode": TRADE_MODE_NAMES[record.margin_mode],
        "type": END_NAMES[end],
        "cTime": str(record.created_time_ms),
        "uTime": str(record.updated_time_ms),
        "openAvgPx": form.ticks_text(record.open_ticks, record.open_parts),
        "closeAvgPx": form.ticks_text(record.close_ticks, record.close_parts),
        "posId": pair_position_id(record.pocket, record.instrument, record.margin_mode),
        "openMaxPos": form.size_text(record.lots_max),
        "closeTotalPos": form.size_text(record.lots_closed),
        "realizedPnl": text(realized),
        "pnlRatio": ratio_text(Fraction(realized) / stake),
        "fee": text(-record.fees),
        "fundingFee": "0",
        "liqPenalty": text(record.penalty),
        "pnl": text(record.pnl),
        "posSide": NET,
        "lever": leverage_text(record.leverage),
        "direction": "long" if record.is_long else "short",
        "triggerPx": form.price_text(record.trigger_price) if end in _FORCED else "",
        "uly": form.underlying,
        "ccy": currency.name,
    }
