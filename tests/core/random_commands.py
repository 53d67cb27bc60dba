"""Random commands from a seed, for the core and its twin alike.

Why here: a stream that is blind hits nothing, so this one looks at the twin's open orders and stays near one price.
"""

import random
from collections.abc import Callable, Iterator

from lonja.core import commands as c
from lonja.core.texts import Text16, Text32
from lonja.primitives.money import INT_MAX
from tests.core.naive_exchange import NaiveExchange

START_MS = 1_790_000_000_000
HUGE = [INT_MAX, INT_MAX + 1, 2**63 - 1, -(2**63), 2**31, 10**12]
ACCOUNTS = range(2, 8)


class RandomCommands:
    """Commands without end for the exchange that ``test_twin.found_exchange`` founds."""

    def __init__(self, seed: int, twin: NaiveExchange) -> None:
        self.rng = random.Random(seed)
        self.twin = twin
        self.time_ms = START_MS
        self.kinds: list[tuple[int, Callable[[], c.Command]]] = [
            (100, self.place),
            (20, self.place_market),
            (25, self.cancel),
            (25, self.amend),
            (6, self.cancel_all_after),
            (6, self.transfer),
            (4, self.deposit),
            (4, self.withdraw),
            (3, self.set_withdrawal_hold),
            (4, self.correct_balance),
            (3, self.set_index_price),
            (5, self.set_instrument_state),
            (8, self.configure_account),
            (2, self.tick),
            (2, self.administer),
        ]

    def __iter__(self) -> Iterator[c.Command]:
        weights = [weight for weight, _ in self.kinds]
        while True:
            self.time_ms += self.rng.choice((0, 0, 1, 7, 900, -3))
            (_, draw), *_ = self.rng.choices(self.kinds, weights)
            yield draw()

    def head(self, account: int | None = None) -> tuple[int, int]:
        """Time and account; mostly an account that exists."""
        known = self.rng.choice([*ACCOUNTS] * 30 + [-1, 8, 99])
        return (self.time_ms, known if account is None else account)

    def odd(self, value: int) -> int:
        """``value``, seldom something no sane client sends."""
        return self.rng.choice([*HUGE, 0, -1, 3, 17]) if self.rng.random() < 0.004 else value

    def flag(self) -> int:
        """Mostly 0."""
        return self.odd(int(self.rng.random() < 0.1))

    def instrument(self) -> int:
        """Mostly the first, so that its book fills."""
        return self.odd(self.rng.choice((0, 0, 0, 1, 2)))

    def client_order_id(self) -> Text32:
        """Few names, so that they clash."""
        return Text32(self.rng.choice(["", "", "", *"abcdefgh"]))

    def tag(self) -> Text16:
        """Few tags, now and then many."""
        many = f"t{self.rng.randrange(40)}"
        return Text16(self.rng.choice(["", "", "red", "blue", "longer than 8", many]))

    def place(self) -> c.Command:
        """A limit order near 100."""
        post_only = self.flag()
        return c.PlaceOrder(
            *self.head(),
            instrument=self.instrument(),
            side=self.odd(self.rng.randrange(2)),
            time_in_force=self.odd(0 if post_only else self.rng.choice((0, 0, 0, 0, 1, 2))),
            post_only=post_only,
            price=self.odd(self.rng.choice([100] * 12 + [75, 126]) + self.rng.randrange(-4, 5)),
            size=self.odd(self.rng.randrange(1, 30)),
            size_unit=int(self.rng.random() < 0.01),
            self_trade_prevention=self.odd(self.rng.choice((0, 0, 0, 1, 1, 2, 3))),
            clip_to_band=self.flag(),
            client_order_id=self.client_order_id(),
            tag=self.tag(),
        )

    def place_market(self) -> c.Command:
        """A market order of either unit."""
        size_unit = self.rng.randrange(2)
        return c.PlaceOrder(
            *self.head(),
            instrument=self.instrument(),
            side=self.rng.randrange(2),
            order_type=1,
            time_in_force=self.rng.choice((0, 0, 0, 1, 1, 2)),
            price=self.odd(0),
            size=self.odd(self.rng.randrange(1, 700 if size_unit else 50)),
            size_unit=self.odd(size_unit),
            self_trade_prevention=self.rng.choice((0, 0, 1, 2, 3)),
            fixed_size=self.flag(),
            client_order_id=self.client_order_id(),
        )

    def aim(self) -> tuple[tuple[int, int], int, int, Text32]:
        """Head, instrument, order id and client order id of mostly an open order."""
        orders = list(self.twin.open_orders.values())
        if not orders or self.rng.random() < 0.1:
            return self.head(), self.instrument(), self.odd(self.rng.choice((0, 5))), self.client_order_id()
        order = self.rng.choice(orders)
        by_name = order.client_order_id != "" and self.rng.random() < 0.5
        account = order.account if self.rng.random() < 0.95 else None
        order_id = 0 if by_name else order.order_id
        return self.head(account), self.odd(order.instrument), order_id, order.client_order_id

    def cancel(self) -> c.Command:
        """Cancel something."""
        head, instrument, order_id, client_order_id = self.aim()
        return c.CancelOrder(*head, 0, 0, instrument, order_id, client_order_id)

    def amend(self) -> c.Command:
        """Amend something."""
        head, instrument, order_id, client_order_id = self.aim()
        return c.AmendOrder(
            *head,
            instrument=instrument,
            order_id=order_id,
            new_price=self.odd(self.rng.choice((-1, 96 + self.rng.randrange(9), 70, 130))),
            new_size=self.odd(self.rng.choice((-1, self.rng.randrange(1, 35)))),
            cancel_on_fail=self.flag(),
            clip_to_band=self.flag(),
            client_order_id=client_order_id,
            request_id=Text32(self.rng.choice(("", "r1"))),
        )

    def cancel_all_after(self) -> c.Command:
        """Arm or disarm a timer."""
        timeout_ms = self.odd(self.rng.choice((0, 10_000, 12_000, 9_999)))
        return c.CancelAllAfter(*self.head(), timeout_ms=timeout_ms, tag=self.tag())

    def transfer(self) -> c.Command:
        """Move money between ledgers or accounts."""
        return c.Transfer(
            *self.head(),
            currency=self.odd(self.rng.randrange(3)),
            amount=self.odd(self.rng.randrange(1, 9_000)),
            from_ledger=self.odd(self.rng.randrange(2)),
            to_ledger=self.odd(self.rng.randrange(2)),
            to_account=self.odd(self.rng.choice((-1, 2, 3, 5, 6))),
            client_transfer_id=self.client_order_id(),
        )

    def deposit(self) -> c.Command:
        """Bring money in."""
        amount = self.odd(self.rng.randrange(1, 2_000))
        return c.Deposit(*self.head(), 0, 0, self.rng.randrange(4), self.odd(self.rng.randrange(2)), amount)

    def withdraw(self) -> c.Command:
        """Take money out."""
        amount = self.odd(self.rng.randrange(1, 4_000))
        return c.Withdraw(*self.head(), 0, 0, self.rng.randrange(4), self.odd(self.rng.randrange(2)), amount)

    def set_withdrawal_hold(self) -> c.Command:
        """Keep money in, for a while, or let it go."""
        currency = self.odd(self.rng.randrange(-1, 3))
        amount = (
            self.rng.choice((-1, 0, 0)) if currency == -1 else self.rng.choice((-1, 0, self.rng.randrange(1, 9_000)))
        )
        return c.SetWithdrawalHold(
            *self.head(),
            hold_id=self.odd(self.rng.randrange(1, 5)),
            kind=self.odd(self.rng.randrange(2)),
            currency=currency,
            amount=self.odd(amount),
            until_ms=self.odd(self.rng.choice((0, self.time_ms + self.rng.randrange(20_000)))),
        )

    def correct_balance(self) -> c.Command:
        """Mend a balance, now and then with a number that is taken."""
        return c.CorrectBalance(
            *self.head(),
            correction_id=self.odd(self.rng.randrange(1, 60)),
            house_account=self.odd(self.rng.randrange(2)),
            currency=self.odd(self.rng.randrange(3)),
            ledger=self.odd(self.rng.randrange(2)),
            amount=self.odd(self.rng.choice((-1, 1)) * self.rng.choice((1, 5, 4_000))),
        )

    def set_index_price(self) -> c.Command:
        """Move the band."""
        price = self.odd(self.rng.choice((0, 95, 100, 104, 120)))
        return c.SetIndexPrice(*self.head(-1), instrument=self.instrument(), price=price)

    def set_instrument_state(self) -> c.Command:
        """Mostly back to live."""
        state = self.odd(0 if self.rng.random() < 0.85 else self.rng.randrange(1, 5))
        return c.SetInstrumentState(*self.head(-1), instrument=self.instrument(), state=state)

    def configure_account(self) -> c.Command:
        """Change settings; seldom freeze."""
        return c.ConfigureAccount(
            *self.head(),
            account_mode=self.odd(-1),
            self_trade_prevention=self.odd(self.rng.choice((-1, 1, 1, 2, 3))),
            fee_tier=self.odd(self.rng.choice((-1, 0, 1, 2))),
            frozen=self.odd(1 if self.rng.random() < 0.03 else 0),
        )

    def tick(self) -> c.Command:
        """Let time pass, seldom long."""
        self.time_ms += self.rng.choice((1, 5_000, 10_000))
        return c.Tick(*self.head(-1))

    def administer(self) -> c.Command:
        """Commands seldom given, often wrongly."""
        name = self.rng.choice(("PAIR-0", "PAIR-1", "", "NEW-1", "NEW-2"))
        open_time_ms = self.odd(60_000 * self.rng.randrange(9))
        taker_rate = self.odd(self.rng.randrange(900))
        prevention = self.rng.choice((0, 1, 2, 3, 4))
        draws: list[c.Command] = [
            c.DefineFeeTier(*self.head(-1), fee_tier=self.odd(1), fee_group=1, taker_rate_ppm=taker_rate),
            c.CreateCurrency(*self.head(-1), name=Text16(name), scale=self.odd(4)),
            c.CreateAccount(*self.head(-1), master=self.rng.choice((-1, 2, 3, 99)), self_trade_prevention=prevention),
            c.ImportCandle(*self.head(-1), 0, 0, self.odd(0), open_time_ms, self.odd(3), 5, 2, 4, self.odd(9), 8),
            c.ListInstrument(
                *self.head(-1),
                instrument_id=Text32(name),
                base=self.odd(0),
                quote=self.odd(2),
                settle=2,
                price_scale=self.odd(1),
                size_scale=self.rng.randrange(9),
                tick_step=self.odd(1),
                lot_step=self.odd(1),
                size_min=self.odd(1),
                band_ppm=self.odd(9),
                state=self.odd(0),
            ),
        ]
        return self.rng.choice(draws)
