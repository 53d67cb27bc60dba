"""Keys of signed-in pages: a page trades like any client, with a key that lives no longer than its session.

Why in memory: such a key is asked for anew whenever a page is loaded, and nobody is to find it afterwards. Invariants:
it may read and trade and never withdraw; it works from the address of its page alone; at the latest
``CHECK_SECONDS`` after the session ended, for whatever reason, it is gone.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lonja.modules.identity.domain import ApiKey, Permission, parse_networks
from lonja.modules.identity.new_keys import CreatedKey, new_key
from lonja.primitives.errors import DataError

CHECK_SECONDS: Final = 1.0
"""How long a session that was good is taken to be good still."""
KEYS_PER_ACCOUNT_MAX: Final = 20
"""Pages of one account that may be open at once; the page opened first loses its key to the next."""
LABEL: Final = "page"

IsLive = Callable[[], bool]
"""Whether the session of a page is good now (blocking, short). Raises ``DataError`` when nobody can tell."""


@dataclass(slots=True)
class _Kept:
    key: ApiKey
    is_live: IsLive
    expires_ms: int
    checked: float


class SessionKeys:
    """Keys of pages by name. ``open`` may be called on any thread; reads are for one."""

    def __init__(self, clock: Callable[[], int]) -> None:
        """Keep none yet; ``clock`` gives the exchange's time in milliseconds."""
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def open(self, account: int, address: str, is_live: IsLive, expires_ms: int) -> CreatedKey:
        """A key of ``account`` for a page at ``address``, whose session ends by ``expires_ms`` (blocking)."""
        made = new_key(
            account,
            self._clock(),
            permissions=frozenset({Permission.READ, Permission.TRADE}),
            networks=parse_networks([address], 1),
            label=LABEL,
            lapses=False,
        )
        with self._lock:
            self._drop_oldest(account)
            self._kept[made.key.api_key] = _Kept(made.key, is_live, expires_ms, time.monotonic())
        return made

    def has(self, api_key: str) -> bool:
        """Whether it is the key of a page, good or not."""
        return api_key in self._kept

    def find(self, api_key: str) -> ApiKey | None:
        """The key, or None when its session has ended."""
        kept = self._kept.get(api_key)
        if kept is None:
            return None
        if not self._is_live(kept):
            self._kept.pop(api_key, None)
            return None
        return kept.key

    def _is_live(self, kept: _Kept) -> bool:
        if self._clock() >= kept.expires_ms:
            return False
        if time.monotonic() - kept.checked <= CHECK_SECONDS:
            return True
        kept.checked = time.monotonic()
        try:
            return kept.is_live()
        except DataError:
            # Like stored keys: a database that cannot be read must not end all trading before the session would end.
            return True

    def _drop_oldest(self, account: int) -> None:
        now_ms = self._clock()
        # Reads on the other thread may drop a key meanwhile.
        kept = list(self._kept.items())
        own = [name for name, one in kept if one.key.account == account and now_ms < one.expires_ms]
        over = [name for name, one in kept if now_ms >= one.expires_ms]
        for name in (*over, *own[: max(0, len(own) - KEYS_PER_ACCOUNT_MAX + 1)]):
            self._kept.pop(name, None)
