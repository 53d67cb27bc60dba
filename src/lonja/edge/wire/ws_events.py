"""What the server says besides pushes: acknowledgments, errors, notices, answers to operations.

Why here: their keys are the wire's. Invariant: compact JSON, and the id is repeated only when one was given.
"""

from collections.abc import Mapping

import msgspec

from lonja.edge.wire.ws_requests import RequestError


def acknowledgment(event: str, arg: Mapping[str, object], request_id: str, connection_id: str) -> bytes:
    """``subscribe`` or ``unsubscribe`` happened; ``arg`` is repeated as it was sent."""
    body: dict[str, object] = {"id": request_id} if request_id else {}
    body |= {"event": event, "arg": arg, "connId": connection_id}
    return msgspec.json.encode(body)


def logged_in(request_id: str, connection_id: str) -> bytes:
    """The login succeeded."""
    body = {"id": request_id} if request_id else {}
    return msgspec.json.encode(body | {"event": "login", "code": "0", "msg": "", "connId": connection_id})


def error(reason: RequestError, connection_id: str) -> bytes:
    """A request was refused."""
    body = {"id": reason.request_id} if reason.request_id else {}
    body |= {"event": "error", "code": reason.code, "msg": reason.message, "connId": connection_id}
    return msgspec.json.encode(body)


def connection_count(channel: str, count: int, connection_id: str) -> bytes:
    """So many connections of the account follow ``channel`` now."""
    return _counted("channel-conn-count", channel, count, connection_id)


def connection_count_error(channel: str, count: int, connection_id: str) -> bytes:
    """``count`` connections of the account follow ``channel`` already; the subscription has ended."""
    return _counted("channel-conn-count-error", channel, count, connection_id)


def closing_notice(connection_id: str) -> bytes:
    """The connection is about to be closed by the house."""
    message = "The connection will soon be closed for a service upgrade. Please reconnect."
    return msgspec.json.encode({"event": "notice", "code": "64008", "msg": message, "connId": connection_id})


def operation_reply(
    request_id: str, op: str, code: str, message: str, data: object, in_time_us: int, out_time_us: int
) -> bytes:
    """The answer to an order operation; times in microseconds."""
    body: dict[str, object] = {"id": request_id} if request_id else {}
    body |= {"op": op, "code": code, "msg": message, "data": data}
    body |= {"inTime": str(in_time_us), "outTime": str(out_time_us)}
    return msgspec.json.encode(body)


def reply(request_id: str, op: str, code: str, message: str, data: object) -> bytes:
    """The answer to an operation that tells no times."""
    body: dict[str, object] = {"id": request_id} if request_id else {}
    return msgspec.json.encode(body | {"op": op, "code": code, "msg": message, "data": data})


def _counted(event: str, channel: str, count: int, connection_id: str) -> bytes:
    body = {"event": event, "channel": channel, "connCount": str(count), "connId": connection_id}
    return msgspec.json.encode(body)
