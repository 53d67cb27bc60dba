"""What the sandbox's controls work on, and how their parameters are read.

Why here: every control reads numbers and names alike. The names are the house's own, since no venue has these
operations. Invariant: a parameter that is not known is refused, so that a misspelt one is not overlooked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from lonja.edge.errors import EdgeError, refusal
from lonja.edge.wire.instruments import Catalogue, CurrencyForm
from lonja.edge.wire.numbers import integer, text_of
from lonja.modules.sandbox.api import FaultBook, SandboxAccounts, SandboxIndices, SimulatedMarkets, Timekeeper
from lonja.primitives.money import INT_MAX

Params = Mapping[str, object]
Rows = list[object]


class ProviderPage(Protocol):
    """The sandbox's own provider of sign-in."""

    def admit_by(self, asked: Mapping[str, str], email: str) -> str:
        """Where who says to be ``email`` goes on to. Raises ``RefusedError``."""


@dataclass(frozen=True, slots=True)
class SandboxControl:
    """The parts of a running sandbox. ``local_only`` keeps the controls from other machines.

    ``seed`` is that of the simulated markets.
    """

    catalogue: Catalogue
    timekeeper: Timekeeper
    accounts: SandboxAccounts
    markets: SimulatedMarkets
    indices: SandboxIndices
    faults: FaultBook
    seed: int
    local_only: bool = True
    provider: ProviderPage | None = None


def wrong(name: str, reason: str) -> EdgeError:
    """The error 51000 for parameter ``name``; ``reason`` is a sentence without its full stop."""
    return EdgeError("51000", f"Parameter {name} error: {reason}")


def check_names(params: Params, *known: str) -> None:
    """Raise ``EdgeError`` 51000 for a parameter that is not among ``known``."""
    for name in params:
        if name not in known:
            raise wrong(name[:40], f"there is none of that name; known are {', '.join(known) or 'none'}")


def time_of(params: Params, name: str) -> int | None:
    """Parameter ``name`` as milliseconds, None when absent. Raises ``EdgeError`` 51000."""
    text = text_of(params, name)
    if not text:
        return None
    try:
        return integer(text, name, 0, INT_MAX, 0)
    except EdgeError:
        raise wrong(name, "it is no whole number of milliseconds from 0 on") from None


def either(params: Params, *names: str) -> None:
    """Raise ``EdgeError`` 50015 unless at least one of ``names`` is given."""
    if not any(text_of(params, name) for name in names):
        raise refusal("50015", ", ".join(names[:-1]), names[-1])


def text_in(params: Params, name: str) -> str:
    """Parameter ``name``, which must be given. Raises ``EdgeError`` 50014 or 51000."""
    text = text_of(params, name)
    if not text:
        raise refusal("50014", name)
    return text


def currency_named(control: SandboxControl, name: str) -> CurrencyForm:
    """The currency called ``name``. Raises ``EdgeError`` 51012."""
    form = control.catalogue.find_currency(name)
    if form is None:
        raise refusal("51012")
    return form
