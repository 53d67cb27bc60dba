"""What whoever runs an exchange hears of liquidations, deleveraging and funds."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from lonja.bootstrap.risk_metrics import RiskMetrics
from lonja.core.kinds import InstrumentType
from lonja.modules.sandbox import past
from tests.modules.sandbox.contract_house import ContractHouse

LABELS = {"family": "BTC-USDT", "type": "SWAP"}


async def test_a_storm_is_counted_and_the_fall_of_a_fund_raises_alarms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "CANDLE_COUNT", 5)
    house = await ContractHouse(tmp_path).open_contracts()
    registry = CollectorRegistry()

    def number(name: str) -> float:
        return registry.get_sample_value(name, LABELS) or 0.0

    with capture_logs() as logs:
        metrics = RiskMetrics(registry, house.engine.views)
        house.engine.subscribe(metrics.on_batch)
        assert (number("lonja_fund_balance"), number("lonja_fund_peak")) == (10_000, 10_000)
        assert (number("lonja_fund_alarm"), number("lonja_liquidations_total")) == (0, 0)
        house.markets.storm("BTC-USDT", -0.3, 3_000)
        await house.keeper.advance(20_000)
    assert number("lonja_liquidations_total") >= 15
    assert number("lonja_deleveraged_positions_total") >= 1
    assert number("lonja_fund_outflow_total") > 3_000
    moved = number("lonja_fund_inflow_total") - number("lonja_fund_outflow_total")
    assert number("lonja_fund_balance") == pytest.approx(10_000 + moved)
    (family,) = (
        one
        for one in house.engine.views.families()
        if (one.name, one.instrument_type) == ("BTC-USDT", InstrumentType.SWAP)
    )
    gained, lost = metrics.flows(family.family)
    assert 10_000 + (gained - lost) / 10**8 == pytest.approx(number("lonja_fund_balance"))
    assert lost / 10**8 == pytest.approx(number("lonja_fund_outflow_total"))
    assert number("lonja_fund_peak") >= number("lonja_fund_balance")
    assert number("lonja_fund_alarm") == 2
    assert (registry.get_sample_value("lonja_margin_warnings_total") or 0) > 0
    alarms = [log for log in logs if log.get("family") == "BTC-USDT"]
    assert alarms
    assert alarms[-1]["now"] == "adl"
    assert {log["log_level"] for log in alarms if log["now"] != "normal"} == {"warning"}
    assert all(log["before"] != log["now"] for log in alarms), "only changes are told"
    await house.stop()
