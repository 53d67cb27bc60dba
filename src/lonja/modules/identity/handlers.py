"""Identity at work: create, find, check, list and remove keys; name accounts.

Why here: the edge asks for a key on every request, so found keys stay in memory; other processes (the key commands)
change the same database, so a revision number in it says when memory is out of date. Invariant: a removed or lapsed
key is never returned, at the latest ``REFRESH_SECONDS`` after another process removed it.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import ColumnElement, Engine, Row, bindparam, func, select, true, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from lonja.modules.identity.database import open_database, session_on, translate
from lonja.modules.identity.domain import (
    Account,
    ApiKey,
    IdentityError,
    KeyNotFoundError,
    KeyPolicy,
    LimitReachedError,
    NameTakenError,
    account_of,
    check_label,
    check_passphrase,
    has_lapsed,
    may_lapse,
    parse_networks,
    parse_permissions,
    uid,
)
from lonja.modules.identity.key_uses import KeyUses
from lonja.modules.identity.new_keys import CreatedKey, new_key
from lonja.modules.identity.passphrases import PassphraseChecker
from lonja.modules.identity.session_keys import SessionKeys
from lonja.modules.identity.sub_accounts import SubAccounts
from lonja.modules.identity.tables import AccountRow, ApiKeyRow, RegistryRow
from lonja.primitives.errors import DataError
from lonja.storage.ports import SecretBox
from lonja.storage.rows import insert_into

REFRESH_SECONDS = 1.0
"""How long a key found before may be used without asking the database whether keys changed."""

_CHECK_CONTEXT = "registry"
_CHECK_SECRET = b"this box belongs to this database"
_TOUCH_STEP_MS = 60_000

# Built once: an unknown key reaches the database on every request, and anybody may send one.
_REVISION = select(RegistryRow.revision)
_LIVE_KEY = select(*ApiKeyRow.__table__.columns).where(
    ApiKeyRow.api_key == bindparam("api_key"), ApiKeyRow.removed_ms.is_(None)
)

_log = structlog.get_logger("lonja.identity")


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A key as listed: without secrets. ``lapsed`` says that it was left unused for too long, ``lapses`` that it can be."""

    api_key: str
    account: int
    label: str
    permissions: str
    networks: str
    created_ms: int
    last_used_ms: int
    lapsed: bool
    withdraw_from_ms: int = 0
    lapses: bool = False


class Identity:
    """Accounts and keys of one database."""

    def __init__(self, url: str, box: SecretBox, clock: Callable[[], int], policy: KeyPolicy | None = None) -> None:
        """Open the database at ``url`` (made when absent). Raises ``DataError``."""
        self._url = url
        self._box = box
        self._clock = clock
        fixed = policy or KeyPolicy()
        self.policy_of: Callable[[], KeyPolicy] = lambda: fixed
        """The limits of now; asked at every request."""
        self._passphrases = PassphraseChecker()
        self._found: dict[str, ApiKey] = {}
        self._used: dict[str, int] = {}
        self._unwritten: dict[str, int] = {}
        self._database: Engine = open_database(url)
        try:
            self._revision = self._register()
        except DBAPIError as error:
            raise translate(error, url) from error
        except DataError as error:
            self._database.dispose()
            message = f"The key file does not belong to the identity database {url}."
            raise type(error)(message, "Put the key file back that was made with it.") from error
        self._checked = time.monotonic()
        self.session_keys = SessionKeys(clock)
        """The keys of signed-in pages."""
        self.sub_accounts = SubAccounts(self._database, url, clock)
        self.key_uses = KeyUses(self._database, url)

    @property
    def policy(self) -> KeyPolicy:
        """The limits of now."""
        return self.policy_of()

    # -- Keys in use -------------------------------------------------------------------------------------------------

    def find_key(self, api_key: str) -> ApiKey | None:
        """The key, or None when it is unknown, removed or lapsed. Raises ``DataError`` when nobody can tell."""
        if time.monotonic() - self._checked > REFRESH_SECONDS:
            self._refresh()
        if self.session_keys.has(api_key):
            return self.session_keys.find(api_key)
        key = self._found.get(api_key)
        if key is None:
            key = self._load(api_key)
            if key is None:
                return None
        used_ms = self._used.get(api_key, key.last_used_ms)
        if key.lapses and has_lapsed(key, used_ms, self._clock(), self.policy):
            # Another process may have used it since it was read.
            self._used.pop(api_key, None)
            fresh = self._load(api_key)
            if fresh is None or has_lapsed(fresh, fresh.last_used_ms, self._clock(), self.policy):
                return None
            return fresh
        return key

    def passphrase_known(self, key: ApiKey, passphrase: str) -> bool:
        """Whether ``passphrase`` belongs to ``key`` and ``passphrase_matches`` said so before; about a microsecond."""
        return self._passphrases.is_known(key.passphrase_hash, passphrase)

    async def passphrase_matches(self, key: ApiKey, passphrase: str, *, is_owner: bool = False) -> bool:
        """Whether ``passphrase`` belongs to ``key``; the first time it is hashed, on another thread.

        ``is_owner`` tells that the caller holds the key's secret, so that guesses of others do not count against it.
        Raises ``TooManyChecksError`` when so many are waiting that this one is not heard.
        """
        return await self._passphrases.matches(key.passphrase_hash, passphrase, is_owner=is_owner)

    def touch(self, key: ApiKey, now_ms: int, address: str = "") -> None:
        """Note that ``key`` was used, from ``address`` when it is known; written by the next ``flush``."""
        if self.session_keys.has(key.api_key):
            return
        if address:
            self.key_uses.note(key.api_key, address, now_ms)
        if now_ms - self._used.get(key.api_key, key.last_used_ms) >= _TOUCH_STEP_MS:
            self._used[key.api_key] = now_ms
            self._unwritten[key.api_key] = now_ms

    def flush(self) -> None:
        """Write the noted uses (blocking). Raises ``DataError``; the notes are kept for the next attempt then."""
        self.key_uses.flush()
        notes, self._unwritten = self._unwritten, {}
        if not notes:
            return
        try:
            with session_on(self._database, self._url) as session:
                for api_key, used_ms in notes.items():
                    newer = (ApiKeyRow.api_key == api_key) & (ApiKeyRow.last_used_ms < used_ms)
                    session.execute(update(ApiKeyRow).where(newer).values(last_used_ms=used_ms))
        except DataError:
            self._unwritten = notes | self._unwritten
            raise

    def close(self) -> None:
        """Write the noted uses and let go of the database."""
        self._passphrases.close()
        try:
            self.flush()
        finally:
            self._database.dispose()

    # -- Managing keys -----------------------------------------------------------------------------------------------

    def create_key(
        self,
        account: int,
        *,
        permissions: Iterable[str] = (),
        networks: Iterable[str] = (),
        label: str = "",
        passphrase: str | None = None,
        demo: bool | None = None,
        lapses: bool = True,
        withdraw_from_ms: int = 0,
    ) -> CreatedKey:
        """Create a key of ``account``; without ``passphrase`` one is made. Raises ``IdentityError``.

        With the permission to withdraw it does so from ``withdraw_from_ms`` on.
        """
        made = new_key(
            account,
            self._clock(),
            permissions=parse_permissions(permissions),
            networks=parse_networks(networks, self.policy.networks_max),
            label=check_label(label),
            passphrase=None if passphrase is None else check_passphrase(passphrase),
            demo=demo,
            lapses=lapses,
            withdraw_from_ms=withdraw_from_ms,
        )
        with session_on(self._database, self._url) as session:
            # The revision row comes first: it makes writers wait for each other, so the count below stays true.
            self._bump(session)
            self._check_account(session, account)
            session.add(_row_of(made.key, self._box))
        return made

    def list_keys(self, account: int | None = None) -> list[KeyEntry]:
        """Keys of ``account``, or of all accounts, oldest first; removed ones are not listed."""
        return self._listed(true() if account is None else ApiKeyRow.account == account)

    def keys_of(self, accounts: Iterable[int]) -> list[KeyEntry]:
        """Keys of all ``accounts`` (hundreds at most), those of the first account first, each account's oldest first."""
        place = {account: number for number, account in enumerate(accounts)}
        return sorted(self._listed(ApiKeyRow.account.in_(list(place))), key=lambda entry: place[entry.account])

    def change_key(
        self,
        api_key: str,
        *,
        permissions: Iterable[str] | None = None,
        networks: Iterable[str] | None = None,
        label: str | None = None,
    ) -> KeyEntry:
        """Give a key other permissions, addresses or another label; None leaves them. Raises ``IdentityError``."""
        with session_on(self._database, self._url) as session:
            self._bump(session)
            row = session.get(ApiKeyRow, api_key)
            if row is None or row.removed_ms is not None:
                raise KeyNotFoundError(f"There is no key {api_key}.", "`lonja keys list` shows the keys.")
            if permissions is not None:
                row.permissions = ",".join(sorted(parse_permissions(permissions)))
            if networks is not None:
                row.networks = ",".join(str(network) for network in parse_networks(networks, self.policy.networks_max))
            if label is not None:
                row.label = check_label(label)
            entry = self._entry(row, self._clock())
        self._found.pop(api_key, None)
        return entry

    def remove_key(self, api_key: str) -> None:
        """End a key for ever and forget its secrets. Raises ``IdentityError`` when there is none."""
        with session_on(self._database, self._url) as session:
            self._bump(session)
            row = session.get(ApiKeyRow, api_key)
            if row is None or row.removed_ms is not None:
                raise KeyNotFoundError(f"There is no key {api_key}.", "`lonja keys list` shows the keys.")
            self._passphrases.forget(row.passphrase_hash)
            row.removed_ms = self._clock()
            KeyUses.forget(session, api_key)
            row.sealed_secret = row.passphrase_hash = b""
        self._found.pop(api_key, None)

    # -- Accounts ----------------------------------------------------------------------------------------------------

    def register_account(self, name: str, account: int, master: int) -> None:
        """Name an account of the core; the same registration again changes nothing. Raises ``IdentityError``."""
        with session_on(self._database, self._url) as session:
            self._bump(session)
            row = session.get(AccountRow, account)
            same_name = session.scalar(select(AccountRow).where(AccountRow.name == name))
            if row is not None and row is same_name and row.master == master:
                return
            if row is not None or same_name is not None:
                raise NameTakenError(f"The name {name} or the account {uid(account)} is taken.")
            session.add(AccountRow(account=account, name=name, master=master, created_ms=self._clock()))

    def register_accounts(self, names: Mapping[str, int], master: int) -> None:
        """Name several new accounts of the core at once (account numbers by name). Raises ``IdentityError``."""
        now_ms = self._clock()
        try:
            with session_on(self._database, self._url) as session:
                self._bump(session)
                session.add_all(
                    AccountRow(account=account, name=name, master=master, created_ms=now_ms)
                    for name, account in names.items()
                )
        except IntegrityError as error:
            raise IdentityError("Some of these names or accounts are taken.") from error

    def accounts(self) -> list[Account]:
        """All named accounts, by number."""
        with session_on(self._database, self._url) as session:
            rows = session.scalars(select(AccountRow).order_by(AccountRow.account)).all()
            return [Account(row.account, row.name, row.master) for row in rows]

    def account_named(self, name: str) -> Account | None:
        """The account called ``name``, or None."""
        with session_on(self._database, self._url) as session:
            row = session.scalar(select(AccountRow).where(AccountRow.name == name))
            return None if row is None else Account(row.account, row.name, row.master)

    @staticmethod
    def uid(account: int) -> str:
        """The user id that clients see for ``account``."""
        return uid(account)

    @staticmethod
    def account_of(user_id: str) -> int | None:
        """The account behind a user id, or None."""
        return account_of(user_id)

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _register(self) -> int:
        sealed = self._box.seal(_CHECK_SECRET, _CHECK_CONTEXT)
        first = (
            insert_into(self._database, RegistryRow)
            .values(number=1, revision=0, sealed_check=sealed)
            .on_conflict_do_nothing()
        )
        with session_on(self._database, self._url) as session:
            session.execute(first)
            row = session.get_one(RegistryRow, 1)
            self._box.open(row.sealed_check, _CHECK_CONTEXT)
            return row.revision

    def _bump(self, session: Session) -> None:
        session.execute(update(RegistryRow).values(revision=RegistryRow.revision + 1))

    def _refresh(self) -> None:
        self._checked = time.monotonic()
        try:
            with self._database.connect() as connection:
                revision = connection.execute(_REVISION).scalar() or 0
        except DBAPIError as error:
            # Keys found before keep working: a database that cannot be read must not end all trading.
            _log.warning("keys cannot be read", problem=str(error.orig))
            return
        if revision != self._revision:
            self._revision = revision
            self._found.clear()

    def _load(self, api_key: str) -> ApiKey | None:
        try:
            with self._database.connect() as connection:
                row = connection.execute(_LIVE_KEY, {"api_key": api_key}).first()
        except DBAPIError as error:
            raise translate(error, self._url) from error
        if row is None:
            return None
        key = self._key_of(row)
        self._found[api_key] = key
        return key

    def _key_of(self, row: ApiKeyRow | Row[tuple[object, ...]], *, sealed: bool = True) -> ApiKey:
        return ApiKey(
            api_key=row.api_key,
            account=row.account,
            label=row.label,
            permissions=parse_permissions(row.permissions.split(",")),
            # A limit that was lowered is for new keys: it makes none of before unreadable.
            networks=parse_networks(filter(None, row.networks.split(",")), len(row.networks)),
            secret=self._box.open(row.sealed_secret, row.api_key) if sealed else b"",
            passphrase_hash=row.passphrase_hash,
            demo=row.demo,
            lapses=row.lapses,
            created_ms=row.created_ms,
            last_used_ms=row.last_used_ms,
            withdraw_from_ms=row.withdraw_from_ms,
        )

    def _listed(self, wanted: ColumnElement[bool]) -> list[KeyEntry]:
        """The keys that are ``wanted`` and not removed, oldest first."""
        query = select(ApiKeyRow).where(wanted, ApiKeyRow.removed_ms.is_(None))
        now_ms = self._clock()
        with session_on(self._database, self._url) as session:
            rows = session.scalars(query.order_by(ApiKeyRow.created_ms, ApiKeyRow.api_key)).all()
            return [self._entry(row, now_ms) for row in rows]

    def _entry(self, row: ApiKeyRow, now_ms: int) -> KeyEntry:
        key = self._key_of(row, sealed=False)
        used_ms = max(row.last_used_ms, self._used.get(row.api_key, 0))
        lapsed = has_lapsed(replace(key, last_used_ms=used_ms), used_ms, now_ms, self.policy)
        return KeyEntry(
            row.api_key,
            row.account,
            row.label,
            row.permissions,
            row.networks,
            row.created_ms,
            used_ms,
            lapsed,
            row.withdraw_from_ms,
            may_lapse(key),
        )

    def _check_account(self, session: Session, account: int) -> None:
        if session.get(AccountRow, account) is None:
            raise IdentityError(f"There is no account {uid(account)}.")
        live = (ApiKeyRow.account == account) & ApiKeyRow.removed_ms.is_(None)
        count = session.scalar(select(func.count()).select_from(ApiKeyRow).where(live)) or 0
        if count >= self.policy.keys_per_account_max:
            message = f"The account has {count} keys already; {self.policy.keys_per_account_max} are allowed."
            raise LimitReachedError(message, "Remove one first: `lonja keys remove`.")


def _row_of(key: ApiKey, box: SecretBox) -> ApiKeyRow:
    return ApiKeyRow(
        api_key=key.api_key,
        account=key.account,
        label=key.label,
        permissions=",".join(sorted(key.permissions)),
        networks=",".join(str(network) for network in key.networks),
        sealed_secret=box.seal(key.secret, key.api_key),
        passphrase_hash=key.passphrase_hash,
        demo=key.demo,
        lapses=key.lapses,
        created_ms=key.created_ms,
        last_used_ms=key.last_used_ms,
        removed_ms=None,
        withdraw_from_ms=key.withdraw_from_ms,
    )
