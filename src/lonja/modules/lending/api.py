"""The door of lending: what currencies are worth as collateral, interest, and the terms of both."""

from lonja.modules.lending.database import open_database
from lonja.modules.lending.definitions import missing_definitions
from lonja.modules.lending.lender import InterestRate, Lender, hourly_rate
from lonja.modules.lending.records import Accrual, Records
from lonja.modules.lending.terms import Terms

__all__ = [
    "Accrual",
    "InterestRate",
    "Lender",
    "Records",
    "Terms",
    "hourly_rate",
    "missing_definitions",
    "open_database",
]
