"""The kernel against its rules in plain Python, bit by bit."""

import math

import numpy as np
import pytest

from forecasting._kernels import online as kernel

LEVELS = np.array([0.1, 0.5, 0.95])
GAIN, STEP, ALLOWANCE, BOUND = 0.05, 0.1, 0.5, 6.0
STEPS = np.column_stack([STEP * LEVELS, STEP * (1.0 - LEVELS)])


class PlainFilter:
    """One series, as the docstrings tell it."""

    def __init__(self, row, season, count):
        names = ("level", "trend", "variance", "alpha", "beta", "gamma", "phi")
        for name, value in zip(names, row, strict=True):
            setattr(self, name, value)
        self.season, self.position, self.count = list(season), 0, count
        self.up = self.down = 0.0
        self.scores = [0.0] * LEVELS.size

    def learn(self, value, censored):
        j = self.position
        self.position = (j + 1) % len(self.season)
        if self.count == 0:
            if not math.isnan(value):
                self.level, self.variance, self.count = value, abs(value), 1
            return
        damped = self.phi * self.trend
        error = value - self.level - damped - self.season[j]
        if math.isnan(value) or (censored and error <= 0.0):
            self.level, self.trend = self.level + damped, damped
            return
        alpha, gamma, gain = self.alpha, self.gamma, GAIN
        if self.count < 64:
            alpha = max(alpha, 1 / (self.count + 1))
            gain = max(gain, 1 / (self.count + 1))
            if gamma:
                gamma = max(gamma, 1 / (self.count // len(self.season) + 2))
        self.count += 1
        self.level = self.level + damped + alpha * error
        self.trend = damped + self.beta * error
        if len(self.season) > 1:
            self.season[j] += gamma * error
        self._mark(error, censored)
        if not censored or error * error > self.variance:
            self.variance += gain * (error * error - self.variance)

    def _mark(self, error, censored):
        deviation = math.sqrt(self.variance)
        for k, level in enumerate(LEVELS.tolist()):
            if error > self.scores[k] * deviation:
                self.scores[k] += STEP * level
            elif not censored:
                self.scores[k] -= STEP * (1.0 - level)
        if self.up > BOUND or self.down > BOUND:
            return
        z = error / deviation if deviation else math.copysign(4.0, error)
        z = 0.0 if error == 0.0 else min(max(z, -4.0), 4.0)
        self.up = max(0.0, self.up + z - ALLOWANCE)
        if not censored:
            self.down = max(0.0, self.down - z - ALLOWANCE)

    def tell(self):
        mean = self.level + self.phi * self.trend + self.season[self.position]
        deviation = math.sqrt(self.variance)
        marks = [mean + score * deviation for score in self.scores]
        return mean, np.maximum.accumulate(marks).tolist()


def made_rows(start, season_length, count):
    n = len(start)
    used = kernel.FIRST_SCORE + LEVELS.size + season_length
    rows = np.zeros((n, -(-used // 8) * 8))
    rows[:, : kernel.PHI + 1] = start
    rows.view(np.int32)[:, kernel.COUNT] = count
    return rows


def updated(rows, season_length, events, censored):
    index, values = events
    mean, quantiles = np.empty(index.size), np.empty((index.size, LEVELS.size))
    rates = (season_length, GAIN, ALLOWANCE, BOUND, -np.inf)
    kernel.update_many(
        rows, rows.view(np.int32), STEPS, rates, index, values, censored, mean,
        quantiles,
    )  # fmt: skip
    return mean, quantiles


@pytest.mark.parametrize("season_length", [1, 3])
@pytest.mark.parametrize("count", [0, 64])
def test_update_many_equals_the_plain_loop_bit_by_bit(season_length, count):
    rng = np.random.default_rng(5)
    start = [[20.0, 1.0, 9.0, 0.3, 0.1, 0.2, 0.9], [0.0, 0.0, 0.0, 0.1, 0.0, 0.0, 0.0]]
    rows = made_rows(start, season_length, count)
    plain = [PlainFilter(row, [0.0] * season_length, count) for row in start]
    index = rng.integers(0, 2, 400)
    values = rng.normal(15.0, 8.0, 400).round(1)
    values[rng.random(400) < 0.1] = np.nan
    censored = rng.random(400) < 0.2
    mean, quantiles = updated(rows, season_length, (index, values), censored)
    for event, i in enumerate(index.tolist()):
        plain[i].learn(float(values[event]), bool(censored[event]))
        told = plain[i].tell()
        assert mean[event] == told[0]
        assert quantiles[event].tolist() == told[1]
    for row, one in zip(rows, plain, strict=True):
        assert row[kernel.UP] == one.up
        assert row[kernel.DOWN] == one.down


def test_find_wrong_names_the_first_event_that_cannot_be_applied():
    index = np.array([0, 1, 2])
    values = np.array([1.0, np.nan, np.inf])
    assert kernel.find_wrong(index, values, 3, 1e150) == (2, kernel.WRONG_VALUE)
    assert kernel.find_wrong(index, values, 2, 1e150) == (2, kernel.WRONG_INDEX)
    assert kernel.find_wrong(index[:2], values[:2], 2, 1e150) == (-1, kernel.FINE)


def test_tell_all_repeats_what_the_last_events_told():
    rows = made_rows([[5.0, 0.0, 4.0, 0.5, 0.0, 0.5, 0.0]] * 2, 2, 64)
    events = np.array([1, 0, 0]), np.array([9.0, 5.0, 7.0])
    mean, quantiles = updated(rows, 2, events, np.empty(0, dtype=bool))
    again, all_quantiles = np.empty(2), np.empty((2, LEVELS.size))
    rates = (2, GAIN, ALLOWANCE, BOUND, -np.inf)
    kernel.tell_all(rows, rows.view(np.int32), rates, again, all_quantiles)
    assert again.tolist() == [mean[2], mean[0]]
    assert all_quantiles.tolist() == quantiles[[2, 0]].tolist()
