"""The door of prices: indices, marks, funding, deliveries, limits, and the calendar of dated contracts."""

from lonja.modules.pricing.calendar import Duration, Expiry, expiries, name_of
from lonja.modules.pricing.conductor import Conductor
from lonja.modules.pricing.database import open_database
from lonja.modules.pricing.exact import PRICE_SCALE
from lonja.modules.pricing.index import IndexBoard, IndexPart, IndexPrice, IndexState
from lonja.modules.pricing.ports import IndexSource, Lister, SourcePrice
from lonja.modules.pricing.records import DELIVERY, FUNDING, Records, Settlement
from lonja.modules.pricing.risk_records import COVERED, DELEVERAGED, ENDOWED, LIQUIDATED, TRADED, FundChange, FundPeak
from lonja.modules.pricing.terms import Terms
from lonja.modules.pricing.views import DeliveryEstimate, FundingView

__all__ = [
    "COVERED",
    "DELEVERAGED",
    "DELIVERY",
    "ENDOWED",
    "FUNDING",
    "LIQUIDATED",
    "PRICE_SCALE",
    "TRADED",
    "Conductor",
    "DeliveryEstimate",
    "Duration",
    "Expiry",
    "FundChange",
    "FundPeak",
    "FundingView",
    "IndexBoard",
    "IndexPart",
    "IndexPrice",
    "IndexSource",
    "IndexState",
    "Lister",
    "Records",
    "Settlement",
    "SourcePrice",
    "Terms",
    "expiries",
    "name_of",
    "open_database",
]
