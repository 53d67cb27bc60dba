"""The enumerations of the core's vocabulary; the numbers are stored in journals and never change meaning.

Hot modules repeat the few members they need as ``Final`` integers, because an attribute look-up costs more than
the work; ``tests/core/test_kinds.py`` proves them equal.
"""

from enum import IntEnum


class AccountKind(IntEnum):
    """Whose account it is. Only customers are shown in histories; only house accounts may be negative."""

    HOUSE = 0
    CUSTOMER = 1
    SIMULATOR = 2


class AccountMode(IntEnum):
    """What an account may trade and how its margin is counted."""

    SPOT = 1
    FUTURES = 2
    MULTI_CURRENCY = 3
    PORTFOLIO = 4


class Ledger(IntEnum):
    """The two ledgers of one account."""

    FUNDING = 0
    TRADING = 1


class InstrumentType(IntEnum):
    """What kind of contract an instrument is."""

    SPOT = 0
    MARGIN = 1
    SWAP = 2
    FUTURES = 3
    OPTION = 4


class InstrumentState(IntEnum):
    """Whether and how an instrument trades."""

    LIVE = 0
    SUSPENDED = 1
    PREOPEN = 2
    POST_ONLY = 3
    DELISTED = 4


class Side(IntEnum):
    """Side of an order, seen by its owner."""

    BUY = 0
    SELL = 1


class OrderType(IntEnum):
    """Whether the order names a price."""

    LIMIT = 0
    MARKET = 1


class TimeInForce(IntEnum):
    """What becomes of the part that does not match at once."""

    GTC = 0
    IOC = 1
    FOK = 2


class SizeUnit(IntEnum):
    """What the size of a market order counts: lots of base, or smallest units of the quote currency."""

    BASE = 0
    QUOTE = 1


class SelfTradePrevention(IntEnum):
    """Who yields when both orders belong to one master account. DEFAULT takes the account's setting."""

    DEFAULT = 0
    CANCEL_MAKER = 1
    CANCEL_TAKER = 2
    CANCEL_BOTH = 3


class OrderState(IntEnum):
    """Life of an order; the first two are open."""

    LIVE = 0
    PARTIALLY_FILLED = 1
    FILLED = 2
    CANCELED = 3


class MarginMode(IntEnum):
    """Whether a position stands on all the money of its currency or on a margin of its own."""

    CROSS = 0
    ISOLATED = 1


class PositionMode(IntEnum):
    """Whether an account holds one position of a contract, or a long and a short one side by side."""

    NET = 0
    LONG_SHORT = 1


class PositionSide(IntEnum):
    """Which position an order means."""

    NET = 0
    LONG = 1
    SHORT = 2


class PositionCause(IntEnum):
    """Why a position changed."""

    FILLED = 0
    MARGIN_ADJUSTED = 1
    LEVERAGE_CHANGED = 2
    LIQUIDATED = 3
    DELEVERAGED = 4
    FUNDING = 5
    DELIVERED = 6
    COVERED = 7


class FundCause(IntEnum):
    """Why a Security Fund changed, but for endowments and what it trades itself."""

    LIQUIDATION = 1
    COVER = 2


class AlgoKind(IntEnum):
    """What an algo order waits for, or how it is worked off."""

    CONDITIONAL = 0
    OCO = 1
    TRIGGER = 2
    MOVE_ORDER_STOP = 3
    TWAP = 4
    ICEBERG = 5
    CHASE = 6


class TriggerSource(IntEnum):
    """Which price triggers: the last trade's, the index, the mark."""

    LAST = 0
    INDEX = 1
    MARK = 2


class ProfitKind(IntEnum):
    """How a take profit works: an order once its trigger is met, or an order that rests from the start."""

    CONDITION = 0
    LIMIT = 1


class AlgoLeg(IntEnum):
    """What of an algo order places an order."""

    TRIGGER = 0
    TAKE_PROFIT = 1
    STOP_LOSS = 2
    CALLBACK = 3
    SLICE = 4


class AlgoState(IntEnum):
    """Life of an algo order; the first is open. The failed ones had an order refused, partially after others traded."""

    LIVE = 0
    EFFECTIVE = 1
    CANCELED = 2
    ORDER_FAILED = 3
    PARTIALLY_FAILED = 4


class AlgoEndCause(IntEnum):
    """Why an algo order is over."""

    DONE = 0
    CANCELED_BY_USER = 1
    ORDER_REFUSED = 2
    OWNER_FROZEN = 3
    CLOSED = 4
    POSITION_CLOSED = 5
    POSITION_LIQUIDATED = 6
    PARENT_UNFILLED = 7
    TOO_FAR = 8
    SLICE_CANCELED = 9
    PROFIT_TAKEN = 10
    STOPPED = 11


class Liquidity(IntEnum):
    """Which half of a trade a fill is."""

    TAKER = 0
    MAKER = 1


class CancelReason(IntEnum):
    """Why an order ended before all of it was filled; AMENDED_TO_FILLED ends it as filled, since no more is wanted."""

    USER = 1
    POST_ONLY_WOULD_TAKE = 2
    FOK_NOT_FILLABLE = 3
    IOC_REST = 4
    PRICE_BAND = 5
    SELF_TRADE = 6
    CANCEL_ALL_AFTER = 7
    MATCH_LIMIT = 8
    NO_LIQUIDITY = 9
    AMEND_FAILED = 10
    AMENDED_TO_FILLED = 11
    INSTRUMENT_CLOSED = 12
    ACCOUNT_FROZEN = 13
    OPERATOR = 14
    NOTHING_TO_REDUCE = 15
    LIQUIDATED = 16
    UNCOVERED = 17
    STOP_TRIGGERED = 18
    STOP_CANCELED = 19
