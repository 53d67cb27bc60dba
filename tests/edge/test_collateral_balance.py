"""What an account in multi-currency mode has, in its own currencies and in US dollars."""

from typing import Any

from lonja.core.collateral_commands import ChangeLoan, SetCurrencyPrice
from lonja.core.commands import Deposit
from tests.edge.contract_trading import done
from tests.edge.house import BTC, QUIET, TRADER, USD, House
from tests.edge.test_collateral import borrows, has

UNIT = 10**8
SWAP = {"instId": "QUIET-USDT-SWAP", "tdMode": "cross", "ordType": "limit", "sz": "10", "px": "100"}


async def account(house: House) -> tuple[Any, dict[str, Any]]:
    row = (await house.trader.get("account/balance")).row
    return row, {detail["ccy"]: detail for detail in row["details"]}


async def test_what_is_owned_counts_at_its_discount(pooled: House) -> None:
    row, details = await account(pooled)
    has(row, totalEq="2500000", adjEq="2390000", availEq="2390000", isoEq="0", ordFroz="0", imr="0", mmr="0")
    has(row, mgnRatio="", borrowFroz="0", notionalUsd="0", notionalUsdForBorrow="0", upl="0")
    has(row, notionalUsdForSwap="0", notionalUsdForFutures="0", notionalUsdForOption="0")
    has(details["QUIET"], eq="10000", cashBal="10000", eqUsd="1000000", disEq="900000", availEq="10000")
    has(details["QUIET"], availBal="10000", frozenBal="0", liab="0", crossLiab="0", interest="0", twap="0")
    has(details["QUIET"], maxLoan="1000", borrowFroz="0", uplLiab="0", collateralEnabled=True, mgnRatio="", imr="")
    has(details["BTC"], eq="10", eqUsd="500000", disEq="490000", maxLoan="10")


async def test_prices_of_currencies_count_at_once(pooled: House) -> None:
    await done(pooled, SetCurrencyPrice(currency=BTC, price=40_000 * 10**12))
    row, details = await account(pooled)
    has(row, totalEq="2400000", adjEq="2292000")
    has(details["BTC"], eqUsd="400000", disEq="392000")


async def test_what_is_borrowed_by_selling_is_a_liability(pooled: House) -> None:
    await borrows(pooled, on=True)
    for size in ("10000", "100"):
        assert (await pooled.trader.place(tdMode="cross", side="sell", px="99", sz=size)).code == "0"
    row, details = await account(pooled)
    # 100 QUIET would be owed: 10,000 USD at 10 %.
    has(row, borrowFroz="1000", imr="1000", mmr="0", notionalUsdForBorrow="0", mgnRatio="")
    has(details["QUIET"], frozenBal="10100", ordFrozen="10100", availBal="0", availEq="0", liab="0", borrowFroz="1000")
    has(details["QUIET"], maxLoan="900")
    for size in ("8000", "2100"):
        assert (await pooled.other.place(tdMode="cross", side="buy", px="99", sz=size)).code == "0"
    row, details = await account(pooled)
    has(row, borrowFroz="1000", imr="1000", mmr="300", notionalUsdForBorrow="10000")
    has(details["QUIET"], eq="-100", cashBal="-100", liab="100", crossLiab="100", isoLiab="0", disEq="-10000")
    has(details["QUIET"], eqUsd="-10000", availEq="0", availBal="0", uplLiab="0")
    # 1,999,900 USDT less the fee of 799.92, 490,000 for BTC and less the debt of 10,000, over 300.
    assert row["mgnRatio"] == "8263.666933"


async def test_a_loan_can_be_spent_but_is_no_equity(pooled: House) -> None:
    before, _ = await account(pooled)
    await done(pooled, ChangeLoan(account=TRADER, currency=QUIET, amount=100 * UNIT))
    row, details = await account(pooled)
    has(row, totalEq=before["totalEq"], adjEq=before["adjEq"], imr="0", borrowFroz="0")
    has(details["QUIET"], eq="10000", cashBal="10100", liab="100", maxLoan="900", availBal="10000", availEq="10000")


async def test_positions_stand_on_everything(pooled: House) -> None:
    for caller, side in ((pooled.trader, "buy"), (pooled.other, "sell")):
        assert (await caller.post("trade/order", SWAP | {"side": side})).code == "0"
    await pooled.index(9_900)
    row, details = await account(pooled)
    has(row, upl="-10", notionalUsd="990", notionalUsdForSwap="990", notionalUsdForFutures="0")
    has(details["USDT"], upl="-10", imr="", mmr="", mgnRatio="", uplLiab="0")
    position = (await pooled.trader.get("account/positions")).row
    assert position["mgnRatio"] == row["mgnRatio"] != ""
    risk = (await pooled.trader.get("account/account-position-risk")).row
    assert risk["adjEq"] == row["adjEq"]
    assert {one["ccy"]: (one["eq"], one["disEq"]) for one in risk["balData"]} == {
        name: (detail["eq"], detail["disEq"]) for name, detail in details.items()
    }


async def test_losses_beyond_the_cash_are_told_as_such(pooled: House) -> None:
    await pooled.trader.post("asset/transfer", {"ccy": "USDT", "amt": "999999", "from": "18", "to": "6"})
    for caller, side in ((pooled.trader, "buy"), (pooled.other, "sell")):
        assert (await caller.post("trade/order", SWAP | {"side": side})).code == "0"
    await pooled.index(9_900)
    _, details = await account(pooled)
    # Of 1 USDT, 0.02 % of 1,000 paid the fee.
    has(details["USDT"], cashBal="0.8", eq="-9.2", liab="0", uplLiab="9.2", disEq="-9.2")


async def test_currencies_can_be_asked_for(pooled: House) -> None:
    row = (await pooled.trader.get("account/balance", ccy="BTC")).row
    assert [detail["ccy"] for detail in row["details"]] == ["BTC"]
    assert row["totalEq"] == "2500000"


async def test_what_is_no_collateral_counts_nothing(pooled: House) -> None:
    await done(pooled, Deposit(account=TRADER, currency=USD, ledger=1, amount=50 * UNIT))
    row, details = await account(pooled)
    has(row, totalEq="2500000", adjEq="2390000")
    has(details["USD"], eq="50", eqUsd="0", disEq="0", maxLoan="0", collateralEnabled=False)
