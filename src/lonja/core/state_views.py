"""Reading the state: copies for everyone outside the core.

Why here: field offsets stay inside the core. Invariant: nothing here changes the state.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core.algo_commands import PlaceAlgo
from lonja.core.algos import UNPLACED, AlgoOrder
from lonja.core.book import COUNT, PRICE, SIZE, side_levels
from lonja.core.collateral_views import (
    collateral_view,
    liability_views,
    margin_tier_views,
    mode_blockers,
    pocket_view,
    pocket_views,
    terms_view,
)
from lonja.core.commands import PlaceContractOrder, PlaceOrder
from lonja.core.hashing import state_hash
from lonja.core.instruments import Instrument
from lonja.core.layout import encode_command
from lonja.core.margin_commands import PlaceMarginOrder
from lonja.core.order_sizes import largest_order
from lonja.core.packed import packed_text, text_of
from lonja.core.pocket_prechecking import precheck_margin
from lonja.core.pocket_views import pocket_leverage, pocket_position
from lonja.core.position_views import (
    LightBoard,
    SharedStandings,
    contract_view,
    family_view,
    margin_view,
    position_view,
)
from lonja.core.positions import LEVERAGE_DEFAULT
from lonja.core.prechecking import precheck
from lonja.core.state import State
from lonja.core.views import (
    AccountView,
    AlgoDetails,
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
    PocketPositionView,
    PocketView,
    PositionView,
    PrecheckView,
    WithdrawalHoldView,
)

NIL: Final[i64] = -1


class StateViews:
    """Implements ``engine.api.EngineViews`` over one state."""

    def __init__(self, state: State) -> None:
        """Read ``state`` from now on."""
        self._state = state
        self._lights = LightBoard()

    def currencies(self) -> list[CurrencyView]:
        """All currencies, by id."""
        return [
            CurrencyView(code, currency.name.decode("ascii"), int(currency.scale))
            for code, currency in enumerate(self._state.currencies)
        ]

    def instruments(self) -> list[InstrumentView]:
        """All instruments, by code."""
        return [_instrument_view(instrument) for instrument in self._state.instruments]

    def instrument(self, instrument: int) -> InstrumentView | None:
        """One instrument, or None."""
        if not 0 <= instrument < len(self._state.instruments):
            return None
        return _instrument_view(self._state.instruments[instrument])

    def account(self, account: int) -> AccountView | None:
        """One account, or None."""
        accounts = self._state.accounts
        if not 0 <= account < int(accounts.count):
            return None
        fields = (a.KIND, a.MASTER, a.MODE, a.PREVENTION, a.FEE_TIER, a.FROZEN, a.CREATED, a.POSITION_MODE)
        return AccountView(account, *[int(accounts.get(account, field)) for field in fields])

    def account_count(self) -> int:
        """How many accounts exist, house accounts included."""
        return self._state.accounts.count

    def balances(self, account: int) -> list[BalanceView]:
        """All balances of an account that were ever touched, by currency and ledger."""
        if self.account(account) is None:
            return []
        found: list[BalanceView] = []
        slot = self._state.accounts.get(account, a.FIRST_SLOT)
        while slot != NIL:
            found.append(self._balance(slot))
            slot = self._state.ledger.get(slot, ld.NEXT)
        found.sort()
        return found

    def balance(self, account: int, currency: int, ledger: int) -> BalanceView:
        """One balance; zero when never touched."""
        if account < 0 or currency < 0 or ledger not in (0, 1):
            return BalanceView(account, currency, ledger, 0, 0, 0)
        slot = self._state.ledger.find(account, currency, ledger)
        if slot == NIL:
            return BalanceView(account, currency, ledger, 0, 0, 0)
        return self._balance(slot)

    def _balance(self, slot: i64) -> BalanceView:
        words = self._state.ledger.words
        return BalanceView(
            int(words[slot + ld.ACCOUNT]),
            int(words[slot + ld.CURRENCY]),
            int(words[slot + ld.LEDGER]),
            int(words[slot + ld.CASH]),
            int(words[slot + ld.HELD]),
            int(words[slot + ld.UPDATED]),
        )

    def open_orders(self, account: int) -> list[OrderView]:
        """Open orders of an account, oldest first."""
        if self.account(account) is None:
            return []
        return [self._order(slot) for slot in self._state.orders_of(account)]

    def order(self, order_id: int) -> OrderView | None:
        """An open order, or None."""
        slot = self._state.orders.find(order_id) if order_id < 1 << 62 else NIL
        return None if slot == NIL else self._order(slot)

    def find_client_order(self, account: int, client_order_id: str) -> OrderView | None:
        """The open order with this client order id, or None."""
        if not client_order_id.isascii() or not 0 < len(client_order_id) <= 32:
            return None
        data = packed_text(client_order_id.encode("ascii"), 32)
        words = [int.from_bytes(data[at : at + 8], "little") for at in range(0, 32, 8)]
        slot = self._state.orders.find_client(account, words[0], words[1], words[2], words[3])
        return None if slot == NIL else self._order(slot)

    def _order(self, slot: i64) -> OrderView:
        words = self._state.orders.words
        at: i64 = slot + o.CLIENT_ORDER_ID
        number = words[slot + o.POSITION]
        position = self._state.positions[number - 1] if number != 0 else None
        return OrderView(
            order_id=int(words[slot + o.ORDER_ID]),
            account=int(words[slot + o.ACCOUNT]),
            instrument=int(words[slot + o.INSTRUMENT]),
            side=int(words[slot + o.SIDE]),
            order_type=0,
            time_in_force=0,
            post_only=int(words[slot + o.POST_ONLY]),
            price=int(words[slot + o.PRICE]),
            size=int(words[slot + o.SIZE]),
            filled=int(words[slot + o.FILLED]),
            notional=int(words[slot + o.NOTIONAL]),
            fee=int(words[slot + o.FEE]),
            rebate=int(words[slot + o.REBATE]),
            self_trade_prevention=int(words[slot + o.PREVENTION]),
            client_order_id=text_of(int(words[at]), int(words[at + 1]), int(words[at + 2]), int(words[at + 3])),
            tag=text_of(int(words[slot + o.TAG]), int(words[slot + o.TAG + 1])),
            created_time_ms=int(words[slot + o.CREATED]),
            updated_time_ms=int(words[slot + o.UPDATED]),
            margin_mode=-1 if position is None else int(position.margin_mode),
            position_side=0 if position is None else int(position.side),
            reduce_only=int(words[slot + o.REDUCE_ONLY]),
        )

    def levels(self, instrument: int, side: int, depth: int) -> list[LevelView]:
        """The best ``depth`` levels of one side, best first."""
        if not 0 <= instrument < len(self._state.instruments):
            return []
        book_side = side_levels(self._state.instruments[instrument], side)
        found: list[LevelView] = []
        if book_side.count == 0:
            return found
        words = self._state.levels.words
        level: i64 = book_side.best_value()
        while level != NIL and len(found) < depth:
            price = words[level + PRICE]
            found.append(LevelView(int(price), int(words[level + SIZE]), int(words[level + COUNT])))
            level = book_side.next_worse(price if side == 0 else -price)
        return found

    def fee_rates(self, account: int, instrument: int) -> FeeRatesView:
        """Rates that apply to an account for an instrument; both must exist."""
        tier = self._state.accounts.get(account, a.FEE_TIER)
        group = self._state.instruments[instrument].fee_group
        tiers = self._state.fee_tiers
        return FeeRatesView(int(tiers.maker_rate(tier, group)), int(tiers.taker_rate(tier, group)))

    def withdrawal_holds(self, account: int) -> list[WithdrawalHoldView]:
        """Withdrawal holds of an account that are not over, by number."""
        now: int = self._state.time_ms
        known = self._state.withdrawal_holds.get(account, {})
        found = [WithdrawalHoldView(hold_id, *facts) for hold_id, facts in sorted(known.items())]
        return [view for view in found if view.until_ms == 0 or now < view.until_ms]

    def families(self) -> list[FamilyView]:
        """All families of contracts, by code."""
        return [family_view(self._state, family) for family in self._state.families]

    def contract(self, instrument: int) -> ContractView | None:
        """What makes an instrument a contract, or None when it is none."""
        return contract_view(self._state, instrument)

    def bears(self, instrument: int, mark: int) -> bool:
        """Whether what is held of a contract can be valued at ``mark`` ticks; no other mark is taken. It must exist."""
        contract = self._state.instruments[instrument].contract
        assert contract is not None, "only contracts have marks"
        return contract.bears(mark, 0)

    def positions(self, account: int) -> list[PositionView]:
        """Positions that an account holds or has named by an order or a setting, the earliest first."""
        if self.account(account) is None:
            return []
        state, board, shared = self._state, self._lights, SharedStandings(self._state, account)
        found = [
            position_view(state, position, board.of(state, position, shared.known), shared)
            for position in state.positions_of(account)
        ]
        found.reverse()
        return found

    def leverage(self, account: int, instrument: int, margin_mode: int, position_side: int) -> int:
        """The leverage (hundredths) of a position, there or to come; account and instrument must exist."""
        found = self._state.find_position(account, instrument, margin_mode, position_side)
        if found is not None:
            return int(found.leverage)
        contract = self._state.instruments[instrument].contract
        if contract is None:
            return int(LEVERAGE_DEFAULT)
        return int(self._state.leverage_to_come(account, contract, margin_mode, position_side))

    def margin(self, account: int, currency: int) -> MarginView:
        """What an account has of a currency for contracts, and what its positions need; both must exist."""
        return margin_view(self._state, account, currency)

    def largest_order(self, terms: OrderTerms) -> int:
        """The most lots of an order for a contract that would be admitted; account and instrument must exist."""
        return largest_order(self._state, terms)

    def precheck(self, command: PlaceOrder | PlaceContractOrder | PlaceMarginOrder) -> PrecheckView:
        """What an order of an account in multi-currency mode, or of an isolated pocket of it, would do, without placing it."""
        if isinstance(command, PlaceMarginOrder):
            return precheck_margin(self._state, encode_command(command))
        return precheck(self._state, encode_command(command))

    def collateral(self, account: int) -> CollateralView:
        """What an account has and needs in US dollars; it must exist."""
        return collateral_view(self._state, account)

    def liabilities(self, account: int) -> list[LiabilityView]:
        """Every currency that an account in multi-currency mode ever had, by number; none in other modes."""
        return liability_views(self._state, account)

    def currency_terms(self, currency: int) -> CurrencyTermsView:
        """What a currency is worth as collateral and how it is borrowed; it must exist."""
        return terms_view(self._state, currency)

    def mode_blockers(self, account: int, account_mode: int) -> ModeBlockersView:
        """What keeps an account from changing to a mode; the account must exist and have another mode."""
        return mode_blockers(self._state, account, account_mode)

    def pocket(self, account: int) -> PocketView | None:
        """The pocket that an account is, or None."""
        return pocket_view(self._state, account)

    def pockets(self, account: int) -> list[PocketView]:
        """The pockets of an account, the earliest opened first."""
        return pocket_views(self._state, account)

    def pocket_position(self, account: int) -> PocketPositionView | None:
        """What the pocket that an account is holds and owes, or None."""
        return pocket_position(self._state, account)

    def pocket_leverage(self, account: int, instrument: int, margin_mode: int) -> int:
        """The leverage (hundredths) of an account's pockets, there or to come; 0 where nothing is lent. Both must exist."""
        return pocket_leverage(self._state, account, instrument, margin_mode)

    def margin_tiers(self, instrument: int) -> tuple[MarginTierView, ...]:
        """What pockets may borrow in a spot instrument; it must exist."""
        return margin_tier_views(self._state, instrument)

    def lending_desk(self) -> int:
        """The house's account that lends and takes collateral; -1 while there is none."""
        return self._state.desk

    def algos(self, account: int) -> list[AlgoView]:
        """Open algo orders of an account, the oldest first; without those that wait for an order to come."""
        found = self._state.algos.of_account(account)
        return [_algo_view(algo) for algo in found if algo.stage < UNPLACED]

    def algo(self, algo_id: int) -> AlgoView | None:
        """An open algo order, or None."""
        found = self._state.algos.by_id.get(algo_id)
        return None if found is None or found.stage >= UNPLACED else _algo_view(found)

    def last_price(self, instrument: int) -> int:
        """The price of the last trade in ticks, 0 for none; the instrument must exist."""
        return self._state.instruments[instrument].last_price

    def last_sequence(self) -> int:
        """Number of the last event."""
        return self._state.events.sequence

    def state_hash(self) -> str:
        """Hex digest of the whole state; slow, for proofs."""
        return state_hash(self._state)


def _algo_view(algo: AlgoOrder) -> AlgoView:
    return AlgoView(
        algo.algo_id,
        algo.account,
        algo.parent,
        algo.stage,
        PlaceAlgo._make([0, algo.account, 0, 0, *algo.terms(), algo.client_algo_id, algo.tag]),
        algo.following,
        algo.extreme,
        algo.child,
        algo.filled,
        algo.due_ms,
        algo.created_ms,
        algo.updated_ms,
        AlgoDetails._make([*algo.details(), algo.guard_name]),
        tuple(algo.linked),
    )


def _instrument_view(instrument: Instrument) -> InstrumentView:
    return InstrumentView(
        int(instrument.code),
        instrument.instrument_id.decode("ascii"),
        int(instrument.instrument_type),
        int(instrument.base),
        int(instrument.quote),
        int(instrument.settle),
        int(instrument.price_scale),
        int(instrument.tick_step),
        int(instrument.size_scale),
        int(instrument.lot_step),
        int(instrument.size_min),
        int(instrument.size_limit_max),
        int(instrument.size_market_max),
        int(instrument.amount_market_max),
        int(instrument.band_ppm),
        int(instrument.fee_group),
        int(instrument.state),
        int(instrument.listed_time_ms),
        int(instrument.index_price),
        int(instrument.buy_max),
        int(instrument.sell_min),
    )
