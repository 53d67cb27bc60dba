"""What the account API needs of the house, in one immutable record, built once by ``bootstrap``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lonja.modules.identity.api import Identity, People, TradingAccounts

ACCOUNT_PREFIX: Final = "/api/account"


@dataclass(frozen=True, slots=True)
class AccountServices:
    """``clock`` gives the exchange's time in milliseconds; ``origins`` are the addresses our own pages come from."""

    people: People
    identity: Identity
    trading_accounts: TradingAccounts
    clock: Callable[[], int]
    origins: tuple[str, ...] = ()
    body_bytes_max: int = 1 << 16
