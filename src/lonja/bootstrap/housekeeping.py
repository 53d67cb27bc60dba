"""Blocking work that is done again and again beside the running loop: what is due, what expires, what waits.

Why here: every module that keeps a house needs the same care. Invariant: when ``close`` returns no work is under way, so
what it works on may be closed; and whatever goes wrong once, it is tried again.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from lonja.primitives.errors import LonjaError

_log = structlog.get_logger("lonja.housekeeping")


class Housekeeper:
    """Does one kind of work at its time, and sooner when woken."""

    def __init__(self, name: str, work: Callable[[], object], seconds: float) -> None:
        """Begin at once, on another thread than the loop's; ``seconds`` pass from one end to the next begin.

        ``work`` may raise; the log then says that ``name`` is not kept up.
        """
        self._name = name
        self._work = work
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._wanted = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """There is something to do now; from any thread."""
        self._loop.call_soon_threadsafe(self._wanted.set)

    async def close(self) -> None:
        """Stop; what is under way ends first."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while True:
            self._wanted.clear()
            await self._once()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), self._seconds)

    async def _once(self) -> None:
        work = asyncio.create_task(asyncio.to_thread(self._work))
        try:
            # A thread cannot be stopped: whoever closes waits for it.
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait((work,))
            raise
        except LonjaError as error:
            _log.warning("a house is not kept up", of=self._name, problem=error.message)
        except Exception:  # noqa: BLE001  # the last net: whatever one thing did, the others are looked at next time
            _log.exception("housekeeping failed", of=self._name)
