"""What if: branches of a network, run with the same luck, and how they differ."""

from twin.whatif.branches import Branch, base_branch, branch_of
from twin.whatif.compare import Cell, Comparison, compare
from twin.whatif.future import ENGINES, POLICIES, FutureOptions, Futures
from twin.whatif.live import Carried, as_it_is, network_of_state

__all__ = [
    "ENGINES",
    "POLICIES",
    "Branch",
    "Carried",
    "Cell",
    "Comparison",
    "FutureOptions",
    "Futures",
    "as_it_is",
    "base_branch",
    "branch_of",
    "compare",
    "network_of_state",
]
