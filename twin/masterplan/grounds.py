"""What a plan is made on, kept beside it: network, demand, and what was under way.

With them and its orders a plan can be carried out again, to the same last state.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from streams.names import Names
from twin.errors import InputError, TwinError
from twin.masterplan.expected import ExpectedDemand
from twin.masterplan.making import MasterPlan
from twin.model import load, write
from twin.model.network import Network
from twin.state.state import State

NETWORK_FOLDER = "network"
DEMAND_FILE = "demand.csv"
STATE_FILE = "state.npz"
DEMAND = {
    "customer": pl.String,
    "item": pl.String,
    "site": pl.String,
    "review": pl.Int64,
    "quantity": pl.Float64,
    "margin": pl.Float64,
}
"""Columns of ``demand.csv``: units expected of each row of demands and review, and what
a plan made at the first review covers beyond; null where no plan looks so far."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a plan was made on.

    Attributes
    ----------
    network : Network
        What was planned for.
    demand : ExpectedDemand
        What was expected.
    state : State or None
        What was under way at the start.
    """

    network: Network
    demand: ExpectedDemand
    state: State | None = None


def write_grounds(plan: MasterPlan, folder: Path) -> tuple[Path, ...]:
    """Write what a plan was made on into its folder, in place of what is there.

    Parameters
    ----------
    plan : MasterPlan
        As made.
    folder : Path
        Is there.

    Returns
    -------
    tuple of Path
        The folder of the network, the file of demand, and that of the state if the plan
        began with one.
    """
    network, demand, state = (
        folder / name for name in (NETWORK_FOLDER, DEMAND_FILE, STATE_FILE)
    )
    if network.is_dir():
        shutil.rmtree(network)
    write(plan.network, network)
    demand_table(plan.network, plan.demand).write_csv(demand)
    state.unlink(missing_ok=True)
    if plan.state is None:
        return network, demand
    np.savez(state, **plan.state.snapshot())  # type: ignore[arg-type]
    return network, demand, state


def demand_table(network: Network, demand: ExpectedDemand) -> pl.DataFrame:
    """Return what is expected as a table.

    Parameters
    ----------
    network : Network
        Its rows of demands are meant.
    demand : ExpectedDemand
        Of as many rows.

    Returns
    -------
    polars.DataFrame
        Columns of `DEMAND`, review by review in the order of the network's rows.
    """
    rows, places = network.demands, network.places.ids
    n_rows, n_reviews = demand.means.shape
    margins = np.full(demand.means.shape, np.nan)
    margins[:, : demand.margins.shape[1]] = demand.margins[:, :n_reviews]
    return pl.DataFrame(
        {
            "customer": [places[k] for k in rows.customer_index.tolist()] * n_reviews,
            "item": [network.items.ids[k] for k in rows.item_index.tolist()]
            * n_reviews,
            "site": [places[k] for k in rows.site_index.tolist()] * n_reviews,
            "review": np.repeat(np.arange(n_reviews), n_rows),
            "quantity": demand.means.T.ravel(),
            "margin": margins.T.ravel(),
        },
        schema=DEMAND,
    ).with_columns(pl.col("margin").fill_nan(None))


def read_grounds(folder: Path) -> Grounds:
    """Read what a plan was made on.

    Parameters
    ----------
    folder : Path
        As written by `twin.masterplan.write_plan`.

    Raises
    ------
    InputError
        If something is missing or does not fit.
    """
    try:
        network = load(folder / NETWORK_FOLDER)
        frame = pl.read_csv(folder / DEMAND_FILE, schema_overrides=DEMAND)
        demand = _demand(network, frame)
        state = _state(folder / STATE_FILE)
    except (OSError, ValueError, pl.exceptions.PolarsError, TwinError) as error:
        msg = (
            f"{folder}: does not hold what its plan was made on (network, demand): "
            f"{error}; make it anew with millstream plan --out"
        )
        raise InputError(msg) from error
    return Grounds(network, demand, state)


def _demand(network: Network, frame: pl.DataFrame) -> ExpectedDemand:
    n_rows = len(network.demands.item_index)
    n_reviews = frame.height // max(n_rows, 1)
    means = frame["quantity"].to_numpy().reshape(n_reviews, n_rows).T
    margins = frame["margin"].to_numpy().reshape(n_reviews, n_rows).T
    known = int(np.isfinite(margins).all(axis=0).sum())
    return ExpectedDemand(means.copy(), margins[:, :known].copy())


def _state(path: Path) -> State | None:
    if not path.exists():
        return None
    with np.load(path) as arrays:
        return State.of_snapshot(dict(arrays), Names())
