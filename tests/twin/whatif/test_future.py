import math

import pytest

from twin.errors import OptionError
from twin.model.network import build
from twin.simulate.reference.plant import Plant
from twin.whatif import ENGINES, POLICIES, FutureOptions, Futures, base_branch
from twin.whatif.future import reference_engine
from twin.whatif.series import SERIES, series_key

DAY_S = 86_400


@pytest.fixture
def futures():
    def make(branch, days=5, engine=reference_engine, **options):
        chosen = FutureOptions(horizon_s=days * DAY_S, **options)
        return Futures(branch, chosen, monotonic_s=lambda: 0.0, engine=engine)

    return make


@pytest.mark.parametrize("policy", POLICIES)
def test_future_depends_on_its_seed_alone(base, futures, policy):
    played = futures(base, policy=policy)
    first, other, again = played(1), played(2), played(1)
    assert first == pytest.approx(again, rel=0, abs=0, nan_ok=True)
    assert first["sales"] != other["sales"]


def test_every_period_of_every_series_is_kept(base, futures):
    found = futures(base, days=3)(0)
    for name in SERIES:
        assert all(math.isfinite(found[series_key(name, k)]) for k in range(3))
        assert series_key(name, 3) not in found
    assert found[series_key("backorder", 2)] == found["backlog_end_units"]
    served = [found[series_key("fill_rate", k)] for k in range(3)]
    assert min(served) <= found["fill_rate"] <= max(served)


def test_period_without_demand_has_no_fill_rate(two_echelon, futures):
    def still(tables):
        tables["demands"][0]["mean_per_day"] = 0

    found = futures(base_branch(two_echelon(still)), days=1)(0)
    assert math.isnan(found["fill_rate@0"])
    assert math.isnan(found["fill_rate"])


def test_horizon_counts_reviews_of_the_branch(base, branch):
    options = FutureOptions(horizon_s=6 * DAY_S)
    column = {"table": "network", "key": {}, "column": "review_s", "factor": 2}
    assert options.n_periods(base.network) == 6
    assert options.n_periods(branch(base, set=[column]).network) == 3
    assert FutureOptions(horizon_s=1.0).n_periods(base.network) == 1


def test_engines_play_the_same_futures(works, futures):
    base = base_branch(works())
    slow, fast = (futures(base, days=9, engine=ENGINES[name])(4)
                  for name in ("reference", "compiled"))  # fmt: skip
    assert fast == pytest.approx(slow, rel=0, abs=0, nan_ok=True)
    assert fast["sales"] > 0


def test_engine_is_whatever_makes_a_plant(base, futures):
    made = []

    def engine(network, names, seed, disruptions, *, begins):
        made.append((network.hash, seed, disruptions))
        return Plant(network, names, seed=seed)

    futures(base, engine=engine)(7)
    assert made == [(base.network.hash, 7, ())]


def test_production_order_of_the_branch_is_released(works, branch, futures):
    base = base_branch(works())
    order = {"item": "tea", "site": "P", "quantity": 7, "release_s": DAY_S}
    events = []

    def engine(network, names, seed, disruptions, *, begins):
        plant = reference_engine(network, names, seed, disruptions)
        release = plant.release

        def watched(decisions):
            events.append((plant.now_us, decisions.make_quantity.tolist()))
            release(decisions)

        plant.release = watched
        return plant

    start_us = base.network.settings.as_of_us
    futures(branch(base, production_order=[order]), days=3, engine=engine)(0)
    assert [(t - start_us) // (DAY_S * 1_000_000) for t, _ in events] == [0, 1, 2]
    assert [quantities[:1] == [7.0] for _, quantities in events] == [False, True, False]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"policy": "luck"}, "policy must be one of table, mpc"),
        ({"horizon_s": 0}, "horizon_s must be > 0"),
        ({"horizon_s": math.inf}, "horizon_s must be > 0"),
        ({"service": 1.0}, "service must be"),
    ],
)
def test_option_outside_its_range_is_named(options, reason):
    with pytest.raises(OptionError, match=reason):
        FutureOptions(**options)


def test_network_with_nothing_to_decide_is_refused(futures):
    tables = {
        "sites": [{"site": "S", "kind": "store"}],
        "items": [{"item": "tea"}],
        "suppliers": [{"supplier": "V"}],
        "lanes": [{"lane": "L", "from_place": "V", "to_place": "S", "item": "tea",
                   "lead_time_s": 1}],
    }  # fmt: skip
    network = build(tables, {"name": "bare", "as_of": "2024-01-01T00:00:00Z"})
    with pytest.raises(OptionError, match="network 'bare': demands has no rows"):
        futures(base_branch(network))
