"""Who follows private channels of an account, and the pictures that they are sent regularly, whatever changes.

Why here: balances and positions are both sent again and again at an interval of the subscriber's choice. Invariant: a
picture is due at most once in an interval.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from lonja.edge.session import Session
from lonja.edge.wire.channels import Subscription, Topic
from lonja.edge.wire.push import private_arg
from lonja.edge.ws.feeds import Receiver
from lonja.edge.ws.frames import text_frame

_F = TypeVar("_F", bound="Follower")
_F_co = TypeVar("_F_co", bound="Follower", covariant=True)


class Follower:
    """One private subscription of one connection."""

    def __init__(self, receiver: Receiver, session: Session, wish: Subscription, now_s: float) -> None:
        """``now_s`` is the event loop's time, from which the interval counts."""
        self.receiver = receiver
        self.wish = wish
        self.head = private_arg(wish.arg, session.uid)
        self._due_s = now_s + wish.interval_ms / 1000

    def send(self, *payloads: bytes) -> None:
        """Send messages, in order."""
        for payload in payloads:
            self.receiver.deliver(text_frame(payload))

    def comes_due(self, now_s: float) -> bool:
        """Whether the next regular picture is due; it counts as sent then."""
        if not self.wish.interval_ms or self._due_s > now_s:
            return False
        self._due_s = now_s + self.wish.interval_ms / 1000
        return True


class Followed(Protocol[_F_co]):
    """An account that somebody follows."""

    def of(self, topic: Topic) -> Iterable[_F_co]:
        """Its followers of a topic."""


def send_regular(
    accounts: Mapping[int, Followed[_F]], topic: Topic, now_s: float, send: Callable[[int, _F], None]
) -> None:
    """Let ``send`` take each account and follower of ``topic`` whose regular picture is due at ``now_s``."""
    for number, account in accounts.items():
        for follower in account.of(topic):
            if follower.comes_due(now_s):
                send(number, follower)
