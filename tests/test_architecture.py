"""The import contracts hold, and each bites: a planted violation breaks the one meant.

All violations are planted in one copy of the packages and found by one run, because a
run takes seconds. The report names every forbidden import with its line, so each plant
is looked for by itself.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("twin", "streams", "forecasting", "optimizer")
# File, planted import, the contract that must name it.
PLANTED = [
    ("streams/batch.py", "import forecasting", "twin composes three leaves"),
    ("forecasting/series.py", "import twin", "twin composes three leaves"),
    ("twin/kpi/ledger.py", "import twin.cycle", "inside twin"),
    ("twin/planning/__init__.py", "import twin.replay", "inside twin"),
    ("twin/loop.py", "import forecasting.series", "forecasting is joined"),
    ("twin/cycle.py", "import optimizer.errors", "optimizer is joined"),
    ("streams/events.py", "import streams.log", "a codec never sees a transport"),
    ("streams/memory.py", "import streams.codec", "inside streams"),
    ("streams/log.py", "import streams.deadletters", "inside streams"),
    ("streams/log/__init__.py", "import streams.deadletters", "inside streams"),
    ("forecasting/errors.py", "import forecasting.smoothing", "inside forecasting"),
    (
        "optimizer/logistics/distribution/check.py",
        "import optimizer.logistics.distribution.model",
        "a checker never sees",
    ),
    (
        "optimizer/logistics/distribution/problem.py",
        "import optimizer.logistics.distribution.check",
        "inside each planning problem",
    ),
    (
        # A second problem, made by the plant.
        "optimizer/logistics/planted/__init__.py",
        "import optimizer.logistics.distribution.problem",
        "planning problems are independent",
    ),
    (
        "optimizer/logistics/distribution/solve.py",
        "import ortools",
        "only solver models",
    ),
    ("streams/ingest.py", "import kafka", "only streams.kafka"),
    (
        "optimizer/logistics/routing/solve.py",
        "import pyvrp",
        "only the routing model",
    ),
    ("twin/state/__init__.py", "import simpy", "only the reference engine"),
    ("twin/simulate/disruptions.py", "import ray", "only replications"),
    ("forecasting/baselines.py", "import numba", "only kernels"),
]
ACTIVE = [p for p in PLANTED if (ROOT / p[0]).exists() or "/planted/" in p[0]]
ACTIVE_MIN = 15


def lint_imports(folder: Path) -> str:
    program = "from importlinter.cli import lint_imports_command as c; c()"
    return subprocess.run(
        [sys.executable, "-P", "-c", program, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    ).stdout


def module_of(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """The report on a copy with every plant, and the line each plant stands in."""
    folder = tmp_path_factory.mktemp("planted")
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    lines = {}
    for file, line, _ in ACTIVE:
        target = folder / file
        target.parent.mkdir(exist_ok=True)
        target.touch()
        text = target.read_text() + f"{line}\n"
        target.write_text(text)
        lines[file, line] = len(text.splitlines())
    return lint_imports(folder), lines


def section(report: str, contract: str) -> str:
    """Part of the report that explains one broken contract."""
    # A heading is the contract's name underlined with dashes as long as it.
    parts = re.split(r"^(.+)\n-{3,}\n", report, flags=re.MULTILINE)
    named = dict(zip(parts[1::2], parts[2::2], strict=True))
    return next((t for name, t in named.items() if name.startswith(contract)), "")


def test_contracts_hold():
    report = lint_imports(ROOT)
    assert " 0 broken" in report, report


def test_enough_plants_are_active():
    assert len(ACTIVE) >= ACTIVE_MIN, [file for file, *_ in ACTIVE]


@pytest.mark.parametrize(
    ("file", "line", "contract"), ACTIVE, ids=[f"{p[0]}: {p[1]}" for p in ACTIVE]
)
def test_planted_violation_is_caught(planted, file, line, contract):
    report, lines = planted
    found = section(report, contract)
    edge = f"{module_of(file)} -> {line.removeprefix('import ')} (l.{lines[file, line]}"
    assert edge in found, f"{edge} is not in the report on {contract!r}:\n{report}"
