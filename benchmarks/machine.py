"""What a figure was measured on."""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

LIBRARIES = (
    "millstream",
    "numpy",
    "numba",
    "polars",
    "simpy",
    "ortools",
    "scikit-learn",
    "kafka-python",
    "gym-invmgmt",
    "statsforecast",
)


def describe_machine() -> dict[str, Any]:
    """Cores, processor, memory, versions, and how busy the machine is now."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": _field(Path("/proc/cpuinfo"), "model name") or platform.processor(),
        "memory_gib": round(_memory_bytes() / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "libraries": _versions(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _field(path: Path, name: str) -> str:
    """First value of `name` in a file of `name : value` lines; empty if none."""
    if not path.exists():
        return ""
    for line in path.read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def _versions() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
