"""Runs measured whole beside runs measured batch by batch."""

import numpy as np
import pytest

from twin.kpi import RunMeasures
from twin.kpi.terms import Columns, NameNumbers
from twin.kpi.whole import WholeRuns
from twin.simulate.decisions import Decisions

DAY_US = 86_400_000_000


def test_whole_run_measures_what_batches_do(works, run_loop, scripted):
    network = works()
    made = Decisions(
        make_item=np.array([network.item_index["tea"]], np.int32),
        make_site=np.array([network.place_index["P"]], np.int32),
        make_quantity=np.array([12.0]),
        lane=np.arange(2, dtype=np.int32),
        item=network.lanes.item_index[:2],
        quantity=np.array([30.0, 50.0]),
    )
    produced = run_loop(network, scripted(made, made, made), 9, seed=5)
    names = produced.names
    start_us = network.settings.as_of_us
    window = (start_us, start_us + 9 * DAY_US)
    by_batch = RunMeasures(network, names, window)
    by_batch.book(produced.events)
    runs = WholeRuns(network, window, NameNumbers.of(network, names))
    for _ in range(2):  # a run leaves nothing behind for the next
        rows = runs.rows(Columns.of(produced.events), len(names))
        found = runs.measures(rows, len(names))
        assert found == pytest.approx(by_batch.measures(), rel=0, abs=0, nan_ok=True)
    assert found["sales"] > 0
