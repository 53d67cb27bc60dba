"""What is asked about contracts, as the naive twin answers it: families, listings, prices, orders, settings.

Why here: written from the docstrings of ``commands`` and from ``docs/adr/0031``, to find where the core differs.
"""

from fractions import Fraction

from lonja.core import commands as c
from lonja.core import events as e
from lonja.core.kinds import (
    AccountKind,
    AccountMode,
    InstrumentType,
    Ledger,
    MarginMode,
    OrderType,
    PositionCause,
    PositionMode,
    PositionSide,
    Side,
    TriggerSource,
)
from lonja.core.margin_commands import SetFamilyLeverage
from lonja.core.rejections import Rejection
from lonja.primitives.money import INT_MAX
from tests.core.naive_books import OUTSIDE
from tests.core.naive_contract_parts import (
    LEVERAGE_MIN,
    Contract,
    Family,
    Position,
    require_contract_terms,
    require_like,
    require_tier_between,
    require_tier_fields,
)
from tests.core.naive_parts import Account, Order, require, require_band, require_order_fields
from tests.core.naive_pools import NaivePools
from tests.core.naive_settling import Booking


class NaiveContracts(NaivePools):
    """The commands of contracts."""

    # The operator's.

    def define_family(self, command: c.DefineFamily) -> int:
        """See ``commands.DefineFamily``."""
        known_type = command.instrument_type in (InstrumentType.SWAP, InstrumentType.FUTURES)
        require(command.name != "" and known_type, Rejection.FIELD_INVALID)
        self.currency(command.settle)
        taken = [(family.name, family.instrument_type) for family in self.families]
        require((command.name, command.instrument_type) not in taken, Rejection.NAME_TAKEN)
        fund = len(self.accounts)
        self.accounts.append(Account(AccountKind.HOUSE, fund))
        self.families.append(Family(command.name, command.instrument_type, command.settle, fund))
        self.emit(e.FamilyDefined, len(self.families) - 1, *command[4:], fund)
        return len(self.families) - 1

    def define_position_tier(self, command: c.DefinePositionTier) -> int:
        """See ``commands.DefinePositionTier``."""
        require_tier_fields(command)
        tiers = self.family(command.family).tiers
        require_tier_between(command, tiers)
        tiers[command.tier - 1 : command.tier] = [command]
        self.emit(e.PositionTierDefined, *command[4:])
        return command.tier

    def list_contract(self, command: c.ListContract) -> int:
        """See ``commands.ListContract``."""
        require_contract_terms(command)
        self.currency(command.base)
        self.currency(command.quote)
        family = self.family(command.family)
        listed = [i.listing for i in self.instruments if isinstance(i, Contract) and i.family is family]
        require_like(command, family, listed)
        unit = self.unit(command, family)
        require(unit * command.size_min <= INT_MAX, Rejection.FIELD_INVALID)
        require(command.instrument_id not in [i.terms.instrument_id for i in self.instruments], Rejection.NAME_TAKEN)
        names = set(c.ListInstrument._fields) & set(c.ListContract._fields)
        shared = {name: getattr(command, name) for name in names}
        terms = c.ListInstrument(**shared, instrument_type=family.instrument_type, settle=family.settle)
        inverse = family.settle == command.base
        made = Contract(terms, Fraction(0), 1, 1, command.state, 0, 0, command, family, inverse, unit)
        self.instruments.append(made)
        self.emit(e.ContractListed, len(self.instruments) - 1, *command[4:])
        return len(self.instruments) - 1

    def unit(self, command: c.ListContract, family: Family) -> Fraction:
        """Smallest units of the settlement currency that a lot is worth at a price of one tick."""
        ten = Fraction(10)
        contracts_per_lot = command.lot_step / ten**command.size_scale
        contract = command.contract_value / ten**command.contract_scale * command.multiplier
        tick = command.tick_step / ten**command.price_scale
        per_lot = contracts_per_lot * contract * 10 ** self.currencies[family.settle].scale
        return per_lot / tick if family.settle == command.base else per_lot * tick

    def set_mark_price(self, command: c.SetMarkPrice) -> int:
        """See ``commands.SetMarkPrice``."""
        limits = (command.buy_max, command.sell_min)
        sound = 0 < command.sell_min <= command.buy_max <= INT_MAX
        require(0 < command.price <= INT_MAX and (limits == (0, 0) or sound), Rejection.FIELD_INVALID)
        contract = self.instrument(command.instrument)
        require(isinstance(contract, Contract), Rejection.FIELD_INVALID)
        assert isinstance(contract, Contract)
        require(self.bears(contract, command.price, 0), Rejection.FIELD_INVALID)
        contract.mark = contract.index_price = command.price
        contract.limits = limits
        self.emit(e.MarkPriceSet, command.instrument, command.price, contract.buy_max(), contract.sell_min())
        self.watch_margins(contract)
        self.note("price", TriggerSource.MARK, command.instrument, command.price)
        return command.instrument

    def endow_fund(self, command: c.EndowFund) -> int:
        """See ``commands.EndowFund``."""
        family = self.family(command.family)
        require(command.amount > 0, Rejection.AMOUNT_NOT_POSITIVE)
        issued = -sum(self.balance(OUTSIDE, family.settle, ledger) for ledger in Ledger)
        require(issued + command.amount <= INT_MAX, Rejection.SUPPLY_EXCEEDED)
        self.add(OUTSIDE, family.settle, Ledger.FUNDING, -command.amount)
        self.note_fund(family)
        balance = self.add(family.account, family.settle, Ledger.TRADING, command.amount)
        self.note_fund(family)
        self.emit(e.FundEndowed, command.family, command.amount, balance)
        return command.family

    # Orders.

    def place_contract_order(self, command: c.PlaceContractOrder) -> int:
        """See ``commands.PlaceContractOrder``."""
        require_order_fields(command)
        self.require_margin_fields(command)
        account = self.party(command)
        require(not account.frozen, Rejection.ACCOUNT_FROZEN)
        contract = self.instrument(command.instrument)
        require(isinstance(contract, Contract), Rejection.ORDER_KIND_INVALID)
        assert isinstance(contract, Contract)
        prevention, price = self.checked_kind(command, account, contract)
        self.require_tradable(contract, account, command.position_side)
        self.require_contract_size(contract, command, price)
        self.require_room(command)
        fields = (command.account, command.instrument, command.side, price, command.size, 0, prevention)
        order = Order(0, *fields, command.client_order_id, command.tag, command.post_only)
        names = (command.account, command.instrument, command.margin_mode, command.position_side)
        position = self.find_position(*names) or self.new_position(*names)
        self.cut_to_reducible(order, position, command.reduce_only)
        self.require_admission(position, self.asked(order, price, order.size))
        position = self.named_position(*names)
        order.position = position.number
        self.tell_placed(order, command.order_type, command.time_in_force)
        self.tell_margined(order, position)
        self.execute(order, command)
        return order.order_id

    def require_margin_fields(self, command: c.PlaceContractOrder) -> None:
        """Refuse fields outside their enumerations, and those that only spot orders may use."""
        known = command.margin_mode in list(MarginMode) and command.position_side in list(PositionSide)
        spot_only = command.size_unit or command.fixed_size
        require(known and command.reduce_only in (0, 1) and not spot_only, Rejection.FIELD_INVALID)

    def require_tradable(self, contract: Contract, account: Account, side: int) -> None:
        """Refuse a contract without a mark price, an account that may not hold it, the wrong kind of side."""
        require(contract.mark > 0, Rejection.MARK_PRICE_MISSING)
        require(account.account_mode != AccountMode.SPOT, Rejection.ACCOUNT_MODE_FORBIDS)
        require(not self.is_pocket(account), Rejection.ACCOUNT_MODE_FORBIDS)
        two_sided = account.position_mode == PositionMode.LONG_SHORT
        require(two_sided == (side != PositionSide.NET), Rejection.POSITION_SIDE_INVALID)

    def require_contract_size(self, contract: Contract, command: c.PlaceContractOrder, price: int) -> None:
        """Refuse by size, value and price limits."""
        terms, size = contract.terms, command.size
        closing_side = PositionSide.SHORT if command.side == Side.BUY else PositionSide.LONG
        closes = bool(command.reduce_only) or command.position_side == closing_side
        require(size > 0, Rejection.SIZE_NOT_POSITIVE)
        require(size >= terms.size_min, Rejection.SIZE_BELOW_MIN)
        if command.order_type == OrderType.MARKET:
            require(terms.size_market_max == 0 or size <= terms.size_market_max, Rejection.MARKET_SIZE_ABOVE_MAX)
            require(size <= INT_MAX, Rejection.NOTIONAL_TOO_LARGE)
            self.require_borne(contract, contract.mark, size, closes)
        else:
            require(terms.size_limit_max == 0 or size <= terms.size_limit_max, Rejection.SIZE_ABOVE_MAX)
            self.require_borne(contract, price, size, closes)
            require_band(contract, command.side, price)

    def cut_to_reducible(self, order: Order, position: Position, reduce_only: int) -> None:
        """Cut an order that only reduces to what there is to reduce, or refuse it."""
        order.reduce_only = int(reduce_only or position.only_closes(order.side))
        if not order.reduce_only:
            return
        require(position.closable(order.side) > 0, Rejection.POSITION_NOT_FOUND)
        spare = self.spare(position)
        too_much = spare <= 0 or (position.side != PositionSide.NET and order.size > spare)
        require(not too_much, Rejection.REDUCES_BEYOND_POSITION)
        order.size = min(order.size, spare)

    # Settings of positions.

    def require_settable(self, command: c.SetLeverage | c.AdjustMargin | SetFamilyLeverage) -> Contract:
        """The contract of a setting; refusals that leverage and margin share."""
        account = self.party(command)
        require(not account.frozen, Rejection.ACCOUNT_FROZEN)
        contract = self.instrument(command.instrument)
        require(isinstance(contract, Contract), Rejection.FIELD_INVALID)
        assert isinstance(contract, Contract)
        self.require_tradable(contract, account, command.position_side)
        return contract

    def set_leverage(self, command: c.SetLeverage) -> int:
        """See ``commands.SetLeverage``."""
        known = command.margin_mode in list(MarginMode) and command.position_side in list(PositionSide)
        require(known, Rejection.FIELD_INVALID)
        family = self.require_settable(command).family
        require(len(family.tiers) > 0, Rejection.POSITION_ABOVE_MAX)
        in_range = LEVERAGE_MIN <= command.leverage <= family.tiers[0].leverage_max
        require(in_range, Rejection.LEVERAGE_OUT_OF_RANGE)
        names = (command.account, command.instrument, command.margin_mode, command.position_side)
        position = self.find_position(*names) or self.new_position(*names)
        size = self.most_lots(position)
        size += sum(self.most_lots(other) for other in self.beside(position)) if size else 0
        require(command.leverage <= family.tier_at_most(size).leverage_max, Rejection.LEVERAGE_ABOVE_TIER)
        leverage = position.leverage
        before = self.need(position) + (position.margin if position.isolated else position.mark_margin())
        position.leverage = command.leverage
        more = self.tied(position) - before
        position.leverage = leverage
        asks = self.spendable if position.isolated else self.free_margin
        require(more <= 0 or more <= asks(command.account, family.settle), Rejection.INSUFFICIENT_FUNDS)
        position = self.named_position(*names)
        position.leverage = command.leverage
        self.emit(e.LeverageSet, command.account, *command[4:])
        missing = position.entry_margin() - position.margin
        if position.isolated and position.lots and missing > 0:
            self.book(position, Booking(PositionCause.LEVERAGE_CHANGED, position.contract.mark, margin=missing))
        return command.instrument

    def tied(self, position: Position) -> int:
        """What orders and position will need: at the mark when cross, at entry or what is there when isolated."""
        if position.isolated:
            return self.need(position) + max(position.entry_margin(), position.margin)
        return self.need(position) + position.mark_margin()

    def set_position_mode(self, command: c.SetPositionMode) -> int:
        """See ``commands.SetPositionMode``."""
        require(command.position_mode in list(PositionMode), Rejection.FIELD_INVALID)
        account = self.party(command)
        require(not account.frozen, Rejection.ACCOUNT_FROZEN)
        may = account.account_mode != AccountMode.SPOT and not self.is_pocket(account)
        require(may, Rejection.ACCOUNT_MODE_FORBIDS)
        changes = command.position_mode != account.position_mode
        open_ones = self.has_contracts_open(command.account)
        require(not (changes and open_ones), Rejection.POSITIONS_OR_ORDERS_OPEN)
        account.position_mode = command.position_mode
        self.emit(e.PositionModeSet, command.account, command.position_mode)
        return command.account

    def adjust_margin(self, command: c.AdjustMargin) -> int:
        """See ``commands.AdjustMargin``."""
        sound = command.position_side in list(PositionSide) and -INT_MAX <= command.amount <= INT_MAX
        require(sound, Rejection.FIELD_INVALID)
        contract = self.require_settable(command)
        names = (command.account, command.instrument, MarginMode.ISOLATED, command.position_side)
        position = self.find_position(*names)
        require(position is not None and position.lots != 0, Rejection.POSITION_NOT_FOUND)
        assert position is not None
        require(command.amount != 0, Rejection.AMOUNT_NOT_POSITIVE)
        free = self.spendable(command.account, contract.family.settle)
        require(command.amount <= max(free, 0), Rejection.INSUFFICIENT_FUNDS)
        removable = position.margin + min(position.unrealized(), 0) - position.entry_margin()
        require(-command.amount <= max(removable, 0), Rejection.MARGIN_NOT_REMOVABLE)
        self.book(position, Booking(PositionCause.MARGIN_ADJUSTED, contract.mark, margin=command.amount))
        return command.instrument
