"""The names and tags that random clients give.

Why here: few of them, so that they clash; two names share an index key.
"""

import random

from lonja.core.texts import Text16, Text32

NAMES = ("", "", "", "a", "b", "grid-001", "abcdefg0", "abcdefgp", "x" * 32)


def draw_name(rng: random.Random) -> Text32:
    """A client order id, mostly none."""
    return Text32(rng.choice(NAMES))


def draw_tag(rng: random.Random) -> Text16:
    """A tag, mostly none."""
    return Text16(rng.choice(("", "", "red", "longer-than-8", f"t{rng.randrange(30)}")))
