"""The providers that an operator trusts: checked, and their secrets sealed."""

from typing import Any

import pytest

from lonja.modules.identity.people.providers import ProviderSettings
from lonja.primitives.errors import SettingsError
from tests.modules.identity.people.conftest import Town, people_postgres

__all__ = ["people_postgres"]

GOOD = ProviderSettings("google", "Google", "https://accounts.google.com", "id-1", "s3cret", ("oauth2.googleapis.com",))
BAD: list[dict[str, Any]] = [
    {"name": "Google"},
    {"name": ""},
    {"issuer": "http://accounts.google.com"},
    {"issuer": "https://accounts.google.com?x=1"},
    {"issuer": "https://user@accounts.google.com"},
    {"issuer": "https://accounts.google.com:8443"},
    {"client_secret": ""},
    {"client_id": "a\nb"},
    {"title": ""},
    {"hosts": ("evil host",)},
]


def test_a_provider_is_kept_with_its_secret_sealed(town: Town) -> None:
    trusted = town.people.trusted_providers
    trusted.trust(GOOD)
    trusted.trust(GOOD._replace(client_secret="another"))
    assert trusted.all() == [GOOD._replace(client_secret="another")]
    with town.people.parts.database.connect() as connection:
        assert b"another" not in connection.exec_driver_sql("select sealed_secret from sign_in_providers").scalar_one()
    assert (trusted.distrust("google"), trusted.distrust("google"), trusted.all()) == (True, False, [])


@pytest.mark.parametrize("changed", BAD, ids=repr)
def test_what_is_no_provider_is_not_kept(town: Town, changed: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        town.people.trusted_providers.trust(GOOD._replace(**changed))
    assert town.people.trusted_providers.all() == []
