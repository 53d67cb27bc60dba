"""Errors as people should see them: a sentence and what to do, no traceback."""

import sys
from typing import Any

import typer

from lonja.primitives.errors import LonjaError


class FriendlyApp(typer.Typer):
    """A command line that turns our errors into sentences on standard error and exit code 1."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # passed on as they are
        """Run the command line."""
        try:
            return super().__call__(*args, **kwargs)
        except LonjaError as error:
            typer.echo(f"lonja: {error.message}", err=True)
            if error.remedy:
                typer.echo(f"       {error.remedy}", err=True)
            sys.exit(1)
