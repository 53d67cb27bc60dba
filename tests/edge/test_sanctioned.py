"""Somebody whose residence is sanctioned trades by no path: no operation, no client, no sub-account, no older key."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lonja.core.commands import CreateAccount, Deposit
from lonja.edge.orders import run_order_operation
from lonja.edge.rest.operation import PREFIX, Operation
from lonja.edge.rest.operations import OPERATIONS
from lonja.edge.session import Session
from lonja.modules.governance.api import Gate, UserFacts
from lonja.modules.identity.api import Permission
from tests.edge.house import QUIET, TRADER, USDT, Caller, House, open_house, order
from tests.modules.governance.people import RULES, SANCTIONED, ready, someone

SUB_NAME, FUNDS = "trader1", 10**12
PROPERTY = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ACTING = [row for row in OPERATIONS if row.method == "POST" and row.permission is not Permission.READ]
CANCELS = ("cancel-order", "batch-cancel-orders")
"""What everybody may do anywhere."""

TRANSFER = {"ccy": "USDT", "amt": "1", "from": "18", "to": "6"}
BODIES: dict[str, object] = {
    "/asset/transfer": TRANSFER,
    "/asset/subaccount/transfer": TRANSFER | {"fromSubAccount": SUB_NAME, "toSubAccount": SUB_NAME},
    "/asset/withdrawal": {"ccy": "USDT", "amt": "1", "dest": "4", "toAddr": "x", "chain": "USDT-TRC20"},
    "/users/subaccount/create-subaccount": {"subAcct": "trader2", "type": "1"},
}
"""Bodies that would work for somebody else; other operations are given an order, which is what they might place."""


class Family(NamedTuple):
    """A person's accounts, with keys made while the person lived where trading is open."""

    runner: asyncio.Runner
    house: House
    gate: Gate
    who: list[UserFacts]
    callers: tuple[Caller, Caller]

    def move(self, facts: UserFacts) -> None:
        """The person is described by ``facts`` from now on."""
        self.who[0] = facts
        self.gate.renew(TRADER)

    def wealth(self) -> list[object]:
        """What the whole house has and has on offer."""
        views = self.house.engine.views
        orders = [views.open_orders(account) for account in range(views.account_count())]
        return [self.house.balances(), orders, views.account_count()]


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Family]:
    """A house that is open as long as the tests of this file run, on a loop of its own."""
    with asyncio.Runner() as runner:
        opening = _family(runner, tmp_path_factory.mktemp("sanctioned"))
        found = runner.run(anext(opening))
        yield found
        assert runner.run(anext(opening, None)) is None


async def _family(runner: asyncio.Runner, folder: Path) -> Any:
    who = [ready()]
    house: House

    def master_of(account: int) -> int:
        view = house.engine.views.account(account)
        return account if view is None else view.master

    gate = Gate(RULES, master_of)
    async with open_house(folder, own_keys=True, gate=gate) as house:
        sub = (await house.engine.submit(CreateAccount(master=TRADER))).id
        for ledger in (0, 1):
            for currency in (USDT, QUIET):
                await house.engine.submit(Deposit(account=sub, currency=currency, ledger=ledger, amount=FUNDS))
        house.services.identity.sub_accounts.register(TRADER, sub, SUB_NAME, "")
        gate.govern(TRADER, lambda: who[0])
        callers = house.trader, house.caller(sub)
        for caller in callers:
            assert (await caller.place(sz="0.1")).row["sCode"] == "0", "there is something to amend and to cancel"
        yield Family(runner, house, gate, who, callers)


def body_of(operation: Operation, instrument_id: str, order_id: str, side: str, kind: str) -> object:
    """A body that would work for somebody else."""
    given_order = order(instId=instrument_id, side=side, ordType=kind) | {"ordId": order_id, "newSz": "2"}
    body = BODIES.get(operation.path.removeprefix(PREFIX), given_order)
    return [body] if "batch" in operation.path else body


@PROPERTY
@given(someone(SANCTIONED), st.sampled_from(["buy", "sell"]), st.sampled_from(["limit", "market", "ioc", "fok"]))
def test_no_operation_trades_or_moves_anything(family: Family, who: UserFacts, side: str, kind: str) -> None:
    family.move(who)
    before = family.wealth()

    async def try_all() -> None:
        for caller in family.callers:
            (resting,) = family.house.engine.views.open_orders(caller.key.key.account)
            for operation in ACTING:
                if operation.order_operation not in CANCELS:
                    body = body_of(operation, "QUIET-USDT", str(resting.order_id), side, kind)
                    path = operation.path.removeprefix(PREFIX + "/")
                    reply = await caller.post(path, body)
                    assert reply.status != 500, (path, reply)
                    assert family.wealth() == before, (path, reply)

    family.runner.run(try_all())


BY_SOCKET = ("order", "batch-orders", "amend-order", "batch-amend-orders")


def test_every_order_operation_is_tried_by_socket() -> None:
    named = {row.order_operation for row in OPERATIONS if row.order_operation}
    assert named == {*BY_SOCKET, *CANCELS}


@PROPERTY
@given(someone(SANCTIONED), st.sampled_from(["buy", "sell"]))
def test_no_web_socket_trades(family: Family, who: UserFacts, side: str) -> None:
    family.move(who)
    before = family.wealth()

    async def try_all() -> None:
        for caller in family.callers:
            key = caller.key.key
            (resting,) = family.house.engine.views.open_orders(key.account)
            arg = order(side=side) | {"ordId": str(resting.order_id), "newSz": "2"}
            for operation in BY_SOCKET:
                session = Session(key.account, "1", key, "")
                reply = await run_order_operation(family.house.services, session, operation, [arg], None)
                assert {row["sCode"] for row in reply.data} <= {"51155", "51024", "50027"}, (operation, reply)
                assert all(row["sMsg"] for row in reply.data)
                assert family.wealth() == before, operation

    family.runner.run(try_all())


def test_who_lives_elsewhere_trades_by_the_same_requests(family: Family) -> None:
    """Or else the tests above would prove nothing."""
    family.move(ready())

    async def try_some() -> None:
        for caller in family.callers:
            placed = await caller.place(sz="0.1")
            assert placed.row["sCode"] == "0"
            assert (await caller.post("asset/transfer", TRANSFER)).code == "0"
            canceled = await caller.post("trade/cancel-order", {"instId": "QUIET-USDT", "ordId": placed.row["ordId"]})
            assert canceled.row["sCode"] == "0"

    family.runner.run(try_some())
