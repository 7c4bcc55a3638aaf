import numpy as np
import pytest

from streams.batch import NO_TIME
from streams.names import Names
from twin.errors import OptionError
from twin.simulate.compiled.dated import DatedPlant
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.decisions import Decisions
from twin.simulate.reference.plant import Plant

HOUR_US = 3_600_000_000
COLUMNS = (
    "time_us", "type_code", "code", "value0", "value1", "value2", "time0", "id_hash",
    "sequence", "rank",
)  # fmt: skip


def made(network, *quantities, **more):
    n, item = len(quantities), network.item_index["tea"]
    return Decisions(
        make_item=np.full(n, item, np.int32),
        make_site=np.full(n, network.place_index["P"], np.int32),
        make_quantity=np.array(quantities, float),
        **more,
    )


def played(make_plant, network, decisions):
    plant = make_plant(network, Names(), seed=2)
    plant.release(decisions)
    return plant.advance(plant.now_us + 30 * HOUR_US)


def dates(network, *hours):
    begin_us = network.settings.as_of_us
    return np.array(
        [NO_TIME if h is None else begin_us + h * HOUR_US for h in hours], np.int64
    )


@pytest.mark.parametrize("rule", ["edd", "plan", "critical_ratio"])
def test_release_of_dated_orders_tells_what_the_reference_engine_tells(workshop, rule):
    network = workshop(groups=[{"group": "filling", "rule": rule},
                               {"group": "packing", "rule": rule}])  # fmt: skip
    decisions = made(
        network, 5.0, 4.0, 0.0, 3.0, 2.0,
        make_due_us=dates(network, 30, 20, 10, None, 5),
        make_priority=np.array([4.0, 3.0, 9.0, np.nan, 1.0]),
    )  # fmt: skip
    wanted, found = (played(plant, network, decisions) for plant in (Plant, DatedPlant))
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(wanted, name), getattr(found, name), name)


def test_release_of_dated_orders_changes_who_is_first(workshop):
    network = workshop(groups=[{"group": "filling", "rule": "edd"}])
    quantities = (5.0, 4.0, 3.0)
    dated = made(network, *quantities, make_due_us=dates(network, 30, 20, 10))
    first, other = (
        played(DatedPlant, network, decisions)
        for decisions in (made(network, *quantities), dated)
    )
    assert first.value0.tobytes() != other.value0.tobytes()


def test_release_without_dates_is_that_of_the_compiled_engine(workshop):
    network = workshop()
    decisions = made(network, 5.0, 4.0)
    one, other = (played(p, network, decisions) for p in (CompiledPlant, DatedPlant))
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


def test_release_of_what_components_do_not_allow_dates_nothing(workshop):
    network = workshop()
    plenty = 1e9
    decisions = made(network, plenty, plenty, make_due_us=dates(network, 30, 20))
    wanted, found = (played(plant, network, decisions) for plant in (Plant, DatedPlant))
    np.testing.assert_array_equal(wanted.time0, found.time0)


def test_release_for_customers_is_refused(workshop):
    network = workshop()
    decisions = made(network, 1.0, make_due_us=dates(network, 3), make_for=("order",))
    with pytest.raises(OptionError, match="reference engine alone"):
        DatedPlant(network, Names(), seed=1).release(decisions)
