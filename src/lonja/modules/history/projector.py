"""The thread that writes projections, behind the engine and never in its way.

It takes batches from a bounded queue. When the database cannot be written it tries again and again; when the queue
overflows meanwhile, it drops it and later reads the missing events from the journal. Invariant: batches are projected
in order, each exactly once, whatever fails.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

import structlog
from sqlalchemy import Engine

from lonja.core.events import (
    AccountCreated,
    Event,
    Filled,
    OrderAmended,
    OrderCanceled,
    OrderMargined,
    OrderPlaced,
    OrderRested,
    PositionChanged,
)
from lonja.core.kinds import AccountKind, Liquidity, PositionCause
from lonja.core.margin_events import OrderReduces
from lonja.engine.api import EventBatch
from lonja.modules.history.fill_prices import PriceRow
from lonja.modules.history.projection import Projection

EventSource = Callable[[int], Iterator[EventBatch]]
"""All batches with events later than a sequence, read from the journal; the first may begin with earlier events."""

Progress = Callable[[EventBatch], None]
"""Called now and then with the batch projected last."""

QUEUED_EVENTS_MAX = 200_000
EVENTS_PER_TRANSACTION = 5_000
LINGER_SECONDS = 0.05
REST_PER_WORK = 2
"""How long the thread rests after a transaction, in terms of the processor time it took, unless somebody waits.

Python runs one thread at a time, so while the exchange is busy this is what keeps most of the time for the engine.
"""

REST_SECONDS_MAX = 0.5
RETRY_SECONDS = 0.2
RETRY_SECONDS_MAX = 5.0

_SIMULATOR = int(AccountKind.SIMULATOR)
_MAKER = int(Liquidity.MAKER)
_OF_ORDERS = (OrderPlaced, OrderMargined, OrderReduces, OrderRested, OrderCanceled, OrderAmended)
_BY_TRADING = (int(PositionCause.FILLED), int(PositionCause.FUNDING))

_log = structlog.get_logger("lonja.history")


class Projector:
    """Projects batches onto one database, on a thread of its own between ``start`` and ``close``."""

    def __init__(self, engine: Engine, source: EventSource | None, queued_events_max: int = QUEUED_EVENTS_MAX) -> None:
        """``source`` repeats what the queue could not hold."""
        self._engine = engine
        self._source = source
        self._queued_events_max = queued_events_max
        self._projection = Projection(engine.dialect.name)
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._queue: deque[EventBatch] = deque()
        self._queued_events = 0
        self._behind = False
        self._stopping = False
        self._simulators: set[int] = set()
        self._waiters: list[tuple[int, asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._thread: threading.Thread | None = None
        self.problem = ""
        with engine.connect() as connection:
            self.last_sequence = self._projection.load(connection)

    # --- on the engine's thread

    def offer(self, batch: EventBatch) -> None:
        """Take a batch to be projected soon; never waits for the database."""
        batch = self._lightened(batch)
        with self._lock:
            if self._behind:
                return
            self._queue.append(batch)
            self._queued_events += len(batch.events)
            if self._queued_events <= self._queued_events_max:
                return
            self._queue.clear()
            self._queued_events = 0
            self._behind = True
        _log.warning("projections fell behind; the journal will tell what is missing", last_sequence=self.last_sequence)

    def _lightened(self, batch: EventBatch) -> EventBatch:
        """``batch`` without what no projection shows of simulated traders, who make most of all events at a start.

        Its last event stays in any case, since it says how far the batch goes.
        """
        simulators = self._simulators
        for event in batch.events:
            if type(event) is AccountCreated and event.kind == _SIMULATOR:
                simulators.add(event.account)
        if not simulators:
            return batch
        events = [event for event in batch.events[:-1] if not _is_idle(event, simulators)]
        return batch._replace(events=(*events, *batch.events[-1:]))

    async def caught_up(self, sequence: int, timeout_seconds: float) -> bool:
        """Wait until ``sequence`` is projected; False when that takes too long."""
        if self.last_sequence >= sequence:
            return True
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        with self._lock:
            self._waiters.append((sequence, loop, done))
        self._wake.set()
        if self.last_sequence >= sequence:
            return True
        try:
            await asyncio.wait_for(done, timeout_seconds)
        except TimeoutError:
            return self.last_sequence >= sequence
        return True

    def start(self) -> None:
        """Begin to project what is offered."""
        self._thread = threading.Thread(target=self._run, name="lonja-projector", daemon=True)
        self._thread.start()

    def close(self, timeout_seconds: float) -> None:
        """Project what is queued, unless that takes too long, and end the thread."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout_seconds)

    # --- on the projector's thread

    def catch_up(self, batches: Iterable[EventBatch], progress: Progress | None = None) -> None:
        """Project ``batches`` now, on the calling thread; only while the projector's own does not run."""
        waiting: list[EventBatch] = []
        events = 0
        for batch in batches:
            if self._stopping:
                return
            waiting.append(batch)
            events += len(batch.events)
            if events >= EVENTS_PER_TRANSACTION:
                self._project(waiting)
                if progress is not None:
                    progress(batch)
                waiting, events = [], 0
        if waiting:
            self._project(waiting)
            if progress is not None:
                progress(waiting[-1])

    def adopt_prices(self, prices: Sequence[PriceRow]) -> None:
        """Take over what the engine knows after the last projected event; before ``start``."""
        with self._engine.begin() as connection:
            self._projection.adopt_prices(connection, prices)

    def _run(self) -> None:
        pause = RETRY_SECONDS
        while not self._stopping or (self._queue and not self.problem):
            self._wake.wait(0 if self._stopping else LINGER_SECONDS)
            self._wake.clear()
            try:
                self._step()
            except Exception as error:  # noqa: BLE001  a full disk, a lock, a lost server: the exchange goes on
                self._note_problem(error)
                self._projection.forget()
                self._pause(pause)
                pause = min(2 * pause, RETRY_SECONDS_MAX)
            else:
                pause = RETRY_SECONDS
                if self.problem:
                    _log.info("projections are written again", last_sequence=self.last_sequence)
                    self.problem = ""

    def _note_problem(self, error: Exception) -> None:
        problem = f"{type(error).__name__}: {error}".split("\n", 1)[0]
        if problem != self.problem:
            _log.warning("projections cannot be written", problem=problem, last_sequence=self.last_sequence)
        self.problem = problem

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < end:
            time.sleep(LINGER_SECONDS)

    def _step(self) -> None:
        if self._behind:
            self._repeat()
        while batches := self._next_batches():
            self._project(batches)
            with self._lock:
                # The queue may have been dropped meanwhile.
                for batch in batches:
                    if self._queue and self._queue[0] is batch:
                        self._queue.popleft()
                        self._queued_events -= len(batch.events)

    def _next_batches(self) -> list[EventBatch]:
        batches: list[EventBatch] = []
        events = 0
        with self._lock:
            for batch in self._queue:
                batches.append(batch)
                events += len(batch.events)
                if events >= EVENTS_PER_TRANSACTION:
                    break
        return batches

    def _repeat(self) -> None:
        """Read from the journal what the queue could not hold."""
        # From here on the queue is filled again, before the journal's end is read, so nothing falls between.
        with self._lock:
            self._behind = False
        if self._source is None:
            raise RuntimeError("events were lost and there is no journal to read them from")
        try:
            self.catch_up(self._source(self.last_sequence))
        except Exception:
            self._behind = True
            raise

    def _project(self, batches: list[EventBatch]) -> None:
        """Project ``batches`` in one transaction, leaving out what is projected already."""
        last = self.last_sequence
        events: list[Event] = []
        for batch in batches:
            if batch.first_sequence > last + 1:
                self._behind = True
                raise MissingEventsError(last + 1, batch.first_sequence)
            if batch.last_sequence <= last:
                continue
            is_new = batch.first_sequence > last
            events += batch.events if is_new else [event for event in batch.events if event.sequence > last]
            last = batch.last_sequence
        if not events:
            return
        began = time.thread_time()
        with self._engine.begin() as connection:
            self._projection.project(connection, events, batches[-1].epoch)
        self.last_sequence = last
        self._tell(last)
        if threading.current_thread() is self._thread and not self._stopping:
            self._rest(time.thread_time() - began)

    def _rest(self, worked_seconds: float) -> None:
        """Let others run, until somebody waits for us."""
        if not self._waiters:
            self._wake.wait(min(REST_PER_WORK * worked_seconds, REST_SECONDS_MAX))
            self._wake.clear()

    def _tell(self, sequence: int) -> None:
        if not self._waiters:
            return
        with self._lock:
            ready = [waiter for waiter in self._waiters if waiter[0] <= sequence]
            self._waiters = [waiter for waiter in self._waiters if waiter[0] > sequence and not waiter[2].done()]
        for _, loop, done in ready:
            loop.call_soon_threadsafe(_finish, done)


def _is_idle(event: Event, simulators: set[int]) -> bool:
    """Whether ``event`` tells of nothing but a simulated trader; trades, and how positions were ended, are everybody's."""
    if isinstance(event, Filled):
        return event.liquidity == _MAKER and event.account in simulators
    if isinstance(event, PositionChanged):
        return event.cause in _BY_TRADING and event.account in simulators
    return isinstance(event, _OF_ORDERS) and event.account in simulators


class MissingEventsError(Exception):
    """Events between what is projected and what was offered."""

    def __init__(self, wanted: int, offered: int) -> None:
        """``wanted`` is the next sequence, ``offered`` the one that came instead."""
        super().__init__(f"events {wanted} to {offered - 1} are missing")


def _finish(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
