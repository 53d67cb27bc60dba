"""Reference pages of the WebSocket: what holds for all of it, and one page per channel with a real push."""

import asyncio
import json
import re
import tempfile
from pathlib import Path
from typing import Any, Final

from lonja.edge.orders import OPERATIONS as ORDER_OPERATIONS
from lonja.edge.wire.channels import (
    CANDLE,
    CHANNELS,
    ENDPOINTS,
    PRIVATE,
    Channel,
    Topic,
)
from lonja.edge.ws.connection import FRAME_BYTES_MAX
from lonja.edge.ws.dialogue import CHANNELS_MAX, REQUESTS_PER_HOUR
from lonja.edge.ws.hub import CONNECTION_RATE
from lonja.modules.marketdata.api import BARS
from tests.edge.ws.contract_trading import ISOLATED, index, leverage, list_dated, trade
from tests.edge.ws.house import BUY, SELL, TRADER, Client, House, open_house
from tools.reference.rest import HEADER, plain

OPERATIONS: Final = (*ORDER_OPERATIONS, "mass-cancel")
"""What a client may ask for besides login and subscriptions."""

_SILENCE_S: Final = 0.4
_WAIT_S: Final = 2.0
_DESCRIBED: Final[dict[str, tuple[str, str]]] = {
    "tickers": ("Last price, best prices and the last 24 hours of an instrument.", "on change, every 100 ms at most"),
    "trades": ("Trades, those of one taker order at one price together.", "at once"),
    "trades-all": ("Trades, each match by itself.", "at once"),
    "books": (
        "The book, 400 levels a side: a snapshot, then changes with sequence numbers and checksums.",
        "every 100 ms",
    ),
    "books5": ("The best 5 levels a side, whole each time.", "on change, every 100 ms at most"),
    "bbo-tbt": ("The best level of both sides.", "on change, every 10 ms at most"),
    "books-l2-tbt": ("As `books`, more often.", "every 10 ms"),
    "books50-l2-tbt": ("As `books-l2-tbt`, 50 levels a side.", "every 10 ms"),
    "candle": ("The candle that is being drawn, by its last price, and its end.", "on change, every second at most"),
    "index-candle": ("Candles of index prices.", "on change"),
    "mark-price-candle": ("Candles of mark prices.", "on change"),
    "index-tickers": (
        "An index price: of a spot pair, or of what contracts follow, such as `QUIET-USD`.",
        "on change, every 100 ms at most, at least once a minute",
    ),
    "mark-price": ("The mark price of an instrument.", "on change, every 200 ms at most, at least every 10 s"),
    "price-limit": ("The highest price to buy and the lowest to sell for.", "on change, every 200 ms at most"),
    "instruments": ("Rules of instruments, when they change. No snapshot: ask REST for all of them.", "on change"),
    "status": ("Maintenance of the exchange.", "on change"),
    "account": (
        "Balances of the trading account: all at first, then changes, and all again from time to time.",
        "at once",
    ),
    "balance_and_position": (
        "Cash and positions: all at first, then changes with their reason: fills, transfers, funding, margin, liquidation.",
        "at once",
    ),
    "orders": ("What becomes of orders. No snapshot: ask REST for open orders.", "at once"),
    "fills": ("Fills of the account.", "at once"),
    "positions": (
        (
            "Positions: all that are held at first, then changes, and all again from time to time. One that was closed is "
            "told once more, with a size of 0. What follows the mark alone comes with the regular pushes."
        ),
        "on change, every 50 ms at most, and every 5 s",
    ),
    "liquidation-warning": (
        "Positions near liquidation: their margin is three times what is required, or less. Told once until it is more again.",
        "at once",
    ),
    "account-greeks": ("Greeks of options: none yet.", "never"),
    "orders-algo": (
        "What becomes of algo orders, but for those of `algo-advance`. No snapshot: ask REST for open ones.",
        "at once",
    ),
    "algo-advance": (
        "What becomes of iceberg, TWAP and trailing orders; those that are open come first.",
        "at once",
    ),
    "open-interest": (
        "What is held of a contract: in contracts, in base currency and in quote currency, the last two at the mark price.",
        "on change, every 3 s at most",
    ),
    "funding-rate": (
        "Funding of a perpetual contract: what is expected next, and what was settled last.",
        "every 60 to 90 s, and within seconds of a settlement",
    ),
    "estimated-price": (
        "The delivery price to come of dated contracts, by what was sampled so far. Name a family or a contract.",
        "every 200 ms in the last 30 minutes before the expiry, while the clock runs",
    ),
    "liquidation-orders": (
        "Liquidated positions, all of them, each in a row of its own. `bkLoss` is what the Security Fund paid.",
        "at once",
    ),
    "adl-warning": (
        (
            "Security Funds that do not stand well. `warning`: 15 % below the highest balance of eight hours, or keeping a "
            "position. `adl`: 30 % below it, empty, or winners were deleveraged. `normal` is told once, afterwards."
        ),
        "every second, nothing while all is normal",
    ),
    "call-auction-details": ("Call auctions: none yet.", "never"),
    "block-tickers": ("Volume of block trades: none yet.", "never"),
    "public-block-trades": ("Block trades, each leg by itself: none yet.", "never"),
    "public-struc-block-trades": ("Block trades of several legs: none yet.", "never"),
    "deposit-info": ("Deposits: none until there is custody.", "never"),
    "withdrawal-info": ("Withdrawals: none until there is custody.", "never"),
}
"""What a family of channels tells, and when."""

_KEYS: Final = {
    "instId": ("QUIET-USDT", "An instrument."),
    "instType": ("SPOT", "`SPOT`, `MARGIN`, `SWAP`, `FUTURES`, `OPTION` or `ANY`."),
    "instFamily": ("", "A family of contracts, such as `QUIET-USDT`; spot has none."),
    "ccy": ("USDT", "A currency."),
    "algoId": ("1", "An algo order."),
    "extraParams": (
        "",
        'As text: `{"updateInterval":"0"}` for changes only, else 2000, 3000 or 4000 ms, 5000 if absent.',
    ),
}
ERRORS: Final = (
    ("60012", "Illegal request: …", "any", "the text is no JSON, or has no `op`"),
    ("60013", "Invalid args", "any", "`id`, `args` or `expTime` are of the wrong shape, or the request is too long"),
    ("60019", "Invalid op: …", "any", "there is no such `op`"),
    ("60014", "Requests too frequent", "login, subscribe, unsubscribe", "too many in an hour"),
    ("60031", "The WebSocket endpoint does not allow multiple or repeated logins.", "login", "the session goes on"),
    ("60005", "Invalid apiKey", "login", "the connection is closed, as after the five below"),
    ("60007", "Invalid sign", "login", ""),
    ("60004", "Invalid timestamp", "login", ""),
    ("60024", "Wrong passphrase", "login", ""),
    ("60006", "Timestamp request expired", "login", "more than 30 s from the clock"),
    ("60009", "Login failed.", "login", "anything else"),
    ("60018", "Wrong URL or … doesn't exist.", "subscribe, unsubscribe", "channel or argument is not known"),
    ("64001", "This channel has been migrated to the '/business' URL.", "subscribe", "the channel is at `business`"),
    ("64002", 'This channel is not supported by "/business" URL.', "subscribe", "the channel is elsewhere"),
    ("60011", "Please log in", "private channels, operations", "not logged in"),
    ("64003", "Your trading fee tier doesn't meet the requirement …", "subscribe", "channels of higher fee tiers"),
    ("64004", "Subscribe to both … is not allowed.", "subscribe", "two depths of one book"),
    ("60028", "The current operation is not supported by this URL.", "operations", "orders go to `private`"),
)

CLOSES: Final = (
    (1001, "the exchange stops, or the client said goodbye without a code"),
    (1002, "a frame that the protocol does not know, or fragments out of order"),
    (1003, "a binary frame"),
    (1007, "text that is not UTF-8"),
    (1009, f"a frame or a joined message longer than {FRAME_BYTES_MAX:,} bytes"),
    (1011, "a fault of ours"),
    (4001, "a login was refused; the `error` event comes before"),
    (4004, "nothing was said for 30 s"),
    (4005, "the client reads too slowly"),
    (4007, "the API key was changed or is no longer valid"),
    (4008, "all connections together follow too many channels"),
    (4009, "this connection follows too many channels"),
)
"""Codes with which the exchange closes a connection."""


def family_of(name: str) -> str:
    """The family of a channel: its name without the bar of candles."""
    family, candle, bar = name.rpartition(CANDLE)
    return family + candle if bar in BARS else name


def families() -> dict[str, Channel]:
    """One channel of each family."""
    found: dict[str, Channel] = {}
    for name, channel in CHANNELS.items():
        found.setdefault(family_of(name), channel)
    return found


def pages() -> dict[str, str]:
    """Every page by its path below the reference folder."""
    pushes = asyncio.run(_pushes())
    found = {"websocket.md": index_page()}
    for family, channel in families().items():
        found[f"channels/{family}.md"] = channel_page(family, channel, pushes.get(family))
    return found


def index_page() -> str:
    """Endpoints, protocol, channels, operations, refusals."""
    rows = [
        f"| [{family}](channels/{family}.md) | {channel.endpoint} | {_login(channel)} | {_told(family)[0]} |"
        for family, channel in families().items()
    ]
    operations = [f"| `{name}` | {PRIVATE} | {_operation(name)} |" for name in OPERATIONS]
    errors = [f"| {code} | {plain(message)} | {where} | {why} |" for code, message, where, why in ERRORS]
    endpoints = ", ".join(f"`{path.decode()}`" for path in ENDPOINTS)
    return (
        "\n\n".join(
            [
                "# WebSocket",
                HEADER,
                (
                    f"Endpoints: {endpoints}. What is written after `?` is ignored. The text `ping` is answered with the text "
                    "`pong`; a connection that says nothing for 30 s is closed. Frames are compact JSON."
                ),
                (
                    f"New connections: {CONNECTION_RATE.limit} of one address in {CONNECTION_RATE.window_s:.0f} seconds, "
                    "then HTTP 429. "
                    f"Logins, subscriptions and unsubscriptions: {REQUESTS_PER_HOUR.limit} an hour on one connection. At most "
                    f"{CHANNELS_MAX:,} channels on one connection. Before the exchange closes it says "
                    '`{"event":"notice","code":"64008",...}`.'
                ),
                "## Channels\n\n| channel | endpoint | login | what it tells |\n| --- | --- | --- | --- |\n"
                + "\n".join(rows),
                "## Operations\n\nThe same as over REST, with the same rows, refusals and limits, which both count "
                "together.\n\n| op | endpoint | the same as |\n| --- | --- | --- |\n" + "\n".join(operations),
                "## Refusals\n\nAn `error` event with these codes, in the order in which they are checked.\n\n"
                "| code | message | of | why |\n| --- | --- | --- | --- |\n" + "\n".join(errors),
                "## Closing\n\nThe code of a client's close frame is repeated. After a close frame of either side nothing is "
                "answered; neither are unfinished messages, or pongs that nobody asked for.\n\n| code | why |\n| --- | --- |\n"
                + "\n".join(f"| {code} | {why} |" for code, why in CLOSES),
            ]
        )
        + "\n"
    )


def channel_page(family: str, channel: Channel, push: tuple[str, str] | None) -> str:
    """One channel: where, for whom, with what, what it says."""
    summary, cadence = _told(family)
    facts = f"Endpoint: `/ws/v5/{channel.endpoint}`. Login: {_login(channel)}. Pushes: {cadence}."
    if channel.is_tiered:
        facts += " Only for accounts of a high enough fee tier."
    if channel.is_counted:
        facts += " Only so many connections of one account may follow it; each hears `channel-conn-count`."
    parts = [f"# {family}", HEADER, summary, facts]
    if family.endswith(CANDLE):
        parts.append(f"Followed by the name of a bar, such as `{family}1m`: " + ", ".join(_bars(family)) + ".")
    keys = [("channel", True, "The name.")]
    keys += [(key, key in channel.required, _KEYS[key][1]) for key in (*channel.required, *channel.optional)]
    rows = [f"| `{name}` | {'yes' if required else 'no'} | {meaning} |" for name, required, meaning in keys]
    parts.append("## Argument\n\n| key | required | meaning |\n| --- | --- | --- |\n" + "\n".join(rows))
    if push is not None:
        parts.append(f"## Example\n\n```json\n{push[0]}\n```\n\n```json\n{push[1]}\n```")
    return "\n\n".join(parts) + "\n"


def _bars(family: str) -> list[str]:
    return [f"`{bar}`" for bar in BARS if f"{family}{bar}" in CHANNELS]


def _told(family: str) -> tuple[str, str]:
    return _DESCRIBED.get(family, (f"Pushes of `{family}`.", "on change"))


def _login(channel: Channel) -> str:
    return "yes" if channel.needs_login else "no"


def _operation(name: str) -> str:
    path = {"batch-cancel-orders": "cancel-batch-orders", "batch-amend-orders": "amend-batch-orders"}.get(name, name)
    return f"[POST /api/v5/trade/{path}](operations/post-trade-{path}.md)"


_CONTRACT: Final = "QUIET-USDT-SWAP"
_EXAMPLES: Final[dict[str, dict[str, str]]] = {
    "open-interest": {"instId": _CONTRACT},
    "funding-rate": {"instId": _CONTRACT},
    "estimated-price": {"instType": "FUTURES", "instFamily": "QUIET-USDT"},
    "liquidation-orders": {"instType": "SWAP"},
    "adl-warning": {"instType": "SWAP", "instFamily": "QUIET-USDT"},
}
"""Arguments of channels that spot has nothing to tell for."""


async def _pushes() -> dict[str, tuple[str, str]]:
    """What is sent and pushed for each family, on an exchange on which something happens."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        async with open_house(Path(folder), with_contracts=True) as house:
            await house.place(TRADER, BUY, 9_900, 1_000)
            await house.place(TRADER, SELL, 10_100, 1_000)
            await list_dated(house, "QUIET-USDT-991230", 20)
            await index(house, 10_000)
            for family, channel in families().items():
                if channel.topic not in (Topic.NOTHING, Topic.HOUSE):
                    push = await _push(house, family, channel)
                    if push is not None:
                        found[family] = push
    return found


async def _push(house: House, family: str, channel: Channel) -> tuple[str, str] | None:
    name = f"{family}1D" if family.endswith(CANDLE) else family
    arg = {"channel": name} | (_EXAMPLES.get(family) or {key: _KEYS[key][0] for key in channel.required})
    request = {"id": "1", "op": "subscribe", "args": [arg]}
    async with house.client(channel.endpoint, TRADER if channel.needs_login else None) as client:
        await client.subscribe(arg)
        push = await _next(client, name, _SILENCE_S)
        if push is None:
            await _happen(house, channel)
            push = await _next(client, name, _WAIT_S)
    if push is None:
        return None
    push["data"] = push["data"][:1]
    return json.dumps(request), _masked(json.dumps(push, indent=1))


async def _happen(house: House, channel: Channel) -> None:
    """Some channels tell only what happens, so something must."""
    await house.services.conductor.turn()
    if channel.topic is Topic.CONTRACTS:
        # A position that ends far below where it was worth nothing.
        await leverage(house, TRADER, 10_000)
        await trade(house, 10_000, 10_000, margin_mode=ISOLATED)
        await index(house, 9_500)
        return
    await house.place(TRADER, BUY, 9_950, 500)
    await house.place(TRADER + 1, SELL, 9_950, 500)


async def _next(client: Client, name: str, seconds: float) -> dict[str, Any] | None:
    try:
        push: dict[str, Any] = await asyncio.wait_for(client.next_of(name), seconds)
    except TimeoutError:
        return None
    return push


def _masked(text: str) -> str:
    """Without what differs from run to run: times, and ids made of times."""
    text = re.sub(r'"(1[6-9]\d{11})"', '"1700000000000"', text)
    return re.sub(r'"\d{18,19}"', '"909204311244800192"', text)
