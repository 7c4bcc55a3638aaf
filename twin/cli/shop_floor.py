"""The shop that `millstream schedule NETWORK` schedules: read, and as it stands."""

from pathlib import Path
from typing import TYPE_CHECKING

from twin.cli.console import Console, time_text
from twin.cli.sources import SourceSpec
from twin.errors import OptionError

if TYPE_CHECKING:
    from twin.planning.shop_schedule import ShopProblem
    from twin.state.state import State


def read_shop(
    folder: Path, source: SourceSpec | None, at: str | None, console: Console
) -> "ShopProblem":
    """Read a network and, if there is one, its state.

    Parameters
    ----------
    folder : Path
        The network.
    source : SourceSpec or None
        The log, snapshot or store; None takes the open orders of the network itself.
    at : str or None
        Offset or time in the log; None is its end.
    console : Console
        Where to warn.

    Returns
    -------
    ShopProblem

    Raises
    ------
    TwinError
        If something cannot be read, or there is nothing to make.
    """
    from twin.model import load
    from twin.planning.shop_schedule import shop_problem

    network = load(folder)
    if source is None:
        if at is not None:
            msg = f"--at {at}: is a place in a log; name it: --log LOG"
            raise OptionError(msg)
        return shop_problem(network)
    from twin.cli.places import time_of_place
    from twin.cli.state import read_state
    from twin.model.edits import edited
    from twin.simulate.opening.conditions import conditions_of
    from twin.whatif import network_of_state

    read = read_state(source, folder, console, at=at)
    changed = edited(network, read.edits)
    left_out = [f"change of the network: {sentence}" for sentence in changed.left_out]
    carried = network_of_state(changed.network, read.state, at_us=time_of_place(at))
    at_us = carried.network.settings.as_of_us
    console.note(f"{source.name}, {time_text(at_us)}")
    return shop_problem(
        carried.network,
        conditions_of(carried.state, carried.network, at_us=at_us),
        priority=_priorities(carried.state),
        left_out=(*left_out, *carried.left_out),
    )


def _priorities(state: "State") -> dict[str, float]:
    """Return the priority of each production order that has one, by id."""
    import numpy as np

    rows = state.used()["production"]
    return {
        state.names[row["name"]]: float(row["priority"])
        for row in rows[np.nan_to_num(rows["priority"]) > 0.0]
    }
