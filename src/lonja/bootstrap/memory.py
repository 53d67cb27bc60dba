"""How Python looks for garbage in a house that starts, and in one that has started.

Why here: a collection stops the engine, so it must be rare and must not walk what lives as long as the process.
"""

import gc

_YOUNG = 20_000
"""Objects that may be made before the young ones are looked through; most garbage needs no looking for at all."""
_MIDDLE, _OLD = 20, 100
"""How many collections of one generation come before one of the next; all of them are for cycles nobody expects."""


_AT_START = 300_000
"""The same while a house is imported and built: nearly all that is made then stays."""


def expect_much() -> None:
    """Look for garbage seldom until ``settle``; a fifth of a start went into walking what stays."""
    gc.set_threshold(_AT_START, _MIDDLE, _OLD)


def settle() -> None:
    """Take what lives now out of all later collections, and make those rare."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
