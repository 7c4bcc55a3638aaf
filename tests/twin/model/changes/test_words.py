import pytest

from twin.model.changes.words import disruption_lines, order_lines


@pytest.mark.parametrize(
    ("kind", "entry", "line"),
    [
        ("demand_shocks", {"factor": 2.0, "item": "tea"},
         "demand for tea by all customers x 2 from the start, for 2 days"),
        ("demand_shocks", {"factor": 0.5, "customer": "M", "start_s": 3600},
         "demand for all items by M x 0.5 1 h after the start, for 2 days"),
        ("supplier_failures", {"supplier": "V"},
         "supplier V sends nothing from the start, for 2 days"),
        ("supplier_failures", {"supplier": "V", "capacity_factor": 0.25},
         "supplier V sends 0.25 of what is ordered from the start, for 2 days"),
        ("machine_failures", {"machine": "F1"},
         "machine F1 is down from the start, for 2 days"),
    ],
)  # fmt: skip
def test_disruption_is_told(kind, entry, line):
    entry = {"start_s": 0, "duration_s": 172_800} | entry
    (said,) = disruption_lines({kind: [entry], "demand": [{"factor": 2}]})
    assert said.text == line
    assert {"start_s", "duration_s"} <= set(said.parts)


def test_production_order_is_told():
    order = {"item": "tea", "site": "P", "quantity": 5.0, "release_s": 90.0}
    (said,) = order_lines([order])
    assert str(said) == "production order: 5 tea at P, 90 s after the start"
    assert said.document() == {
        "kind": "production_order",
        "parts": {"start_s": 90.0, "quantity": 5.0, "item": "tea", "site": "P"},
    }
