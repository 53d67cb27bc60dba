"""The parameters of the operations on sub-accounts."""

from typing import Final

from lonja.edge.wire.requests import WIRE_NAMES, Paged, Request

NAMES: Final[dict[str, str]] = {
    **WIRE_NAMES,
    "sub_accounts": "subAcct",
    "sub_user_id": "subUid",
    "password": "pwd",
    "kind": "type",
    "permissions": "perm",
    "addresses": "ip",
    "api_key": "apiKey",
    "from_sub_account": "fromSubAccount",
    "to_sub_account": "toSubAccount",
    "loan_transfer": "loanTrans",
    "ignore_risk": "omitPosRisk",
    "can_transfer_out": "canTransOut",
    "enabled": "enable",
}


class _Request(Request, frozen=True, kw_only=True, rename=NAMES.get):
    """No parameters."""


class ListSubAccounts(Paged, frozen=True, kw_only=True, rename=NAMES.get):
    """Which sub-accounts; ``after`` and ``before`` are times of creation in milliseconds."""

    enabled: str = ""
    sub_account: str = ""


class CreateSubAccount(_Request, frozen=True, kw_only=True):
    """A name of 6 to 20 letters and digits; ``type`` is 1."""

    sub_account: str
    kind: str
    label: str = ""
    password: str = ""


class SetFrozen(_Request, frozen=True, kw_only=True):
    """Whether a sub-account may neither trade nor send money."""

    sub_account: str
    frozen: bool


class CreateKey(_Request, frozen=True, kw_only=True):
    """A key for a sub-account: ``perm`` is ``read_only`` and or ``trade``, ``ip`` up to 20 addresses or networks."""

    sub_account: str
    label: str
    passphrase: str
    permissions: str = ""
    addresses: str = ""


class FindKeys(_Request, frozen=True, kw_only=True):
    """A sub-account, and one of its keys unless all are meant."""

    sub_account: str
    api_key: str = ""


class ChangeKey(_Request, frozen=True, kw_only=True):
    """A key and what becomes of it; an empty ``ip`` binds it to no address."""

    sub_account: str
    api_key: str
    label: str = ""
    permissions: str = ""
    addresses: str | None = None


class RemoveKey(_Request, frozen=True, kw_only=True):
    """A key."""

    sub_account: str
    api_key: str


class SubAccountOf(_Request, frozen=True, kw_only=True):
    """A sub-account."""

    sub_account: str


class SubAccountCurrencies(_Request, frozen=True, kw_only=True):
    """A sub-account and currencies, separated by commas."""

    sub_account: str
    currencies: str = ""


class SubAccountBills(Paged, frozen=True, kw_only=True, rename=NAMES.get):
    """Which transfers: ``type`` 0 from the master, 1 to it. ``after`` and ``before`` are times in milliseconds."""

    currency: str = ""
    kind: str = ""
    sub_account: str = ""


class ManagedBills(SubAccountBills, frozen=True, kw_only=True, rename=NAMES.get):
    """Which transfers of sub-accounts managed for others."""

    sub_user_id: str = ""


class TransferBetween(_Request, frozen=True, kw_only=True):
    """An amount to move between two sub-accounts, of funding (6) or trading (18)."""

    currency: str
    amount: str
    from_ledger: str
    to_ledger: str
    from_sub_account: str
    to_sub_account: str
    loan_transfer: bool = False
    ignore_risk: str = ""


class AllowTransfers(_Request, frozen=True, kw_only=True):
    """Up to 20 sub-accounts, separated by commas, and whether they may transfer to each other."""

    sub_accounts: str
    can_transfer_out: bool = True


class Entrusted(_Request, frozen=True, kw_only=True):
    """A sub-account."""

    sub_account: str = ""
