"""Queues in front of machine groups: what waits, in which order, and in batches."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twin.model.elements import DISPATCH_RULES, NO_LIMIT
from twin.simulate.reference.dispatch import best
from twin.simulate.reference.emission import NEVER
from twin.simulate.reference.orders import Operation, Step

FIFO = DISPATCH_RULES.index("fifo")


@dataclass(slots=True, eq=False)
class Group:
    """Machines of a group at a site, and the operations that wait for one.

    `number` counts groups at sites by their first machines, `index` is the group of the
    network, `rule` a code of `DISPATCH_RULES`, for which `flow_factor` is the time that
    orders need over the work that is left of them. At most `capacity` operations are in
    the queue; those that found it full are `outside`, in the order in which they came.
    """

    number: int
    index: int
    rule: int = 0
    flow_factor: float = 1.0
    capacity: int = NO_LIMIT
    machines: list[Any] = field(default_factory=list)
    queue: list[Operation] = field(default_factory=list)
    outside: list[Operation] = field(default_factory=list)

    def take(self, now_us: int, can_begin: Callable[[Step], bool]) -> Operation | None:
        """Take what is done next out of the queue, with what is done together with it.

        The first by the rule of those that can begin; to a batch are added the next by
        the rule that wait for the same operation. Least and most of a batch are those
        of its first.

        Parameters
        ----------
        now_us : int
            Microseconds UTC.
        can_begin : callable
            Whether there are operators and tools for a step.

        Returns
        -------
        Operation or None
            None if nothing can begin.
        """
        if not self.queue:
            return None
        head = self.queue[0].step
        if self.rule == FIFO and head.batch_max == 1 and not head.needs:
            return self.queue.pop(0)  # as below, and faster
        place = best(
            self.rule, self.queue, now_us,
            lambda one: self._is_ready(one, now_us) and can_begin(one.step),
            flow_factor=self.flow_factor,
        )  # fmt: skip
        if place is None:
            return None
        first = self.queue.pop(place)
        while 1 + len(first.mates) < first.step.batch_max:
            place = best(
                self.rule, self.queue, now_us,
                lambda one: one.step.operation == first.step.operation,
                flow_factor=self.flow_factor,
            )  # fmt: skip
            if place is None:
                break
            first.mates = (*first.mates, self.queue.pop(place))
        return first

    def _is_ready(self, operation: Operation, now_us: int) -> bool:
        if operation.step.batch_min <= 1:
            return True
        same = [
            one for one in self.queue
            if one.step.operation == operation.step.operation
        ]  # fmt: skip
        return len(same) >= operation.step.batch_min or any(
            one.step.timeout_us != NEVER
            and now_us - one.arrived_us >= one.step.timeout_us
            for one in same
        )

    def take_outside(self, can_begin: Callable[[Step], bool]) -> Operation | None:
        """Take the first that can begin past the full queue, if there is one."""
        for place, one in enumerate(self.outside):
            if one.step.batch_min <= 1 and can_begin(one.step):
                return self.outside.pop(place)
        return None
