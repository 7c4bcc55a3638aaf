"""What was frozen before the first reported run: baselines and engine.

The levels of (s, S) are the best by the mean of three seeds of the first rounds of
`search.tuned_levels`, of 26 weeks each, in hindsight; about them cost is flat. Levels
without lots, and those with critical ratio, are the same: neither was tuned by itself.
Of the engine, quantile and time of maintenance were tried by hand, on 13 weeks of seed
10000; it has one candidate, so that nothing is judged. The tuning is unequal, and none
of it was a whole search: `python -m benchmarks loop --part tune` does that.
"""

from benchmarks.workloads.closing.baselines import (
    CRITICAL_RATIO,
    EDD,
    Baseline,
    Levels,
)
from benchmarks.workloads.closing.engine import Engine

REORDER = Levels.of([0.58, 0.5, 0.35, 0.65, 0.07, 0.28, 0.0, 0.1])
BASE_STOCK = Levels.of([0.58, 0.5, 0.35, 0.65], base_stock=True)

BASELINES = (
    Baseline("(s, S), due dates, run to failure", REORDER, EDD),
    Baseline("base stock, due dates, run to failure", BASE_STOCK, EDD),
    Baseline("(s, S), critical ratio, run to failure", REORDER, CRITICAL_RATIO),
)

# Half of the busy hours to wear out.
ENGINE = Engine(
    candidates=((0.9, 0.0),),
    plan_every=3,
    maintenance_h={"filling": 65.0, "mixing": 130.0, "packing": 100.0},
)
