"""``lonja keys``: make, list and remove API keys, also while a server runs on the same folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from lonja.adapters.clock import SystemClock
from lonja.bootstrap.defaults import DEFAULT_DATA
from lonja.bootstrap.identity import open_identity
from lonja.cli.errors import FriendlyApp
from lonja.modules.identity.api import Identity, IdentityError, uid

NAMES_MAX: Final = 8
"""How many accounts are proposed to who named none."""

keys_app = FriendlyApp(
    help="Make, list and remove API keys. A running server notices within a second.", add_completion=False
)

DataOption = Annotated[Path, typer.Option("--data", help="The data folder; a server may be running on it.")]


@keys_app.command("create")
def create(
    account: Annotated[str, typer.Option(help="Name of the account the key acts for.")],
    data: DataOption = DEFAULT_DATA,
    permissions: Annotated[str, typer.Option(help="Any of read, trade, withdraw, by commas.")] = "read",
    ip: Annotated[list[str] | None, typer.Option(help="Address or network it may be used from; repeatable.")] = None,
    label: Annotated[str, typer.Option(help="A note to recognize it by.")] = "",
    passphrase: Annotated[str | None, typer.Option(help="Made when not given.")] = None,
) -> None:
    """Make a key and show its secret, this once."""
    with _identity(data) as identity:
        created = identity.create_key(
            _account(identity, account),
            permissions=permissions.split(","),
            networks=[network for text in ip or [] for network in text.split(",")],
            label=label,
            passphrase=passphrase,
        )
    typer.echo(f"api key     {created.key.api_key}")
    typer.echo(f"secret      {created.secret}")
    typer.echo(f"passphrase  {created.passphrase}")
    typer.echo(f"permissions {', '.join(sorted(created.key.permissions))}")
    typer.echo("The secret and the passphrase are not shown again.", err=True)


@keys_app.command("list")
def list_keys(
    data: DataOption = DEFAULT_DATA,
    account: Annotated[str | None, typer.Option(help="Only keys of this account.")] = None,
) -> None:
    """Show all keys, without their secrets."""
    with _identity(data) as identity:
        names = {known.account: known.name for known in identity.accounts()}
        entries = identity.list_keys(None if account is None else _account(identity, account))
    table = Table("api key", "account", "uid", "permissions", "bound to", "label", "last used", box=None)
    for entry in entries:
        used = datetime.fromtimestamp(entry.last_used_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M")
        if entry.last_used_ms == entry.created_ms:  # where the count of unused days starts
            used = "never"
        table.add_row(
            entry.api_key,
            names.get(entry.account, ""),
            uid(entry.account),
            entry.permissions,
            entry.networks or "any address",
            entry.label,
            f"{used} (lapsed)" if entry.lapsed else used,
        )
    # Wide enough that a pipe gets whole lines.
    Console(width=None if Console().is_terminal else 250).print(table)


@keys_app.command("remove")
def remove(
    api_key: Annotated[str, typer.Argument(help="The key, as `lonja keys list` shows it.")],
    data: DataOption = DEFAULT_DATA,
) -> None:
    """End a key for ever."""
    with _identity(data) as identity:
        identity.remove_key(api_key)
    typer.echo(f"The key {api_key} is removed.")


@contextmanager
def _identity(data: Path) -> Iterator[Identity]:
    os.umask(0o077)
    identity = open_identity(data, SystemClock().now_ms, create=False)
    try:
        yield identity
    finally:
        identity.close()


def _account(identity: Identity, name: str) -> int:
    known = identity.account_named(name)
    if known is None:
        raise IdentityError(f"There is no account {name!r}.", _known([row.name for row in identity.accounts()]))
    return known.account


def _known(names: list[str]) -> str:
    # People's accounts are the oldest; behind them may stand a thousand of simulated traders.
    more = len(names) - NAMES_MAX
    return f"There are {', '.join(names[:NAMES_MAX])}{f' and {more} more' if more > 0 else ''}."
