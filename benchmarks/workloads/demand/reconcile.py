"""Reconciled forecasts of the M5 sample: objective and time beside the peer's."""

from collections.abc import Iterator
from importlib.metadata import version

import numpy as np
import polars as pl
import scipy.sparse as sp

from benchmarks.result import Result
from benchmarks.timing import interleave
from benchmarks.workloads.demand.data import folder
from forecasting.reconcile import Hierarchy, reconcile, reconcile_non_negative
from forecasting.series import FloatArray

LEVELS = (
    (), ("store",), ("cat",), ("dept",), ("store", "cat"), ("store", "dept"), ("item",),
)  # fmt: skip
HORIZON, HORIZON_QUICK = 28, 1
N_WEEKS = 8


def results(*, quick: bool) -> Iterator[Result]:
    """Reconcile base forecasts with and without the bound at 0."""
    hierarchy, base, _ = forecasts(HORIZON_QUICK if quick else HORIZON)
    yield Result(
        name="reconcile, leaves and aggregates", value=hierarchy.n_nodes, unit="1",
        checked=(hierarchy.n_leaves, hierarchy.n_aggregates) == (6098, 3082),
        exact=True,
    )  # fmt: skip
    yield from beside_peer(hierarchy, base)


def forecasts(horizon: int) -> tuple[Hierarchy, FloatArray, FloatArray]:
    """Forecast each node by its mean of the weekday, and an error of its own size.

    The errors make the nodes disagree, as separate methods do; base forecasts are not
    below 0, since the peer cuts them off there. Also gives errors of the past.
    """
    frame = pl.read_parquet(folder() / "m5_CA1_TX1_447d.parquet")
    hierarchy = Hierarchy.of(frame.drop("y"), LEVELS)
    days = hierarchy.aggregate(np.array(frame["y"].to_list(), dtype=np.float64))
    weeks = days[:, -7 * N_WEEKS :].reshape(hierarchy.n_nodes, N_WEEKS, 7)
    mean = weeks.mean(axis=1)[:, np.arange(horizon) % 7]
    spread = weeks.std(axis=(1, 2))[:, None] / 4.0
    rng = np.random.default_rng(0)
    base = np.maximum(mean + spread * rng.normal(size=mean.shape), 0.0)
    return hierarchy, base, days[:, 7:] - days[:, :-7]


def beside_peer(hierarchy: Hierarchy, base: FloatArray) -> Iterator[Result]:
    """Time both, and compare what they minimise."""
    from hierarchicalforecast.methods import MinTraceSparse  # noqa: PLC0415

    n = hierarchy.n_aggregates
    summing = sp.vstack([hierarchy.sums, sp.eye(hierarchy.n_leaves)]).tocsr()
    summing = sp.csr_matrix(summing)

    def theirs(*, bounded: bool) -> FloatArray:
        method = MinTraceSparse("wls_struct", nonnegative=bounded, qp=True)
        mean: FloatArray = method.fit_predict(S=summing, y_hat=base.copy())["mean"]
        return mean

    times = interleave(
        {
            "ours": lambda: reconcile_non_negative(hierarchy, base),
            "theirs": lambda: theirs(bounded=True),
            "free": lambda: reconcile(hierarchy, base),
            "their free": lambda: theirs(bounded=False),
        }
    )
    peer = f"hierarchicalforecast {version('hierarchicalforecast')} MinTraceSparse"
    found, known = times["ours"].answer, times["theirs"].answer
    objectives = [objective(hierarchy, base, one[n:]) for one in (found.values, known)]
    excess = float(((objectives[0] - objectives[1]) / objectives[1]).max())
    fits = bool(
        found.is_optimal
        and (found.values >= 0.0).all()
        and np.allclose(hierarchy.aggregate(found.values[n:]), found.values)
    )
    yield Result(
        name="reconcile, share of leaves at 0", unit="1", checked=fits,
        value=float((found.values[n:] == 0.0).mean()),
    )  # fmt: skip
    yield Result(
        name="reconcile, non-negative, objective over the peer's, less 1", value=excess,
        unit="1", goal="<= 1e-6", peer=peer, peer_value=0.0, checked=fits,
    )  # fmt: skip
    ratio = times["ours"].ratio_over(times["theirs"])
    yield Result(
        name="reconcile, non-negative, times faster", value=ratio, unit="1",
        goal="> 1", peer=peer, peer_value=1.0, ratio=ratio,
        spread=times["ours"].spread, checked=fits,
    )  # fmt: skip
    ratio = times["free"].ratio_over(times["their free"])
    apart = np.abs(times["free"].answer - times["their free"].answer).max()
    yield Result(
        name="reconcile, times faster", value=ratio, unit="1", peer=peer,
        peer_value=1.0, ratio=ratio, spread=times["free"].spread,
        checked=bool(apart <= 1e-3 * np.abs(base).max()),
    )  # fmt: skip


def objective(hierarchy: Hierarchy, base: FloatArray, leaves: FloatArray) -> FloatArray:
    """Give the squared distance of each step over the number of leaves of a node."""
    rest = base - hierarchy.aggregate(leaves)
    total: FloatArray = (rest**2 / hierarchy.n_leaves_of[:, None]).sum(axis=0)
    return total
