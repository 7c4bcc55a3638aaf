"""How true the twin was: its predictions against what then happened."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twin.errors import OptionError

Floats = NDArray[np.float64]
LEVELS = (0.5, 0.8, 0.95)


@dataclass(frozen=True, slots=True, eq=False)
class Fidelity:
    """Predictions and what came, by measure.

    Attributes
    ----------
    frame : DataFrame
        A row a measure: ``measure n bias`` (mean of observed less median predicted, as
        a share of the mean observed), ``error`` (mean absolute, as a share),
        ``pit_mean``, ``pit_p_value`` (Kolmogorov: are they spread evenly) and, for each
        level, ``cover_LEVEL`` with its range ``low_LEVEL high_LEVEL`` in which a true
        twin lies in 95 of 100 cases.
    pit : mapping of str to ndarray of shape (n,), float64
        Share of replications below what came, a half of those equal, by measure.
    """

    frame: pl.DataFrame
    pit: Mapping[str, Floats]


def fidelity(
    predicted: Mapping[str, Sequence[Floats] | Floats],
    observed: Mapping[str, Sequence[float] | Floats],
    *,
    levels: Sequence[float] = LEVELS,
) -> Fidelity:
    """Compare predictions with what then happened.

    Parameters
    ----------
    predicted : mapping of str to ndarray of shape (n, n_replications)
        By measure: for each of n predictions (windows of time, orders) the values of
        its replications.
    observed : mapping of str to ndarray of shape (n,)
        What came, for the same measures.
    levels : sequence of float
        Central intervals whose coverage is told, each in (0, 1).

    Returns
    -------
    Fidelity

    Raises
    ------
    OptionError
        If measures or shapes differ, a level is out of range, or nothing is predicted.

    References
    ----------
    Dawid (1984), JRSS A 147, 278-292 (probability integral transform); Gneiting,
    Balabdaoui, Raftery (2007), JRSS B 69, 243-268.

    Examples
    --------
    >>> told = fidelity({"otif": [[0.8, 0.9, 1.0]] * 2}, {"otif": [0.9, 0.7]})
    >>> told.pit["otif"].tolist()
    [0.5, 0.0]
    """
    if set(predicted) != set(observed) or not predicted:
        msg = (
            f"predicted and observed must have the same measures, had "
            f"{sorted(predicted)} and {sorted(observed)}"
        )
        raise OptionError(msg)
    if not all(0.0 < level < 1.0 for level in levels):
        msg = f"levels must be above 0 and below 1, were {list(levels)}"
        raise OptionError(msg)
    rows, pits = [], {}
    for name, values in predicted.items():
        drawn = np.atleast_2d(np.asarray(values, np.float64))
        came = np.asarray(observed[name], np.float64)
        if drawn.ndim != 2 or came.shape != drawn.shape[:1] or not drawn.size:  # noqa: PLR2004
            msg = (
                f"measure {name!r}: predicted must be (n, n_replications) and observed "
                f"(n,), were {drawn.shape} and {came.shape}"
            )
            raise OptionError(msg)
        pits[name] = _pit(drawn, came)
        rows.append({"measure": name} | _row(drawn, came, pits[name], levels))
    return Fidelity(pl.DataFrame(rows), pits)


def _pit(drawn: Floats, came: Floats) -> Floats:
    below = (drawn < came[:, None]).mean(axis=1)
    equal = (drawn == came[:, None]).mean(axis=1)
    return np.asarray(below + equal / 2)


def _row(
    drawn: Floats, came: Floats, pit: Floats, levels: Sequence[float]
) -> dict[str, float | int]:
    n = len(came)
    middle = np.median(drawn, axis=1)
    size = float(np.abs(came).mean()) or 1.0
    row: dict[str, float | int] = {
        "n": n,
        "bias": float((came - middle).mean()) / size,
        "error": float(np.abs(came - middle).mean()) / size,
        "pit_mean": float(pit.mean()),
        "pit_p_value": _evenness(pit),
    }
    for level in levels:
        low, high = np.quantile(
            drawn, [(1 - level) / 2, (1 + level) / 2], axis=1, method="weibull"
        )
        held = int(((came >= low) & (came <= high)).sum())
        least, most = _binomial_range(n, level)
        name = f"{level:g}"
        row |= {f"cover_{name}": held / n, f"low_{name}": least / n,
                f"high_{name}": most / n}  # fmt: skip
    return row


def _evenness(pit: Floats) -> float:
    # Kolmogorov's test with Stephens' correction for small samples.
    n = len(pit)
    ordered = np.sort(pit)
    steps = np.arange(1, n + 1) / n
    distance = float(np.maximum(steps - ordered, ordered - steps + 1 / n).max())
    root = np.sqrt(n)
    reach = (root + 0.12 + 0.11 / root) * distance
    terms = np.arange(1, 101)
    signs = np.where(terms % 2 == 1, 1.0, -1.0)
    total = 2.0 * float(signs @ np.exp(-2.0 * (terms * reach) ** 2))
    return 1.0 if reach < 0.2 else min(max(total, 0.0), 1.0)  # noqa: PLR2004


def _binomial_range(n: int, level: float) -> tuple[int, int]:
    # Smallest counts whose cumulated probability reaches 0.025 and 0.975.
    probability = (1.0 - level) ** n
    cumulated, k, least = probability, 0, -1
    while True:
        if least < 0 and cumulated >= 0.025:  # noqa: PLR2004
            least = k
        if cumulated >= 0.975 or k == n:  # noqa: PLR2004
            return max(least, 0), k
        probability *= (n - k) / (k + 1) * level / (1.0 - level)
        cumulated += probability
        k += 1


def simulated_measures(
    run: Callable[[int], Mapping[str, float]], seeds: Iterable[int]
) -> dict[str, Floats]:
    """Run replications and gather their measures.

    Parameters
    ----------
    run : callable
        One replication: a seed to measures by name, the same names each time.
    seeds : iterable of int
        One a replication.

    Returns
    -------
    dict of str to ndarray of shape (n_replications,)
        A row of `predicted` for `fidelity`, by measure.

    Examples
    --------
    >>> simulated_measures(lambda seed: {"twice": 2.0 * seed}, range(3))
    {'twice': array([0., 2., 4.])}
    """
    runs = [run(seed) for seed in seeds]
    names = list(runs[0]) if runs else []
    return {name: np.array([one[name] for one in runs], np.float64) for name in names}
