"""What governance refuses is refused on every way in, with the code that clients know."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from lonja.edge.errors import MESSAGES
from lonja.edge.gate import CODES
from lonja.edge.orders import run_order_operation
from lonja.edge.rest.operation import PREFIX
from lonja.edge.rest.operations import OPERATIONS
from lonja.edge.session import Session
from lonja.modules.governance.api import (
    ANY_SESSION,
    AccountState,
    Capability,
    Decision,
    Gate,
    HoldFact,
    Reason,
    RestrictionFact,
    RuleBook,
    UserFacts,
    entitlements,
)
from lonja.modules.identity.api import Permission
from tests.edge.house import START_MS, TRADER, House, open_house, order

RULES = RuleBook.of_folder()
ALL_FACTORS = frozenset({"authenticator", "phone", "email"})
QUIET = "QUIET-USDT"


class Turnstile:
    """A gate whose person a test chooses."""

    def __init__(self) -> None:
        self.facts = UserFacts("CH", 2, factors=ALL_FACTORS)
        self.gate = Gate(RULES, lambda account: account)
        self.gate.govern(TRADER, lambda: self.facts)

    def become(self, residence: str = "CH", level: int = 2, **facts: object) -> None:
        self.facts = UserFacts(residence, level, factors=ALL_FACTORS, **facts)  # type: ignore[arg-type]
        self.gate.renew(TRADER)

    def refusal(
        self, account: int, capabilities: Sequence[Capability], now_ms: int, *, reduces: bool = False, place: str = ""
    ) -> Decision | None:
        return self.gate.refusal(account, capabilities, now_ms, reduces=reduces, place=place)

    def leverage_max(self, account: int, capability: Capability, now_ms: int) -> int | None:
        return self.gate.leverage_max(account, capability, now_ms)


@pytest.fixture
def turnstile() -> Turnstile:
    return Turnstile()


@pytest.fixture
async def rest(tmp_path: Path, turnstile: Turnstile) -> AsyncIterator[House]:
    async with open_house(tmp_path, gate=turnstile) as running:
        yield running


REFUSED = [
    # who, code of an order
    ({"residence": "US"}, "51155"),
    ({"residence": "CU"}, "51155"),
    ({"residence": "UA-43"}, "51155"),
    ({"residence": "CN"}, "51155"),
    ({"residence": ""}, "51155"),
    ({"level": 0}, "50027"),
    ({"state": AccountState.FROZEN}, "51024"),
    ({"restrictions": (RestrictionFact("risk_review"),)}, "50027"),
    ({"restrictions": (RestrictionFact("dispute"),)}, "0"),
    ({"holds": (HoldFact("password_changed", None),)}, "0"),
    ({}, "0"),
]


@pytest.mark.parametrize(("who", "code"), REFUSED)
async def test_orders_are_refused_with_the_right_code(rest: House, turnstile: Turnstile, who, code: str) -> None:
    turnstile.become(**who)
    reply = await rest.trader.post("trade/order", order())
    assert reply.row["sCode"] == code
    assert reply.status == 200
    batch = await rest.trader.post("trade/batch-orders", [order(), order()])
    assert [row["sCode"] for row in batch.data] == [code, code]
    assert (await rest.other.post("trade/order", order())).row["sCode"] == "0"


async def test_the_sentence_tells_why(rest: House, turnstile: Turnstile) -> None:
    turnstile.become("US")
    reply = await rest.trader.post("trade/order", order())
    assert reply.row["sMsg"] == (
        "Local rules do not permit it. Trading by API: not possible. The exchange is not offered where you live."
    )


async def test_orders_by_web_socket_meet_the_same_gate(rest: House, turnstile: Turnstile) -> None:
    turnstile.become("CU")
    session = Session(TRADER, "1", rest.trader.key.key, "")
    for operation, args in (("order", [order()]), ("batch-orders", [order()] * 2)):
        reply = await run_order_operation(rest.services, session, operation, args, None)
        assert {row["sCode"] for row in reply.data} == {"51155"}


async def test_an_order_can_be_canceled_whatever_is_closed(rest: House, turnstile: Turnstile) -> None:
    placed = (await rest.trader.post("trade/order", order())).row["ordId"]
    turnstile.become("CU")
    one = {"instId": QUIET, "ordId": placed}
    assert (await rest.trader.post("trade/amend-order", one | {"newSz": "2"})).row["sCode"] == "51155"
    assert (await rest.trader.post("trade/cancel-order", one)).row["sCode"] == "0"


async def test_who_may_only_reduce_may_sell(rest: House, turnstile: Turnstile) -> None:
    bought = (await rest.trader.post("trade/order", order())).row["ordId"]
    sell = order(side="sell", px="101", clOrdId="s")
    turnstile.become(questionnaire_since_ms=START_MS - 15 * 86_400_000)
    assert (await rest.trader.post("trade/order", order())).row["sCode"] == "50027"
    assert (await rest.trader.post("trade/order", sell)).row["sCode"] == "0"
    amend = {"instId": QUIET, "newSz": "2"}
    assert (await rest.trader.post("trade/amend-order", amend | {"ordId": bought})).row["sCode"] == "50027"
    assert (await rest.trader.post("trade/amend-order", amend | {"clOrdId": "s"})).row["sCode"] == "0"
    assert (await rest.trader.post("trade/amend-order", amend | {"ordId": "999"})).row["sCode"] == "50027"


MONEY = [
    # who, path, body, code
    ({"state": AccountState.FROZEN}, "asset/transfer", {"ccy": "USDT", "amt": "1", "from": "18", "to": "6"}, "58004"),
    ({"residence": "CU"}, "asset/transfer", {"ccy": "USDT", "amt": "1", "from": "18", "to": "6"}, "51155"),
    ({"residence": "US"}, "asset/transfer", {"ccy": "USDT", "amt": "1", "from": "18", "to": "6"}, "0"),
    ({"level": 0}, "users/subaccount/create-subaccount", {"subAcct": "trader1", "type": "1"}, "50027"),
]


@pytest.mark.parametrize(("who", "path", "body", "code"), MONEY)
async def test_money_meets_the_gate_too(rest: House, turnstile: Turnstile, who, path: str, body, code: str) -> None:
    turnstile.become(**who)
    assert (await rest.trader.post(path, body)).code == code


READERS = [
    # who, whether an account may be read by key, code of a refusal
    ({"residence": "US"}, True, ""),
    ({"level": 0}, True, ""),
    ({"residence": ""}, True, ""),
    ({"holds": (HoldFact("password_changed", None),)}, True, ""),
    ({"residence": "CU"}, False, "51155"),
    ({"state": AccountState.FROZEN}, False, "51024"),
    ({"state": AccountState.CLOSING}, False, "51024"),
    ({"state": AccountState.CLOSED}, False, "51024"),
]
READING = [row for row in OPERATIONS if row.permission is Permission.READ]


def test_every_operation_that_reads_asks_before() -> None:
    assert READING
    assert {row.right for row in READING} == {Capability.API_READ}


@pytest.mark.parametrize(("who", "may_read", "code"), READERS)
async def test_who_may_not_read_by_key_reads_nothing(
    rest: House, turnstile: Turnstile, who, may_read: bool, code: str
) -> None:
    turnstile.become(**who)
    for row in READING:
        path = row.path.removeprefix(PREFIX + "/")
        reply = await (rest.trader.get(path) if row.method == "GET" else rest.trader.post(path, {}))
        assert (reply.code == code) if code else (reply.code not in ("51155", "51024", "50027")), (path, reply)
        assert (reply.data == []) or may_read, path
    assert (await rest.other.get("account/balance")).code == "0"


async def test_who_may_not_operate_changes_no_setting(rest: House, turnstile: Turnstile) -> None:
    turnstile.become(state=AccountState.FROZEN)
    settings = [row for row in OPERATIONS if row.right is Capability.ACCOUNT_OPERATE]
    assert {row.path for row in settings} >= {
        PREFIX + "/account/set-position-mode",
        PREFIX + "/users/subaccount/apikey",
    }
    for row in settings:
        assert (await rest.trader.post(row.path.removeprefix(PREFIX + "/"), {"a": "b"})).code == "51024", row.path


def test_every_reason_to_deny_has_a_code() -> None:
    assert set(CODES) == set(Reason) - {Reason.ALLOWED, Reason.CEILING}
    assert set(CODES.values()) <= set(MESSAGES)


def test_nobody_is_governed_by_a_capability_that_rules_do_not_know() -> None:
    assert set(entitlements(UserFacts(), ANY_SESSION, RULES, START_MS).decisions) == set(Capability)
