"""Due diligence in a whole house: orders end before a person moves, and what was begun survives a restart."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from lonja.adapters.clock import ManualClock
from lonja.bootstrap.due_diligence import EngineOrders
from lonja.bootstrap.settings import Settings
from lonja.bootstrap.wiring import House, build_house
from lonja.engine.sequencer import Sequencer
from lonja.modules.backoffice.api import StaffSession
from lonja.modules.backoffice.tables import StaffRoleRow
from lonja.modules.identity.api import Contact, ContactKind
from lonja.modules.verification.api import NewPaper, PostalAddress, ResidenceState
from lonja.primitives.errors import EngineUnavailableError
from tests.bootstrap.conftest import NOW, SUB
from tests.engine.house import BUYER, order

CAL = StaffSession(9_001, signed_in_with_passkey=True)
HOME = PostalAddress("Rua 1", "Porto", "4000", "PT")


def orders_of(engine: Sequencer) -> EngineOrders:
    return EngineOrders(engine, lambda master: [SUB] if master == BUYER else [])


async def test_the_orders_of_the_whole_family_are_counted_and_canceled(engine: Sequencer) -> None:
    orders = orders_of(engine)
    assert await asyncio.to_thread(orders.count, BUYER) == 3
    for _ in range(2):  # a step may be repeated
        await asyncio.to_thread(orders.cancel, BUYER)
        assert await asyncio.to_thread(orders.count, BUYER) == 0


async def test_an_order_on_its_way_is_canceled_too(engine: Sequencer) -> None:
    orders = orders_of(engine)
    sent = [asyncio.create_task(engine.submit(order(name=f"late{number}"))) for number in range(20)]
    await asyncio.to_thread(orders.cancel, BUYER)
    await asyncio.gather(*sent)
    assert await asyncio.to_thread(orders.count, BUYER) == 0


async def test_an_engine_that_takes_nothing_is_asked_again(engine: Sequencer) -> None:
    orders = orders_of(engine)
    await engine.stop()
    with pytest.raises(EngineUnavailableError):
        await asyncio.to_thread(orders.cancel, BUYER)


def _hand_in(house: House, user_id: int) -> None:
    residence, today = house.diligence.residence, datetime.fromtimestamp(NOW // 1000, UTC).date().isoformat()
    residence.begin(user_id, "PT")
    residence.add_paper(user_id, NewPaper("utility_bill", "bill.pdf", b"%PDF-1.7\nx\n%%EOF\n", today))
    residence.hand_in(user_id, HOME, [text.text_hash for text in residence.agreements("PT")])


def _approve(house: House) -> None:
    cases = house.back_office.cases
    (case,) = cases.queue(CAL, kinds=("residence",))
    cases.take(CAL, case.case_id)
    cases.decide(CAL, case.case_id, "approved", "Seen.")


async def test_a_person_moves_in_a_whole_house_that_was_restarted_in_between(tmp_path: Path) -> None:
    house = await build_house(Settings(data=tmp_path), ManualClock(NOW))
    users = house.people.parts.users
    with house.people.parts.transaction() as session:
        user_id = users.create(session, Contact(ContactKind.EMAIL, "ann@example.org"), "hash", "CH", "", NOW).user_id
    with house.back_office._database.begin() as connection:
        connection.execute(insert(StaffRoleRow), [{"user_id": CAL.user_id, "role": "compliance", "granted_ms": 0}])
    await asyncio.to_thread(_hand_in, house, user_id)
    await house.close()

    house = await build_house(Settings(data=tmp_path), ManualClock(NOW))
    assert house.diligence.residence.find(user_id).state is ResidenceState.IN_REVIEW
    await asyncio.to_thread(_approve, house)
    assert house.diligence.residence.find(user_id).state is ResidenceState.DONE
    assert house.rights.facts(user_id).residence == "PT"
    assert house.rights.restrictions.of(user_id) == []
    await house.close()
