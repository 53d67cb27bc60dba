"""``lonja version``."""

from importlib.metadata import version

import typer


def version_command() -> None:
    """Show the version."""
    typer.echo(version("lonja"))
