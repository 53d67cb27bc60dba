"""The tables of people: users, the codes sent to them, their devices, sign-ins and sessions.

Valid on SQLite and PostgreSQL alike. Everything personal is a sealed field (``storage.envelopes``) under the user's own
key; look-ups go by keyed digests. Changing the tables needs a migration and its number in ``SCHEMA_VERSION``.
"""

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, SmallInteger, String, Text, UniqueConstraint, false
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_VERSION = "0008"
"""The newest migration; a test holds it equal to the head of ``migrations``."""

# SQLite counts by itself only in a column of its type INTEGER.
_COUNTED = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Collects the tables of people."""


class HouseKeyRow(Base):
    """The one row with the key of the blind index, sealed by the house's secret box."""

    __tablename__ = "people_key"

    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    sealed_index_key: Mapped[bytes] = mapped_column(LargeBinary)


class UserRow(Base):
    """One person, or one person who acts for an institution.

    ``account`` is the trading account of the core, None until it is opened. ``revision`` grows with every change, so
    that of two changes at once one is refused. An emptied ``sealed_key`` means: forgotten. ``closing_from`` is the state
    an account was in before the house, and not its owner, began to close it.
    """

    __tablename__ = "users"

    user_id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    account: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    revision: Mapped[int] = mapped_column(BigInteger, server_default="0")
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    password_hash: Mapped[str] = mapped_column(Text)
    password_changed_ms: Mapped[int] = mapped_column(BigInteger)
    residence: Mapped[str] = mapped_column(String(8))
    locale: Mapped[str] = mapped_column(String(16), server_default="en")
    invitation: Mapped[str] = mapped_column(String(32), server_default="")
    email_digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    sealed_email: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    sealed_phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_anti_phishing_code: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_authenticator: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_authenticator_draft: Mapped[bytes | None] = mapped_column(LargeBinary)
    authenticator_step: Mapped[int] = mapped_column(BigInteger, server_default="0")
    created_ms: Mapped[int] = mapped_column(BigInteger)
    last_active_ms: Mapped[int] = mapped_column(BigInteger)
    state_changed_ms: Mapped[int] = mapped_column(BigInteger)
    closing_from: Mapped[str | None] = mapped_column(String(16))


class AgreementRow(Base):
    """That a person agreed to a text; ``text_hash`` is its SHA-256 in hexadecimal."""

    __tablename__ = "agreements"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    agreement: Mapped[str] = mapped_column(String(48), primary_key=True)
    version: Mapped[str] = mapped_column(String(24), primary_key=True)
    text_hash: Mapped[str] = mapped_column(String(64))
    agreed_ms: Mapped[int] = mapped_column(BigInteger)


class SignUpRow(Base):
    """A sign-up that waits for the code sent to its contact; sealed under a key of its own."""

    __tablename__ = "sign_ups"

    token_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_form: Mapped[bytes] = mapped_column(LargeBinary)
    expires_ms: Mapped[int] = mapped_column(BigInteger, index=True)


class CodeRow(Base):
    """The last code sent for one purpose to one contact (or user). ``code_digest`` empty: used or void."""

    __tablename__ = "codes"

    purpose: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    code_digest: Mapped[bytes] = mapped_column(LargeBinary)
    sent_ms: Mapped[int] = mapped_column(BigInteger)
    expires_ms: Mapped[int] = mapped_column(BigInteger)
    wrong_count: Mapped[int] = mapped_column(SmallInteger)


class AttemptCountRow(Base):
    """How often something was tried by, or against, one subject within a window; the base of every lockout."""

    __tablename__ = "attempt_counts"

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    window_ends_ms: Mapped[int] = mapped_column(BigInteger)
    locked_until_ms: Mapped[int] = mapped_column(BigInteger, server_default="0")
    lock_count: Mapped[int] = mapped_column(Integer, server_default="0")


class RecoveryRow(Base):
    """A person on the way back into an account: ``kind`` is password or unfreeze, ``passed`` the factors given so far.

    ``user_id`` None: nobody has the contact that was given, and nothing will ever pass. ``contact_digest`` is of that
    contact: entries are counted by it, so that a lock tells nobody who has an account.
    """

    __tablename__ = "recoveries"

    token_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    passed: Mapped[str] = mapped_column(String(64))
    expires_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    contact_digest: Mapped[bytes | None] = mapped_column(LargeBinary)


class BackupCodeRow(Base):
    """One single-use backup code, hashed; the row goes when it is used."""

    __tablename__ = "backup_codes"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    code_hash: Mapped[str] = mapped_column(Text)


class EmergencyContactRow(Base):
    """Whom to tell when a person is not heard of; name, relation, phone and e-mail are one sealed field.

    ``asked_ms`` is when the person was first asked for a sign of life, 0 while there is no reason to;
    ``reminders`` how often since, ``told_ms`` when the contact was told.
    """

    __tablename__ = "emergency_contacts"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealed_contact: Mapped[bytes] = mapped_column(LargeBinary)
    inactivity_ms: Mapped[int] = mapped_column(BigInteger)
    response_ms: Mapped[int] = mapped_column(BigInteger)
    changed_ms: Mapped[int] = mapped_column(BigInteger)
    asked_ms: Mapped[int] = mapped_column(BigInteger, server_default="0")
    reminders: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    told_ms: Mapped[int] = mapped_column(BigInteger, server_default="0")


class PasskeyRow(Base):
    """One passkey. ``blocked_ms`` is set when its counter went back, which a copy of it would do."""

    __tablename__ = "passkeys"

    credential_id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    model: Mapped[str] = mapped_column(String(36))
    sealed_name: Mapped[bytes] = mapped_column(LargeBinary)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    last_used_ms: Mapped[int] = mapped_column(BigInteger)
    blocked_ms: Mapped[int | None] = mapped_column(BigInteger)


class ChallengeRow(Base):
    """A challenge handed to an authenticator, for one use; ``user_id`` None when nobody is known yet."""

    __tablename__ = "passkey_challenges"

    challenge_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    expires_ms: Mapped[int] = mapped_column(BigInteger, index=True)


class ProviderRow(Base):
    """A provider of sign-in (OpenID Connect) that the house trusts; the secret is sealed by the house's secret box.

    ``hosts`` are the only ones that are spoken to, separated by spaces.
    """

    __tablename__ = "sign_in_providers"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    title: Mapped[str] = mapped_column(String(64))
    issuer: Mapped[str] = mapped_column(String(255))
    client_id: Mapped[str] = mapped_column(String(255))
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    hosts: Mapped[str] = mapped_column(Text)


class ConnectedRow(Base):
    """An account at a provider by which a user may sign in; one for each provider, of one user only."""

    __tablename__ = "connected_accounts"
    __table_args__ = (UniqueConstraint("user_id", "provider"), UniqueConstraint("provider", "subject_digest"))

    connected_id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    provider: Mapped[str] = mapped_column(String(32))
    subject_digest: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_label: Mapped[bytes] = mapped_column(LargeBinary)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    last_used_ms: Mapped[int] = mapped_column(BigInteger)


class ConnectingRow(Base):
    """Somebody on the way to a provider and back. ``browser_digest`` is that of a token only the same browser has.

    ``session_digest`` is of the session that links an account, empty for signing in. Gone with the first answer.
    """

    __tablename__ = "connecting"

    state_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    browser_digest: Mapped[bytes] = mapped_column(LargeBinary)
    session_digest: Mapped[bytes] = mapped_column(LargeBinary)
    provider: Mapped[str] = mapped_column(String(32))
    page: Mapped[str] = mapped_column(String(16))
    redirect: Mapped[str] = mapped_column(Text)
    expires_ms: Mapped[int] = mapped_column(BigInteger, index=True)


class ArrivalRow(Base):
    """Somebody whom a provider named and nobody here knows: with this they may sign up. Sealed under a key of its own."""

    __tablename__ = "connected_arrivals"

    token_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_identity: Mapped[bytes] = mapped_column(LargeBinary)
    expires_ms: Mapped[int] = mapped_column(BigInteger, index=True)


class DeviceRow(Base):
    """A browser or program that a person has used; ``authorized_ms`` None until the person let it in."""

    __tablename__ = "devices"
    __table_args__ = (UniqueConstraint("user_id", "token_digest"),)

    device_id: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_name: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_place: Mapped[bytes] = mapped_column(LargeBinary)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    authorized_ms: Mapped[int | None] = mapped_column(BigInteger)
    last_seen_ms: Mapped[int] = mapped_column(BigInteger)
    removed_ms: Mapped[int | None] = mapped_column(BigInteger)


class SignInRow(Base):
    """A sign-in under way: how far it has come, and with what. ``approval_digest`` is that of a device approval."""

    __tablename__ = "sign_ins"

    token_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    device_id: Mapped[int] = mapped_column(BigInteger)
    stage: Mapped[str] = mapped_column(String(16))
    passed: Mapped[str] = mapped_column(String(128))
    environment: Mapped[bytes] = mapped_column(LargeBinary)
    approval_digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    approval_ends_ms: Mapped[int] = mapped_column(BigInteger, server_default="0")
    shown_code: Mapped[str] = mapped_column(String(8), server_default="")
    approved: Mapped[bool] = mapped_column(Boolean, server_default=false())
    expires_ms: Mapped[int] = mapped_column(BigInteger, index=True)


class SessionRow(Base):
    """One session. ``step_up_ms`` is when a second factor was last given, ``end_reason`` empty while it lives."""

    __tablename__ = "sessions"

    token_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    csrf_digest: Mapped[bytes] = mapped_column(LargeBinary)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    device_id: Mapped[int] = mapped_column(BigInteger, index=True)
    environment: Mapped[bytes] = mapped_column(LargeBinary)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    last_seen_ms: Mapped[int] = mapped_column(BigInteger)
    step_up_ms: Mapped[int] = mapped_column(BigInteger)
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)
    end_reason: Mapped[str] = mapped_column(String(32), server_default="")


class FactRow(Base):
    """A fact not yet told to every listener, as JSON without anything personal."""

    __tablename__ = "people_facts"
    # Numbers are never given again, so that a listener can tell a repeat from something new.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  # as SQLAlchemy wants it

    number: Mapped[int] = mapped_column(_COUNTED, primary_key=True)
    body: Mapped[str] = mapped_column(Text)
