"""An OpenID Connect provider on loopback that signs real tokens, and can be told to misbehave."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import uvicorn
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

Key = RSAKey | ECKey | OctKey
Answer = tuple[int, dict[str, str], bytes]
CLIENT_ID, SECRET = "lonja-client", "s3cret:with/marks"
HOST = "provider.example"


class OidcServer:
    """What it answers; a test changes the attributes."""

    def __init__(self) -> None:
        self.origin = ""
        self.first_key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.behave()

    def behave(self) -> None:
        """Be again as at first."""
        self.now_s = 1_700_000_000
        self.keys: list[Key] = [self.first_key]
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "first"}
        self.claims: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any], dict[str, Any]], str] = self._signed
        self.about: dict[str, Any] = {}
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.hosts_heard: set[str] = set()
        self.codes: dict[str, tuple[dict[str, str], str, str]] = {}

    @property
    def issuer(self) -> str:
        return self.origin

    def authorize(self, address: str, email: str, subject: str = "subject-1") -> tuple[str, str]:
        """What the provider's page does once the person agreed: state and code."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["response_type"] == "code"
        assert (query["client_id"], query["code_challenge_method"]) == (CLIENT_ID, "S256")
        code = f"code {len(self.codes)}"
        self.codes[code] = (query, email, subject)
        return query["state"], code

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        self.asked.append(path)
        self.hosts_heard.add(headers["host"])
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            return _json(200, self._about())
        if path == "/jwks":
            return _json(200, {"keys": [key.as_dict(private=False) for key in self.keys]})
        if path == "/token":
            return self._token(headers, dict(parse_qsl(body.decode())))
        return _json(404, {})

    def _about(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": f"{self.origin}/token",
            "jwks_uri": f"{self.origin}/jwks",
            "response_types_supported": ["code"],
        } | self.about

    def _token(self, headers: dict[str, str], form: dict[str, str]) -> Answer:
        basic = base64.b64encode(b"lonja-client:s3cret%3Awith%2Fmarks").decode()
        if headers.get("authorization") != f"Basic {basic}" and form.get("client_secret") != SECRET:
            return _json(401, {"error": "invalid_client"})
        query, email, subject = self.codes.pop(form["code"], ({}, "", ""))
        challenge = base64.urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if query.get("code_challenge") != challenge or query["redirect_uri"] != form["redirect_uri"]:
            return _json(400, {"error": "invalid_grant"})
        claims = {
            "iss": self.issuer,
            "sub": subject,
            "aud": CLIENT_ID,
            "exp": self.now_s + 3_600,
            "iat": self.now_s,
            "nonce": query["nonce"],
            "email": email,
            "email_verified": True,
        } | self.claims
        token = self.sign(self.header, {name: value for name, value in claims.items() if value is not None})
        return _json(200, {"access_token": "unused", "token_type": "Bearer", "id_token": token})

    def _signed(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        return jws.serialize_compact(header, json.dumps(claims), self.keys[0], algorithms=[header["alg"]])

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        status, extra, content = self.answer(scope["path"], headers, body)
        raw = [(name.encode(), value.encode()) for name, value in extra.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})


def _json(status: int, content: object) -> Answer:
    return status, {"content-type": "application/json"}, json.dumps(content).encode()


@contextmanager
def running() -> Iterator[OidcServer]:
    """The provider, listening on a free port of this machine."""
    provider = OidcServer()
    config = uvicorn.Config(provider, host="127.0.0.1", port=0, log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    provider.origin = f"http://{HOST}:{port}"
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join()
