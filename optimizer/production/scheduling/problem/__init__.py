"""The scheduling problem: jobs of operations, on machines, with all that binds them.

Time is in whole ticks from 0. A *job* has a release date, and may have a due date
(lateness costs) and a deadline (it binds). Its *operations* are joined by precedence
arcs, a chain or any graph without cycles, also between jobs (assembly). An operation is
done in one of its *modes*: a machine (or none), a duration, and units of renewable
*pools* such as operators and tools, held from its start to its end. In detail:

- A machine works on one operation at a time; a batching machine on several of one
  family that start together and end with the longest of them, as long as the sum of
  their sizes fits.
- Between two operations on a machine lies the setup from the family of the first to
  that of the second, and before the first operation the setup from the family that the
  machine begins with, if any. A setup takes open time of the machine, and may be
  interrupted by closed time.
- A machine is closed in its closed windows: shifts, breaks, fixed maintenance. A
  resumable operation stops at a window and goes on after it; any other is done in one
  piece. Neither starts while the machine is closed, unless it takes no time.
- A job with a cost of skipping it, such as an optional maintenance, may be left out;
  an arc from an operation that is left out binds nothing.
- A locked operation starts at its time, on its machine.
- Between an operation and one on another machine that waits for it lies the transport.
- Behind a blocking machine is no room: an operation stays on it until all that wait for
  it have started. Two operations may change places at the same moment.
- Behind a machine with a buffer are so many places, shared by all machines that name
  it: an operation stays on its machine until one of them is free, and its job is in
  there until all that wait for it have started, also on its way to them. A job that
  nothing waits for needs no place.
- Energy is paid for open time while a machine works, is set up, or is idle between its
  first and its last use. A setup is done right before its operation.
"""

from optimizer.production.scheduling.problem.buffers import Buffers
from optimizer.production.scheduling.problem.objective import PARTS, Objective
from optimizer.production.scheduling.problem.prices import Baseline, StartCosts, Tariff
from optimizer.production.scheduling.problem.schedule import Schedule
from optimizer.production.scheduling.problem.tables import (
    LATEST,
    NONE,
    Arcs,
    IntArray,
    Jobs,
    Locks,
    Machines,
    Modes,
    Operations,
    Pools,
    Setups,
    Transport,
)
from optimizer.production.scheduling.problem.whole import (
    Names,
    SchedulingProblem,
)

__all__ = [
    "LATEST",
    "NONE",
    "PARTS",
    "Arcs",
    "Baseline",
    "Buffers",
    "IntArray",
    "Jobs",
    "Locks",
    "Machines",
    "Modes",
    "Names",
    "Objective",
    "Operations",
    "Pools",
    "Schedule",
    "SchedulingProblem",
    "Setups",
    "StartCosts",
    "Tariff",
    "Transport",
]
