"""What people need of others by whom they may sign in: where to send a browser, and who came back.

Invariant: whoever comes back was sent by the same browser moments ago; what a provider says about anybody else never
reaches this side.
"""

from typing import NamedTuple, Protocol


class Way(NamedTuple):
    """One way to a provider and back: all of it secret but the place of return.

    ``state`` and ``nonce`` come back unchanged; ``verifier`` proves that who asks for the token began (RFC 7636).
    """

    state: str
    nonce: str
    verifier: str
    redirect: str


class NamedPerson(NamedTuple):
    """Whom a provider named: ``subject`` never changes; ``email`` is "" unless the provider verified it."""

    provider: str
    subject: str
    email: str


class SignInProvider(Protocol):
    """One provider. Adapters: OpenID Connect, and the sandbox's own. Blocking."""

    @property
    def name(self) -> str:
        """One short word that stays the same, like google."""

    @property
    def title(self) -> str:
        """Its name for people."""

    def address(self, way: Way) -> str:
        """Where the browser goes. Raises ``RefusedError`` (``provider_unavailable``)."""

    def identify(self, code: str, way: Way) -> NamedPerson:
        """Who came back with ``code``.

        Raises ``RefusedError``: ``provider_refused`` when it proves nobody, ``provider_unavailable``.
        """


class ProviderSettings(NamedTuple):
    """A provider as the operator names it. ``hosts`` are the only ones that are spoken to beside the issuer's."""

    name: str
    title: str
    issuer: str
    client_id: str
    client_secret: str
    hosts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Without the secret."""
        return f"ProviderSettings({self.name!r}, {self.issuer!r})"
