"""The state as bytes and back.

Why here: only what the state means is written, in an order that does not depend on how memory was used, so the same
bytes also serve as the input of the state hash. Invariant: ``dump_state(load_state(data)) == data``, and a loaded
state answers every command as the original would.
"""

from typing import Final

from librt.strings import BytesWriter, write_i64_le
from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core.admin import add_currency, add_instrument
from lonja.core.algo_snapshot import PRICES, dump_algos, load_algos
from lonja.core.book import link
from lonja.core.collateral_snapshot import COLLATERAL, dump_collateral, load_collateral
from lonja.core.commands import ListContract, ListInstrument
from lonja.core.contracts import Contract, Tier
from lonja.core.cursor import Cursor
from lonja.core.families import add_contract, add_family
from lonja.core.fees import GROUP_MAX, TIER_MAX
from lonja.core.instruments import Instrument
from lonja.core.margin_snapshot import dump_margins, load_margins
from lonja.core.packed import packed_text
from lonja.core.state import GatewaySession, State
from lonja.core.texts import Text32

MAGIC: Final[i64] = 0x31414A4E4F4C
VERSION: Final[i64] = 3  # 2: last prices, algo orders, collateral; 3: details of algo orders, leverages
_ACCOUNT_WORDS: Final[i64] = 7
_ORDER_WORDS: Final = (
    o.PRICE,
    o.LEFT,
    o.ACCOUNT,
    o.MASTER,
    o.ORDER_ID,
    o.SIDE,
    o.SIZE,
    o.FILLED,
    o.NOTIONAL,
    o.HOLD,
    o.FEE,
    o.REBATE,
    o.INSTRUMENT,
    o.POST_ONLY,
    o.PREVENTION,
    o.CREATED,
    o.UPDATED,
    o.CLIENT_ORDER_ID,
    o.CLIENT_ORDER_ID + 1,
    o.CLIENT_ORDER_ID + 2,
    o.CLIENT_ORDER_ID + 3,
    o.TAG,
    o.TAG + 1,
)


def dump_state(state: State) -> bytes:
    """``state`` as bytes, canonical: equal states give equal bytes."""
    out = BytesWriter()
    for value in (
        MAGIC,
        VERSION,
        state.time_ms,
        state.last_order_id,
        state.next_command,
        state.events.sequence,
    ):
        write_i64_le(out, value)
    _dump_accounts(state, out)
    _dump_ledger(state, out)
    _dump_definitions(state, out)
    _dump_orders(state, out)
    _dump_memory(state, out)
    dump_algos(state, out)
    dump_collateral(state, out)
    dump_margins(state, out)
    return out.getvalue()


def _dump_accounts(state: State, out: BytesWriter) -> None:
    words = state.accounts.words
    count = state.accounts.count
    write_i64_le(out, count)
    account: i64 = 0
    while account < count:
        field: i64 = 0
        while field < _ACCOUNT_WORDS:
            write_i64_le(out, words[(account << a.SHIFT) + field])
            field += 1
        account += 1


def _dump_ledger(state: State, out: BytesWriter) -> None:
    words = state.ledger.words
    used = state.ledger.used
    write_i64_le(out, used)
    slot: i64 = 0
    while slot < used:
        field: i64 = ld.CASH
        while field <= ld.UPDATED:
            write_i64_le(out, words[slot + field])
            field += 1
        slot += ld.STRIDE


def _dump_definitions(state: State, out: BytesWriter) -> None:
    write_i64_le(out, len(state.currencies))
    for currency in state.currencies:
        out.write(packed_text(currency.name, 16))
        write_i64_le(out, currency.scale)
    _dump_families(state, out)
    write_i64_le(out, len(state.instruments))
    for instrument in state.instruments:
        out.write(packed_text(instrument.instrument_id, 32))
        _dump_instrument(instrument, out)
        if instrument.contract is not None:
            _dump_contract(instrument, instrument.contract, out)
    if state.families:
        _dump_positions(state, out)
    tiers = state.fee_tiers
    pair: i64 = 0
    while pair < TIER_MAX * GROUP_MAX:
        if tiers.maker[pair] != 0 or tiers.taker[pair] != 0:
            write_i64_le(out, pair)
            write_i64_le(out, tiers.maker[pair])
            write_i64_le(out, tiers.taker[pair])
        pair += 1
    write_i64_le(out, -1)


def _dump_instrument(instrument: Instrument, out: BytesWriter) -> None:
    for value in (
        instrument.instrument_type,
        instrument.base,
        instrument.quote,
        instrument.settle,
        instrument.price_scale,
        instrument.tick_step,
        instrument.size_scale,
        instrument.lot_step,
        instrument.size_min,
        instrument.size_limit_max,
        instrument.size_market_max,
        instrument.amount_market_max,
        instrument.band_ppm,
        instrument.fee_group,
        instrument.state,
        instrument.listed_time_ms,
        instrument.index_price,
        instrument.last_trade_id,
    ):
        write_i64_le(out, value)


def _dump_families(state: State, out: BytesWriter) -> None:
    """Their number, negative; nothing at all when there are none, as before there were families."""
    if not state.families:
        return
    write_i64_le(out, -len(state.families))
    for family in state.families:
        out.write(packed_text(family.name, 32))
        for value in (family.instrument_type, family.settle, family.account, i64(len(family.tiers))):
            write_i64_le(out, value)
        for tier in family.tiers:
            for value in (tier.size_max, tier.maintenance_ppm, tier.initial_ppm, tier.leverage_max):
                write_i64_le(out, value)
        write_i64_le(out, len(family.peaks))
        for hour, balance in family.peaks:
            write_i64_le(out, hour)
            write_i64_le(out, balance)


def _dump_contract(instrument: Instrument, contract: Contract, out: BytesWriter) -> None:
    for value in (
        contract.family.code,
        contract.contract_value,
        contract.contract_scale,
        contract.multiplier,
        contract.expiry_ms,
        contract.mark,
        instrument.buy_max,
        instrument.sell_min,
    ):
        write_i64_le(out, value)


def _dump_positions(state: State, out: BytesWriter) -> None:
    account: i64 = 0
    while account < state.accounts.count:
        if state.accounts.get(account, a.POSITION_MODE) != 0:
            write_i64_le(out, account)
        account += 1
    write_i64_le(out, -1)
    write_i64_le(out, len(state.positions))
    for position in state.positions:
        for value in (
            position.account,
            position.instrument,
            position.margin_mode,
            position.side,
            position.leverage,
            position.lots,
            position.margin,
            position.life,
            position.opened_ms,
            position.pnl,
            position.fees,
            position.funding,
            position.penalty,
            position.held,
            position.warned,
        ):
            write_i64_le(out, value)
        _dump_wide(position.entry_num, out)
        _dump_wide(position.entry_den, out)


def _dump_wide(value: int, out: BytesWriter) -> None:
    """A whole number of any size that is not negative: how many words it takes, then these."""
    words = (value.bit_length() + 63) // 64
    write_i64_le(out, words)
    out.write(value.to_bytes(8 * words, "little"))


def _dump_orders(state: State, out: BytesWriter) -> None:
    words = state.orders.words
    for instrument in state.instruments:
        for side in (instrument.bids, instrument.asks):
            slots = state.queue_slots(side)
            write_i64_le(out, len(slots))
            for slot in slots:
                start: i64 = slot
                for field in _ORDER_WORDS:
                    write_i64_le(out, words[start + field])
                if instrument.contract is not None:
                    write_i64_le(out, words[start + o.POSITION])
                    write_i64_le(out, words[start + o.REDUCE_ONLY])


def _dump_memory(state: State, out: BytesWriter) -> None:
    write_i64_le(out, len(state.timers))
    for key, trigger in sorted(state.timers.items()):
        for value in (*key, trigger):
            write_i64_le(out, value)
    write_i64_le(out, len(state.sessions))
    for session, known in sorted(state.sessions.items()):
        write_i64_le(out, session)
        write_i64_le(out, known.last_sequence)
        write_i64_le(out, len(known.answers))
        for sequence, answer in sorted(known.answers.items()):
            for value in (sequence, *answer):
                write_i64_le(out, value)
    _dump_withdrawal_holds(state, out)


def _dump_withdrawal_holds(state: State, out: BytesWriter) -> None:
    """Nothing at all when neither they nor corrections are there, as before there were such."""
    if not state.withdrawal_holds and not state.corrections:
        return
    write_i64_le(out, len(state.withdrawal_holds))
    for account, holds in sorted(state.withdrawal_holds.items()):
        write_i64_le(out, account)
        write_i64_le(out, len(holds))
        for hold_id, facts in sorted(holds.items()):
            for value in (hold_id, *facts):
                write_i64_le(out, value)
    if state.corrections:
        write_i64_le(out, len(state.corrections))
        for correction_id, said in sorted(state.corrections.items()):
            for value in (correction_id, *said):
                write_i64_le(out, value)


def load_state(data: bytes) -> State:
    """The state that ``dump_state`` wrote. Raises ``ValueError`` for other bytes, ``IndexError`` when they end early."""
    cursor = Cursor(data)
    if cursor.word() != MAGIC or cursor.word() != VERSION:
        raise ValueError("not a snapshot of this version")
    state = State()
    state.time_ms = cursor.word()
    state.events.time_ms = state.time_ms
    state.last_order_id = cursor.word()
    state.next_command = cursor.word()
    state.events.sequence = cursor.word()
    _load_accounts(state, cursor)
    _load_ledger(state, cursor)
    _load_definitions(state, cursor)
    _load_orders(state, cursor)
    _load_memory(state, cursor)
    if cursor.at < len(data) and cursor.next_word() >= 0:
        _load_withdrawal_holds(state, cursor)
        if cursor.at < len(data) and cursor.next_word() >= 0:
            _load_corrections(state, cursor)
        elif not state.withdrawal_holds:
            raise ValueError("bytes left over after the snapshot")
    if cursor.at < len(data) and cursor.next_word() == PRICES:
        load_algos(state, cursor)
    if cursor.at < len(data) and cursor.next_word() == COLLATERAL:
        load_collateral(state, cursor)
    if cursor.at < len(data):
        load_margins(state, cursor)
    if cursor.at != len(data):
        raise ValueError("bytes left over after the snapshot")
    return state


def _load_accounts(state: State, cursor: Cursor) -> None:
    count = cursor.word()
    account: i64 = 0
    while account < count:
        if account >= state.accounts.count:
            state.accounts.add(0, -1, 0, 0, 0, 0)
        field: i64 = 0
        while field < _ACCOUNT_WORDS:
            state.accounts.set(account, field, cursor.word())
            field += 1
        account += 1


def _load_ledger(state: State, cursor: Cursor) -> None:
    used = cursor.word()
    while state.ledger.used < used:
        cash = cursor.word()
        held = cursor.word()
        account = cursor.word()
        currency = cursor.word()
        slot = state.slot(account, currency, cursor.word())
        words = state.ledger.words
        words[slot + ld.CASH] = cash
        words[slot + ld.HELD] = held
        words[slot + ld.UPDATED] = cursor.word()


def _load_definitions(state: State, cursor: Cursor) -> None:
    count = cursor.word()
    while count > 0:
        name = cursor.text(16)
        add_currency(state, name, cursor.word())
        count -= 1
    count = cursor.word()
    if count < 0:
        _load_families(state, cursor, -count)
        count = cursor.word()
    while count > 0:
        _load_instrument(state, cursor)
        count -= 1
    if state.families:
        _load_positions(state, cursor)
    pair = cursor.word()
    while pair >= 0:
        maker = cursor.word()
        state.fee_tiers.define(pair // GROUP_MAX, pair % GROUP_MAX, maker, cursor.word())
        pair = cursor.word()


def _load_instrument(state: State, cursor: Cursor) -> None:
    instrument_id = Text32(cursor.text(32).decode("ascii"))
    fields = [int(cursor.word()) for _ in range(15)]
    if fields[0] != 0:
        _load_contract(state, cursor, instrument_id, fields)
        return
    instrument = add_instrument(state, ListInstrument(0, -1, 0, 0, instrument_id, *fields), cursor.word())
    instrument.set_index_price(cursor.word())
    instrument.last_trade_id = cursor.word()


def _load_families(state: State, cursor: Cursor, count: i64) -> None:
    while count > 0:
        name = cursor.text(32)
        instrument_type = cursor.word()
        settle = cursor.word()
        family = add_family(state, name, instrument_type, settle, cursor.word())
        for place in range(cursor.word()):
            size_max = cursor.word()
            maintenance_ppm = cursor.word()
            initial_ppm = cursor.word()
            family.set_tier(place, Tier(size_max, maintenance_ppm, initial_ppm, cursor.word()))
        for _ in range(cursor.word()):
            hour: int = cursor.word()
            family.peaks.append((hour, int(cursor.word())))
        count -= 1


def _load_contract(state: State, cursor: Cursor, instrument_id: Text32, fields: list[int]) -> None:
    """Of ``fields``, those of a listing that contracts have, in their order."""
    _, base, quote, _, price_scale, tick_step, size_scale, lot_step, size_min, limit_max, market_max = fields[:11]
    listed_time_ms: int = cursor.word()
    mark: i64 = cursor.word()
    last_trade_id: i64 = cursor.word()
    family: int = cursor.word()
    listing = ListContract(
        0,
        -1,
        0,
        0,
        instrument_id,
        family,
        base,
        quote,
        price_scale,
        tick_step,
        size_scale,
        lot_step,
        size_min,
        limit_max,
        market_max,
        *fields[12:],
        *[int(cursor.word()) for _ in range(4)],
    )
    instrument = add_contract(state, listing, listed_time_ms)
    contract = instrument.contract
    assert contract is not None, "just made"
    instrument.set_index_price(mark)
    instrument.last_trade_id = last_trade_id
    contract.mark = cursor.word()
    contract.set_band()
    instrument.buy_max = cursor.word()
    instrument.sell_min = cursor.word()


def _load_positions(state: State, cursor: Cursor) -> None:
    account = cursor.word()
    while account >= 0:
        state.accounts.set(account, a.POSITION_MODE, 1)
        account = cursor.word()
    count = cursor.word()
    while count > 0:
        account = cursor.word()
        instrument = state.instruments[cursor.word()]
        margin_mode = cursor.word()
        position = state.position(account, instrument, margin_mode, cursor.word())
        position.set_leverage(cursor.word())
        position.lots = cursor.word()
        position.margin = cursor.word()
        position.life = cursor.word()
        position.opened_ms = cursor.word()
        position.pnl = cursor.word()
        position.fees = cursor.word()
        position.funding = cursor.word()
        position.penalty = cursor.word()
        position.held = cursor.word()
        position.warned = cursor.word()
        position.entry_num = _load_wide(cursor)
        position.entry_den = _load_wide(cursor)
        contract = instrument.contract
        assert contract is not None, "only contracts have positions"
        if position.lots > 0:
            contract.open_lots += position.lots
        count -= 1


def _load_wide(cursor: Cursor) -> int:
    size = 8 * cursor.word()
    start = cursor.at
    cursor.at += size
    return int.from_bytes(cursor.data[start : start + size], "little")


def _load_orders(state: State, cursor: Cursor) -> None:
    for instrument in state.instruments:
        for _ in range(2):
            count = cursor.word()
            while count > 0:
                slot = state.orders.take()
                words = state.orders.words
                for field in _ORDER_WORDS:
                    words[slot + field] = cursor.word()
                words[slot + o.SEAT] = state.seat(words[slot + o.ACCOUNT], instrument)
                words[slot + o.POSITION] = 0
                words[slot + o.REDUCE_ONLY] = 0
                if instrument.contract is not None:
                    words[slot + o.POSITION] = cursor.word()
                    words[slot + o.REDUCE_ONLY] = cursor.word()
                    _count_loaded(state, slot)
                state.orders.index(slot)
                state.join_account(slot)
                link(state.orders.words, state.levels, instrument, slot)
                count -= 1


def _count_loaded(state: State, slot: i64) -> None:
    """Count a loaded order in its position, which has loaded what is held for it already."""
    words = state.orders.words
    position = state.positions[words[slot + o.POSITION] - 1]
    worth: int = words[slot + o.HOLD]
    if words[slot + o.REDUCE_ONLY] == 1:
        position.reducing_lots += words[slot + o.LEFT]
    elif words[slot + o.SIDE] == 0:
        position.buy_lots += words[slot + o.LEFT]
        position.buy_value += worth
    else:
        position.sell_lots += words[slot + o.LEFT]
        position.sell_value += worth


def _load_memory(state: State, cursor: Cursor) -> None:
    count = cursor.word()
    while count > 0:
        account = cursor.word()
        first = cursor.word()
        second = cursor.word()
        trigger: int = cursor.word()
        state.timers[(account, first, second)] = trigger
        if state.next_timer == 0 or trigger < state.next_timer:
            state.next_timer = trigger
        count -= 1
    count = cursor.word()
    while count > 0:
        session: int = cursor.word()
        known = GatewaySession()
        known.last_sequence = cursor.word()
        for _ in range(cursor.word()):
            sequence: int = cursor.word()
            refusal: int = cursor.word()
            known.answers[sequence] = (refusal, int(cursor.word()))
        state.sessions[session] = known
        count -= 1


def _load_withdrawal_holds(state: State, cursor: Cursor) -> None:
    count = cursor.word()
    while count > 0:
        account: int = cursor.word()
        holds: dict[int, tuple[int, int, int, int]] = {}
        for _ in range(cursor.word()):
            hold_id: int = cursor.word()
            kind: int = cursor.word()
            currency: int = cursor.word()
            amount: int = cursor.word()
            holds[hold_id] = (kind, currency, amount, int(cursor.word()))
        state.withdrawal_holds[account] = holds
        count -= 1


def _load_corrections(state: State, cursor: Cursor) -> None:
    count = cursor.word()
    if count <= 0:
        raise ValueError("bytes left over after the snapshot")
    while count > 0:
        correction_id: int = cursor.word()
        account: int = cursor.word()
        house_account: int = cursor.word()
        currency: int = cursor.word()
        ledger: int = cursor.word()
        amount: int = cursor.word()
        state.corrections[correction_id] = (account, house_account, currency, ledger, amount, int(cursor.word()))
        count -= 1
