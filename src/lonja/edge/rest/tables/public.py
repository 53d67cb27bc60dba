"""Public data: what holds for everybody, and needs no key."""

from typing import Final

from lonja.edge.rest import public
from lonja.edge.rest.operation import (
    Operation,
    open_operation,
    per_instrument_type,
)
from lonja.edge.wire import instrument_keys, requests
from lonja.edge.wire import market as market_wire

OPERATIONS: Final[tuple[Operation, ...]] = (
    open_operation("/public/time", (10, 2.0), requests.Request, public.server_time, {"ts": ""}),
    open_operation(
        "/public/instruments",
        (20, 2.0),
        requests.Instruments,
        public.instruments,
        instrument_keys.PUBLIC_ROW,
        per_instrument_type,
    ),
    open_operation(
        "/public/price-limit", (20, 2.0), requests.OneInstrument, public.price_limit, market_wire.PRICE_LIMIT_ROW
    ),
)
