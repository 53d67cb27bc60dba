"""Transfers are found by either id, by those who took part, and again after a rebuild from the journal."""

from collections.abc import Callable

import pytest

from lonja.core import commands as c
from lonja.core.texts import Text32
from lonja.modules.history.api import History, TransferRecord
from tests.modules.desk import ALICE, BOB, START_MS, USDT, Desk

OpenHistory = Callable[..., History]
FUNDING, TRADING = 0, 1


@pytest.mark.parametrize("rebuilt", [False, True], ids=["as it goes", "rebuilt"])
async def test_transfers(database_url: str, open_history: OpenHistory, rebuilt: bool) -> None:
    desk = Desk()
    (sub,) = desk.run(c.CreateAccount(master=ALICE))
    move = c.Transfer(account=ALICE, currency=USDT, from_ledger=TRADING, client_transfer_id=Text32("x1"))
    own, there, back = desk.run(
        move._replace(amount=5, to_ledger=FUNDING),
        move._replace(amount=7, to_account=sub, to_ledger=TRADING),
        c.Transfer(account=sub, amount=2, to_account=ALICE, currency=USDT, from_ledger=TRADING, to_ledger=FUNDING),
    )
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    if rebuilt:
        history.rebuild()
    expected = {
        own: TransferRecord(own, ALICE, ALICE, USDT, 5, TRADING, FUNDING, "x1", START_MS),
        there: TransferRecord(there, ALICE, sub, USDT, 7, TRADING, TRADING, "x1", START_MS),
        back: TransferRecord(back, sub, ALICE, USDT, 2, TRADING, FUNDING, "", START_MS),
    }
    for transfer_id, record in expected.items():
        for accounts in ([ALICE], [ALICE, sub], [sub]):
            seen = bool({record.account, record.to_account} & set(accounts))
            found = await history.transfer(accounts, transfer_id=transfer_id)
            assert (found is not None and found._replace(time_ms=START_MS)) == (seen and record)
        assert await history.transfer([BOB], transfer_id=transfer_id) is None
    for accounts, newest in (([ALICE], there), ([sub], there), ([ALICE, sub], there)):
        found = await history.transfer(accounts, client_transfer_id="x1")
        assert found is not None
        assert found.transfer_id == newest
    assert await history.transfer([BOB], client_transfer_id="x1") is None
    assert await history.transfer([ALICE, sub], client_transfer_id="") is None
    assert await history.transfer([ALICE, sub], transfer_id=own - 1) is None


async def test_bills_of_transfers_between_accounts(database_url: str, open_history: OpenHistory) -> None:
    desk = Desk()
    (sub,) = desk.run(c.CreateAccount(master=ALICE))
    desk.run(
        c.Transfer(account=ALICE, amount=5, currency=USDT, from_ledger=TRADING, to_ledger=FUNDING),
        c.Transfer(account=ALICE, amount=7, currency=USDT, from_ledger=TRADING, to_account=sub, to_ledger=FUNDING),
    )
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())

    async def changes(account: int, ledger: int | None, **filters: object) -> list[int]:
        return [bill.change for bill in await history.bills(account, ledger, currency=USDT, **filters)]  # type: ignore[arg-type]

    assert await changes(ALICE, None, between_accounts=True) == [-7]
    assert (await changes(ALICE, None, between_accounts=False))[:2] == [5, -5]
    assert await changes(ALICE, None, other_account=sub) == [-7]
    assert await changes(sub, FUNDING, between_accounts=True) == [7]
    assert await changes(sub, TRADING) == []
