"""A group of commands that are imported only when one of them is asked for.

Loading every command would load solvers, compilers and data frames: seconds, for a line
of help. So what `--help` shows of each command stands in a table.
"""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True, slots=True)
class Entry:
    """A command or a group of commands, and where it is.

    Attributes
    ----------
    name : str
        As typed after `millstream`.
    module : str
        Its `app` is a `typer.Typer`. If that has a command of this name, it is the one;
        else all its commands make a group of this name.
    purpose : str
        One line for `--help`.
    panel : str
        Heading it stands under there.
    """

    name: str
    module: str
    purpose: str
    panel: str

    def stub(self) -> TyperCommand:
        """Return a command that only shows its line."""
        return TyperCommand(
            self.name, help=self.purpose, rich_help_panel=self.panel, callback=None
        )

    def load(self) -> Any:  # noqa: ANN401  # a command of click, or of typer's own copy
        """Import the module and return the command."""
        app: typer.Typer = importlib.import_module(self.module).app
        parent = typer.Typer(add_completion=False)
        parent.callback()(_nothing)
        own = [c for c in app.registered_commands if c.name == self.name]
        if own:
            parent.registered_commands.extend(own)
        else:
            parent.add_typer(app, name=self.name)
        group = typer.main.get_command(parent)
        assert isinstance(group, TyperGroup)
        return group.commands[self.name]


def _nothing() -> None:
    """Make the parent a group, also of a single command."""


class LazyGroup(TyperGroup):
    """The group of all commands; `entries` is set by the module that lists them."""

    entries: Sequence[Entry] = ()

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401
        super().__init__(**attributes)
        for entry in self.entries:
            self.commands[entry.name] = entry.stub()

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002
        """Load a command; None if there is none of this name."""
        for entry in self.entries:
            if entry.name == cmd_name:
                return entry.load()
        return None

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Show the table, importing nothing."""
        shown = TyperGroup(
            name=self.name,
            commands=dict(self.commands),
            params=self.params,
            help=self.help,
            epilog=self.epilog,
            rich_markup_mode=self.rich_markup_mode,
        )
        shown.format_help(ctx, formatter)
