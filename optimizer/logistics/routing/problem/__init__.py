"""The routing problem: who is visited by which vehicle, in which order.

All numbers are whole: time in ticks, distance, load and cost in units that the caller
chooses; `scale` turns cost into what is reported. A *vehicle* starts at its depot,
visits *clients*, may load again at a depot where its type does that (a route then has
several *trips*), and ends at its end depot. In detail:

- Each required client is visited once; one that is not may be left out, and its prize
  is then a cost.
- A delivery is on board from the depot to the client, a pickup from the client to the
  depot where the trip ends, a shipment from one client to the other in the same trip.
  The load never exceeds the capacity in any dimension.
- A visit begins between `open` and `close`; who comes early waits. A trip leaves no
  earlier than the latest release of its clients. A start or a loading takes the
  service of its depot, between the hours of the depot.
- The route lies within the shift of the vehicle, is no longer than its limits of time
  and distance, and visits only clients whose skills it has.
- A break begins between its earliest and its latest tick, and not during a service; on
  the road the drive goes on after it. One that lies before the start or after the end
  counts.
- A lock says with which visits one vehicle begins.
- The cost is a fixed cost for each route, its distance and its duration times what a
  unit costs on that vehicle, and the prizes of clients left out. A vehicle leaves as
  late as it can without ending later.
"""

from optimizer.logistics.routing.problem.columns import (
    LATEST,
    BoolArray,
    FloatArray,
    IntArray,
)
from optimizer.logistics.routing.problem.plan import (
    Route,
    RoutingSolution,
    depot_of,
    reload_at,
)
from optimizer.logistics.routing.problem.tables import (
    Breaks,
    Clients,
    Depots,
    Lock,
    Shipments,
    Vehicles,
)
from optimizer.logistics.routing.problem.whole import Names, RoutingProblem

__all__ = [
    "LATEST",
    "BoolArray",
    "Breaks",
    "Clients",
    "Depots",
    "FloatArray",
    "IntArray",
    "Lock",
    "Names",
    "Route",
    "RoutingProblem",
    "RoutingSolution",
    "Shipments",
    "Vehicles",
    "depot_of",
    "reload_at",
]
