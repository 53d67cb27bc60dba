"""Algo orders that are open, and where a price finds those that wait for it.

Why here: a price must not look at all of them. Each instrument has sorted lists of what fires when a price rises or
falls to it, by source; trailing orders, which every price concerns, have lists of their own.
Invariant: an algo order is in ``by_id`` and in its account's; it is on a desk, timed or chasing only while it is live.

``queue`` holds what has happened and is to be looked at, in the order in which it happened (``algo_running``).
"""

from bisect import bisect_left, bisect_right, insort
from typing import Final

from mypy_extensions import i64

CONDITIONAL: Final = 0
OCO: Final = 1
TRIGGER: Final = 2
MOVE_ORDER_STOP: Final = 3
TWAP: Final = 4
ICEBERG: Final = 5
CHASE: Final = 6

WITH_POSITION: Final = 2
"""``reduce_only`` of what ends with its position."""

LAST: Final = 0
INDEX: Final = 1
MARK: Final = 2

LEG_TRIGGER: Final = 0
LEG_PROFIT: Final = 1
LEG_LOSS: Final = 2
LEG_CALLBACK: Final = 3
LEG_SLICE: Final = 4

LIMIT: Final = 1
"""``profit_kind`` of a take profit that rests from the start."""

LIVE: Final = 0
WAITING: Final = 1
"""Attached to an order that is still open."""
UNPLACED: Final = 2
"""To be attached to the next order, like those of the two stages after it."""
NAME_IN_USE: Final = 3
"""The next order is refused, because the name of what was to be attached to it is taken."""
TOO_MANY: Final = 4
"""The next order is refused, because too many are open for what was to be attached to it."""

# What a queue holds besides the three sources of prices: kind, what, and how much.
FILLED_ORDER: Final = 3
CANCELED_ORDER: Final = 4
FLAT: Final = 5
TAKEN_OVER: Final = 6
STARTED: Final = 7
PROFIT_FILLED: Final = 8
POCKET_FLAT: Final = 9
POCKET_TAKEN: Final = 10

PPM: Final = 1_000_000
_ID_MAX: Final = 1 << 63
BUY: Final = 0

DETAILS: Final = 9
"""How many numbers a detailed command says besides."""

Waiting = tuple[int, int, int]
"""How a leg waits: the price it fires at (negative when falling), the algo order, the leg."""


class AlgoOrder:
    """One algo order. ``terms`` are the words of its ``PlaceAlgo`` from ``instrument`` on."""

    def __init__(self, algo_id: int, account: int, terms: list[int], client_algo_id: str, tag: str) -> None:
        """Live, with nothing done yet."""
        self.algo_id = algo_id
        self.account = account
        self.client_algo_id = client_algo_id
        self.tag = tag
        self.guard_name: str = ""
        self.set_terms(terms)
        self.set_details([0] * DETAILS)
        self.parent: int = 0
        self.stage: int = LIVE
        self.rises: int = 0
        self.following: int = 0
        self.extreme: int = 0
        self.start_price: int = 0
        self.child: int = 0
        self.filled: int = 0
        self.due_ms: int = 0
        self.created_ms: int = 0
        self.updated_ms: int = 0
        # The average price of the order it was attached to, as long as a stop loss may move there.
        self.cost: int = 0
        # Take profits that rest for it, by the ids of their orders.
        self.linked: list[int] = []

    def set_terms(self, terms: list[int]) -> None:
        """Take the words of a ``PlaceAlgo`` in their order."""
        self.instrument, self.kind, self.side, self.size, self.size_unit, self.close_fraction = terms[:6]
        self.prevention, self.margin_mode, self.position_side, self.reduce_only = terms[6:10]
        self.source, self.trigger_price, self.order_price = terms[10:13]
        self.profit_source, self.profit_trigger, self.profit_price = terms[13:16]
        self.loss_source, self.loss_trigger, self.loss_price = terms[16:19]
        self.callback_ppm, self.callback_ticks, self.activation_price = terms[19:22]
        self.slice_size, self.price_limit, self.interval_ms, self.distance_ppm, self.distance_ticks = terms[22:27]

    def terms(self) -> list[int]:
        """The reverse of ``set_terms``."""
        head = [self.instrument, self.kind, self.side, self.size, self.size_unit, self.close_fraction]
        position = [self.prevention, self.margin_mode, self.position_side, self.reduce_only]
        trigger = [self.source, self.trigger_price, self.order_price]
        profit = [self.profit_source, self.profit_trigger, self.profit_price]
        loss = [self.loss_source, self.loss_trigger, self.loss_price]
        trail = [self.callback_ppm, self.callback_ticks, self.activation_price]
        parts = [self.slice_size, self.price_limit, self.interval_ms, self.distance_ppm, self.distance_ticks]
        return head + position + trigger + profit + loss + trail + parts

    def set_details(self, details: list[int]) -> None:
        """Take what only a detailed command says, in the order of an ``AlgoDetailed``."""
        self.time_in_force, self.profit_kind, self.profit_ppm, self.loss_ppm = details[:4]
        self.together, self.cost_stop = details[4:6]
        self.guard_callback_ppm, self.guard_callback_ticks, self.guard_activation = details[6:9]

    def details(self) -> list[int]:
        """The reverse of ``set_details``."""
        profit = [self.time_in_force, self.profit_kind, self.profit_ppm, self.loss_ppm]
        guard = [self.guard_callback_ppm, self.guard_callback_ticks, self.guard_activation]
        return [*profit, self.together, self.cost_stop, *guard]

    def sources(self) -> list[int]:
        """Which prices trigger."""
        return [self.source, self.profit_source, self.loss_source]

    def profit_terms(self) -> list[int]:
        """What it asks for of its take profit."""
        return [self.profit_source, self.profit_trigger, self.profit_price, self.profit_kind, self.profit_ppm]

    def has_profit(self) -> bool:
        """Whether it takes a profit."""
        return self.profit_trigger > 0 or self.profit_ppm > 0 or self.profit_kind == LIMIT

    def has_loss(self) -> bool:
        """Whether it stops a loss."""
        return self.loss_trigger > 0 or self.loss_ppm > 0

    def rests_for_profit(self) -> bool:
        """Whether its take profit is to rest as soon as it is live; a one-way one only acts on its stop loss."""
        return self.profit_kind == LIMIT and (self.kind == OCO or not self.has_loss())

    def progress(self) -> list[int]:
        """What has become of it, as a snapshot keeps it."""
        marks = [self.rises, self.following, self.extreme, self.start_price, self.child, self.filled]
        return [self.parent, self.stage, *marks, self.due_ms, self.created_ms, self.updated_ms]

    def set_progress(self, words: list[int]) -> None:
        """The reverse of ``progress``."""
        self.parent, self.stage, self.rises, self.following, self.extreme, self.start_price = words[:6]
        self.child, self.filled, self.due_ms, self.created_ms, self.updated_ms = words[6:]

    def left(self) -> int:
        """Lots that its slices have not traded."""
        return self.size - self.filled

    def distance(self, price: int) -> int:
        """How many ticks from ``price`` a slice is placed."""
        return self.distance_ticks or price * self.distance_ppm // PPM

    def behind(self, price: int) -> int:
        """How many ticks behind ``price`` a chase stands."""
        return self.callback_ticks or price * self.callback_ppm // PPM

    def price_of(self, leg: int) -> int:
        """The price of the order that a leg places, 0 for market."""
        if leg == LEG_TRIGGER:
            return self.order_price
        if leg == LEG_PROFIT:
            return self.profit_price
        return self.loss_price if leg == LEG_LOSS else 0

    def legs(self) -> list[tuple[int, int, int, bool]]:
        """Source, price, leg and whether it fires when the price rises to it, of what waits for a price now."""
        sells: bool = self.side != BUY
        profit = (self.profit_source, self.profit_trigger, LEG_PROFIT, sells)
        loss = (self.loss_source, self.loss_trigger, LEG_LOSS, not sells)
        if self.kind == TRIGGER:
            return [(self.source, self.trigger_price, LEG_TRIGGER, self.rises == 1)]
        if self.kind == OCO:
            return [leg for leg in (profit, loss) if leg[1] > 0]
        if self.kind == CONDITIONAL:
            return [leg for leg in (loss, profit) if leg[1] > 0][:1]
        if self.kind == MOVE_ORDER_STOP and self.following == 0:
            return [(self.source, self.activation_price, LEG_CALLBACK, self.rises == 1)]
        return []

    def fell_back(self, price: int) -> bool:
        """Whether a price lies the callback behind the best one since it follows; a better one becomes the best."""
        sells: bool = self.side != BUY
        if price > self.extreme if sells else price < self.extreme:
            self.extreme = price
            return False
        if self.callback_ticks:
            return price <= self.extreme - self.callback_ticks if sells else price >= self.extreme + self.callback_ticks
        if sells:
            return price * PPM <= self.extreme * (PPM - self.callback_ppm)
        return price * PPM >= self.extreme * (PPM + self.callback_ppm)

    def calm(self) -> tuple[int, int]:
        """The lowest and the highest price at which ``fell_back`` changes nothing."""
        if self.side != BUY:
            fires = self.extreme - self.callback_ticks
            if self.callback_ppm:
                fires = self.extreme * (PPM - self.callback_ppm) // PPM
            return fires + 1, self.extreme
        fires = self.extreme + self.callback_ticks
        if self.callback_ppm:
            fires = -(-self.extreme * (PPM + self.callback_ppm) // PPM)
        return self.extreme, fires - 1


def by_age(found: dict[int, AlgoOrder]) -> list[AlgoOrder]:
    """Algo orders, the oldest first, however they came there."""
    return [found[algo_id] for algo_id in sorted(found)]


class Desk:
    """What waits for the prices of one instrument."""

    def __init__(self) -> None:
        """Nothing waits."""
        self.above: Final[list[list[Waiting]]] = [[], [], []]
        self.below: Final[list[list[Waiting]]] = [[], [], []]
        self.trailing: Final[list[dict[int, AlgoOrder]]] = [{}, {}, {}]
        self.icebergs: Final[dict[int, AlgoOrder]] = {}
        # Prices that no trailing order minds, by source; not part of a snapshot.
        self.calm: Final[list[tuple[int, int]]] = [(0, _ID_MAX), (0, _ID_MAX), (0, _ID_MAX)]

    def mind(self, algo: AlgoOrder) -> None:
        """Narrow the prices that no trailing order minds to those that one more does not mind."""
        low, high = self.calm[algo.source]
        least, most = algo.calm()
        self.calm[algo.source] = (max(low, least), min(high, most))

    def mind_all(self, source: int) -> None:
        """Find these prices anew."""
        self.calm[source] = (0, _ID_MAX)
        for algo in self.trailing[source].values():
            self.mind(algo)

    def due(self, source: int, price: int) -> list[tuple[int, int]]:
        """Algo orders and legs that a price fires, the oldest first; they stay where they are."""
        above = self.above[source]
        below = self.below[source]
        found = above[: bisect_right(above, (price, _ID_MAX, 0))] + below[: bisect_right(below, (-price, _ID_MAX, 0))]
        return sorted([(algo_id, leg) for _, algo_id, leg in found])

    def rows(self, algo: AlgoOrder) -> list[tuple[list[Waiting], Waiting]]:
        """Where the legs of an algo order stand or would stand."""
        return [
            (self.above[source], (price, algo.algo_id, leg))
            if rises
            else (self.below[source], (-price, algo.algo_id, leg))
            for source, price, leg, rises in algo.legs()
        ]


class Algos:
    """All open algo orders."""

    def __init__(self) -> None:
        """None."""
        self.count: i64 = 0
        self.by_id: Final[dict[int, AlgoOrder]] = {}
        self.by_account: Final[dict[int, dict[int, AlgoOrder]]] = {}
        self.by_client: Final[dict[tuple[int, str], int]] = {}
        self.desks: Final[dict[int, Desk]] = {}
        self.unplaced: Final[dict[int, list[AlgoOrder]]] = {}
        self.watched: Final[dict[int, list[int]]] = {}
        # Algo orders that belong together, by the order they were attached to; stop losses by take profits that rest.
        self.groups: Final[dict[int, dict[int, AlgoOrder]]] = {}
        self.linked: Final[dict[int, int]] = {}
        self.timed: Final[dict[int, AlgoOrder]] = {}
        # When the next slice of which is due, the earliest first.
        self.schedule: Final[list[tuple[int, int]]] = []
        self.chasing: Final[dict[int, AlgoOrder]] = {}
        self.queue: Final[list[tuple[int, int, int]]] = []
        # What the orders that ended in the queue have traded for.
        self.paid: Final[dict[int, int]] = {}

    def has_unplaced(self) -> bool:
        """Whether any algo order waits for an order to be attached to; asked before every order, so known at once where none is."""
        return self.count != 0 and len(self.unplaced) != 0

    def has_chasing(self) -> bool:
        """The same of those that follow the best price; asked after every command."""
        return self.count != 0 and len(self.chasing) != 0

    def add(self, algo: AlgoOrder) -> None:
        """Keep an algo order, and put it where prices, time or the end of an order find it."""
        self.count += 1
        self.by_id[algo.algo_id] = algo
        self.by_account.setdefault(algo.account, {})[algo.algo_id] = algo
        if algo.client_algo_id:
            self.by_client[(algo.account, algo.client_algo_id)] = algo.algo_id
        if algo.stage >= UNPLACED:
            self.unplaced.setdefault(algo.account, []).append(algo)
        elif algo.stage == WAITING:
            self.watch(algo.parent, algo.algo_id)
        else:
            self.lay(algo)
        if algo.together != 0 and algo.parent != 0:
            self.groups.setdefault(algo.parent, {})[algo.algo_id] = algo
        for order_id in algo.linked:
            self.linked[order_id] = algo.algo_id
            self.watch(order_id, algo.algo_id)

    def remove(self, algo: AlgoOrder) -> None:
        """The reverse of ``add``."""
        self.count -= 1
        del self.by_id[algo.algo_id]
        mine = self.by_account[algo.account]
        del mine[algo.algo_id]
        if not mine:
            del self.by_account[algo.account]
        self.by_client.pop((algo.account, algo.client_algo_id), 0)
        if algo.stage >= UNPLACED:
            self.unplaced[algo.account].remove(algo)
            if not self.unplaced[algo.account]:
                del self.unplaced[algo.account]
        elif algo.stage == WAITING:
            self.unwatch(algo.parent, algo.algo_id)
        else:
            self.lift(algo)
        group = self.groups.get(algo.parent, {})
        if group.pop(algo.algo_id, None) is not None and not group:
            del self.groups[algo.parent]
        for order_id in algo.linked:
            del self.linked[order_id]
            self.unwatch(order_id, algo.algo_id)

    def link(self, algo: AlgoOrder, order_id: int) -> None:
        """A take profit rests for a stop loss."""
        algo.linked.append(order_id)
        self.linked[order_id] = algo.algo_id
        self.watch(order_id, algo.algo_id)

    def unlink(self, algo: AlgoOrder, order_id: int) -> None:
        """The reverse of ``link``."""
        algo.linked.remove(order_id)
        del self.linked[order_id]
        self.unwatch(order_id, algo.algo_id)

    def others(self, algo: AlgoOrder) -> list[AlgoOrder]:
        """Those that belong together with it, the oldest first."""
        if algo.together == 0:
            return []
        return [other for other in by_age(self.groups.get(algo.parent, {})) if other is not algo]

    def lay(self, algo: AlgoOrder) -> None:
        """Put a live algo order where prices or time find it."""
        desk = self.desks.setdefault(algo.instrument, Desk())
        for row, entry in desk.rows(algo):
            insort(row, entry)
        if algo.kind == MOVE_ORDER_STOP and algo.following == 1:
            desk.trailing[algo.source][algo.algo_id] = algo
            desk.mind(algo)
        elif algo.kind == ICEBERG:
            desk.icebergs[algo.algo_id] = algo
        elif algo.kind == TWAP:
            self.timed[algo.algo_id] = algo
            insort(self.schedule, (algo.due_ms, algo.algo_id))
        elif algo.kind == CHASE:
            self.chasing[algo.algo_id] = algo
        if algo.child != 0:
            self.watch(algo.child, algo.algo_id)

    def lift(self, algo: AlgoOrder) -> None:
        """The reverse of ``lay``."""
        desk = self.desks[algo.instrument]
        for row, entry in desk.rows(algo):
            del row[bisect_left(row, entry)]
        desk.trailing[algo.source].pop(algo.algo_id, None)
        desk.icebergs.pop(algo.algo_id, None)
        if self.timed.pop(algo.algo_id, None) is not None:
            del self.schedule[bisect_left(self.schedule, (algo.due_ms, algo.algo_id))]
        self.chasing.pop(algo.algo_id, None)
        if algo.child != 0:
            self.unwatch(algo.child, algo.algo_id)

    def watch(self, order_id: int, algo_id: int) -> None:
        """Be told when an order ends."""
        self.watched.setdefault(order_id, []).append(algo_id)

    def unwatch(self, order_id: int, algo_id: int) -> None:
        """The reverse of ``watch``; when the order has ended, nothing is left of it."""
        numbers = self.watched.get(order_id, [])
        if algo_id in numbers:
            numbers.remove(algo_id)
        if not numbers:
            self.watched.pop(order_id, [])

    def note_price(self, source: int, instrument: i64, price: i64) -> None:
        """A price is to be looked at, unless it is none or nothing is open at all."""
        if self.count != 0 and price > 0:
            self.queue.append((source, int(instrument), int(price)))

    def note_pocket(self, kind: int, pocket: int) -> None:
        """What was open in a pocket is closed, or was taken over."""
        if self.count != 0:
            self.queue.append((kind, pocket, 0))

    def note_end(self, kind: int, order_id: int, filled: int, paid: int) -> None:
        """An order that is waited for has ended; ``filled`` lots of it were traded for ``paid``."""
        self.paid[order_id] = paid
        self.queue.append((kind, order_id, filled))

    def note_fill(self, order_id: i64, lots: i64) -> None:
        """What a take profit that rests has filled is no longer for its stop loss to close."""
        if len(self.linked) == 0:
            return
        number: int = order_id
        algo_id = self.linked.get(number, 0)
        if algo_id != 0:
            self.by_id[algo_id].size -= int(lots)
            self.queue.append((PROFIT_FILLED, algo_id, int(lots)))

    def of_account(self, account: int) -> list[AlgoOrder]:
        """Algo orders of an account, the oldest first."""
        return by_age(self.by_account.get(account, {}))

    def of_instrument(self, instrument: int) -> list[AlgoOrder]:
        """Algo orders of an instrument, the oldest first."""
        return [algo for algo in by_age(self.by_id) if algo.instrument == instrument]

    def next_due_ms(self) -> int:
        """When the next slice is due, 0 for never."""
        return self.schedule[0][0] if self.schedule else 0

    def put_off(self, algo: AlgoOrder, due_ms: int) -> None:
        """The next slice of one that is timed is due at ``due_ms``."""
        del self.schedule[bisect_left(self.schedule, (algo.due_ms, algo.algo_id))]
        algo.due_ms = due_ms
        insort(self.schedule, (due_ms, algo.algo_id))

    def due_slices(self, now_ms: int) -> list[int]:
        """Algo orders of which a slice is due, by time and age."""
        return [algo_id for _, algo_id in self.schedule[: bisect_right(self.schedule, (now_ms, _ID_MAX))]]
