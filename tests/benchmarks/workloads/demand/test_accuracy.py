import numpy as np
import pytest

from benchmarks.workloads.demand.accuracy import naive2, overall
from benchmarks.workloads.demand.data import Split
from forecasting import Panel, baselines
from forecasting.competition import owa


@pytest.fixture
def split():
    rng = np.random.default_rng(0)
    season = 2.0 + np.sin(np.arange(66) * np.pi / 6.0)
    series = {"A": season * rng.uniform(5.0, 6.0, 66), "B": rng.uniform(1.0, 2.0, 66)}
    train = Panel.from_arrays({name: y[:60] for name, y in series.items()})
    return Split(train, np.stack([y[60:] for y in series.values()]), 12)


def test_naive2_equals_the_product(split):
    told = baselines.naive2(split.train, 6, season_length=12)
    assert told.mean == pytest.approx(naive2(split))


def test_overall_equals_the_product(split):
    told = split.test + 0.1
    expected = owa(
        split.test, told, split.train, benchmark=naive2(split), season_length=12
    )
    assert overall(split, told) == pytest.approx(expected)
    assert overall(split, naive2(split)) == pytest.approx(1.0)
