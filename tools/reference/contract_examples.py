"""What happens on the exchange of the examples before contracts are asked about, and how they are asked about.

Why apart: an account that trades contracts answers other questions otherwise, so it has an exchange of its own: two traders
who hold some, funding that was settled, a liquidation that cost a Security Fund, a contract that ended and one about to.
"""

from collections.abc import Mapping
from typing import Final

from lonja.core.commands import DeliverContract, ListContract, SettleFunding
from lonja.core.kinds import MarginMode, Side
from lonja.core.texts import Text32
from lonja.primitives.instant import MINUTE_MS
from tests.edge.contract_trading import bet, done, leave, trade
from tests.edge.house import QUIET, QUIET_SWAP, QUIET_USD_SWAP, START_MS, USDT, House

_ENDED, _ENDED_MS = "QUIET-USDT-231115", START_MS + 6_400_000
_ENDING, _ENDING_MS = "QUIET-USDT-231117", START_MS + 208_000_000
_SWAP: Final = {"instId": "QUIET-USDT-SWAP"}
_INVERSE: Final = {"instId": "QUIET-USD-SWAP"}
_FAMILY: Final = {"instType": "SWAP", "instFamily": "QUIET-USDT"}

PARAMS: Final[Mapping[str, Mapping[str, object]]] = {
    "GET /api/v5/public/funding-rate": _SWAP,
    "GET /api/v5/public/funding-rate-history": _SWAP,
    "GET /api/v5/public/premium-history": _SWAP | {"limit": "1"},
    "GET /api/v5/public/estimated-price": {"instId": _ENDING},
    "GET /api/v5/public/delivery-exercise-history": {"instType": "FUTURES", "instFamily": "QUIET-USDT"},
    "GET /api/v5/public/open-interest": _FAMILY,
    "GET /api/v5/public/underlying": {"instType": "SWAP"},
    "GET /api/v5/public/position-tiers": _FAMILY | {"tdMode": "cross"},
    "GET /api/v5/public/convert-contract-coin": {"instId": "QUIET-USD-SWAP", "sz": "1.5", "px": "100"},
    "GET /api/v5/public/insurance-fund": _FAMILY | {"type": "bankruptcy_loss", "limit": "1"},
    "GET /api/v5/public/liquidation-orders": {"instType": "SWAP"},
    "GET /api/v5/public/mark-price": {"instType": "SWAP"} | _SWAP,
    "GET /api/v5/market/mark-price-candles": _SWAP | {"limit": "1"},
    "GET /api/v5/market/history-mark-price-candles": _SWAP | {"limit": "1"},
    "GET /api/v5/market/index-tickers": {"instId": "QUIET-USD"},
    "GET /api/v5/market/index-candles": {"instId": "QUIET-USD", "limit": "1"},
    "GET /api/v5/rubik/stat/taker-volume-contract": _SWAP | {"unit": "0", "end": str(START_MS)},
    "GET /api/v5/account/positions": _SWAP,
    "GET /api/v5/account/positions-history": _SWAP,
    "GET /api/v5/account/account-position-risk": {"instType": "SWAP"},
    "GET /api/v5/account/leverage-info": _SWAP | {"mgnMode": "cross"},
    "GET /api/v5/account/adjust-leverage-info": _SWAP | {"instType": "SWAP", "mgnMode": "cross", "lever": "10"},
    "GET /api/v5/account/set-account-switch-precheck": {"acctLv": "1"},
    "POST /api/v5/account/set-leverage": _SWAP | {"mgnMode": "isolated", "lever": "10"},
    "POST /api/v5/account/set-account-level": {"acctLv": "2"},
    "POST /api/v5/account/position/margin-balance": _INVERSE | {"posSide": "net", "type": "add", "amt": "0.1"},
}
"""What is asked of this exchange, by operation."""

_SIMULATED: Final = {"instId": "QUIET-USDT-SWAP", "pos": "10", "avgPx": "100", "lever": "5"}
OF_COLLATERAL: Final[Mapping[str, Mapping[str, object]]] = {
    "POST /api/v5/account/position-builder": {"simPos": [_SIMULATED], "idxVol": "-0.05"},
    "POST /api/v5/account/position-builder-graph": {"type": "mmr", "mmrConfig": {}, "simPos": [_SIMULATED]},
    "POST /api/v5/trade/order-precheck": _SWAP
    | {"tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "10", "px": "99"},
}
"""What is asked by an account in multi-currency mode, by operation."""


async def trade_contracts(house: House) -> None:
    """Let all of that happen."""
    await trade(house, QUIET_USD_SWAP, 10_000, 5)
    await trade(house, QUIET_USD_SWAP, 10_000, 2, margin_mode=MarginMode.ISOLATED)
    await trade(house, QUIET_SWAP, 10_000, 20)
    await bet(house, 100)
    house.clock.set_ms(START_MS + 5 * MINUTE_MS)
    await leave(house, Side.BUY, 9_700, 1_000)
    await house.index(9_750)
    (ended,) = await done(house, _dated(_ENDED, _ENDED_MS))
    house.clock.set_ms(_ENDED_MS)
    funding = SettleFunding(instrument=QUIET_SWAP, rate=100_000_000)
    await done(house, funding, DeliverContract(instrument=ended, price=9_750))
    await done(house, _dated(_ENDING, _ENDING_MS))
    for minutes in (10, 9):
        house.clock.set_ms(_ENDING_MS - minutes * MINUTE_MS)
        await house.services.conductor.turn()


def _dated(name: str, expiry_ms: int) -> ListContract:
    """A contract like the dated one of the tests' house."""
    listed = ListContract(family=2, base=QUIET, quote=USDT, price_scale=2, size_scale=1, fee_group=1)
    return listed._replace(instrument_id=Text32(name), expiry_ms=expiry_ms)
