"""What a network says to the fold."""

import numpy as np
import pytest

from streams.events import MachineStateChanged, OrderReceived, StockMoved
from twin.errors import OptionError
from twin.kpi.terms import (
    Columns,
    NameNumbers,
    Translator,
    Window,
    power_by_state,
    shape_of,
    standard_us,
    terms_of,
)
from twin.state.tables import MACHINE_STATES


def test_routing_allows_time_by_speed_slots_and_batch(small):
    def change(tables):
        tables["machines"][1]["slots"] = 2
        tables["routings"][1]["batch_max"] = 3

    network = small(change)
    operation = {name: k for k, name in enumerate(network.operations)}
    tea = network.item_index["tea"]
    assert standard_us(network, tea, 0, operation=operation["fill"]) == 600e6
    assert standard_us(network, tea, 1, operation=operation["pack"]) == 50e6
    leaf = network.item_index["leaf"]
    assert np.isnan(standard_us(network, leaf, 0, operation=operation["fill"]))
    assert np.isnan(standard_us(network, tea, 0, operation=-1))


def test_routing_of_the_site_counts_before_that_of_any(small):
    def change(tables):
        for row in tables["routings"]:
            row["site"] = "works"
        tables["routings"] += [
            {"item": "tea", "step": 1, "operation": "fill", "machine_group": "filling",
             "duration_s": 1},
        ]  # fmt: skip

    network = small(change)
    fill = network.operations.index("fill")
    assert standard_us(network, network.item_index["tea"], 0, operation=fill) == 600e6


def test_state_takes_the_power_of_its_kind(small):
    power = dict(zip(MACHINE_STATES, power_by_state(small())[0], strict=True))
    assert power == {
        "unknown": 0, "off": 1, "down": 1, "maintenance": 1, "idle": 2, "blocked": 2,
        "setup": 3, "busy": 10,
    }  # fmt: skip


def test_window_must_have_a_length(small):
    with pytest.raises(OptionError, match="must end after 5 us, ends at 5"):
        shape_of(small(), Window(5, 5), 1)
    with pytest.raises(OptionError, match="at most 1000000 buckets"):
        shape_of(small(), Window(0, 10**13), 1)
    assert shape_of(small(), Window(0, 25), 10).n_buckets == 2


def test_terms_name_points_that_serve_customers(small):
    network = small()
    terms = terms_of(network, Window(0, 9), opened_us=1, at_once_us=2, bucket_us=3)
    assert terms.limits.tolist() == [1, 0, 9, 2, 3]
    assert terms.first_customer == 3
    points = zip(network.stock.item_index, network.stock.site_index, strict=True)
    served = [(network.item_index["tea"], network.place_index["shop"])]
    assert [pair in served for pair in points] == terms.serves.astype(bool).tolist()


def test_names_mean_places_points_and_rows(telling, small):
    network = small()
    told = telling(network)
    translator = Translator(network, NameNumbers.of(network, told.names))
    order = OrderReceived(
        order="A", customer="M", item="tea", site="shop", quantity=1.0
    )
    strange = StockMoved(item="gold", to_site="shop", quantity=1.0)
    batch = told.batch(
        (1, order), (2, strange), (3, MachineStateChanged(machine="X", state="idle")),
        (4, StockMoved(item="gold", from_site="shop", quantity=1.0)),
    )  # fmt: skip
    rows = translator.rows(Columns.of(batch), len(told.names))
    assert rows.demand.tolist() == [0, -1, -1, -1]
    assert rows.site.tolist() == [network.place_index["shop"], -1, -1, 0]
    assert rows.item_index.tolist() == [network.item_index["tea"], -1, -1, -1]
    assert rows.worth.tolist() == [8.0, 0.0, 0.0, 0.0]
    assert rows.machine.tolist() == [-1, -1, -1, -1]
    # Gold that leaves, and a machine that is not there.
    assert translator.n_unknown == 2
