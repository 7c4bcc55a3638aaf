"""What a table can fill follows from the event types."""

from streams.events import TYPE_CODES
from streams.layout import LAYOUTS
from streams.mapping.targets import TARGETS


def test_kinds_follow_the_columns():
    kinds = {name: t.kind for name, t in TARGETS["StockMoved"].items()}
    assert kinds == {
        "item": "text",
        "quantity": "number",
        "from_site": "text",
        "to_site": "text",
        "production_order": "text",
        "reason": "word",
    }
    assert TARGETS["OperationCompleted"]["started_us"].kind == "time"
    assert TARGETS["OrderCancelled"]["reason"].kind == "text"
    assert "busy" in TARGETS["MachineStateChanged"]["state"].choices


def test_types_that_need_a_list_are_left_out():
    assert {"ForecastIssued", "PlanEdited", "MasterDataChanged"}.isdisjoint(TARGETS)
    for name, targets in TARGETS.items():
        required = {f.name for f in LAYOUTS[TYPE_CODES[name]] if f.required}
        assert required <= targets.keys()
