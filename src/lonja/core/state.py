"""The whole state of the exchange and the two moves every rule needs: opening balances, ending orders.

Why here: one object holds it all, so that a snapshot, a hash and a view have one root.
Invariant: nothing outside this object influences what a command does.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core import seats as st
from lonja.core.accounts import Accounts
from lonja.core.book import HEAD, PRICE, Levels, unlink
from lonja.core.emit import EventWriter
from lonja.core.fees import FeeTiers
from lonja.core.instruments import Currency, Instrument
from lonja.core.ledger import TRADING, Ledger
from lonja.core.orders import Orders
from lonja.core.price_levels import PriceLevels
from lonja.core.seats import Seats
from lonja.core.ticket import Ticket

NIL: Final[i64] = -1
BUY: Final[i64] = 0
RECENT_ANSWERS: Final = 256


class GatewaySession:
    """The last commands of one gateway session and their answers, for repeats after a broken connection."""

    def __init__(self) -> None:
        """Nothing answered yet."""
        self.last_sequence: int = 0
        self.answers: dict[int, tuple[int, int]] = {}


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


class State:
    """Everything the exchange knows."""

    def __init__(self) -> None:
        """Genesis: the two house accounts and nothing else."""
        self.accounts = Accounts()
        self.ledger = Ledger()
        self.orders = Orders()
        self.levels = Levels()
        self.seats = Seats()
        self.fee_tiers = FeeTiers()
        self.events = EventWriter()
        self.taker = Taker()
        self.ticket = Ticket()
        self.currencies: list[Currency] = []
        self.instruments: list[Instrument] = []
        self.currency_names: dict[bytes, int] = {}
        self.instrument_ids: dict[bytes, int] = {}
        self.timers: dict[tuple[int, int, int], int] = {}
        self.sessions: dict[int, GatewaySession] = {}
        self.withdrawal_holds: dict[int, dict[int, tuple[int, int, int, int]]] = {}
        self.corrections: dict[int, tuple[int, int, int, int, int, int]] = {}
        self.next_timer: i64 = 0
        self.time_ms: i64 = 0
        self.last_order_id: i64 = 0
        self.next_command: i64 = 0
        self.answer_id: i64 = 0
        self.accounts.add(0, NIL, 1, 1, 0, 0)
        self.accounts.add(0, NIL, 1, 1, 0, 0)

    def next_timer_ms(self) -> int:
        """When the next timer fires, 0 for never."""
        return self.next_timer

    def slot(self, account: i64, currency: i64, ledger: i64) -> i64:
        """The slot of a balance, opened when it was never touched."""
        slot = self.ledger.find(account, currency, ledger)
        if slot == NIL:
            slot = self.ledger.open(account, currency, ledger, self.accounts.get(account, a.FIRST_SLOT))
            self.accounts.set(account, a.FIRST_SLOT, slot)
        return slot

    def seat(self, account: i64, instrument: Instrument) -> i64:
        """The seat of an account in an instrument, made with its balances when it is the first order there."""
        seat = self.seats.find(account, instrument.code)
        if seat == NIL:
            base_slot = self.slot(account, instrument.base, TRADING)
            quote_slot = self.slot(account, instrument.quote, TRADING)
            seat = self.seats.add(account, instrument.code, base_slot, quote_slot)
        return seat

    def hold_slot(self, slot: i64) -> i64:
        """The balance that pays the hold of the order in ``slot``."""
        words = self.orders.words
        seat = words[slot + o.SEAT]
        field = st.QUOTE_SLOT if words[slot + o.SIDE] == BUY else st.BASE_SLOT
        return self.seats.words[seat + field]

    def join_account(self, slot: i64) -> None:
        """Chain an order to its account and count it."""
        words = self.orders.words
        account = words[slot + o.ACCOUNT]
        first = self.accounts.get(account, a.FIRST_ORDER)
        words[slot + o.ACCOUNT_PREVIOUS] = NIL
        words[slot + o.ACCOUNT_NEXT] = first
        if first != NIL:
            words[first + o.ACCOUNT_PREVIOUS] = slot
        self.accounts.set(account, a.FIRST_ORDER, slot)
        self.accounts.words[(account << a.SHIFT) + a.OPEN_COUNT] += 1
        self.seats.words[words[slot + o.SEAT] + st.OPEN_COUNT] += 1

    def leave_account(self, slot: i64) -> None:
        """The reverse of ``join_account``."""
        words = self.orders.words
        account = words[slot + o.ACCOUNT]
        before = words[slot + o.ACCOUNT_PREVIOUS]
        after = words[slot + o.ACCOUNT_NEXT]
        if before == NIL:
            self.accounts.set(account, a.FIRST_ORDER, after)
        else:
            words[before + o.ACCOUNT_NEXT] = after
        if after != NIL:
            words[after + o.ACCOUNT_PREVIOUS] = before
        self.accounts.words[(account << a.SHIFT) + a.OPEN_COUNT] -= 1
        self.seats.words[words[slot + o.SEAT] + st.OPEN_COUNT] -= 1

    def forget(self, slot: i64) -> None:
        """Free the slot of an order that has ended and has left its book."""
        self.orders.unindex(slot)
        self.leave_account(slot)
        self.orders.give_back(slot)

    def end_resting(self, slot: i64, reason: i64) -> None:
        """Cancel an order that rests: out of the book, hold released, event written."""
        words = self.orders.words
        instrument = self.instruments[words[slot + o.INSTRUMENT]]
        unlink(self.orders, self.levels, instrument, slot)
        self.ledger.hold(self.hold_slot(slot), -words[slot + o.HOLD], self.time_ms)
        self.events.canceled(
            words[slot + o.ORDER_ID],
            words[slot + o.ACCOUNT],
            words[slot + o.INSTRUMENT],
            words[slot + o.SIDE],
            words[slot + o.PRICE],
            words[slot + o.LEFT],
            1,
            reason,
        )
        self.forget(slot)

    def orders_of(self, account: i64) -> list[int]:
        """Slots of an account's open orders, oldest order first."""
        words = self.orders.words
        found: list[tuple[int, int]] = []
        slot = self.accounts.get(account, a.FIRST_ORDER)
        while slot != NIL:
            found.append((words[slot + o.ORDER_ID], slot))
            slot = words[slot + o.ACCOUNT_NEXT]
        found.sort()
        return [slot for _, slot in found]

    def orders_in(self, instrument: Instrument) -> list[int]:
        """Slots of all orders in a book, oldest order first."""
        words = self.orders.words
        found: list[tuple[int, int]] = []
        for side in (instrument.bids, instrument.asks):
            found.extend([(words[slot + o.ORDER_ID], slot) for slot in self.queue_slots(side)])
        found.sort()
        return [slot for _, slot in found]

    def queue_slots(self, side: PriceLevels) -> list[int]:
        """Slots of all orders of one side, best price first, then in the order of their queue."""
        words = self.orders.words
        found: list[int] = []
        if side.count == 0:
            return found
        key: i64 = side.best_key()
        level: i64 = side.best_value()
        while level != NIL:
            slot = self.levels.words[level + HEAD]
            while slot != NIL:
                found.append(slot)
                slot = words[slot + o.NEXT]
            level = side.next_worse(key)
            if level != NIL:
                price = self.levels.words[level + PRICE]
                key = price if key > 0 else -price
        return found

    def issued_total(self, currency: i64) -> i64:
        """What came in from outside and has not left; negative when rebates left, too."""
        return -self.ledger.words[self.currencies[currency].outside_slot + ld.CASH]

    def owned_total(self, currency: i64) -> i64:
        """What all accounts but the house's two own together, at most: what was issued and what the house owes."""
        return self.issued_total(currency) - self.ledger.words[self.currencies[currency].fee_slot + ld.CASH]
