import numpy as np
import pytest

from streams.batch import concatenate
from streams.names import Names
from twin.calibrate import Settings, calibrate
from twin.errors import OptionError
from twin.model import build
from twin.simulate.decisions import Decisions
from twin.simulate.reference.plant import Plant

HOUR_S = 3_600.0
DAY_US = 86_400_000_000
PLANT = {
    "sites": [{"site": "P", "kind": "plant"}],
    "items": [{"item": "tea"}, {"item": "leaf"}],
    "suppliers": [{"supplier": "V"}],
    "routings": [
        {"item": "tea", "step": 1, "operation": "fill", "machine_group": "filling",
         "duration_s": HOUR_S, "duration_law": "gamma", "duration_cv": 0.4,
         "yield_rate": 0.9},
    ],
    "machines": [
        {"machine": "F1", "site": "P", "group": "filling", "mttf_s": 20 * HOUR_S,
         "mttr_s": HOUR_S},
    ],
    "lanes": [
        {"lane": "buy", "from_place": "V", "to_place": "P", "item": "leaf",
         "lead_time_s": 4 * 86_400, "lead_time_law": "weibull", "lead_time_cv": 0.5},
    ],
    "stock": [{"item": "leaf", "site": "P"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def played():
    """A plant played for 60 days, and a network that is wrong about it."""
    settings = {"name": "p", "as_of": "2024-01-01T00:00:00Z"}
    network = build(PLANT, settings)
    names = Names()
    plant = Plant(network, names, seed=5)
    batches = []
    for day in range(60):
        n = 12 if day == 0 else 5
        orders = Decisions(
            lane=np.zeros(3, np.int32),
            item=np.full(3, network.item_index["leaf"], np.int32),
            quantity=np.ones(3),
            make_item=np.full(n, network.item_index["tea"], np.int32),
            make_site=np.zeros(n, np.int32),
            make_quantity=np.full(n, 2.0),
        )
        plant.release(orders)
        batches.append(plant.advance(plant.now_us + DAY_US))
    wrong = {**PLANT, "routings": [{**PLANT["routings"][0], "duration_s": 999.0}]}
    return network, build(wrong, settings), concatenate(batches, names)


def test_every_parameter_of_a_simulated_plant_is_in_its_interval(played):
    network, _, events = played
    found = calibrate(network, [events], np.random.default_rng(0))
    held = {one.name: one for one in found.estimates}
    truth = {
        "routings tea * 1 duration_s": HOUR_S,
        "routings tea * 1 yield_rate": 0.9,
        "machines F1 mttf_s": 20 * HOUR_S,
        "machines F1 mttr_s": HOUR_S,
        "lanes buy lead_time_s": 4 * 86_400,
    }
    for name, value in truth.items():
        assert held[name].interval.low <= value <= held[name].interval.high, name
    assert held["routings tea * 1 duration_s"].law == "gamma"
    assert held["lanes buy lead_time_s"].law == "weibull"
    assert held["lanes buy lead_time_s"].n_censored > 0
    assert not found.too_few


def test_wrong_value_of_the_network_is_shown_first(played):
    _, wrong, events = played
    found = calibrate(wrong, [events], np.random.default_rng(0))
    frame = found.frame("routings")
    assert frame["parameter"][0] == "tea * 1 duration_s"
    assert frame["differs"][0] == "yes"
    assert frame["model"][0] == "999 gamma"
    assert "yes" not in frame["differs"][1:].to_list()


def test_same_seed_gives_the_same_calibration(played):
    network, _, events = played
    told = [
        calibrate(network, [events], np.random.default_rng(3)).frame("lanes")
        for _ in range(2)
    ]
    assert told[0].equals(told[1])


def test_short_window_names_what_it_saw_too_seldom(played):
    network, _, events = played
    end_us = network.settings.as_of_us + DAY_US
    settings = Settings(end_us=end_us, n_replicates=0)
    found = calibrate(network, [events], np.random.default_rng(0), settings)
    assert "machines F1 mttf_s" in found.too_few
    assert found.window.end_us == end_us


@pytest.mark.parametrize(
    "wrong", [{"level": 1.0}, {"n_replicates": -1}, {"start_us": 5, "end_us": 5}]
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(OptionError, match="was"):
        Settings(**wrong)
