"""What isolated positions in pairs hold and owe, by currency, and what of it is told in balances.

Why here: to the engine each of them is an account of its own, to clients it is a part of its owner's equity. Invariant:
what is told as isolated equity adds up to what the pockets have.
"""

from typing import Final, NamedTuple

from lonja.core.kinds import Ledger
from lonja.edge.wire.units import CurrencyForm
from lonja.engine.api import EngineViews

_TRADING: Final = int(Ledger.TRADING)


class PocketMoney(NamedTuple):
    """What all isolated pockets of an account have of a currency, less what they owe, and what they owe."""

    equity: int = 0
    liability: int = 0


NOTHING: Final = PocketMoney()


def pocket_money(views: EngineViews, account: int) -> dict[int, PocketMoney]:
    """By currency, what isolated positions in pairs hold and owe; only currencies of which there is anything."""
    found: dict[int, PocketMoney] = {}
    for pocket in views.pockets(account):
        position = views.pocket_position(pocket.pocket)
        if position is None or position.margin_currency >= 0:
            # What stands in cross positions counts among the gains of their margin currency.
            continue
        for balance in views.balances(pocket.pocket):
            if balance.ledger == _TRADING and balance.cash:
                equity, liability = found.get(balance.currency, NOTHING)
                found[balance.currency] = PocketMoney(equity + balance.cash, liability + max(-balance.cash, 0))
    return found


def isolated_keys(form: CurrencyForm, money: PocketMoney, isolated: int) -> dict[str, object]:
    """The keys of a balance that isolated positions in pairs change; ``isolated`` is the equity of those in contracts."""
    return {"isoEq": form.text(isolated + money.equity), "isoLiab": form.text(money.liability)}
