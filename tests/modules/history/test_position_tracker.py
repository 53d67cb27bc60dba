"""What is kept in memory of positions: their last change and trade, also across a restart."""

from collections.abc import Callable

import pytest

from lonja.core.events import Filled, PositionChanged
from lonja.core.kinds import PositionCause
from lonja.modules.history.api import History, PositionTrace, PositionTracker
from tests.core.random_commands import ACCOUNTS
from tests.modules.desk import RandomDesk

OpenHistory = Callable[..., History]


@pytest.mark.parametrize("seed", range(3))
async def test_traces_are_those_of_the_last_events(seed: int, other_url: str, open_history: OpenHistory) -> None:
    desk = RandomDesk(seed, 300_000, contracts=True)
    early = PositionTracker(desk.views)
    for founded in desk.batches:
        early.on_batch(founded)
    told: dict[tuple[int, ...], PositionTrace] = {}
    trades: dict[int, int] = {}
    for _ in range(200):
        if batch := desk.batch():
            early.on_batch(batch)
            for event in batch.events:
                if isinstance(event, Filled):
                    trades[event.order_id] = event.trade_id
                elif isinstance(event, PositionChanged) and event.account in ACCOUNTS:
                    before = told.get(event[2:6], PositionTrace())
                    trade_id = trades[event.order_id] if event.cause == PositionCause.FILLED else before.trade_id
                    told[event[2:6]] = PositionTrace(event.time_ms, trade_id)
    assert len(told) > 10
    for names, trace in told.items():
        assert early.trace(*names) == trace
    history = open_history(other_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    late = PositionTracker(desk.views)
    late.prime(history.positions_held())
    held = [view for account in ACCOUNTS for view in desk.views.positions(account) if view.lots]
    assert held
    for view in held:
        assert late.trace(*view[:4]) == told[view[:4]]
