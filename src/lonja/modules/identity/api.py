"""The door of identity: accounts by name, and the API keys that act for them."""

from lonja.modules.identity.domain import (
    Account,
    ApiKey,
    IdentityError,
    KeyPolicy,
    Network,
    Permission,
    account_of,
    parse_permissions,
    uid,
)
from lonja.modules.identity.handlers import CreatedKey, Identity, KeyEntry
from lonja.modules.identity.ports import SecretBox

__all__ = [
    "Account",
    "ApiKey",
    "CreatedKey",
    "Identity",
    "IdentityError",
    "KeyEntry",
    "KeyPolicy",
    "Network",
    "Permission",
    "SecretBox",
    "account_of",
    "parse_permissions",
    "uid",
]
