"""The providers that the operator trusts to say who somebody is, kept with their secrets sealed.

Why in the database: a secret belongs neither on a command line nor in a file that is copied about. Invariant: an issuer
is an address of https without a query, as it stands in its tokens.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import delete, select

from lonja.modules.identity.people.parts import Parts
from lonja.modules.identity.people.providers import ProviderSettings
from lonja.modules.identity.people.tables import ProviderRow
from lonja.primitives.errors import SettingsError
from lonja.storage.ports import SecretBox

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_TITLE_LENGTH_MAX: Final = 64
_TEXT_LENGTH_MAX: Final = 255


class TrustedProviders:
    """Providers in the users' database. Blocking; every method is a transaction of its own."""

    def __init__(self, parts: Parts, box: SecretBox) -> None:
        """``box`` seals the secrets."""
        self._parts = parts
        self._box = box

    def trust(self, settings: ProviderSettings) -> None:
        """Keep a provider, in place of one of the same name. Raises ``SettingsError``."""
        _check(settings)
        row = ProviderRow(
            name=settings.name,
            title=settings.title,
            issuer=settings.issuer,
            client_id=settings.client_id,
            sealed_secret=self._box.seal(settings.client_secret.encode(), _context(settings.name)),
            hosts=" ".join(settings.hosts),
        )
        with self._parts.transaction() as session:
            session.merge(row)

    def distrust(self, name: str) -> bool:
        """Forget a provider; False when there is none. Accounts connected by it open nothing until it is back."""
        with self._parts.transaction() as session:
            gone = session.execute(delete(ProviderRow).where(ProviderRow.name == name).returning(ProviderRow.name))
            return gone.scalar_one_or_none() is not None

    def all(self) -> list[ProviderSettings]:
        """The providers, by name. Raises ``DataCorruptError`` when a secret was sealed by another box."""
        with self._parts.transaction() as session:
            rows = session.scalars(select(ProviderRow).order_by(ProviderRow.name)).all()
            return [
                ProviderSettings(
                    row.name,
                    row.title,
                    row.issuer,
                    row.client_id,
                    self._box.open(row.sealed_secret, _context(row.name)).decode(),
                    tuple(row.hosts.split()),
                )
                for row in rows
            ]


def _context(name: str) -> str:
    return f"provider:{name}"


def check_provider_name(name: str) -> None:
    """Raise ``SettingsError`` for what can be no provider's name."""
    if not _NAME.fullmatch(name):
        raise SettingsError("This is no name of a provider.", "Use small letters, like google.")


def _check(settings: ProviderSettings) -> None:
    parts = urlsplit(settings.issuer)
    host = parts.hostname or ""
    check_provider_name(settings.name)
    if (
        parts.scheme != "https"
        or not _HOST.fullmatch(host)
        or parts.netloc != host
        or parts.query
        or parts.fragment
        or len(settings.issuer) > _TEXT_LENGTH_MAX
    ):
        raise SettingsError("The issuer is no plain address of https.", "Write it like https://accounts.google.com.")
    texts = (settings.client_id, settings.client_secret)
    if not all(0 < len(text) <= _TEXT_LENGTH_MAX and text.isascii() and text.isprintable() for text in texts):
        raise SettingsError("Client id and secret are needed.", "Copy them from the provider's console.")
    if not 0 < len(settings.title) <= _TITLE_LENGTH_MAX or not settings.title.isprintable():
        raise SettingsError(f"A provider's title has 1 to {_TITLE_LENGTH_MAX} characters.")
    if not all(_HOST.fullmatch(name) for name in settings.hosts):
        raise SettingsError("One of the hosts is no host name.", "Write names like oauth2.googleapis.com.")
