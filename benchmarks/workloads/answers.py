"""Models whose answer is known: what is asked, and how far off is allowed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.simulate.replicate import ReplicateOptions, replicate


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One figure that theory knows.

    Attributes
    ----------
    name, unit : str
        What is measured, and its unit.
    exact : float
        The right answer.
    tolerance : float
        Most that the mean of the full run may be off; 0 is not at all.
    source : str
        Where the answer is from.
    sample : callable of int to float
        The figure by a run of the compiled engine from this seed.
    n_full, n_quick : int
        Runs of each form; a case with `n_quick` 0 is left out of the quick one.
    """

    name: str
    unit: str
    exact: float
    tolerance: float
    source: str
    sample: Callable[[int], float]
    n_full: int
    n_quick: int

    def values(self, *, quick: bool) -> NDArray[np.float64]:
        """Run it on two threads; seeds and values are the same on any number."""
        n = self.n_quick if quick else self.n_full
        options = ReplicateOptions(n_max=n, backend="threads", n_workers=2)
        found = replicate({"it": lambda seed: {"figure": self.sample(seed)}}, options)
        return found.values["it"]["figure"]
