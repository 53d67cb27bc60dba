"""The parameters of the operations on the trading account that have no others of their kind."""

from typing import Final

from lonja.edge.wire.requests import WIRE_NAMES, Paged, Request

NAMES: Final[dict[str, str]] = {
    **WIRE_NAMES,
    "account_mode": "acctLv",
    "position_mode": "posMode",
    "position_side": "posSide",
    "leverage_of_pair": "leverage",
    "leverage": "lever",
    "instrument_ids": "instId",
    "trade_quote_currency": "tradeQuoteCcy",
    "margin_currency": "mgnCcy",
    "fee_type": "feeType",
    "greeks_type": "greeksType",
    "isolated_mode": "isoMode",
    "auto_loan": "autoLoan",
    "auto_repay": "autoRepay",
    "change": "type",
    "kind": "type",
    "kinds": "type",
    "strategy": "stgyType",
    "risk_offset": "riskOffsetType",
    "settle_currency": "settleCcy",
    "collateral_enabled": "collateralEnabled",
    "earn_type": "earnType",
    "spot_in_use": "clSpotInUseAmt",
    "lend_rate": "apr",
    "time_interval": "timeInterval",
    "frozen_interval": "frozenInterval",
    "contract_limit": "qtyLimit",
    "from_account": "fromAcct",
    "to_account": "toAcct",
    "client_move_id": "clientId",
    "block_trade_id": "blockTdId",
    "begin_ms": "beginTs",
    "end_ms": "endTs",
    "real_positions": "inclRealPosAndEq",
    "real_positions_only": "inclRealPos",
    "simulated_positions": "simPos",
    "simulated_assets": "simAsset",
    "index_volatility": "idxVol",
    "margin_config": "mmrConfig",
}


class _Request(Request, frozen=True, kw_only=True, rename=NAMES.get):
    """No parameters."""


class PositionHistory(Paged, frozen=True, kw_only=True, rename=NAMES.get):
    """Which closed positions."""

    instrument_type: str = ""
    instrument_id: str = ""
    margin_mode: str = ""
    kind: str = ""
    position_id: str = ""


class OfInstrumentType(_Request, frozen=True, kw_only=True):
    """Instruments of a type."""

    instrument_type: str = ""


class BillQuarter(_Request, frozen=True, kw_only=True):
    """A quarter of a year, ``Q1`` to ``Q4``, and types of bills, separated by commas."""

    year: str
    quarter: str
    kinds: tuple[str, ...] = ()


class BillTypes(_Request, frozen=True, kw_only=True):
    """Types of bills, separated by commas."""

    kinds: tuple[str, ...] = ()


class MaxSize(_Request, frozen=True, kw_only=True):
    """Up to five instruments, separated by commas. ``px`` counts for a single one."""

    instrument_ids: str
    trade_mode: str
    currency: str = ""
    price: str = ""
    leverage_of_pair: str = ""
    trade_quote_currency: str = ""
    outcome: str = ""


class MaxAvailable(_Request, frozen=True, kw_only=True):
    """Up to five instruments, separated by commas."""

    instrument_ids: str
    trade_mode: str
    currency: str = ""
    reduce_only: bool = False
    price: str = ""
    trade_quote_currency: str = ""


class MaxLoan(_Request, frozen=True, kw_only=True):
    """Up to five instruments or one currency."""

    margin_mode: str
    instrument_ids: str = ""
    currency: str = ""
    margin_currency: str = ""
    trade_quote_currency: str = ""


class SetLeverage(_Request, frozen=True, kw_only=True):
    """The leverage of an instrument or a currency."""

    leverage: str
    margin_mode: str
    instrument_id: str = ""
    currency: str = ""
    position_side: str = ""


class Leverage(_Request, frozen=True, kw_only=True):
    """Instruments or currencies, up to twenty, separated by commas."""

    margin_mode: str
    instrument_ids: str = ""
    currencies: str = ""


class LeverageEstimate(_Request, frozen=True, kw_only=True):
    """The leverage to judge."""

    instrument_type: str
    margin_mode: str
    leverage: str
    instrument_id: str = ""
    currency: str = ""
    position_side: str = ""


class ChangeMargin(_Request, frozen=True, kw_only=True):
    """Margin to ``add`` to a position or to ``reduce``."""

    instrument_id: str
    position_side: str
    change: str
    amount: str
    currency: str = ""


class InterestAccrued(Paged, frozen=True, kw_only=True, rename=NAMES.get):
    """Which interest."""

    kind: str = ""
    currency: str = ""
    instrument_id: str = ""
    margin_mode: str = ""


class OneCurrency(_Request, frozen=True, kw_only=True):
    """A currency."""

    currency: str = ""


class InterestLimits(_Request, frozen=True, kw_only=True):
    """A currency and a kind of loan."""

    kind: str = ""
    currency: str = ""


class BorrowOrRepay(_Request, frozen=True, kw_only=True):
    """An amount to ``borrow`` or to ``repay``."""

    currency: str
    side: str
    amount: str


class BorrowHistory(Paged, frozen=True, kw_only=True, rename=NAMES.get):
    """Which loans and repayments."""

    currency: str = ""
    kind: str = ""


class AccountMode(_Request, frozen=True, kw_only=True):
    """An account mode: 1 spot, 2 futures, 3 multi-currency margin, 4 portfolio margin."""

    account_mode: str


class AccountModePreset(_Request, frozen=True, kw_only=True):
    """The account mode to switch to."""

    account_mode: str
    leverage: str = ""
    risk_offset: str = ""


class PositionMode(_Request, frozen=True, kw_only=True):
    """``net_mode`` or ``long_short_mode``."""

    position_mode: str


class FeeType(_Request, frozen=True, kw_only=True):
    """0: in the currency received, 1: in the quote currency."""

    fee_type: str


class GreeksType(_Request, frozen=True, kw_only=True):
    """``PA`` or ``BS``."""

    greeks_type: str


class IsolatedMode(_Request, frozen=True, kw_only=True):
    """How margin gets to isolated positions; ``type`` is ``MARGIN`` or ``CONTRACTS``."""

    isolated_mode: str
    kind: str


class AutoLoan(_Request, frozen=True, kw_only=True):
    """Whether to borrow what is missing."""

    auto_loan: bool = True


class AutoRepay(_Request, frozen=True, kw_only=True):
    """Whether to repay loans from what is bought."""

    auto_repay: bool


class CollateralAssets(_Request, frozen=True, kw_only=True):
    """Which currencies."""

    currency: str = ""
    collateral_enabled: str = ""


class AutoEarn(_Request, frozen=True, kw_only=True):
    """A currency whose idle balance is lent or not."""

    currency: str
    action: str
    earn_type: str = ""
    lend_rate: str = ""


class SettleCurrency(_Request, frozen=True, kw_only=True):
    """A currency."""

    settle_currency: str


class TradingConfig(_Request, frozen=True, kw_only=True):
    """A setting (``stgyType``) and its value: 0 general, 1 delta neutral."""

    kind: str
    strategy: str = ""


class Strategy(_Request, frozen=True, kw_only=True):
    """0: general, 1: delta neutral."""

    strategy: str


class RiskOffset(_Request, frozen=True, kw_only=True):
    """How much of a currency offsets risks of derivatives."""

    currency: str
    spot_in_use: str


class PositionTiers(_Request, frozen=True, kw_only=True):
    """Families of instruments."""

    instrument_type: str
    instrument_family: str


class ProtectionReset(_Request, frozen=True, kw_only=True):
    """A family of options."""

    instrument_family: str
    instrument_type: str = ""


class ProtectionConfig(_Request, frozen=True, kw_only=True):
    """When the orders of a market maker in a family of options are to be canceled, and for how long."""

    instrument_family: str
    time_interval: str
    frozen_interval: str
    contract_limit: str


class ProtectionOf(_Request, frozen=True, kw_only=True):
    """A family of options."""

    instrument_family: str = ""


class MovePositions(_Request, frozen=True, kw_only=True):
    """Positions to move between accounts of one master."""

    from_account: str
    to_account: str
    legs: object
    client_move_id: str


class MoveHistory(_Request, frozen=True, kw_only=True):
    """Which moves of positions."""

    block_trade_id: str = ""
    client_move_id: str = ""
    begin_ms: str = ""
    end_ms: str = ""
    limit: str = ""
    state: str = ""


class PositionBuilder(_Request, frozen=True, kw_only=True):
    """Positions and assets to judge together."""

    account_mode: str = ""
    real_positions: bool = True
    leverage: str = ""
    simulated_positions: object = None
    simulated_assets: object = None
    greeks_type: str = ""
    index_volatility: str = ""


class PositionGraph(_Request, frozen=True, kw_only=True):
    """Positions and assets to draw a curve of."""

    kind: str
    margin_config: object
    real_positions: bool = True
    simulated_positions: object = None
    simulated_assets: object = None


class SimulatedMargin(_Request, frozen=True, kw_only=True):
    """Positions to judge together."""

    instrument_type: str = ""
    real_positions_only: bool = True
    simulated_positions: object = None


class AdjustDemo(_Request, frozen=True, kw_only=True):
    """Play money to add or to take away."""

    kind: str
    adjustments: object
