"""The keys that ``sandbox.json`` shows, the same at every start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.bootstrap.sandbox_keys import FILE_NAME, SandboxKeys, ensure_keys
from lonja.modules.identity.api import Identity
from lonja.primitives.errors import DataCorruptError
from lonja.primitives.instant import DAY_MS

CUSTOMERS = {"trader": 2, "trader2": 3}


class Place:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.box = MemorySecretBox()
        self.now_ms = 1
        self.identity = Identity(f"sqlite:///{folder}/i.sqlite", self.box, lambda: self.now_ms)
        for name, account in CUSTOMERS.items():
            self.identity.register_account(name, account, -1)

    def shown(self):
        return ensure_keys(self.folder, self.identity, self.box, CUSTOMERS)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.identity.close()


async def test_each_customer_has_a_working_key(place: Place) -> None:
    for shown in place.shown():
        key = place.identity.find_key(shown.api_key)
        assert key is not None
        assert key.account == CUSTOMERS[shown.name]
        assert key.secret.decode() == shown.secret_key
        assert key.demo is None, "with and without the demo header"
        assert await place.identity.passphrase_matches(key, shown.passphrase)
        assert shown.uid == str(10_000_000 + key.account)
        assert shown.permissions == "read,trade,withdraw"


def test_they_stay_the_same_also_after_months(place: Place) -> None:
    before = place.shown()
    place.now_ms += 100 * DAY_MS
    assert place.shown() == before


def test_a_removed_key_is_replaced_alone(place: Place) -> None:
    before = place.shown()
    place.identity.remove_key(before[0].api_key)
    after = place.shown()
    assert after[0].api_key != before[0].api_key
    assert after[1] == before[1]
    assert place.shown() == after


def test_passphrases_rest_sealed(place: Place) -> None:
    shown = place.shown()
    data = (place.folder / FILE_NAME).read_bytes()
    assert shown[0].passphrase.encode() not in data
    assert shown[0].api_key.encode() not in data


def test_a_lost_file_costs_new_keys_only(place: Place) -> None:
    before = place.shown()
    (place.folder / FILE_NAME).unlink()
    assert place.shown()[0].api_key != before[0].api_key


def test_a_damaged_file_is_named(place: Place) -> None:
    place.shown()
    (place.folder / FILE_NAME).write_bytes(b"rubbish")
    with pytest.raises(DataCorruptError):
        place.shown()


def test_a_key_is_told_again_by_name(place: Place) -> None:
    keys = SandboxKeys(place.folder, place.identity, place.box)
    shown = {account.name: account for account in keys.ensure(CUSTOMERS)}
    found = keys.key("trader2")
    assert found is not None
    assert (found.api_key, found.secret_key) == (shown["trader2"].api_key, shown["trader2"].secret_key)
    assert keys.key("nobody") is None
