import msgspec
import numpy as np
import pytest

from streams.names import Names
from streams.records import Position
from twin.errors import OptionError
from twin.live import MergedState
from twin.live.policy import release_plan
from twin.model.edits import EditedRow, ModelEdits


def merged(state, *rows):
    edits = ModelEdits(Names())
    edits.restore({"rows": np.frombuffer(msgspec.json.encode(rows), np.uint8)})
    return MergedState(
        state=state, position=Position(), positions={}, missing=(), shared={},
        edits=edits,
    )  # fmt: skip


def test_plan_is_released_at_the_time_of_the_state(folding, two_echelon):
    from streams.events import StockCounted  # noqa: PLC0415

    network = two_echelon()
    plan = release_plan(network, monotonic_s=lambda: 0.0, n_periods=10)
    fold = folding(network)
    _, state = fold.fold((5, StockCounted(item="tea", site="hub", quantity=0)))
    (decision,) = plan(merged(state), "d1")
    assert decision.time_us == fold.as_of_us + 5
    assert decision.event.plan == "d1"
    assert {line.site for line in decision.event.lines} >= {"hub"}
    assert plan(merged(state), "d1") == (decision,), "the same state, the same plan"


def test_plan_is_of_the_network_that_the_log_changed(folding, two_echelon):
    from streams.events import StockCounted  # noqa: PLC0415

    network = two_echelon()
    plan = release_plan(network, monotonic_s=lambda: 0.0, n_periods=10)
    _, state = folding(network).fold(
        (5, StockCounted(item="tea", site="shop", quantity=0))
    )
    row = EditedRow(
        "demands", {"customer": "M", "item": "tea", "site": "shop"},
        {"mean_per_day": 40.0}, 3,
    )  # fmt: skip
    lines = [
        sum(line.quantity for line in plan(one, "d1")[0].event.lines)
        for one in (merged(state), merged(state, row), merged(state))
    ]
    assert lines[1] > lines[0] == lines[2]


def test_change_that_makes_no_network_does_not_end_planning(
    folding, two_echelon, caplog
):
    from streams.events import StockCounted  # noqa: PLC0415

    plan = release_plan(two_echelon(), monotonic_s=lambda: 0.0, n_periods=10)
    counted = (5, StockCounted(item="tea", site="shop", quantity=0))
    _, state = folding(two_echelon()).fold(counted)
    bad = (
        EditedRow("lanes", {"lane": "buy"}, {"lead_time_s": -1.0}, 3),
        EditedRow("lanes", {"lane": None}, {"price": 1.0}, 4),
    )
    assert plan(merged(state, *bad), "d1") == plan(merged(state), "d1")
    told = [record.fields["why"] for record in caplog.records]
    assert len(told) == 2
    assert told[0].startswith("lanes lane None: ")
    assert "lead_time_s -1.0" in told[1]


def test_state_without_events_is_not_planned(folding, two_echelon):
    network = two_echelon()
    plan = release_plan(network, monotonic_s=lambda: 0.0)
    assert plan(merged(folding(network).state), "d1") == ()


def test_network_without_demand_is_refused(two_echelon):
    def change(tables):
        tables["demands"] = []

    with pytest.raises(OptionError, match="nothing to plan"):
        release_plan(two_echelon(change), monotonic_s=lambda: 0.0)
