"""The engine numbers, journals, applies, publishes and answers, in this order and nothing out of it."""

import asyncio
import subprocess
import sys

import pytest

from lonja.core.commands import CancelOrder, Command, Deposit, PlaceOrder, Tick, Transfer
from lonja.core.events import Filled, OrderPlaced
from lonja.core.layout import decode_commands, encode_command
from lonja.core.rejections import Rejection
from lonja.core.views import Outcome
from lonja.engine.api import Engine, EventBatch
from lonja.engine.limits import EngineLimits
from lonja.primitives.errors import EngineStoppedError, SettingsError
from tests.engine.house import BASE, BUY, BUYER, FUNDS, LIMITS, QUOTE, SELL, SELLER, START_MS, World, accepted, order


async def test_is_an_engine() -> None:
    async with World().running() as sequencer:
        engine: Engine = sequencer
        assert engine.views.account_count() == 4


async def test_answers_with_what_the_core_says() -> None:
    async with World().running() as engine:
        order_id = accepted(await engine.submit(order()))
        assert engine.views.order(order_id) is not None
        assert (await engine.submit(order(size=0))).rejection == Rejection.SIZE_NOT_POSITIVE
        assert accepted(await engine.submit(CancelOrder(account=BUYER, order_id=order_id))) == order_id


async def test_a_sender_may_be_called_back_instead_of_waiting() -> None:
    heard: list[object] = []
    async with World().running() as engine:
        engine.subscribe(lambda _: heard.append("events"))
        engine.send([order(), order(size=0), order(size=2**70)], heard.append)
        engine.send([order(size=2**70)], heard.append)
        assert heard == [[Outcome(Rejection.FIELD_INVALID, 0)]], "what no record can hold is answered at once"
        await engine.submit(order())
    assert heard[1] == "events"
    answers = heard[2]
    assert isinstance(answers, list)
    rejections = [Rejection(outcome.rejection) for outcome in answers]
    assert rejections == [Rejection.NONE, Rejection.SIZE_NOT_POSITIVE, Rejection.FIELD_INVALID]


async def test_a_called_back_sender_hears_why_there_is_no_answer() -> None:
    heard: list[object] = []
    async with World().running() as engine:
        engine.send([order()], heard.append)
        engine.abort()
        assert [type(each) for each in heard] == [EngineStoppedError]
        with pytest.raises(EngineStoppedError):
            engine.send([order()], heard.append)
    assert len(heard) == 1


async def test_commands_keep_the_order_in_which_they_were_sent() -> None:
    async with World().running() as engine:
        answers = await asyncio.gather(*(engine.submit(order(name=f"n{i}")) for i in range(500)))
        ids = [accepted(answer) for answer in answers]
        assert ids == sorted(ids)
        names = [each.client_order_id for each in engine.views.open_orders(BUYER)]
        assert names == [f"n{i}" for i in range(500)]


async def test_all_that_waits_shares_one_commit() -> None:
    world = World()
    async with world.running() as engine:
        rows_before = len(list(world.journal.rows()))
        await asyncio.gather(*(engine.submit(order()) for _ in range(300)))
        rows = list(world.journal.rows())[rows_before:]
    assert [row.command_count for row in rows] == [300]


async def test_the_next_batch_collects_while_one_is_on_its_way() -> None:
    world = World()
    async with world.running() as engine:
        seen = len(list(world.journal.rows()))
        first = asyncio.ensure_future(engine.submit(order()))
        await asyncio.sleep(0)  # the first is sent
        await asyncio.sleep(0)  # and on its way to the disk
        others = [asyncio.ensure_future(engine.submit(order())) for _ in range(20)]
        await asyncio.gather(first, *others)
        counts = [row.command_count for row in world.journal.rows()][seen:]
    assert counts == [1, 20]


async def test_a_commit_is_bounded_in_commands_and_bytes() -> None:
    ten_orders = 10 * len(encode_command(order()))
    for limits in (EngineLimits(batch_commands_max=10), EngineLimits(batch_bytes_max=ten_orders)):
        world = World()
        async with world.running(limits) as engine:
            seen = len(list(world.journal.rows()))
            await asyncio.gather(*(engine.submit(order()) for _ in range(35)))
            rows = list(world.journal.rows())[seen:]
        assert [row.command_count for row in rows] == [10, 10, 10, 5]
        assert max(len(row.body) for row in rows) <= ten_orders


async def test_several_commands_of_one_sender_share_a_commit() -> None:
    world = World()
    async with world.running(EngineLimits(batch_commands_max=10)) as engine:
        seen = len(list(world.journal.rows()))
        await asyncio.gather(*(engine.submit_many([order()] * 6) for _ in range(3)))
        counts = [row.command_count for row in world.journal.rows()][seen:]
    assert counts == [6, 6, 6]


async def test_each_sender_may_have_a_commit_of_its_own() -> None:
    world = World()
    async with world.running(EngineLimits(batch_entries_max=1)) as engine:
        seen = len(list(world.journal.rows()))
        await asyncio.gather(engine.submit_many([order()] * 3), *(engine.submit(order()) for _ in range(4)))
        counts = [row.command_count for row in world.journal.rows()][seen:]
    assert counts == [3, 1, 1, 1, 1]


async def test_more_commands_than_fit_go_in_several_commits_in_order() -> None:
    world = World()
    async with world.running(EngineLimits(batch_commands_max=10, queue_commands_max=10)) as engine:
        answers = await engine.submit_many([order(name=f"n{i}") for i in range(35)])
        assert [accepted(answer) for answer in answers] == [each.order_id for each in engine.views.open_orders(BUYER)]
        assert len(answers) == 35


async def test_no_commands_no_commit() -> None:
    world = World()
    async with world.running() as engine:
        seen = len(list(world.journal.rows()))
        assert await engine.submit_many([]) == []
        assert len(list(world.journal.rows())) == seen


UNSTORABLE: list[Command] = [
    order(price=2**63),
    order(size=-(2**63) - 1),
    order(name="x" * 33),
    order(name="é"),
    order(name="a\0b"),
    order(name="\ud800"),
    PlaceOrder(account=BUYER, price=None, size=1),  # type: ignore[arg-type]
    PlaceOrder(account=BUYER, price=1.5, size=1),  # type: ignore[arg-type]
    PlaceOrder(account=BUYER, price=1, size=1, client_order_id=5),  # type: ignore[arg-type]
    Transfer(account=BUYER, amount="1"),  # type: ignore[arg-type]
]


async def test_a_command_that_no_record_can_hold_is_refused_alone() -> None:
    world = World()
    async with world.running() as engine:
        for command in UNSTORABLE:
            assert await engine.submit(command) == (Rejection.FIELD_INVALID, 0)
        answers = await engine.submit_many([order(name="good"), *UNSTORABLE, order(name="too")])
        assert [answer.rejection for answer in answers] == [0, *[Rejection.FIELD_INVALID] * len(UNSTORABLE), 0]
        assert await engine.submit_many(UNSTORABLE[:1]) == [(Rejection.FIELD_INVALID, 0)]
        assert [each.client_order_id for each in engine.views.open_orders(BUYER)] == ["good", "too"]


async def test_a_refused_command_does_not_disturb_its_neighbors() -> None:
    async with World().running() as engine:
        answers = await engine.submit_many([order(), order(account=99), order(price=-1), order()])
        assert [answer.rejection for answer in answers] == [
            0,
            Rejection.ACCOUNT_NOT_FOUND,
            Rejection.PRICE_NOT_POSITIVE,
            0,
        ]


async def test_subscribers_hear_events_before_senders_are_answered() -> None:
    async with World().running() as engine:
        heard: list[EventBatch] = []
        engine.subscribe(heard.append)
        order_id = accepted(await engine.submit(order()))
        assert [event.order_id for batch in heard for event in batch.events if isinstance(event, OrderPlaced)] == [
            order_id
        ]
        await engine.submit_many([order(SELLER, SELL, size=4), order(SELLER, SELL, size=4)])
        fills = [event for batch in heard for event in batch.events if isinstance(event, Filled)]
        assert [fill.order_filled for fill in fills if fill.order_id == order_id] == [4, 8]


async def test_batches_carry_their_place_in_history() -> None:
    world = World()
    async with world.running() as engine:
        heard: list[EventBatch] = []
        engine.subscribe(heard.append)
        next_command, last_sequence = world.journal.next_command(), engine.views.last_sequence()
        await engine.submit(order())
        await engine.submit_many([order(), order(size=0)])
        assert [(batch.first_command, batch.epoch, batch.shard) for batch in heard] == [
            (next_command, 1, 0),
            (next_command + 1, 1, 0),
        ]
        sequences = [event.sequence for batch in heard for event in batch.events]
        assert sequences == list(range(last_sequence + 1, engine.views.last_sequence() + 1))
        assert (heard[0].first_sequence, heard[-1].last_sequence) == (sequences[0], sequences[-1])


async def test_a_batch_without_events_is_not_published() -> None:
    async with World().running() as engine:
        heard: list[EventBatch] = []
        engine.subscribe(heard.append)
        await engine.submit(order(size=0))
        assert heard == []


async def test_every_command_gets_the_time_of_its_commit() -> None:
    world = World()
    async with world.running() as engine:
        seen = world.journal.next_command()
        world.clock.set_ms(START_MS + 1_000)
        await engine.submit_many([order(), Tick(time_ms=5), Deposit(account=BUYER, currency=QUOTE, amount=1)])
        (row,) = world.journal.rows(seen)
        assert row.time_ms == START_MS + 1_000
        assert [command.time_ms for command in decode_commands(row.body)] == [START_MS + 1_000] * 3


async def test_time_never_goes_back() -> None:
    world = World()
    async with world.running() as engine:
        await engine.submit(order())
        world.clock.set_ms(START_MS - 3_600_000)
        assert engine.now_ms() == START_MS
        order_id = accepted(await engine.submit(order()))
        placed = engine.views.order(order_id)
        assert placed is not None
        assert placed.created_time_ms == START_MS
        world.clock.set_ms(START_MS + 1)
        assert engine.now_ms() == START_MS + 1
    assert [row.time_ms for row in world.journal.rows()] == [START_MS] * 3


async def test_time_never_goes_back_over_a_restart() -> None:
    world = World()
    async with world.running() as engine:
        await engine.submit(order())
    world.clock.set_ms(START_MS - 3_600_000)
    async with world.running() as engine:
        assert engine.now_ms() == START_MS
        await engine.submit(order())
    assert [row.time_ms for row in world.journal.rows()] == [START_MS] * 3


async def test_a_sender_that_went_away_does_not_break_the_batch() -> None:
    async with World().running() as engine:
        senders = [asyncio.ensure_future(engine.submit(order(name=f"n{i}"))) for i in range(10)]
        await asyncio.sleep(0)
        for sender in senders[::2]:
            sender.cancel()
        answers = await asyncio.gather(*senders, return_exceptions=True)
        gone = [isinstance(answer, asyncio.CancelledError) for answer in answers]
        assert gone == [True, False] * 5
        # What was sent is carried out, whoever has gone meanwhile.
        assert len(engine.views.open_orders(BUYER)) == 10
        assert accepted(await engine.submit(order()))


async def test_repeats_of_a_gateway_session_are_answered_from_memory() -> None:
    world = World()
    command = order(name="once")._replace(session=7, session_sequence=1)
    async with world.running() as engine:
        first = await engine.submit(command)
        assert await engine.submit(command) == first
    async with world.running() as engine:
        assert await engine.submit(command) == first
        assert len(engine.views.open_orders(BUYER)) == 1


async def test_the_observer_hears_of_every_commit() -> None:
    class Counter:
        def __init__(self) -> None:
            self.commands = self.events = self.refused = 0
            self.seconds = 0.0

        def on_commit(self, command_count: int, seconds: float, waiting: int) -> None:
            self.commands += command_count
            self.seconds += seconds

        def on_apply(self, event_count: int, seconds: float) -> None:
            self.events += event_count
            self.seconds += seconds

        def on_refused(self, command_count: int) -> None:
            self.refused += command_count

    counter, world = Counter(), World()
    async with world.running(observer=counter) as engine:
        await engine.submit_many([order(), order(size=0)])
        assert engine.queue_depth == 0
        assert counter.commands == world.journal.next_command()
        assert counter.events == engine.views.last_sequence()
    assert counter.seconds > 0
    assert counter.refused == 0


async def test_money_is_where_the_trade_put_it() -> None:
    async with World().running() as engine:
        await asyncio.gather(
            *(engine.submit(order(price=100 + i % 3)) for i in range(50)),
            *(engine.submit(order(SELLER, SELL, price=100 + i % 3)) for i in range(50)),
        )
        balances = [each for account in range(4) for each in engine.views.balances(account)]
        assert [sum(each.cash for each in balances if each.currency == currency) for currency in (BASE, QUOTE)] == [
            0,
            0,
        ]
        assert engine.views.balance(BUYER, QUOTE, 1).cash < FUNDS


async def test_each_start_that_commits_has_an_epoch_of_its_own() -> None:
    world = World()
    for _ in range(3):
        async with world.running(LIMITS) as engine:
            await engine.submit(order(side=BUY))
    assert sorted({row.epoch for row in world.journal.rows()}) == [1, 2, 3]


def test_refuses_bounds_that_nothing_fits() -> None:
    for limits in ({"batch_commands_max": 0}, {"batch_commands_max": 11, "queue_commands_max": 10}):
        with pytest.raises(SettingsError):
            EngineLimits(**limits)


def test_refuses_to_run_without_asserts() -> None:
    program = (
        "from lonja.engine.sequencer import require_asserts\n"
        "try: require_asserts()\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    said = subprocess.run([sys.executable, "-O", "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.startswith("SettingsError")
    assert "without asserts" in said
