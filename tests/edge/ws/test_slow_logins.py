"""A passphrase that has to be hashed first: others do not wait for it, and who sends it loses nothing."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from lonja.edge.ws import dialogue
from lonja.modules.identity import passphrases
from tests.edge.ws.house import OTHER, TRADER, House, login_arg

ORDERS = {"channel": "orders", "instType": "SPOT"}


class SlowHash:
    """Stands for scrypt, takes as long as the test wants, and finds what ``fits`` says."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.fits = True

    def __call__(self, passphrase: str, stored: bytes) -> bool:
        del passphrase, stored
        self.begun.set()
        assert self.may_end.wait(20), "nobody ended it"
        return self.fits


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowHash]:
    made = SlowHash()
    monkeypatch.setattr(passphrases, "passphrase_fits", made)
    yield made
    made.may_end.set()


def login(house: House, account: int) -> dict[str, object]:
    return {"op": "login", "id": "1", "args": [login_arg(house.keys[account])]}


async def test_what_is_sent_right_after_a_login_is_answered_after_it_in_order(house: House, slow: SlowHash) -> None:
    async with house.client("private") as quick, house.client("private") as new:
        slow.may_end.set()
        await quick.login(house.keys[TRADER])
        slow.may_end.clear()
        new.send(login(house, OTHER))
        new.send({"op": "subscribe", "id": "2", "args": [ORDERS]})
        new.send("nonsense")
        new.send(login(house, OTHER))
        new.send("ping")
        assert await new.next() == "pong", "which is no request"
        assert await asyncio.to_thread(slow.begun.wait, 5)
        assert (await quick.ask({"op": "subscribe", "args": [ORDERS]}))["event"] == "subscribe"
        slow.may_end.set()
        answers = [await new.next() for _ in range(4)]
        assert [(answer["event"], answer.get("code"), answer.get("id")) for answer in answers] == [
            ("login", "0", "1"),
            ("subscribe", None, "2"),
            ("error", "60012", None),
            ("error", "60031", "1"),
        ]


async def test_more_than_fits_is_refused_and_the_rest_answered(
    house: House, slow: SlowHash, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogue, "HELD_BYTES_MAX", 200)
    async with house.client("private") as client:
        client.send(login(house, OTHER))
        for number in range(2, 6):
            client.send({"op": "subscribe", "id": str(number), "args": [ORDERS]})
        early = await client.next()
        assert (early["event"], early["code"], early["id"]) == ("error", "60014", "4")
        assert (await client.next())["id"] == "5"
        slow.may_end.set()
        assert [(await client.next())["id"] for _ in range(3)] == ["1", "2", "3"]


async def test_a_wrong_passphrase_ends_the_connection_and_what_came_after_it(house: House, slow: SlowHash) -> None:
    slow.fits = False
    async with house.client("private") as client:
        client.send(login(house, OTHER))
        client.send({"op": "subscribe", "id": "2", "args": [ORDERS]})
        slow.may_end.set()
        answer = await client.next()
        assert (answer["event"], answer["code"]) == ("error", "60024")
        assert await client.end() == 4001


async def test_who_hangs_up_during_a_login_is_forgotten(house: House, slow: SlowHash) -> None:
    async with house.client("private") as client:
        client.send(login(house, OTHER))
        assert await asyncio.to_thread(slow.begun.wait, 5)
    slow.may_end.set()
    async with house.client("private", OTHER) as again:
        assert (await again.ask({"op": "subscribe", "args": [ORDERS]}))["event"] == "subscribe"


async def test_when_too_many_wait_a_login_is_refused_for_now(house: House, slow: SlowHash) -> None:
    async with asyncio.TaskGroup() as clients:
        for number in range(5):
            clients.create_task(_one_guess(house, f"guess-{number}", slow))


async def _one_guess(house: House, passphrase: str, slow: SlowHash) -> None:
    slow.fits = False
    arg = {**login_arg(house.keys[OTHER]), "passphrase": passphrase}
    async with house.client("private") as client:
        client.send({"op": "login", "args": [arg]})
        answer = await client.next()
        assert answer["code"] in ("63999", "60024")
        if answer["code"] == "63999":
            slow.may_end.set()
        assert await client.end() == 4001


async def test_a_fault_during_a_login_ends_that_connection_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fault(*_: object, **__: object) -> bool:
        raise RuntimeError("a fault of ours")

    async with house.client("private") as client, house.client("private", TRADER) as other:
        monkeypatch.setattr(type(house.services.authenticator), "login", fault)
        client.send(login(house, OTHER))
        assert await client.end() == 1011
        assert (await other.ask({"op": "subscribe", "args": [ORDERS]}))["event"] == "subscribe"
