"""Why the core refuses a command, in the order in which the reasons are checked.

Invariant: a refused command changes nothing and replays as the same refusal. When several reasons hold, the first in
this order is given; ``docs/reference/rejections.md`` is the public page of it.

Two reasons to refuse an amendment are found earlier, because the rest is judged by the order as it would become: that
there is no such order (before the instrument's state), and that nothing would change (right after it). What its
position allows and whether the balance suffices is asked last. ``cancel_on_fail`` is no change by the refused command
but a cancel of its own.
"""

from enum import IntEnum


class Rejection(IntEnum):
    """One reason a command may be refused; NONE means accepted. Numbers are stored and never reused."""

    NONE = 0
    # Who and what.
    UNKNOWN_COMMAND = 1
    FIELD_INVALID = 2
    ACCOUNT_NOT_FOUND = 3
    ACCOUNT_FROZEN = 4
    CURRENCY_NOT_FOUND = 5
    INSTRUMENT_NOT_FOUND = 6
    NAME_TAKEN = 7
    CAPACITY_REACHED = 8
    # Placing, in order.
    INSTRUMENT_NOT_LIVE = 10
    ORDER_KIND_INVALID = 12
    SELF_TRADE_PREVENTION_FORBIDS_FOK = 13
    PRICE_NOT_POSITIVE = 14
    PRICE_NOT_ON_TICK = 15
    MARK_PRICE_MISSING = 30
    ACCOUNT_MODE_FORBIDS = 11
    POSITION_SIDE_INVALID = 31
    SIZE_NOT_POSITIVE = 16
    SIZE_NOT_ON_LOT = 17
    SIZE_BELOW_MIN = 18
    SIZE_ABOVE_MAX = 19
    MARKET_SIZE_ABOVE_MAX = 20
    MARKET_AMOUNT_ABOVE_MAX = 21
    NOTIONAL_TOO_LARGE = 22
    PRICE_ABOVE_BAND = 23
    PRICE_BELOW_BAND = 24
    CLIENT_ORDER_ID_DUPLICATE = 25
    OPEN_ORDERS_ACCOUNT_MAX = 26
    OPEN_ORDERS_INSTRUMENT_MAX = 27
    POSITION_NOT_FOUND = 32
    REDUCES_BEYOND_POSITION = 33
    POSITION_ABOVE_MAX = 34
    LEVERAGE_OUT_OF_RANGE = 90
    LEVERAGE_ABOVE_TIER = 35
    WOULD_LIQUIDATE = 36
    NO_LIQUIDITY = 28
    CURRENCY_PRICE_MISSING = 110
    INSUFFICIENT_BALANCE = 29
    BORROW_LIMIT_REACHED = 112
    COLLATERAL_INSUFFICIENT = 113
    # Settings of positions.
    POSITIONS_OR_ORDERS_OPEN = 91
    LIABILITY_OPEN = 111
    NOTHING_BORROWED = 114
    MARGIN_NOT_OFFERED = 115
    MARGIN_NOT_REMOVABLE = 92
    # Canceling and amending.
    ORDER_NOT_FOUND = 40
    NOTHING_TO_AMEND = 41
    AMEND_SIZE_BELOW_FILLED = 42  # no longer given: such an order ends as filled; old answers may hold it
    AMEND_POST_ONLY_WOULD_TAKE = 43
    # Moving money.
    AMOUNT_NOT_POSITIVE = 60
    TRANSFER_SAME_LEDGER = 61
    TRANSFER_ACCOUNTS_UNRELATED = 62
    SUPPLY_EXCEEDED = 63
    INSUFFICIENT_FUNDS = 64
    FUNDS_ON_HOLD = 65
    # Dead man's switch.
    TIMEOUT_OUT_OF_RANGE = 80
    TIMER_TAGS_MAX = 81
    # Algo orders.
    ALGO_KIND_INVALID = 100
    TRIGGER_PRICE_MISSING = 101
    TRIGGER_ALREADY_MET = 102
    CLOSING_ALGO_EXISTS = 103
    CLIENT_ALGO_ID_DUPLICATE = 104
    OPEN_ALGOS_MAX = 105
    ALGO_NOT_FOUND = 106
    ALGO_NOT_AMENDABLE = 107
