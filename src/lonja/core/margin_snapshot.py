"""Leverages beyond those of single positions, and what pockets trade, as the last part of a snapshot.

Why here: ``snapshot`` is long. Invariant: the part is missing while there is nothing to tell.
"""

from typing import Final

from librt.strings import BytesWriter, write_i64_le
from mypy_extensions import i64

from lonja.core import orders as o
from lonja.core.cursor import Cursor
from lonja.core.pocket_positions import register_pocket
from lonja.core.state import State

NIL: Final[i64] = -1
MARGINS: Final[i64] = -3
"""Begins the part; what may stand there otherwise is the beginning of a part before."""


def dump_margins(state: State, out: BytesWriter) -> None:
    """Write the part."""
    if not state.family_leverages and not state.pocket_leverages and not state.has_pockets:
        return
    write_i64_le(out, MARGINS)
    write_i64_le(out, len(state.family_leverages))
    for key, leverage in sorted(state.family_leverages.items()):
        for value in (*key, leverage):
            write_i64_le(out, value)
    write_i64_le(out, len(state.pocket_leverages))
    for key, leverage in sorted(state.pocket_leverages.items()):
        for value in (*key, leverage):
            write_i64_le(out, value)
    pockets = [(pocket, pool) for pocket, pool in sorted(state.pools.items()) if pool.instrument != NIL]
    write_i64_le(out, len(pockets))
    for pocket, pool in pockets:
        for value in (pocket, pool.currency, pool.returns, pool.lots, pool.cost, pool.pnl, pool.life, pool.opened_ms):
            write_i64_le(out, value)
    reducing = _reducing(state, [pocket for pocket, _ in pockets])
    brought = [(pocket, order_id, *row) for pocket, pool in pockets for order_id, row in sorted(pool.brought.items())]
    if reducing or brought:
        write_i64_le(out, len(reducing) + len(brought))
        write_i64_le(out, len(reducing))
        for order_id in reducing:
            write_i64_le(out, order_id)
        for row in brought:
            for value in row:
                write_i64_le(out, value)


def _reducing(state: State, pockets: list[int]) -> list[int]:
    """The open orders of pockets that only reduce, by pocket and age."""
    words = state.orders.words
    slots = [slot for pocket in pockets for slot in state.orders_of(pocket)]
    return [words[slot + o.ORDER_ID] for slot in slots if words[slot + o.REDUCE_ONLY] == 1]


def load_margins(state: State, cursor: Cursor) -> None:
    """Read the part. Raises ``ValueError`` when it is something else."""
    if cursor.word() != MARGINS:
        raise ValueError("bytes left over after the snapshot")
    for _ in range(cursor.word()):
        account: int = cursor.word()
        family: int = cursor.word()
        side: int = cursor.word()
        state.family_leverages[account, family, side] = cursor.word()
    for _ in range(cursor.word()):
        owner: int = cursor.word()
        instrument: int = cursor.word()
        mode: int = cursor.word()
        state.pocket_leverages[owner, instrument, mode] = cursor.word()
    for _ in range(cursor.word()):
        _load_pocket(state, cursor)
    if cursor.at < len(cursor.data):
        _load_orders(state, cursor)


def _load_orders(state: State, cursor: Cursor) -> None:
    """Which orders only reduce, and what came with orders."""
    count: int = cursor.word()
    if count <= 0:
        raise ValueError("bytes left over after the snapshot")
    reducing: int = cursor.word()
    for _ in range(reducing):
        state.orders.words[state.orders.find(cursor.word()) + o.REDUCE_ONLY] = 1
    for _ in range(count - reducing):
        pocket: int = cursor.word()
        order_id: int = cursor.word()
        currency: int = cursor.word()
        amount: int = cursor.word()
        lots: int = cursor.word()
        state.pools[pocket].brought[order_id] = (currency, amount, lots, int(cursor.word()))


def _load_pocket(state: State, cursor: Cursor) -> None:
    pocket = cursor.word()
    pool = state.pools[int(pocket)]
    pool.currency = cursor.word()
    register_pocket(state, pocket, pool)
    if int(pocket) in state.watched_pools:
        state.cross(pool, 1)
    pool.returns = cursor.word()
    pool.lots = cursor.word()
    pool.cost = cursor.word()
    pool.pnl = cursor.word()
    pool.life = cursor.word()
    pool.opened_ms = cursor.word()
