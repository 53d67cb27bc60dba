"""OpenAPI and the reference pages say what the table says."""

import re
from pathlib import Path
from typing import Any, cast

import pytest

from lonja.edge.rest.openapi import openapi_document
from lonja.edge.rest.operations import BY_PATH, OPERATIONS
from tests.edge.house import House
from tools.reference.refusals import OF_COMMANDS
from tools.reference.rest import page_name, refusals_of

ROOT = Path(__file__).resolve().parents[2]


def test_openapi_describes_every_operation_once() -> None:
    paths = cast("dict[str, Any]", openapi_document()["paths"])
    described = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert described == {operation.name for operation in OPERATIONS}
    ids = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert len(set(ids)) == len(ids) == len(OPERATIONS)
    order = paths["/api/v5/trade/order"]["post"]
    schema = order["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["tdMode", "side", "ordType", "sz"]
    assert "security" in order
    assert "security" not in paths["/api/v5/public/time"]["get"]


def test_a_refusal_fits_where_one_object_is_the_answer() -> None:
    for operation in OPERATIONS:
        described = cast("dict[str, Any]", openapi_document()["paths"])[operation.path][operation.method.lower()]
        data = described["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["data"]
        nothing = {"type": "array", "maxItems": 0}
        assert (nothing in data["anyOf"]) if operation.gives_one else data["type"] == "array", operation.name


def test_the_table_has_no_operation_twice() -> None:
    assert sum(len(methods) for methods in BY_PATH.values()) == len(OPERATIONS)
    assert len({page_name(operation) for operation in OPERATIONS}) == len(OPERATIONS)


def codes(name: str) -> list[tuple[str, str]]:
    """Code and message of every refusal of an operation, in the order of its page."""
    (operation,) = (operation for operation in OPERATIONS if operation.name == name)
    return [(refusal.code, refusal.message) for refusal in refusals_of(operation)]


def test_refusals_stand_in_the_order_of_the_code() -> None:
    found = codes("POST /api/v5/asset/transfer")
    order = [
        ("413", "The request body is longer than 65536 bytes"),
        ("50103", 'The header "OK-ACCESS-KEY" can not be empty'),
        ("50105", 'The header "OK-ACCESS-PASSPHRASE" is not correct'),
        ("50113", "Invalid signature"),
        ("50120", "This API key has no permission to use this function"),
        ("50011", "Too many requests"),
        ("50014", "Parameter ccy can not be empty"),
        ("51012", "The currency does not exist"),
        ("51000", "Parameter from error"),
        ("51000", "Parameter to error"),
        ("58114", "The amount must be positive"),
        ("58350", "Insufficient balance"),
    ]
    assert [row for row in found if row in order] == order


def test_what_the_core_refuses_of_every_command_of_a_handler_is_listed() -> None:
    handlers = (ROOT / "src" / "lonja" / "edge" / "rest").rglob("*.py")
    modules = re.compile(r"^from lonja\.core\.(?:algo_|collateral_)?commands import (.*)$", re.MULTILINE)
    imports = [modules.findall(path.read_text()) for path in handlers]
    sent = {name.strip() for found in imports for line in found for name in line.split(",")}
    # What is attached goes with orders, whose refusals are listed by themselves; amendments are made where they are read.
    assert sent - {"Command"} | {"AttachAlgo", "AmendAlgo"} == set(OF_COMMANDS)


def test_every_operation_has_its_refusals_and_its_example() -> None:
    for operation in OPERATIONS:
        found = codes(operation.name)
        assert ("50103" in {code for code, _ in found}) is (operation.permission is not None)
        assert ("50011", "Too many requests") in found
        assert len(set(found)) == len(found)
        page = (ROOT / "docs/reference/operations" / page_name(operation)).read_text(encoding="utf-8")
        assert f"```http\n{operation.name}" in page


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        # Each is wrong in all that the ones before it are right in.
        ("POST /api/v5/asset/transfer", {"ccy": "NOPE", "amt": "-1", "from": "1", "to": "1"}, "51012"),
        ("POST /api/v5/asset/transfer", {"ccy": "USDT", "amt": "-1", "from": "1", "to": "1"}, "51000"),
        ("POST /api/v5/asset/transfer", {"ccy": "USDT", "amt": "-1", "from": "6", "to": "18"}, "58114"),
        ("POST /api/v5/asset/transfer", {"ccy": "USDT", "amt": "1e9", "from": "6", "to": "18"}, "51000"),
        ("POST /api/v5/asset/transfer", {"ccy": "USDT", "amt": "9000000", "from": "6", "to": "18"}, "58350"),
    ],
)
async def test_the_first_reason_is_given(rest: House, name: str, body: dict[str, str], code: str) -> None:
    reply = await rest.trader.post(name.removeprefix("POST /api/v5/"), body)
    assert reply.code == code
    assert code in {known for known, _ in codes(name)}
