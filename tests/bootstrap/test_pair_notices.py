"""People hear by message what happened to their positions in spot pairs."""

import asyncio
from pathlib import Path

from lonja.bootstrap.position_notices import PAIR_LIQUIDATED, PAIR_WARNED, PositionNotices
from lonja.core.collateral_commands import SetCurrencyPrice
from lonja.core.kinds import Side
from lonja.modules.notices.texts import TEXTS
from tests.bootstrap.test_position_notices import NEVER, Post
from tests.edge.contract_trading import done
from tests.edge.house import QUIET, TRADER, House, open_house
from tests.edge.test_margin_orders import place, rests


async def told(house: House, post: Post, notices: PositionNotices, price: int) -> list[tuple[int, str, dict[str, str]]]:
    """What is told when QUIET is worth ``price``."""
    await done(house, SetCurrencyPrice(currency=QUIET, price=price * 10**12))
    await asyncio.to_thread(notices.tell_waiting)
    sent, post.sent = post.sent, []
    return sent


async def test_a_warning_and_a_liquidation(tmp_path: Path) -> None:
    async with open_house(tmp_path, with_contracts=True, with_collateral=True) as house:
        post = Post()
        notices = PositionNotices(house.engine, post.tell, NEVER)
        house.engine.subscribe(notices.on_batch)
        await rests(house, Side.SELL, 10_000, 40_000)
        assert (await place(house, sz="40", px="100")).refusal == "0"
        values = {"instrument": "QUIET-USDT", "size": "0", "price": "90"}
        assert await told(house, post, notices, 90) == [(TRADER, PAIR_WARNED, values)]
        ((account, name, values),) = await told(house, post, notices, 82)
        assert (account, name, values["price"]) == (TRADER, PAIR_LIQUIDATED, "82")
        assert 39 < float(values["size"]) < 40
        await notices.close()
    assert {PAIR_WARNED, PAIR_LIQUIDATED} <= set(TEXTS)
