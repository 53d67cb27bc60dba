"""People of the exchange under load, who can sign in at once: known device, authenticator, account.

Why straight into the tables: signing hundreds of people up would hash hundreds of passwords before anything is measured.
"""

import asyncio

from lonja.bootstrap.wiring import FIRST_FEE_TIER, House
from lonja.modules.identity.api import Client, Contact, ContactKind, People, TradingAccounts
from lonja.modules.identity.people import authenticator

PASSWORD = "Quarry-7-lantern"  # noqa: S105  # of people who live as long as the measurement
AGENT = "bench/1.0"
Told = dict[str, str]
"""What somebody types and holds: ``email``, ``secret`` of the authenticator, ``device_token``."""


async def invite(house: House, count: int) -> list[Told]:
    """Add ``count`` people, all with one password, and open their accounts."""
    people, now_ms = house.people, house.engine.now_ms()
    hashed = people.parts.hasher.hash(PASSWORD)
    accounts = TradingAccounts(house.engine, house.identity, people, FIRST_FEE_TIER, house.rights.changed)
    told = []
    for number in range(count):
        user_id, person = await asyncio.to_thread(_add, people, number, hashed, now_ms)
        await accounts.ensure(user_id)
        told.append(person)
    return told


def _add(people: People, number: int, hashed: str, now_ms: int) -> tuple[int, Told]:
    email, secret, parts = f"person{number}@example.com", authenticator.new_secret(), people.parts
    with parts.transaction() as session:
        row = parts.users.create(session, Contact(ContactKind.EMAIL, email), hashed, "CH", "", now_ms)
        row.sealed_authenticator = parts.users.seal(row, authenticator.FIELD, secret)
        device, device_token = parts.devices.add(session, row, Client("127.0.0.1", AGENT), now_ms)
        device.authorized_ms = now_ms
        return row.user_id, {"email": email, "secret": secret, "device_token": device_token}
