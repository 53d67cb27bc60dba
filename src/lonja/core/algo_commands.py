"""What the core can be asked about algo orders; a part of ``commands``, where the common fields are explained.

Why here: these records are long. Invariant: as in ``commands``; the fields from ``instrument`` to ``distance_ticks`` of a
``PlaceAlgo`` stand in the same order in ``algos.AlgoOrder`` and in the events.
"""

from typing import Any, NamedTuple

from lonja.core.texts import EMPTY_16, EMPTY_32, Text16, Text32


class PlaceAlgo(NamedTuple):
    """Place an order that waits for a price, or that is worked off in parts. Id: the algo order.

    ``kind`` is a ``kinds.AlgoKind``. Each leg has a source (``kinds.TriggerSource``), the price that triggers it and the
    price of the order it places, 0 for market. ``close_fraction`` 1 closes the whole position there is then, and has no
    size. ``reduce_only`` 2 reduces only and ends with its position. Trailing: ``callback_ppm`` or ``callback_ticks``, of
    a chase how far behind the best price it stands. In parts: ``slice_size``, ``price_limit``, ``interval_ms``;
    ``distance_ppm`` or ``distance_ticks`` of a slice from the market, or how far a chase goes at most (0: any way).
    Of an isolated pocket ``position_side`` says in which currency the owner brings the margin of what opens: 1 the base, 2
    the quote, 0 none.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    kind: int = 0
    side: int = 0
    size: int = 0
    size_unit: int = 0
    close_fraction: int = 0
    self_trade_prevention: int = 0
    margin_mode: int = 0
    position_side: int = 0
    reduce_only: int = 0
    source: int = 0
    trigger_price: int = 0
    order_price: int = 0
    profit_source: int = 0
    profit_trigger: int = 0
    profit_price: int = 0
    loss_source: int = 0
    loss_trigger: int = 0
    loss_price: int = 0
    callback_ppm: int = 0
    callback_ticks: int = 0
    activation_price: int = 0
    slice_size: int = 0
    price_limit: int = 0
    interval_ms: int = 0
    distance_ppm: int = 0
    distance_ticks: int = 0
    client_algo_id: Text32 = EMPTY_32
    tag: Text16 = EMPTY_16


class AmendAlgo(NamedTuple):
    """Change an algo order that waits for a price; -1 leaves a value, a trigger of 0 takes a leg away. Id: the algo order."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    algo_id: int = 0
    new_size: int = -1
    new_trigger_price: int = -1
    new_order_price: int = -1
    new_profit_trigger: int = -1
    new_profit_price: int = -1
    new_loss_trigger: int = -1
    new_loss_price: int = -1
    new_callback_ppm: int = -1
    new_callback_ticks: int = -1
    new_activation_price: int = -1
    client_algo_id: Text32 = EMPTY_32
    request_id: Text32 = EMPTY_32


class CancelAlgo(NamedTuple):
    """Cancel an algo order by ``algo_id``, or by ``client_algo_id`` when that is 0. Id: the algo order."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    algo_id: int = 0
    client_algo_id: Text32 = EMPTY_32


class AttachAlgo(NamedTuple):
    """Take profit, stop a loss, or both, of the next order that the account places in the instrument. Id: the algo order.

    When that order is refused it is forgotten. When its name is taken or too many are open, that order is refused for it.
    ``size`` is the most it closes, 0 for all that was filled.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    size: int = 0
    reduce_only: int = 0
    profit_source: int = 0
    profit_trigger: int = 0
    profit_price: int = 0
    loss_source: int = 0
    loss_trigger: int = 0
    loss_price: int = 0
    client_algo_id: Text32 = EMPTY_32
    tag: Text16 = EMPTY_16


class SetContractIndex(NamedTuple):
    """Tell the index price (ticks) of what a contract follows; its price limits stay. Id: the instrument."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    price: int = 0


class PlaceDetailedAlgo(NamedTuple):
    """A ``PlaceAlgo`` that says more. Id: the algo order.

    ``time_in_force`` (``kinds.TimeInForce``) is of the order of a trigger order that has a price. With a ``profit_kind`` of 1
    the take profit is an order that rests at ``profit_price`` from the start and has no trigger; the stop loss is for what
    that has not filled. The others are of what a trigger order attaches to its order: triggers of a take profit and a stop
    loss so far (ppm) from the price that it trades at, or a trailing stop; and the client's name of it.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    kind: int = 0
    side: int = 0
    size: int = 0
    size_unit: int = 0
    close_fraction: int = 0
    self_trade_prevention: int = 0
    margin_mode: int = 0
    position_side: int = 0
    reduce_only: int = 0
    source: int = 0
    trigger_price: int = 0
    order_price: int = 0
    profit_source: int = 0
    profit_trigger: int = 0
    profit_price: int = 0
    loss_source: int = 0
    loss_trigger: int = 0
    loss_price: int = 0
    callback_ppm: int = 0
    callback_ticks: int = 0
    activation_price: int = 0
    slice_size: int = 0
    price_limit: int = 0
    interval_ms: int = 0
    distance_ppm: int = 0
    distance_ticks: int = 0
    client_algo_id: Text32 = EMPTY_32
    tag: Text16 = EMPTY_16
    time_in_force: int = 0
    profit_kind: int = 0
    profit_ppm: int = 0
    loss_ppm: int = 0
    guard_callback_ppm: int = 0
    guard_callback_ticks: int = 0
    guard_activation_price: int = 0
    guard_client_algo_id: Text32 = EMPTY_32


class AttachDetailedAlgo(NamedTuple):
    """An ``AttachAlgo`` that says more. Id: the algo order.

    With a callback it is a trailing stop and nothing else. ``profit_kind`` is that of a ``PlaceDetailedAlgo``;
    ``profit_ppm`` and ``loss_ppm`` are triggers so far from the average price of the order that it is attached to. Those
    that have ``together`` and the same order are one: a take profit lowers the stop loss, which ends the take profits;
    with ``cost_stop`` the first take profit moves its trigger to that average price.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    size: int = 0
    reduce_only: int = 0
    profit_source: int = 0
    profit_trigger: int = 0
    profit_price: int = 0
    loss_source: int = 0
    loss_trigger: int = 0
    loss_price: int = 0
    client_algo_id: Text32 = EMPTY_32
    tag: Text16 = EMPTY_16
    callback_ppm: int = 0
    callback_ticks: int = 0
    activation_price: int = 0
    profit_kind: int = 0
    profit_ppm: int = 0
    loss_ppm: int = 0
    together: int = 0
    cost_stop: int = 0


class AmendDetailedAlgo(NamedTuple):
    """An ``AmendAlgo`` that can change more; a trigger and a ratio of 0 take a leg away together. Id: the algo order."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    algo_id: int = 0
    new_size: int = -1
    new_trigger_price: int = -1
    new_order_price: int = -1
    new_profit_trigger: int = -1
    new_profit_price: int = -1
    new_loss_trigger: int = -1
    new_loss_price: int = -1
    new_callback_ppm: int = -1
    new_callback_ticks: int = -1
    new_activation_price: int = -1
    client_algo_id: Text32 = EMPTY_32
    request_id: Text32 = EMPTY_32
    new_source: int = -1
    new_profit_source: int = -1
    new_loss_source: int = -1
    new_profit_kind: int = -1
    new_profit_ppm: int = -1
    new_loss_ppm: int = -1
    new_cost_stop: int = -1
    new_guard_callback_ppm: int = -1
    new_guard_callback_ticks: int = -1
    new_guard_activation_price: int = -1


AlgoCommand = (
    PlaceAlgo
    | AmendAlgo
    | CancelAlgo
    | AttachAlgo
    | SetContractIndex
    | PlaceDetailedAlgo
    | AttachDetailedAlgo
    | AmendDetailedAlgo
)

ALGO_COMMAND_KINDS: dict[type[Any], int] = {
    PlaceAlgo: 50,
    AmendAlgo: 51,
    CancelAlgo: 52,
    AttachAlgo: 53,
    SetContractIndex: 54,
    PlaceDetailedAlgo: 55,
    AttachDetailedAlgo: 56,
    AmendDetailedAlgo: 57,
}
