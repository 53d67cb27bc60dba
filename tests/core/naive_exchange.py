"""The slow, obvious twin of the core: what every command must do, in dictionaries, lists and fractions.

Why here: the real core is packed and fast, so its rules are hard to see in it. This twin reads like the rules, and
``test_twin.py`` and ``test_contract_twin.py`` expect the same outcomes and events of both. Its rules stand in
``naive_house`` (operator, money), ``naive_orders`` (spot and books), ``naive_contracts`` (contracts and settings),
``naive_risk`` (margin), ``naive_settling`` (positions), ``naive_liquidation``, ``naive_collateral`` and ``naive_pools``
(accounts in multi-currency mode), ``naive_algos``, ``naive_cross_pockets`` and ``naive_margins``; each builds on the
one before.
"""

from collections.abc import Callable
from typing import Any

from lonja.core import algo_commands as ac
from lonja.core import collateral_commands as cc
from lonja.core import commands as c
from lonja.core import events as e
from lonja.core import margin_commands as mc
from lonja.core.views import Outcome
from tests.core.naive_margins import NaiveMargins
from tests.core.naive_parts import RefusedError, require

ORDERS = (c.PlaceOrder, c.PlaceContractOrder, mc.PlaceMarginOrder)


class NaiveExchange(NaiveMargins):
    """The whole exchange."""

    def apply(self, command: c.Command) -> tuple[Outcome, list[e.Event]]:
        """Do one command and tell its outcome and what happened."""
        self.events = []
        self.looked = 0
        self.time_ms = max(self.time_ms, command.time_ms)
        due = [*self.timers.values(), *(algo.due_ms for algo in self.algos if algo.due_ms)]
        if min(due, default=self.time_ms + 1) <= self.time_ms:
            self.fire_timers()
            self.run_algos()
            self.wake_algos()
        outcome = self.do(command)
        self.close_pockets()
        self.run_algos()
        self.close_pockets()
        while self.happened:
            self.run_algos()
            self.close_pockets()
        return outcome, self.events

    def do(self, command: c.Command) -> Outcome:
        """The command itself, and what waited for the order that it placed."""
        rejection, made = 0, 0
        try:
            if isinstance(command, ORDERS):
                for algo in self.unplaced(command.account, command.instrument):
                    require(not algo.refused, algo.refused)
            made = HANDLERS[type(command)](self, command)
        except RefusedError as refused:
            rejection = int(refused.rejection)
        if isinstance(command, ORDERS):
            self.settle_attached(command, self.newest if rejection == 0 else None)
        return Outcome(rejection, made)


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
    ac.PlaceAlgo: NaiveExchange.place_algo,
    ac.AmendAlgo: NaiveExchange.amend_algo,
    ac.CancelAlgo: NaiveExchange.cancel_algo,
    ac.AttachAlgo: NaiveExchange.attach_algo,
    ac.SetContractIndex: NaiveExchange.set_contract_index,
    ac.PlaceDetailedAlgo: NaiveExchange.place_algo,
    ac.AttachDetailedAlgo: NaiveExchange.attach_algo,
    ac.AmendDetailedAlgo: NaiveExchange.amend_algo,
    cc.SetCurrencyPrice: NaiveExchange.set_currency_price,
    cc.DefineDiscountTier: NaiveExchange.define_discount_tier,
    cc.DefineBorrowTerms: NaiveExchange.define_borrow_terms,
    cc.SetAutoBorrow: NaiveExchange.set_auto_borrow,
    cc.AccrueInterest: NaiveExchange.accrue_interest,
    cc.ChangeLoan: NaiveExchange.change_loan,
    cc.DefineMarginTier: NaiveExchange.define_margin_tier,
    cc.OpenPocket: NaiveExchange.open_pocket,
    mc.SetFamilyLeverage: NaiveExchange.set_family_leverage,
    mc.OpenCrossPocket: NaiveExchange.open_cross_pocket,
    mc.SetPocketLeverage: NaiveExchange.set_pocket_leverage,
    mc.PlaceMarginOrder: NaiveExchange.place_margin_order,
}
