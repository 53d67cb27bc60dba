"""The channels clients may subscribe to, as one table, and the reading of a subscription's argument.

Why here: channel names and argument keys are the wire's. Invariant: equal subscriptions have equal keys, however
their arguments were written.
"""

from collections.abc import Container, Mapping
from enum import Enum
from typing import Final, NamedTuple

import msgspec

from lonja.core.kinds import InstrumentType
from lonja.edge.wire.instruments import Catalogue
from lonja.edge.wire.ws_requests import RequestError, invalid_args
from lonja.modules.marketdata.api import BARS

PUBLIC: Final = "public"
PRIVATE: Final = "private"
BUSINESS: Final = "business"
ENDPOINTS: Final[Mapping[bytes, str]] = {f"/ws/v5/{name}".encode(): name for name in (PUBLIC, PRIVATE, BUSINESS)}
TICKERS: Final = "tickers"
TRADES: Final = "trades"
EVERY_TRADE: Final = "trades-all"
BOOK: Final = "books"
BOOK_TOP_5: Final = "books5"
BOOK_TOP: Final = "bbo-tbt"
BOOK_DEEP: Final = "books-l2-tbt"
BOOK_50: Final = "books50-l2-tbt"
CANDLE: Final = "candle"
"""Followed by the name of a bar, like the two below."""
INDEX_CANDLE: Final = "index-candle"
MARK_CANDLE: Final = "mark-price-candle"
INDEX_TICKERS: Final = "index-tickers"
MARK_PRICE: Final = "mark-price"
PRICE_LIMIT: Final = "price-limit"
OPEN_INTEREST: Final = "open-interest"
FUNDING_RATE: Final = "funding-rate"
ESTIMATED_PRICE: Final = "estimated-price"
LIQUIDATIONS: Final = "liquidation-orders"
ADL_WARNING: Final = "adl-warning"
INSTRUMENTS: Final = "instruments"
STATUS: Final = "status"
ALGO: Final = "orders-algo"
ALGO_ADVANCE: Final = "algo-advance"
ANY_TYPE: Final = "ANY"
_INTERVAL_MS = 5_000
_INTERVALS_MS = (0, 2_000, 3_000, 4_000)
_ARG_TEXT_MAX = 64


class Topic(Enum):
    """What a channel follows; each has one feed."""

    MARKET = "market"
    REFERENCE = "reference"
    CONTRACTS = "contracts"
    HOUSE = "house"
    ORDERS = "orders"
    FILLS = "fills"
    BALANCES = "balances"
    CASH = "cash"
    POSITIONS = "positions"
    ALGOS = "algos"
    WARNINGS = "warnings"
    NOTHING = "nothing"
    """What the house has none of yet: block trades, deposits, Greeks. Accepted, and silent."""


class Channel(NamedTuple):
    """Where a channel is offered, what it follows, and which keys of its argument count.

    ``is_tiered``: only for accounts of a high enough fee tier. ``is_counted``: only so many connections of one
    account may follow it.
    """

    endpoint: str
    topic: Topic
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    needs_login: bool = False
    is_tiered: bool = False
    is_counted: bool = False

    @property
    def is_own(self) -> bool:
        """Whether it tells of the account that is logged in, not of the market."""
        return self.needs_login and self.topic is not Topic.MARKET


def _market(endpoint: str = PUBLIC, *, is_tiered: bool = False) -> Channel:
    # A fee tier is an account's, so who wants such a channel must say who they are.
    return Channel(endpoint, Topic.MARKET, ("instId",), needs_login=is_tiered, is_tiered=is_tiered)


def _reference(endpoint: str = PUBLIC) -> Channel:
    return Channel(endpoint, Topic.REFERENCE, ("instId",))


def _own(
    endpoint: str,
    topic: Topic,
    required: tuple[str, ...] = (),
    optional: tuple[str, ...] = (),
    *,
    is_tiered: bool = False,
    is_counted: bool = False,
) -> Channel:
    return Channel(endpoint, topic, required, optional, needs_login=True, is_tiered=is_tiered, is_counted=is_counted)


_BY_TYPE = (("instType",), ("instFamily", "instId"))
_PERIODIC = ("extraParams",)

CHANNELS: Final[Mapping[str, Channel]] = {
    TICKERS: _market(),
    TRADES: _market(),
    EVERY_TRADE: _market(BUSINESS),
    BOOK: _market(),
    BOOK_TOP_5: _market(),
    BOOK_TOP: _market(),
    BOOK_DEEP: _market(is_tiered=True),
    BOOK_50: _market(is_tiered=True),
    **{CANDLE + bar: _market(BUSINESS) for bar in BARS},
    INDEX_TICKERS: _reference(),
    MARK_PRICE: _reference(),
    PRICE_LIMIT: _reference(),
    OPEN_INTEREST: _reference(),
    FUNDING_RATE: _reference(),
    # Of prices that are set, not traded, no candles of a second are documented.
    **{kind + bar: _reference(BUSINESS) for kind in (INDEX_CANDLE, MARK_CANDLE) for bar in BARS if bar != "1s"},
    INSTRUMENTS: Channel(PUBLIC, Topic.HOUSE, ("instType",)),
    STATUS: Channel(PUBLIC, Topic.HOUSE),
    ESTIMATED_PRICE: Channel(PUBLIC, Topic.CONTRACTS, *_BY_TYPE),
    LIQUIDATIONS: Channel(PUBLIC, Topic.CONTRACTS, ("instType",)),
    ADL_WARNING: Channel(PUBLIC, Topic.CONTRACTS, ("instType",), ("instFamily",)),
    "call-auction-details": Channel(PUBLIC, Topic.NOTHING, ("instId",)),
    "block-tickers": Channel(BUSINESS, Topic.NOTHING, ("instId",)),
    "public-block-trades": Channel(BUSINESS, Topic.NOTHING, ("instId",)),
    "public-struc-block-trades": Channel(BUSINESS, Topic.NOTHING),
    "account": _own(PRIVATE, Topic.BALANCES, (), ("ccy", *_PERIODIC), is_counted=True),
    "balance_and_position": _own(PRIVATE, Topic.CASH, is_counted=True),
    "orders": _own(PRIVATE, Topic.ORDERS, *_BY_TYPE, is_counted=True),
    "fills": _own(PRIVATE, Topic.FILLS, (), ("instId",), is_tiered=True),
    "positions": _own(PRIVATE, Topic.POSITIONS, ("instType",), ("instFamily", "instId", *_PERIODIC), is_counted=True),
    "liquidation-warning": _own(PRIVATE, Topic.WARNINGS, *_BY_TYPE, is_counted=True),
    "account-greeks": _own(PRIVATE, Topic.NOTHING, (), ("ccy",), is_counted=True),
    ALGO: _own(BUSINESS, Topic.ALGOS, *_BY_TYPE),
    ALGO_ADVANCE: _own(BUSINESS, Topic.ALGOS, ("instType",), ("instId", "algoId")),
    "deposit-info": _own(BUSINESS, Topic.NOTHING, (), ("ccy",)),
    "withdrawal-info": _own(BUSINESS, Topic.NOTHING, (), ("ccy",)),
}

_OF_CONTRACTS: Final = (OPEN_INTEREST, FUNDING_RATE, ESTIMATED_PRICE)
"""Channels about one contract, where others have nothing to tell."""

_OF_INDICES: Final = (INDEX_TICKERS, INDEX_CANDLE)
"""What channels about an index begin with."""

_NEVER_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    BOOK_DEEP: (BOOK_50, BOOK),
    BOOK_50: (BOOK_DEEP,),
    BOOK: (BOOK_DEEP,),
}
"""Channels that one connection may not follow at once for one instrument."""


class Subscription(NamedTuple):
    """One wish of one connection. ``key`` tells wishes apart; None and "" mean no restriction.

    ``arg`` is what private pushes repeat. ``interval_ms`` is 0 when only changes are wanted. ``family`` names a family of
    contracts, ``index_name`` an index; channels of indices have no ``instrument``.
    """

    key: tuple[str, ...]
    channel: str
    topic: Topic
    arg: dict[str, object]
    instrument: int | None = None
    instrument_type: InstrumentType | None = None
    currency: int | None = None
    interval_ms: int = _INTERVAL_MS
    family: str | None = None
    index_name: str | None = None

    @property
    def algo_id(self) -> str:
        """The algo order that is meant."""
        return str(self.arg.get("algoId", ""))

    @property
    def rules(self) -> Channel:
        """What holds for its channel."""
        return CHANNELS[self.channel]


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
    if any(key not in given for key in channel.required):
        raise _unknown(given, request_id)
    takes = channel.required + channel.optional
    index = _index(given, catalogue, request_id) if name.startswith(_OF_INDICES) else None
    instrument = _instrument(given, catalogue, request_id) if "instId" in takes and index is None else None
    instrument_type = _instrument_type(given, request_id) if "instType" in takes else None
    family = _family(given, instrument_type) if "instFamily" in takes else None
    currency = _currency(given, catalogue, request_id) if "ccy" in takes else None
    interval_ms = _interval_ms(given.get("extraParams"), request_id) if "extraParams" in takes else _INTERVAL_MS
    key: tuple[str, ...] = (name, index or str(instrument), str(instrument_type), str(currency), family or "")
    kept = _kept(given, takes)
    if "algoId" in takes:
        key = (*key, str(kept.get("algoId", "")))
    wish = Subscription(
        key, name, channel.topic, kept, instrument, instrument_type, currency, interval_ms, family, index
    )
    if not _makes_sense(wish, catalogue):
        raise _unknown(given, request_id)
    return wish


def check_compatible(
    wish: Subscription, others: Container[tuple[str, ...]], catalogue: Catalogue, request_id: str
) -> None:
    """Raise ``RequestError`` when ``wish`` does not go together with one of the keys in ``others``."""
    for other in _NEVER_TOGETHER.get(wish.channel, ()):
        if (other, *wish.key[1:]) in others and wish.instrument is not None:
            asked = wish.channel if other == BOOK_DEEP else other
            message = (
                f"Subscribe to both {asked} and {BOOK_DEEP} for {catalogue.at(wish.instrument).instrument_id} "
                f"is not allowed. Unsubscribe {other} first."
            )
            raise RequestError("64004", message, request_id)


def _makes_sense(wish: Subscription, catalogue: Catalogue) -> bool:
    """Whether there can be anything that ``wish`` is about."""
    form = None if wish.instrument is None else catalogue.at(wish.instrument)
    if wish.channel in _OF_CONTRACTS and form is not None and not form.is_contract:
        return False
    if wish.channel == FUNDING_RATE:
        return form is not None and not form.expiry_ms
    if wish.channel in {INSTRUMENTS, ESTIMATED_PRICE} and wish.instrument_type is None:
        return False
    if wish.channel == ESTIMATED_PRICE and wish.family is None and form is None:
        return False
    of_family = wish.topic is Topic.CONTRACTS and wish.family is not None
    return not of_family or any(family.name == wish.family for family in catalogue.families())


def tier_too_low(request_id: str) -> RequestError:
    """The error for a channel that the account's fee tier does not include."""
    message = "Your trading fee tier doesn't meet the requirement to access this channel"
    return RequestError("64003", message, request_id)


def _kept(given: Mapping[str, object], takes: tuple[str, ...]) -> dict[str, object]:
    """What pushes repeat of an argument: what a channel knows, and no more than anybody would write there."""
    return {
        key: value
        for key, value in given.items()
        if (key == "channel" or (key in takes and key not in _PERIODIC))
        and isinstance(value, str)
        and len(value) <= _ARG_TEXT_MAX
    }


def _instrument(given: Mapping[str, object], catalogue: Catalogue, request_id: str) -> int | None:
    value = given.get("instId")
    if value is None:
        return None
    form = catalogue.find(value) if isinstance(value, str) else None
    if form is None:
        raise _unknown(given, request_id)
    return form.code


def _index(given: Mapping[str, object], catalogue: Catalogue, request_id: str) -> str:
    value = given.get("instId")
    if isinstance(value, str):
        form = catalogue.find(value)
        # Most indices are called as a spot pair is, which is found without looking through all.
        if form is not None and form.underlying == value:
            return value
        if form is None and any(other.underlying == value for other in catalogue.instruments()):
            return value
    raise _unknown(given, request_id)


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


def _family(given: Mapping[str, object], instrument_type: InstrumentType | None) -> str | None:
    value = given.get("instFamily")
    # Clients name families of spot pairs, too, which have none.
    if instrument_type == InstrumentType.SPOT or not isinstance(value, str) or len(value) > _ARG_TEXT_MAX:
        return None
    return value


def _interval_ms(extra: object, request_id: str) -> int:
    if extra is None:
        return _INTERVAL_MS
    try:
        params = msgspec.json.decode(extra) if isinstance(extra, str) else extra
        value = int(str(params["updateInterval"])) if isinstance(params, dict) and params else _INTERVAL_MS
    except (msgspec.DecodeError, RecursionError, KeyError, ValueError):
        raise invalid_args(request_id) from None
    return value if value in _INTERVALS_MS else _INTERVAL_MS


_NAMED: Final = ("channel", "instType", "instFamily", "instId", "ccy")


def _unknown(given: Mapping[str, object], request_id: str) -> RequestError:
    named = ",".join(f"{name}:{given[name]}" for name in _NAMED if name in given)
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
