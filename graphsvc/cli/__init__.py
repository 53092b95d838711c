"""The command line: one group with a module for each command, and errors printed in one line."""

from __future__ import annotations

import sys

import click

from graphsvc import __version__
from graphsvc.cli import console
from graphsvc.cli.ask import ask
from graphsvc.cli.diff import diff
from graphsvc.cli.export import export, reference, schema, template
from graphsvc.cli.load import load
from graphsvc.cli.mapping import mapping
from graphsvc.cli.serve import demo, serve
from graphsvc.cli.status import status
from graphsvc.cli.validate import formats, validate
from graphsvc.errors import GraphsvcError, InputError
from graphsvc.loading.persons.privacy import private

__all__ = ["main"]


class _Group(click.Group):
    """Turns our errors into one line and an exit code; ``--debug`` lets the traceback through."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except GraphsvcError as error:
            if ctx.params.get("debug"):
                raise
            told = private(error) if isinstance(error, InputError) else error.for_operator
            click.echo(console.shown(f"error: {told}"), err=True)
            sys.exit(error.exit_code)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(0)
        except OSError as error:
            if ctx.params.get("debug") or error.filename is None:
                raise
            what = f"error: {error.filename} cannot be opened: {error.strerror}. Check the path and who may use it."
            click.echo(console.shown(what), err=True)
            sys.exit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="graphsvc")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def main(context: click.Context, debug: bool) -> None:
    """A knowledge graph of health-and-care systems: load maps, validate them, ask questions, serve GraphQL.

    \b
    graphsvc demo                       load the four maps and serve them
    graphsvc validate maps/wigan        check a map before it is loaded
    graphsvc ask                        list the ready questions
    """
    context.ensure_object(dict)
    context.obj["debug"] = debug


for command in (demo, load, validate, diff, ask, serve, status, export, template, schema, reference, formats, mapping):
    main.add_command(command)
