"""A first forecast where nothing is compiled, and a second."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from benchmarks.result import Result
from benchmarks.workloads.demand.data import m3_monthly

N_SERIES = 10


def results(*, quick: bool) -> Iterator[Result]:
    """Time the command from its start to its end, twice; nothing in a quick run."""
    if quick:
        return
    with tempfile.TemporaryDirectory(prefix="cold-") as name:
        folder = Path(name)
        split = m3_monthly()
        past = [split.train.series(i).tolist() for i in range(N_SERIES)]
        frame = pl.DataFrame({"id": split.train.ids[:N_SERIES], "y": past})
        frame.write_parquet(folder / "past.parquet")
        runs = [run(folder), run(folder)]
        told = pl.read_parquet(folder / "told.parquet")
        checked = told.height == N_SERIES * 18 and bool(told["mean"].is_finite().all())
    for title, taken_s, goal, stretch in (
        ("first", runs[0], "<= 15", "<= 6"), ("second", runs[1], "<= 3", None),
    ):  # fmt: skip
        yield Result(
            name=f"cold start, {title} forecast of ten monthly series", value=taken_s,
            unit="s", goal=goal, stretch=stretch, checked=checked,
        )  # fmt: skip
    yield Result(
        name="cold start, compiling", value=runs[0] - runs[1], unit="s", checked=checked
    )
    yield Result(
        name="cold start, libraries alone", value=import_s(), unit="s", checked=True
    )


def run(folder: Path) -> float:
    """Run `millstream forecast` with the cache of kernels in `folder`."""
    call = "import sys; from twin.cli.app import run; sys.exit(run(sys.argv[1:]))"
    asked = [
        "forecast", str(folder / "past.parquet"), "--horizon", "18", "--season", "12",
        "--out", str(folder / "told.parquet"), "--quiet",
    ]  # fmt: skip
    return process_s([call, *asked], cache=folder / "kernels")


def import_s() -> float:
    """Time the start of a process that loads the libraries and no kernel."""
    return process_s(["import numba, polars, typer"], cache=None)


def process_s(arguments: list[str], *, cache: Path | None) -> float:
    """Time a process of Python from its start to its end."""
    env = os.environ | ({} if cache is None else {"NUMBA_CACHE_DIR": str(cache)})
    begun_s = time.perf_counter()
    subprocess.run([sys.executable, "-c", *arguments], check=True, env=env)
    return time.perf_counter() - begun_s
