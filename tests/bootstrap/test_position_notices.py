"""People hear by message what happened to their positions: once, and only what concerns them."""

import asyncio
from collections.abc import Mapping

import pytest

from lonja.bootstrap.position_notices import DELEVERAGED, LIQUIDATED, WAITING_MAX, WARNED, PositionNotices, teller
from lonja.bootstrap.wiring import House
from lonja.core.events import Event, MarginWarned, PositionChanged
from lonja.core.kinds import PositionCause
from lonja.engine.api import EventBatch
from lonja.engine.sequencer import Sequencer
from lonja.modules.notices.texts import TEXTS
from lonja.primitives.errors import RefusedError
from tests.bootstrap.conftest import SUB
from tests.engine.house import BUYER

HOUSE_ACCOUNT = 0
NEVER = 3_600.0


def changed(account: int, cause: PositionCause, lots: int, price: int = 90) -> PositionChanged:
    names = (9, 1, account, 0, 0, 0, int(cause), 0, price, lots, 0, 0, 0)
    return PositionChanged(*names, *(0,) * 10)


def warned(account: int) -> MarginWarned:
    return MarginWarned(8, 1, account, 0, 0, 0, 2_900_000)


def batch(*events: Event) -> EventBatch:
    return EventBatch(0, 1, 0, 8, 9, 1, events)


class Post:
    """What was told, and to whom."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, str, dict[str, str]]] = []

    def tell(self, account: int, name: str, values: Mapping[str, str]) -> None:
        self.sent.append((account, name, dict(values)))


@pytest.mark.parametrize(
    ("cause", "names"),
    [
        (PositionCause.LIQUIDATED, [LIQUIDATED]),
        (PositionCause.DELEVERAGED, [DELEVERAGED]),
        (PositionCause.FILLED, []),
        (PositionCause.FUNDING, []),
        (PositionCause.DELIVERED, []),
    ],
)
async def test_what_is_told(engine: Sequencer, cause: PositionCause, names: list[str]) -> None:
    post = Post()
    notices = PositionNotices(engine, post.tell, NEVER)
    notices.on_batch(batch(changed(BUYER, cause, -30)))
    await asyncio.to_thread(notices.tell_waiting)
    assert [name for _, name, _ in post.sent] == names
    await notices.close()


async def test_what_happens_together_is_told_once_and_to_the_master(engine: Sequencer) -> None:
    post = Post()
    notices = PositionNotices(engine, post.tell, NEVER)
    liquidated = [changed(SUB, PositionCause.LIQUIDATED, lots, price) for lots, price in ((-30, 90), (-12, 88))]
    notices.on_batch(batch(warned(SUB), *liquidated, changed(HOUSE_ACCOUNT, PositionCause.LIQUIDATED, 7)))
    await asyncio.to_thread(notices.tell_waiting)
    view = engine.views.instrument(0)
    assert view is not None
    ((account, name, values),) = post.sent
    assert (account, name, values["instrument"]) == (BUYER, LIQUIDATED, view.instrument_id)
    assert (float(values["size"]), float(values["price"])) == (
        42 * view.lot_step / 10**view.size_scale,
        88 * view.tick_step / 10**view.price_scale,
    )
    notices.on_batch(batch(warned(BUYER)))
    await asyncio.to_thread(notices.tell_waiting)
    assert [name for _, name, _ in post.sent] == [LIQUIDATED, WARNED]
    await notices.close()


async def test_who_is_gone_is_in_nobodys_way(engine: Sequencer) -> None:
    post = Post()

    def tell(account: int, name: str, values: Mapping[str, str]) -> None:
        if account == BUYER:
            raise RefusedError("user_unknown", "There is no such user.", "None.")
        post.tell(account, name, values)

    notices = PositionNotices(engine, tell, NEVER)
    notices.on_batch(batch(changed(BUYER, PositionCause.LIQUIDATED, -1), changed(3, PositionCause.LIQUIDATED, -1)))
    await asyncio.to_thread(notices.tell_waiting)
    assert [account for account, _, _ in post.sent] == [3]
    assert WAITING_MAX > 1_000
    await notices.close()


async def test_accounts_without_a_person_hear_nothing(house: House) -> None:
    teller(house.people)(77, LIQUIDATED, {"instrument": "X", "size": "1", "price": "2"})
    assert {WARNED, LIQUIDATED, DELEVERAGED} <= set(TEXTS)
