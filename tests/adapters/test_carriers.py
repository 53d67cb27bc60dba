"""One contract for each port that carries messages, and what SMTP and a provider's web hook meet in the world."""

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd import smtp
from aiosmtpd.smtp import AuthResult, Envelope, Session

from lonja.adapters.mail_smtp import SmtpMail, SmtpServer
from lonja.adapters.messages_webhook import Hook, HookMessages, signature
from lonja.adapters.outbox_local import LocalOutbox
from lonja.bootstrap.certificates import TlsFiles, ensure_certificates
from lonja.modules.notices.ports import Call, Mail, TextMessage, UndeliverableError
from lonja.primitives.errors import LonjaError, RefusedError, SettingsError

NOW_MS = 1_800_000_000_000
SECRET = b"shared with the provider"
CONTENT = b"From: no-reply@lonja.example\r\nTo: ana@example.com\r\nSubject: x\r\n\r\n.a line with a dot\r\nend\r\n"
MAIL = Mail("id-1", "no-reply@lonja.example", "ana@example.com", CONTENT)
TEXT = TextMessage("id-2", "+14155550100", "Your code", "307914 is your code")
CALL = Call("id-3", "+14155550100", "Press 1", wants_answer=True)


# -- A mail server ---------------------------------------------------------------------------------------------------


class Post:
    """What an SMTP server does with mail; ``answers`` are given instead of taking it."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.answers: dict[str, str] = {}
        self.hangs_s = 0.0
        self.hangs_up = False

    async def handle_MAIL(  # noqa: N802  # the library's name
        self, server: smtp.SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: smtp.SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: smtp.SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hangs_s:
            await asyncio.sleep(self.hangs_s)
        if self.hangs_up:
            server.transport.abort()
        if "DATA" not in self.answers:
            self.taken.append(envelope)
        return self.answers.get("DATA", "250 OK")

    async def handle_QUIT(self, server: smtp.SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answers.get("QUIT") == "hang up":
            server.transport.abort()
        return "221 Bye"


@contextlib.asynccontextmanager
async def mail_server(post: Post, wrapped: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[SmtpServer]:
    """A server on this loop; ``wrapped`` speaks TLS from the first byte, ``options`` are the library's."""
    conversations: list[smtp.SMTP] = []

    def converse() -> smtp.SMTP:
        conversations.append(smtp.SMTP(post, hostname="post.example", **options))
        return conversations[-1]

    server = await asyncio.get_running_loop().create_server(converse, "127.0.0.1", 0, ssl=wrapped)
    try:
        yield SmtpServer("127.0.0.1", server.sockets[0].getsockname()[1], "none", timeout_s=5)
    finally:
        server.close()
        for conversation in conversations:
            if isinstance(conversation.transport, asyncio.Transport):
                conversation.transport.abort()
        await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    return ensure_certificates(tmp_path_factory.mktemp("tls"), ("127.0.0.1",))


def server_context(tls: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate_file, tls.key_file)
    return context


async def problem_of(attempt: Any) -> UndeliverableError:
    with pytest.raises(UndeliverableError) as failed:
        await attempt
    shown = str(failed.value)
    assert [secret for secret in ("ana@", "4155550100", "307914") if secret in shown] == []
    return failed.value


async def test_a_mail_arrives_byte_for_byte() -> None:
    post = Post()
    async with mail_server(post) as server:
        await SmtpMail(server).deliver(MAIL)
    taken = post.taken[0]
    assert (taken.mail_from, taken.rcpt_tos, taken.content) == (MAIL.sender, [MAIL.recipient], CONTENT)


@pytest.mark.parametrize(
    ("command", "answer", "is_final"),
    [
        ("RCPT", "550 No such mailbox ana@example.com", True),
        ("RCPT", "451 Come back later", False),
        ("DATA", "554 We do not like it", True),
        ("DATA", "452 No room", False),
        # That is about us, not about the mail.
        ("MAIL", "550 We do not know you", False),
    ],
)
async def test_a_refusal_is_final_when_it_is_about_this_mail(command: str, answer: str, *, is_final: bool) -> None:
    post = Post()
    post.answers[command] = answer
    async with mail_server(post) as server:
        problem = await problem_of(SmtpMail(server).deliver(MAIL))
    assert problem.is_final is is_final
    assert answer[:3] in problem.message
    assert post.taken == []


async def test_a_server_that_falls_silent_is_left() -> None:
    post = Post()
    post.hangs_s = 2
    async with mail_server(post) as server:
        problem = await problem_of(SmtpMail(replace(server, timeout_s=0.3)).deliver(MAIL))
    assert (problem.message, problem.is_final) == ("the mail server did not answer in time", False)


async def test_a_server_that_hangs_up_in_the_middle_of_the_mail_gets_it_again() -> None:
    post = Post()
    post.hangs_up = True
    async with mail_server(post) as server:
        problem = await problem_of(SmtpMail(server).deliver(MAIL))
        assert not problem.is_final
        post.hangs_up = False
        await SmtpMail(server).deliver(MAIL)
    assert post.taken[-1].content == CONTENT


async def test_a_server_that_hangs_up_after_it_took_the_mail_does_not_get_it_again() -> None:
    post = Post()
    post.answers["QUIT"] = "hang up"
    async with mail_server(post) as server:
        await SmtpMail(server).deliver(MAIL)
    assert len(post.taken) == 1


async def test_a_server_that_is_not_there_is_tried_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    problem = await problem_of(SmtpMail(SmtpServer("127.0.0.1", port, "none", timeout_s=2)).deliver(MAIL))
    assert not problem.is_final
    assert "cannot be reached" in problem.message


async def test_a_server_that_speaks_something_else_is_tried_later() -> None:
    async def shout(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(shout, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        problem = await problem_of(SmtpMail(SmtpServer("127.0.0.1", port, "none", timeout_s=2)).deliver(MAIL))
    assert not problem.is_final


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_over_tls_the_server_must_be_who_it_says(security: Any, tls: TlsFiles, tmp_path: Path) -> None:
    post, context = Post(), server_context(tls)
    options = {"wrapped": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    async with mail_server(post, **options) as plain:
        server = replace(plain, security=security, ca_file=tls.ca_file)
        await SmtpMail(server).deliver(MAIL)
        assert len(post.taken) == 1
        stranger = ensure_certificates(tmp_path, ("127.0.0.1",))
        problem = await problem_of(SmtpMail(replace(server, ca_file=stranger.ca_file)).deliver(MAIL))
        assert not problem.is_final
        assert len(post.taken) == 1


async def test_a_server_that_offers_no_starttls_gets_nothing(tls: TlsFiles) -> None:
    post = Post()
    async with mail_server(post) as plain:
        problem = await problem_of(SmtpMail(replace(plain, security="starttls", ca_file=tls.ca_file)).deliver(MAIL))
    assert not problem.is_final
    assert post.taken == []


async def test_the_house_signs_in_where_it_has_to(tls: TlsFiles) -> None:
    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=(given.login, given.password) == (b"house", b"right"), handled=False)

    post, context = Post(), server_context(tls)
    async with mail_server(post, tls_context=context, authenticator=check, auth_required=True) as plain:
        server = replace(plain, security="starttls", ca_file=tls.ca_file, username="house", password="right")
        await SmtpMail(server).deliver(MAIL)
        problem = await problem_of(SmtpMail(replace(server, password="wrong")).deliver(MAIL))
    assert not problem.is_final
    assert len(post.taken) == 1
    assert "right" not in repr(server)


def test_an_authority_that_cannot_be_read_is_refused_at_start(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    for name in ("ca.pem", "none.pem"):
        with pytest.raises(SettingsError, match="cannot be read"):
            SmtpMail(SmtpServer("127.0.0.1", 25, ca_file=tmp_path / name))


# -- A provider ------------------------------------------------------------------------------------------------------


@dataclass
class Provider:
    """A web server that takes messages; ``answer`` is what it says, with ``hangs`` it never does."""

    answer: bytes = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}"
    hangs: bool = False
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.taken.append((headers, body))
        if self.hangs:
            await self.is_over.wait()
        writer.write(self.answer)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.taken]


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    made = Provider()
    async with await asyncio.start_server(made.serve, "127.0.0.1", 0) as server:
        made.port = server.sockets[0].getsockname()[1]
        yield made
        made.is_over.set()
        await asyncio.sleep(0.01)


@pytest.fixture
async def hook(provider: Provider) -> AsyncIterator[HookMessages]:
    made = HookMessages(Hook(f"http://127.0.0.1:{provider.port}/messages", SECRET, timeout_s=0.5), lambda: NOW_MS)
    yield made
    await made.close()


async def test_what_is_handed_in_is_complete_and_signed(hook: HookMessages, provider: Provider) -> None:
    await hook.send_text(TEXT)
    await hook.push(TEXT)
    await hook.call(CALL)
    assert provider.bodies == [
        {"id": "id-2", "channel": "sms", "to": "+14155550100", "text": "307914 is your code"},
        {"id": "id-2", "channel": "push", "to": "+14155550100", "title": "Your code", "text": "307914 is your code"},
        {"id": "id-3", "channel": "voice", "to": "+14155550100", "text": "Press 1", "locale": "en", "wants_key": True},
    ]
    for (headers, body), message_id in zip(provider.taken, ("id-2", "id-2", "id-3"), strict=True):
        assert headers["idempotency-key"] == message_id
        assert headers["x-lonja-timestamp"] == str(NOW_MS // 1000)
        assert headers["x-lonja-signature"].encode() == signature(SECRET, str(NOW_MS // 1000).encode(), body)


@pytest.mark.parametrize(
    ("status", "is_final"),
    [(400, True), (401, True), (404, True), (408, False), (429, False), (500, False), (503, False), (301, False)],
)
async def test_what_a_provider_refuses_is_final_when_it_is_about_the_message(
    hook: HookMessages, provider: Provider, status: int, *, is_final: bool
) -> None:
    place = "Location: http://127.0.0.1:1/elsewhere\r\n"
    provider.answer = f"HTTP/1.1 {status} No\r\n{place}Content-Length: 20\r\n\r\n+14155550100 refused".encode()
    problem = await problem_of(hook.send_text(TEXT))
    assert (problem.message, problem.is_final) == (f"the provider answered {status}", is_final)
    assert len(provider.taken) == 1


async def test_a_provider_that_falls_silent_hangs_up_or_is_away_is_tried_later(
    hook: HookMessages, provider: Provider
) -> None:
    provider.answer = b""
    assert not (await problem_of(hook.send_text(TEXT))).is_final
    provider.hangs = True
    assert (await problem_of(hook.send_text(TEXT))).message == "the provider did not answer in time"
    away = HookMessages(Hook("http://127.0.0.1:1/", SECRET, 0.5), lambda: NOW_MS)
    assert not (await problem_of(away.send_text(TEXT))).is_final
    await away.close()


async def test_an_answer_without_end_is_not_read(hook: HookMessages, provider: Provider) -> None:
    provider.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 100_000
    await hook.send_text(TEXT)
    assert len(provider.taken) == 1


# -- Keys that people press ------------------------------------------------------------------------------------------

BODY = b'{"id":"id-3","key":"1"}'


def signed(body: bytes = BODY, at_ms: int = NOW_MS, secret: bytes = SECRET) -> dict[bytes, bytes]:
    timestamp = str(at_ms // 1000).encode()
    return {b"x-lonja-timestamp": timestamp, b"x-lonja-signature": signature(secret, timestamp, body)}


async def test_a_signed_report_of_a_key_is_heard(hook: HookMessages) -> None:
    heard: list[tuple[str, str]] = []
    hook.listen(lambda message_id, key: heard.append((message_id, key)))
    assert await hook.receive(signed(), BODY) == 200
    assert heard == [("id-3", "1")]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, BODY, 401),
        (signed(secret=b"guessed"), BODY, 401),
        (signed(), BODY.replace(b"1", b"2"), 401),
        (signed(at_ms=NOW_MS - 301_000), BODY, 401),
        (signed(at_ms=NOW_MS + 301_000), BODY, 401),
        (signed() | {b"x-lonja-timestamp": b"9" * 5000}, BODY, 401),
        (signed() | {b"x-lonja-timestamp": b"-1"}, BODY, 401),
        (signed(b"[]"), b"[]", 400),
        (signed(b"\xff"), b"\xff", 400),
        (signed(b'{"id":1,"key":"1"}'), b'{"id":1,"key":"1"}', 400),
    ],
)
async def test_a_report_that_is_not_the_providers_is_not_heard(
    hook: HookMessages, headers: dict[bytes, bytes], body: bytes, status: int
) -> None:
    heard: list[str] = []
    hook.listen(lambda message_id, _: heard.append(message_id))
    assert await hook.receive(headers, body) == status
    assert heard == []


@pytest.mark.parametrize(
    ("error", "status"), [(RefusedError("call_over", "Over."), 200), (LonjaError("The database is away."), 503)]
)
async def test_a_report_that_could_not_be_taken_comes_again_if_that_helps(
    hook: HookMessages, error: LonjaError, status: int
) -> None:
    def fail(_message_id: str, _key: str) -> None:
        raise error

    assert await hook.receive(signed(), BODY) == 503  # nobody listens yet
    hook.listen(fail)
    assert await hook.receive(signed(), BODY) == status


# -- The contract ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("adapter", ["local", "smtp"])
async def test_contract_of_a_mail_port(adapter: str) -> None:
    post, local = Post(), LocalOutbox()
    async with mail_server(post) as server:
        port = local if adapter == "local" else SmtpMail(server)
        for number in range(3):
            await port.deliver(replace(MAIL, message_id=f"id-{number}"))
    arrived = [mail.content for mail in local.mails] + [envelope.content for envelope in post.taken]
    assert arrived == [CONTENT] * 3


@pytest.mark.parametrize("adapter", ["local", "hook"])
async def test_contract_of_text_and_push_ports(adapter: str, hook: HookMessages, provider: Provider) -> None:
    local = LocalOutbox()
    port = local if adapter == "local" else hook
    await port.send_text(TEXT)
    await port.push(TEXT)
    arrived = [(one.address, one.text) for one in (*local.texts, *local.pushes)]
    arrived += [(body["to"], body["text"]) for body in provider.bodies]
    assert arrived == [(TEXT.address, TEXT.text)] * 2


@pytest.mark.parametrize("adapter", ["local", "hook"])
async def test_contract_of_a_voice_port(adapter: str, hook: HookMessages, provider: Provider) -> None:
    local, heard = LocalOutbox(), list[tuple[str, str]]()

    async def press_on_local() -> None:
        await asyncio.to_thread(local.press, "id-3", "1")

    async def press_by_provider() -> None:
        assert await hook.receive(signed(), BODY) == 200

    port = local if adapter == "local" else hook
    press: Callable[[], Any] = press_on_local if adapter == "local" else press_by_provider
    port.listen(lambda message_id, key: heard.append((message_id, key)))
    await port.call(CALL)
    await press()
    spoken = [call.spoken for call in local.calls] + [body["text"] for body in provider.bodies]
    assert (spoken, heard) == ([CALL.spoken], [("id-3", "1")])
