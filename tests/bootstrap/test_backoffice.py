"""The back office of a house: what staff wrote about somebody is readable for as long as the law wants, then no more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.bootstrap.backoffice import RunningBackOffice, forgettable, session_policy
from lonja.modules.backoffice.api import BackOffice, SessionPolicy, StaffSession
from lonja.modules.governance.api import RuleBook
from lonja.modules.identity.people.tables import UserRow
from lonja.primitives.instant import DAY_MS
from tests.modules.identity.people.conftest import Town

CAL = StaffSession(77, signed_in_with_passkey=True)
KEPT_DAYS = 1_827


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Town]:
    made = Town(f"sqlite:///{tmp_path / 'people.sqlite'}")
    yield made
    made.people.close()


async def test_five_years_after_closing_nobody_reads_what_was_written(city: Town, tmp_path: Path) -> None:
    office = BackOffice(f"sqlite:///{tmp_path / 'backoffice.sqlite'}", MemorySecretBox(), lambda: city.now_ms)
    office.staff.make_first(CAL.user_id, ("compliance",))
    gone, here = city.sign_up(), city.sign_up("bob@example.com")
    cases = [office.cases.open("appeal", user_id, "call me on my number") for user_id in (gone, here)]
    with city.people.parts.transaction() as session:
        closed = {"state": "closed", "state_changed_ms": city.now_ms}
        session.execute(update(UserRow).where(UserRow.user_id == gone).values(closed))
    running = RunningBackOffice(office, forgettable(city.people, RuleBook.of_folder(), lambda: city.now_ms))
    city.wait(KEPT_DAYS * DAY_MS - 1)
    running.keep_house()
    assert [office.cases.read(CAL, case).summary for case in cases] == ["call me on my number"] * 2
    city.wait(1)
    running.keep_house()
    entries = office.audit.verify().entries
    running.keep_house()
    assert office.audit.verify() == office.audit.verify()
    assert office.audit.verify().entries == entries, "forgotten once"
    assert [office.cases.read(CAL, case).summary for case in cases] == ["(forgotten)", "call me on my number"]
    assert office.audit.verify().broken is None
    await running.close()


def test_the_periods_of_sessions_come_from_the_rules() -> None:
    assert session_policy(RuleBook.of_folder(), lambda: 1_800_000_000_000)() == SessionPolicy()
