"""Who belongs to whom: master accounts, their sub-accounts, and what a key of which may ask for.

Why here: transfers, balances and keys of sub-accounts are refused alike. Invariant: nobody learns of the sub-accounts of
another master.
"""

from lonja.core.views import AccountView
from lonja.edge.errors import refusal
from lonja.edge.rest.calls import PrivateCall
from lonja.modules.identity.api import SubAccount


def own_view(call: PrivateCall) -> AccountView:
    """The account that asks. Raises ``EdgeError`` 50008 when the core does not know it."""
    view = call.services.engine.views.account(call.account)
    if view is None:
        raise refusal("50008")
    return view


def is_sub(view: AccountView) -> bool:
    """Whether ``view`` is an account under another."""
    return view.master not in (-1, view.account)


def master_only(call: PrivateCall) -> AccountView:
    """The account that asks, a master. Raises ``EdgeError`` 59500 for sub-accounts."""
    view = own_view(call)
    if is_sub(view):
        raise refusal("59500")
    return view


def sub_account(call: PrivateCall, name: str, code: str = "59510") -> SubAccount:
    """The sub-account called ``name`` of the master that asks. Raises ``EdgeError`` with ``code`` for none."""
    found = call.services.identity.sub_accounts.named(call.account, name)
    if found is None:
        raise refusal(code)
    return found


def sibling(call: PrivateCall, view: AccountView, name: str) -> SubAccount:
    """The sub-account called ``name`` under the same master as ``view``. Raises ``EdgeError`` 58115 for none."""
    found = call.services.identity.sub_accounts.named(view.master, name)
    if found is None:
        raise refusal("58115")
    return found


def name_of(call: PrivateCall, account: int) -> str:
    """The name of a sub-account; "" for other accounts."""
    found = call.services.identity.sub_accounts.find(account)
    return "" if found is None else found.name
