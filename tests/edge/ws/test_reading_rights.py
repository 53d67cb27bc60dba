"""Private channels are for who may read by key, and end with that right."""

from pathlib import Path

from lonja.modules.governance.api import AccountState, Gate, RuleBook, UserFacts
from tests.edge.ws.house import SELL, TRADER, open_house

RULES = RuleBook.of_folder()
ACCOUNT, ORDERS = {"channel": "account"}, {"channel": "orders", "instType": "SPOT"}
TICKERS = {"channel": "tickers", "instId": "QUIET-USDT"}


class Person:
    """Whose account it is, and what is known of them."""

    def __init__(self) -> None:
        self.facts = UserFacts("CH", 2, factors=frozenset({"authenticator", "phone", "email"}))
        self.gate = Gate(RULES, lambda account: account)
        self.gate.govern(TRADER, lambda: self.facts)

    def become(self, state: AccountState) -> None:
        self.facts = UserFacts("CH", 2, factors=self.facts.factors, state=state)
        self.gate.renew(TRADER)


async def test_who_may_not_read_follows_nothing_of_the_account_but_may_still_cancel(tmp_path: Path) -> None:
    person = Person()
    async with open_house(tmp_path, gate=person.gate) as house:
        order_id = await house.place(TRADER, SELL, 20_000, 10)
        person.become(AccountState.FROZEN)
        async with house.client("private", TRADER) as client:
            client.send({"id": "1", "op": "subscribe", "args": [ACCOUNT]})
            refused = await client.next()
            assert (refused["event"], refused["code"]) == ("error", "51024")
            cancel = {"instId": "QUIET-USDT", "ordId": str(order_id)}
            client.send({"id": "2", "op": "cancel-order", "args": [cancel]})
            assert (await client.next())["data"][0]["sCode"] == "0"
            assert not house.engine.views.open_orders(TRADER)


async def test_a_connection_that_follows_an_account_ends_with_the_right_to_read_it(tmp_path: Path) -> None:
    person = Person()
    async with (
        open_house(tmp_path, gate=person.gate) as house,
        house.client("public", TRADER) as market,
        house.client("private", TRADER) as client,
    ):
        await market.subscribe(TICKERS)
        await client.subscribe(ORDERS)
        person.become(AccountState.FROZEN)
        assert await client.end() == 4007
        await house.place(TRADER, SELL, 20_000, 10)
        assert (await market.next())["arg"] == TICKERS, "the market is open to everybody"
