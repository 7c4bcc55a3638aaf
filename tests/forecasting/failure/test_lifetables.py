"""Counted lives against worked examples and simulation."""

import numpy as np
import pytest

from forecasting import OptionError
from forecasting.failure.lifetables import (
    cumulative_incidence,
    kaplan_meier,
    mean_count,
)

# Remission of leukaemia under 6-MP, Freireich and others (1963); + is still in it.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_survival_is_that_of_the_textbook():
    # Kalbfleisch, Prentice (2002), Statistical Analysis of Failure Time Data, ch. 1.
    found = kaplan_meier(WEEKS, ENDED)
    assert found.time.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found.alive == pytest.approx(
        [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4
    )
    assert found.n_at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert found.error[0] == pytest.approx(0.0764, abs=5e-5)


def test_all_failed_gives_the_empirical_law():
    found = kaplan_meier([3.0, 1.0, 2.0, 2.0], [True] * 4)
    assert found.alive.tolist() == [0.75, 0.25, 0.0]
    assert np.isfinite(found.error).all()


def test_incidences_of_all_causes_and_survival_add_up():
    rng = np.random.default_rng(0)
    first, second = rng.exponential(10.0, 4000), rng.exponential(30.0, 4000)
    end = rng.uniform(0.0, 60.0, 4000)
    seen = np.minimum(np.minimum(first, second), end)
    cause = np.where(seen == end, 0, np.where(first < second, 1, 2))
    found = cumulative_incidence(seen, cause)
    assert found.causes == (1, 2)
    alive = kaplan_meier(seen, cause > 0).alive
    assert found.share.sum(axis=0) + alive == pytest.approx(np.ones(len(alive)))
    # Of exponential causes the first takes 3 / 4 of all in the end.
    at = np.searchsorted(found.time, 15.0)
    exact = (1.0 - np.exp(-15.0 / 7.5)) * np.array([0.75, 0.25])
    assert found.share[:, at] == pytest.approx(exact, abs=0.02)


def test_mean_count_divides_by_who_is_still_seen():
    found = mean_count([0, 0, 1, 2], [1.0, 4.0, 2.0, 2.0], [5.0, 3.0, 2.0])
    assert found.time.tolist() == [1.0, 2.0, 4.0]
    assert found.count == pytest.approx([1 / 3, 1 / 3 + 2 / 3, 2.0])


def test_mean_count_of_a_poisson_process_is_its_rate():
    rng = np.random.default_rng(1)
    end = rng.uniform(5.0, 20.0, 300)
    counts = rng.poisson(0.5 * end)
    unit = np.repeat(np.arange(300), counts)
    time = rng.random(len(unit)) * end[unit]
    found = mean_count(unit, time, end)
    at = np.searchsorted(found.time, 10.0)
    assert found.count[at] == pytest.approx(5.0, abs=4 * found.error[at])
    assert found.error[at] == pytest.approx(np.sqrt(5.0 / 270), rel=0.2)


def test_lives_that_are_none_are_refused():
    with pytest.raises(OptionError, match=r"one shape \(n,\), n >= 1"):
        kaplan_meier([], [])
    with pytest.raises(OptionError, match="duration 1: must be finite and >= 0"):
        kaplan_meier([1.0, -2.0], [True, True])
    with pytest.raises(OptionError, match="cause must be >= 0, 0 for none; was -1"):
        cumulative_incidence([1.0], [-1])
    with pytest.raises(OptionError, match="name one of 1 units"):
        mean_count([1], [1.0], [2.0])
    with pytest.raises(OptionError, match="event 0: must be by the age 2"):
        mean_count([0], [3.0], [2.0])
