"""The channels clients may subscribe to, as one table, and the reading of a subscription's argument.

Why here: channel names and argument keys are the wire's. Invariant: equal subscriptions have equal keys, however
their arguments were written.
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

import msgspec

from lonja.core.kinds import InstrumentType
from lonja.edge.wire.instruments import Catalogue
from lonja.edge.wire.ws_requests import RequestError, invalid_args
from lonja.modules.marketdata.api import BARS

PUBLIC = "public"
PRIVATE = "private"
BUSINESS = "business"
ENDPOINTS: Mapping[bytes, str] = {f"/ws/v5/{name}".encode(): name for name in (PUBLIC, PRIVATE, BUSINESS)}
TICKERS = "tickers"
TRADES = "trades"
EVERY_TRADE = "trades-all"
BOOK = "books"
BOOK_TOP_5 = "books5"
BOOK_TOP = "bbo-tbt"
CANDLE = "candle"
"""Followed by the name of a bar."""
ANY_TYPE = "ANY"
_INTERVAL_MS = 5_000
_INTERVALS_MS = (0, 2_000, 3_000, 4_000)


class Topic(Enum):
    """What a channel follows."""

    INSTRUMENT = "instrument"
    ORDERS = "orders"
    FILLS = "fills"
    BALANCES = "balances"
    POSITIONS = "positions"


class Channel(NamedTuple):
    """Where a channel is offered and what it follows."""

    endpoint: str
    topic: Topic


CHANNELS: Mapping[str, Channel] = {
    TICKERS: Channel(PUBLIC, Topic.INSTRUMENT),
    TRADES: Channel(PUBLIC, Topic.INSTRUMENT),
    BOOK: Channel(PUBLIC, Topic.INSTRUMENT),
    BOOK_TOP_5: Channel(PUBLIC, Topic.INSTRUMENT),
    BOOK_TOP: Channel(PUBLIC, Topic.INSTRUMENT),
    EVERY_TRADE: Channel(BUSINESS, Topic.INSTRUMENT),
    **{CANDLE + bar: Channel(BUSINESS, Topic.INSTRUMENT) for bar in BARS},
    "account": Channel(PRIVATE, Topic.BALANCES),
    "orders": Channel(PRIVATE, Topic.ORDERS),
    "fills": Channel(PRIVATE, Topic.FILLS),
    # No account has positions yet: this channel begins with an empty snapshot, and nothing follows.
    "positions": Channel(PRIVATE, Topic.POSITIONS),
}


class Subscription(NamedTuple):
    """One wish of one connection. ``key`` tells wishes apart; None and "" mean no restriction.

    ``arg`` is what private pushes repeat. ``interval_ms`` is 0 when only changes are wanted.
    """

    key: tuple[str, ...]
    channel: str
    topic: Topic
    arg: dict[str, object]
    instrument: int | None = None
    instrument_type: InstrumentType | None = None
    currency: int | None = None
    interval_ms: int = _INTERVAL_MS


def read_subscription(endpoint: str, arg: Mapping[str, object], catalogue: Catalogue, request_id: str) -> Subscription:
    """The subscription that ``arg`` asks for at ``endpoint``. Raises ``RequestError``."""
    given = {name: value for name, value in arg.items() if value is not None and value != ""}
    name = given.get("channel")
    if not isinstance(name, str):
        raise invalid_args(request_id)
    channel = CHANNELS.get(name)
    if channel is None:
        raise _unknown(given, request_id)
    if channel.endpoint != endpoint:
        raise _wrong_endpoint(channel, endpoint, given, request_id)
    instrument = _instrument(given, catalogue, request_id)
    if channel.topic is Topic.INSTRUMENT:
        if instrument is None:
            raise _unknown(given, request_id)
        return Subscription((name, str(instrument)), name, channel.topic, given, instrument)
    if channel.topic is Topic.BALANCES:
        currency = _currency(given, catalogue, request_id)
        interval_ms = _interval_ms(given.get("extraParams"), request_id)
        return Subscription((name, str(currency)), name, channel.topic, given, None, None, currency, interval_ms)
    instrument_type = None if channel.topic is Topic.FILLS else _instrument_type(given, request_id)
    key = (name, str(instrument), str(instrument_type))
    return Subscription(key, name, channel.topic, given, instrument, instrument_type)


def _instrument(given: Mapping[str, object], catalogue: Catalogue, request_id: str) -> int | None:
    value = given.get("instId")
    if value is None:
        return None
    form = catalogue.find(value) if isinstance(value, str) else None
    if form is None:
        raise _unknown(given, request_id)
    return form.code


def _currency(given: Mapping[str, object], catalogue: Catalogue, request_id: str) -> int | None:
    value = given.get("ccy")
    if value is None:
        return None
    form = catalogue.find_currency(value) if isinstance(value, str) else None
    if form is None:
        raise _unknown(given, request_id)
    return form.currency


def _instrument_type(given: Mapping[str, object], request_id: str) -> InstrumentType | None:
    value = given.get("instType")
    if value == ANY_TYPE:
        return None
    if not isinstance(value, str) or value not in InstrumentType.__members__:
        raise _unknown(given, request_id)
    return InstrumentType[value]


def _interval_ms(extra: object, request_id: str) -> int:
    if extra is None:
        return _INTERVAL_MS
    try:
        params = msgspec.json.decode(extra) if isinstance(extra, str) else extra
        value = int(str(params["updateInterval"])) if isinstance(params, dict) and params else _INTERVAL_MS
    except (msgspec.DecodeError, RecursionError, KeyError, ValueError):
        raise invalid_args(request_id) from None
    return value if value in _INTERVALS_MS else _INTERVAL_MS


def _unknown(given: Mapping[str, object], request_id: str) -> RequestError:
    named = ",".join(f"{name}:{given[name]}" for name in ("channel", "instType", "instId", "ccy") if name in given)
    message = f"Wrong URL or {named} doesn't exist. Please use the correct URL, channel and parameters."
    return RequestError("60018", message, request_id)


def _wrong_endpoint(channel: Channel, endpoint: str, given: Mapping[str, object], request_id: str) -> RequestError:
    if channel.endpoint == BUSINESS:
        message = "This channel has been migrated to the '/business' URL. Please subscribe using the new URL."
        return RequestError("64001", message, request_id)
    if endpoint == BUSINESS:
        message = (
            'This channel is not supported by "/business" URL. '
            'Please use "/private" URL(for private channels), or "/public" URL(for public channels).'
        )
        return RequestError("64002", message, request_id)
    return _unknown(given, request_id)
