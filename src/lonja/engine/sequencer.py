"""The engine: one thread that owns all money.

Commands wait in a queue. All that waits becomes one batch: it gets the time and its numbers, goes to the journal, is
applied, its events go to the subscribers, and only then its senders are answered. While one batch is on its way to the
disk the next collects. Invariants: nothing is applied that is not durable; everything durable is applied, in order; a
fault of our own stops the engine, since half-applied money is worse than none.
"""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import structlog

from lonja.core.apply import apply_batch
from lonja.core.commands import Command, Tick
from lonja.core.rejections import Rejection
from lonja.core.replay import chain_digest
from lonja.core.state_views import StateViews
from lonja.core.views import Outcome
from lonja.engine.api import Answer, EngineViews, IsLate, Subscriber
from lonja.engine.batching import (
    CommandQueue,
    Entry,
    answer_with_error,
    answer_with_outcomes,
    apart_late,
    in_chunks,
    pack,
    settle,
    stamped,
    unpack_outcomes,
)
from lonja.engine.journal_writer import JournalWriter
from lonja.engine.limits import EngineLimits
from lonja.engine.observer import EngineObserver, SilentObserver
from lonja.engine.ports import Clock, Journal, JournalRow, Snapshots
from lonja.engine.publish import Publisher
from lonja.engine.recovery import Recovered
from lonja.engine.snapshot_keeper import SnapshotKeeper
from lonja.engine.snapshots import pack_snapshot
from lonja.primitives.errors import (
    DataError,
    EngineBusyError,
    EngineOutcomeUnknownError,
    EngineReadOnlyError,
    EngineStoppedError,
    EngineTooLateError,
    LonjaError,
    SettingsError,
)

_log = structlog.get_logger("lonja.engine")
_NOT_STORABLE = Outcome(Rejection.FIELD_INVALID, 0)
_BUSY = EngineBusyError("The exchange is busy; the command was not taken.", "Try again shortly.")
_STOPPED = EngineStoppedError("The exchange is stopping; the command was not taken.")
_READ_ONLY = EngineReadOnlyError("The journal cannot be written; the command was not taken.", "Reading goes on.")
_TOO_LATE = EngineTooLateError("The command waited too long and was not taken.")
_UNKNOWN = EngineOutcomeUnknownError("The exchange stopped while the command was under way.", "Look it up later.")


class _Flight(NamedTuple):
    """The batch on its way to the disk."""

    row: JournalRow
    entries: list[Entry]
    started: float
    stall: asyncio.TimerHandle


class Sequencer:
    """The running exchange, see ``engine.api.Engine``. Made and used on one event loop."""

    def __init__(
        self,
        start: Recovered,
        *,
        journal: Journal,
        clock: Clock,
        snapshots: Snapshots,
        limits: EngineLimits | None = None,
        observer: EngineObserver | None = None,
        shard: int = 0,
    ) -> None:
        """Go on from ``start``. Raises ``SettingsError`` when Python runs without asserts."""
        require_asserts()
        self._loop = asyncio.get_running_loop()
        self._journal = journal
        self._clock = clock
        self._limits = limits or EngineLimits()
        self._observer = observer or SilentObserver()
        self._shard = shard
        self._epoch = start.epoch + 1
        self._state = start.state
        self._views = StateViews(start.state)
        self._next_command = start.next_command
        self._event_digest = start.event_digest
        self._time_ms = int(start.state.time_ms)
        self._queue = CommandQueue(self._limits)
        self._publisher = Publisher()
        self._writer = JournalWriter(journal, self._limits.retry_seconds, self._on_written)
        self._keeper = SnapshotKeeper(snapshots, self._limits, start.replayed)
        self._flight: _Flight | None = None
        self._commit_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._stalled = False
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()
        self.is_writable = True
        self.ended: asyncio.Future[None] = self._loop.create_future()
        """Done after ``stop``; fails with the cause when the engine had to stop by itself."""
        self._set_timer()

    @property
    def views(self) -> EngineViews:
        """Reads of the live state. Raises ``EngineStoppedError`` when the state may be half-applied."""
        if self._has_failed():
            raise _fresh(_STOPPED)
        return self._views

    @property
    def epoch(self) -> int:
        """Grows with every start."""
        return self._epoch

    @property
    def last_time_ms(self) -> int:
        """The time of the last command, 0 before the first."""
        return self._time_ms

    @property
    def queue_depth(self) -> int:
        """Commands that wait for a group commit."""
        return self._queue.count

    def now_ms(self) -> int:
        """The exchange's time: never behind that of the last command."""
        return max(self._time_ms, self._clock.now_ms())

    def next_timer_ms(self) -> int:
        """When the core's next timer is due, 0 when none is set."""
        return int(self._state.next_timer_ms())

    def subscribe(self, subscriber: Subscriber) -> None:
        """Hear every event batch from now on."""
        self._publisher.subscribe(subscriber)

    def send(self, commands: Sequence[Command], answer: Answer, is_late: IsLate | None = None) -> None:
        """Number, journal and apply ``commands``, in order and in one group commit; ``answer`` hears what came of it.

        Raises ``EngineUnavailableError`` when they were not taken, and then never calls ``answer``. Those that are late
        once it is their turn are not carried out, and ``answer`` hears ``EngineTooLateError``.
        """
        if len(commands) == 1 and (record := pack(commands[0])) is not None:
            # The usual case, which costs a tenth less without the lists.
            self._check_open(1)
            self._add(Entry(record, 1, answer, is_late))
            return
        packed = [pack(command) for command in commands]
        records = [record for record in packed if record is not None]
        if len(records) < len(packed):
            answer = partial(_answer_all, packed, answer)
        if records:
            self._check_open(len(records))
            self._add(Entry(b"".join(records), len(records), answer, is_late))
        else:
            answer([])

    async def submit(self, command: Command) -> Outcome:
        """Number, journal, apply and answer one command.

        Raises ``EngineUnavailableError`` when it was not taken, ``EngineOutcomeUnknownError`` when nobody can tell.
        """
        record = pack(command)
        if record is None:
            return _NOT_STORABLE
        return (await self._enqueue(record, 1))[0]

    async def submit_many(self, commands: Sequence[Command]) -> list[Outcome]:
        """The same for several commands, in order and in one group commit when they fit; refusals are independent.

        More than fit are sent one group commit after the other; an error then says how many were carried out.
        """
        packed = [pack(command) for command in commands]
        answers: list[Outcome] = []
        for chunk in in_chunks((record for record in packed if record is not None), self._limits):
            try:
                answers += await self._enqueue(b"".join(chunk), len(chunk))
            except LonjaError as error:
                if not answers:
                    raise
                message = f"{error.message} The first {len(answers)} commands were carried out."
                raise type(error)(message, error.remedy) from error
        return _filled_in(packed, answers)

    async def stop(self) -> None:
        """Refuse new commands, finish those that wait, save the state, close the journal.

        When the journal does not finish in ``limits.stop_seconds`` it ends as ``abort`` does.
        """
        deadline = time.monotonic() + self._limits.stop_seconds
        self._stopping = True
        self._cancel_timer()
        try:
            await asyncio.wait_for(self._idle.wait(), self._limits.stop_seconds)
        except TimeoutError:
            self.abort()
        is_orderly = not self.ended.done()
        self._writer.close()
        if is_orderly:
            self._keeper.finish(self._next_command, self._pack_snapshot)
        if await asyncio.to_thread(self._writer.join, _left(deadline)):
            self._journal.close()
        if is_orderly:
            await asyncio.to_thread(self._keeper.join, _left(deadline))
            self.ended.set_result(None)

    def abort(self) -> None:
        """End at once, as a crash would: nothing more is written, and the next start recovers."""
        if not self.ended.done():
            _log.error("the engine is aborted", waiting=self._queue.count, under_way=self._flight is not None)
            self._end(_fresh(_STOPPED))

    def _enqueue(self, records: bytes, count: int) -> asyncio.Future[list[Outcome]]:
        self._check_open(count)
        waiting: asyncio.Future[list[Outcome]] = self._loop.create_future()
        self._add(Entry(records, count, partial(settle, waiting)))
        return waiting

    def _check_open(self, count: int) -> None:
        refusal: LonjaError | None = None
        if self._stopping or self.ended.done():
            refusal = _STOPPED
        elif self._writer.in_doubt:
            refusal = _READ_ONLY
        elif self._stalled or not self._queue.has_room(count):
            refusal = _BUSY
        if refusal is not None:
            self._observer.on_refused(count)
            raise _fresh(refusal)

    def _add(self, entry: Entry) -> None:
        self._queue.add(entry)
        self._idle.clear()
        if self._flight is None and not self._commit_due:
            self._commit_due = True
            # Not at once: what else arrives in this turn of the loop shares the commit.
            self._loop.call_soon(self._commit_waiting)

    def _commit_waiting(self) -> None:
        self._commit_due = False
        entries, late = apart_late(self._queue.take_batch())
        if late:
            # They take part in nothing; told in a later turn, because who hears it may send again.
            self._loop.call_soon(self._refuse_late, late)
        if not entries:
            if self._queue.count:
                self._commit_due = True
                self._loop.call_soon(self._commit_waiting)
            elif not late:
                self._idle.set()
            return
        self._time_ms = self._time_of(entries)
        row = JournalRow(
            self._next_command,
            sum(entry.command_count for entry in entries),
            self._shard,
            self._epoch,
            self._time_ms,
            self._event_digest,
            stamped(entries, self._time_ms),
        )
        stall = self._loop.call_later(self._limits.stall_seconds, self._on_stall)
        self._flight = _Flight(row, entries, time.perf_counter(), stall)
        self._writer.write(row)

    def _refuse_late(self, late: list[Entry]) -> None:
        self._observer.on_refused(answer_with_error(late, _TOO_LATE))
        if self._flight is None and not self._commit_due and not self._queue.count:
            self._idle.set()

    def _time_of(self, entries: list[Entry]) -> int:
        """The time of a batch: now, but a timer fires at its own time, however late the machine wakes up for it."""
        now_ms = self.now_ms()
        is_own_tick = len(entries) == 1 and entries[0].answer is None
        return max(self._time_ms, min(now_ms, self._state.next_timer_ms())) if is_own_tick else now_ms

    def _on_stall(self) -> None:
        """The disk hangs: what is under way must wait, but nobody else needs to."""
        self._stalled = True
        refused = answer_with_error(self._queue.take_all(), _READ_ONLY if self._writer.in_doubt else _BUSY)
        self._observer.on_refused(refused)
        _log.error("the journal takes too long", seconds=self._limits.stall_seconds, refused=refused)

    def _on_written(self, error: Exception | None) -> None:
        flight = self._flight
        if flight is None or self.ended.done():
            return
        self._stalled = False
        flight.stall.cancel()
        try:
            if isinstance(error, DataError):
                self._refuse(flight, error)
            else:
                self._apply(flight, error)
        except BaseException as cause:
            _log.critical("the engine stops because of a fault of its own", exc_info=cause)
            self._end(cause)
            if not isinstance(cause, Exception):
                raise
            return
        self._flight = None
        self._commit_waiting()

    def _refuse(self, flight: _Flight, error: DataError) -> None:
        """The row was not kept: nothing happened, and nothing will for those behind it."""
        if self.is_writable:
            _log.error("the journal cannot be written", error=str(error))
        self.is_writable = False
        refusal = EngineReadOnlyError(_READ_ONLY.message, error.remedy or _READ_ONLY.remedy)
        refused = answer_with_error([*flight.entries, *self._queue.take_all()], refusal)
        self._observer.on_refused(refused)
        self._set_timer(self._limits.retry_seconds)

    def _apply(self, flight: _Flight, error: Exception | None) -> None:
        if error is not None:
            raise error
        row, begun = flight.row, time.perf_counter()
        self._observer.on_commit(row.command_count, begun - flight.started, self._queue.count)
        if not self.is_writable:
            _log.info("the journal can be written again")
        self.is_writable = True
        applied = apply_batch(self._state, row.body, row.first_command)
        outcomes = unpack_outcomes(applied.outcomes)
        assert len(outcomes) == row.command_count, "one outcome for each command"
        self._next_command += row.command_count
        self._event_digest = chain_digest(self._event_digest, applied.events)
        event_count = self._publisher.publish(row, applied.events)
        answer_with_outcomes(flight.entries, outcomes)
        self._set_timer()
        self._keeper.count(row.command_count, self._next_command, self._pack_snapshot)
        self._observer.on_apply(event_count, time.perf_counter() - begun)

    def _end(self, cause: BaseException) -> None:
        """Stop for good: the journal has what is durable, and the next start makes the state from it."""
        flight, self._flight = self._flight, None
        if flight is not None:
            flight.stall.cancel()
            answer_with_error(flight.entries, _UNKNOWN)
        answer_with_error(self._queue.take_all(), _STOPPED)
        self._cancel_timer()
        self._writer.close()
        self.ended.set_exception(cause)
        self.ended.exception()  # so that asyncio does not report it again when nobody awaits it
        self._idle.set()

    def _has_failed(self) -> bool:
        return self.ended.done() and self.ended.exception() is not None

    def _pack_snapshot(self) -> bytes:
        return pack_snapshot(self._state, self._shard, self._epoch, self._next_command, self._event_digest)

    def _set_timer(self, wait_seconds: float = 0.0) -> None:
        """Wake up for the core's next deadline; early, since the clock may run faster than the machine's."""
        if self._timer is not None or self._stopping:
            return
        deadline = self._state.next_timer_ms()
        if deadline:
            seconds = (deadline - self.now_ms()) / 1_000
            delay = max(wait_seconds, min(seconds, self._limits.timer_poll_seconds))
            self._timer = self._loop.call_later(max(delay, 0.001), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        deadline = self._state.next_timer_ms()
        is_quiet = self._flight is None and not self._queue.count and not self._writer.in_doubt
        if deadline and deadline <= self.now_ms() and is_quiet:
            record = pack(Tick())
            assert record is not None, "a tick can be packed"
            self._add(Entry(record, 1, None))
        else:
            self._set_timer()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def require_asserts() -> None:
    """Raise ``SettingsError`` when Python drops asserts: they guard the money."""
    if not __debug__:
        raise SettingsError("Python runs without asserts (-O or PYTHONOPTIMIZE).", "Start lonja without that option.")


def _answer_all(packed: Sequence[bytes | None], answer: Answer, told: list[Outcome] | LonjaError) -> None:
    answer(told if isinstance(told, LonjaError) else _filled_in(packed, told))


def _filled_in(packed: Sequence[bytes | None], answers: Sequence[Outcome]) -> list[Outcome]:
    """``answers`` with those of commands that no record can hold."""
    answered = iter(answers)
    return [_NOT_STORABLE if record is None else next(answered) for record in packed]


def _left(deadline: float) -> float:
    """Seconds until ``deadline``, but enough for a thread that has nothing to do to end."""
    return max(0.2, deadline - time.monotonic())


def _fresh(error: LonjaError) -> LonjaError:
    """A copy, so that each sender's traceback is its own."""
    return type(error)(error.message, error.remedy)
