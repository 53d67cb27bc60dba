"""Last and index prices and open algo orders as the last part of a snapshot.

Why here: ``snapshot`` is long. Invariant: the part is missing when no such price was ever told and nothing is open, as
before there were algo orders; snapshots of that time load, and their instruments have no last price until they trade.
"""

from typing import Final

from librt.strings import BytesWriter, write_i64_le
from mypy_extensions import i64

from lonja.core.algos import DETAILS, AlgoOrder
from lonja.core.cursor import Cursor
from lonja.core.packed import packed_text
from lonja.core.state import State

PRICES: Final[i64] = -1
"""Begins the part; what may stand there otherwise is a count."""
_TERMS: Final = 27
_PROGRESS: Final = 11


def dump_algos(state: State, out: BytesWriter) -> None:
    """Write the part."""
    prices: list[tuple[int, int, int]] = []
    for instrument in state.instruments:
        contract = instrument.contract
        index: int = 0 if contract is None else contract.index
        last: int = instrument.last_price
        if last | index:
            prices.append((int(instrument.code), last, index))
    if not prices and state.algos.count == 0:
        return
    write_i64_le(out, PRICES)
    write_i64_le(out, len(prices))
    for code, last_price, index_price in prices:
        write_i64_le(out, code)
        write_i64_le(out, last_price)
        write_i64_le(out, index_price)
    write_i64_le(out, state.algos.count)
    for algo_id, algo in sorted(state.algos.by_id.items()):
        write_i64_le(out, algo_id)
        write_i64_le(out, algo.account)
        for value in algo.terms() + algo.progress():
            write_i64_le(out, value)
        out.write(packed_text(algo.client_algo_id.encode("ascii"), 32))
        out.write(packed_text(algo.tag.encode("ascii"), 16))
        for value in [*algo.details(), algo.cost, len(algo.linked), *algo.linked]:
            write_i64_le(out, value)
        out.write(packed_text(algo.guard_name.encode("ascii"), 32))


def load_algos(state: State, cursor: Cursor) -> None:
    """Read the part."""
    begins = cursor.word()
    assert begins == PRICES, "only this part begins so"
    for _ in range(cursor.word()):
        instrument = state.instruments[cursor.word()]
        instrument.last_price = cursor.word()
        index = cursor.word()
        contract = instrument.contract
        if contract is not None:
            contract.index = index
    for _ in range(cursor.word()):
        algo_id: int = cursor.word()
        account: int = cursor.word()
        terms = [int(cursor.word()) for _ in range(_TERMS)]
        progress = [int(cursor.word()) for _ in range(_PROGRESS)]
        client_algo_id = cursor.text(32).decode("ascii")
        algo = AlgoOrder(algo_id, account, terms, client_algo_id, cursor.text(16).decode("ascii"))
        algo.set_progress(progress)
        algo.set_details([int(cursor.word()) for _ in range(DETAILS)])
        algo.cost = cursor.word()
        algo.linked = [int(cursor.word()) for _ in range(cursor.word())]
        algo.guard_name = cursor.text(32).decode("ascii")
        state.algos.add(algo)
    due: int = state.algos.next_due_ms()
    if due and (state.next_timer == 0 or due < state.next_timer):
        state.next_timer = due
