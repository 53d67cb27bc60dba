"""The people and the back office of a data folder, for commands at a terminal.

Why here: they open the same databases as a running server, which notices at the next request. Invariant: nothing is made
in a folder that holds no exchange.
"""

from pathlib import Path

from lonja.adapters.clock import SystemClock
from lonja.bootstrap.backoffice import open_back_office
from lonja.bootstrap.identity import open_box, require_identity
from lonja.bootstrap.notice_settings import NoticeSettings
from lonja.bootstrap.notices import open_notices
from lonja.bootstrap.people import open_people
from lonja.modules.backoffice.api import BackOffice
from lonja.modules.governance.api import RuleBook
from lonja.modules.identity.api import People
from lonja.modules.notices.api import Notices
from lonja.primitives.errors import RefusedError


class StaffFolder:
    """An opened folder; its calls block."""

    def __init__(self, people: People, office: BackOffice, notices: Notices) -> None:
        """Made by ``open_staff_folder``."""
        self.people, self.office, self._notices = people, office, notices

    def user_of(self, person: str) -> int:
        """Whose e-mail address or phone number ``person`` is. Raises ``RefusedError``."""
        found = self.people.user_of_contact(person)
        if found is None:
            raise RefusedError("user_not_found", "Nobody has that address.", "They sign up like a customer first.")
        return found.user_id

    def user_with_passkey(self, person: str) -> int:
        """The same, for who can sign in as staff. Raises ``RefusedError``."""
        user_id = self.user_of(person)
        if not self.people.passkeys.all(user_id):
            message = "Staff sign in with a passkey, and this person has none."
            raise RefusedError("passkey_required", message, "They add one to their account first.")
        return user_id

    def state_of(self, user_id: int) -> str:
        """What has become of the account of a member of staff."""
        try:
            return self.people.user(user_id).state
        except RefusedError:
            return "closed"

    def close(self) -> None:
        """Give the databases back."""
        self.office.close()
        self.people.close()
        self._notices.close()


def open_staff_folder(data: Path) -> StaffFolder:
    """People and back office of ``data``. Raises ``DataError``."""
    require_identity(data)
    box, clock, rules = open_box(data), SystemClock().now_ms, RuleBook.of_folder()
    notices = open_notices(data, box, clock, clock, NoticeSettings())
    people = open_people(data, box, rules, notices, clock)
    return StaffFolder(people, open_back_office(data, box, clock, rules), notices)
