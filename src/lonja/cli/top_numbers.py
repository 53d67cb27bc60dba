"""What ``lonja top`` measures: two looks at a server, and what happened between them.

Why here: counters only grow, so rates and times come from differences. Invariant: a server that started anew counts
from nothing, which is never shown as a negative rate.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from lonja.cli.wire import Book, Ticker

_OPERATION: Final = "lonja_operation_seconds"
_INFINITY: Final = float("inf")
Labels = tuple[tuple[str, str], ...]


class Look(NamedTuple):
    """A server at one moment. ``seconds`` is the moment on a clock that only runs forward, ``time_ms`` the exchange's.

    ``speed`` is how fast its time passes, "" where nobody can change that; ``problem`` is "" when it is healthy.
    """

    seconds: float
    values: Mapping[tuple[str, Labels], float]
    tickers: list[Ticker]
    book: Book | None
    book_of: str
    problem: str
    time_ms: int
    speed: str
    up_seconds: float


class Times(NamedTuple):
    """How many, per second, and how long they took: the middle one and the hundredth slowest, in seconds."""

    per_second: float
    half: float | None
    slow: float | None


def read_values(exposition: str) -> dict[tuple[str, Labels], float]:
    """Every number of a metrics page by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
    }


class Between:
    """What happened from one look to the next."""

    def __init__(self, before: Look, after: Look) -> None:
        """``after`` is the later one."""
        self._before, self._after = before.values, after.values
        self._seconds = max(after.seconds - before.seconds, 0.001)

    def now(self, name: str, **labels: str) -> float:
        """A number as it stands."""
        return self._after.get((name, tuple(sorted(labels.items()))), 0.0)

    def labeled(self, name: str) -> dict[Labels, float]:
        """A number as it stands, by its labels."""
        return {labels: value for (one, labels), value in self._after.items() if one == name}

    def total(self, name: str) -> float:
        """A number as it stands, over all its labels."""
        return sum(self.labeled(name).values())

    def rate(self, name: str) -> float:
        """How much a counter grew in a second, over all its labels."""
        return sum(self._grown(key) for key in self._after if key[0] == name) / self._seconds

    def refused_rate(self) -> float:
        """Answers in a second that were refusals."""
        name = "lonja_answers_total"
        refused = (key for key in self._after if key[0] == name and dict(key[1]).get("code") != "0")
        return sum(self._grown(key) for key in refused) / self._seconds

    def times(self, name: str, **labels: str) -> Times:
        """Rate and percentiles of a histogram."""
        wanted = tuple(sorted(labels.items()))
        buckets = sorted(
            (float(dict(key[1])["le"]), self._grown(key))
            for key in self._after
            if key[0] == f"{name}_bucket" and tuple(pair for pair in key[1] if pair[0] != "le") == wanted
        )
        count = buckets[-1][1] if buckets else 0.0
        return Times(count / self._seconds, _quantile(buckets, 0.5), _quantile(buckets, 0.99))

    def operations(self) -> list[tuple[str, Times]]:
        """Every operation that was called, the busiest first."""
        found = [(name, self.times(_OPERATION, operation=name)) for name in self._operation_names()]
        return sorted((row for row in found if row[1].per_second > 0), key=lambda row: (-row[1].per_second, row[0]))

    def _operation_names(self) -> Iterator[str]:
        yield from dict.fromkeys(
            dict(labels)["operation"] for name, labels in self._after if name == f"{_OPERATION}_count"
        )

    def _grown(self, key: tuple[str, Labels]) -> float:
        before, after = self._before.get(key, 0.0), self._after[key]
        return after - before if after >= before else after


def _quantile(buckets: list[tuple[float, float]], part: float) -> float | None:
    """The value below which ``part`` of a histogram lies, between bounds in a straight line."""
    count = buckets[-1][1] if buckets else 0.0
    if count <= 0:
        return None
    lower, seen = 0.0, 0.0
    for upper, cumulative in buckets:
        if cumulative >= count * part:
            if upper == _INFINITY:
                return lower
            return lower + (upper - lower) * (count * part - seen) / max(cumulative - seen, 1e-9)
        lower, seen = upper, cumulative
    return lower
