"""Random commands with algo orders of every kind among orders, prices and everything else that concerns them."""

from collections.abc import Iterator
from typing import Any

from lonja.core import algo_commands as ac
from lonja.core import commands as c
from lonja.core.kinds import AlgoKind, InstrumentState, Side
from lonja.core.texts import Text32
from tests.core.naive_contract_parts import Contract
from tests.core.naive_exchange import NaiveExchange
from tests.core.random_contracts import BASE_PRICE, LINEAR, SPOT, RandomContracts


class RandomAlgos(RandomContracts):
    """Commands without end; what is attached is mostly followed by its order."""

    def __init__(self, seed: int, twin: NaiveExchange) -> None:
        super().__init__(seed, twin)
        self.kinds = [
            (70, self.place_contract),
            (18, self.place_contract_market),
            (20, self.close_something),
            (35, self.place_spot),
            (10, self.cancel),
            (12, self.amend),
            (20, self.set_mark),
            (10, self.set_contract_index),
            (6, self.set_spot_index),
            (45, self.place_algo),
            (14, self.close_by_algo),
            (30, self.place_slices),
            (16, self.attach),
            (18, self.attach_detailed),
            (12, self.place_detailed),
            (5, self.amend_detailed),
            (12, self.amend_algo),
            (8, self.cancel_algo),
            (3, self.set_leverage),
            (4, self.refill),
            (1, self.configure_account),
            (1, self.set_instrument_state),
            (8, self.pass_time),
            (1, self.settle_funding),
            (2, self.end_or_begin),
        ]

    def __iter__(self) -> Iterator[c.Command]:
        for command in super().__iter__():
            yield command
            if isinstance(command, ac.AttachAlgo | ac.AttachDetailedAlgo) and self.rng.random() < 0.9:
                while self.rng.random() < 0.4:
                    yield self.attach_again(command)
                yield self.attached(command)

    def attached(self, command: ac.AttachAlgo | ac.AttachDetailedAlgo) -> c.Command:
        """The order that it is attached to."""
        placed = self.place_contract() if self.is_contract(command.instrument) else self.place_spot()
        assert isinstance(placed, (c.PlaceOrder, c.PlaceContractOrder))
        return placed._replace(account=command.account, instrument=command.instrument)

    def attach_again(self, command: ac.AttachAlgo | ac.AttachDetailedAlgo) -> c.Command:
        """Another one to the same order."""
        if isinstance(command, ac.AttachAlgo):
            return command._replace(size=self.rng.randrange(1, 9), client_algo_id=Text32(""))
        return self.detailed(command.instrument, command.account)._replace(size=self.rng.choice((0, 2, 4)))

    def somewhere(self) -> int:
        """Contracts and spot."""
        return self.odd(SPOT) if self.rng.random() < 0.35 else self.contract()

    def is_contract(self, instrument: int) -> bool:
        """Whether it is one."""
        known = 0 <= instrument < len(self.twin.instruments)
        return known and isinstance(self.twin.instruments[instrument], Contract)

    def last(self, instrument: int) -> int:
        """The last price, or what prices are near."""
        known = 0 <= instrument < len(self.twin.instruments)
        return self.twin.instruments[instrument].last_price if known and self.rng.random() < 0.9 else BASE_PRICE

    def about(self, instrument: int) -> int:
        """A price near the last one."""
        return max((self.last(instrument) or BASE_PRICE) + self.rng.randrange(-12, 13), 1)

    def where(self, account: int, instrument: int) -> dict[str, Any]:
        """Margin mode and position side that suit, mostly."""
        if not self.is_contract(instrument):
            return {}
        mode = {"margin_mode": self.rng.randrange(2), "position_side": self.position_side(account)}
        return mode | {"reduce_only": self.rng.choice((0,) * 16 + (1,) * 3 + (2,))}

    def source(self, instrument: int) -> int:
        """Any that there is."""
        return self.odd(self.rng.choice((0, 0, 1, 2) if self.is_contract(instrument) else (0, 0, 0, 1)))

    def leg(self, instrument: int, name: str, fields: tuple[str, str]) -> dict[str, Any]:
        """A trigger and the price of its order."""
        trigger = self.about(instrument)
        price = 0 if self.rng.random() < 0.5 else self.near(trigger)
        return {name: self.source(instrument), fields[0]: self.odd(trigger), fields[1]: self.odd(price)}

    def place_algo(self) -> c.Command:
        """One that waits for a price."""
        head, instrument = self.head(), self.somewhere()
        kind = self.rng.choice((0, 0, 1, 2, 2, 3, 3))
        profit = self.leg(instrument, "profit_source", ("profit_trigger", "profit_price"))
        loss = self.leg(instrument, "loss_source", ("loss_trigger", "loss_price"))
        fields: dict[str, Any] = {}
        if kind == AlgoKind.TRIGGER:
            fields |= self.leg(instrument, "source", ("trigger_price", "order_price"))
        if kind == AlgoKind.MOVE_ORDER_STOP:
            by_ticks = self.rng.random() < 0.5
            back = self.rng.randrange(1, 9) if by_ticks else self.rng.choice((1_000, 3_000, 10_000))
            fields |= {"callback_ticks" if by_ticks else "callback_ppm": self.odd(back)}
            fields |= {"source": self.source(instrument)}
            fields |= {"activation_price": self.rng.choice((0, self.about(instrument)))}
        elif kind == AlgoKind.OCO or self.rng.random() < 0.15:
            fields |= profit | loss
        elif kind == AlgoKind.CONDITIONAL or self.rng.random() < 0.3:
            fields |= self.rng.choice((profit, loss))
        return ac.PlaceAlgo(
            *head,
            instrument=instrument,
            kind=self.odd(kind),
            side=self.rng.randrange(2),
            size=self.odd(self.rng.randrange(1, 40)),
            size_unit=int(self.rng.random() < 0.03),
            self_trade_prevention=self.odd(self.rng.choice((0, 0, 1, 2, 3))),
            client_algo_id=self.client_order_id(),
            tag=self.tag(),
            **fields | self.where(head[1], instrument),
        )

    def close_by_algo(self) -> c.Command:
        """Close a whole position."""
        position = self.held()
        if position is None:
            return self.place_algo()
        side = Side.SELL if position.lots > 0 else Side.BUY
        loss = self.leg(position.instrument, "loss_source", ("loss_trigger", "loss_price")) | {"loss_price": 0}
        names = (position.margin_mode, position.side)
        made = ac.PlaceAlgo(*self.head(position.account), instrument=position.instrument, side=side, **loss)
        return made._replace(close_fraction=1, margin_mode=names[0], position_side=names[1])

    def place_slices(self) -> c.Command:
        """One that is worked off in parts."""
        head, instrument = self.head(), self.somewhere()
        kind = self.rng.choice((AlgoKind.TWAP, AlgoKind.ICEBERG, AlgoKind.CHASE))
        if kind == AlgoKind.CHASE and self.rng.random() < 0.9:
            instrument = self.contract()
        size = self.rng.randrange(1, 30)
        distance = self.rng.choice(({}, {"distance_ticks": self.rng.randrange(1, 6)}, {"distance_ppm": 3_000}))
        fields: dict[str, Any] = dict(distance)
        if kind != AlgoKind.CHASE:
            limit = self.rng.choice((self.about(instrument), BASE_PRICE * 2, 1))
            fields |= {"slice_size": self.rng.randrange(1, size + 1 + (self.rng.random() < 0.05)), "price_limit": limit}
        elif self.rng.random() < 0.5:
            fields |= self.rng.choice(({"callback_ticks": self.odd(self.rng.randrange(1, 4))}, {"callback_ppm": 5_000}))
        if kind == AlgoKind.TWAP:
            fields |= {"interval_ms": self.odd(self.rng.choice((1_000, 3_000, 60_000)))}
        return ac.PlaceAlgo(
            *head,
            instrument=instrument,
            kind=int(kind),
            side=self.rng.randrange(2),
            size=size,
            client_algo_id=self.client_order_id(),
            **fields | self.where(head[1], instrument),
        )

    def attach(self) -> c.Command:
        """Attach to the next order, which is mostly one of this account: accounts are few."""
        head, instrument = self.head(), self.somewhere()
        fields = self.leg(instrument, "loss_source", ("loss_trigger", "loss_price"))
        if self.rng.random() < 0.6:
            fields |= self.leg(instrument, "profit_source", ("profit_trigger", "profit_price"))
        return ac.AttachAlgo(
            *head,
            instrument=instrument,
            size=self.odd(self.rng.choice((0, 0, 3, 7))),
            reduce_only=int(self.rng.random() < 0.5 and self.is_contract(instrument)),
            client_algo_id=self.client_order_id(),
            **fields,
        )

    def attach_detailed(self) -> c.Command:
        """The same with all that may be said, mostly to an order for a contract."""
        instrument = self.somewhere() if self.rng.random() < 0.2 else self.contract()
        return self.detailed(instrument, self.head()[1])

    def detailed(self, instrument: int, account: int) -> ac.AttachDetailedAlgo:
        """One of those."""
        head = self.head(account)
        made = ac.AttachDetailedAlgo(*head, instrument=instrument, client_algo_id=self.client_order_id())
        made = made._replace(together=self.odd(int(self.rng.random() < 0.8)), cost_stop=int(self.rng.random() < 0.3))
        made = made._replace(reduce_only=int(self.rng.random() < 0.7))
        near = self.about(instrument)
        draw = self.rng.random()
        if draw < 0.15:
            active = self.rng.choice((0, near))
            return made._replace(
                together=0, cost_stop=0, callback_ticks=self.rng.randrange(1, 5), activation_price=active
            )
        if draw < 0.55:
            made = made._replace(profit_kind=1, profit_price=near)
        elif draw < 0.75:
            made = made._replace(profit_ppm=self.odd(self.rng.choice((5_000, 30_000, 2_000_000))))
        elif draw < 0.9:
            made = made._replace(profit_trigger=near)
        stop = self.rng.random()
        if stop < 0.4 or draw >= 0.9:
            made = made._replace(loss_trigger=self.about(instrument))
        elif stop < 0.6:
            made = made._replace(loss_ppm=self.odd(self.rng.choice((4_000, 20_000, 900_000))))
        return made

    def place_detailed(self) -> c.Command:
        """A take profit that rests with its stop loss, or a trigger order that says more."""
        plain = self.place_algo()
        assert isinstance(plain, ac.PlaceAlgo)
        fields = plain._asdict()
        if self.rng.random() < 0.5:
            position = self.held()
            if position is not None:
                side = Side.SELL if position.lots > 0 else Side.BUY
                fields |= {"instrument": position.instrument, "account": position.account, "side": int(side)}
                fields |= {"margin_mode": position.margin_mode, "position_side": position.side, "size_unit": 0}
            near = {"profit_trigger": 0, "profit_price": self.about(fields["instrument"]), "trigger_price": 0}
            near |= {"loss_trigger": self.about(fields["instrument"]), "order_price": 0, "loss_price": 0}
            blank = dict.fromkeys(("callback_ppm", "callback_ticks", "activation_price"), 0)
            kind = self.rng.choice((AlgoKind.OCO, AlgoKind.OCO, AlgoKind.CONDITIONAL))
            reduce_only = self.rng.randrange(3)
            return ac.PlaceDetailedAlgo(
                **fields | near | blank | {"kind": int(kind), "reduce_only": reduce_only}, profit_kind=1
            )
        more: dict[str, Any] = self.rng.choice(
            (
                {"time_in_force": self.odd(self.rng.randrange(3)), "order_price": self.about(fields["instrument"])},
                {"profit_ppm": 10_000, "loss_ppm": self.odd(10_000)},
                {"guard_callback_ticks": self.odd(3), "guard_client_algo_id": self.client_order_id()},
                {"guard_callback_ppm": self.odd(20_000), "guard_activation_price": self.about(fields["instrument"])},
            )
        )
        return ac.PlaceDetailedAlgo(**fields | more)

    def amend_detailed(self) -> c.Command:
        """Change something of one that may say more."""
        plain = self.amend_algo()
        names = [name for name in ac.AmendDetailedAlgo._fields[18:] if self.rng.random() < 0.3]
        values = {name: self.odd(self.rng.choice((0, 1, 2, 7_000))) for name in names}
        return ac.AmendDetailedAlgo(**plain._asdict() | values)

    def named(self) -> tuple[tuple[int, int], int, int, Text32]:
        """Head, instrument and ids of an algo order, seldom of none."""
        if not self.twin.algos:
            return self.head(), SPOT, 0, Text32("a")
        algo = self.rng.choice(self.twin.algos)
        by_client = self.rng.random() < 0.3
        number = 0 if by_client else self.odd(algo.algo_id)
        return self.head(algo.terms.account), algo.terms.instrument, number, algo.terms.client_algo_id

    def amend_algo(self) -> c.Command:
        """Change something of one."""
        head, instrument, algo_id, client_algo_id = self.named()
        names = [name for name in ac.AmendAlgo._fields if name.startswith("new_")]
        changes: dict[str, Any] = {}
        for name in self.rng.sample(names, self.rng.choice((1, 1, 2))):
            is_size = name in ("new_size", "new_callback_ticks")
            value = self.rng.randrange(1, 20) if is_size else self.about(instrument)
            changes[name] = self.odd(self.rng.choice((value, value, value, 0)))
        return ac.AmendAlgo(*head, instrument=instrument, algo_id=algo_id, client_algo_id=client_algo_id, **changes)

    def cancel_algo(self) -> c.Command:
        """Cancel one."""
        head, instrument, algo_id, client_algo_id = self.named()
        return ac.CancelAlgo(*head, instrument=self.odd(instrument), algo_id=algo_id, client_algo_id=client_algo_id)

    def set_contract_index(self) -> c.Command:
        """Wander."""
        instrument = self.contract()
        return ac.SetContractIndex(*self.head(-1), instrument=instrument, price=self.odd(self.about(instrument)))

    def set_spot_index(self) -> c.Command:
        """The same of the spot instrument, seldom away."""
        instrument = self.rng.choice((SPOT, SPOT, SPOT, LINEAR))
        price = self.rng.choice((self.about(SPOT), self.about(SPOT), 0))
        return c.SetIndexPrice(*self.head(-1), instrument=instrument, price=self.odd(price))

    def pass_time(self) -> c.Command:
        """Seconds, in which slices are due."""
        self.time_ms += self.rng.choice((1, 900, 1_000, 1_000, 2_500, 70_000))
        return c.Tick(*self.head(-1))

    def set_instrument_state(self) -> c.Command:
        """Suspend something for a while."""
        state = self.rng.choice(
            (InstrumentState.LIVE, InstrumentState.LIVE, InstrumentState.SUSPENDED, InstrumentState.POST_ONLY)
        )
        instrument = self.rng.choice((SPOT, LINEAR))
        return c.SetInstrumentState(*self.head(-1), instrument=instrument, state=int(state))
