"""What histories show of algo orders: immutable rows, all numbers integers in the core's units."""

from enum import IntEnum
from typing import NamedTuple, Protocol


class AlgoChange(IntEnum):
    """What happened to an algo order."""

    PLACED = 1
    AMENDED = 2
    WENT_ON = 3
    ENDED = 4


class AlgoRecord(NamedTuple):
    """An algo order, open or ended, as of the event ``sequence``; what it asks for is named as in ``PlaceAlgo``.

    ``waiting`` is 1 as long as the order it is attached to had not ended, and stays 1 when it never went live: nobody
    else hears of it. ``leg`` is a ``kinds.AlgoLeg``, -1 while nothing triggered; the ``triggered_`` fields and
    ``order_size`` describe the last order it placed, ``orders`` names the last ones, the newest last, with commas
    between. The fields from ``time_in_force`` on are those of a ``PlaceDetailedAlgo``; ``linked_order_id`` is the last
    take profit that was placed to rest for a stop loss. ``filled`` lots that cost ``notional`` are what its orders traded before it ended.
    """

    algo_id: int
    account: int
    instrument: int
    instrument_type: int
    parent_order_id: int
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
    client_algo_id: str
    tag: str
    state: int
    cause: int
    rejection: int
    waiting: int
    leg: int
    triggered_price: int
    triggered_time_ms: int
    order_size: int
    order_count: int
    orders: str
    filled: int
    notional: int
    created_time_ms: int
    updated_time_ms: int
    sequence: int
    time_in_force: int = 0
    profit_kind: int = 0
    profit_ppm: int = 0
    loss_ppm: int = 0
    together: int = 0
    cost_stop: int = 0
    guard_callback_ppm: int = 0
    guard_callback_ticks: int = 0
    guard_activation_price: int = 0
    guard_client_algo_id: str = ""
    linked_order_id: int = 0


class AlgoUpdate(NamedTuple):
    """One thing that happened to an algo order, and the algo order after it; ``request_id`` is that of an amendment."""

    algo: AlgoRecord
    change: AlgoChange
    request_id: str = ""


class AlgoListener(Protocol):
    """Hears updates of customers' algo orders inside ``OrderTracker.on_batch``; must be quick and must not raise."""

    def follows(self, account: int) -> bool:
        """Whether updates of ``account`` matter; others are not told."""

    def on_algo(self, update: AlgoUpdate) -> None:
        """One update, in the order of events."""
