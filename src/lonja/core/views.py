"""What may be read of the core: immutable copies, made on request.

Why here: nobody outside the core touches its arrays. Invariant: reading changes nothing.
"""

from typing import NamedTuple


class CurrencyView(NamedTuple):
    """A currency."""

    currency: int
    name: str
    scale: int


class AccountView(NamedTuple):
    """An account and its settings."""

    account: int
    kind: int
    master: int
    account_mode: int
    self_trade_prevention: int
    fee_tier: int
    frozen: int
    created_time_ms: int


class InstrumentView(NamedTuple):
    """An instrument; units as in ``commands.ListInstrument``. ``buy_max`` and ``sell_min`` are ticks, 0 for none."""

    instrument: int
    instrument_id: str
    instrument_type: int
    base: int
    quote: int
    settle: int
    price_scale: int
    tick_step: int
    size_scale: int
    lot_step: int
    size_min: int
    size_limit_max: int
    size_market_max: int
    amount_market_max: int
    band_ppm: int
    fee_group: int
    state: int
    listed_time_ms: int
    index_price: int
    buy_max: int
    sell_min: int


class BalanceView(NamedTuple):
    """One balance: ``cash`` is all of it, ``held`` the part set aside for orders; available = cash - held."""

    account: int
    currency: int
    ledger: int
    cash: int
    held: int
    updated_time_ms: int


class OrderView(NamedTuple):
    """An open order."""

    order_id: int
    account: int
    instrument: int
    side: int
    order_type: int
    time_in_force: int
    post_only: int
    price: int
    size: int
    filled: int
    notional: int
    fee: int
    rebate: int
    self_trade_prevention: int
    client_order_id: str
    tag: str
    created_time_ms: int
    updated_time_ms: int


class LevelView(NamedTuple):
    """One price of a book: lots and orders waiting at ``price`` ticks."""

    price: int
    size: int
    order_count: int


class WithdrawalHoldView(NamedTuple):
    """A withdrawal hold; fields as in ``commands.SetWithdrawalHold``."""

    hold_id: int
    kind: int
    currency: int
    amount: int
    until_ms: int


class FeeRatesView(NamedTuple):
    """Rates of an account for an instrument; negative is a rebate."""

    maker_rate_ppm: int
    taker_rate_ppm: int


class Outcome(NamedTuple):
    """Answer to one command: ``rejection`` 0 when accepted; ``id`` as the command's docstring says, else 0."""

    rejection: int
    id: int
