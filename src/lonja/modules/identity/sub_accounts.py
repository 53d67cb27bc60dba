"""Sub-accounts by name: a master's accounts, their notes and what they may do with their money.

Why here: the core knows an account and its master, but no names. Invariant: a name is given once in the house, so that
it means the same to everybody.
"""

from collections.abc import Callable, Iterable

from sqlalchemy import Engine, Select, func, select, update
from sqlalchemy.exc import IntegrityError

from lonja.modules.identity.database import session_on
from lonja.modules.identity.domain import NameTakenError, SubAccount
from lonja.modules.identity.tables import AccountRow


class SubAccounts:
    """The sub-accounts of one database."""

    def __init__(self, database: Engine, url: str, clock: Callable[[], int]) -> None:
        """``url`` names the database in errors, ``clock`` gives milliseconds."""
        self._database = database
        self._url = url
        self._clock = clock

    def of(self, master: int) -> list[SubAccount]:
        """All sub-accounts of ``master``, newest first. Raises ``DataError``."""
        return self._read(_of(master).order_by(AccountRow.created_ms.desc(), AccountRow.account.desc()))

    def named(self, master: int, name: str) -> SubAccount | None:
        """The sub-account of ``master`` called ``name``, or None. Raises ``DataError``."""
        return next(iter(self._read(_of(master).where(AccountRow.name == name))), None)

    def find(self, account: int) -> SubAccount | None:
        """The sub-account with a number of the core, or None. Raises ``DataError``."""
        query = select(AccountRow).where(
            AccountRow.account == account, AccountRow.master.not_in((-1, AccountRow.account))
        )
        return next(iter(self._read(query)), None)

    def is_taken(self, name: str) -> bool:
        """Whether any account is called ``name``."""
        with session_on(self._database, self._url) as session:
            return session.scalar(select(AccountRow.account).where(AccountRow.name == name)) is not None

    def registered(self, accounts: Iterable[int]) -> set[int]:
        """Those of ``accounts`` (few hundred at most) that have a name."""
        with session_on(self._database, self._url) as session:
            return set(session.scalars(select(AccountRow.account).where(AccountRow.account.in_(list(accounts)))))

    def count(self, master: int) -> int:
        """How many sub-accounts ``master`` has."""
        with session_on(self._database, self._url) as session:
            return session.scalar(select(func.count()).select_from(_of(master).subquery())) or 0

    def register(self, master: int, account: int, name: str, label: str) -> SubAccount:
        """Name ``account`` of the core. Raises ``NameTakenError`` and ``DataError``."""
        row = AccountRow(account=account, name=name, master=master, created_ms=self._clock())
        row.label, row.can_transfer_out = label, False
        made = _sub_account(row)
        try:
            with session_on(self._database, self._url) as session:
                session.add(row)
        except IntegrityError as error:
            raise NameTakenError(f"The name {name} is taken.") from error
        return made

    def allow_transfers(self, master: int, names: Iterable[str], *, allowed: bool) -> None:
        """Say whether sub-accounts of ``master`` may transfer to others than the master."""
        wanted = (AccountRow.master == master) & AccountRow.name.in_(list(names))
        with session_on(self._database, self._url) as session:
            session.execute(update(AccountRow).where(wanted).values(can_transfer_out=allowed))

    def _read(self, query: Select[AccountRow]) -> list[SubAccount]:
        with session_on(self._database, self._url) as session:
            return [_sub_account(row) for row in session.scalars(query)]


def _of(master: int) -> Select[AccountRow]:
    return select(AccountRow).where(AccountRow.master == master, AccountRow.account != master)


def _sub_account(row: AccountRow) -> SubAccount:
    return SubAccount(row.account, row.name, row.master, row.label, row.can_transfer_out, row.created_ms)
