"""Whom contracts are closed to may lower the risk of what they hold, and not raise it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.edge.house import House, open_house
from tests.edge.test_gate import Turnstile
from tests.edge.test_positions import SWAP, has, leverage, trade


@pytest.fixture
def turnstile() -> Turnstile:
    return Turnstile()


@pytest.fixture
async def futures(tmp_path: Path, turnstile: Turnstile) -> AsyncIterator[House]:
    async with open_house(tmp_path, gate=turnstile, with_contracts=True) as running:
        yield running


@pytest.mark.parametrize(("who", "code"), [({"residence": "US"}, "51155"), ({"level": 0}, "50027")])
async def test_risk_may_be_lowered_and_not_raised(
    futures: House, turnstile: Turnstile, who: dict[str, object], code: str
) -> None:
    house = futures
    await leverage(house.trader, "10")
    await trade(house, "buy", "10", "100")
    turnstile.become(**who)  # type: ignore[arg-type]
    change = {"instId": SWAP, "posSide": "net", "amt": "5"}
    assert (await leverage(house.trader, "11")).code == code
    assert (await leverage(house.trader, "9")).code == "0"
    assert (await house.trader.post("account/position/margin-balance", change | {"type": "add"})).code == "0"
    assert (await house.trader.post("account/position/margin-balance", change | {"type": "reduce"})).code == code
    turnstile.become()
    has((await house.trader.get("account/positions")).row, lever="9", margin="116.11111111")
    assert (await house.trader.post("account/position/margin-balance", change | {"type": "reduce"})).code == "0"
