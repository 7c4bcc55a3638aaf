"""What a benchmark is and what it reports."""

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_GOAL = re.compile(r"(>=|<=|==|>|<)\s*([-+]?[\d.]+(?:e[-+]?\d+)?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What the caller asked for.

    Parameters
    ----------
    quick
        A run that ends within 15 s of a warm cache; fewer instances, same checks.
    part
        Run this part alone; None for all of them.
    """

    quick: bool = False
    part: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One measured figure.

    Parameters
    ----------
    name
        Unique in its benchmark, and the same in every version.
    value, unit
        The figure and its unit; "1" for a share or a ratio.
    goal
        What `value` must hold, such as ">= 0.97"; None if nothing is asked.
    stretch
        A further figure, in the form of `goal`, that is reported but decides nothing.
    peer, peer_value
        Library and version run in the same process or interleaved with ours, and its
        figure in the same unit.
    ratio
        Ours over the peer's, higher is better: peer's time over our time, or our rate
        over its rate. This is what `--compare` guards.
    spread
        Median over least time, less 1, of the runs behind `value`.
    checked
        The answer behind the figure was verified.
    exact
        `value` is a count that must equal the stored one (events, branches).
    """

    name: str
    value: float
    unit: str
    goal: str | None = None
    stretch: str | None = None
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None
    spread: float | None = None
    checked: bool = False
    exact: bool = False

    def __post_init__(self) -> None:
        for text in (self.goal, self.stretch):
            if text is not None:
                _parse_goal(self.name, text)

    @property
    def met(self) -> bool | None:
        """Whether `value` holds `goal`; None without a goal. NaN holds none."""
        return None if self.goal is None else holds(self.name, self.value, self.goal)

    def record(self) -> dict[str, Any]:
        """Give the result as it is written to JSON."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "goal": self.goal,
            "met": self.met,
            "stretch": self.stretch,
            "peer": self.peer,
            "peer_value": self.peer_value,
            "ratio": self.ratio,
            "spread": self.spread,
            "checked": bool(self.checked),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One hot path: what `python -m benchmarks NAME` runs.

    Parameters
    ----------
    name
        As on the command line.
    description
        One line.
    run
        Measures and checks; called with `RunOptions`.
    parts
        Names that `--part` takes, each within 20 minutes.
    soak
        Runs for long by nature: left to `make soak`.
    """

    name: str
    description: str
    run: Callable[[RunOptions], Iterable[Result]]
    parts: tuple[str, ...] = ()
    soak: bool = False


def holds(name: str, value: float, goal: str) -> bool:
    """Whether `value` holds `goal`, such as "<= 17"."""
    sign, bound = _parse_goal(name, goal)
    return bool(_COMPARISONS[sign](value, bound))  # NumPy's is none of JSON's


def _parse_goal(name: str, goal: str) -> tuple[str, float]:
    found = _GOAL.fullmatch(goal.strip())
    if found is None:
        signs = ", ".join(_COMPARISONS)
        message = (
            f"result {name!r}: goal must be one of {signs} and a number, was {goal!r}"
        )
        raise ValueError(message)
    return found[1], float(found[2])
