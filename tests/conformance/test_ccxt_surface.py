"""ccxt's raw calls, every one of the families that spot uses: each is answered as its tables say."""

from typing import Any

import ccxt
import pytest
from ccxt.abstract.okx import ImplicitAPI

from lonja.edge.rest.operations import OPERATIONS
from tests.conformance.ccxt_calls import ASKED, FAMILIES, GIVEN, NOT_SPOT, REFUSED
from tests.conformance.clients import ccxt_client
from tests.conformance.surface import filled_in, outcome
from tests.e2e.sandbox_process import SandboxProcess

OURS = {operation.name for operation in OPERATIONS}


def _raw_calls() -> dict[str, str]:
    """Method and path of each raw call, and the name under which a client has it."""
    found = {}
    for name, call in vars(ImplicitAPI).items():
        path = getattr(call, "path", "")
        if path.split("/")[0] in FAMILIES and not path.startswith(NOT_SPOT):
            found[f"{call.method} {path}"] = name
    return found


CALLS = _raw_calls()


@pytest.fixture(scope="module")
def client(sandbox: SandboxProcess) -> ccxt.okx:
    made = ccxt_client(ccxt.okx, sandbox.told)
    made.enableLastJsonResponse = True
    made.load_markets()
    return made


def _expected(call: str, documented: dict[str, Any]) -> tuple[Any, str]:
    """What a call is asked with, and the code that it is answered."""
    if call in REFUSED:
        return REFUSED[call]
    if call in ASKED:
        return ASKED[call], "0"
    method, path = call.split(" ")
    name = f"{method} /api/v5/{path}"
    if name not in documented and name not in OURS:
        return {}, "404"
    wanted = [row[1] for row in documented.get(name, {"request": []})["request"] if row[0] == 0 and row[3] == "Yes"]
    return {name: GIVEN[name] for name in wanted}, "0"


@pytest.mark.parametrize("call", sorted(CALLS))
def test_answers(client: ccxt.okx, call: str, given: dict[str, str], documented: dict[str, Any]) -> None:
    arguments, expected = _expected(call, documented)
    arguments = filled_in(arguments, given)
    try:
        getattr(client, CALLS[call])(arguments.get("", arguments))
    except ccxt.BaseError:
        assert expected != "0", client.last_json_response
    assert outcome(client.last_json_response) == expected, client.last_json_response


def test_the_tables_name_calls_that_there_are() -> None:
    assert set(ASKED) | set(REFUSED) <= set(CALLS)
    assert set(ASKED).isdisjoint(REFUSED)
