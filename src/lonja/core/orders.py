"""The pool of open orders.

Why here: one packed array for all instruments, so that a million open orders are one block of memory and a slot is
an index. Invariant: a free slot has no account (-1); a slot in use is linked in one level of one book, in the chain of
its account, in the index by id and, when it has a client order id, in the index by client order id.

The groups of eight words below are cache lines: what matching looks at, what ending an order needs besides, what finds it
by its client order id, and the rest. A client order id takes four words and a tag two. ``POSITION`` is the number of the
position that an order for a contract means, 0 for spot orders; ``HOLD`` of such an order is its value at its price, since
what is held depends on all orders of the position together.
"""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

from lonja.core.ahead import Ahead
from lonja.core.index import Index
from lonja.core.packed import grown, mixed

NIL: Final[i64] = -1
STRIDE: Final[i64] = 32

PRICE: Final[i64] = 0
LEFT: Final[i64] = 1
ACCOUNT: Final[i64] = 2
MASTER: Final[i64] = 3
PREVIOUS: Final[i64] = 4
NEXT: Final[i64] = 5
LEVEL: Final[i64] = 6
ORDER_ID: Final[i64] = 7

SIDE: Final[i64] = 8
HOLD: Final[i64] = 9
INSTRUMENT: Final[i64] = 10
SEAT: Final[i64] = 11
ACCOUNT_PREVIOUS: Final[i64] = 12
ACCOUNT_NEXT: Final[i64] = 13
POSITION: Final[i64] = 14
REDUCE_ONLY: Final[i64] = 15

CLIENT_NEXT: Final[i64] = 16
CLIENT_ORDER_ID: Final[i64] = 17
SIZE: Final[i64] = 21
FILLED: Final[i64] = 22
NOTIONAL: Final[i64] = 23

FEE: Final[i64] = 24
REBATE: Final[i64] = 25
UPDATED: Final[i64] = 26
POST_ONLY: Final[i64] = 27
PREVENTION: Final[i64] = 28
CREATED: Final[i64] = 29
TAG: Final[i64] = 30

_EPOCH_MS: Final[i64] = 1_483_228_800_000
_TIME_SHIFT: Final[i64] = 22
_ID_STEP: Final[i64] = 64


def next_order_id(last_order_id: i64, time_ms: i64) -> i64:
    """An id greater than ``last_order_id`` that sorts by time.

    Milliseconds since 2017 in the high 40 bits (enough until 2051), then a counter, then 6 bits for the shard.
    """
    stamped: i64 = (time_ms - _EPOCH_MS) << _TIME_SHIFT
    following: i64 = last_order_id + _ID_STEP
    return stamped if stamped > following else following


class Orders:
    """Open orders by slot, by id and by client order id."""

    def __init__(self) -> None:
        """No orders."""
        self.words: vec[i64] = vec[i64]([])
        self.free: vec[i64] = vec[i64]([])
        self.free_count: i64 = 0
        self.by_id: Final = Index(6)
        self.by_client: Final = Index(6)
        self.ahead: Final = Ahead()
        # Where the order is, if it is still there, that the present command is about, as far as was read ahead.
        self.likely: i64 = NIL

    def take(self) -> i64:
        """A free slot; ``words`` may be another array afterwards."""
        if self.free_count == 0:
            slot: i64 = len(self.words)
            self.words = grown(self.words, STRIDE)
            return slot
        self.free_count -= 1
        return self.free[self.free_count]

    def give_back(self, slot: i64) -> None:
        """Make a slot free again."""
        self.words[slot + ACCOUNT] = NIL
        if self.free_count == len(self.free):
            self.free = append(self.free, slot)
        else:
            self.free[self.free_count] = slot
        self.free_count += 1

    def get(self, slot: i64, field: i64) -> i64:
        """One word of an order."""
        at = slot + field
        return self.words[at]

    def find(self, order_id: i64) -> i64:
        """The slot of the open order with this id, or -1. Any number may be asked for."""
        slot = self.likely
        if slot != NIL and self.get(slot, ORDER_ID) == order_id and self.get(slot, ACCOUNT) != NIL:
            return slot
        return self.by_id.get(order_id) if order_id > 0 else NIL

    def client_hash(self, account: i64, first: i64, second: i64, third: i64, fourth: i64) -> i64:
        """Index key of a client order id; different ids may share it, ``find_client`` compares."""
        return mixed(mixed(mixed(mixed(mixed(0, account), first), second), third), fourth)

    def find_client(self, account: i64, first: i64, second: i64, third: i64, fourth: i64) -> i64:
        """The slot of the open order of ``account`` with this client order id, or -1."""
        slot = self.likely
        if slot != NIL and first != 0 and self.has_client(slot, account, first, second, third, fourth):
            return slot
        slot = self.by_client.get(self.client_hash(account, first, second, third, fourth))
        while slot != NIL:
            if self.has_client(slot, account, first, second, third, fourth):
                return slot
            slot = self.get(slot, CLIENT_NEXT)
        return NIL

    def has_client(self, slot: i64, account: i64, first: i64, second: i64, third: i64, fourth: i64) -> bool:
        """Whether the order in ``slot`` is of ``account`` and has this client order id."""
        return (
            self.get(slot, ACCOUNT) == account
            and self.get(slot, CLIENT_ORDER_ID) == first
            and self.get(slot, CLIENT_ORDER_ID + 1) == second
            and self.get(slot, CLIENT_ORDER_ID + 2) == third
            and self.get(slot, CLIENT_ORDER_ID + 3) == fourth
        )

    def _slot_hash(self, slot: i64) -> i64:
        return self.client_hash(
            self.get(slot, ACCOUNT),
            self.get(slot, CLIENT_ORDER_ID),
            self.get(slot, CLIENT_ORDER_ID + 1),
            self.get(slot, CLIENT_ORDER_ID + 2),
            self.get(slot, CLIENT_ORDER_ID + 3),
        )

    def index(self, slot: i64) -> None:
        """Make a filled-in slot findable."""
        self.by_id.put(self.get(slot, ORDER_ID), slot)
        if self.get(slot, CLIENT_ORDER_ID) != 0:
            self.words[slot + CLIENT_NEXT] = self.by_client.put(self._slot_hash(slot), slot)

    def unindex(self, slot: i64) -> None:
        """The reverse of ``index``."""
        self.by_id.pop(self.get(slot, ORDER_ID))
        if self.get(slot, CLIENT_ORDER_ID) != 0:
            self._unchain(slot)

    def _unchain(self, slot: i64) -> None:
        key = self._slot_hash(slot)
        following = self.get(slot, CLIENT_NEXT)
        first = self.by_client.pop(key)
        if first == slot:
            first = following
        else:
            at = first
            while self.get(at, CLIENT_NEXT) != slot:
                at = self.get(at, CLIENT_NEXT)
            self.words[at + CLIENT_NEXT] = following
        if first != NIL:
            self.by_client.put(key, first)
