import pytest

from twin.errors import ScenarioError
from twin.model import build
from twin.model.scenario import build_scenario, load_scenario


@pytest.fixture
def network(tables, settings):
    return build(tables, settings)


CONTENT = {
    "name": "bad week",
    "demand_shocks": [
        {"item": "tea", "start_s": 10, "duration_s": 5, "factor": 2.0},
        {"customer": "M", "start_s": 0, "duration_s": 1.5, "factor": 0},
    ],
    "supplier_failures": [{"supplier": "V", "start_s": 1, "duration_s": 1}],
    "machine_failures": [{"machine": "K1", "start_s": 2, "duration_s": 3}],
}


def test_scenario_has_dense_indices_and_absolute_times(network):
    scenario = build_scenario(CONTENT, network)
    shocks, as_of_us = scenario.demand_shocks, network.settings.as_of_us
    assert scenario.name == "bad week"
    assert shocks.first.tolist() == [-1, network.place_index["M"]]
    assert shocks.second.tolist() == [network.item_index["tea"], -1]
    assert (shocks.start_us - as_of_us).tolist() == [10_000_000, 0]
    assert (shocks.end_us - as_of_us).tolist() == [15_000_000, 1_500_000]
    assert shocks.factor.tolist() == [2.0, 0.0]
    assert scenario.supplier_failures.first.tolist() == [network.place_index["V"]]
    assert scenario.supplier_failures.factor.tolist() == [0.0]
    assert scenario.machine_failures.first.tolist() == [network.machine_index["K1"]]


def test_scenario_without_disruptions_is_empty(network):
    scenario = build_scenario({}, network, file="calm")
    assert scenario.name == "calm"
    assert len(scenario.machine_failures.start_us) == 0


def test_scenario_problems_come_all_at_once(network, tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(
        "demand_shock = 1\n"
        "[[demand_shocks]]\nitem = 'tee'\nstart_s = 0\nduration_s = 0\nfactor = 2\n"
        "[[machine_failures]]\nmachine = 'K1'\nduration_s = 3\n"
    )
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, network)
    found = [(p.file, p.row, p.column) for p in caught.value.problems]
    assert found == [
        ("s.toml", None, "demand_shock"),
        ("s.toml [[demand_shocks]]", 1, "duration_s"),
        ("s.toml [[demand_shocks]]", 1, "item"),
        ("s.toml [[machine_failures]]", None, "start_s"),
    ]
    assert "did you mean 'demand_shocks'" in str(caught.value)
    assert "did you mean 'tea'" in str(caught.value)


def test_scenario_that_is_no_list_is_named(network):
    with pytest.raises(ScenarioError, match=r"\[\[machine_failures\]\] entries"):
        build_scenario({"machine_failures": {"machine": "K1"}}, network)


def test_scenario_file_that_is_no_toml_is_named(network, tmp_path):
    with pytest.raises(ScenarioError, match="TOML"):
        load_scenario(tmp_path / "none.toml", network)
