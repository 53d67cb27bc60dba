"""Opens the notices of a data folder and chooses who carries them away.

Why here: only ``bootstrap`` may know that they lie in SQLite and that a sandbox's mail goes nowhere.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from lonja.adapters.outbox_local import LocalOutbox
from lonja.bootstrap.settings import NoticeSettings
from lonja.modules.notices.api import Carriers, Channel, Delivery, DeliveryPolicy, Letterhead, Notices
from lonja.primitives.errors import DataError
from lonja.storage.ports import SecretBox

NOTICES_NAME = "notices.sqlite"
_FORGET_SECONDS = 3_600.0

_log = structlog.get_logger("lonja.notices")


class RunningNotices:
    """Notices with their worker on the running loop."""

    def __init__(self, notices: Notices, carriers: Carriers, machine_clock: Callable[[], int]) -> None:
        """Start delivering what waits."""
        self.notices = notices
        loop = asyncio.get_running_loop()
        delivery = Delivery(notices.outbox, carriers, notices.policy, machine_clock, notices.head.sender)
        notices.on_message(lambda channel: loop.call_soon_threadsafe(delivery.wake, channel))
        self._tasks = [asyncio.create_task(delivery.run()), asyncio.create_task(_forget(notices))]

    async def close(self) -> None:
        """Stop delivering; what is under way is tried again at the next start."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(self.notices.close)


async def start_notices(
    data: Path, box: SecretBox, clock: Callable[[], int], machine_clock: Callable[[], int], settings: NoticeSettings
) -> RunningNotices:
    """The notices of ``data``, delivering. Raises ``DataError``."""
    notices = await asyncio.to_thread(open_notices, data, box, clock, machine_clock, settings)
    return RunningNotices(notices, _carriers(), machine_clock)


def open_notices(
    data: Path, box: SecretBox, clock: Callable[[], int], machine_clock: Callable[[], int], settings: NoticeSettings
) -> Notices:
    """The notices of ``data``, made when absent (blocking). Raises ``DataError``."""
    head = Letterhead(settings.house, settings.origin, settings.sender)
    policy = DeliveryPolicy(kept=frozenset(Channel))
    url = f"sqlite:///{(data / NOTICES_NAME).resolve()}"
    return Notices(url, box, clock, machine_clock, head, policy)


def _carriers() -> Carriers:
    local = LocalOutbox()
    return Carriers(local, local, local, local)


async def _forget(notices: Notices) -> None:
    while True:
        try:
            await asyncio.to_thread(notices.forget_old)
        except DataError as error:
            _log.warning("old messages are not removed", problem=error.message)
        await asyncio.sleep(_FORGET_SECONDS)
