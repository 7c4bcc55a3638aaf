import numpy as np
import pytest

from optimizer.errors import ProblemError
from optimizer.inventory import Lattice


def test_loss_and_cdf_are_sums_over_the_values():
    rng = np.random.default_rng(3)
    lattice = Lattice(2, rng.dirichlet(np.ones(9)), 0.5)
    numbers = np.arange(-3, 15)
    for number in numbers.tolist():
        missing = lattice.probability @ np.maximum(lattice.values - 0.5 * number, 0.0)
        below = lattice.probability[lattice.values <= 0.5 * number].sum()
        assert lattice.loss(np.array([number]))[0] == pytest.approx(missing)
        assert lattice.cdf(np.array([number]))[0] == pytest.approx(below)


def test_quantile_is_the_least_value_that_suffices():
    lattice = Lattice(1, np.array([0.2, 0.5, 0.3]))
    assert [lattice.quantile(level) for level in (0.1, 0.2, 0.7, 0.71, 1.0)] == [
        1, 1, 2, 3, 3,
    ]  # fmt: skip


def test_mixture_keeps_the_mean():
    parts = [(0.25, Lattice(0, np.ones(1))), (0.75, Lattice(4, np.array([0.5, 0.5])))]
    assert Lattice.mixture(parts).mean == pytest.approx(0.75 * 4.5)


@pytest.mark.parametrize(
    ("share", "step", "said"),
    [([0.5, 0.4], 1.0, "sum to 1"), ([1.5, -0.5], 1.0, ">= 0"), ([1.0], 0.0, "step")],
)
def test_what_is_no_distribution_is_refused(share, step, said):
    with pytest.raises(ProblemError, match=said):
        Lattice(0, np.array(share), step)


def test_steps_must_agree():
    with pytest.raises(ProblemError, match="step must be"):
        Lattice(0, np.ones(1), 1.0).plus(Lattice(0, np.ones(1), 2.0))


def test_quantiles_come_back():
    levels, values = [0.1, 0.5, 0.9], [100.0, 160.0, 300.0]
    lattice = Lattice.of_quantiles(levels, values)
    for level, value in zip(levels, values, strict=True):
        assert lattice.step * lattice.quantile(level) == pytest.approx(value, abs=1.0)
    with pytest.raises(ProblemError, match="not fall"):
        Lattice.of_quantiles([0.1, 0.5], [3.0, 2.0])
    with pytest.raises(ProblemError, match="rise inside"):
        Lattice.of_quantiles([0.5, 0.1], [3.0, 4.0])
