import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.errors import ProblemError
from optimizer.inventory import DemandLaw, LeadTime


@pytest.mark.parametrize("law", ["poisson", "negative_binomial", "normal", "empirical"])
@pytest.mark.parametrize("n", [1, 5])
def test_moments_of_sums_are_those_of_the_law(laws, law, n):
    covered = laws[law].over(float(n))
    assert covered.mean == pytest.approx(laws[law].mean * n, rel=1e-4)
    assert covered.sd == pytest.approx(laws[law].sd * n**0.5, rel=2e-3)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 1e5), st.floats(1.01, 20.0), st.integers(1, 20))
def test_a_lattice_stays_small_and_true(mean, ratio, n):
    law = DemandLaw.negative_binomial(mean, mean * ratio)
    covered = law.over(float(n))
    assert covered.probability.size < 12_000
    assert covered.mean == pytest.approx(mean * n, rel=1e-6, abs=1e-6)


def test_two_periods_are_one_and_one(laws):
    for law in laws.values():
        step = law.step(2.0)
        one, two = law.over(1.0, step), law.over(2.0, step)
        both = one.plus(one)
        numbers = np.arange(both.first, both.last)
        # Cells of normal demand are a little wider twice.
        assert np.abs(both.cdf(numbers) - two.cdf(numbers)).max() < 0.02


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "gamma"}, "kind must be"),
        ({"kind": "poisson", "mean": -1.0}, "mean must be >= 0"),
        ({"kind": "negative_binomial", "mean": 4.0, "variance": 4.0}, "variance must"),
        ({"kind": "empirical", "values": np.array([1.0, -1.0])}, "values must be"),
    ],
)
def test_what_is_no_law_is_refused(given, said):
    with pytest.raises(ProblemError, match=said):
        DemandLaw(**given)


def test_empirical_demand_needs_whole_periods(laws):
    with pytest.raises(ProblemError, match="whole number of periods"):
        laws["empirical"].over(1.5)


def test_lead_times_are_judged():
    assert LeadTime(periods=(1.0, 3.0)).mean == 2.0
    with pytest.raises(ProblemError, match="sum to 1"):
        LeadTime(periods=(1.0, 2.0), probability=(0.5, 0.4))
    with pytest.raises(ProblemError, match="one length"):
        LeadTime(periods=(1.0,), probability=(0.5, 0.5))


def test_sums_of_a_forecast_have_its_quantiles():
    levels = np.array([0.1, 0.5, 0.9])
    sums = np.array([[2.0, 5.0, 9.0], [6.0, 10.0, 16.0], [10.0, 15.0, 22.0]])
    law = DemandLaw.forecast(levels, sums)
    for periods, row in enumerate(sums, start=1):
        lattice = law.over(float(periods))
        found = [lattice.step * lattice.quantile(level) for level in levels]
        assert found == pytest.approx(row.tolist(), abs=1.0)
    # Beyond the last sum, the first periods come again.
    assert law.over(4.0).mean == pytest.approx(law.over(3.0).mean + law.over(1.0).mean)
    assert law.mean == pytest.approx(law.over(3.0).mean / 3.0)
    with pytest.raises(ProblemError, match="whole number of periods"):
        law.over(1.5)
