"""A group of commands whose modules are imported when they are called, so that ``lonja --help`` and completion are quick.

Why here: a server's imports take a second, and most calls of the command line need none of them. Invariant: a command
and its entry say the same summary; ``tests/cli/test_main.py`` compares them.
"""

import sys
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from lonja.bootstrap.large_pages import use_large_pages
from lonja.bootstrap.memory import expect_much


class Entry(NamedTuple):
    """Where a command is (``attribute`` of ``module``: a function, or an app with commands of its own), and its summary.

    ``is_large`` when it keeps a whole exchange in memory.
    """

    module: str
    attribute: str
    summary: str
    is_large: bool = False

    def load(self, name: str) -> Any:  # noqa: ANN401  # typer keeps the type of commands to itself
        """The command itself, called ``name``."""
        found = getattr(import_module(self.module), self.attribute)
        if isinstance(found, typer.Typer):
            command = get_command(found)
        else:
            app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            app.command(name)(found)
            command = get_command(app)
        command.name = name
        return command


class LazyGroup(TyperGroup):
    """A group of the commands in ``entries``; what lists them sees names and summaries only."""

    entries: dict[str, Entry]

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  # passed on as they are
        """Show every command without importing it."""
        super().__init__(**settings)
        for name, entry in self.entries.items():
            self.add_command(TyperCommand(name, help=entry.summary), name)

    def resolve_command(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # as the method that it extends
        """Find the command that was asked for, and only then import it."""
        name, command, rest = super().resolve_command(*args, **kwargs)
        if name is not None and command is not None:
            # Only where the command is what this process was started for, and before its imports.
            if self.entries[name].is_large and sys.argv[1:2] == [name]:
                use_large_pages()
                expect_much()
            command = self.entries[name].load(name)
        return name, command, rest
