"""What may be read of prices. Rates are in millionths of a millionth, prices in ticks."""

from typing import NamedTuple


class FundingView(NamedTuple):
    """Funding of a perpetual contract: ``rate`` is the forecast for ``funding_time_ms``.

    ``settled_rate`` and ``settled_time_ms`` are of the last settlement, 0 when there was none. ``impact_notional`` is in
    whole quote currency.
    """

    instrument: int
    rate: int
    time_ms: int
    funding_time_ms: int
    next_funding_time_ms: int
    premium: int
    interest: int
    rate_min: int
    rate_max: int
    impact_notional: int
    settled_rate: int
    settled_time_ms: int


class DeliveryEstimate(NamedTuple):
    """The delivery price of a dated contract as sampled so far."""

    instrument: int
    price: int
    time_ms: int
    expiry_ms: int


class PremiumView(NamedTuple):
    """The mean premium of the minute that begins at ``time_ms``."""

    time_ms: int
    premium: int
