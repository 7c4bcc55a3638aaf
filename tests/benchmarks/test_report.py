import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.baseline import Comparison
from benchmarks.report import comparison_table, figure, result_table, write_json
from benchmarks.result import Benchmark, Result

TOY = Benchmark(name="toy", description="a toy", run=lambda options: [])


def shown(table):
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()


def test_table_shows_goal_peer_and_stretch():
    result = Result(
        name="grid",
        value=12.5,
        unit="s",
        goal="<= 17",
        stretch="<= 10",
        peer="simpy 4.1",
        peer_value=50.0,
        ratio=4.0,
        spread=0.05,
        checked=True,
    )
    text = shown(result_table(TOY, [result]))
    for word in ("toy: a toy", "grid", "12.5", "<= 17", "yes", "simpy 4.1", "5%"):
        assert word in text
    assert "stretch <= 10: not reached" in text


def test_comparison_table_shows_status():
    row = Comparison(name="apply", status="slower", stored=4.0, found=2.0, share=0.5)
    text = shown(comparison_table([row], path=Path("baseline.json")))
    for word in ("against baseline.json", "apply", "4", "2", "0.5", "slower"):
        assert word in text


def test_json_holds_benchmark_machine_and_results(tmp_path):
    path = tmp_path / "new" / "toy.json"
    result = Result(name="r", value=1.0, unit="1")
    write_json(path, benchmark="toy", machine={"cores": 2}, results=[result])
    assert json.loads(path.read_text()) == {
        "benchmark": "toy",
        "machine": {"cores": 2},
        "results": [result.record()],
    }


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (1234567.0, "1,234,567"), (0.25, "0.25")]
)
def test_figure(value, text):
    assert figure(value) == text
