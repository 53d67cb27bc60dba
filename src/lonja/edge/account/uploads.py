"""Files in the body of a request (multipart/form-data, RFC 7578), taken apart in memory.

Why not the framework's reader: it would put large files into a folder of the machine, where they would lie unencrypted.
Invariant: whatever is malformed is refused; nothing is guessed.
"""

import re
from dataclasses import dataclass
from typing import Final

from litestar.enums import RequestEncodingType
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema

from lonja.edge.account.caller import HttpRequest
from lonja.primitives.errors import RefusedError

_BOUNDARY: Final = re.compile(
    r'multipart/form-data;\s*boundary=(?:"([\w\'()+,./:=? -]{1,70})"|([\w\'()+./:=?-]{1,70}))', re.ASCII
)
_DISPOSITION: Final = re.compile(rb"(?i)^content-disposition:\s*form-data([^\r\n]*)", re.MULTILINE)
_NAME: Final = re.compile(rb'(?i);\s*name="([^"]*)"')
_END: Final = b"\r\n\r\n"
_HEAD_BYTES_MAX: Final = 2_000
FIELD: Final = "file"
"""The name of the field that holds the file."""


async def file_of(request: HttpRequest) -> bytes:
    """The one file in the body of ``request``. Raises ``RefusedError``."""
    found = _BOUNDARY.fullmatch(request.headers.get("content-type", "").strip())
    if found is None:
        raise _wrong()
    boundary = (found[1] or found[2]).encode()
    return single_file(await request.body(), boundary)


def single_file(body: bytes, boundary: bytes) -> bytes:
    """The content of the only part of ``body``, which must be called ``file``. Raises ``RefusedError``."""
    begin, end = b"--" + boundary + b"\r\n", b"\r\n--" + boundary + b"--"
    head_end = body.find(_END, len(begin), len(begin) + _HEAD_BYTES_MAX)
    close = body.rfind(end)
    if not body.startswith(begin) or head_end < 0 or close < head_end + len(_END):
        raise _wrong()
    names = [_NAME.findall(told) for told in _DISPOSITION.findall(body[len(begin) : head_end])]
    content = body[head_end + len(_END) : close]
    if names != [[FIELD.encode()]] or body[close + len(end) :].strip() or b"\r\n--" + boundary + b"\r\n" in content:
        raise _wrong()
    return content


@dataclass
class UploadOperation(Operation):
    """Documents that the body of an operation is a form with one file."""

    def __post_init__(self) -> None:
        """Describe the body."""
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        form = Schema(type=OpenAPIType.OBJECT, properties={FIELD: file}, required=[FIELD])
        self.request_body = RequestBody(
            content={RequestEncodingType.MULTI_PART: OpenAPIMediaType(schema=form)}, required=True
        )


def _wrong() -> RefusedError:
    message = f"The request is no form with one file in the field {FIELD}."
    return RefusedError("upload_malformed", message, "Send multipart/form-data with exactly that field.")
