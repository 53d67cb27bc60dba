"""What feeds are to the hub, and the subscribers of one public thing.

Why here: the hub routes by topic and knows nothing else of a feed. Invariant: a subscriber first gets a whole picture,
where there is one, and then every change, in order.
"""

import asyncio
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

from lonja.edge.session import Session
from lonja.edge.wire.channels import Subscription
from lonja.edge.ws.frames import text_frame
from lonja.edge.ws.postman import Mailbox, Postman

_K = TypeVar("_K", bound=Hashable)


class Receiver(Mailbox, Protocol):
    """Who follows a channel."""

    def deliver(self, frame: bytes) -> None:
        """Send ``frame`` soon, in order, or close; never drop it."""


class Feed(Protocol):
    """Where the subscriptions of a topic go."""

    def subscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send the present picture, if there is one, and then every change. No wish is given twice."""

    def unsubscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send nothing more of ``wish``, which was subscribed."""

    def followed(self) -> int:
        """How many things somebody follows."""

    def each_second(self) -> None:
        """Do what is due by the clock."""

    def stop(self) -> None:
        """Stop the timers."""


class Source(Protocol):
    """What a group shows: the state that was sent last."""

    def advance(self) -> bytes | None:
        """The message that leads to the live state; None when nothing is to be said."""

    def snapshot(self) -> bytes:
        """The state that was sent last, as one message."""

    def close(self) -> None:
        """Nobody follows it any more."""


class Group:
    """The subscribers of one channel of one thing."""

    def __init__(self, loop: asyncio.AbstractEventLoop, postman: Postman, source: Source | None = None) -> None:
        """Nobody yet; without a ``source`` there is no picture."""
        self._loop = loop
        self._postman = postman
        self.source = source
        self.receivers: dict[Receiver, None] = {}
        self.sent_at = loop.time()

    def send(self, payload: bytes) -> None:
        """Send ``payload`` to all."""
        self.sent_at = self._loop.time()
        self._postman.send(self.receivers, text_frame(payload))

    def advance(self) -> None:
        """Send what changed, if anything did."""
        payload = self.source.advance() if self.source is not None else None
        if payload is not None:
            self.send(payload)


class Groups(Generic[_K]):
    """Groups by what they follow; those without subscribers are forgotten."""

    def __init__(self, postman: Postman) -> None:
        """Nobody follows anything yet."""
        self._loop = asyncio.get_running_loop()
        self._postman = postman
        self._groups: dict[_K, Group] = {}

    def get(self, key: _K) -> Group | None:
        """Who follows ``key``, or None."""
        return self._groups.get(key)

    def open(self, key: _K, source: Source | None = None) -> Group:
        """A new group for ``key``, which has none."""
        group = self._groups[key] = Group(self._loop, self._postman, source)
        return group

    def leave(self, key: _K, receiver: Receiver) -> bool:
        """``receiver`` follows ``key`` no longer; True when nobody does any more."""
        group = self._groups[key]
        del group.receivers[receiver]
        if group.receivers:
            return False
        if group.source is not None:
            group.source.close()
        del self._groups[key]
        return True

    def items(self) -> list[tuple[_K, Group]]:
        """All groups."""
        return list(self._groups.items())

    def values(self) -> list[Group]:
        """All groups, without what they follow."""
        return list(self._groups.values())

    def __len__(self) -> int:
        """How many groups there are."""
        return len(self._groups)


class Silence:
    """The feed of channels about what the house has none of: their subscribers hear nothing."""

    def subscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Nothing to send (``Feed``)."""

    def unsubscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Nothing to end (``Feed``)."""

    def followed(self) -> int:
        """Nothing (``Feed``)."""
        return 0

    def each_second(self) -> None:
        """Nothing is due (``Feed``)."""

    def stop(self) -> None:
        """Nothing runs (``Feed``)."""
