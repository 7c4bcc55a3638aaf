"""What commands that search for a plan share: readiness, progress, answers, exits."""

import csv
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import typer

from twin.cli.console import Console

INFEASIBLE, UNKNOWN = 3, 1
"""Exit statuses: nothing is feasible, or nothing was found in time."""

FORMS = (".json", ".csv", ".html")
"""Suffixes of what `--out` writes."""

LONG_WARM_UP_S = 3.0
"""Getting ready takes less where the search was compiled before."""


class Line(Protocol):
    """A step of an anytime search."""

    @property
    def seconds(self) -> float:
        """Time since it began."""

    @property
    def objective(self) -> float:
        """Cost of the best plan so far."""

    @property
    def bound(self) -> float:
        """Cost that no plan beats."""


def made_ready(console: Console, warm_up: Callable[[], object]) -> None:
    """Compile a search where it was not compiled before, and say so if it took long.

    Parameters
    ----------
    console : Console
        Where to.
    warm_up : callable
        Compiles.
    """
    begun_s = time.monotonic()
    warm_up()
    if (warm_s := time.monotonic() - begun_s) > LONG_WARM_UP_S:
        console.note(f"got the search ready in {warm_s:.0f} s")


@contextmanager
def shown(
    console: Console,
    seconds: float | None,
    *,
    what: str = "plan",
    with_bound: bool = True,
) -> Iterator[Callable[[Line], None]]:
    """Show the best plan so far beside a bar of the time, on a terminal.

    Parameters
    ----------
    console : Console
        Where to.
    seconds : float or None
        Time limit, None for none.
    what : str
        What is searched for.
    with_bound : bool
        Whether the bound is worth showing.
    """
    from rich.progress import TextColumn, TimeElapsedColumn

    bar = console.progress(TimeElapsedColumn(), TextColumn("{task.fields[told]}"))
    with bar:
        task = bar.add_task("searching", total=seconds, told=f"no {what} yet")

        def show(line: Line) -> None:
            told = f"best {line.objective:,.10g}"
            if with_bound:
                gap = (line.objective - line.bound) / max(1.0, abs(line.objective))
                told += f"  bound {line.bound:,.10g}  gap {gap:.1%}"
            bar.update(task, completed=line.seconds, told=told)

        yield show


def nothing_found(what: str, seconds: float, *, work: int | None) -> str:
    """Say that a search found nothing, and what gives it more.

    Parameters
    ----------
    what : str
        What was searched for.
    seconds : float
        Time the search took, >= 0.
    work : int or None
        Its budget of work, None where it had a time limit.

    Returns
    -------
    str
        A line without an end.
    """
    more = "--seconds gives more time" if work is None else "--work gives more"
    return f"no {what} found in {seconds:.1f} s; {more}"


def write_answer(
    out: Path,
    name: str,
    document: Mapping[str, Any],
    *,
    rows: Callable[[Path], None],
    page: Callable[[Path], None],
) -> None:
    """Write an answer where, and as what, a path says.

    Parameters
    ----------
    out : Path
        A file with a suffix of `FORMS`, or a folder for all of them; the folder is
        there, see `twin.cli.writable`.
    name : str
        Of the files in a folder.
    document : mapping
        The answer, as JSON.
    rows, page : callable
        Write its table, and its page, to a path.
    """
    writers: dict[str, Callable[[Path], None]] = {
        ".json": lambda path: _write_json(path, document),
        ".csv": rows,
        ".html": page,
    }
    if out.suffix in FORMS:
        writers[out.suffix](out)
        return
    for suffix, write in writers.items():
        write(out / f"{name}{suffix}")


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_rows(
    path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Write a table as CSV.

    Parameters
    ----------
    path : Path
        File to write; its folder is there.
    columns : iterable of str
        In their order.
    rows : iterable of mapping
        A value for each column.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, tuple(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def leave(status: str) -> None:
    """End the command with the exit status of an answer.

    Parameters
    ----------
    status : str
        Of the answer; other than ``infeasible`` and ``unknown`` it goes on.
    """
    if status == "infeasible":
        raise typer.Exit(INFEASIBLE)
    if status == "unknown":
        raise typer.Exit(UNKNOWN)
