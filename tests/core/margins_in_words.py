"""Leverages of families in words, for scenarios.

ann family_lever 10 [long|short] on=LIN-26        (of all dated contracts of the family of LIN-26)
"""

from collections.abc import Callable
from decimal import Decimal

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core import margin_events as me
from lonja.core.kinds import PositionSide
from lonja.core.margin_commands import SetFamilyLeverage
from tests.core.events_in_words import Names

Options = dict[str, str]


def _hundredths(word: str) -> int:
    return int(Decimal(word) * 100)


def _family_lever(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    side = next((PositionSide[word.upper()] for word in plain if word in ("long", "short")), PositionSide.NET)
    instrument = names.instruments.index(options["on"])
    return SetFamilyLeverage(account=account, instrument=instrument, position_side=side, leverage=_hundredths(plain[2]))


TRADER_WORDS: dict[str, Callable[[int, list[str], Options, Names], c.Command]] = {
    "family_lever": _family_lever,
}


def tell_margin(event: e.Event, names: Names) -> str:
    """One line about ``event``."""
    assert isinstance(event, me.FamilyLeverageSet)
    side = f" {PositionSide(event.position_side).name.lower()}" if event.position_side else ""
    family = names.families[event.family]
    return f"leverage of {names.accounts[event.account]} {family}{side}: x{Decimal(event.leverage) / 100}"
