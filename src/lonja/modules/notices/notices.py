"""Messages to people: written, kept and handed on.

Invariant: when ``send`` returns, the message is durable; whoever asked for it need not wait for it to arrive.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.exc import DBAPIError

from lonja.modules.notices.channels import default_list
from lonja.modules.notices.composing import compose
from lonja.modules.notices.database import LAYOUT, open_database
from lonja.modules.notices.delivery import DeliveryPolicy
from lonja.modules.notices.house_keys import HouseKeys
from lonja.modules.notices.official import OfficialChannels, new_list_key
from lonja.modules.notices.outbox import Content, Message, Outbox, new_token
from lonja.modules.notices.ports import Dns, LookupFailedError
from lonja.modules.notices.received.judging import Known, judge
from lonja.modules.notices.received.outcomes import MailReport
from lonja.modules.notices.recipients import Channel, Recipient, checked
from lonja.modules.notices.rendering import Letterhead, render
from lonja.modules.notices.signing import DkimKey, new_dkim_key, record_name
from lonja.primitives.errors import LonjaError, RefusedError
from lonja.primitives.instant import DAY_MS, MINUTE_MS
from lonja.storage.database import translate
from lonja.storage.envelopes import BlindIndex, Envelopes, new_index_key
from lonja.storage.ports import SecretBox

_OWN_POLICY: Final = b"v=DMARC1; p=reject; adkim=r; aspf=r"
KEPT_MS: Final = 30 * DAY_MS
"""For how long settled messages are kept in a house without rules."""
_KEYPAD: Final = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """The key a person pressed: ``reference`` is what the message was sent with."""

    template: str
    reference: str
    key: str


class Notices:
    """The door to messages. Blocking and safe from any thread; asynchronous callers use a thread."""

    def __init__(
        self,
        url: str,
        box: SecretBox,
        clock: Callable[[], int],
        machine_clock: Callable[[], int],
        head: Letterhead | None = None,
        policy: DeliveryPolicy | None = None,
        dns: Dns | None = None,
        new_key: Callable[[], DkimKey] = new_dkim_key,
    ) -> None:
        """Open the database at ``url``; make the house's keys when there are none. Raises ``DataError``.

        ``list_key`` is the public key that the list of official channels is signed with, in hexadecimal. Without
        ``dns`` received mail is checked against the house's own records only. ``new_key`` makes the key that mail is
        signed with, which takes a moment.
        """
        self.head = head or Letterhead()
        self.policy = policy or DeliveryPolicy()
        self._dns: Dns = dns or _NoDns()
        self._now_ms = clock
        self._machine_ms = machine_clock
        self._database = open_database(url)
        try:
            keys = HouseKeys(self._database, box)
            index_key, _ = keys.ensure("index", lambda: (new_index_key(), ""), clock())
            self._dkim_key, self._dkim_record = keys.ensure("dkim", lambda: _pair(new_key()), clock())
            list_key, self.list_key = keys.ensure("channels", new_list_key, clock())
        except LonjaError:
            self._database.dispose()
            raise
        self.index = BlindIndex(index_key)
        self.outbox = Outbox(self._database, Envelopes(box), self.index)
        start = default_list(self.head.house, [self.head.domain], self.head.sender, clock())
        self.channels = OfficialChannels(self._database, self.index, list_key, clock, start)
        self.kept_ms: Callable[[], int] = lambda: KEPT_MS
        """For how long settled messages are kept; whoever joins notices with rules says it."""
        self._wakers: list[Callable[[Channel], object]] = []
        self._listeners: list[Callable[[CallAnswer], None]] = []

    def close(self) -> None:
        """Give the database back."""
        self._database.dispose()

    def move_to(self, origin: str) -> None:
        """From now on links in messages lead to pages below ``origin``."""
        self.head = replace(self.head, origin=origin)

    @property
    def dkim_record(self) -> tuple[str, str]:
        """Name and text of the TXT record by which receivers know the house's own mail."""
        return record_name(self.head.domain), self._dkim_record

    def on_message(self, waker: Callable[[Channel], object]) -> None:
        """Call ``waker`` after each message that was kept, on the sender's thread."""
        self._wakers.append(waker)

    def on_answer(self, listener: Callable[[CallAnswer], None]) -> None:
        """Call ``listener`` for each key that a person pressed in a call. Who raises is told again."""
        self._listeners.append(listener)

    # -- Sending -----------------------------------------------------------------------------------------------------

    def send(self, recipient: Recipient, template: str, values: Mapping[str, str]) -> str:
        """Write the message ``template`` to ``recipient``; the message's token.

        Raises ``RefusedError`` for an address that cannot be one, ``LonjaError`` when ``values`` do not fit.
        """
        address = checked(recipient.channel, recipient.address)
        rendered = render(recipient, template, values, self.head)
        token, now_ms, machine_ms = new_token(), self._now_ms(), self._machine_ms()
        raw = b""
        if recipient.channel is Channel.EMAIL:
            raw = compose(rendered, address, token, now_ms, self.head, self._dkim_key)
        content = Content(
            address, rendered.subject, rendered.text, raw, rendered.spoken, rendered.reference, recipient.locale
        )
        ends_ms = machine_ms + rendered.minutes * MINUTE_MS
        with self._translated():
            self.outbox.put(recipient.channel, template[:64], content, token, now_ms, machine_ms, ends_ms)
        for waker in self._wakers:
            waker(recipient.channel)
        return token

    def revive(self, number: int) -> None:
        """Try a message that was given up once more, for an hour. Raises ``RefusedError``."""
        now_ms = self._machine_ms()
        with self._translated():
            message_is_back = self.outbox.revive(number, now_ms, now_ms + 60 * MINUTE_MS)
        if not message_is_back:
            raise RefusedError(
                "message_not_dead",
                "There is no such message among those given up.",
                "Look which messages were given up.",
            )

    # -- Reading and answers -----------------------------------------------------------------------------------------

    def sent_to(self, address: str, count_max: int = 100) -> list[Message]:
        """What was written to ``address`` and is still readable, newest first."""
        plain = address.strip()
        with self._translated():
            return self.outbox.sent_to(plain.lower() if "@" in plain else plain, count_max)

    def latest(self, count_max: int = 100) -> list[Message]:
        """What was written to anybody and is still readable, newest first."""
        with self._translated():
            return self.outbox.latest(count_max)

    def press(self, token: str, key: str) -> CallAnswer:
        """A person pressed ``key`` in the call named ``token``. Raises ``RefusedError``."""
        if key not in _KEYPAD:
            raise RefusedError("key_unknown", "A telephone has the keys 0 to 9.", "Press one of these.")
        with self._translated():
            message = self.outbox.take_answer(token, key)
        if message is None or message.content is None or not message.content.reference:
            raise RefusedError(
                "call_over", "There is no such call, it asks nothing, or it was answered.", "Ask for another call."
            )
        answer = CallAnswer(message.template, message.content.reference, key)
        try:
            for listener in self._listeners:
                listener(answer)
        except RefusedError:
            raise
        except LonjaError:
            with self._translated():
                self.outbox.give_answer_back(token)
            raise
        return answer

    def judge_mail(self, raw: bytes, anti_phishing_code: str = "") -> MailReport:
        """Whether an uploaded mail (an .eml file) is from this house. Raises ``RefusedError``; may take seconds.

        ``anti_phishing_code`` is that of the person who asks, "" when there is none.
        """
        name, record = self.dkim_record
        own = {name: record.encode(), f"_dmarc.{self.head.domain}": _OWN_POLICY}
        return judge(raw, Known(self.channels.current, anti_phishing_code, own, self.head.origin), self._dns)

    def forget(self, address: str) -> None:
        """Make what was written to ``address`` unreadable for ever: the person behind it has left."""
        plain = address.strip()
        with self._translated():
            self.outbox.forget_address(plain.lower() if "@" in plain else plain)

    def forget_old(self) -> None:
        """Remove settled messages that are older than they are kept."""
        with self._translated():
            self.outbox.forget_before(self._now_ms() - self.kept_ms())

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise translate(error, LAYOUT.name, str(self._database.url)) from error


class _NoDns:
    """Where nothing may be looked up."""

    def txt(self, name: str) -> tuple[bytes, ...]:
        raise _unasked(name)

    def addresses(self, name: str, *, is_v6: bool) -> tuple[str, ...]:  # noqa: ARG002  # the port's
        raise _unasked(name)

    def mail_hosts(self, name: str) -> tuple[tuple[int, str], ...]:
        raise _unasked(name)

    def names(self, reverse_name: str) -> tuple[str, ...]:
        raise _unasked(reverse_name)


def _unasked(_name: str) -> LookupFailedError:
    return LookupFailedError("this house asks no DNS")


def _pair(key: DkimKey) -> tuple[bytes, str]:
    return key.private, key.record
