"""Random commands from a seed, as traders, gateways, clumsy clients and the operator send them.

Why here: a blind stream hits nothing, so this one knows the open orders as the events told them.
"""

import random
from collections.abc import Callable
from typing import Any

from lonja.core import commands as c
from lonja.core.kinds import InstrumentState, SizeUnit, TimeInForce
from lonja.core.texts import Text16, Text32
from lonja.primitives.instant import DAY_MS, HOUR_MS
from lonja.primitives.money import INT_MAX
from tests.simulation.algo_workload import draw_algo
from tests.simulation.collateral_workload import draw_collateral
from tests.simulation.contract_workload import ContractWorkload
from tests.simulation.drawn_texts import draw_name, draw_tag
from tests.simulation.mirror import Mirror, Told
from tests.simulation.pocket_workload import PocketWorkload
from tests.simulation.world import CURRENCIES, START_MS, World

ODD_VALUES = (-(2**63), -1, 0, 1, 7, 2**31, INT_MAX, INT_MAX + 1, 2**63 - 1)
LEAPS_MS = (HOUR_MS, 9 * HOUR_MS, 13 * DAY_MS)
Head = tuple[int, int]


class Workload:
    """Draws one command after the other."""

    def __init__(self, rng: random.Random, world: World, mirror: Mirror) -> None:
        """Trade in ``world``, seeing what ``mirror`` was told."""
        self.rng = rng
        self.world = world
        self.mirror = mirror
        self.time_ms = START_MS
        self.leaps = 0
        accounts = [*world.traders * 4, *world.accounts]
        self.contracts = ContractWorkload(rng, world.contracts, accounts, mirror)
        middles = [(market.middle, market.lots) for market in world.markets]
        self.pockets = PocketWorkload(rng, accounts, middles, mirror)
        kinds: list[tuple[int, Callable[[], c.Command]]] = [
            (56, self.limit),
            (10, self.market),
            (10, self.cancel),
            (14, self.amend),
            (3, self.cancel_all_after),
            (3, self.transfer),
            (2, self.deposit),
            (2, self.withdraw),
            (2, self.withdrawal_hold),
            (1, self.correction),
            (2, self.index_price),
            (3, self.instrument_state),
            (2, self.configure),
            (1, self.tick),
            (6, self.algo),
            (20 if world.lends else 0, self.collateral),
            (60 if world.lends else 0, lambda: self.pockets.next(self.time_ms)),
            (1, self.set_up),
            (200, lambda: self.contracts.next(self.time_ms)),
        ]
        self.weights = [weight for weight, _ in kinds]
        self.draws = [draw for _, draw in kinds]

    def next(self) -> c.Command:
        """The next command."""
        self.time_ms += self.rng.choice((0, 0, 1, 3, 250, -2))
        command = self.rng.choices(self.draws, self.weights)[0]()
        return self._spoiled(command) if self.rng.random() < 0.02 else command

    def _spoiled(self, command: c.Command) -> c.Command:
        """``command`` with one number that no sane client sends."""
        fields = [name for name, kind in type(command).__annotations__.items() if kind is int]
        # A far future would leave nothing to happen afterwards, and no gateway invents sessions.
        fields = [name for name in fields if name not in ("time_ms", "session", "session_sequence")]
        change: dict[str, Any] = {self.rng.choice(fields): self.rng.choice(ODD_VALUES)} if fields else {}
        return command._replace(**change)

    def _head(self) -> Head:
        return self.time_ms, self.rng.choice(self.world.accounts)

    def _instrument(self) -> int:
        """Mostly the first, so that its book fills."""
        return min(self.rng.randrange(len(self.world.markets)), self.rng.randrange(len(self.world.markets)))

    def limit(self) -> c.Command:
        """An order near the middle, mostly one that may rest."""
        instrument = self._instrument()
        market = self.world.markets[instrument]
        in_force = self.rng.choices(list(TimeInForce), (12, 2, 2))[0]
        far = self.rng.random() < 0.05
        return c.PlaceOrder(
            *self._head(),
            instrument=instrument,
            side=self.rng.randrange(2),
            time_in_force=in_force,
            post_only=int(in_force == TimeInForce.GTC and self.rng.random() < 0.15),
            price=self.rng.randrange(1, 3 * market.middle) if far else market.middle + self.rng.randrange(-2, 3),
            size=self.rng.randrange(1, 2 * market.lots),
            self_trade_prevention=self.rng.choice((0, 0, 0, 1, 1, 2, 3)),
            clip_to_band=int(self.rng.random() < 0.1),
            client_order_id=draw_name(self.rng),
            tag=draw_tag(self.rng),
        )

    def market(self) -> c.Command:
        """A market order of either unit."""
        instrument = self._instrument()
        market = self.world.markets[instrument]
        unit = self.rng.choice(list(SizeUnit))
        worth = market.lots * (market.middle if unit == SizeUnit.QUOTE else 1)
        return c.PlaceOrder(
            *self._head(),
            instrument=instrument,
            side=self.rng.randrange(2),
            order_type=1,
            time_in_force=self.rng.choice((0, 0, 1)),
            size=self.rng.randrange(1, 4 * worth),
            size_unit=unit,
            self_trade_prevention=self.rng.choice((0, 0, 1, 2, 3)),
            fixed_size=int(self.rng.random() < 0.3),
            client_order_id=draw_name(self.rng),
        )

    def _aim(self) -> tuple[int, Told] | None:
        """Mostly an open order."""
        orders = list(self.mirror.orders.items())
        return self.rng.choice(orders) if orders and self.rng.random() < 0.95 else None

    def cancel(self) -> c.Command:
        """Cancel an order, by one of its names."""
        aim = self._aim()
        if aim is None:
            return c.CancelOrder(*self._head(), order_id=self.rng.choice((0, 64)), client_order_id=draw_name(self.rng))
        order_id, told = aim
        by_id = told.placed.client_order_id == "" or self.rng.random() < 0.5
        account = told.placed.account if self.rng.random() < 0.97 else self._head()[1]
        return c.CancelOrder(
            self.time_ms,
            account,
            instrument=told.placed.instrument,
            order_id=order_id if by_id else 0,
            client_order_id=told.placed.client_order_id,
        )

    def amend(self) -> c.Command:
        """Change price, size or both of an order."""
        aim = self._aim()
        if aim is None:
            return c.AmendOrder(*self._head(), new_size=5, client_order_id=draw_name(self.rng))
        order_id, told = aim
        step = self.rng.randrange(-3, 4)
        return c.AmendOrder(
            self.time_ms,
            told.placed.account,
            instrument=told.placed.instrument,
            order_id=order_id,
            new_price=self.rng.choice((-1, told.price + step, max(1, told.price - step))),
            new_size=self.rng.choice((-1, max(1, told.size - 2), told.size + step, 2 * told.size, told.filled)),
            cancel_on_fail=int(self.rng.random() < 0.2),
            clip_to_band=int(self.rng.random() < 0.1),
            request_id=draw_name(self.rng),
        )

    def cancel_all_after(self) -> c.Command:
        """Arm, move or switch off a dead man's switch."""
        timeout = self.rng.choice((0, 10_000, 10_500, 60_000, 9_999))
        return c.CancelAllAfter(*self._head(), timeout_ms=timeout, tag=draw_tag(self.rng))

    def _amount(self, currency: int) -> int:
        """Some of what somebody has."""
        cash = max(self.mirror.cash[self.rng.choice(self.world.accounts), currency, self.rng.randrange(2)], 1)
        return self.rng.randrange(1, cash + 2)

    def transfer(self) -> c.Command:
        """Between ledgers and within a family, sometimes not."""
        currency = self.rng.randrange(len(CURRENCIES))
        return c.Transfer(
            *self._head(),
            currency=currency,
            amount=self._amount(currency),
            from_ledger=self.rng.randrange(2),
            to_ledger=self.rng.randrange(2),
            to_account=self.rng.choice((-1, -1, *self.world.accounts)),
            client_transfer_id=draw_name(self.rng),
        )

    def deposit(self) -> c.Command:
        """Money comes in."""
        currency = self.rng.randrange(len(CURRENCIES))
        return c.Deposit(*self._head(), 0, 0, currency, self.rng.randrange(2), self._amount(currency))

    def withdraw(self) -> c.Command:
        """Money goes out."""
        currency = self.rng.randrange(len(CURRENCIES))
        return c.Withdraw(*self._head(), 0, 0, currency, self.rng.randrange(2), self._amount(currency))

    def withdrawal_hold(self) -> c.Command:
        """Money is kept in for a while, or let go."""
        currency = self.rng.randrange(-1, len(CURRENCIES))
        some = -1 if currency == -1 else self.rng.choice((-1, self._amount(currency)))
        return c.SetWithdrawalHold(
            *self._head(),
            hold_id=self.rng.randrange(1, 6),
            kind=self.rng.randrange(3),
            currency=currency,
            amount=self.rng.choice((0, some)),
            until_ms=self.rng.choice((0, self.time_ms + self.rng.randrange(1, 30_000))),
        )

    def correction(self) -> c.Command:
        """The house mends a balance, sometimes told twice."""
        currency = self.rng.randrange(len(CURRENCIES))
        return c.CorrectBalance(
            *self._head(),
            correction_id=self.rng.randrange(1, 300),
            house_account=self.rng.randrange(2),
            currency=currency,
            ledger=self.rng.randrange(2),
            amount=self.rng.choice((-1, 1)) * self._amount(currency),
        )

    def index_price(self) -> c.Command:
        """The band moves, or goes away."""
        instrument = self.rng.randrange(len(self.world.markets))
        middle = self.world.markets[instrument].middle
        price = self.rng.choice((0, middle, middle + self.rng.randrange(-5, 6)))
        return c.SetIndexPrice(self.time_ms, instrument=instrument, price=price)

    def algo(self) -> c.Command:
        """Something about algo orders."""
        instrument = self._instrument()
        middle = self.world.markets[instrument].middle
        return draw_algo(self.rng, self._head(), instrument, middle, draw_name(self.rng))

    def collateral(self) -> c.Command:
        """Something about collateral and debts."""
        return draw_collateral(self.rng, self._head(), self.rng.randrange(len(CURRENCIES)))

    def instrument_state(self) -> c.Command:
        """Mostly back to live."""
        state = InstrumentState.LIVE if self.rng.random() < 0.85 else self.rng.choice(list(InstrumentState))
        return c.SetInstrumentState(self.time_ms, instrument=self.rng.randrange(len(self.world.markets)), state=state)

    def configure(self) -> c.Command:
        """Change settings; seldom freeze."""
        return c.ConfigureAccount(
            *self._head(),
            self_trade_prevention=self.rng.choice((-1, 1, 2, 3)),
            fee_tier=self.rng.choice((-1, 0, 1, 2, 3)),
            frozen=int(self.rng.random() < 0.05),
        )

    def tick(self) -> c.Command:
        """Time passes; now and then it leaps, past the hours by which peaks of funds are kept, past expiries."""
        passed_ms = self.rng.choice((1, 5_000, 11_000, *LEAPS_MS))
        self.leaps += passed_ms in LEAPS_MS
        self.time_ms += passed_ms
        return c.Tick(self.time_ms)

    def set_up(self) -> c.Command:
        """What an operator does seldom, and mostly wrongly here."""
        currency = self.rng.randrange(-1, 6)
        choices: list[c.Command] = [
            c.CreateCurrency(self.time_ms, name=Text16(self.rng.choice(CURRENCIES)), scale=3),
            c.CreateCurrency(self.time_ms, name=Text16(f"NEW{self.time_ms % 100}"), scale=self.rng.randrange(20)),
            c.CreateAccount(self.time_ms, master=self.rng.randrange(-1, 12)),
            c.DefineFeeTier(self.time_ms, -1, 0, 0, self.rng.randrange(4), self.rng.randrange(2), -50, 700),
            c.ListInstrument(self.time_ms, instrument_id=Text32("X"), base=currency, quote=2, settle=2),
            c.ImportCandle(self.time_ms, -1, 0, 0, 0, 60_000 * self.rng.randrange(9), 5, 9, 2, 7, 3, 4),
        ]
        return self.rng.choice(choices)
