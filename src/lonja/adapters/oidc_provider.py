"""Signing in by OpenID Connect: authorization code with PKCE, and the checks of the token that comes of it.

Sources: OpenID Connect Core 1.0 (3.1.3.7) and Discovery 1.0, RFC 7636, RFC 8725. Invariant: nothing of a token is
believed before its signature; the algorithm is one of ours and fits the key, whatever the token says of itself.
"""

import base64
import hmac
import threading
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec
import structlog

from lonja.adapters.guarded_http import GuardedHttp, NotFetchedError
from lonja.modules.identity.people.providers import NamedPerson, ProviderSettings, Way
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from joserfc.jwk import Key

ALGORITHMS: Final = ("RS256", "PS256", "ES256")
SKEW_S: Final = 60
"""How far a provider's clock may be off."""
AGE_S_MAX: Final = 600
_TOKEN_LENGTH_MAX: Final = 16_384
_SUBJECT_LENGTH_MAX: Final = 255
_RSA_BITS_MIN: Final = 2_048
_FRESH_MS: Final = HOUR_MS
_UNKNOWN: Final = "unknown key"
# Any: documents of others.
Claims = dict[str, Any]
_T = TypeVar("_T")

_log = structlog.get_logger("lonja.providers")


class _Discovered(msgspec.Struct, frozen=True):
    """What a provider says of itself; the rest is not read."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: list[str] = msgspec.field(default_factory=lambda: ["client_secret_basic"])


class _Keys(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str


class OidcProvider:
    """A ``SignInProvider`` that speaks OpenID Connect. Blocking."""

    def __init__(self, settings: ProviderSettings, machine_clock: Callable[[], int], http: GuardedHttp) -> None:
        """``machine_clock`` in milliseconds: tokens are dated by the provider's real time, not the exchange's."""
        self._settings = settings
        self._now_ms = machine_clock
        self._http = http
        self._lock = threading.Lock()
        self._discovered: tuple[_Discovered, int] | None = None
        self._keys: tuple[list[Key], int] | None = None

    @property
    def name(self) -> str:
        """One short word that stays the same."""
        return self._settings.name

    @property
    def title(self) -> str:
        """Its name for people."""
        return self._settings.title

    def address(self, way: Way) -> str:
        """Where the browser goes. Raises ``RefusedError`` (``provider_unavailable``)."""
        try:
            endpoint = self._about().authorization_endpoint
        except NotFetchedError as error:
            raise self._unavailable(error) from error
        challenge = base64.urlsafe_b64encode(sha256(way.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": way.redirect,
            "scope": "openid email",
            "state": way.state,
            "nonce": way.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def identify(self, code: str, way: Way) -> NamedPerson:
        """Who came back with ``code``. Raises ``RefusedError``: ``provider_refused``, ``provider_unavailable``."""
        try:
            claims = self._claims(self._exchange(code, way))
        except NotFetchedError as error:
            raise self._unavailable(error) from error
        fault = _fault(claims, self._settings, way.nonce, self._now_ms() // 1000)
        if fault:
            raise self._refused(fault)
        email, verified = claims.get("email"), claims.get("email_verified")
        is_verified = verified is True or verified == "true"
        return NamedPerson(self.name, claims["sub"], email if is_verified and isinstance(email, str) else "")

    # -- Talking to the provider -------------------------------------------------------------------------------------

    def _exchange(self, code: str, way: Way) -> str:
        about, settings = self._about(), self._settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": way.redirect,
            "code_verifier": way.verifier,
        }
        headers = {}
        if "client_secret_basic" in about.token_endpoint_auth_methods_supported:
            pair = f"{quote(settings.client_id, safe='')}:{quote(settings.client_secret, safe='')}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": settings.client_id, "client_secret": settings.client_secret}
        answer = self._http.fetch("POST", about.token_endpoint, headers, form)
        if answer.status >= 500:
            raise NotFetchedError(f"The provider answered {answer.status}.")
        if answer.status != 200:
            raise self._refused(f"token endpoint answered {answer.status}")
        try:
            return msgspec.json.decode(answer.body, type=_Tokens).id_token
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._refused("no token came") from error

    def _about(self) -> _Discovered:
        with self._lock:
            known, now_ms = self._discovered, self._now_ms()
            if known is not None and 0 <= now_ms - known[1] < _FRESH_MS:
                return known[0]
            issuer = self._settings.issuer
            found = self._document(f"{issuer.rstrip('/')}/.well-known/openid-configuration", _Discovered)
            if found.issuer != issuer:
                raise NotFetchedError("The provider calls itself otherwise.")
            for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
                self._http.check(url)
            if urlsplit(found.authorization_endpoint).fragment:
                raise NotFetchedError("The provider's page has a fragment.")
            self._discovered = (found, now_ms)
            return found

    def _document(self, url: str, kind: type[_T]) -> _T:
        answer = self._http.fetch("GET", url)
        if answer.status != 200:
            raise NotFetchedError(f"The provider answered {answer.status}.")
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise NotFetchedError("The provider answered what nobody can read.") from error

    # -- The token ---------------------------------------------------------------------------------------------------

    def _claims(self, token: str) -> Claims:
        if len(token) > _TOKEN_LENGTH_MAX:
            raise self._refused("token too long")
        fault, claims = self._verified(token, self._known_keys(older_than_ms=_FRESH_MS))
        if fault == _UNKNOWN:
            # Keys are changed now and then; nobody makes us ask more than once a minute.
            fault, claims = self._verified(token, self._known_keys(older_than_ms=MINUTE_MS))
        if fault:
            raise self._refused(fault)
        return claims

    def _verified(self, token: str, keys: "list[Key]") -> tuple[str, Claims]:
        from joserfc import jwt  # noqa: PLC0415  # heavy
        from joserfc.errors import JoseError  # noqa: PLC0415

        key_id = _key_id(token)
        fitting = [key for key in keys if key.kid == key_id]
        if not fitting:
            return _UNKNOWN, {}
        if len(fitting) > 1:
            return "two keys of one name", {}
        try:
            return "", jwt.decode(token, fitting[0], algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            return type(error).__name__, {}

    def _known_keys(self, older_than_ms: int) -> "list[Key]":
        url = self._about().jwks_uri
        with self._lock:
            known, now_ms = self._keys, self._now_ms()
            if known is not None and 0 <= now_ms - known[1] < older_than_ms:
                return known[0]
            described = self._document(url, _Keys).keys
            keys = [key for one in described if _may_sign(one) and (key := _imported(one)) is not None]
            self._keys = (keys, now_ms)
            return keys

    def _refused(self, fault: str) -> RefusedError:
        _log.warning("a provider's proof was refused", provider=self.name, fault=fault)
        return RefusedError("provider_refused", "The provider did not prove who you are.", "Try again.")

    def _unavailable(self, error: NotFetchedError) -> RefusedError:
        _log.warning("a provider cannot be used", provider=self.name, problem=error.message)
        message = f"{self.title} cannot be asked right now."
        return RefusedError("provider_unavailable", message, "Try again later, or sign in another way.")


def _imported(described: dict[str, Any]) -> "Key | None":
    """The key, None for one that nobody can read: others may be good."""
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import import_key  # noqa: PLC0415

    try:
        return import_key(described)
    except (JoseError, ValueError, TypeError):
        return None


def _may_sign(key: Mapping[str, Any]) -> bool:
    return key.get("kty") in ("RSA", "EC") and key.get("use", "sig") == "sig" and _is_strong(key)


def _is_strong(key: Mapping[str, Any]) -> bool:
    if key["kty"] == "EC":
        return key.get("crv") == "P-256"
    modulus = key.get("n")
    return isinstance(modulus, str) and len(modulus) * 6 >= _RSA_BITS_MIN


def _key_id(token: str) -> str | None:
    head = token.partition(".")[0]
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, msgspec.DecodeError, RecursionError):
        return None
    key_id = found.get("kid") if isinstance(found, dict) else None
    return key_id if isinstance(key_id, str) else None


def _fault(claims: Claims, settings: ProviderSettings, nonce: str, now_s: int) -> str:
    """What is wrong with the claims of a token whose signature is right; "" when nothing is."""
    subject, given = claims.get("sub"), claims.get("nonce")
    audience, party = claims.get("aud"), claims.get("azp", settings.client_id)
    issued, ends, begins = (
        _number(claims.get(name, default)) for name, default in (("iat", -1), ("exp", -1), ("nbf", 0))
    )
    checks = {
        "issuer": claims.get("iss") == settings.issuer,
        # Another audience beside us could have passed the token on.
        "audience": audience in (settings.client_id, [settings.client_id]),
        "authorized party": party == settings.client_id,
        "nonce": isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "replace"), nonce.encode()),
        "subject": isinstance(subject, str) and 0 < len(subject) <= _SUBJECT_LENGTH_MAX and subject.isascii(),
        "issued": now_s - AGE_S_MAX <= issued <= now_s + SKEW_S,
        "expiry": ends > now_s - SKEW_S,
        "beginning": 0 <= begins <= now_s + SKEW_S,
    }
    return ", ".join(name for name, is_right in checks.items() if not is_right)


def _number(value: object) -> float:
    """``value`` as a time, -1 for what is none."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else -1
