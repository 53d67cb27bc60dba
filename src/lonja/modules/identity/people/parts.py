"""The parts that sign-up, sign-in and self-service are made of, built once."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.codes import Codes
from lonja.modules.identity.people.contacts import Contact
from lonja.modules.identity.people.devices import Devices
from lonja.modules.identity.people.factors import Factors
from lonja.modules.identity.people.facts import Facts
from lonja.modules.identity.people.lockouts import Lockouts
from lonja.modules.identity.people.messages import Messages
from lonja.modules.identity.people.passwords import BreachList, CommonPasswords, HashCost, PasswordHasher
from lonja.modules.identity.people.ports import Atlas, Messenger, ServingRules
from lonja.modules.identity.people.sessions import LiveSession
from lonja.modules.identity.people.tables import DeviceRow, UserRow
from lonja.modules.identity.people.users import User, Users
from lonja.storage.database import transaction
from lonja.storage.ports import SecretBox


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything in one record."""

    database: Engine
    users: Users
    rules: ServingRules
    hasher: PasswordHasher
    breaches: tuple[BreachList, ...]
    codes: Codes
    lockouts: Lockouts
    factors: Factors
    devices: Devices
    messages: Messages
    facts: Facts

    def transaction(self) -> AbstractContextManager[Session]:
        """A transaction, kept when its block ends and undone when it raises (``storage.database.transaction``)."""
        return transaction(self.database, "identity")

    def count_entry(self, user_id: int, now_ms: int) -> None:
        """Count one entry of a factor or secret, before it is compared; kept whatever becomes of it.

        Raises ``RefusedError`` while too many were wrong.
        """
        with self.transaction() as session:
            policy = self.rules.policy(self.users.find(session, user_id).residence, now_ms)
            self.factors.count_entry(session, user_id, policy, now_ms)

    def tell(
        self,
        user: User,
        template: str,
        values: Mapping[str, str],
        by: LiveSession | Client | None = None,
        also: Contact | None = None,
    ) -> None:
        """Send a notice to every contact of ``user``, and to ``also``, with the device and place that ``by`` acts from."""
        where: dict[str, str] = {}
        if isinstance(by, Client):
            where = {"device": by.name, "place": self.devices.place(by.address).name}
        elif by is not None:
            with self.transaction() as session:
                device, row = session.get(DeviceRow, by.device_id), session.get(UserRow, by.user_id)
                if device is not None and row is not None:
                    seen = self.devices.open(row, device)
                    where = {"device": seen.name, "place": seen.place}
        self.messages.tell(user, template, {**values, **where}, also)


def build_parts(
    database: Engine,
    box: SecretBox,
    rules: ServingRules,
    messenger: Messenger,
    atlas: Atlas,
    cost: HashCost | None = None,
    breaches: Sequence[BreachList] = (),
) -> Parts:
    """The parts around ``database``. ``breaches`` are lists of leaked passwords beside the built-in one."""
    users, hasher, messages = Users(database, box), PasswordHasher(cost), Messages(messenger)
    codes, lockouts = Codes(users.index), Lockouts(users.index)
    return Parts(
        database=database,
        users=users,
        rules=rules,
        hasher=hasher,
        breaches=(CommonPasswords(), *breaches),
        codes=codes,
        lockouts=lockouts,
        factors=Factors(users, codes, lockouts, hasher, messages),
        devices=Devices(users, atlas),
        messages=messages,
        facts=Facts(database),
    )
