"""How Python looks for garbage in a house that has just started.

Why here: a collection stops the engine, so it must be rare and must not walk what lives as long as the process.
"""

import gc

_YOUNG = 20_000
"""Objects that may be made before the young ones are looked through; most garbage needs no looking for at all."""
_MIDDLE, _OLD = 20, 100
"""How many collections of one generation come before one of the next; all of them are for cycles nobody expects."""


def settle() -> None:
    """Take what lives now out of all later collections, and make those rare."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
