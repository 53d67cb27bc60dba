"""Algo orders as the naive twin keeps them: a list, looked through from the first to the last at every price.

Why apart: everything else of the twin is complete without them. What is asked of an algo order when it is placed stands
in ``naive_algo_admission``.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import floor

from lonja.core import algo_commands as ac
from lonja.core import algo_events as ae
from lonja.core import commands as c
from lonja.core.kinds import (
    AlgoEndCause,
    AlgoKind,
    AlgoLeg,
    AlgoState,
    CancelReason,
    InstrumentState,
    OrderType,
    Side,
    TimeInForce,
    TriggerSource,
)
from lonja.core.margin_commands import PlaceMarginOrder
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from lonja.primitives.money import INT_MAX, PPM
from tests.core.naive_algo_admission import LIVE, UNPLACED, WAITING, Algo, Details, NaiveAlgoAdmission
from tests.core.naive_contract_parts import Contract, Position
from tests.core.naive_parts import Order, RefusedError

MAY_REST = (InstrumentState.LIVE, InstrumentState.POST_ONLY)
FROZEN_OR_CLOSED = {
    AlgoEndCause.OWNER_FROZEN: CancelReason.ACCOUNT_FROZEN,
    AlgoEndCause.CLOSED: CancelReason.INSTRUMENT_CLOSED,
}


class NaiveAlgos(NaiveAlgoAdmission):
    """What algo orders do."""

    def wake_algos(self) -> None:
        """Slices that are due, by time and age."""
        for algo in sorted(
            (a for a in self.algos if 0 < a.due_ms <= self.time_ms), key=lambda a: (a.due_ms, a.algo_id)
        ):
            self.slice_twap(algo)
            self.run_algos()

    def run_algos(self) -> None:
        """Look at all that happened, let each chase move once, look again."""
        self.look_at_all()
        for algo in [algo for algo in self.algos if algo.terms.kind == AlgoKind.CHASE]:
            self.chase(algo)
        self.look_at_all()

    def look_at_all(self) -> None:
        """What happened, in its order; more may happen meanwhile."""
        while self.happened:
            what, which = self.happened.pop(0)
            if what == "price":
                self.look_at_price(*which)
            elif what == "ended":
                self.look_at_end(which[0], which[1], bool(which[2]), which[3])
            elif what == "profit":
                self.lowered(which[0])
            elif what == "started":
                self.start(which[0])
            elif what in ("pocket flat", "pocket taken"):
                self.leave_pocket(which[0], taken=what == "pocket taken")
            else:
                self.leave(self.positions[which[0] - 1], taken=what == "taken")

    def look_at_price(self, source: int, instrument: int, price: int) -> None:
        """Fire what the price fires; then what trails; then move icebergs."""
        if price == 0:
            return
        here = [algo for algo in self.algos if algo.stage == LIVE and algo.terms.instrument == instrument]
        hit = [(algo, leg) for algo in here for of, at, leg, up in algo.legs() if of == source and met(price, at, up)]
        for algo, leg in hit:
            if algo in self.algos and leg == AlgoLeg.CALLBACK:
                algo.following, algo.best = True, price
                self.emit(ae.AlgoFollowing, *algo.names, price)
            elif algo in self.algos:
                self.fire(algo, leg, price)
        for algo in here:
            if algo in self.algos and algo.following and algo.terms.source == source and algo.falls_back(price):
                self.fire(algo, AlgoLeg.CALLBACK, price)
        for algo in here:
            if algo in self.algos and algo.terms.kind == AlgoKind.ICEBERG and source == TriggerSource.LAST:
                self.tend(algo)

    def look_at_end(self, order_id: int, filled: int, whole: bool, paid: int) -> None:
        """What waits for the end of an order goes live, or places its next slice."""
        left = filled
        for algo in list(self.algos):
            if algo.stage == WAITING and algo.parent == order_id:
                size = min(algo.terms.size, left) if algo.terms.size else filled
                left -= size if algo.terms.size else 0
                self.go_live(algo, size, filled, paid)
            elif order_id in algo.linked:
                algo.linked.remove(order_id)
            elif algo.child == order_id:
                algo.child, algo.filled = 0, algo.filled + filled
                if not whole:
                    self.end(algo, AlgoState.CANCELED, AlgoEndCause.SLICE_CANCELED)
                elif algo.terms.kind == AlgoKind.CHASE:
                    self.end(algo, AlgoState.EFFECTIVE, AlgoEndCause.DONE)
                elif not self.end_if_done(algo):
                    self.tend(algo)

    def go_live(self, algo: Algo, size: int, filled: int, paid: int) -> None:
        """The filled lots of its order are its own, of all ``filled``, which were traded for ``paid``."""
        if size == 0:
            self.end(algo, AlgoState.CANCELED, AlgoEndCause.PARENT_UNFILLED)
            return
        self.settle_terms(algo, filled, paid)
        algo.stage, algo.terms = LIVE, algo.terms._replace(size=size)
        self.aim(algo)
        self.emit(ae.AlgoActivated, *algo.names, size)
        for source, _, _, _ in algo.legs():
            self.note("price", source, algo.terms.instrument, self.price_of(algo.terms.instrument, source))
        if algo.rests:
            self.note("started", algo.algo_id)

    def settle_terms(self, algo: Algo, lots: int, paid: int) -> None:
        """Turn ratios into prices, and keep the average price of its order for a stop loss that may move there."""
        contract, details = self.instruments[algo.terms.instrument], algo.details
        if not isinstance(contract, Contract) or not lots:
            return
        inverse_price = Fraction(max(paid, 1)) / (lots * contract.unit)
        average = 1 / inverse_price if contract.inverse else Fraction(paid) / (lots * contract.unit)
        algo.cost = nearest(average) if details.cost_stop else 0
        sign = 1 if algo.terms.side == Side.SELL else -1
        if details.profit_ppm:
            trigger = nearest(average * (1 + sign * Fraction(details.profit_ppm, PPM)))
            algo.terms = algo.terms._replace(profit_trigger=trigger)
        if details.loss_ppm:
            trigger = nearest(average * (1 - sign * Fraction(details.loss_ppm, PPM)))
            algo.terms = algo.terms._replace(loss_trigger=trigger)
        if details.profit_ppm or details.loss_ppm:
            algo.details = details._replace(profit_ppm=0, loss_ppm=0)
            self.tell_details(algo)
            self.tell_amended(algo)

    def start(self, algo_id: int) -> None:
        """The first slice, or the take profit that rests."""
        algo = next((algo for algo in self.algos if algo.algo_id == algo_id), None)
        if algo is None:
            return
        if algo.rests:
            self.rest_profit(algo)
        elif algo.terms.kind == AlgoKind.TWAP:
            self.slice_twap(algo)
        else:
            self.tend(algo)

    def leave(self, position: Position, *, taken: bool) -> None:
        """The position is closed or was taken over."""
        for algo in list(self.algos):
            terms = algo.terms
            if (terms.account, terms.instrument, terms.margin_mode, terms.position_side) == position.names:
                if taken:
                    self.end(algo, AlgoState.CANCELED, AlgoEndCause.POSITION_LIQUIDATED)
                elif terms.close_fraction or terms.reduce_only == 2:
                    self.end(algo, AlgoState.CANCELED, AlgoEndCause.POSITION_CLOSED)

    def leave_pocket(self, pocket: int, *, taken: bool) -> None:
        """The same of the position of a pocket."""
        for algo in [algo for algo in self.algos if algo.terms.account == pocket]:
            if taken:
                self.end(algo, AlgoState.CANCELED, AlgoEndCause.POSITION_LIQUIDATED)
            elif algo.terms.reduce_only == 2:
                self.end(algo, AlgoState.CANCELED, AlgoEndCause.POSITION_CLOSED)

    # Firing.

    def fire(self, algo: Algo, leg: int, price: int) -> None:
        """Place what a leg places, and end."""
        terms = algo.terms
        if terms.size <= 0 and not terms.close_fraction:
            self.end(algo, AlgoState.CANCELED, AlgoEndCause.PROFIT_TAKEN)
            return
        if leg == AlgoLeg.STOP_LOSS:
            self.yield_to(algo)
        size = self.size_of(algo)
        if size == 0:
            self.end(algo, AlgoState.CANCELED, AlgoEndCause.POSITION_CLOSED)
            return
        prices = {
            AlgoLeg.TRIGGER: terms.order_price,
            AlgoLeg.TAKE_PROFIT: terms.profit_price,
            AlgoLeg.STOP_LOSS: terms.loss_price,
        }
        order = self.place(algo, leg, price, size, prices.get(AlgoLeg(leg), 0))
        if order is None:
            return
        stops = [other for other in self.group(algo) if other.stops]
        self.end(algo, AlgoState.EFFECTIVE, AlgoEndCause.DONE)
        if leg == AlgoLeg.TAKE_PROFIT:
            lots = terms.size if order.order_id in self.open_orders else order.filled
            for stop in stops if lots else []:
                stop.terms = stop.terms._replace(size=stop.terms.size - lots)
                self.lowered(stop.algo_id)
        guard = self.guard_of(algo)
        if guard is not None:
            self.attach([guard], order)

    def guard_of(self, algo: Algo) -> Algo | None:
        """What a trigger order attaches to its order."""
        terms, details = algo.terms, algo.details
        trails = details.guard_callback_ppm or details.guard_callback_ticks
        if terms.kind != AlgoKind.TRIGGER or not (trails or algo.takes or algo.stops):
            return None
        kind = AlgoKind.OCO if algo.takes and algo.stops else AlgoKind.CONDITIONAL
        names = [(other.terms.account, other.terms.client_algo_id) for other in self.algos]
        name = details.guard_client_algo_id
        name = Text32("") if (terms.account, name) in names else name
        net = isinstance(self.instruments[terms.instrument], Contract) and terms.position_side == 0
        guard = terms._replace(kind=kind, size=0, size_unit=0, reduce_only=int(net), source=0)
        guard = guard._replace(trigger_price=0, order_price=0, client_algo_id=name)
        if not isinstance(self.instruments[terms.instrument], Contract):
            guard = guard._replace(position_side=0)
        if trails:
            guard = guard._replace(
                kind=AlgoKind.MOVE_ORDER_STOP,
                callback_ppm=details.guard_callback_ppm,
                callback_ticks=details.guard_callback_ticks,
                activation_price=details.guard_activation_price,
            )
        kept = Details(profit_ppm=details.profit_ppm, loss_ppm=details.loss_ppm)
        return Algo(self.take_id(), guard, UNPLACED, kept)

    # What belongs together.

    def group(self, algo: Algo) -> list[Algo]:
        """The others that were attached to the same order, if they belong together."""
        if not algo.details.together:
            return []
        mine = [other for other in self.algos if other.parent == algo.parent and other.details.together]
        return [other for other in mine if other is not algo and other.parent]

    def note_fill(self, order_id: int, lots: int) -> None:
        """See ``NaiveBooks.note_fill``: a take profit that rests traded."""
        for algo in self.algos:
            if order_id in algo.linked:
                algo.terms = algo.terms._replace(size=algo.terms.size - lots)
                self.note("profit", algo.algo_id)

    def lowered(self, algo_id: int) -> None:
        """A stop loss has less to close."""
        for stop in [algo for algo in self.algos if algo.algo_id == algo_id]:
            if stop.terms.size <= 0:
                self.end(stop, AlgoState.CANCELED, AlgoEndCause.PROFIT_TAKEN)
                continue
            if stop.cost and stop.details.cost_stop:
                stop.terms, stop.cost = stop.terms._replace(loss_trigger=stop.cost), 0
                source, instrument = stop.terms.loss_source, stop.terms.instrument
                self.note("price", source, instrument, self.price_of(instrument, source))
            self.tell_amended(stop)

    def yield_to(self, stop: Algo) -> None:
        """A stop loss fires: what takes profits of the same lots ends."""
        linked, stop.linked = stop.linked, []
        for order_id in linked:
            if order_id in self.open_orders:
                self.cancel(self.open_orders[order_id], CancelReason.STOP_TRIGGERED)
        for other in self.group(stop):
            if not other.stops:
                self.end(other, AlgoState.CANCELED, AlgoEndCause.STOPPED)

    def rest_profit(self, algo: Algo) -> None:
        """Place a take profit that rests, and tie it to its stop loss."""
        stop = algo if algo.stops else next((other for other in self.group(algo) if other.stops), None)
        size, order_id, price = self.size_of(algo), self.next_id(), algo.terms.profit_price
        if stop is not algo:
            self.emit(ae.AlgoTriggered, *algo.names, AlgoLeg.TAKE_PROFIT, price, order_id, size)
        if stop is not None:
            self.emit(ae.AlgoLinked, *stop.names, order_id, size)
            stop.linked.append(order_id)
        refused = self.send(algo, AlgoLeg.TAKE_PROFIT, order_id, size, price)
        if stop is not None and refused:
            self.emit(ae.AlgoLinked, *stop.names, 0, 0)
        if stop is not None and order_id not in self.open_orders:
            stop.linked.remove(order_id)
        if stop is algo:
            return
        if refused:
            self.fail(algo, refused)
        else:
            self.end(algo, AlgoState.EFFECTIVE, AlgoEndCause.DONE)

    def place(self, algo: Algo, leg: int, cause: int, size: int, price: int) -> Order | None:
        """Place an ordinary order for an algo order, which fails with it."""
        order_id = self.next_id()
        self.emit(ae.AlgoTriggered, *algo.names, leg, cause, order_id, size)
        refused = self.send(algo, leg, order_id, size, price)
        if refused:
            self.fail(algo, refused)
            return None
        return self.newest

    def send(self, algo: Algo, leg: int, order_id: int, size: int, price: int) -> Rejection:
        """Send the order that was told of; why it was refused."""
        terms = algo.terms
        takes = terms.kind == AlgoKind.TWAP
        rests = leg == AlgoLeg.SLICE and not takes
        command = c.PlaceOrder(
            account=terms.account,
            instrument=terms.instrument,
            side=terms.side,
            order_type=OrderType.LIMIT if price else OrderType.MARKET,
            time_in_force=TimeInForce.IOC if takes else algo.details.time_in_force,
            post_only=int(rests),
            price=price,
            size=size,
            size_unit=terms.size_unit,
            self_trade_prevention=terms.self_trade_prevention,
            clip_to_band=int(leg == AlgoLeg.SLICE),
            tag=terms.tag,
        )
        try:
            if isinstance(self.instruments[terms.instrument], Contract):
                mode = (terms.margin_mode, terms.position_side, min(1, terms.reduce_only))
                self.place_contract_order(c.PlaceContractOrder(*command, *mode))
            else:
                self.place_spot(algo, command)
        except RefusedError as refused:
            self.last_order_id = order_id
            return refused.rejection
        return Rejection.NONE

    def place_spot(self, algo: Algo, command: c.PlaceOrder) -> None:
        """Place an order of an algo order that is not for a contract."""
        self.place_order(command)

    def fail(self, algo: Algo, rejection: Rejection) -> None:
        """One of its orders was refused."""
        state = AlgoState.PARTIALLY_FAILED if algo.filled else AlgoState.ORDER_FAILED
        self.end(algo, state, AlgoEndCause.ORDER_REFUSED, rejection)

    def size_of(self, algo: Algo) -> int:
        """Lots to order now: no more than there is to close, or to sell of what was bought."""
        terms = algo.terms
        instrument = self.instruments[terms.instrument]
        if not isinstance(instrument, Contract):
            free = self.spendable(terms.account, instrument.terms.base) // instrument.base_per_lot
            short = instrument.terms.size_min <= free < terms.size
            return free if algo.parent and terms.side == Side.SELL and short else terms.size
        names = (terms.account, terms.instrument, terms.margin_mode, terms.position_side)
        position = self.find_position(*names) or self.new_position(*names)
        if terms.close_fraction:
            number, side = position.number, terms.side
            self.cancel_each(lambda o: (o.position, o.side) == (number, side), CancelReason.NOTHING_TO_REDUCE)
            return position.closable(terms.side)
        spare = self.spare(position) if position.lots else 0
        closes = terms.reduce_only or position.only_closes(terms.side)
        return min(terms.size, spare) if closes and spare > 0 else terms.size

    # Attaching.

    def settle_attached(
        self, command: c.PlaceOrder | c.PlaceContractOrder | PlaceMarginOrder, order: Order | None
    ) -> None:
        """The order that some waited for was placed (or refused: None)."""
        found = self.unplaced(command.account, command.instrument)
        self.algos = [algo for algo in self.algos if algo not in found]
        if order is not None and found:
            self.attach(found, order)

    def attach(self, found: Iterable[Algo], order: Order) -> None:
        """Let them wait for the end of an order, which may be there."""
        for algo in found:
            algo.stage, algo.parent = WAITING, order.order_id
            algo.terms = algo.terms._replace(side=1 - order.side)
            if order.position:
                position = self.positions[order.position - 1]
                reduce_only = algo.terms.reduce_only if position.side == 0 else 0
                algo.terms = algo.terms._replace(
                    margin_mode=position.margin_mode, position_side=position.side, reduce_only=reduce_only
                )
            self.algos.append(algo)
            self.algos.sort(key=lambda a: a.algo_id)
            self.tell_algo(algo)
        if order.order_id not in self.open_orders:
            self.note("ended", order.order_id, order.filled, order.left == 0, order.notional)

    # Slices.

    def slice_twap(self, algo: Algo) -> None:
        """One immediate order, if the other side is no worse than the limit."""
        terms = algo.terms
        algo.due_ms = self.time_ms + terms.interval_ms
        sign = 1 if terms.side == Side.BUY else -1
        best = self.best(terms.instrument, 1 - terms.side)
        live = self.instruments[terms.instrument].state == InstrumentState.LIVE
        if not live or best == 0 or sign * best > sign * terms.price_limit:
            return
        price = sign * min(sign * (best + sign * algo.away(best)), sign * terms.price_limit)
        order = self.place(algo, AlgoLeg.SLICE, best, min(terms.slice_size, terms.size - algo.filled), price)
        if order is not None:
            algo.filled += order.filled
            self.end_if_done(algo)

    def end_if_done(self, algo: Algo) -> bool:
        """End when nothing, or too little for an order, is left."""
        left = algo.terms.size - algo.filled
        done = left < max(self.instruments[algo.terms.instrument].terms.size_min, 1)
        if done:
            self.end(algo, AlgoState.EFFECTIVE, AlgoEndCause.DONE)
        return done

    def best(self, instrument: int, side: int) -> int:
        """The best price of a side, 0 for none."""
        queue = self.queue(instrument, side)
        return queue[0].price if queue else 0

    def tend(self, algo: Algo) -> None:
        """Keep a slice in the book behind the last price."""
        terms = algo.terms
        instrument = self.instruments[terms.instrument]
        last, sign = instrument.last_price, 1 if terms.side == Side.BUY else -1
        if last == 0 or instrument.state not in MAY_REST:
            return
        away = algo.away(last)
        bounds = [last - sign * away, terms.price_limit]
        other = self.best(terms.instrument, 1 - terms.side)
        bounds += [other - sign] if other else []
        price = sign * min(sign * bound for bound in bounds)
        if price <= 0:
            return
        if algo.child == 0:
            self.rest_slice(algo, last, min(terms.slice_size, terms.size - algo.filled), price)
        elif algo.child in self.open_orders and sign * (price - self.open_orders[algo.child].price) > away:
            self.move(algo, price)

    def chase(self, algo: Algo) -> None:
        """Follow the best price of its own side."""
        terms = algo.terms
        best, sign = self.best(terms.instrument, terms.side), 1 if terms.side == Side.BUY else -1
        if best == 0 or self.instruments[terms.instrument].state not in MAY_REST:
            return
        algo.start = algo.start or best
        bounded = terms.distance_ticks or terms.distance_ppm
        if bounded and sign * (best - algo.start) > algo.away(algo.start):
            self.end(algo, AlgoState.CANCELED, AlgoEndCause.TOO_FAR)
            return
        price = best - sign * algo.behind(best)
        if price > 0 and algo.child == 0:
            self.rest_slice(algo, best, terms.size - algo.filled, price)
        elif price > 0 and algo.child in self.open_orders and sign * price > sign * self.open_orders[algo.child].price:
            self.move(algo, price)

    def rest_slice(self, algo: Algo, cause: int, size: int, price: int) -> None:
        """Place an order that only rests."""
        order = self.place(algo, AlgoLeg.SLICE, cause, size, price)
        if order is not None and order.order_id in self.open_orders:
            algo.child = order.order_id

    def move(self, algo: Algo, price: int) -> None:
        """Amend what rests; fail when that is refused for more than its price."""
        terms = algo.terms
        order = (terms.instrument, algo.child, price)
        try:
            self.amend_order(c.AmendOrder(0, terms.account, 0, 0, *order, clip_to_band=1))
        except RefusedError as refused:
            if refused.rejection not in (Rejection.NOTHING_TO_AMEND, Rejection.AMEND_POST_ONLY_WOULD_TAKE):
                self.fail(algo, refused.rejection)

    # Ends.

    def end(self, algo: Algo, state: AlgoState, cause: AlgoEndCause, rejection: Rejection = Rejection.NONE) -> None:
        """End an algo order with what rests of it; nobody was told of one that waits for an order to come."""
        self.algos.remove(algo)
        child = self.open_orders.get(algo.child)
        if child is not None:
            algo.filled += child.filled
            self.cancel(child, FROZEN_OR_CLOSED.get(cause, CancelReason.USER))
        for order_id in algo.linked:
            if order_id in self.open_orders:
                self.cancel(self.open_orders[order_id], FROZEN_OR_CLOSED.get(cause, CancelReason.STOP_CANCELED))
        if algo.stage != UNPLACED:
            self.emit(ae.AlgoEnded, *algo.names, state, cause, rejection, algo.filled)

    def cancel_algos(self, *, account: int = -1, instrument: int = -1) -> None:
        """See ``NaiveBooks.cancel_algos``."""
        cause = AlgoEndCause.OWNER_FROZEN if account != -1 else AlgoEndCause.CLOSED
        for algo in list(self.algos):
            if algo.terms.account == account or algo.terms.instrument == instrument:
                self.end(algo, AlgoState.CANCELED, cause)

    def cancel_algo(self, command: ac.CancelAlgo) -> int:
        """See ``algo_commands.CancelAlgo``."""
        self.party(command)
        self.instrument(command.instrument)
        algo = self.find_algo(command)
        self.end(algo, AlgoState.CANCELED, AlgoEndCause.CANCELED_BY_USER)
        return algo.algo_id


def nearest(price: Fraction) -> int:
    """The nearest tick, from the middle the higher one; there is one at least."""
    return min(max(floor(price + Fraction(1, 2)), 1), INT_MAX)


def met(price: int, trigger: int, up: bool) -> bool:
    """Whether a price has come to a trigger from below (``up``) or from above."""
    return price >= trigger if up else price <= trigger
