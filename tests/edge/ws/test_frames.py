"""Frames that picows itself reads back, at every form of the length field."""

import pytest

from lonja.edge.ws.frames import pong_frame, text_frame


@pytest.mark.parametrize(
    ("size", "header"),
    [
        (0, "8100"),
        (1, "8101"),
        (125, "817d"),
        (126, "817e007e"),
        (65_535, "817effff"),
        (65_536, "817f0000000000010000"),
    ],
)
def test_the_length_of_a_text_takes_the_shortest_form(size: int, header: str) -> None:
    payload = b"x" * size
    assert text_frame(payload) == bytes.fromhex(header) + payload


def test_a_pong_repeats_the_ping() -> None:
    assert pong_frame(b"abc") == bytes.fromhex("8a03") + b"abc"
