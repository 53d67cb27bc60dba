"""``lonja providers``: whom the operator trusts to say who somebody is.

Invariant: a secret is typed where nobody reads along, or comes by standard input; it is never an argument, which every
user of the machine could see.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
import typer

from lonja.bootstrap.defaults import DEFAULT_DATA, DEFAULT_PORT, SANDBOX_FILE, page_origin
from lonja.bootstrap.staff_folder import open_staff_folder
from lonja.cli.errors import FriendlyApp
from lonja.modules.identity.api import People, ProviderSettings, check_provider_name, return_address
from lonja.primitives.errors import SettingsError

providers_app = FriendlyApp(
    help="Providers that people may sign in by. A server reads them when it starts.",
    no_args_is_help=True,
    add_completion=False,
)
_Data = Annotated[Path, typer.Option("--data", help="The data folder; a server may be running on it.")]
_Name = Annotated[str, typer.Argument(help="One short word in small letters, like google.")]


@providers_app.command("list")
def list_command(data: _Data = DEFAULT_DATA) -> None:
    """Show the trusted providers; secrets are not printed."""
    with _opened(data) as people:
        trusted = people.trusted_providers.all()
    for one in trusted:
        typer.echo(f"{one.name:12}  {one.issuer}  client {one.client_id}  {' '.join(one.hosts)}".rstrip())
    if not trusted:
        typer.echo("None yet. Trust one: lonja providers add NAME --issuer https://... --client-id ID")


@providers_app.command("add")
def add_command(
    name: _Name,
    issuer: Annotated[str, typer.Option(help="Its address as in its tokens, like https://accounts.google.com.")],
    client_id: Annotated[str, typer.Option(help="How the provider calls this house.")],
    title: Annotated[str, typer.Option(help="Its name for people; the short word when left out.")] = "",
    host: Annotated[list[str] | None, typer.Option(help="Another host it answers at; repeatable.")] = None,
    data: _Data = DEFAULT_DATA,
) -> None:
    """Trust a provider, in place of one of the same name. The client secret is asked for, or read from a pipe."""
    with _opened(data) as people:
        settings = ProviderSettings(name, title or name, issuer, client_id, _secret(), tuple(host or ()))
        people.trusted_providers.trust(settings)
    typer.echo(f"{name} is trusted; a server offers it when it starts.")
    typer.echo(f"Register this return address there: {_return_address(name, data)}")


@providers_app.command("return-address")
def return_address_command(name: _Name, data: _Data = DEFAULT_DATA) -> None:
    """Print the address to register at a provider, also before it is trusted: where browsers come back from it."""
    check_provider_name(name)
    typer.echo(_return_address(name, data))


@providers_app.command("remove")
def remove_command(name: _Name, data: _Data = DEFAULT_DATA) -> None:
    """Trust a provider no more; accounts connected by it open nothing until it is back."""
    with _opened(data) as people:
        if not people.trusted_providers.distrust(name):
            raise SettingsError("There is no such provider.", "See lonja providers list.")
    typer.echo(f"{name} is trusted no more; restart a server that is running.")


class _Told(msgspec.Struct, frozen=True):
    """What a sandbox says of itself, as far as it is needed here."""

    rest: str


def _return_address(name: str, data: Path) -> str:
    """By the port that a sandbox in ``data`` last had, else by the one it has unless told otherwise."""
    try:
        told = urlsplit(msgspec.json.decode((data / SANDBOX_FILE).read_bytes(), type=_Told).rest).port
    except (OSError, ValueError):
        told = None
    return return_address(page_origin(told or DEFAULT_PORT), name)


def _secret() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Client secret", hide_input=True, err=True)).strip()
    return sys.stdin.readline().strip()


@contextmanager
def _opened(data: Path) -> Iterator[People]:
    os.umask(0o077)
    folder = open_staff_folder(data)
    try:
        yield folder.people
    finally:
        folder.close()
