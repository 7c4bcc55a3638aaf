"""Rolling features against NumPy on each window."""

import numpy as np
import pytest

from forecasting._kernels import rolling as r


def plain(values):
    """Features after the last of `values`."""
    out = [values[-1]]
    last = [values[-w:] for w in r.WINDOWS]
    out += [window.mean() for window in last]
    out += [np.polyfit(np.arange(len(w)), w, 1)[0] if len(w) > 2 else 0.0 for w in last]
    out += [last[-1].std(), last[-1].mean() - values[: r.START].mean()]
    return out


@pytest.mark.parametrize("n", [1, 2, 3, 5, 6, 20, 29, 30, 31, 64, 90, 91])
def test_features_are_those_of_the_windows(n):
    values = np.random.default_rng(n).normal(5.0, 2.0, (n, 2))
    found = r.panel_features(values, np.array([0, n]))[-1]
    wanted = plain(values[:, 0]) + plain(values[:, 1])
    assert found == pytest.approx(wanted, abs=1e-12)


def test_units_begin_anew_and_see_no_future():
    values = np.random.default_rng(0).normal(size=(50, 1))
    both = r.panel_features(values, np.array([0, 20, 50]))
    assert (both[20:] == r.panel_features(values[20:], np.array([0, 30]))).all()
    later = values.copy()
    later[35:] += 100.0
    assert (r.panel_features(later, np.array([0, 20, 50]))[:35] == both[:35]).all()


def test_one_by_one_has_the_bits_of_the_whole():
    values = np.random.default_rng(1).normal(100.0, 1e-3, 500)
    whole = r.panel_features(values[:, None], np.array([0, 500]))
    state, out = np.zeros(r.N_STATE), np.empty(r.N_FEATURES)
    r.features_of(state, out)
    assert out.tolist() == [0.0] * r.N_FEATURES
    for k, value in enumerate(values):
        r.take_reading(state, value)
        r.features_of(state, out)
        assert (out == whole[k]).all()
    assert out == pytest.approx(plain(values), abs=1e-9)


def test_deviation_keeps_its_digits_far_from_zero_and_after_a_jump():
    rng = np.random.default_rng(2)
    values = 1e6 + rng.normal(0.0, 1e-2, 200)
    values[70:] += 500.0
    found = r.panel_features(values[:, None], np.array([0, 200]))[:, r.DEVIATION]
    for k in range(200):
        wanted = values[max(0, k - r.RING + 1) : k + 1].std()
        assert found[k] == pytest.approx(wanted, rel=1e-5, abs=1e-6)
