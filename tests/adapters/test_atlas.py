"""Addresses are placed by country, hosting networks are known as such, and nothing raises."""

import pytest

from lonja.adapters.atlas_geoip import GeoIpAtlas

PLACES = [
    ("127.0.0.1", "", False),
    ("10.1.2.3", "", False),
    ("::1", "", False),
    ("fe80::1", "", False),
    ("", "", False),
    ("localhost", "", False),
    ("300.1.1.1", "", False),
    ("88.12.1.1", "ES", False),
    ("5.9.1.1", "DE", True),
    ("5.160.0.1", "IR", False),
    ("::ffff:5.160.0.1", "IR", False),
    ("::ffff:10.1.2.3", "", False),
    ("2001:4860:4860::8888", "US", True),
]


@pytest.mark.parametrize(("address", "country", "is_hosting"), PLACES)
def test_the_place_of_an_address(address: str, country: str, is_hosting: bool) -> None:
    place = GeoIpAtlas().place(address)
    assert (place.country, place.is_hosting) == (country, is_hosting)
    assert place.name
