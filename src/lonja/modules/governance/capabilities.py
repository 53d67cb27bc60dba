"""Everything a person may be allowed to do, by one name each, and the groups that rules speak of.

Why here: rules, snapshots and pages name capabilities as text, so a name is a promise. Invariant: names are never
given a second meaning; a group named in a rule file exists here.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from lonja.primitives.errors import DataError


class Capability(StrEnum):
    """One thing that is allowed, limited or denied as a whole."""

    ACCOUNT_VIEW = "account.view"
    ACCOUNT_OPERATE = "account.operate"
    SECURITY_MANAGE = "security.manage"
    VERIFICATION_APPLY = "verification.apply"
    WALLET = "wallet.self_custody"
    TRADE_SPOT = "trade.spot"
    TRADE_CONVERT = "trade.convert"
    TRADE_RECURRING = "trade.recurring"
    TRADE_MARGIN = "trade.margin"
    TRADE_PERPETUAL = "trade.perpetual"
    TRADE_FUTURES = "trade.futures"
    TRADE_OPTIONS = "trade.options"
    TRADE_BLOCK = "trade.block"
    TRADE_DEFI = "trade.defi"
    BOTS_GRID = "bots.grid"
    BOTS_SIGNAL = "bots.signal"
    COPY_FOLLOW = "copy.follow"
    COPY_LEAD = "copy.lead"
    LEVERAGE_MARGIN = "leverage.margin"
    LEVERAGE_DERIVATIVES = "leverage.derivatives"
    MONEY_DEPOSIT = "money.deposit"
    MONEY_WITHDRAW = "money.withdraw"
    MONEY_SEND = "money.send"
    MONEY_TRANSFER = "money.transfer"
    FIAT_DEPOSIT = "fiat.deposit"
    FIAT_WITHDRAW = "fiat.withdraw"
    FIAT_CARD = "fiat.card"
    P2P_BUY = "p2p.buy"
    P2P_SELL = "p2p.sell"
    P2P_MERCHANT = "p2p.merchant"
    EARN_FLEXIBLE = "earn.flexible"
    EARN_FIXED = "earn.fixed"
    EARN_STAKING = "earn.staking"
    LOANS_BORROW = "loans.borrow"
    PAY_SEND = "pay.send"
    PAY_RECEIVE = "pay.receive"
    CAMPAIGNS_JOIN = "campaigns.join"
    SUB_ACCOUNTS = "sub_accounts.open"
    API_READ = "api.read"
    API_TRADE = "api.trade"
    API_WITHDRAW = "api.withdraw"


C = Capability

DESCRIPTIONS: Final[Mapping[Capability, str]] = {
    C.ACCOUNT_VIEW: "Seeing the account",
    C.ACCOUNT_OPERATE: "Operating the account",
    C.SECURITY_MANAGE: "Changing security settings",
    C.VERIFICATION_APPLY: "Applying for verification",
    C.WALLET: "The self-custody wallet",
    C.TRADE_SPOT: "Spot trading",
    C.TRADE_CONVERT: "Converting currencies",
    C.TRADE_RECURRING: "Recurring buys",
    C.TRADE_MARGIN: "Margin trading",
    C.TRADE_PERPETUAL: "Trading perpetual contracts",
    C.TRADE_FUTURES: "Trading futures",
    C.TRADE_OPTIONS: "Trading options",
    C.TRADE_BLOCK: "Block trading",
    C.TRADE_DEFI: "Trading on decentralized markets from the exchange",
    C.BOTS_GRID: "Trading bots",
    C.BOTS_SIGNAL: "Signal bots",
    C.COPY_FOLLOW: "Copying a lead trader",
    C.COPY_LEAD: "Being a lead trader",
    C.LEVERAGE_MARGIN: "Leverage on margin",
    C.LEVERAGE_DERIVATIVES: "Leverage on derivatives",
    C.MONEY_DEPOSIT: "Depositing",
    C.MONEY_WITHDRAW: "Withdrawing",
    C.MONEY_SEND: "Sending to another customer",
    C.MONEY_TRANSFER: "Transferring between own accounts",
    C.FIAT_DEPOSIT: "Depositing from a bank",
    C.FIAT_WITHDRAW: "Withdrawing to a bank",
    C.FIAT_CARD: "Buying by card",
    C.P2P_BUY: "Buying peer to peer",
    C.P2P_SELL: "Selling peer to peer",
    C.P2P_MERCHANT: "Being a peer-to-peer merchant",
    C.EARN_FLEXIBLE: "Flexible Earn products",
    C.EARN_FIXED: "Fixed-term Earn products",
    C.EARN_STAKING: "Staking",
    C.LOANS_BORROW: "Borrowing",
    C.PAY_SEND: "Paying with Pay",
    C.PAY_RECEIVE: "Being paid with Pay",
    C.CAMPAIGNS_JOIN: "Joining campaigns",
    C.SUB_ACCOUNTS: "Opening sub-accounts",
    C.API_READ: "Reading by API",
    C.API_TRADE: "Trading by API",
    C.API_WITHDRAW: "Withdrawing by API",
}
"""Each capability as the beginning of a sentence."""

TRADING: Final = frozenset(
    {
        C.TRADE_SPOT,
        C.TRADE_CONVERT,
        C.TRADE_RECURRING,
        C.TRADE_MARGIN,
        C.TRADE_PERPETUAL,
        C.TRADE_FUTURES,
        C.TRADE_OPTIONS,
        C.TRADE_BLOCK,
        C.TRADE_DEFI,
        C.BOTS_GRID,
        C.BOTS_SIGNAL,
        C.COPY_FOLLOW,
        C.COPY_LEAD,
        C.LEVERAGE_MARGIN,
        C.LEVERAGE_DERIVATIVES,
        C.API_TRADE,
    }
)
MONEY_OUT: Final = frozenset(
    {
        C.MONEY_WITHDRAW,
        C.MONEY_SEND,
        C.FIAT_WITHDRAW,
        C.P2P_SELL,
        C.PAY_SEND,
        C.API_WITHDRAW,
    }
)
MONEY_IN: Final = frozenset({C.MONEY_DEPOSIT, C.FIAT_DEPOSIT, C.FIAT_CARD, C.P2P_BUY, C.PAY_RECEIVE})
PRODUCTS: Final = frozenset(
    {
        C.EARN_FLEXIBLE,
        C.EARN_FIXED,
        C.EARN_STAKING,
        C.LOANS_BORROW,
        C.CAMPAIGNS_JOIN,
        C.P2P_MERCHANT,
        C.SUB_ACCOUNTS,
    }
)

GROUPS: Final[Mapping[str, frozenset[Capability]]] = {
    "everything": frozenset(Capability),
    "trading": TRADING,
    "money_out": MONEY_OUT,
    "money_in": MONEY_IN,
    "products": PRODUCTS,
    "p2p": frozenset({C.P2P_BUY, C.P2P_SELL, C.P2P_MERCHANT}),
}
"""Names that rules may use for several capabilities at once."""

PATHS_OF_TRADE: Final = TRADING | MONEY_IN | MONEY_OUT | PRODUCTS
"""Every path by which something is bought, sold, lent or moved in or out."""


class Unit(StrEnum):
    """What the number of a limit counts."""

    NONE = ""
    USD_CENTS_24H = "usd_cents_24h"
    USD_CENTS_LIFETIME = "usd_cents_lifetime"
    LEVERAGE = "leverage"
    REDUCE_ONLY = "reduce_only"


LIMIT_UNITS: Final[Mapping[Capability, Unit]] = {
    C.MONEY_DEPOSIT: Unit.USD_CENTS_24H,
    C.MONEY_WITHDRAW: Unit.USD_CENTS_24H,
    C.MONEY_SEND: Unit.USD_CENTS_24H,
    C.FIAT_DEPOSIT: Unit.USD_CENTS_24H,
    C.FIAT_WITHDRAW: Unit.USD_CENTS_24H,
    C.FIAT_CARD: Unit.USD_CENTS_24H,
    C.P2P_BUY: Unit.USD_CENTS_LIFETIME,
    C.LEVERAGE_MARGIN: Unit.LEVERAGE,
    C.LEVERAGE_DERIVATIVES: Unit.LEVERAGE,
}
"""Capabilities with a ceiling per KYC level, the rule ``limit.NAME``."""

SPENT: Final = frozenset({Unit.USD_CENTS_24H, Unit.USD_CENTS_LIFETIME})
"""Units of which something is used up."""


def capabilities(names: Iterable[str]) -> frozenset[Capability]:
    """The capabilities that a rule names, groups resolved. Raises ``DataError`` for an unknown name."""
    found: set[Capability] = set()
    for name in names:
        if name in GROUPS:
            found |= GROUPS[name]
        elif name in set(Capability):
            found.add(Capability(name))
        else:
            raise DataError(f"A rule names {name!r}, which is no capability and no group.", "Correct the rule file.")
    return frozenset(found)
