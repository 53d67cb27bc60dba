"""Processor time of other processes, cores, and how much of the machine strangers took meanwhile.

Why here: on a shared machine the wall clock tells of the neighbors; processor time tells of us.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

_CORES = range(os.cpu_count() or 1)
SERVER_CORE, LOAD_CORE = _CORES[0], _CORES[-1]
DISTURBED_SHARE = 0.05
"""Part of one core that strangers may take before wall time is not believed."""

_STAT_IDLE = (3, 4)
_STAT_FIELDS = 8


@dataclass(frozen=True)
class Server:
    """A running server process and what it told."""

    pid: int
    told: dict[str, Any]

    def cpu_seconds(self) -> float:
        """Processor time of all its threads so far; the number of a process's clock is Linux's."""
        return time.clock_gettime(~self.pid << 3 | 2)


class Load(NamedTuple):
    """What a server did under load."""

    operations: int
    seconds: float
    cpu_seconds: float
    strangers: float

    @property
    def rate(self) -> float:
        """Operations a second by the wall clock."""
        return self.operations / self.seconds

    @property
    def cpu_us(self) -> float:
        """Processor microseconds of the server per operation."""
        return self.cpu_seconds / self.operations * 1e6

    @property
    def is_disturbed(self) -> bool:
        """Whether strangers took so much that only processor time counts."""
        return self.strangers > DISTURBED_SHARE


@contextmanager
def running_server(*arguments: str) -> Iterator[Server]:
    """``python -m bench.servers`` with ``arguments``, until the block is left."""
    command = [sys.executable, "-m", "bench.servers", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(command)} did not start")
        yield Server(process.pid, json.loads(line))


async def loaded(server: Server, work: Awaitable[int]) -> Load:
    """Do ``work``, which returns how many operations the server did for it."""
    busy, own, theirs, start = _busy_seconds(), time.process_time(), server.cpu_seconds(), time.perf_counter()
    operations = await work
    seconds = time.perf_counter() - start
    cpu_seconds = server.cpu_seconds() - theirs
    strangers = _busy_seconds() - busy - cpu_seconds - (time.process_time() - own)
    return Load(operations, seconds, cpu_seconds, max(0.0, strangers / seconds))


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder on the disk of the project, since what is kept in memory needs no sync."""
    place = Path("build")
    place.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=place) as name:
        yield Path(name).resolve()


def take_load_core() -> None:
    """Keep this process off the server's core, and let it and its children open many sockets."""
    os.sched_setaffinity(0, {LOAD_CORE})
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _busy_seconds() -> float:
    """Time that all cores together were not idle."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1 : 1 + _STAT_FIELDS]]
    busy = sum(field for index, field in enumerate(fields) if index not in _STAT_IDLE)
    return busy / os.sysconf("SC_CLK_TCK")
