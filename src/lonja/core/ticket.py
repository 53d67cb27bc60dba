"""An order while it is examined, and while it is matched.

Why here: the checks of admission need the same dozen words; reading them once keeps each check one line.
Invariant: only ``placing`` writes the ticket; one object of each kind is used again for every order.
"""

from typing import Final

from librt.strings import read_i64_le
from mypy_extensions import i64

from lonja.core import words as w

MARKET: Final[i64] = 1
GTC: Final[i64] = 0
FOK: Final[i64] = 2
CANCEL_BOTH: Final[i64] = 3
NIL: Final[i64] = -1


class Ticket:
    """The fields of a ``PlaceOrder`` under examination; one object, used again."""

    def __init__(self) -> None:
        """Every field is set by ``read``."""
        self.account: i64 = 0
        self.instrument: i64 = 0
        self.side: i64 = 0
        self.order_type: i64 = 0
        self.time_in_force: i64 = 0
        self.post_only: i64 = 0
        self.price: i64 = 0
        self.size: i64 = 0
        self.by_quote: i64 = 0
        self.prevention: i64 = 0
        self.fixed_size: i64 = 0
        self.clip_to_band: i64 = 0
        self.seat: i64 = 0
        self.margin_mode: i64 = 0
        self.position_side: i64 = 0
        self.reduce_only: i64 = 0
        # The number of the position it means, 0 while there is none; found while it is judged.
        self.position: i64 = 0

    def read(self, body: bytes, at: i64) -> None:
        """Take the fields of the command at ``at``."""
        self.account = read_i64_le(body, at + w.COMMAND_ACCOUNT)
        self.instrument = read_i64_le(body, at + w.PLACE_INSTRUMENT)
        self.side = read_i64_le(body, at + w.PLACE_SIDE)
        self.order_type = read_i64_le(body, at + w.PLACE_ORDER_TYPE)
        self.time_in_force = read_i64_le(body, at + w.PLACE_TIME_IN_FORCE)
        self.post_only = read_i64_le(body, at + w.PLACE_POST_ONLY)
        self.price = read_i64_le(body, at + w.PLACE_PRICE)
        self.size = read_i64_le(body, at + w.PLACE_SIZE)
        self.by_quote = read_i64_le(body, at + w.PLACE_SIZE_UNIT)
        self.prevention = read_i64_le(body, at + w.PLACE_SELF_TRADE_PREVENTION)
        self.fixed_size = read_i64_le(body, at + w.PLACE_FIXED_SIZE)
        self.clip_to_band = read_i64_le(body, at + w.PLACE_CLIP_TO_BAND)
        self.reduce_only = 0

    def read_margin(self, body: bytes, at: i64) -> None:
        """Take the fields that only a ``PlaceContractOrder`` has."""
        self.margin_mode = read_i64_le(body, at + w.PLACE_MARGIN_MODE)
        self.position_side = read_i64_le(body, at + w.PLACE_POSITION_SIDE)
        self.reduce_only = read_i64_le(body, at + w.PLACE_REDUCE_ONLY)

    def margin_valid(self) -> bool:
        """Whether those fields have one of their values, and nothing is asked that only spot orders can have."""
        flags: i64 = self.margin_mode | self.reduce_only
        return 0 <= flags <= 1 and 0 <= self.position_side <= 2 and self.by_quote == 0 and self.fixed_size == 0

    def fields_valid(self) -> bool:
        """Whether every enumeration and flag has one of its values."""
        flags: i64 = self.side | self.order_type | self.post_only | self.by_quote | self.fixed_size | self.clip_to_band
        return 0 <= flags <= 1 and 0 <= self.time_in_force <= FOK and 0 <= self.prevention <= CANCEL_BOTH

    def kind_valid(self) -> bool:
        """Whether type, time in force, post-only and size unit go together."""
        if self.order_type == MARKET:
            return self.post_only == 0 and self.time_in_force != FOK and self.price == 0
        if self.by_quote == 1:
            return False
        return self.post_only == 0 or self.time_in_force == GTC


class Taker:
    """The order that is being matched; one object, used again for every order."""

    def __init__(self) -> None:
        """Every field is set by ``placing`` or ``amending`` before it is read."""
        self.slot: i64 = NIL
        self.order_id: i64 = 0
        self.account: i64 = 0
        self.instrument: i64 = 0
        self.master: i64 = 0
        self.side: i64 = 0
        self.price: i64 = 0
        self.limit_key: i64 = 0
        self.left: i64 = 0
        self.quote_left: i64 = 0
        self.by_quote: bool = False
        self.size: i64 = 0
        self.filled: i64 = 0
        self.notional: i64 = 0
        self.fee: i64 = 0
        self.rebate: i64 = 0
        self.base_slot: i64 = 0
        self.quote_slot: i64 = 0
        self.prevention: i64 = 0
        self.rate_ppm: i64 = 0
        self.stop: i64 = 0
        self.position: i64 = 0
        self.reduce_only: i64 = 0
        self.judged_key: i64 = 0

    def begin(
        self, order_id: i64, account: i64, instrument: i64, side: i64, price: i64, size: i64, prevention: i64
    ) -> None:
        """A new order, nothing of it traded; whoever makes it says what follows from its account and kind."""
        self.slot = NIL
        self.order_id = order_id
        self.account = account
        self.instrument = instrument
        self.side = side
        self.price = price
        self.size = size
        self.left = size
        self.by_quote = False
        self.quote_left = 0
        self.filled = 0
        self.notional = 0
        self.fee = 0
        self.rebate = 0
        self.prevention = prevention
        self.position = 0


class Risk:
    """What an order for a contract asks for. ``price`` is the worst at which it may trade, ``dear`` where a lot is worth most.

    ``takes``: it may trade at once. One object, used again for every order.
    """

    def __init__(self) -> None:
        """Every field is set by ``ask`` before it is read."""
        self.side: i64 = 0
        self.lots: i64 = 0
        self.price: i64 = 0
        self.dear: i64 = 0
        self.takes: bool = False
        self.reduce_only: bool = False

    def ask(self, side: i64, lots: i64, price: i64, reduce_only: bool) -> None:
        """A new order; ``reduce_only``: it opens nothing, whatever else rests."""
        self.side = side
        self.lots = lots
        self.price = price
        self.dear = price
        self.takes = False
        self.reduce_only = reduce_only
