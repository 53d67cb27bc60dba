"""The door of history: orders in memory, and orders, fills, bills and candles in SQL."""

from lonja.modules.history.algo_fold import LINKED_PROFIT, LONE_PROFIT
from lonja.modules.history.algo_records import AlgoChange, AlgoListener, AlgoRecord, AlgoUpdate
from lonja.modules.history.algo_tracker import AlgoTracker
from lonja.modules.history.fill_prices import index_pair
from lonja.modules.history.history import History
from lonja.modules.history.order_fold import PocketName
from lonja.modules.history.position_fold import PositionEnd, PositionRecord
from lonja.modules.history.position_tracker import PositionTrace, PositionTracker
from lonja.modules.history.projector import EventSource
from lonja.modules.history.queries import PositionFilter
from lonja.modules.history.records import (
    AmendResult,
    BillKind,
    BillRecord,
    BillSubkind,
    CandleRecord,
    FillRecord,
    OrderCategory,
    OrderChange,
    OrderListener,
    OrderRecord,
    OrderUpdate,
    TradeRecord,
    TransferRecord,
)
from lonja.modules.history.tracker import OrderTracker

__all__ = [
    "LINKED_PROFIT",
    "LONE_PROFIT",
    "AlgoChange",
    "AlgoListener",
    "AlgoRecord",
    "AlgoTracker",
    "AlgoUpdate",
    "AmendResult",
    "BillKind",
    "BillRecord",
    "BillSubkind",
    "CandleRecord",
    "EventSource",
    "FillRecord",
    "History",
    "OrderCategory",
    "OrderChange",
    "OrderListener",
    "OrderRecord",
    "OrderTracker",
    "OrderUpdate",
    "PocketName",
    "PositionEnd",
    "PositionFilter",
    "PositionRecord",
    "PositionTrace",
    "PositionTracker",
    "TradeRecord",
    "TransferRecord",
    "index_pair",
]
