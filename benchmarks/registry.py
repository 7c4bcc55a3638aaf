"""Finds the benchmarks: every module of a package that has a `BENCHMARK`."""

import importlib
import pkgutil
from types import ModuleType

from benchmarks.result import Benchmark

# Modules of the harness itself.
HARNESS = {"__main__", "baseline", "machine", "registry", "report", "result", "timing"}


def discover(package: ModuleType) -> dict[str, Benchmark]:
    """Benchmarks of `package` by name, in order of name.

    A benchmark imports its peers inside `run`, so that listing works without them.

    Raises
    ------
    TypeError
        If a module has no `BENCHMARK`.
    ValueError
        If two have the same name.
    """
    found: dict[str, Benchmark] = {}
    for entry in pkgutil.iter_modules(package.__path__):
        if entry.ispkg or entry.name in HARNESS:
            continue
        module = importlib.import_module(f"{package.__name__}.{entry.name}")
        benchmark = getattr(module, "BENCHMARK", None)
        if not isinstance(benchmark, Benchmark):
            message = f"{module.__name__}: needs a BENCHMARK, was {benchmark!r}"
            raise TypeError(message)
        if benchmark.name in found:
            message = f"{module.__name__}: second benchmark {benchmark.name!r}"
            raise ValueError(message)
        found[benchmark.name] = benchmark
    return dict(sorted(found.items()))
