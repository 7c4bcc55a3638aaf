"""A network without chance: every time is its mean, nothing breaks down."""

import polars as pl

from twin.model.changes.apply import rebuilt
from twin.model.network import Network

_CONSTANT = "constant"


def certain(network: Network) -> Network:
    """Return a network in which everything takes as long as it takes on average.

    Parameters
    ----------
    network : Network
        What is planned.

    Returns
    -------
    Network
        The same, but lead times, durations and intervals of releases are constant, and
        neither machines nor suppliers fail. Planned maintenance, shifts and yields stay
        as they are; so do draws of sampling and rework, which are the same for one
        seed.
    """
    changes: dict[str, tuple[pl.Expr, ...]] = {
        "lanes": _constant("lead_time_law", "lead_time_cv"),
        "routings": _constant("duration_law", "duration_cv"),
        "releases": _constant("interval_law", "interval_cv"),
        "machines": (pl.lit(None, pl.Float64).alias("mttf_s"),),
        "suppliers": (pl.lit(None, pl.Float64).alias("mttf_s"),),
    }
    tables = network.tables
    frames = {name: tables[name].with_columns(*new) for name, new in changes.items()}
    return rebuilt(network, frames)


def _constant(law: str, cv: str) -> tuple[pl.Expr, ...]:
    return pl.lit(_CONSTANT).alias(law), pl.lit(0.0).alias(cv)
