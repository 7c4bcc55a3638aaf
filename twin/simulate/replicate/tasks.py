"""One task: a few replications of a scenario, run one after another."""

import math
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real

Run = Callable[[int], Mapping[str, float]]
"""A replication: from a seed to measures by name, the same names for every seed.

A measure is a finite number, or NaN where it is not defined, such as the mean tardiness
where no order ended. The run must depend on nothing but its seed.
"""


@dataclass(frozen=True, slots=True)
class Task:
    """Replications of one scenario.

    Attributes
    ----------
    block : int
        Number of the task among those of its scenario.
    scenario : int
        Position of the scenario.
    first : int
        Number of the first replication.
    seeds : tuple of int
        One a replication.
    """

    block: int
    scenario: int
    first: int
    seeds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a replication has no measures, in words that can go to another process.

    Attributes
    ----------
    reason : str
        Kind and message of the exception.
    trace : str
        Where it was raised.
    """

    reason: str
    trace: str


Outcome = dict[str, float] | Failure
Finished = list[tuple[Task, list[Outcome]]]


def perform(run: Run, seeds: Sequence[int]) -> list[Outcome]:
    """Run replications up to the first that fails.

    Parameters
    ----------
    run : Run
        The scenario.
    seeds : sequence of int
        One a replication.

    Returns
    -------
    list of Outcome
        One a replication; the last may be a failure.

    Examples
    --------
    >>> perform(lambda seed: {"inverse": 1 / seed}, [2, 0, 1])[0]
    {'inverse': 0.5}
    """
    outcomes: list[Outcome] = []
    for seed in seeds:
        try:
            outcomes.append(_checked(run(seed)))
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            outcomes.append(Failure(reason, traceback.format_exc()))
            break
    return outcomes


def _checked(measures: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in measures.items():
        if not isinstance(value, Real) or math.isinf(value):
            msg = f"measure {name!r} must be a finite number or NaN, was {value!r}"
            raise ValueError(msg)
        found[name] = float(value)
    return found
