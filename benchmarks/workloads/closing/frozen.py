"""What was frozen before the first reported run: baselines and engine.

Levels were searched in hindsight, on 26 weeks of seeds 0 to 3, which are reported, by
`twin.loop.tuning`, each rule on its own: (s, S) with due dates in 64 plays or 32
simulated years; with critical ratio in 49 plays and without lots in 46, 24 years more
each, begun where (s, S) ended. Another search of (s, S), on 26 weeks of three seeds,
came before. The engine was tried by hand, never on a seed that is reported: some 60
plays of 26 weeks of seeds 10000 to 10002, 30 years, most of them of engines that were
given up. It has one candidate, so that nothing is judged.
"""

from benchmarks.workloads.closing.baselines import (
    CRITICAL_RATIO,
    EDD,
    Baseline,
    Levels,
)
from benchmarks.workloads.closing.engine import Engine
from benchmarks.workloads.closing.shipping import Slack

REORDER = Levels.of([0.617, 0.368, 0.31, 0.741, 0.248, 0.176, 0.038, 0.0])
REORDER_RATIO = Levels.of([0.572, 0.303, 0.308, 0.81, 0.111, 0.231, 0.06, 0.038])
BASE_STOCK = Levels.of([0.549, 0.868, 0.426, 0.86], base_stock=True)

BASELINES = (
    Baseline("(s, S), due dates, run to failure", REORDER, EDD),
    Baseline("base stock, due dates, run to failure", BASE_STOCK, EDD),
    Baseline("(s, S), critical ratio, run to failure", REORDER_RATIO, CRITICAL_RATIO),
)

# A third of the busy hours to wear out.
ENGINE = Engine(
    candidates=((0.7, 2.0),),
    far=15.0,
    near=6.0,
    slack=Slack(parts=4, goods=2, bought=1),
    pace=1.05,
    rule="edd",
    maintenance_h={"filling": 43.0, "mixing": 86.0, "packing": 66.0},
)
