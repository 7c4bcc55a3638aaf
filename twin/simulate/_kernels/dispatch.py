"""Dispatch rules in the compiled engine: which waiting order is taken next."""

import math

from streams._kernels.compiling import inlined
from twin.model.elements import DISPATCH_RULES
from twin.simulate._kernels.elementary import exp
from twin.simulate._kernels.trace import NEVER
from twin.simulate.layout import Layout
from twin.simulate.tables import Simulated, nth

FIFO = DISPATCH_RULES.index("fifo")
EDD = DISPATCH_RULES.index("edd")
SPT = DISPATCH_RULES.index("spt")
SLACK = DISPATCH_RULES.index("slack")
ATC = DISPATCH_RULES.index("atc")
PLAN = DISPATCH_RULES.index("plan")

SECOND_US = 1_000_000
LEAST_S = 1e-6  # shortest time that is divided by
LOOK_AHEAD = 2.0  # k of the apparent tardiness cost


@inlined
def step_of(layout: Layout, sim: Simulated, order: int) -> int:
    """Number in `Layout.steps` of the step an order is at."""
    row = sim.orders[nth(order)]
    return layout.recipes[nth(row.recipe)].first_step + row.step


@inlined
def expected_s(layout: Layout, sim: Simulated, order: int) -> float:
    """Time of the operation an order waits for, by its mean, at speed 1."""
    step = layout.steps[nth(step_of(layout, sim, order))]
    return step.setup_s + step.mean_s * sim.orders[nth(order)].pieces


@inlined
def mean_expected_s(layout: Layout, sim: Simulated, group: int) -> float:
    """Mean time of the operations that wait for a group."""
    total, n, at = 0.0, 0, sim.groups[nth(group)].head
    while at >= 0:
        total += expected_s(layout, sim, at)
        n += 1
        at = sim.orders[nth(at)].next
    return total / max(n, 1)


@inlined
def score(
    layout: Layout, sim: Simulated, rule: int, order: int, mean_s: float, now_us: int
) -> float:
    """What a rule ranks a waiting order by, least first.

    References
    ----------
    Vepsalainen, Morton (1987), Priority rules for job shops with weighted tardiness
    costs, Management Science 33(8), 1035-1047: slack per remaining work (critical
    ratio), and the apparent tardiness cost with k = 2.
    """
    row = sim.orders[nth(order)]
    if rule == FIFO:
        return 0.0
    if rule == SPT:
        return expected_s(layout, sim, order)
    if rule == PLAN:
        return math.inf if math.isnan(row.priority) else row.priority
    if row.due_us == NEVER:
        return 0.0 if rule == ATC else math.inf
    if rule == EDD:
        return float(row.due_us)
    step = layout.steps[nth(step_of(layout, sim, order))]
    left_s = step.left_setup_s + step.left_s * row.pieces
    until_due_s = (row.due_us - now_us) / SECOND_US
    slack_s = until_due_s - layout.groups[nth(step.group)].flow_factor * left_s
    if rule == SLACK:
        return slack_s
    if rule == ATC:
        weight = row.priority if row.priority > 0.0 else 1.0
        slack_s = max(slack_s, 0.0)
        ahead_s = LOOK_AHEAD * max(mean_s, LEAST_S)
        own_s = max(expected_s(layout, sim, order), LEAST_S)
        return -(weight / own_s) * exp(-slack_s / ahead_s)
    return until_due_s / max(left_s, LEAST_S)
