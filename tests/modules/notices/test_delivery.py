"""Carrying messages away: at once, again after a pause, not for ever, and one channel without the other."""

import asyncio
from collections.abc import Callable

import pytest

from lonja.adapters.outbox_local import LocalOutbox
from lonja.modules.notices.api import Carriers, Channel, Delivery, DeliveryPolicy, Message, Recipient, State
from lonja.modules.notices.ports import TextMessage, UndeliverableError
from tests.modules.notices.conftest import HEAD, World, mail_to

PHONE = "+14155550100"
POLICY = DeliveryPolicy(pauses_ms=(100, 1_000), tries_max=4, timeout_ms=200, kept=frozenset(Channel))


class Moody(LocalOutbox):
    """A local outbox that does what it is told before it takes a text message."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Callable[[], None]] = []
        self.hangs = False

    async def send_text(self, message: TextMessage) -> None:
        if self.hangs:
            await asyncio.sleep(3_600)
        if self.before:
            self.before.pop(0)()
        await super().send_text(message)


def delivery_for(world: World, carrier: LocalOutbox, policy: DeliveryPolicy = POLICY) -> Delivery:
    carriers = Carriers(carrier, carrier, carrier, carrier)
    return Delivery(world.notices.outbox, carriers, policy, world.machine.now_ms, HEAD.sender)


def refuse(*, is_final: bool = False) -> None:
    raise UndeliverableError("it would not take it", is_final=is_final)


def crash() -> None:
    raise KeyError(PHONE)


def send_text(world: World, code: str = "111111") -> None:
    world.notices.send(Recipient(Channel.SMS, PHONE), "sign_in_code", {"code": code})


def state_of(world: World, address: str = PHONE) -> tuple[State, int, str]:
    message = world.notices.sent_to(address)[0]
    return message.state, message.tries, message.problem


async def test_every_channel_gets_what_it_needs(world: World) -> None:
    carrier = LocalOutbox()
    delivery = delivery_for(world, carrier)
    token = world.notices.send(mail_to(), "sign_in_code", {"code": "111111"})
    for channel, address in ((Channel.SMS, PHONE), (Channel.PUSH, "device:1")):
        world.notices.send(Recipient(channel, address), "sign_in_code", {"code": "111111"})
    world.notices.send(Recipient(Channel.VOICE, PHONE), "device_phone_call", {"approval": "a", "device": "-"})
    for channel in Channel:
        assert await delivery.deliver_due(channel) == 1
        assert await delivery.deliver_due(channel) == 0
    mail = carrier.mails[0]
    assert (mail.message_id, mail.sender, mail.recipient) == (token, HEAD.sender, "ana@example.com")
    assert mail.content.startswith(b"DKIM-Signature:")
    assert (carrier.texts[0].address, carrier.pushes[0].address) == (PHONE, "device:1")
    assert "111111" in carrier.texts[0].text
    assert carrier.calls[0].wants_answer
    assert "press 1" in carrier.calls[0].spoken
    assert {state for _, state in world.notices.outbox.counts()} == {State.DELIVERED}


async def test_the_worker_delivers_as_soon_as_something_is_sent(world: World) -> None:
    carrier = LocalOutbox()
    delivery, loop = delivery_for(world, carrier), asyncio.get_running_loop()
    world.notices.on_message(lambda channel: loop.call_soon_threadsafe(delivery.wake, channel))
    worker = asyncio.create_task(delivery.run())
    await asyncio.sleep(0.05)
    await asyncio.to_thread(send_text, world)
    async with asyncio.timeout(20):
        while not carrier.texts:  # noqa: ASYNC110  # the outbox tells nobody
            await asyncio.sleep(0.005)
    worker.cancel()
    assert await asyncio.gather(worker, return_exceptions=True)


async def test_a_refused_message_is_tried_again_after_growing_pauses(world: World) -> None:
    carrier = Moody()
    carrier.before = [refuse, refuse]
    delivery, outbox = delivery_for(world, carrier), world.notices.outbox
    send_text(world)
    for pause_ms in (100, 1_000):
        assert await delivery.deliver_due(Channel.SMS) == 1
        assert outbox.next_due_ms(Channel.SMS) == world.machine.value + pause_ms
        world.machine.value += pause_ms - 1
        assert await delivery.deliver_due(Channel.SMS) == 0
        world.machine.value += 1
    assert await delivery.deliver_due(Channel.SMS) == 1
    assert state_of(world)[:2] == (State.DELIVERED, 3)
    assert len(carrier.texts) == 1


async def test_each_attempt_has_the_same_name_and_the_same_bytes(world: World) -> None:
    seen: list[tuple[str, bytes]] = []

    class Forgetful(LocalOutbox):
        async def deliver(self, mail):  # type: ignore[no-untyped-def]
            seen.append((mail.message_id, mail.content))
            raise UndeliverableError("the connection broke after the last byte")

    delivery = delivery_for(world, Forgetful())
    world.notices.send(mail_to(), "sign_in_code", {"code": "111111"})
    for _ in range(2):
        await delivery.deliver_due(Channel.EMAIL)
        world.machine.value += 1_000
    assert len(seen) == 2
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("before", "tries"), [([lambda: refuse(is_final=True)], 1), ([refuse] * 9, 4), ([crash] * 9, 4)]
)
async def test_a_message_nobody_carries_is_given_up_and_can_be_revived(
    world: World, before: list[Callable[[], None]], tries: int
) -> None:
    carrier = Moody()
    carrier.before = list(before)
    delivery = delivery_for(world, carrier)
    send_text(world)
    for _ in range(6):
        await delivery.deliver_due(Channel.SMS)
        world.machine.value += 1_000
    state, used, problem = state_of(world)
    assert (state, used) == (State.DEAD, tries)
    assert problem
    assert PHONE not in problem
    dead = world.notices.outbox.dead(9)
    assert len(dead) == 1
    carrier.before = []
    world.notices.revive(dead[0].number)
    await delivery.deliver_due(Channel.SMS)
    assert state_of(world)[0] is State.DELIVERED


async def test_a_code_is_not_delivered_when_it_is_over(world: World) -> None:
    carrier = LocalOutbox()
    send_text(world)
    world.machine.value += 30 * 60_000
    await delivery_for(world, carrier).deliver_due(Channel.SMS)
    assert not carrier.texts
    assert state_of(world) == (State.DEAD, 1, "it came too late")


async def test_who_is_forgotten_at_the_last_moment_hears_nothing_and_stops_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox, carrier = world.notices.outbox, LocalOutbox()
    take = outbox.take

    def take_and_forget(channel: Channel, now_ms: int, lease_ms: int, count_max: int) -> list[Message]:
        taken = take(channel, now_ms, lease_ms, count_max)
        outbox.forget_address(PHONE)
        return taken

    monkeypatch.setattr(outbox, "take", take_and_forget)
    send_text(world)
    world.notices.send(Recipient(Channel.SMS, "+14155550199"), "sign_in_code", {"code": "222222"})
    assert await delivery_for(world, carrier).deliver_due(Channel.SMS) == 2
    assert [text.address for text in carrier.texts] == ["+14155550199"]


async def test_a_carrier_that_hangs_holds_up_no_other_channel(world: World) -> None:
    carrier = Moody()
    carrier.hangs = True
    delivery = delivery_for(world, carrier)
    send_text(world)
    world.notices.send(mail_to(), "sign_in_code", {"code": "111111"})
    worker = asyncio.create_task(delivery.run())
    async with asyncio.timeout(20):
        while not carrier.mails or not state_of(world)[2]:  # noqa: ASYNC110  # the outbox tells nobody
            await asyncio.sleep(0.01)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    assert state_of(world)[2] == "the carrier did not answer in time"


async def test_without_keeping_texts_a_delivered_message_holds_nothing(world: World) -> None:
    delivery = delivery_for(world, LocalOutbox(), DeliveryPolicy())
    send_text(world)
    await delivery.deliver_due(Channel.SMS)
    assert world.notices.sent_to(PHONE) == []
    assert world.notices.outbox.counts() == {("sms", "delivered"): 1}


async def test_problems_are_logged_without_what_is_personal(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    carrier = Moody()
    carrier.before = [crash, lambda: refuse(is_final=True)]
    delivery = delivery_for(world, carrier)
    send_text(world, "307914")
    for _ in range(2):
        await delivery.deliver_due(Channel.SMS)
        world.machine.value += 1_000
    written = "".join(capfd.readouterr())
    assert "message given up" in written
    assert [secret for secret in ("4155550100", "307914") if secret in written] == []
