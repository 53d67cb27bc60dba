"""The parts of the naive twin: its records, and the rules that look at one command or one instrument alone.

Why apart: ``naive_exchange.py`` tells what a command does; what a sound command is stands here.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from lonja.core import collateral_commands as cc
from lonja.core import commands as c
from lonja.core.kinds import (
    AccountMode,
    InstrumentState,
    InstrumentType,
    OrderType,
    SelfTradePrevention,
    Side,
    SizeUnit,
    TimeInForce,
)
from lonja.core.rejections import Rejection
from lonja.core.texts import Text16, Text32
from lonja.primitives.money import INT_MAX, PPM

FEE_TIERS_MAX, FEE_RATE_MAX_PPM, STEP_MAX = 64, 100_000, 1_000_000


class RefusedError(Exception):
    """The command is refused."""

    def __init__(self, rejection: Rejection) -> None:
        """Keep why."""
        self.rejection = rejection


@dataclass
class Account:
    """An account and its settings."""

    kind: int
    master: int
    account_mode: int = 1
    self_trade_prevention: int = 1
    fee_tier: int = 0
    frozen: int = 0
    position_mode: int = 0


@dataclass
class Traded:
    """What a pocket has traded since its position was opened: signed lots, what they cost, what closing some brought."""

    lots: int = 0
    cost: int = 0
    pnl: int = 0
    life: int = 0
    opened_ms: int = 0


@dataclass
class Lending:
    """What was told of currencies as collateral and debts, and what accounts in multi-currency mode chose."""

    desk: int | None = None
    prices: dict[int, int] = field(default_factory=dict)
    tiers: dict[int, list[cc.DefineDiscountTier]] = field(default_factory=dict)
    terms: dict[int, cc.DefineBorrowTerms] = field(default_factory=dict)
    auto_borrow: dict[int, bool] = field(default_factory=dict)
    warned: dict[int, bool] = field(default_factory=dict)
    loans: dict[tuple[int, int], int] = field(default_factory=dict)

    margin_tiers: dict[int, list[cc.DefineMarginTier]] = field(default_factory=dict)
    pockets: dict[int, tuple[int, int]] = field(default_factory=dict)
    crossed: dict[int, int] = field(default_factory=dict)
    leverages: dict[tuple[int, int, int], int] = field(default_factory=dict)
    traded: dict[int, Traded] = field(default_factory=dict)
    returns: set[int] = field(default_factory=set)

    def loan(self, account: int, currency: int) -> int:
        """What an account borrowed of a currency by hand."""
        return self.loans.get((account, currency), 0)

    def forget(self, account: int) -> None:
        """An account leaves multi-currency mode."""
        self.auto_borrow.pop(account, None)
        self.warned.pop(account, None)


@dataclass
class Instrument:
    """A listed instrument: its command, state, and what one tick times one lot, and one lot, are worth in units."""

    terms: c.ListInstrument
    quote_per_tick_lot: Fraction
    base_per_lot: int
    quote_multiplier: int
    state: int
    index_price: int = 0
    last_trade_id: int = 0
    last_price: int = field(default=0, kw_only=True)

    def notional(self, price: int, lots: int) -> int:
        """Quote units exchanged for ``lots``: rounded down."""
        return floor(price * lots * self.quote_per_tick_lot)

    def cost(self, price: int, lots: int) -> int:
        """Quote units that surely suffice for ``lots``: rounded up."""
        return ceil(price * lots * self.quote_per_tick_lot)

    def lots_for(self, price: int, amount: int) -> int:
        """How many lots ``amount`` quote units pay for."""
        return floor(amount / (price * self.quote_per_tick_lot))

    def buy_max(self) -> int:
        """The greatest price of a buy order, 0 for none."""
        return min(self.index_price * (PPM + self.terms.band_ppm) // PPM, INT_MAX)

    def sell_min(self) -> int:
        """The least price of a sell order, 0 for none."""
        if self.index_price == 0:
            return 0
        return max(1, ceil(Fraction(self.index_price * (PPM - self.terms.band_ppm), PPM)))


@dataclass
class Order:
    """An order from its acceptance to its end; ``turn`` orders the queue of a price.

    ``position`` is the number of the position that an order for a contract means, 0 for spot orders.
    """

    order_id: int
    account: int
    instrument: int
    side: int
    price: int
    size: int
    size_unit: int
    self_trade_prevention: int
    client_order_id: Text32
    tag: Text16
    post_only: int
    turn: int = 0
    filled: int = 0
    notional: int = 0
    spent: int = 0
    position: int = 0
    reduce_only: int = 0

    @property
    def left(self) -> int:
        """Lots still to trade; 0 for orders sized in quote."""
        return 0 if self.size_unit == SizeUnit.QUOTE else self.size - self.filled

    @property
    def amount_left(self) -> int:
        """Quote units still to trade; 0 for orders sized in base."""
        return self.size - self.spent if self.size_unit == SizeUnit.QUOTE else 0


def require(holds: bool, rejection: Rejection) -> None:
    """Refuse the command unless the condition holds."""
    if not holds:
        raise RefusedError(rejection)


def is_meant(account: int, tag: Text16, order: Order) -> bool:
    """Whether a timer of ``account`` and ``tag`` (empty for all) cancels the order."""
    return order.account == account and tag in ("", order.tag)


def beyond(side: int, price: int, limit: int) -> bool:
    """Whether a taker of ``side`` does not accept ``price``; a limit of 0 accepts all."""
    return limit != 0 and (price > limit if side == Side.BUY else price < limit)


def require_settings(account_mode: int, self_trade_prevention: int, fee_tier: int) -> None:
    """Refuse settings that no account can have."""
    known = account_mode in (AccountMode.SPOT, AccountMode.FUTURES, AccountMode.MULTI_CURRENCY)
    require(known and 0 <= fee_tier < FEE_TIERS_MAX, Rejection.FIELD_INVALID)
    require(self_trade_prevention in list(SelfTradePrevention)[1:], Rejection.FIELD_INVALID)


def require_listing(command: c.ListInstrument) -> None:
    """Refuse terms that no instrument can have."""
    require(command.instrument_id != "" and command.instrument_type == InstrumentType.SPOT, Rejection.FIELD_INVALID)
    require(0 <= command.price_scale <= 18 and 0 <= command.size_scale <= 18, Rejection.FIELD_INVALID)
    require(0 < command.tick_step <= STEP_MAX and 0 < command.lot_step <= STEP_MAX, Rejection.FIELD_INVALID)
    maxima = (command.size_limit_max, command.size_market_max, command.amount_market_max)
    require(0 < command.size_min <= INT_MAX and all(0 <= m <= INT_MAX for m in maxima), Rejection.FIELD_INVALID)
    require(0 < command.band_ppm < PPM and 0 <= command.fee_group < FEE_TIERS_MAX, Rejection.FIELD_INVALID)
    require(command.state in list(InstrumentState), Rejection.FIELD_INVALID)
    require(command.base != command.quote and command.settle == command.quote, Rejection.FIELD_INVALID)


def require_order_fields(command: c.PlaceOrder | c.PlaceContractOrder) -> None:
    """Refuse fields outside their enumerations."""
    require(command.side in list(Side) and command.order_type in list(OrderType), Rejection.FIELD_INVALID)
    require(command.time_in_force in list(TimeInForce) and command.size_unit in list(SizeUnit), Rejection.FIELD_INVALID)
    require(command.self_trade_prevention in list(SelfTradePrevention), Rejection.FIELD_INVALID)
    flags = (command.post_only, command.fixed_size, command.clip_to_band)
    require(all(flag in (0, 1) for flag in flags), Rejection.FIELD_INVALID)


def require_open(instrument: Instrument, post_only: int) -> None:
    """Refuse an order while the instrument does not take it."""
    allowed = (InstrumentState.LIVE, InstrumentState.POST_ONLY) if post_only else (InstrumentState.LIVE,)
    require(instrument.state in allowed, Rejection.INSTRUMENT_NOT_LIVE)


def require_kind(command: c.PlaceOrder | c.PlaceContractOrder) -> None:
    """Refuse combinations of type, time in force, post only and size unit that mean nothing."""
    if command.order_type == OrderType.LIMIT:
        resting = command.time_in_force == TimeInForce.GTC
        require(command.size_unit == SizeUnit.BASE and (resting or not command.post_only), Rejection.ORDER_KIND_INVALID)
    else:
        sound = command.time_in_force != TimeInForce.FOK and not command.post_only and command.price == 0
        require(sound, Rejection.ORDER_KIND_INVALID)


def checked_price(instrument: Instrument, side: int, price: int, clip_to_band: int) -> int:
    """A positive limit price, moved to the edge of the band when asked."""
    require(price > 0, Rejection.PRICE_NOT_POSITIVE)
    if clip_to_band and instrument.index_price:
        return min(price, instrument.buy_max()) if side == Side.BUY else max(price, instrument.sell_min())
    return price


def require_size(instrument: Instrument, command: c.PlaceOrder, price: int) -> None:
    """Refuse sizes beyond the instrument's limits, and products that would not fit."""
    terms, size = instrument.terms, command.size
    require(size > 0, Rejection.SIZE_NOT_POSITIVE)
    if command.size_unit == SizeUnit.QUOTE:
        require(terms.amount_market_max == 0 or size <= terms.amount_market_max, Rejection.MARKET_AMOUNT_ABOVE_MAX)
        require(size <= INT_MAX, Rejection.NOTIONAL_TOO_LARGE)
        return
    require(size >= terms.size_min, Rejection.SIZE_BELOW_MIN)
    if command.order_type == OrderType.LIMIT:
        require(terms.size_limit_max == 0 or size <= terms.size_limit_max, Rejection.SIZE_ABOVE_MAX)
    else:
        require(terms.size_market_max == 0 or size <= terms.size_market_max, Rejection.MARKET_SIZE_ABOVE_MAX)
    require(size * instrument.base_per_lot <= INT_MAX, Rejection.NOTIONAL_TOO_LARGE)
    product = max(price, 1) * size * instrument.quote_multiplier
    require(product <= INT_MAX, Rejection.NOTIONAL_TOO_LARGE)


def require_band(instrument: Instrument, side: int, price: int) -> None:
    """Refuse a price beyond the band around the index."""
    if instrument.index_price and side == Side.BUY:
        require(price <= instrument.buy_max(), Rejection.PRICE_ABOVE_BAND)
    elif instrument.index_price:
        require(price >= instrument.sell_min(), Rejection.PRICE_BELOW_BAND)
