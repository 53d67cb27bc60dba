"""What happens to algo orders; a part of ``events``.

Why here: these records are long. Invariant: as in ``events``.
"""

from typing import Any, NamedTuple

from lonja.core.texts import Text16, Text32


class AlgoPlaced(NamedTuple):
    """An algo order was accepted; the fields are those of ``algo_commands.PlaceAlgo``.

    ``parent_order_id`` is the order that it is attached to, 0 for none: it waits until that one has ended.
    """

    sequence: int
    time_ms: int
    algo_id: int
    account: int
    parent_order_id: int
    instrument: int
    kind: int
    side: int
    size: int
    size_unit: int
    close_fraction: int
    self_trade_prevention: int
    margin_mode: int
    position_side: int
    reduce_only: int
    source: int
    trigger_price: int
    order_price: int
    profit_source: int
    profit_trigger: int
    profit_price: int
    loss_source: int
    loss_trigger: int
    loss_price: int
    callback_ppm: int
    callback_ticks: int
    activation_price: int
    slice_size: int
    price_limit: int
    interval_ms: int
    distance_ppm: int
    distance_ticks: int
    client_algo_id: Text32
    tag: Text16


class AlgoAmended(NamedTuple):
    """What an algo order asks for from now on."""

    sequence: int
    time_ms: int
    algo_id: int
    account: int
    instrument: int
    size: int
    trigger_price: int
    order_price: int
    profit_trigger: int
    profit_price: int
    loss_trigger: int
    loss_price: int
    callback_ppm: int
    callback_ticks: int
    activation_price: int
    request_id: Text32


class AlgoActivated(NamedTuple):
    """The order that an algo order is attached to has ended: it is for ``size`` lots and waits for its price now."""

    sequence: int
    time_ms: int
    algo_id: int
    account: int
    instrument: int
    size: int


class AlgoFollowing(NamedTuple):
    """A trailing order met its activation price: it follows the price from ``price`` on."""

    sequence: int
    time_ms: int
    algo_id: int
    account: int
    instrument: int
    price: int


class AlgoTriggered(NamedTuple):
    """An algo order places ``order_id`` for ``size``; ``leg`` is a ``kinds.AlgoLeg``, ``price`` the price that caused it.

    The order follows at once, unless it is refused: then ``AlgoEnded`` says why, and the id stays unused.
    """

    sequence: int
    time_ms: int
    algo_id: int
    account: int
    instrument: int
    leg: int
    price: int
    order_id: int
    size: int


class AlgoEnded(NamedTuple):
    """An algo order is over: ``algo_state`` is a ``kinds.AlgoState``, ``cause`` a ``kinds.AlgoEndCause``.

    ``rejection`` says why its last order was refused, 0 if it was not. ``filled`` counts lots of all its slices.
    """

    sequence: int
    time_ms: int
    algo_id: int
    account: int
    instrument: int
    algo_state: int
    cause: int
    rejection: int
    filled: int


class AlgoDetailed(NamedTuple):
    """What an algo order asks for besides: told before its ``AlgoPlaced`` or ``AlgoAmended``, where there is anything.

    The fields are those of ``PlaceDetailedAlgo`` and ``AttachDetailedAlgo``.
    """

    sequence: int
    time_ms: int
    algo_id: int
    account: int
    instrument: int
    source: int
    profit_source: int
    loss_source: int
    time_in_force: int
    profit_kind: int
    profit_ppm: int
    loss_ppm: int
    together: int
    cost_stop: int
    guard_callback_ppm: int
    guard_callback_ticks: int
    guard_activation_price: int
    guard_client_algo_id: Text32


class AlgoLinked(NamedTuple):
    """A take profit places ``order_id`` for ``size``: what it fills is no longer for the stop loss ``algo_id`` to close.

    The order follows at once, unless it is refused: then this is told again, without an order.
    """

    sequence: int
    time_ms: int
    algo_id: int
    account: int
    instrument: int
    order_id: int
    size: int


class ContractIndexSet(NamedTuple):
    """The index price of what a contract follows, in ticks."""

    sequence: int
    time_ms: int
    instrument: int
    price: int


AlgoEvent = (
    AlgoPlaced
    | AlgoAmended
    | AlgoActivated
    | AlgoFollowing
    | AlgoTriggered
    | AlgoEnded
    | ContractIndexSet
    | AlgoDetailed
    | AlgoLinked
)

ALGO_EVENT_KINDS: dict[type[Any], int] = {
    AlgoPlaced: 50,
    AlgoAmended: 51,
    AlgoActivated: 52,
    AlgoFollowing: 53,
    AlgoTriggered: 54,
    AlgoEnded: 55,
    ContractIndexSet: 56,
    AlgoDetailed: 57,
    AlgoLinked: 58,
}
