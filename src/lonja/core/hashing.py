"""One digest of everything the exchange knows.

Why here: two states are the same when their digests are; replay, snapshots and the twins are compared by it.
"""

from hashlib import blake2b

from lonja.core.snapshot import dump_state
from lonja.core.state import State


def state_hash(state: State) -> str:
    """64 hex digits over the canonical bytes of ``state``. Takes time in proportion to orders and balances."""
    return blake2b(dump_state(state), digest_size=32).hexdigest()
