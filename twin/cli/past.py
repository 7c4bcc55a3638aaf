"""Reads the demand of a log for the commands that play policies against it."""

from pathlib import Path
from typing import TYPE_CHECKING

from twin.cli.console import Console
from twin.cli.sources import batches_of

if TYPE_CHECKING:
    from twin.loop.backtest import PastDemand
    from twin.model.network import Network


N_PERIODS = 60
"""Reviews that are played unless told otherwise: two months of days."""


def length_of(periods: int | None, past: "PastDemand | None") -> int:
    """Return how many reviews are played.

    Parameters
    ----------
    periods : int or None
        As asked for.
    past : PastDemand or None
        What a backtest meets: it ends with its log.

    Returns
    -------
    int
    """
    if past is None:
        return N_PERIODS if periods is None else periods
    return past.n_reviews if periods is None else min(periods, past.n_reviews)


def past_of(
    network: "Network", log: str, kafka_config: Path | None, console: Console
) -> "PastDemand":
    """Read what customers asked for in a log.

    Parameters
    ----------
    network : Network
        With the stock that it had when the log began, at its `as_of`.
    log : str
        What `millstream replay` can read.
    kafka_config : Path or None
        Client properties of a kafka:// source.
    console : Console
        Is told what could not be read, and if nobody asked for anything.

    Returns
    -------
    PastDemand

    Raises
    ------
    OptionError
        If the log ends before the first review is over.
    """
    from twin.loop.backtest import past_demand

    rejected: list[int] = []
    past = past_demand(network, batches_of(log, kafka_config, rejected))
    if any(rejected):
        console.warn(f"{sum(rejected)} records of the log could not be read")
    if not past.demand.any():
        console.warn(f"{log}: no customer of the network asks for anything")
    console.note(f"{log}: {past.n_reviews} reviews of demand")
    return past
