"""The command line of lonja. Each command is a function of its own module; this is their table of contents."""

from importlib.metadata import version

import typer

from lonja.cli.doctor import doctor_command
from lonja.cli.errors import FriendlyApp
from lonja.cli.keys import keys_app
from lonja.cli.projections import projections_app
from lonja.cli.replay import replay_command
from lonja.cli.sandbox import sandbox_command

app = FriendlyApp(
    help="A complete crypto exchange that you run yourself, speaking the OKX v5 API.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def version_command() -> None:
    """Show the version."""
    typer.echo(version("lonja"))


app.command("sandbox")(sandbox_command)
app.command("replay")(replay_command)
app.command("doctor")(doctor_command)
app.command("version")(version_command)
app.add_typer(keys_app, name="keys")
app.add_typer(projections_app, name="projections")
