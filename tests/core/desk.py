"""A desk for contracts: a linear and an inverse perpetual and two dated contracts, and traders who open positions.

Why here: tests of liquidation, funding and delivery need positions quickly and in numbers that can be recomputed by
hand. After each command all invariants of ``tests.simulation.margin_invariants`` are checked.

A linear lot is 0.1 QUIET and a tick 0.01 USDT, so ``lots * ticks`` are thousandths of USDT; an inverse lot is 10 USD.
Prices are ticks: 10000 is 100.00.
"""

import struct
from typing import Any

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core import ledger as ld
from lonja.core.apply import apply_batch
from lonja.core.instruments import Instrument
from lonja.core.kinds import MarginMode, Side
from lonja.core.layout import decode_events, encode_command
from lonja.core.positions import Position
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state import State
from lonja.core.texts import Text16, Text32
from tests.simulation.margin_invariants import check_after_mark, check_margins, fund_of

START_MS = 1_790_000_000_000
WHOLE = 10**8
"""A whole USDT or QUIET in smallest units."""
USDT, QUIET, USD = 0, 1, 2
LINEAR, INVERSE, NEAR, FAR, SPOT = range(5)
CROSS, ISOLATED = MarginMode.CROSS, MarginMode.ISOLATED
TIERS = (
    (1_000, 5_000, 10_000, 10_000),
    (5_000, 10_000, 20_000, 5_000),
    (20_000, 20_000, 50_000, 2_000),
    (100_000, 50_000, 100_000, 1_000),
)
"""Contracts up to which a tier holds, maintenance and initial rate in ppm, leverage in hundredths."""
FAMILIES = (("QUIET-USDT", 2, USDT, 10), ("QUIET-USD", 2, QUIET, 1), ("QUIET-USDT", 3, USDT, 10))
"""Name, kind, settlement currency, lots of a contract."""


class Desk:
    """An exchange for contracts with traders who have ``cash`` of USDT and of QUIET each, and funds of ``fund``."""

    def __init__(self, *traders: str, cash: int = 1_000_000 * WHOLE, fund: int = 10_000 * WHOLE) -> None:
        """Open it; the mark prices are 100.00."""
        self.state = State()
        self.time_ms = START_MS
        self.bookings = 0
        self.batch = bytearray()
        self.accounts: dict[str, int] = {}
        self._found()
        for family in range(len(FAMILIES)):
            if fund:
                self.do(c.EndowFund(family=family, amount=fund))
        for instrument in (LINEAR, INVERSE, NEAR, FAR):
            self.mark(10_000, instrument)
        for trader in traders:
            self.join(trader, cash)

    def _found(self) -> None:
        for name in ("USDT", "QUIET", "USD"):
            self.do(c.CreateCurrency(name=Text16(name)))
        self.do(c.DefineFeeTier(fee_tier=0, fee_group=1, maker_rate_ppm=200, taker_rate_ppm=500))
        for code, (name, kind, settle, lots) in enumerate(FAMILIES):
            self.do(c.DefineFamily(name=Text32(name), instrument_type=kind, settle=settle))
            for tier, (size, maintenance, initial, leverage) in enumerate(TIERS, 1):
                self.do(c.DefinePositionTier(0, -1, 0, 0, code, tier, size * lots, maintenance, initial, leverage))
        linear: dict[str, Any] = {"base": QUIET, "quote": USDT, "price_scale": 2, "size_scale": 1, "fee_group": 1}
        self.do(c.ListContract(instrument_id=Text32("QUIET-USDT-SWAP"), family=0, **linear))
        inverse = linear | {"quote": USD, "size_scale": 0, "contract_value": 10}
        self.do(c.ListContract(instrument_id=Text32("QUIET-USD-SWAP"), family=1, **inverse))
        for name, days in (("QUIET-USDT-NEAR", 7), ("QUIET-USDT-FAR", 90)):
            expiry = START_MS + days * 86_400_000
            self.do(c.ListContract(instrument_id=Text32(name), family=2, expiry_ms=expiry, **linear))
        spot = c.ListInstrument(base=QUIET, quote=USDT, settle=USDT, price_scale=2, size_scale=1)
        self.do(spot._replace(instrument_id=Text32("QUIET-USDT")))

    def join(self, trader: str, cash: int) -> None:
        """A trader comes with ``cash`` of each currency that contracts are settled in."""
        self.accounts[trader] = self.state.accounts.count
        self.do(c.CreateAccount(account_mode=2))
        for currency in (USDT, QUIET):
            self.do(c.Deposit(account=self.accounts[trader], currency=currency, ledger=1, amount=cash))

    # Commands.

    def apply(self, command: c.Command) -> tuple[Rejection, list[e.Event]]:
        """Apply a command and check every invariant."""
        self.time_ms += 1
        packed = encode_command(command._replace(time_ms=self.time_ms))
        self.batch += packed
        applied = apply_batch(self.state, packed, int(self.state.next_command))
        events = list(decode_events(applied.events))
        rejection = Rejection(struct.unpack("<qq", applied.outcomes)[0])
        self.bookings += sum(isinstance(event, e.PositionChanged) for event in events)
        check_margins(self.state, self.bookings)
        if rejection == Rejection.NONE and isinstance(command, (c.SetMarkPrice, c.SettleFunding)):
            check_after_mark(self.state, self.state.instruments[command.instrument], events)
        return rejection, events

    def do(self, command: c.Command) -> list[e.Event]:
        """Apply a command that must be accepted."""
        rejection, events = self.apply(command)
        assert rejection == Rejection.NONE, f"{command} was refused: {rejection.name}"
        return events

    def mark(self, price: int, instrument: int = LINEAR, **limits: int) -> list[e.Event]:
        """A new mark price."""
        return self.do(c.SetMarkPrice(instrument=instrument, price=price, **limits))

    def leverage(self, trader: str, times: int, instrument: int = LINEAR, mode: int = ISOLATED) -> None:
        """Set a leverage."""
        account = self.accounts[trader]
        self.do(c.SetLeverage(account=account, instrument=instrument, margin_mode=mode, leverage=times * 100))

    def order(self, trader: str, side: int, lots: int, price: int = 0, **fields: Any) -> list[e.Event]:
        """A limit order, or a market order when there is no price."""
        account, order_type = self.accounts[trader], int(price == 0)
        order = c.PlaceContractOrder(account=account, side=side, size=lots, price=price, order_type=order_type)
        return self.do(order._replace(**fields))

    def open(self, long: str, short: str, lots: int, price: int = 10_000, instrument: int = LINEAR) -> None:
        """``long`` buys of ``short``; each in the mode of the position that it has set a leverage for, else cross."""
        for trader, side in ((short, Side.SELL), (long, Side.BUY)):
            mode = self.mode(trader, instrument)
            self.order(trader, side, lots, price, instrument=instrument, margin_mode=mode)

    def mode(self, trader: str, instrument: int = LINEAR) -> int:
        """The mode of the latest position that a trader has named."""
        named = [p for p in self.state.positions_of(self.accounts[trader]) if p.instrument == instrument]
        return int(named[0].margin_mode) if named else CROSS

    def fund_rate(self, rate_ppm: int, instrument: int = LINEAR) -> list[e.Event]:
        """Settle funding."""
        return self.do(c.SettleFunding(instrument=instrument, rate=rate_ppm * 10**6))

    def keep_only(self, trader: str, amount: int, currency: int = USDT) -> None:
        """Move all but ``amount`` of a trader's cash away to the funding account."""
        excess = self.cash(trader, currency) - amount
        self.do(c.Transfer(account=self.accounts[trader], currency=currency, amount=excess, from_ledger=1, to_ledger=0))

    # Looking.

    def cash(self, trader: str, currency: int = USDT) -> int:
        """The cash of a trader's trading account."""
        return int(self.state.ledger.words[self._slot(trader, currency) + ld.CASH])

    def held(self, trader: str, currency: int = USDT) -> int:
        """What a trader's orders hold."""
        return int(self.state.ledger.words[self._slot(trader, currency) + ld.HELD])

    def _slot(self, trader: str, currency: int) -> int:
        return int(self.state.ledger.find(self.accounts[trader], currency, ld.TRADING))

    def position(self, trader: str, instrument: int = LINEAR) -> Position:
        """The latest position of a contract that a trader has named."""
        named = [p for p in self.state.positions_of(self.accounts[trader]) if p.instrument == instrument]
        return named[0]

    def lots(self, trader: str, instrument: int = LINEAR) -> int:
        """Lots held, negative for a short position."""
        return int(self.position(trader, instrument).lots)

    def instrument(self, code: int = LINEAR) -> Instrument:
        """An instrument."""
        return self.state.instruments[code]

    def fund(self, family: int = 0) -> int:
        """What a fund has."""
        return fund_of(self.state, family)

    def kept(self, instrument: int = LINEAR) -> int:
        """Lots that the fund keeps."""
        contract = self.instrument(instrument).contract
        assert contract is not None
        found = self.state.find_position(contract.family.account, instrument, CROSS, 0)
        return 0 if found is None else int(found.lots)

    def orders(self, trader: str) -> int:
        """How many orders a trader has open."""
        return len(self.state.orders_of(self.accounts[trader]))

    def check_repeatable(self) -> None:
        """Expect a snapshot to come back whole, and the same commands to give the same state."""
        data = dump_state(self.state)
        assert dump_state(load_state(data)) == data
        again = State()
        apply_batch(again, bytes(self.batch), 0)
        assert dump_state(again) == data, "the same commands gave another state"


def only(events: list[e.Event], kind: type[Any]) -> list[Any]:
    """The events of a kind."""
    return [event for event in events if isinstance(event, kind)]
