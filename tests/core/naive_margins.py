"""Leverages of families and cross margin in spot instruments, as the naive twin sees them (``docs/adr/0036``).

Why apart: they stand on everything else that the twin knows.
"""

from lonja.core import events as e
from lonja.core import margin_commands as mc
from lonja.core import margin_events as me
from lonja.core.kinds import InstrumentState, InstrumentType, MarginMode, PositionSide
from lonja.core.rejections import Rejection
from tests.core.naive_algos import NaiveAlgos
from tests.core.naive_contract_parts import LEVERAGE_MIN, Contract
from tests.core.naive_parts import require


class NaiveMargins(NaiveAlgos):
    """What accounts choose for many positions at once."""

    def set_family_leverage(self, command: mc.SetFamilyLeverage) -> int:
        """See ``margin_commands.SetFamilyLeverage``."""
        require(command.position_side in list(PositionSide), Rejection.FIELD_INVALID)
        family = self.require_settable(command).family
        require(family.instrument_type == InstrumentType.FUTURES, Rejection.FIELD_INVALID)
        require(len(family.tiers) > 0, Rejection.POSITION_ABOVE_MAX)
        in_range = LEVERAGE_MIN <= command.leverage <= family.tiers[0].leverage_max
        require(in_range, Rejection.LEVERAGE_OUT_OF_RANGE)
        account, side = command.account, command.position_side
        crossed = [p for p in self.positions if p.account == account and not p.isolated and p.contract.family is family]
        size = sum(self.most_lots(position) for position in crossed)
        require(command.leverage <= family.tier_at_most(size).leverage_max, Rejection.LEVERAGE_ABOVE_TIER)
        mine = [position for position in crossed if position.side == side]
        before = [(position.leverage, self.tied(position)) for position in mine]
        for position in mine:
            position.leverage = command.leverage
        more = sum(self.tied(position) - tied for position, (_, tied) in zip(mine, before, strict=True))
        for position, (leverage, _) in zip(mine, before, strict=True):
            position.leverage = leverage
        free = self.free_margin(account, family.settle)
        require(more <= 0 or more <= free, Rejection.INSUFFICIENT_FUNDS)
        self.family_leverages[account, self.families.index(family), side] = command.leverage
        self.emit(me.FamilyLeverageSet, account, self.families.index(family), side, command.leverage)
        for number, contract in enumerate(self.instruments):
            mine_too = isinstance(contract, Contract) and contract.family is family
            if mine_too and contract.state != InstrumentState.DELISTED:
                self.named_position(account, number, MarginMode.CROSS, side).leverage = command.leverage
                self.emit(e.LeverageSet, account, number, MarginMode.CROSS, side, command.leverage)
        return command.instrument
