"""A small house over real parts, all in memory, and a client that speaks to it over a real socket."""

import asyncio
import base64
import hmac
import json
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from lonja.adapters.clock import SystemClock
from lonja.adapters.journal_memory import MemoryJournal
from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.adapters.snapshots_memory import MemorySnapshots
from lonja.bootstrap.certificates import ensure_certificates
from lonja.bootstrap.metrics import HouseMetrics
from lonja.core.commands import (
    CancelOrder,
    Command,
    CreateAccount,
    CreateCurrency,
    DefineFeeTier,
    Deposit,
    ListInstrument,
    PlaceOrder,
    SetIndexPrice,
)
from lonja.core.texts import Text16, Text32
from lonja.edge.forwarded import TrustedProxies
from lonja.edge.places import CountryOf
from lonja.edge.server import RunningServers, serve
from lonja.edge.services import EdgeSettings, Services, build_services
from lonja.edge.ws.connection import Limits
from lonja.engine.recovery import recover
from lonja.engine.sequencer import Sequencer
from lonja.modules.governance.api import Gatekeeper
from lonja.modules.history.api import History, OrderTracker
from lonja.modules.identity.api import CreatedKey, Identity
from lonja.modules.marketdata.api import MarketData
from lonja.modules.pricing.api import PRICE_SCALE, Conductor
from tests.edge.house import collateral, contracts, lending_house, price_house, statistics_house

BUY, SELL = 0, 1
LIMIT, MARKET = 0, 1
BTC, QUIET = 0, 1
MAKER, TRADER, OTHER = 2, 3, 4
PASSPHRASE = "Correct-horse-1"
QUIET_SWAP, QUIET_USD_SWAP, QUIET_DATED = 2, 3, 4
WEEK_MS = 7 * 86_400_000
PATIENCE_S = 20.0
"""How long a test waits for what should come at once: long, since the machine may be busy with others."""


class House:
    """The parts, and short ways to trade without the edge."""

    def __init__(
        self, engine: Sequencer, services: Services, servers: RunningServers, keys: dict[int, CreatedKey]
    ) -> None:
        self.engine = engine
        self.services = services
        self.servers = servers
        self.keys = keys
        self.ca_file = Path()

    async def place(self, account: int, side: int, price: int, size: int, **fields: Any) -> int:
        """Place a limit order on QUIET (unless told otherwise); the order's id."""
        command = PlaceOrder(account=account, instrument=QUIET, side=side, price=price, size=size)
        outcome = await self.engine.submit(command._replace(**fields))
        assert outcome.rejection == 0, outcome
        return outcome.id

    async def cancel(self, account: int, order_id: int) -> None:
        """Cancel an order."""
        outcome = await self.engine.submit(CancelOrder(account=account, instrument=QUIET, order_id=order_id))
        assert outcome.rejection == 0, outcome

    def url(self, endpoint: str) -> str:
        """Where ``endpoint`` is."""
        return f"ws://127.0.0.1:{self.servers.port}/ws/v5/{endpoint}"

    @asynccontextmanager
    async def client(self, endpoint: str, account: int | None = None, **options: Any) -> AsyncIterator["Client"]:
        """A connected client, logged in when ``account`` is given."""
        _, client = await ws_connect(Client, self.url(endpoint), **options)
        assert isinstance(client, Client)
        try:
            if account is not None:
                await client.login(self.keys[account])
            yield client
        finally:
            client.transport.disconnect(False)
            await client.transport.wait_disconnected()


class Client(WSListener):
    """Text in, messages out, each with a time limit."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: asyncio.Queue[Any] = asyncio.Queue()
        self.counts: asyncio.Queue[Any] = asyncio.Queue()
        self.closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            if not self.closed.done():
                self.closed.set_result(int.from_bytes(frame.get_payload_as_bytes()[:2]))
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif frame.msg_type == WSMsgType.TEXT:
            text = frame.get_payload_as_bytes()
            message = text.decode() if text == b"pong" else json.loads(text)
            # These come between an acknowledgment and the first push; only few tests are about them.
            counted = isinstance(message, dict) and message.get("event") == "channel-conn-count"
            (self.counts if counted else self.messages).put_nowait(message)
        elif frame.msg_type == WSMsgType.PONG:
            self.messages.put_nowait(frame.get_payload_as_bytes())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.closed.done():
            self.closed.set_result(1006)

    def send(self, message: object) -> None:
        """Send text, or anything else as compact JSON."""
        text = message if isinstance(message, (str, bytes)) else json.dumps(message, separators=(",", ":"))
        self.transport.send(WSMsgType.TEXT, text)

    async def next(self, timeout_s: float = PATIENCE_S) -> Any:
        """The next message."""
        return await asyncio.wait_for(self.messages.get(), timeout_s)

    async def ask(self, message: object) -> Any:
        """Send, and take the next message."""
        self.send(message)
        return await self.next()

    async def next_of(self, channel: str) -> Any:
        """The next push of a channel; others are dropped."""
        while True:
            message = await self.next()
            if message.get("arg", {}).get("channel") == channel and "data" in message:
                return message

    async def quiet(self, seconds: float = 0.25) -> None:
        """Nothing arrives for a while."""
        try:
            message = await self.next(seconds)
        except TimeoutError:
            return
        raise AssertionError(message)

    async def subscribe(self, *args: dict[str, Any]) -> None:
        """Subscribe and take the acknowledgments; pushes that come between stay in the queue, in order."""
        self.send({"op": "subscribe", "args": list(args)})
        kept = []
        missing = len(args)
        while missing:
            message = await self.next()
            if message.get("event") == "subscribe":
                missing -= 1
            else:
                assert "data" in message, message
                kept.append(message)
        rest = [self.messages.get_nowait() for _ in range(self.messages.qsize())]
        for message in kept + rest:
            self.messages.put_nowait(message)

    async def login(self, key: CreatedKey) -> None:
        """Log in and be accepted."""
        answer = await self.ask({"op": "login", "args": [login_arg(key)]})
        assert (answer["event"], answer["code"]) == ("login", "0"), answer

    async def end(self) -> int:
        """The close code."""
        return await asyncio.wait_for(self.closed, PATIENCE_S)


async def eventually(condition: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
    """Wait until ``condition`` holds."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110  # what is waited for tells nobody
            await asyncio.sleep(0.01)


def sign(key: CreatedKey, timestamp: str) -> str:
    """The documented signature of a login."""
    digest = hmac.digest(key.secret.encode(), f"{timestamp}GET/users/self/verify".encode(), "sha256")
    return base64.b64encode(digest).decode()


def login_arg(key: CreatedKey, timestamp: str | None = None) -> dict[str, Any]:
    """A good login argument."""
    text = str(int(time.time())) if timestamp is None else timestamp
    return {"apiKey": key.key.api_key, "passphrase": PASSPHRASE, "timestamp": text, "sign": sign(key, text)}


async def _found(engine: Sequencer) -> None:
    commands: list[Command] = [
        *(CreateAccount(kind=1) for _ in (MAKER, TRADER, OTHER)),
        *(CreateCurrency(name=Text16(name), scale=scale) for name, scale in (("USDT", 8), ("BTC", 8), ("QUIET", 8))),
        DefineFeeTier(maker_rate_ppm=800, taker_rate_ppm=1_000),
        ListInstrument(
            instrument_id=Text32("BTC-USDT"), base=1, quote=0, settle=0, price_scale=1, size_scale=8,
            size_min=1_000, size_limit_max=10**13, size_market_max=10**12, amount_market_max=10**14,
        ),
        ListInstrument(
            instrument_id=Text32("QUIET-USDT"), base=2, quote=0, settle=0, price_scale=2, size_scale=3,
            size_min=1, size_limit_max=10**9, size_market_max=10**9, amount_market_max=10**14,
        ),
        SetIndexPrice(instrument=BTC, price=500_000),
        SetIndexPrice(instrument=QUIET, price=10_000),
        *(
            Deposit(account=account, currency=currency, ledger=1, amount=amount * 10**8)
            for account in (MAKER, TRADER, OTHER)
            for currency, amount in ((0, 1_000_000), (1, 10), (2, 10_000))
        ),
    ]  # fmt: skip
    assert [outcome.rejection for outcome in await engine.submit_many(commands)] == [0] * len(commands)


async def _found_contracts(engine: Sequencer, conductor: Conductor) -> None:
    expiry_ms = engine.now_ms() // WEEK_MS * WEEK_MS + WEEK_MS
    made = contracts(0, 2, 3, (MAKER, TRADER, OTHER), "QUIET-USDT-991231", expiry_ms)
    assert [outcome.rejection for outcome in await engine.submit_many(made)] == [0] * len(made)
    for index_id in ("QUIET-USDT", "QUIET-USD"):
        conductor.board.fix(index_id, 100 * 10**PRICE_SCALE)
    await conductor.turn()


@asynccontextmanager
async def open_house(
    folder: Path,
    *,
    rate_limits: bool = False,
    tiered_channels_from: int = 0,
    limits: Limits | None = None,
    accounts: Sequence[int] = (MAKER, TRADER, OTHER),
    gate: Gatekeeper | None = None,
    proxies: TrustedProxies | None = None,
    country_of: CountryOf | None = None,
    with_contracts: bool = False,
    with_collateral: bool = False,
) -> AsyncIterator[House]:
    """A running house with two instruments and three customers.

    ``with_contracts`` those of ``tests.edge.house`` besides, ``with_collateral`` also its prices, with all in
    multi-currency mode.
    """
    journal, snapshots, clock = MemoryJournal(), MemorySnapshots(), SystemClock()
    engine = Sequencer(recover(journal, snapshots), journal=journal, clock=clock, snapshots=snapshots)
    market_data, tracker = MarketData(engine.views, engine.now_ms), OrderTracker(engine.views)
    engine.subscribe(market_data.on_batch)
    engine.subscribe(tracker.on_batch)
    conductor, price_records = price_house(engine, folder)
    lender, statistics = lending_house(engine, folder, conductor), statistics_house(engine, folder)
    await _found(engine)
    if with_contracts:
        await _found_contracts(engine, conductor)
    if with_collateral:
        found = await engine.submit_many(collateral(0, 2, 1, QUIET, (MAKER, TRADER, OTHER)))
        assert all(outcome.rejection == 0 for outcome in found), found
    identity = Identity(f"sqlite:///{folder}/identity.sqlite", MemorySecretBox(), engine.now_ms)
    history = History(f"sqlite:///{folder}/history.sqlite")
    keys = {}
    for account in accounts:
        identity.register_account(f"account{account}", account, account)
        keys[account] = identity.create_key(account, permissions=("read", "trade"), passphrase=PASSPHRASE)
    services = build_services(
        engine=engine, market_data=market_data, orders=tracker, history=history, identity=identity,
        conductor=conductor, price_records=price_records, lender=lender, statistics=statistics,
        settings=EdgeSettings(
            rate_limits=rate_limits, tiered_channels_from=tiered_channels_from, proxies=proxies or TrustedProxies()
        ),
        metrics=HouseMetrics(), gate=gate, country_of=country_of,
    )  # fmt: skip
    certificates = ensure_certificates(folder)
    servers = await serve(
        services, "127.0.0.1", 0, 0, certificates.certificate_file, certificates.key_file, limits=limits
    )
    house = House(engine, services, servers, keys)
    house.ca_file = certificates.ca_file
    try:
        yield house
    finally:
        await servers.close()
        await engine.stop()
        identity.close()
        history.close()
        price_records.close()
        lender.records.close()
        statistics.close()


def trusting(ca_file: Path) -> ssl.SSLContext:
    """A client's TLS settings that trust the house's authority."""
    return ssl.create_default_context(cafile=str(ca_file))
