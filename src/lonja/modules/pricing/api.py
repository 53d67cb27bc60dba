"""The door of prices: indices, marks, funding, deliveries, limits, and the calendar of dated contracts."""

from lonja.modules.pricing.calendar import WEEK_MS, Duration, Expiry, expiries, name_of, weeks
from lonja.modules.pricing.conductor import Conductor
from lonja.modules.pricing.database import open_database
from lonja.modules.pricing.exact import PRICE_SCALE
from lonja.modules.pricing.index import IndexBoard, IndexPart, IndexPrice, IndexState
from lonja.modules.pricing.past import PastContract, past_funding
from lonja.modules.pricing.ports import IndexSource, Lister, SourcePrice
from lonja.modules.pricing.records import DELIVERY, FUNDING, Records, Settlement
from lonja.modules.pricing.risk_records import DELEVERAGED, ENDOWED, GAINED, LOST, FundBalance, FundChange
from lonja.modules.pricing.terms import Terms
from lonja.modules.pricing.views import DeliveryEstimate, FundingView, PremiumView

__all__ = [
    "DELEVERAGED",
    "DELIVERY",
    "ENDOWED",
    "FUNDING",
    "GAINED",
    "LOST",
    "PRICE_SCALE",
    "WEEK_MS",
    "Conductor",
    "DeliveryEstimate",
    "Duration",
    "Expiry",
    "FundBalance",
    "FundChange",
    "FundingView",
    "IndexBoard",
    "IndexPart",
    "IndexPrice",
    "IndexSource",
    "IndexState",
    "Lister",
    "PastContract",
    "PremiumView",
    "Records",
    "Settlement",
    "SourcePrice",
    "Terms",
    "expiries",
    "name_of",
    "open_database",
    "past_funding",
    "weeks",
]
