"""Who works for the house, and in which roles.

Why here: staff are people of identity; what makes them staff is a role, granted by two others. Invariant: once there
are two administrators there are always two, so that grants and removals can be approved.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from lonja.modules.backoffice.database import transaction
from lonja.modules.backoffice.desk import SYSTEM, Desk, Doing, StaffSession, roles_of, user_name
from lonja.modules.backoffice.persons import note_own_account
from lonja.modules.backoffice.proposals import Proposal, Proposals
from lonja.modules.backoffice.refusals import refusal
from lonja.modules.backoffice.staff_rules import ADMINISTRATOR, GRANT, REMOVE
from lonja.modules.backoffice.tables import CaseRow, StaffRoleRow, StaffRow
from lonja.storage.rows import insert_new

_ADMINISTRATORS_MIN: Final = 2


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff."""

    user_id: int
    roles: frozenset[str]


class Staff:
    """The members of staff."""

    def __init__(self, desk: Desk, proposals: Proposals) -> None:
        """Carry out what ``proposals`` grant and take."""
        self._desk = desk
        proposals.follow(GRANT, _Granting(desk))
        proposals.follow(REMOVE, _Removing())

    def make_first(self, user_id: int, roles: Collection[str] = (ADMINISTRATOR,)) -> None:
        """Make ``user_id`` staff at the start of a house, without approval (blocking). Repeating it changes nothing.

        That ends with the second administrator, from when on two people can decide. It is for whoever runs the house's
        machine, who therefore also mends a house that lost its administrators. Raises ``RefusedError``.
        """
        for role in roles:
            _require_known(self._desk, role)
        with transaction(self._desk.database) as session:
            _begin_change(session)
            missing = sorted(set(roles) - roles_of(session, user_id))
            if not missing:
                return
            if _administrator_count(session) >= _ADMINISTRATORS_MIN:
                raise refusal("administrators_exist")
            for role in missing:
                session.add(StaffRoleRow(user_id=user_id, role=role, granted_ms=self._desk.clock()))
            detail = {"roles": ",".join(missing)}
            self._desk.audit.add(session, SYSTEM, "staff.make_first", user_name(user_id), detail)

    def take_away(self, user_id: int) -> tuple[str, ...]:
        """Take every role of a user at once, without approval (blocking); which they were.

        For whoever runs the house's machine, when somebody must go now: it may leave fewer administrators than needed,
        which ``make_first`` then mends. Raises ``RefusedError``.
        """
        with transaction(self._desk.database) as session:
            _begin_change(session)
            held = sorted(roles_of(session, user_id))
            if not held:
                raise refusal("role_not_held")
            session.execute(delete(StaffRoleRow).where(StaffRoleRow.user_id == user_id))
            _hand_back_cases(session, user_id)
            detail = {"roles": ",".join(held)}
            self._desk.audit.add(session, SYSTEM, "staff.take_away", user_name(user_id), detail)
        return tuple(held)

    def note_own_account(self, user_id: int, other: int) -> None:
        """Note that ``other`` is another account of the member of staff ``user_id`` (blocking). Raises ``DataError``."""
        with transaction(self._desk.database) as session:
            note_own_account(session, user_id, other, self._desk.clock())
            self._desk.audit.add(session, SYSTEM, "staff.note_account", user_name(user_id), {"other": str(other)})

    def all(self) -> tuple[Member, ...]:
        """Everybody, by number, for whoever runs the house's machine (blocking). Raises ``DataError``."""
        with transaction(self._desk.database) as session:
            return _members(session)

    def roles(self, user_id: int) -> frozenset[str]:
        """The roles of a user, none for who is not staff (blocking). Raises ``DataError``."""
        with transaction(self._desk.database) as session:
            return roles_of(session, user_id)

    def members(self, by: StaffSession) -> tuple[Member, ...]:
        """Everybody, by number (blocking). Raises ``RefusedError`` and ``DataError``."""
        with self._desk.acting(by, "staff.read") as doing:
            if not self._desk.rules.may(doing.roles, "staff.read"):
                raise refusal("not_permitted")
            return _members(doing.session)


class _Granting:
    """Carries out grants."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def proposed(self, doing: Doing, proposal: Proposal) -> None:
        """Refuse what makes no sense."""
        user_id, role = _who_and_what(proposal)
        _require_known(self._desk, role)
        if role in roles_of(doing.session, user_id):
            raise refusal("role_held")

    def approved(self, doing: Doing, proposal: Proposal) -> None:
        """Give the role."""
        user_id, role = _who_and_what(proposal)
        _begin_change(doing.session)
        values = {"user_id": user_id, "role": role, "granted_ms": doing.now_ms}
        if insert_new(doing.session, StaffRoleRow, **values) is None:
            raise refusal("role_held")
        doing.detail["role"] = role

    def dropped(self, session: Session, proposal: Proposal) -> None:
        """Nothing follows."""


class _Removing:
    """Carries out removals."""

    def proposed(self, doing: Doing, proposal: Proposal) -> None:
        """Refuse what makes no sense."""
        user_id, role = _who_and_what(proposal)
        if role not in roles_of(doing.session, user_id):
            raise refusal("role_not_held")

    def approved(self, doing: Doing, proposal: Proposal) -> None:
        """Take the role; cases go back to their queue."""
        user_id, role = _who_and_what(proposal)
        _begin_change(doing.session)
        if role == ADMINISTRATOR and _administrator_count(doing.session) <= _ADMINISTRATORS_MIN:
            raise refusal("administrators_needed")
        taken = delete(StaffRoleRow).where(StaffRoleRow.user_id == user_id, StaffRoleRow.role == role)
        if doing.session.execute(taken.returning(StaffRoleRow.role)).first() is None:
            raise refusal("role_not_held")
        _hand_back_cases(doing.session, user_id)
        doing.detail["role"] = role

    def dropped(self, session: Session, proposal: Proposal) -> None:
        """Nothing follows."""


def _members(session: Session) -> tuple[Member, ...]:
    roles = defaultdict[int, set[str]](set)
    for row in session.scalars(select(StaffRoleRow).order_by(StaffRoleRow.user_id)):
        roles[row.user_id].add(row.role)
    return tuple(Member(user_id, frozenset(held)) for user_id, held in roles.items())


def _hand_back_cases(session: Session, user_id: int) -> None:
    """Whoever loses a role loses all cases at hand; those of remaining roles may be taken again."""
    mine = update(CaseRow).where(CaseRow.assignee == user_id).execution_options(synchronize_session=False)
    session.execute(mine.where(CaseRow.state == "assigned").values(state="open", assignee=None))
    session.execute(mine.where(CaseRow.state == "waiting_for_customer").values(assignee=None))


def _who_and_what(proposal: Proposal) -> tuple[int, str]:
    if proposal.user_id is None or "role" not in proposal.values:
        raise refusal("act_incomplete")
    return proposal.user_id, proposal.values["role"]


def _require_known(desk: Desk, role: str) -> None:
    if role not in desk.rules.roles:
        raise refusal("role_unknown")


def _begin_change(session: Session) -> None:
    """Make all who change roles take turns, so that counting administrators holds."""
    counted = update(StaffRow).values(revision=StaffRow.revision + 1)
    session.execute(counted.execution_options(synchronize_session=False))


def _administrator_count(session: Session) -> int:
    query = select(func.count()).select_from(StaffRoleRow).where(StaffRoleRow.role == ADMINISTRATOR)
    return session.scalars(query).one()
