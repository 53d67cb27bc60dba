"""The slow, obvious twin of the core: what every command must do, in dictionaries, lists and fractions.

Why here: the real core is packed and fast, so its rules are hard to see in it. This twin reads like the rules, and
``test_twin.py`` and ``test_contract_twin.py`` expect the same outcomes and events of both. Its rules stand in
``naive_house`` (operator, money), ``naive_orders`` (spot and books), ``naive_contracts`` (contracts and settings),
``naive_risk`` (margin), ``naive_settling`` (positions) and ``naive_liquidation``; each builds on the one before.
"""

from collections.abc import Callable
from typing import Any

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.views import Outcome
from tests.core.naive_contracts import NaiveContracts
from tests.core.naive_parts import RefusedError


class NaiveExchange(NaiveContracts):
    """The whole exchange."""

    def apply(self, command: c.Command) -> tuple[Outcome, list[e.Event]]:
        """Do one command and tell its outcome and what happened."""
        self.events = []
        self.time_ms = max(self.time_ms, command.time_ms)
        self.fire_timers()
        try:
            made = HANDLERS[type(command)](self, command)
        except RefusedError as refused:
            return Outcome(int(refused.rejection), 0), self.events
        return Outcome(0, made), self.events


HANDLERS: dict[type[c.Command], Callable[[NaiveExchange, Any], int]] = {
    c.CreateCurrency: NaiveExchange.create_currency,
    c.CreateAccount: NaiveExchange.create_account,
    c.ListInstrument: NaiveExchange.list_instrument,
    c.SetInstrumentState: NaiveExchange.set_instrument_state,
    c.SetIndexPrice: NaiveExchange.set_index_price,
    c.DefineFeeTier: NaiveExchange.define_fee_tier,
    c.ConfigureAccount: NaiveExchange.configure_account,
    c.Deposit: NaiveExchange.deposit,
    c.Withdraw: NaiveExchange.withdraw,
    c.Transfer: NaiveExchange.transfer,
    c.PlaceOrder: NaiveExchange.place_order,
    c.CancelOrder: NaiveExchange.cancel_order,
    c.AmendOrder: NaiveExchange.amend_order,
    c.CancelAllAfter: NaiveExchange.cancel_all_after,
    c.Tick: NaiveExchange.tick,
    c.ImportCandle: NaiveExchange.import_candle,
    c.SetWithdrawalHold: NaiveExchange.set_withdrawal_hold,
    c.CorrectBalance: NaiveExchange.correct_balance,
    c.DefineFamily: NaiveExchange.define_family,
    c.DefinePositionTier: NaiveExchange.define_position_tier,
    c.ListContract: NaiveExchange.list_contract,
    c.SetMarkPrice: NaiveExchange.set_mark_price,
    c.PlaceContractOrder: NaiveExchange.place_contract_order,
    c.SetLeverage: NaiveExchange.set_leverage,
    c.SetPositionMode: NaiveExchange.set_position_mode,
    c.AdjustMargin: NaiveExchange.adjust_margin,
    c.EndowFund: NaiveExchange.endow_fund,
    c.SettleFunding: NaiveExchange.settle_funding,
    c.DeliverContract: NaiveExchange.deliver_contract,
}
