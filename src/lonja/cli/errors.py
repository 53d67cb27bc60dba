"""Errors as people should see them: a sentence and what to do, no traceback."""

import os
import sys
from typing import Any

import typer

from lonja.primitives.errors import LonjaError


class FriendlyApp(typer.Typer):
    """A command line that turns our errors into sentences on standard error and exit code 1."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # passed on as they are
        """Run the command line."""
        _fill_standard_streams()
        try:
            return super().__call__(*args, **kwargs)
        except LonjaError as error:
            typer.echo(f"lonja: {error.message}", err=True)
            if error.remedy:
                typer.echo(f"       {error.remedy}", err=True)
            sys.exit(1)


def _fill_standard_streams() -> None:
    """Put the null device where standard streams were closed, before a socket or a journal takes their numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115  open to the end
