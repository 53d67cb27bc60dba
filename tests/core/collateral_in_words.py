"""Collateral and debts in words, for scenarios.

worth BTC 100.5                      (US dollars for a whole unit)
discount BTC 1 to=1000 rate=950000   (tier 1: up to 1000 units at 95 %)
lend USD limit=5000 imr=100000 mmr=30000 [penalty=10000] [free=100]
ann auto_borrow on|off
ann borrow 10 BTC                    ann repay 10 BTC
margin_tier BTC-USD 1 base=50 quote=5000 imr=100000 mmr=40000
ann pocket BTC-USD                   (called ann_pocket)
interest USD 1000000 [hour=0]        (a rate in millionths of a millionth)
collateral ann                       (what ann has, what orders may cost, what is needed and borrowed, what is free)
"""

from collections.abc import Callable
from decimal import Decimal

from lonja.core import collateral_events as ce
from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.collateral import sheet_of
from lonja.core.collateral_commands import (
    AccrueInterest,
    ChangeLoan,
    DefineBorrowTerms,
    DefineDiscountTier,
    DefineMarginTier,
    OpenPocket,
    SetAutoBorrow,
    SetCurrencyPrice,
)
from lonja.core.state import State
from tests.core.events_in_words import Names

Options = dict[str, str]
TRILLION = 10**12


def _worth(plain: list[str], options: Options, names: Names) -> c.Command:
    return SetCurrencyPrice(currency=_code(plain[0], names), price=int(Decimal(plain[1]) * TRILLION))


def _code(name: str, names: Names) -> int:
    return names.currencies.index(name)


def _discount(plain: list[str], options: Options, names: Names) -> c.Command:
    code, tier = _code(plain[0], names), int(plain[1])
    return DefineDiscountTier(currency=code, tier=tier, amount_max=int(options["to"]), rate_ppm=int(options["rate"]))


def _lend(plain: list[str], options: Options, names: Names) -> c.Command:
    return DefineBorrowTerms(
        currency=_code(plain[0], names),
        limit_max=int(options["limit"]),
        initial_ppm=int(options["imr"]),
        maintenance_ppm=int(options["mmr"]),
        penalty_ppm=int(options.get("penalty", "0")),
        interest_free=int(options.get("free", "0")),
    )


def _interest(plain: list[str], options: Options, names: Names) -> c.Command:
    return AccrueInterest(currency=_code(plain[0], names), rate=int(plain[1]), hour_ms=int(options.get("hour", "0")))


def _auto_borrow(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    return SetAutoBorrow(account=account, enabled=int(plain[2] == "on"))


def _borrow(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    sign = 1 if plain[1] == "borrow" else -1
    return ChangeLoan(account=account, currency=_code(plain[3], names), amount=sign * int(plain[2]))


def _margin_tier(plain: list[str], options: Options, names: Names) -> c.Command:
    return DefineMarginTier(
        instrument=_instrument(plain[0], names),
        tier=int(plain[1]),
        base_max=int(options["base"]),
        quote_max=int(options["quote"]),
        initial_ppm=int(options["imr"]),
        maintenance_ppm=int(options["mmr"]),
    )


def _instrument(name: str, names: Names) -> int:
    return names.instruments.index(name) if name in names.instruments else int(name)


def _pocket(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    return OpenPocket(account=account, instrument=_instrument(plain[2], names))


OPERATOR_WORDS: dict[str, Callable[[list[str], Options, Names], c.Command]] = {
    "worth": _worth,
    "discount": _discount,
    "lend": _lend,
    "interest": _interest,
    "margin_tier": _margin_tier,
}
TRADER_WORDS: dict[str, Callable[[int, list[str], Options, Names], c.Command]] = {
    "auto_borrow": _auto_borrow,
    "borrow": _borrow,
    "repay": _borrow,
    "pocket": _pocket,
}


def tell_collateral(event: e.Event, names: Names) -> str:
    """One line about ``event``."""
    match event:
        case ce.LendingDeskOpened():
            names.accounts.append("desk")
            return f"lending desk: account {event.account}"
        case ce.CurrencyPriceSet():
            return f"{names.currencies[event.currency]} is worth {_price(event.price)}"
        case ce.DiscountTierDefined():
            tier = f"tier {event.tier} up to {event.amount_max}: {event.rate_ppm} ppm"
            return f"{names.currencies[event.currency]} counts, {tier}"
        case ce.BorrowTermsDefined():
            rates = f"{event.initial_ppm}/{event.maintenance_ppm}/{event.penalty_ppm} ppm"
            return f"{names.currencies[event.currency]} is lent up to {event.limit_max}: {rates}"
        case ce.AutoBorrowSet():
            return f"auto-borrow of {names.accounts[event.account]}: {'on' if event.enabled else 'off'}"
        case ce.MarginTierDefined():
            rates = f"{event.initial_ppm}/{event.maintenance_ppm} ppm"
            up_to = f"up to {event.base_max} and {event.quote_max}"
            return f"{names.instruments[event.instrument]} lends, tier {event.tier}, {up_to}: {rates}"
        case ce.PocketOpened():
            names.accounts.append(f"{names.accounts[event.account]}_pocket")
            return f"pocket {event.pocket}: {names.accounts[event.pocket]} in {names.instruments[event.instrument]}"
        case ce.AccountWarned():
            return f"warned {names.accounts[event.account]}: ratio {event.ratio_ppm} ppm"
    return _tell_money(event, names)


def _price(price: int) -> str:
    return f"{(Decimal(price) / TRILLION).normalize():f}"


def _tell_money(event: e.Event, names: Names) -> str:
    match event:
        case ce.InterestAccrued():
            owner, currency = names.accounts[event.account], names.currencies[event.currency]
            return (
                f"interest of {owner}: {event.amount} {currency} on {event.liability}, "
                f"cash {event.balance}, desk {event.desk_balance}"
            )
        case ce.CollateralTaken():
            owner, currency, debt = (
                names.accounts[event.account],
                names.currencies[event.currency],
                names.currencies[event.debt_currency],
            )
            return (
                f"collateral of {owner}: {event.taken} {currency} pay {event.repaid} {debt}, cash {event.balance} "
                f"and {event.debt_balance}, desk {event.desk_balance} and {event.desk_debt_balance}"
            )
        case ce.LoanChanged():
            owner, currency = names.accounts[event.account], names.currencies[event.currency]
            return f"loan of {owner}: {event.amount:+} to {event.loan} {currency}, cash {event.balance}, desk {event.desk_balance}"
        case ce.DebtCovered():
            owner, currency = names.accounts[event.account], names.currencies[event.currency]
            return f"debt of {owner} covered: {event.amount} {currency}, desk {event.desk_balance}"
    raise AssertionError(f"no words for {event}")


def sheet_in_words(state: State, account: int, trader: str) -> str:
    """The sheet of an account, in US dollars."""
    sheet = sheet_of(state, account)
    told = {
        "equity": sheet.equity,
        "orders cost": sheet.cost,
        "needed": sheet.needed,
        "borrowed": sheet.borrowed,
        "free": sheet.free(),
    }
    amounts = [f"{name} {_dollars(amount)}" for name, amount in told.items()]
    return f"{trader}: {', '.join(amounts)}"


def _dollars(amount: int) -> str:
    exact = Decimal(amount).scaleb(-36)
    return f"{exact.normalize():f}" if amount else "0"
