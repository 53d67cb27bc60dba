"""The deterministic exchange: (state, command) -> events, with no I/O, clock, randomness or float.

``IS_COMPILED`` tells whether the hot modules run as machine code; results are the same either way.
"""

from lonja.compiled import prefer_compiled

IS_COMPILED = prefer_compiled(__path__)
