import re
from pathlib import Path

import pytest

from twin.telemetry.metrics import METRICS, Reading, render


def lines(*readings):
    return render(readings).decode().splitlines()


def test_readings_of_one_metric_stand_under_one_heading():
    told = lines(
        Reading("millstream_lag_records", 3, {"partition": "a-0"}),
        Reading("millstream_group_generation", 5),
        Reading("millstream_lag_records", 4, {"partition": "a-1"}),
    )
    lag = [line for line in told if "lag_records" in line]
    assert lag == [
        f"# HELP millstream_lag_records {METRICS['millstream_lag_records'].help}",
        "# TYPE millstream_lag_records gauge",
        'millstream_lag_records{partition="a-0"} 3.0',
        'millstream_lag_records{partition="a-1"} 4.0',
    ]
    assert "millstream_group_generation 5.0" in told


def test_labels_are_escaped_and_those_left_out_are_empty():
    reading = Reading("millstream_dead_letters_total", 1, {"reason": 'a "b"\n'})
    expected = 'millstream_dead_letters_total{reason="a \\"b\\"\\n",shard=""} 1.0'
    assert expected in lines(reading)


def test_names_follow_the_rules_of_prometheus():
    for name, metric in METRICS.items():
        assert name.startswith("millstream_")
        assert name.endswith("_total") == (metric.kind == "counter")
        assert metric.help.endswith(".")


def test_metric_that_is_not_listed_is_refused():
    with pytest.raises(KeyError):
        render([Reading("millstream_nonsense", 1)])


def test_every_metric_is_in_the_table_of_the_documents():
    text = (Path(__file__).parents[3] / "docs" / "operating.md").read_text()
    rows = dict(re.findall(r"^\| `(millstream_\w+)` \| (.*) \|$", text, re.MULTILINE))
    expected = {}
    for name, metric in METRICS.items():
        labels = ", ".join(f"`{label}`" for label in metric.labels) or "-"
        expected[name] = f"{metric.kind} | {labels} | {metric.help}"
    assert rows == expected
