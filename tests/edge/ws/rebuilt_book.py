"""A client's book, rebuilt from messages as public clients do it, and judged by sequence and checksum."""

import zlib
from decimal import Decimal
from typing import Any

Level = tuple[str, str, str]


def slow_checksum(bids: list[Level], asks: list[Level]) -> int:
    """The documented rule, word for word."""
    parts = []
    for index in range(25):
        for side in (bids, asks):
            if index < len(side):
                parts += side[index][:2]
    value = zlib.crc32(":".join(parts).encode())
    return value if value < 2**31 else value - 2**32


class RebuiltBook:
    """Price to (size, orders) on each side."""

    def __init__(self) -> None:
        self.sides: dict[str, dict[str, tuple[str, str]]] = {"bids": {}, "asks": {}}
        self.sequence = -1
        self.checksums = 0

    def take(self, message: dict[str, Any], *, chained: bool = True) -> None:
        """Apply one message of an incremental channel."""
        data = message["data"][0]
        if message["action"] == "snapshot":
            self.sides = {"bids": {}, "asks": {}}
        elif chained:
            assert data["prevSeqId"] == self.sequence
        for name, side in self.sides.items():
            for price, size, _, orders in data[name]:
                if Decimal(size) == 0:
                    side.pop(price, None)
                else:
                    side[price] = (size, orders)
        self.sequence = data.get("seqId", self.sequence)
        assert slow_checksum(self.levels("bids"), self.levels("asks")) == data["checksum"]
        self.checksums += 1

    def levels(self, name: str) -> list[Level]:
        """The levels of a side, best first."""
        side = self.sides[name]
        prices = sorted(side, key=Decimal, reverse=name == "bids")
        return [(price, *side[price]) for price in prices]
