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
from lonja.core.algos import CANCELED_ORDER, FILLED_ORDER, Algos
from lonja.core.book import HEAD, PRICE, SIZE, Levels, unlink
from lonja.core.contracts import Contract, Family
from lonja.core.emit import EventWriter
from lonja.core.events import OrderAmended
from lonja.core.fees import FeeTiers, place_of
from lonja.core.instruments import Currency, Instrument
from lonja.core.ledger import TRADING, Ledger
from lonja.core.orders import Orders, next_order_id
from lonja.core.packed import positive
from lonja.core.pools import Pool
from lonja.core.positions import CROSS, LEVERAGE_DEFAULT, CrossSums, Position
from lonja.core.price_levels import PriceLevels
from lonja.core.seats import Seats
from lonja.core.texts import EMPTY_32
from lonja.core.ticket import Risk, Taker, Ticket

NIL: Final[i64] = -1
RECENT_MARKS: Final[i64] = 32
BUY: Final[i64] = 0
RECENT_ANSWERS: Final = 256


class GatewaySession:
    """The last commands of one gateway session and their answers, for repeats after a broken connection."""

    def __init__(self) -> None:
        """Nothing answered yet."""
        self.last_sequence: int = 0
        self.answers: Final[dict[int, tuple[int, int]]] = {}


class State:
    """Everything the exchange knows."""

    def __init__(self) -> None:
        """Genesis: the two house accounts and nothing else."""
        self.accounts: Final = Accounts()
        self.ledger: Final = Ledger()
        self.orders: Final = Orders()
        self.levels: Final = Levels()
        self.seats: Final = Seats()
        self.fee_tiers: Final = FeeTiers()
        self.events: Final = EventWriter()
        self.taker: Final = Taker()
        self.ticket: Final = Ticket()
        self.risk: Final = Risk()
        self.resting_risk: Final = Risk()
        self.currencies: Final[list[Currency]] = []
        self.instruments: Final[list[Instrument]] = []
        self.currency_names: Final[dict[bytes, int]] = {}
        self.instrument_ids: Final[dict[bytes, int]] = {}
        self.timers: Final[dict[tuple[int, int, int], int]] = {}
        self.sessions: Final[dict[int, GatewaySession]] = {}
        self.families: Final[list[Family]] = []
        # By account, family and position side: what cross positions in dated contracts start with.
        self.family_leverages: Final[dict[tuple[int, int, int], int]] = {}
        self.positions: Final[list[Position]] = []
        # The one that the order being placed would make; of no meaning between two orders.
        self.draft: Position | None = None
        self.cross_sums: Final[dict[int, CrossSums]] = {}
        self.mark_changes: i64 = 0
        self.recent_marks: Final[list[int]] = [0] * RECENT_MARKS
        self.pools: Final[dict[int, Pool]] = {}
        self.pockets: Final[dict[tuple[int, int], int]] = {}
        # By owner, instrument and margin currency; by owner and margin currency those that there are.
        self.cross_pockets: Final[dict[tuple[int, int, int], int]] = {}
        # Those of each owner, of both kinds, the earliest opened first.
        self.owned_pockets: Final[dict[int, list[int]]] = {}
        self.crossed: Final[dict[tuple[int, int], list[int]]] = {}
        # The balances of owners on which cross pockets stand that may have, owe or have ordered anything: how many do.
        self.crossed_slots: Final[dict[int, int]] = {}
        # By owner, instrument and margin mode.
        self.pocket_leverages: Final[dict[tuple[int, int, int], int]] = {}
        self.has_pockets: bool = False
        # Accounts in multi-currency mode, and pockets that may have, owe or have ordered anything; no part of a snapshot.
        self.watched_pools: Final[dict[int, bool]] = {}
        # Pockets that traded or whose orders ended since somebody looked whether they are over.
        self.touched_pockets: Final[dict[int, bool]] = {}
        self.desk: i64 = NIL
        self.algos: Final = Algos()
        self.withdrawal_holds: Final[dict[int, dict[int, tuple[int, int, int, int]]]] = {}
        self.corrections: Final[dict[int, tuple[int, int, int, int, int, int]]] = {}
        # Counts changes of fees and tiers, for ``calm``; no part of a snapshot.
        self.rate_changes: i64 = 0
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

    def take_id(self) -> int:
        """The next id of an order or an algo order."""
        self.last_order_id = next_order_id(self.last_order_id, self.time_ms)
        return self.last_order_id

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
            is_contract: bool = instrument.contract is not None
            base_slot = self.slot(account, instrument.settle if is_contract else instrument.base, TRADING)
            quote_slot = self.slot(account, instrument.settle, TRADING)
            seat = self.seats.add(account, instrument.code, base_slot, quote_slot)
        return seat

    def find_position(self, account: i64, instrument: i64, margin_mode: i64, side: i64) -> Position | None:
        """The position that an order or a setting has named before, or None."""
        return self.position_at(self.seats.find(account, instrument), margin_mode, side)

    def position_at(self, seat: i64, margin_mode: i64, side: i64) -> Position | None:
        """The same, where the seat is known already; NIL is no seat."""
        if seat == NIL:
            return None
        number = self.seats.get(seat, st.FIRST_POSITION)
        while number != 0:
            position = self.positions[number - 1]
            if position.margin_mode == margin_mode and position.side == side:
                return position
            number = position.next_in_seat
        return None

    def position(self, account: i64, instrument: Instrument, margin_mode: i64, side: i64) -> Position:
        """The same, made when nothing has named it before."""
        found = self.find_position(account, instrument.code, margin_mode, side)
        if found is None:
            found = self.draft_position(account, instrument, margin_mode, side)
            self.take_in(found, self.seat(account, instrument))
        return found

    def draft_position(self, account: i64, instrument: Instrument, margin_mode: i64, side: i64) -> Position:
        """A position that nothing has named before, as an order finds it before it is accepted: not taken in yet."""
        contract = instrument.contract
        assert contract is not None, "only contracts have positions"
        made = Position(0, account, instrument.code, contract, margin_mode, side)
        made.leverage = self.leverage_to_come(account, contract, margin_mode, side)
        made.settle_slot = self.ledger.find(account, instrument.settle, TRADING)
        made.sums = self.cross_sums.get(made.settle_slot)
        return made

    def take_in(self, made: Position, seat: i64) -> None:
        """Give a drafted position its number and its place in all chains. ``seat`` is that of its account."""
        number: i64 = len(self.positions) + 1
        made.number = number
        made.settle_slot = self.seats.get(seat, st.QUOTE_SLOT)
        made.next_in_seat = self.seats.get(seat, st.FIRST_POSITION)
        made.next_of_account = self.accounts.get(made.account, a.FIRST_POSITION)
        self.seats.words[seat + st.FIRST_POSITION] = number
        self.accounts.set(made.account, a.FIRST_POSITION, number)
        if made.sums is None:
            made.sums = self.cross_sums.get(made.settle_slot)
        made.place = made.contract.join(number)
        self.positions.append(made)

    def leverage_to_come(self, account: i64, contract: Contract, margin_mode: i64, side: i64) -> i64:
        """The leverage of a position that nothing has named before."""
        if margin_mode != CROSS or not self.family_leverages:
            return LEVERAGE_DEFAULT
        default: int = LEVERAGE_DEFAULT
        return self.family_leverages.get((int(account), int(contract.family.code), int(side)), default)

    def sums_of(self, account: i64, slot: i64) -> CrossSums:
        """Profit and initial margin, now, of the cross positions that stand on the money in ``slot``."""
        found = self.cross_sums.get(slot)
        if found is None:
            found = CrossSums()
            found.crossed = slot in self.crossed_slots
            self.cross_sums[slot] = found
        if found.marks < 0 or self.mark_changes - found.marks > RECENT_MARKS:
            self._sum_up(account, slot, found)
        while found.marks < self.mark_changes:
            seat = self.seats.find(account, self.recent_marks[found.marks % RECENT_MARKS])
            number: i64 = 0 if seat == NIL else self.seats.get(seat, st.FIRST_POSITION)
            while number != 0:
                position = self.positions[number - 1]
                if position.settle_slot == slot and position.margin_mode == CROSS:
                    self._look(position, found)
                number = position.next_in_seat
            found.marks += 1
        return found

    def _sum_up(self, account: i64, slot: i64, found: CrossSums) -> None:
        found.marks = self.mark_changes
        found.rates = self.rate_changes
        found.fee_tier = self.accounts.get(account, a.FEE_TIER)
        found.gain = 0
        found.initial = 0
        found.keep = 0
        found.swing = 0
        number = self.accounts.get(account, a.FIRST_POSITION)
        while number != 0:
            position = self.positions[number - 1]
            if position.settle_slot == slot:
                position.sums = found
            if position.settle_slot == slot and position.margin_mode == CROSS:
                position.seen_gain = 0
                position.seen_initial = 0
                position.seen_keep = 0
                position.seen_swing = 0
                position.seen_mark = -1
                self._look(position, found)
            number = position.next_of_account

    def _look(self, position: Position, found: CrossSums) -> None:
        """Look at a position again if its mark or what is held of it has changed; the sums are ``found``."""
        if position.seen_mark == position.contract.mark:
            return
        found.gain -= position.seen_gain
        found.initial -= position.seen_initial
        found.keep -= position.seen_keep
        found.swing -= position.seen_swing
        if found.rates != self.rate_changes or found.fee_tier != self.accounts.get(position.account, a.FEE_TIER):
            # From here on the sum mixes what was required at different rates.
            found.rates = -1
        rate: i64 = 0
        if position.lots != 0:
            rate = self.most_rate(position)
        position.look(rate)
        found.gain += position.seen_gain
        found.initial += position.seen_initial
        found.keep += position.seen_keep
        found.swing += position.seen_swing

    def most_rate(self, position: Position) -> i64:
        """No less than the rate, in ppm, of what keeps a position alive."""
        taker = self.taker_rate(position.account, self.instruments[position.instrument])
        return positive(taker) + position.contract.family.maintenance_most(position.size())

    def renew_sums(self, position: Position) -> None:
        """Bring what is remembered of a position up to date after it, or the band of its contract, changed."""
        position.pass_marks(1, 0)
        found = position.sums
        if found is not None and position.margin_mode == CROSS:
            self._look(position, found)
            if self.ledger.get(position.settle_slot, ld.FLOOR) != 0:
                self.stays_quiet(position, found)

    def stays_quiet(self, position: Position, found: CrossSums) -> bool:
        """Whether no marks within their bands bring the cross positions that stand together near liquidation.

        Then it lets such marks pass while the money that they stand on stays as high as this needs.
        """
        slot = position.settle_slot
        floor: int = max(1, found.keep + found.keep + found.keep - found.gain + found.swing + 1)
        known: bool = found.quiet and found.rates == self.rate_changes and not found.crossed
        if not known or floor > self.ledger.available(slot):
            self.ledger.sink(slot)
            return False
        self.ledger.words[slot + ld.FLOOR] = floor
        position.pass_marks(position.contract.band_low, position.contract.band_high)
        return True

    def note_mark(self, instrument: i64) -> None:
        """Remember that a mark price was told, so that sums are brought up to date where it matters."""
        self.recent_marks[self.mark_changes % RECENT_MARKS] = int(instrument)
        self.mark_changes += 1

    def positions_of(self, account: i64) -> list[Position]:
        """The positions of an account that anything has named, the latest first."""
        found: list[Position] = []
        number = self.accounts.get(account, a.FIRST_POSITION)
        while number != 0:
            position = self.positions[number - 1]
            found.append(position)
            number = position.next_of_account
        return found

    def maker_rate(self, account: i64, instrument: Instrument) -> i64:
        """The rate in ppm that resting orders of an account pay."""
        return self.fee_tiers.maker[self.rates_place(account, instrument)]

    def taker_rate(self, account: i64, instrument: Instrument) -> i64:
        """The rate in ppm that orders of an account pay when they take."""
        return self.fee_tiers.taker[self.rates_place(account, instrument)]

    def rates_place(self, account: i64, instrument: Instrument) -> i64:
        """Where ``fee_tiers`` has both rates of an account."""
        return place_of(self.accounts.get(account, a.FEE_TIER), instrument.fee_group)

    def renew_hold(self, position: Position) -> None:
        """Hold what the resting orders of a position need now."""
        more = position.hold(self.maker_rate(position.account, self.instruments[position.instrument]))
        if more != 0:
            self.ledger.hold(position.settle_slot, more, self.time_ms)

    def count_in_position(self, slot: i64, instrument: Instrument, left: i64) -> None:
        """Let an order for a contract count with ``left`` lots at its price instead of those in its slot."""
        words = self.orders.words
        position = self.positions[words[slot + o.POSITION] - 1]
        contract = instrument.contract
        assert contract is not None, "only orders for contracts mean positions"
        before = words[slot + o.LEFT]
        value: i64 = 0
        if left > 0:
            value = contract.ceil_value(words[slot + o.PRICE], left)
        worth: int = value - words[slot + o.HOLD]
        if words[slot + o.REDUCE_ONLY] == 1:
            position.reducing_lots += left - before
        elif words[slot + o.SIDE] == BUY:
            position.buy_lots += left - before
            position.buy_value += worth
        else:
            position.sell_lots += left - before
            position.sell_value += worth
        words[slot + o.HOLD] = value
        words[slot + o.LEFT] = left
        rate = self.maker_rate(position.account, instrument)
        more = position.hold_more(words[slot + o.SIDE], rate) if before == 0 else position.hold(rate)
        if more != 0:
            self.ledger.hold(position.settle_slot, more, self.time_ms)

    def shrink(self, slot: i64, instrument: Instrument, left: i64) -> None:
        """Leave a resting order ``left`` lots, in its place."""
        words = self.orders.words
        self.levels.words[words[slot + o.LEVEL] + SIZE] += left - words[slot + o.LEFT]
        words[slot + o.SIZE] = words[slot + o.FILLED] + left
        words[slot + o.UPDATED] = self.time_ms
        if instrument.contract is not None:
            self.count_in_position(slot, instrument, left)
            return
        hold = left * instrument.base_per_lot
        if words[slot + o.SIDE] == BUY:
            hold = instrument.notional_ceil(words[slot + o.PRICE], left)
        self.ledger.hold(self.hold_slot(slot), hold - words[slot + o.HOLD], self.time_ms)
        words[slot + o.HOLD] = hold
        words[slot + o.LEFT] = left

    def cut_resting(self, slot: i64, instrument: Instrument, left: i64) -> None:
        """The same of an order that the house cuts, and tell it."""
        words = self.orders.words
        before = words[slot + o.LEFT]
        self.shrink(slot, instrument, left)
        price: int = words[slot + o.PRICE]
        self.events.cold(
            OrderAmended(
                self.events.next_sequence(),
                self.time_ms,
                int(words[slot + o.ORDER_ID]),
                int(words[slot + o.ACCOUNT]),
                int(words[slot + o.INSTRUMENT]),
                int(words[slot + o.SIDE]),
                price,
                int(before),
                price,
                int(words[slot + o.SIZE]),
                int(left),
                1,
                EMPTY_32,
            )
        )

    def release_hold(self, slot: i64, instrument: Instrument) -> None:
        """Hold nothing for an order any more that has left its book."""
        words = self.orders.words
        if words[slot + o.POSITION] != 0:
            self.count_in_position(slot, instrument, 0)
        else:
            self.ledger.hold(self.hold_slot(slot), -words[slot + o.HOLD], self.time_ms)
            words[slot + o.HOLD] = 0

    def hold_slot(self, slot: i64) -> i64:
        """The balance that pays the hold of the order in ``slot``."""
        words = self.orders.words
        seat = words[slot + o.SEAT]
        field = st.QUOTE_SLOT if words[slot + o.SIDE] == BUY else st.BASE_SLOT
        return self.seats.get(seat, field)

    def join_account(self, slot: i64) -> None:
        """Chain an order to its account and count it."""
        words = self.orders.words
        accounts = self.accounts.words
        account: i64 = words[slot + o.ACCOUNT] << a.SHIFT
        first = accounts[account + a.FIRST_ORDER]
        words[slot + o.ACCOUNT_PREVIOUS] = NIL
        words[slot + o.ACCOUNT_NEXT] = first
        if first != NIL:
            words[first + o.ACCOUNT_PREVIOUS] = slot
        accounts[account + a.FIRST_ORDER] = slot
        accounts[account + a.OPEN_COUNT] += 1
        self.seats.words[words[slot + o.SEAT] + st.OPEN_COUNT] += 1

    def leave_account(self, slot: i64) -> None:
        """The reverse of ``join_account``."""
        words = self.orders.words
        accounts = self.accounts.words
        account: i64 = words[slot + o.ACCOUNT] << a.SHIFT
        before = words[slot + o.ACCOUNT_PREVIOUS]
        after = words[slot + o.ACCOUNT_NEXT]
        if before == NIL:
            accounts[account + a.FIRST_ORDER] = after
        else:
            words[before + o.ACCOUNT_NEXT] = after
        if after != NIL:
            words[after + o.ACCOUNT_PREVIOUS] = before
        accounts[account + a.OPEN_COUNT] -= 1
        self.seats.words[words[slot + o.SEAT] + st.OPEN_COUNT] -= 1

    def has_touched_pockets(self) -> bool:
        """Whether there are any to look at; asked after every command, so that a house without pockets knows it at once."""
        return self.has_pockets and len(self.touched_pockets) != 0

    def touch_pocket(self, account: i64) -> None:
        """Remember, when an account is a pocket, to look whether it is over."""
        pool = self.pools.get(int(account))
        if pool is not None and pool.instrument != NIL:
            self.touched_pockets[int(account)] = True
            if int(account) not in self.watched_pools:
                self.watched_pools[int(account)] = True
                self.cross(pool, 1)

    def cross(self, pool: Pool, more: int) -> None:
        """Count a cross pocket in (1) or out (-1): what stands on its owner's money is looked at anew, with it or without."""
        if pool.currency == NIL:
            return
        slot: int = self.slot(pool.owner, pool.currency, TRADING)
        count = self.crossed_slots.pop(slot, 0) + more
        if count != 0:
            self.crossed_slots[slot] = count
        for position in self.positions_of(pool.owner):
            if position.settle_slot == slot:
                position.unsettle()
        self.ledger.words[slot + ld.FLOOR] = 0
        if slot in self.cross_sums:
            self.cross_sums[slot].unsettle()
            self.cross_sums[slot].crossed = count != 0

    def forget(self, slot: i64) -> None:
        """Free the slot of an order that has ended and has left its book."""
        if self.has_pockets:
            self._leave_pocket(slot)
        if self.algos.count != 0:
            self._note_end(slot)
        self.orders.unindex(slot)
        self.leave_account(slot)
        self.orders.give_back(slot)

    def _leave_pocket(self, slot: i64) -> None:
        """Remember what an order of a pocket, which ends, has traded, when margin came with it."""
        words = self.orders.words
        account: int = words[slot + o.ACCOUNT]
        self.touch_pocket(account)
        if account in self.touched_pockets and len(self.pools[account].brought) != 0:
            traded: int = self.taker.filled if self._was_taker(slot) else words[slot + o.FILLED]
            self.pools[account].ended[int(words[slot + o.ORDER_ID])] = traded

    def _was_taker(self, slot: i64) -> bool:
        """Whether the order in a slot traded last as a taker, when it was amended."""
        words = self.orders.words
        is_taker: bool = self.taker.order_id == words[slot + o.ORDER_ID]
        return is_taker and self.taker.filled > words[slot + o.FILLED]

    def _note_end(self, slot: i64) -> None:
        """Keep the end of an order that an algo order waits for."""
        words = self.orders.words
        order_id: int = words[slot + o.ORDER_ID]
        if order_id not in self.algos.watched:
            return
        filled: int = words[slot + o.FILLED]
        size: int = words[slot + o.SIZE]
        paid: int = words[slot + o.NOTIONAL]
        if self._was_taker(slot):
            filled = self.taker.filled
            size = self.taker.size
            paid = self.taker.notional
        self.algos.note_end(FILLED_ORDER if filled == size else CANCELED_ORDER, order_id, filled, paid)

    def end_resting(self, slot: i64, reason: i64) -> None:
        """Cancel an order that rests: out of the book, hold released, event written."""
        words = self.orders.words
        instrument = self.instruments[words[slot + o.INSTRUMENT]]
        left = words[slot + o.LEFT]
        unlink(words, self.levels, instrument, slot)
        self.release_hold(slot, instrument)
        self.events.canceled(
            words[slot + o.ORDER_ID],
            words[slot + o.ACCOUNT],
            words[slot + o.INSTRUMENT],
            words[slot + o.SIDE],
            words[slot + o.PRICE],
            left,
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
            slot = self.levels.get(level, HEAD)
            while slot != NIL:
                found.append(slot)
                slot = words[slot + o.NEXT]
            level = side.next_worse(key)
            if level != NIL:
                price = self.levels.get(level, PRICE)
                key = price if key > 0 else -price
        return found

    def issued_total(self, currency: i64) -> i64:
        """What came in from outside and has not left; negative when rebates left, too."""
        return -self.ledger.get(self.currencies[currency].outside_slot, ld.CASH)

    def owned_total(self, currency: i64) -> i64:
        """What all accounts but the house's two own together, at most: what was issued and what the house owes."""
        return self.issued_total(currency) - self.ledger.get(self.currencies[currency].fee_slot, ld.CASH)
