"""Scenarios: a text of commands in a trader's words, each followed by what the exchange answered.

Why here: a test of the core should read like the rule it proves. ``play`` runs every line that begins with ``>``, writes
what happened below it, and expects the whole text to come out as it went in; a difference is shown as a diff. After
each command all invariants are checked, and at the end that a snapshot comes back whole and that the events told all.

    > ann sell 10 @ 101 id=a          ann, bob and cat have 1000 BTC and 100000 USD each; prices are ticks, sizes lots
      placed a: sell 10 @ 101
      rests a: 10 @ 101
    > bob buy 4 @ 102 id=b
      placed b: buy 4 @ 102
      trade 1: taker b buys 4 @ 101 = 404, fee 0 BTC, filled
      trade 1: maker a sells 4 @ 101 = 404, fee 0 USD, 6 left
    > book
      ask 101: a 6
    > bob buy 4
      refused: order_kind_invalid

``commands_in_words`` holds the words of commands, ``events_in_words`` those of events. ``CONTRACTS`` opens an exchange
with two perpetuals, LIN and INV, instead; there ``margins ann USD`` tells what ann may still risk.
"""

import difflib
import struct
from textwrap import dedent

import pytest

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core.algo_commands import (
    AmendAlgo,
    AmendDetailedAlgo,
    AttachAlgo,
    AttachDetailedAlgo,
    CancelAlgo,
    PlaceAlgo,
    PlaceDetailedAlgo,
)
from lonja.core.algo_events import ALGO_EVENT_KINDS, AlgoAmended, AlgoEnded, AlgoPlaced
from lonja.core.apply import apply_batch
from lonja.core.collateral_commands import (
    AccrueInterest,
    ChangeLoan,
    DefineBorrowTerms,
    DefineDiscountTier,
    DefineMarginTier,
    OpenPocket,
    SetAutoBorrow,
    SetCurrencyPrice,
)
from lonja.core.collateral_events import COLLATERAL_EVENT_KINDS
from lonja.core.layout import decode_events, encode_command
from lonja.core.margin_commands import OpenCrossPocket, PlaceMarginOrder
from lonja.core.margin_events import MARGIN_EVENT_KINDS
from lonja.core.position_views import margin_view
from lonja.core.rejections import Rejection
from lonja.core.state import State
from lonja.core.views import Outcome
from tests.core import collateral_in_words
from tests.core.algos_in_words import tell_algo
from tests.core.commands_in_words import read_command
from tests.core.events_in_words import Names, tell_event
from tests.core.margins_in_words import pocket_in_words, tell_margin
from tests.simulation.invariants import check_round_trip, check_state
from tests.simulation.mirror import Mirror

START_MS = 1_790_000_000_000
OPENING = """
    > currency BTC scale=0
    > currency USD scale=0
    > instrument BTC-USD base=BTC quote=USD
    > account ann
    > account bob
    > account cat
"""
CONTRACTS = """
    > currency BTC scale=0
    > currency USD scale=0
    > account ann mode=2
    > account bob mode=2
    > account cat mode=2
    > family LINEAR settle=USD
    > family INVERSE settle=BTC
    > tier LINEAR 1 size=100 mmr=5000 imr=10000 lever=100
    > tier LINEAR 2 size=500 mmr=10000 imr=20000 lever=50
    > tier LINEAR 3 size=2000 mmr=20000 imr=50000 lever=20
    > tier LINEAR 4 size=10000 mmr=50000 imr=100000 lever=10
    > tier INVERSE 1 size=10000 mmr=5000 imr=10000 lever=100
    > contract LIN family=LINEAR base=BTC quote=USD
    > contract INV family=INVERSE base=BTC quote=USD contract_value=1000
    > endow LINEAR 10000
    > endow INVERSE 10000
    > mark LIN 100
    > mark INV 100
"""
"""A lot of LIN is worth its price in USD, a lot of INV 1000 USD in BTC: ten lots at 100 are 100 BTC."""
POOLED = (
    CONTRACTS
    + """
    > instrument BTC-USD base=BTC quote=USD
    > worth BTC 100
    > worth USD 1
    > discount BTC 1 to=100 rate=900000
    > discount BTC 2 to=1000 rate=500000
    > discount USD 1 to=1000000 rate=1000000
    > lend BTC limit=50 imr=200000 mmr=50000 penalty=20000
    > lend USD limit=5000 imr=100000 mmr=30000
    > account eve mode=3
    > deposit ann 100000 USD
    > deposit bob 1000 BTC
    > deposit bob 100000 USD
    > deposit cat 100000 USD
"""
)
"""The same, a spot market, and eve, who has nothing yet and stands on all that she will have."""
RICHES = (("BTC", 1_000), ("USD", 100_000))


class Floor:
    """An exchange that is spoken to in words. Opens with one instrument and three rich traders."""

    def __init__(self, opening: str = OPENING) -> None:
        """Open the exchange; ``opening`` may set up others."""
        self.state = State()
        self.names = Names()
        self.mirror = Mirror()
        self.corrected: dict[int, int] = {}
        self.time_ms = START_MS
        for line in dedent(opening).split("\n"):
            if line:
                self._say(line[1:])
        if opening in (OPENING, CONTRACTS):
            for trader in ("ann", "bob", "cat"):
                for currency, amount in RICHES:
                    self._say(f"deposit {trader} {amount} {currency}")

    def apply(self, command: c.Command) -> tuple[Rejection, list[e.Event]]:
        """Apply a command in a batch of its own and check everything that can be checked."""
        rejection, events = self.apply_unchecked(command)
        check_state(self.state)
        return rejection, events

    def apply_unchecked(self, command: c.Command) -> tuple[Rejection, list[e.Event]]:
        """The same without the checks that take time in proportion to the state."""
        stamped = command._replace(time_ms=self.time_ms)
        applied = apply_batch(self.state, encode_command(stamped), int(self.state.next_command))
        outcome = Outcome(*struct.unpack("<qq", applied.outcomes))
        events = list(decode_events(applied.events))
        self.mirror.fold(events)
        rejection = Rejection(outcome.rejection)
        answer = 0
        if isinstance(stamped, c.CorrectBalance) and rejection == Rejection.NONE:
            # Told again, it has no event of its own.
            made = [event for event in events if isinstance(event, e.BalanceCorrected)]
            self.corrected |= {event.correction_id: event.sequence for event in made}
            answer = self.corrected[stamped.correction_id]
        elif isinstance(stamped, OpenPocket) and rejection == Rejection.NONE:
            # Asked for again, it is found.
            answer = self.state.pockets[stamped.account, stamped.instrument]
        elif isinstance(stamped, OpenCrossPocket) and rejection == Rejection.NONE:
            answer = self.state.cross_pockets[stamped.account, stamped.instrument, stamped.currency]
        elif rejection == Rejection.NONE:
            # Nothing is told of what is to be attached before there is an order.
            answer = outcome.id if isinstance(stamped, AttachAlgo | AttachDetailedAlgo) else _answer(stamped, events)
        assert outcome.id == answer, f"the answer to {stamped} is {outcome.id} instead of {answer}"
        return rejection, events

    def rush(self, commands: list[c.Command]) -> list[Rejection]:
        """Apply many commands in one batch and check once."""
        stamped = b"".join(encode_command(command._replace(time_ms=self.time_ms)) for command in commands)
        applied = apply_batch(self.state, stamped, int(self.state.next_command))
        events = list(decode_events(applied.events))
        for event in events:
            self.names.learn(event)
        self.mirror.fold(events)
        check_state(self.state)
        return [Rejection(answer) for answer in struct.unpack(f"<{2 * len(commands)}q", applied.outcomes)[::2]]

    def run(self, text: str) -> str:
        """``text`` with the answers that the exchange gives to its commands, instead of those it holds."""
        out: list[str] = []
        for line in text.split("\n"):
            if line.startswith(">"):
                out.append(line)
                out += [f"  {answer}" for answer in self._say(line[1:])]
            elif not line.startswith("  "):
                out.append(line)
        return "\n".join(out)

    def _say(self, line: str) -> list[str]:
        """Do what ``line`` asks; what follows two spaces is a remark."""
        words = line.partition("  ")[0].split()
        match words:
            case ["wait", milliseconds]:
                self.time_ms += int(milliseconds)
                return self._do(c.Tick())
            case ["book", *instrument]:
                return self.book(*instrument)
            case ["balances", *traders]:
                return [self.balances(trader) for trader in traders]
            case ["collateral", trader]:
                return [collateral_in_words.sheet_in_words(self.state, self.names.account(trader), trader)]
            case ["pocket", trader]:
                return [pocket_in_words(self.state, self.names.account(trader), trader)]
            case ["margins", trader, currency]:
                return [self.margins(trader, currency)]
            case _:
                return self._do(read_command(words, self.names))

    def _do(self, command: c.Command) -> list[str]:
        rejection, events = self.apply(command)
        told = [self._tell(event) for event in events]
        if rejection != Rejection.NONE:
            told.append(f"refused: {rejection.name.lower()}")
        return told

    def _tell(self, event: e.Event) -> str:
        if type(event) in ALGO_EVENT_KINDS:
            return tell_algo(event, self.names)
        if type(event) in COLLATERAL_EVENT_KINDS:
            return collateral_in_words.tell_collateral(event, self.names)
        if type(event) in MARGIN_EVENT_KINDS:
            return tell_margin(event, self.names)
        return tell_event(event, self.names, START_MS)

    def book(self, instrument: str = "BTC-USD") -> list[str]:
        """The book as a ladder, asks above bids, each level's orders in their queue."""
        found = self.state.instruments[self.names.instruments.index(instrument)]
        asks = self._ladder("ask", list(self.state.queue_slots(found.asks)))
        bids = self._ladder("bid", list(self.state.queue_slots(found.bids)))
        return asks[::-1] + bids or ["empty"]

    def _ladder(self, word: str, slots: list[int]) -> list[str]:
        words = self.state.orders.words
        levels: dict[int, list[str]] = {}
        for slot in slots:
            told = f"{self.names.order(words[slot + o.ORDER_ID])} {words[slot + o.LEFT]}"
            levels.setdefault(words[slot + o.PRICE], []).append(told)
        return [f"{word} {price}: {', '.join(queue)}" for price, queue in levels.items()]

    def balances(self, trader: str) -> str:
        """What a trader has in the trading account, and in the funding account where that was ever used."""
        told = [
            text
            for ledger, suffix in ((ld.TRADING, ""), (ld.FUNDING, " funding"))
            for currency, name in enumerate(self.names.currencies)
            if (text := self._balance(self.names.account(trader), currency, ledger, f"{name}{suffix}"))
        ]
        return f"{trader}: {', '.join(told)}"

    def margins(self, trader: str, currency: str) -> str:
        """What a trader has of a currency with the profit of cross positions, and what of it is free."""
        view = margin_view(self.state, self.names.account(trader), self.names.currencies.index(currency))
        told = {"held": view.held, "initial": view.initial_margin, "free": view.free, "spendable": view.spendable}
        equity = f"equity {view.cash + view.cross_gain}"
        return f"{trader}: {', '.join([equity, *(f'{name} {amount}' for name, amount in told.items())])}"

    def _balance(self, account: int, currency: int, ledger: int, name: str) -> str:
        slot = self.state.ledger.find(account, currency, ledger)
        if slot == ld.NIL:
            return ""
        words = self.state.ledger.words
        held = f" ({words[slot + ld.HELD]} held)" if words[slot + ld.HELD] else ""
        return f"{words[slot + ld.CASH]} {name}{held}"


ANSWERED_BY_EVENT: dict[type[c.Command], tuple[str, type[e.Event]]] = {
    c.CreateCurrency: ("currency", e.CurrencyCreated),
    c.CreateAccount: ("account", e.AccountCreated),
    c.ConfigureAccount: ("account", e.AccountConfigured),
    c.ListInstrument: ("instrument", e.InstrumentListed),
    c.ListContract: ("instrument", e.ContractListed),
    c.DefineFamily: ("family", e.FamilyDefined),
    c.Deposit: ("sequence", e.Deposited),
    c.Withdraw: ("sequence", e.Withdrawn),
    c.Transfer: ("sequence", e.Transferred),
    c.CancelAllAfter: ("trigger_time_ms", e.CancelAllAfterSet),
    # What follows are orders that are cut because they only reduce.
    c.PlaceOrder: ("order_id", e.OrderPlaced),
    c.PlaceContractOrder: ("order_id", e.OrderPlaced),
    PlaceMarginOrder: ("order_id", e.OrderPlaced),
    c.AmendOrder: ("order_id", e.OrderAmended),
    PlaceAlgo: ("algo_id", AlgoPlaced),
    PlaceDetailedAlgo: ("algo_id", AlgoPlaced),
    AmendAlgo: ("algo_id", AlgoAmended),
    AmendDetailedAlgo: ("algo_id", AlgoAmended),
    CancelAlgo: ("algo_id", AlgoEnded),
}
"""Commands whose answer is in the first of such events."""
ANSWERED_BY_FIELD: dict[type[c.Command], str] = {
    c.Tick: "time_ms",
    c.DefineFeeTier: "fee_tier",
    c.SetWithdrawalHold: "hold_id",
    c.DefinePositionTier: "tier",
    c.EndowFund: "family",
    c.SetPositionMode: "account",
    SetAutoBorrow: "account",
    DefineDiscountTier: "tier",
    DefineMarginTier: "tier",
    SetCurrencyPrice: "currency",
    DefineBorrowTerms: "currency",
    AccrueInterest: "currency",
    ChangeLoan: "currency",
}
"""Commands whose answer is one of their own fields; of all others it is the instrument."""


def holding(lots: int = 10) -> Floor:
    """Ann is long, bob short."""
    floor = Floor(CONTRACTS)
    floor.run(f"> bob sell {lots} @ 100 on=LIN\n> ann buy {lots} @ 100 on=LIN")
    return floor


def _answer(command: c.Command, events: list[e.Event]) -> int:
    """The id that an accepted command is answered with, as its docstring says, found in its events."""
    if isinstance(command, c.CancelOrder):
        # Timers may have fired before it.
        return [event.order_id for event in events if isinstance(event, e.OrderCanceled)][-1]
    if type(command) in ANSWERED_BY_EVENT:
        field, kind = ANSWERED_BY_EVENT[type(command)]
        return int(next(getattr(event, field) for event in events if isinstance(event, kind)))
    return int(getattr(command, ANSWERED_BY_FIELD.get(type(command), "instrument")))


def play(text: str, floor: Floor | None = None) -> Floor:
    """Run a scenario and expect exactly the answers that it holds."""
    floor = floor or Floor()
    expected = dedent(text).strip("\n").rstrip() + "\n"
    played = floor.run(expected.rstrip("\n")) + "\n"
    if played != expected:
        lines = difflib.unified_diff(expected.splitlines(), played.splitlines(), "expected", "played", lineterm="", n=6)
        pytest.fail("\n".join(["the exchange answered otherwise", *lines]), pytrace=False)
    floor.mirror.compare(floor.state)
    check_round_trip(floor.state)
    return floor
