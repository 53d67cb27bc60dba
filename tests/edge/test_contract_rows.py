"""When a Security Fund does not stand well, and how liquidations look, case by case."""

import pytest

from lonja.core.events import PositionTakenOver
from lonja.core.views import FamilyView
from lonja.edge.wire.contract_rows import FundState, adl_warning_row, fund_state, liquidation_row
from lonja.edge.wire.units import CurrencyForm
from tests.edge.house import QUIET_SWAP, QUIET_USD_SWAP, House

USDT = CurrencyForm(0, "USDT", 8)

# balance, peak, keeps positions, deleveraged just now: state, what began
STANDINGS: list[tuple[int, int, bool, bool, str, str]] = [
    (10_000, 10_000, False, False, "normal", ""),
    (8_501, 10_000, False, False, "normal", ""),
    (8_500, 10_000, False, False, "warning", ""),
    (10_000, 10_000, True, False, "warning", ""),
    (7_001, 10_000, True, False, "warning", ""),
    (7_000, 10_000, False, False, "adl", "rate_adl_start"),
    (10_000, 10_000, True, True, "adl", "pos_adl_start"),
    (0, 10_000, False, False, "adl", "bal_adl_start"),
    (-5, 10_000, True, True, "adl", "bal_adl_start"),
    (0, 0, False, False, "adl", "bal_adl_start"),
]


@pytest.mark.parametrize(("balance", "peak", "keeps", "deleveraged", "state", "began"), STANDINGS)
def test_how_a_fund_stands(balance: int, peak: int, keeps: bool, deleveraged: bool, state: str, began: str) -> None:
    family = FamilyView(0, "QUIET-USDT", 2, 0, 1, balance * 10**8, peak * 10**8, ())
    found = fund_state(family, keeps_positions=keeps, has_deleveraged=deleveraged)
    row = adl_warning_row(family, USDT, found, 3, 5)
    assert (found, row["state"], row["adlType"]) == (FundState(state), state, began)
    assert (row["instType"], row["instFamily"], row["bal"], row["ts"]) == ("SWAP", "QUIET-USDT", str(balance), "5")
    assert (row["maxBal"], row["maxBalTs"]) == (("", "") if state == "normal" else (str(peak), "3"))


def test_how_far_a_fund_has_fallen_is_told_as_a_share_of_its_peak() -> None:
    family = FamilyView(0, "QUIET-USDT", 2, 0, 1, 5_000 * 10**8, 8_000 * 10**8, ())
    row = adl_warning_row(family, USDT, FundState.ADL, None, 5)
    assert row["maxBalTs"] == ""
    assert (row["decRate"], row["adlRate"], row["adlRecRate"], row["adlRecBal"]) == ("0.375", "0.3", "0.15", "6800")


# contract, position side, signed lots, bankruptcy price, what the fund got: side, posSide, bkPx, sz, bkLoss
LIQUIDATIONS: list[tuple[int, int, int, int, int, tuple[str, ...]]] = [
    (QUIET_SWAP, 0, 25, 9_900, 5, ("sell", "net", "99", "2.5", "0")),
    (QUIET_SWAP, 0, -25, 10_100, -150_000_000, ("buy", "net", "101", "2.5", "1.5")),
    (QUIET_SWAP, 1, 10, 9_950, 0, ("sell", "long", "99.5", "1", "0")),
    (QUIET_USD_SWAP, 2, -7, 10_001, -1, ("buy", "short", "100.01", "7", "0.00000001")),
]


@pytest.mark.parametrize(("contract", "side", "lots", "bankruptcy", "rest_left", "told"), LIQUIDATIONS)
def test_a_liquidation(
    futures: House, contract: int, side: int, lots: int, bankruptcy: int, rest_left: int, told: tuple[str, ...]
) -> None:
    taken = PositionTakenOver(9, 1_700, 2, contract, 0, side, lots, 9_800, bankruptcy, rest_left)
    row = liquidation_row(futures.services.catalogue.at(contract), taken)
    (detail,) = row["details"]  # type: ignore[misc]  # a list of one row
    assert tuple(detail[name] for name in ("side", "posSide", "bkPx", "sz", "bkLoss")) == told
    assert (detail["ccy"], detail["ts"]) == ("", "1700")
    assert row["uly"] == ("QUIET-USD" if contract == QUIET_USD_SWAP else "QUIET-USDT")
