"""Production orders, how they are made, and where they are in that."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twin.simulate.random import SECOND_US, Draws
from twin.simulate.reference.emission import NAN, NEVER, NONE

if TYPE_CHECKING:
    from twin.simulate.reference.queues import Group
    from twin.simulate.reference.schedule import Call

_VISIT_BITS = 32


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a routing; `row` is its row in `Network.routings`.

    `name` is the number of its name.

    How long a piece takes on a machine of speed 1 comes from `draws`.
    With all that follow it takes `left_setup_s` and `left_s` a piece; rework goes back
    to the step `back` of the recipe. `timeout_us` is `NEVER` if a batch waits for ever,
    `needs` are pools and how many of each.
    """

    row: int
    operation: int
    name: int
    group: "Group"
    setup_s: float
    draws: Draws
    yield_rate: float
    family: int
    rework_rate: float
    back: int
    sampling_rate: float
    left_setup_s: float
    left_s: float
    batch_min: int
    batch_max: int
    timeout_us: int
    needs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an item is made at a site, whose yield is `yield_rate`.

    `components`, what goes in, and `outputs`, what comes out, are (stock point, item,
    per unit); outputs in the order of items. `target` is the stock point of the item;
    `item_name` and `place_name` are numbers of names. `samples` if there are
    steps that are not done for all orders.
    """

    target: int
    item_name: int
    place_name: int
    yield_rate: float
    steps: tuple[Step, ...] = ()
    components: tuple[tuple[int, int, float], ...] = ()
    outputs: tuple[tuple[int, int, float], ...] = ()
    samples: bool = field(init=False)

    def __post_init__(self) -> None:
        samples = any(step.sampling_rate < 1.0 for step in self.steps)
        object.__setattr__(self, "samples", samples)


@dataclass(slots=True, eq=False)
class ProductionOrder:
    """A released order; `pieces` are good so far, `step` is the next of the recipe.

    `visit` counts how often it was sent back, `released` what it began with. It is due
    at `due_us`, if not `NEVER`; `priority` is NaN if it has none. `made_for` names
    the customer's order it is for, -1 for stock.
    """

    n: int
    name: int
    item: int
    site: int
    recipe: Recipe
    pieces: float
    priority: float = NAN
    due_us: int = NEVER
    step: int = 0
    visit: int = 0
    released: float = 0.0
    made_for: int = NONE

    @property
    def draw_number(self) -> int:
        """Number of what it draws at a step; the first time its running number."""
        return self.n | self.visit << _VISIT_BITS


@dataclass(eq=False)
class Operation:
    """One step of a production order, in a queue or on a machine.

    `work_s` is for speed 1. `holder` is the machine that its order comes from, and
    holds it if it cannot enter. Of the `whole_us` of it, or of its setup,
    `remaining_us` are left; while its machine works, it `ends` then. `is_lost` if its
    pieces are. `sets_up` while its machine is set up for it, and `mates` are worked on
    with it.
    """

    order: ProductionOrder
    step: Step
    work_s: float
    holder: int = NONE
    # Values of the class until they are set: many operations come and go.
    arrived_us: int = field(default=0, init=False)
    sets_up: bool = field(default=False, init=False)
    mates: tuple["Operation", ...] = field(default=(), init=False)
    started_us: int = field(default=0, init=False)
    whole_us: int = field(default=0, init=False)
    remaining_us: int = field(default=0, init=False)
    resumed_us: int = field(default=0, init=False)
    is_lost: bool = field(default=False, init=False)
    ends: "Call | None" = field(default=None, init=False)

    def duration_us(self, speed: float) -> int:
        """Return how long it takes on a machine of this speed."""
        return round((self.step.setup_s + self.work_s / speed) * SECOND_US)

    # What dispatch rules look at.

    @property
    def expected_s(self) -> float:
        """Mean time of it at speed 1, setups by family left out."""
        return self.step.setup_s + self.step.draws.law.mean_s * self.order.pieces

    @property
    def left_s(self) -> float:
        """Mean time of it and of all that follow."""
        return self.step.left_setup_s + self.step.left_s * self.order.pieces

    @property
    def due_us(self) -> int:
        """When the order is due, `NEVER` if it is not."""
        return self.order.due_us

    @property
    def priority(self) -> float:
        """Of the order, NaN if it has none."""
        return self.order.priority
