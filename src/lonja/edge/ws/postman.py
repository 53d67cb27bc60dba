"""Hands frames to connections and has them written once per turn of the event loop.

Why here: one event can concern thousands of connections, and one connection many events. The loops below are the
whole cost of a fan-out besides the system calls, so they touch each connection as little as they can.
"""

import asyncio
from collections.abc import Iterable
from typing import Protocol


class Mailbox(Protocol):
    """Who gets frames. Must have left every group before it stops taking them."""

    frames: list[bytes]
    """What is to be written, in order; only the postman and ``flush`` change it."""

    def flush(self, now_s: float) -> None:
        """Write ``frames``, which are not empty, and clear them; ``now_s`` is the event loop's time."""


class Postman:
    """Remembers which mailboxes have something. Belongs to the running event loop."""

    def __init__(self) -> None:
        """Nothing to do yet."""
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Mailbox] = []

    def send(self, mailboxes: Iterable[Mailbox], frame: bytes) -> None:
        """Give ``frame`` to each of ``mailboxes``; it is written at the end of this turn of the event loop."""
        waiting = self._waiting
        if not waiting:
            self._loop.call_soon(self._deliver)
        for mailbox in mailboxes:
            frames = mailbox.frames
            if not frames:
                waiting.append(mailbox)
            frames.append(frame)

    def _deliver(self) -> None:
        waiting, self._waiting = self._waiting, []
        now_s = self._loop.time()
        for mailbox in waiting:
            if mailbox.frames:
                mailbox.flush(now_s)
