"""Orders, fills, positions, bills and candles of the past, in SQL.

Why reads are asynchronous: they run on threads of their own, so that a long history never holds up trading.
Invariant: everything here can be dropped and rebuilt from the journal.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog
from sqlalchemy import Connection, Engine

from lonja.engine.api import EngineViews, EventBatch
from lonja.modules.history import algo_queries, queries
from lonja.modules.history.algo_queries import AlgoFilter
from lonja.modules.history.algo_records import AlgoRecord
from lonja.modules.history.bills import transfer_of
from lonja.modules.history.database import drop_tables, migrate, open_database
from lonja.modules.history.fill_prices import prices_of
from lonja.modules.history.position_fold import PositionRecord
from lonja.modules.history.projector import QUEUED_EVENTS_MAX, EventSource, Progress, Projector
from lonja.modules.history.queries import BillFilter, FillFilter, OrderFilter, Page, PositionFilter
from lonja.modules.history.records import (
    BillKind,
    BillRecord,
    BillSubkind,
    CandleRecord,
    FillRecord,
    OrderRecord,
    TradeRecord,
    TransferRecord,
)
from lonja.modules.history.waiting_margin import WaitingMargin
from lonja.primitives.errors import DataCorruptError

_READERS = 2
_CATCH_UP_SECONDS = 2.0
_CLOSE_SECONDS = 3.0
_R = TypeVar("_R")
_log = structlog.get_logger("lonja.history")


class History:
    """The projections of one exchange. Subscribe ``on_batch``; call ``catch_up`` and ``start`` before, in this order."""

    def __init__(self, url: str, source: EventSource | None = None, queued_events_max: int = QUEUED_EVENTS_MAX) -> None:
        """Open the database at ``url``, creating or upgrading its tables.

        ``source`` reads batches from the journal, for what the database missed. Raises ``sqlalchemy.exc.SQLAlchemyError``,
        and ``DataVersionError`` when a newer version wrote it.
        """
        self._source = source
        self._queued_events_max = queued_events_max
        self._engine: Engine = open_database(url)
        migrate(self._engine)
        self._projector = self._make_projector()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="lonja-history")

    def _make_projector(self) -> Projector:
        return Projector(self._engine, self._source, self._queued_events_max)

    # --- writing

    def on_batch(self, batch: EventBatch) -> None:
        """Take a batch to be projected soon; the engine's subscriber."""
        self._projector.offer(batch)

    def last_sequence(self) -> int:
        """Number of the last projected event."""
        return self._projector.last_sequence

    def catch_up(self, sequence: int, progress: Progress | None = None) -> None:
        """Project all events up to ``sequence``, the engine's last, from the journal. Blocking; before ``start``.

        Raises ``DataCorruptError`` when they know more than the journal, which is written first.
        """
        if self.last_sequence() > sequence:
            raise DataCorruptError(
                f"The projections know event {self.last_sequence()}, but the journal ends with event {sequence}:"
                " acknowledged commands are missing.",
                "Restore the journal from a copy; to go on without them: lonja projections rebuild --data DIR.",
            )
        if self.last_sequence() < sequence and self._source is not None:
            _log.info("projections catch up", projected=self.last_sequence(), journal=sequence)
            self._projector.catch_up(self._source(self.last_sequence()), progress)

    def rebuild(self, progress: Progress | None = None) -> None:
        """Drop everything and project the whole journal again. Blocking; before ``start``."""
        assert self._source is not None, "there is no journal to rebuild from"
        drop_tables(self._engine)
        migrate(self._engine)
        self._projector = self._make_projector()
        self._projector.catch_up(self._source(0), progress)

    def adopt_prices(self, views: EngineViews) -> None:
        """Learn the prices of ``views`` that no event told since prices are stored. Blocking; after ``catch_up``."""
        if self.last_sequence() == views.last_sequence():
            self._projector.adopt_prices(prices_of(views))

    def start(self) -> None:
        """Begin to project what ``on_batch`` takes."""
        self._projector.start()

    def close(self) -> None:
        """Project what is queued, as far as it goes quickly, and let go of the database."""
        self._projector.close(_CLOSE_SECONDS)
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._engine.dispose()

    def problem(self) -> str:
        """Why projections are not written at the moment, in one sentence; empty when they are."""
        return self._projector.problem

    # --- reading

    async def caught_up(self, sequence: int, timeout_seconds: float = _CATCH_UP_SECONDS) -> bool:
        """Wait until reads show everything up to ``sequence``; False when that takes too long."""
        return await self._projector.caught_up(sequence, timeout_seconds)

    async def order(
        self,
        account: int,
        *,
        order_id: int | None = None,
        client_order_id: str | None = None,
        instrument: int | None = None,
    ) -> OrderRecord | None:
        """The order with ``order_id``, or else the newest with ``client_order_id``, in ``instrument`` if that is given."""
        return await self._read(
            lambda connection: queries.order(connection, account, order_id, client_order_id, instrument)
        )

    async def orders(  # noqa: PLR0913  every argument narrows the list and is named at the call
        self,
        account: int,
        *,
        instrument: int | None = None,
        instrument_type: int | None = None,
        order_type: int | None = None,
        time_in_force: int | None = None,
        post_only: int | None = None,
        state: int | None = None,
        after_id: int | None = None,
        before_id: int | None = None,
        begin_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 100,
        ended_only: bool = False,
        unfilled_since_ms: int | None = None,
        updated_since_ms: int | None = None,
        instruments: Sequence[int] | None = None,
        category: int | None = None,
    ) -> list[OrderRecord]:
        """Orders of ``account``, newest first. ``instruments`` names several, where ``instrument`` names one.

        Ids lie before ``after_id`` and after ``before_id``, both exclusive; creation lies in ``begin_ms`` to ``end_ms``,
        both inclusive. ``unfilled_since_ms`` leaves out orders canceled before it without any fill, ``updated_since_ms``
        those in which nothing happened since.
        """
        wanted = OrderFilter(
            instrument,
            instrument_type,
            order_type,
            time_in_force,
            post_only,
            state,
            ended_only,
            unfilled_since_ms,
            updated_since_ms,
            instruments,
            category,
        )
        page = Page(after_id, before_id, begin_ms, end_ms, limit)
        return await self._read(lambda connection: queries.orders(connection, account, wanted, page))

    async def algo(self, account: int, *, algo_id: int | None = None, client_algo_id: str = "") -> AlgoRecord | None:
        """The algo order with ``algo_id``, or else the newest with ``client_algo_id``."""
        return await self._read(lambda connection: algo_queries.algo(connection, account, algo_id, client_algo_id))

    async def attached(self, orders: Sequence[int]) -> list[AlgoRecord]:
        """What was attached to some orders, oldest first."""
        return await self._read(lambda connection: algo_queries.algos_of_orders(connection, orders)) if orders else []

    async def algos(  # noqa: PLR0913  every argument narrows the list and is named at the call
        self,
        account: int,
        *,
        instrument: int | None = None,
        instrument_type: int | None = None,
        kinds: Sequence[int] = (),
        states: Sequence[int] = (),
        algo_id: int | None = None,
        after_id: int | None = None,
        before_id: int | None = None,
        begin_ms: int | None = None,
        limit: int = 100,
    ) -> list[AlgoRecord]:
        """Ended algo orders of ``account``, newest first; ids are ``algo_id``, bounds as for ``orders``."""
        wanted = AlgoFilter(instrument, instrument_type, kinds, states, algo_id)
        page = Page(after_id, before_id, begin_ms, limit=limit)
        return await self._read(lambda connection: algo_queries.algos(connection, account, wanted, page))

    async def fills(  # noqa: PLR0913  every argument narrows the list and is named at the call
        self,
        account: int,
        *,
        instrument: int | None = None,
        instrument_type: int | None = None,
        instruments: Sequence[int] | None = None,
        order_id: int | None = None,
        side: int | None = None,
        position_side: int | None = None,
        category: int | None = None,
        after_id: int | None = None,
        before_id: int | None = None,
        begin_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 100,
    ) -> list[FillRecord]:
        """Fills of ``account``, newest first; ids are ``fill_id``, bounds as for ``orders``."""
        page = Page(after_id, before_id, begin_ms, end_ms, limit)
        wanted = FillFilter(instrument, instrument_type, order_id, side, position_side, instruments, category)
        return await self._read(lambda connection: queries.fills(connection, account, wanted, page))

    async def bills(  # noqa: PLR0913  every argument narrows the list and is named at the call
        self,
        account: int,
        ledger: int | None,
        *,
        currency: int | None = None,
        bill_kind: BillKind | None = None,
        bill_subkind: BillSubkind | None = None,
        instrument: int | None = None,
        instrument_type: int | None = None,
        other_account: int | None = None,
        client_transfer_id: str | None = None,
        between_accounts: bool | None = None,
        margin_mode: int | None = None,
        inverse: bool | None = None,
        after_id: int | None = None,
        before_id: int | None = None,
        begin_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 100,
    ) -> list[BillRecord]:
        """Bills of one ledger of ``account`` (None: of both), newest first; ids are ``bill_id``, bounds as for ``orders``.

        ``between_accounts`` tells transfers to or from other accounts, such as ``other_account``, from all other bills,
        ``inverse`` bills of inverse or of linear contracts.
        """
        wanted = BillFilter(
            ledger,
            currency,
            bill_kind,
            bill_subkind,
            instrument,
            instrument_type,
            other_account,
            client_transfer_id,
            between_accounts,
            margin_mode,
            inverse,
        )
        page = Page(after_id, before_id, begin_ms, end_ms, limit)
        return await self._read(lambda connection: queries.bills(connection, account, wanted, page))

    async def positions(
        self,
        account: int,
        wanted: PositionFilter = PositionFilter(),  # noqa: B008  an immutable tuple
        *,
        before_ms: int | None = None,
        after_ms: int | None = None,
        limit: int = 100,
    ) -> list[PositionRecord]:
        """Lives of positions of ``account`` of which something was closed, those changed last first.

        They changed before ``before_ms`` and after ``after_ms``, both exclusive; those that changed at the time at which
        ``limit`` cuts are all given.
        """
        return await self._read(
            lambda connection: queries.positions(connection, account, wanted, before_ms, after_ms, limit)
        )

    async def liquidated_pairs(
        self,
        sold: Sequence[int],
        bought: Sequence[int],
        margin_mode: int | None = None,
        *,
        begin_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 100,
    ) -> list[OrderRecord]:
        """Liquidations of everybody's positions in pairs, newest first, both times inclusive.

        Long ones in the instruments ``sold``, short ones in those ``bought``.
        """
        page = Page(begin_ms=begin_ms, end_ms=end_ms, limit=limit)
        return await self._read(
            lambda connection: queries.liquidated_pairs(connection, sold, bought, margin_mode, page)
        )

    async def transfer(
        self, accounts: Sequence[int], *, transfer_id: int | None = None, client_transfer_id: str = ""
    ) -> TransferRecord | None:
        """The transfer with ``transfer_id``, or else the newest with ``client_transfer_id``.

        One of ``accounts`` must have sent or received it; None when there is none.
        """
        bill = await self._read(
            lambda connection: queries.transfer(connection, accounts, transfer_id, client_transfer_id)
        )
        return None if bill is None else transfer_of(bill)

    async def stored_candles(self, instrument: int, period_ms: int, begin_ms: int, end_ms: int) -> list[CandleRecord]:
        """Candles that open in [begin, end), oldest first, and before them the last one that opened earlier.

        ``period_ms`` is a minute or an hour.
        """
        return await self._read(lambda connection: queries.candles(connection, instrument, period_ms, begin_ms, end_ms))

    async def stored_trades(
        self, instrument: int, *, after_id: int, before_id: int, end_ms: int, limit: int
    ) -> list[TradeRecord]:
        """Trades with ids between ``before_id`` and ``after_id``, both exclusive, and not after ``end_ms``, newest first.

        About 16,000 of an instrument are kept.
        """
        page = Page(after_id=after_id, before_id=before_id, end_ms=end_ms, limit=limit)
        return await self._read(lambda connection: queries.past_trades(connection, instrument, page))

    async def _read(self, query: Callable[[Connection], _R]) -> _R:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._run, query)

    def _run(self, query: Callable[[Connection], _R]) -> _R:
        with self._engine.connect() as connection:
            return query(connection)

    # --- reading at the start, blocking

    def recent_candles(self, period_ms: int, since_ms: int) -> Iterable[CandleRecord]:
        """Per instrument, oldest first: candles that open at or after ``since_ms``, and the last one before it."""
        with self._engine.connect() as connection:
            for instrument in queries.instruments(connection):
                yield from queries.candles(connection, instrument, period_ms, since_ms, 2**62)

    def recent_trades(self, count: int) -> list[TradeRecord]:
        """The last ``count`` trades of every instrument, oldest first."""
        return self._run(lambda connection: queries.recent_trades(connection, count))

    def positions_held(self) -> list[PositionRecord]:
        """Positions that were open when last projected; ``PositionTracker.prime`` takes them."""
        return self._run(queries.positions_held)

    def margins_waiting(self) -> list[WaitingMargin]:
        """What came with open orders of pockets, as last projected; ``PairTracker.prime`` takes it."""
        return self._run(queries.margins_waiting)

    def orders_to_adopt(self) -> list[OrderRecord]:
        """Open orders of which the engine has forgotten something, as last projected; ``OrderTracker.prime`` takes them."""
        return self._run(queries.orders_to_adopt)

    def algos_to_adopt(self) -> list[AlgoRecord]:
        """Open algo orders as last projected; ``OrderTracker.prime`` takes them."""
        return self._run(algo_queries.live_algos)
