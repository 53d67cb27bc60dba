"""What can be made to go wrong: rules, the moments they meet, and how long things take.

Why here: a bad day is a list of rules and a seed; everything else follows. Pure: time and draws come in as arguments.
Invariant: the same rule, seed and moments give the same faults, however the moments of others fall between.
"""

import math
import random
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

CERTAIN = 1_000_000
"""Probabilities are counted in millionths."""
DELAY_MAX_MS = 60_000


class FaultKind(StrEnum):
    """What happens to whoever is struck."""

    LATENCY = "latency"
    ERROR = "error"
    REJECT = "reject"
    DROP = "drop"
    HALF_OPEN = "half_open"
    STALL = "stall"
    GAP = "gap"
    OUTAGE = "outage"


class Distribution(StrEnum):
    """How delays are spread."""

    FIXED = "fixed"
    UNIFORM = "uniform"
    NORMAL = "normal"
    LOGNORMAL = "lognormal"
    EXPONENTIAL = "exponential"


class Point(StrEnum):
    """Where in the house a moment is."""

    REQUEST = "request"
    ORDER = "order"
    PUSH = "push"
    CONNECT = "connect"


class Moment(NamedTuple):
    """Something that may be struck.

    ``account`` is -1 when nobody has signed, ``connection`` the number of the socket, 0 for REST. ``names`` are what
    the operation or the channel may be called by.
    """

    point: Point
    endpoint: str
    names: tuple[str, ...]
    account: int = -1
    instrument: str = ""
    connection: int = 0


POINTS = {
    FaultKind.LATENCY: (Point.REQUEST, Point.PUSH),
    FaultKind.ERROR: (Point.REQUEST,),
    FaultKind.REJECT: (Point.ORDER,),
    FaultKind.DROP: (Point.REQUEST, Point.PUSH, Point.CONNECT),
    FaultKind.HALF_OPEN: (Point.REQUEST, Point.PUSH, Point.CONNECT),
    FaultKind.STALL: (Point.PUSH,),
    FaultKind.GAP: (Point.PUSH,),
    FaultKind.OUTAGE: (Point.REQUEST, Point.PUSH, Point.CONNECT),
}
"""Where each kind can strike."""


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One line of a bad day. Empty text and None mean any.

    ``operation`` and ``channel`` may end in ``*``. ``probability`` is in millionths; once drawn, ``burst`` matches in a
    row are struck. ``count_max`` bounds all strikes. ``from_ms`` and ``until_ms`` are exchange time. Delays are real
    milliseconds: ``delay_ms`` is the mean or median, ``spread_ms`` half the width or the deviation. ``code`` and
    ``http_status`` are what an error says; ``after`` lets the operation happen before.
    """

    name: str
    kind: FaultKind
    operation: str = ""
    channel: str = ""
    instrument: str = ""
    endpoint: str = ""
    account: int | None = None
    probability: int = CERTAIN
    burst: int = 1
    count_max: int | None = None
    from_ms: int = 0
    until_ms: int | None = None
    distribution: Distribution = Distribution.FIXED
    delay_ms: int = 0
    spread_ms: int = 0
    code: str = ""
    http_status: int | None = None
    after: bool = False

    def is_due(self, now_ms: int) -> bool:
        """Whether the rule holds at ``now_ms``."""
        return self.from_ms <= now_ms and (self.until_ms is None or now_ms < self.until_ms)

    def meets(self, moment: Moment) -> bool:
        """Whether ``moment`` is one that the rule may strike."""
        if moment.point not in POINTS[self.kind]:
            return False
        if self.channel and moment.point is not Point.PUSH:
            return False
        if self.operation and moment.point is Point.PUSH:
            return False
        if moment.point is Point.CONNECT and not self.operation and self.kind is not FaultKind.OUTAGE:
            return False
        return self._meets_who(moment) and any(_is_called(self.operation or self.channel, n) for n in moment.names)

    def _meets_who(self, moment: Moment) -> bool:
        return (
            (not self.endpoint or self.endpoint == moment.endpoint)
            and (self.account is None or self.account == moment.account)
            and (not self.instrument or self.instrument == moment.instrument)
        )


def _is_called(pattern: str, name: str) -> bool:
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return pattern in ("", name)


def draw_of(seed: int, rule: FaultRule, moment: Moment, number: int) -> random.Random:
    """The chance that belongs to the ``number``-th moment of its kind under ``rule``."""
    subject = f"{seed}|{rule.name}|{moment.point}|{moment.endpoint}|{moment.names[0]}"
    text = f"{subject}|{moment.account}|{moment.instrument}|{moment.connection}|{number}"
    digest = blake2b(text.encode(), digest_size=8).digest()
    return random.Random(int.from_bytes(digest))  # noqa: S311  # repeatable by seed, nothing secret


def delay_of(rule: FaultRule, chance: random.Random) -> int:
    """How long something takes, in real milliseconds, at most ``DELAY_MAX_MS``."""
    middle, spread = rule.delay_ms, rule.spread_ms
    if rule.distribution is Distribution.UNIFORM:
        delay = chance.uniform(middle - spread, middle + spread)
    elif rule.distribution is Distribution.NORMAL:
        delay = chance.gauss(middle, spread)
    elif rule.distribution is Distribution.LOGNORMAL:
        # So spread that one in six takes longer than middle and spread together, as with a normal deviation.
        delay = middle * math.exp(math.log1p(spread / max(middle, 1)) * chance.gauss(0.0, 1.0))
    elif rule.distribution is Distribution.EXPONENTIAL:
        delay = chance.expovariate(1.0 / max(middle, 1))
    else:
        delay = middle
    return min(DELAY_MAX_MS, max(0, round(delay)))
