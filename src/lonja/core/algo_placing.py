"""Placing, amending, canceling and attaching algo orders: admission in the order of ``rejections``.

Why here: nothing is held or placed for an algo order before it fires, so what is asked here is only whether it can ever
mean something. Invariant: nothing is changed before the last check.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core.algo_commands import (
    AmendAlgo,
    AmendDetailedAlgo,
    AttachAlgo,
    AttachDetailedAlgo,
    CancelAlgo,
    PlaceAlgo,
    PlaceDetailedAlgo,
)
from lonja.core.algo_ending import CANCELED, CANCELED_BY_USER, end_algo
from lonja.core.algo_linking import tell_amended
from lonja.core.algo_orders import aim, price_now, tell_details, tell_placed
from lonja.core.algos import (
    CHASE,
    CONDITIONAL,
    DETAILS,
    ICEBERG,
    LEG_LOSS,
    LEG_PROFIT,
    LIMIT,
    LIVE,
    MARK,
    MOVE_ORDER_STOP,
    NAME_IN_USE,
    OCO,
    PPM,
    STARTED,
    TOO_MANY,
    TRIGGER,
    TWAP,
    UNPLACED,
    WITH_POSITION,
    AlgoOrder,
)
from lonja.core.collateral import is_pocket
from lonja.core.commands import Command
from lonja.core.instruments import INT_MAX, POST_ONLY_STATE, Instrument
from lonja.core.instruments import LIVE as OPEN
from lonja.core.positions import NET
from lonja.core.rejections import Rejection
from lonja.core.state import State

INTERVAL_MIN_MS: Final = 1_000
INTERVAL_MAX_MS: Final = 86_400_000
CAPS: Final = {CONDITIONAL: 100, TRIGGER: 500, MOVE_ORDER_STOP: 50, TWAP: 20, ICEBERG: 100, CHASE: 20}
"""How many an account may have open in an instrument; take profits and stop losses count together."""
NIL: Final[i64] = -1
SPOT_MODE: Final[i64] = 1
FOK: Final = 2

# Which groups of fields a kind may use, and which it must.
_TRIGGER: Final = 1
_PROFIT: Final = 2
_LOSS: Final = 4
_CALLBACK: Final = 8
_SLICES: Final = 16
_INTERVAL: Final = 32
_DISTANCE: Final = 64
_MAY: Final = {
    CONDITIONAL: _PROFIT | _LOSS,
    OCO: _PROFIT | _LOSS,
    TRIGGER: _TRIGGER | _PROFIT | _LOSS,
    MOVE_ORDER_STOP: _CALLBACK,
    TWAP: _SLICES | _INTERVAL | _DISTANCE,
    ICEBERG: _SLICES | _DISTANCE,
    CHASE: _DISTANCE | _CALLBACK,
}
_MUST: Final = {
    CONDITIONAL: 0,
    OCO: _PROFIT | _LOSS,
    TRIGGER: _TRIGGER,
    MOVE_ORDER_STOP: _CALLBACK,
    TWAP: _SLICES | _INTERVAL,
    ICEBERG: _SLICES,
    CHASE: 0,
}


def place_algo(state: State, command: Command) -> Rejection:
    """Apply a ``PlaceAlgo`` or a ``PlaceDetailedAlgo``."""
    assert isinstance(command, (PlaceAlgo, PlaceDetailedAlgo))
    terms: list[int] = list(command[4:31])
    details = [0] * DETAILS
    if isinstance(command, PlaceDetailedAlgo):
        details = [*command[33:37], 0, 0, *command[37:40]]
    if not _fields_valid(terms) or not _details_valid(details):
        return Rejection.FIELD_INVALID
    refusal = _check_parties(state, command.account, command.instrument)
    if refusal != Rejection.NONE:
        return refusal
    algo = AlgoOrder(0, command.account, terms, command.client_algo_id, command.tag)
    algo.set_details(details)
    if isinstance(command, PlaceDetailedAlgo):
        algo.guard_name = command.guard_client_algo_id
    refusal = _check_terms(state, algo)
    if refusal == Rejection.NONE:
        refusal = _check_prices(state, algo)
    if refusal == Rejection.NONE:
        refusal = _check_crowding(state, algo)
    if refusal != Rejection.NONE:
        return refusal
    _place(state, algo)
    return Rejection.NONE


def _place(state: State, algo: AlgoOrder) -> None:
    algo.algo_id = state.take_id()
    algo.created_ms = state.time_ms
    algo.updated_ms = state.time_ms
    if algo.close_fraction == 1 and algo.position_side == NET:
        algo.reduce_only = max(algo.reduce_only, 1)
    aim(state, algo)
    state.algos.add(algo)
    state.answer_id = algo.algo_id
    tell_placed(state, algo)
    if algo.kind == TWAP or algo.kind == ICEBERG or algo.rests_for_profit():
        state.algos.queue.append((STARTED, algo.algo_id, 0))


def _fields_valid(terms: list[int]) -> bool:
    """Whether every number is within range and every enumeration and flag has one of its values."""
    limit: int = INT_MAX
    if min(terms) < 0 or max(terms) > limit:
        return False
    flags = max(terms[2], terms[4], terms[5], terms[7], terms[9] - 1)
    sources = max(terms[10], terms[13], terms[16])
    return terms[1] <= CHASE and flags <= 1 and terms[6] <= 3 and terms[8] <= 2 and sources <= MARK


def _details_valid(details: list[int]) -> bool:
    """The same of what a detailed command says besides."""
    limit: int = INT_MAX
    flags = max(details[1], details[4], details[5])
    return min(details) >= 0 and max(details) <= limit and details[0] <= FOK and flags <= 1


def _check_parties(state: State, account: int, code: int) -> Rejection:
    if not state.accounts.is_party(account):
        return Rejection.ACCOUNT_NOT_FOUND
    if state.accounts.get(account, a.FROZEN) != 0:
        return Rejection.ACCOUNT_FROZEN
    if not 0 <= code < len(state.instruments):
        return Rejection.INSTRUMENT_NOT_FOUND
    instrument = state.instruments[code]
    if instrument.state != OPEN and instrument.state != POST_ONLY_STATE:
        return Rejection.INSTRUMENT_NOT_LIVE
    return Rejection.NONE


def _check_terms(state: State, algo: AlgoOrder) -> Rejection:
    """The refusals that concern kind, mode, position and size, in order."""
    instrument = state.instruments[algo.instrument]
    is_contract: bool = instrument.contract is not None
    if not _kind_valid(algo) or not (_suits_contract(algo) if is_contract else _suits_spot(state, algo)):
        return Rejection.ALGO_KIND_INVALID
    if is_contract:
        if state.accounts.get(algo.account, a.MODE) == SPOT_MODE or is_pocket(state, algo.account):
            return Rejection.ACCOUNT_MODE_FORBIDS
        two_sided: bool = state.accounts.get(algo.account, a.POSITION_MODE) != 0
        if two_sided == (algo.position_side == NET):
            return Rejection.POSITION_SIDE_INVALID
    if algo.close_fraction == 1:
        return Rejection.NONE
    return _check_size(instrument, algo)


def _check_size(instrument: Instrument, algo: AlgoOrder) -> Rejection:
    if algo.size == 0:
        return Rejection.SIZE_NOT_POSITIVE
    smallest = min(algo.size, algo.slice_size) if algo.slice_size else algo.size
    if algo.size_unit == 0 and smallest < instrument.size_min:
        return Rejection.SIZE_BELOW_MIN
    return Rejection.NONE


def _kind_valid(algo: AlgoOrder) -> bool:
    """Whether the fields that are used go together."""
    given = 0
    given |= _TRIGGER if algo.trigger_price | algo.order_price else 0
    given |= _PROFIT if algo.has_profit() or algo.profit_price else 0
    given |= _LOSS if algo.has_loss() or algo.loss_price else 0
    given |= _CALLBACK if algo.callback_ppm | algo.callback_ticks | algo.activation_price else 0
    given |= _SLICES if algo.slice_size | algo.price_limit else 0
    given |= _INTERVAL if algo.interval_ms else 0
    given |= _DISTANCE if algo.distance_ppm | algo.distance_ticks else 0
    if given & ~_MAY[algo.kind] or _MUST[algo.kind] & ~given or (algo.kind == CONDITIONAL and given == 0):
        return False
    complete = algo.has_profit() or not given & _PROFIT, algo.has_loss() or not given & _LOSS
    if not all(complete) or (given & _TRIGGER and algo.trigger_price == 0) or not _details_suit(algo):
        return False
    if given & _CALLBACK and (algo.callback_ppm == 0) == (algo.callback_ticks == 0):
        return False
    if algo.kind == CHASE and algo.activation_price != 0:
        return False
    if given & _SLICES and not (0 < algo.slice_size <= algo.size and algo.price_limit > 0):
        return False
    if given & _INTERVAL and not INTERVAL_MIN_MS <= algo.interval_ms <= INTERVAL_MAX_MS:
        return False
    rates_fit = algo.callback_ppm < PPM and algo.distance_ppm < PPM
    return rates_fit and (algo.distance_ppm == 0 or algo.distance_ticks == 0)


def _details_suit(algo: AlgoOrder) -> bool:
    """Whether what only detailed commands say goes with the kind and with the rest."""
    if algo.profit_trigger * algo.profit_ppm | algo.loss_trigger * algo.loss_ppm:
        return False
    if algo.profit_kind == LIMIT and (
        algo.kind > OCO or algo.profit_price == 0 or algo.profit_trigger | algo.profit_ppm
    ):
        return False
    if algo.together | algo.cost_stop and algo.kind > OCO:
        return False
    if algo.time_in_force and (algo.kind != TRIGGER or algo.order_price == 0):
        return False
    guard = algo.guard_callback_ppm | algo.guard_callback_ticks | algo.guard_activation
    if guard == 0:
        return True
    one_way = (algo.guard_callback_ppm == 0) != (algo.guard_callback_ticks == 0)
    alone: bool = not algo.has_profit() and not algo.has_loss()
    return algo.kind == TRIGGER and one_way and alone and algo.guard_callback_ppm < PPM


def _prices(algo: AlgoOrder) -> int:
    """Nothing when every order that is placed when it fires is a market order."""
    return algo.order_price | algo.profit_price | algo.loss_price


def _suits_contract(algo: AlgoOrder) -> bool:
    if algo.size_unit == 1:
        return False
    closes: bool = algo.kind == CONDITIONAL or algo.kind == OCO
    if algo.stage == LIVE and algo.kind != TRIGGER and algo.profit_ppm | algo.loss_ppm:
        # A distance from what an order has cost is one for what is attached to an order.
        return False
    if algo.stage == LIVE and algo.profit_kind == LIMIT and not algo.has_loss():
        return False
    if algo.reduce_only == WITH_POSITION and not closes:
        return False
    return algo.close_fraction == 0 or (closes and algo.size == 0 and _prices(algo) == 0)


def _suits_spot(state: State, algo: AlgoOrder) -> bool:
    if algo.margin_mode | algo.close_fraction or algo.kind == CHASE or not _suits_pocket(state, algo):
        return False
    if MARK in (algo.source, algo.profit_source, algo.loss_source):
        return False
    if algo.profit_kind | algo.profit_ppm | algo.loss_ppm | algo.together:
        return False
    return algo.size_unit == 0 or (algo.slice_size == 0 and _prices(algo) == 0)


def _suits_pocket(state: State, algo: AlgoOrder) -> bool:
    """Whether what only a pocket's may say fits: which margin its owner brings, and that it only reduces."""
    brings: bool = algo.position_side != 0
    if not brings and algo.reduce_only == 0:
        return True
    pool = state.pools.get(algo.account)
    if pool is None or pool.instrument == NIL or (brings and algo.reduce_only != 0):
        return False
    if brings:
        return pool.currency == NIL and (algo.kind == TRIGGER or algo.slice_size != 0)
    return algo.size_unit == 0 and (algo.reduce_only == 1 or algo.kind <= OCO)


def _check_prices(state: State, algo: AlgoOrder) -> Rejection:
    """Whether the price it waits for exists, and has not come yet."""
    for source, trigger, leg, rises in algo.legs():
        now = price_now(state, algo.instrument, source)
        if now == 0:
            return Rejection.TRIGGER_PRICE_MISSING
        if leg == LEG_PROFIT or leg == LEG_LOSS:
            met = now >= trigger if rises else now <= trigger
        else:
            met = algo.kind == TRIGGER and now == trigger
        if met:
            return Rejection.TRIGGER_ALREADY_MET
    return Rejection.NONE


def _check_crowding(state: State, algo: AlgoOrder) -> Rejection:
    """Closing a position, client ids, and how many there are."""
    if algo.close_fraction == 1:
        position = state.find_position(algo.account, algo.instrument, algo.margin_mode, algo.position_side)
        if position is None or position.reducible(algo.side) == 0:
            return Rejection.POSITION_NOT_FOUND
    mine = [other for other in state.algos.of_account(algo.account) if other.instrument == algo.instrument]
    for other in mine:
        same: bool = other.margin_mode == algo.margin_mode and other.position_side == algo.position_side
        if algo.close_fraction == 1 and other.close_fraction == 1 and same:
            return Rejection.CLOSING_ALGO_EXISTS
    if algo.client_algo_id and (algo.account, algo.client_algo_id) in state.algos.by_client:
        return Rejection.CLIENT_ALGO_ID_DUPLICATE
    group = _group(algo.kind)
    if len([other for other in mine if _group(other.kind) == group]) >= CAPS[group]:
        return Rejection.OPEN_ALGOS_MAX
    return Rejection.NONE


def _group(kind: int) -> int:
    return CONDITIONAL if kind == OCO else kind


def attach_algo(state: State, command: Command) -> Rejection:
    """Apply an ``AttachAlgo`` or an ``AttachDetailedAlgo``."""
    assert isinstance(command, (AttachAlgo, AttachDetailedAlgo))
    algo = _attached(command)
    if not _fields_valid(algo.terms()) or not _details_valid(algo.details()) or command.reduce_only == WITH_POSITION:
        return Rejection.FIELD_INVALID
    refusal = _check_parties(state, command.account, command.instrument)
    if refusal != Rejection.NONE:
        return refusal
    instrument = state.instruments[command.instrument]
    is_contract: bool = instrument.contract is not None
    if not _kind_valid(algo) or not (is_contract or _suits_spot(state, algo)):
        return Rejection.ALGO_KIND_INVALID
    if algo.size != 0 and algo.size < instrument.size_min:
        return Rejection.SIZE_BELOW_MIN
    algo.stage = _stage_of(state, algo)
    if algo.stage != UNPLACED:
        # An order must not be placed without what was to protect it: it is refused in the place of this command.
        algo.client_algo_id = ""
        for other in state.algos.unplaced.get(algo.account, []):
            if other.instrument == algo.instrument and other.stage != UNPLACED:
                state.answer_id = other.algo_id
                return Rejection.NONE
    algo.algo_id = state.take_id()
    algo.created_ms = state.time_ms
    algo.updated_ms = state.time_ms
    state.algos.add(algo)
    state.answer_id = algo.algo_id
    return Rejection.NONE


def _attached(command: AttachAlgo | AttachDetailedAlgo) -> AlgoOrder:
    """What is to be attached, as far as the command tells it."""
    profit = [command.profit_source, command.profit_trigger, command.profit_price]
    loss = [command.loss_source, command.loss_trigger, command.loss_price]
    details = [0] * DETAILS
    trail = [0, 0, 0]
    if isinstance(command, AttachDetailedAlgo):
        trail = [command.callback_ppm, command.callback_ticks, command.activation_price]
        details[1:6] = list(command[18:23])
    head = [command.instrument, CONDITIONAL, 0, command.size, 0, 0, 0, 0, 0, command.reduce_only, 0, 0, 0]
    algo = AlgoOrder(
        0, command.account, [*head, *profit, *loss, *trail, *([0] * 5)], command.client_algo_id, command.tag
    )
    algo.set_details(details)
    if max(trail) > 0:
        algo.kind = MOVE_ORDER_STOP
    elif algo.has_profit() and algo.has_loss():
        algo.kind = OCO
    return algo


def _stage_of(state: State, algo: AlgoOrder) -> int:
    """Whether it can be attached to the next order, or why that is to be refused."""
    refusal = _check_crowding(state, algo)
    if refusal == Rejection.NONE:
        return UNPLACED
    return NAME_IN_USE if refusal == Rejection.CLIENT_ALGO_ID_DUPLICATE else TOO_MANY


def cancel_algo(state: State, command: Command) -> Rejection:
    """Apply a ``CancelAlgo``."""
    assert isinstance(command, CancelAlgo)
    if not state.accounts.is_party(command.account):
        return Rejection.ACCOUNT_NOT_FOUND
    if not 0 <= command.instrument < len(state.instruments):
        return Rejection.INSTRUMENT_NOT_FOUND
    algo = _find(state, command.account, command.instrument, command.algo_id, command.client_algo_id)
    if algo is None:
        return Rejection.ALGO_NOT_FOUND
    state.answer_id = algo.algo_id
    end_algo(state, algo, CANCELED, CANCELED_BY_USER, 0)
    return Rejection.NONE


def _find(state: State, account: int, instrument: int, algo_id: int, client_algo_id: str) -> AlgoOrder | None:
    """The open algo order that an account means, or None."""
    number = algo_id if algo_id != 0 else state.algos.by_client.get((account, client_algo_id), 0)
    algo = state.algos.by_id.get(number)
    if algo is None or algo.account != account or algo.instrument != instrument or algo.stage >= UNPLACED:
        return None
    return algo


def amend_algo(state: State, command: Command) -> Rejection:
    """Apply an ``AmendAlgo`` or an ``AmendDetailedAlgo``."""
    assert isinstance(command, (AmendAlgo, AmendDetailedAlgo))
    changes: list[int] = [*command[6:16], *command[18:]]
    limit: int = INT_MAX
    if min(changes) < -1 or max(changes) > limit:
        return Rejection.FIELD_INVALID
    refusal = _check_parties(state, command.account, command.instrument)
    if refusal != Rejection.NONE:
        return refusal
    algo = _find(state, command.account, command.instrument, command.algo_id, command.client_algo_id)
    if algo is None:
        return Rejection.ALGO_NOT_FOUND
    refusal, amended = _amended(state, algo, changes)
    if refusal != Rejection.NONE:
        return refusal
    if algo.stage == LIVE:
        state.algos.lift(algo)
    changed: bool = amended.details() != algo.details() or amended.sources() != algo.sources()
    algo.set_terms(amended.terms())
    algo.set_details(amended.details())
    algo.updated_ms = state.time_ms
    if algo.stage == LIVE:
        if algo.following == 0:
            aim(state, algo)
        state.algos.lay(algo)
    state.answer_id = algo.algo_id
    if changed:
        tell_details(state, algo)
    tell_amended(state, algo, command.request_id)
    return Rejection.NONE


_TERMS_AMENDED: Final = (3, 11, 12, 14, 15, 17, 18, 19, 20, 21, 10, 13, 16)
_DETAILS_AMENDED: Final = (1, 2, 3, 5, 6, 7, 8)
"""Where the changes of an amendment belong, in their order: first terms, then details."""


def _amended(state: State, algo: AlgoOrder, changes: list[int]) -> tuple[Rejection, AlgoOrder]:
    """The algo order as it would become, and why it may not."""
    terms, details = algo.terms(), algo.details()
    for at, value in enumerate(changes):
        if value == -1:
            continue
        if at < len(_TERMS_AMENDED):
            terms[_TERMS_AMENDED[at]] = value
        else:
            details[_DETAILS_AMENDED[at - len(_TERMS_AMENDED)]] = value
    made = AlgoOrder(algo.algo_id, algo.account, terms, "", "")
    made.set_progress(algo.progress())
    made.set_details(details)
    if algo.kind > MOVE_ORDER_STOP or (algo.following == 1 and terms[21] != algo.activation_price):
        return Rejection.ALGO_NOT_AMENDABLE, made
    if terms == algo.terms() and details == algo.details():
        return Rejection.NOTHING_TO_AMEND, made
    if not _fields_valid(terms) or not _details_valid(details):
        return Rejection.FIELD_INVALID, made
    if algo.stage == LIVE and _moves_profit(algo, made):
        return Rejection.ALGO_NOT_AMENDABLE, made
    if made.kind == OCO and not (made.has_profit() and made.has_loss()):
        # One of its legs was taken away: what is left is judged, and goes on, alone.
        made.kind = CONDITIONAL
    elif algo.stage != LIVE and made.kind == CONDITIONAL and made.has_profit() and made.has_loss():
        made.kind = OCO
    if algo.stage != LIVE:
        instrument = state.instruments[algo.instrument]
        suits: bool = instrument.contract is not None or _suits_spot(state, made)
        valid = _kind_valid(made) and suits and (terms[3] == 0 or terms[3] >= instrument.size_min)
        return (Rejection.NONE if valid else Rejection.ALGO_KIND_INVALID), made
    refusal = _check_terms(state, made)
    if refusal == Rejection.NONE:
        refusal = _check_prices(state, made)
    return refusal, made


def _moves_profit(algo: AlgoOrder, made: AlgoOrder) -> bool:
    """Whether an amendment concerns a take profit that rests: that is an order, and changes the stop loss by itself."""
    if algo.profit_kind | made.profit_kind != LIMIT:
        return False
    return made.size != algo.size or made.profit_terms() != algo.profit_terms()
