"""Opens the notices of a data folder and chooses who carries them away.

Why here: only ``bootstrap`` may know that they lie in SQLite and that a sandbox's mail goes nowhere.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from lonja.adapters.clock import SystemClock
from lonja.adapters.dns_resolver import ResolverDns
from lonja.adapters.durable_files import write_atomically
from lonja.adapters.mail_smtp import SmtpMail
from lonja.adapters.messages_webhook import HookMessages
from lonja.adapters.outbox_local import LocalOutbox
from lonja.bootstrap.housekeeping import Housekeeper
from lonja.bootstrap.notice_settings import NoticeSettings
from lonja.modules.notices.api import (
    Carriers,
    Channel,
    ChannelList,
    Delivery,
    DeliveryPolicy,
    Letterhead,
    Notices,
    OfficialChannel,
)
from lonja.primitives.errors import DataError, SettingsError
from lonja.storage.ports import SecretBox

NOTICES_NAME = "notices.sqlite"
CHANNELS_NAME = "official-channels.json"
"""The signed list of official channels."""
VOICE_HOOK = "/hooks/voice"
"""Where a provider reports the keys that called people press."""
_FORGET_SECONDS = 3_600.0

_log = structlog.get_logger("lonja.notices")


class RunningNotices:
    """Notices with their worker on the running loop."""

    def __init__(self, notices: Notices, machine_clock: Callable[[], int], settings: NoticeSettings) -> None:
        """Start delivering what waits. Raises ``SettingsError``."""
        self.notices = notices
        self.hook = None if settings.hook is None else HookMessages(settings.hook, machine_clock)
        """What a provider reports to, where there is one."""
        carriers = _carriers(settings, self.hook)
        if settings.smtp is not None:
            name, text = notices.dkim_record
            _log.info("receivers know our mail by this TXT record, once it is published", name=name, text=text)
        carriers.voice.listen(notices.press)
        loop = asyncio.get_running_loop()
        delivery = Delivery(notices.outbox, carriers, notices.policy, machine_clock, notices.head.sender)
        notices.on_message(lambda channel: loop.call_soon_threadsafe(delivery.wake, channel))
        self._delivering = asyncio.create_task(delivery.run())
        self._housekeeper = Housekeeper("notices", notices.forget_old, _FORGET_SECONDS)

    async def close(self) -> None:
        """Stop delivering; what is under way is tried again at the next start."""
        self._delivering.cancel()
        with suppress(asyncio.CancelledError):
            await self._delivering
        await self._housekeeper.close()
        if self.hook is not None:
            await self.hook.close()
        await asyncio.to_thread(self.notices.close)


async def start_notices(
    data: Path, box: SecretBox, clock: Callable[[], int], machine_clock: Callable[[], int], settings: NoticeSettings
) -> RunningNotices:
    """The notices of ``data``, delivering. Raises ``DataError`` and ``SettingsError``."""
    notices = await asyncio.to_thread(open_notices, data, box, clock, machine_clock, settings)
    try:
        return RunningNotices(notices, machine_clock, settings)
    except SettingsError:
        notices.close()
        raise


def open_notices(
    data: Path, box: SecretBox, clock: Callable[[], int], machine_clock: Callable[[], int], settings: NoticeSettings
) -> Notices:
    """The notices of ``data``, made when absent (blocking). Raises ``DataError``."""
    head = Letterhead(settings.house, settings.origin, settings.sender)
    policy = DeliveryPolicy(kept=_local_channels(settings))
    url = f"sqlite:///{(data / NOTICES_NAME).resolve()}"
    notices = Notices(url, box, clock, machine_clock, head, policy, ResolverDns())
    try:
        _load_channels(data / CHANNELS_NAME, notices)
    except DataError:
        notices.close()
        raise
    return notices


def _load_channels(path: Path, notices: Notices) -> None:
    """Use the list at ``path``; without one the list that every house begins with is signed and written there."""
    try:
        if path.exists():
            notices.channels.load(path.read_bytes())
        else:
            write_atomically(path, notices.channels.sign(notices.channels.current))
    except OSError as error:
        message = f"The list of official channels {path} cannot be used: {error.strerror}."
        raise DataError(message, "Check the folder and its rights.") from error


def publish_channels(data: Path, notices: Notices, channels: Sequence[OfficialChannel]) -> ChannelList:
    """Sign ``channels`` as the next version of the list of ``data`` and write it. Raises ``DataError``."""
    current = notices.channels.current
    issued_ms = SystemClock().now_ms()
    published = ChannelList(current.house, current.version + 1, issued_ms, tuple(channels))
    path = data / CHANNELS_NAME
    try:
        write_atomically(path, notices.channels.sign(published))
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}.", "Check the folder and its rights.") from error
    return published


def _carriers(settings: NoticeSettings, hook: HookMessages | None) -> Carriers:
    """Who carries messages away: the local outbox, where ``settings`` name nobody else."""
    local = LocalOutbox()
    mail = local if settings.smtp is None else SmtpMail(settings.smtp)
    return Carriers(mail, hook or local, hook or local, hook or local)


def _local_channels(settings: NoticeSettings) -> frozenset[Channel]:
    """The channels whose messages go nowhere, so that they have to stay readable here."""
    away = {Channel.EMAIL: settings.smtp, Channel.SMS: settings.hook}
    away |= {Channel.VOICE: settings.hook, Channel.PUSH: settings.hook}
    return frozenset(channel for channel, carrier in away.items() if carrier is None)
