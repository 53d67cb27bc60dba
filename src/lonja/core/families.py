"""What the operator sets up for contracts: families with tiers and funds, contracts, mark prices.

Why here: cold commands like those of ``admin``. Invariant: a family's contracts agree in what a lot is, and its tiers
grow in size; so a size finds its tier by looking at lots alone.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core.admin import INSTRUMENT_MAX, SCALE_MAX
from lonja.core.algo_commands import SetContractIndex
from lonja.core.algo_events import ContractIndexSet
from lonja.core.algos import INDEX, MARK
from lonja.core.commands import (
    Command,
    DefineFamily,
    DefinePositionTier,
    EndowFund,
    ListContract,
    SetMarkPrice,
)
from lonja.core.contracts import FUTURES, HUNDRED, PPM, Contract, Family, Tier
from lonja.core.events import ContractListed, FamilyDefined, FundEndowed, MarkPriceSet, PositionTierDefined
from lonja.core.fees import GROUP_MAX
from lonja.core.funds import note_peak
from lonja.core.instruments import DELISTED, INT_MAX, Instrument
from lonja.core.ledger import FUNDING, TRADING
from lonja.core.liquidation import watch_margins
from lonja.core.rejections import Rejection
from lonja.core.state import State

FAMILY_MAX: Final = 1 << 16
TIERS_MAX: Final = 100
LEVERAGE_MAX: Final = 1_000 * HUNDRED
MULTIPLIER_MAX: Final = 10**12
_HOUSE_KIND: Final[i64] = 0


def define_family(state: State, command: Command) -> Rejection:
    """Apply a ``DefineFamily``."""
    assert isinstance(command, DefineFamily)
    name = command.name.encode("ascii")
    if not name or command.instrument_type not in (2, 3):
        return Rejection.FIELD_INVALID
    if not 0 <= command.settle < len(state.currencies):
        return Rejection.CURRENCY_NOT_FOUND
    kind: int = command.instrument_type
    for known in state.families:
        same_kind: bool = known.instrument_type == kind
        if same_kind and known.name == name:
            return Rejection.NAME_TAKEN
    if len(state.families) >= FAMILY_MAX:
        return Rejection.CAPACITY_REACHED
    account = state.accounts.add(_HOUSE_KIND, -1, 1, 1, 0, state.time_ms)
    family = add_family(state, name, command.instrument_type, command.settle, account)
    state.answer_id = family.code
    number = state.events.next_sequence()
    fields = (int(family.code), command.name, command.instrument_type, command.settle, int(account))
    state.events.cold(FamilyDefined(number, state.time_ms, *fields))
    return Rejection.NONE


def add_family(state: State, name: bytes, instrument_type: i64, settle: i64, account: i64) -> Family:
    """Number a family and open the balances of its account."""
    family = Family(len(state.families), name, instrument_type, settle, account)
    family.fund_slot = state.slot(account, settle, TRADING)
    family.clearing_slot = state.slot(account, settle, FUNDING)
    state.families.append(family)
    return family


def define_position_tier(state: State, command: Command) -> Rejection:
    """Apply a ``DefinePositionTier``."""
    assert isinstance(command, DefinePositionTier)
    rates_valid = 0 < command.maintenance_ppm <= command.initial_ppm <= PPM
    if not rates_valid or not HUNDRED <= command.leverage_max <= LEVERAGE_MAX:
        return Rejection.FIELD_INVALID
    limit: int = INT_MAX
    if not 0 < command.size_max <= limit or not 1 <= command.tier <= TIERS_MAX:
        return Rejection.FIELD_INVALID
    if not 0 <= command.family < len(state.families):
        return Rejection.INSTRUMENT_NOT_FOUND
    family = state.families[command.family]
    if not _fits_between(family.tiers, command.tier, command.size_max):
        return Rejection.FIELD_INVALID
    made = Tier(command.size_max, command.maintenance_ppm, command.initial_ppm, command.leverage_max)
    family.set_tier(command.tier - 1, made)
    state.rate_changes += 1
    state.answer_id = command.tier
    state.events.cold(PositionTierDefined(state.events.next_sequence(), state.time_ms, *command[4:]))
    return Rejection.NONE


def _fits_between(tiers: list[Tier], tier: int, size_max: int) -> bool:
    """Whether a tier of so many lots may stand at the place ``tier``, counted from 1."""
    if tier > len(tiers) + 1:
        return False
    below: int = tiers[tier - 2].size_max if tier > 1 else 0
    above: int = tiers[tier].size_max if tier < len(tiers) else INT_MAX + 1
    return below < size_max < above


def list_contract(state: State, command: Command) -> Rejection:
    """Apply a ``ListContract``."""
    assert isinstance(command, ListContract)
    if not _terms_valid(command):
        return Rejection.FIELD_INVALID
    count = len(state.currencies)
    if not (0 <= command.base < count and 0 <= command.quote < count):
        return Rejection.CURRENCY_NOT_FOUND
    if not 0 <= command.family < len(state.families):
        return Rejection.INSTRUMENT_NOT_FOUND
    if not _suits_family(state, command) or not _unit_fits(state, command):
        return Rejection.FIELD_INVALID
    instrument_id = command.instrument_id.encode("ascii")
    if instrument_id in state.instrument_ids:
        return Rejection.NAME_TAKEN
    if len(state.instruments) >= INSTRUMENT_MAX:
        return Rejection.CAPACITY_REACHED
    instrument = add_contract(state, command, state.time_ms)
    state.answer_id = instrument.code
    fields = command[4:]
    state.events.cold(ContractListed(state.events.next_sequence(), state.time_ms, int(instrument.code), *fields))
    return Rejection.NONE


def _terms_valid(command: ListContract) -> bool:
    return (
        command.instrument_id != ""
        and 0 <= command.price_scale <= SCALE_MAX
        and 0 <= command.size_scale <= SCALE_MAX
        and 0 <= command.contract_scale <= SCALE_MAX
        and 0 < command.tick_step <= PPM
        and 0 < command.lot_step <= PPM
        and 0 < command.contract_value <= MULTIPLIER_MAX
        and 0 < command.multiplier <= MULTIPLIER_MAX
        and 0 < command.size_min <= INT_MAX
        and 0 <= command.size_limit_max <= INT_MAX
        and 0 <= command.size_market_max <= INT_MAX
        and 0 < command.band_ppm < PPM
        and 0 <= command.fee_group < GROUP_MAX
        and 0 <= command.state <= DELISTED
        and command.expiry_ms >= 0
        and command.base != command.quote
    )


def _suits_family(state: State, command: ListContract) -> bool:
    """Whether kind and settlement fit the family, and what a lot is fits its other contracts."""
    family = state.families[command.family]
    dated: bool = family.instrument_type == FUTURES
    settles_here: bool = family.settle == command.base or family.settle == command.quote
    if not settles_here or dated != (command.expiry_ms > 0):
        return False
    if not family.instruments:
        return True
    first = state.instruments[family.instruments[0]]
    like = first.contract
    assert like is not None, "a family lists contracts"
    same_lot: bool = first.lot_step == command.lot_step and first.size_scale == command.size_scale
    same_pair: bool = first.base == command.base and first.quote == command.quote
    same_scale: bool = like.contract_scale == command.contract_scale and like.multiplier == command.multiplier
    same_value: bool = like.contract_value == command.contract_value
    return same_lot and same_pair and same_scale and same_value


def _unit_of(state: State, command: ListContract) -> tuple[int, int]:
    """``unit`` and ``divisor`` as ``contracts`` defines them."""
    family = state.families[command.family]
    settle_scale: int = state.currencies[family.settle].scale
    exponent = settle_scale - command.size_scale - command.contract_scale
    unit = command.lot_step * command.contract_value * command.multiplier
    linear: bool = family.settle == command.quote
    divisor = 1
    if linear:
        unit *= command.tick_step
        exponent -= command.price_scale
    else:
        divisor = command.tick_step
        exponent += command.price_scale
    if exponent < 0:
        return unit, divisor * int(10**-exponent)
    return unit * int(10**exponent), divisor


def _unit_fits(state: State, command: ListContract) -> bool:
    """Whether the smallest order is worth no more than an amount can be, at a price of one tick."""
    unit, divisor = _unit_of(state, command)
    limit: int = INT_MAX
    return unit * command.size_min <= limit * divisor


def add_contract(state: State, listing: ListContract, listed_time_ms: int) -> Instrument:
    """Number a contract and prepare its arithmetic."""
    code = len(state.instruments)
    instrument_id = listing.instrument_id.encode("ascii")
    family = state.families[listing.family]
    made = Instrument(code, instrument_id, family.instrument_type, listing.base, listing.quote)
    made.settle = family.settle
    made.price_scale = listing.price_scale
    made.tick_step = listing.tick_step
    made.size_scale = listing.size_scale
    made.lot_step = listing.lot_step
    made.size_min = listing.size_min
    made.size_limit_max = listing.size_limit_max
    made.size_market_max = listing.size_market_max
    made.band_ppm = listing.band_ppm
    made.fee_group = listing.fee_group
    made.state = listing.state
    made.listed_time_ms = listed_time_ms
    unit, divisor = _unit_of(state, listing)
    inverse: bool = family.settle == listing.base
    contract = Contract(family, inverse, unit, divisor, listing.expiry_ms)
    contract.contract_value = listing.contract_value
    contract.contract_scale = listing.contract_scale
    contract.multiplier = listing.multiplier
    made.contract = contract
    fee_slot = state.currencies[family.settle].fee_slot
    made.base_fee_slot = fee_slot
    made.quote_fee_slot = fee_slot
    family.instruments.append(code)
    state.instruments.append(made)
    state.instrument_ids[instrument_id] = code
    return made


def set_mark_price(state: State, command: Command) -> Rejection:
    """Apply a ``SetMarkPrice``."""
    assert isinstance(command, SetMarkPrice)
    limit: int = INT_MAX
    limits_given = command.buy_max != 0 or command.sell_min != 0
    if not 0 < command.price <= limit:
        return Rejection.FIELD_INVALID
    if limits_given and not 0 < command.sell_min <= command.buy_max <= limit:
        return Rejection.FIELD_INVALID
    if not 0 <= command.instrument < len(state.instruments):
        return Rejection.INSTRUMENT_NOT_FOUND
    instrument = state.instruments[command.instrument]
    contract = instrument.contract
    if contract is None or not contract.bears(command.price, 0):
        return Rejection.FIELD_INVALID
    contract.mark = command.price
    state.note_mark(instrument.code)
    instrument.set_index_price(command.price)
    if limits_given:
        instrument.buy_max = command.buy_max
        instrument.sell_min = command.sell_min
    state.answer_id = command.instrument
    fields = (command.instrument, command.price, int(instrument.buy_max), int(instrument.sell_min))
    state.events.cold(MarkPriceSet(state.events.next_sequence(), state.time_ms, *fields))
    watch_margins(state, instrument, contract)
    # Whoever is liquidated at this price has no algo orders left for it.
    state.algos.note_price(MARK, instrument.code, command.price)
    return Rejection.NONE


def set_contract_index(state: State, command: Command) -> Rejection:
    """Apply a ``SetContractIndex``."""
    assert isinstance(command, SetContractIndex)
    limit: int = INT_MAX
    if not 0 < command.price <= limit:
        return Rejection.FIELD_INVALID
    if not 0 <= command.instrument < len(state.instruments):
        return Rejection.INSTRUMENT_NOT_FOUND
    contract = state.instruments[command.instrument].contract
    if contract is None:
        return Rejection.FIELD_INVALID
    contract.index = command.price
    state.answer_id = command.instrument
    number = state.events.next_sequence()
    state.events.cold(ContractIndexSet(number, state.time_ms, command.instrument, command.price))
    state.algos.note_price(INDEX, command.instrument, command.price)
    return Rejection.NONE


def endow_fund(state: State, command: Command) -> Rejection:
    """Apply an ``EndowFund``: money from outside, like a deposit, that no customer owns."""
    assert isinstance(command, EndowFund)
    if not 0 <= command.family < len(state.families):
        return Rejection.INSTRUMENT_NOT_FOUND
    if command.amount <= 0:
        return Rejection.AMOUNT_NOT_POSITIVE
    family = state.families[command.family]
    limit: int = INT_MAX
    issued: int = state.issued_total(family.settle)
    owned: int = state.owned_total(family.settle)
    if command.amount > limit - max(issued, owned):
        return Rejection.SUPPLY_EXCEEDED
    balance = state.ledger.post(family.fund_slot, command.amount, state.time_ms)
    note_peak(state, family)
    state.ledger.post(state.currencies[family.settle].outside_slot, -command.amount, state.time_ms)
    state.answer_id = command.family
    fields = (command.family, command.amount, int(balance))
    state.events.cold(FundEndowed(state.events.next_sequence(), state.time_ms, *fields))
    return Rejection.NONE
