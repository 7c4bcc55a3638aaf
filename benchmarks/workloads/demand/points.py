"""Point forecasts of M3 monthly: time a series beside statsforecast's."""

from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version

import numpy as np

from benchmarks.result import Result
from benchmarks.timing import Timing, interleave
from benchmarks.workloads.demand.accuracy import overall
from benchmarks.workloads.demand.data import Split, m3_monthly
from forecasting import Panel
from forecasting.ets import fit_ets, forecast_ets
from forecasting.series import FloatArray
from forecasting.theta import fit_theta, forecast_theta

HORIZON, SEASON = 18, 12
N_SERIES = 300
# Errors of the same models fitted by others differ by less.
ALIKE = 0.2
EVERY_QUICK = {"ets": 75, "theta": 10}
GOALS = {
    "ets": (">= 250", ">= 400", "AutoETS"),
    "theta": (">= 100", ">= 250", "DynamicOptimizedTheta"),
}


def results(*, quick: bool) -> Iterator[Result]:
    """Time both methods beside their peers, in turns."""
    whole = first_by_name(m3_monthly(), N_SERIES)
    for name in GOALS:
        yield from beside(name, whole.every(EVERY_QUICK[name]) if quick else whole)


def first_by_name(split: Split, n: int) -> Split:
    """Take the first `n` series in order of their names."""
    order = np.argsort(np.array(split.train.ids))[:n]
    train = {split.train.ids[i]: split.train.series(i) for i in order.tolist()}
    return Split(Panel.from_arrays(train), split.test[order], split.season_length)


def ets(panel: Panel, n_threads: int = 1) -> FloatArray:
    """Fit and forecast all models, averaged."""
    fit = fit_ets(panel, season_length=SEASON, n_threads=n_threads)
    return forecast_ets(fit, HORIZON, n_threads=n_threads).mean


def theta(panel: Panel, n_threads: int = 1) -> FloatArray:
    """Fit and forecast the theta model."""
    fit = fit_theta(panel, season_length=SEASON, n_threads=n_threads)
    return forecast_theta(fit, HORIZON).mean


def peer(name: str, panel: Panel) -> FloatArray:
    """Call the peer's model series by series, without its frames around it."""
    from statsforecast import models  # noqa: PLC0415  # the peer

    model = getattr(models, GOALS[name][2])(season_length=SEASON)
    series = (panel.series(i) for i in range(panel.n_series))
    return np.stack([model.forecast(y=y, h=HORIZON)["mean"] for y in series])


def beside(name: str, split: Split) -> Iterator[Result]:
    """Give ratio, time and accuracy of one method and its peer."""
    goal, stretch, theirs = GOALS[name]
    not_worse = ">= 1"
    if split.train.n_series < N_SERIES:
        goal = stretch = not_worse = None
    method: Callable[..., FloatArray] = {"ets": ets, "theta": theta}[name]
    times = interleave(
        {
            "ours": partial(method, split.train),
            "two": partial(method, split.train, 2),
            "peer": partial(peer, name, split.train),
        }
    )
    ours, two, other = times["ours"], times["two"], times["peer"]
    title = f"statsforecast {version('statsforecast')} {theirs}"
    scores = [overall(split, timing.answer) for timing in (ours, other)]
    close = abs(scores[0] / scores[1] - 1.0) < ALIKE
    checked = close and bool((two.answer == ours.answer).all())
    ratio = ours.ratio_over(other)
    shape = f"{name}, {split.train.n_series} monthly series"
    yield Result(
        name=f"{shape}, times as fast on a core", value=ratio, unit="1", goal=goal,
        stretch=stretch, ratio=ratio, peer=title, peer_value=1.0, spread=ours.spread,
        checked=checked,
    )  # fmt: skip

    def each_us(timing: Timing) -> float:
        return timing.least_s / split.train.n_series * 1e6

    for cores, timing in (("one core", ours), ("two cores", two)):
        yield Result(
            name=f"{shape}, a series on {cores}", value=each_us(timing), unit="us",
            peer=f"{title} on one core", peer_value=each_us(other),
            spread=timing.spread, checked=checked,
        )  # fmt: skip
    # Not worse than the peer: their ratio is at least 1.
    yield Result(
        name=f"{shape}, error of the peer over ours (OWA)", unit="1",
value=scores[1] / scores[0], goal=not_worse, peer=title, peer_value=1.0,
        checked=checked,
    )  # fmt: skip
    yield Result(
        name=f"{shape}, OWA", value=scores[0], unit="1", peer=title,
        peer_value=scores[1], checked=checked,
    )  # fmt: skip
