"""Carries messages from the outbox to the ports, each channel by itself, until they are taken or given up.

Why the machine's clock: how long a mail server stays away has nothing to do with how fast the exchange's time passes.
Invariant: a channel that hangs holds up no other; a message that nobody can carry ends as dead and is told in the log,
without what it says or whom it was for.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from lonja.modules.notices.outbox import Message, Outbox, State
from lonja.modules.notices.ports import Call, Carriers, Mail, TextMessage, UndeliverableError
from lonja.modules.notices.recipients import Channel
from lonja.primitives.errors import DataError
from lonja.primitives.instant import HOUR_MS, MINUTE_MS, SECOND_MS

_PAUSE_S: Final = 5.0
_LOST: Final = "the carrier failed in a way of its own"

_log = structlog.get_logger("lonja.notices")


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """How hard to try. ``pauses_ms`` follow the attempts, the last one again and again until ``tries_max``.

    On the channels in ``kept`` the text of a delivered message stays readable; elsewhere it goes at once.
    """

    pauses_ms: tuple[int, ...] = (5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, HOUR_MS)
    tries_max: int = 40
    timeout_ms: int = 60 * SECOND_MS
    at_once_max: int = 8
    kept: frozenset[Channel] = frozenset()

    @property
    def lease_ms(self) -> int:
        """For how long a worker has a message: longer than it may take."""
        return 2 * self.timeout_ms

    def pause_ms(self, tries: int) -> int:
        """How long to wait after attempt number ``tries``."""
        return self.pauses_ms[min(tries, len(self.pauses_ms)) - 1]


class Delivery:
    """The worker. Make it on the loop it runs on."""

    def __init__(
        self, outbox: Outbox, carriers: Carriers, policy: DeliveryPolicy, machine_clock: Callable[[], int], sender: str
    ) -> None:
        """``machine_clock`` in milliseconds; ``sender`` is the address mails come from."""
        self._outbox = outbox
        self._carriers = carriers
        self._policy = policy
        self._now_ms = machine_clock
        self._sender = sender
        self._news = {channel: asyncio.Event() for channel in Channel}

    def wake(self, channel: Channel) -> None:
        """There is a message on ``channel``. On the loop's own thread."""
        self._news[channel].set()

    async def run(self) -> None:
        """Deliver until canceled."""
        async with asyncio.TaskGroup() as group:
            for channel in Channel:
                group.create_task(self._serve(channel))

    async def _serve(self, channel: Channel) -> None:
        news = self._news[channel]
        while True:
            news.clear()
            try:
                taken = await self.deliver_due(channel)
                wait_s = 0.0 if taken else await self._idle_s(channel)
            except DataError as error:
                _log.warning("the outbox cannot be used", channel=channel.value, problem=error.message)
                wait_s = _PAUSE_S
            if wait_s:
                await _either(news, wait_s)

    async def deliver_due(self, channel: Channel) -> int:
        """Try what is due on ``channel`` once; how many messages that were."""
        policy = self._policy
        taken = await asyncio.to_thread(self._outbox.take, channel, self._now_ms(), policy.lease_ms, policy.at_once_max)
        await asyncio.gather(*(self._attempt(message) for message in taken))
        return len(taken)

    async def _idle_s(self, channel: Channel) -> float:
        due_ms = await asyncio.to_thread(self._outbox.next_due_ms, channel)
        if due_ms is None:
            return _PAUSE_S
        return min(max((due_ms - self._now_ms()) / SECOND_MS, 0.01), _PAUSE_S)

    async def _attempt(self, message: Message) -> None:
        ends_ms = await asyncio.to_thread(self._outbox.ends_ms, message.number)
        if ends_ms is None:
            return
        if self._now_ms() >= ends_ms:
            await self._give_up(message, message.problem or "it came too late")
            return
        try:
            async with asyncio.timeout(self._policy.timeout_ms / SECOND_MS):
                await self._hand_over(message)
        except UndeliverableError as error:
            await self._failed(message, error.message, is_final=error.is_final)
        except TimeoutError:
            await self._failed(message, "the carrier did not answer in time", is_final=False)
        except Exception as error:  # noqa: BLE001  # whatever a carrier does, the other messages go out
            _log.error("a carrier failed", channel=message.channel.value, error=type(error).__name__)
            await self._failed(message, _LOST, is_final=False)
        else:
            await self._settle(message, State.DELIVERED)

    async def _hand_over(self, message: Message) -> None:
        content, carriers = message.content, self._carriers
        assert content is not None, "a message that waits has its text"
        plain = TextMessage(message.token, content.address, content.subject, content.text)
        if message.channel is Channel.EMAIL:
            await carriers.mail.deliver(Mail(message.token, self._sender, content.address, content.raw))
        elif message.channel is Channel.SMS:
            await carriers.sms.send_text(plain)
        elif message.channel is Channel.PUSH:
            await carriers.push.push(plain)
        else:
            wants_answer = bool(content.reference)
            call = Call(message.token, content.address, content.spoken, wants_answer, content.locale)
            await carriers.voice.call(call)

    async def _failed(self, message: Message, problem: str, *, is_final: bool) -> None:
        if is_final or message.tries >= self._policy.tries_max:
            await self._give_up(message, problem)
            return
        due_ms = self._now_ms() + self._policy.pause_ms(message.tries)
        _log.info("message postponed", number=message.number, channel=message.channel.value, problem=problem)
        await asyncio.to_thread(self._outbox.postpone, message.number, message.tries, due_ms, problem)

    async def _give_up(self, message: Message, problem: str) -> None:
        what = {"number": message.number, "channel": message.channel.value, "template": message.template}
        _log.warning("message given up", **what, tries=message.tries, problem=problem)
        await self._settle(message, State.DEAD, problem)

    async def _settle(self, message: Message, state: State, problem: str = "") -> None:
        # A dead letter keeps its text, so that it can be tried again.
        keep = message.channel in self._policy.kept or state is State.DEAD

        def settle() -> None:
            self._outbox.settle(message.number, message.tries, state, keep_content=keep, problem=problem)

        await asyncio.to_thread(settle)


async def _either(news: asyncio.Event, wait_s: float) -> None:
    try:
        await asyncio.wait_for(news.wait(), wait_s)
    except TimeoutError:
        return
