"""A sandbox's own provider of sign-in: whoever opens its page says who they are.

Why: a person who tries the sandbox has no account at a provider that knows the house. Invariant: a code is good once, for
the way it was made for, as with a real provider.
"""

import base64
import hmac
import threading
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, NamedTuple
from urllib.parse import urlencode

from lonja.modules.identity.people.providers import NamedPerson, Way
from lonja.primitives.errors import RefusedError

NAME: Final = "sandbox"
PAGE: Final = "/sandbox/provider"
_CALLBACK: Final = f"/api/account/connected/callback/{NAME}"
_CODES_MAX: Final = 1_000


class Admission(NamedTuple):
    """What the page was opened with: it goes back with the code, and is checked with it."""

    state: str
    nonce: str
    challenge: str
    redirect: str


class LocalProvider:
    """A ``SignInProvider`` in this process."""

    def __init__(self) -> None:
        """Nobody has said yet who they are."""
        self._codes: dict[str, tuple[Admission, str]] = {}
        self._lock = threading.Lock()
        self._origin = "http://localhost"
        self._made = 0

    @property
    def name(self) -> str:
        """One short word that stays the same."""
        return NAME

    @property
    def title(self) -> str:
        """Its name for people."""
        return "Sandbox provider"

    def move_to(self, origin: str) -> None:
        """From now on the page lies at ``origin``."""
        self._origin = origin

    def address(self, way: Way) -> str:
        """Where the browser goes."""
        asked = Admission(way.state, way.nonce, _challenge(way.verifier), way.redirect)
        return f"{self._origin}{PAGE}?{urlencode(asked._asdict())}"

    def admit(self, asked: Admission, email: str) -> str:
        """A code for who says to be ``email``; the oldest are forgotten when there are too many."""
        with self._lock:
            self._made += 1
            code = f"{self._made}.{sha256(f'{self._made} {asked.challenge} {email}'.encode()).hexdigest()}"
            self._codes[code] = (asked, email)
            while len(self._codes) > _CODES_MAX:
                del self._codes[next(iter(self._codes))]
            return code

    def admit_by(self, asked: Mapping[str, str], email: str) -> str:
        """Where the browser goes on to: back to the house itself, and nowhere else. Raises ``RefusedError``."""
        if asked["redirect"] != f"{self._origin}{_CALLBACK}":
            raise RefusedError(
                "provider_refused",
                "This address does not lead back to the house.",
                "Begin again from the page of the house.",
            )
        code = self.admit(Admission(**asked), email)
        return f"{asked['redirect']}?{urlencode({'state': asked['state'], 'code': code})}"

    def identify(self, code: str, way: Way) -> NamedPerson:
        """Who came back with ``code``. Raises ``RefusedError``."""
        with self._lock:
            asked, email = self._codes.pop(code, (None, ""))
        known = Admission(way.state, way.nonce, _challenge(way.verifier), way.redirect)
        if asked is None or not hmac.compare_digest("\n".join(asked).encode(), "\n".join(known).encode()):
            raise RefusedError("provider_refused", "The provider did not prove who you are.", "Try again.")
        return NamedPerson(NAME, sha256(email.strip().lower().encode()).hexdigest(), email)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
