"""Work done again and again beside the loop: woken, failing, stopped."""

import asyncio
import threading

import pytest

from lonja.bootstrap.housekeeping import Housekeeper
from lonja.primitives.errors import DataError


async def until(done: threading.Event) -> None:
    assert await asyncio.to_thread(done.wait, 5)


async def test_it_begins_at_once_and_goes_on_when_woken() -> None:
    done = threading.Event()
    keeper = Housekeeper("a house", done.set, 3_600)
    for _ in range(3):
        await until(done)
        done.clear()
        keeper.wake()
    await keeper.close()


@pytest.mark.parametrize("fault", [DataError("The disk is full.", "Make room."), KeyError("ours")])
async def test_what_fails_once_is_tried_again(fault: Exception) -> None:
    faults, done = [fault], threading.Event()

    def work() -> None:
        if faults:
            raise faults.pop()
        done.set()

    keeper = Housekeeper("a house", work, 0.001)
    await until(done)
    await keeper.close()


async def test_whoever_closes_waits_for_what_is_under_way() -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        may_end.wait(5)
        ended.set()

    keeper = Housekeeper("a house", work, 3_600)
    await until(begun)
    closing = asyncio.create_task(keeper.close())
    await asyncio.sleep(0.01)
    assert not closing.done(), "the work may still use what would be closed next"
    may_end.set()
    await closing
    assert ended.is_set()
