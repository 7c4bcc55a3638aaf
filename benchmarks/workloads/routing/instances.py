"""Public routing instances and their best known values."""

import csv
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["FAMILIES", "Instance", "sampled"]

FAMILIES = {
    "solomon": "vrptw-solomon",
    "gehring-homberger": "vrptw-gh",
    "x": "cvrp-x",
    "mixed fleet": "hfvrp",
    "several depots": "mdvrptw",
    "several trips": "mtvrptwr",
    "backhaul": "vrpb",
}
"""Folders of instances; those of 1,000 clients with time windows are left out."""

TIME_WINDOWS = ("solomon", "gehring-homberger")
"""Families that OR-Tools' guided local search is run on."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A file of a family, and its best known cost."""

    family: str
    path: Path
    best_known: float

    def gap(self, objective: float) -> float:
        """Return how far a cost is above the best known one, percent."""
        return 100.0 * (objective / self.best_known - 1.0)


def root() -> Path:
    """Return the folder of optimisation instances."""
    return Path(os.environ.get("MILLSTREAM_DATA", "../shared/data")) / "opt"


@cache
def _best_known() -> dict[str, float]:
    with (root() / "best_known.csv").open(encoding="utf-8") as file:
        return {
            row["file"]: float(row["best_known"])
            for row in csv.DictReader(file)
            if row["best_known"]
        }


def sampled(family: str, *, every: int, first: int = 0) -> list[Instance]:
    """Return each so-many-th instance of a family, in order of file name.

    Parameters
    ----------
    family
        A key of `FAMILIES`.
    every
        Distance between two.
    first
        Place of the first.
    """
    folder = FAMILIES[family]
    found = []
    for path in sorted((root() / folder).iterdir()):
        value = _best_known().get(f"{folder}/{path.name}")
        if path.suffix in {".txt", ".vrp"} and value is not None:
            found.append(Instance(family, path, value))
    return found[first::every]
