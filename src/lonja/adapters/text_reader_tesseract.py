"""Reads text off pictures with the tesseract program, where it is installed.

Why a program of its own: a decoder that is fed by strangers belongs into a process that can be ended. Invariant: it sees
one picture, gets no more time and gives no more text than allowed, and whatever goes wrong with it means: not read.
"""

import os
import shutil
import subprocess
from typing import Final

import structlog

_OUTPUT_BYTES_MAX: Final = 200_000
_SECONDS_MAX: Final = 20.0
_MEMORY_BYTES_MAX: Final = 1 << 30
_ARGUMENTS: Final = ("stdin", "stdout", "-l", "eng", "--psm", "6", "-c", "load_system_dawg=0", "-c", "load_freq_dawg=0")
_ZONE_CHARACTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"

_log = structlog.get_logger("lonja.reading")


def find_tesseract() -> str | None:
    """Where the program is, None when it is not installed."""
    return shutil.which("tesseract")


class TesseractReader:
    """A ``TextReader`` by the program at ``program``."""

    def __init__(self, program: str, seconds_max: float = _SECONDS_MAX) -> None:
        """Reading a picture ends after ``seconds_max``."""
        limit = shutil.which("prlimit")
        bounded = () if limit is None else (limit, f"--as={_MEMORY_BYTES_MAX}", "--core=0", "--nofile=64")
        self._command = (*bounded, program, *_ARGUMENTS, "-c", f"tessedit_char_whitelist={_ZONE_CHARACTERS}")
        self._seconds_max = seconds_max

    def read(self, picture: bytes) -> str | None:
        """The text on ``picture`` in the characters of machine readable zones, None when it cannot be read."""
        try:
            done = subprocess.run(  # noqa: S603  # our own command; the picture comes by standard input
                self._command,
                input=picture,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=self._seconds_max,
                check=True,
                env={"PATH": os.environ.get("PATH", ""), "OMP_THREAD_LIMIT": "1"},
            )
        except (OSError, subprocess.SubprocessError) as error:
            _log.warning("a picture could not be read", problem=type(error).__name__)
            return None
        return done.stdout[:_OUTPUT_BYTES_MAX].decode("utf-8", "replace")


class NobodyReads:
    """A ``TextReader`` for a house without the program: people look at everything."""

    def read(self, picture: bytes) -> str | None:  # noqa: ARG002  # the port's form
        """Nothing."""
        return None
