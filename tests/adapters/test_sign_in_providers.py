"""Each provider of sign-in keeps the same contract; OpenID Connect believes no token that it should not."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from lonja.adapters.guarded_http import GuardedHttp
from lonja.adapters.oidc_provider import OidcProvider
from lonja.adapters.provider_local import Admission, LocalProvider
from lonja.modules.identity.api import ProviderSettings, SignInProvider, Way
from lonja.primitives.errors import RefusedError
from tests.adapters.oidc_server import CLIENT_ID, HOST, SECRET, OidcServer, running

WAY = Way("state-1", "nonce-1", "v" * 43, "https://lonja.example/api/account/connected/callback/it")
EMAIL = "alice@example.com"


class Clock:
    def __init__(self) -> None:
        self.now_ms = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now_ms


class Bench:
    """A provider, and how a browser goes through it."""

    def __init__(self, kind: str, server: OidcServer) -> None:
        self.server, self.clock, self.local = server, Clock(), LocalProvider()
        self.provider: SignInProvider = self.local if kind == "local" else self.oidc()

    def oidc(self) -> OidcProvider:
        settings = ProviderSettings("it", "It", self.server.issuer, CLIENT_ID, SECRET)
        http = GuardedHttp({HOST}, is_local=True, resolve=lambda _host, _port: ["127.0.0.1"])
        return OidcProvider(settings, self.clock, http)

    def go(self, way: Way = WAY) -> str:
        """The code that comes back."""
        address = self.provider.address(way)
        if self.provider is self.local:
            query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
            return self.local.admit(Admission(**query), EMAIL)
        return self.server.authorize(address, EMAIL)[1]


@pytest.fixture(scope="module")
def listening() -> Iterator[OidcServer]:
    with running() as server:
        yield server


@pytest.fixture
def server(listening: OidcServer) -> OidcServer:
    listening.behave()
    return listening


@pytest.fixture(params=["local", "oidc"])
def bench(request: pytest.FixtureRequest, server: OidcServer) -> Bench:
    return Bench(request.param, server)


@pytest.fixture
def oidc(server: OidcServer) -> Bench:
    return Bench("oidc", server)


def refused(code: str) -> pytest.RaisesExc[RefusedError]:
    return pytest.raises(RefusedError, check=lambda error: error.code == code)


# -- The contract ----------------------------------------------------------------------------------------------------


def test_who_comes_back_is_named(bench: Bench) -> None:
    person = bench.provider.identify(bench.go(), WAY)
    assert (person.provider, person.email) == (bench.provider.name, EMAIL)
    again = bench.provider.identify(bench.go(), WAY)
    assert person.subject == again.subject != ""


def test_the_address_carries_state_and_challenge_and_never_the_verifier(bench: Bench) -> None:
    address = bench.provider.address(WAY)
    assert WAY.state in address
    assert WAY.verifier not in address
    assert SECRET not in address


def test_a_code_is_good_once(bench: Bench) -> None:
    code = bench.go()
    bench.provider.identify(code, WAY)
    with refused("provider_refused"):
        bench.provider.identify(code, WAY)


@pytest.mark.parametrize(
    "changed", [{"verifier": "w" * 43}, {"nonce": "nonce-2"}, {"redirect": "https://evil.example"}]
)
def test_a_code_is_good_for_the_way_it_was_made_for(bench: Bench, changed: dict[str, str]) -> None:
    with refused("provider_refused"):
        bench.provider.identify(bench.go(), WAY._replace(**changed))


def test_a_made_up_code_names_nobody(bench: Bench) -> None:
    bench.provider.address(WAY)
    with refused("provider_refused"):
        bench.provider.identify("made up", WAY)


# -- Tokens of OpenID Connect ----------------------------------------------------------------------------------------

NOW_S = 1_700_000_000
WRONG_CLAIMS: list[dict[str, Any]] = [
    {"iss": "https://evil.example"},
    {"iss": None},
    {"aud": "another-client"},
    {"aud": [CLIENT_ID, "another-client"]},
    {"aud": []},
    {"aud": None},
    {"azp": "another-client"},
    {"exp": NOW_S - 61},
    {"exp": None},
    {"exp": True},
    {"exp": "9999999999"},
    {"iat": NOW_S - 601},
    {"iat": NOW_S + 61},
    {"iat": None},
    {"nbf": NOW_S + 61},
    {"nonce": "nonce-2"},
    {"nonce": None},
    {"nonce": "\ud800"},
    {"nonce": ["nonce-1"]},
    {"sub": ""},
    {"sub": None},
    {"sub": "x" * 256},
    {"sub": "\u0430dmin"},
    {"sub": 7},
]


@pytest.mark.parametrize("claims", WRONG_CLAIMS, ids=repr)
def test_a_token_with_a_wrong_claim_names_nobody(oidc: Bench, claims: dict[str, Any]) -> None:
    oidc.server.claims = claims
    code = oidc.go()
    with refused("provider_refused"):
        oidc.provider.identify(code, WAY)


RIGHT_CLAIMS: list[dict[str, Any]] = [
    {"aud": [CLIENT_ID]},
    {"azp": CLIENT_ID},
    {"exp": NOW_S - 59},
    {"iat": NOW_S + 59},
    {"iat": NOW_S - 599, "nbf": NOW_S - 599},
]


@pytest.mark.parametrize("claims", RIGHT_CLAIMS, ids=repr)
def test_a_token_may_be_as_old_and_as_wide_as_the_standard_lets_it(oidc: Bench, claims: dict[str, Any]) -> None:
    oidc.server.claims = claims
    assert oidc.provider.identify(oidc.go(), WAY).subject == "subject-1"


@pytest.mark.parametrize("verified", [False, None, "yes", 1, "false"])
def test_an_address_that_the_provider_did_not_verify_is_none(oidc: Bench, verified: object) -> None:
    oidc.server.claims = {"email_verified": verified}
    assert oidc.provider.identify(oidc.go(), WAY).email == ""


def _unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in (header, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def test_no_token_without_a_signature_is_believed(oidc: Bench) -> None:
    for algorithm in ("none", "None", "NONE", ""):
        oidc.server.sign = lambda header, claims, alg=algorithm: _unsigned(header | {"alg": alg}, claims)  # type: ignore[misc]
        code = oidc.go()
        with refused("provider_refused"):
            oidc.provider.identify(code, WAY)


def test_the_public_key_is_no_secret_to_sign_with(oidc: Bench) -> None:
    """Key confusion: HS256 with the text of the RSA key that everybody knows."""
    known = oidc.server.keys[0]
    assert isinstance(known, RSAKey)
    for text in (known.as_pem(private=False), json.dumps(known.as_dict(private=False)).encode()):
        secret = OctKey.import_key(text.replace(b"-----BEGIN PUBLIC KEY-----", b""), {"kid": "first"})
        oidc.server.sign = lambda header, claims, key=secret: jwt.encode(  # type: ignore[misc]
            header | {"alg": "HS256"}, claims, key, algorithms=["HS256"]
        )
        code = oidc.go()
        with refused("provider_refused"):
            oidc.provider.identify(code, WAY)


def test_a_key_that_the_token_brings_along_is_not_used(oidc: Bench) -> None:
    own = RSAKey.generate_key(2048, {"kid": "first"})
    brought = {"jwk": own.as_dict(private=False), "jku": f"{oidc.server.origin}/mine", "x5u": "https://evil.example"}
    oidc.server.sign = lambda header, claims: jwt.encode(header | brought, claims, own, algorithms=["RS256"])
    code = oidc.go()
    with refused("provider_refused"):
        oidc.provider.identify(code, WAY)
    assert "/mine" not in oidc.server.asked


def test_a_token_that_was_altered_names_nobody(oidc: Bench) -> None:
    signed = oidc.server.sign

    def altered(header: dict[str, Any], claims: dict[str, Any]) -> str:
        head, _, seal = signed(header, claims).split(".")
        body = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "victim"}).encode()).rstrip(b"=").decode()
        return f"{head}.{body}.{seal}"

    oidc.server.sign = altered
    code = oidc.go()
    with refused("provider_refused"):
        oidc.provider.identify(code, WAY)


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "..", "x" * 20_000, "e30.e30.", "W10.W10.W10"])
def test_what_is_no_token_names_nobody(oidc: Bench, token: str) -> None:
    oidc.server.sign = lambda _header, _claims: token
    code = oidc.go()
    with refused("provider_refused"):
        oidc.provider.identify(code, WAY)


def test_keys_for_other_purposes_and_weak_ones_are_not_used(oidc: Bench) -> None:
    signing, curve = RSAKey.generate_key(2048), ECKey.generate_key("P-384", {"kid": "first"})
    for key, algorithm, parameters in ((signing, "RS256", {"use": "enc"}), (curve, "ES384", {})):
        shown = key.as_dict(private=False) | {"kid": "first"} | parameters
        oidc.server.answers["/jwks"] = (200, {}, json.dumps({"keys": [shown]}).encode())
        oidc.server.sign = lambda header, claims, key=key, alg=algorithm: jwt.encode(  # type: ignore[misc]
            header | {"alg": alg}, claims, key, algorithms=[alg]
        )
        oidc.provider = oidc.oidc()
        code = oidc.go()
        with refused("provider_refused"):
            oidc.provider.identify(code, WAY)


# -- Keys and documents ----------------------------------------------------------------------------------------------


def test_documents_are_asked_for_once_and_keys_again_when_they_change(oidc: Bench) -> None:
    for _ in range(3):
        oidc.provider.identify(oidc.go(), WAY)
    assert oidc.server.asked.count("/jwks") == 1
    assert oidc.server.asked.count("/.well-known/openid-configuration") == 1
    oidc.server.keys = [ECKey.generate_key("P-256", {"kid": "second"})]
    oidc.server.header = {"alg": "ES256", "kid": "second"}
    code = oidc.go()
    with refused("provider_refused"):
        oidc.provider.identify(code, WAY)
    assert oidc.server.asked.count("/jwks") == 1, "not more than once a minute, whoever wishes"
    oidc.clock.now_ms += 60_000
    assert oidc.provider.identify(oidc.go(), WAY).subject == "subject-1"
    assert oidc.server.asked.count("/jwks") == 2


def test_a_clock_that_was_set_back_does_not_keep_old_keys_for_ever(oidc: Bench) -> None:
    oidc.provider.identify(oidc.go(), WAY)
    oidc.clock.now_ms -= 30_000
    oidc.provider.identify(oidc.go(), WAY)
    assert oidc.server.asked.count("/jwks") == 2


WRONG_ABOUT: list[dict[str, Any]] = [
    {"issuer": "https://evil.example"},
    {"token_endpoint": "http://127.0.0.1:1/token"},
    {"jwks_uri": "http://169.254.169.254/latest/meta-data"},
    {"authorization_endpoint": "https://evil.example/authorize"},
    {"authorization_endpoint": "javascript:alert(1)"},
    {"authorization_endpoint": "file:///etc/passwd"},
    {"token_endpoint": f"http://{HOST}@evil.example/token"},
    {"token_endpoint": "gopher://provider.example/x"},
    {"jwks_uri": ["http://provider.example"]},
    {"token_endpoint": "http://provider.example\\@evil.example/"},
    {"token_endpoint": "http://provider.example:99999/"},
]


@pytest.mark.parametrize("about", WRONG_ABOUT, ids=repr)
def test_a_provider_that_leads_elsewhere_is_not_followed(oidc: Bench, about: dict[str, Any]) -> None:
    """SSRF by discovery, and a page that is none of the provider's."""
    oidc.server.about = about
    with refused("provider_unavailable"):
        oidc.provider.address(WAY)


BAD_ANSWERS = [
    (302, {"location": "http://127.0.0.1/admin"}, b""),
    (200, {"content-encoding": "gzip"}, b"\x1f\x8b"),
    (200, {}, b"x" * (1 << 19)),
    (200, {}, b"[" * 100_000),
    (200, {}, b"\xff\xfe"),
    (200, {}, b'{"keys": 7}'),
    (500, {}, b"{}"),
]


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks", "/token"])
@pytest.mark.parametrize("answer", BAD_ANSWERS, ids=[str(index) for index in range(len(BAD_ANSWERS))])
def test_whatever_a_provider_answers_nobody_is_named_and_nothing_breaks(
    oidc: Bench, path: str, answer: tuple[int, dict[str, str], bytes]
) -> None:
    oidc.server.answers[path] = answer

    def try_it() -> None:
        oidc.provider.identify(oidc.go(), WAY)

    with pytest.raises(RefusedError) as caught:
        try_it()
    assert caught.value.code in ("provider_unavailable", "provider_refused")
    assert SECRET not in str(caught.value)


def test_a_provider_that_takes_the_secret_in_the_form_gets_it_there(oidc: Bench) -> None:
    oidc.server.about = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert oidc.provider.identify(oidc.go(), WAY).subject == "subject-1"


def test_the_host_is_named_although_the_address_is_connected_to(oidc: Bench) -> None:
    oidc.provider.identify(oidc.go(), WAY)
    assert {host.partition(":")[0] for host in oidc.server.hosts_heard} == {HOST}


def test_nothing_secret_shows() -> None:
    assert SECRET not in repr(ProviderSettings("it", "It", "https://provider.example", CLIENT_ID, SECRET))


def test_the_sandboxs_provider_leads_back_to_the_house_and_nowhere_else() -> None:
    """Open redirect by the provider's own address."""
    local = LocalProvider()
    local.move_to("http://localhost:8080")
    home = "http://localhost:8080/api/account/connected/callback/sandbox"
    asked = {"state": "s", "nonce": "n", "challenge": "c", "redirect": home}
    assert local.admit_by(asked, EMAIL).startswith(f"{home}?state=s&code=")
    for elsewhere in (
        "https://evil.example",
        "//evil.example",
        f"{home}@evil.example",
        f"{home}/../x",
        "",
        f"{home}?x",
    ):
        with refused("provider_refused"):
            local.admit_by(asked | {"redirect": elsewhere}, EMAIL)
