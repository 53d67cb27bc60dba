"""What schemathesis is told about a v5 server: how requests are signed, what is worth asking for, what may be answered.

Loaded by schemathesis in its own environment, so it imports nothing of this project. ``LONJA_FUZZ_BRIEF`` is a JSON
file that says who signs and which codes are documented; what was answered is counted in the file it names.
"""

import atexit
import base64
import hashlib
import hmac
import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import requests
import schemathesis

BRIEF = json.loads(Path(os.environ["LONJA_FUZZ_BRIEF"]).read_text())
ACCOUNT = BRIEF["account"]
PLAUSIBLE: dict[str, list[str]] = BRIEF["plausible"]
DOCUMENTED: dict[str, dict[str, list[str]]] = BRIEF["documented"]
OF_OTHER_METHODS = {"405": ["50115"], "row": []}
COUNTED: Counter[str] = Counter()


class Signature(requests.auth.AuthBase):
    """Signs the raw target and body, as they are about to be sent."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = request.body or b""
        if isinstance(body, str):
            body = body.encode()
        assert isinstance(body, bytes), "a body that is made while it is sent"
        signed = f"{moment}{request.method}{request.path_url}".encode() + body
        digest = hmac.digest(ACCOUNT["secret_key"].encode(), signed, hashlib.sha256)
        request.headers["OK-ACCESS-KEY"] = ACCOUNT["api_key"]
        request.headers["OK-ACCESS-SIGN"] = base64.b64encode(digest).decode()
        request.headers["OK-ACCESS-TIMESTAMP"] = moment
        request.headers["OK-ACCESS-PASSPHRASE"] = ACCOUNT["passphrase"]
        return request


schemathesis.auth.set_from_requests(Signature())


def _made_plausible(given: object) -> object:
    """Half of the values of known parameters replaced by some that exist, so that more than the parsing is met."""
    if isinstance(given, list):
        return [_made_plausible(item) for item in given]
    if not isinstance(given, dict):
        return given
    changed = dict(given)
    for name, value in given.items():
        choices, lot = PLAUSIBLE.get(name), crc32(repr((name, value)).encode("utf-8", "surrogatepass"))
        if choices and lot & 1:
            changed[name] = choices[(lot >> 1) % len(choices)]
    return changed


@schemathesis.hook
def map_query(context, query):
    return _made_plausible(query)


@schemathesis.hook
def map_body(context, body):
    return _made_plausible(body)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Rows that are arrays told in other words: schemathesis does not take ``prefixItems`` of an answer."""
    for methods in raw_schema["paths"].values():
        for operation in methods.values():
            data = operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["data"]
            rows = data.get("items", {})
            columns = rows.pop("prefixItems", None)
            if columns is not None:
                rows |= {"items": {"type": "string"}, "minItems": len(columns), "maxItems": len(columns)}


@schemathesis.check
def documented_code(ctx, response, case):
    """The envelope's code is one of the operation, and comes with the HTTP status that is documented for it."""
    body = json.loads(response.content)
    code, status = body["code"], str(response.status_code)
    COUNTED[f"{status} {code}"] += 1
    COUNTED["requests"] += 1
    COUNTED[f"{case.method.upper()} {case.path}"] += 1
    known = DOCUMENTED.get(f"{case.method.upper()} {case.path}", OF_OTHER_METHODS)
    if code not in known.get(status, ()):
        raise AssertionError(f"{case.method} {case.path} answers {status} with undocumented code {code}")
    for row in body["data"]:
        told = row.get("sCode", "0") if isinstance(row, dict) else "0"
        if told not in known["row"]:
            raise AssertionError(f"{case.method} {case.path} answers a row with undocumented code {told}")


@atexit.register
def tell() -> None:
    if COUNTED:
        Path(BRIEF["counted"]).write_text(json.dumps(COUNTED))
