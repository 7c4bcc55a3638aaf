import numpy as np
import pytest

from twin.errors import OptionError
from twin.simulate.demand import GivenDemand, LawDemand, ServiceSoFar

NOTHING = ServiceSoFar(np.zeros(1))


def demands(**row):
    return [{"customer": "M", "item": "tea", "site": "shop", "mean_per_day": 10} | row]


def test_mean_grows_with_the_trend_and_stops_at_zero(chain):
    law = LawDemand(chain(demands=demands(trend_per_day=-0.1)), seed=0)
    means = [law.mean(period)[0] for period in (0, 5, 20)]
    assert means == pytest.approx([10 * 0.95, 10 * 0.45, 0.0])


def test_mean_follows_the_weekday_where_the_site_is(chain):
    # 2024-01-01 is a monday; at noon UTC on sunday it is monday on the date line.
    profiles = [
        {"profile": "w", "step": day, "factor": 7.0 if day == 1 else 0.0}
        for day in range(1, 8)
    ]
    rows = demands(weekly_profile="w")
    here = LawDemand(chain(demands=rows, profiles=profiles), seed=0)

    def far(tables):
        tables["sites"][1]["time_zone"] = "Pacific/Kiritimati"

    there = LawDemand(chain(far, demands=rows, profiles=profiles), seed=0)
    assert [here.mean(k)[0] for k in range(7)] == [70, 0, 0, 0, 0, 0, 0]
    assert [there.mean(k)[0] for k in range(7)] == [0, 0, 0, 0, 0, 0, 70]


def test_mean_follows_the_month(chain):
    profiles = [
        {"profile": "y", "step": month, "factor": float(month == 2) * 12}
        for month in range(1, 13)
    ]
    rows = demands(yearly_profile="y")
    law = LawDemand(chain(demands=rows, profiles=profiles), seed=0)
    assert [law.mean(k)[0] for k in (30, 31, 59, 60)] == [0, 120, 120, 0]


def test_draws_are_whole_reproducible_and_of_the_right_mean(chain):
    network = chain(demands=demands(dispersion=0.2))
    drawn = [LawDemand(network, seed=3).draw(k, NOTHING)[0] for k in range(2000)]
    again = LawDemand(network, seed=3)
    assert drawn[:50] == [again.draw(k, NOTHING)[0] for k in range(50)]
    assert drawn[:50] != [LawDemand(network, 4).draw(k, NOTHING)[0] for k in range(50)]
    assert all(value == int(value) >= 0 for value in drawn)
    assert np.mean(drawn) == pytest.approx(10, rel=0.05)
    assert np.var(drawn) == pytest.approx(10 + 0.2 * 100, rel=0.15)


def test_given_demand_is_asked_for_and_then_nothing():
    source = GivenDemand(np.array([[3.0, 0.0], [1.0, 2.0]]))
    drawn = [source.draw(period, NOTHING).tolist() for period in range(3)]
    assert drawn == [[3.0, 1.0], [0.0, 2.0], [0.0, 0.0]]


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_given_demand_that_is_no_quantity_is_refused(wrong):
    with pytest.raises(OptionError, match=f"finite and >= 0, was {wrong}"):
        GivenDemand(np.array([[1.0, wrong]]))
