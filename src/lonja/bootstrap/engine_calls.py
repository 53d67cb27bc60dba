"""Asks the engine from other threads than the loop's, and cancels the open orders and algo orders of a family of accounts.

Why here: facts are told on threads that block, the engine lives on the loop. Invariant: whoever waits is answered or
told that the outcome is unknown, also when the loop ends.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from concurrent.futures import CancelledError
from typing import Final, TypeVar

from lonja.core.algo_commands import CancelAlgo
from lonja.core.commands import CancelOrder, Command
from lonja.engine.api import Engine
from lonja.primitives.errors import EngineOutcomeUnknownError

ANSWER_SECONDS: Final = 30.0
"""How long to wait for the engine."""

_Found = TypeVar("_Found")


class LoopCaller:
    """Runs coroutines on the loop that runs now, for threads that wait for them."""

    def __init__(self, answer_seconds: float = ANSWER_SECONDS) -> None:
        """Wait so long at most."""
        self._answer_seconds = answer_seconds
        self._loop = asyncio.get_running_loop()

    def wait(self, asked: Coroutine[None, None, _Found]) -> _Found:
        """What ``asked`` gives; on another thread than the loop's.

        Raises what it raises, and ``EngineOutcomeUnknownError`` when it takes too long or the house closes.
        """
        answer = asyncio.run_coroutine_threadsafe(asked, self._loop)
        try:
            return answer.result(self._answer_seconds)
        except (TimeoutError, CancelledError) as error:
            answer.cancel()
            raise EngineOutcomeUnknownError("The engine did not answer in time.", "It is asked again.") from error


def with_pockets(engine: Engine, account: int) -> Sequence[int]:
    """An account and those of the engine that hold its positions in pairs."""
    return [account, *(held.pocket for held in engine.views.pockets(account))]


def cancels_of(engine: Engine, family: Iterable[int]) -> Sequence[Command]:
    """What cancels every open order and algo order of the accounts and their positions in pairs; on the loop."""
    commands: list[Command] = []
    for member in [one for account in family for one in with_pockets(engine, account)]:
        # Algo orders first: they would place orders when theirs end.
        commands += [
            CancelAlgo(account=member, instrument=algo.terms.instrument, algo_id=algo.algo_id)
            for algo in engine.views.algos(member)
        ]
        commands += [
            CancelOrder(account=member, instrument=order.instrument, order_id=order.order_id)
            for order in engine.views.open_orders(member)
        ]
    return commands
