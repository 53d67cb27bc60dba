"""Leverages of families in words, for scenarios.

ann family_lever 10 [long|short] on=LIN-26        (of all dated contracts of the family of LIN-26)
ann pocket_lever 5 [isolated] on=BTC-USD
ann_pocket buy 10 @ 100 funds=USD                 (the owner brings the margin; reduce cuts to what closes)
ann cross_pocket BTC-USD USD                      (called ann_USD)
pocket ann_pocket                                 (what the view of its position tells)
"""

from collections.abc import Callable
from decimal import Decimal

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core import margin_events as me
from lonja.core.kinds import MarginMode, PositionSide
from lonja.core.margin_commands import OpenCrossPocket, SetFamilyLeverage, SetPocketLeverage
from lonja.core.state import State
from lonja.core.state_views import StateViews
from tests.core.events_in_words import Names

Options = dict[str, str]


def _hundredths(word: str) -> int:
    return int(Decimal(word) * 100)


def _family_lever(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    side = next((PositionSide[word.upper()] for word in plain if word in ("long", "short")), PositionSide.NET)
    instrument = names.instruments.index(options["on"])
    return SetFamilyLeverage(account=account, instrument=instrument, position_side=side, leverage=_hundredths(plain[2]))


def _pocket_lever(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    instrument, mode = names.instruments.index(options["on"]), int("isolated" in plain)
    return SetPocketLeverage(account=account, instrument=instrument, margin_mode=mode, leverage=_hundredths(plain[2]))


def _cross_pocket(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    instrument, currency = names.instruments.index(plain[2]), names.currencies.index(plain[3])
    return OpenCrossPocket(account=account, instrument=instrument, currency=currency)


TRADER_WORDS: dict[str, Callable[[int, list[str], Options, Names], c.Command]] = {
    "family_lever": _family_lever,
    "pocket_lever": _pocket_lever,
    "cross_pocket": _cross_pocket,
}


def tell_margin(event: e.Event, names: Names) -> str:
    """One line about ``event``."""
    if isinstance(event, me.PocketLeverageSet):
        mode = MarginMode(event.margin_mode).name.lower()
        whose = f"{names.accounts[event.account]} {names.instruments[event.instrument]} pockets"
        return f"leverage of {whose} {mode}: x{Decimal(event.leverage) / 100}"
    if isinstance(event, me.CrossPocketOpened):
        names.accounts.append(f"{names.accounts[event.account]}_{names.currencies[event.currency]}")
        return f"pocket {event.pocket}: {names.accounts[event.pocket]} in {names.instruments[event.instrument]}"
    if isinstance(event, me.PocketTakenOver):
        return _taken_over(event, names)
    if isinstance(event, me.OrderReduces):
        return f"{names.accounts[event.account]} only reduces by"
    assert isinstance(event, me.FamilyLeverageSet)
    side = f" {PositionSide(event.position_side).name.lower()}" if event.position_side else ""
    family = names.families[event.family]
    return f"leverage of {names.accounts[event.account]} {family}{side}: x{Decimal(event.leverage) / 100}"


def _taken_over(event: me.PocketTakenOver, names: Names) -> str:
    owner, currency = names.accounts[event.account], names.currencies[event.currency]
    desk = f"desk {event.desk_base_balance} and {event.desk_quote_balance}"
    had = f"{names.accounts[event.pocket]} had {event.base} and {event.quote}"
    return f"taken over: {had}, {event.amount:+} {currency} for {owner}, cash {event.balance}, {desk}"


def pocket_in_words(state: State, pocket: int, trader: str) -> str:
    """The position of a pocket."""
    view = StateViews(state).pocket_position(pocket)
    assert view is not None
    average = Decimal(view.average_parts).scaleb(-12) + view.average_ticks
    liquidation = Decimal(view.liquidation_parts).scaleb(-12) + view.liquidation_ticks
    margins = f"equity {view.equity}, margins {view.initial_margin}/{view.maintenance_margin}"
    gains = f"gained {view.realized} and {view.unrealized}"
    return (
        f"{trader} x{Decimal(view.leverage) / 100}: {view.base} and {view.quote}, {view.lots:+} @ {average:.2f}, {gains}, "
        f"{margins}, ratio {view.ratio_ppm}, ends at {liquidation:.2f}"
    )
