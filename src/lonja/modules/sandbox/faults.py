"""The bad day of a sandbox: which rules hold, what they struck, and the record by which it can be repeated.

Why here: REST, sockets, feeds and orders ask one book, so that one list of rules tells the whole day. Invariant: what
is struck depends on the seed, the rules, exchange time and the moments of the same client alone.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import NamedTuple

from lonja.modules.sandbox.fault_rules import CERTAIN, FaultKind, FaultRule, Moment, delay_of, draw_of

RULES_MAX = 1_000
INJECTED_MAX = 10_000
_COUNTERS_MAX = 100_000

_Subject = tuple[str, Moment]


class Strike(NamedTuple):
    """A rule that struck a moment; ``delay_ms`` is drawn for delays and stalls."""

    rule: FaultRule
    delay_ms: int


class Injected(NamedTuple):
    """One line of the record: at exchange time ``time_ms`` the ``number``-th such moment was struck."""

    time_ms: int
    rule: FaultRule
    moment: Moment
    number: int
    delay_ms: int


class FaultBook:
    """Rules and what came of them."""

    def __init__(self, seed: int, clock: Callable[[], int]) -> None:
        """No rules. ``clock`` gives the exchange's time in ms."""
        self.seed = seed
        self._clock = clock
        self._rules: dict[str, FaultRule] = {}
        self._recorded: dict[str, FaultRule] = {}
        self._seen: dict[_Subject, int] = {}
        self._struck: dict[str, int] = {}
        self._burst: dict[tuple[str, int, int], int] = {}
        self.injected: deque[Injected] = deque(maxlen=INJECTED_MAX)
        self.day = 0
        """Which day it is: each ``start_again`` begins another one."""
        self.is_active = False
        """Whether there is any rule; looked at before anything else, so that a good day costs nothing."""

    @property
    def rules(self) -> list[FaultRule]:
        """The rules that were not taken away, oldest first."""
        return list(self._rules.values())

    @property
    def recorded(self) -> list[FaultRule]:
        """All rules of the day, those taken away among them with the time at which they were."""
        return list(self._recorded.values())

    def struck_count(self, name: str) -> int:
        """How often the rule of that name struck."""
        return self._struck.get(name, 0)

    def has_room(self) -> bool:
        """Whether one more rule may be made."""
        return len(self._recorded) < RULES_MAX

    def is_taken(self, name: str) -> bool:
        """Whether a rule of this day has or had that name."""
        return name in self._recorded

    def add(self, rule: FaultRule) -> FaultRule:
        """Let ``rule`` hold; it is named when it has no name. Its name must not be taken."""
        named = rule if rule.name else replace(rule, name=next(filter(self._is_free, _names())))
        assert self._is_free(named.name), "a name stands for one rule of the day"
        self._rules[named.name] = self._recorded[named.name] = named
        self.is_active = True
        return named

    def remove(self, name: str) -> bool:
        """End the rule of that name; False when there is none."""
        rule = self._rules.pop(name, None)
        if rule is None:
            return False
        now_ms = self._clock()
        self._recorded[name] = replace(rule, until_ms=now_ms if rule.until_ms is None else min(now_ms, rule.until_ms))
        self.is_active = bool(self._rules)
        return True

    def start_again(self, seed: int, rules: Sequence[FaultRule] = ()) -> None:
        """Forget everything and begin a day with ``rules``."""
        self.seed = seed
        self.day += 1
        self.is_active = False
        for kept in (self._rules, self._recorded, self._seen, self._struck, self._burst, self.injected):
            kept.clear()
        for rule in rules:
            self.add(rule)

    def strike(self, moment: Moment) -> list[Strike]:
        """What befalls ``moment``, in the order of the rules."""
        if not self.is_active:
            return []
        now_ms = self._clock()
        struck: list[Strike] = []
        for rule in self._rules.values():
            if rule.is_due(now_ms) and rule.meets(moment):
                strike = self._drawn(rule, moment, now_ms)
                if strike is not None:
                    struck.append(strike)
        return struck

    def _is_free(self, name: str) -> bool:
        return not self.is_taken(name)

    def _drawn(self, rule: FaultRule, moment: Moment, now_ms: int) -> Strike | None:
        if rule.count_max is not None and self.struck_count(rule.name) >= rule.count_max:
            return None
        subject = (rule.name, moment)
        if len(self._seen) >= _COUNTERS_MAX and subject not in self._seen:
            return None
        number = self._seen[subject] = self._seen.get(subject, 0) + 1
        chance = draw_of(self.seed, rule, moment, number)
        # A burst hits whatever the same client does next, as long as the rule is meant for it.
        client = (rule.name, moment.account, moment.connection)
        left = self._burst.get(client, 0)
        if left:
            self._burst[client] = left - 1
        elif chance.randrange(CERTAIN) >= rule.probability:
            return None
        else:
            self._burst[client] = rule.burst - 1
        delay_ms = delay_of(rule, chance) if rule.kind in (FaultKind.LATENCY, FaultKind.STALL) else 0
        self._struck[rule.name] = self.struck_count(rule.name) + 1
        self.injected.append(Injected(now_ms, rule, moment, number, delay_ms))
        return Strike(rule, delay_ms)


def _names() -> Iterator[str]:
    return (f"f{number}" for number in count(1))
