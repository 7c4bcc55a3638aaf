"""Stored ratios, and what fails against them.

The file holds ratios, not seconds, so that a baseline made on one machine serves
another, and counts, which must be equal anywhere. Quick and full runs differ in size,
so each has its own.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchmarks.result import Result

# Below this share of the stored ratio a run counts as slower. Ratios of interleaved
# least times move by some 10 % on a busy machine; 0.9 would cry wolf, and at 0.5 a
# hot path could lose half of its speed unseen.
SHARE_MIN = 0.75

Status = Literal["ok", "slower", "differs", "missing", "new"]
FAILED: frozenset[Status] = frozenset({"slower", "differs", "missing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One result against the stored one; `share` is new over stored ratio."""

    name: str
    status: Status
    stored: float | None
    found: float | None
    share: float | None = None

    @property
    def failed(self) -> bool:
        """Whether this fails the run."""
        return self.status in FAILED


def load(path: Path) -> dict[str, Any]:
    """Read the stored file; empty if there is none.

    Raises
    ------
    ValueError
        If the file is not a JSON object.
    """
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        message = f"{path}: not JSON: {error}"
        raise ValueError(message) from error
    if isinstance(content, dict):
        return content
    message = f"{path}: must hold a JSON object, was {type(content).__name__}"
    raise ValueError(message)


def store(
    path: Path, *, benchmark: str, quick: bool, results: Iterable[Result]
) -> None:
    """Put the guarded figures of one run into the file, beside what it holds."""
    content = load(path)
    kept = content.setdefault(benchmark, {}).setdefault(_size(quick=quick), {})
    for result in results:
        entry = _guarded(result)
        if entry:
            kept[result.name] = entry
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


def compare(
    stored: dict[str, Any],
    *,
    benchmark: str,
    quick: bool,
    results: Iterable[Result],
    complete: bool = True,
) -> list[Comparison]:
    """Each guarded result against the stored one.

    Parameters
    ----------
    stored
        What `load` gave.
    benchmark, quick
        Which run this is.
    results
        The results of the run.
    complete
        Every part ran: a stored name without a result is then missing, which fails.
    """
    kept = stored.get(benchmark, {}).get(_size(quick=quick), {})
    by_name = {result.name: result for result in results}
    rows = [
        _compare_one(name, _guarded(result), kept.get(name))
        for name, result in by_name.items()
        if _guarded(result)
    ]
    if complete:
        rows += [
            Comparison(name=name, status="missing", stored=_figure(entry), found=None)
            for name, entry in kept.items()
            if name not in by_name
        ]
    return rows


def _compare_one(
    name: str, found: dict[str, float], kept: dict[str, float] | None
) -> Comparison:
    if kept is None:
        figure = _figure(found)
        return Comparison(name=name, status="new", stored=None, found=figure)
    share = None
    status: Status = "ok"
    if "ratio" in kept:
        share = found.get("ratio", 0.0) / kept["ratio"]
        # Written so that NaN counts as slower.
        status = "ok" if share >= SHARE_MIN else "slower"
    if "count" in kept and found.get("count") != kept["count"]:
        status = "differs"
    return Comparison(
        name=name,
        status=status,
        stored=_figure(kept),
        found=_figure(found),
        share=share,
    )


def _guarded(result: Result) -> dict[str, float]:
    entry = {}
    if result.ratio is not None:
        entry["ratio"] = result.ratio
    if result.exact:
        entry["count"] = result.value
    return entry


def _figure(entry: dict[str, float]) -> float | None:
    return entry.get("ratio", entry.get("count"))


def _size(*, quick: bool) -> str:
    return "quick" if quick else "full"
