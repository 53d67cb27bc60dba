"""OpenAPI and the reference pages say what the table says."""

from pathlib import Path
from typing import Any, cast

from lonja.edge.rest.openapi import openapi_document
from lonja.edge.rest.operations import BY_PATH, OPERATIONS
from lonja.edge.rest.reference import page_name, pages

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


def test_the_table_has_no_operation_twice() -> None:
    assert sum(len(methods) for methods in BY_PATH.values()) == len(OPERATIONS)
    assert len({page_name(operation) for operation in OPERATIONS}) == len(OPERATIONS)


def test_the_pages_in_the_repository_are_up_to_date() -> None:
    for name, text in pages().items():
        assert (ROOT / "docs/reference" / name).read_text(encoding="utf-8") == text, f"{name}: run make docs"
