"""Distinct integer types for the things the exchange numbers.

The core numbers everything densely, so an id is also an array index there; outside it an id is opaque.
Invariant: an id, once given, is never given again.
"""

from typing import NewType

AccountId = NewType("AccountId", int)
"""A book of balances in the core, 0, 1, 2 ... in order of creation. The first two are house accounts."""

CurrencyId = NewType("CurrencyId", int)
"""A currency, 0, 1, 2 ... in order of creation."""

InstrumentCode = NewType("InstrumentCode", int)
"""A traded instrument, 0, 1, 2 ... in order of listing. Stable for ever, so it is also the wire's numeric code."""

OrderId = NewType("OrderId", int)
"""19 decimal digits that grow with time, see ``core.orders.next_order_id``."""

TradeId = NewType("TradeId", int)
"""Counts the trades of one instrument from 1."""
