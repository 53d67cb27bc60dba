"""The door to the engine: send commands, read state, hear events.

Everything outside (edge, modules, CLI) uses this and nothing else of the engine or the core's machine.
Invariant: an outcome is returned only after its command is durable and every subscriber has seen its events.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from lonja.core.commands import Command, PlaceContractOrder, PlaceOrder
from lonja.core.events import Event
from lonja.core.margin_commands import PlaceMarginOrder
from lonja.core.views import (
    AccountView,
    AlgoView,
    BalanceView,
    CollateralView,
    ContractView,
    CurrencyTermsView,
    CurrencyView,
    FamilyView,
    FeeRatesView,
    InstrumentView,
    LevelView,
    LiabilityView,
    MarginTierView,
    MarginView,
    ModeBlockersView,
    OrderTerms,
    OrderView,
    Outcome,
    PocketPositionView,
    PocketView,
    PositionView,
    PrecheckView,
    WithdrawalHoldView,
)
from lonja.primitives.errors import LonjaError

__all__ = ["Answer", "Engine", "EngineViews", "EventBatch", "IsLate", "Subscriber"]


class EventBatch(NamedTuple):
    """The events of one group commit, in order."""

    shard: int
    epoch: int
    first_command: int
    first_sequence: int
    last_sequence: int
    time_ms: int
    events: tuple[Event, ...]


Subscriber = Callable[[EventBatch], None]
"""Called on the engine's thread after a batch is durable and applied, before its senders are answered. Must be quick
and must not raise; slow work takes the batch to a queue of its own."""


Answer = Callable[[list[Outcome] | LonjaError], None]
"""Called once on the engine's thread, after all subscribers: an outcome for each command, or why nobody can tell. Must
be quick and must not raise."""


IsLate = Callable[[], bool]
"""Asked once on the engine's thread, right before commands are numbered: whether they have waited too long. Must be quick
and must not raise."""


class EngineViews(Protocol):
    """Reading the live state; current as of the last answered command."""

    def currencies(self) -> Sequence[CurrencyView]:
        """All currencies, by id."""

    def instruments(self) -> Sequence[InstrumentView]:
        """All instruments, by code."""

    def instrument(self, instrument: int) -> InstrumentView | None:
        """One instrument, or None."""

    def account(self, account: int) -> AccountView | None:
        """One account, or None."""

    def account_count(self) -> int:
        """How many accounts exist."""

    def balances(self, account: int) -> Sequence[BalanceView]:
        """All balances of an account that were ever touched, by currency and ledger."""

    def balance(self, account: int, currency: int, ledger: int) -> BalanceView:
        """One balance; zero when never touched."""

    def open_orders(self, account: int) -> Sequence[OrderView]:
        """Open orders of an account, oldest first."""

    def order(self, order_id: int) -> OrderView | None:
        """An open order, or None."""

    def find_client_order(self, account: int, client_order_id: str) -> OrderView | None:
        """The open order with this client order id, or None."""

    def levels(self, instrument: int, side: int, depth: int) -> Sequence[LevelView]:
        """The best ``depth`` levels of one side, best first."""

    def fee_rates(self, account: int, instrument: int) -> FeeRatesView:
        """Rates that apply to an account for an instrument."""

    def withdrawal_holds(self, account: int) -> Sequence[WithdrawalHoldView]:
        """Withdrawal holds of an account that are not over, by number."""

    def families(self) -> Sequence[FamilyView]:
        """All families of contracts, by code."""

    def contract(self, instrument: int) -> ContractView | None:
        """What makes an instrument a contract, or None when it is none."""

    def bears(self, instrument: int, mark: int) -> bool:
        """Whether what is held of a contract can be valued at ``mark`` ticks; no other mark is taken. It must exist."""

    def positions(self, account: int) -> Sequence[PositionView]:
        """Positions that an account holds or has named by an order or a setting, the earliest first."""

    def leverage(self, account: int, instrument: int, margin_mode: int, position_side: int) -> int:
        """The leverage (hundredths) of a position, there or to come; account and instrument must exist."""

    def margin(self, account: int, currency: int) -> MarginView:
        """What an account has of a currency for contracts, and what its positions need; both must exist."""

    def largest_order(self, terms: OrderTerms) -> int:
        """The most lots of an order for a contract that would be admitted; account and instrument must exist."""

    def precheck(self, command: PlaceOrder | PlaceContractOrder | PlaceMarginOrder) -> PrecheckView:
        """What an order would do, without placing it; its account, or the owner of its pocket, is in multi-currency mode."""

    def collateral(self, account: int) -> CollateralView:
        """What an account has and needs in US dollars; it must exist."""

    def liabilities(self, account: int) -> Sequence[LiabilityView]:
        """Every currency that an account in multi-currency mode ever had, by number; none in other modes."""

    def currency_terms(self, currency: int) -> CurrencyTermsView:
        """What a currency is worth as collateral and how it is borrowed; it must exist."""

    def mode_blockers(self, account: int, account_mode: int) -> ModeBlockersView:
        """What keeps an account from changing to a mode; the account must exist and have another mode."""

    def pocket(self, account: int) -> PocketView | None:
        """The pocket that an account is, or None."""

    def pockets(self, account: int) -> Sequence[PocketView]:
        """The pockets of an account, the earliest opened first."""

    def pocket_position(self, account: int) -> PocketPositionView | None:
        """What the pocket that an account is holds and owes, or None."""

    def pocket_leverage(self, account: int, instrument: int, margin_mode: int) -> int:
        """The leverage (hundredths) of an account's pockets, there or to come; 0 where nothing is lent. Both must exist."""

    def margin_tiers(self, instrument: int) -> tuple[MarginTierView, ...]:
        """What pockets may borrow in a spot instrument; it must exist."""

    def lending_desk(self) -> int:
        """The house's account that lends and takes collateral; -1 while there is none."""

    def algos(self, account: int) -> Sequence[AlgoView]:
        """Open algo orders of an account, the oldest first."""

    def algo(self, algo_id: int) -> AlgoView | None:
        """An open algo order, or None."""

    def last_price(self, instrument: int) -> int:
        """The price of the last trade in ticks, 0 for none; the instrument must exist."""

    def last_sequence(self) -> int:
        """Number of the last event."""

    def state_hash(self) -> str:
        """Hex digest of the whole state; slow, for proofs."""


class Engine(Protocol):
    """The running exchange."""

    @property
    def views(self) -> EngineViews:
        """Reads of the live state."""

    def now_ms(self) -> int:
        """The exchange's time: never behind that of the last command."""

    def next_timer_ms(self) -> int:
        """When the next timer of an account is due, 0 when none is set. It fires by itself once its time has come."""

    def send(self, commands: Sequence[Command], answer: Answer, is_late: IsLate | None = None) -> None:
        """Number, journal and apply ``commands``, in order and in one group commit; ``answer`` hears what came of it.

        The quickest way in: no coroutine waits. Few commands at a time. Raises ``EngineUnavailableError`` when they
        were not taken, and then never calls ``answer``. Commands that are late once it is their turn are not carried
        out, and ``answer`` hears ``EngineTooLateError``.
        """

    async def submit(self, command: Command) -> Outcome:
        """Number, journal, apply and answer one command. Raises ``EngineUnavailableError`` when it was not taken."""

    async def submit_many(self, commands: Sequence[Command]) -> list[Outcome]:
        """The same for several commands, in order and in one group commit when they fit; refusals are independent."""

    def subscribe(self, subscriber: Subscriber) -> None:
        """Hear every event batch from now on."""
