"""Statistics of sensor vectors against NumPy."""

import numpy as np
import pytest

from forecasting._kernels import sensors as k

N_START, WEIGHT = 5, 0.2
OPTIONS = np.array([N_START, WEIGHT])


def made(n_rows, seed, n_sensors=3):
    rng = np.random.default_rng(seed)
    values = rng.normal(2.0, 1.0, (n_rows, n_sensors))
    root = rng.normal(size=(n_sensors, n_sensors))
    return values, root @ root.T + np.eye(n_sensors), np.full(n_sensors, 2.0)


def plain(values, precision, steps):
    """Statistics after the last row, as their formulas say."""
    off = values - values[:N_START].mean(axis=0)
    smooth, rough, still = np.zeros(3), np.ones(3), np.ones(3)
    spread = np.sqrt(np.diag(precision))
    residuals = off @ precision / spread
    for row in range(N_START, len(values)):
        smooth += WEIGHT * (off[row] - smooth)
        still += WEIGHT * ((values[row] - values[row - 1]) ** 2 / steps - still)
        if row > N_START:
            change = 0.5 * (residuals[row] - residuals[row - 1]) ** 2
            rough += WEIGHT * (np.minimum(change, 4.5) - rough)
    told = [off[-1] @ precision @ off[-1], smooth @ precision @ smooth]
    bias = (precision @ smooth) ** 2 / np.diag(precision)
    return told, [bias, rough, 1.0 / still]


@pytest.mark.parametrize("n_rows", [6, 7, 20])
def test_statistics_are_those_of_the_formulas(n_rows):
    values, precision, steps = made(n_rows, n_rows)
    told, each = k.watch_panel(values, np.array([0, n_rows]), precision, steps, OPTIONS)
    wanted, wanted_each = plain(values, precision, steps)
    assert told[-1] == pytest.approx(wanted)
    assert each[-1] == pytest.approx(np.array(wanted_each))


def test_explained_part_is_what_the_distance_loses_without_the_sensor():
    values, precision, steps = made(30, 1)
    told, each = k.watch_panel(values, np.array([0, 30]), precision, steps, OPTIONS)
    kept = [0, 2]
    fewer = np.linalg.inv(np.linalg.inv(precision)[np.ix_(kept, kept)])
    without, _ = k.watch_panel(
        values[:, kept].copy(), np.array([0, 30]), fewer, steps[kept], OPTIONS
    )
    lost = told[-1, k.LEVEL] - each[-1, k.BIAS, 1]
    assert lost == pytest.approx(without[-1, k.LEVEL])


def test_one_by_one_has_the_bits_of_the_whole():
    values, precision, steps = made(40, 2)
    told, each = k.watch_panel(values, np.array([0, 15, 40]), precision, steps, OPTIONS)
    state = np.zeros(k.state_size(3))
    one, one_each = np.empty(k.N_TOLD), np.empty((k.N_EACH, 3))
    for row in range(15, 40):
        writes = k.take_vector(
            state, values[row], precision, steps, OPTIONS, one, one_each
        )
        assert writes == (row >= 15 + N_START)
        if writes:
            assert (one == told[row]).all()
            assert (one_each == each[row]).all()
    assert np.isnan(told[15 : 15 + N_START]).all()
