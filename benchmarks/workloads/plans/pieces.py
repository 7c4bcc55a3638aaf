"""A thousand pieces made to order: groups in the best sequence, and first come."""

import time
from statistics import fmean, stdev

import numpy as np
from scipy.stats import t as student

from benchmarks.result import Result
from twin.planning.made_to_order import (
    Grouping,
    Groups,
    Pieces,
    PieceTimes,
    grouped,
    in_best_sequence,
    in_turn,
)

N_PIECES, N_FAMILIES, N_MACHINES = 1000, 8, 3
SECONDS = 5.0
GROUPING = Grouping(least=8, longest_wait=480)
"""Eight pieces, or eight hours: a tick is a minute."""
FIRST_COME = "first come, groups of 8 in the order of arrival"
BY_FAMILY = "first come, the same groups"
HELD = (0, "first come")  # the figure that is held from now on: setups
Row = tuple[float, float, float]  # setups, mean tardiness in hours, share of late ones


def pieces_of(seed: int, n: int = N_PIECES) -> tuple[Pieces, np.ndarray]:
    """Draw orders over as long as three machines need at 85 %, and setups.

    Parameters
    ----------
    seed
        Seed, >= 0.
    n
        Pieces.

    Returns
    -------
    Pieces, ndarray of shape (n_families, n_families)
        Work of 5 to 15 minutes a piece, setups of 10 to 40, due in 8 to 48 hours.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    span = n * (10.0 + 25.0 / GROUPING.least) / N_MACHINES / 0.85
    arrived = np.sort(rng.integers(0, int(span), n))
    setup = rng.integers(10, 41, (N_FAMILIES, N_FAMILIES))
    np.fill_diagonal(setup, 0)
    return (
        Pieces(
            arrived=arrived,
            due=arrived + rng.integers(480, 2881, n),
            family=rng.integers(0, N_FAMILIES, n),
            work=rng.integers(5, 16, n),
        ),
        setup,
    )


def to_order(*, quick: bool) -> list[Result]:
    """Compare setups and lateness on paired seeds."""
    seeds, n, seconds = (2, 200, 0.5) if quick else (10, N_PIECES, SECONDS)
    rows: dict[str, list[Row]] = {
        "ours": [], FIRST_COME: [], BY_FAMILY: [],
    }  # fmt: skip
    held = True
    for seed in range(seeds):
        pieces, setup = pieces_of(seed, n)
        own = grouped(pieces, GROUPING)
        mixed = grouped(pieces, GROUPING, mixed=True)
        made = {
            "ours": in_best_sequence(
                pieces, own, setup, n_machines=N_MACHINES,
                monotonic_s=time.monotonic, time_limit_s=seconds,
            ),
            FIRST_COME: in_turn(pieces, mixed, setup, n_machines=N_MACHINES),
            BY_FAMILY: in_turn(pieces, own, setup, n_machines=N_MACHINES),
        }  # fmt: skip
        for name, times in made.items():
            late = times.tardiness(pieces)
            rows[name].append(
                (float(times.n_setups), float(late.mean()) / 60.0, (late > 0).mean())
            )
        held &= _is_made(pieces, own, made["ours"])
    return _results(rows, held=held, quick=quick)


def _is_made(pieces: Pieces, groups: Groups, times: PieceTimes) -> bool:
    """Whether each piece is made once, after its release, one at a time."""
    start, end = times.start, times.end
    released = groups.released[groups.of_piece]
    in_time = (start >= np.maximum(released, pieces.arrived)).all()
    as_long = (end - start == pieces.work).all()
    order = np.lexsort((start, times.machine))
    same = np.diff(times.machine[order]) == 0
    alone = (start[order][1:] >= end[order][:-1])[same].all()
    return bool(in_time and as_long and alone)


def _results(rows: dict[str, list[Row]], *, held: bool, quick: bool) -> list[Result]:
    ours = rows.pop("ours")
    found = []
    for peer, theirs in rows.items():
        told = "first come" if peer == FIRST_COME else "same groups"
        for k, (what, unit) in enumerate(
            (("setups", "setups"), ("mean tardiness", "h"), ("late pieces", "1"))
        ):
            saved = [b[k] - a[k] for a, b in zip(ours, theirs, strict=True)]
            half = _half_width(saved)
            found.append(
                Result(
                    name=f"{what}, {told}",
                    value=fmean(row[k] for row in ours),
                    unit=unit,
                    peer=peer,
                    peer_value=fmean(row[k] for row in theirs),
                    ratio=_setups_spared(ours, theirs) if (k, told) == HELD else None,
                    checked=held,
                )
            )
            found.append(
                Result(
                    name=f"{what} saved, {told}, least of 95 %",
                    value=fmean(saved) - half,
                    unit=unit,
                    goal=None if quick or peer == BY_FAMILY else "> 0",
                    peer=peer,
                    checked=held,
                )
            )
    return found


def _setups_spared(ours: list[Row], theirs: list[Row]) -> float:
    return sum(row[0] for row in theirs) / sum(row[0] for row in ours)


def _half_width(values: list[float]) -> float:
    n = len(values)
    return float(student.ppf(0.975, n - 1)) * stdev(values) / n**0.5
