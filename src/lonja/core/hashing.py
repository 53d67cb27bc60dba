"""One digest of everything the exchange knows.

Why here: two states are the same when their digests are; replay, snapshots and the twins are compared by it.
"""

from hashlib import blake2b

from lonja.core.snapshot import dump_state
from lonja.core.state import State


def state_hash(state: State) -> str:
    """64 hex digits over the canonical bytes of ``state``. Takes time in proportion to orders and balances."""
    return hash_of_dump(dump_state(state))


def hash_of_dump(data: bytes) -> str:
    """The hash of the state that was dumped as ``data``, for those who have dumped it already."""
    return blake2b(data, digest_size=32).hexdigest()
