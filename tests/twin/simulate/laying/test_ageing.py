import numpy as np

from twin.model.network import build
from twin.simulate.laying.ageing import ageing_columns
from twin.simulate.layout import NEVER_US

SETTINGS = {"name": "n", "as_of": "2024-01-01T00:00:00Z", "time_zone": "UTC"}
MACHINES = [
    {"machine": "a"},
    {"machine": "b", "mttf_s": 90.0, "mttr_s": 2.0, "failure_clock": "busy",
     "failure_law": "gamma", "failure_cv": 0.5, "reading_every_s": 1.5},
    {"machine": "c", "maintenance_every_s": 60.0, "maintenance_s": 0.5,
     "maintenance_clock": "busy"},
    {"machine": "d", "wear_per_h": 0.1, "on_failure": "scrap"},
    {"machine": "e", "mttf_s": 90.0, "mttr_s": 2.0},
]  # fmt: skip


def test_columns_say_how_machines_age():
    tables = {
        "sites": [{"site": "P", "kind": "plant"}],
        "items": [{"item": "tea"}],
        "routings": [
            {
                "item": "tea",
                "step": 1,
                "operation": "o",
                "machine_group": "g",
                "duration_s": 1.0,
            }
        ],
        "machines": [{"site": "P", "group": "g"} | row for row in MACHINES],
    }
    columns = ageing_columns(build(tables, SETTINGS).machines)
    assert columns["ages"].tolist() == [False, True, True, True, False]
    assert columns["by_clock"].tolist() == [True, False, True, True, True]
    assert columns["due_by_busy"].tolist() == [False, False, True, False, False]
    assert columns["has_failures"].tolist() == [False, True, False, False, True]
    assert columns["failure_p0"][1] == 4.0  # the shape
    assert columns["on_failure"].tolist() == [0, 0, 0, 2, 0]
    every = columns["maintenance_every_us"]
    assert every.tolist() == [NEVER_US, NEVER_US, 60_000_000, NEVER_US, NEVER_US]
    assert columns["maintenance_us"][2] == 500_000
    assert columns["reading_every_us"][1] == 1_500_000
    assert np.isinf(columns["mttf_s"][0])
