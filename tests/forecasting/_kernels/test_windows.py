import numpy as np

from forecasting._kernels.windows import windowed_sum_quantiles


def test_windowed_sum_quantiles_equal_numpy_inverted_cdf():
    rng = np.random.default_rng(2)
    lengths = [5, 17, 40]
    values = rng.poisson(3.0, sum(lengths)).astype(float)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    levels = np.array([0.05, 0.5, 0.9, 0.99])
    found, means = windowed_sum_quantiles(values, offsets, 4, levels)
    for i in range(3):
        series = values[offsets[i] : offsets[i + 1]]
        sums = np.convolve(series, np.ones(4), "valid").round(9)
        expected = np.quantile(sums, levels, method="inverted_cdf")
        assert found[i].tolist() == expected.tolist()
        assert np.isclose(means[i], sums.mean())


def test_short_series_is_one_window_scaled_up():
    found, means = windowed_sum_quantiles(
        np.array([1.0, 2.0]), np.array([0, 2]), 6, np.array([0.1, 0.9])
    )
    assert found.tolist() == [[9.0, 9.0]]
    assert means.tolist() == [9.0]
