"""The real core on a desk: commands in, event batches out to whoever listens, without journal or loop."""

import struct
from collections.abc import Callable, Iterator
from itertools import islice, product
from typing import Any

from lonja.core import commands as c
from lonja.core.apply import apply_batch
from lonja.core.events import Event
from lonja.core.kinds import AccountKind
from lonja.core.layout import decode_events, encode_command
from lonja.core.state import State
from lonja.core.state_views import StateViews
from lonja.core.texts import Text16, Text32
from lonja.engine.api import EventBatch, Subscriber
from tests.core.naive_exchange import NaiveExchange
from tests.core.random_algos import RandomAlgos
from tests.core.random_collateral import RandomCollateral, founding_with_collateral
from tests.core.random_commands import ACCOUNTS, RandomCommands
from tests.core.random_contracts import RandomContracts, founding

START_MS = 1_790_000_000_000
BTC, USDT = 0, 1
BUY, SELL = 0, 1
ALICE, BOB, SIMULATOR = 2, 3, 4
RICH = 10**12


def batch_of(events: list[Event]) -> EventBatch:
    """``events`` as one published batch."""
    return EventBatch(0, 1, 0, events[0].sequence, events[-1].sequence, events[-1].time_ms, tuple(events))


class Desk:
    """A small exchange: BTC-USDT (tick 0.01, lot 0.0001), Alice and Bob as customers, and a simulator."""

    def __init__(self) -> None:
        self.state = State()
        self.views = StateViews(self.state)
        self.now_ms = START_MS
        self.number = 0
        self.batches: list[EventBatch] = []
        self.subscribers: list[Subscriber] = []
        self.run(c.CreateCurrency(name=Text16("BTC"), scale=8), c.CreateCurrency(name=Text16("USDT"), scale=6))
        self.run(c.DefineFeeTier(maker_rate_ppm=800, taker_rate_ppm=1_000))
        self.run(
            *(
                c.CreateAccount(kind=kind)
                for kind in (AccountKind.CUSTOMER, AccountKind.CUSTOMER, AccountKind.SIMULATOR)
            )
        )
        self.list_instrument("BTC-USDT")
        for account in (ALICE, BOB, SIMULATOR):
            for currency in (BTC, USDT):
                self.run(c.Deposit(account=account, currency=currency, ledger=1, amount=RICH))

    def list_instrument(self, name: str) -> None:
        terms = {"base": BTC, "quote": USDT, "settle": USDT, "price_scale": 2, "size_scale": 4}
        self.run(c.ListInstrument(instrument_id=Text32(name), **terms))

    def run(self, *commands: c.Command) -> list[int]:
        """Apply ``commands`` as one batch and publish it; the ids they gave. All must be accepted."""
        outcomes = self.offer(*commands)
        assert [rejection for rejection, _ in outcomes] == [0] * len(commands)
        return [number for _, number in outcomes]

    def offer(self, *commands: c.Command) -> list[tuple[int, int]]:
        """The same, but some may be refused; the outcomes."""
        stamped = [command._replace(time_ms=self.now_ms) for command in commands]
        applied = apply_batch(self.state, b"".join(map(encode_command, stamped)), self.number)
        self.number += len(commands)
        self.publish(list(decode_events(applied.events)))
        return list(struct.iter_unpack("<qq", applied.outcomes))

    def publish(self, events: list[Event]) -> None:
        if not events:
            return
        self.batches.append(batch_of(events))
        for subscriber in self.subscribers:
            subscriber(self.batches[-1])

    def subscribe(self, *subscribers: Callable[[EventBatch], None]) -> None:
        """Let ``subscribers`` hear everything from the first event on."""
        for subscriber in subscribers:
            for batch in self.batches:
                subscriber(batch)
            self.subscribers.append(subscriber)

    def after(self, milliseconds: int) -> None:
        self.now_ms += milliseconds

    def clock(self) -> int:
        return self.now_ms

    def source(self, after_sequence: int) -> Iterator[EventBatch]:
        """What the journal would tell."""
        return (batch for batch in list(self.batches) if batch.last_sequence > after_sequence)

    def place(self, account: int, side: int, price: int, size: int, **more: Any) -> int:
        """A limit order, or a market order when ``price`` is 0; its id."""
        order_type = 0 if price else 1
        return self.run(c.PlaceOrder(0, account, 0, 0, 0, side, order_type, price=price, size=size, **more))[0]

    def trade(self, price: int, size: int, taker_side: int = BUY) -> None:
        """Bob rests, Alice takes all of it."""
        self.place(BOB, 1 - taker_side, price, size)
        self.place(ALICE, taker_side, price, size)


def founding_commands(cash: int) -> Iterator[c.Command]:
    """Three currencies, three instruments that round differently, five customers and a simulator."""
    for name, scale in (("BTC", 6), ("USDT", 2), ("YEN", 0)):
        yield c.CreateCurrency(name=Text16(name), scale=scale)
    for tier, maker, taker in ((0, 800, 1_000), (1, -333, 500), (2, -150, -100)):
        yield c.DefineFeeTier(fee_tier=tier, fee_group=1, maker_rate_ppm=maker, taker_rate_ppm=taker)
    for account, (master, prevention, tier) in zip(ACCOUNTS, _FAMILIES, strict=True):
        kind = AccountKind.SIMULATOR if account == ACCOUNTS[-1] else AccountKind.CUSTOMER
        yield c.CreateAccount(kind=kind, master=master, self_trade_prevention=prevention, fee_tier=tier)
    coarse = {"quote": 1, "price_scale": 2, "size_scale": 3, "tick_step": 5, "size_min": 2, "size_limit_max": 60}
    exact = {"quote": 1, "size_scale": 1, "lot_step": 3, "fee_group": 1, "size_market_max": 40}
    whole = {"quote": 2, "price_scale": 1, "size_scale": 1, "fee_group": 1, "amount_market_max": 500}
    for number, terms in enumerate((coarse, exact, whole)):
        yield c.ListInstrument(instrument_id=Text32(f"PAIR-{number}"), base=0, settle=terms["quote"], **terms)
        yield c.SetIndexPrice(instrument=number, price=100 if number else 0)
    for account, currency, ledger in product(ACCOUNTS, range(3), range(2)):
        amount = cash * (1 if currency else 2_000)
        yield c.Deposit(account=account, currency=currency, ledger=ledger, amount=amount)


_FAMILIES = ((-1, 1, 0), (2, 2, 1), (2, 3, 2), (-1, 1, 1), (5, 1, 0), (-1, 2, 3))


class RandomDesk:
    """The core under random commands; batches of random length are published."""

    def __init__(
        self, seed: int, cash: int = 60_000, contracts: bool = False, algos: bool = False, collateral: bool = False
    ) -> None:
        self.state = State()
        self.views = StateViews(self.state)
        self.batches: list[EventBatch] = []
        self._number = 0
        self._twin = NaiveExchange()
        kind, founded = self._kind_of(cash, contracts=contracts, algos=algos, collateral=collateral)
        self._stream = kind(seed, self._twin)
        for command in founded:
            self._publish(self._apply(command))

    @staticmethod
    def _kind_of(
        cash: int, *, contracts: bool, algos: bool, collateral: bool
    ) -> tuple[type[RandomCommands], list[c.Command]]:
        """What is done, and what is there before."""
        if collateral:
            return RandomCollateral, founding_with_collateral(cash)
        if contracts:
            return RandomAlgos if algos else RandomContracts, list(founding(cash))
        spot = [command._replace(time_ms=START_MS) for command in founding_commands(cash)]
        return RandomAlgos if algos else RandomCommands, spot

    def batch(self) -> EventBatch | None:
        """Events of the next few commands."""
        count = self._stream.rng.choice((1, 1, 1, 2, 9))
        events = [event for command in islice(self._stream, count) for event in self._apply(command)]
        return self._publish(events)

    def _publish(self, events: list[Event]) -> EventBatch | None:
        if not events:
            return None
        self.batches.append(batch_of(events))
        return self.batches[-1]

    def run(self, batches: int) -> list[EventBatch]:
        """Everything that happened, after ``batches`` more batches."""
        for _ in range(batches):
            self.batch()
        return self.batches

    def clock(self) -> int:
        return int(self.state.time_ms)

    def source(self, after_sequence: int) -> Iterator[EventBatch]:
        """What the journal would tell."""
        return (batch for batch in list(self.batches) if batch.last_sequence > after_sequence)

    def _apply(self, command: c.Command) -> list[Event]:
        self._twin.apply(command)
        applied = apply_batch(self.state, encode_command(command), self._number)
        self._number += 1
        return list(decode_events(applied.events))
