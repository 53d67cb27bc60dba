"""How many connections of each account follow a channel, where that is limited.

Several subscriptions of one connection to one channel count once. Invariant: what is empty is forgotten.
"""

from collections.abc import Hashable
from typing import Final

CONNECTIONS_PER_CHANNEL: Final = 30
"""Connections of one account that may follow one channel."""


class ConnectionCounts:
    """Counts connections by account and channel."""

    def __init__(self, most: int = CONNECTIONS_PER_CHANNEL) -> None:
        """At most ``most`` connections for each account and channel."""
        self._most = most
        self._wishes: dict[tuple[int, str], dict[Hashable, int]] = {}

    def join(self, account: int, channel: str, connection: Hashable) -> bool:
        """Count one more subscription; False when it is of one connection too many, which counts nothing."""
        key = (account, channel)
        wishes = self._wishes.get(key, {})
        if connection not in wishes and len(wishes) >= self._most:
            return False
        self._wishes[key] = wishes
        wishes[connection] = wishes.get(connection, 0) + 1
        return True

    def leave(self, account: int, channel: str, connection: Hashable) -> None:
        """Count one subscription less, which must have joined."""
        wishes = self._wishes[account, channel]
        wishes[connection] -= 1
        if not wishes[connection]:
            del wishes[connection]
        if not wishes:
            del self._wishes[account, channel]

    def count(self, account: int, channel: str) -> int:
        """How many connections of ``account`` follow ``channel``."""
        return len(self._wishes.get((account, channel), ()))
