"""What must hold after every command, whatever was asked.

Why here: scenarios, property tests and the simulation check the same list. ``check_state`` looks into the packed
arrays; ``Mirror`` rebuilds orders, balances and levels from the events alone and expects the same. Both raise
``AssertionError`` with a sentence.
"""

from collections import Counter

from lonja.core import accounts as a
from lonja.core import book as b
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core import seats as st
from lonja.core.hashing import state_hash
from lonja.core.instruments import Instrument
from lonja.core.kinds import AccountKind, AccountMode, InstrumentState, Side
from lonja.core.margin import cross_equity
from lonja.core.price_levels import PriceLevels
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state import State
from lonja.primitives.money import INT_MAX
from tests.simulation.algo_invariants import check_algos
from tests.simulation.collateral_invariants import check_pools
from tests.simulation.position_invariants import check_positions, margins_of

NIL = -1
OPEN_PER_ACCOUNT_MAX, OPEN_PER_INSTRUMENT_MAX = 4_000, 500


def check_state(state: State) -> None:
    """Expect every invariant of the state to hold."""
    slots = _check_orders(state)
    _check_accounts(state, slots)
    check_positions(state, slots)
    check_pools(state)
    _check_ledger(state, slots)
    armed = [*state.timers.values(), *check_algos(state)]
    assert state.next_timer == min(armed, default=0), "next_timer is not the earliest timer"
    assert all(trigger > state.time_ms for trigger in armed), "a timer is overdue"


def check_round_trip(state: State) -> State:
    """Expect a snapshot to come back whole, and return the state that came back."""
    data = dump_state(state)
    loaded = load_state(data)
    assert dump_state(loaded) == data, "a loaded snapshot dumps other bytes"
    assert state_hash(loaded) == state_hash(state)
    return loaded


# Books.


def _check_orders(state: State) -> list[int]:
    """The books; returns the slots of all open orders."""
    slots: list[int] = []
    for instrument in state.instruments:
        for side in Side:
            slots += _check_side(state, instrument, side)
        _check_not_crossed(instrument)
    assert len(slots) == state.orders.by_id.count, "the index by id knows other orders than the books"
    return slots


def _check_not_crossed(instrument: Instrument) -> None:
    if instrument.bids.count and instrument.asks.count:
        assert instrument.bids.best_key() < -instrument.asks.best_key(), "the book is crossed"


def _check_side(state: State, instrument: Instrument, side: Side) -> list[int]:
    levels: PriceLevels = instrument.bids if side == Side.BUY else instrument.asks
    found: list[int] = []
    seen = 0
    key = levels.best_key() if levels.count else None
    while key is not None:
        seen += 1
        found += _check_level(state, instrument, side, levels.get(key), key)
        worse = levels.next_worse(key)
        key = None if worse == NIL else _key(side, state.levels.words[worse + b.PRICE])
    assert seen == levels.count, "a level cannot be reached"
    assert found == list(state.queue_slots(levels)), "queue_slots tells another order"
    return found


def _key(side: int, price: int) -> int:
    return price if side == Side.BUY else -price


def _check_level(state: State, instrument: Instrument, side: Side, level: int, key: int) -> list[int]:
    at, words = state.levels.words, state.orders.words
    assert _key(side, at[level + b.PRICE]) == key, "a level lies under another price"
    queue: list[int] = []
    before, slot = NIL, at[level + b.HEAD]
    while slot != NIL:
        assert words[slot + o.PREVIOUS] == before, "a queue is not linked back"
        assert words[slot + o.LEVEL] == level, "an order points to another level"
        _check_order(state, instrument, side, slot)
        queue.append(int(slot))
        before, slot = slot, words[slot + o.NEXT]
    assert at[level + b.TAIL] == before, "the tail of a queue is not its last order"
    assert at[level + b.COUNT] == len(queue) > 0, "a level counts other orders"
    total = sum(words[slot + o.LEFT] for slot in queue)
    assert at[level + b.SIZE] == total <= INT_MAX, "a level's size is not the sum of its orders"
    return queue


def _check_order(state: State, instrument: Instrument, side: Side, slot: int) -> None:
    words, seats, accounts = state.orders.words, state.seats.words, state.accounts
    account = words[slot + o.ACCOUNT]
    assert words[slot + o.INSTRUMENT] == instrument.code
    assert words[slot + o.SIDE] == side
    assert words[slot + o.PRICE] == state.levels.words[words[slot + o.LEVEL] + b.PRICE]
    assert words[slot + o.LEFT] == words[slot + o.SIZE] - words[slot + o.FILLED] > 0, "left is not size less filled"
    if instrument.contract is None:
        assert words[slot + o.HOLD] == hold_of(instrument, side, words[slot + o.PRICE], words[slot + o.LEFT])
        assert words[slot + o.POSITION] == 0, "an order for no contract means a position"
    assert words[slot + o.MASTER] == accounts.get(account, a.MASTER)
    base = instrument.base if instrument.contract is None else instrument.settle
    assert seats[words[slot + o.SEAT] + st.BASE_SLOT] == state.ledger.find(account, base, ld.TRADING)
    assert seats[words[slot + o.SEAT] + st.QUOTE_SLOT] == state.ledger.find(account, instrument.settle, ld.TRADING)
    assert words[slot + o.SEAT] == state.seats.find(account, instrument.code)
    assert state.orders.find(words[slot + o.ORDER_ID]) == slot
    client = [words[slot + o.CLIENT_ORDER_ID + word] for word in range(4)]
    if client[0]:
        assert state.orders.find_client(account, *client) == slot, "two orders share a client order id"
    assert accounts.get(account, a.FROZEN) == 0, "a frozen account has an open order"
    assert instrument.state != InstrumentState.DELISTED, "a delisted instrument has an open order"


def hold_of(instrument: Instrument, side: int, price: int, lots: int) -> int:
    """What an order of ``lots`` must hold, in exact integers."""
    if side == Side.SELL:
        return lots * int(instrument.base_per_lot)
    return -(-price * lots * int(instrument.quote_multiplier) // int(instrument.quote_divisor))


# Accounts and money.


def _check_accounts(state: State, slots: list[int]) -> None:
    words = state.orders.words
    by_seat = Counter(words[slot + o.SEAT] for slot in slots)
    for seat in range(0, len(state.seats.words), st.STRIDE):
        assert state.seats.words[seat + st.OPEN_COUNT] == by_seat[seat] <= OPEN_PER_INSTRUMENT_MAX
    chained: list[int] = []
    for account in range(state.accounts.count):
        before, slot, count = NIL, state.accounts.get(account, a.FIRST_ORDER), 0
        while slot != NIL:
            assert words[slot + o.ACCOUNT] == account, "an order is in the chain of another account"
            assert words[slot + o.ACCOUNT_PREVIOUS] == before
            chained.append(int(slot))
            before, slot, count = slot, words[slot + o.ACCOUNT_NEXT], count + 1
        assert state.accounts.get(account, a.OPEN_COUNT) == count <= OPEN_PER_ACCOUNT_MAX
    assert sorted(chained) == sorted(slots), "the accounts know other orders than the books"


def _check_ledger(state: State, slots: list[int]) -> None:
    """Each currency sums to zero, holds are those of orders and positions, customers own what they hold."""
    orders = state.orders.words
    held: Counter[int] = Counter()
    for slot in slots:
        if orders[slot + o.POSITION] == 0:
            held[int(state.hold_slot(slot))] += orders[slot + o.HOLD]
    for position in state.positions:
        held[int(position.settle_slot)] += position.held
    words = list(state.ledger.words)
    totals = margins_of(state)
    for slot in range(0, state.ledger.used, ld.STRIDE):
        account, currency, ledger = words[slot + ld.ACCOUNT], words[slot + ld.CURRENCY], words[slot + ld.LEDGER]
        assert state.ledger.find(account, currency, ledger) == slot, "a balance is not found"
        assert words[slot + ld.HELD] == held.pop(slot, 0), f"holds of account {account} are not those of its orders"
        assert _is_covered(state, slot), f"account {account} is below zero"
        totals[currency] += words[slot + ld.CASH]
    assert not held, "an order holds money of nobody"
    assert not any(totals.values()), f"money appeared or vanished: {totals}"
    _check_chains_of_balances(state)
    for currency in range(len(state.currencies)):
        assert -INT_MAX <= state.issued_total(currency) <= INT_MAX, "more was issued than may exist"
        owed = _owed_by_others(state, currency)
        assert state.owned_total(currency) + owed >= 0, "less than nothing is owned"
        # What is borrowed is owned by others besides; limits of terms bound that.
        assert state.owned_total(currency) + (0 if state.pools else owed) <= INT_MAX, "more is owned than may exist"


def _owed_by_others(state: State, currency: int) -> int:
    """What Security Funds, the lending desk and accounts in multi-currency mode owe of a currency."""
    debtors = [*state.pools, int(state.desk), *(int(family.account) for family in state.families)]
    slots = [state.ledger.find(account, currency, ld.TRADING) for account in debtors if account >= 0]
    return -sum(min(int(state.ledger.words[slot + ld.CASH]), 0) for slot in slots if slot != NIL)


def _is_covered(state: State, slot: int) -> bool:
    """Whether nobody owes anything there: only the house may, and customers what gains of cross positions cover."""
    words = state.ledger.words
    account, cash = words[slot + ld.ACCOUNT], words[slot + ld.CASH]
    if state.accounts.get(account, a.KIND) == AccountKind.HOUSE or cash >= words[slot + ld.HELD]:
        return True
    if account in state.pools:
        return bool(words[slot + ld.LEDGER] == ld.TRADING)  # all its currencies together are judged by ``check_pools``
    if state.accounts.get(account, a.MODE) == AccountMode.SPOT or words[slot + ld.LEDGER] != ld.TRADING:
        return False
    return bool(cash >= 0 or cross_equity(state, account, words[slot + ld.CURRENCY]) >= 0)


def _check_chains_of_balances(state: State) -> None:
    words = list(state.ledger.words)
    chained: list[int] = []
    for account in range(state.accounts.count):
        slot = state.accounts.get(account, a.FIRST_SLOT)
        while slot != NIL:
            assert words[slot + ld.ACCOUNT] == account, "a balance is in the chain of another account"
            chained.append(int(slot))
            slot = words[slot + ld.NEXT]
    assert sorted(chained) == list(range(0, state.ledger.used, ld.STRIDE)), "a balance is in no chain"
