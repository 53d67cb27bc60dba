"""Lets people come by the providers that the operator trusts, and by the sandbox's own.

Why here: identity asks providers through a port; only ``bootstrap`` knows which adapters answer.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from lonja.adapters.guarded_http import GuardedHttp
from lonja.adapters.oidc_provider import OidcProvider
from lonja.adapters.provider_local import LocalProvider
from lonja.modules.identity.api import People, ProviderSettings, SignInProvider


def offer_providers(people: People, machine_clock: Callable[[], int], local: LocalProvider | None = None) -> None:
    """From now on people may come by what is kept as trusted (blocking), and by ``local``. Raises ``DataError``."""
    trusted = [_provider(settings, machine_clock) for settings in people.trusted_providers.all()]
    people.connected.offer([*trusted, *([] if local is None else [local])])


def _provider(settings: ProviderSettings, machine_clock: Callable[[], int]) -> SignInProvider:
    hosts = {urlsplit(settings.issuer).hostname or "", *settings.hosts}
    return OidcProvider(settings, machine_clock, GuardedHttp(hosts))
