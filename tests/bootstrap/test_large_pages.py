"""Memory comes in large pages where the system gives them to who asks, unless somebody has decided."""

import os
import subprocess
import sys

import pytest

from lonja.bootstrap.large_pages import SETTINGS, TUNABLE, VARIABLE, asking


@pytest.mark.parametrize(
    ("decided", "policy", "wanted"),
    [
        (None, "always [madvise] never", SETTINGS),
        ("", "always [madvise] never", SETTINGS),
        ("glibc.malloc.arena_max=1", "always [madvise] never", f"glibc.malloc.arena_max=1:{SETTINGS}"),
        (f"{TUNABLE}=0", "always [madvise] never", None),
        (SETTINGS, "always [madvise] never", None),
        (None, "[always] madvise never", None),
        (None, "always madvise [never]", None),
    ],
)
def test_only_who_has_to_ask_and_has_not_decided_asks(decided: str | None, policy: str, wanted: str | None) -> None:
    environment = {} if decided is None else {VARIABLE: decided}
    assert asking(environment, policy) == wanted


@pytest.mark.parametrize("decided", [None, f"{TUNABLE}=0"])
def test_the_program_goes_on_with_its_arguments(decided: str | None) -> None:
    code = "import os, sys; from lonja.bootstrap.large_pages import *; use_large_pages(); print(sys.argv, os.getpid())"
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    if decided is not None:
        environment[VARIABLE] = decided
    with subprocess.Popen(
        [sys.executable, "-c", code, "one", "two words"], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        told, _ = process.communicate(timeout=30)
    assert told == f"['-c', 'one', 'two words'] {process.pid}\n"
