"""Drives what the engine is told of borrowing: what currencies are worth, and interest. Everything by its clock.

Why here: the core decides what a price of a currency and an hour's interest mean, this decides when they are told. A
price is due when the index moved, an hour when it was not accrued. Invariants: nobody pays twice for an hour; nothing
is told while it is unchanged; nothing at all while there is no lending desk.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

import structlog

from lonja.core.collateral_commands import AccrueInterest, SetCurrencyPrice
from lonja.core.collateral_events import BorrowTermsDefined, CurrencyPriceSet, DiscountTierDefined, PocketOpened
from lonja.core.commands import Command
from lonja.core.events import AccountConfigured, AccountCreated
from lonja.core.kinds import AccountMode
from lonja.core.margin_events import CrossPocketOpened
from lonja.core.rejections import Rejection
from lonja.core.views import CurrencyView
from lonja.engine.api import Engine, EventBatch
from lonja.modules.lending.records import Records
from lonja.modules.lending.terms import TellingTerms, Terms
from lonja.modules.pricing.api import PRICE_SCALE, IndexBoard, IndexPrice, IndexState
from lonja.primitives.instant import HOUR_MS

DOLLAR: Final = "USDT"
"""The currency that is worth one US dollar, and in which the others' indices are quoted."""

HOURS_OF_YEAR: Final = 8_760
_PPM: Final = 1_000_000
_FINER: Final = 10 ** (PRICE_SCALE - 12)
"""Prices of currencies are millionths of a millionth, indices finer."""

_log = structlog.get_logger("lonja.lending")


class InterestRate(NamedTuple):
    """What borrowing a currency costs: of a year in ppm, of an hour in millionths of a millionth."""

    currency: int
    yearly_ppm: int
    hourly: int


class _Told(NamedTuple):
    price: int
    time_ms: int


def hourly_rate(yearly_ppm: int) -> int:
    """The rate of one hour in millionths of a millionth, rounded down."""
    return yearly_ppm * _PPM // HOURS_OF_YEAR


def is_due(price: int, told: int, age_ms: int, terms: TellingTerms) -> bool:
    """Whether a ``price`` is told when another was told ``age_ms`` ago; 0 for none."""
    if price == told:
        return False
    return abs(price - told) * _PPM >= told * terms.move_ppm or age_ms >= terms.wait_ms


class Lender:
    """Prices of currencies and interest of one engine."""

    def __init__(self, engine: Engine, terms: Terms, board: IndexBoard, records: Records) -> None:
        """``board`` makes the indices, ``records`` know what was accrued so far."""
        self.records = records
        self._engine = engine
        self._terms = terms
        self._board = board
        self._names: Sequence[CurrencyView] = ()
        self._valued: frozenset[int] = frozenset()
        self._borrowed: frozenset[int] = frozenset()
        self._lent_to: frozenset[int] = frozenset()
        self._told: dict[int, _Told] = {}
        self._problems: dict[tuple[str, int], Rejection] = {}
        self._turning = asyncio.Lock()

    def prime(self) -> None:
        """Take over what the engine knows already; before the first turn."""
        views, now_ms = self._engine.views, self._engine.now_ms()
        for currency in views.currencies():
            known = views.currency_terms(currency.currency)
            if known.tiers or known.maintenance_ppm:
                self._valued |= {known.currency}
                self._told[known.currency] = _Told(known.price, now_ms)
            if known.maintenance_ppm:
                self._borrowed |= {known.currency}
        for number in range(views.account_count()):
            account = views.account(number)
            if account is not None and account.account_mode >= AccountMode.MULTI_CURRENCY:
                self._lent_to |= {number}

    def on_batch(self, batch: EventBatch) -> None:
        """Follow what becomes collateral and who may borrow; on the engine's thread, after ``records`` heard of it."""
        for event in batch.events:
            if isinstance(event, CurrencyPriceSet):
                self._told[event.currency] = _Told(event.price, event.time_ms)
            elif isinstance(event, DiscountTierDefined):
                self._valued |= {event.currency}
            elif isinstance(event, BorrowTermsDefined):
                self._valued |= {event.currency}
                self._borrowed |= {event.currency}
            elif isinstance(event, (PocketOpened, CrossPocketOpened)):
                # Its owner may be in a mode in which nothing else is borrowed.
                self._lent_to |= {event.pocket}
            elif isinstance(event, (AccountCreated, AccountConfigured)):
                is_lent_to = event.account_mode >= AccountMode.MULTI_CURRENCY
                if is_lent_to or event.account in self._lent_to:
                    kept = self._lent_to - {event.account}
                    self._lent_to = kept | {event.account} if is_lent_to else kept

    # -- What is due -------------------------------------------------------------------------------------------------

    async def turn(self) -> None:
        """Look at everything now and tell the engine what changed. Raises what the engine raises."""
        async with self._turning:
            if self._valued:
                now_ms = self._engine.now_ms()
                await self._accrue(now_ms)
                await self._send(self._prices(now_ms))

    async def look(self) -> None:
        """Tell prices as ``turn`` does, if anybody may owe something by them. Raises what the engine raises."""
        if self._borrowed and self._lent_to:
            await self.turn()

    def next_due_ms(self) -> int:
        """The next full hour when anybody may owe interest then, else 0."""
        return self.next_interest_ms() if self._borrowed and self._lent_to else 0

    def next_interest_ms(self) -> int:
        """When interest is taken next."""
        now_ms = self._engine.now_ms()
        return now_ms - now_ms % HOUR_MS + HOUR_MS

    async def _accrue(self, now_ms: int) -> None:
        """Interest of the hours that began and are not accrued, the oldest first."""
        due = [command for code in sorted(self._borrowed) for command in self._due(code, now_ms)]
        due.sort(key=lambda command: command.hour_ms)
        # Where nobody may borrow nobody owes, and the engine would say nothing.
        outcomes = await self._send(due) if self._lent_to else [Rejection.NONE] * len(due)
        for command, rejection in zip(due, outcomes, strict=True):
            if rejection == Rejection.NONE:
                self.records.note_hour(command.currency, command.hour_ms)

    def _due(self, code: int, now_ms: int) -> list[AccrueInterest]:
        name, hour_ms = self._name(code), now_ms - now_ms % HOUR_MS
        late_ms = self._terms.telling(now_ms).hours_late_max * HOUR_MS
        begin_ms = max(self.records.accrued_ms(code) + HOUR_MS, hour_ms - late_ms)
        hours = range(begin_ms, hour_ms + 1, HOUR_MS)
        rates = ((hour, hourly_rate(self._terms.yearly_ppm(name, hour))) for hour in hours)
        return [AccrueInterest(currency=code, rate=rate, hour_ms=hour) for hour, rate in rates]

    def _prices(self, now_ms: int) -> list[Command]:
        commands: list[Command] = []
        terms = self._terms.telling(now_ms)
        for code in sorted(self._valued):
            index = self._index(self._name(code), now_ms)
            price, told = index.price // _FINER, self._told.get(code, _Told(0, 0))
            # What is set by hand is meant, however little it moves.
            is_meant = index.state == IndexState.FIXED and price != told.price
            if price and (is_meant or is_due(price, told.price, now_ms - told.time_ms, terms)):
                commands.append(SetCurrencyPrice(currency=code, price=price))
        return commands

    def _index(self, name: str, now_ms: int) -> IndexPrice:
        """What a currency is worth in dollars; the dollar itself has no index, the engine knows its worth."""
        found = self._board.price(f"{name}-{DOLLAR}", now_ms)
        return found if found.price or name == DOLLAR else self._board.price(f"{name}-USD", now_ms)

    def _name(self, code: int) -> str:
        if code >= len(self._names):
            self._names = self._engine.views.currencies()
        return self._names[code].name

    async def _send(self, commands: Sequence[Command]) -> list[Rejection]:
        if not commands:
            return []
        outcomes = await self._engine.submit_many(commands)
        rejections = [Rejection(outcome.rejection) for outcome in outcomes]
        for command, rejection in zip(commands, rejections, strict=True):
            self._note(command, rejection)
        return rejections

    def _note(self, command: Command, rejection: Rejection) -> None:
        """Log what the engine refuses, once."""
        assert isinstance(command, (AccrueInterest, SetCurrencyPrice)), "nothing else is sent"
        key = (type(command).__name__, command.currency)
        if rejection == Rejection.NONE:
            self._problems.pop(key, None)
        elif self._problems.get(key) != rejection:
            self._problems[key] = rejection
            _log.warning("the engine refused", command=key[0], currency=key[1], rejection=rejection.name)

    # -- What people may ask -----------------------------------------------------------------------------------------

    def interest_rate(self, currency: int) -> InterestRate | None:
        """What borrowing a currency costs now; None for one that nobody can borrow.

        How much may be borrowed, and at which margin, is read from ``EngineViews.currency_terms`` and ``liabilities``.
        """
        if currency not in self._borrowed:
            return None
        yearly_ppm = self._terms.yearly_ppm(self._name(currency), self._engine.now_ms())
        return InterestRate(currency, yearly_ppm, hourly_rate(yearly_ppm))
