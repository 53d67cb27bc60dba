"""The door of identity: accounts by name, and the API keys that act for them."""

from lonja.modules.identity.domain import (
    Account,
    ApiKey,
    IdentityError,
    KeyNotFoundError,
    KeyPolicy,
    LimitReachedError,
    NameTakenError,
    Network,
    PassphraseFormatError,
    Permission,
    SubAccount,
    TooManyNetworksError,
    account_of,
    parse_permissions,
    uid,
)
from lonja.modules.identity.handlers import CreatedKey, Identity, KeyEntry
from lonja.modules.identity.opening import SubAccountOpening
from lonja.modules.identity.sub_accounts import SubAccounts
from lonja.storage.ports import SecretBox

__all__ = [
    "Account",
    "ApiKey",
    "CreatedKey",
    "Identity",
    "IdentityError",
    "KeyEntry",
    "KeyNotFoundError",
    "KeyPolicy",
    "LimitReachedError",
    "NameTakenError",
    "Network",
    "PassphraseFormatError",
    "Permission",
    "SecretBox",
    "SubAccount",
    "SubAccountOpening",
    "SubAccounts",
    "TooManyNetworksError",
    "account_of",
    "parse_permissions",
    "uid",
]
