"""Random crowds in random storms: whatever happens, no money is lost and nobody is left below zero.

``Desk`` checks all invariants after each command; here many mark prices and settlements of funding are also applied to
a state that comes fresh from a snapshot, which must do exactly the same: so nothing depends on what ``core.calm``
remembers.
"""

import random
from collections import Counter

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.apply import apply_batch
from lonja.core.kinds import PositionCause, Side
from lonja.core.layout import encode_command
from lonja.core.snapshot import dump_state, load_state
from tests.core.desk import CROSS, FAR, INVERSE, ISOLATED, LINEAR, NEAR, SPOT, USDT, WHOLE, Desk

TRADERS = tuple(f"t{number}" for number in range(8))
CONTRACTS = (LINEAR, INVERSE, NEAR, FAR)
STEPS = 100


class Crowd(Desk):
    """Traders who do at random what they may."""

    def __init__(self, seed: int) -> None:
        """The seed decides everything, the wealth of traders and funds included."""
        self.random = random.Random(seed)
        self.wealth = self.random.choice((300, 3_000, 100_000))
        super().__init__(*TRADERS, cash=self.wealth * WHOLE, fund=0)
        for family in range(3):
            self.apply(c.EndowFund(family=family, amount=self.random.choice((0, 1, 50, 10_000)) * WHOLE))
        self.marks = dict.fromkeys(CONTRACTS, 10_000)
        self.seen: Counter[str] = Counter()
        for account in self.accounts.values():
            for instrument in CONTRACTS:
                for mode in (CROSS, ISOLATED):
                    times = self.random.choice((10, 50, 100))
                    self.do(c.SetLeverage(0, account, 0, 0, instrument, mode, 0, times * 100))

    def step(self) -> None:
        """One command."""
        trader, instrument = self.random.choice(TRADERS), self.random.choice(CONTRACTS)
        draw = self.random.random()
        if draw < 0.55:
            self._order(trader, instrument)
        elif draw < 0.58:
            times = self.random.choice((1, 3, 10, 20, 50, 100))
            mode = self.random.choice((CROSS, ISOLATED))
            account = self.accounts[trader]
            self.apply(c.SetLeverage(0, account, 0, 0, instrument, mode, 0, times * 100))
        elif draw < 0.61:
            amount = self.random.randrange(-20 * WHOLE, 20 * WHOLE)
            self.apply(c.AdjustMargin(account=self.accounts[trader], instrument=instrument, amount=amount))
        elif draw < 0.64:
            side, price = self.random.randrange(2), self.marks[LINEAR]
            self.apply(c.PlaceOrder(account=self.accounts[trader], instrument=SPOT, side=side, size=1, price=price))
        elif draw < 0.67:
            amount = self.random.randrange(1, 200 * WHOLE)
            self.apply(
                c.Transfer(account=self.accounts[trader], currency=USDT, amount=amount, from_ledger=1, to_ledger=0)
            )
        elif draw < 0.70:
            self.time_ms += self.random.choice((1_000, 31_000, 3_600_000, 30_000_000))
        elif draw < 0.74:
            rate = self.random.randrange(-30_000, 30_000) * 10**6
            self._apply_twice(c.SettleFunding(instrument=self.random.choice((LINEAR, INVERSE)), rate=rate))
        else:
            self._move(instrument)

    def _order(self, trader: str, instrument: int) -> None:
        mark = self.marks[instrument]
        is_market = self.random.random() < 0.2
        self.apply(
            c.PlaceContractOrder(
                account=self.accounts[trader],
                instrument=instrument,
                side=self.random.choice((Side.BUY, Side.SELL)),
                order_type=int(is_market),
                price=0 if is_market else max(1, mark + self.random.randrange(-mark // 50, mark // 50 + 1)),
                size=self.random.randrange(1, self.wealth * 3),
                margin_mode=self.random.choice((CROSS, ISOLATED)),
                reduce_only=int(self.random.random() < 0.15),
            )
        )

    def _move(self, instrument: int) -> None:
        storm = self.random.random() < 0.15
        percent = self.random.uniform(-30, 30) if storm else self.random.gauss(0, 0.4)
        self.marks[instrument] = max(100, int(self.marks[instrument] * (1 + percent / 100)))
        self._apply_twice(c.SetMarkPrice(instrument=instrument, price=self.marks[instrument]))

    def _apply_twice(self, command: c.Command) -> None:
        """Apply it here and, often, to a state that remembers nothing; both must agree."""
        again = self.random.random() < 0.3
        fresh = load_state(dump_state(self.state)) if again else None
        _, events = self.apply(command)
        for event in events:
            self.seen[type(event).__name__] += 1
            if isinstance(event, e.PositionChanged):
                self.seen[PositionCause(event.cause).name] += 1
        if fresh is not None:
            apply_batch(fresh, encode_command(command._replace(time_ms=self.time_ms)), int(fresh.next_command))
            assert dump_state(self.state) == dump_state(fresh), "what was remembered changed what happened"


def _run(seed: int) -> Crowd:
    crowd = Crowd(seed)
    for _ in range(STEPS):
        crowd.step()
    crowd.check_repeatable()
    return crowd


def test_no_money_is_lost_and_nobody_is_left_below_zero() -> None:
    seen: Counter[str] = Counter()
    for seed in range(8):
        seen += _run(seed).seen
    told = ("MarginWarned", "PositionTakenOver", "FundChanged", "Filled", "OrderCanceled", "FundingSettled")
    causes = ("FILLED", "LIQUIDATED", "DELEVERAGED", "FUNDING")
    assert min(seen[name] for name in (*told, *causes)) >= 5, f"the crowds see too little: {seen}"
