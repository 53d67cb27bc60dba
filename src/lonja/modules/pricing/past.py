"""Funding from before an exchange opened, for one whose markets are simulated: as if it had been settled all along.

Why here: which rate a premium gives is said here and nowhere else. Invariant: such settlements are numbered below zero,
so they stand before everything that happened, and no two of them have one number.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from lonja.modules.pricing import funding
from lonja.modules.pricing.exact import toward_zero
from lonja.modules.pricing.records import FUNDING, Settlement
from lonja.modules.pricing.terms import Terms

_SAMPLES: Final = 4
"""Premiums that an interval is averaged over; the later they are the more they weigh, as minutes do."""

PremiumWalk = Callable[[str, int], Iterator[int]]
"""The premiums of a contract (millionths of a millionth), so many ms apart, without end."""


class PastContract(NamedTuple):
    """A perpetual contract that was listed at ``listed_ms``; its past is ``past_ms`` long."""

    instrument: int
    instrument_id: str
    underlying: str
    listed_ms: int
    past_ms: int


def past_funding(terms: Terms, contracts: Iterable[PastContract], walk: PremiumWalk) -> list[Settlement]:
    """What funding of ``contracts`` would have been settled at in the days before each was listed, oldest first."""
    made = [one for contract in contracts for one in _of_contract(terms, contract, walk)]
    made.sort(key=lambda one: (one.time_ms, one.instrument))
    return [one._replace(sequence=number - len(made)) for number, one in enumerate(made)]


def _of_contract(terms: Terms, contract: PastContract, walk: PremiumWalk) -> Iterator[Settlement]:
    known = terms.funding(contract.underlying, contract.listed_ms)
    step_ms, end_ms = funding.interval_ms(known), funding.boundary_before(contract.listed_ms, known)
    premiums = walk(contract.instrument_id, step_ms // _SAMPLES)
    for boundary_ms in range(end_ms - (contract.past_ms // step_ms - 1) * step_ms, end_ms + 1, step_ms):
        weighed = sum((2 * place + 1) * one for place, one in enumerate(islice(premiums, _SAMPLES)))
        rate = funding.rate_of(toward_zero(weighed, _SAMPLES**2), known)
        yield Settlement(0, FUNDING, contract.instrument, boundary_ms, rate, 0)
