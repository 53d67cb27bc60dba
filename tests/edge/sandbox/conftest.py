"""A small house whose clock moves at will, with the controls of a sandbox in front of it."""

import asyncio
import atexit
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from picows import ws_connect

from lonja.adapters.clock import ManualClock
from lonja.adapters.journal_memory import MemoryJournal
from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.adapters.snapshots_memory import MemorySnapshots
from lonja.bootstrap.certificates import ensure_certificates
from lonja.edge.rest.app import build_app
from lonja.edge.sandbox.app import control_app
from lonja.edge.sandbox.control import SandboxControl
from lonja.edge.sandbox.order_faults import RejectedOrders
from lonja.edge.sandbox.rest_faults import RestFaults
from lonja.edge.sandbox.ws_faults import SocketFaults
from lonja.edge.server import RunningServers, SandboxParts, serve
from lonja.edge.services import build_services
from lonja.engine.recovery import recover
from lonja.engine.sequencer import Sequencer
from lonja.modules.history.api import History, OrderTracker
from lonja.modules.identity.api import CreatedKey, Identity
from lonja.modules.marketdata.api import MarketData
from lonja.modules.sandbox.api import (
    AccountKey,
    FaultBook,
    Funds,
    OpenedSandbox,
    SandboxAccounts,
    SandboxClock,
    SandboxIndices,
    SimulatedMarkets,
    Timekeeper,
)
from lonja.modules.sandbox.prices import FairPrices
from tests.edge.house import (
    DATED_EXPIRY_MS,
    DATED_ID,
    OPENING,
    OTHER,
    PASSPHRASE,
    QUIET,
    START_MS,
    TRADER,
    UNLIMITED,
    USD,
    USDT,
    House,
    Reply,
    contracts,
    lending_house,
    price_house,
    request,
    statistics_house,
)
from tests.edge.ws.house import Client, login_arg

MACHINE_MS = START_MS + 3_600_000
"""The machine is an hour ahead of the exchange."""
LOCAL = {"host": "127.0.0.1:8080"}


class Accounts:
    """Remembers in memory what accounts were made with."""

    def __init__(self) -> None:
        self.made: dict[str, Funds] = {}

    def add(self, name: str, account: int, funds: Funds) -> AccountKey:
        self.made[name] = funds
        return AccountKey(f"key of {account}", "secret", "passphrase", "read,trade")

    def funds(self, name: str) -> Funds | None:
        return self.made.get(name)

    def key(self, name: str) -> AccountKey | None:
        return AccountKey("key again", "secret", "passphrase", "read,trade") if name in self.made else None


def nobody_trades() -> OpenedSandbox:
    """An open sandbox in which all instruments are left to people."""
    given: dict[str, Any] = {"customers": {"trader": TRADER, "other": OTHER}, "prices": FairPrices(""), "seed": ""}
    return OpenedSandbox(**{field.name: given.get(field.name, []) for field in fields(OpenedSandbox)})


class Sandbox:
    """The house, and a client of its controls."""

    def __init__(
        self, house: House, clock: SandboxClock, steady: ManualClock, faults: FaultBook, *, local_only: bool = True
    ) -> None:
        self.house = house
        self.clock = clock
        self.steady = steady
        markets, conductor = SimulatedMarkets(house.engine, nobody_trades()), house.services.conductor
        self.control = SandboxControl(
            catalogue=house.services.catalogue,
            timekeeper=Timekeeper(house.engine, clock, markets, conductor),
            accounts=SandboxAccounts(house.engine, house.services.identity, Accounts()),
            markets=markets,
            indices=SandboxIndices(house.engine, markets, conductor.board, conductor),
            faults=faults,
            seed=1,
            local_only=local_only,
        )
        self.parts = SandboxParts(
            control=control_app(self.control),
            around=RestFaults(faults, house.services.identity).around,
            sockets=SocketFaults(faults, house.services.identity, house.engine.now_ms),
        )
        # The callers of the house, too, go where things may go wrong.
        self.app = house.app = build_app(house.services, self.parts.control, self.parts.around)

    async def get(self, path: str, headers: dict[str, str] | None = None, address: str = "127.0.0.1") -> Reply:
        return await request(self.app, "GET", f"/sandbox/{path}", b"", headers or LOCAL, address)

    async def post(self, path: str, body: object = None, method: str = "POST", **options: Any) -> Reply:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return await request(self.app, method, f"/sandbox/{path}", raw, LOCAL, **options)


class Prepared(NamedTuple):
    """An identity with two traders and an empty history, to copy: making keys is slow on purpose."""

    folder: Path
    box: MemorySecretBox
    created: dict[int, CreatedKey]


@cache
def _prepared() -> Prepared:
    folder, box, created = Path(tempfile.mkdtemp(prefix="lonja-sandbox-")), MemorySecretBox(), {}
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    identity = Identity(f"sqlite:///{folder}/identity.db", box, lambda: START_MS)
    for name, account in (("trader", TRADER), ("other", OTHER)):
        identity.register_account(name, account, account)
        created[account] = identity.create_key(
            account, permissions=("trade", "withdraw"), passphrase=PASSPHRASE, lapses=False
        )
    identity.close()
    History(f"sqlite:///{folder}/history.db").close()
    return Prepared(folder, box, created)


@asynccontextmanager
async def open_sandbox(folder: Path, *, with_contracts: bool = False, **options: Any) -> AsyncIterator[Sandbox]:
    """A frozen sandbox without simulated traders, on an identity of its own, because accounts are made here."""
    real, steady = ManualClock(MACHINE_MS), ManualClock(0)
    clock = SandboxClock(real, steady)
    clock.start(0, START_MS, 0)
    faults = FaultBook(1, clock.now_ms)
    journal, snapshots = MemoryJournal(), MemorySnapshots()
    engine = Sequencer(recover(journal, snapshots), journal=journal, clock=clock, snapshots=snapshots)
    market_data, orders = MarketData(engine.views, engine.now_ms), OrderTracker(engine.views)
    prepared = _prepared()
    for name in ("identity.db", "history.db"):
        shutil.copy(prepared.folder / name, folder / name)
    identity = Identity(f"sqlite:///{folder}/identity.db", prepared.box, clock.now_ms)
    history = History(f"sqlite:///{folder}/history.db")
    history.start()
    for subscriber in (market_data.on_batch, orders.on_batch, history.on_batch):
        engine.subscribe(subscriber)
    conductor, price_records = price_house(engine, folder)
    lender, statistics = lending_house(engine, folder, conductor), statistics_house(engine, folder)
    more = contracts(USDT, QUIET, USD, (TRADER, OTHER), DATED_ID, DATED_EXPIRY_MS) if with_contracts else []
    await engine.submit_many([*OPENING, *more])
    services = build_services(
        engine=engine,
        market_data=market_data,
        orders=orders,
        history=history,
        identity=identity,
        conductor=conductor,
        price_records=price_records,
        lender=lender,
        statistics=statistics,
        settings=UNLIMITED,
        machine_clock=real.now_ms,
        order_faults=RejectedOrders(faults),
    )
    try:
        house = House(engine, real, services, journal, prepared)  # type: ignore[arg-type]  # has the keys, as Keys do
        sandbox = Sandbox(house, clock, steady, faults, **options)
        await sandbox.control.indices.begin()
        yield sandbox
    finally:
        await engine.stop()
        history.close()
        price_records.close()
        lender.records.close()
        statistics.close()
        identity.close()


class Served:
    """A sandbox with listeners, and clients on real sockets."""

    def __init__(self, sandbox: Sandbox, servers: RunningServers) -> None:
        self.sandbox = sandbox
        self.port = servers.port

    @asynccontextmanager
    async def client(self, endpoint: str, account: int | None = None) -> AsyncIterator[Client]:
        """A connected client, logged in when ``account`` is given."""
        _, client = await ws_connect(Client, f"ws://127.0.0.1:{self.port}/ws/v5/{endpoint}")
        assert isinstance(client, Client)
        try:
            if account is not None:
                key = (self.sandbox.house.trader if account == TRADER else self.sandbox.house.other).key
                login = {"op": "login", "args": [login_arg(key, str(START_MS // 1_000))]}
                assert (await client.ask(login))["code"] == "0"
            yield client
        finally:
            client.transport.disconnect(False)
            await client.transport.wait_disconnected()

    async def get(self, target: str, timeout_s: float = 2.0) -> bytes:
        """All that comes back for a GET before the server hangs up; raises ``TimeoutError`` when it does not."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        try:
            return await asyncio.wait_for(reader.read(), timeout_s)
        except ConnectionResetError:
            return b""
        finally:
            writer.close()


@pytest.fixture
async def served(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Served]:
    tls = ensure_certificates(tmp_path)
    files = (tls.certificate_file, tls.key_file)
    servers = await serve(sandbox.house.services, "127.0.0.1", 0, 0, *files, sandbox=sandbox.parts)
    yield Served(sandbox, servers)
    await servers.close()


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with open_sandbox(tmp_path) as opened:
        yield opened


@pytest.fixture
async def futures(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A sandbox with contracts."""
    async with open_sandbox(tmp_path, with_contracts=True) as opened:
        yield opened
