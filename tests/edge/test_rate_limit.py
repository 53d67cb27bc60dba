"""Windows: how many fit, when they open again, that they are independent, and that memory is bounded."""

from pathlib import Path

from lonja.edge.rate_limit import Rate, RateLimits
from lonja.edge.services import EdgeSettings
from tests.edge.house import open_house, order

RATE = Rate(3, 2.0)


class Watch:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_window_admits_its_limit_and_opens_again() -> None:
    watch = Watch()
    limits = RateLimits(watch)
    assert [limits.take("a", RATE) for _ in range(5)] == [True, True, True, False, False]
    watch.now += 1.999
    assert not limits.take("a", RATE)
    watch.now += 0.001
    assert limits.take("a", RATE)


def test_keys_are_independent() -> None:
    limits = RateLimits(Watch())
    assert limits.take("a", RATE, 3)
    assert not limits.take("a", RATE)
    assert limits.take("b", RATE)


def test_several_units_fit_wholly_or_not_at_all() -> None:
    limits = RateLimits(Watch())
    assert limits.take("a", RATE, 2)
    assert not limits.take("a", RATE, 2)
    assert limits.take("a", RATE, 1)
    assert not limits.take("new", RATE, 4)


def test_several_keys_are_counted_all_or_none() -> None:
    limits = RateLimits(Watch())
    assert limits.take_all({"a": 2, "b": 3}, RATE)
    assert not limits.take_all({"a": 1, "b": 1}, RATE)
    assert limits.take_all({"a": 1, "c": 1}, RATE)
    assert not limits.take("a", RATE)
    assert not limits.take_all({"new": 4}, RATE)
    assert RateLimits(Watch(), enabled=False).take_all({"new": 4}, RATE)


def test_switched_off_it_admits_everything() -> None:
    limits = RateLimits(Watch(), enabled=False)
    assert all(limits.take("a", RATE) for _ in range(100))


def test_memory_is_bounded_and_expired_windows_go_first() -> None:
    watch = Watch()
    limits = RateLimits(watch, buckets_max=10)
    for key in range(10):
        limits.take(key, RATE, 3)
    watch.now += 2.0
    limits.take("fresh", RATE, 3)
    assert list(limits._buckets) == ["fresh"]
    for key in range(1000):
        limits.take(key, RATE)
    assert len(limits._buckets) <= 10


async def test_public_questions_are_counted_per_address(tmp_path: Path) -> None:
    async with open_house(tmp_path, EdgeSettings()) as house:
        codes = [(await house.get("public/time")).code for _ in range(11)]
        assert codes == ["0"] * 10 + ["50011"]
        limited = await house.get("public/time")
        assert limited.status == 429
        assert limited.data == []
        assert (await house.get("public/time", address="127.0.0.2")).code == "0"


async def test_instruments_are_counted_per_type_and_made_up_types_together(tmp_path: Path) -> None:
    async with open_house(tmp_path, EdgeSettings()) as house:
        for _ in range(20):
            assert (await house.get("public/instruments", instType="SWAP")).code == "0"
        assert (await house.get("public/instruments", instType="SWAP")).code == "50011"
        assert (await house.get("public/instruments", instType="SPOT")).code == "0"
        codes = {(await house.get("public/instruments", instType=f"X{n}")).code for n in range(30)}
        assert codes == {"51000", "50011"}


async def test_private_questions_are_counted_per_account_not_per_key(tmp_path: Path) -> None:
    async with open_house(tmp_path, EdgeSettings()) as house:
        second = house.caller(2)
        codes = [(await (house.trader, second)[n % 2].get("account/config")).code for n in range(6)]
        assert codes == ["0"] * 5 + ["50011"]
        assert (await house.other.get("account/config")).code == "0"


async def test_orders_are_counted_per_account_and_instrument(tmp_path: Path) -> None:
    async with open_house(tmp_path, EdgeSettings()) as house:
        replies = [await house.trader.place() for _ in range(61)]
        assert [reply.code for reply in replies] == ["0"] * 60 + ["50011"]
        assert replies[-1].status == 429
        assert (await house.trader.place(instId="BTC-USDT", px="9000", sz="1")).code == "0"
        assert (await house.other.place()).code == "0"
        # A batch of one counts as a single order, larger ones have a window of their own.
        assert (await house.trader.post("trade/batch-orders", [order()])).code == "50011"
        assert (await house.trader.post("trade/batch-orders", [order(), order()])).code == "0"
        # Canceling and amending are counted apart.
        order_id = replies[0].row["ordId"]
        amended = {"instId": "QUIET-USDT", "ordId": order_id, "newPx": "98"}
        assert (await house.trader.post("trade/amend-order", amended)).code == "0"
        assert (await house.trader.post("trade/cancel-order", {"instId": "QUIET-USDT", "ordId": order_id})).code == "0"


async def test_a_full_batch_window_refuses_only_its_instrument(tmp_path: Path) -> None:
    async with open_house(tmp_path, EdgeSettings()) as house:
        for _ in range(15):
            await house.trader.post("trade/batch-orders", [order(sz="0.001")] * 20)
        mixed = [order(), order(instId="BTC-USDT", px="9000")]
        reply = await house.trader.post("trade/batch-orders", mixed)
        assert reply.code == "2"
        assert [row["sCode"] for row in reply.data] == ["50011", "0"]
        assert (await house.trader.post("trade/batch-orders", [order()] * 2)).code == "50011"


async def test_an_account_has_a_limit_over_all_instruments(tmp_path: Path) -> None:
    async with open_house(tmp_path, EdgeSettings(account_rate=Rate(5, 2.0))) as house:
        assert (await house.trader.post("trade/batch-orders", [order()] * 4)).code == "0"
        assert (await house.trader.place(instId="BTC-USDT", px="9000")).code == "0"
        refused = await house.trader.place()
        assert (refused.code, refused.status, refused.data) == ("50061", 200, [])
        assert (await house.other.place()).code == "0"


async def test_algo_orders_are_canceled_twenty_in_two_seconds_and_instrument(tmp_path: Path) -> None:
    """Each order counts, in the window of its instrument; a request beyond one of them counts in none."""
    async with open_house(tmp_path, settings=EdgeSettings()) as house:
        quiet, other = ({"instId": name, "algoId": "7"} for name in ("QUIET-USDT", "BTC-USDT"))
        sent = [[quiet] * 10, [quiet] * 9, [other] * 10 + [quiet], [other] * 5 + [quiet], [other] * 10]
        codes = [(await house.trader.post("trade/cancel-algos", items)).code for items in sent]
        assert codes == ["1", "1", "51406", "50011", "1"]
        assert (await house.trader.post("trade/cancel-algos", [])).code == "51406"
        assert (await house.trader.post("trade/cancel-advance-algos", [quiet] * 30)).code == "51406"
