"""The one entry point: apply a batch of packed commands to the state.

Why here: the table of contents of the core is the table below. Only the sequencer and replay call it.
Invariant: total and deterministic. Any bytes that the sequencer journaled give an answer per command, the same on
every run; a refused command changes nothing but the time.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from librt.strings import BytesWriter, read_i64_le, write_i64_le
from mypy_extensions import i64

from lonja.core import words as w
from lonja.core.admin import (
    configure_account,
    create_account,
    create_currency,
    define_fee_tier,
    import_candle,
    list_instrument,
    set_index_price,
    set_instrument_state,
)
from lonja.core.algo_orders import refusal_of_attached, settle_attached
from lonja.core.algo_placing import amend_algo, attach_algo, cancel_algo, place_algo
from lonja.core.algo_running import run_algos, wake_algos
from lonja.core.changing import amend_order, cancel_order
from lonja.core.commands import Command
from lonja.core.contract_placing import place_contract_order
from lonja.core.corrections import correct_balance
from lonja.core.families import (
    define_family,
    define_position_tier,
    endow_fund,
    list_contract,
    set_contract_index,
    set_mark_price,
)
from lonja.core.family_leverage import set_family_leverage
from lonja.core.funding import deliver_contract, settle_funding
from lonja.core.layout import decode_command
from lonja.core.lending import (
    accrue_interest,
    change_loan,
    define_borrow_terms,
    define_discount_tier,
    set_auto_borrow,
    set_currency_price,
)
from lonja.core.margin_placing import place_margin_order
from lonja.core.placing import place_order
from lonja.core.pocket_closing import close_pockets
from lonja.core.pocket_settings import set_pocket_leverage
from lonja.core.pockets import define_margin_tier, open_cross_pocket, open_pocket
from lonja.core.position_settings import adjust_margin, set_leverage, set_position_mode
from lonja.core.reading_ahead import expect, read_ahead
from lonja.core.rejections import Rejection
from lonja.core.state import RECENT_ANSWERS, GatewaySession, State
from lonja.core.timers import cancel_all_after, fire_timers
from lonja.core.transfers import deposit, transfer, withdraw
from lonja.core.withdrawal_holds import set_withdrawal_hold

UNKNOWN_COMMAND: Final[i64] = 1


class Applied(NamedTuple):
    """What a batch did: two words per command (rejection, id), and the packed events."""

    outcomes: bytes
    events: bytes


def tick(state: State, command: Command) -> Rejection:
    """Apply a ``Tick``: time has passed, and timers have fired already."""
    del command
    state.answer_id = int(state.time_ms)
    return Rejection.NONE


COLD_COMMANDS: dict[int, Callable[[State, Command], Rejection]] = {
    w.KIND_CREATE_CURRENCY: create_currency,
    w.KIND_CREATE_ACCOUNT: create_account,
    w.KIND_LIST_INSTRUMENT: list_instrument,
    w.KIND_SET_INSTRUMENT_STATE: set_instrument_state,
    w.KIND_SET_INDEX_PRICE: set_index_price,
    w.KIND_DEFINE_FEE_TIER: define_fee_tier,
    w.KIND_CONFIGURE_ACCOUNT: configure_account,
    w.KIND_DEPOSIT: deposit,
    w.KIND_WITHDRAW: withdraw,
    w.KIND_CANCEL_ALL_AFTER: cancel_all_after,
    w.KIND_TICK: tick,
    w.KIND_IMPORT_CANDLE: import_candle,
    w.KIND_SET_WITHDRAWAL_HOLD: set_withdrawal_hold,
    w.KIND_DEFINE_FAMILY: define_family,
    w.KIND_DEFINE_POSITION_TIER: define_position_tier,
    w.KIND_LIST_CONTRACT: list_contract,
    w.KIND_SET_MARK_PRICE: set_mark_price,
    w.KIND_SET_LEVERAGE: set_leverage,
    w.KIND_SET_POSITION_MODE: set_position_mode,
    w.KIND_ADJUST_MARGIN: adjust_margin,
    w.KIND_ENDOW_FUND: endow_fund,
    w.KIND_SETTLE_FUNDING: settle_funding,
    w.KIND_DELIVER_CONTRACT: deliver_contract,
    w.KIND_CORRECT_BALANCE: correct_balance,
    w.KIND_PLACE_ALGO: place_algo,
    w.KIND_AMEND_ALGO: amend_algo,
    w.KIND_CANCEL_ALGO: cancel_algo,
    w.KIND_ATTACH_ALGO: attach_algo,
    w.KIND_SET_CONTRACT_INDEX: set_contract_index,
    w.KIND_PLACE_DETAILED_ALGO: place_algo,
    w.KIND_ATTACH_DETAILED_ALGO: attach_algo,
    w.KIND_AMEND_DETAILED_ALGO: amend_algo,
    w.KIND_SET_CURRENCY_PRICE: set_currency_price,
    w.KIND_DEFINE_DISCOUNT_TIER: define_discount_tier,
    w.KIND_DEFINE_BORROW_TERMS: define_borrow_terms,
    w.KIND_SET_AUTO_BORROW: set_auto_borrow,
    w.KIND_ACCRUE_INTEREST: accrue_interest,
    w.KIND_CHANGE_LOAN: change_loan,
    w.KIND_DEFINE_MARGIN_TIER: define_margin_tier,
    w.KIND_OPEN_POCKET: open_pocket,
    w.KIND_SET_FAMILY_LEVERAGE: set_family_leverage,
    w.KIND_OPEN_CROSS_POCKET: open_cross_pocket,
    w.KIND_SET_POCKET_LEVERAGE: set_pocket_leverage,
}
"""Commands that come seldom; orders and transfers are dispatched before this table is asked."""


def apply_batch(state: State, body: bytes, first_command: int) -> Applied:
    """Apply the commands packed in ``body``, numbered from ``first_command``, and collect answers and events."""
    assert first_command == state.next_command, "commands must be applied without a gap"
    outcomes = BytesWriter()
    at: i64 = 0
    end: i64 = len(body)
    # The first by itself: most batches of a quiet house have no other.
    near: i64 = w.COMMAND_HEADER_BYTES
    row: i64 = 0
    while at < end:
        if at >= near:
            near = read_ahead(state, body, at)
            row = 0
        expect(state, row)
        row += 1
        state.answer_id = 0
        refusal = _apply_at(state, body, at)
        write_i64_le(outcomes, refusal)
        if refusal != 0:
            state.answer_id = 0
        write_i64_le(outcomes, state.answer_id)
        state.next_command += 1
        at += read_i64_le(body, at) * w.WORD
    return Applied(outcomes.getvalue(), state.events.take())


def _apply_at(state: State, body: bytes, at: i64) -> i64:
    time_ms = read_i64_le(body, at + w.COMMAND_TIME)
    if time_ms > state.time_ms:
        state.time_ms = time_ms
        state.events.time_ms = time_ms
    if 0 < state.next_timer <= state.time_ms:
        fire_timers(state)
        run_algos(state)
        wake_algos(state)
    session = read_i64_le(body, at + w.COMMAND_SESSION)
    refusal = _apply_once(state, body, at, session) if session != 0 else _dispatch(state, body, at)
    if state.has_touched_pockets():
        close_pockets(state)
    chases: bool = state.algos.has_chasing()
    while chases or len(state.algos.queue) != 0:
        run_algos(state)
        # What this cancels may concern algo orders again.
        close_pockets(state)
        chases = False
    return refusal


def _dispatch(state: State, body: bytes, at: i64) -> i64:
    kind = read_i64_le(body, at + w.COMMAND_KIND)
    if kind == w.KIND_PLACE_ORDER:
        if state.algos.has_unplaced():
            return _place_attached(state, body, at, kind)
        return place_order(state, body, at)
    if kind == w.KIND_CANCEL_ORDER:
        return cancel_order(state, body, at)
    if kind == w.KIND_AMEND_ORDER:
        return amend_order(state, body, at)
    if kind == w.KIND_PLACE_CONTRACT_ORDER:
        if state.algos.has_unplaced():
            return _place_attached(state, body, at, kind)
        return place_contract_order(state, body, at)
    if kind == w.KIND_PLACE_MARGIN_ORDER:
        return _place_attached(state, body, at, kind)
    if kind == w.KIND_TRANSFER:
        return transfer(state, body, at)
    handler = COLD_COMMANDS.get(kind)
    if handler is None:
        return UNKNOWN_COMMAND
    return int(handler(state, decode_command(body, at)))


def _place_attached(state: State, body: bytes, at: i64, kind: i64) -> i64:
    """Place an order, while something may wait for one to be attached to, maybe to this."""
    account = read_i64_le(body, at + w.COMMAND_ACCOUNT)
    instrument = read_i64_le(body, at + w.PLACE_INSTRUMENT)
    refusal = refusal_of_attached(state, account, instrument)
    if refusal == 0:
        if kind == w.KIND_PLACE_CONTRACT_ORDER:
            refusal = place_contract_order(state, body, at)
        elif kind == w.KIND_PLACE_MARGIN_ORDER:
            refusal = place_margin_order(state, body, at)
        else:
            refusal = place_order(state, body, at)
    settle_attached(state, account, instrument, refusal)
    return refusal


def _apply_once(state: State, body: bytes, at: i64, session: int) -> i64:
    """Apply a gateway's command unless it was applied before; a repeat gets its first answer again."""
    sequence: int = read_i64_le(body, at + w.COMMAND_SESSION_SEQUENCE)
    known = state.sessions.setdefault(session, GatewaySession())
    if sequence <= known.last_sequence:
        refusal, state.answer_id = known.answers.get(sequence, (UNKNOWN_COMMAND, 0))
        return refusal
    refusal = _dispatch(state, body, at)
    known.last_sequence = sequence
    known.answers[sequence] = (int(refusal), int(state.answer_id))
    if len(known.answers) > RECENT_ANSWERS:
        del known.answers[next(iter(known.answers))]
    return refusal
