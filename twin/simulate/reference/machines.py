"""Machines: queues in front of groups, work that stops and goes on, states."""

from collections.abc import Callable, Sequence

import numpy as np

from streams.events import TYPE_CODES
from twin.model.elements import NO_LIMIT, ON_FAILURE
from twin.simulate.disruptions import Disruption
from twin.simulate.opening.residuals import Beginning
from twin.simulate.reference.ageing import (
    BLOCKED,
    BUSY,
    DOWN,
    IDLE,
    MAINTENANCE,
    OFF,
    SETUP,
    Machine,
)
from twin.simulate.reference.emission import NAN, NEVER, NONE
from twin.simulate.reference.engine import Engine
from twin.simulate.reference.failures import (
    MAINTAINED,
    SHIFT,
    Standstills,
    age_of,
)
from twin.simulate.reference.orders import Operation
from twin.simulate.reference.pools import Pools
from twin.simulate.reference.queues import Group
from twin.simulate.reference.schedule import COMPLETION, RELEASE, tie_key
from twin.simulate.reference.setups import SetupTimes

STATE_CHANGED = TYPE_CODES["MachineStateChanged"]
SETUP_COMPLETED = TYPE_CODES["SetupCompleted"]
OPERATION_STARTED = TYPE_CODES["OperationStarted"]

_RESUME, _RESTART, _SCRAP = range(len(ON_FAILURE))


class MachinePark:
    """All machines of a network.

    An operation waits in the queue of its group. A free machine takes the first by the
    rule of the group; of several that are free, the one of the lowest index. A machine
    that fails or goes off shift keeps its work and goes on with it later; after a
    failure it may have to begin it anew, in the same time, or the pieces may be lost. A
    setup that a failure interrupts goes on, or is done anew where work is not resumed.

    A machine is set up when it takes an operation of another family than its last: by
    that family it is then known. Rules do not look at setups. A machine with several
    slots tells the state of the most active: busy before setup, blocked and idle.

    Orders of a batch are set up for once, start and end together, and take one slot,
    the operators and the tool of the first, and the time of the longest.

    An order that finds a queue full is taken by a machine of that group that is free
    while all in the queue wait for something else; else it is held by its machine,
    which is blocked, or waits outside if it comes from none. When there is a place, the
    first that came takes it. Nothing is done about groups that wait for each other in a
    circle: they stand for ever. A machine takes the next that waits before the order it
    ended moves on, unless some queue of the network has a limit: then after it.

    Parameters
    ----------
    engine : Engine
        The simulation.
    disruptions : sequence of Disruption
        Those of machines.
    beginning : Beginning or None
        In what condition machines are; None: all are new.

    Attributes
    ----------
    when_done : callable
        Takes an operation that ended, its machine and the time; set by who enters them.
    """

    when_done: Callable[[Operation, Machine, int], None]

    def __init__(
        self, engine: Engine, disruptions: Sequence[Disruption],
        beginning: Beginning | None = None,
    ) -> None:  # fmt: skip
        self._engine = engine
        network = engine.network
        machines = network.machines
        schedule = engine.schedule
        self._call, self._follow = schedule.call, schedule.follow
        self._following, self._emit = schedule.following, engine.emitter.emit
        entity = len(engine.network.lanes.ids) + 1  # of machine 0, in keys
        self._end_keys = [
            tie_key(COMPLETION, entity + machine, 0)
            for machine in range(len(machines.ids))
        ]
        families = engine.names.indices(engine.network.families)
        self._family_names = families.tolist()
        self._on_failure = machines.on_failure.tolist()
        self._setups = SetupTimes(engine.network)
        self._groups: dict[tuple[int, int], Group] = {}
        self._machines = [self._new_machine(k) for k in range(len(machines.ids))]
        groups = self._groups.values()
        self._has_limits = any(group.capacity < NO_LIMIT for group in groups)
        self._pools = Pools(engine, self._when_free)
        self._needing = [self._groups_needing(k) for k in range(len(network.pools.ids))]
        self._standstills = Standstills(engine, self)
        for machine in self._machines:
            condition = None if beginning is None else beginning.machines[machine.index]
            self._standstills.start(machine, disruptions, condition)
            self._announce(machine, engine.network.settings.as_of_us)

    def group(self, group: int, site: int) -> Group | None:
        """Return the machines of a group at a site, None if there are none."""
        return self._groups.get((group, site))

    def enter(self, operation: Operation, group: Group, now_us: int) -> None:
        """Put an operation into the queue of a group, or have it held before.

        Parameters
        ----------
        operation : Operation
            Not started.
        group : Group
            Of this park.
        now_us : int
            Microseconds UTC.
        """
        if len(group.queue) < group.capacity:
            self._join(operation, group, now_us)
            if self._following:
                self._follow(self._fill, group, now_us)
            else:
                self._fill(group, now_us)
            return
        group.outside.append(operation)
        # A free machine may take it at once; only then is its own said to be blocked.
        self._follow(self._fill, group, now_us)
        if operation.holder >= 0:
            holder = self._machines[operation.holder]
            holder.held.append(operation)
            self._follow(self._announce, holder, now_us)

    def _join(self, operation: Operation, group: Group, now_us: int) -> None:
        operation.arrived_us = now_us
        group.queue.append(operation)
        step = operation.step
        if step.batch_min > 1 and step.timeout_us != NEVER:
            self._call_to_fill(group, now_us + step.timeout_us, operation.order.n)

    def wait(self, operation: Operation, now_us: int) -> None:
        """Have an operation wait since before the start, or held for a full queue.

        Parameters
        ----------
        operation : Operation
            Not started; it is known since when it waits.
        now_us : int
            Microseconds UTC.
        """
        step, group = operation.step, operation.step.group
        if len(group.queue) >= group.capacity:
            group.outside.append(operation)
            if operation.holder >= 0:
                holder = self._machines[operation.holder]
                holder.held.append(operation)
                self._announce(holder, now_us)
            return
        group.queue.append(operation)
        if step.batch_min > 1 and step.timeout_us != NEVER:
            at_us = max(now_us, operation.arrived_us + step.timeout_us)
            self._call_to_fill(group, at_us, operation.order.n)

    def fill_all(self, now_us: int) -> None:
        """Look at all queues when else nothing happens in this instant any more."""
        for group in self._groups.values():
            self._call_to_fill(group, now_us, 0)

    def _call_to_fill(self, group: Group, at_us: int, n: int) -> None:
        entity = len(self._engine.network.releases.ids) + group.number
        key = tie_key(RELEASE, entity, n)
        self._engine.schedule.call(at_us, key, self._fill, group)

    def take_over(self, machine: int, operation: Operation, now_us: int) -> None:
        """Have an operation, or its setup, on a machine since before the start.

        Parameters
        ----------
        machine : int
            Index; it has a free slot.
        operation : Operation
            The first of its batch; what is left of it is known.
        now_us : int
            Microseconds UTC.
        """
        station = self._machines[machine]
        station.running.append(operation)
        self._pools.take(operation.step)
        if station.state == IDLE and not operation.sets_up:
            # As live state concludes from the event.
            self._change(station, BUSY, now_us)
        elif station.state != BUSY:
            self._announce(station, now_us)
        if not operation.sets_up:
            for one in (operation, *operation.mates):
                started_us = one.started_us
                self._tell_start(station, one, now_us)
                one.started_us = started_us
        if not station.causes:
            self._resume(station, operation, now_us)

    def _let_go(self, operation: Operation, now_us: int) -> None:
        if operation.holder >= 0:
            holder = self._machines[operation.holder]
            holder.held.remove(operation)
            self._announce(holder, now_us)
            self._follow(self._fill, holder.group, now_us)

    def _new_machine(self, index: int) -> Machine:
        engine, rows = self._engine, self._engine.network.machines
        where = int(rows.group_index[index]), int(rows.site_index[index])
        if where not in self._groups:
            self._groups[where] = self._new_group(*where)
        machine = Machine(
            index, engine.machine_names[index], self._groups[where],
            int(rows.slots[index]), float(rows.speed[index]), age_of(engine, index),
            float(rows.wear_speed[index]), float(rows.wear_yield[index]),
        )  # fmt: skip
        machine.group.machines.append(machine)
        return machine

    def _new_group(self, index: int, site: int) -> Group:
        rules, group = self._engine.network.group_rules, Group(len(self._groups), index)
        for place in (site, -1):  # a row of the site before one of any
            found = (rules.group_index == index) & (rules.site_index == place)
            if found.any():
                row = int(np.flatnonzero(found)[0])
                group.rule, group.capacity = (
                    int(rules.rule[row]), int(rules.capacity[row])
                )  # fmt: skip
                group.flow_factor = float(rules.flow_factor[row])
                break
        return group

    def _groups_needing(self, pool: int) -> list[Group]:
        routings = self._engine.network.routings
        needing = (routings.operator_pool_index == pool) | (
            routings.tool_pool_index == pool
        )
        named = set(routings.machine_group_index[needing].tolist())
        return [group for group in self._groups.values() if group.index in named]

    def _when_free(self, pool: int, now_us: int) -> None:
        for group in self._needing[pool]:
            if group.queue or group.outside:
                self._follow(self._fill, group, now_us)

    def _fill(self, group: Group, now_us: int) -> None:
        if not group.queue and not group.outside:
            return
        for machine in group.machines:
            while machine.is_free:
                operation = group.take(now_us, self._pools.suffice)
                if operation is None:
                    operation = group.take_outside(self._pools.suffice)
                    if operation is None:
                        return
                    self._let_go(operation, now_us)
                self._begin(machine, operation, now_us)
                while group.outside and len(group.queue) < group.capacity:
                    admitted = group.outside.pop(0)
                    self._let_go(admitted, now_us)
                    self._join(admitted, group, now_us)

    def _begin(self, machine: Machine, operation: Operation, now_us: int) -> None:
        machine.running.append(operation)
        step = operation.step
        if step.needs:
            self._pools.take(step)
        if step.family != NONE and step.family != machine.family:  # noqa: PLR1714
            group, family = machine.group, step.family
            change_us = self._setups.change_us(group.index, machine.family, family)
            machine.family = family
            if change_us > 0:
                operation.sets_up = True
                operation.started_us = now_us
                operation.remaining_us = operation.whole_us = change_us
                self._announce(machine, now_us)
                self._resume(machine, operation, now_us)
                return
        self._work(machine, operation, now_us)

    def _work(self, machine: Machine, operation: Operation, now_us: int) -> None:
        speed = machine.speed
        if machine.wear_speed > 0.0:
            speed = machine.speed_now(now_us)
        duration_us = operation.duration_us(speed)
        for mate in operation.mates:
            duration_us = max(duration_us, mate.duration_us(speed))
        operation.remaining_us = operation.whole_us = duration_us
        if machine.state == IDLE:
            # As live state concludes from the event.
            self._change(machine, BUSY, now_us)
        elif machine.state != BUSY:
            self._announce(machine, now_us)
        self._tell_start(machine, operation, now_us)
        for mate in operation.mates:
            self._tell_start(machine, mate, now_us)
        self._resume(machine, operation, now_us)

    def _tell_start(self, machine: Machine, operation: Operation, now_us: int) -> None:
        order = operation.order
        operation.started_us = now_us
        self._emit(
            (
                now_us, OPERATION_STARTED, NONE, order.name,
                order.recipe.item_name, machine.name, operation.step.name, NONE,
                order.pieces, NAN, NAN, NEVER,
            )
        )  # fmt: skip

    def _resume(self, machine: Machine, operation: Operation, now_us: int) -> None:
        operation.resumed_us = now_us
        operation.ends = self._call(
            now_us + operation.remaining_us,
            self._end_keys[machine.index] + operation.order.n,
            self._end,
            (machine, operation),
        )

    def _end(self, ended: tuple[Machine, Operation], now_us: int) -> None:
        machine, operation = ended
        operation.ends = None
        if operation.sets_up:
            self._end_setup(machine, operation, now_us)
            return
        self._take_off(machine, operation, now_us)
        is_plain = not (machine.is_due or operation.mates or operation.step.needs)
        if is_plain and not self._has_limits:
            # As below, and faster: nothing else follows in between.
            self._fill(machine.group, now_us)
            self.when_done(operation, machine, now_us)
        else:
            self._follow_end(machine, operation, now_us)

    def _take_off(self, machine: Machine, operation: Operation, now_us: int) -> None:
        machine.running.remove(operation)
        if machine.state == BUSY and not (machine.running and machine.works):
            # As live state concludes from the event.
            self._change(machine, IDLE, now_us)
            if machine.running:
                self._announce(machine, now_us)

    def _follow_end(self, machine: Machine, operation: Operation, now_us: int) -> None:
        if machine.is_due:
            self._follow(self._standstills.maintain, machine, now_us)
        group = machine.group
        if not self._has_limits:
            self._follow(self._fill, group, now_us)
        for one in (operation, *operation.mates):
            self._follow(self.when_done, one, machine, now_us)
        if self._has_limits:
            self._follow(self._fill, group, now_us)
        if operation.step.needs:
            self._pools.give_back(operation.step, now_us)

    def _end_setup(self, machine: Machine, operation: Operation, now_us: int) -> None:
        operation.sets_up = False
        self._emit(
            (
                now_us, SETUP_COMPLETED, NONE, NONE, NONE, machine.name,
                self._family_names[operation.step.family], NONE,
                NAN, NAN, NAN, operation.started_us,
            )
        )  # fmt: skip
        self._work(machine, operation, now_us)

    def stop(self, machine: Machine, cause: int, now_us: int) -> None:
        """Let a machine stand still, for a cause of `twin.simulate.reference.failures`.

        Parameters
        ----------
        machine : Machine
            Of this park.
        cause : int
            One that does not hold yet, or a disruption.
        now_us : int
            Microseconds UTC.
        """
        if not machine.causes:
            for operation in machine.running:
                if operation.ends is not None:
                    operation.ends.cancel()
                operation.remaining_us -= now_us - operation.resumed_us
        machine.causes.append(cause)
        self._announce(machine, now_us)

    def lose_work(self, machine: Machine, now_us: int) -> None:
        """Do with the work on a machine what its failure does.

        Parameters
        ----------
        machine : Machine
            Of this park; it stands still.
        now_us : int
            Microseconds UTC.
        """
        how = self._on_failure[machine.index]
        if how == _RESUME:
            return
        for operation in list(machine.running):
            if how == _RESTART or operation.sets_up:
                operation.remaining_us = operation.whole_us
            else:
                for one in (operation, *operation.mates):
                    one.is_lost = True
                self._take_off(machine, operation, now_us)
                self._follow_end(machine, operation, now_us)

    def go_on(self, machine: Machine, cause: int, now_us: int) -> None:
        """End a cause to stand still; after the last, work goes on.

        Parameters
        ----------
        machine : Machine
            Of this park.
        cause : int
            One that holds.
        now_us : int
            Microseconds UTC.
        """
        machine.causes.remove(cause)
        self._announce(machine, now_us)
        if machine.is_due:
            self._follow(self._standstills.maintain, machine, now_us)
        if not machine.causes:
            for operation in machine.running:
                self._resume(machine, operation, now_us)
            self._follow(self._fill, machine.group, now_us)

    def _announce(self, machine: Machine, now_us: int) -> None:
        if any(cause not in {SHIFT, MAINTAINED} for cause in machine.causes):
            state = DOWN
        elif machine.causes:
            state = MAINTENANCE if MAINTAINED in machine.causes else OFF
        elif machine.running:
            state = BUSY if machine.works else SETUP
        else:
            state = BLOCKED if machine.held else IDLE
        if state != machine.state:
            self._change(machine, state, now_us)
            self._emit(
                (
                    now_us, STATE_CHANGED, state, NONE, NONE, machine.name, NONE, NONE,
                    NAN, NAN, NAN, NEVER,
                )
            )  # fmt: skip

    def _change(self, machine: Machine, state: int, now_us: int) -> None:
        machine.state = state
        if machine.ages:
            self._standstills.turn(machine, now_us, is_busy=state == BUSY)
