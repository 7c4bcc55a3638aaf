"""Censored lives of the data sets of R's `survival`, fitted as lifelines fits them."""

import math

import numpy as np
import polars as pl

from benchmarks.result import Result
from benchmarks.workloads.demand.data import folder
from forecasting.failure import kaplan_meier, mean_count
from forecasting.lifetimes import Lifetimes, fit_law, law_quantiles

MEDIAN = 0.5
SAME = "<= 0.0005"  # three digits


def censored(*, quick: bool = False) -> list[Result]:  # noqa: ARG001 - small anyway
    """Relative differences of medians, shapes and survival."""
    import lifelines  # noqa: PLC0415 - a peer, and not needed to list benchmarks

    fans = _read("genfan")
    sets = {
        "genfan": (fans["hours"].to_numpy(), fans["status"].to_numpy().astype(bool)),
        "first valve seat": _first_replaced(),
    }
    results, peer = [], f"lifelines {lifelines.__version__}"
    for name, (duration, failed) in sets.items():
        sample = Lifetimes.of(duration, failed)
        weibull = lifelines.WeibullFitter().fit(duration, failed)
        lognormal = lifelines.LogNormalFitter().fit(duration, failed)
        shapes = {"weibull": weibull.rho_, "lognormal": lognormal.sigma_}
        medians = {
            "weibull": weibull.median_survival_time_,
            "lognormal": math.exp(lognormal.mu_),
        }
        reached = {
            "weibull": weibull.log_likelihood_,
            "lognormal": lognormal.log_likelihood_,
        }
        for law, shape in shapes.items():
            fit = fit_law(sample, law)
            # Neither found a maximum that the other did not.
            right = math.isclose(fit.log_likelihood, reached[law], abs_tol=1e-3)
            median = float(law_quantiles(fit, MEDIAN))
            for what, ours, theirs in (
                ("shape", fit.shape, shape), ("median", median, medians[law])
            ):  # fmt: skip
                results.append(
                    Result(
                        name=f"{name}, {law}: relative difference of the {what}",
                        value=abs(ours / theirs - 1.0),
                        unit="1",
                        goal=SAME,
                        peer=peer,
                        checked=right,
                    )
                )
        curve = kaplan_meier(duration, failed)
        other = lifelines.KaplanMeierFitter().fit(duration, failed)
        off = np.abs(curve.alive - other.predict(curve.time).to_numpy()).max()
        results.append(
            Result(
                name=f"{name}: largest difference of survival",
                value=float(off),
                unit="1",
                goal="<= 1e-9",
                peer=peer,
                checked=bool((np.diff(curve.alive) < 0.0).all()),
            )
        )
    return [*results, _repairs()]


def _read(name: str) -> pl.DataFrame:
    return pl.read_csv(folder() / f"rsurvival_{name}.csv.gz")


def _first_replaced() -> tuple[np.ndarray, np.ndarray]:
    seats = _read("valveSeat").sort("id", "time")
    first = seats.group_by("id", maintain_order=True).first()
    return first["time"].to_numpy().astype(float), first["status"].to_numpy().astype(
        bool
    )


def _repairs() -> Result:
    seats = _read("valveSeat")
    engine = seats["id"].rank("dense").to_numpy() - 1
    time = seats["time"].to_numpy().astype(float)
    repaired = seats["status"].to_numpy().astype(bool)
    end = np.zeros(engine.max() + 1)
    np.maximum.at(end, engine, time)
    found = mean_count(engine[repaired], time[repaired], end)
    # Until the first engine leaves, the mean count is a plain mean.
    until = float(end.min())
    at = np.searchsorted(found.time, until, side="right") - 1
    by_hand = float((time[repaired] <= until).sum() / len(end))
    return Result(
        name=f"valve seats replaced an engine in {until:g} days",
        value=float(found.count[at]),
        unit="1",
        peer="by hand",
        peer_value=by_hand,
        checked=math.isclose(found.count[at], by_hand),
    )
