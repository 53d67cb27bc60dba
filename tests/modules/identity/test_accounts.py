"""Names of accounts, and the user ids that clients see."""

from collections.abc import Iterator

import pytest

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.modules.identity.api import Account, Identity, IdentityError, account_of, uid


@pytest.fixture
def identity(database_url: str) -> Iterator[Identity]:
    identity = Identity(database_url, MemorySecretBox(), lambda: 1)
    yield identity
    identity.close()


def test_accounts_are_found_by_name(identity: Identity) -> None:
    identity.register_account("ana", 2, -1)
    identity.register_account("ana.sub", 3, 2)
    assert identity.account_named("ana.sub") == Account(3, "ana.sub", 2)
    assert identity.account_named("bob") is None
    assert [account.name for account in identity.accounts()] == ["ana", "ana.sub"]


def test_the_same_registration_again_changes_nothing(identity: Identity) -> None:
    identity.register_account("ana", 2, -1)
    identity.register_account("ana", 2, -1)
    assert len(identity.accounts()) == 1


@pytest.mark.parametrize("taken", [("ana", 3, -1), ("bob", 2, -1), ("ana", 2, 7)])
def test_names_and_accounts_are_given_once(identity: Identity, taken: tuple[str, int, int]) -> None:
    identity.register_account("ana", 2, -1)
    with pytest.raises(IdentityError, match="taken"):
        identity.register_account(*taken)


@pytest.mark.parametrize(
    "user_id", ["", "abc", "-5", "9999999", "\uff11\uff10\uff10\uff10\uff10\uff10\uff10\uff12", "1" * 40]
)
def test_what_is_no_user_id_names_no_account(user_id: str) -> None:
    assert account_of(user_id) is None


def test_user_ids_go_both_ways() -> None:
    assert uid(2) == "10000002"
    assert account_of("10000002") == 2
