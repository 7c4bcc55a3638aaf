from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from benchmarks.workloads.closing import network as closing
from benchmarks.workloads.closing.network import (
    FAMILY_SETUP_S,
    LATE_SHARE,
    N_DAYS,
    frozen_network,
    network_c,
    scenario_c,
)
from twin.model.changes.apply import rebuilt


@pytest.fixture(scope="module")
def network():
    return network_c()


def test_network_is_the_one_that_was_frozen(network):
    assert frozen_network().hash == network.hash


def test_changed_network_is_refused(monkeypatch, network):
    items = network.tables["items"].with_columns(pl.col("unit_cost") * 1.01)
    monkeypatch.setattr(
        closing, "network_c", lambda: rebuilt(network, {"items": items})
    )
    with pytest.raises(ValueError, match="network C is frozen as"):
        frozen_network()


def test_changed_scenario_is_refused(monkeypatch):
    monkeypatch.setattr(closing, "SUPPLIER_FAILURES", ((4, 2, "plastic_far"),))
    with pytest.raises(ValueError, match="network C is frozen as"):
        frozen_network()


def test_network_has_what_its_measures_need(network):
    machines, demands = network.machines, network.demands
    for column in ("power_idle_kw", "power_busy_kw", "wear_per_h", "maintenance_s"):
        assert (getattr(machines, column) > 0.0).all(), column
    assert not np.isfinite(machines.maintenance_every_s).any(), "run to failure"
    assert demands.backlogged.all()
    np.testing.assert_allclose(demands.shortage_cost, LATE_SHARE * demands.price)
    assert (network.setups.setup_s == FAMILY_SETUP_S).all()


def test_scenario_has_every_kind_within_the_year(network):
    found = scenario_c(network)
    assert {one.kind for one in found} == {"demand", "place", "machine"}
    begin_us = network.settings.as_of_us
    year_us = N_DAYS * int(timedelta(days=1) / timedelta(microseconds=1))
    assert all(
        begin_us < one.start_us < one.end_us < begin_us + year_us for one in found
    )
