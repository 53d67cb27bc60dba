"""Orders as the naive twin places, matches, amends and cancels them: spot orders whole, contracts up to their money.

Why apart: both kinds share books and matching; what a fill does to a position is in ``naive_settling``.
"""

from fractions import Fraction
from functools import partial
from math import ceil

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.kinds import (
    CancelReason,
    InstrumentState,
    Ledger,
    Liquidity,
    OrderState,
    OrderType,
    SelfTradePrevention,
    Side,
    SizeUnit,
    TimeInForce,
    TriggerSource,
)
from lonja.core.rejections import Rejection
from lonja.primitives.money import PPM
from tests.core.naive_books import FEE_INCOME, MATCHES_MAX
from tests.core.naive_contract_parts import Contract
from tests.core.naive_parts import (
    Account,
    Instrument,
    Order,
    RefusedError,
    beyond,
    checked_price,
    is_meant,
    require,
    require_band,
    require_kind,
    require_open,
    require_order_fields,
    require_size,
)
from tests.core.naive_settling import NaiveSettling

ORDER_ID_EPOCH_MS = 1_483_228_800_000
OPEN_PER_ACCOUNT_MAX, OPEN_PER_INSTRUMENT_MAX = 4_000, 500
TIMER_TAGS_MAX, TIMEOUT_MIN_MS, TIMEOUT_MAX_MS = 20, 10_000, 120_000


class NaiveOrders(NaiveSettling):
    """Orders of both kinds."""

    def fire_timers(self) -> None:
        """Cancel what due timers tell."""
        due = sorted((at, account, tag) for (account, tag), at in self.timers.items() if at <= self.time_ms)
        for _, account, tag in due:
            del self.timers[account, tag]
            for one in (account, *(pocket for pocket, key in self.lending.pockets.items() if key[0] == account)):
                self.cancel_each(partial(is_meant, one, tag), CancelReason.CANCEL_ALL_AFTER)

    # Orders: finding and canceling.

    def cancel_order(self, command: c.CancelOrder) -> int:
        """See ``commands.CancelOrder``."""
        self.party(command)
        self.instrument(command.instrument)
        order = self.find(command)
        self.cancel(order, CancelReason.USER)
        return order.order_id

    def find(self, command: c.CancelOrder | c.AmendOrder) -> Order:
        """The account's open order that the command names."""
        for order in self.open_orders.values():
            if (order.account, order.instrument) == (command.account, command.instrument):
                named = command.client_order_id != "" and order.client_order_id == command.client_order_id
                if order.order_id == command.order_id or (command.order_id == 0 and named):
                    return order
        raise RefusedError(Rejection.ORDER_NOT_FOUND)

    def cancel_all_after(self, command: c.CancelAllAfter) -> int:
        """See ``commands.CancelAllAfter``."""
        self.party(command)
        timeout_ok = TIMEOUT_MIN_MS <= command.timeout_ms <= TIMEOUT_MAX_MS
        require(command.timeout_ms == 0 or timeout_ok, Rejection.TIMEOUT_OUT_OF_RANGE)
        key = (command.account, command.tag)
        if command.timeout_ms == 0:
            self.timers.pop(key, None)
            trigger = 0
        else:
            armed = [tag for account, tag in self.timers if account == command.account]
            require(command.tag in armed or len(armed) < TIMER_TAGS_MAX, Rejection.TIMER_TAGS_MAX)
            trigger = self.timers[key] = self.time_ms + command.timeout_ms
        self.emit(e.CancelAllAfterSet, command.account, trigger, command.tag)
        return trigger

    # Orders: placing.

    def place_order(self, command: c.PlaceOrder) -> int:
        """See ``commands.PlaceOrder``."""
        require_order_fields(command)
        account = self.party(command)
        require(not account.frozen, Rejection.ACCOUNT_FROZEN)
        instrument = self.instrument(command.instrument)
        require(not isinstance(instrument, Contract), Rejection.ORDER_KIND_INVALID)
        prevention, price = self.checked_kind(command, account, instrument)
        require_size(instrument, command, price)
        if command.order_type == OrderType.LIMIT:
            require_band(instrument, command.side, price)
        self.require_room(command)
        fields = (command.account, command.instrument, command.side, price, command.size, command.size_unit)
        order = Order(0, *fields, prevention, command.client_order_id, command.tag, command.post_only)
        self.fit_to_balance(order, command, instrument)
        self.tell_placed(order, command.order_type, command.time_in_force)
        self.execute(order, command)
        return order.order_id

    def checked_kind(
        self, command: c.PlaceOrder | c.PlaceContractOrder, account: Account, instrument: Instrument
    ) -> tuple[int, int]:
        """Who yields to whom, and the price, when the instrument takes such an order now."""
        require_open(instrument, command.post_only)
        require_kind(command)
        prevention = command.self_trade_prevention or account.self_trade_prevention
        both = prevention == SelfTradePrevention.CANCEL_BOTH
        require(not (both and command.time_in_force == TimeInForce.FOK), Rejection.SELF_TRADE_PREVENTION_FORBIDS_FOK)
        if command.order_type == OrderType.MARKET:
            return prevention, command.price
        return prevention, checked_price(instrument, command.side, command.price, command.clip_to_band)

    def tell_placed(self, order: Order, order_type: int, time_in_force: int) -> None:
        """Give an order its id and tell it."""
        self.last_order_id = max(self.last_order_id + 64, (self.time_ms - ORDER_ID_EPOCH_MS) << 22)
        order.order_id = self.last_order_id
        kind = (order_type, time_in_force, order.post_only, order.price, order.size, order.size_unit)
        what = (order.account, order.instrument, order.side, *kind, order.self_trade_prevention)
        self.emit(e.OrderPlaced, order.order_id, *what, order.client_order_id, order.tag)

    def require_room(self, command: c.PlaceOrder | c.PlaceContractOrder) -> None:
        """Refuse a second open order with one client order id, and too many open orders."""
        mine = [order for order in self.open_orders.values() if order.account == command.account]
        taken = command.client_order_id != "" and command.client_order_id in [order.client_order_id for order in mine]
        require(not taken, Rejection.CLIENT_ORDER_ID_DUPLICATE)
        if (command.order_type, command.time_in_force) == (OrderType.LIMIT, TimeInForce.GTC):
            owner, pockets = self.lending.pockets.get(command.account, (-1, -1))[0], self.lending.pockets
            of_family = [one for one in self.open_orders.values() if pockets.get(one.account, (-2, -2))[0] == owner]
            require(len(of_family or mine) < OPEN_PER_ACCOUNT_MAX, Rejection.OPEN_ORDERS_ACCOUNT_MAX)
            here = [order for order in mine if order.instrument == command.instrument]
            require(len(here) < OPEN_PER_INSTRUMENT_MAX, Rejection.OPEN_ORDERS_INSTRUMENT_MAX)

    def fit_to_balance(self, order: Order, command: c.PlaceOrder, instrument: Instrument) -> None:
        """Refuse what the account cannot pay, or reduce a market buy to what it can."""
        quote = max(self.spendable(order.account, instrument.terms.quote), 0)
        if command.size_unit == SizeUnit.QUOTE:
            if order.side == Side.BUY:
                require(quote >= order.size, Rejection.INSUFFICIENT_BALANCE)
            else:
                lots, _ = self.affordable_lots(order, instrument, order.size)
                base = max(self.spendable(order.account, instrument.terms.base), 0)
                require(base >= lots * instrument.base_per_lot, Rejection.INSUFFICIENT_BALANCE)
        elif command.order_type == OrderType.MARKET and order.side == Side.BUY:
            affordable, enough = self.affordable_lots(order, instrument, quote)
            if not enough:
                require(
                    not command.fixed_size and affordable >= instrument.terms.size_min, Rejection.INSUFFICIENT_BALANCE
                )
                order.size = affordable
        else:
            currency, amount = self.hold(order)
            require(self.spendable(order.account, currency) >= amount, Rejection.INSUFFICIENT_BALANCE)

    def affordable_lots(self, order: Order, instrument: Instrument, amount: int) -> tuple[int, bool]:
        """How many lots of a market order ``amount`` quote units pay for, and whether more would not match anyway."""
        lots = 0
        edge = instrument.buy_max() if order.side == Side.BUY else instrument.sell_min()
        for maker in self.reachable(order, edge):
            wanted = maker.left if order.size_unit == SizeUnit.QUOTE else min(maker.left, order.size - lots)
            taken = min(wanted, instrument.lots_for(maker.price, amount))
            lots += taken
            amount -= instrument.cost(maker.price, taken)
            if taken < wanted:
                return lots, False
        return lots, True

    def execute(self, order: Order, command: c.PlaceOrder | c.PlaceContractOrder) -> None:
        """Match a placed order, then rest or cancel what is left."""
        market = command.order_type == OrderType.MARKET
        instrument = self.instruments[order.instrument]
        edge = instrument.buy_max() if order.side == Side.BUY else instrument.sell_min()
        limit = edge if market else order.price
        if order.post_only and self.would_take(order, limit):
            self.cancel(order, CancelReason.POST_ONLY_WOULD_TAKE, rested=False)
        elif command.time_in_force == TimeInForce.FOK and self.unfillable(order, limit):
            self.cancel(order, CancelReason.FOK_NOT_FILLABLE, rested=False)
        else:
            self.settle(order, self.match(order, limit), market, command.time_in_force)

    def settle(self, order: Order, stop: CancelReason | None, market: bool, time_in_force: int) -> None:
        """Rest or cancel an order whose matching stopped for that reason (None: it is filled)."""
        if stop in (CancelReason.NO_LIQUIDITY, CancelReason.PRICE_BAND) and not market:
            if time_in_force == TimeInForce.GTC:
                self.rest(order)
                return
            stop = CancelReason.IOC_REST
        if stop is not None:
            self.cancel(order, stop, rested=False)

    def unfillable(self, order: Order, limit: int) -> bool:
        """Whether a fill-or-kill order cannot be filled whole."""
        return sum(maker.left for maker in self.reachable(order, limit)) < order.left

    def rest(self, order: Order) -> None:
        """Put an order at the end of its queue."""
        self.turns += 1
        order.turn = self.turns
        self.open_orders[order.order_id] = order
        place = (order.order_id, order.account, order.instrument, order.side, order.price)
        self.emit(e.OrderRested, *place, order.left)
        if order.position:
            self.bound_reducing(self.positions[order.position - 1])

    # Orders: matching.

    def match(self, taker: Order, limit: int) -> CancelReason | None:
        """Trade ``taker`` against the book; why it stopped before it was filled, or None."""
        matches = 0
        while taker.left or taker.amount_left:
            makers = self.queue(taker.instrument, 1 - taker.side)
            if not makers:
                return CancelReason.NO_LIQUIDITY
            maker = makers[0]
            if beyond(taker.side, maker.price, limit):
                return CancelReason.PRICE_BAND
            lots = self.lots_of_match(taker, maker)
            if lots == 0:
                return self.end_for_less_than_a_lot(taker)
            if matches == MATCHES_MAX:
                return CancelReason.MATCH_LIMIT
            if self.same_master(maker.account, taker.account):
                if taker.self_trade_prevention != SelfTradePrevention.CANCEL_TAKER:
                    self.cancel(maker, CancelReason.SELF_TRADE)
                if taker.self_trade_prevention != SelfTradePrevention.CANCEL_MAKER:
                    return CancelReason.SELF_TRADE
            elif self.can_bear(maker):
                self.trade(taker, maker, lots)
                matches += 1
            else:
                self.cancel(maker, CancelReason.UNCOVERED)
                limit = self.limit_after_cancel(taker, limit)
        return None

    def limit_after_cancel(self, taker: Order, limit: int) -> int:
        """A market order goes no further than it was judged by, though an order on its way is gone."""
        return self.judged if taker.price == 0 and beyond(taker.side, limit, self.judged) else limit

    def lots_of_match(self, taker: Order, maker: Order) -> int:
        """How many lots would change hands."""
        if taker.size_unit == SizeUnit.BASE:
            return min(taker.left, maker.left)
        return min(maker.left, self.instruments[taker.instrument].lots_for(maker.price, taker.amount_left))

    def end_for_less_than_a_lot(self, taker: Order) -> CancelReason | None:
        """What is left of an order sized in quote buys no lot: it is filled, as its last fill then says."""
        if taker.filled == 0:
            return CancelReason.NO_LIQUIDITY
        for number, event in enumerate(self.events):
            if isinstance(event, e.Filled) and event.order_id == taker.order_id:
                last = number, event
        self.events[last[0]] = last[1]._replace(order_state=int(OrderState.FILLED))
        return None

    def trade(self, taker: Order, maker: Order, lots: int) -> None:
        """Exchange ``lots`` at the maker's price and tell both halves, the taker's first."""
        instrument = self.instruments[taker.instrument]
        instrument.last_trade_id += 1
        instrument.last_price = maker.price
        for order in (maker, taker):
            self.note_fill(order.order_id, lots)
        self.note("price", TriggerSource.LAST, taker.instrument, maker.price)
        notional = instrument.notional(maker.price, lots)
        for order in (taker, maker):
            order.filled += lots
            order.notional += notional
            order.spent += instrument.cost(maker.price, lots)
        if maker.left == 0:
            del self.open_orders[maker.order_id]
            self.note_end(maker, whole=True)
        match = (lots, notional, maker.price)
        if isinstance(instrument, Contract):
            self.trade_contract(taker, maker, match)
            return
        self.book_half(taker, maker, Liquidity.TAKER, match)
        self.book_half(maker, taker, Liquidity.MAKER, match)

    def book_half(self, order: Order, other: Order, liquidity: Liquidity, match: tuple[int, int, int]) -> None:
        """Move one side's money of a trade and tell it."""
        instrument = self.instruments[order.instrument]
        terms = instrument.terms
        lots, notional, price = match
        base, change = (lots * instrument.base_per_lot, notional)
        rates = self.rates(order.account, instrument)
        rate = rates[1] if liquidity == Liquidity.TAKER else rates[0]
        received, currency = (base, terms.base) if order.side == Side.BUY else (change, terms.quote)
        fee = ceil(Fraction(received * rate, PPM))
        sign = 1 if order.side == Side.BUY else -1
        self.add(order.account, terms.base, Ledger.TRADING, sign * base)
        self.add(order.account, terms.quote, Ledger.TRADING, -sign * change)
        self.add(order.account, currency, Ledger.TRADING, -fee)
        self.add(FEE_INCOME, currency, Ledger.TRADING, fee)
        balances = (self.balance(order.account, terms.base), self.balance(order.account, terms.quote))
        state = OrderState.PARTIALLY_FILLED if order.left or order.amount_left else OrderState.FILLED
        what = (order.order_id, order.account, order.instrument, order.side, liquidity, instrument.last_trade_id)
        totals = (order.filled, order.notional, order.left, state, *balances, other.order_id)
        self.emit(e.Filled, *what, price, lots, notional, fee, currency, *totals)

    # Orders: amending.

    def amend_order(self, command: c.AmendOrder) -> int:
        """See ``commands.AmendOrder``."""
        require(command.cancel_on_fail in (0, 1) and command.clip_to_band in (0, 1), Rejection.FIELD_INVALID)
        account = self.party(command)
        require(not account.frozen, Rejection.ACCOUNT_FROZEN)
        instrument = self.instrument(command.instrument)
        order = self.find(command)
        try:
            self.amend(order, command, instrument)
        except RefusedError as refused:
            if command.cancel_on_fail:
                what = (order.order_id, order.account, order.instrument, refused.rejection, command.request_id)
                self.emit(e.AmendmentFailed, *what)
                self.cancel(order, CancelReason.AMEND_FAILED)
            raise
        return order.order_id

    def amend(self, order: Order, command: c.AmendOrder, instrument: Instrument) -> None:
        """Change a resting order, or refuse."""
        require(instrument.state in (InstrumentState.LIVE, InstrumentState.POST_ONLY), Rejection.INSTRUMENT_NOT_LIVE)
        price = order.price if command.new_price == -1 else command.new_price
        size = order.size if command.new_size == -1 else command.new_size
        if command.new_price > 0 and command.clip_to_band:
            price = checked_price(instrument, order.side, price, 1)
        require((price, size) != (order.price, order.size), Rejection.NOTHING_TO_AMEND)
        require(price > 0, Rejection.PRICE_NOT_POSITIVE)
        if 0 < size <= order.filled:
            self.end_as_filled(order, command)
            return
        if isinstance(instrument, Contract):
            self.require_amendable(order, instrument, price, size)
        else:
            self.require_spot_amendable(order, instrument, price, size)
        old = (order.price, order.left)
        kept = price == order.price and size < order.size
        order.price, order.size = price, size
        place = (order.order_id, order.account, order.instrument, order.side)
        self.emit(e.OrderAmended, *place, *old, price, size, order.left, kept, command.request_id)
        if not kept:
            del self.open_orders[order.order_id]
            self.settle(order, self.match(order, price), market=False, time_in_force=TimeInForce.GTC)
            if order.order_id not in self.open_orders:
                self.note_end(order, whole=order.left == 0)

    def require_spot_amendable(self, order: Order, instrument: Instrument, price: int, size: int) -> None:
        """Refuse a change of a spot order by size, band, post-only and balance."""
        require_size(instrument, c.PlaceOrder(order_type=OrderType.LIMIT, size=size), price)
        if price != order.price or size > order.size:
            require_band(instrument, order.side, price)
        self.require_still_resting(order, instrument, price)
        changed = Order(**(vars(order) | {"price": price, "size": size}))
        self.require_more(order, changed)

    def require_more(self, order: Order, changed: Order) -> None:
        """Refuse what a changed order would hold beyond what it does, when that is not there."""
        currency, before = self.hold(order)
        more = self.hold(changed)[1] - before
        require(more <= 0 or more <= self.spendable(order.account, currency), Rejection.INSUFFICIENT_BALANCE)

    def require_still_resting(self, order: Order, instrument: Instrument, price: int) -> None:
        """Refuse a price at which an order that may only rest would trade."""
        must_rest = order.post_only or instrument.state == InstrumentState.POST_ONLY
        require(not (must_rest and self.would_take(order, price)), Rejection.AMEND_POST_ONLY_WOULD_TAKE)

    def require_amendable(self, order: Order, contract: Contract, price: int, size: int) -> None:
        """Refuse a change of an order for a contract; but for a mere cut it is judged as if it were placed anew."""
        terms, left, before = contract.terms, size - order.filled, order.left
        require(size > 0, Rejection.SIZE_NOT_POSITIVE)
        require(size >= terms.size_min, Rejection.SIZE_BELOW_MIN)
        require(terms.size_limit_max == 0 or size <= terms.size_limit_max, Rejection.SIZE_ABOVE_MAX)
        cut = price == order.price and size < order.size
        if not cut:
            self.require_borne(contract, price, left, bool(order.reduce_only))
            require_band(contract, order.side, price)
        self.require_still_resting(order, contract, price)
        position = self.positions[order.position - 1]
        grows_beyond = order.reduce_only and left - before > self.spare(position)
        require(not grows_beyond, Rejection.REDUCES_BEYOND_POSITION)
        if not cut:
            del self.open_orders[order.order_id]
            try:
                self.require_admission(position, self.asked(order, price, left))
            finally:
                self.open_orders[order.order_id] = order

    def end_as_filled(self, order: Order, command: c.AmendOrder) -> None:
        """No more is wanted of an order than it has."""
        left, order.size = order.left, order.filled
        place = (order.order_id, order.account, order.instrument, order.side, order.price, left)
        self.emit(e.OrderAmended, *place, order.price, order.size, 0, False, command.request_id)
        del self.open_orders[order.order_id]
        self.cancel(order, CancelReason.AMENDED_TO_FILLED, rested=False)
        self.note_end(order, whole=False)
