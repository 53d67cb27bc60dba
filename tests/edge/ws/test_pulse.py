"""The timer that runs only when asked."""

import asyncio

from lonja.edge.ws.pulse import Pulse


async def test_many_requests_are_one_run_and_none_without() -> None:
    runs: list[float] = []
    loop = asyncio.get_running_loop()
    pulse = Pulse(0.05, lambda: runs.append(loop.time()))
    await asyncio.sleep(0.12)
    assert runs == []
    for _ in range(5):
        pulse.request()
    await asyncio.sleep(0.2)
    assert len(runs) == 1
    pulse.request()
    await asyncio.sleep(0.2)
    assert len(runs) == 2
    assert runs[1] - runs[0] >= 0.049


async def test_a_stopped_request_does_not_run() -> None:
    runs: list[int] = []
    pulse = Pulse(0.05, lambda: runs.append(1))
    pulse.request()
    pulse.stop()
    await asyncio.sleep(0.12)
    assert runs == []
    pulse.request()
    await asyncio.sleep(0.2)
    assert runs == [1]
