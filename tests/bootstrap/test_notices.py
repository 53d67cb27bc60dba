"""The notices of a data folder, with the carriers that the settings name."""

import asyncio
from pathlib import Path

import pytest

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.bootstrap.notice_settings import NoticeSettings
from lonja.bootstrap.notices import CHANNELS_NAME, start_notices
from lonja.modules.notices.api import CallAnswer, Channel, Recipient, Verdict
from lonja.primitives.errors import DataCorruptError
from tests.adapters.test_carriers import Post, mail_server

MAIL = "ana@example.com"


def now_ms() -> int:
    return 1_800_000_000_000


async def test_mail_leaves_by_the_named_server_and_only_then_goes_from_here(tmp_path: Path) -> None:
    post, box = Post(), MemorySecretBox()
    async with mail_server(post) as server:
        running = await start_notices(tmp_path, box, now_ms, now_ms, NoticeSettings(smtp=server))
        notices = running.notices
        for channel, address in ((Channel.EMAIL, MAIL), (Channel.SMS, "+14155550100")):
            recipient = Recipient(channel, address, "BlueHeron7" if channel is Channel.EMAIL else "")
            await asyncio.to_thread(notices.send, recipient, "sign_in_code", {"code": "307914"})
        async with asyncio.timeout(20):
            while notices.outbox.counts().keys() != {("email", "delivered"), ("sms", "delivered")}:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert post.taken[0].rcpt_tos == [MAIL]
        content = post.taken[0].content
        assert isinstance(content, bytes)
        assert notices.judge_mail(content, "BlueHeron7").verdict is Verdict.GENUINE
        assert notices.sent_to(MAIL) == []
        assert "307914" in notices.sent_to("+14155550100")[0].content.text  # nobody carries texts, so they stay
        await running.close()


async def test_what_waited_when_the_house_closed_goes_out_at_the_next_start(tmp_path: Path) -> None:
    post, box = Post(), MemorySecretBox()
    post.answers["RCPT"] = "451 Come back later"
    clock = [now_ms()]
    async with mail_server(post) as server:
        settings = NoticeSettings(smtp=server)
        running = await start_notices(tmp_path, box, now_ms, lambda: clock[0], settings)
        await asyncio.to_thread(running.notices.send, Recipient(Channel.EMAIL, MAIL), "sign_in_code", {"code": "1"})
        async with asyncio.timeout(20):
            while not running.notices.sent_to(MAIL)[0].problem:  # noqa: ASYNC110  # the outbox tells nobody
                await asyncio.sleep(0.02)
        await running.close()
        post.answers.clear()
        clock[0] += 6_000
        running = await start_notices(tmp_path, box, now_ms, lambda: clock[0], settings)
        async with asyncio.timeout(20):
            while not post.taken:  # noqa: ASYNC110  # the server tells nobody
                await asyncio.sleep(0.02)
        await running.close()


async def test_keys_pressed_in_a_sandbox_reach_who_listens(tmp_path: Path) -> None:
    running = await start_notices(tmp_path, MemorySecretBox(), now_ms, now_ms, NoticeSettings())
    heard: list[CallAnswer] = []
    running.notices.on_answer(heard.append)
    values = {"approval": "approval-1", "device": "Firefox", "place": "Lisbon"}
    recipient = Recipient(Channel.VOICE, "+14155550100")
    token = await asyncio.to_thread(running.notices.send, recipient, "device_phone_call", values)
    await asyncio.to_thread(running.notices.press, token, "2")
    assert heard == [CallAnswer("device_phone_call", "approval-1", "2")]
    await running.close()


async def test_a_changed_list_of_channels_stops_the_start(tmp_path: Path) -> None:
    box = MemorySecretBox()
    await (await start_notices(tmp_path, box, now_ms, now_ms, NoticeSettings())).close()
    (tmp_path / CHANNELS_NAME).write_bytes(b"{}")
    with pytest.raises(DataCorruptError, match="not signed by this house"):
        await start_notices(tmp_path, box, now_ms, now_ms, NoticeSettings())
