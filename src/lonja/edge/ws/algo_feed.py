"""Algo orders of an account, event by event; those that trail or are worked off in parts on a channel of their own.

Why beside ``private_feeds``: what is followed, and how it is filtered, differs from orders. Invariant: no account hears of
another.
"""

from collections.abc import Iterable

import msgspec

from lonja.edge.services import Services
from lonja.edge.session import Session
from lonja.edge.wire.algos import ADVANCED, AlgoRows
from lonja.edge.wire.channels import ALGO_ADVANCE, Subscription
from lonja.edge.wire.push import private_arg, private_push
from lonja.edge.ws.feeds import Receiver
from lonja.edge.ws.frames import text_frame
from lonja.modules.history.api import AlgoChange, AlgoRecord, AlgoUpdate


class _Follower:
    """One subscription of one connection."""

    def __init__(self, receiver: Receiver, session: Session, wish: Subscription) -> None:
        self.receiver = receiver
        self.wish = wish
        self.head = private_arg(wish.arg, session.uid)

    def wants(self, algo: AlgoRecord, family: str) -> bool:
        wish = self.wish
        return (
            (algo.kind in ADVANCED) == (wish.channel == ALGO_ADVANCE)
            and (wish.instrument is None or wish.instrument == algo.instrument)
            and (wish.instrument_type is None or wish.instrument_type == algo.instrument_type)
            and (wish.family is None or wish.family == family)
            and wish.algo_id in ("", str(algo.algo_id))
        )

    def send(self, rows: Iterable[bytes]) -> None:
        self.receiver.deliver(text_frame(private_push(self.head, b",".join(rows))))


class AlgoFeed:
    """Both channels of algo orders. Listens on the engine's thread."""

    def __init__(self, services: Services) -> None:
        """Follow nobody yet."""
        self._catalogue = services.catalogue
        self._algos = services.orders.algos
        self._clock = services.engine.now_ms
        self._rows = AlgoRows(services.catalogue, services.engine.views)
        self._followers: dict[int, dict[tuple[Receiver, tuple[str, ...]], _Follower]] = {}

    def subscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send what happens from now on; the channel of advanced ones begins with those that are open (``Feed``)."""
        assert session is not None
        follower = _Follower(receiver, session, wish)
        self._followers.setdefault(session.account, {})[receiver, wish.key] = follower
        if wish.channel != ALGO_ADVANCE:
            return
        found = [algo for algo in self._algos.open_algos(session.account) if self._is_wanted(follower, algo)]
        if found:
            follower.send(self._row(AlgoUpdate(algo, AlgoChange.PLACED)) for algo in found)

    def unsubscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send nothing more of ``wish`` (``Feed``)."""
        assert session is not None
        followers = self._followers[session.account]
        del followers[receiver, wish.key]
        if not followers:
            del self._followers[session.account]

    def followed(self) -> int:
        """How many accounts somebody follows (``Feed``)."""
        return len(self._followers)

    def follows(self, account: int) -> bool:
        """Whether somebody follows ``account`` (``AlgoListener``)."""
        return account in self._followers

    def on_algo(self, update: AlgoUpdate) -> None:
        """Something happened to a customer's algo order (``AlgoListener``)."""
        wanted = [
            follower
            for follower in self._followers[update.algo.account].values()
            if self._is_wanted(follower, update.algo)
        ]
        if wanted:
            row = self._row(update)
            for follower in wanted:
                follower.send((row,))

    def each_second(self) -> None:
        """Nothing is due (``Feed``)."""

    def stop(self) -> None:
        """Nothing runs (``Feed``)."""

    def _is_wanted(self, follower: _Follower, algo: AlgoRecord) -> bool:
        return follower.wants(algo, self._catalogue.at(algo.instrument).family_name)

    def _row(self, update: AlgoUpdate) -> bytes:
        return msgspec.json.encode(self._rows.pushed(update, self._clock()))
