"""Options that say nothing of what a command was given are refused by name."""

from collections.abc import Sequence

import typer

from twin.errors import OptionError


def refuse_given(context: typer.Context, names: Sequence[str], why: str) -> None:
    """Refuse options that were typed.

    Parameters
    ----------
    context : typer.Context
        Of the command.
    names : sequence of str
        Parameters of the command, such as ``n_periods``.
    why : str
        What follows the option in the message.

    Raises
    ------
    OptionError
        If one of them was typed.
    """
    for one in context.command.params:
        source = context.get_parameter_source(one.name or "")
        if one.name in names and source is not None and source.name == "COMMANDLINE":
            option = one.opts[0]
            msg = f"{option} {context.params[one.name]}: {why}"
            raise OptionError(msg)
