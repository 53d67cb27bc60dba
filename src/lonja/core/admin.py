"""What the operator sets up: currencies, accounts, instruments, fee tiers, prices, states, history.

Why here: cold commands, decoded whole for readability. Invariant: a definition is checked once, here, so that the hot
code can trust every instrument and account it meets.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core.accounts import FEE_ACCOUNT, OUTSIDE_ACCOUNT
from lonja.core.algo_ending import cancel_algos_of_account, cancel_algos_of_instrument
from lonja.core.algos import INDEX
from lonja.core.calm import rouse
from lonja.core.collateral import is_pocket, pockets_of
from lonja.core.commands import (
    Command,
    ConfigureAccount,
    CreateAccount,
    CreateCurrency,
    DefineFeeTier,
    ImportCandle,
    ListInstrument,
    SetIndexPrice,
    SetInstrumentState,
)
from lonja.core.events import (
    AccountConfigured,
    AccountCreated,
    CandleImported,
    CurrencyCreated,
    FeeTierDefined,
    IndexPriceSet,
    InstrumentListed,
    InstrumentStateChanged,
)
from lonja.core.fees import GROUP_MAX, RATE_MAX_PPM, TIER_MAX
from lonja.core.instruments import DELISTED, INT_MAX, Currency, Instrument
from lonja.core.ledger import CURRENCY_MAX, TRADING
from lonja.core.lending import check_mode, enter_mode
from lonja.core.rejections import Rejection
from lonja.core.state import State

SCALE_MAX: Final = 18
INSTRUMENT_MAX: Final = 1 << 20
ACCOUNT_MAX: Final = 1 << 40
PREOPEN: Final = 2
INSTRUMENT_CLOSED: Final[i64] = 12
ACCOUNT_FROZEN_REASON: Final[i64] = 13
_MODES: Final = (1, 2, 3)
_PPM: Final = 1_000_000
MULTI_CURRENCY: Final = 3
HOUSE: Final = 0


def create_currency(state: State, command: Command) -> Rejection:
    """Apply a ``CreateCurrency``."""
    assert isinstance(command, CreateCurrency)
    name = command.name.encode("ascii")
    if not name or not 0 <= command.scale <= SCALE_MAX:
        return Rejection.FIELD_INVALID
    if name in state.currency_names:
        return Rejection.NAME_TAKEN
    code = len(state.currencies)
    if code >= CURRENCY_MAX:
        return Rejection.CAPACITY_REACHED
    add_currency(state, name, command.scale)
    state.answer_id = code
    event = CurrencyCreated(state.events.next_sequence(), state.time_ms, code, command.name, command.scale)
    state.events.cold(event)
    return Rejection.NONE


def add_currency(state: State, name: bytes, scale: int) -> Currency:
    """Number a currency and open the house's balances in it."""
    code = len(state.currencies)
    outside = state.slot(OUTSIDE_ACCOUNT, code, TRADING)
    currency = Currency(name, scale, outside, state.slot(FEE_ACCOUNT, code, TRADING))
    state.currencies.append(currency)
    state.currency_names[name] = code
    return currency


def create_account(state: State, command: Command) -> Rejection:
    """Apply a ``CreateAccount``."""
    assert isinstance(command, CreateAccount)
    valid = (
        0 <= command.kind <= 2
        and command.account_mode in _MODES
        and 1 <= command.self_trade_prevention <= 3
        and 0 <= command.fee_tier < TIER_MAX
    )
    if not valid or command.master < -1:
        return Rejection.FIELD_INVALID
    accounts = state.accounts
    if command.master >= 0:
        if not accounts.exists(command.master):
            return Rejection.ACCOUNT_NOT_FOUND
        if accounts.get(command.master, a.MASTER) != command.master:
            return Rejection.FIELD_INVALID
    if accounts.count >= ACCOUNT_MAX:
        return Rejection.CAPACITY_REACHED
    if command.account_mode >= MULTI_CURRENCY and (state.desk < 0 or command.kind == HOUSE):
        return Rejection.ACCOUNT_MODE_FORBIDS
    account = accounts.add(
        command.kind,
        command.master,
        command.account_mode,
        command.self_trade_prevention,
        command.fee_tier,
        state.time_ms,
    )
    enter_mode(state, account, command.account_mode)
    state.answer_id = account
    event = AccountCreated(
        state.events.next_sequence(),
        state.time_ms,
        account,
        command.kind,
        accounts.get(account, a.MASTER),
        command.account_mode,
        command.self_trade_prevention,
        command.fee_tier,
    )
    state.events.cold(event)
    return Rejection.NONE


def configure_account(state: State, command: Command) -> Rejection:
    """Apply a ``ConfigureAccount``; freezing cancels the account's open orders."""
    assert isinstance(command, ConfigureAccount)
    valid = (
        (command.account_mode == -1 or command.account_mode in _MODES)
        and command.self_trade_prevention in (-1, 1, 2, 3)
        and -1 <= command.fee_tier < TIER_MAX
        and command.frozen in (-1, 0, 1)
    )
    if not valid:
        return Rejection.FIELD_INVALID
    accounts = state.accounts
    account = command.account
    if not accounts.exists(account):
        return Rejection.ACCOUNT_NOT_FOUND
    mode: int = accounts.get(account, a.MODE)
    if command.account_mode not in (-1, mode):
        refusal = check_mode(state, account, command.account_mode)
        if refusal != Rejection.NONE:
            return refusal
    changes = (
        (a.MODE, command.account_mode),
        (a.PREVENTION, command.self_trade_prevention),
        (a.FEE_TIER, command.fee_tier),
        (a.FROZEN, command.frozen),
    )
    for field, value in changes:
        if value != -1:
            accounts.set(account, field, value)
    enter_mode(state, account, accounts.get(account, a.MODE))
    state.touch_pocket(account)
    state.answer_id = account
    event = AccountConfigured(
        state.events.next_sequence(),
        state.time_ms,
        account,
        accounts.get(account, a.MODE),
        accounts.get(account, a.PREVENTION),
        accounts.get(account, a.FEE_TIER),
        accounts.get(account, a.FROZEN),
    )
    state.events.cold(event)
    for position in state.positions_of(account):
        state.renew_hold(position)
        rouse(state, position)
    if not is_pocket(state, account):
        for pocket in pockets_of(state, account):
            configure_account(state, command._replace(account=pocket, account_mode=-1))
        state.answer_id = account
    if command.frozen == 1:
        cancel_algos_of_account(state, account)
        for slot in state.orders_of(account):
            state.end_resting(slot, ACCOUNT_FROZEN_REASON)
    return Rejection.NONE


def list_instrument(state: State, command: Command) -> Rejection:
    """Apply a ``ListInstrument``."""
    assert isinstance(command, ListInstrument)
    if not _listing_valid(command):
        return Rejection.FIELD_INVALID
    count = len(state.currencies)
    if not (0 <= command.base < count and 0 <= command.quote < count and 0 <= command.settle < count):
        return Rejection.CURRENCY_NOT_FOUND
    if not _scales_fit(state, command):
        return Rejection.FIELD_INVALID
    instrument_id = command.instrument_id.encode("ascii")
    if instrument_id in state.instrument_ids:
        return Rejection.NAME_TAKEN
    if len(state.instruments) >= INSTRUMENT_MAX:
        return Rejection.CAPACITY_REACHED
    instrument = add_instrument(state, command, state.time_ms)
    state.answer_id = instrument.code
    fields = command[4:]
    event = InstrumentListed(state.events.next_sequence(), state.time_ms, int(instrument.code), *fields)
    state.events.cold(event)
    return Rejection.NONE


def _listing_valid(command: ListInstrument) -> bool:
    return (
        command.instrument_id != ""
        and command.instrument_type == 0
        and 0 <= command.price_scale <= SCALE_MAX
        and 0 <= command.size_scale <= SCALE_MAX
        and 0 < command.tick_step <= _PPM
        and 0 < command.lot_step <= _PPM
        and 0 < command.size_min <= INT_MAX
        and 0 <= command.size_limit_max <= INT_MAX
        and 0 <= command.size_market_max <= INT_MAX
        and 0 <= command.amount_market_max <= INT_MAX
        and 0 < command.band_ppm < _PPM
        and 0 <= command.fee_group < GROUP_MAX
        and 0 <= command.state <= DELISTED
        and command.base != command.quote
        and command.settle == command.quote
    )


def _scales_fit(state: State, command: ListInstrument) -> bool:
    """Whether a lot is a whole number of base units and a tick of a lot has a usable factor to quote units."""
    base_scale: int = state.currencies[command.base].scale
    quote_scale: int = state.currencies[command.quote].scale
    if base_scale < command.size_scale:
        return False
    lot = command.lot_step * _ten(base_scale - command.size_scale)
    exponent = quote_scale - command.price_scale - command.size_scale
    factor = command.tick_step * command.lot_step * _ten(max(exponent, 0))
    limit: int = INT_MAX
    return lot * command.size_min <= limit and factor <= limit and _ten(max(-exponent, 0)) <= limit


def _ten(power: int) -> int:
    """Ten to a power that is not negative."""
    return int(10**power)


def add_instrument(state: State, listing: ListInstrument, listed_time_ms: int) -> Instrument:
    """Number an instrument and prepare its arithmetic."""
    code = len(state.instruments)
    instrument_id = listing.instrument_id.encode("ascii")
    base = state.currencies[listing.base]
    quote = state.currencies[listing.quote]
    made = Instrument(code, instrument_id, listing.instrument_type, listing.base, listing.quote)
    made.settle = listing.settle
    made.price_scale = listing.price_scale
    made.tick_step = listing.tick_step
    made.size_scale = listing.size_scale
    made.lot_step = listing.lot_step
    made.size_min = listing.size_min
    made.size_limit_max = listing.size_limit_max
    made.size_market_max = listing.size_market_max
    made.amount_market_max = listing.amount_market_max
    made.band_ppm = listing.band_ppm
    made.fee_group = listing.fee_group
    made.state = listing.state
    made.listed_time_ms = listed_time_ms
    base_scale: int = base.scale
    quote_scale: int = quote.scale
    exponent = quote_scale - listing.price_scale - listing.size_scale
    lot: int = listing.lot_step * _ten(base_scale - listing.size_scale)
    multiplier: int = listing.tick_step * listing.lot_step * _ten(max(exponent, 0))
    divisor: int = _ten(max(-exponent, 0))
    made.base_per_lot = lot
    made.quote_multiplier = multiplier
    made.quote_divisor = divisor
    made.base_fee_slot = base.fee_slot
    made.quote_fee_slot = quote.fee_slot
    state.instruments.append(made)
    state.instrument_ids[instrument_id] = code
    return made


def set_instrument_state(state: State, command: Command) -> Rejection:
    """Apply a ``SetInstrumentState``; delisting cancels all open orders of the instrument.

    One that is about to open has no past: its last price is none, until something trades.
    """
    assert isinstance(command, SetInstrumentState)
    if not 0 <= command.state <= DELISTED:
        return Rejection.FIELD_INVALID
    if not 0 <= command.instrument < len(state.instruments):
        return Rejection.INSTRUMENT_NOT_FOUND
    instrument = state.instruments[command.instrument]
    instrument.state = command.state
    if command.state == PREOPEN:
        instrument.last_price = 0
    state.answer_id = command.instrument
    event = InstrumentStateChanged(state.events.next_sequence(), state.time_ms, command.instrument, command.state)
    state.events.cold(event)
    if command.state == DELISTED:
        cancel_algos_of_instrument(state, instrument.code)
        for slot in state.orders_in(instrument):
            state.end_resting(slot, INSTRUMENT_CLOSED)
    return Rejection.NONE


def set_index_price(state: State, command: Command) -> Rejection:
    """Apply a ``SetIndexPrice``."""
    assert isinstance(command, SetIndexPrice)
    if not 0 <= command.price <= INT_MAX:
        return Rejection.FIELD_INVALID
    if not 0 <= command.instrument < len(state.instruments):
        return Rejection.INSTRUMENT_NOT_FOUND
    instrument = state.instruments[command.instrument]
    if instrument.contract is not None:
        return Rejection.FIELD_INVALID  # their band lies around the mark price
    instrument.set_index_price(command.price)
    state.answer_id = command.instrument
    event = IndexPriceSet(
        state.events.next_sequence(),
        state.time_ms,
        command.instrument,
        command.price,
        instrument.buy_max,
        instrument.sell_min,
    )
    state.events.cold(event)
    state.algos.note_price(INDEX, instrument.code, command.price)
    return Rejection.NONE


def define_fee_tier(state: State, command: Command) -> Rejection:
    """Apply a ``DefineFeeTier``."""
    assert isinstance(command, DefineFeeTier)
    valid = (
        0 <= command.fee_tier < TIER_MAX
        and 0 <= command.fee_group < GROUP_MAX
        and -RATE_MAX_PPM <= command.maker_rate_ppm <= RATE_MAX_PPM
        and -RATE_MAX_PPM <= command.taker_rate_ppm <= RATE_MAX_PPM
    )
    if not valid:
        return Rejection.FIELD_INVALID
    state.rate_changes += 1
    state.fee_tiers.define(command.fee_tier, command.fee_group, command.maker_rate_ppm, command.taker_rate_ppm)
    for position in state.positions:
        # What orders for contracts hold contains their fees.
        state.renew_hold(position)
    for account in list(state.watched_pools):
        # What buys back what is owed pays its fee in it.
        state.touch_pocket(account)
    state.answer_id = command.fee_tier
    event = FeeTierDefined(
        state.events.next_sequence(),
        state.time_ms,
        command.fee_tier,
        command.fee_group,
        command.maker_rate_ppm,
        command.taker_rate_ppm,
    )
    state.events.cold(event)
    return Rejection.NONE


def import_candle(state: State, command: Command) -> Rejection:
    """Apply an ``ImportCandle``: recorded as an event, the core itself keeps no candles."""
    assert isinstance(command, ImportCandle)
    prices = (command.open, command.low, command.close)
    valid = (
        command.open_time_ms >= 0
        and command.open_time_ms % 60_000 == 0
        and 0 < command.low <= min(prices)
        and max(prices) <= command.high <= INT_MAX
        and 0 <= command.volume <= INT_MAX
        and 0 <= command.quote_volume <= INT_MAX
    )
    if not valid:
        return Rejection.FIELD_INVALID
    if not 0 <= command.instrument < len(state.instruments):
        return Rejection.INSTRUMENT_NOT_FOUND
    fields = command[4:]
    state.events.cold(CandleImported(state.events.next_sequence(), state.time_ms, *fields))
    state.answer_id = command.instrument
    return Rejection.NONE
