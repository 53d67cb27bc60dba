"""Funding between longs and shorts, and the end of dated contracts.

Why here: both walk all positions of a contract once, in the order in which these were first named.
Source: a position pays or receives its value at the mark times the rate at the moment of settlement; dated contracts
end at the delivery price.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import ledger as ld
from lonja.core.algo_ending import cancel_algos_of_instrument
from lonja.core.collateral import is_pooled
from lonja.core.commands import Command, DeliverContract, SettleFunding
from lonja.core.contracts import FUTURES, SWAP, Contract, ceil_of, fee_on
from lonja.core.cross_liquidation import cancel_all
from lonja.core.events import ContractDelivered, FundingSettled
from lonja.core.funds import cover_loss, note_peak
from lonja.core.instruments import DELISTED, INT_MAX, Instrument
from lonja.core.ledger import TRADING
from lonja.core.liquidation import watch_margins
from lonja.core.margin import cross_equity
from lonja.core.pool_liquidation import cancel_uncovered
from lonja.core.positions import ISOLATED, Position
from lonja.core.rejections import Rejection
from lonja.core.settling import close, tell
from lonja.core.state import State

TRILLION: Final = 10**12
RATE_MAX: Final = TRILLION
FEE_RATE_MAX_PPM: Final = 100_000
_FUNDING: Final = 5
_DELIVERED: Final = 6
_INSTRUMENT_CLOSED: Final[i64] = 12


def settle_funding(state: State, command: Command) -> Rejection:
    """Apply a ``SettleFunding``."""
    assert isinstance(command, SettleFunding)
    if not -RATE_MAX <= command.rate <= RATE_MAX:
        return Rejection.FIELD_INVALID
    instrument = _contract(state, command.instrument, SWAP)
    if instrument is None:
        return Rejection.INSTRUMENT_NOT_FOUND
    contract = instrument.contract
    assert contract is not None, "found as one"
    if contract.mark == 0:
        return Rejection.MARK_PRICE_MISSING
    state.answer_id = command.instrument
    number = state.events.next_sequence()
    state.events.cold(FundingSettled(number, state.time_ms, command.instrument, command.rate, int(contract.mark)))
    note_peak(state, contract.family)
    for place in contract.positions:
        position = state.positions[place - 1]
        if position.lots != 0 and command.rate != 0:
            _pay(state, contract, position, command.rate)
    note_peak(state, contract.family)
    watch_margins(state, instrument, contract)
    return Rejection.NONE


def _pay(state: State, contract: Contract, position: Position, rate: int) -> None:
    """One position's share: what is paid rounds up, what is received rounds down."""
    value_num, value_den = contract.value(contract.mark, position.size())
    due: int = rate if position.lots > 0 else -rate
    wide: int = ceil_of((value_num * due, value_den * TRILLION))
    amount: i64 = -wide
    position.funding += amount
    moved: i64 = 0
    if position.margin_mode == ISOLATED:
        moved = amount
        state.renew_sums(position)
    position.margin += moved
    balance = state.ledger.post(position.settle_slot, amount - moved, state.time_ms)
    state.ledger.post(contract.family.clearing_slot, -amount, state.time_ms)
    tell(state, contract, position, _FUNDING, 0, contract.mark, 0, amount, 0, moved, balance)


def deliver_contract(state: State, command: Command) -> Rejection:
    """Apply a ``DeliverContract``."""
    assert isinstance(command, DeliverContract)
    limit: int = INT_MAX
    if not 0 < command.price <= limit or not 0 <= command.fee_rate_ppm <= FEE_RATE_MAX_PPM:
        return Rejection.FIELD_INVALID
    instrument = _contract(state, command.instrument, FUTURES)
    if instrument is None:
        return Rejection.INSTRUMENT_NOT_FOUND
    contract = instrument.contract
    assert contract is not None, "found as one"
    if instrument.state == DELISTED:
        return Rejection.INSTRUMENT_NOT_LIVE
    if not contract.bears(command.price, 0):
        return Rejection.NOTIONAL_TOO_LARGE
    state.answer_id = command.instrument
    instrument.state = DELISTED
    cancel_algos_of_instrument(state, instrument.code)
    for slot in state.orders_in(instrument):
        state.end_resting(slot, _INSTRUMENT_CLOSED)
    number = state.events.next_sequence()
    state.events.cold(ContractDelivered(number, state.time_ms, command.instrument, command.price))
    note_peak(state, contract.family)
    ended: dict[int, bool] = {}
    for place in contract.positions:
        position = state.positions[place - 1]
        if position.lots != 0:
            _deliver(state, instrument, contract, position, command.price, command.fee_rate_ppm)
            ended[int(position.account)] = True
    for account in sorted(ended):
        _cancel_unpaid(state, account, contract.family.settle)
    note_peak(state, contract.family)
    return Rejection.NONE


def _cancel_unpaid(state: State, account: i64, currency: i64) -> None:
    """Cancel what holds or may cost more of a currency than a delivery has left, before it spends what is not there."""
    if is_pooled(state, account):
        cancel_uncovered(state, account)
        return
    held: int = state.ledger.get(state.slot(account, currency, TRADING), ld.HELD)
    if cross_equity(state, account, currency) < held:
        cancel_all(state, account, currency)


def _deliver(
    state: State, instrument: Instrument, contract: Contract, position: Position, price: i64, fee_rate_ppm: i64
) -> None:
    lots = position.size()
    is_fund: bool = position.account == contract.family.account
    fee: i64 = 0
    if not is_fund:
        fee = fee_on(contract.value(price, lots), fee_rate_ppm)
    close(state, instrument, position, price, lots, fee, _DELIVERED, 0)
    if not is_fund:
        cover_loss(state, contract, position)


def _contract(state: State, code: int, kind: i64) -> Instrument | None:
    """The contract of a kind with this code, or None."""
    if not 0 <= code < len(state.instruments):
        return None
    found = state.instruments[code]
    return found if found.instrument_type == kind else None
