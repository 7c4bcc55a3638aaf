"""Updates of many filters: rate beside river's, bits after replay, coverage on M5."""

import math
from collections.abc import Callable, Iterator
from importlib.metadata import version
from statistics import NormalDist

import numpy as np

from benchmarks.result import Result
from benchmarks.timing import interleave
from benchmarks.workloads.demand.data import m5_sample
from forecasting.online import FilterArrays, OnlineForecaster, OnlineOptions
from forecasting.series import FloatArray, IndexArray

N_SERIES = 100_000
N_EVENTS, N_EVENTS_QUICK = 2_000_000, 500_000
BATCH = 100_000
SEASON = 7
# Alike for both; river's trend is not damped.
GAINS = {"alpha": 0.2, "beta": 0.02, "gamma": 0.1}
QUANTILES = (0.5, 0.9, 0.99)
N_PEER_SERIES, N_PEER_EVENTS = 1_000, 20_000
N_CHECKED = 3_000
LAST_DAYS = 28


def results(*, quick: bool) -> Iterator[Result]:
    """Time and check updates, replay them in other batches, and cover all of M5."""
    index, values = events(N_EVENTS_QUICK if quick else N_EVENTS)
    yield from rates(index, values)
    yield replayed(index, values)
    if not quick:
        yield from covered()


def events(n: int) -> tuple[IndexArray, FloatArray]:
    """Draw sales of random series."""
    rng = np.random.default_rng(0)
    return rng.integers(0, N_SERIES, n), rng.poisson(5.0, n).astype(np.float64)


def filters() -> OnlineForecaster:
    """Give settled filters with a season of a week."""
    season = np.zeros((N_SERIES, SEASON))
    level = np.full(N_SERIES, 5.0)
    start = FilterArrays(level, variance=5.0, phi=0.95, season=season, **GAINS)
    return OnlineForecaster(start, OnlineOptions(QUANTILES))


def rates(index: IndexArray, values: FloatArray) -> Iterator[Result]:
    """Time batches beside one object a series."""
    ours = filters()

    def in_batches() -> None:
        for start in range(0, index.size, BATCH):
            part = slice(start, start + BATCH)
            ours.update(index[part], values[part])

    times = interleave({"ours": in_batches, "river": peer(values)})
    rate = index.size / times["ours"].least_s
    peer_rate = N_PEER_EVENTS / times["river"].least_s
    spread = times["ours"].spread
    name, checked = f"river {version('river')} HoltWinters", equals_plain_loop()
    yield Result(
        name="online, updates with three quantiles, 100,000 series", value=rate,
        unit="1/s", goal=">= 2e7", peer=name, peer_value=peer_rate, spread=spread,
        checked=checked,
    )  # fmt: skip
    yield Result(
        name="online, updates over river's learn_one and forecast",
        value=rate / peer_rate, unit="1", goal=">= 40", ratio=rate / peer_rate,
        peer=name, peer_value=1.0, spread=spread, checked=checked,
    )  # fmt: skip


def peer(values: FloatArray) -> Callable[[], None]:
    """Give river's loop over models that have their first season behind them."""
    from river.time_series import HoltWinters  # noqa: PLC0415

    models = [HoltWinters(seasonality=SEASON, **GAINS) for _ in range(N_PEER_SERIES)]
    sales = values[:N_PEER_EVENTS].tolist()
    for model in models:
        for value in sales[: 2 * SEASON]:
            model.learn_one(value)

    def one_by_one() -> None:
        for event, value in enumerate(sales):
            model = models[event % N_PEER_SERIES]
            model.learn_one(value)
            model.forecast(1)

    return one_by_one


def equals_plain_loop() -> bool:
    """Compare a few series with the recursions in plain Python, bit by bit."""
    rng = np.random.default_rng(1)
    index, values = rng.integers(0, 50, N_CHECKED), rng.poisson(5.0, N_CHECKED)
    told = filters().update(index, values.astype(np.float64))
    states = [PlainFilter() for _ in range(50)]
    expected = [
        states[i].updated(float(value))
        for i, value in zip(index.tolist(), values.tolist(), strict=True)
    ]
    found = np.column_stack([told.mean, told.quantiles])
    return found.tolist() == expected


class PlainFilter:
    """The documented rules for one series, without what the kernel shares."""

    def __init__(self) -> None:
        self.level, self.trend, self.variance = 5.0, 0.0, 5.0
        self.season = [0.0] * SEASON
        self.scores = [NormalDist().inv_cdf(level) for level in QUANTILES]
        self.steps = [0.05 * math.exp(0.5 * score * score) for score in self.scores]

    def updated(self, value: float) -> list[float]:
        """Learn from a value; tell mean and quantiles of the next."""
        damped = 0.95 * self.trend
        error = value - self.level - damped - self.season[0]
        self.level = self.level + damped + GAINS["alpha"] * error
        self.trend = damped + GAINS["beta"] * error
        self.season.append(self.season.pop(0) + GAINS["gamma"] * error)
        deviation = math.sqrt(self.variance)
        for k, level in enumerate(QUANTILES):
            above = error > self.scores[k] * deviation
            share = level if above else level - 1.0
            self.scores[k] += self.steps[k] * share
        self.variance += 0.05 * (error * error - self.variance)
        mean = self.level + 0.95 * self.trend + self.season[0]
        deviation = math.sqrt(self.variance)
        marks = [mean + score * deviation for score in self.scores]
        return [mean, *np.maximum.accumulate(marks).tolist()]


def replayed(index: IndexArray, values: FloatArray) -> Result:
    """Count the ways to cut a stream into batches that change a bit of the state."""
    n = index.size // 10
    index, values = index[:n], values[:n]
    whole = filters()
    whole.update(index, values)
    ways = {"batches of 997": 997, "batches of 20,011 with restarts": 20_011}
    changed = 0
    for way, size in ways.items():
        again = filters()
        for start in range(0, n, size):
            again.update(index[start : start + size], values[start : start + size])
            if way.endswith("restarts"):
                again = OnlineForecaster.restore(again.snapshot())
        changed += again.state_hash() != whole.state_hash()
    by_series = filters()
    order = np.argsort(index, kind="stable")
    by_series.update(index[order], values[order])
    changed += by_series.state_hash() != whole.state_hash()
    return Result(
        name="online, replays of three that differ in a bit", value=changed, unit="1",
        goal="<= 0", checked=True, exact=True,
    )  # fmt: skip


def covered() -> Iterator[Result]:
    """Follow 6,098 series of M5 from their first day; cover the last 28 days."""
    split = m5_sample()
    past = split.train.values.reshape(split.train.n_series, -1)
    days = np.concatenate([past, split.test], axis=1).T
    n = split.train.n_series
    options = OnlineOptions((0.8, 0.9, 0.95, 0.99), minimum=0.0)
    online = OnlineForecaster.cold(
        n, alpha=0.05, season_length=7, gamma=0.02, options=options
    )
    told = online.update(np.tile(np.arange(n), len(days)), days.reshape(-1))
    before = told.quantiles.reshape(len(days), n, -1)[-LAST_DAYS - 1 : -1]
    share = (days[-LAST_DAYS:, :, None] <= before).mean(axis=(0, 1))
    for level, found in zip(options.quantiles, share.tolist(), strict=True):
        yield Result(
            name=f"online, M5 days not above the quantile {level:g}", value=found,
            unit="1", checked=bool(np.isfinite(told.quantiles).all()),
        )  # fmt: skip
