"""Brings accounts of people to where they hold and owe nothing, and fills what Security Funds lost.

Why here: only an order ends a position, and where nobody quotes, as in the quiet contracts, there is nobody to trade
with; so simulated accounts stand ready at the mark price, as many as it takes, and whoever cannot pay gets the money
first. Invariant: all of it is ordinary orders, deposits, transfers and repayments, and the journal tells it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from lonja.core.collateral_commands import ChangeLoan
from lonja.core.commands import (
    CancelOrder,
    Command,
    ConfigureAccount,
    CreateAccount,
    Deposit,
    EndowFund,
    PlaceContractOrder,
    PlaceOrder,
    SetLeverage,
    SetMarkPrice,
    SetPositionMode,
    Transfer,
)
from lonja.core.kinds import AccountKind, AccountMode, Ledger, OrderType, PositionMode, PositionSide, Side, TimeInForce
from lonja.core.margin_commands import PlaceMarginOrder
from lonja.core.views import ContractView, InstrumentView, PositionView
from lonja.engine.api import Engine
from lonja.modules.identity.api import Identity
from lonja.modules.sandbox.catalogue import SIMULATOR_FEE_TIER
from lonja.modules.sandbox.contract_catalogue import FAMILIES
from lonja.primitives.money import INT_MAX

LEVERAGE_DEFAULT: Final = 300
"""Of a position whose leverage nobody has set, in hundredths."""

_NAME: Final = "unwinder"
_PURSE_SHARE: Final = 200
"""An account that helps has one part in so many of what can exist of a currency."""
_PARTS_MAX: Final = 1_000
"""Orders that a position is ended by at most: each is as large as the contract allows."""
_HELPERS_MAX: Final = 20
_SIZE: Final = 10**12
"""Lots of an order where nothing bounds them."""


class Unwinding:
    """Ends what people hold and owe."""

    def __init__(self, engine: Engine, identity: Identity) -> None:
        """Nothing happens before ``end``."""
        self._engine = engine
        self._views = engine.views
        self._identity = identity

    async def end(self, accounts: Sequence[int]) -> None:
        """End every position, loan and pocket of ``accounts``, whose orders are canceled; then begin in spot mode again."""
        for account in accounts:
            for one in self._views.positions(account):
                if one.lots:
                    await self._close(one)
            for pocket in self._views.pockets(account):
                await self._close_pair(pocket.pocket, account)
                await self._empty(pocket.pocket, account)
            await self._pay(account)
        await self._submit([command for account in accounts for command in self._settings(account)])

    async def end_kept(self) -> None:
        """End what Security Funds took over and still keep: they sell at each mark, to whoever is there."""
        for family in self._views.families():
            for one in self._views.positions(family.fund_account):
                contract, instrument = self._views.contract(one.instrument), self._views.instrument(one.instrument)
                if one.lots and contract is not None and instrument is not None and contract.mark:
                    await self._unload(one, instrument, contract)

    async def refill(self) -> None:
        """Give Security Funds that have less than at the beginning what they lack."""
        currencies = self._views.currencies()
        units = {(fact.name, fact.instrument_type): fact.fund_units for fact in FAMILIES}
        wanted = [
            (view.family, units.get((view.name, view.instrument_type), 0) * 10 ** currencies[view.settle].scale, view)
            for view in self._views.families()
        ]
        await self._submit(
            [
                EndowFund(family=family, amount=amount - view.fund_balance)
                for family, amount, view in wanted
                if view.fund_balance < amount
            ]
        )

    # -- Positions

    async def _close(self, wanted: PositionView) -> None:
        """End a position in parts as large as orders may be; its owner gets money when it cannot pay for the end."""
        instrument, contract = self._views.instrument(wanted.instrument), self._views.contract(wanted.instrument)
        if instrument is None or contract is None or not contract.mark:
            return
        has_money = False
        for _ in range(_PARTS_MAX):
            before = self._held(wanted)
            if before is None:
                return
            lots = min(abs(before.lots), *_largest(instrument))
            helper = await self._helper(contract.family, instrument, lots if before.lots > 0 else -lots)
            await self._trade(before, lots, helper, contract.mark)
            after = self._held(wanted)
            if after is not None and after.lots == before.lots:
                if has_money:
                    return
                # Whoever owes more than it has may not even close.
                await self._submit([self._purse(before.account, instrument.settle)])
                has_money = True

    async def _unload(self, kept: PositionView, instrument: InstrumentView, contract: ContractView) -> None:
        """Stand ready at the mark for all that a fund keeps of a contract, and tell the mark once more."""
        for _ in range(_PARTS_MAX):
            held = self._held(kept)
            if held is None:
                return
            lots = min(abs(held.lots), *_largest(instrument))
            helper = await self._helper(contract.family, instrument, lots if held.lots > 0 else -lots)
            order = PlaceContractOrder(
                account=helper,
                instrument=held.instrument,
                side=Side.BUY if held.lots > 0 else Side.SELL,
                order_type=OrderType.LIMIT,
                time_in_force=TimeInForce.GTC,
                price=contract.mark,
                size=lots,
            )
            await self._submit([order, SetMarkPrice(instrument=held.instrument, price=contract.mark)])
            await self._withdraw(helper)
            after = self._held(kept)
            if after is not None and after.lots == held.lots:
                return

    async def _withdraw(self, helper: int) -> None:
        """Cancel what is left of the orders of an account that helped."""
        left = self._views.open_orders(helper)
        await self._submit(
            [CancelOrder(account=helper, instrument=one.instrument, order_id=one.order_id) for one in left]
        )

    def _held(self, wanted: PositionView) -> PositionView | None:
        """The position as it is now; None when it is no more."""
        name = (wanted.instrument, wanted.margin_mode, wanted.position_side)
        return next((one for one in self._views.positions(wanted.account) if one[1:4] == name and one.lots), None)

    async def _trade(self, held: PositionView, lots: int, helper: int, mark: int) -> None:
        """An order at the mark, and a market order that meets it, or a better one; nothing is left in the book."""
        side = Side.SELL if held.lots > 0 else Side.BUY
        await self._submit(
            [
                PlaceContractOrder(
                    account=helper,
                    instrument=held.instrument,
                    side=Side(1 - side),
                    order_type=OrderType.LIMIT,
                    time_in_force=TimeInForce.GTC,
                    price=mark,
                    size=lots,
                ),
                PlaceContractOrder(
                    account=held.account,
                    instrument=held.instrument,
                    side=side,
                    order_type=OrderType.MARKET,
                    time_in_force=TimeInForce.IOC,
                    size=lots,
                    margin_mode=held.margin_mode,
                    position_side=held.position_side,
                    reduce_only=held.position_side == PositionSide.NET,
                ),
            ]
        )
        await self._withdraw(helper)

    async def _helper(self, family: int, instrument: InstrumentView, lots: int) -> int:
        """An account that may take ``lots`` (signed) over: what it holds already leaves room within the last tier."""
        view = next(view for view in self._views.families() if view.family == family)
        most = view.tiers[-1].size_max if view.tiers else INT_MAX
        account = -1
        for number in range(1, _HELPERS_MAX + 1):
            account = await self._named(_NAME if number == 1 else f"{_NAME} {number}")
            held = sum(one.lots for one in self._views.positions(account) if one.instrument == instrument.instrument)
            if abs(held + lots) <= most:
                break
        if self._views.balance(account, instrument.settle, Ledger.TRADING).cash < INT_MAX // _PURSE_SHARE // 2:
            await self._submit([self._purse(account, instrument.settle)])
        return account

    async def _named(self, name: str) -> int:
        known = self._identity.account_named(name)
        if known is not None:
            return known.account
        create = CreateAccount(
            kind=AccountKind.SIMULATOR, fee_tier=SIMULATOR_FEE_TIER, account_mode=AccountMode.FUTURES
        )
        (outcome,) = await self._engine.submit_many([create])
        self._identity.register_account(name, outcome.id, -1)
        return outcome.id

    def _purse(self, account: int, currency: int) -> Deposit:
        return Deposit(account=account, currency=currency, ledger=Ledger.TRADING, amount=INT_MAX // _PURSE_SHARE)

    # -- Pairs

    async def _close_pair(self, pocket: int, owner: int) -> None:
        """End what stands in a cross pocket, into which nobody may pay: buy back what is owed, or sell what is there."""
        held = self._views.pocket_position(pocket)
        if held is None or held.margin_currency < 0 or (held.base >= 0 and held.quote >= 0):
            return
        instrument = self._views.instrument(held.instrument)
        if instrument is None:
            return
        helper = await self._named(_NAME)
        # Whoever lost more than it has pays for the end with this; a reset takes back what is left.
        purses = [self._purse(one, code) for one in (helper, owner) for code in (instrument.base, instrument.quote)]
        side = Side.BUY if held.base < 0 else Side.SELL
        stands = PlaceOrder(
            account=helper,
            instrument=held.instrument,
            side=Side(1 - side),
            order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            price=instrument.index_price,
            size=instrument.size_limit_max or _SIZE,
        )
        meets = PlaceMarginOrder(
            account=pocket,
            instrument=held.instrument,
            side=side,
            order_type=OrderType.MARKET,
            time_in_force=TimeInForce.IOC,
            size=instrument.size_market_max or _SIZE,
            reduce_only=1,
        )
        for _ in range(_PARTS_MAX):
            before = self._views.pocket_position(pocket)
            await self._submit([*purses, stands, meets])
            await self._withdraw(helper)
            after, purses = self._views.pocket_position(pocket), []
            if after is None or after == before or (after.base >= 0 and after.quote >= 0):
                return

    # -- Debts

    async def _pay(self, account: int) -> None:
        """Bring in what an account lacks, and repay what it borrowed."""
        owed = [one for one in self._views.liabilities(account) if one.loan or one.liability]
        await self._submit([command for one in owed for command in self._paying(account, one.currency, one.loan)])

    def _paying(self, account: int, currency: int, loan: int) -> Iterator[Command]:
        there = self._views.balance(account, currency, Ledger.TRADING)
        if there.cash - there.held < loan:
            amount = loan - there.cash + there.held
            yield Deposit(account=account, currency=currency, ledger=Ledger.TRADING, amount=amount)
        if loan:
            yield ChangeLoan(account=account, currency=currency, amount=-loan)

    async def _empty(self, pocket: int, owner: int) -> None:
        """Pay what a pocket owes, and give its owner what it has."""
        await self._pay(pocket)
        await self._submit(
            [
                Transfer(
                    account=pocket,
                    to_account=owner,
                    currency=one.currency,
                    amount=one.cash - one.held,
                    from_ledger=Ledger.TRADING,
                    to_ledger=Ledger.TRADING,
                )
                for one in self._views.balances(pocket)
                if one.cash > one.held
            ]
        )

    # -- Settings

    def _settings(self, account: int) -> Iterator[Command]:
        for one in self._views.positions(account):
            if one.leverage != LEVERAGE_DEFAULT:
                place = (one.instrument, one.margin_mode, one.position_side)
                yield SetLeverage(0, account, 0, 0, *place, LEVERAGE_DEFAULT)
        view = self._views.account(account)
        if view is not None and view.position_mode != PositionMode.NET:
            yield SetPositionMode(account=account, position_mode=PositionMode.NET)
        if view is not None and view.account_mode != AccountMode.SPOT:
            yield ConfigureAccount(account=account, account_mode=AccountMode.SPOT)

    async def _submit(self, commands: Sequence[Command]) -> None:
        # What is refused, since it ended meanwhile or traded on, is looked at again by whoever resets.
        if commands:
            await self._engine.submit_many(commands)


def _largest(instrument: InstrumentView) -> list[int]:
    """What bounds the size of one order, in lots."""
    return [size for size in (instrument.size_limit_max, instrument.size_market_max) if size] or [INT_MAX]
