import numpy as np
import pytest

from twin.calibrate import fidelity, simulated_measures
from twin.errors import OptionError


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def test_true_twin_covers_as_it_says(rng):
    drawn = rng.normal(10.0, 2.0, (400, 199))
    told = fidelity({"wip": drawn}, {"wip": rng.normal(10.0, 2.0, 400)})
    row = told.frame.row(0, named=True)
    for level in ("0.5", "0.8", "0.95"):
        assert row[f"low_{level}"] <= row[f"cover_{level}"] <= row[f"high_{level}"]
    assert row["pit_p_value"] > 0.01
    assert abs(row["bias"]) < 0.03


def test_twin_that_is_too_sure_is_found_out(rng):
    drawn = rng.normal(10.0, 0.7, (200, 99))
    told = fidelity({"wip": drawn}, {"wip": rng.normal(10.0, 2.0, 200)})
    row = told.frame.row(0, named=True)
    assert row["cover_0.8"] < row["low_0.8"]
    assert row["pit_p_value"] < 0.01


def test_biased_twin_is_told_by_how_much(rng):
    drawn = rng.normal(12.0, 1.0, (100, 99))
    row = fidelity({"a": drawn}, {"a": rng.normal(10.0, 1.0, 100)}).frame.row(
        0, named=True
    )
    assert row["bias"] == pytest.approx(-0.2, abs=0.03)
    assert row["pit_mean"] < 0.2


def test_equal_values_count_half(rng):
    told = fidelity({"otif": [[1.0, 1.0, 0.5, 1.0]]}, {"otif": [1.0]})
    assert told.pit["otif"].tolist() == [0.25 + 0.375]


def test_range_of_coverage_is_the_binomial_one():
    row = fidelity({"a": np.zeros((20, 3))}, {"a": np.zeros(20)}).frame.row(
        0, named=True
    )
    # SciPy: binom.ppf([0.025, 0.975], 20, 0.5) is [6, 14].
    assert (row["low_0.5"], row["high_0.5"]) == (6 / 20, 14 / 20)


def test_replications_are_gathered_by_measure():
    found = simulated_measures(lambda seed: {"a": seed, "b": -seed}, range(4))
    assert found["a"].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert found["b"].tolist() == [0.0, -1.0, -2.0, -3.0]


@pytest.mark.parametrize(
    ("predicted", "observed", "levels", "told"),
    [
        ({}, {}, (0.5,), "same measures"),
        ({"a": [[1.0]]}, {"b": [1.0]}, (0.5,), "same measures"),
        ({"a": [[1.0]]}, {"a": [1.0, 2.0]}, (0.5,), r"\(n, n_replications\)"),
        ({"a": [[1.0]]}, {"a": [1.0]}, (1.0,), "levels"),
    ],
)
def test_what_does_not_fit_is_refused(predicted, observed, levels, told):
    with pytest.raises(OptionError, match=told):
        fidelity(predicted, observed, levels=levels)
