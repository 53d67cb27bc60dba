"""Cross leverage of dated contracts is set for their underlying, that of perpetual and isolated ones for each."""

from lonja.core.commands import ListContract, SetMarkPrice
from lonja.core.texts import Text32
from tests.edge.house import DATED_EXPIRY_MS, DATED_ID, QUIET, USDT, House
from tests.edge.test_position_settings import levers
from tests.edge.test_positions import SWAP, leverage


async def test_dated_contracts_of_an_underlying_have_one_leverage_when_held_cross(futures: House) -> None:
    second, later = "QUIET-USDT-240315", DATED_EXPIRY_MS + 10**9
    listed = ListContract(
        instrument_id=Text32(second), family=2, base=QUIET, quote=USDT, price_scale=2, size_scale=1, expiry_ms=later
    )
    code = (await futures.engine.submit(listed)).id
    await futures.engine.submit(SetMarkPrice(instrument=code, price=10_000))
    both = f"{DATED_ID},{second}"
    row = (await leverage(futures.trader, "7", "cross", instId=DATED_ID)).row
    assert row == {"lever": "7", "mgnMode": "cross", "instId": DATED_ID, "posSide": "net"}
    assert await levers(futures, "cross", both) == [(DATED_ID, "net", "7"), (second, "net", "7")]
    await leverage(futures.trader, "9", instId=second)
    assert await levers(futures, "isolated", both) == [(DATED_ID, "net", "3"), (second, "net", "9")]
    assert await levers(futures, "cross") == [(SWAP, "net", "3")]
