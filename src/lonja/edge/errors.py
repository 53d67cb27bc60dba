"""Every refusal of the house in the language of the wire: code, message, HTTP status.

Why here: REST and WebSocket must give the same answer to the same mistake. Invariant: each ``Rejection``, each
``CancelReason`` and each error of the engine has an entry; ``tests/edge/test_errors.py`` walks the enumerations.
"""

from typing import Final

from lonja.core.kinds import CancelReason, InstrumentState
from lonja.core.rejections import Rejection
from lonja.primitives.errors import (
    EngineBusyError,
    EngineOutcomeUnknownError,
    EngineReadOnlyError,
    EngineStoppedError,
    EngineTooLateError,
    EngineUnavailableError,
    LonjaError,
)

OK: Final = "0"
ALL_FAILED: Final = "1"
PARTLY_FAILED: Final = "2"

MESSAGES: Final[dict[str, str]] = {
    "0": "",
    "1": "All operations failed",
    "2": "Bulk operation partially succeeded",
    "403": "The controls of the sandbox are refused to this request: {0}",
    "404": "No operation has this path",
    "413": "The request body is longer than {0} bytes",
    "50000": "The body of a POST request cannot be empty",
    "50001": "The service does not take orders at the moment, reading goes on. Try again later",
    "50002": "JSON syntax error",
    "50004": "No answer in time; the outcome is unknown, look it up before trying again",
    "50006": "Invalid Content-Type, use application/json",
    "50008": "The user does not exist",
    "50011": "Too many requests",
    "50013": "The system is busy, try again shortly",
    "50014": "Parameter {0} can not be empty",
    "50015": "Either parameter {0} or {1} is required",
    "50016": "Parameter {0} does not match parameter {1}",
    "50024": "Parameters {0} and {1} can not be given at the same time",
    "50025": "Parameter {0} holds more than {1} values",
    "50026": "System error, try again later",
    "50027": "The account is restricted. {0}",
    "50035": "This operation needs an API key that is bound to an IP address",
    "50036": "expTime lies before the current system time",
    "50037": "Order expired",
    "50061": "The order rate of this account is too high",
    "50062": "{0} is not available",
    "50071": "{0} already exists",
    "50101": "The API key does not fit this environment",
    "50102": "The timestamp of the request has expired",
    "50103": 'The header "OK-ACCESS-KEY" can not be empty',
    "50104": 'The header "OK-ACCESS-PASSPHRASE" can not be empty',
    "50105": 'The header "OK-ACCESS-PASSPHRASE" is not correct',
    "50106": 'The header "OK-ACCESS-SIGN" can not be empty',
    "50107": 'The header "OK-ACCESS-TIMESTAMP" can not be empty',
    "50110": "The address {0} is not in the IP list of this API key",
    "50111": "Invalid OK-ACCESS-KEY",
    "50112": "Invalid OK-ACCESS-TIMESTAMP",
    "50113": "Invalid signature",
    "50115": "Invalid request method",
    "50120": "This API key has no permission to use this function",
    "51000": "Parameter {0} error",
    "51001": "The instrument does not exist",
    "51003": "Either the client order ID or the order ID is required",
    "51004": "The position, with the orders that may open it, would be larger than the leverage or the tier allows",
    "51005": "The order is larger than the largest allowed",
    "51008": "Order failed, insufficient {0} balance in the account",
    "51010": "The request is not supported in the current account mode",
    "51012": "The currency does not exist",
    "51016": "The client order ID already exists",
    "51020": "The order is smaller than the smallest allowed ({0})",
    "51021": "The instrument is not yet listed",
    "51022": "Trading of the instrument is suspended",
    "51023": "The position does not exist",
    "51024": "The trading account is blocked",
    "51027": "The contract has expired",
    "51025": "Too many open orders in the account",
    "51070": "The account does not meet the requirements of this account mode",
    "51046": "The take profit trigger must be above the price of the purchase",
    "51047": "The stop loss trigger must be below the price of the purchase",
    "51048": "The take profit trigger must be below the price of the sale",
    "51049": "The stop loss trigger must be above the price of the sale",
    "51050": "The take profit trigger must be above the best offer",
    "51051": "The stop loss trigger must be below the best offer",
    "51052": "The take profit trigger must be below the best bid",
    "51053": "The stop loss trigger must be above the best bid",
    "51058": "There is no position that this algo order could close",
    "51065": "The client algo order ID already exists",
    "51068": "{0} is given twice",
    "51076": "With several take profits, each attached order is either a take profit or a stop loss",
    "51077": "Several take profits can not be attached to spot orders",
    "51079": "At most {0} take profits can be attached to an order",
    "51080": "Take profits of one order must have the same type of trigger price",
    "51081": "Take profits of one order must have different trigger prices",
    "51082": "Several take profits of one order must be market orders",
    "51083": "The sizes of the take profits must add up to the size of the order",
    "51084": "At most {0} stop loss can be attached beside several take profits",
    "51085": "A stop loss at cost needs at least two take profits",
    "51087": "The instrument is no longer listed",
    "51088": "Only one take profit and stop loss can close the whole of a position",
    "51089": "The size of each of several take profits can not be empty",
    "51090": "The size of a stop loss whose take profit is a limit order can not be changed",
    "51091": "Take profits of one order must be of the same kind",
    "51092": "Take profits of one order must have different prices",
    "51093": "A take profit that is a limit order must have a price",
    "51094": "Take profits that are limit orders are only available for contracts",
    "51095": "A take profit that is a limit order needs a stop loss",
    "51096": "A take profit that is a limit order must end with its position: cxlOnClosePos",
    "51098": "A stop loss whose take profit is a limit order takes no other take profit",
    "51108": "The position is larger than the largest market order",
    "51109": "Nothing is offered at the moment",
    "51111": "At most {0} orders can be placed at once",
    "51112": "The order is larger than what can still be closed",
    "51115": "Cancel the open orders that close the position first, or ask for it with autoCxl",
    "51121": "The order size must be a multiple of the lot size",
    "51124": "Only post-only orders are accepted at the moment",
    "51137": "The highest price for buy orders is {0}",
    "51138": "The lowest price for sell orders is {0}",
    "51139": "Reduce-only is not available for spot orders in spot mode",
    "51150": "The size or the price has too many decimals",
    "51155": "Local rules do not permit it. {0}",
    "51169": "There is no position in this direction to reduce",
    "51170": "A reduce-only order can not have the direction of the position",
    "51174": "Too many open orders for {0}",
    "51101": "The order is larger than the largest limit order ({0})",
    "51186": "The leverage of {0} is {1}, and the account may have at most {2}",
    "51201": "The value of a market order can not exceed {0}",
    "51202": "The order is larger than the largest market order ({0})",
    "51203": "The value of the order exceeds the limit",
    "51204": "The price of a limit order can not be empty",
    "51255": "A part of an iceberg must be larger than a thousandth of it and no larger than all of it",
    "51257": "The callback ratio must be between 0 and 1, with at most six decimals",
    "51258": "The activation price of a sale must not be below the price",
    "51259": "The activation price of a purchase must not be above the price",
    "51260": "At most {0} trailing orders can be open in an instrument",
    "51261": "At most {0} take profits and stop losses can be open in an instrument",
    "51262": "At most {0} icebergs can be open in an instrument",
    "51263": "At most {0} time-weighted orders can be open in an instrument",
    "51269": "The interval must be from {0} to {1} seconds",
    "51270": "The price variance of a time-weighted order must be above 0 and at most 1 %",
    "51272": "The price variance must be above 0 and at most 1 %",
    "51274": "A part of a time-weighted order can not be larger than all of it",
    "51277": "The take profit trigger can not be above the last price",
    "51278": "The stop loss trigger can not be below the last price",
    "51279": "The take profit trigger can not be below the last price",
    "51280": "The stop loss trigger can not be above the last price",
    "51299": "At most {0} algo orders of this type can be open in an instrument",
    "51300": "The take profit trigger can not be above the mark price",
    "51302": "The stop loss trigger can not be below the mark price",
    "51303": "The take profit trigger can not be below the mark price",
    "51304": "The stop loss trigger can not be above the mark price",
    "51305": "The take profit trigger can not be above the index price",
    "51306": "The stop loss trigger can not be below the index price",
    "51307": "The take profit trigger can not be below the index price",
    "51308": "The stop loss trigger can not be above the index price",
    "51327": "closeFraction is only available for contracts",
    "51328": "closeFraction is only available for orders that only reduce",
    "51330": "closeFraction is only available for market orders",
    "51331": "closeFraction is only for orders that close a position",
    "51333": "Nothing can be attached to an order that only closes a position",
    "51400": "Cancellation failed, the order is filled, canceled or does not exist",
    "51406": "At most {0} orders can be canceled at once",
    "51411": "The account has no permission for mass cancellation",
    "51500": "Give a new price, a new size or both",
    "51501": "At most {0} orders can be amended at once",
    "51503": "Amendment failed, the order is filled, canceled or does not exist",
    "51506": "Orders of this type can not be amended",
    "51511": "Amendment failed, a post-only order would take at this price",
    "51512": "One request can not amend the same order twice",
    "51523": "What closes the whole of a position is a market order, only its triggers can be amended",
    "51524": "What closes the whole of a position has no size, only its triggers can be amended",
    "51526": "A take profit or a stop loss can not be added to an algo order",
    "51527": "At least one of the attached orders does not exist",
    "51528": "The type of a trigger price can not be amended",
    "51531": "An algo order must keep a take profit or a stop loss",
    "51538": "Nothing is attached to the order that could be amended with attachAlgoOrds",
    "51539": "The same attached order is named twice",
    "51603": "The order does not exist",
    "51071": "Too many cancel-all-after timers with a tag",
    "54000": "Margin trading is not supported",
    "54001": "Only accounts in multi-currency mode borrow by themselves",
    "54036": "cancel_both does not go together with a fill-or-kill order",
    "58004": "The account is blocked",
    "58013": "Withdrawals are not supported yet",
    "58114": "The amount must be positive",
    "58115": "The sub-account does not exist",
    "58119": "The sub-account {0} has no permission to transfer out",
    "58123": "The parameters from and to can not be the same",
    "58127": "A key of the main account can not make transfers of this type",
    "58128": "A key of a sub-account can not make transfers of this type",
    "58129": "Parameter {0} is incorrect or does not match with type",
    "58201": "The amount exceeds the daily limit",
    "58204": "Withdrawals are suspended, the funds are on hold",
    "58215": "The withdrawal does not exist",
    "58350": "Insufficient balance",
    "59000": "The setting can not be changed while there are positions or open orders",
    "59001": "The account owes something, or would by its open orders",
    "59101": "The account can not pay for this leverage while there are open isolated orders, cancel them first",
    "59102": "The leverage is higher than the position, or the contract, allows",
    "59103": "The leverage is too low, the account can not pay for the margin",
    "59105": "The leverage can not be less than {0}",
    "59107": "The account can not pay for this leverage while there are open cross orders, cancel them first",
    "59108": "The leverage is too low, the account has not the margin for it",
    "59132": "The account mode can not be changed while there are open orders or algo orders for contracts",
    "59134": "The account mode can not be changed while there are positions in contracts",
    "59200": "Insufficient account balance",
    "59300": "The position does not exist",
    "59301": "The margin of the position can not be reduced by this amount",
    "59410": "Borrowing is not enabled",
    "59411": "The account has not the free margin to borrow so much",
    "59412": "The amount is more than the account may borrow of this currency",
    "59413": "Nothing of this currency was borrowed",
    "59500": "Only API keys of the main account have this permission",
    "59501": "An account can have at most {0} API keys",
    "59502": "The name of the API key is taken",
    "59503": "An API key can be bound to at most {0} IP addresses",
    "59504": "Sub-accounts can not withdraw, use the main account",
    "59505": "The format of the passphrase is incorrect",
    "59506": "The API key does not exist",
    "59507": "A transfer between sub-accounts needs two different ones of the same main account",
    "59508": "The sub-account {0} is suspended",
    "59509": "The account has no permission to reset the protection of market makers",
    "59510": "The sub-account does not exist",
    "59515": "Custody sub-accounts are not offered",
    "59520": "The delta neutral strategy is not available in spot mode",
    "59601": "The name of the sub-account is taken",
    "59603": "The account has as many sub-accounts as it may have",
    "59671": "Auto-earn does not support {0}",
    "59679": "The account does not support this fee currency",
    "59686": "{0} can not be the settlement currency",
}
"""What each code says; ``{0}`` is filled in by ``refusal``."""

HTTP_STATUS: Final[dict[str, int]] = {
    **dict.fromkeys(("50000", "50002", "50004", "50006", "50014", "50015", "50016", "59105"), 400),
    **dict.fromkeys(("50101", "50102", "50103", "50104", "50105", "50106", "50107"), 401),
    **dict.fromkeys(("50110", "50111", "50112", "50113"), 401),
    **dict.fromkeys(("50011", "50013", "51115"), 429),
    "403": 403,
    "404": 404,
    "413": 413,
    "50001": 503,
    "50035": 403,
    "50026": 500,
    "50115": 405,
}
"""The HTTP status of a code at the top of an answer; 200 where nothing is said, as clients expect of a business
refusal."""


SUB_CODES: Final[dict[str, str]] = {"51008": "51008_1000"}
"""Codes that are given with a finer one beside them, unless a refusal says another."""


class EdgeError(Exception):
    """A request is refused as a whole, or one order of a batch is."""

    def __init__(self, code: str, message: str, sub_code: str = "") -> None:
        """Keep what the answer says. ``sub_code`` is told beside the code, where there is a place for it."""
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.sub_code = sub_code or SUB_CODES.get(code, "")

    def finer(self, sub_code: str) -> "EdgeError":
        """The same with a finer code beside it."""
        return EdgeError(self.code, self.message, sub_code)

    @property
    def http_status(self) -> int:
        """The status when the whole request is refused."""
        return HTTP_STATUS.get(self.code, 200)


def refusal(code: str, *words: object) -> EdgeError:
    """The error with ``code``, its message filled with ``words``."""
    return EdgeError(code, MESSAGES[code].format(*words, "", "", ""))


REJECTION_CODES: Final[dict[Rejection, tuple[str, str]]] = {
    Rejection.NONE: ("0", ""),
    Rejection.UNKNOWN_COMMAND: ("50026", ""),
    Rejection.FIELD_INVALID: ("51000", ""),
    Rejection.ACCOUNT_NOT_FOUND: ("50008", ""),
    Rejection.ACCOUNT_FROZEN: ("51024", ""),
    Rejection.CURRENCY_NOT_FOUND: ("51012", ""),
    Rejection.INSTRUMENT_NOT_FOUND: ("51001", ""),
    Rejection.NAME_TAKEN: ("50071", "name"),
    Rejection.CAPACITY_REACHED: ("50026", ""),
    Rejection.INSTRUMENT_NOT_LIVE: ("51022", ""),
    Rejection.ORDER_KIND_INVALID: ("51000", "ordType"),
    Rejection.SELF_TRADE_PREVENTION_FORBIDS_FOK: ("54036", ""),
    Rejection.PRICE_NOT_POSITIVE: ("51000", "px"),
    Rejection.PRICE_NOT_ON_TICK: ("51000", "px"),
    Rejection.MARK_PRICE_MISSING: ("51022", ""),
    Rejection.ACCOUNT_MODE_FORBIDS: ("51010", ""),
    Rejection.POSITION_SIDE_INVALID: ("51000", "posSide"),
    Rejection.SIZE_NOT_POSITIVE: ("51000", "sz"),
    Rejection.SIZE_NOT_ON_LOT: ("51121", ""),
    Rejection.SIZE_BELOW_MIN: ("51020", ""),
    Rejection.SIZE_ABOVE_MAX: ("51101", ""),
    Rejection.MARKET_SIZE_ABOVE_MAX: ("51202", ""),
    Rejection.MARKET_AMOUNT_ABOVE_MAX: ("51201", ""),
    Rejection.NOTIONAL_TOO_LARGE: ("51203", ""),
    Rejection.PRICE_ABOVE_BAND: ("51137", ""),
    Rejection.PRICE_BELOW_BAND: ("51138", ""),
    Rejection.CLIENT_ORDER_ID_DUPLICATE: ("51016", ""),
    Rejection.OPEN_ORDERS_ACCOUNT_MAX: ("51025", ""),
    Rejection.OPEN_ORDERS_INSTRUMENT_MAX: ("51174", ""),
    Rejection.POSITION_NOT_FOUND: ("51169", ""),
    Rejection.REDUCES_BEYOND_POSITION: ("51112", ""),
    Rejection.POSITION_ABOVE_MAX: ("51004", ""),
    Rejection.LEVERAGE_OUT_OF_RANGE: ("59102", ""),
    Rejection.LEVERAGE_ABOVE_TIER: ("51004", ""),
    Rejection.WOULD_LIQUIDATE: ("51008", ""),
    Rejection.NO_LIQUIDITY: ("51109", ""),
    Rejection.CURRENCY_PRICE_MISSING: ("51022", ""),
    Rejection.INSUFFICIENT_BALANCE: ("51008", ""),
    Rejection.BORROW_LIMIT_REACHED: ("59412", ""),
    Rejection.COLLATERAL_INSUFFICIENT: ("51008", ""),
    Rejection.POSITIONS_OR_ORDERS_OPEN: ("59000", ""),
    Rejection.LIABILITY_OPEN: ("59001", ""),
    Rejection.NOTHING_BORROWED: ("59413", ""),
    Rejection.MARGIN_NOT_OFFERED: ("54000", ""),
    Rejection.MARGIN_NOT_REMOVABLE: ("59301", ""),
    Rejection.ORDER_NOT_FOUND: ("51603", ""),
    Rejection.NOTHING_TO_AMEND: ("51500", ""),
    Rejection.AMEND_SIZE_BELOW_FILLED: ("51000", "newSz"),
    Rejection.AMEND_POST_ONLY_WOULD_TAKE: ("51511", ""),
    Rejection.AMOUNT_NOT_POSITIVE: ("58114", ""),
    Rejection.TRANSFER_SAME_LEDGER: ("58123", ""),
    Rejection.TRANSFER_ACCOUNTS_UNRELATED: ("58115", ""),
    Rejection.SUPPLY_EXCEEDED: ("51000", "amt"),
    Rejection.INSUFFICIENT_FUNDS: ("58350", ""),
    Rejection.FUNDS_ON_HOLD: ("58204", ""),
    Rejection.TIMEOUT_OUT_OF_RANGE: ("51000", "timeOut"),
    Rejection.TIMER_TAGS_MAX: ("51071", ""),
    Rejection.ALGO_KIND_INVALID: ("51000", "ordType"),
    Rejection.TRIGGER_PRICE_MISSING: ("51000", "triggerPxType"),
    Rejection.TRIGGER_ALREADY_MET: ("51000", "triggerPx"),
    Rejection.CLOSING_ALGO_EXISTS: ("51088", ""),
    Rejection.CLIENT_ALGO_ID_DUPLICATE: ("51065", ""),
    Rejection.OPEN_ALGOS_MAX: ("51299", ""),
    Rejection.ALGO_NOT_FOUND: ("51603", ""),
    Rejection.ALGO_NOT_AMENDABLE: ("51506", ""),
}
"""Code of each rejection, and the word its message is filled with when the caller knows none."""

STATE_CODES: Final[dict[int, str]] = {
    InstrumentState.LIVE: "51022",
    InstrumentState.SUSPENDED: "51022",
    InstrumentState.PREOPEN: "51021",
    InstrumentState.POST_ONLY: "51124",
    InstrumentState.DELISTED: "51087",
}
"""``Rejection.INSTRUMENT_NOT_LIVE`` told by the state the instrument is in."""

CANCEL_SOURCES: Final[dict[CancelReason, tuple[str, str]]] = {
    CancelReason.USER: ("1", "Order canceled by user"),
    CancelReason.POST_ONLY_WOULD_TAKE: ("31", "The post-only order would have taken liquidity"),
    CancelReason.FOK_NOT_FILLABLE: ("13", "The fill-or-kill order could not be filled completely"),
    CancelReason.IOC_REST: ("14", "The rest of an immediate-or-cancel order was canceled"),
    CancelReason.PRICE_BAND: ("15", "The order price is beyond the price limit"),
    CancelReason.SELF_TRADE: ("32", "Self-trade prevention"),
    CancelReason.CANCEL_ALL_AFTER: ("20", "The cancel-all-after timer expired"),
    CancelReason.MATCH_LIMIT: ("33", "The order met too many orders"),
    CancelReason.NO_LIQUIDITY: ("14", "Nothing was left to trade with"),
    CancelReason.AMEND_FAILED: ("0", "The order was canceled because its amendment failed"),
    CancelReason.AMENDED_TO_FILLED: ("", ""),
    CancelReason.INSTRUMENT_CLOSED: ("0", "The instrument was closed"),
    CancelReason.ACCOUNT_FROZEN: ("3", "The account was frozen"),
    CancelReason.UNCOVERED: ("0", "The order could no longer be paid for at its price"),
    CancelReason.OPERATOR: ("0", "Order canceled by the system"),
    CancelReason.NOTHING_TO_REDUCE: ("23", "Nothing was left that the reduce-only order could reduce"),
    CancelReason.LIQUIDATED: ("3", "Positions needed the margin that the order held"),
    CancelReason.STOP_TRIGGERED: ("36", "The stop loss of the limit take profit was triggered"),
    CancelReason.STOP_CANCELED: ("37", "The stop loss of the limit take profit was canceled"),
}
"""``cancelSource`` and its sentence; an order amended down to what it has filled counts as filled, not canceled."""

ENGINE_ERROR_CODES: Final[dict[type[LonjaError], str]] = {
    EngineUnavailableError: "50001",
    EngineBusyError: "50013",
    EngineReadOnlyError: "50001",
    EngineStoppedError: "50001",
    EngineTooLateError: "50037",
    EngineOutcomeUnknownError: "50004",
}
"""Code of each error that sending a command may raise."""


def rejection_error(rejection: int, word: str = "") -> EdgeError:
    """``rejection`` of a command as an error; ``word`` fills its message."""
    code, default = REJECTION_CODES[Rejection(rejection)]
    return refusal(code, word or default)


def engine_error(error: LonjaError) -> EdgeError:
    """What clients are told when the engine did not take or not answer a command."""
    return refusal(ENGINE_ERROR_CODES.get(type(error), "50026"))
