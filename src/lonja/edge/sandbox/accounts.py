"""``/sandbox/accounts``: list the accounts of people, make one more, tell its key, fund it, drain it."""

import re
from typing import Final

from lonja.core.kinds import Ledger
from lonja.core.views import BalanceView
from lonja.edge.sandbox.control import (
    Params,
    Rows,
    SandboxControl,
    check_names,
    currency_named,
    text_in,
    wrong,
)
from lonja.edge.wire.numbers import text_of
from lonja.modules.identity.api import Account, uid

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}", re.ASCII)
_LEDGERS: Final = {"trading": Ledger.TRADING, "funding": Ledger.FUNDING}
_LEDGER_NAMES: Final = {ledger: name for name, ledger in _LEDGERS.items()}


async def show_accounts(control: SandboxControl, params: Params) -> Rows:
    """Every account of people with all its balances."""
    check_names(params)
    return [_row(control, account) for account in control.accounts.all()]


async def make_account(control: SandboxControl, params: Params) -> Rows:
    """One more account with money and a key, which are told here and in ``sandbox.json``."""
    check_names(params, "name", "funds")
    name = text_in(params, "name")
    if _NAME.fullmatch(name) is None:
        raise wrong("name", "it is a letter and up to 31 letters, digits, hyphens or underscores")
    account, key = await control.accounts.create(name, _funds(control, params.get("funds")))
    return [_row(control, account) | key._asdict()]


async def tell_key(control: SandboxControl, params: Params) -> Rows:
    """The key of an account, as ``sandbox.json`` has it: for a page that was loaded anew."""
    check_names(params, "account")
    account = _account(control, params)
    key = control.accounts.key(account.name)
    if key is None:
        raise wrong("account", "it has no key of the sandbox's")
    return [{"name": account.name, "uid": uid(account.account)} | key._asdict()]


async def fund_account(control: SandboxControl, params: Params) -> Rows:
    """Bring money into an account from outside."""
    check_names(params, "account", "currency", "amount", "ledger")
    account = _account(control, params)
    currency = currency_named(control, text_in(params, "currency"))
    amount = currency.parse(text_in(params, "amount"), "amount")
    await control.accounts.fund(account.account, currency.currency, _ledger(params), amount)
    return [_row(control, account)]


async def drain_account(control: SandboxControl, params: Params) -> Rows:
    """Take money out of an account: an amount, or all of a currency, or everything.

    Without an amount the account's orders are canceled first, so that they hold nothing back.
    """
    check_names(params, "account", "currency", "amount", "ledger")
    account = _account(control, params)
    name, amount = text_of(params, "currency"), text_of(params, "amount")
    ledger = _ledger(params)
    if amount:
        currency = currency_named(control, text_in(params, "currency"))
        parsed = currency.parse(amount, "amount")
        await control.accounts.take(account.account, currency.currency, ledger, parsed)
    elif text_of(params, "ledger"):
        raise wrong("ledger", "it is for an amount; without one both ledgers are drained")
    else:
        touched = [view.currency for view in control.accounts.balances(account.account)]
        wanted = [currency_named(control, name).currency] if name else touched
        await control.accounts.drain(account.account, wanted)
    return [_row(control, account)]


def _account(control: SandboxControl, params: Params) -> Account:
    found = control.accounts.find(text_in(params, "account"))
    if found is None:
        raise wrong("account", "there is no account of that name or user id")
    return found


def _ledger(params: Params) -> Ledger:
    name = text_of(params, "ledger")
    if name and name not in _LEDGERS:
        raise wrong("ledger", f"it is one of {', '.join(_LEDGERS)}")
    return _LEDGERS[name or "trading"]


def _funds(control: SandboxControl, given: object) -> dict[str, int] | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise wrong("funds", "it is an object of amounts by currency")
    funds: dict[str, int] = {}
    for name in given:
        currency = currency_named(control, name)
        if text_in(given, name) != "0":
            funds[currency.name] = currency.parse(text_in(given, name), name)
    return funds


def _row(control: SandboxControl, account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "uid": uid(account.account),
        "master": uid(account.master) if account.master >= 0 else "",
        "balances": [_balance(control, view) for view in control.accounts.balances(account.account)],
    }


def _balance(control: SandboxControl, view: BalanceView) -> dict[str, str]:
    currency = control.catalogue.currency(view.currency)
    return {
        "currency": currency.name,
        "ledger": _LEDGER_NAMES[Ledger(view.ledger)],
        "cash": currency.text(view.cash),
        "available": currency.text(view.cash - view.held),
    }
