"""The scheduling problem for CP-SAT: proofs, bounds, and side constraints.

Modes are optional intervals of fixed size. A machine with closed windows lives in its
own *open time*, in which the windows have no length: there an interruption is none, and
a setup may run across a window. Setups that keep the triangle inequality are pairs of
disjunctions (a circuit is far slower); others, and setup costs, are a circuit.

References
----------
Laborie, Rogerie, Shaw, Vilim (2018), "IBM ILOG CP optimizer for scheduling",
Constraints 23: optional intervals.
"""

from optimizer.production.scheduling.model.whole import (
    MOST_PAIRS,
    Aim,
    SchedulingModel,
    n_pairs,
)

__all__ = ["MOST_PAIRS", "Aim", "SchedulingModel", "n_pairs"]
