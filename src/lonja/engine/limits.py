"""The bounds of the engine, in one place."""

from dataclasses import dataclass

from lonja.primitives.errors import SettingsError


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What the engine holds before it says "busy", how large a group commit may grow, when it saves its state.

    ``queue_commands_max``: commands that wait for a commit; more are refused.
    ``batch_commands_max``, ``batch_bytes_max``: one group commit.
    ``batch_entries_max``: senders that share one; with 1 the rows of the journal do not depend on who came when.
    ``stall_seconds``: how long one commit may take before waiting commands are refused.
    ``retry_seconds``: pause between attempts to write a row whose fate is unknown, and between due ticks that fail.
    ``timer_poll_seconds``: longest sleep before the clock is looked at again while a timer is set.
    ``snapshot_commands``: fewest commands between two snapshots of a running engine.
    ``snapshot_share``: largest part of the time that may be spent on dumping the state.
    ``stop_seconds``: how long an orderly stop waits for the journal.
    """

    queue_commands_max: int = 20_000
    batch_commands_max: int = 1_000
    batch_bytes_max: int = 400_000
    batch_entries_max: int = 1_000
    stall_seconds: float = 2.0
    retry_seconds: float = 0.5
    timer_poll_seconds: float = 0.05
    snapshot_commands: int = 50_000
    snapshot_share: float = 0.001
    stop_seconds: float = 3.0

    def __post_init__(self) -> None:
        """Raise ``SettingsError`` for bounds under which nothing could ever be taken."""
        if not 0 < self.batch_commands_max <= self.queue_commands_max:
            raise SettingsError("A commit must hold at least one command and no more than may wait.")
