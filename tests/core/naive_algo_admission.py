"""What the naive twin asks of algo orders when they are placed, attached or amended.

Why apart: as ``naive_parts``; what they do then is in ``naive_algos``.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Any, NamedTuple

from lonja.core import algo_commands as ac
from lonja.core import algo_events as ae
from lonja.core.kinds import (
    AccountMode,
    AlgoKind,
    AlgoLeg,
    InstrumentState,
    MarginMode,
    PositionSide,
    ProfitKind,
    SelfTradePrevention,
    Side,
    SizeUnit,
    TimeInForce,
    TriggerSource,
)
from lonja.core.rejections import Rejection
from lonja.core.texts import EMPTY_32, Text32
from lonja.primitives.money import INT_MAX, PPM
from tests.core.naive_contract_parts import Contract
from tests.core.naive_contracts import NaiveContracts
from tests.core.naive_orders import ORDER_ID_EPOCH_MS
from tests.core.naive_parts import Order, RefusedError, require

AlgoAsked = (
    ac.PlaceAlgo | ac.AttachAlgo | ac.AmendAlgo | ac.PlaceDetailedAlgo | ac.AttachDetailedAlgo | ac.AmendDetailedAlgo
)
LIVE, WAITING, UNPLACED = "live", "waiting", "unplaced"
INTERVALS_MS = range(1_000, 86_400_001)
CAPS: dict[int, int] = {
    AlgoKind.CONDITIONAL: 100,
    AlgoKind.TRIGGER: 500,
    AlgoKind.MOVE_ORDER_STOP: 50,
    AlgoKind.TWAP: 20,
    AlgoKind.ICEBERG: 100,
    AlgoKind.CHASE: 20,
}
GROUPS = {
    "trigger": ("trigger_price", "order_price"),
    "profit": ("profit_trigger", "profit_price"),
    "loss": ("loss_trigger", "loss_price"),
    "callback": ("callback_ppm", "callback_ticks", "activation_price"),
    "slices": ("slice_size", "price_limit"),
    "interval": ("interval_ms",),
    "distance": ("distance_ppm", "distance_ticks"),
}
USES = {
    AlgoKind.CONDITIONAL: ("", "profit loss"),
    AlgoKind.OCO: ("profit loss", ""),
    AlgoKind.TRIGGER: ("trigger", "profit loss"),
    AlgoKind.MOVE_ORDER_STOP: ("callback", ""),
    AlgoKind.TWAP: ("slices interval", "distance"),
    AlgoKind.ICEBERG: ("slices", "distance"),
    AlgoKind.CHASE: ("", "distance callback"),
}
"""The groups of fields that a kind needs, and those that it may have."""
AMENDED = tuple(name for name in ac.AmendAlgo._fields if name.startswith("new_"))


class Details(NamedTuple):
    """What only detailed commands say."""

    time_in_force: int = 0
    profit_kind: int = 0
    profit_ppm: int = 0
    loss_ppm: int = 0
    together: int = 0
    cost_stop: int = 0
    guard_callback_ppm: int = 0
    guard_callback_ticks: int = 0
    guard_activation_price: int = 0
    guard_client_algo_id: Text32 = Text32("")


PLAIN = Details()


@dataclass(eq=False)
class Algo:
    """An open algo order; ``terms`` are what it asks for now."""

    algo_id: int
    terms: ac.PlaceAlgo
    stage: str = LIVE
    details: Details = PLAIN
    parent: int = 0
    rises: bool = False
    following: bool = False
    best: int = 0
    start: int = 0
    child: int = 0
    filled: int = 0
    due_ms: int = 0
    refused: Rejection = Rejection.NONE
    cost: int = 0
    linked: list[int] = field(default_factory=list)

    @property
    def takes(self) -> bool:
        """Whether it has a take profit."""
        return has_profit(self.terms, self.details)

    @property
    def stops(self) -> bool:
        """Whether it has a stop loss."""
        return has_loss(self.terms, self.details)

    @property
    def rests(self) -> bool:
        """Whether its take profit rests from the start: a one-way order with a stop loss is only that."""
        is_limit = self.details.profit_kind == ProfitKind.LIMIT
        return is_limit and (self.terms.kind == AlgoKind.OCO or not self.stops)

    @property
    def names(self) -> tuple[int, int, int]:
        """How events name it."""
        return self.algo_id, self.terms.account, self.terms.instrument

    def legs(self) -> list[tuple[int, int, int, bool]]:
        """Source, price, leg and whether it is met from below, of what it waits for."""
        terms, sells = self.terms, self.terms.side == Side.SELL
        profit = (terms.profit_source, terms.profit_trigger, AlgoLeg.TAKE_PROFIT, sells)
        loss = (terms.loss_source, terms.loss_trigger, AlgoLeg.STOP_LOSS, not sells)
        match terms.kind:
            case AlgoKind.CONDITIONAL:
                return [loss] if terms.loss_trigger else [profit] if terms.profit_trigger else []
            case AlgoKind.OCO:
                return [leg for leg in (profit, loss) if leg[1]]
            case AlgoKind.TRIGGER:
                return [(terms.source, terms.trigger_price, AlgoLeg.TRIGGER, self.rises)]
            case AlgoKind.MOVE_ORDER_STOP if not self.following:
                return [(terms.source, terms.activation_price, AlgoLeg.CALLBACK, self.rises)]
        return []

    def falls_back(self, price: int) -> bool:
        """Whether a price is the callback behind the best; the best is kept."""
        sign = 1 if self.terms.side == Side.SELL else -1
        self.best = sign * max(sign * self.best, sign * price)
        fallen = sign * (self.best - price)
        if fallen == 0:
            return False
        if self.terms.callback_ticks:
            return fallen >= self.terms.callback_ticks
        return Fraction(fallen, self.best) >= Fraction(self.terms.callback_ppm, PPM)

    def behind(self, price: int) -> int:
        """How far behind a price a chase is."""
        return self.terms.callback_ticks or floor(Fraction(price * self.terms.callback_ppm, PPM))

    def away(self, price: int) -> int:
        """How far from a price its slices are."""
        return self.terms.distance_ticks or floor(Fraction(price * self.terms.distance_ppm, PPM))


@dataclass
class NaiveAlgoAdmission(NaiveContracts):
    """The list of algo orders, oldest first, and what is asked of a new one."""

    algos: list[Algo] = field(default_factory=list)
    newest: Order | None = None

    def is_awaited(self, order_id: int) -> bool:
        """See ``NaiveBooks.is_awaited``."""
        waits = [(algo.child, algo.parent if algo.stage == WAITING else -1, *algo.linked) for algo in self.algos]
        return any(order_id in orders for orders in waits)

    def has_contracts_open(self, account: int) -> bool:
        """The same, or has algo orders for one."""
        mine = [algo.terms.instrument for algo in self.algos if algo.terms.account == account]
        return super().has_contracts_open(account) or any(isinstance(self.instruments[i], Contract) for i in mine)

    def tell_placed(self, order: Order, order_type: int, time_in_force: int) -> None:
        """The same, and remember the order."""
        super().tell_placed(order, order_type, time_in_force)
        self.newest = order

    def next_id(self) -> int:
        """The id that the next order gets."""
        return max(self.last_order_id + 64, (self.time_ms - ORDER_ID_EPOCH_MS) << 22)

    def take_id(self) -> int:
        """Use it for something else."""
        self.last_order_id = self.next_id()
        return self.last_order_id

    def price_of(self, instrument: int, source: int) -> int:
        """The price that a source tells, 0 for none."""
        found = self.instruments[instrument]
        if source == TriggerSource.LAST and found.last_price:
            return found.last_price
        if isinstance(found, Contract):
            return found.index if source == TriggerSource.INDEX else found.mark
        return 0 if source == TriggerSource.MARK else found.index_price

    def find_algo(self, command: ac.CancelAlgo | ac.AmendAlgo | ac.AmendDetailedAlgo) -> Algo:
        """The algo order that a command names."""
        for algo in self.algos:
            by_client = command.algo_id == 0 and command.client_algo_id not in ("", None)
            named = by_client and algo.terms.client_algo_id == command.client_algo_id
            mine = algo.names[1:] == (command.account, command.instrument) and algo.stage != UNPLACED
            if mine and (named or algo.algo_id == command.algo_id):
                return algo
        raise RefusedError(Rejection.ALGO_NOT_FOUND)

    def tell_algo(self, algo: Algo) -> None:
        """Tell a new one."""
        terms = algo.terms
        if algo.details != PLAIN:
            self.tell_details(algo)
        self.emit(ae.AlgoPlaced, algo.algo_id, terms.account, algo.parent, *terms[4:])

    def tell_details(self, algo: Algo) -> None:
        """Tell what only detailed commands say."""
        sources = (algo.terms.source, algo.terms.profit_source, algo.terms.loss_source)
        self.emit(ae.AlgoDetailed, *algo.names, *sources, *algo.details)

    # Placing.

    def place_algo(self, given: ac.PlaceAlgo | ac.PlaceDetailedAlgo) -> int:
        """See ``algo_commands.PlaceAlgo`` and ``PlaceDetailedAlgo``."""
        command = ac.PlaceAlgo._make(given[: len(ac.PlaceAlgo._fields)])
        details = details_of(given)
        require_fields(command, details)
        self.require_parties(command)
        algo = Algo(0, command, details=details)
        self.require_terms(algo)
        self.aim(algo)
        self.require_unmet(algo)
        self.require_uncrowded(algo)
        algo.algo_id = self.take_id()
        if command.close_fraction and command.position_side == PositionSide.NET:
            algo.terms = command._replace(reduce_only=command.reduce_only or 1)
        self.algos.append(algo)
        self.tell_algo(algo)
        if command.kind in (AlgoKind.TWAP, AlgoKind.ICEBERG) or algo.rests:
            self.note("started", algo.algo_id)
        return algo.algo_id

    def require_parties(self, command: AlgoAsked) -> None:
        """Who asks, and whether the instrument takes orders."""
        require(not self.party(command).frozen, Rejection.ACCOUNT_FROZEN)
        open_states = (InstrumentState.LIVE, InstrumentState.POST_ONLY)
        require(self.instrument(command.instrument).state in open_states, Rejection.INSTRUMENT_NOT_LIVE)

    def require_terms(self, algo: Algo) -> None:
        """Kind, mode, position and size."""
        terms = algo.terms
        instrument, account = self.instruments[terms.instrument], self.accounts[terms.account]
        require(kind_is_sound(terms, algo.details), Rejection.ALGO_KIND_INVALID)
        if isinstance(instrument, Contract):
            require(suits_contract(terms) and details_suit_placed(algo), Rejection.ALGO_KIND_INVALID)
            may = account.account_mode != AccountMode.SPOT and not self.is_pocket(account)
            require(may, Rejection.ACCOUNT_MODE_FORBIDS)
            two_sided = account.position_mode == 1
            require(two_sided == (terms.position_side != PositionSide.NET), Rejection.POSITION_SIDE_INVALID)
        else:
            require(self.suits_pair(terms, algo.details), Rejection.ALGO_KIND_INVALID)
        if not terms.close_fraction:
            require(terms.size > 0, Rejection.SIZE_NOT_POSITIVE)
            smallest = min(terms.size, terms.slice_size or terms.size)
            big_enough = terms.size_unit == SizeUnit.QUOTE or smallest >= instrument.terms.size_min
            require(big_enough, Rejection.SIZE_BELOW_MIN)

    def aim(self, algo: Algo) -> None:
        """From which side its price is to come; trailing without such a price follows from now on."""
        terms = algo.terms
        now = self.price_of(terms.instrument, terms.source)
        if terms.kind == AlgoKind.TRIGGER:
            algo.rises = terms.trigger_price > now
        elif terms.kind == AlgoKind.MOVE_ORDER_STOP:
            algo.rises = terms.activation_price > now
            if now and terms.activation_price in (0, now):
                algo.following, algo.best = True, now

    def require_unmet(self, algo: Algo) -> None:
        """The prices that it waits for exist and have not come."""
        if algo.terms.kind == AlgoKind.MOVE_ORDER_STOP:
            now = self.price_of(algo.terms.instrument, algo.terms.source)
            require(now != 0, Rejection.TRIGGER_PRICE_MISSING)
            return
        for source, trigger, leg, up in algo.legs():
            now = self.price_of(algo.terms.instrument, source)
            require(now != 0, Rejection.TRIGGER_PRICE_MISSING)
            reached = now == trigger if leg == AlgoLeg.TRIGGER else now >= trigger if up else now <= trigger
            require(not reached, Rejection.TRIGGER_ALREADY_MET)

    def require_uncrowded(self, algo: Algo) -> None:
        """A position to close, names and numbers."""
        terms = algo.terms
        names = (terms.account, terms.instrument, terms.margin_mode, terms.position_side)
        mine = [other.terms for other in self.algos if other.terms.account == terms.account]
        if terms.close_fraction:
            position = self.find_position(*names)
            require(position is not None and position.closable(terms.side) > 0, Rejection.POSITION_NOT_FOUND)
            closing = [(t.account, t.instrument, t.margin_mode, t.position_side) for t in mine if t.close_fraction]
            require(names not in closing, Rejection.CLOSING_ALGO_EXISTS)
        taken = terms.client_algo_id != "" and terms.client_algo_id in [other.client_algo_id for other in mine]
        require(not taken, Rejection.CLIENT_ALGO_ID_DUPLICATE)
        alike = [o for o in mine if o.instrument == terms.instrument and group(o.kind) == group(terms.kind)]
        require(len(alike) < CAPS[group(terms.kind)], Rejection.OPEN_ALGOS_MAX)

    # Attaching and amending.

    def suits_pair(self, terms: ac.PlaceAlgo, details: Details) -> bool:
        """Whether it can be meant for a spot instrument, and says nothing that only those of pockets may say."""
        is_pocket = terms.account in self.lending.pockets
        brings = is_pocket and terms.account not in self.lending.crossed and not terms.reduce_only
        opens = terms.kind in (AlgoKind.TRIGGER, AlgoKind.TWAP, AlgoKind.ICEBERG)
        one_way = terms.kind in (AlgoKind.CONDITIONAL, AlgoKind.OCO)
        margined = terms.position_side == 0 or (brings and opens)
        reduces = is_pocket and terms.size_unit == SizeUnit.BASE and (terms.reduce_only == 1 or one_way)
        fits = margined and (terms.reduce_only == 0 or reduces)
        return fits and suits_spot(terms) and details_suit_spot(details)

    def attach_algo(self, command: ac.AttachAlgo | ac.AttachDetailedAlgo) -> int:
        """See ``algo_commands.AttachAlgo`` and ``AttachDetailedAlgo``."""
        details = details_of(command)
        fields = {name: value for name, value in command._asdict().items() if name in ac.PlaceAlgo._fields}
        terms = ac.PlaceAlgo(**fields)
        trails = terms.callback_ppm or terms.callback_ticks or terms.activation_price
        both = has_profit(terms, details) and has_loss(terms, details)
        kind = AlgoKind.MOVE_ORDER_STOP if trails else AlgoKind.OCO if both else AlgoKind.CONDITIONAL
        terms = terms._replace(kind=kind)
        require_fields(terms, details)
        require(command.reduce_only != 2, Rejection.FIELD_INVALID)
        self.require_parties(command)
        instrument = self.instruments[command.instrument]
        suits = isinstance(instrument, Contract) or self.suits_pair(terms, details)
        require(kind_is_sound(terms, details) and suits, Rejection.ALGO_KIND_INVALID)
        require(terms.size == 0 or terms.size >= instrument.terms.size_min, Rejection.SIZE_BELOW_MIN)
        algo = Algo(0, terms, UNPLACED, details)
        try:
            self.require_uncrowded(algo)
        except RefusedError as refused:
            algo.refused, algo.terms = refused.rejection, terms._replace(client_algo_id=Text32(""))
            spoiled = [other for other in self.unplaced(command.account, command.instrument) if other.refused]
            if spoiled:
                return spoiled[0].algo_id
        algo.algo_id = self.take_id()
        self.algos.append(algo)
        return algo.algo_id

    def unplaced(self, account: int, instrument: int) -> list[Algo]:
        """What the next order gets."""
        here = [algo for algo in self.algos if algo.names[1:] == (account, instrument)]
        return [algo for algo in here if algo.stage == UNPLACED]

    def amend_algo(self, command: ac.AmendAlgo | ac.AmendDetailedAlgo) -> int:
        """See ``algo_commands.AmendAlgo`` and ``AmendDetailedAlgo``."""
        names = [name for name in command._fields if name.startswith("new_")]
        given = {name.removeprefix("new_"): int(getattr(command, name)) for name in names}
        require(all(-1 <= value <= INT_MAX for value in given.values()), Rejection.FIELD_INVALID)
        self.require_parties(command)
        algo = self.find_algo(command)
        before = algo.terms
        changed: dict[str, Any] = {name: value for name, value in given.items() if value != -1}
        terms = before._replace(**{name: value for name, value in changed.items() if name in before._fields})
        more = {name: value for name, value in changed.items() if name in Details._fields}
        details = algo.details._replace(**more)
        amendable = before.kind <= AlgoKind.MOVE_ORDER_STOP
        moved = algo.following and terms.activation_price != before.activation_price
        require(amendable and not moved, Rejection.ALGO_NOT_AMENDABLE)
        require((terms, details) != (before, algo.details), Rejection.NOTHING_TO_AMEND)
        require_fields(terms, details)
        is_limit = ProfitKind.LIMIT in (details.profit_kind, algo.details.profit_kind)
        of_profit = ("profit_source", "profit_trigger", "profit_price", "size")
        same = all(getattr(terms, name) == getattr(before, name) for name in of_profit)
        same = same and (details.profit_kind, details.profit_ppm) == (algo.details.profit_kind, algo.details.profit_ppm)
        require(algo.stage == WAITING or not is_limit or same, Rejection.ALGO_NOT_AMENDABLE)
        both = has_profit(terms, details) and has_loss(terms, details)
        if terms.kind == AlgoKind.OCO and not both:
            terms = terms._replace(kind=AlgoKind.CONDITIONAL)
        elif algo.stage == WAITING and terms.kind == AlgoKind.CONDITIONAL and both:
            terms = terms._replace(kind=AlgoKind.OCO)
        made = Algo(algo.algo_id, terms, LIVE, details, rises=algo.rises, following=algo.following, best=algo.best)
        if algo.stage == WAITING:
            big_enough = terms.size == 0 or terms.size >= self.instruments[terms.instrument].terms.size_min
            of_contract = isinstance(self.instruments[terms.instrument], Contract)
            suits = of_contract or self.suits_pair(terms, details)
            require(kind_is_sound(terms, details) and suits and big_enough, Rejection.ALGO_KIND_INVALID)
        else:
            self.require_terms(made)
            if not made.following:
                self.aim(made)
                self.require_unmet(made)
        asked = (terms.source, terms.profit_source, terms.loss_source, details)
        told = (before.source, before.profit_source, before.loss_source, algo.details)
        algo.details = details
        algo.terms, algo.rises, algo.following, algo.best = terms, made.rises, made.following, made.best
        if asked != told:
            self.tell_details(algo)
        self.tell_amended(algo, command.request_id)
        return algo.algo_id

    def tell_amended(self, algo: Algo, request_id: Text32 = EMPTY_32) -> None:
        """Tell what it asks for from now on."""
        values = [getattr(algo.terms, name.removeprefix("new_")) for name in AMENDED]
        self.emit(ae.AlgoAmended, *algo.names, *values, request_id)

    def set_contract_index(self, command: ac.SetContractIndex) -> int:
        """See ``algo_commands.SetContractIndex``."""
        require(0 < command.price <= INT_MAX, Rejection.FIELD_INVALID)
        contract = self.instrument(command.instrument)
        require(isinstance(contract, Contract), Rejection.FIELD_INVALID)
        assert isinstance(contract, Contract)
        contract.index = command.price
        self.emit(ae.ContractIndexSet, command.instrument, command.price)
        self.note("price", TriggerSource.INDEX, command.instrument, command.price)
        return command.instrument


def group(kind: int) -> int:
    """What is counted together."""
    return AlgoKind.CONDITIONAL if kind == AlgoKind.OCO else kind


def details_of(command: object) -> Details:
    """What a command says of ``Details``; a plain one nothing."""
    return Details._make(getattr(command, name, getattr(PLAIN, name)) for name in Details._fields)


def has_profit(terms: ac.PlaceAlgo, details: Details) -> bool:
    """Whether a take profit is asked for."""
    return bool(terms.profit_trigger or details.profit_ppm or details.profit_kind == ProfitKind.LIMIT)


def has_loss(terms: ac.PlaceAlgo, details: Details) -> bool:
    """Whether a stop loss is asked for."""
    return bool(terms.loss_trigger or details.loss_ppm)


def require_fields(terms: ac.PlaceAlgo, details: Details) -> None:
    """Refuse numbers and enumerations out of range."""
    numbers = (*terms[4:-2], *details[:-1])
    require(all(0 <= int(number) <= INT_MAX for number in numbers), Rejection.FIELD_INVALID)
    flags = (
        terms.side,
        terms.size_unit,
        terms.close_fraction,
        details.profit_kind,
        details.together,
        details.cost_stop,
    )
    sources = (terms.source, terms.profit_source, terms.loss_source)
    sound = (
        terms.kind in list(AlgoKind)
        and all(flag <= 1 for flag in flags)
        and terms.reduce_only <= 2
        and details.time_in_force in list(TimeInForce)
        and all(source in list(TriggerSource) for source in sources)
        and terms.self_trade_prevention in list(SelfTradePrevention)
        and terms.margin_mode in list(MarginMode)
        and terms.position_side in list(PositionSide)
    )
    require(sound, Rejection.FIELD_INVALID)


def kind_is_sound(terms: ac.PlaceAlgo, details: Details) -> bool:
    """Whether a kind has what it needs, nothing that it may not have, and nothing by halves."""
    given = {name for name, fields in GROUPS.items() if any(getattr(terms, field) for field in fields)}
    legs = {"profit": has_profit(terms, details), "loss": has_loss(terms, details)}
    legs["trigger"] = bool(terms.trigger_price)
    given |= {name for name, is_there in legs.items() if is_there}
    needs, may = (set(names.split()) for names in USES[AlgoKind(terms.kind)])
    by_halves = any(name in given and not is_there for name, is_there in legs.items())
    if not details_are_sound(terms, details):
        return False
    if not needs <= given <= needs | may or by_halves or (terms.kind == AlgoKind.CONDITIONAL and not given):
        return False
    if "callback" in given and bool(terms.callback_ppm) == bool(terms.callback_ticks):
        return False
    if terms.kind == AlgoKind.CHASE and terms.activation_price:
        return False
    if "slices" in given and not (1 <= terms.slice_size <= terms.size and terms.price_limit):
        return False
    if "interval" in given and terms.interval_ms not in INTERVALS_MS:
        return False
    both = terms.distance_ppm and terms.distance_ticks
    return not both and max(terms.callback_ppm, terms.distance_ppm) < PPM


def details_are_sound(terms: ac.PlaceAlgo, details: Details) -> bool:
    """Whether what only detailed commands say goes with the kind and the rest."""
    twice = (terms.profit_trigger and details.profit_ppm) or (terms.loss_trigger and details.loss_ppm)
    one_way = terms.kind in (AlgoKind.CONDITIONAL, AlgoKind.OCO)
    is_limit = details.profit_kind == ProfitKind.LIMIT
    limit_is_sound = one_way and terms.profit_price > 0 and not terms.profit_trigger and not details.profit_ppm
    if twice or (is_limit and not limit_is_sound) or ((details.together or details.cost_stop) and not one_way):
        return False
    if details.time_in_force and not (terms.kind == AlgoKind.TRIGGER and terms.order_price):
        return False
    trail = (details.guard_callback_ppm, details.guard_callback_ticks)
    if not (any(trail) or details.guard_activation_price):
        return True
    alone = terms.kind == AlgoKind.TRIGGER and not has_profit(terms, details) and not has_loss(terms, details)
    return alone and (trail[0] == 0) != (trail[1] == 0) and trail[0] < PPM


def details_suit_placed(algo: Algo) -> bool:
    """Whether they can be meant for what is attached to nothing."""
    details = algo.details
    ratios = (details.profit_ppm or details.loss_ppm) and algo.terms.kind != AlgoKind.TRIGGER
    return not ratios and (algo.stops or details.profit_kind != ProfitKind.LIMIT)


def details_suit_spot(details: Details) -> bool:
    """Whether they can be meant for a spot instrument."""
    return not (details.profit_kind or details.profit_ppm or details.loss_ppm or details.together)


def is_market(terms: ac.PlaceAlgo) -> bool:
    """Whether all that it places when it fires are market orders."""
    return not (terms.order_price or terms.profit_price or terms.loss_price)


def suits_contract(terms: ac.PlaceAlgo) -> bool:
    """Whether it can be meant for a contract."""
    closes = terms.kind in (AlgoKind.CONDITIONAL, AlgoKind.OCO) and terms.size == 0 and is_market(terms)
    ends_with_position = terms.reduce_only == 2 and terms.kind not in (AlgoKind.CONDITIONAL, AlgoKind.OCO)
    return terms.size_unit == SizeUnit.BASE and (not terms.close_fraction or closes) and not ends_with_position


def suits_spot(terms: ac.PlaceAlgo) -> bool:
    """Whether it can be meant for a spot instrument."""
    of_contracts = terms.margin_mode or terms.close_fraction
    sources = (terms.source, terms.profit_source, terms.loss_source)
    if of_contracts or terms.kind == AlgoKind.CHASE or TriggerSource.MARK in sources:
        return False
    return terms.size_unit == SizeUnit.BASE or (terms.slice_size == 0 and is_market(terms))
