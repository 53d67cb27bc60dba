"""Ends the positions of people before their accounts go back to the start, and fills what Security Funds lost.

Why here: only an order ends a position, and where nobody quotes, as in the quiet contracts, there is nobody to trade
with; so one simulated account stands ready at the mark price. Invariant: all of it is ordinary orders and deposits, and
the journal tells it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from lonja.core.commands import (
    CancelOrder,
    Command,
    ConfigureAccount,
    CreateAccount,
    Deposit,
    EndowFund,
    PlaceContractOrder,
    SetPositionMode,
)
from lonja.core.kinds import AccountKind, AccountMode, Ledger, OrderType, PositionMode, PositionSide, Side, TimeInForce
from lonja.core.views import PositionView
from lonja.engine.api import Engine
from lonja.modules.identity.api import Identity
from lonja.modules.sandbox.catalogue import SIMULATOR_FEE_TIER
from lonja.modules.sandbox.contract_catalogue import FAMILIES
from lonja.primitives.money import INT_MAX

_NAME: Final = "unwinder"
_PURSE_SHARE: Final = 1_000
"""It is given one part in so many of what can exist of a currency."""


class Unwinding:
    """Brings accounts to where they hold no position."""

    def __init__(self, engine: Engine, identity: Identity) -> None:
        """Nothing happens before ``end``."""
        self._engine = engine
        self._identity = identity

    async def end(self, accounts: Sequence[int]) -> None:
        """End every position of ``accounts``, whose orders are canceled, and begin with spot mode again."""
        views = self._engine.views
        held = [one for account in accounts for one in views.positions(account) if one.lots]
        if held:
            ready = await self._ready(held)
            for one in held:
                await self._submit(list(self._closing(one, ready)))
            rest = views.open_orders(ready)
            await self._submit(
                [CancelOrder(account=ready, instrument=one.instrument, order_id=one.order_id) for one in rest]
            )
        await self._submit([command for account in accounts for command in self._modes(account)])

    async def refill(self) -> None:
        """Give Security Funds that have less than at the beginning what they lack."""
        currencies = self._engine.views.currencies()
        units = {(fact.name, fact.instrument_type): fact.fund_units for fact in FAMILIES}
        wanted = [
            (view.family, units.get((view.name, view.instrument_type), 0) * 10 ** currencies[view.settle].scale, view)
            for view in self._engine.views.families()
        ]
        await self._submit(
            [
                EndowFund(family=family, amount=amount - view.fund_balance)
                for family, amount, view in wanted
                if view.fund_balance < amount
            ]
        )

    async def _ready(self, held: Sequence[PositionView]) -> int:
        """An account with money of every currency that the positions settle in."""
        known = self._identity.account_named(_NAME)
        if known is None:
            create = CreateAccount(
                kind=AccountKind.SIMULATOR, fee_tier=SIMULATOR_FEE_TIER, account_mode=AccountMode.FUTURES
            )
            (outcome,) = await self._engine.submit_many([create])
            self._identity.register_account(_NAME, outcome.id, -1)
            account = outcome.id
        else:
            account = known.account
        views = self._engine.views
        settles = {view.settle for one in held if (view := views.instrument(one.instrument)) is not None}
        purse = INT_MAX // _PURSE_SHARE
        await self._submit(
            [
                Deposit(account=account, currency=currency, ledger=Ledger.TRADING, amount=purse)
                for currency in sorted(settles)
                if views.balance(account, currency, Ledger.TRADING).cash < purse // 2
            ]
        )
        return account

    def _closing(self, one: PositionView, ready: int) -> Iterator[Command]:
        """An order at the mark, and a market order that meets it, or a better one."""
        contract = self._engine.views.contract(one.instrument)
        if contract is None or not contract.mark:
            return
        side = Side.SELL if one.lots > 0 else Side.BUY
        yield PlaceContractOrder(
            account=ready,
            instrument=one.instrument,
            side=Side(1 - side),
            order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            price=contract.mark,
            size=abs(one.lots),
        )
        yield PlaceContractOrder(
            account=one.account,
            instrument=one.instrument,
            side=side,
            order_type=OrderType.MARKET,
            time_in_force=TimeInForce.IOC,
            size=abs(one.lots),
            margin_mode=one.margin_mode,
            position_side=one.position_side,
            reduce_only=one.position_side == PositionSide.NET,
        )

    def _modes(self, account: int) -> Iterator[Command]:
        view = self._engine.views.account(account)
        if view is not None and view.position_mode != PositionMode.NET:
            yield SetPositionMode(account=account, position_mode=PositionMode.NET)
        if view is not None and view.account_mode != AccountMode.SPOT:
            yield ConfigureAccount(account=account, account_mode=AccountMode.SPOT)

    async def _submit(self, commands: Sequence[Command]) -> None:
        # What is refused, since it ended meanwhile or traded on, is looked at again by whoever resets.
        if commands:
            await self._engine.submit_many(commands)
