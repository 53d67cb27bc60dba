"""Where hot code finds the fields of packed records: byte offsets of commands, word counts and kinds of events.

Why here: decoding a whole record costs more than applying it, so ``apply`` and its helpers read single words.
Invariant: equal to the layouts derived from ``commands.py`` and ``events.py`` (``tests/core/test_words.py``).
"""

from typing import Final

WORD: Final = 8

# Header of every command.
COMMAND_WORDS: Final = 0 * 8
COMMAND_KIND: Final = 1 * 8
COMMAND_TIME: Final = 2 * 8
COMMAND_ACCOUNT: Final = 3 * 8
COMMAND_SESSION: Final = 4 * 8
COMMAND_SESSION_SEQUENCE: Final = 5 * 8
COMMAND_HEADER_BYTES: Final = 6 * 8

KIND_CREATE_CURRENCY: Final = 1
KIND_CREATE_ACCOUNT: Final = 2
KIND_LIST_INSTRUMENT: Final = 3
KIND_SET_INSTRUMENT_STATE: Final = 4
KIND_SET_INDEX_PRICE: Final = 5
KIND_DEFINE_FEE_TIER: Final = 6
KIND_CONFIGURE_ACCOUNT: Final = 7
KIND_DEPOSIT: Final = 8
KIND_WITHDRAW: Final = 9
KIND_TRANSFER: Final = 10
KIND_PLACE_ORDER: Final = 11
KIND_CANCEL_ORDER: Final = 12
KIND_AMEND_ORDER: Final = 13
KIND_CANCEL_ALL_AFTER: Final = 14
KIND_TICK: Final = 15
KIND_IMPORT_CANDLE: Final = 16
KIND_SET_WITHDRAWAL_HOLD: Final = 17
KIND_CORRECT_BALANCE: Final = 18
KIND_DEFINE_FAMILY: Final = 30
KIND_DEFINE_POSITION_TIER: Final = 31
KIND_LIST_CONTRACT: Final = 32
KIND_SET_MARK_PRICE: Final = 33
KIND_PLACE_CONTRACT_ORDER: Final = 34
KIND_SET_LEVERAGE: Final = 35
KIND_SET_POSITION_MODE: Final = 36
KIND_ADJUST_MARGIN: Final = 37
KIND_ENDOW_FUND: Final = 38
KIND_SETTLE_FUNDING: Final = 39
KIND_DELIVER_CONTRACT: Final = 40
KIND_PLACE_ALGO: Final = 50
KIND_AMEND_ALGO: Final = 51
KIND_CANCEL_ALGO: Final = 52
KIND_ATTACH_ALGO: Final = 53
KIND_SET_CONTRACT_INDEX: Final = 54
KIND_SET_CURRENCY_PRICE: Final = 60
KIND_DEFINE_DISCOUNT_TIER: Final = 61
KIND_DEFINE_BORROW_TERMS: Final = 62
KIND_SET_AUTO_BORROW: Final = 63
KIND_ACCRUE_INTEREST: Final = 64
KIND_CHANGE_LOAN: Final = 65
KIND_DEFINE_MARGIN_TIER: Final = 66
KIND_OPEN_POCKET: Final = 67

PLACE_INSTRUMENT: Final = 6 * 8
PLACE_SIDE: Final = 7 * 8
PLACE_ORDER_TYPE: Final = 8 * 8
PLACE_TIME_IN_FORCE: Final = 9 * 8
PLACE_POST_ONLY: Final = 10 * 8
PLACE_PRICE: Final = 11 * 8
PLACE_SIZE: Final = 12 * 8
PLACE_SIZE_UNIT: Final = 13 * 8
PLACE_SELF_TRADE_PREVENTION: Final = 14 * 8
PLACE_FIXED_SIZE: Final = 15 * 8
PLACE_CLIP_TO_BAND: Final = 16 * 8
PLACE_CLIENT_ORDER_ID: Final = 17 * 8
PLACE_TAG: Final = 21 * 8
# A ``PlaceContractOrder`` begins like a ``PlaceOrder``.
PLACE_MARGIN_MODE: Final = 23 * 8
PLACE_POSITION_SIDE: Final = 24 * 8
PLACE_REDUCE_ONLY: Final = 25 * 8

CANCEL_INSTRUMENT: Final = 6 * 8
CANCEL_ORDER_ID: Final = 7 * 8
CANCEL_CLIENT_ORDER_ID: Final = 8 * 8

AMEND_INSTRUMENT: Final = 6 * 8
AMEND_ORDER_ID: Final = 7 * 8
AMEND_NEW_PRICE: Final = 8 * 8
AMEND_NEW_SIZE: Final = 9 * 8
AMEND_CANCEL_ON_FAIL: Final = 10 * 8
AMEND_CLIP_TO_BAND: Final = 11 * 8
AMEND_CLIENT_ORDER_ID: Final = 12 * 8
AMEND_REQUEST_ID: Final = 16 * 8

# Events the matching code writes itself; the colder ones go through ``layout``.
EVENT_ORDER_PLACED: Final = 11
EVENT_ORDER_PLACED_WORDS: Final = 21
EVENT_FILLED: Final = 12
EVENT_FILLED_WORDS: Final = 22
EVENT_FILLED_STATE: Final = 18 * 8
EVENT_ORDER_RESTED: Final = 13
EVENT_ORDER_RESTED_WORDS: Final = 10
EVENT_ORDER_CANCELED: Final = 14
EVENT_ORDER_CANCELED_WORDS: Final = 12
EVENT_ORDER_AMENDED: Final = 15
EVENT_ORDER_AMENDED_WORDS: Final = 18
