"""SPF by the conformance suite of RFC 7208, on recorded DNS."""

from typing import Any

import pytest

from lonja.modules.notices.received.spf_check import explain_spf
from tests.modules.notices.received.samples import EMAILS, documents, spf_zone

SCENARIOS = documents("spf_rfc7208_suite/rfc7208-tests.yml")
CASES = [
    pytest.param(scenario, case, id=f"{scenario['description']}: {name}")
    for scenario in SCENARIOS
    for name, case in scenario["tests"].items()
]


def test_the_samples_are_there() -> None:
    assert EMAILS.is_dir(), f"recorded mails are missing: {EMAILS} (set LONJA_SHARED)"
    assert len(CASES) > 200


@pytest.mark.parametrize(("scenario", "case"), CASES)
def test_the_suite_of_rfc_7208(scenario: dict[str, Any], case: dict[str, Any]) -> None:
    dns = spf_zone(scenario)
    result, explanation = explain_spf(case["host"], case["helo"] or "", case["mailfrom"] or "", dns, "DEFAULT")
    expected = case["result"] if isinstance(case["result"], list) else [case["result"]]
    assert result.outcome.value in expected
    if "explanation" in case and result.outcome.value == expected[0]:
        assert explanation == case["explanation"]
