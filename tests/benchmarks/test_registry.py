import importlib
import sys

import pytest

import benchmarks
from benchmarks.registry import HARNESS, discover

MODULE = """
from benchmarks.result import Benchmark
BENCHMARK = Benchmark(name={name!r}, description="d", run=lambda options: [])
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package `toys`, filled by the returned function."""
    (tmp_path / "toys").mkdir()
    (tmp_path / "toys" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def fill(**modules):
        for name, text in modules.items():
            (tmp_path / "toys" / f"{name}.py").write_text(text)
        importlib.invalidate_caches()
        return importlib.import_module("toys")

    yield fill
    for name in [n for n in sys.modules if n.split(".")[0] == "toys"]:
        del sys.modules[name]


def test_discover_finds_each_module_by_the_name_it_states(package):
    toys = package(b=MODULE.format(name="late"), a=MODULE.format(name="early"))
    assert list(discover(toys)) == ["early", "late"]


def test_discover_module_without_benchmark_is_refused(package):
    with pytest.raises(TypeError, match=r"toys.a: needs a BENCHMARK, was None"):
        discover(package(a=""))


def test_discover_two_of_one_name_is_refused(package):
    toys = package(a=MODULE.format(name="x"), b=MODULE.format(name="x"))
    with pytest.raises(ValueError, match=r"toys.b: second benchmark 'x'"):
        discover(toys)


def test_every_shipped_benchmark_is_found_and_described():
    for name, benchmark in discover(benchmarks).items():
        assert name not in HARNESS
        assert benchmark.description
