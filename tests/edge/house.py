"""A small house over real parts, all in memory, and a client that signs requests and calls the application directly."""

import atexit
import base64
import hmac
import json
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from lonja.adapters.clock import ManualClock
from lonja.adapters.journal_memory import MemoryJournal
from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.adapters.snapshots_memory import MemorySnapshots
from lonja.core.collateral_commands import DefineBorrowTerms, DefineDiscountTier, DefineMarginTier, SetCurrencyPrice
from lonja.core.commands import (
    Command,
    ConfigureAccount,
    CreateAccount,
    CreateCurrency,
    DefineFamily,
    DefineFeeTier,
    DefinePositionTier,
    Deposit,
    EndowFund,
    ListContract,
    ListInstrument,
    SetIndexPrice,
)
from lonja.core.texts import Text16, Text32
from lonja.edge.places import CountryOf
from lonja.edge.rest.app import ASGIApp, build_app
from lonja.edge.services import EdgeSettings, Metrics, Services, build_services
from lonja.engine.recovery import recover
from lonja.engine.sequencer import Sequencer
from lonja.modules.governance.api import Gatekeeper
from lonja.modules.history.api import History, OrderTracker
from lonja.modules.identity.api import CreatedKey, Identity
from lonja.modules.lending import api as lending
from lonja.modules.lending.api import Lender
from lonja.modules.marketdata.api import MarketData
from lonja.modules.pricing.api import PRICE_SCALE, Conductor, IndexBoard, Records, Terms, open_database
from lonja.modules.statistics import api as statistics
from lonja.modules.statistics.api import Statistics

START_MS = 1_700_000_000_000
USDT, QUIET, BTC = 0, 1, 2
QUIET_USDT, BTC_USDT, NEXT_USDT = 0, 1, 2
TRADER, OTHER = 2, 3
PASSPHRASE = "Correct-horse-1"
UNLIMITED = EdgeSettings(rate_limits=False)

OPENING: list[Command] = [
    CreateCurrency(name=Text16("USDT")),
    CreateCurrency(name=Text16("QUIET")),
    CreateCurrency(name=Text16("BTC")),
    DefineFeeTier(maker_rate_ppm=800, taker_rate_ppm=1000),
    CreateAccount(),
    CreateAccount(),
    # QUIET-USDT: tick 0.01, lot 0.001, at most 10,000 a limit and 1,000 a market order.
    ListInstrument(
        instrument_id=Text32("QUIET-USDT"),
        base=QUIET,
        quote=USDT,
        settle=USDT,
        price_scale=2,
        size_scale=3,
        size_limit_max=10_000_000,
        size_market_max=1_000_000,
        amount_market_max=10**14,
    ),
    # BTC-USDT: tick 0.5, lot 0.0001, minimum 0.0002.
    ListInstrument(
        instrument_id=Text32("BTC-USDT"),
        base=BTC,
        quote=USDT,
        settle=USDT,
        price_scale=1,
        tick_step=5,
        size_scale=4,
        size_min=2,
    ),
    ListInstrument(instrument_id=Text32("NEXT-USDT"), base=QUIET, quote=USDT, settle=USDT, price_scale=2, state=2),
    SetIndexPrice(instrument=QUIET_USDT, price=10_000),
    SetIndexPrice(instrument=BTC_USDT, price=100_000),
    *[
        Deposit(account=account, currency=currency, ledger=ledger, amount=amount * 10**8)
        for account in (TRADER, OTHER)
        for ledger in (0, 1)
        for currency, amount in ((USDT, 1_000_000), (QUIET, 10_000), (BTC, 10))
    ],
]

USD = 3
QUIET_SWAP, QUIET_USD_SWAP, QUIET_DATED = 3, 4, 5
DATED_ID = "QUIET-USDT-231215"
DATED_EXPIRY_MS = 1_702_627_200_000
TIERS = ((1_000, 5_000, 10_000, 10_000), (5_000, 10_000, 20_000, 5_000), (20_000, 20_000, 50_000, 2_000))
"""Contracts, maintenance and initial rate (ppm), leverage (hundredths)."""


def contracts(usdt: int, quiet: int, usd: int, traders: Sequence[int], dated_id: str, expiry_ms: int) -> list[Command]:
    """What a house with contracts has besides, for ``traders`` in futures mode; ``usd`` is a new currency's number."""
    listed = ListContract(
        base=quiet, quote=usdt, price_scale=2, fee_group=1, size_limit_max=10**8, size_market_max=10**7
    )
    return [
        CreateCurrency(name=Text16("USD")),
        DefineFeeTier(fee_group=1, maker_rate_ppm=200, taker_rate_ppm=500),
        DefineFamily(name=Text32("QUIET-USDT"), instrument_type=2, settle=usdt),
        DefineFamily(name=Text32("QUIET-USD"), instrument_type=2, settle=quiet),
        DefineFamily(name=Text32("QUIET-USDT"), instrument_type=3, settle=usdt),
        *[
            DefinePositionTier(0, -1, 0, 0, family, tier, size * lots, *rates)
            for family, lots in ((0, 10), (1, 1), (2, 10))
            for tier, (size, *rates) in enumerate(TIERS, start=1)
        ],
        *[EndowFund(family=family, amount=amount * 10**8) for family, amount in ((0, 10_000), (1, 1_000), (2, 10_000))],
        # Linear: a contract is 1 QUIET, tick 0.01, lot 0.1. Inverse: a contract is 10 USD, tick 0.01, lot 1.
        listed._replace(instrument_id=Text32("QUIET-USDT-SWAP"), family=0, size_scale=1),
        listed._replace(instrument_id=Text32("QUIET-USD-SWAP"), family=1, quote=usd, contract_value=10),
        listed._replace(instrument_id=Text32(dated_id), family=2, size_scale=1, expiry_ms=expiry_ms),
        *[ConfigureAccount(account=account, account_mode=2) for account in traders],
    ]


def collateral(usdt: int, quiet: int, btc: int, quiet_usdt: int, traders: Sequence[int]) -> list[Command]:
    """What a house with collateral of several currencies has besides, for ``traders`` in multi-currency mode.

    QUIET is worth 100 USD and counts at 0.9 up to 10,000, then at 0.5; BTC is worth 50,000 and counts at 0.98, USDT in
    full. An account may owe 100,000 USDT, 1,000 QUIET and 10 BTC, at initial 10 % and maintenance 3 %. Pockets of
    QUIET-USDT borrow up to 1,000 QUIET or 100,000 USDT at 20 % and 5 %.
    """
    unit, dollar = 10**8, 10**12
    prices, limits = ((usdt, 1), (quiet, 100), (btc, 50_000)), ((usdt, 100_000), (quiet, 1_000), (btc, 10))
    tiers = (
        (usdt, 1, 10**9, 1_000_000),
        (quiet, 1, 10_000, 900_000),
        (quiet, 2, 10**6, 500_000),
        (btc, 1, 10**6, 980_000),
    )
    return [
        *[SetCurrencyPrice(currency=currency, price=price * dollar) for currency, price in prices],
        *[
            DefineDiscountTier(currency=currency, tier=tier, amount_max=amount * unit, rate_ppm=rate)
            for currency, tier, amount, rate in tiers
        ],
        *[
            DefineBorrowTerms(
                currency=currency,
                limit_max=limit * unit,
                initial_ppm=100_000,
                maintenance_ppm=30_000,
                penalty_ppm=20_000,
            )
            for currency, limit in limits
        ],
        DefineMarginTier(
            instrument=quiet_usdt,
            base_max=1_000 * unit,
            quote_max=100_000 * unit,
            initial_ppm=200_000,
            maintenance_ppm=50_000,
        ),
        *[ConfigureAccount(account=account, account_mode=3) for account in traders],
    ]


class Reply(NamedTuple):
    """An answer: HTTP status, headers, raw body and what it says."""

    status: int
    headers: dict[bytes, bytes]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def code(self) -> str:
        return str(self.json["code"])

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def row(self) -> Any:
        assert len(self.data) == 1, self.raw
        return self.data[0]

    @property
    def refusal(self) -> str:
        """The code that tells why: that of the only row, else that at the top."""
        return str(self.data[0]["sCode"]) if len(self.data) == 1 and "sCode" in self.data[0] else self.code


async def request(
    app: ASGIApp,
    method: str,
    target: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    address: str = "127.0.0.1",
    parts: list[bytes] | None = None,
    scheme: str = "http",
) -> Reply:
    """One HTTP request, as a server hands it to the application."""
    path, _, query = target.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()],
        "client": (address, 50_000),
        "scheme": scheme,
    }
    incoming = list(parts) if parts is not None else [body]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if not incoming:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": incoming.pop(0), "more_body": bool(incoming)}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, content = sent
    return Reply(start["status"], dict(start["headers"]), content["body"])


def iso(time_ms: int) -> str:
    """A timestamp as clients write it."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time_ms % 1000:03}Z"


def sign(secret: str, text: bytes) -> str:
    """The signature, made the obvious way."""
    return base64.b64encode(hmac.new(secret.encode(), text, "sha256").digest()).decode()


class Caller:
    """A client with a key. ``headers`` overrule those it would send; None leaves one out."""

    def __init__(self, house: "House", key: CreatedKey, address: str = "127.0.0.1") -> None:
        self.house = house
        self.key = key
        self.address = address

    async def get(self, path: str, **params: object) -> Reply:
        query = "&".join(f"{name.rstrip('_')}={value}" for name, value in params.items())
        return await self.call("GET", f"/api/v5/{path}" + (f"?{query}" if query else ""))

    async def post(self, path: str, body: object, **options: Any) -> Reply:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.call("POST", f"/api/v5/{path}", raw, **options)

    async def call(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str | None] | None = None, **options: Any
    ) -> Reply:
        timestamp = (headers or {}).get("OK-ACCESS-TIMESTAMP") or iso(self.house.clock.now_ms())
        signed = timestamp.encode() + method.encode() + target.encode() + body
        given: dict[str, str | None] = {
            "OK-ACCESS-KEY": self.key.key.api_key,
            "OK-ACCESS-SIGN": sign(self.key.secret, signed),
            "OK-ACCESS-TIMESTAMP": timestamp,
            "OK-ACCESS-PASSPHRASE": self.key.passphrase,
            "Content-Type": "application/json",
            **(headers or {}),
        }
        present = {name: value for name, value in given.items() if value is not None}
        return await request(self.house.app, method, target, body, present, self.address, **options)

    async def place(self, **fields: object) -> Reply:
        """A limit order on QUIET unless told otherwise."""
        return await self.post("trade/order", order(**fields))


def order(**fields: object) -> dict[str, object]:
    """A good order, changed by ``fields``; None takes a field out."""
    good = {"instId": "QUIET-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "1", "px": "99"}
    return {name: value for name, value in (good | fields).items() if value is not None}


class Keys:
    """Identity with a key for each trader, made once a process: hashing passphrases is slow on purpose.

    Given ``first``, a copy of it, for tests that open more accounts.
    """

    def __init__(self, folder: Path, first: "Keys | None" = None) -> None:
        self.now_ms = START_MS
        self.path = folder / "identity.db"
        self.box = MemorySecretBox() if first is None else first.box
        if first is not None:
            with closing(sqlite3.connect(first.path)) as source, closing(sqlite3.connect(self.path)) as copy:
                source.backup(copy)
        self.identity = Identity(f"sqlite:///{self.path}", self.box, lambda: self.now_ms)
        self.created: dict[int, CreatedKey] = {} if first is None else dict(first.created)
        if first is not None:
            return
        for name, account in (("trader", TRADER), ("other", OTHER)):
            self.identity.register_account(name, account, account)
            self.created[account] = self.identity.create_key(
                account, permissions=("trade", "withdraw"), passphrase=PASSPHRASE, lapses=False
            )


class House:
    """The parts."""

    def __init__(
        self, engine: Sequencer, clock: ManualClock, services: Services, journal: MemoryJournal, keys: Keys
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.services = services
        self.journal = journal
        self.keys = keys
        self.app = build_app(services)
        self.trader = Caller(self, keys.created[TRADER])
        self.other = Caller(self, keys.created[OTHER])

    def caller(
        self,
        account: int,
        permissions: tuple[str, ...] = ("trade", "withdraw"),
        address: str = "127.0.0.1",
        **options: Any,
    ) -> Caller:
        key = self.services.identity.create_key(
            account, permissions=permissions, passphrase=PASSPHRASE, lapses=False, **options
        )
        return Caller(self, key, address)

    async def get(self, path: str, address: str = "127.0.0.1", **params: object) -> Reply:
        """A public question."""
        query = "&".join(f"{name}={value}" for name, value in params.items())
        return await request(self.app, "GET", f"/api/v5/{path}" + (f"?{query}" if query else ""), address=address)

    async def index(self, price: int, index_id: str = "QUIET-USDT") -> None:
        """The index is worth ``price`` hundredths from now on; marks follow at once."""
        self.services.conductor.board.fix(index_id, price * 10 ** (PRICE_SCALE - 2))
        await self.services.conductor.turn()

    def balances(self) -> list[object]:
        """Everything anybody owns."""
        views = self.engine.views
        return [views.balances(account) for account in range(views.account_count())]


@cache
def _prepared() -> tuple[Keys, Path]:
    """The keys, and an empty history to copy."""
    folder = Path(tempfile.mkdtemp(prefix="lonja-edge-"))
    History(f"sqlite:///{folder}/history.db").close()
    keys = Keys(folder)

    def tidy() -> None:
        keys.identity.close()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(tidy)
    return keys, folder / "history.db"


@cache
def _terms() -> tuple[Terms, lending.Terms]:
    """Of prices and of lending; nobody changes them."""
    return Terms.of_file(), lending.Terms.of_file()


def price_house(engine: Sequencer, folder: Path) -> tuple[Conductor, Records]:
    """Prices of contracts that follow ``engine``; indices are told by hand."""
    terms, records = _terms()[0], Records(open_database(f"sqlite:///{folder}/prices.db"))
    conductor = Conductor(engine, terms, IndexBoard(terms, []), records)
    for subscriber in (records.on_batch, conductor.on_batch):
        engine.subscribe(subscriber)
    return conductor, records


def lending_house(engine: Sequencer, folder: Path, conductor: Conductor) -> Lender:
    """Lending that follows ``engine``; its records are closed by whoever opens it."""
    records = lending.Records(lending.open_database(f"sqlite:///{folder}/lending.db"))
    records.begin_at(engine.views.last_sequence())
    lender = Lender(engine, _terms()[1], conductor.board, records)
    for subscriber in (records.on_batch, lender.on_batch):
        engine.subscribe(subscriber)
    lender.prime()
    return lender


def statistics_house(engine: Sequencer, folder: Path) -> Statistics:
    """Statistics that follow ``engine``; closed by whoever opens them."""
    made = Statistics(statistics.open_database(f"sqlite:///{folder}/statistics.db"))
    made.begin()
    # Nothing is too old in a house that opens; to look for it takes a fifth of its opening and closing.
    made._pruned_ms = START_MS
    engine.subscribe(made.on_batch)
    return made


@asynccontextmanager
async def open_house(
    folder: Path,
    settings: EdgeSettings = UNLIMITED,
    metrics: Metrics | None = None,
    *,
    own_keys: bool = False,
    gate: Gatekeeper | None = None,
    country_of: CountryOf | None = None,
    with_contracts: bool = False,
    with_collateral: bool = False,
) -> AsyncIterator[House]:
    """A running house with two funded traders. ``own_keys``: what it learns of accounts and keys stays its own."""
    clock, journal, snapshots = ManualClock(START_MS), MemoryJournal(), MemorySnapshots()
    engine = Sequencer(recover(journal, snapshots), journal=journal, clock=clock, snapshots=snapshots)
    market_data, orders = MarketData(engine.views, engine.now_ms), OrderTracker(engine.views)
    keys, empty_history = _prepared()
    if own_keys:
        keys = Keys(folder, keys)
    shutil.copy(empty_history, folder / "history.db")
    history = History(f"sqlite:///{folder}/history.db")
    history.start()
    for subscriber in (market_data.on_batch, orders.on_batch, history.on_batch):
        engine.subscribe(subscriber)
    conductor, price_records = price_house(engine, folder)
    lender, samples = lending_house(engine, folder, conductor), statistics_house(engine, folder)
    more = contracts(USDT, QUIET, USD, (TRADER, OTHER), DATED_ID, DATED_EXPIRY_MS) if with_contracts else []
    if with_collateral:
        more = [*more, *collateral(USDT, QUIET, BTC, QUIET_USDT, (TRADER, OTHER))]
    outcomes = await engine.submit_many([*OPENING, *more])
    assert all(outcome.rejection == 0 for outcome in outcomes), outcomes
    services = build_services(
        engine=engine,
        market_data=market_data,
        orders=orders,
        history=history,
        identity=keys.identity,
        conductor=conductor,
        price_records=price_records,
        lender=lender,
        statistics=samples,
        settings=settings,
        metrics=metrics,
        gate=gate,
        country_of=country_of,
    )
    house = House(engine, clock, services, journal, keys)
    if with_contracts:
        for index_id in ("QUIET-USDT", "QUIET-USD"):
            await house.index(10_000, index_id)
    try:
        yield house
    finally:
        await engine.stop()
        history.close()
        price_records.close()
        lender.records.close()
        samples.close()
        if own_keys:
            keys.identity.close()
