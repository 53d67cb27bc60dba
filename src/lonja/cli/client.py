"""A small client of a running exchange, for the commands at a terminal.

Why here: people who automate use a real client library (docs/quickstart); this one signs and sends, no more. Invariant:
a passphrase never leaves the machine unencrypted, and every failure is a sentence with what to do.
"""

import base64
import hashlib
import hmac
import http.client
import ipaddress
import os
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, NamedTuple, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec
import typer

from lonja.adapters.clock import SystemClock
from lonja.bootstrap.defaults import SANDBOX_FILE
from lonja.primitives.errors import LonjaError

DataOption = Annotated[Path, typer.Option("--data", help="The data folder of a running sandbox.")]
UrlOption = Annotated[
    str, typer.Option("--url", envvar="LONJA_URL", help="Another server, such as http://127.0.0.1:8080.")
]
CaOption = Annotated[
    Path | None, typer.Option("--ca-file", envvar="LONJA_CA_FILE", help="Certificate authority to trust with --url.")
]
AccountOption = Annotated[str, typer.Option("--account", help="Whose keys of sandbox.json.", show_default="the first")]

_PREFIX: Final = "/api/v5"
_TIMEOUT_S: Final = 10.0
_KEY_VARIABLES: Final = ("LONJA_API_KEY", "LONJA_SECRET_KEY", "LONJA_PASSPHRASE")
_REMEDIES: Final = {
    "50102": "Compare this machine's clock with the exchange's: /api/v5/public/time shows it.",
    "50105": "Check LONJA_PASSPHRASE.",
    "50111": "Check LONJA_API_KEY, or take the keys that `lonja sandbox` wrote to sandbox.json.",
    "50113": "Check LONJA_SECRET_KEY.",
    "50120": "Make a key that may: lonja keys create --permissions read,trade",
    "50011": "Wait two seconds.",
    "51001": "`lonja markets` lists the instruments.",
    "51008": "`lonja trade balance` shows what there is.",
    "51010": "Contracts need futures mode: lonja trade futures",
}
_T = TypeVar("_T")


class ExchangeError(LonjaError):
    """A running exchange cannot be found, does not answer, or refuses."""


class Keys(msgspec.Struct, frozen=True):
    """What signs requests."""

    api_key: str
    secret_key: str
    passphrase: str
    name: str = ""


class _Told(msgspec.Struct, frozen=True):
    """What ``sandbox.json`` says, as far as it is needed here."""

    rest: str
    accounts: list[Keys]


class _Envelope(msgspec.Struct, frozen=True):
    code: str
    msg: str
    data: msgspec.Raw


class Reply(NamedTuple):
    """Status and body, whatever they mean."""

    status: int
    body: bytes


class Client:
    """One connection to ``url``, signed with ``keys`` where asked to. Raises ``ExchangeError``."""

    def __init__(self, url: str, keys: Keys | None = None, ca_file: Path | None = None) -> None:
        """Check the address; connect at the first request."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ExchangeError(f"{url!r} is no address.", "Give one such as http://127.0.0.1:8080.")
        if keys is not None and parts.scheme == "http" and not _is_here(parts.hostname):
            raise ExchangeError(
                f"{url} is another machine, and would get the passphrase unencrypted.", "Use https, with --ca-file."
            )
        self.url = url.rstrip("/")
        self._keys = keys
        self._clock = SystemClock()
        self._connection: http.client.HTTPConnection
        try:
            if parts.scheme == "https":
                context = ssl.create_default_context(cafile=ca_file)
                self._connection = http.client.HTTPSConnection(parts.netloc, timeout=_TIMEOUT_S, context=context)
            else:
                self._connection = http.client.HTTPConnection(parts.netloc, timeout=_TIMEOUT_S)
        except (OSError, http.client.HTTPException) as error:
            raise ExchangeError(f"{url} cannot be used: {error}.", "Check --url and --ca-file.") from error

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def page(self, path: str) -> Reply:
        """A page of the server that is no operation, such as ``/metrics``."""
        return self._send("GET", path, b"", {})

    def get(self, path: str, rows: type[_T], params: Mapping[str, str] | None = None) -> list[_T]:
        """The rows of a public operation, its path after ``/api/v5``."""
        return self._rows("GET", path, params, None, rows, signed=False)

    def get_own(self, path: str, rows: type[_T], params: Mapping[str, str] | None = None) -> list[_T]:
        """The rows of a private operation."""
        return self._rows("GET", path, params, None, rows, signed=True)

    def post(self, path: str, rows: type[_T], body: object) -> list[_T]:
        """What a private operation did. Orders tell one by one whether they were refused."""
        return self._rows("POST", path, None, body, rows, signed=True)

    def _rows(
        self, method: str, path: str, params: Mapping[str, str] | None, body: object, rows: type[_T], *, signed: bool
    ) -> list[_T]:
        target = _PREFIX + path + (f"?{urlencode(params)}" if params else "")
        content = b"" if body is None else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"} if content else {}
        if signed:
            headers |= self._signature(method, target, content)
        answer = self._send(method, target, content, headers)
        try:
            envelope = msgspec.json.decode(answer.body, type=_Envelope)
            found: list[_T] = msgspec.json.decode(envelope.data, type=list[rows])  # type: ignore[valid-type]
        except msgspec.DecodeError as error:
            sentence = f"{self.url} does not answer as an exchange of the v5 API does ({error})."
            raise ExchangeError(sentence, "Is that the right address?") from error
        # Orders that failed tell more in their rows than the envelope does.
        if envelope.code != "0" and not found:
            raise refused(envelope.code, envelope.msg)
        return found

    def _send(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        try:
            try:
                return self._once(method, target, body, headers)
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # A connection that rested may have been closed meanwhile; an order is never sent twice.
                self._connection.close()
                if method != "GET":
                    raise
                return self._once(method, target, body, headers)
        except ssl.SSLCertVerificationError as error:
            self._connection.close()
            raise ExchangeError(f"{self.url} is not trusted: {error.verify_message}.", "Give --ca-file.") from error
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            sentence = f"Nobody answers at {self.url} ({str(error) or type(error).__name__})."
            raise ExchangeError(sentence, "Start a sandbox (`lonja sandbox`), or give its --data or --url.") from error

    def _once(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        self._connection.request(method, target, body or None, dict(headers))
        response = self._connection.getresponse()
        return Reply(response.status, response.read())

    def _signature(self, method: str, target: str, body: bytes) -> dict[str, str]:
        if self._keys is None:
            raise ExchangeError("There are no keys to sign with.", f"Set {', '.join(_KEY_VARIABLES)}.")
        moment = datetime.fromtimestamp(self._clock.now_ms() / 1_000, UTC).isoformat(timespec="milliseconds")
        moment = moment.replace("+00:00", "Z")
        text = f"{moment}{method}{target}".encode() + body
        digest = hmac.digest(self._keys.secret_key.encode(), text, hashlib.sha256)
        return {
            "OK-ACCESS-KEY": self._keys.api_key,
            "OK-ACCESS-SIGN": base64.b64encode(digest).decode(),
            "OK-ACCESS-TIMESTAMP": moment,
            "OK-ACCESS-PASSPHRASE": self._keys.passphrase,
        }


def refused(code: str, message: str) -> ExchangeError:
    """The exchange said no."""
    return ExchangeError(f"{message} (code {code}).", _REMEDIES.get(code, ""))


def public_client(data: Path, url: str, ca_file: Path | None) -> Client:
    """A client without keys: of ``url``, else of the sandbox that runs in ``data``. Raises ``ExchangeError``."""
    return Client(url, None, ca_file) if url else Client(_told(data).rest)


def private_client(data: Path, account: str, url: str, ca_file: Path | None) -> Client:
    """A client with keys, of the environment or else of ``sandbox.json``. Raises ``ExchangeError``."""
    keys = None if account else _keys_of_environment()
    told = None
    if keys is None or not url:
        told = _told(data)
    return Client(url or _must(told).rest, keys or _keys_of(_must(told), account), ca_file)


def _must(told: _Told | None) -> _Told:
    assert told is not None
    return told


def _keys_of_environment() -> Keys | None:
    # Options would show secrets to everybody who lists the processes of this machine.
    values = [os.environ.get(name, "") for name in _KEY_VARIABLES]
    if not any(values):
        return None
    for name, value in zip(_KEY_VARIABLES, values, strict=True):
        if not value:
            raise ExchangeError(f"{name} is not set, though another variable of the key is.")
    return Keys(*values)


def _keys_of(told: _Told, account: str) -> Keys:
    for keys in told.accounts:
        if account in ("", keys.name):
            return keys
    names = ", ".join(keys.name for keys in told.accounts)
    raise ExchangeError(f"{SANDBOX_FILE} knows no account {account!r}.", f"It knows {names}.")


def _told(data: Path) -> _Told:
    path = data / SANDBOX_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Told)
    except OSError as error:
        remedy = f"Start one (`lonja sandbox --data {data}`), or give its --data or --url."
        raise ExchangeError(f"No sandbox has told where it is in {path}.", remedy) from error
    except msgspec.DecodeError as error:
        raise ExchangeError(f"{path} is damaged ({error}).", "Start the sandbox again, it writes a new one.") from error


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
