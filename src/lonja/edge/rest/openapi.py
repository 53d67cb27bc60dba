"""OpenAPI 3.1 of the REST operations, written from their table."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from lonja.edge.errors import HTTP_STATUS, MESSAGES
from lonja.edge.orders import BATCH_MAX
from lonja.edge.orders import OPERATIONS as ORDER_OPERATIONS
from lonja.edge.rest.operation import Columns, Operation
from lonja.edge.rest.operations import OPERATIONS
from lonja.edge.wire.blank import OrNull
from lonja.edge.wire.requests import Field, Request, fields_of

Json = dict[str, object]
HEADERS: Final = ("OK-ACCESS-KEY", "OK-ACCESS-SIGN", "OK-ACCESS-TIMESTAMP", "OK-ACCESS-PASSPHRASE")
_TEXT: Final[Json] = {"type": "string"}
_NOTHING: Final[Json] = {"type": "array", "maxItems": 0}


@cache
def openapi_document() -> Json:
    """The whole document; made once, not to be changed."""
    paths: dict[str, Json] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "lonja",
            "version": "5",
            "description": "Every answer is an envelope: `code` is 0 when all went well, `data` an array.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "securitySchemes": {name: {"type": "apiKey", "in": "header", "name": name} for name in HEADERS},
            "schemas": {"Refusal": _envelope(_NOTHING)},
        },
    }


def codes_by_status() -> dict[int, list[str]]:
    """The codes that may stand at the top of an answer, by HTTP status."""
    found: dict[int, list[str]] = {}
    for code in MESSAGES:
        found.setdefault(HTTP_STATUS.get(code, 200), []).append(code)
    return found


def _operation(operation: Operation) -> Json:
    tag = operation.path.split("/")[3]
    described: Json = {
        "operationId": operation.method.lower() + operation.path.removeprefix("/api/v5").title().translate(_NO_MARKS),
        "summary": operation.summary,
        "tags": [tag],
        "responses": {"200": _response(operation), "default": _refusal()},
    }
    if operation.permission is not None:
        described["security"] = [{name: [] for name in HEADERS}]
        described["description"] = f"Needs the permission `{operation.permission.value}`."
    if operation.method == "GET":
        described["parameters"] = [
            {"name": field.name, "in": "query", "required": field.required, "schema": _TEXT}
            for field in fields_of(operation.request)
        ]
    else:
        described["requestBody"] = _body(operation)
    return described


_NO_MARKS: Final = str.maketrans("", "", "/-")


def _body(operation: Operation) -> Json:
    schema = _request_schema(operation.request)
    if operation.order_operation and ORDER_OPERATIONS[operation.order_operation][1]:
        schema = {"type": "array", "items": schema, "minItems": 1, "maxItems": BATCH_MAX}
    elif operation.takes_array:
        schema = {"type": "array", "items": schema, "minItems": 1}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _request_schema(request: type[Request]) -> Json:
    fields = fields_of(request)
    return {
        "type": "object",
        "properties": {field.name: _field_schema(field) for field in fields},
        "required": [field.name for field in fields if field.required],
    }


def _field_schema(field: Field) -> Json:
    if field.kind is object:
        return {}
    if field.kind == tuple[str, ...]:
        return {"anyOf": [{"type": ["string", "null"]}, {"type": "array", "items": _TEXT}]}
    return {"type": ["string", "number", "boolean", "null"]}


def _response(operation: Operation) -> Json:
    row = _row_schema(operation.answer)
    # A refusal with status 200 has an empty list where one object is the answer.
    data: Json = {"anyOf": [row, _NOTHING]} if operation.gives_one else {"type": "array", "items": row}
    schema = _envelope(data)
    return {"description": "The answer.", "content": {"application/json": {"schema": schema}}}


def _refusal() -> Json:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    return {"description": "A refusal; `code` tells why.", "content": content}


def _envelope(data: Json) -> Json:
    return {
        "type": "object",
        "properties": {"code": _TEXT, "msg": _TEXT, "data": data},
        "required": ["code", "msg", "data"],
    }


def _row_schema(answer: Columns) -> Json:
    if isinstance(answer, Mapping):
        return _schema_of(answer)
    return {"type": "array", "prefixItems": [{**_TEXT, "title": column} for column in answer], "items": False}


def _schema_of(example: object) -> Json:
    """The type of a value, told by the blank value that stands for it."""
    if isinstance(example, Mapping):
        properties = {name: _schema_of(value) for name, value in example.items()}
        kind: object = ["object", "null"] if isinstance(example, OrNull) else "object"
        return {"type": kind, "properties": properties, "required": list(properties)}
    if isinstance(example, bool):
        return {"type": "boolean"}
    if isinstance(example, int):
        return {"type": "integer"}
    return {"type": "array"} if isinstance(example, list) else _TEXT
