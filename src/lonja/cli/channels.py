"""``lonja channels``: the signed list of official channels, by which people check who wrote to them."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from lonja.adapters.clock import SystemClock
from lonja.bootstrap.defaults import DEFAULT_DATA
from lonja.bootstrap.identity import open_box, require_identity
from lonja.bootstrap.notice_settings import NoticeSettings
from lonja.bootstrap.notices import open_notices, publish_channels
from lonja.cli.errors import FriendlyApp
from lonja.modules.notices.api import Kind, Notices, OfficialChannel
from lonja.primitives.errors import DataError

channels_app = FriendlyApp(
    help="The signed list of official channels. A server reads it when it starts.",
    no_args_is_help=True,
    add_completion=False,
)
_Data = Annotated[Path, typer.Option("--data", help="The data folder.")]


@channels_app.command("list")
def list_command(data: _Data = DEFAULT_DATA) -> None:
    """Show the list and the key it is signed with."""
    with _opened(data) as notices:
        current = notices.channels.current
        typer.echo(f"version {current.version}, signed with {notices.list_key}")
        for channel in current.channels:
            typer.echo(f"{channel.kind.value:7} {channel.value}")


@channels_app.command("check")
def check_command(
    text: Annotated[str, typer.Argument(help="An address, number, domain or handle.")], data: _Data = DEFAULT_DATA
) -> None:
    """Say whether something is official."""
    with _opened(data) as notices:
        typer.echo(notices.channels.check(text).sentence)


@channels_app.command("publish")
def publish_command(
    file: Annotated[Path, typer.Argument(help="TOML with lists named email, phone, domain, app and social.")],
    data: _Data = DEFAULT_DATA,
) -> None:
    """Sign another list as the next version."""
    channels = _read(file)
    with _opened(data) as notices:
        published = publish_channels(data, notices, channels)
    typer.echo(f"version {published.version} with {len(published.channels)} channels; a server reads it when it starts")


def _read(file: Path) -> list[OfficialChannel]:
    try:
        given = tomllib.loads(file.read_text("utf-8"))
        lists = msgspec.convert(given, dict[Kind, list[str]])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise DataError(
            f"{file} is no list of channels: {error}.", 'Write lines such as: domain = ["example.com"].'
        ) from error
    return [OfficialChannel(kind, value.strip()) for kind, values in lists.items() for value in values]


@contextmanager
def _opened(data: Path) -> Iterator[Notices]:
    require_identity(data)
    now_ms = SystemClock().now_ms
    notices = open_notices(data, open_box(data), now_ms, now_ms, NoticeSettings())
    try:
        yield notices
    finally:
        notices.close()
