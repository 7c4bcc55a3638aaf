"""A network without chance: every time is its mean, nothing breaks down."""

import polars as pl

from twin.model.columns import ANY
from twin.model.network import Network, with_tables
from twin.model.tables import BY_NAME

_CONSTANT = "constant"
_FIRST_COME, _SEQUENCE = "fifo", "plan"


def certain(network: Network, *, sequenced: bool = False) -> Network:
    """Return a network in which everything takes as long as it takes on average.

    Parameters
    ----------
    network : Network
        What is planned.
    sequenced : bool
        Whether machines take orders in the sequence of a plan where the network lets
        them take whoever came first.

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
    if sequenced:
        frames["groups"] = _in_sequence(network)
    # None of this refers to another row: the network is checked already.
    return with_tables(network, frames)


def _in_sequence(network: Network) -> pl.DataFrame:
    """Give groups of machines the rule of plans unless they have one of their own."""
    rules = network.tables["groups"]
    own = rules.with_columns(pl.col("rule").replace({_FIRST_COME: _SEQUENCE}))
    anywhere = set(rules.filter(pl.col("site") == ANY)["group"])
    left = [name for name in network.groups if name not in anywhere]
    usual = {column.name: column.default for column in BY_NAME["groups"].columns}
    added = [usual | {"group": name, "site": ANY, "rule": _SEQUENCE} for name in left]
    return pl.concat([own, pl.DataFrame(added, schema=dict(rules.schema))])


def _constant(law: str, cv: str) -> tuple[pl.Expr, ...]:
    return pl.lit(_CONSTANT).alias(law), pl.lit(0.0).alias(cv)
