"""What is sent is kept, sealed, in order; attacks on headers and addresses end at the door."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from pathlib import Path

import dkim
import pytest

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.modules.notices.api import Channel, Notices, Recipient, State
from lonja.primitives.errors import DataCorruptError, LonjaError, RefusedError
from tests.modules.notices.conftest import START_MS, World, mail_to

PHONE = "+14155550100"


def raw_mail(notices: Notices, address: str = "ana@example.com") -> bytes:
    content = notices.sent_to(address)[0].content
    assert content is not None
    return content.raw


def is_signed(notices: Notices, raw: bytes) -> bool:
    name, record = notices.dkim_record
    records = {f"{name}.".encode(): record.encode()}
    return bool(dkim.verify(raw, dnsfunc=lambda asked, timeout=5: records.get(asked)))


def test_what_was_sent_is_found_by_its_address_newest_first(
    open_world: Callable[..., World], database_url: str
) -> None:
    world = open_world(database_url)
    world.notices.send(mail_to(), "sign_in_code", {"code": "111111"})
    world.exchange.value += 5
    world.notices.send(mail_to(), "sign_in_code", {"code": "222222"})
    world.notices.send(mail_to("other@example.com"), "sign_in_code", {"code": "333333"})
    world.notices.send(Recipient(Channel.SMS, PHONE), "sign_in_code", {"code": "444444"})
    found = world.notices.sent_to(" Ana@Example.com ")
    assert [(message.time_ms, message.channel, message.state) for message in found] == [
        (START_MS + 5, Channel.EMAIL, State.WAITING),
        (START_MS, Channel.EMAIL, State.WAITING),
    ]
    assert "222222" in found[0].content.text
    assert "111111" in found[1].content.text
    assert [message.channel for message in world.notices.sent_to(PHONE)] == [Channel.SMS]
    assert world.notices.sent_to("nobody@example.com") == []


def test_a_message_outlives_its_process(open_world: Callable[..., World], tmp_path: Path) -> None:
    box = MemorySecretBox()
    world = open_world(box=box)
    world.notices.send(mail_to(), "sign_in_code", {"code": "111111"})
    record = world.notices.dkim_record
    world.notices.close()
    again = open_world(box=box)
    assert "111111" in again.notices.sent_to("ana@example.com")[0].content.text
    assert again.notices.dkim_record == record


def test_nothing_personal_rests_readable(world: World, tmp_path: Path) -> None:
    world.notices.send(mail_to(code="BlueHeron7"), "sign_in_code", {"code": "307914"})
    world.notices.send(Recipient(Channel.VOICE, PHONE), "sign_in_code", {"code": "307914"})
    world.notices.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("notices.sqlite*"))
    assert b"sign_in_code" in stored
    for secret in (b"ana@example.com", b"BlueHeron7", b"307914", b"4155550100", b"PRIVATE KEY"):
        assert secret not in stored


def test_a_text_moved_to_another_message_is_noticed(world: World, tmp_path: Path) -> None:
    for code in ("111111", "222222"):
        world.notices.send(mail_to(), "sign_in_code", {"code": code})
    with sqlite3.connect(tmp_path / "notices.sqlite") as raw:
        raw.execute(
            "UPDATE notice_messages SET sealed_content = (SELECT sealed_content FROM notice_messages WHERE number = 1)"
        )
    raw.close()
    with pytest.raises(DataCorruptError):
        world.notices.sent_to("ana@example.com")


def test_a_forgotten_address_leaves_nothing(open_world: Callable[..., World], database_url: str) -> None:
    world = open_world(database_url)
    for address in ("ana@example.com", "other@example.com"):
        world.notices.send(mail_to(address), "sign_in_code", {"code": "111111"})
    world.notices.forget("Ana@example.com")
    assert world.notices.sent_to("ana@example.com") == []
    assert len(world.notices.sent_to("other@example.com")) == 1


def test_old_messages_go_and_waiting_ones_stay(open_world: Callable[..., World], database_url: str) -> None:
    world = open_world(database_url)
    for address in ("ana@example.com", "other@example.com"):
        world.notices.send(mail_to(address), "sign_in_code", {"code": "111111"})
    taken = world.notices.outbox.take(Channel.EMAIL, world.machine.value, 1_000, 1)[0]
    world.notices.outbox.settle(taken.number, taken.tries, State.DELIVERED, keep_content=True)
    world.notices.kept_ms = lambda: 1_000
    world.exchange.value += 1_000
    world.notices.forget_old()
    assert len(world.notices.sent_to("ana@example.com")) == 1, "kept for as long as it is said"
    world.exchange.value += 1
    world.notices.forget_old()
    assert world.notices.sent_to("ana@example.com") == []
    assert len(world.notices.sent_to("other@example.com")) == 1


def test_many_senders_at_once_lose_nothing(open_world: Callable[..., World], database_url: str) -> None:
    world = open_world(database_url)

    def send(number: int) -> None:
        world.notices.send(Recipient(Channel.SMS, PHONE), "sign_in_code", {"code": f"{number:06}"})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(40)))
    texts = " ".join(message.content.text for message in world.notices.sent_to(PHONE))
    assert [number for number in range(40) if f"{number:06}" not in texts] == []


def test_two_workers_never_have_the_same_message(open_world: Callable[..., World], database_url: str) -> None:
    world = open_world(database_url)
    for number in range(20):
        world.notices.send(Recipient(Channel.SMS, PHONE), "sign_in_code", {"code": f"{number:06}"})

    def take(_: int) -> list[int]:
        return [message.number for message in world.notices.outbox.take(Channel.SMS, world.machine.value, 9_000, 20)]

    with ThreadPoolExecutor(4) as pool:
        numbers = [number for taken in pool.map(take, range(4)) for number in taken]
    assert len(numbers) == len(set(numbers)) == 20


def test_a_worker_that_died_loses_its_messages_to_the_next(world: World) -> None:
    outbox, now = world.notices.outbox, world.machine.value
    world.notices.send(mail_to(), "sign_in_code", {"code": "111111"})
    first = outbox.take(Channel.EMAIL, now, 1_000, 8)[0]
    assert outbox.take(Channel.EMAIL, now + 999, 1_000, 8) == []
    second = outbox.take(Channel.EMAIL, now + 1_000, 1_000, 8)[0]
    assert (second.number, second.tries) == (first.number, 2)
    outbox.settle(first.number, first.tries, State.DEAD, keep_content=False)  # too late: it is not his any more
    assert world.notices.sent_to("ana@example.com")[0].state is State.WAITING


BAD_ADDRESSES = [
    (Channel.EMAIL, "ana@example.com\r\nBcc: thief@example.net"),
    (Channel.EMAIL, "ana@example.com\nBcc: thief@example.net"),
    (Channel.EMAIL, "ana@example.com, thief@example.net"),
    (Channel.EMAIL, "Ana <ana@example.com>"),
    (Channel.EMAIL, "ana@example.com> SIZE=1"),
    (Channel.EMAIL, "ana"),
    (Channel.EMAIL, "@example.com"),
    (Channel.EMAIL, "ana@example"),
    (Channel.EMAIL, "ana@ex\u0430mple.com"),
    (Channel.EMAIL, "a" * 65 + "@example.com"),
    (Channel.EMAIL, "ana@" + "a." * 130 + "com"),
    (Channel.EMAIL, ""),
    (Channel.SMS, "4155550100"),
    (Channel.SMS, "+1 415 555 0100"),
    (Channel.SMS, "+14155550100;+14155550199"),
    (Channel.VOICE, "+٣٤٥٦٧٨٩٠"),
    (Channel.VOICE, "+" + "1" * 16),
    (Channel.PUSH, "a b"),
    (Channel.PUSH, ""),
]


@pytest.mark.parametrize(("channel", "address"), BAD_ADDRESSES)
def test_an_address_that_smuggles_something_is_refused(world: World, channel: Channel, address: str) -> None:
    with pytest.raises(RefusedError) as refused:
        world.notices.send(Recipient(channel, address), "sign_in_code", {"code": "111111"})
    assert refused.value.code == "address_invalid"
    assert world.notices.outbox.latest(9) == []


def test_header_injection_by_a_value_ends_in_the_text(world: World) -> None:
    device = "Phone\r\nBcc: thief@example.net\r\n\r\n<html>"
    world.notices.send(mail_to(), "new_device", {"device": device})
    mail = message_from_bytes(raw_mail(world.notices), policy=policy.default)
    assert mail["Bcc"] is None
    assert mail["To"] == "ana@example.com"
    assert len(mail.get_all("Subject", [])) == 1
    assert not mail.defects


def test_a_mail_has_a_plain_and_a_rich_part_that_say_the_same(world: World) -> None:
    token = world.notices.send(mail_to(code="BlueHeron7"), "sign_in_code", {"code": "307914"})
    mail = message_from_bytes(raw_mail(world.notices), policy=policy.default)
    assert mail["From"] == "lonja <no-reply@lonja.example>"
    assert mail["Message-ID"] == f"<{token}@lonja.example>"
    assert mail["Date"].datetime.timestamp() * 1_000 == START_MS
    assert mail["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        body = mail.get_body((kind,)).get_content()
        assert "307914" in body
        assert "BlueHeron7" in body


def test_own_mail_is_signed_over_its_body_and_its_headers(world: World) -> None:
    world.notices.send(mail_to(code="BlueHeron7"), "sign_in_code", {"code": "307914"})
    raw = raw_mail(world.notices)
    assert is_signed(world.notices, raw)
    assert is_signed(world.notices, raw.replace(b"\r\n", b"\n"))  # as a mail program stores it
    altered = {
        "body": raw.replace(b"307914", b"307915"),
        "recipient": raw.replace(b"To: ana@", b"To: bob@"),
        "subject": raw.replace(b"Subject: Your", b"Subject: Our"),
        "second subject": raw.replace(b"Subject:", b"Subject: Prize\r\nSubject:", 1),
        "second sender": b"From: thief@example.net\r\n" + raw,
        "added reply-to": raw.replace(b"Subject:", b"Reply-To: thief@example.net\r\nSubject:", 1),
        "appended text": raw + b"more\r\n",
    }
    assert [what for what, changed in altered.items() if changed == raw or is_signed(world.notices, changed)] == []


def test_every_house_has_a_key_of_its_own(tmp_path: Path) -> None:
    houses = [
        Notices(f"sqlite:///{tmp_path}/{name}.sqlite", MemorySecretBox(), lambda: 1, lambda: 1) for name in ("a", "b")
    ]
    records = {house.dkim_record for house in houses}
    for house in houses:
        house.close()
    assert len(records) == 2


def test_a_house_that_moved_writes_links_to_its_new_place(world: World) -> None:
    world.notices.move_to("http://127.0.0.1:8080")
    world.notices.send(mail_to(), "device_email_link", {"approval": "abc", "device": "-", "place": "-"})
    assert (
        "http://127.0.0.1:8080/account/device?token=abc\n" in world.notices.sent_to("ana@example.com")[0].content.text
    )


def call(world: World) -> str:
    values = {"approval": "approval-1", "device": "Firefox", "place": "Lisbon"}
    return world.notices.send(Recipient(Channel.VOICE, PHONE), "device_phone_call", values)


def test_a_pressed_key_is_told_once(open_world: Callable[..., World], database_url: str) -> None:
    world = open_world(database_url)
    heard: list[tuple[str, str, str]] = []
    world.notices.on_answer(lambda answer: heard.append((answer.template, answer.reference, answer.key)))
    token = call(world)
    world.notices.press(token, "1")
    with pytest.raises(RefusedError, match="was answered"):
        world.notices.press(token, "2")
    assert heard == [("device_phone_call", "approval-1", "1")]
    assert world.notices.sent_to(PHONE)[0].answer == "1"


def test_a_key_that_nobody_could_hear_may_be_pressed_again(world: World) -> None:
    def fail(_: object) -> None:
        raise LonjaError("The database is away.")

    world.notices.on_answer(fail)
    token = call(world)
    for _ in range(2):
        with pytest.raises(LonjaError, match="away"):
            world.notices.press(token, "1")


@pytest.mark.parametrize("key", ["", "12", "*", "٣", "a"])
def test_only_keys_of_a_telephone_can_be_pressed(world: World, key: str) -> None:
    with pytest.raises(RefusedError, match="keys 0 to 9"):
        world.notices.press(call(world), key)


def test_a_message_that_asks_nothing_takes_no_key(world: World) -> None:
    tokens = [
        world.notices.send(Recipient(Channel.VOICE, PHONE), "sign_in_code", {"code": "111111"}),
        world.notices.send(Recipient(Channel.SMS, PHONE), "device_phone_call", {"approval": "a", "device": "-"}),
        "0" * 32,
    ]
    for token in tokens:
        with pytest.raises(RefusedError, match="no such call"):
            world.notices.press(token, "1")
