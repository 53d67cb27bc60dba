"""The parts that the workflows of due diligence are made of, built once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lonja.modules.verification.due_diligence.database import transaction
from lonja.modules.verification.due_diligence.ports import (
    Books,
    Governing,
    HouseRules,
    KnownCustomers,
    ListedNames,
    Residents,
    Reviews,
    Wordings,
)
from lonja.modules.verification.due_diligence.vault import Vault


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The rest of the house."""

    rules: HouseRules
    wordings: Wordings
    reviews: Reviews
    governing: Governing
    residents: Residents
    books: Books
    customers: KnownCustomers
    lists: ListedNames


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything in one record; ``clock`` gives the exchange's time in milliseconds."""

    database: Engine
    vault: Vault
    house: Surroundings
    clock: Callable[[], int]

    def transaction(self) -> AbstractContextManager[Session]:
        """A transaction, kept when its block ends and undone when it raises."""
        return transaction(self.database)

    def number(self, user_id: int, name: str) -> int:
        """The number that holds for a user now."""
        return self.house.rules.number(name, self.house.residents.residence(user_id), self.clock())

    def names(self, user_id: int, name: str) -> tuple[str, ...]:
        """The names that hold for a user now."""
        return self.house.rules.names(name, self.house.residents.residence(user_id), self.clock())
