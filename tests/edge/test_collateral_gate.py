"""Whom borrowing is closed to may give back what was borrowed, and sell what is there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.edge.house import START_MS, House, open_house
from tests.edge.test_collateral import borrows
from tests.edge.test_collateral_loans import loan
from tests.edge.test_gate import Turnstile


@pytest.fixture
def turnstile() -> Turnstile:
    return Turnstile()


@pytest.fixture
async def pooled(tmp_path: Path, turnstile: Turnstile) -> AsyncIterator[House]:
    async with open_house(tmp_path, gate=turnstile, with_contracts=True, with_collateral=True) as running:
        yield running


@pytest.mark.parametrize(("who", "code"), [({"residence": "US"}, "51155"), ({"level": 0}, "50027")])
async def test_debts_may_be_lowered_and_not_raised(
    pooled: House, turnstile: Turnstile, who: dict[str, object], code: str
) -> None:
    assert (await loan(pooled, "borrow", "100")).code == "0"
    turnstile.become(**who)  # type: ignore[arg-type]
    assert (await loan(pooled, "borrow", "1")).code == code
    assert (await borrows(pooled, on=True)).code == code
    assert (await borrows(pooled, on=False)).code == "0"
    assert (await loan(pooled, "repay", "100")).code == "0"
    turnstile.become()
    assert (await borrows(pooled, on=True)).code == "0"


async def test_only_what_is_there_may_be_sold(pooled: House, turnstile: Turnstile) -> None:
    assert (await borrows(pooled, on=True)).code == "0"
    turnstile.become(questionnaire_since_ms=START_MS - 15 * 86_400_000)
    for size, code in (("9999", "0"), ("1.001", "50027"), ("1", "0"), ("0.001", "50027")):
        assert (await pooled.trader.place(tdMode="cross", side="sell", px="101", sz=size)).refusal == code
