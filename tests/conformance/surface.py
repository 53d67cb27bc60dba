"""What the tests of whole client surfaces share: things of ours that calls may name in braces."""

from typing import Any

import pytest

from tests.conformance.orders import place
from tests.e2e.sandbox_process import SandboxProcess

SUB = "surface1"


@pytest.fixture(scope="package")
def sub_key(sandbox: SandboxProcess) -> str:
    """The key of a sub-account."""
    sandbox.call("POST", "/api/v5/users/subaccount/create-subaccount", {"subAcct": SUB, "type": "1"}, 0)
    body = {"subAcct": SUB, "label": "bot", "passphrase": "Correct-horse-1", "perm": "read_only"}
    (row,) = sandbox.call("POST", "/api/v5/users/subaccount/apikey", body, 0)
    return str(row["apiKey"])


@pytest.fixture
def given(quiet: SandboxProcess, sub_key: str) -> dict[str, str]:
    """What stands for the names in braces."""
    transfer = {"ccy": "USDT", "amt": "1", "from": "18", "to": "6"}
    (moved,) = quiet.call("POST", "/api/v5/asset/transfer", transfer, 0)
    return {"order": place(quiet, 0, px="95"), "transfer": moved["transId"], "sub": SUB, "key": sub_key}


def filled_in(value: Any, given: dict[str, str]) -> Any:
    """A value with the names in braces replaced, however deep."""
    if isinstance(value, str):
        return given.get(value[1:-1], value) if value.startswith("{") else value
    if isinstance(value, list):
        return [filled_in(item, given) for item in value]
    return {name: filled_in(item, given) for name, item in value.items()} if isinstance(value, dict) else value


def outcome(answer: dict[str, Any]) -> str:
    """The code of an answer, or of the single operations in it when these went wrong."""
    assert set(answer) >= {"code", "msg", "data"}
    if answer["code"] not in {"1", "2"}:
        return str(answer["code"])
    (code,) = {row["sCode"] for row in answer["data"]}
    return str(code)
