"""Draws that random networks share: picks, laws of durations, whole tens of seconds."""

from dataclasses import dataclass
from typing import Any

import numpy as np

SECOND_US = 1_000_000
Row = dict[str, Any]
Tables = dict[str, list[Row]]

_CV = {
    "lognormal": 0.5, "gamma": 0.7, "triangular": 0.3, "uniform": 0.4, "weibull": 1.3,
}  # fmt: skip
LAW_NAMES = ("constant", "exponential", *_CV, "seen")
SEEN = [
    {"law": "seen", "factor": 0.5, "weight": 2.0},
    {"law": "seen", "factor": 1.0, "weight": 1.0},
    {"law": "seen", "factor": 2.0, "weight": 1.0},
]
"""An observed law, in the table ``laws``."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A generator and the elements that are wanted."""

    rng: np.random.Generator
    elements: frozenset[str]

    def has(self, element: str) -> bool:
        """Whether an element is wanted."""
        return element in self.elements

    def pick(self, *choices: Any) -> Any:
        """Return one of the choices."""
        return choices[int(self.rng.integers(len(choices)))]

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, share: float) -> bool:
        """Return True that often."""
        return bool(self.rng.random() < share)

    def seconds(self, low: int, high: int) -> int:
        """Return whole tens of seconds."""
        return 10 * self.whole(low // 10, high // 10)

    def law(self, name: str) -> Row:
        """Return the columns ``<name>_law`` and ``<name>_cv``; none for a plain one."""
        if not self.has("laws") or self.chance(0.4):
            return {}
        law = self.pick(*LAW_NAMES)
        return {f"{name}_law": law, f"{name}_cv": _CV.get(law, 0.0)}
