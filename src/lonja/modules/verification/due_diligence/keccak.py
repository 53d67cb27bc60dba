"""Keccak-256 as Ethereum uses it: the sponge of FIPS 202 with the padding from before it became SHA-3.

Why own code: the standard library and ``cryptography`` have SHA-3 only, which differs in one padding byte. It hashes a
few hundred bytes per signed message, so plain Python is quick enough. Source: the Keccak reference (version 3.0) and the
published vectors in the tests.
"""

from typing import Final

_RATE: Final = 136
_MASK: Final = (1 << 64) - 1
_ROUND_CONSTANTS: Final = (
    0x0000000000000001,
    0x0000000000008082,
    0x800000000000808A,
    0x8000000080008000,
    0x000000000000808B,
    0x0000000080000001,
    0x8000000080008081,
    0x8000000000008009,
    0x000000000000008A,
    0x0000000000000088,
    0x0000000080008009,
    0x000000008000000A,
    0x000000008000808B,
    0x800000000000008B,
    0x8000000000008089,
    0x8000000000008003,
    0x8000000000008002,
    0x8000000000000080,
    0x000000000000800A,
    0x800000008000000A,
    0x8000000080008081,
    0x8000000000008080,
    0x0000000080000001,
    0x8000000080008008,
)
_ROTATIONS: Final = (
    (0, 36, 3, 41, 18),
    (1, 44, 10, 45, 2),
    (62, 6, 43, 15, 61),
    (28, 55, 25, 21, 56),
    (27, 20, 39, 8, 14),
)
"""How far the lane at column x and row y is rotated."""

Lanes = list[list[int]]


def keccak_256(message: bytes, padding: int = 1) -> bytes:
    """The 32 bytes of Keccak-256 over ``message``; with ``padding`` 6 those of SHA3-256."""
    lanes: Lanes = [[0] * 5 for _ in range(5)]
    padded = bytearray(message) + bytes([padding]) + bytes(-(len(message) + 1) % _RATE)
    padded[-1] |= 0x80
    for start in range(0, len(padded), _RATE):
        for position in range(_RATE // 8):
            at = start + 8 * position
            lanes[position % 5][position // 5] ^= int.from_bytes(padded[at : at + 8], "little")
        lanes = _permuted(lanes)
    return b"".join(lanes[position % 5][position // 5].to_bytes(8, "little") for position in range(4))


def _permuted(lanes: Lanes) -> Lanes:
    for constant in _ROUND_CONSTANTS:
        parity = [column[0] ^ column[1] ^ column[2] ^ column[3] ^ column[4] for column in lanes]
        spread = [parity[(x - 1) % 5] ^ _rotated(parity[(x + 1) % 5], 1) for x in range(5)]
        moved: Lanes = [[0] * 5 for _ in range(5)]
        for x in range(5):
            for y in range(5):
                moved[y][(2 * x + 3 * y) % 5] = _rotated(lanes[x][y] ^ spread[x], _ROTATIONS[x][y])
        lanes = [
            [moved[x][y] ^ (~moved[(x + 1) % 5][y] & _MASK & moved[(x + 2) % 5][y]) for y in range(5)] for x in range(5)
        ]
        lanes[0][0] ^= constant
    return lanes


def _rotated(lane: int, by: int) -> int:
    return ((lane << by) | (lane >> (64 - by))) & _MASK
