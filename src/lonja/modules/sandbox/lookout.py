"""What prices matter for between two turns of the traders: positions, debts, and orders that wait for a price.

Why here: a leap of the clock has few turns, and prices go far between them; whoever would have been liquidated on the
way must be, near the price at which that is due, and not an hour later for the fund to pay. Invariant: what is not at
stake costs a leap nothing.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from lonja.core.kinds import AccountKind, AccountMode
from lonja.core.views import InstrumentView
from lonja.engine.api import EngineViews


class Stakes(NamedTuple):
    """What somebody may win or lose before the next turn.

    ``bases`` are currencies whose prices matter, ``instruments`` those whose books do, too, ``waited`` those whose trades
    algo orders wait for. ``funds`` are accounts of the Security Funds that may take something over.
    """

    bases: frozenset[str]
    instruments: frozenset[int]
    waited: frozenset[int]
    funds: tuple[int, ...]


NOTHING: Final = Stakes(frozenset(), frozenset(), frozenset(), ())


class Lookout:
    """Looks through the accounts of people and of crowds."""

    def __init__(self, views: EngineViews) -> None:
        """Nobody was looked at yet."""
        self._views = views
        self._people: list[int] = []
        self._seen = 0

    def stakes(self, crowd: Collection[int]) -> Stakes:
        """What is at stake now for people and for the accounts of a ``crowd``."""
        self._meet()
        instruments: set[int] = set()
        waited: set[int] = set()
        currencies: set[int] = set()
        for account in (*self._people, *crowd):
            instruments.update(one.instrument for one in self._views.positions(account) if one.lots)
            waited.update(one.terms.instrument for one in self._views.algos(account))
            currencies.update(self._collateral(account))
        found = [view for code in sorted(instruments | waited) if (view := self._views.instrument(code)) is not None]
        names = self._views.currencies()
        currencies.update(view.base for view in found)
        return Stakes(
            frozenset(names[code].name for code in currencies),
            frozenset(view.instrument for view in found),
            frozenset(waited),
            tuple(self._funds(found)),
        )

    def _meet(self) -> None:
        """Take note of accounts that were opened meanwhile."""
        count = self._views.account_count()
        for number in range(self._seen, count):
            account = self._views.account(number)
            if account is not None and account.kind == AccountKind.CUSTOMER:
                self._people.append(number)
        self._seen = count

    def _collateral(self, number: int) -> Iterator[int]:
        """The currencies whose prices decide whether an account that owes something or holds positions goes on."""
        account = self._views.account(number)
        if account is None or account.account_mode < AccountMode.MULTI_CURRENCY:
            return
        known = self._views.liabilities(number)
        if any(one.liability or one.to_come for one in known) or any(one.lots for one in self._views.positions(number)):
            yield from (one.currency for one in known if one.equity)

    def _funds(self, found: Sequence[InstrumentView]) -> Iterator[int]:
        contracts = (self._views.contract(view.instrument) for view in found)
        families = {contract.family for contract in contracts if contract is not None}
        return (view.fund_account for view in self._views.families() if view.family in families)
