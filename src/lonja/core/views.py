"""What may be read of the core: immutable copies, made on request.

Why here: nobody outside the core touches its arrays. Invariant: reading changes nothing.
"""

from typing import NamedTuple

from lonja.core.algo_commands import PlaceAlgo


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
    position_mode: int = 0


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
    """An open order. ``margin_mode`` is -1 for spot orders."""

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
    margin_mode: int = -1
    position_side: int = 0
    reduce_only: int = 0


class LevelView(NamedTuple):
    """One price of a book: lots and orders waiting at ``price`` ticks."""

    price: int
    size: int
    order_count: int


class TierView(NamedTuple):
    """A position tier; fields as in ``commands.DefinePositionTier``."""

    size_max: int
    maintenance_ppm: int
    initial_ppm: int
    leverage_max: int


class FamilyView(NamedTuple):
    """A family of contracts; ``fund_peak`` is the highest balance of its Security Fund within eight hours."""

    family: int
    name: str
    instrument_type: int
    settle: int
    fund_account: int
    fund_balance: int
    fund_peak: int
    tiers: tuple[TierView, ...]


class ContractView(NamedTuple):
    """What makes an instrument a contract. ``mark`` is in ticks, 0 when there is none yet."""

    instrument: int
    family: int
    inverse: int
    contract_value: int
    contract_scale: int
    multiplier: int
    expiry_time_ms: int
    mark: int
    open_lots: int
    index_price: int = 0


class PositionView(NamedTuple):
    """A position; amounts are smallest units of the settlement currency.

    ``lots`` is signed. Prices are ticks and millionths of a millionth of a tick, 0 for none. ``ratio_ppm`` is that of the
    position, or of all cross positions of the currency; 0 when flat. ``lights`` is 0 to 5.
    """

    account: int
    instrument: int
    margin_mode: int
    position_side: int
    leverage: int
    lots: int
    average_ticks: int
    average_parts: int
    margin: int
    unrealized: int
    initial_margin: int
    maintenance_margin: int
    ratio_ppm: int
    liquidation_ticks: int
    liquidation_parts: int
    tier: int
    lights: int
    held: int
    life: int
    opened_time_ms: int
    pnl: int
    fees: int
    funding: int
    penalty: int


class OrderTerms(NamedTuple):
    """What an order for a contract would be like but for its size; a ``price`` of 0 is a market order.

    ``leverage`` (hundredths) is that of the position, 0 for the one it has.
    """

    account: int
    instrument: int
    margin_mode: int
    position_side: int
    side: int
    price: int = 0
    leverage: int = 0


class TrialView(NamedTuple):
    """What an account in multi-currency mode has and needs in 10**-8 US dollars, as in ``CollateralView``.

    ``available`` may leave of the ``currency`` that an order is paid with, ``liability`` bears interest. The price is
    that of liquidation of the position meant, zeros when there is none. ``base`` and ``quote`` are what the pocket of an
    order for a pair in isolated margin has, below zero what it owes.
    """

    currency: int
    adjusted_equity: int
    initial_margin: int
    maintenance_margin: int
    ratio_ppm: int
    available: int
    liability: int
    liquidation_ticks: int
    liquidation_parts: int
    base: int = 0
    quote: int = 0


class PrecheckView(NamedTuple):
    """What an order would do: why it would be refused (0: it would not), what there is ``before`` and ``after`` it.

    Both are the same when it is refused.
    """

    rejection: int
    before: TrialView
    after: TrialView


class MarginView(NamedTuple):
    """What an account has of a currency for contracts. Equity = cash + cross and isolated gains + isolated margin.

    ``free`` may open cross positions, ``spendable`` may leave the account; both may be negative.
    """

    account: int
    currency: int
    cash: int
    held: int
    cross_gain: int
    isolated_margin: int
    isolated_gain: int
    initial_margin: int
    maintenance_margin: int
    ratio_ppm: int
    free: int
    spendable: int


class CollateralView(NamedTuple):
    """What an account has and needs, in 10**-8 US dollars; what is needed is rounded up, all else down.

    ``total_equity`` is the trading account at full value, isolated positions included, and ``notional`` the value of all
    positions: both in any mode. The rest is nothing but in multi-currency mode; ``ratio_ppm`` is 0 when nothing is held.
    """

    account: int
    total_equity: int
    isolated_equity: int
    notional: int
    borrowed: int
    adjusted_equity: int
    order_cost: int
    initial_margin: int
    maintenance_margin: int
    ratio_ppm: int
    free: int
    auto_borrow: int


class LiabilityView(NamedTuple):
    """A currency of an account in multi-currency mode; ``discounted`` and ``frozen`` are 10**-8 US dollars.

    ``liability`` is what bears interest, ``loan`` the part of it that was borrowed by hand, ``to_come`` what orders would
    borrow besides. ``frozen`` is the initial margin
    of both. ``max_loan`` is what may still be borrowed.
    """

    account: int
    currency: int
    equity: int
    discounted: int
    liability: int
    loan: int
    to_come: int
    frozen: int
    max_loan: int


class DiscountTierView(NamedTuple):
    """A discount tier; fields as in ``collateral_commands.DefineDiscountTier``."""

    amount_max: int
    rate_ppm: int


class CurrencyTermsView(NamedTuple):
    """What a currency is worth and how it is borrowed; fields as in ``collateral_commands``."""

    currency: int
    price: int
    limit_max: int
    initial_ppm: int
    maintenance_ppm: int
    penalty_ppm: int
    interest_free: int
    tiers: tuple[DiscountTierView, ...]


class PocketPositionView(NamedTuple):
    """What a pocket holds and owes.

    ``base`` and ``quote`` are its cash, owed when negative; ``lots`` are signed, ``leverage`` is in hundredths.
    ``realized`` and ``unrealized`` are in quote, at the prices of both currencies. ``margin_currency`` is -1 when it is
    isolated; equity and margins are in that currency, of isolated ones in quote. ``ratio_ppm`` of a cross pocket is that
    of all cross positions of its margin currency. The average and the liquidation price are ticks and parts as those of
    ``PositionView``. ``returns`` is 1 while its owner gets back what is over.
    """

    account: int
    owner: int
    instrument: int
    margin_currency: int
    leverage: int
    base: int
    quote: int
    lots: int
    average_ticks: int
    average_parts: int
    realized: int
    unrealized: int
    equity: int
    initial_margin: int
    maintenance_margin: int
    ratio_ppm: int
    liquidation_ticks: int
    liquidation_parts: int
    life: int
    opened_time_ms: int
    returns: int


class MarginTierView(NamedTuple):
    """A tier of what pockets borrow; fields as in ``collateral_commands.DefineMarginTier``."""

    base_max: int
    quote_max: int
    initial_ppm: int
    maintenance_ppm: int


class PocketView(NamedTuple):
    """A pocket for isolated margin: an account of its own, whose balances, collateral and liabilities are read as such.

    ``ratio_ppm`` is 0 while nothing is owed.
    """

    pocket: int
    owner: int
    instrument: int
    ratio_ppm: int


class ModeBlockersView(NamedTuple):
    """Why an account may not change to a mode: the refusal (0: it may), and what of its own stands in the way.

    Positions are named by instrument, margin mode and side. ``pockets`` are those that hold anything.
    """

    account: int
    account_mode: int
    rejection: int
    order_ids: tuple[int, ...]
    algo_ids: tuple[int, ...]
    positions: tuple[tuple[int, int, int], ...]
    currencies: tuple[int, ...]
    pockets: tuple[int, ...]


class AlgoDetails(NamedTuple):
    """What an algo order asks for besides its terms; fields as in ``AlgoDetailed``."""

    time_in_force: int
    profit_kind: int
    profit_ppm: int
    loss_ppm: int
    together: int
    cost_stop: int
    guard_callback_ppm: int
    guard_callback_ticks: int
    guard_activation_price: int
    guard_client_algo_id: str


class AlgoView(NamedTuple):
    """An open algo order; ``terms`` are what it asks for now.

    ``waiting`` is 1 while the order it is attached to is open. ``following`` is 1 when a trailing one follows the price,
    whose best since then is ``extreme``; ``child_order_id`` is the order that rests for it; ``due_time_ms`` that of the
    next slice; ``linked_order_ids`` are take profits that rest for a stop loss.
    """

    algo_id: int
    account: int
    parent_order_id: int
    waiting: int
    terms: PlaceAlgo
    following: int
    extreme: int
    child_order_id: int
    filled: int
    due_time_ms: int
    created_time_ms: int
    updated_time_ms: int
    details: AlgoDetails
    linked_order_ids: tuple[int, ...]


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
