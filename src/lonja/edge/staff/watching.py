"""How the exchange is, over HTTP: the engine and what feeds it, and the Security Funds with all they got and paid.

Why apart from the house: these are figures of the engine, not of staff. Invariant: nobody's account is named.
"""

import asyncio
from typing import Annotated

import msgspec
from litestar import Router, get
from litestar.params import FromPath

from lonja.edge.account.answers import one_of
from lonja.edge.staff.caller import By, House
from lonja.edge.staff.services import Feed, Fund, FundMove
from lonja.primitives.errors import RefusedError


class HaltedAnswer(msgspec.Struct, frozen=True):
    """An instrument that does not trade as usual, and how the trading API calls its state."""

    instrument_id: str
    state: str


class FeedAnswer(msgspec.Struct, frozen=True):
    """An index: how many ``sources`` speak, how old its price is, and how it was made."""

    index_id: str
    state: Annotated[str, one_of("live", "thin", "stale", "fixed", "unknown")]
    sources: int
    age_ms: int


class HealthAnswer(msgspec.Struct, frozen=True):
    """``problem`` is empty while all is well; ``figures`` are numbers by name, counted since the start of the process.

    ``..._us`` are microseconds, half and ninety-nine of a hundred took no longer; ``snapshot_age_ms`` is -1 before the
    first snapshot.
    """

    problem: str
    figures: dict[str, int]
    halted: list[HaltedAnswer]
    feeds: list[FeedAnswer]


class FundAnswer(msgspec.Struct, frozen=True):
    """A Security Fund, amounts in its currency. ``peak`` is of the last eight hours, ``fall_percent`` the way down from it.

    ``gained`` and ``lost`` count since the start of the process, ``positions`` what it took over and still keeps. The
    ``alarm`` is normal, warning, or adl where winners are deleveraged.
    """

    instrument_type: str
    family: str
    currency: str
    balance: str
    peak: str
    fall_percent: str
    gained: str
    lost: str
    positions: int
    alarm: Annotated[str, one_of("normal", "warning", "adl")]


class FundMoveAnswer(msgspec.Struct, frozen=True):
    """A change of a fund: endowed, gained, lost, or deleveraged (winners closed, nothing paid)."""

    time_ms: int
    kind: Annotated[str, one_of("endowed", "gained", "lost", "deleveraged")]
    amount: str
    balance: str


class FundPointAnswer(msgspec.Struct, frozen=True):
    """What a fund had at a full hour."""

    time_ms: int
    balance: str


class FundPastAnswer(msgspec.Struct, frozen=True):
    """The last week of a fund: each hour, oldest first, and its newest changes, newest first."""

    hours: list[FundPointAnswer]
    moves: list[FundMoveAnswer]


@get("/health", summary="How the exchange is")
async def health(services: House, by: By) -> HealthAnswer:
    """Whether the engine works, how much it has done, which pairs are halted and what its indices are made of."""
    await asyncio.to_thread(services.back_office.record, by, "house.read", None, {"read": "health"})
    watch = services.watch
    return HealthAnswer(
        services.health(),
        dict(services.figures()),
        [HaltedAnswer(*one) for one in watch.halted()],
        [_feed(one) for one in watch.feeds()],
    )


@get("/funds", summary="Security Funds")
async def funds(services: House, by: By) -> list[FundAnswer]:
    """Every Security Fund, those with an alarm first."""
    await asyncio.to_thread(services.back_office.record, by, "house.read", None, {"read": "funds"})
    return [_fund(one) for one in services.watch.funds()]


@get("/funds/{kind:str}/{family:str}", sync_to_thread=True, summary="The last week of a Security Fund")
def fund(services: House, by: By, kind: FromPath[str], family: FromPath[str]) -> FundPastAnswer:
    """Its balance at each full hour and its newest changes; ``kind`` is SWAP or FUTURES."""
    services.back_office.record(by, "house.read", None, {"read": "fund"})
    found = services.watch.fund(kind, family)
    if found is None:
        raise RefusedError("fund_unknown", "There is no such Security Fund.", "Choose one of the list.")
    return FundPastAnswer([FundPointAnswer(*point) for point in found.hours], [_move(one) for one in found.moves])


ROUTER = Router("/house", route_handlers=[health, funds, fund], tags=["Watching"])


def _feed(one: Feed) -> FeedAnswer:
    return FeedAnswer(one.index_id, one.state, one.sources, one.age_ms)


def _fund(one: Fund) -> FundAnswer:
    return FundAnswer(**one._asdict())


def _move(one: FundMove) -> FundMoveAnswer:
    return FundMoveAnswer(**one._asdict())
