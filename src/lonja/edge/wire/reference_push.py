"""Pushes of reference prices: mark prices and price limits.

Why here: their keys are the wire's. Spot positions are valued at the index price, so mark and index are one.
"""

import msgspec

from lonja.core.views import InstrumentView
from lonja.edge.wire.channels import MARK_PRICE, PRICE_LIMIT
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.market import price_limit_row


def mark_price_push(form: InstrumentForm, price: int, now_ms: int) -> bytes:
    """The mark price (ticks) of an instrument."""
    row = {
        "instType": "MARGIN",
        "instId": form.instrument_id,
        "markPx": form.price_text(price),
        "ts": str(now_ms),
    }
    return _push(MARK_PRICE, form, row)


def price_limit_push(form: InstrumentForm, view: InstrumentView, now_ms: int) -> bytes:
    """The price band of an instrument."""
    return _push(PRICE_LIMIT, form, price_limit_row(form, view, now_ms))


def _push(channel: str, form: InstrumentForm, row: object) -> bytes:
    return msgspec.json.encode({"arg": {"channel": channel, "instId": form.instrument_id}, "data": [row]})
