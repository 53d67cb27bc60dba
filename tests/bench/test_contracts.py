"""The order flow of contracts is what it is said to be: accepted, traded, cross and isolated."""

import struct
from collections import Counter

from bench import core
from bench.contracts import CONTRACTS, MARKED_EVERY, flow, founding, packed, rate_of
from lonja.core import commands as c
from lonja.core.apply import apply_batch
from lonja.core.kinds import MarginMode
from lonja.core.rejections import Rejection
from lonja.core.state import State

COMMANDS = 3_000
EXPECTED = {Rejection.NONE, Rejection.ORDER_NOT_FOUND, Rejection.NOTHING_TO_AMEND}


def test_the_flow_is_that_of_spot_in_contracts() -> None:
    spot, contracts = list(core.flow(COMMANDS)), list(flow(COMMANDS))
    orders = [command for command in contracts if isinstance(command, c.PlaceContractOrder)]
    assert sum(isinstance(command, c.SetMarkPrice) for command in contracts) == COMMANDS // MARKED_EVERY
    assert sum(isinstance(command, c.PlaceOrder) for command in spot) - len(orders) <= COMMANDS // MARKED_EVERY
    assert {order.margin_mode for order in orders} == set(MarginMode)
    assert len({order.instrument for order in orders}) == CONTRACTS


def test_most_of_it_is_accepted_and_much_of_it_trades() -> None:
    state = State()
    setup, trading = packed(founding(), flow(COMMANDS))
    rejections = Counter[int]()
    for row in [*setup, *trading]:
        outcomes = apply_batch(state, row.body, row.first_command).outcomes
        rejections.update(struct.unpack(f"<{len(outcomes) // 8}q", outcomes)[::2])
    assert set(rejections) <= EXPECTED
    assert rejections[Rejection.NONE] > 0.9 * rejections.total()
    held = Counter(int(position.margin_mode) for position in state.positions if position.lots)
    assert min(held[MarginMode.CROSS], held[MarginMode.ISOLATED]) > 100


def test_a_rate_is_measured() -> None:
    assert rate_of(*packed(founding(), flow(100))) > 0
