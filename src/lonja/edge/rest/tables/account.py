"""The trading account."""

from typing import Final

from lonja.edge.rest import (
    account,
    account_limits,
    account_modes,
    bills,
    leverage_estimate,
    loans,
    position_builder,
    position_settings,
    positions,
)
from lonja.edge.rest import account_settings as settings
from lonja.edge.rest.closed import nothing, refused
from lonja.edge.rest.operation import Operation, asking_itself, own_operation, per_instrument_type
from lonja.edge.wire import account as account_wire
from lonja.edge.wire import account_settings as wire
from lonja.edge.wire import bills as bills_wire
from lonja.edge.wire import instrument_keys, requests
from lonja.edge.wire import requests_account as asked
from lonja.modules.identity.api import Permission

READ: Final = Permission.READ
TRADE: Final = Permission.TRADE

_BALANCES: Final = (
    own_operation("GET", "/account/config", READ, (5, 2.0), requests.Request, account.config, account_wire.CONFIG_ROW),
    own_operation(
        "GET", "/account/balance", READ, (10, 2.0), requests.Currencies, account.balance, account_wire.BALANCE_ROW
    ),
    own_operation(
        "GET",
        "/account/instruments",
        READ,
        (20, 2.0),
        requests.Instruments,
        account.instruments,
        instrument_keys.ACCOUNT_ROW,
        per_instrument_type,
    ),
    own_operation("GET", "/account/bills", READ, (5, 1.0), requests.Bills, bills.bills, bills_wire.BILL_ROW),
    own_operation(
        "GET", "/account/bills-archive", READ, (5, 2.0), requests.Bills, bills.bills_archive, bills_wire.BILL_ROW
    ),
    own_operation("GET", "/account/subtypes", READ, (20, 2.0), asked.BillTypes, bills.bill_types, wire.BILL_TYPE_ROW),
    own_operation("GET", "/account/trade-fee", READ, (5, 2.0), requests.Fees, account.trade_fee, account_wire.FEE_ROW),
    own_operation(
        "POST",
        "/account/bills-history-archive",
        READ,
        (1, 10.0),
        asked.BillQuarter,
        refused("Have a file made of the bills of a quarter: not offered yet.", "50062", "A file of bills"),
        wire.APPLICATION_ROW,
    ),
    own_operation(
        "GET",
        "/account/bills-history-archive",
        READ,
        (10, 2.0),
        asked.BillQuarter,
        refused("Where the file of bills of a quarter is: not offered yet.", "50062", "A file of bills"),
        wire.ARCHIVE_ROW,
    ),
    own_operation(
        "POST",
        "/account/demo-adjust-balance",
        TRADE,
        (3, 86_400.0),
        asked.AdjustDemo,
        refused("Add play money or take it away: not offered here.", "50062", "Adjusting the balance"),
        wire.DEMO_ROW,
    ),
)
_LIMITS: Final = (
    own_operation(
        "GET", "/account/max-size", READ, (20, 2.0), asked.MaxSize, account_limits.max_size, wire.MAX_SIZE_ROW
    ),
    own_operation(
        "GET",
        "/account/max-avail-size",
        READ,
        (20, 2.0),
        asked.MaxAvailable,
        account_limits.max_available,
        wire.MAX_AVAILABLE_ROW,
    ),
    own_operation(
        "GET",
        "/account/max-withdrawal",
        READ,
        (20, 2.0),
        requests.Currencies,
        account_limits.max_withdrawal,
        wire.MAX_WITHDRAWAL_ROW,
    ),
    own_operation("GET", "/account/max-loan", READ, (20, 2.0), asked.MaxLoan, loans.max_loan, wire.MAX_LOAN_ROW),
)
_SETTINGS: Final = (
    own_operation(
        "POST", "/account/set-account-level", TRADE, (5, 2.0), asked.AccountMode, account_modes.set_mode, {"acctLv": ""}
    ),
    own_operation(
        "POST",
        "/account/account-level-switch-preset",
        TRADE,
        (5, 2.0),
        asked.AccountModePreset,
        account_modes.preset_mode,
        wire.PRESET_ROW,
    ),
    own_operation(
        "GET",
        "/account/set-account-switch-precheck",
        READ,
        (5, 2.0),
        asked.AccountMode,
        account_modes.precheck_mode,
        wire.PRECHECK_ROW,
    ),
    own_operation(
        "POST",
        "/account/set-position-mode",
        TRADE,
        (5, 2.0),
        asked.PositionMode,
        account_modes.set_position_mode,
        wire.POSITION_MODE_ROW,
    ),
    own_operation(
        "POST",
        "/account/set-isolated-mode",
        TRADE,
        (5, 2.0),
        asked.IsolatedMode,
        settings.set_isolated_mode,
        {"isoMode": ""},
    ),
    own_operation(
        "POST", "/account/set-fee-type", TRADE, (5, 2.0), asked.FeeType, settings.set_fee_type, {"feeType": ""}
    ),
    own_operation(
        "POST", "/account/set-greeks", TRADE, (5, 2.0), asked.GreeksType, settings.set_greeks, {"greeksType": ""}
    ),
    own_operation(
        "POST",
        "/account/set-auto-loan",
        TRADE,
        (5, 2.0),
        asked.AutoLoan,
        account_modes.set_auto_borrow,
        {"autoLoan": False},
    ),
    own_operation(
        "POST",
        "/account/set-auto-repay",
        TRADE,
        (5, 2.0),
        asked.AutoRepay,
        settings.set_auto_repay,
        {"autoRepay": False},
    ),
    own_operation(
        "POST",
        "/account/set-trading-config",
        TRADE,
        (1, 2.0),
        asked.TradingConfig,
        settings.set_trading_config,
        wire.TRADING_CONFIG_ROW,
    ),
    own_operation(
        "GET",
        "/account/precheck-set-delta-neutral",
        READ,
        (1, 2.0),
        asked.Strategy,
        settings.precheck_strategy,
        {"unmatchedInfoCheck": []},
    ),
    own_operation(
        "POST", "/account/set-auto-earn", TRADE, (2, 2.0), asked.AutoEarn, settings.set_auto_earn, wire.AUTO_EARN_ROW
    ),
    own_operation(
        "POST",
        "/account/set-settle-currency",
        TRADE,
        (20, 2.0),
        asked.SettleCurrency,
        settings.set_settle_currency,
        wire.SETTLE_CURRENCY_ROW,
    ),
    own_operation(
        "POST",
        "/account/set-collateral-assets",
        TRADE,
        (5, 2.0),
        requests.Request,
        refused("Choose which currencies are collateral: all that the house takes are.", "51010"),
        wire.SET_COLLATERAL_ROW,
    ),
    own_operation(
        "GET",
        "/account/collateral-assets",
        READ,
        (5, 2.0),
        asked.CollateralAssets,
        loans.collateral_assets,
        wire.COLLATERAL_ROW,
    ),
    own_operation(
        "POST",
        "/account/set-riskOffset-amt",
        TRADE,
        (10, 2.0),
        asked.RiskOffset,
        refused("Choose how much of a currency offsets risks: only in portfolio margin.", "51010"),
        wire.RISK_OFFSET_ROW,
    ),
    own_operation(
        "POST",
        "/account/activate-option",
        TRADE,
        (5, 2.0),
        requests.Request,
        refused("Begin to trade options: not in spot mode.", "51010"),
        {"ts": ""},
    ),
)
_POSITIONS: Final = (
    own_operation(
        "GET", "/account/positions", READ, (10, 2.0), requests.Positions, positions.positions, wire.POSITION_ROW
    ),
    own_operation(
        "GET",
        "/account/positions-history",
        READ,
        (10, 2.0),
        asked.PositionHistory,
        positions.positions_history,
        wire.CLOSED_POSITION_ROW,
    ),
    own_operation(
        "GET",
        "/account/account-position-risk",
        READ,
        (10, 2.0),
        asked.OfInstrumentType,
        positions.position_risk,
        wire.RISK_ROW,
    ),
    own_operation(
        "GET", "/account/risk-state", READ, (10, 2.0), requests.Request, positions.risk_state, wire.RISK_STATE_ROW
    ),
    own_operation(
        "GET",
        "/account/greeks",
        READ,
        (10, 2.0),
        requests.Currencies,
        nothing("Greeks: none without options."),
        wire.GREEKS_ROW,
    ),
    own_operation(
        "GET",
        "/account/position-tiers",
        READ,
        (10, 2.0),
        asked.PositionTiers,
        nothing("Limits of positions in portfolio margin: none."),
        wire.TIER_ROW,
    ),
    own_operation(
        "GET", "/account/leverage-info", READ, (20, 2.0), asked.Leverage, position_settings.leverage, wire.LEVERAGE_ROW
    ),
    asking_itself(
        own_operation(
            "POST",
            "/account/set-leverage",
            TRADE,
            (20, 2.0),
            asked.SetLeverage,
            position_settings.set_leverage,
            wire.SET_LEVERAGE_ROW,
        )
    ),
    own_operation(
        "GET",
        "/account/adjust-leverage-info",
        READ,
        (5, 2.0),
        asked.LeverageEstimate,
        leverage_estimate.estimate,
        wire.LEVERAGE_ESTIMATE_ROW,
    ),
    asking_itself(
        own_operation(
            "POST",
            "/account/position/margin-balance",
            TRADE,
            (20, 2.0),
            asked.ChangeMargin,
            position_settings.change_margin,
            wire.MARGIN_ROW,
        )
    ),
    own_operation(
        "POST",
        "/account/move-positions",
        TRADE,
        (1, 1.0),
        asked.MovePositions,
        refused("Move positions to another account: there are no positions.", "51023"),
        wire.MOVE_ROW,
    ),
    own_operation(
        "GET",
        "/account/move-positions-history",
        READ,
        (2, 2.0),
        asked.MoveHistory,
        nothing("Moved positions: none."),
        wire.MOVED_ROW,
    ),
    own_operation(
        "POST",
        "/account/position-builder",
        READ,
        (2, 2.0),
        asked.PositionBuilder,
        position_builder.build,
        wire.BUILDER_ROW,
    ),
    own_operation(
        "POST",
        "/account/position-builder-graph",
        READ,
        (1, 5.0),
        asked.PositionGraph,
        position_builder.graph,
        wire.GRAPH_ROW,
    ),
    # The name of the builder before; it was for portfolio margin alone.
    own_operation(
        "POST",
        "/account/simulated_margin",
        READ,
        (2, 2.0),
        asked.SimulatedMargin,
        refused("Judge made-up positions in portfolio margin: ask the builder.", "51010"),
        wire.SIMULATED_ROW,
    ),
)
_LOANS: Final = (
    own_operation(
        "GET",
        "/account/interest-accrued",
        READ,
        (5, 2.0),
        asked.InterestAccrued,
        loans.interest_accrued,
        wire.INTEREST_ROW,
    ),
    own_operation(
        "GET",
        "/account/interest-rate",
        READ,
        (5, 2.0),
        asked.OneCurrency,
        loans.interest_rates,
        wire.INTEREST_RATE_ROW,
    ),
    own_operation(
        "GET",
        "/account/interest-limits",
        READ,
        (5, 2.0),
        asked.InterestLimits,
        loans.interest_limits,
        wire.INTEREST_LIMITS_ROW,
    ),
    own_operation(
        "POST",
        "/account/spot-manual-borrow-repay",
        TRADE,
        (1, 3.0),
        asked.BorrowOrRepay,
        loans.borrow_or_repay,
        wire.BORROW_ROW,
    ),
    own_operation(
        "POST",
        "/account/borrow-repay",
        TRADE,
        (6, 1.0),
        asked.BorrowOrRepay,
        loans.borrow_or_repay,
        wire.BORROW_ROW,
    ),
    own_operation(
        "GET",
        "/account/spot-borrow-repay-history",
        READ,
        (5, 2.0),
        asked.BorrowHistory,
        loans.borrow_history,
        wire.BORROWED_ROW,
    ),
)
_PROTECTION: Final = (
    own_operation(
        "POST",
        "/account/mmp-reset",
        TRADE,
        (5, 2.0),
        asked.ProtectionReset,
        refused("Let a market maker of options trade again: there are none yet.", "59509"),
        {"result": False},
    ),
    own_operation(
        "POST",
        "/account/mmp-config",
        TRADE,
        (2, 10.0),
        asked.ProtectionConfig,
        refused("Protect a market maker of options: there are none yet.", "51010"),
        wire.SET_PROTECTION_ROW,
    ),
    own_operation(
        "GET",
        "/account/mmp-config",
        READ,
        (5, 2.0),
        asked.ProtectionOf,
        nothing("How a market maker of options is protected: there are none yet."),
        wire.PROTECTION_ROW,
    ),
)

OPERATIONS: Final[tuple[Operation, ...]] = (
    *_BALANCES,
    *_LIMITS,
    *_SETTINGS,
    *_POSITIONS,
    *_LOANS,
    *_PROTECTION,
)
