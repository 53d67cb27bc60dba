"""The outbox: messages kept, sealed, until somebody has carried them away.

Invariant: a message is in the database before its sender goes on; of two workers only one has a message at a time; a
crash while a message is carried leads to a second attempt, never to none.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import msgspec
from sqlalchemy import Engine, Select, delete, func, select, update
from sqlalchemy.orm import Session

from lonja.modules.notices.recipients import Channel
from lonja.modules.notices.tables import MessageRow, RecipientRow
from lonja.storage.envelopes import BlindIndex, Envelopes
from lonja.storage.rows import insert_into

_FIELD: Final = "content"


class State(StrEnum):
    """How far a message is: ``dead`` ones were given up."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class Content(msgspec.Struct, frozen=True):
    """What is sealed of a message. ``raw`` is a mail as it travels."""

    address: str
    subject: str
    text: str
    raw: bytes = b""
    spoken: str = ""
    reference: str = ""
    locale: str = "en"

    def __repr__(self) -> str:
        """Nothing of it: all is personal."""
        return "Content()"


@dataclass(frozen=True, slots=True)
class Message:
    """A message in the outbox. ``time_ms`` is the exchange's time at which it was written."""

    number: int
    token: str
    channel: Channel
    template: str
    state: State
    tries: int
    time_ms: int
    problem: str
    answer: str
    content: Content | None = field(repr=False)


class Outbox:
    """Messages in one database. Blocking; every method is a transaction of its own."""

    def __init__(self, database: Engine, envelopes: Envelopes, index: BlindIndex) -> None:
        """``index`` digests addresses."""
        self._database = database
        self._envelopes = envelopes
        self._index = index

    def put(
        self, channel: Channel, template: str, content: Content, token: str, now_ms: int, due_ms: int, ends_ms: int
    ) -> None:
        """Keep a message that is to go out at ``due_ms`` and not after ``ends_ms``."""
        with Session(self._database) as session, session.begin():
            recipient = self._recipient(session, channel, content.address, now_ms)
            sealed = self._envelopes.seal(
                recipient.sealed_key, _subject(recipient), f"{_FIELD} {token}", msgspec.json.encode(content)
            )
            session.add(
                MessageRow(
                    token=token,
                    recipient_id=recipient.recipient_id,
                    channel=channel,
                    template=template,
                    sealed_content=sealed,
                    state=State.WAITING,
                    due_ms=due_ms,
                    ends_ms=ends_ms,
                    created_ms=now_ms,
                )
            )

    def take(self, channel: Channel, now_ms: int, lease_ms: int, count_max: int) -> list[Message]:
        """Messages that are due, now this caller's for ``lease_ms``; oldest first."""
        taken: list[Message] = []
        with Session(self._database) as session:
            due = session.scalars(
                select(MessageRow.number)
                .where(MessageRow.state == State.WAITING, MessageRow.channel == channel, MessageRow.due_ms <= now_ms)
                .order_by(MessageRow.number)
                .limit(count_max)
            ).all()
        for number in due:
            with Session(self._database) as session, session.begin():
                at = (MessageRow.number == number) & (MessageRow.state == State.WAITING) & (MessageRow.due_ms <= now_ms)
                claim = {"due_ms": now_ms + lease_ms, "tries": MessageRow.tries + 1}
                row = session.scalar(update(MessageRow).where(at).values(claim).returning(MessageRow))
                if row is not None:
                    taken.append(self._opened(session, row))
        return taken

    def next_due_ms(self, channel: Channel) -> int | None:
        """When the next message of ``channel`` is due, None when none waits."""
        with Session(self._database) as session:
            at = (MessageRow.state == State.WAITING) & (MessageRow.channel == channel)
            return session.scalar(select(func.min(MessageRow.due_ms)).where(at))

    def settle(self, number: int, tries: int, state: State, *, keep_content: bool, problem: str = "") -> None:
        """A message taken with ``tries`` was delivered, or is given up; without ``keep_content`` its text goes."""
        values: dict[str, object] = {"state": state, "problem": problem[:200]}
        if not keep_content:
            values["sealed_content"] = None
        self._change(number, tries, values)

    def postpone(self, number: int, tries: int, due_ms: int, problem: str) -> None:
        """Try again at ``due_ms``."""
        self._change(number, tries, {"due_ms": due_ms, "problem": problem[:200]})

    def revive(self, number: int, due_ms: int, ends_ms: int) -> bool:
        """Try a message that was given up again; False when it was not, or its text is gone."""
        at = (MessageRow.number == number) & (MessageRow.state == State.DEAD) & MessageRow.sealed_content.is_not(None)
        values = {"state": State.WAITING, "due_ms": due_ms, "ends_ms": ends_ms, "tries": 0, "problem": ""}
        with Session(self._database) as session, session.begin():
            revived = session.execute(update(MessageRow).where(at).values(values).returning(MessageRow.number))
            return revived.scalar_one_or_none() is not None

    def ends_ms(self, number: int) -> int | None:
        """Until when a message is tried; None for one that was forgotten meanwhile."""
        with Session(self._database) as session:
            return session.scalar(select(MessageRow.ends_ms).where(MessageRow.number == number))

    # -- Reading -----------------------------------------------------------------------------------------------------

    def sent_to(self, address: str, count_max: int) -> list[Message]:
        """What went, or goes, to ``address`` by any channel whose text is still there; newest first."""
        digests = [self._digest(channel, address) for channel in Channel]
        whose = RecipientRow.address_digest.in_(digests)
        return self._list(select(MessageRow).join(RecipientRow).where(whose), count_max)

    def latest(self, count_max: int) -> list[Message]:
        """All messages whose text is still there; newest first."""
        return self._list(select(MessageRow), count_max)

    def dead(self, count_max: int) -> list[Message]:
        """What was given up, newest first."""
        with Session(self._database) as session:
            chosen = select(MessageRow).where(MessageRow.state == State.DEAD)
            rows = session.scalars(chosen.order_by(MessageRow.number.desc()).limit(count_max))
            return [self._opened(session, row) for row in rows]

    def counts(self) -> dict[tuple[str, str], int]:
        """How many messages there are by channel and state."""
        query = select(MessageRow.channel, MessageRow.state, func.count()).group_by(
            MessageRow.channel, MessageRow.state
        )
        with Session(self._database) as session:
            return {(channel, state): count for channel, state, count in session.execute(query)}

    def find(self, token: str) -> Message | None:
        """The message that carriers know as ``token``."""
        with Session(self._database) as session:
            row = session.scalar(select(MessageRow).where(MessageRow.token == token))
            return None if row is None else self._opened(session, row)

    # -- Answers and forgetting --------------------------------------------------------------------------------------

    def take_answer(self, token: str, key: str) -> Message | None:
        """Note the first key pressed in a call; None when there is no such call or a key was pressed already."""
        at = (MessageRow.token == token) & (MessageRow.channel == Channel.VOICE) & (MessageRow.answer == "")
        with Session(self._database) as session, session.begin():
            row = session.scalar(update(MessageRow).where(at).values(answer=key).returning(MessageRow))
            return None if row is None else self._opened(session, row)

    def give_answer_back(self, token: str) -> None:
        """As if no key had been pressed, because who had to hear of it could not."""
        with Session(self._database) as session, session.begin():
            session.execute(update(MessageRow).where(MessageRow.token == token).values(answer=""))

    def forget_address(self, address: str) -> None:
        """Make everything that was sent to ``address`` unreadable for ever, and send no more of it."""
        digests = [self._digest(channel, address) for channel in Channel]
        with Session(self._database) as session, session.begin():
            found = select(RecipientRow).where(RecipientRow.address_digest.in_(digests))
            rows: Sequence[RecipientRow] = session.scalars(found).all()
            numbers = [row.recipient_id for row in rows]
            session.execute(delete(MessageRow).where(MessageRow.recipient_id.in_(numbers)))
            session.execute(delete(RecipientRow).where(RecipientRow.recipient_id.in_(numbers)))
        for row in rows:
            self._envelopes.forget(_subject(row), row.sealed_key)

    def forget_before(self, created_ms: int) -> None:
        """Remove what is settled and older than ``created_ms``, and recipients without messages."""
        old = (MessageRow.created_ms < created_ms) & (MessageRow.state != State.WAITING)
        with Session(self._database) as session, session.begin():
            session.execute(delete(MessageRow).where(old))
            written = select(MessageRow.number).where(MessageRow.recipient_id == RecipientRow.recipient_id).exists()
            # One written to this moment may have no message yet: it is younger than what is forgotten.
            session.execute(delete(RecipientRow).where(~written & (RecipientRow.created_ms < created_ms)))

    # -- Helpers -----------------------------------------------------------------------------------------------------

    def _recipient(self, session: Session, channel: Channel, address: str, now_ms: int) -> RecipientRow:
        digest = self._digest(channel, address)
        known = session.scalar(select(RecipientRow).where(RecipientRow.address_digest == digest))
        if known is not None:
            return known
        key = self._envelopes.new_key(_subject_of(digest))
        row = {"address_digest": digest, "sealed_key": key, "created_ms": now_ms}
        session.execute(insert_into(self._database, RecipientRow).values(row).on_conflict_do_nothing())
        return session.scalars(select(RecipientRow).where(RecipientRow.address_digest == digest)).one()

    def _list(self, query: Select[MessageRow], count_max: int) -> list[Message]:
        readable = query.where(MessageRow.sealed_content.is_not(None)).order_by(MessageRow.number.desc())
        with Session(self._database) as session:
            return [self._opened(session, row) for row in session.scalars(readable.limit(count_max))]

    def _opened(self, session: Session, row: MessageRow) -> Message:
        content = None
        # Who is forgotten while somebody reads is forgotten.
        recipient = session.get(RecipientRow, row.recipient_id)
        if row.sealed_content is not None and recipient is not None:
            plain = self._envelopes.open(
                recipient.sealed_key, _subject(recipient), f"{_FIELD} {row.token}", row.sealed_content
            )
            content = msgspec.json.decode(plain, type=Content)
        return Message(
            number=row.number,
            token=row.token,
            channel=Channel(row.channel),
            template=row.template,
            state=State(row.state),
            tries=row.tries,
            time_ms=row.created_ms,
            problem=row.problem,
            answer=row.answer,
            content=content,
        )

    def _change(self, number: int, tries: int, values: dict[str, object]) -> None:
        # Who lost the lease meanwhile has nothing to say about the message any more.
        at = (MessageRow.number == number) & (MessageRow.tries == tries) & (MessageRow.state == State.WAITING)
        with Session(self._database) as session, session.begin():
            session.execute(update(MessageRow).where(at).values(values))

    def _digest(self, channel: Channel, address: str) -> bytes:
        return self._index.digest(f"notices:{channel}", address)


def new_token() -> str:
    """A name for a message that nobody can guess."""
    return secrets.token_hex(16)


def _subject(row: RecipientRow) -> str:
    return _subject_of(row.address_digest)


def _subject_of(digest: bytes) -> str:
    return f"recipient {digest.hex()}"
