"""API keys: made, found, checked, lapsed, removed, also by another process on the same database."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lonja.adapters.clock import ManualClock
from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.modules.identity import handlers, new_keys
from lonja.modules.identity.api import ApiKey, CreatedKey, Identity, IdentityError, KeyPolicy, Permission
from lonja.modules.identity.passphrases import hash_passphrase
from lonja.primitives.errors import DataError
from lonja.primitives.instant import DAY_MS, HOUR_MS

START_MS = 1_700_000_000_000


class House:
    """Two processes on one database, with one clock and one box."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.box = MemorySecretBox()
        self.clock = ManualClock(START_MS)
        self.server = Identity(self.url, self.box, self.clock.now_ms)
        self.commands = Identity(self.url, self.box, self.clock.now_ms)
        self.server.register_account("ana", 2, -1)

    def create(self, *permissions: str, networks: tuple[str, ...] = (), **options: Any) -> CreatedKey:
        return self.commands.create_key(2, permissions=permissions, networks=networks, **options)

    def find(self, created: CreatedKey) -> ApiKey | None:
        return self.server.find_key(created.key.api_key)


@pytest.fixture
def house(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(handlers, "REFRESH_SECONDS", -1.0)
    monkeypatch.setattr(new_keys, "hash_passphrase", partial(hash_passphrase, cost_log2=4))
    house = House(database_url)
    yield house
    house.server.close()
    house.commands.close()


def test_a_key_made_by_one_process_is_found_by_another(house: House) -> None:
    created = house.create("trade")
    key = house.find(created)
    assert key is not None
    assert key.secret == created.secret.encode()
    assert key.permissions == {Permission.READ, Permission.TRADE}
    assert key.account == 2
    assert house.find(created) is key, "a found key stays in memory"


def test_an_unknown_key_is_not_found(house: House) -> None:
    assert house.server.find_key("no-such-key") is None


async def test_the_passphrase_is_checked(house: House) -> None:
    created = house.commands.create_key(2, passphrase="Correct-horse1")
    key = house.find(created)
    assert key is not None
    assert not await house.server.passphrase_matches(key, "Correct-horse2")
    assert not house.server.passphrase_known(key, "Correct-horse1"), "not yet"
    assert await house.server.passphrase_matches(key, "Correct-horse1")
    assert house.server.passphrase_known(key, "Correct-horse1"), "from memory the second time"
    assert not house.server.passphrase_known(key, "Correct-horse2")
    assert not await house.server.passphrase_matches(key, "")


async def test_guessing_is_refused_unheard_but_the_owner_still_gets_in(house: House) -> None:
    created = house.create()
    key = house.find(created)
    assert key is not None
    assert await house.server.passphrase_matches(key, created.passphrase)
    answers = [await house.server.passphrase_matches(key, f"guess-{number}") for number in range(50)]
    assert not any(answers)
    assert house.server.passphrase_known(key, created.passphrase)


async def test_guessing_before_the_owner_spoke_does_not_lock_out_who_has_the_secret(house: House) -> None:
    created = house.create()
    key = house.find(created)
    assert key is not None
    for number in range(30):
        await house.server.passphrase_matches(key, f"guess-{number}")
    assert not await house.server.passphrase_matches(key, created.passphrase), "this could be one more guess"
    assert not await house.server.passphrase_matches(key, "wrong", is_owner=True)
    assert await house.server.passphrase_matches(key, created.passphrase, is_owner=True)


def test_a_removed_key_is_gone_for_every_process(house: House) -> None:
    created = house.create("trade")
    assert house.find(created) is not None
    house.commands.remove_key(created.key.api_key)
    assert house.find(created) is None
    assert house.commands.list_keys(2) == []
    with pytest.raises(IdentityError, match="no key"):
        house.commands.remove_key(created.key.api_key)


def test_neither_secret_nor_passphrase_is_on_disk(tmp_path: Path) -> None:
    house = House(f"sqlite:///{tmp_path / 'identity.sqlite'}")
    created = house.create("withdraw")
    house.server.close()
    house.commands.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert created.key.api_key.encode() in stored
    assert created.secret.encode() not in stored
    assert created.passphrase.encode() not in stored


@pytest.mark.parametrize(
    ("permissions", "networks", "lapses"),
    [
        (("trade",), (), True),
        (("withdraw",), (), True),
        (("read",), (), False),
        (("trade",), ("203.0.113.7",), False),
        (("trade", "withdraw"), ("203.0.113.0/24",), False),
    ],
)
def test_a_key_left_unused_for_14_days_lapses_unless_bound_or_read_only(
    house: House, permissions: tuple[str, ...], networks: tuple[str, ...], lapses: bool
) -> None:
    created = house.create(*permissions, networks=networks)
    house.clock.advance_ms(14 * DAY_MS - 1)
    assert house.find(created) is not None
    house.clock.advance_ms(1)
    assert (house.find(created) is None) is lapses
    assert [entry.lapsed for entry in house.commands.list_keys()] == [lapses]


def test_use_keeps_a_key_alive_also_when_another_process_saw_the_use(house: House) -> None:
    created = house.create("trade")
    key = house.find(created)
    assert key is not None
    house.commands.find_key(key.api_key)
    house.clock.advance_ms(10 * DAY_MS)
    house.commands.touch(key, house.clock.now_ms())
    house.commands.flush()
    house.clock.advance_ms(10 * DAY_MS)
    assert house.find(created) is not None, "used ten days ago"
    house.clock.advance_ms(4 * DAY_MS)
    assert house.find(created) is None
    assert house.commands.find_key(key.api_key) is None, "a lapsed key does not come back"


def test_use_not_yet_written_counts(house: House) -> None:
    created = house.create("trade")
    for _ in range(5):
        key = house.find(created)
        assert key is not None
        house.server.touch(key, house.clock.now_ms())
        house.clock.advance_ms(10 * DAY_MS)
    house.server.flush()
    assert house.commands.list_keys()[0].last_used_ms == START_MS + 40 * DAY_MS


def test_a_key_may_be_made_not_to_lapse(house: House) -> None:
    created = house.create("trade", lapses=False)
    house.clock.advance_ms(1_000 * DAY_MS)
    assert house.find(created) is not None


def test_the_days_are_a_setting(tmp_path: Path) -> None:
    clock = ManualClock(START_MS)
    policy = KeyPolicy(unused_days_max=1)
    identity = Identity(f"sqlite:///{tmp_path}/i.sqlite", MemorySecretBox(), clock.now_ms, policy)
    identity.register_account("ana", 2, -1)
    created = identity.create_key(2, permissions=["trade"])
    clock.advance_ms(23 * HOUR_MS)
    assert identity.find_key(created.key.api_key) is not None
    clock.advance_ms(HOUR_MS)
    assert identity.find_key(created.key.api_key) is None
    identity.close()


def test_lower_limits_are_for_new_keys(house: House) -> None:
    created = house.create("trade", networks=("203.0.113.7", "198.51.100.0/24"))
    house.server.policy_of = house.commands.policy_of = lambda: KeyPolicy(networks_max=1)
    key = house.find(created)
    assert key is not None
    assert len(key.networks) == 2
    with pytest.raises(IdentityError):
        house.create("trade", networks=("203.0.113.7", "198.51.100.0/24"))


def test_a_bound_key_is_refused_from_elsewhere(house: House) -> None:
    key = house.create("trade", networks=("203.0.113.7", "198.51.100.0/24", "2001:db8::/32")).key
    answers = {
        address: key.allows_address(address)
        for address in ("203.0.113.7", "203.0.113.8", "198.51.100.200", "2001:db8::1", "::ffff:203.0.113.7", "x")
    }
    assert answers == {
        "203.0.113.7": True,
        "203.0.113.8": False,
        "198.51.100.200": True,
        "2001:db8::1": True,
        "::ffff:203.0.113.7": True,
        "x": False,
    }
    assert house.create("trade").key.allows_address("192.0.2.1")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"networks": [f"203.0.113.{n}" for n in range(21)]}, "at most 20 addresses or networks, 21 were given"),
        ({"networks": ["203.0.113.300"]}, "'203.0.113.300' is no IP address or network"),
        ({"networks": ["203.0.113.7/24"]}, "has host bits set"),
        ({"permissions": ["fly"]}, "no permission 'fly'. Choose among read, trade, withdraw"),
        ({"label": "x" * 51}, "at most 50 printable"),
        ({"label": "a\nb"}, "printable"),
        ({"passphrase": "short"}, "8 to 32"),
        ({"passphrase": "has a space in it"}, "no spaces"),
        ({"passphrase": "pässwörter"}, "ASCII"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(house: House, options: dict, sentence: str) -> None:
    with pytest.raises(IdentityError, match="(?s).*" + sentence.replace("(", r"\(")):
        house.commands.create_key(2, **options)
    assert house.commands.list_keys() == []


def test_twenty_addresses_fit(house: House) -> None:
    key = house.create("trade", networks=tuple(f"203.0.113.{n}" for n in range(20))).key
    assert len(key.networks) == 20


def test_an_account_has_at_most_so_many_keys(house: House, tmp_path: Path) -> None:
    small = Identity(house.url, house.box, house.clock.now_ms, KeyPolicy(keys_per_account_max=2))
    first = small.create_key(2)
    small.create_key(2)
    with pytest.raises(IdentityError, match="2 keys already"):
        small.create_key(2)
    small.remove_key(first.key.api_key)
    small.create_key(2)
    small.close()


def test_a_key_needs_an_account(house: House) -> None:
    with pytest.raises(IdentityError, match="no account 10000009"):
        house.commands.create_key(9)


async def test_finding_a_key_and_its_passphrase_again_costs_microseconds(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "REFRESH_SECONDS", 1.0)
    created = house.create("trade")
    key = house.find(created)
    assert key is not None
    await house.server.passphrase_matches(key, created.passphrase)
    rounds, best = 2_000, float("inf")
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(rounds):
            house.server.passphrase_known(key, created.passphrase)
        best = min(best, (time.perf_counter() - began) / rounds)
    assert best < 20e-6, "ten times the budget, since test machines are busy"


def test_a_found_key_outlives_its_database_for_a_while(house: House) -> None:
    created = house.create("trade")
    assert house.find(created) is not None
    with house.commands._database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE registry RENAME TO registry_gone")
        connection.exec_driver_sql("ALTER TABLE api_keys RENAME TO api_keys_gone")
    assert house.find(created) is not None, "trading goes on"
    with pytest.raises(DataError, match="cannot be used"):
        house.server.find_key("another")
