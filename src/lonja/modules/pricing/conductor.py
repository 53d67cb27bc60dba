"""Drives what the engine is told of prices: marks, funding, deliveries, new contracts. Everything by the exchange's clock.

Why here: the core decides what a price means, this decides when it is told. Whether something is due is read from what
the engine says has happened, never from what was sent; so what a crash or a busy engine kept from happening is sent
again, and what happened is not. Invariants: a boundary of funding is settled at most once; one that was sampled is
settled as soon as the house is open; a delivered contract is never told anything more.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence

import structlog

from lonja.core.algo_commands import SetContractIndex
from lonja.core.algo_events import ContractIndexSet
from lonja.core.commands import Command, DeliverContract, ListContract, SetInstrumentState, SetMarkPrice, SettleFunding
from lonja.core.events import ContractDelivered, ContractListed, InstrumentStateChanged, MarkPriceSet
from lonja.core.kinds import InstrumentState, InstrumentType
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from lonja.engine.api import Engine, EventBatch
from lonja.modules.pricing import funding
from lonja.modules.pricing.calendar import Durations, expiries, name_of, weeks
from lonja.modules.pricing.contract_prices import KEPT_MS, ContractPrices, Prices
from lonja.modules.pricing.delivery import IndexTrail
from lonja.modules.pricing.exact import toward_zero
from lonja.modules.pricing.index import IndexBoard, IndexPrice, IndexState
from lonja.modules.pricing.limits import BAND, Limits
from lonja.modules.pricing.ports import Lister
from lonja.modules.pricing.records import INDEX, PREMIUM, Records
from lonja.modules.pricing.shape import shape_of
from lonja.modules.pricing.terms import Terms
from lonja.modules.pricing.views import DeliveryEstimate, FundingView, PremiumView
from lonja.primitives.instant import MINUTE_MS

_CONTRACTS = (InstrumentType.SWAP, InstrumentType.FUTURES)

_log = structlog.get_logger("lonja.prices")


class Conductor:
    """Prices of all contracts of one engine."""

    def __init__(
        self, engine: Engine, terms: Terms, board: IndexBoard, records: Records, lister: Lister | None = None
    ) -> None:
        """``records`` know all that happened so far; without a ``lister`` no contract is listed."""
        self.board = board
        self._engine = engine
        self._terms = terms
        self._records = records
        self._lister = lister
        self._contracts: dict[int, ContractPrices] = {}
        self._told: dict[int, Prices] = {}
        self._told_index: dict[int, int] = {}
        self._durations = Durations()
        self._trails: dict[str, IndexTrail] = {}
        self._names: set[str] = set()
        self._listed_until_ms = 0
        self._minute_ms = 0
        self._problems: dict[tuple[str, str], Rejection] = {}
        self._turning = asyncio.Lock()

    def prime(self) -> None:
        """Take over the contracts there are, and the samples kept of them; blocking, before the first turn."""
        for instrument in self._engine.views.instruments():
            self._names.add(instrument.instrument_id)
            if instrument.instrument_type in _CONTRACTS and instrument.state != InstrumentState.DELISTED:
                self._add(instrument.instrument)
        from_ms = self._engine.now_ms() - KEPT_MS
        for contract in self._contracts.values():
            for minute in self._records.minutes(PREMIUM, str(contract.shape.instrument), from_ms):
                contract.minutes.put(minute)
        for name, trail in self._trails.items():
            for minute in self._records.minutes(INDEX, name, from_ms):
                trail.minutes.put(minute)

    def on_batch(self, batch: EventBatch) -> None:
        """Follow what happens to contracts; on the engine's thread, after ``records`` heard of it."""
        for event in batch.events:
            if isinstance(event, MarkPriceSet):
                self._told[event.instrument] = Prices(event.price, Limits(event.buy_max, event.sell_min))
            elif isinstance(event, ContractIndexSet):
                self._told_index[event.instrument] = event.price
            elif isinstance(event, ContractListed):
                self._names.add(event.instrument_id)
                self._add(event.instrument)
                self._look_after(event.instrument)
            elif isinstance(event, (ContractDelivered, InstrumentStateChanged)):
                self._look_after(event.instrument)

    def _add(self, code: int) -> None:
        views = self._engine.views
        instrument, contract = views.instrument(code), views.contract(code)
        assert instrument is not None, "the engine listed it"
        assert contract is not None, "as a contract"
        shape = shape_of(instrument, contract, views.currencies())
        self._contracts[code] = ContractPrices(shape, self._terms)
        if contract.mark:
            self._told[code] = Prices(contract.mark, Limits(instrument.buy_max, instrument.sell_min))
        self._told_index[code] = contract.index_price
        if shape.underlying not in self._trails:
            self._trails[shape.underlying] = IndexTrail(shape.underlying, self._terms, self._engine.now_ms())

    def _look_after(self, code: int) -> None:
        """A contract that ended is no concern any more."""
        instrument = self._engine.views.instrument(code)
        if instrument is None or instrument.state == InstrumentState.DELISTED:
            self._contracts.pop(code, None)
            self._told.pop(code, None)
            self._told_index.pop(code, None)

    # -- What is due -------------------------------------------------------------------------------------------------

    async def turn(self) -> None:
        """Look at everything now and tell the engine what changed. Raises what the engine raises."""
        async with self._turning:
            now_ms = self._engine.now_ms()
            indices = self._indices(self._trails, now_ms)
            known = len(self._names)
            await self._send(
                self._prices(self._contracts, indices, now_ms)
                + self._closings(indices, now_ms)
                + self._listings(now_ms)
            )
            if len(self._names) > known:
                indices = self._indices(self._trails, now_ms)
                await self._send(self._prices(self._contracts, indices, now_ms))
            self._keep_minutes(now_ms)

    async def look(self, instruments: Collection[int]) -> None:
        """Tell the engine what changed of the prices of ``instruments`` alone. Raises what the engine raises."""
        async with self._turning:
            now_ms = self._engine.now_ms()
            contracts = {code: self._contracts[code] for code in sorted(instruments) if code in self._contracts}
            names = {contract.shape.underlying for contract in contracts.values()}
            indices = self._indices({name: trail for name, trail in self._trails.items() if name in names}, now_ms)
            await self._send(self._prices(contracts, indices, now_ms))

    def next_due_ms(self) -> int:
        """When something is due that must not be passed by: a settlement, an expiry, a listing; 0 when nothing is."""
        now_ms = self._engine.now_ms()
        due = [next(weeks(now_ms))] if self._lister is not None else []
        for contract in self._contracts.values():
            shape = contract.shape
            if shape.is_perpetual:
                due.append(funding.boundary_after(now_ms, self._terms.funding(shape.underlying, now_ms)))
            elif shape.expiry_ms > now_ms:
                due.append(shape.expiry_ms)
        return min(due, default=0)

    def _indices(self, trails: Mapping[str, IndexTrail], now_ms: int) -> dict[str, IndexPrice]:
        found = {}
        for name, trail in trails.items():
            found[name] = self.board.price(name, now_ms)
            trail.pass_to(now_ms, found[name].price)
        return found

    def _prices(
        self, contracts: Mapping[int, ContractPrices], indices: dict[str, IndexPrice], now_ms: int
    ) -> list[Command]:
        commands: list[Command] = []
        for code, contract in contracts.items():
            shape, index = contract.shape, indices[contract.shape.underlying]
            contract.pass_to(now_ms)
            if not index.price or (shape.expiry_ms and now_ms >= shape.expiry_ms):
                continue
            if index.state != IndexState.STALE:
                contract.look(self._engine.views, index.price, now_ms)
            ticks = shape.to_ticks(index.price)
            if ticks != self._told_index[code]:
                # Right before its mark, so that orders that wait for the index act before anybody is liquidated.
                commands.append(SetContractIndex(instrument=code, price=ticks))
            prices = contract.prices(index.price, now_ms)
            if not self._is_told(code, prices):
                commands.append(SetMarkPrice(0, -1, 0, 0, code, prices.mark, *prices.limits))
        return commands

    def _is_told(self, code: int, prices: Prices) -> bool:
        told = self._told.get(code)
        return told is not None and told.mark == prices.mark and prices.limits in (BAND, told.limits)

    def _closings(self, indices: dict[str, IndexPrice], now_ms: int) -> list[Command]:
        """Funding and deliveries."""
        commands: list[Command] = []
        for code, contract in self._contracts.items():
            shape = contract.shape
            if shape.is_perpetual:
                due = contract.due(now_ms, self._records.settled_ms(code))
                commands += [SettleFunding(instrument=code, rate=contract.rate(boundary)) for boundary in due]
            elif now_ms >= shape.expiry_ms:
                commands += self._delivery(contract, indices[shape.underlying])
        return commands

    def _delivery(self, contract: ContractPrices, index: IndexPrice) -> Sequence[Command]:
        shape = contract.shape
        terms = self._terms.delivery(shape.underlying, shape.expiry_ms)
        price = self._trails[shape.underlying].mean(shape.expiry_ms - terms.window_minutes * MINUTE_MS, shape.expiry_ms)
        price = price or index.price
        if price:
            ticks = shape.to_ticks(price)
            return [DeliverContract(instrument=shape.instrument, price=ticks, fee_rate_ppm=terms.fee_rate_ppm)]
        instrument = self._engine.views.instrument(shape.instrument)
        if instrument is not None and instrument.state == InstrumentState.LIVE:
            # Nobody may trade on after the end, and nobody knows yet at which price it ends.
            return [SetInstrumentState(instrument=shape.instrument, state=InstrumentState.SUSPENDED)]
        return []

    def _listings(self, now_ms: int) -> list[Command]:
        if self._lister is None or now_ms < self._listed_until_ms:
            return []
        commands: list[Command] = []
        for family, underlying in self._lister.families().items():
            for expiry in expiries(now_ms, self._terms.listing(underlying, now_ms)):
                name = name_of(underlying, expiry.expiry_ms)
                if name not in self._names:
                    listing = self._lister.listing(family, name, expiry.expiry_ms)
                    made = listing._replace(instrument_id=Text32(name), family=family, expiry_ms=expiry.expiry_ms)
                    commands.append(made)
        # One that is refused is tried again, but not all the time.
        self._listed_until_ms = now_ms + MINUTE_MS if commands else next(weeks(now_ms))
        return commands

    async def _send(self, commands: Sequence[Command]) -> None:
        if not commands:
            return
        for command, outcome in zip(commands, await self._engine.submit_many(commands), strict=True):
            self._note(command, Rejection(outcome.rejection))

    def _note(self, command: Command, rejection: Rejection) -> None:
        """Log what the engine refuses, once."""
        about = command.instrument_id if isinstance(command, ListContract) else getattr(command, "instrument", -1)
        key = (type(command).__name__, str(about))
        if rejection == Rejection.NONE:
            self._problems.pop(key, None)
        elif self._problems.get(key) != rejection:
            self._problems[key] = rejection
            _log.warning("the engine refused a price", command=key[0], about=about, rejection=rejection.name)

    # -- What is kept ------------------------------------------------------------------------------------------------

    def _keep_minutes(self, now_ms: int) -> None:
        minute_ms = now_ms - now_ms % MINUTE_MS
        if minute_ms != self._minute_ms:
            self._hand_over(self._minute_ms, minute_ms)
            self._minute_ms = minute_ms

    def close(self) -> None:
        """Hand over the samples of the running minute, so that the next process goes on with them."""
        self._hand_over(self._minute_ms, self._minute_ms + MINUTE_MS)

    def _hand_over(self, from_ms: int, until_ms: int) -> None:
        for contract in self._contracts.values():
            if contract.shape.is_perpetual:
                name = str(contract.shape.instrument)
                self._records.note_minutes(PREMIUM, name, contract.minutes.between(from_ms, until_ms))
        for name, trail in self._trails.items():
            self._records.note_minutes(INDEX, name, trail.minutes.between(from_ms, until_ms))

    # -- What people may ask -----------------------------------------------------------------------------------------

    @property
    def problems(self) -> dict[tuple[str, str], Rejection]:
        """What the engine refuses at present: by command and what it is about."""
        return dict(self._problems)

    def index(self, index_id: str) -> IndexPrice:
        """The index price now."""
        return self.board.price(index_id, self._engine.now_ms())

    def funding(self, instrument: int) -> FundingView | None:
        """What funding of a perpetual contract is about to be and was last; None when there is no such contract."""
        contract = self._contracts.get(instrument)
        if contract is None or not contract.shape.is_perpetual:
            return None
        now_ms, settled = self._engine.now_ms(), self._records.settled(instrument)
        terms = self._terms.funding(contract.shape.underlying, now_ms)
        next_ms = funding.boundary_after(now_ms, terms)
        return FundingView(
            instrument=instrument,
            rate=contract.forecast(now_ms),
            time_ms=now_ms,
            funding_time_ms=next_ms,
            next_funding_time_ms=next_ms + funding.interval_ms(terms),
            premium=contract.premium,
            interest=funding.interest(terms),
            rate_min=terms.floor,
            rate_max=terms.cap,
            impact_notional=terms.impact_notional,
            settled_rate=0 if settled is None else settled.rate,
            settled_time_ms=0 if settled is None else settled.time_ms,
        )

    def funding_boundaries(self, underlying: str, time_ms: int) -> tuple[int, int]:
        """When funding of contracts on ``underlying`` was due last at ``time_ms``, and when it is due next."""
        terms = self._terms.funding(underlying, time_ms)
        return funding.boundary_before(time_ms, terms), funding.boundary_after(time_ms, terms)

    def premiums(self, instrument: int) -> list[PremiumView]:
        """The mean premium of each minute of the last hours but the running one, newest first."""
        contract, now_ms = self._contracts.get(instrument), self._engine.now_ms()
        if contract is None or not contract.shape.is_perpetual:
            return []
        minutes = contract.minutes.between(now_ms - KEPT_MS, now_ms - now_ms % MINUTE_MS)
        found = [PremiumView(one.minute_ms, toward_zero(one.total, one.samples)) for one in minutes if one.samples]
        return found[::-1]

    def duration(self, instrument: int) -> str:
        """What people call a dated contract now, such as ``this_week``; "" for other contracts and unusual expiries."""
        contract = self._contracts.get(instrument)
        if contract is None or contract.shape.is_perpetual:
            return ""
        shape, now_ms = contract.shape, self._engine.now_ms()
        terms = self._terms.listing(shape.underlying, now_ms)
        return self._durations.of(shape.underlying, shape.expiry_ms, now_ms, terms)

    def delivery_fee_ppm(self, underlying: str) -> int:
        """What each side pays of the value when a contract on ``underlying`` is delivered."""
        return self._terms.delivery(underlying, self._engine.now_ms()).fee_rate_ppm

    def delivery_estimate(self, instrument: int) -> DeliveryEstimate | None:
        """At which price a dated contract would be delivered by what was sampled so far; None before its last minutes."""
        contract = self._contracts.get(instrument)
        if contract is None or contract.shape.is_perpetual:
            return None
        shape, now_ms = contract.shape, self._engine.now_ms()
        terms = self._terms.delivery(shape.underlying, shape.expiry_ms)
        begin_ms = shape.expiry_ms - terms.window_minutes * MINUTE_MS
        price = self._trails[shape.underlying].mean(begin_ms, shape.expiry_ms)
        if now_ms < begin_ms or price is None:
            return None
        return DeliveryEstimate(instrument, shape.to_ticks(price), now_ms, shape.expiry_ms)
