"""Liquidation of cross positions of one currency where spot margin stands among them.

Why here: ``liquidation`` is for positions alone, and asks this where an account has cross pockets in the currency. The
steps are the same; a pocket ends whole, and the lending desk takes it over as the Security Fund takes positions.
Invariant: the account ends with nothing less than zero; it loses the penalty of a debt, and never more than its share.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import ledger as ld
from lonja.core.algos import POCKET_TAKEN
from lonja.core.collateral import in_units_up, sheet_of, value_of
from lonja.core.collateral_events import AccountWarned
from lonja.core.contracts import ceil_of, floor_of
from lonja.core.crossing import crossed_pockets, currency_standing, needs_to_come
from lonja.core.ledger import TRADING
from lonja.core.maintenance import WARNING_TIMES, Standing, cross_positions, required
from lonja.core.margin_events import PocketTakenOver
from lonja.core.pocket_positions import end_position
from lonja.core.pool_margin import PoolStanding, pool_standing
from lonja.core.positions import Position
from lonja.core.state import State
from lonja.core.takeovers import step, take
from lonja.core.warning import LIQUIDATED_REASON, cancel_of_currency, warn_positions

NIL: Final[i64] = -1


def is_currency_in_danger(state: State, account: i64, currency: i64) -> bool:
    """Whether what stands together in a currency is to be liquidated; warns once, cancels what could not be lost."""
    standing = currency_standing(state, account, currency)
    positions = cross_positions(state, account, currency)
    owing = _owing(state, account, currency)
    stands = len(positions) != 0 or len(owing) != 0
    near: bool = stands and standing.is_within(WARNING_TIMES)
    warn_positions(state, positions, near, standing)
    for pocket in crossed_pockets(state, account, currency):
        pool = state.pools[pocket]
        warns = near and pocket in owing
        if warns and pool.warned == 0:
            number = state.events.next_sequence()
            state.events.cold(AccountWarned(number, state.time_ms, pocket, standing.ratio_ppm()))
        pool.warned = 1 if warns else 0
    if near and standing.is_within(1):
        return True
    _cancel_uncovered(state, account, currency, standing, stands)
    return False


def _owing(state: State, account: i64, currency: i64) -> list[int]:
    return [pocket for pocket in crossed_pockets(state, account, currency) if pool_standing(state, pocket).owes]


def _cancel_uncovered(state: State, account: i64, currency: i64, standing: Standing, stands: bool) -> None:
    """Cancel all orders when what they hold and may cost leaves no more than what is required."""
    slot = state.slot(account, currency, TRADING)
    held: int = state.ledger.get(slot, ld.HELD)
    for pocket in crossed_pockets(state, account, currency):
        sheet = sheet_of(state, pocket)
        to_come, borrows = needs_to_come(state, pocket, sheet)
        held += in_units_up(state, currency, sheet.cost + to_come)
        stands = stands or borrows
    if stands and held != 0 and standing.is_within(1, held):
        cancel_all(state, account, currency)


def cancel_all(state: State, account: i64, currency: i64) -> None:
    """Cancel whatever holds money of a currency, and every order of the cross pockets whose margin it is."""
    cancel_of_currency(state, account, currency)
    for pocket in crossed_pockets(state, account, currency):
        for slot in state.orders_of(pocket):
            state.end_resting(slot, LIQUIDATED_REASON)


def liquidate_currency(state: State, account: i64, currency: i64, touched: dict[int, bool]) -> None:
    """Take over what cannot be kept, what requires most first; notes in ``touched`` what the funds then keep."""
    cancel_all(state, account, currency)
    while True:
        held = cross_positions(state, account, currency)
        owing = _owing(state, account, currency)
        standing = currency_standing(state, account, currency)
        count = len(held) + len(owing)
        if count == 0 or not standing.is_within(1):
            return
        worst, pocket = _dearest(state, currency, held, owing)
        if worst is None:
            _take_pocket(state, currency, pocket, standing, count == 1)
            continue
        contract = worst.contract
        lots = step(state, contract, worst)
        need = required(state, contract, worst, lots)
        share = _share(standing, need, count == 1 and lots == worst.size())
        touched[int(worst.instrument)] = True
        take(state, state.instruments[worst.instrument], contract, worst, lots, share)


def _dearest(state: State, currency: i64, held: list[Position], owing: list[int]) -> tuple[Position | None, int]:
    """What requires most, a position or a pocket; of equals a position, and what was named first."""
    best: Position | None = None
    best_pocket: int = -1
    most: int = -1
    for position in held:
        needed = floor_of(required(state, position.contract, position, position.size()))
        if needed > most:
            best, most = position, needed
    for pocket in owing:
        needed = floor_of(_required(state, currency, pool_standing(state, pocket)))
        if needed > most:
            best, best_pocket, most = None, pocket, needed
    return best, best_pocket


def _required(state: State, currency: i64, own: PoolStanding) -> tuple[int, int]:
    """What a pocket requires, as a fraction of units of its margin currency."""
    return own.required_num, own.required_den * value_of(state.currencies[currency], 1)


def _share(standing: Standing, need: tuple[int, int], is_last: bool) -> int:
    """What is lost with what needs so much: its part of the equity, rounded down; all of it with the last."""
    if is_last:
        return floor_of((standing.equity_num, standing.equity_den))
    return (standing.equity_num * need[0] * standing.required_den) // (
        standing.equity_den * need[1] * standing.required_num
    )


def _take_pocket(state: State, currency: i64, pocket: int, standing: Standing, is_last: bool) -> None:
    """Let the desk have what a pocket has and owes, for its worth less what the owner loses."""
    own = pool_standing(state, pocket)
    unit = value_of(state.currencies[currency], 1)
    worth = own.equity_num // (own.equity_den * unit)
    share = _share(standing, _required(state, currency, own), is_last)
    amount = worth - min(_penalty(state, pocket, unit), share)
    pool = state.pools[pocket]
    instrument = state.instruments[pool.instrument]
    base = _hand_over(state, pocket, instrument.base)
    quote = _hand_over(state, pocket, instrument.quote)
    balance: int = state.ledger.post(state.slot(pool.owner, currency, TRADING), amount, state.time_ms)
    state.ledger.post(state.slot(state.desk, currency, TRADING), -amount, state.time_ms)
    end_position(pool)
    state.algos.note_pocket(POCKET_TAKEN, pocket)
    pool.warned = 0
    state.touch_pocket(pocket)
    words = state.ledger.words
    desk_base: int = words[state.slot(state.desk, instrument.base, TRADING) + ld.CASH]
    desk_quote: int = words[state.slot(state.desk, instrument.quote, TRADING) + ld.CASH]
    names = (int(pool.owner), pocket, int(pool.instrument), int(currency))
    told = (base, quote, amount, balance, desk_base, desk_quote)
    state.events.cold(PocketTakenOver(state.events.next_sequence(), state.time_ms, *names, *told))


def _penalty(state: State, pocket: int, unit: int) -> int:
    """What is paid on top of the debts of a pocket, in units, rounded up."""
    instrument = state.instruments[state.pools[pocket].instrument]
    total: int = 0
    for code in (instrument.base, instrument.quote):
        currency = state.currencies[code]
        rate: int = currency.penalty_ppm
        cash: int = state.ledger.get(state.slot(pocket, code, TRADING), ld.CASH)
        total += max(-cash, 0) * currency.weight * rate
    return ceil_of((total, unit))


def _hand_over(state: State, pocket: int, currency: i64) -> int:
    """Move all cash of a currency, owned or owed, to the desk; how much it was."""
    slot = state.slot(pocket, currency, TRADING)
    amount: int = state.ledger.get(slot, ld.CASH)
    state.ledger.post(slot, -amount, state.time_ms)
    state.ledger.post(state.slot(state.desk, currency, TRADING), amount, state.time_ms)
    return amount
