"""``lonja staff``: who works for the house, decided by whoever runs its machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from lonja.bootstrap.defaults import DEFAULT_DATA
from lonja.bootstrap.staff_folder import StaffFolder, open_staff_folder
from lonja.cli.errors import FriendlyApp
from lonja.modules.backoffice.api import ADMINISTRATOR

staff_app = FriendlyApp(
    help="Members of staff. A running server notices at their next request.",
    no_args_is_help=True,
    add_completion=False,
)
_Data = Annotated[Path, typer.Option("--data", help="The data folder; a server may be running on it.")]
_Person = Annotated[str, typer.Argument(help="E-mail address or phone number the person signed up with.")]


class _Row(NamedTuple):
    user_id: int
    state: str
    roles: str


@staff_app.command("list")
def list_command(data: _Data = DEFAULT_DATA) -> None:
    """Show everybody who works for the house; who they are is not printed."""
    with _opened(data) as folder:
        rows = [
            _Row(found.user_id, folder.state_of(found.user_id), ", ".join(sorted(found.roles)))
            for found in folder.office.staff.all()
        ]
    for row in rows:
        typer.echo(f"{row.user_id:>8}  {row.state:8}  {row.roles}")
    if not rows:
        typer.echo("Nobody yet. Make two administrators: lonja staff add E-MAIL")


@staff_app.command("add")
def add_command(
    person: _Person,
    data: _Data = DEFAULT_DATA,
    role: Annotated[list[str] | None, typer.Option(help="Role to give; repeatable.")] = None,
    also: Annotated[list[str] | None, typer.Option(help="Another account of the same person; repeatable.")] = None,
) -> None:
    """Give roles to somebody who has an account with a passkey; from two administrators on those decide."""
    with _opened(data) as folder:
        user_id = folder.user_with_passkey(person)
        for other in also or []:
            folder.office.staff.note_own_account(user_id, folder.user_of(other))
        folder.office.staff.make_first(user_id, role or [ADMINISTRATOR])
        roles = ", ".join(sorted(folder.office.staff.roles(user_id)))
    typer.echo(f"User {user_id} works for the house as: {roles}.")


@staff_app.command("remove")
def remove_command(person: _Person, data: _Data = DEFAULT_DATA) -> None:
    """Take all roles of somebody at once, and end their sessions."""
    with _opened(data) as folder:
        user_id = folder.user_of(person)
        roles = folder.office.staff.take_away(user_id)
        folder.office.sessions.end_all(user_id, "no_role")
        left = sum(1 for found in folder.office.staff.all() if ADMINISTRATOR in found.roles)
    typer.echo(f"User {user_id} was {', '.join(roles)} and works for the house no more.")
    if left < 2:
        typer.echo("Fewer than two administrators are left: add another with lonja staff add.", err=True)


@contextmanager
def _opened(data: Path) -> Iterator[StaffFolder]:
    os.umask(0o077)
    folder = open_staff_folder(data)
    try:
        yield folder
    finally:
        folder.close()
