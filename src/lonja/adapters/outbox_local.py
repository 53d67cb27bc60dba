"""The local outbox: takes every message and sends it nowhere. For sandboxes and tests, where people read it there.

Why nothing is written here: the texts stay readable in the outbox of notices itself, which outlives the process.
Invariant: it remembers the last messages only.
"""

from collections import deque
from typing import Final

from lonja.modules.notices.ports import Call, KeyListener, Mail, TextMessage

_REMEMBERED: Final = 1_000


class LocalOutbox:
    """All four ports at once."""

    def __init__(self) -> None:
        """Empty."""
        self.mails: deque[Mail] = deque(maxlen=_REMEMBERED)
        self.texts: deque[TextMessage] = deque(maxlen=_REMEMBERED)
        self.calls: deque[Call] = deque(maxlen=_REMEMBERED)
        self.pushes: deque[TextMessage] = deque(maxlen=_REMEMBERED)
        self._heard: KeyListener = lambda _message_id, _key: None

    async def deliver(self, mail: Mail) -> None:
        """Take a mail."""
        self.mails.append(mail)

    async def send_text(self, message: TextMessage) -> None:
        """Take a text message."""
        self.texts.append(message)

    async def call(self, call: Call) -> None:
        """Take a call."""
        self.calls.append(call)

    def listen(self, heard: KeyListener) -> None:
        """Tell ``heard`` the keys pressed with ``press``."""
        self._heard = heard

    def press(self, message_id: str, key: str) -> None:
        """Press ``key`` in the call that has this id (blocking)."""
        self._heard(message_id, key)

    async def push(self, message: TextMessage) -> None:
        """Take a pushed notice."""
        self.pushes.append(message)
