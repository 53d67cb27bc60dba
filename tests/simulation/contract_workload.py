"""Random commands for contracts, as ``workload`` sends them among everything else.

Why here: a blind stream liquidates nobody, so this one knows marks, positions and money as the events told them: it
opens what an account's money can just carry, closes, turns round and cuts what is held, and brings storms.
"""

import random
from collections.abc import Callable
from typing import Any

from lonja.core import algo_commands as ac
from lonja.core import commands as c
from lonja.core.kinds import AccountMode, InstrumentState, InstrumentType, Ledger, MarginMode, PositionSide, Side
from lonja.core.margin_commands import SetFamilyLeverage
from lonja.core.texts import EMPTY_32
from lonja.primitives.money import INT_MAX
from tests.simulation.algo_workload import draw_algo
from tests.simulation.contract_world import LEVERAGES, LOTS_MAX, ContractWorld
from tests.simulation.drawn_texts import draw_name, draw_tag
from tests.simulation.mirror import Mirror
from tests.simulation.position_mirror import Key
from tests.simulation.storms import storm_over

STORM_CHANCE = 0.02
CROWDS = (4, 8, 12)
DATED_MAX = 5
RATES = (0, 10**8, -(10**8), 7 * 10**9, -7_500_000_123, 3 * 10**10)
"""Of funding, in millionths of a millionth."""


def storable(command: c.Command) -> c.Command:
    """``command`` with numbers that fit a word: where a mark is as high as a mark may be, twice as much does not."""
    wide = [name for name, value in command._asdict().items() if isinstance(value, int) and abs(value) > INT_MAX]
    change: dict[str, Any] = dict.fromkeys(wide, INT_MAX)
    return command._replace(**change)


class ContractWorkload:
    """Draws one command after the other."""

    def __init__(self, rng: random.Random, world: ContractWorld, accounts: list[int], mirror: Mirror) -> None:
        """Trade the contracts of ``world`` for ``accounts``, seeing what ``mirror`` was told."""
        self.rng = rng
        self.world = world
        self.accounts = accounts
        self.mirror = mirror
        self.time_ms = world.time_ms
        self.storms = 0
        self.storm: list[c.Command] = []
        kinds: list[tuple[int, Callable[[], c.Command]]] = [
            (80, self.limit),
            (20, self.market),
            (14, self.close_something),
            (6, self.leverage),
            (7, self.adjust_margin),
            (8, self.mark_price),
            (2, self.index_price),
            (2, self.funding),
            (2, self.end_or_begin),
            (1, self.mode),
            (8, self.algo),
            (1, self.operate),
        ]
        self.weights = [weight for weight, _ in kinds]
        self.draws = [draw for _, draw in kinds]

    def next(self, time_ms: int) -> c.Command:
        """The next command; while there is a storm, every second one is of it."""
        self.time_ms = time_ms
        if not self.storm and self.rng.random() < STORM_CHANCE:
            self._begin_storm()
        if self.storm and self.rng.random() < 0.5:
            return storable(self.storm.pop(0)._replace(time_ms=time_ms))
        return storable(self.rng.choices(self.draws, self.weights)[0]())

    def _begin_storm(self) -> None:
        """First a crowd that trades at the mark, then the storm over it."""
        marks = self.mirror.positions.marks
        alive = sorted(marks.keys() - self.mirror.positions.delivered)
        chosen = self.rng.sample(alive, self.rng.randrange(1, len(alive) + 1))
        for number in range(self.rng.choice(CROWDS)):
            order = self._order() | {"instrument": self.rng.choice(chosen[:2])}
            if order["position_side"] == PositionSide.NET:
                order["side"] = number % 2
            price = marks[order["instrument"]]
            self.storm.append(c.PlaceContractOrder(**order, price=price, size=self._lots(order)))
        self.storm += storm_over(self.rng, self.time_ms, {number: marks[number] for number in chosen})
        self.storms += 1

    # What there is.

    def _contract(self) -> int:
        """Mostly one of the first two, so that their books fill."""
        marks = sorted(self.mirror.positions.marks.keys() - self.mirror.positions.delivered)
        return self.rng.choice([*marks[:2], *marks[:2], *marks[:2], *marks])

    def _held(self) -> tuple[Key, int] | None:
        """A position that somebody but a fund holds, and its lots."""
        held = [(key, told.lots) for key, told in self.mirror.positions.held.items() if told.lots]
        held = [row for row in held if row[0][0] in self.accounts]
        return self.rng.choice(held) if held else None

    def _near(self, price: int) -> int:
        spread = self.rng.choice((1, 2, 2, 5, 30))
        return max(1, price + self.rng.randrange(-spread, spread + 1))

    def _side(self, account: int) -> int:
        """A position side that suits the account's mode, seldom one that does not."""
        two_sided = (account in self.mirror.positions.two_sided) != (self.rng.random() < 0.02)
        return self.rng.choice((PositionSide.LONG, PositionSide.SHORT)) if two_sided else PositionSide.NET

    def _lots(self, order: dict[str, Any]) -> int:
        """Often about what all money of the account can carry, else a few."""
        if self.rng.random() < 0.4:
            return self.rng.randrange(1, self.rng.choice((4, 15, 40, 130)))
        account, instrument = order["account"], order["instrument"]
        key = (account, instrument, order["margin_mode"], order["position_side"])
        leverage = self.mirror.positions.leverage(key)
        family = self.world.families[self.mirror.contracts[instrument].family]
        cash = max(self.mirror.cash[account, family.settle, Ledger.TRADING], 0)
        share = self.rng.choice((5, 15, 40, 80, 110))
        return max(1, min(cash * leverage * share // (family.lot_worth * 10_000), LOTS_MAX))

    # What traders do.

    def _order(self) -> dict[str, Any]:
        """Who orders what, with a position side, and a side of the book that mostly opens it."""
        account = self.rng.choice(self.accounts)
        position_side, side = self._side(account), self.rng.randrange(2)
        opens = side if position_side == PositionSide.NET else position_side - 1
        return {
            "time_ms": self.time_ms,
            "account": account,
            "instrument": self._contract(),
            "side": opens if self.rng.random() < 0.8 else side,
            "margin_mode": self.rng.randrange(2),
            "position_side": position_side,
            "self_trade_prevention": self.rng.choice((0, 0, 0, 1, 2, 3)),
            "client_order_id": draw_name(self.rng) if self.rng.random() < 0.3 else EMPTY_32,
            "tag": draw_tag(self.rng),
        }

    def limit(self) -> c.Command:
        """An order near the mark."""
        order = self._order()
        post_only = int(self.rng.random() < 0.1)
        return c.PlaceContractOrder(
            **order,
            time_in_force=0 if post_only else self.rng.choice((0, 0, 0, 0, 0, 1, 2)),
            post_only=post_only,
            price=self._near(self.mirror.positions.marks[order["instrument"]]),
            size=self._lots(order),
            clip_to_band=int(self.rng.random() < 0.1),
            reduce_only=int(self.rng.random() < 0.03),
        )

    def market(self) -> c.Command:
        """A market order."""
        order = self._order()
        size, reduce_only = self._lots(order), int(self.rng.random() < 0.03)
        in_force = self.rng.choice((0, 1))
        return c.PlaceContractOrder(**order, order_type=1, time_in_force=in_force, size=size, reduce_only=reduce_only)

    def close_something(self) -> c.Command:
        """Close, cut or turn round a position; often by an order that only reduces."""
        held = self._held()
        if held is None:
            return self.limit()
        (account, instrument, margin_mode, position_side), lots = held
        market = self.rng.random() < 0.3
        names = {"account": account, "instrument": instrument, "margin_mode": margin_mode}
        order = self._order() | names | {"position_side": position_side, "side": Side.SELL if lots > 0 else Side.BUY}
        return c.PlaceContractOrder(
            **order,
            order_type=int(market),
            price=0 if market else self._near(self.mirror.positions.marks[instrument]),
            size=self.rng.choice((abs(lots), abs(lots), 1, 2 * abs(lots), abs(lots) + 7)),
            reduce_only=int(self.rng.random() < 0.6),
        )

    def leverage(self) -> c.Command:
        """Another leverage, often of a position that is held."""
        held = self._held() if self.rng.random() < 0.6 else None
        account, instrument = self.rng.choice(self.accounts), self._contract()
        key = held[0] if held else (account, instrument, self.rng.randrange(2), self._side(account))
        leverage = self.rng.choice(LEVERAGES)
        if key[2] == MarginMode.CROSS and self.rng.random() < 0.4:
            return SetFamilyLeverage(self.time_ms, key[0], 0, 0, key[1], key[3], leverage)
        return c.SetLeverage(self.time_ms, key[0], 0, 0, *key[1:], leverage=leverage)

    def adjust_margin(self) -> c.Command:
        """Add margin to an isolated position, or take some away."""
        held = self._held()
        if held is None:
            return self.leverage()
        (account, instrument, margin_mode, side), _ = held
        margin = max(self.mirror.positions.held[account, instrument, margin_mode, side].margin, 10)
        amount = self.rng.choice((1, -1, margin // 3, margin, -(margin // 3), -(margin // 9), 3 * margin))
        return c.AdjustMargin(self.time_ms, account, 0, 0, instrument, side, amount)

    def mode(self) -> c.Command:
        """Another mode of account or positions; mostly refused, since something is open."""
        account = self.rng.choice(self.accounts)
        if self.rng.random() < 0.5:
            return c.SetPositionMode(self.time_ms, account, position_mode=self.rng.randrange(2))
        mode = self.rng.choice((AccountMode.FUTURES, AccountMode.FUTURES, AccountMode.FUTURES, AccountMode.SPOT))
        return c.ConfigureAccount(self.time_ms, account, account_mode=mode)

    def algo(self) -> c.Command:
        """Something about algo orders, often of a position that is held."""
        held = self._held()
        account, instrument = self.rng.choice(self.accounts), self._contract()
        more: dict[str, int] = {"margin_mode": self.rng.randrange(2), "position_side": self._side(account)}
        if held is not None and self.rng.random() < 0.7:
            account, instrument = held[0][:2]
            more = {"margin_mode": held[0][2], "position_side": held[0][3]}
            more |= {"side": int(held[1] > 0), "reduce_only": int(self.rng.random() < 0.5)}
        middle = self.mirror.positions.marks[instrument]
        return draw_algo(self.rng, (self.time_ms, account), instrument, middle, draw_name(self.rng), more)

    # What prices and the operator do.

    def mark_price(self) -> c.Command:
        """A step, seldom a leap; back to the middle from very far."""
        instrument = self.rng.choice([self._contract(), *self.mirror.contracts])
        mark = self.mirror.positions.marks.get(instrument, self.world.middle)
        price = self.rng.choice((mark + self.rng.randrange(-6, 7), mark + self.rng.randrange(-6, 7), self._leap(mark)))
        if not self.world.middle // 4 < price < self.world.middle * 4:
            price = self.world.middle
        return c.SetMarkPrice(self.time_ms, instrument=instrument, price=price)

    def _leap(self, mark: int) -> int:
        return mark * self.rng.choice((930, 960, 980, 1_020, 1_050, 1_080)) // 1_000

    def index_price(self) -> c.Command:
        """Where the index of a contract stands."""
        instrument = self._contract()
        price = self._near(self.mirror.positions.marks[instrument])
        return ac.SetContractIndex(self.time_ms, instrument=instrument, price=price)

    def funding(self) -> c.Command:
        """Longs pay shorts, or the reverse."""
        return c.SettleFunding(self.time_ms, instrument=self._contract(), rate=self.rng.choice(RATES))

    def end_or_begin(self) -> c.Command:
        """Deliver a dated contract, near its mark or far from it, or list another."""
        marks = self.mirror.positions.marks
        dated = [number for number in marks if self.mirror.contracts[number].expiry_ms]
        dated = [number for number in dated if number not in self.mirror.positions.delivered]
        if not dated or (len(dated) < DATED_MAX and self.rng.random() < 0.4):
            families = [n for n, family in enumerate(self.world.families) if family.kind == InstrumentType.FUTURES]
            name, expiry_ms = f"N{self.mirror.sequence}", self.time_ms + 10**9
            return self.world.listing(name, self.rng.choice(families), expiry_ms)._replace(time_ms=self.time_ms)
        instrument = self.rng.choice(dated)
        mark = marks[instrument]
        price = self.rng.choice((self._near(mark), self._near(mark), mark // 2, mark * 2))
        fee_rate_ppm = self.rng.choice((0, 100, 2_000))
        return c.DeliverContract(self.time_ms, instrument=instrument, price=price, fee_rate_ppm=fee_rate_ppm)

    def operate(self) -> c.Command:
        """Tiers, funds and states of contracts change."""
        family = self.rng.randrange(len(self.world.families))
        tier = self.rng.randrange(1, 5)
        size_max, *terms = self.world.families[family].tiers[tier - 1]
        size_max = self.rng.choice((size_max, size_max + self.rng.randrange(-9, 10), size_max * 3 // 5))
        amount = self.world.families[family].lot_worth * self.rng.choice((1, 5, 50, INT_MAX))
        state = InstrumentState.LIVE if self.rng.random() < 0.8 else self.rng.choice(list(InstrumentState))
        draws: list[c.Command] = [
            c.DefinePositionTier(self.time_ms, -1, 0, 0, family, tier, size_max, *terms),
            c.EndowFund(self.time_ms, family=family, amount=min(amount, INT_MAX)),
            c.SetInstrumentState(self.time_ms, instrument=self._contract(), state=state),
        ]
        return self.rng.choice(draws)
