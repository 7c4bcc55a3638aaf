"""Why an order is late, and why plans differ: found by carrying them out again."""

from twin.explain.causes import Cause, Causes, causes_of
from twin.explain.differences import Difference, differences_of
from twin.explain.fixes import Fix, Prices
from twin.explain.pairing import Pair, pair_of
from twin.explain.played import Played, played, played_folder, played_plan
from twin.explain.tracing import Trace, trace
from twin.explain.why import Why, why_late

__all__ = [
    "Cause",
    "Causes",
    "Difference",
    "Fix",
    "Pair",
    "Played",
    "Prices",
    "Trace",
    "Why",
    "causes_of",
    "differences_of",
    "pair_of",
    "played",
    "played_folder",
    "played_plan",
    "trace",
    "why_late",
]
