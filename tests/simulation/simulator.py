"""One random life of an exchange: traders, gateways that repeat themselves, snapshots and crashes.

Why here: the rules of single commands are proved elsewhere; this proves that they hold together. The journal is a list
of rows; a crash drops the state between any two steps of "journal, apply, answer", and recovery loads a snapshot and
replays the rows after it. Invariants are checked after every command, the events against ``Mirror``, and the state
after each recovery against a twin that never crashed.
"""

import random
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.apply import apply_batch
from lonja.core.hashing import state_hash
from lonja.core.layout import decode_events, encode_command
from lonja.core.rejections import Rejection
from lonja.core.replay import GENESIS_DIGEST, chain_digest, replay_rows
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state import State
from tests.simulation.facts import facts_of
from tests.simulation.invariants import check_state
from tests.simulation.margin_invariants import check_after_mark, check_margins
from tests.simulation.mirror import Mirror
from tests.simulation.workload import Workload
from tests.simulation.world import found_world

BATCH_MAX = 8
CRASH_CHANCE = 0.06
SNAPSHOT_CHANCE = 0.04
SESSIONS = (11, 12)
LENDING_SEEDS = 5
"""One seed of so many is of a house that lends."""


class Row(NamedTuple):
    """A row of the journal."""

    first_command: int
    command_count: int
    event_digest: bytes
    body: bytes


class Snapshot(NamedTuple):
    """A stored state and where replay goes on from it."""

    data: bytes
    rows: int
    next_command: int
    event_digest: bytes


@dataclass
class Tally:
    """What happened, so that a run that tests nothing is noticed."""

    commands: int = 0
    events: Counter[str] = field(default_factory=Counter)
    facts: Counter[str] = field(default_factory=Counter)
    rejections: Counter[str] = field(default_factory=Counter)
    crashes: int = 0
    repeats: int = 0

    def add(self, other: "Tally") -> None:
        """Count what happened in another run, too."""
        self.commands += other.commands
        self.events.update(other.events)
        self.facts.update(other.facts)
        self.rejections.update(other.rejections)
        self.crashes += other.crashes
        self.repeats += other.repeats


class Simulation:
    """The life of one exchange, wholly decided by ``seed``."""

    def __init__(self, seed: int) -> None:
        """Found the exchange."""
        self.rng = random.Random(seed)
        self.tally = Tally()
        self.state, self.twin = State(), State()
        self.mirror = Mirror()
        self.rows: list[Row] = []
        self.digest = GENESIS_DIGEST
        self.snapshot = Snapshot(dump_state(self.state), 0, 0, GENESIS_DIGEST)
        self.sent: list[tuple[c.Command, bytes]] = []
        self.session_sequences = dict.fromkeys(SESSIONS, 0)
        self.doing = "founding the exchange"
        self.bookings = 0
        world = found_world(self.rng, lends=seed % LENDING_SEEDS == LENDING_SEEDS - 2)
        self.workload = Workload(self.rng, world, self.mirror)
        self._journal(world.commands)
        with self._told():
            self._apply(world.commands)
        assert not self.tally.rejections, f"the world was not founded as planned: {dict(self.tally.rejections)}"
        self.tally = Tally()

    def run(self, command_count: int) -> Tally:
        """Live for at least so many commands, then replay all of it from the beginning.

        What goes wrong says at which step of this seed.
        """
        with self._told():
            while self.tally.commands < command_count:
                self._live()
            self._replay()
        self.tally.facts["storms"] = self.workload.contracts.storms
        self.tally.facts["leaps of time"] = self.workload.leaps
        return self.tally

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Let what goes wrong say where."""
        try:
            yield
        except Exception as error:
            error.add_note(f"At step {self.tally.commands}: {self.doing}")
            raise

    def _replay(self) -> None:
        self.doing = "replaying everything"
        replayed = State()
        last = [outcome for _, outcome in replay_rows(replayed, self.rows)][-1]
        assert last.event_digest == self.digest, "replaying everything gives other events"
        assert state_hash(replayed) == state_hash(self.state), "replaying everything gives another state"

    def _live(self) -> None:
        commands = [self._draw() for _ in range(self.rng.randrange(1, BATCH_MAX))]
        fate = self.rng.random()
        if fate < CRASH_CHANCE / 3:
            self._crash()  # before the journal: these commands never happened
            return
        self._journal(commands)
        if fate < 2 * CRASH_CHANCE / 3:
            self._crash()  # after the journal, before anything was applied or answered
        else:
            self._apply(commands)
            if fate < CRASH_CHANCE:
                self._crash()
        if self.rng.random() < SNAPSHOT_CHANCE:
            next_command = int(self.state.next_command)
            self.snapshot = Snapshot(dump_state(self.state), len(self.rows), next_command, self.digest)

    def _draw(self) -> c.Command:
        """A new command, perhaps of a gateway, or one that a gateway sends again."""
        if self.sent and self.rng.random() < 0.05:
            return self.rng.choice(self.sent[-100:])[0]
        command = self.workload.next()
        if self.rng.random() < 0.2:
            session = self.rng.choice(SESSIONS)
            self.session_sequences[session] += 1
            command = command._replace(session=session, session_sequence=self.session_sequences[session])
        return command

    def _journal(self, commands: list[c.Command]) -> None:
        body = b"".join(encode_command(command) for command in commands)
        first = self.rows[-1].first_command + self.rows[-1].command_count if self.rows else 0
        self.rows.append(Row(first, len(commands), self.digest, body))

    def _apply(self, commands: list[c.Command]) -> None:
        """Apply the last row command by command, with all checks after each."""
        row = self.rows[-1]
        told: list[bytes] = []
        for number, command in enumerate(commands):
            self.doing = str(command)
            applied = apply_batch(self.state, encode_command(command), row.first_command + number)
            told.append(applied.events)
            self._observe(command, applied.outcomes, applied.events)
            self._check()
        self.doing = "the same commands as one batch"
        whole = apply_batch(self.twin, row.body, row.first_command)
        assert whole.events == b"".join(told), "a batch gives other events than its commands one by one"
        self.digest = chain_digest(self.digest, whole.events)

    def _observe(self, command: c.Command, outcome: bytes, events: bytes) -> None:
        """Fold the events, and expect a repeat to be answered as before without anything happening."""
        before, found = self.mirror.sequence, list(decode_events(events))
        self._fold(found)
        self.tally.commands += 1
        self.tally.events.update(type(event).__name__ for event in found)
        self.tally.facts += facts_of(found, set(self.mirror.contracts), self.mirror.funds)
        for event in found:
            if isinstance(event, (e.MarkPriceSet, e.FundingSettled)):
                check_after_mark(self.state, self.state.instruments[event.instrument], found)
        rejection, _ = struct.unpack("<qq", outcome)
        if rejection:
            self.tally.rejections[Rejection(rejection).name] += 1
        if command.session == 0:
            return
        known = [answer for sent, answer in self.sent if sent == command]
        if known:
            self.tally.repeats += 1
            assert outcome == known[0], "a repeated command got another answer"
            due = [event for event in found if type(event).__name__ != "OrderCanceled"]
            assert not due, f"a repeated command was applied again after event {before}"
        else:
            self.sent = [*self.sent[-200:], (command, outcome)]

    def _fold(self, events: list[e.Event]) -> None:
        self.mirror.fold(events)
        self.bookings += sum(isinstance(event, e.PositionChanged) for event in events)

    def _check(self) -> None:
        """Everything that holds after every command."""
        check_state(self.state)
        check_margins(self.state, self.bookings)
        self.mirror.compare(self.state)

    def _crash(self) -> None:
        """Lose everything in memory, recover, and expect to stand where the twin stands that never crashed."""
        self.doing = "recovering from a crash"
        self.tally.crashes += 1
        stored = self.snapshot
        self.state = load_state(stored.data)
        rows = self.rows[stored.rows :]
        for row, outcome in replay_rows(self.state, rows, stored.next_command, stored.event_digest):
            if row.first_command == self.twin.next_command:
                self._catch_up(row, outcome.events)
        self._check()
        assert state_hash(self.state) == state_hash(self.twin), "recovery gave another state"

    def _catch_up(self, row: Row, events: bytes) -> None:
        """Tell the twin and the observers of a row that was journaled but not applied before the crash."""
        assert apply_batch(self.twin, row.body, row.first_command).events == events
        self.digest = chain_digest(self.digest, events)
        self._fold(list(decode_events(events)))
        self.tally.commands += row.command_count
