"""The door of statistics: past marks and indices, what takers did, and who held how much of contracts."""

from lonja.modules.statistics.database import open_database
from lonja.modules.statistics.records import INDEX, MARK, STANDINGS_KEPT_MS, PriceCandle, SetPrice, TakerSum
from lonja.modules.statistics.standings import SAMPLED_MS, Standing
from lonja.modules.statistics.statistics import Statistics

__all__ = [
    "INDEX",
    "MARK",
    "SAMPLED_MS",
    "STANDINGS_KEPT_MS",
    "PriceCandle",
    "SetPrice",
    "Standing",
    "Statistics",
    "TakerSum",
    "open_database",
]
