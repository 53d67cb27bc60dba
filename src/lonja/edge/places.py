"""In which country a caller's network address is, looked up once for each address.

Why here: whoever calls by key is judged by place with every order, and an order pays for no more than a dictionary's
look-up. Invariant: memory is bounded, however many addresses call.
"""

import asyncio
from collections.abc import Callable
from typing import Final

ADDRESSES_MAX: Final = 10_000

CountryOf = Callable[[str], str]
"""Gives the two letters of the country of a network address, "" when it is unknown (blocking)."""


class Places:
    """Countries by address."""

    __slots__ = ("_country_of", "_known")

    def __init__(self, country_of: CountryOf | None = None) -> None:
        """Ask ``country_of``; without it every place is unknown."""
        self._country_of = country_of
        self._known: dict[str, str] = {}

    def known(self, address: str) -> str | None:
        """The country of ``address``, "" when it is unknown, None when nobody asked yet."""
        return "" if self._country_of is None else self._known.get(address)

    async def find(self, address: str) -> str:
        """The country of ``address``, looked up when nobody asked yet."""
        found = self.known(address)
        if found is not None or self._country_of is None:
            return found or ""
        # The first one of all reads the tables, and the others touch files or not, as the tables please.
        country = await asyncio.to_thread(self._country_of, address)
        if len(self._known) >= ADDRESSES_MAX:
            self._known.clear()
        self._known[address] = country
        return country
