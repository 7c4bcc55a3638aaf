import json

from benchmarks.machine import describe_machine


def test_machine_says_what_a_figure_was_measured_on():
    machine = describe_machine()
    assert machine["cores"] >= 1
    assert machine["memory_gib"] > 0
    assert machine["libraries"]["numpy"]
    assert len(machine["load_average"]) == 3
    assert json.loads(json.dumps(machine)) == machine
