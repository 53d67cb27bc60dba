"""A crowd of simulated customers with much leverage and little money, so that storms have somebody to carry away.

Why here: makers and takers are rich on purpose; liquidations, Security Funds and deleveraging only show where people
risk more than they have. Whoever lost everything comes back with new money after the storm, and whoever won a lot takes
it home. Invariant: the same seed, times and positions give the same commands.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random
from typing import Final

from lonja.core.commands import Command, Deposit, PlaceContractOrder, SetLeverage, Withdraw
from lonja.core.kinds import Ledger, MarginMode, OrderType, Side, TimeInForce
from lonja.core.views import ContractView, InstrumentView, PositionView
from lonja.engine.api import EngineViews
from lonja.primitives.instant import SECOND_MS

_LOOK_MS: Final = 10 * SECOND_MS
_NEW_AT_ONCE: Final = 4
"""Members who act at each look; so a crowd comes back in some minutes."""

_PATIENCE_MS: Final = 20 * SECOND_MS

_LEVERAGES: Final = (8, 10, 15, 20, 25, 30, 40, 50)
_MARGIN_USD, _MARGIN_SPREAD = 5_000.0, 0.5
_SPARE: Final = 1.15
"""What a member has is so many times the margin of its position: for the fee and the price that moves meanwhile."""

_ENOUGH: Final = 2
"""Who gained so many times the margin takes it home."""


class Crowd:
    """The members of one crowd, all in one linear contract."""

    def __init__(self, views: EngineViews, instrument: int, members: Sequence[int], seed: str) -> None:
        """``members`` are accounts in futures mode."""
        self._views = views
        self._instrument = instrument
        self.members = members
        self._random = Random(f"crowd:{instrument}:{seed}")  # noqa: S311  # repeatable by seed, nothing secret
        self._looked_ms = 0

    def gather(self, count: int) -> list[Command]:
        """Up to ``count`` of those who hold nothing take a position."""
        return self._act(count)

    def go_home(self, count: int) -> list[Command]:
        """Up to ``count`` of those who hold something end it."""
        held = ([one for one in self._views.positions(account) if one.lots] for account in self.members)
        return [command for ones in islice(filter(None, held), count) for command in map(self._closing, ones)]

    def wait(self, now_ms: int) -> None:
        """Nobody does anything before some time has passed since ``now_ms``."""
        self._looked_ms = now_ms + _PATIENCE_MS

    def act(self, now_ms: int) -> list[Command]:
        """What some of them do now; at most every few seconds."""
        looks = (now_ms - self._looked_ms) // _LOOK_MS
        if looks <= 0:
            return []
        self._looked_ms = now_ms
        return self._act(min(looks * _NEW_AT_ONCE, len(self.members)))

    def _act(self, count: int) -> list[Command]:
        instrument, contract = self._views.instrument(self._instrument), self._views.contract(self._instrument)
        if instrument is None or contract is None or not contract.mark:
            return []
        commands: list[Command] = []
        for place, account in enumerate(self.members):
            if not count:
                break
            held = [one for one in self._views.positions(account) if one.lots]
            wanted = list(self._leave(held) if held else self._enter(account, Side(place % 2), instrument, contract))
            commands += wanted
            count -= bool(wanted)
        return commands

    def _leave(self, held: Sequence[PositionView]) -> Iterator[Command]:
        for one in held:
            if one.unrealized > _ENOUGH * max(one.margin, one.initial_margin):
                yield self._closing(one)

    def _closing(self, one: PositionView) -> PlaceContractOrder:
        return self._order(one.account, Side.SELL if one.lots > 0 else Side.BUY, abs(one.lots), one.margin_mode)

    def _enter(self, account: int, side: int, instrument: InstrumentView, contract: ContractView) -> Iterator[Command]:
        leverage = self._random.choice(_LEVERAGES)
        margin_mode = self._random.choice((MarginMode.ISOLATED, MarginMode.ISOLATED, MarginMode.CROSS))
        currency = self._views.currencies()[instrument.settle]
        margin = round(_MARGIN_USD * self._random.lognormvariate(0.0, _MARGIN_SPREAD)) * int(10**currency.scale)
        has = self._views.balance(account, instrument.settle, Ledger.TRADING)
        lacking = round(margin * _SPARE) - has.cash
        if lacking > 0:
            yield Deposit(account=account, currency=instrument.settle, ledger=Ledger.TRADING, amount=lacking)
        elif lacking < 0:
            yield Withdraw(account=account, currency=instrument.settle, ledger=Ledger.TRADING, amount=-lacking)
        yield SetLeverage(
            account=account, instrument=self._instrument, margin_mode=margin_mode, leverage=leverage * 100
        )
        lots = margin * leverage // _lot_worth(instrument, contract, currency.scale)
        if lots:
            yield self._order(account, side, lots, margin_mode)

    def _order(self, account: int, side: int, lots: int, margin_mode: int) -> PlaceContractOrder:
        return PlaceContractOrder(
            account=account,
            instrument=self._instrument,
            side=side,
            order_type=OrderType.MARKET,
            time_in_force=TimeInForce.IOC,
            size=lots,
            margin_mode=margin_mode,
        )


def _lot_worth(instrument: InstrumentView, contract: ContractView, scale: int) -> int:
    """What a lot is worth at the mark, in smallest units of the settlement currency, at least one."""
    worth = contract.mark * instrument.tick_step * instrument.lot_step * contract.contract_value * contract.multiplier
    exponent = scale - instrument.price_scale - instrument.size_scale - contract.contract_scale
    return max(1, worth * int(10**exponent) if exponent >= 0 else worth // int(10**-exponent))
