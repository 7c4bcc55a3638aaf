import numpy as np
import pytest

from forecasting.lifetimes import LAWS, Lifetimes, fit_law, fit_probability


@pytest.mark.parametrize("law", LAWS)
def test_p_values_of_the_true_law_are_spread_evenly(law, drawn):
    rng = np.random.default_rng(4)
    found = []
    for seed in range(10_000, 10_080):
        sample = drawn(seed, law, n=40, censoring=5.0)
        found.append(
            fit_probability(sample, fit_law(sample, law), rng, n_replicates=39)
        )
    assert np.mean(found) == pytest.approx(0.5, abs=0.12)
    assert np.mean(np.array(found) < 0.11) < 0.25


def test_two_humps_are_refused_by_every_law():
    rng = np.random.default_rng(5)
    humps = np.concatenate([rng.normal(1.0, 0.05, 60), rng.normal(5.0, 0.2, 60)])
    sample = Lifetimes.of(humps)
    for law in LAWS:
        assert fit_probability(sample, fit_law(sample, law), rng) == 0.005


@pytest.mark.parametrize("law", LAWS)
def test_late_entry_does_not_speak_against_the_law(law, drawn):
    rng = np.random.default_rng(6)
    whole = drawn(7, law, n=300)
    entry = rng.uniform(0.0, 2.5, 300)
    kept = entry < whole.duration
    sample = Lifetimes.of(whole.duration[kept], None, entry[kept])
    p = fit_probability(sample, fit_law(sample, law), rng, n_replicates=99)
    assert p > 0.02
